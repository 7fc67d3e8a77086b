import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttp2Server, type IncomingHttpHeaders } from 'node:http2';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createServer as createTlsServer, type TLSSocket, Server as TlsServer } from 'node:tls';
import { promisify } from 'node:util';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { HttpRequest, Request, StreamSession, TlsChoice } from '../../../src/analysis/request.js';
import { curlLine, curlLines, proxyLine } from '../../../src/report/curl.js';
import { describe } from '../../support/suite.js';
import { requestOf } from './sample.js';

const run = promisify(execFile);

/** What a server saw: the SNI, the common name of the client's certificate, and the bytes of the request. */
interface Seen {
  readonly serverName: string | null;
  readonly certificate: string | null;
  readonly bytes: string;
}

function http(parts: Partial<HttpRequest>): HttpRequest {
  return { method: 'GET', target: '/', headers: [['Host', 'app.test']], ...parts };
}

function tls(parts: Partial<TlsChoice>): TlsChoice {
  return { serverName: 'app.test', certificate: 'none', ...parts };
}

/** The bytes that a witness stands for. */
function bytesOf({ http: { body, headers, method, target, version } }: Request): string {
  const lines = [
    `${method} ${target} HTTP/${version ?? '1.1'}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ];
  const hasLength = headers.some(([name]) => name.toLowerCase() === 'content-length');
  if (body !== undefined && !hasLength) lines.push(`Content-Length: ${body.length}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** The request line, and the header lines as a sorted list: curl sends Host first, and blanks around a value say nothing. */
function normal(bytes: string): string[] {
  const [head = ''] = bytes.split('\r\n\r\n');
  const [requestLine = '', ...headers] = head.split('\r\n');
  return [requestLine, ...headers.map(line => line.replace(/^([^:]*):[ \t]*(.*?)[ \t]*$/, '$1: $2')).sort()];
}

/** A folder with stubs of the commands that write the arguments they got, NUL-separated; no stub sends anything. */
async function argumentsOf(line: string): Promise<{ command: string; args: string[]; input: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'curl-line-'));
  try {
    for (const name of ['curl', 'openssl']) {
      // The input is read only behind a pipe: a terminal or a test has nothing to say there.
      writeFileSync(
        join(folder, name),
        `#!/bin/sh\nprintf '%s\\0' ${name} "$@" > ${folder}/arguments\ncat > ${folder}/input\n`,
      );
      chmodSync(join(folder, name), 0o755);
    }
    writeFileSync(join(folder, 'sleep'), '#!/bin/sh\n');
    chmodSync(join(folder, 'sleep'), 0o755);
    const child = run('/bin/sh', ['-c', line], {
      cwd: folder,
      env: { PATH: `${folder}${delimiter}/usr/bin${delimiter}/bin`, LC_ALL: 'C' },
      timeout: 10_000,
    });
    child.child.stdin?.end();
    const { stderr, stdout } = await child;
    assert.is(stdout + stderr, '', line);
    const [command = '', ...args] = readFileSync(join(folder, 'arguments'), 'latin1').split('\0').slice(0, -1);
    return { command, args, input: readFileSync(join(folder, 'input'), 'latin1') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The values of an option, in order. */
function valuesOf(args: readonly string[], option: string): string[] {
  return args.flatMap((arg, index) => (arg === option ? [args[index + 1]!] : []));
}

const hostile = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: fc.integer({ min: 1, max: 255 }).map(code => String.fromCharCode(code)), maxLength: 12 }),
  fc.constantFrom(
    "'",
    "a'b",
    '$(id)',
    '`id`',
    '"',
    '\\',
    '-x',
    '--next',
    '@file',
    '~',
    '*',
    '!x',
    '\n',
    'a\n',
    ';',
    '%s',
    '\u202e',
    '%',
    '\\n',
    'é',
  ),
);

