/** The tables of mtls-semantics 1, 3 and 4 on the real nginx, row by row: what the rules about trust rest on. */
import * as assert from 'uvu/assert';
import type { Request } from '../../../src/analysis/request.js';
import { parseCertificate } from '../../../src/pki/certificate.js';
import {
  type Authority,
  certificatePem,
  commonName,
  keyOf,
  LONG_AGO,
  makeAuthority,
  makeCertificate,
  makeClient,
  privateKeyPem,
} from '../../support/certificates.js';
import { freePorts, mainFile, requireNginx, withNginx } from '../../support/nginx.js';
import type { KeyPair } from '../../support/pki.js';
import { sendAll } from '../../support/send.js';
import { describe } from '../../support/suite.js';
import {
  certificates,
  crlOf,
  department,
  FUTURE,
  issuing,
  PAST,
  partner,
  root,
} from '../../support/trust-laboratory.js';

const key = keyOf('p256', 7);
const name = commonName('client');
const MODES = ['on', 'optional', 'optional_no_ca', 'off'] as const;
type Mode = (typeof MODES)[number];

/** A client's certificate, with those that it sends along. */
const shown = (certificate: Buffer, ...along: readonly Authority[]): KeyPair => ({
  certificate: certificatePem(certificate) + certificates(...along),
  key: privateKeyPem(key),
});
const signedBy = (authority: Authority, more: Partial<Parameters<typeof makeCertificate>[0]> = {}): Buffer =>
  makeCertificate({
    ...{ subject: name, issuer: authority.name, key, signer: authority.key, isAuthority: false },
    ...more,
  });

const ofRoot = makeClient(root, key);
const own = makeAuthority(name, key, undefined, { isAuthority: false });
const revoked = Number.parseInt(parseCertificate(ofRoot).serial, 16);
const ofIssuing = makeClient(issuing, key);
const revokedBelow = Number.parseInt(parseCertificate(ofIssuing).serial, 16);

/** One server: its trust settings, its files, and what each client gets in each mode. */
interface Table {
  readonly settings: string;
  readonly files: Readonly<Record<string, string>>;
  readonly modes: readonly Mode[];
  readonly rows: readonly (readonly [client: string, pair: KeyPair | undefined, ...answers: readonly string[]])[];
}

const FAILED = 'FAILED:unable to verify the first certificate';

/** Section 1: one root, no CRL. */
const KINDS: Table = {
  settings: 'ssl_client_certificate ca.pem;',
  files: { 'ca.pem': certificates(root) },
  modes: MODES,
  rows: [
    ['nothing', undefined, '400', 'NONE', 'NONE', 'NONE'],
    ['a certificate of the root', shown(ofRoot), 'SUCCESS', 'SUCCESS', 'SUCCESS', 'NONE'],
    ['one of another root', shown(makeClient(partner, key)), '400', '400', FAILED, 'NONE'],
    [
      'the same with its root',
      shown(makeClient(partner, key), partner),
      ...['400', '400', 'FAILED:self-signed certificate in certificate chain', 'NONE'],
    ],
    ['a self-signed one', shown(own.certificate), '400', '400', 'FAILED:self-signed certificate', 'NONE'],
    ['one of an unknown intermediate', shown(ofIssuing), '400', '400', FAILED, 'NONE'],
    ['the same with the intermediate', shown(ofIssuing, issuing), 'SUCCESS', 'SUCCESS', 'SUCCESS', 'NONE'],
    ['an expired one', shown(signedBy(root, { notBefore: LONG_AGO, notAfter: PAST })), '400', '400', '400', 'NONE'],
    ['one that is not valid yet', shown(signedBy(root, { notBefore: FUTURE })), '400', '400', '400', 'NONE'],
    [
      'one for servers only',
      shown(signedBy(root, { extendedKeyUsage: '1.3.6.1.5.5.7.3.1' })),
      ...['400', '400', '400', 'NONE'],
    ],
    ['a forged one', shown(signedBy(root, { tamper: true })), '400', '400', '400', 'NONE'],
  ],
};

