import { connect, type TLSSocket } from 'node:tls';
import * as assert from 'uvu/assert';
import { certificatePem, keyOf, makeClient, privateKeyPem } from '../../support/certificates.js';
import { freePorts, mainFile, requireNginx, withNginx } from '../../support/nginx.js';
import { describe } from '../../support/suite.js';
import { CLIENTS, certificates, partner, root, server } from '../../support/trust-laboratory.js';

interface Exchange {
  readonly answer: string;
  readonly isResumed: boolean;
  readonly session: Buffer | undefined;
}

/** One TLS 1.3 connection with a request for the name; gives the session that the server offers. */
function exchange(port: number, name: string, client: Buffer | undefined, session?: Buffer): Promise<Exchange> {
  return new Promise(resolve => {
    let answer = '';
    let offered: Buffer | undefined;
    let isResumed = false;
    const socket: TLSSocket = connect({
      port,
      host: '127.0.0.1',
      servername: name,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.3',
      ...(session && { session }),
      ...(client && { cert: certificatePem(client), key: privateKeyPem(keyOf('p256', 7)) }),
    });
    socket.setEncoding('latin1');
    socket.on('session', given => {
      offered = given;
    });
    socket.on('secureConnect', () => {
      isResumed = socket.isSessionReused();
      socket.write(`GET / HTTP/1.0\r\nHost: ${name}\r\n\r\n`);
    });
    socket.on('data', (data: string) => {
      answer += data;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve({ answer: answer.split('\r\n\r\n')[1] ?? '', isResumed, session: offered }));
  });
}

const verifying = (file: string, name: string, more = '') =>
  server(`ssl_client_certificate ${file}; ssl_verify_client on; ${more}`, name);

/** Runs nginx with a server for clients of Root, one for clients of Partner, and these settings for both, or for one. */
async function withServers(
  settings: string,
  use: (port: number) => Promise<void>,
  { first = '', second = '' }: { readonly first?: string; readonly second?: string } = {},
): Promise<void> {
  const [port] = await freePorts(1);
  const key = keyOf('p256', 8);
  const http = [
    settings,
    'ssl_protocols TLSv1.3;',
    verifying('root.pem', 'a.test', first),
    verifying('partner.pem', 'b.test', second),
  ]
    .join('\n')
    .replaceAll('listen 443', `listen 127.0.0.1:${port}`);
  const files = {
    'nginx.conf': mainFile(http),
    'server.pem': certificatePem(makeClient(root, key)),
    'server.key': privateKeyPem(key),
    'root.pem': certificates(root),
    'partner.pem': certificates(partner),
  };
  await withNginx(files, () => use(port!));
}

describe('session-resumption-bypass, with the real nginx', it => {
  it('knows that sessions are resumed by default: the result of the verification goes with them', async () => {
    if (!requireNginx()) return;
    await withServers('', async port => {
      const first = await exchange(port, 'a.test', CLIENTS.root);
      assert.equal([first.answer, first.isResumed], ['SUCCESS', false]);
      const again = await exchange(port, 'a.test', undefined, first.session);
      assert.equal([again.answer, again.isResumed], ['SUCCESS', true]);
    });
  });

  it('knows that a build with the fix refuses the session of another name', async () => {
    if (!requireNginx()) return;
    await withServers('', async port => {
      const { session } = await exchange(port, 'b.test', CLIENTS.partner);
      assert.is.not((await exchange(port, 'a.test', undefined, session)).answer, 'SUCCESS');
    });
  });

  it('knows that nothing is resumed without tickets and caches', async () => {
    if (!requireNginx()) return;
    for (const settings of ['ssl_session_tickets off;', 'ssl_session_tickets off; ssl_session_cache off;']) {
      await withServers(settings, async port => {
        const { session } = await exchange(port, 'a.test', CLIENTS.root);
        const again = await exchange(port, 'a.test', undefined, session);
        assert.not.ok(again.isResumed, settings);
        assert.is.not(again.answer, 'SUCCESS', settings);
      });
    }
  });

  it('knows whose tickets and whose cache make a session that is taken up', async () => {
    if (!requireNginx()) return;
    const tickets = ['', 'ssl_session_tickets off;', 'ssl_conf_command Options -SessionTicket;'];
    const caches = ['', 'ssl_session_cache shared:tests:1m;'];
    for (const ofDefault of tickets) {
      for (const ofOther of tickets) {
        for (const cacheOfDefault of caches) {
          for (const cacheOfOther of caches) {
            const first = `${ofDefault} ${cacheOfDefault}`;
            const second = `${ofOther} ${cacheOfOther}`;
            // A ticket is looked for as the default server has it, before the name is known.
            const isAlike = (ofDefault === '') === (ofOther === '');
            const isKept = isAlike && (ofDefault === '' || cacheOfDefault !== '');
            const check = async (port: number): Promise<void> => {
              const { session } = await exchange(port, 'b.test', CLIENTS.partner);
              const again = await exchange(port, 'b.test', undefined, session);
              assert.is(again.isResumed, isKept, `default: ${first}, other: ${second}`);
            };
            await withServers('', check, { first, second });
          }
        }
      }
    }
  });

  it('knows which commands take TLS 1.3 away, or give it', async () => {
    if (!requireNginx()) return;
    for (const [first, speaks] of [
      ['ssl_conf_command MaxProtocol TLSv1.2;', false],
      ['ssl_conf_command MaxProtocol None;', true],
      ['ssl_conf_command Protocol -TLSv1.3;', false],
      ['ssl_conf_command Protocol -ALL,TLSv1.2;', false],
      ['ssl_conf_command Protocol ALL;', true],
      ['ssl_protocols TLSv1.2;', false],
      ['ssl_protocols TLSv1.2; ssl_conf_command Protocol TLSv1.3;', true],
      ['ssl_protocols TLSv1.2; ssl_conf_command MaxProtocol TLSv1.3;', false],
    ] as const) {
      const check = async (port: number): Promise<void> => {
        const { answer } = await exchange(port, 'b.test', CLIENTS.partner);
        assert.is(answer === 'SUCCESS', speaks, first);
      };
      await withServers('', check, { first });
    }
  });
});
