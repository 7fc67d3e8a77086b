import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import * as assert from 'uvu/assert';

/**
 * Compares a report with its golden file under test/fixtures/report/, byte for byte. A golden file is evidence of a
 * change, not of correctness: each test also states what it expects. To renew the files after a wanted change, delete
 * them and run the tests once; that run fails.
 */
export function matchesGolden(name: string, actual: string): void {
  const path = `test/fixtures/report/${name}`;
  if (!existsSync(path)) {
    writeFileSync(path, actual);
    throw new Error(`${path} did not exist and was written: read it, commit it, run again`);
  }
  assert.is(actual, readFileSync(path, 'utf8'), `differs from ${path}`);
}
