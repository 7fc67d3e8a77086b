/**
 * Compares the parser with `nginx -t` on random files.
 *
 * usage: npm run fuzz:parser -- [--files COUNT] [--seed NUMBER]
 */
import { parseArgs } from 'node:util';
import { compareCorpus } from '../build/test/support/nginx-corpus.js';
import { NginxTester } from '../build/test/support/nginx-test.js';

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '20000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
});
console.log(`seed ${values.seed}`);
const nginx = new NginxTester();
try {
  console.log(await compareCorpus(Number(values.files), Number(values.seed), nginx));
} finally {
  nginx.close();
}
