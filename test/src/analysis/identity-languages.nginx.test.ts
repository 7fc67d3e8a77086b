/** The languages of what nginx shows of a client certificate, compared with nginx and certificates of every kind. */
import * as assert from 'uvu/assert';
import { distinguishedName, valuesOf } from '../../../src/analysis/identity-languages.js';
import { accepts } from '../../../src/pcre/language.js';
import {
  attribute,
  certificatePem,
  commonName,
  keyOf,
  makeAuthority,
  makeCertificate,
  distinguishedName as nameOf,
  privateKeyPem,
} from '../../support/certificates.js';
import { modelOf } from '../../support/differential.js';
import { freePorts, mainFile, requireNginx, withNginx } from '../../support/nginx.js';
import { send } from '../../support/send.js';
import { describe } from '../../support/suite.js';

const VARIABLES = [
  'ssl_client_s_dn',
  'ssl_client_i_dn',
  'ssl_client_s_dn_legacy',
  'ssl_client_i_dn_legacy',
  'ssl_client_serial',
  'ssl_client_fingerprint',
  'ssl_client_verify',
];

const SUBJECTS: readonly Buffer[] = [
  nameOf(),
  commonName(''),
  commonName('#'),
  commonName('#x'),
  commonName(' '),
  commonName('  x  '),
  commonName('a,b+c"d\\e<f>g;h=i#j/k'),
  commonName('J\u00f6rg \u0001\u007f'),
  nameOf(attribute('C', 'US', 0x13), attribute('O', 'Acme, Inc.'), [attribute('CN', 'x'), attribute('OU', 'y')]),
  nameOf(attribute('CN', Buffer.from('\uae40A', 'utf16le').swap16(), 0x1e)),
  nameOf(attribute('2.5.4.45', Buffer.from([5, 0x80, 0xff]), 0x03), attribute('1.2.3.4.5', 'x,y')),
  nameOf(attribute('O', 'CN=admin'), attribute('O', ',CN=admin')),
];

const SERIALS = [0, 1, 0x7f, 0x80, 0xabc, 0x100, 0xabcdef012];

describe('what nginx shows of a client', it => {
  it('lies in the languages of its variables', async () => {
    if (!requireNginx()) return;
    const [port] = await freePorts(1);
    const key = keyOf('p256', 8);
    const clientKey = keyOf('p256', 7);
    const root = makeAuthority(commonName('Root, "1"'), key);
    const issue = (subject: Buffer, serial: number): string =>
      certificatePem(
        makeCertificate({ subject, serial, issuer: root.name, key: clientKey, signer: key, isAuthority: false }),
      );
    const server = makeCertificate({
      subject: commonName('s'),
      issuer: root.name,
      key,
      signer: key,
      isAuthority: false,
    });
    const http = `server {
        listen 127.0.0.1:${port} ssl;
        ssl_certificate server.pem;
        ssl_certificate_key server.key;
        ssl_client_certificate ca.pem;
        ssl_verify_client optional;
        return 200 "${VARIABLES.map(name => `$${name}`).join('\n')}";
      }`;
    const model = modelOf(mainFile(http));
    const languages = VARIABLES.map(name => valuesOf(model, [{ kind: 'variable', name }]));
    const files = {
      'ca.pem': certificatePem(root.certificate),
      'server.pem': certificatePem(server),
      'server.key': privateKeyPem(key),
      'nginx.conf': mainFile(http),
    };
    const clients = [
      ...SUBJECTS.map((subject, index) => issue(subject, 0x10 + index)),
      ...SERIALS.map(serial => issue(commonName('x'), serial)),
      undefined,
    ];
    await withNginx(files, async () => {
      for (const certificate of clients) {
        const answer = await send(
          {
            connect: { address: '127.0.0.1', port: port! },
            tls: { serverName: null, certificate: certificate === undefined ? 'none' : 'trusted' },
            http: { method: 'GET', target: '/', headers: [['Host', 'x']] },
          },
          {
            credentials: () => (certificate === undefined ? undefined : { certificate, key: privateKeyPem(clientKey) }),
          },
        );
        const values = answer.body.split('\n');
        assert.is(values.length, VARIABLES.length, answer.raw || answer.failure);
        for (const [index, value] of values.entries()) {
          assert.ok(accepts(languages[index]!, value), `$${VARIABLES[index]} is ${JSON.stringify(value)}`);
        }
        assert.ok(accepts(distinguishedName(), values[0]!), values[0]);
      }
    });
  });
});