const hostileRequest: fc.Arbitrary<Request> = fc.record({
  connect: fc.oneof(
    fc.constantFrom(
      { address: '127.0.0.1', port: 8443 },
      { address: '::1', port: 443 },
      { address: '127.0.0.1', port: 8443, proxyProtocol: '' },
      { address: '127.0.0.1', port: 8443, proxyProtocol: '10.0.0.1' },
    ),
    hostile.filter(path => path !== '' && !path.includes('\0')).map(unix => ({ address: unix, port: 0, unix })),
  ),
  tls: fc.oneof(
    fc.constant(null),
    fc.record({
      serverName: fc.oneof(fc.constantFrom(null, 'app.test', 'App.test', '1.2'), hostile),
      certificate: fc.constantFrom('none' as const, 'untrusted' as const, 'trusted' as const),
    }),
  ),
  http: fc.record(
    {
      method: fc.oneof(fc.constantFrom('GET', 'HEAD', 'POST', '-X'), hostile),
      target: fc.oneof(
        fc.constantFrom('/', '/a?b=c', '/%2e%2e/', '*', 'http://x/'),
        hostile.map(text => `/${text}`),
        hostile,
      ),
      headers: fc.array(
        fc.oneof(
          hostile.map(value => ['Host', value] as const),
          fc.tuple(hostile, hostile),
          hostile.map(value => ['X-Test', value] as const),
        ),
        { maxLength: 3 },
      ),
      body: fc.record({ length: fc.constantFrom(0, 1, 40, 41, 1000) }),
    },
    { requiredKeys: ['method', 'target', 'headers'] },
  ),
});

function toBytes(text: string): string {
  return /[^\x00-\xff]/.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}

