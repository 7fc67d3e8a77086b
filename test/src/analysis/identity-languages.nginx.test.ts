/** The languages of what nginx shows of a client certificate, compared with nginx and certificates of every kind. */
import * as assert from 'uvu/assert';
import {
  certificateDate,
  certificateText,
  countOfDays,
  distinguishedName,
  legacyName,
  nameOfLegacy,
  valuesOf,
} from '../../../src/analysis/identity-languages.js';
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
import { answerOf } from '../../support/rule-laboratory.js';
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

  it('is what is told of any certificate', async () => {
    if (!requireNginx()) return;
    const names = ['cert', 'raw_cert', 'escaped_cert', 'v_start', 'v_end', 'v_remain', 's_dn', 's_dn_legacy', 'serial'];
    const text = names.map(name => `$ssl_client_${name}`).join('@');
    const answer = await answerOf(
      `server { listen 443 ssl; ssl_verify_client optional_no_ca; return 200 "${text}"; }`,
      {
        connect: { address: '127.0.0.1', port: 443 },
        tls: { serverName: null, certificate: 'untrusted', subject: 'CN=a b,OU=c-1,O=Acme,C=US', serial: '01AB' },
        http: { method: 'GET', target: '/', headers: [['Host', 'x']] },
      },
    );
    const [
      cert = '',
      raw = '',
      escaped = '',
      start = '',
      end = '',
      remain = '',
      subject = '',
      legacy = '',
      serial = '',
    ] = answer.body.split('@');
    assert.ok(accepts(certificateText(' ', '\n\t'), cert), cert);
    assert.ok(accepts(certificateText(' ', '\n'), raw), raw);
    assert.ok(accepts(certificateText('%20', '%0A'), escaped), escaped);
    assert.ok(accepts(certificateDate(), start), start);
    assert.ok(accepts(certificateDate(), end), end);
    assert.ok(accepts(countOfDays(), remain), remain);
    assert.is(legacyName(subject), legacy);
    assert.is(nameOfLegacy(legacy), subject);
    assert.is(serial, '01AB');
  });

  it('is not foretold with slashes where a slash or an escape stands in it', () => {
    assert.is(legacyName('CN=a/b'), undefined);
    assert.is(legacyName('CN=a\\,b'), undefined);
    assert.is(nameOfLegacy('/CN=a/b'), undefined);
    assert.is(nameOfLegacy('CN=a'), undefined);
  });
});
