/** The package as users get it: packed, and installed from the tarball into an empty prefix. */
import { type ExecFileSyncOptions, execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The package as it is packed, and the folder with the command that was installed from it. */
interface Package {
  readonly tarball: string;
  readonly bin: string;
}

let installed: Package | undefined;

/** The package; made once in a test run and removed at its end. */
export function installedPackage(): Package {
  if (installed === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'nginx-mtls-lint-installed-'));
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
    const quiet: ExecFileSyncOptions = { stdio: ['ignore', 'pipe', 'pipe'] };
    // The build of the test run is packed; making it again would pull the files away from under other tests.
    execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: resolve('.'), ...quiet });
    const tarball = join(folder, readdirSync(folder).find(name => name.endsWith('.tgz'))!);
    const prefix = join(folder, 'prefix');
    execFileSync(
      'npm',
      ['install', '--global', '--offline', '--no-audit', '--no-fund', '--prefix', prefix, tarball],
      quiet,
    );
    installed = { tarball, bin: join(prefix, 'bin') };
  }
  return installed;
}

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a line of shell in a folder, with the installed command on the path. */
export function inShell(line: string, cwd: string, env: NodeJS.ProcessEnv = {}): Ended {
  const { status, stderr, stdout } = spawnSync('sh', ['-c', line], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    timeout: 120_000,
    env: { ...process.env, PATH: `${installedPackage().bin}:${process.env['PATH']}`, ...env },
  });
  return { code: status, stdout, stderr };
}
