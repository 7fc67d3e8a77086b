/** What nginx asks of clients with each value of `ssl_conf_command VerifyMode`, and what `peerDemand` says of it. */
import { readFileSync } from 'node:fs';
import { connect, type SecureVersion } from 'node:tls';
import * as assert from 'uvu/assert';
import { type PeerDemand, peerDemand } from '../../../src/model/client-verification.js';
import { modelOf } from '../../support/differential.js';
import { freePorts, mainFile, requireNginx, withNginx } from '../../support/nginx.js';
import { type KeyPair, pki } from '../../support/pki.js';
import { describe } from '../../support/suite.js';

/** How nginx answers a client without and one with a certificate: the verdict, or that the handshake fails. */
type Answers = `${'NONE' | 'alert' | '400'} ${'NONE' | 'SUCCESS' | '400'}`;

/** What a demand means for clients of one version of TLS, where a server verifies them with this mode. */
function expected({ asks, requires }: PeerDemand, mode: string, version: SecureVersion): Answers {
  const unasked = mode === 'on' ? '400' : 'NONE';
  if (asks === 'nobody' || (asks === 'below-tls-1.3' && version === 'TLSv1.3')) return `${unasked} ${unasked}`;
  return `${requires ? 'alert' : unasked} SUCCESS`;
}

const VALUES = ['Peer', 'Request', 'Require', 'Once', 'RequestPostHandshake', 'RequirePostHandshake'];
const COMMANDS: readonly string[] = [
  '',
  ...VALUES,
  ...VALUES.map(value => `-${value}`),
  ...['+require', 'Require,-Peer', 'Require, -Request', 'Peer,-Once', 'Require,-Require,Peer', '-Peer,Require'],
  ...['RequestPostHandshake,-RequestPostHandshake,Peer', 'Require|-Peer', 'Peer|Require', 'Require|-Peer|Peer'],
];

describe('VerifyMode on the real nginx', it => {
  it('asks whom peerDemand says', async () => {
    if (!requireNginx()) return;
    const cases = ['off', 'optional', 'on'].flatMap(mode => COMMANDS.map(values => ({ mode, values })));
    const ports = await freePorts(cases.length);
    const { authority, serverCertificate, serverKey, clients } = pki();
    const blocks = cases.map(({ mode, values }, index) => {
      const commands = values === '' ? [] : values.split('|').map(value => `ssl_conf_command VerifyMode "${value}";`);
      return `server { listen 127.0.0.1:${ports[index]} ssl; ssl_verify_client ${mode}; ${commands.join(' ')} return 200 $ssl_client_verify; }`;
    });
    // With `off` a trusted certificate is what lets the certificate verify.
    const http = `ssl_certificate server.pem; ssl_certificate_key server.key; ssl_trusted_certificate ca.pem;
      ssl_client_certificate ca.pem; ssl_protocols TLSv1.2 TLSv1.3;\n${blocks.join('\n')}`;
    const read = (path: string) => readFileSync(path, 'latin1');
    const files = {
      'nginx.conf': mainFile(http),
      'server.pem': read(serverCertificate),
      'server.key': read(serverKey),
      'ca.pem': read(authority),
    };
    const { servers } = modelOf(`http {\n${http}\n}`);
    await withNginx(files, async () => {
      for (const [index, { mode, values }] of cases.entries()) {
        const demand = peerDemand(servers[index]!);
        for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
          const answers = [
            await ask(ports[index]!, version, undefined),
            await ask(ports[index]!, version, clients.authority),
          ];
          assert.is(answers.join(' '), expected(demand, mode, version), `${mode}, ${values}, ${version}`);
        }
      }
    });
  });
});

/** The verdict that a server answers with, the status of a refusal, or `alert` where the handshake fails. */
function ask(port: number, version: SecureVersion, client: KeyPair | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      port,
      host: '127.0.0.1',
      minVersion: version,
      maxVersion: version,
      rejectUnauthorized: false,
      ...(client && { cert: client.certificate, key: client.key }),
    });
    let answer = '';
    socket.setTimeout(20_000, () => socket.destroy(new Error('no answer')));
    socket.setEncoding('latin1');
    socket.on('secureConnect', () => socket.write('GET / HTTP/1.0\r\n\r\n'));
    socket.on('data', (data: string) => {
      answer += data;
    });
    socket.on('error', error => (/alert|ECONNRESET/.test(`${error}`) ? resolve('alert') : reject(error)));
    socket.on('close', () => {
      const status = /^HTTP\/1\.\d (\d+)/.exec(answer)?.[1] ?? 'none';
      resolve(status === '200' ? answer.split('\r\n\r\n')[1]! : status);
    });
  });
}
