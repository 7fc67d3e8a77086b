import * as assert from 'uvu/assert';
import { DerReader } from '../../../src/pki/der.js';
import { readName } from '../../../src/pki/name.js';
import {
  attribute,
  certificatePem,
  commonName,
  distinguishedName,
  keyOf,
  makeAuthority,
  makeClient,
  privateKeyPem,
} from '../../support/certificates.js';
import { freePorts, mainFile, requireNginx, withNginx } from '../../support/nginx.js';
import { send } from '../../support/send.js';
import { describe } from '../../support/suite.js';

const SUBJECTS = [
  commonName('a,b+c"d\\e<f>g;h=i#j/k'),
  distinguishedName(attribute('C', 'KR', 0x13), [attribute('CN', 'x'), attribute('OU', 'y')], attribute('O', 'z/CN=w')),
  distinguishedName(attribute('CN', '김철수'), attribute('OU', ' # ')),
  distinguishedName(attribute('CN', Buffer.from('김A', 'utf16le').swap16(), 0x1e)),
  distinguishedName(attribute('2.5.4.45', Buffer.from([5, 0x80, 0xff]), 0x03), attribute('1.2.3.4.5', 'x,y')),
];

describe('names of clients', it => {
  it('read as nginx prints them in $ssl_client_s_dn and $ssl_client_s_dn_legacy', async () => {
    if (!requireNginx()) return;
    const [port] = await freePorts(1);
    const key = keyOf('p256', 8);
    const root = makeAuthority(commonName('Root'), key);
    const files = {
      'ca.pem': certificatePem(root.certificate),
      'server.pem': certificatePem(makeClient(root, key)),
      'server.key': privateKeyPem(key),
      'nginx.conf': mainFile(`server {
        listen 127.0.0.1:${port} ssl;
        ssl_certificate server.pem;
        ssl_certificate_key server.key;
        ssl_client_certificate ca.pem;
        ssl_verify_client on;
        return 200 "$ssl_client_s_dn\\n$ssl_client_s_dn_legacy";
      }`),
    };
    await withNginx(files, async () => {
      for (const subject of SUBJECTS) {
        const certificate = certificatePem(makeClient(root, keyOf('p256', 7), subject));
        const answer = await send(
          {
            connect: { address: '127.0.0.1', port: port! },
            tls: { serverName: null, certificate: 'trusted' },
            http: { method: 'GET', target: '/', headers: [['Host', 'x']] },
          },
          { credentials: () => ({ certificate, key: privateKeyPem(keyOf('p256', 7)) }) },
        );
        const { text, legacyText } = readName(new DerReader(subject));
        assert.is(answer.body, `${text}\n${legacyText}`, answer.failure);
      }
    });
  });
});
