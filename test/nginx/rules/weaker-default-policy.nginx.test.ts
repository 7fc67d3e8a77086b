import * as assert from 'uvu/assert';
import type { Request } from '../../../src/analysis/request.js';
import type { Finding, Level } from '../../../src/finding.js';
import { parseCertificate } from '../../../src/pki/certificate.js';
import { cases, idioms } from '../../fixtures/rules/weaker-default-policy.js';
import { certificatePem, keyOf, makeClient, privateKeyPem } from '../../support/certificates.js';
import { httpWitness } from '../../support/http-witness.js';
import { freePorts, mainFile, requireNginx, withNginx } from '../../support/nginx.js';
import { describeRule } from '../../support/rule-laboratory.js';
import { type Answer, send } from '../../support/send.js';
import { describe } from '../../support/suite.js';
import {
  CLIENTS,
  certificates,
  crlOf,
  department,
  findingsOfRule,
  issuing,
  PAST,
  partner,
  root,
  server,
} from '../../support/trust-laboratory.js';

const RULE = 'weaker-default-policy';

describeRule(RULE, cases, idioms);

/** The serial number of the client of Root that every case uses. */
const serial = Number.parseInt(parseCertificate(CLIENTS.root).serial, 16);
const serverKey = keyOf('p256', 8);
const FILES: Readonly<Record<string, string>> = {
  'server.pem': certificatePem(makeClient(root, serverKey)),
  'server.key': privateKeyPem(serverKey),
  'root.pem': certificates(root),
  'copy.pem': `the same\n${certificates(root)}`,
  'partner.pem': certificates(partner),
  'both.pem': certificates(root, partner),
  'chain.pem': certificates(root, issuing),
  'deep.pem': certificates(root, issuing, department),
  'deep-copy.pem': certificates(department, issuing, root),
  'empty-crl.pem': crlOf(root),
  'crl.pem': crlOf(root, { revoked: [serial] }),
  'crl-copy.pem': crlOf(root, { revoked: [serial, serial + 1] }),
  'other-crl.pem': crlOf(root, { revoked: [serial + 1] }),
  'expired-crl.pem': crlOf(root, { nextUpdate: PAST }),
};

const policy = (client: string, more = ''): string => `ssl_client_certificate ${client}; ssl_verify_client on; ${more}`;
const first = (body: string): string => server(body, 'first.test', '443 ssl default_server');
const app = (body: string): string => server(body, 'app.test');

interface Case {
  readonly title: string;
  readonly flagged: string;
  readonly accepted: string;
  readonly level?: Level;
  readonly message: RegExp;
  /** Default: a client of Root. */
  readonly client?: keyof typeof CLIENTS;
  /** The subject of the CA that the witness names. */
  readonly authority: string;
  /** Default: 127.0.0.1. */
  readonly address?: string;
  /** False where the certificate of the witness is not one that the server refuses at present. */
  readonly isRefusedWithName?: boolean;
  /** What the same request gets in the accepted configuration; default: 400. */
  readonly acceptedStatus?: number;
}

const OCSP = 'ssl_ocsp on; ssl_ocsp_responder http://127.0.0.1:1/;';
const BESIDE = '127.0.0.2:443 ssl';

