/**
 * A process of the test runner: runs the files it is sent, one after the other, and answers with what was printed. uvu's
 * own command exits 0 when a file registered no test and prints no count of failures; this one drives uvu's queue itself
 * and fails a file without a test.
 */
import { writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** What one test file came to. */
export interface FileResult {
  readonly passed: number;
  readonly failed: number;
  readonly output: string;
}

type QueuedSuite = () => Promise<[errors: string | true, ran: number, skipped: number, total: number]>;
const uvuGlobals = globalThis as unknown as { UVU_DEFER: number; UVU_INDEX: number; UVU_QUEUE: QueuedSuite[][] };
uvuGlobals.UVU_DEFER = 1;
await import('uvu');
uvuGlobals.UVU_QUEUE = [];

const testRoot = dirname(dirname(fileURLToPath(import.meta.url)));

// What several files print at the same time would be mixed up: it is kept until the file has ended.
let output = '';
for (const stream of [process.stdout, process.stderr]) {
  stream.write = (text: string | Uint8Array): boolean => {
    output += typeof text === 'string' ? text : Buffer.from(text).toString();
    return true;
  };
}
process.on('exit', () => {
  writeSync(1, output);
});

let index = 0;
process.on('message', (file: string) => {
  void runFile(file).then(result => process.send!(result));
});
process.on('disconnect', () => process.exit());

async function runFile(file: string): Promise<FileResult> {
  const began = performance.now();
  const group: QueuedSuite[] = [];
  uvuGlobals.UVU_INDEX = index;
  uvuGlobals.UVU_QUEUE[index++] = group;
  process.stdout.write(`${file.replace(/\.js$/, '')}  `);
  let passed = 0;
  let failed = 0;
  try {
    await import(pathToFileURL(join(testRoot, file)).href);
    if (group.length === 0) throw new Error('the file declares no test');
    for (const run of group) {
      const [errors, ran, , total] = await run();
      passed += ran;
      failed += total - ran;
      if (typeof errors === 'string' && errors.length > 0) process.stdout.write(`\n${errors}\n`);
    }
  } catch (error) {
    failed += 1;
    console.error(`\n${error instanceof Error ? error.stack : String(error)}`);
  }
  console.log(`  ${passed} passed, ${failed} failed (${Math.round(performance.now() - began)} ms)`);
  const result = { passed, failed, output };
  output = '';
  return result;
}
