// Writes dist/cli.cache: V8's code cache of dist/cli.cjs with all the functions that linting a small configuration needs.
const { mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { createRequire, wrap } = require('node:module');
const { tmpdir } = require('node:os');
const { join, resolve } = require('node:path');
const { Script } = require('node:vm');

const SAMPLE = `
events {}
http {
  map $ssl_client_verify $verified { SUCCESS 1; default 0; }
  server {
    listen 127.0.0.1:8443 ssl;
    server_name app.test;
    ssl_certificate server.pem;
    ssl_certificate_key server.key;
    ssl_client_certificate ca.pem;
    ssl_verify_client optional;
    location / { if ($verified != 1) { return 403; } proxy_pass http://127.0.0.1:8080; }
    location ~ ^/files/(.*)$ { rewrite ^/files/(.*)$ /$1 break; proxy_pass http://127.0.0.1:8080; }
  }
}
`;

async function run() {
  const path = resolve('dist/cli.cjs');
  const source = readFileSync(path, 'latin1');
  if (/[^\0-\x7f]/.test(source)) throw new Error('the bundle is not ASCII, as the command reads it');
  const script = new Script(wrap(source), { filename: path });
  const loaded = { exports: {} };
  script.runInThisContext()(loaded.exports, createRequire(path), loaded, path, resolve('dist'));
  const { main, nodeHost } = loaded.exports;
  const folder = mkdtempSync(join(tmpdir(), 'nginx-mtls-lint-'));
  const sink = { isTerminal: false, columns: undefined, write: async () => {} };
  try {
    writeFileSync(join(folder, 'nginx.conf'), SAMPLE);
    const io = { stdout: sink, stderr: sink, env: {}, host: nodeHost(folder), now: () => new Date(), version: '0.0.0' };
    const code = await main([], { ...io, writeFile: () => {}, rulePage: () => undefined });
    if (code !== 1) throw new Error(`the sample run ended with ${code}`);
    writeFileSync('dist/cli.cache', script.createCachedData());
  } finally {
    rmSync(folder, { recursive: true });
  }
}

run().catch(error => {
  console.error(error);
  process.exitCode = 1;
});