describe('curl line', it => {
  it('says a usual witness', () => {
    assert.is(
      curlLine(requestOf({ http: http({ target: '/api/' }) })),
      "curl -i -k --http1.1 --path-as-is --noproxy '*' --resolve app.test:8443:127.0.0.1 -A '' -H Accept: -H 'Host: app.test' https://app.test:8443/api/",
    );
  });

  it('leaves out the Host header that curl makes by itself', () => {
    const line = curlLine(requestOf({ connect: { address: '127.0.0.1', port: 443 } }));
    assert.not.match(line, /Host:/);
    assert.match(line, /https:\/\/app\.test\/$/);
  });

  it('names the certificate files of each class', () => {
    assert.match(
      curlLine(requestOf({ tls: tls({ certificate: 'trusted' }) })),
      / --cert client\.pem --key client\.key /,
    );
    const untrusted = curlLine(requestOf({ tls: tls({ certificate: 'untrusted' }) }));
    assert.match(untrusted, / --cert untrusted\.pem --key untrusted\.key /);
    assert.not.match(curlLine(requestOf()), /--cert/);
  });

  it('uses -X for what is neither GET nor HEAD', () => {
    assert.match(curlLine(requestOf({ http: http({ method: 'POST' }) })), / -X POST /);
    assert.match(curlLine(requestOf({ http: http({ method: 'HEAD' }) })), / -I /);
    assert.not.match(curlLine(requestOf()), / -X /);
  });

  it('gives way to openssl where curl would change the server name', () => {
    for (const serverName of ['App.test', 'app.test.', '127.0.0.1', 'a b', 'caf\xc3\xa9.test', '-app.test']) {
      assert.match(curlLine(requestOf({ tls: tls({ serverName }) })), /\| openssl s_client .*-servername /);
    }
  });

  it('gives way to openssl where a header stands in front of Host', () => {
    const line = curlLine(
      requestOf({
        tls: tls({}),
        http: http({
          headers: [
            ['X_User', '1'],
            ['Host', 'app.test'],
          ],
        }),
      }),
    );
    assert.match(line, /X_User: 1.*Host: app\.test.*openssl s_client/);
  });

  it('gives name and password as such', () => {
    const headers = [['Authorization', 'Basic dXNlcjpwYXNzd29yZA==']] as const;
    assert.match(curlLine(requestOf({ http: http({ headers }) })), / -u user:password /);
  });

  it('sends the PROXY line first: as text, or by curl where a handshake follows', () => {
    const proxied = { address: '127.0.0.1', port: 8080, proxyProtocol: '10.0.0.1' };
    const plain = curlLine(requestOf({ connect: proxied, tls: null, http: http({}) }));
    assert.ok(plain.includes("printf 'PROXY TCP4 10.0.0.1 127.0.0.1 40000 443\\r\\nGET / HTTP/1.1"), plain);
    const secure = curlLine(requestOf({ connect: proxied, tls: tls({}), http: http({}) }));
    assert.ok(secure.includes('--haproxy-clientip 10.0.0.1'), secure);
    const nobody = { ...proxied, proxyProtocol: '' };
    assert.match(curlLine(requestOf({ connect: nobody })), / --haproxy-protocol /);
    assert.match(curlLine(requestOf({ connect: nobody, tls: null })), / --haproxy-protocol /);
    const raw = { connect: nobody, tls: null, http: http({ headers: [['Host', 'a\x01']] }) };
    assert.match(curlLine(requestOf(raw)), /printf 'PROXY UNKNOWN\\r\\nGET .* curl -s -m 10 /);
    assert.match(
      curlLine(requestOf({ connect: nobody, http: http({ headers: [['Host', 'a\x01']] }) })),
      /^: 'by a program of your own: a PROXY line, then TLS', 'with the SNI' app\.test, then:; printf 'GET /,
    );
  });

  it('breaks a long command into lines that a shell joins', () => {
    const lines = curlLines(requestOf({ http: http({ target: '/api/' }) }), 60);
    assert.ok(lines.length > 2);
    for (const line of lines.slice(0, -1)) assert.match(line, / \\$/);
    for (const line of lines) assert.ok(line.length <= 60, line);
    assert.is(
      lines.map(line => line.replace(/ \\$/, '').trim()).join(' '),
      curlLine(requestOf({ http: http({ target: '/api/' }) })),
    );
  });

  it('gives the intended arguments and input whatever the text holds', async () => {
    await fc.assert(
      fc.asyncProperty(hostileRequest, async request => {
        const line = curlLine(request);
        assert.match(line, /^[\x20-\x7e]+$/);
        const { proxyProtocol } = request.connect;
        const isProxied = proxyProtocol !== undefined;
        if (/^(?:v\d.*; )?: 'by a program/.test(line)) {
          assert.ok(isProxied && request.tls !== null);
          const { stdout } = await run('/bin/sh', ['-c', line], { encoding: 'latin1' });
          assert.is(stdout, toBytes(bytesOf(request)) + '\0'.repeat(request.http.body?.length ?? 0));
          return;
        }
        const { args, command, input } = await argumentsOf(line);
        const { connect } = request;
        const unix = connect.unix === undefined ? undefined : toBytes(connect.unix);
        if (args.includes('--path-as-is')) {
          assert.is(command, 'curl');
          assert.is(args.includes('--haproxy-protocol'), proxyProtocol === '');
          assert.equal(valuesOf(args, '--haproxy-clientip'), proxyProtocol ? [proxyProtocol] : []);
          assert.equal(valuesOf(args, '--unix-socket'), unix === undefined ? [] : [unix]);
          const headers = new Set(valuesOf(args, '-H'));
          const { hostname } = new URL(args.at(-1)!);
          for (const [name, value] of request.http.headers) {
            if (valuesOf(args, '-u').length > 0 && /^authorization$/i.test(name)) continue;
            if (/^host$/i.test(name) && value.startsWith(hostname)) continue;
            assert.ok(headers.has(value === '' ? `${name};` : `${name}: ${value}`), `${line}\nlacks ${name}`);
          }
          const sent = valuesOf(args, '--request-target')[0] ?? args.at(-1)!.replace(/^https?:\/\/[^/]+/, '');
          assert.is(sent, request.http.target);
          if (request.tls?.serverName != null) assert.is(hostname, request.tls.serverName);
          if (request.tls?.serverName === null) assert.match(hostname, /^127\.0\.0\.1$|^\[::1\]$/);
        } else {
          const length = request.http.body?.length ?? 0;
          const start = isProxied ? `${proxyLine(proxyProtocol)}\r\n` : '';
          assert.is(input.slice(0, input.length - length), start + toBytes(bytesOf(request)));
          assert.equal(
            valuesOf(args, request.tls === null ? '--unix-socket' : '-unix'),
            unix === undefined ? [] : [unix],
          );
          if (request.tls?.serverName != null) {
            assert.equal(valuesOf(args, '-servername'), [toBytes(request.tls.serverName).replaceAll('\0', '')]);
          }
        }
      }),
      { numRuns: 150 },
    );
  });
});

/** A server that notes what it sees and answers; `use` gets its port. It listens on a loopback address or a unix socket. */
async function seenBy(server: Server, use: (port: number) => Promise<void>, at = '127.0.0.1'): Promise<Seen[]> {
  const seen: Seen[] = [];
  const sockets = new Set<Socket>();
  server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    let bytes = '';
    socket.on('data', chunk => {
      bytes += chunk.toString('latin1');
      // What is said to a server of stream is one line, all else a request.
      const end = bytes === 'hello\r\n' ? bytes.length : bytes.indexOf('\r\n\r\n');
      if (end === -1) return;
      const length = Number(/content-length: *(\d+)/i.exec(bytes)?.[1] ?? 0);
      if (bytes !== 'hello\r\n' && bytes.length < end + 4 + length) return;
      const tlsSocket = socket as Partial<TLSSocket>;
      const servername = (tlsSocket as { servername?: string | false }).servername;
      seen.push({
        serverName: typeof servername === 'string' ? servername : null,
        certificate: tlsSocket.getPeerCertificate?.()?.subject?.CN?.toString() ?? null,
        bytes,
      });
      bytes = '';
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok');
    });
  });
  await new Promise<void>(resolve => {
    if (at.startsWith('/')) server.listen(at, resolve);
    else server.listen(0, at, resolve);
  });
  const address = server.address();
  try {
    await use(address !== null && typeof address === 'object' ? address.port : 0);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise(resolve => server.close(resolve));
  }
  return seen;
}

