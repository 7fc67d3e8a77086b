// Writes src/pki/public-roots.ts: the roots that node and the system's ca-certificates trust, added to those that are in
// the file already, since a root that was withdrawn still stands in old bundles. Needs a build.
import { createHash, X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';

const TARGET = 'src/pki/public-roots.ts';
const FOLDER = '/usr/share/ca-certificates/mozilla';
const installed = existsSync(FOLDER) ? readdirSync(FOLDER).map(name => readFileSync(join(FOLDER, name), 'utf8')) : [];
const source = readFileSync(TARGET, 'utf8');
const known = source.match(/^[0-9a-f]{16}(?: [0-9a-f]{16})*$/gm)?.flatMap(line => line.split(' ')) ?? [];
const found = [...rootCertificates, ...installed].map(pem => {
  const info = new X509Certificate(pem).publicKey.export({ format: 'der', type: 'spki' });
  return createHash('sha256').update(info).digest('hex').slice(0, 16);
});
const all = [...new Set([...known, ...found])].sort();
const lines = [];
for (let at = 0; at < all.length; at += 6) lines.push(all.slice(at, at + 6).join(' '));
writeFileSync(TARGET, source.replace(/(?<=const KEYS = `\n)[^`]*/, `${lines.join('\n')}\n`));
console.log(`${all.length} keys, ${all.length - known.length} of them new`);
