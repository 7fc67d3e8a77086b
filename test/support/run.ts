/**
 * The test runner. uvu's own command exits 0 when a file registered no test and prints no count of failures; this one
 * drives uvu's queue itself, fails a file without a test, and ends with the line "N passed, N failed".
 *
 * usage: node build/test/support/run.js [PART OF A FILE NAME …]
 */
import { readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const testRoot = dirname(dirname(fileURLToPath(import.meta.url)));
const filters = process.argv.slice(2);

type QueuedSuite = () => Promise<[errors: string | true, ran: number, skipped: number, total: number]>;
const uvuGlobals = globalThis as unknown as { UVU_DEFER: number; UVU_INDEX: number; UVU_QUEUE: QueuedSuite[][] };
uvuGlobals.UVU_DEFER = 1;
await import('uvu');

const files = readdirSync(testRoot, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.test.js'))
  .filter(file => filters.length === 0 || filters.some(filter => file.includes(filter)))
  .sort();

let passed = 0;
let failed = 0;
let finished = false;
process.on('exit', () => {
  if (!finished) {
    console.error('The test run ended before its last test.');
    console.log(`${passed} passed, ${failed + 1} failed`);
    process.exitCode = 1;
  }
});

uvuGlobals.UVU_QUEUE = [];
for (const [index, file] of files.entries()) {
  const path = join(testRoot, file);
  const began = performance.now();
  const group: QueuedSuite[] = [];
  uvuGlobals.UVU_INDEX = index;
  uvuGlobals.UVU_QUEUE[index] = group;
  process.stdout.write(`${relative(testRoot, path).replace(/\.js$/, '')}  `);
  let filePassed = 0;
  let fileFailed = 0;
  try {
    await import(pathToFileURL(path).href);
    if (group.length === 0) throw new Error('the file declares no test');
    for (const run of group) {
      const [errors, ran, , total] = await run();
      filePassed += ran;
      fileFailed += total - ran;
      if (typeof errors === 'string' && errors.length > 0) process.stdout.write(`\n${errors}\n`);
    }
  } catch (error) {
    fileFailed += 1;
    console.error(`\n${error instanceof Error ? error.stack : String(error)}`);
  }
  passed += filePassed;
  failed += fileFailed;
  console.log(`  ${filePassed} passed, ${fileFailed} failed (${Math.round(performance.now() - began)} ms)`);
}
if (files.length === 0) {
  console.error(`No test file matches ${filters.join(' ')}`);
  failed += 1;
}
finished = true;
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
