import { peerDemand, setsVerifyMode, verifyMode } from '../../model/client-verification.js';
import type { VirtualServer } from '../../model/model.js';
import { speaksHttp2, wantsHttp2 } from '../../model/sockets.js';
import type { Request } from '../request.js';
import { type Connection, contextServer, dependsOnTlsVersion, type Setting, verifyResult } from './connection.js';
import { type End, RequestRun } from './machine.js';
import { matchPattern } from './match-pattern.js';
import {
  decodeTarget,
  headerNameKind,
  lowerCase,
  parseRequestLine,
  UNIQUE_HEADERS,
  validHost,
} from './request-line.js';
import { sizeOf } from './size.js';
import { type Journal, Undecided } from './trace.js';
import { type Client, peerAddress, Variables } from './variables.js';
import { hasNames, serverOfName, socketOf } from './virtual-server.js';

/** Headers about a connection or the length of a body, which HTTP/2 says in another way. */
const OF_CONNECTION: ReadonlySet<string> = new Set([
  ...['connection', 'content-length', 'keep-alive', 'proxy-connection', 'te', 'transfer-encoding', 'upgrade'],
]);

/** Ends a request before any server holds it. */
function noAnswer(cause: string): End {
  return { outcome: { kind: 'closed', by: undefined, cause }, server: undefined, block: undefined };
}

/** Steps P0 to P2: socket, handshake, request line, headers, TLS policy; then the request runs through its server. */
export function admit(setting: Setting, request: Request, journal: Journal): End {
  const socket = socketOf(setting.model.sockets, request.connect);
  if (socket === undefined) return noAnswer('nobody listens there');
  const listen = socket.defaultServer.listens.find(other => other.socket === socket)?.node;
  journal.step(listen ?? socket.defaultServer.node, 'the connection arrives');
  const hasProxyLine = request.connect.proxyProtocol !== undefined;
  // Row 13.5.
  if (socket.proxyProtocol && !hasProxyLine) return noAnswer('the PROXY line is missing');
  if (!socket.proxyProtocol && hasProxyLine) {
    throw new Undecided('request', listen ?? socket.defaultServer.node, 'a PROXY line where none is read');
  }
  if (socket.quic) throw new Undecided('quic', listen ?? socket.defaultServer.node);
  const { tls } = request;
  if (tls !== null && !socket.ssl) return noAnswer('the port does not speak TLS');
  const by = listen ?? socket.defaultServer.node;
  if (request.http.version === '2') {
    if (!speaksHttp2(socket, socket.defaultServer.scope)) return noAnswer('the port does not speak HTTP/2');
    if (request.http.headers.some(([name]) => OF_CONNECTION.has(lowerCase(name)))) {
      throw new Undecided('request', by, 'a header of HTTP/1 in HTTP/2');
    }
  } else if (wantsHttp2(socket)) {
    throw new Undecided('request', by, 'whether it speaks HTTP/1 as well depends on the version');
  }

  // ngx_http_ssl_servername: only a name that a server of this address has is remembered (row 14.20f).
  let handshakeServer = socket.defaultServer;
  let rememberedName: string | undefined;
  const name = typeof tls?.serverName === 'string' ? validHost(tls.serverName) : undefined;
  if (name !== undefined) {
    const named = serverOfName(socket, name, (pattern, node) => matchPattern(pattern, name, node) !== null);
    if (named !== undefined) {
      handshakeServer = named;
      rememberedName = name;
    }
  }
  if (tls !== null && handshakeServer.scope.value('ssl_reject_handshake', 'off').toLowerCase() === 'on') {
    const by = handshakeServer.scope.setting('ssl_reject_handshake')!;
    journal.step(by, 'the handshake is refused');
    return { ...noAnswer('the handshake is refused'), outcome: { kind: 'closed', by, cause: 'handshake refused' } };
  }
  const policy = contextServer(socket, handshakeServer);
  const { asks, requires } = peerDemand(policy);
  if (tls?.certificate === 'none' && requires) {
    if (asks === 'below-tls-1.3') throw dependsOnTlsVersion(policy);
    const by = policy.scope.effective('ssl_conf_command').filter(setsVerifyMode).at(-1);
    return { ...noAnswer('the handshake fails'), outcome: { kind: 'closed', by, cause: 'no certificate' } };
  }
  const connection: Connection = {
    socket,
    tls: tls !== null,
    handshakeServer,
    rememberedName,
    verification: verifyResult(request, socket, handshakeServer, setting.environment, setting.model.trust),
  };
  const client: Client = {
    request,
    connection,
    method: request.http.method,
    rawTarget: '',
    lineIsRead: false,
    host: undefined,
    headers: [],
    address: peerAddress(setting.model, request),
    addressReplaced: false,
    judgedBy: new Set(),
    questions: new Map(),
  };
  const run = new RequestRun({
    setting,
    client,
    journal,
    variables: new Variables(setting, client, journal),
    server: handshakeServer,
    method: request.http.method,
  });
  journal.step(handshakeServer.node, tls === null ? 'the server of the address' : 'the server of the handshake');
  return new Admission(run, client, connection).start();
}