const ofDepartment = makeClient(department, key);

/** Section 3: partial chains and `ssl_verify_depth`. */
const CHAINS: readonly Table[] = [
  {
    settings: 'ssl_client_certificate ca.pem;',
    files: { 'ca.pem': certificates(issuing) },
    modes: ['on', 'optional_no_ca'],
    rows: [
      ['a client of a lone intermediate', shown(ofIssuing), '400', '400'],
      ['the same with the intermediate', shown(ofIssuing, issuing), '400', '400'],
      ['a stranger', shown(makeClient(partner, key)), '400', FAILED],
    ],
  },
  {
    settings: 'ssl_client_certificate ca.pem;',
    files: { 'ca.pem': certificates(own) },
    modes: ['on'],
    rows: [['the pinned certificate', shown(own.certificate), 'SUCCESS']],
  },
  {
    settings: 'ssl_client_certificate ca.pem;',
    files: { 'ca.pem': certificatePem(ofRoot) },
    modes: ['on'],
    rows: [['a pinned certificate of a CA', shown(ofRoot), '400']],
  },
  {
    settings: 'ssl_client_certificate ca.pem;',
    files: { 'ca.pem': certificates(root) },
    modes: ['on', 'optional_no_ca'],
    rows: [
      ['one intermediate at depth 1', shown(ofIssuing, issuing), 'SUCCESS', 'SUCCESS'],
      [
        'two intermediates at depth 1',
        shown(ofDepartment, department, issuing),
        ...['400', 'FAILED:unable to get local issuer certificate'],
      ],
    ],
  },
  {
    settings: 'ssl_client_certificate ca.pem;',
    files: { 'ca.pem': certificates(root, issuing, department) },
    modes: ['on'],
    rows: [['two configured intermediates at depth 1', shown(ofDepartment), '400']],
  },
  {
    settings: 'ssl_client_certificate ca.pem; ssl_verify_depth 2;',
    files: { 'ca.pem': certificates(root, issuing, department) },
    modes: ['on'],
    rows: [['two configured intermediates at depth 2', shown(ofDepartment), 'SUCCESS']],
  },
  {
    settings: 'ssl_client_certificate ca.pem; ssl_verify_depth 0;',
    files: { 'ca.pem': certificates(root, issuing) },
    modes: ['on'],
    rows: [
      ['a client of the root at depth 0', shown(ofRoot), 'SUCCESS'],
      ['a client of an intermediate at depth 0', shown(ofIssuing), '400'],
    ],
  },
];

const VERIFYING = ['on', 'optional', 'optional_no_ca'] as const;

