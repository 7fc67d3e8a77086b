import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as assert from 'uvu/assert';
import type { Request, TlsChoice } from '../../src/analysis/request.js';
import { withBackEnds } from './back-end.js';
import { freePorts, mainFile, requireNginx, startNginx, withNginx } from './nginx.js';
import { pki } from './pki.js';
import { headerOf, send, sendAll } from './send.js';
import { describe } from './suite.js';

function get(port: number, tls: TlsChoice | null, target = '/', host: string | undefined = 'a.test'): Request {
  const headers: [string, string][] = host === undefined ? [] : [['Host', host]];
  return { connect: { address: '127.0.0.1', port }, tls, http: { method: 'GET', target, headers } };
}

describe('nginx harness', it => {
  it('sends each kind of client, with and without SNI, and reports what nginx made of it', async () => {
    if (!requireNginx()) return;
    const [port = 0] = await freePorts(1);
    const { authority, serverCertificate, serverKey } = pki();
    const files = {
      'nginx.conf': mainFile(`server {
        listen 127.0.0.1:${port} ssl;
        ssl_certificate ${serverCertificate}; ssl_certificate_key ${serverKey};
        ssl_client_certificate ${authority}; ssl_verify_client optional_no_ca;
        return 200 "$ssl_client_verify [$ssl_server_name] $remote_addr $request_uri";
      }`),
    };
    await withNginx(files, async () => {
      const choices: TlsChoice[] = [
        { serverName: 'a.test', certificate: 'none' },
        { serverName: null, certificate: 'trusted' },
        { serverName: null, certificate: 'untrusted' },
        { serverName: null, certificate: 'untrusted', issuer: 'other' },
      ];
      const requests = [
        ...choices.map(choice => get(port, choice)),
        { ...get(port, choices[0]!, '//x/%2e%2e?q#f'), sourceAddress: '127.0.0.2' },
        get(port, null),
      ];
      const answers = await sendAll(requests);
      assert.equal(
        answers.map(answer => `${answer.status} ${answer.body.split('\r\n')[0]}`),
        [
          '200 NONE [a.test] 127.0.0.1 /',
          '200 SUCCESS [] 127.0.0.1 /',
          '200 FAILED:self-signed certificate [] 127.0.0.1 /',
          '200 FAILED:unable to verify the first certificate [] 127.0.0.1 /',
          '200 NONE [a.test] 127.0.0.2 //x/%2e%2e?q#f',
          '400 <html>',
        ],
      );
    });
  });

  it('takes no interim answer for the answer', async () => {
    if (!requireNginx()) return;
    const [port = 0] = await freePorts(1);
    const files = {
      'nginx.conf': mainFile(`server { listen 127.0.0.1:${port}; location /cut { return 444; }
        location / { mirror /cut; proxy_pass http://127.0.0.1:${port}/nowhere; } location /nowhere { return 200 x; } }`),
    };
    await withNginx(files, async () => {
      const asked = get(port, null);
      const headers = [...asked.http.headers, ['Expect', '100-continue'] as const];
      const [answer] = await sendAll([{ ...asked, http: { ...asked.http, headers } }]);
      assert.equal([answer?.status, answer?.body, answer?.failure], [0, '', 'closed']);
    });
  });

  it('tells which requests it sent twice, since an idle connection may close at any time', async () => {
    if (!requireNginx()) return;
    const [port = 0] = await freePorts(1);
    const files = {
      'nginx.conf': mainFile(
        `server { listen 127.0.0.1:${port}; location / { return 200 x; } location /cut { return 444; } }`,
      ),
    };
    await withNginx(files, async () => {
      const answers = await sendAll([get(port, null), get(port, null, '/cut'), get(port, null), get(port, null)]);
      assert.equal(
        answers.map(({ status, isResent }) => [status, isResent ?? false]),
        [
          [200, false],
          [0, true],
          [200, false],
          [200, false],
        ],
      );
    });
  });

  it('shows which back end was reached', async () => {
    if (!requireNginx()) return;
    const [port = 0] = await freePorts(1);
    await withBackEnds(['left', 'right'], async ([left, right]) => {
      const files = {
        'nginx.conf': mainFile(`server {
          listen 127.0.0.1:${port};
          location / { proxy_pass http://127.0.0.1:${left!.port}; }
          location /r { proxy_pass http://127.0.0.1:${right!.port}; }
        }`),
      };
      await withNginx(files, async () => {
        const answers = await sendAll([get(port, null, '/l?a=1'), get(port, null, '/r')]);
        assert.equal(
          answers.map(answer => headerOf(answer, 'x-back-end')),
          ['left', 'right'],
        );
        assert.is(left!.seen[0]!.target, '/l?a=1');
      });
    });
  });

  it('reports a connection that ends without an answer', async () => {
    if (!requireNginx()) return;
    const [port = 0, closed = 0] = await freePorts(2);
    const files = { 'nginx.conf': mainFile(`server { listen 127.0.0.1:${port}; return 444; }`) };
    await withNginx(files, async () => {
      assert.equal(
        (await sendAll([get(port, null), get(closed, null)])).map(({ status, failure }) => [
          status,
          failure !== undefined,
        ]),
        [
          [0, true],
          [0, true],
        ],
      );
      assert.is((await send(get(port, { serverName: null, certificate: 'none' }))).status, 0);
    });
  });

  it('leaves a connection open until what happens on the side has ended', async () => {
    if (!requireNginx()) return;
    const [port = 0] = await freePorts(1);
    const seen: string[] = [];
    const slow = createServer((request, response) => {
      seen.push(request.url ?? '');
      setTimeout(() => response.end(), 200);
    });
    await new Promise<void>(resolve => slow.listen(0, '127.0.0.1', resolve));
    const backEnd = `http://127.0.0.1:${(slow.address() as AddressInfo).port}`;
    const files = {
      'nginx.conf': mainFile(`server {
        listen 127.0.0.1:${port};
        location / { return 200 text; post_action /after; }
        location /after { auth_request /check; proxy_pass ${backEnd}; }
        location /check { proxy_pass ${backEnd}; }
      }`),
    };
    try {
      await withNginx(files, async () => {
        const pause = () => new Promise(resolve => setTimeout(resolve, 600));
        await sendAll([get(port, null)]);
        await pause();
        assert.not(seen.includes('/after'), 'the client has gone, so nginx ends the subrequest');
        seen.length = 0;
        const closings: (() => void)[] = [];
        await sendAll([get(port, null)], { release: close => closings.push(close) });
        await pause();
        for (const close of closings) close();
        assert.equal(seen, ['/check', '/after']);
      });
    } finally {
      slow.closeAllConnections();
      slow.close();
    }
  });

  it('passes on why nginx refuses a configuration', async () => {
    if (!requireNginx()) return;
    let reason = '';
    await startNginx({ 'nginx.conf': mainFile('nonsense;') }).catch((error: Error) => {
      reason = error.message;
    });
    assert.match(reason, 'unknown directive "nonsense"');
  });
});
