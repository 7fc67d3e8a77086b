import * as assert from 'uvu/assert';
import { CONSTRUCTS, Coverage } from '../support/coverage.js';
import { requireNginx } from '../support/nginx.js';
import { describe } from '../support/suite.js';
import { fuzz } from './fuzz-run.js';

describe('evaluator and access table against nginx', it => {
  it('agree on random configurations, which bring nearly every construct before a request', async () => {
    if (!requireNginx()) return;
    const { failures, requests, coverage } = await fuzz({
      seed: 20_261,
      requests: 300,
      configurations: 14,
      minutes: 30,
      report: () => {},
    });
    assert.equal(failures, []);
    assert.is(requests, 4_200);
    const met = new Coverage();
    met.merge(coverage);
    assert.equal(met.contradictions(), []);
    const constructs = new Set(coverage.map(([construct]) => construct));
    const missing = CONSTRUCTS.filter(construct => !constructs.has(construct));
    assert.ok(missing.length <= 8, missing.join());
  });

  it('agree on configurations that nobody has run before', async () => {
    if (!requireNginx()) return;
    const seed = Math.floor(Math.random() * 2 ** 31);
    process.stdout.write(`(seed ${seed}) `);
    const { failures } = await fuzz({ seed, requests: 300, configurations: 2, minutes: 10, report: () => {} });
    assert.equal(failures, []);
  });
});