/** Section 4: the clients of a root and of its intermediate beside some CRLs; the answers are the same in each mode. */
const withCrls = (text: string, ofTheRoot: string, below: string): Table => ({
  settings: 'ssl_client_certificate ca.pem; ssl_crl crl.pem;',
  files: { 'ca.pem': certificates(root, issuing), 'crl.pem': text },
  modes: VERIFYING,
  rows: [
    ['a client of the root', shown(makeClient(root, key)), ...VERIFYING.map(() => ofTheRoot)],
    ['a client of the intermediate', shown(makeClient(issuing, key), issuing), ...VERIFYING.map(() => below)],
    ['a revoked client of the root', shown(ofRoot), ...VERIFYING.map(() => '400')],
    ['a revoked client of the intermediate', shown(ofIssuing, issuing), ...VERIFYING.map(() => '400')],
    ['a stranger', shown(makeClient(partner, key)), '400', '400', FAILED],
    ['a stranger who signed for himself', shown(own.certificate), '400', '400', '400'],
    ['nobody', undefined, '400', 'NONE', 'NONE'],
  ],
});
const crl = crlOf(root, { revoked: [revoked] });
const crlBelow = crlOf(issuing, { revoked: [revokedBelow] });
const CRLS: readonly Table[] = [
  withCrls(crl, 'SUCCESS', '400'),
  withCrls(crlBelow, '400', '400'),
  withCrls(crl + crlBelow, 'SUCCESS', 'SUCCESS'),
  withCrls(crlOf(root, { revoked: [revoked, issuing.serial] }) + crlBelow, 'SUCCESS', '400'),
  withCrls(crlOf(root, { nextUpdate: PAST }) + crlBelow, '400', '400'),
  withCrls(crlOf(root, { thisUpdate: FUTURE }) + crlBelow, '400', '400'),
  withCrls(crl + crlOf(issuing, { nextUpdate: PAST }), 'SUCCESS', '400'),
  withCrls(crlOf(partner), '400', '400'),
  withCrls(crl + crlBelow + crlOf(partner), 'SUCCESS', 'SUCCESS'),
  // Of two lists the newer one counts, wherever it stands.
  withCrls(crlOf(root) + crlOf(root, { revoked: [revoked], thisUpdate: PAST }), 'SUCCESS', '400'),
  withCrls(crlOf(root, { revoked: [revoked], thisUpdate: PAST }) + crlOf(root), 'SUCCESS', '400'),
];

/** Runs nginx with a server for each table and mode, and compares every answer. */
async function check(tables: readonly Table[]): Promise<void> {
  const [port] = await freePorts(1);
  const serverKey = keyOf('p256', 8);
  const files: Record<string, string> = {
    'server.pem': certificatePem(makeClient(root, serverKey)),
    'server.key': privateKeyPem(serverKey),
  };
  const http = ['ssl_certificate server.pem; ssl_certificate_key server.key;'];
  const sent: { what: string; request: Request; pair: KeyPair | undefined; expected: string }[] = [];
  for (const [index, table] of tables.entries()) {
    for (const [path, text] of Object.entries(table.files)) files[`${index}-${path}`] = text;
    for (const [at, mode] of table.modes.entries()) {
      const host = `t${index}-${mode.replaceAll('_', '-')}.test`;
      const settings = table.settings.replaceAll(/\b(?=(?:ca|crl)\.pem)/g, `${index}-`);
      http.push(`server { listen 127.0.0.1:${port} ssl; server_name ${host}; ssl_verify_client ${mode}; ${settings}
return 200 $ssl_client_verify; }`);
      for (const [client, pair, ...answers] of table.rows) {
        const certificate = pair === undefined ? 'none' : 'trusted';
        const request: Request = {
          connect: { address: '127.0.0.1', port: port! },
          // Requests share a connection where all of this is equal.
          tls: { serverName: host, certificate, subject: client },
          http: { method: 'GET', target: '/', headers: [['Host', host]] },
        };
        const what = `table ${index}, ${mode}: ${client}`;
        sent.push({ what, request, pair, expected: answers[at]! });
      }
    }
  }
  files['nginx.conf'] = mainFile(http.join('\n'));
  const pairs = new Map(sent.map(({ pair, request }) => [request.tls!, pair]));
  await withNginx(files, async () => {
    const answers = await sendAll(
      sent.map(({ request }) => request),
      { credentials: tls => pairs.get(tls) },
    );
    for (const [index, { what, expected }] of sent.entries()) {
      const { body, status } = answers[index]!;
      assert.is(status === 200 ? body : `${status}`, expected, what);
    }
  });
}

describe('verification by the real nginx', it => {
  it('tells the kinds of certificates apart in each mode as the table of section 1 says', async () => {
    if (requireNginx()) await check([KINDS]);
  });

  it('wants a self-signed root, and counts intermediates, as section 3 says', async () => {
    if (requireNginx()) await check(CHAINS);
  });

  it('checks CRLs in each mode as the table of section 4 says', async () => {
    if (requireNginx()) await check(CRLS);
  });
});