/** Cases for the wire: what is said by curl, and what goes as bytes. */
const WIRE: readonly { title: string; request: (port: number) => Request }[] = [
  { title: 'a usual request', request: port => on(port, {}) },
  { title: 'another Host than SNI', request: port => on(port, { http: http({ headers: [['Host', 'other.test']] }) }) },
  { title: 'no SNI', request: port => on(port, { tls: tls({ serverName: null }) }) },
  { title: 'no Host header', request: port => on(port, { http: http({ headers: [] }) }) },
  {
    title: 'HTTP/1.0 without a Host header',
    request: port => on(port, { http: http({ version: '1.0', headers: [] }) }),
  },
  {
    title: 'HTTP/1.0 without a Host header and with raw bytes',
    request: port => on(port, { http: http({ version: '1.0', target: '/\x80', headers: [] }) }),
  },
  {
    title: 'name and password',
    request: port =>
      on(port, {
        http: http({
          headers: [
            ['Host', 'app.test'],
            ['Authorization', 'Basic dXNlcjpwYXNzd29yZA=='],
          ],
        }),
      }),
  },
  {
    title: 'an authorization that names nobody',
    request: port =>
      on(port, {
        http: http({
          headers: [
            ['Host', 'app.test'],
            ['Authorization', 'Basic dXNlcg=='],
          ],
        }),
      }),
  },
  { title: 'an empty Host header', request: port => on(port, { http: http({ headers: [['Host', '']] }) }) },
  { title: 'an upper-case SNI', request: port => on(port, { tls: tls({ serverName: 'App.Test' }) }) },
  { title: 'dot segments', request: port => on(port, { http: http({ target: '/a/../b//./%2e%2e/c?d=/../e' }) }) },
  { title: 'an absolute target', request: port => on(port, { http: http({ target: 'http://x.test/y' }) }) },
  {
    title: 'a target that a URL cannot hold',
    request: port => on(port, { http: http({ target: '/{a,b}[1-2]#c|"<>^`\\' }) }),
  },
  { title: 'a star', request: port => on(port, { http: http({ method: 'OPTIONS', target: '*' }) }) },
  { title: 'raw bytes in the target', request: port => on(port, { http: http({ target: '/\xff\x80%' }) }) },
  { title: 'another method', request: port => on(port, { http: http({ method: 'PROPFIND' }) }) },
  { title: 'HEAD', request: port => on(port, { http: http({ method: 'HEAD' }) }) },
  { title: 'a body', request: port => on(port, { http: http({ method: 'POST', body: { length: 3 } }) }) },
  { title: 'a GET with a long body', request: port => on(port, { http: http({ body: { length: 2_000_000 } }) }) },
  {
    title: 'headers',
    request: port =>
      on(port, {
        http: http({
          headers: [
            ['Host', 'app.test'],
            ['User-Agent', 'it\'s "$HOME" `id`'],
            ['X-Empty', ''],
            ['Cookie', 'a=b; c=d'],
            ['Authorization', 'Basic eDp5'],
            ['X-Twice', 'one'],
            ['X-Twice', 'two'],
          ],
        }),
      }),
  },
  {
    title: 'two Host headers',
    request: port =>
      on(port, {
        http: http({
          headers: [
            ['Host', 'a.test'],
            ['Host', 'b.test'],
          ],
        }),
      }),
  },
  {
    title: 'a control byte in a header',
    request: port =>
      on(port, {
        http: http({
          headers: [
            ['Host', 'app.test'],
            ['X', 'a\x01b'],
          ],
        }),
      }),
  },
  {
    title: 'a method that opens s_client commands',
    request: port => on(port, { http: http({ method: 'Q', headers: [['Host', 'a\x01']] }) }),
  },
  { title: 'the trusted certificate', request: port => on(port, { tls: tls({ certificate: 'trusted' }) }) },
  {
    title: 'the untrusted certificate',
    request: port => on(port, { tls: tls({ certificate: 'untrusted', serverName: 'APP' }) }),
  },
];