const CASES: readonly Case[] = [
  {
    title: 'another CA, by the content of the files',
    flagged: first(policy('partner.pem')) + app(policy('root.pem')),
    accepted: first(policy('copy.pem')) + app(policy('root.pem')),
    message: /clients with a certificate of "CN=Partner" \(partner\.pem\) get to .* accepts them$/,
    client: 'partner',
    authority: 'CN=Partner',
  },
  {
    title: 'one CA of a bundle',
    flagged: first(policy('both.pem')) + app(policy('root.pem')),
    accepted: first(policy('root.pem')) + app(policy('both.pem')),
    message: /"CN=Partner" \(both\.pem\)/,
    client: 'partner',
    authority: 'CN=Partner',
  },
  {
    title: 'a CA in ssl_trusted_certificate',
    flagged: first(policy('root.pem', 'ssl_trusted_certificate partner.pem;')) + app(policy('root.pem')),
    accepted: first(policy('root.pem', 'ssl_trusted_certificate chain.pem;')) + app(policy('root.pem')),
    message: /"CN=Partner" \(partner\.pem\)/,
    client: 'partner',
    authority: 'CN=Partner',
  },
  {
    title: 'a mode that lets anybody pass, of a server that trusts another CA',
    flagged:
      first('ssl_verify_client optional_no_ca; ssl_trusted_certificate partner.pem; return 403;') +
      app(policy('root.pem')),
    accepted: first('ssl_verify_client optional_no_ca; return 403;') + app(policy('root.pem')),
    message: /"CN=Partner" \(partner\.pem\)/,
    client: 'partner',
    authority: 'CN=Partner',
  },
  {
    title: 'a depth that a CA of the files needs',
    flagged: first(policy('deep.pem', 'ssl_verify_depth 2;')) + app(policy('deep-copy.pem')),
    accepted: first(policy('deep.pem', 'ssl_verify_depth 2;')) + app(policy('deep-copy.pem', 'ssl_verify_depth 2;')),
    message: /"CN=Department" \(deep\.pem\) get to .* allows longer chains \(ssl_verify_depth 2\)$/,
    client: 'department',
    authority: 'CN=Department',
    // There its own server takes it, too.
    acceptedStatus: 200,
  },
  {
    title: 'no CRL',
    flagged: first(policy('root.pem')) + app(policy('root.pem', 'ssl_crl crl.pem;')),
    accepted: first(policy('root.pem', 'ssl_crl crl-copy.pem;')) + app(policy('root.pem', 'ssl_crl crl.pem;')),
    message: /clients whose certificate ssl_crl crl\.pem refuses get to .* looks at no CRL$/,
    authority: 'CN=Root',
  },
  {
    title: 'a CRL that revokes others',
    flagged: first(policy('root.pem', 'ssl_crl other-crl.pem;')) + app(policy('root.pem', 'ssl_crl crl.pem;')),
    accepted: first(policy('root.pem', 'ssl_crl crl.pem;')) + app(policy('root.pem', 'ssl_crl empty-crl.pem;')),
    message: /ssl_crl crl\.pem refuses get to .* looks at another CRL$/,
    authority: 'CN=Root',
  },
  {
    title: 'no CRL, beside one that has expired',
    flagged: first(policy('root.pem')) + app(policy('root.pem', 'ssl_crl expired-crl.pem;')),
    accepted:
      first(policy('root.pem', 'ssl_crl expired-crl.pem;')) + app(policy('root.pem', 'ssl_crl expired-crl.pem;')),
    message: /of "CN=Root" \(root\.pem\), all of whom ssl_crl expired-crl\.pem stops, get to/,
    authority: 'CN=Root',
  },
  {
    title: 'no CRL, beside one that is empty at present',
    flagged: first(policy('root.pem')) + app(policy('root.pem', 'ssl_crl empty-crl.pem;')),
    accepted: first(policy('root.pem', 'ssl_crl crl.pem;')) + app(policy('root.pem', 'ssl_crl empty-crl.pem;')),
    level: 'warning',
    message: /ssl_crl empty-crl\.pem will revoke one day get to/,
    authority: 'CN=Root',
    isRefusedWithName: false,
  },
  {
    title: 'no OCSP',
    flagged: first(policy('root.pem')) + app(policy('root.pem', OCSP)),
    accepted: first(policy('root.pem', OCSP)) + app(policy('root.pem', OCSP)),
    message: /clients whose certificate the OCSP responder calls revoked get to .* does not ask it$/,
    authority: 'CN=Root',
  },
  {
    title: 'an address on which another server is the default one',
    flagged: [
      server(policy('root.pem'), 'app.test', '443 ssl; listen 127.0.0.2:443 ssl'),
      server(policy('partner.pem'), 'other.test', `${BESIDE} default_server`),
    ].join('\n'),
    accepted: [
      server(policy('root.pem'), 'app.test', '443 ssl; listen 127.0.0.2:443 ssl'),
      server(policy('partner.pem'), 'other.test', BESIDE),
      'server { listen 127.0.0.2:443 ssl default_server; ssl_reject_handshake on; ssl_protocols TLSv1.2 TLSv1.3; }',
    ].join('\n'),
    message: /default server other\.test of 127\.0\.0\.2:443 accepts them$/,
    client: 'partner',
    authority: 'CN=Partner',
    address: '127.0.0.2',
    // The handshake fails.
    acceptedStatus: 0,
  },
];

