import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Whether a program can be run. Says loudly on standard error that its cases are left out where it is missing, and
 * throws where REQUIRE_NGINX=1 says that nothing may be left out.
 */
export function hasProgram(name: string, versionArgument: string): boolean {
  const { error } = spawnSync(name, [versionArgument]);
  if (error === undefined) return true;
  if (process.env['REQUIRE_NGINX'] === '1') throw new Error(`${name} is required: ${error.message}`);
  console.error(`\n*** ${name} is missing: its cases are NOT run ***`);
  return false;
}

/** Runs something with a folder of its own, which is gone afterwards. */
export function withFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'nginx-mtls-lint-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
