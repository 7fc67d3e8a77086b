/**
 * The test runner: shares the test files among as many processes as there are processors, up to eight, and ends with the
 * line "N passed, N failed". A file that ends its process counts as a failure.
 *
 * usage: node build/test/support/run.js [PART OF A FILE NAME …]
 *   TEST_JOBS  the number of processes
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FileResult } from './run-files.js';

const testRoot = dirname(dirname(fileURLToPath(import.meta.url)));
const filters = process.argv.slice(2);
const files = readdirSync(testRoot, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.test.js'))
  .filter(file => filters.length === 0 || filters.some(filter => file.includes(filter)))
  .sort();
/** More processes than this want more memory than they save time: a few files take most of it. */
const MAX_JOBS = 8;
const jobs = Math.min(Number(process.env.TEST_JOBS ?? Math.min(availableParallelism(), MAX_JOBS)), files.length);

let passed = 0;
let failed = 0;

function start(job: number): ChildProcess {
  return fork(fileURLToPath(new URL('run-files.js', import.meta.url)), {
    env: { ...process.env, TEST_JOB: String(job), TEST_JOBS: String(jobs) },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

/** Runs files until none is left. */
async function runFiles(job: number): Promise<void> {
  let worker: ChildProcess | undefined;
  for (let file = files.shift(); file !== undefined; file = files.shift()) {
    worker ??= start(job);
    const result = await resultOf(worker, file);
    if (result === undefined) worker = undefined;
    process.stdout.write(result?.output ?? `\n${file}: the process ended before the last test.\n`);
    passed += result?.passed ?? 0;
    failed += result?.failed ?? 1;
  }
  if (worker === undefined) return;
  const ended = once(worker, 'exit');
  worker.disconnect();
  await ended;
}

function resultOf(worker: ChildProcess, file: string): Promise<FileResult | undefined> {
  return new Promise(resolve => {
    const ended = (): void => resolve(undefined);
    worker.once('exit', ended);
    worker.once('message', result => {
      worker.off('exit', ended);
      resolve(result as FileResult);
    });
    worker.send(file);
  });
}

if (files.length === 0) {
  console.error(`No test file matches ${filters.join(' ')}`);
  failed += 1;
}
await Promise.all(Array.from({ length: jobs }, (_, job) => runFiles(job)));
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
