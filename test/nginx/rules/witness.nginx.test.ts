/** Replays what the rules claim on the real nginx: a flagged snippet serves the witness, its repair does not. */

import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import type { Witness } from '../../../src/analysis/request.js';
import { cases as ineffectiveVerifyCheck } from '../../fixtures/rules/ineffective-verify-check.js';
import { cases as permissiveDefaultServer } from '../../fixtures/rules/permissive-default-server.js';
import { cases as plaintextListener } from '../../fixtures/rules/plaintext-listener.js';
import { cases as unconditionalProxyCertificate } from '../../fixtures/rules/unconditional-proxy-certificate.js';
import { cases as unverifiedLocation } from '../../fixtures/rules/unverified-location.js';
import { withBackEnds } from '../../support/back-end.js';
import { httpWitness } from '../../support/http-witness.js';
import { flags } from '../../support/lint.js';
import { freePorts, mainFile, requireNginx, withNginx } from '../../support/nginx.js';
import { type KeyPair, pki } from '../../support/pki.js';
import { type Answer, send } from '../../support/send.js';
import { describe } from '../../support/suite.js';
import { withTlsBackEnd } from '../../support/tls-back-end.js';

const CASES = {
  'unverified-location': unverifiedLocation,
  'ineffective-verify-check': ineffectiveVerifyCheck,
  'plaintext-listener': plaintextListener,
  'permissive-default-server': permissiveDefaultServer,
  'unconditional-proxy-certificate': unconditionalProxyCertificate,
};

const FILE = 'a file of the site\n';

/** Real ports for those that the snippets name. */
type Ports = ReadonlyMap<number, number>;

/** Starts a snippet with certificates and with the files that the witness wants, and replays the witness. */
async function replay(snippet: string, { request, assumes }: Witness, ports: Ports): Promise<Answer> {
  const port = (written: number | string): number => {
    const real = ports.get(Number(written));
    if (real === undefined) throw new Error(`the port ${written} is not known`);
    return real;
  };
  const http = snippet
    .replace(/listen (\d+)/g, (_, written: string) => `listen 127.0.0.1:${port(written)}`)
    .replace(/127\.0\.0\.1:(8080|8081|9443)/g, (_, written: string) => `127.0.0.1:${port(written)}`);
  const { authority, serverCertificate, serverKey } = pki();
  const files: Record<string, string> = {
    'nginx.conf': mainFile(http),
    'server.pem': readFileSync(serverCertificate, 'latin1'),
    'server.key': readFileSync(serverKey, 'latin1'),
    'clients-ca.pem': readFileSync(authority, 'latin1'),
    'site/index.html': FILE,
  };
  for (const { path, exists } of assumes) if (exists && !path.endsWith('/')) files[path] = FILE;
  return withNginx(files, () =>
    send({ ...request, connect: { ...request.connect, port: port(request.connect.port) } }),
  );
}

/** True where a back end, a file or a text of the configuration answered, and no page of nginx's own. */
function isContent({ status, body, headers }: Answer): boolean {
  return (
    status === 200 &&
    (headers.some(([name]) => name === 'x-back-end') || [FILE, 'server'].includes(body) || body.startsWith('hello '))
  );
}

/** The certificate of the back end that speaks TLS. */
function tlsPair(): KeyPair {
  const { serverCertificate, serverKey } = pki();
  return { certificate: readFileSync(serverCertificate, 'latin1'), key: readFileSync(serverKey, 'latin1') };
}

describe('witnesses of the rules', it => {
  for (const [rule, cases] of Object.entries(CASES)) {
    it(`are served where ${rule} flags, and not where it is repaired`, async () => {
      if (!requireNginx()) return;
      await withBackEnds(['application', 'other'], async ([application, other]) =>
        withTlsBackEnd(tlsPair(), async tls => {
          for (const { title, flagged, accepted } of cases) {
            const finding = (await flags(flagged)).find(found => found.rule === rule);
            assert.ok(finding?.witness, title);
            const [secure = 0, plain = 0] = await freePorts(2);
            const ports: Ports = new Map([
              [443, secure],
              [80, plain],
              [8080, application!.port],
              [8081, other!.port],
              [9443, tls.port],
            ]);
            const served = await replay(flagged, httpWitness(finding.witness), ports);
            assert.ok(isContent(served), `${title}: ${served.raw || served.failure}\n${flagged}`);
            assert.equal(tls.take(), rule === 'unconditional-proxy-certificate' ? ['server'] : [], title);
            const refused = await replay(accepted, httpWitness(finding.witness), ports).catch((error: unknown) => {
              throw new Error(`${title}: ${error}\n${accepted}`);
            });
            // A repair that tells the back end leaves the decision to it.
            if (accepted.includes('expect: unverified-location note')) {
              assert.is(JSON.parse(refused.body).headers.v, 'NONE', title);
            } else {
              assert.not.ok(isContent(refused), `${title}: ${refused.raw}\n${accepted}`);
            }
          }
        }),
      );
    });
  }
});
