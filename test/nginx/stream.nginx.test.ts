import * as assert from 'uvu/assert';
import { requireStream } from '../support/stream-laboratory.js';
import { describe } from '../support/suite.js';
import { runStream } from './stream-run.js';

describe('evaluator and access table of stream against nginx', it => {
  it('agree on random configurations', async () => {
    if (!requireStream()) return;
    const { answered, cells, failures, sessions, witnesses } = await runStream({
      seed: Number(process.env['FC_SEED'] ?? 20_261_126),
      configurations: Number(process.env['FC_RUNS'] ?? 12),
      sessions: 120,
    });
    assert.equal(failures, []);
    assert.ok(answered > sessions / 10, `${answered} of ${sessions} connections were answered`);
    assert.ok(witnesses > 40, `${witnesses} witnesses`);
    const { unknown = 0, ...decided } = cells;
    const total = Object.values(decided).reduce((sum, one) => sum + one, unknown);
    assert.ok(unknown < total / 10, `${unknown} of ${total} cells are not decided`);
  });

  it('agree on configurations that nobody has run before', async () => {
    if (!requireStream()) return;
    const seed = Math.floor(Math.random() * 2 ** 31);
    process.stdout.write(`(seed ${seed}) `);
    const { failures } = await runStream({ seed, configurations: 3, sessions: 120 });
    assert.equal(failures, []);
  });
});