function on(port: number, parts: Partial<Request>): Request {
  return requestOf({ connect: { address: '127.0.0.1', port }, ...parts });
}

/** Runs a line as an operator behind a proxy would; the answer must have come. `folder` may hold a shorter `sleep`. */
async function replay(line: string, folder: string): Promise<void> {
  const proxy = 'http://127.0.0.1:9';
  const { stdout } = await run('/bin/sh', ['-c', line], {
    cwd: folder,
    timeout: 20_000,
    env: { ...process.env, PATH: `${folder}${delimiter}${process.env['PATH']}`, https_proxy: proxy, http_proxy: proxy },
  });
  assert.match(stdout, /HTTP\/1\.1 200 OK/, line);
}

/** A folder with the certificates that a line names, one for a server, and a `sleep` that does not hold up the test. */
async function withCertificates(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'curl-wire-'));
  try {
    writeFileSync(join(folder, 'sleep'), '#!/bin/sh\nexec /bin/sleep 0.5\n');
    chmodSync(join(folder, 'sleep'), 0o755);
    for (const name of ['server', 'client', 'untrusted']) {
      await run('openssl', [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-days',
        '2',
        '-subj',
        `/CN=${name}`,
        '-keyout',
        join(folder, `${name}.key`),
        '-out',
        join(folder, `${name}.pem`),
      ]);
    }
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('curl line on the wire', it => {
  it('sends over TLS exactly the server name, certificate, request line and headers of the witness', async () => {
    await withCertificates(async folder => {
      const server = createTlsServer({
        key: readFileSync(join(folder, 'server.key')),
        cert: readFileSync(join(folder, 'server.pem')),
        requestCert: true,
        rejectUnauthorized: false,
        ALPNProtocols: ['h2', 'http/1.1'],
      });
      const requests: Request[] = [];
      const seen = await seenBy(server, async port => {
        for (const { request } of WIRE) {
          requests.push(request(port));
          await replay(curlLine(request(port)), folder);
        }
      });
      assert.is(seen.length, WIRE.length);
      for (const [index, { title }] of WIRE.entries()) {
        const request = requests[index]!;
        const { bytes, certificate, serverName } = seen[index]!;
        assert.equal(normal(bytes), normal(bytesOf(request)), title);
        assert.is(serverName, request.tls?.serverName ?? null, title);
        const names = { none: null, trusted: 'client', untrusted: 'untrusted' };
        assert.is(certificate, names[request.tls?.certificate ?? 'none'], title);
      }
    });
  });

  it('sends the same without TLS', async () => {
    const requests: Request[] = [];
    let seen: Seen[] = [];
    await withCertificates(async folder => {
      seen = await seenBy(createTcpServer(), async port => {
        for (const { request } of WIRE) {
          requests.push({ ...request(port), tls: null });
          await replay(curlLine(requests.at(-1)!), folder);
        }
      });
    });
    assert.is(seen.length, WIRE.length);
    for (const [index, { title }] of WIRE.entries()) {
      // Telnet doubles the byte 255, which no valid UTF-8 holds.
      assert.equal(normal(seen[index]!.bytes.replaceAll('\xff\xff', '\xff')), normal(bytesOf(requests[index]!)), title);
    }
  });

  it('speaks HTTP/2 from the first byte on where an address takes nothing else', async () => {
    const seen: IncomingHttpHeaders[] = [];
    const server = createHttp2Server((incoming, answer) => {
      seen.push(incoming.headers);
      incoming.resume().on('end', () => answer.end('ok'));
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const headers: HttpRequest['headers'] = [
      ['Host', 'app.test'],
      ['X-Role', 'admin'],
    ];
    const { port } = server.address() as AddressInfo;
    const line = curlLine({
      ...on(port, { http: http({ version: '2', method: 'POST', target: '/a?b', headers, body: { length: 3 } }) }),
      tls: null,
    });
    await run('sh', ['-c', line]);
    await new Promise(resolve => server.close(resolve));
    assert.is(seen.length, 1);
    const { ':method': method, ':path': path, ':authority': authority, 'x-role': role } = seen[0]!;
    assert.equal([method, path, authority, role], ['POST', '/a?b', 'app.test', 'admin']);
  });

  it('says that no usual program can say what HTTP/2 and raw bytes would take', () => {
    const line = curlLine({ ...on(8080, { http: http({ version: '2', target: '/\x80' }) }), tls: null });
    assert.match(line, 'in HTTP/2');
  });

  it('writes a PROXY line in front of the request, or of TLS', async () => {
    await withCertificates(async folder => {
      const socket = join(folder, 'proxied.sock');
      for (const [at, proxyProtocol, expected] of [
        ['127.0.0.1', '10.9.8.7', /^PROXY TCP4 10\.9\.8\.7 127\.0\.0\.1 \d+ \d+\r\n/],
        ['::1', '2001:db8::1', /^PROXY TCP6 2001:db8::1 ::1 \d+ \d+\r\n/],
        [socket, '', /^PROXY UNKNOWN/],
        ['127.0.0.1', '', /^PROXY (?:TCP4 127\.0\.0\.1 127\.0\.0\.1 \d+ \d+|UNKNOWN)\r\n/],
      ] as const) {
        const requests: Request[] = [];
        const seen = await seenBy(
          createTcpServer(),
          async port => {
            const address = at === socket ? { address: socket, port: 0, unix: socket } : { address: at, port };
            for (const text of [http({ target: '/x' }), http({ headers: [['Host', 'a\x01']] })]) {
              requests.push({ connect: { ...address, proxyProtocol }, tls: null, http: text });
              await replay(curlLine(requests.at(-1)!), folder);
            }
          },
          at,
        );
        for (const [index, { bytes }] of seen.entries()) {
          assert.match(bytes, expected, at);
          assert.equal(normal(bytes.replace(/^PROXY [^\n]*\n/, '')), normal(bytesOf(requests[index]!)), at);
        }
        assert.is(seen.length, 2);
      }
      // The handshake begins behind the line: 0x16 is a TLS record.
      const first = await new Promise<string>((resolve, reject) => {
        const server = createTcpServer(connection => {
          connection.once('data', data => {
            connection.destroy();
            server.close();
            resolve(data.toString('latin1'));
          });
        });
        server.listen(0, '127.0.0.1', () => {
          const { port } = server.address() as AddressInfo;
          const line = curlLine(requestOf({ connect: { address: '127.0.0.1', port, proxyProtocol: '' } }));
          run('/bin/sh', ['-c', line]).then(
            () => reject(new Error('it was answered')),
            () => {},
          );
        });
      });
      assert.match(first, /^PROXY TCP4 127\.0\.0\.1 127\.0\.0\.1 \d+ \d+\r\n(?:\x16|$)/);
    });
  });

  it('reaches unix sockets and IPv6 addresses, by curl and as bytes', async () => {
    await withCertificates(async folder => {
      const raw = http({ headers: [['Host', 'a\x01']] });
      const socket = join(folder, "it's $HOME.sock");
      const unix = { address: socket, port: 0, unix: socket };
      const credentials = {
        key: readFileSync(join(folder, 'server.key')),
        cert: readFileSync(join(folder, 'server.pem')),
      };
      for (const at of [socket, '::1']) {
        for (const isTls of [true, false]) {
          const server = isTls ? createTlsServer(credentials) : createTcpServer();
          const requests: Request[] = [];
          const seen = await seenBy(
            server,
            async port => {
              const connect = at === socket ? unix : { address: at, port };
              for (const text of [http({ target: '/x' }), raw]) {
                for (const choice of isTls ? [tls({}), tls({ serverName: null })] : [null]) {
                  requests.push({ connect, tls: choice, http: text });
                  await replay(curlLine(requests.at(-1)!), folder);
                }
              }
            },
            at,
          );
          assert.equal(
            seen.map(one => normal(one.bytes)),
            requests.map(request => normal(bytesOf(request))),
          );
          assert.equal(
            seen.map(one => one.serverName),
            requests.map(request => request.tls?.serverName ?? null),
          );
        }
      }
    });
  });

  it('makes a connection to a server of stream, and says something there', async () => {
    await withCertificates(async folder => {
      const credentials = {
        key: readFileSync(join(folder, 'server.key')),
        cert: readFileSync(join(folder, 'server.pem')),
        requestCert: true,
        rejectUnauthorized: false,
      };
      const choices = [tls({}), tls({ serverName: null }), tls({ certificate: 'untrusted' }), null];
      for (const choice of choices) {
        const server = choice === null ? createTcpServer() : createTlsServer(credentials);
        const [seen] = await seenBy(server, async port => {
          const session: StreamSession = { connect: { address: '127.0.0.1', port }, tls: choice, http: null };
          await replay(curlLine(session), folder);
        });
        assert.is(seen!.bytes, 'hello\r\n');
        assert.is(seen!.serverName, choice?.serverName ?? null);
        assert.is(seen!.certificate, choice?.certificate === 'untrusted' ? 'untrusted' : null);
      }
      const proxied: StreamSession = {
        connect: { address: '127.0.0.1', port: 1, proxyProtocol: '192.0.2.1' },
        tls: null,
        http: null,
      };
      assert.match(
        curlLine(proxied),
        /^\{ printf 'PROXY TCP4 192\.0\.2\.1 127\.0\.0\.1 40000 443\\r\\nhello\\r\\n'; sleep 2; \} \| curl/,
      );
      assert.match(curlLine({ ...proxied, tls: tls({}) }), /^: 'by a program of your own: a PROXY line, then TLS'/);
    });
  });
});
