import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as assert from 'uvu/assert';
import { withFolder } from './support/folder.js';
import { describe } from './support/suite.js';

const COMMAND = resolve('dist/nginx-mtls-lint.cjs');

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command as users do: a process in a folder of its own. */
function command(argv: readonly string[], folder: string): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...argv], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    timeout: 120_000,
  });
  return { code: status, stdout, stderr };
}

/** Runs a line of shell in which `$COMMAND` is the built command. */
function shell(line: string, folder: string): Ended {
  const env = { ...process.env, COMMAND: `${process.execPath} ${COMMAND}` };
  const { status, stdout, stderr } = spawnSync('sh', ['-c', line], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env,
  });
  return { code: status, stdout, stderr };
}

/** The command says why it stops, in words rather than a stack trace, and exits with 3. */
function stops(argv: readonly string[], folder: string, reason: RegExp): void {
  const { code, stderr, stdout } = command(argv, folder);
  assert.is(code, 3, stdout + stderr);
  assert.match(stdout, reason);
  assert.not.match(stdout + stderr, /\n\s+at |RangeError|heap/);
}

describe('the built command', it => {
  it('prints its version and its help', () =>
    withFolder(folder => {
      const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
      assert.equal(command(['--version'], folder), { code: 0, stdout: `${version}\n`, stderr: '' });
      assert.match(command(['--help'], folder).stdout, 'access      Print the access table');
      assert.match(command(['completion'], folder).stdout, '--get-yargs-completions');
    }));

  it('refuses an old Node.js in one line', () =>
    withFolder(folder => {
      for (const [version, code] of [
        ['18.20.4', 2],
        ['20.18.3', 2],
        ['20.19.0', 0],
        ['22.0.0', 0],
      ] as const) {
        writeFileSync(
          join(folder, 'old.cjs'),
          `Object.defineProperty(process, 'versions', { value: { node: '${version}' } });`,
        );
        const ended = shell(`${process.execPath} --require ./old.cjs ${COMMAND} --version`, folder);
        assert.is(ended.code, code, version);
        if (code === 2)
          assert.match(ended.stderr, /^nginx-mtls-lint needs Node\.js 20\.19 or later; this is [^\n]*\n$/);
      }
    }));

  it('explains a rule with the page of the package', () =>
    withFolder(folder => {
      const { rules } = JSON.parse(command(['rules', '--format', 'json'], folder).stdout);
      for (const { id } of rules) {
        assert.is(command(['explain', id], folder).stdout, readFileSync(`docs/rules/${id}.md`, 'utf8'));
      }
    }));

  it('refuses an unknown option with 2 and an empty standard output', () =>
    withFolder(folder => {
      for (const format of [[], ['--format', 'json'], ['--format', 'sarif']]) {
        const { code, stderr, stdout } = command([...format, '--stirct', '.'], folder);
        assert.is(code, 2);
        assert.is(stdout, '');
        assert.match(stderr, 'Did you mean --strict?');
      }
    }));

  it('stops at a missing file, an empty folder, a binary file and a folder without configuration', () =>
    withFolder(folder => {
      stops(['gone.conf'], folder, /gone\.conf cannot be read: no such file/);
      stops(['.'], folder, /holds no nginx configuration/);
      writeFileSync(join(folder, 'binary.conf'), readFileSync(process.execPath).subarray(0, 100_000));
      stops(['binary.conf'], folder, /binary\.conf cannot be read: it is a binary file/);
      mkdirSync(join(folder, 'notes'));
      writeFileSync(join(folder, 'notes', 'readme.txt'), 'http {\n');
      stops(['notes'], folder, /notes holds no nginx configuration/);
    }));

  it('stops at a file of 100 MB', () =>
    withFolder(folder => {
      const file = join(folder, 'nginx.conf');
      writeFileSync(file, 'events {}\n');
      truncateSync(file, 100_000_000);
      stops(['nginx.conf'], folder, /nginx\.conf cannot be read: it has 96 MiB/);
    }));

  it('stops at 100,000 levels of nesting', () =>
    withFolder(folder => {
      const depth = 100_000;
      writeFileSync(join(folder, 'nginx.conf'), `http {\n${'location / {\n'.repeat(depth)}${'}\n'.repeat(depth)}}\n`);
      stops(['nginx.conf'], folder, /nest|level|deep/);
    }));

  it('ends at an include cycle', () =>
    withFolder(folder => {
      writeFileSync(join(folder, 'nginx.conf'), 'events {}\nhttp { include a.conf; }\n');
      writeFileSync(join(folder, 'a.conf'), 'include b.conf;\n');
      writeFileSync(join(folder, 'b.conf'), 'include a.conf;\n');
      const { code, stdout } = command(['--format', 'json', 'nginx.conf'], folder);
      assert.is(code, 3);
      assert.equal(
        JSON.parse(stdout).notices.map(({ kind, file, line }: Record<string, unknown>) => [kind, file, line]),
        [['include-cycle', 'b.conf', 1]],
      );
    }));

  it('reports what it could read beside a syntax error, and where nginx would stop', () =>
    withFolder(folder => {
      writeFileSync(join(folder, 'nginx.conf'), 'events {}\nhttp {\n  server { listen 80 }\n}\n');
      stops(['nginx.conf'], folder, /nginx\.conf:3:/);
    }));

  it('takes patterns that the shell left alone, and files whose names look like one', () =>
    withFolder(folder => {
      writeFileSync(join(folder, 'b.conf'), 'events {}\nhttp {}\n');
      writeFileSync(join(folder, 'a.conf'), 'events {}\nhttp {}\n');
      writeFileSync(join(folder, '[x].conf'), 'events {}\nhttp {}\n');
      const roots = (...argv: string[]) => JSON.parse(command(['--format', 'json', ...argv], folder).stdout).roots;
      assert.equal(roots('?.conf'), ['a.conf', 'b.conf']);
      assert.equal(roots('[x].conf'), ['[x].conf']);
      stops(['none*.conf'], folder, /none\*\.conf cannot be read: no such file/);
    }));

  it('finds the configuration in the current folder by itself', () =>
    withFolder(folder => {
      mkdirSync(join(folder, 'deploy'));
      writeFileSync(join(folder, 'deploy', 'nginx.conf'), 'events {}\nhttp {}\n');
      const { code, stdout } = command(['--format', 'json'], folder);
      assert.is(code, 0);
      assert.equal(JSON.parse(stdout).roots, ['deploy/nginx.conf']);
    }));

  it('writes a large report completely into a slow pipe that somebody made non-blocking', () =>
    withFolder(folder => {
      const includes = Array.from({ length: 5000 }, (_, index) => `include missing-${index}.conf;\n`).join('');
      writeFileSync(join(folder, 'nginx.conf'), `events {}\nhttp {\n${includes}}\n`);
      // A process that is killed leaves the mode of the pipe behind.
      const script = "new (require('net').Socket)({ fd: 1, readable: false }); process.kill(process.pid, 'SIGKILL')";
      const line = `{ ${process.execPath} -e "${script}"; $COMMAND access --format json nginx.conf; } | { sleep 0.5; wc -c; }`;
      const whole = Buffer.byteLength(command(['access', '--format', 'json', 'nginx.conf'], folder).stdout);
      assert.ok(whole > 200_000, String(whole));
      assert.is(Number(shell(line, folder).stdout), whole);
    }));

  it('writes a large report completely into a slow pipe, and the same one each time', () =>
    withFolder(folder => {
      const includes = Array.from({ length: 20_000 }, (_, index) => `include missing-${index}.conf;\n`).join('');
      writeFileSync(join(folder, 'nginx.conf'), `events {}\nhttp {\n${includes}}\n`);
      const { stdout } = shell('$COMMAND --format json nginx.conf | (sleep 0.5; cat)', folder);
      assert.is(JSON.parse(stdout).notices.length, 20_000);
      assert.ok(stdout === command(['--format', 'json', 'nginx.conf'], folder).stdout);
    }));

  it('is quiet about a reader that has seen enough', () =>
    withFolder(folder => {
      writeFileSync(join(folder, 'nginx.conf'), `events {}\nhttp {\n${'include gone.conf;\n'.repeat(5000)}}\n`);
      for (const reader of ['head -c 1', 'true']) {
        const { stderr } = shell(`$COMMAND --format json nginx.conf | ${reader}`, folder);
        assert.is(stderr, '');
      }
    }));

  it('says that the report could not be written', () =>
    withFolder(folder => {
      if (existsSync('/dev/full')) {
        const { code, stderr } = shell('$COMMAND rules --format json > /dev/full', folder);
        assert.is(code, 2);
        assert.match(stderr, /the report cannot be written: ENOSPC/);
      }
      const { code, stderr, stdout } = command(['rules', '--output', 'no/such/folder/report'], folder);
      assert.is(code, 2);
      assert.is(stdout, '');
      assert.match(stderr, /the report cannot be written: ENOENT/);
    }));

  it('has nothing to say about the configuration that Debian installs', () =>
    withFolder(folder => {
      if (!existsSync('/etc/nginx/nginx.conf')) {
        assert.is.not(process.env['REQUIRE_NGINX'], '1', '/etc/nginx is required');
        console.error('\n*** /etc/nginx is missing: its case is NOT run ***');
        return;
      }
      const { code, stderr, stdout } = command(['--format', 'json', '--level', 'note', '/etc/nginx'], folder);
      const { findings, notices, roots } = JSON.parse(stdout);
      assert.equal({ code, stderr, findings }, { code: 0, stderr: '', findings: [] });
      assert.equal(roots, ['/etc/nginx/nginx.conf']);
      assert.equal(
        notices.filter((notice: { kind: string }) => notice.kind !== 'not-included'),
        [],
      );
    }));
});
