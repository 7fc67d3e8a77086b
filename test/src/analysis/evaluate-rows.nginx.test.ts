import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { observe, openLaboratory } from '../../support/differential.js';
import type { Surroundings } from '../../support/generate-config.js';
import { requireNginx } from '../../support/nginx.js';
import { describe } from '../../support/suite.js';
import { httpOf, ROWS, requestOf } from './request-rows.js';

/** Rows that need what a loopback network has not: addresses of others, a listener on every address. */
const NOT_STAGED: ReadonlySet<string> = new Set([
  '5.40 the longest network of a geo block',
  '14.10 an address beats the wildcard of its port; ports of a range are addresses',
]);

/** Addresses of the rows and what stands for them on the loopback network. */
const ADDRESSES: Readonly<Record<string, string>> = { '203.0.113.': '127.0.7.', '198.51.100.': '127.0.8.' };

function onLoopback(text: string): string {
  return Object.entries(ADDRESSES).reduce((changed, [from, to]) => changed.replaceAll(from, to), text);
}

/** The text of a row with real ports, certificates, files and back ends. */
function staged(text: string, surroundings: Surroundings): string {
  const { ports, root, backEnd, authority, serverCertificate, serverKey } = surroundings;
  const sites = new Set([...text.matchAll(/site-\d+/g)].map(([site]) => site));
  return [...sites]
    .map(site => `upstream ${site} { server unix:${backEnd}; }`)
    .concat(onLoopback(text))
    .join('\n')
    .replace(/listen 443/g, `listen 127.0.0.1:${ports[0]}`)
    .replace(/listen 80/g, `listen 127.0.0.1:${ports[2]}`)
    .replace(/listen 127\.0\.0\.2:80/g, `listen 127.0.0.2:${ports[2]}`)
    .replaceAll('ssl_certificate c;', `ssl_certificate ${serverCertificate}; ssl_certificate_key ${serverKey};`)
    .replaceAll('ssl_client_certificate ca;', `ssl_client_certificate ${authority};`)
    .replaceAll('auth_basic_user_file u;', `auth_basic_user_file ${root}/users;`)
    .replaceAll('/www', root)
    .replaceAll('alias /other/', `alias ${root}/other/`);
}

describe('nginx, row by row of the request semantics', it => {
  it('answers as the rows say', async () => {
    if (!requireNginx()) return;
    const wrong: string[] = [];
    let compared = 0;
    const laboratory = await openLaboratory();
    try {
      for (const [title, [server, exchanges, http = '']] of Object.entries(ROWS)) {
        if (NOT_STAGED.has(title)) continue;
        const surroundings = await laboratory.surroundings();
        mkdirSync(join(surroundings.root, 'other'), { recursive: true });
        for (const file of ['a.txt', 'other/a.txt']) writeFileSync(join(surroundings.root, file), `static ${file}`);
        const requests = exchanges.map(([line, , more = {}]) => {
          const request = requestOf(line, more);
          const { tls } = request;
          return {
            ...request,
            connect: { ...request.connect, port: surroundings.ports[tls === null ? 2 : 0] },
            sourceAddress: onLoopback(request.sourceAddress ?? '203.0.113.77'),
            tls: tls?.certificate === 'trusted' ? { ...tls, issuer: surroundings.authority } : tls,
          };
        });
        const observations = await observe(laboratory, staged(httpOf(server, http), surroundings), requests);
        for (const [index, { observed }] of observations.entries()) {
          const [line, answer] = exchanges[index]!;
          // An answer to HEAD has no body that could name the place.
          const seen = line.startsWith('HEAD ')
            ? answer.replace(/\d+$/, String(observed.status))
            : `${observed.what} ${observed.status}`;
          if (seen !== answer) wrong.push(`${title}: ${line}: ${seen} instead of ${answer}`);
          compared += 1;
        }
      }
    } finally {
      await laboratory.stop();
    }
    assert.equal(wrong, []);
    assert.ok(compared > 140, `${compared} requests`);
  });
});