class Admission {
  readonly #run: RequestRun;
  readonly #client: Client;
  readonly #connection: Connection;

  constructor(run: RequestRun, client: Client, connection: Connection) {
    this.#run = run;
    this.#client = client;
    this.#connection = connection;
  }

  /** The request line, in the settings of the server of the handshake (ngx_http_process_request_line, row 14.25). */
  start(): End {
    const { method, target } = this.#client.request.http;
    const { server } = this.#run;
    if (/[\r\n]/.test(method + target)) throw new Undecided('request', server.node, 'a line break in the request line');
    const room = headerBufferSize(server) - method.length - ' '.length;
    const isOldest = this.#client.request.http.version === '0.9';
    const isUnlike = this.#client.request.http.version === '2' && (target.length > room || /[^!-~]/.test(target));
    if (isUnlike) throw new Undecided('request', server.node, 'a line of HTTP/1 in HTTP/2');
    const isTooLong = target.length + (isOldest ? '\r\n' : ' HTTP/1.1\r\n').length > room;
    // The line is read from its start, so what is wrong there is found before the line is too long.
    const parsed = parseRequestLine(method, isTooLong ? target.slice(0, room) : target);
    if (parsed.kind === 'error') {
      // A method that cannot be read leaves none behind.
      if (!/^[A-Z_-]+$/.test(method)) this.#client.method = this.#run.method = '';
      return this.#fail(parsed.code, parsed.code === 505 ? 'the HTTP version is unknown' : 'invalid request line');
    }
    if (isTooLong) return this.#fail(414, 'the request line is too long');
    // Both are found at the end of the line.
    if (isOldest && parsed.raw === '') return this.#fail(400, 'an absolute target without a path in HTTP/0.9');
    if (isOldest && method !== 'GET') return this.#fail(400, 'a method of a later version than HTTP/0.9');
    if (parsed.raw.startsWith('?')) throw new Undecided('request', server.node, 'an absolute target without a path');
    this.#client.lineIsRead = true;
    const raw = parsed.raw === '' ? '/' : parsed.raw;
    // The setting of the server known so far counts, not that of the Host (row 6.8b).
    const decoded = decodeTarget(raw, server.scope.value('merge_slashes', 'on').toLowerCase() !== 'off');
    if (decoded === undefined) return this.#fail(400, 'invalid target');
    this.#client.rawTarget = raw;
    this.#run.uri = decoded.path;
    this.#run.args = decoded.args;
    this.#run.quoted = decoded.quoted;
    if (parsed.host !== undefined) {
      const host = validHost(parsed.host);
      if (host === undefined) return this.#fail(400, 'invalid host in the target');
      const refusal = this.#chooseServer(host);
      if (refusal !== undefined) return refusal;
      this.#client.host = host;
    }
    if (this.#client.request.http.version === '0.9') return this.#skipHeaders();
    return this.#readHeaders();
  }

  /** HTTP/0.9: a request line without a version is all there is (ngx_http_process_request_line, row 6.30). */
  #skipHeaders(): End {
    return (this.#client.host === undefined ? this.#chooseServer('') : undefined) ?? this.#checkPolicy();
  }

  /** ngx_http_process_request_headers: line by line, each in the settings of the server known so far (row 12.5e). */
  #readHeaders(): End {
    const { http } = this.#client.request;
    const lines: (readonly [string, string])[] = [...http.headers];
    const hasLength = lines.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name));
    // A body is announced by its length, as the sender of a `Request` does.
    if (http.body !== undefined && !hasLength) lines.push(['Content-Length', String(http.body.length)]);
    let hostSeen = false;
    for (const [written, rawValue] of lines) {
      const { server } = this.#run;
      const value = rawValue.replace(/^ +| +$/g, '');
      if (written.length + rawValue.length + ': \r\n'.length > headerBufferSize(server)) {
        return this.#fail(494, 'a header line is too long');
      }
      const underscores = server.scope.value('underscores_in_headers', 'off').toLowerCase() === 'on';
      const kind = headerNameKind(written, underscores);
      if (kind === 'error' || /[\x00\r\n]/.test(value)) return this.#fail(400, 'invalid header line');
      if (kind === 'invalid' && server.scope.value('ignore_invalid_headers', 'on').toLowerCase() !== 'off') continue;
      const name = lowerCase(written);
      const repeated = this.#client.headers.some(header => header.name === name);
      // A line is kept before it is judged: what answers an error is told of the one that raised it (row 12.6b).
      this.#client.headers.push({ name, written, value, isHashed: kind === 'valid' });
      if (repeated && UNIQUE_HEADERS.has(name)) return this.#fail(400, `two ${written} lines`);
      if (name !== 'host') continue;
      if (hostSeen) return this.#fail(400, 'two Host lines');
      hostSeen = true;
      const host = validHost(value);
      if (host === undefined) return this.#fail(400, 'invalid Host');
      // The host of an absolute target counts more (row 6.9).
      if (this.#client.host !== undefined) continue;
      const refusal = this.#chooseServer(host);
      if (refusal !== undefined) return refusal;
      this.#client.host = host;
    }
    return this.#checkHeaders(hostSeen);
  }

  /** ngx_http_process_request_header. */
  #checkHeaders(hostSeen: boolean): End {
    if (this.#client.host === undefined) {
      const refusal = this.#chooseServer('');
      if (refusal !== undefined) return refusal;
    }
    if (!hostSeen && this.#client.request.http.version !== '1.0') return this.#fail(400, 'HTTP/1.1 without Host');
    const header = (name: string) => this.#client.headers.find(other => other.name === name)?.value;
    const length = header('content-length');
    if (length !== undefined) {
      if (!/^\d+$/.test(length)) return this.#fail(400, 'invalid Content-Length');
      this.#run.bodyLength = Number(length);
    }
    const encoding = header('transfer-encoding');
    if (encoding !== undefined) {
      if (this.#client.request.http.version === '1.0') return this.#fail(400, 'Transfer-Encoding in HTTP/1.0');
      if (lowerCase(encoding) !== 'chunked') return this.#fail(501, 'unknown Transfer-Encoding');
      if (length !== undefined) return this.#fail(400, 'Content-Length next to Transfer-Encoding');
      // The bytes of a body are no digits, as the size of a chunk has to be.
      this.#run.bodyIsBroken = (this.#client.request.http.body?.length ?? 0) > 0;
    }
    const { method } = this.#client.request.http;
    if (method === 'CONNECT' || method === 'TRACE') return this.#fail(405, `${method} is not allowed`);
    return this.#checkPolicy();
  }

  /** P2, ngx_http_process_request: the policy of the server that Host chose, on what the handshake found. */
  #checkPolicy(): End {
    const { server } = this.#run;
    const { socket, tls, verification } = this.#connection;
    const { by: reason, isFatal, result } = verification;
    if (socket.ssl && !tls) return this.#fail(497, 'plain HTTP on a TLS port');
    if (tls) {
      const mode = verifyMode(server);
      const by = server.scope.setting('ssl_verify_client');
      if (mode === 'off' || (mode === 'optional_no_ca' && !isFatal)) return this.#run.start();
      if (result.startsWith('FAILED')) {
        if (reason !== undefined) this.#run.journal.step(reason.node, reason.text);
        return this.#run.fail(495, 'the certificate is not accepted', reason?.node ?? by);
      }
      if (result === 'NONE' && mode === 'on') return this.#run.fail(496, 'no certificate', by);
    }
    return this.#run.start();
  }

  /** ngx_http_set_virtual_server (rows 14.20-14.23, mtls-semantics 6); the end of the request where it is refused. */
  #chooseServer(host: string): End | undefined {
    const { socket, rememberedName } = this.#connection;
    const matches = (server: VirtualServer) => {
      if (server !== this.#run.server) this.#run.journal.step(server.node, `the server of the host "${host}"`);
      this.#run.enter(server);
    };
    if (rememberedName !== undefined && rememberedName === host) {
      // The name of the handshake stays; a regex name captures now.
      this.#capture(host);
      return undefined;
    }
    const server = hasNames(socket)
      ? serverOfName(socket, host, (pattern, node) => {
          const captures = matchPattern(pattern, host, node);
          if (captures !== null) this.#run.remember(captures);
          return captures !== null;
        })
      : undefined;
    if (rememberedName !== undefined) {
      const asked = server ?? socket.defaultServer;
      if (verifyMode(asked) !== 'off') {
        return this.#run.fail(421, 'SNI names another server', asked.scope.setting('ssl_verify_client'));
      }
      matches(asked);
    } else if (server !== undefined) {
      matches(server);
    }
    return undefined;
  }

  #capture(host: string): void {
    serverOfName(this.#connection.socket, host, (pattern, node) => {
      const captures = matchPattern(pattern, host, node);
      if (captures !== null) this.#run.remember(captures);
      return captures !== null;
    });
  }

  #fail(code: number, cause: string): End {
    return this.#run.fail(code, cause, undefined);
  }
}

/** The longest line of a request that fits (large_client_header_buffers, by default 8 KB). */
function headerBufferSize(server: VirtualServer): number {
  return sizeOf(server.scope.setting('large_client_header_buffers')?.args[1] ?? '8k') ?? 8192;
}
