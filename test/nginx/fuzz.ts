/**
 * Compares the evaluator with a real nginx on fresh random configurations.
 *
 * usage: npm run fuzz:nginx -- [--minutes N] [--configurations N] [--requests N] [--seed N]
 */
import { parseArgs } from 'node:util';
import { fuzz } from './fuzz-run.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    configurations: { type: 'string' },
    requests: { type: 'string', default: '250' },
    seed: { type: 'string' },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const result = await fuzz({
  seed,
  requests: Number(values.requests),
  configurations: Number(values.configurations ?? (values.minutes === undefined ? 50 : Number.MAX_SAFE_INTEGER)),
  minutes: Number(values.minutes ?? 60),
  report: text => console.log(text),
});
console.log(result.summary);
process.exit(result.failures.length === 0 ? 0 : 1);