/** Runs a configuration on the real nginx. */
async function withConfiguration(http: string, use: (port: number) => Promise<void>): Promise<void> {
  const [port] = await freePorts(1);
  const config = http
    .replace(/(?<=\blisten )443\b/g, `127.0.0.1:${port}`)
    .replace(/(?<=\blisten 127\.0\.0\.2:)443\b/g, `${port}`);
  await withNginx({ ...FILES, 'nginx.conf': mainFile(config) }, () => use(port!));
}

function replay(request: Request, port: number, client: keyof typeof CLIENTS): Promise<Answer> {
  const { address } = request.connect;
  const pair = { certificate: certificatePem(CLIENTS[client]!), key: privateKeyPem(keyOf('p256', 7)) };
  return send({ ...request, connect: { address, port } }, { credentials: () => pair });
}

const lint = (http: string): Promise<readonly Finding[]> => findingsOfRule(RULE, { http, files: FILES });

describe(`${RULE}, with real certificates`, it => {
  for (const one of CASES) {
    const { accepted, acceptedStatus = 400, address = '127.0.0.1', authority, client = 'root', flagged } = one;
    it(one.title, async () => {
      const [finding, ...others] = await lint(flagged);
      assert.is(others.length, 0);
      assert.match(finding!.message, one.message);
      assert.is(finding!.level, one.level ?? 'error');
      const { request } = httpWitness(finding!.witness!);
      assert.is(request.tls!.serverName, null);
      assert.is(request.tls!.authority?.subject, authority);
      assert.is(request.connect.address, address);
      assert.equal(
        (await lint(accepted)).map(({ message }) => message),
        [],
      );
      if (!requireNginx()) return;
      const withName: Request = { ...request, tls: { ...request.tls!, serverName: 'app.test' } };
      await withConfiguration(flagged, async port => {
        const answer = await replay(request, port, client);
        assert.equal([answer.status, answer.body], [200, 'SUCCESS']);
        assert.is((await replay(withName, port, client)).status, one.isRefusedWithName === false ? 200 : 400);
      });
      await withConfiguration(accepted, async port => {
        assert.is((await replay(request, port, client)).status, acceptedStatus);
      });
    });
  }

  it('names every address on which the default server is the same', async () => {
    const both = '443 ssl; listen 127.0.0.2:443 ssl';
    const [finding, ...others] = await lint(
      server(policy('partner.pem'), 'first.test', both) + server(policy('root.pem'), 'app.test', both),
    );
    assert.is(others.length, 0);
    assert.match(finding!.message, /default server first\.test of \*:443 and 127\.0\.0\.2:443 accepts them$/);
  });

  it('says nothing of a server whose name another one has on the address, which nginx ignores', async () => {
    const ignored = first(policy('partner.pem')) + app(policy('partner.pem')) + app(policy('root.pem'));
    assert.equal(await lint(ignored), []);
    const named = first(policy('partner.pem')) + app(policy('partner.pem')) + server(policy('root.pem'), 'b.test');
    assert.is((await lint(named)).length, 1);
    if (!requireNginx()) return;
    await withConfiguration(ignored, async port => {
      const request: Request = {
        connect: { address: '127.0.0.1', port },
        tls: { serverName: 'app.test', certificate: 'trusted' },
        http: { method: 'GET', target: '/', headers: [['Host', 'app.test']] },
      };
      assert.is((await replay(request, port, 'partner')).body, 'SUCCESS');
      assert.is((await replay(request, port, 'root')).status, 400);
    });
  });

  it('accepts intermediate CAs that clients of the other server may as well send along', async () => {
    assert.equal(await lint(first(policy('chain.pem')) + app(policy('root.pem'))), []);
  });

  it('known limit: does not know of CAs that only clients send along', async () => {
    assert.equal(await lint(first(policy('root.pem', 'ssl_verify_depth 3;')) + app(policy('root.pem'))), []);
  });
});
