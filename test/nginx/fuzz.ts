/**
 * Compares the evaluator and the access table with a real nginx on fresh random configurations.
 *
 * usage: npm run fuzz:nginx -- [--minutes N] [--configurations N] [--requests N] [--seed N] [--jobs N]
 *          [--coverage FILE] [--whole]
 *
 * Says on its error stream how far it has come, and prints the coverage table at the end; `--coverage` also writes it as JSON.
 * With `--whole` a run that left a possible combination out fails.
 */
import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Coverage } from '../support/coverage.js';
import { type FuzzPart, type FuzzResult, fuzz, mergeResults, summaryOf } from './fuzz-run.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    configurations: { type: 'string' },
    requests: { type: 'string', default: '250' },
    seed: { type: 'string' },
    jobs: { type: 'string', default: '1' },
    coverage: { type: 'string' },
    whole: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const jobs = Number(values.jobs);
const configurations = Number(values.configurations ?? (values.minutes === undefined ? 50 : Number.MAX_SAFE_INTEGER));
const began = performance.now();

/** The options of one of the processes that share the run. */
const part = (job: number) => ({
  seed: seed + job,
  requests: Number(values.requests),
  configurations: configurations - job,
  minutes: Number(values.minutes ?? 60),
  stride: jobs,
});

const inProcess = (options: FuzzPart): Promise<FuzzResult> =>
  new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL('fuzz-job.js', import.meta.url)));
    child.once('error', reject);
    child.once('exit', code => reject(new Error(`a process of the run ended with ${code}`)));
    child.on('message', (message: { failure?: string; result?: FuzzResult }) => {
      if (message.failure !== undefined) console.log(message.failure);
      if (message.result !== undefined) resolve(message.result);
    });
    child.send(options);
  });

const parts =
  jobs === 1
    ? [await fuzz({ ...part(0), report: console.log, tell: console.error })]
    : await Promise.all(Array.from({ length: jobs }, (_, job) => inProcess(part(job))));
const result = mergeResults(parts);
const coverage = new Coverage();
coverage.merge(result.coverage);
const zeros = coverage.zeros();
const contradictions = coverage.contradictions();
console.log(coverage.table());
console.log(`\n${zeros.length} possible combinations of construct, verdict and way were not met`);
if (values.whole) for (const zero of zeros) console.log(`  ${zero.join(', ')}`);
for (const met of contradictions) console.log(`said to be impossible, and met: ${met.join(', ')}`);
console.log(summaryOf(seed, result, (performance.now() - began) / 1000));
if (values.coverage !== undefined) {
  writeFileSync(values.coverage, `${JSON.stringify({ seed, rows: result.coverage, zeros, contradictions })}\n`);
}
const isBad = result.failures.length > 0 || contradictions.length > 0 || (values.whole && zeros.length > 0);
process.exitCode = isBad ? 1 : 0;
