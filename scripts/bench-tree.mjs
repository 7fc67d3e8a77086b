// Writes the configurations that the benchmark measures: mTLS servers with five locations each.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Every so many servers lack the guard, so that there is something to find and to prove. */
const UNGUARDED_EVERY = 1000;

const LOCATIONS = ['/', '/api/', '/static/', '/admin/', '/health'];

/**
 * Writes one tree of servers.
 *
 * @param {string} folder where to; must exist
 * @param {number} servers how many
 * @param {boolean} inIncludes one file per server, or all of them in nginx.conf
 * @returns {string} the main file
 */
export function writeTree(folder, servers, inIncludes) {
  writeCertificates(folder);
  const blocks = Array.from({ length: servers }, (_, index) => serverBlock(index));
  const main = join(folder, 'nginx.conf');
  let http = blocks.join('');
  if (inIncludes) {
    mkdirSync(join(folder, 'conf.d'));
    for (const [index, block] of blocks.entries()) writeFileSync(join(folder, 'conf.d', `site-${index}.conf`), block);
    http = '    include conf.d/*.conf;\n';
  }
  writeFileSync(
    main,
    `pid nginx.pid;
error_log stderr;
events { }
http {
    access_log off;
    server_names_hash_max_size 131072;
    server_names_hash_bucket_size 128;
    ssl_certificate server.pem;
    ssl_certificate_key server.key;
    upstream backend { server 127.0.0.1:9; }
${http}}
`,
  );
  return main;
}

function serverBlock(index) {
  const name = `service-${String(index).padStart(5, '0')}.example.test`;
  const guard =
    index % UNGUARDED_EVERY === UNGUARDED_EVERY - 1
      ? '    # everybody may see this one'
      : '    if ($ssl_client_verify != SUCCESS) { return 403; }';
  const locations = LOCATIONS.map(
    path =>
      `    location ${path} {\n        proxy_pass http://backend/app-${index}${path}; proxy_read_timeout 30s;\n    }\n`,
  );
  return `server {
    listen 127.0.0.1:8443 ssl;
    server_name ${name};
    ssl_client_certificate ca.pem; ssl_verify_client optional;
${guard}
${locations.join('')}}
`;
}

function writeCertificates(folder) {
  const openssl = (...words) => execFileSync('openssl', words, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  for (const name of ['server', 'ca']) {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}.key`];
    openssl('req', '-x509', ...key, '-subj', `/CN=${name}`, '-days', '3650', '-out', `${name}.pem`);
  }
}
