import * as assert from 'uvu/assert';
import { CONSTRUCTS, Coverage } from '../support/coverage.js';
import { requireNginx } from '../support/nginx.js';
import { describe } from '../support/suite.js';
import { fuzz } from './fuzz-run.js';

describe('evaluator and access table against nginx', it => {
  it('agrees with nginx on random configurations', async () => {
    if (!requireNginx()) return;
    const seed = 20_261;
    const { failures, requests, coverage } = await fuzz({
      seed,
      requests: 250,
      configurations: 60,
      minutes: 8,
      report: () => {},
    });
    assert.equal(failures, []);
    assert.ok(requests >= 15_000, `${requests} requests`);
    const met = new Coverage();
    met.merge(coverage);
    assert.equal(met.contradictions(), []);
    const constructs = new Set(coverage.map(([construct]) => construct));
    assert.equal(
      CONSTRUCTS.filter(construct => !constructs.has(construct)),
      [],
    );
  });

  it('agrees with nginx on configurations that nobody has run before', async () => {
    if (!requireNginx()) return;
    const seed = Math.floor(Math.random() * 2 ** 31);
    process.stdout.write(`(seed ${seed}) `);
    const { failures } = await fuzz({ seed, requests: 250, configurations: 3, minutes: 1, report: () => {} });
    assert.equal(failures, []);
  });
});
