// Measures what reading certificates and CRLs costs: CPU time of the library for the files alone, and what 10,000 servers
// that name them add to a whole lint.
//
// usage: npm run bench:pki -- [--servers 10000]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { parseArgs } from 'node:util';
import { Trust } from '../build/src/analysis/trust.js';
import { NginxVersions } from '../build/src/model/versions.js';
import { crlsOf, readPem } from '../build/src/pki/pem.js';
import {
  certificatePem,
  commonName,
  crlPem,
  keyOf,
  makeAuthority,
  makeCrl,
} from '../build/test/support/certificates.js';
import { writeTree } from './bench-tree.mjs';

const { values } = parseArgs({ options: { servers: { type: 'string', default: '10000' } } });
const folder = mkdtempSync(join(tmpdir(), 'nginx-mtls-lint-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** Median of the CPU time of some runs, in milliseconds. */
function cpuTime(run, runs = 5) {
  const times = Array.from({ length: runs }, () => {
    const before = process.cpuUsage();
    run();
    const { system, user } = process.cpuUsage(before);
    return (system + user) / 1000;
  });
  return times.sort((one, other) => one - other)[runs >> 1];
}

function line(what, milliseconds, budget) {
  const verdict = milliseconds <= budget ? 'within' : 'OVER';
  console.log(`${what.padEnd(52)} ${milliseconds.toFixed(1).padStart(8)} ms  ${verdict} ${budget} ms`);
}

const roots = Array.from({ length: 150 }, (_, index) => rootCertificates[index % rootCertificates.length]);
const bundle = Buffer.from(roots.join('\n'));
line(
  'a bundle of 150 public roots',
  cpuTime(() => readPem('bundle.pem', bundle)),
  200,
);

const key = keyOf('p256');
const root = makeAuthority(commonName('Root'), key);
const revoked = Array.from({ length: 100_000 }, (_, index) => 0x1000_0000_0000 + index * 7);
const list = Buffer.from(crlPem(makeCrl({ issuer: root.name, signer: key, revoked })));
line(
  'a CRL of 100,000 entries',
  cpuTime(() => crlsOf(readPem('crl.pem', list))),
  100,
);

const file = readPem('bundle.pem', bundle);
const node = name => ({ name, args: ['bundle.pem'] });
const server = {
  scope: {
    setting: name => (name === 'ssl_client_certificate' ? node(name) : undefined),
    effective: () => [],
    value: (name, fallback) => (name === 'ssl_verify_client' ? 'on' : fallback),
  },
};
const versions = NginxVersions.exactly('1.28.0');
line(
  'judging the clients of 150 public roots',
  cpuTime(() => new Trust(() => file, new Date(), versions).of(server)),
  200,
);

const main = writeTree(folder, Number(values.servers), false);
const named = join(folder, 'named.conf');
const without = join(folder, 'without.conf');
const text = readFileSync(main, 'latin1');
// CAs of one's own: that public ones are reported for each server has its own price.
const own = Array.from({ length: 150 }, (_, index) =>
  makeAuthority(commonName(`CA ${index}`), keyOf('p256', index % 9)),
);
writeFileSync(join(folder, 'ca.pem'), own.map(({ certificate }) => certificatePem(certificate)).join(''));
writeFileSync(named, text);
writeFileSync(without, text.replaceAll('ca.pem', 'gone.pem'));
const note = join(folder, 'time');
const hook = join(folder, 'time.cjs');
const written = `require('fs').writeFileSync(${JSON.stringify(note)}, String((user + system) / 1000))`;
writeFileSync(hook, `process.on('exit', () => { const { user, system } = process.cpuUsage(); ${written}; });`);

/** CPU time of a whole lint. */
function lint(path) {
  const words = ['--require', hook, 'dist/nginx-mtls-lint.cjs', path, '--output', join(folder, 'report')];
  const { status, stderr } = spawnSync(process.execPath, words);
  if (status !== 0 && status !== 1) throw new Error(stderr.toString());
  return Number(readFileSync(note, 'utf8'));
}

const medians = [named, without].map(path => [1, 2, 3].map(() => lint(path)).sort((one, other) => one - other)[1]);
line(`${values.servers} servers that name one bundle, beyond one that is gone`, medians[0] - medians[1], 400);
