import * as assert from 'uvu/assert';
import { compareCorpus } from '../support/nginx-corpus.js';
import { canTestWithNginx, NginxTester } from '../support/nginx-test.js';
import { describe } from '../support/suite.js';

const hasNginx = canTestWithNginx();

async function compare(files: number, seed: number): Promise<void> {
  if (!hasNginx) return;
  const nginx = new NginxTester();
  try {
    const { accepted, refused, other } = await compareCorpus(files, seed, nginx);
    const total = accepted + refused + other;
    const counts = `${accepted} accepted, ${refused} refused, ${other} not decided by the tokenizer`;
    assert.is(total, files);
    assert.ok(accepted >= 0.4 * total, counts);
    assert.ok(refused >= 0.2 * total, counts);
  } finally {
    nginx.close();
  }
}

describe('parser against nginx -t', it => {
  it('agrees on 2,000 files of a fixed corpus: accepted, or refused with the same reason and line', () =>
    compare(2000, 20260815));

  const seed = Date.now() % 2 ** 31;
  it(`agrees on 100 new files (npm run fuzz:parser -- --files 100 --seed ${seed})`, () => compare(100, seed));
});
