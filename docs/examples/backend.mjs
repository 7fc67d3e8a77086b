// The back ends of the examples: three plain ones, and the ledger, which demands a certificate of the proxy. Each answers
// with its name and with what it was asked.
//
//   node docs/examples/backend.mjs CERTIFICATES [NAME=PORT …]
//
// CERTIFICATES is the folder that make-certificates.sh filled, e.g. docs/examples/hazards/certs.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { join } from 'node:path';

const ports = new Map([
  ['wiki', 9001],
  ['git', 9002],
  ['reports', 9003],
  ['ledger', 9443],
]);

const [certificates, ...changes] = process.argv.slice(2);
for (const change of changes) {
  const [name, port] = change.split('=');
  if (!ports.has(name) || !/^[1-9]\d{0,4}$/.test(port)) fail(`"${change}" is not NAME=PORT`);
  ports.set(name, Number(port));
}
if (certificates === undefined) fail('the folder of the certificates is missing');

for (const [name, port] of ports) {
  const answer = (request, response) => {
    const certificate = request.socket.getPeerCertificate?.().subject?.CN;
    request.resume();
    response.writeHead(200, { 'Content-Type': 'application/json', 'X-Back-End': name });
    response.end(`${JSON.stringify({ backEnd: name, method: request.method, target: request.url, certificate })}\n`);
  };
  const server = name === 'ledger' ? createTlsServer(demandingCertificate(), answer) : createServer(answer);
  server.on('error', error => fail(`${name}: ${error.message}`));
  server.listen(port, '127.0.0.1', () => console.log(`${name} listens on 127.0.0.1:${port}`));
}

function demandingCertificate() {
  const read = file => {
    try {
      return readFileSync(join(certificates, file));
    } catch (error) {
      fail(`${error.message}; did you run make-certificates.sh?`);
    }
  };
  return {
    cert: read('backend.pem'),
    key: read('backend.key'),
    ca: read('backend-ca.pem'),
    requestCert: true,
    rejectUnauthorized: true,
  };
}

function fail(message) {
  console.error(`backend.mjs: ${message}`);
  process.exit(2);
}
