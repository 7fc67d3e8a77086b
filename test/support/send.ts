/** Sends our own `Request` byte by byte, so that a witness is replayed as it stands. */
import { connect as connectHttp2 } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext, type SecureContext } from 'node:tls';
import type { Request, TlsChoice } from '../../src/analysis/request.js';
import { clientNamed, type Issuer, type KeyPair, pki } from './pki.js';

/** What came back. Text is bytes, one character per byte. */
export interface Answer {
  /** 0 where the connection was closed without an answer. */
  readonly status: number;
  /** In order; names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  /** Everything that was received. */
  readonly raw: string;
  /** Why nothing came: the error of the connection or of the handshake. */
  readonly failure: string | undefined;
  /** True where the request was sent a second time, so that it may have left its traces twice. */
  readonly isResent?: true;
}

export interface SendOptions {
  /** The certificate that a choice stands for; by default the ones of `pki()`. */
  readonly credentials?: (choice: TlsChoice) => KeyPair | undefined;
  /** How long an answer may take, in milliseconds. */
  readonly timeout?: number;
  /**
   * Is given what closes a connection that no further request goes over, by default called at once. nginx ends what it
   * still does on the side for a client that is gone (ngx_http_upstream_check_broken_connection).
   */
  readonly release?: (close: () => void) => void;
}

/**
 * The certificate of `pki()` that a choice stands for: `trusted` is one of `authority`, `untrusted` a self-signed one,
 * unless `issuer` says `authority`, `other`, `unknown` or `self`.
 */
export function defaultCredentials(choice: TlsChoice): KeyPair | undefined {
  if (choice.certificate === 'none') return undefined;
  const { clients } = pki();
  const issuer = choice.issuer ?? (choice.certificate === 'trusted' ? 'authority' : 'self');
  const pair = clients[issuer as keyof typeof clients];
  if (pair === undefined) throw new Error(`no client certificate of the issuer "${issuer}"`);
  return pair;
}

/** The same; for a choice with a subject or a serial number a certificate that has it. */
export function credentialsWithContents(choice: TlsChoice): KeyPair | undefined {
  const { certificate, serial, subject } = choice;
  if ((subject === undefined && serial === undefined) || certificate === 'none') return defaultCredentials(choice);
  const issuer = (choice.issuer ?? (certificate === 'trusted' ? 'authority' : 'self')) as Issuer;
  return clientNamed(subject ?? 'CN=client', issuer, serial);
}

/** The bytes of the request as they go over the wire. HTTP/0.9 has neither headers nor a body. */
export function requestBytes(request: Request): string {
  const { method, target, version = '1.1', headers, body } = request.http;
  if (version === '0.9') return `${method} ${target}\r\n`;
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`);
  if (body !== undefined && !headers.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name))) {
    lines.push(`Content-Length: ${body.length}\r\n`);
  }
  return `${method} ${target} HTTP/${version}\r\n${lines.join('')}\r\n${'x'.repeat(body?.length ?? 0)}`;
}

const contexts = new Map<KeyPair | undefined, SecureContext>();

function contextOf(pair: KeyPair | undefined): SecureContext {
  let context = contexts.get(pair);
  if (context === undefined) {
    context = createSecureContext(pair === undefined ? {} : { cert: pair.certificate, key: pair.key });
    contexts.set(pair, context);
  }
  return context;
}

/** Sends the request over a connection of its own. Resolves always; a failed connection is an answer of status 0. */
export async function send(request: Request, options: SendOptions = {}): Promise<Answer> {
  const line = new Line(request, options);
  const answer = await line.exchange(request);
  line.close();
  return answer;
}

/** The line of the PROXY protocol, version 1; an empty address is one that the sender does not know. */
function proxyLine(address: string): string {
  if (address === '') return 'PROXY UNKNOWN\r\n';
  const isSix = address.includes(':');
  return `PROXY ${isSix ? 'TCP6' : 'TCP4'} ${address} ${isSix ? '::1' : '127.0.0.1'} 40000 443\r\n`;
}

/** A connection, over which requests go one after the other. */
class Line {
  readonly #plain: Socket;
  readonly #stream: Socket;
  readonly #timeout: number;
  readonly #ready: Promise<void>;
  #received = '';
  #failure: string | undefined;
  #ended = false;
  #notify: () => void = () => {};

  constructor(
    { connect, sourceAddress, tls }: Request,
    { credentials = defaultCredentials, timeout = 5000 }: SendOptions,
  ) {
    this.#timeout = timeout;
    const local = sourceAddress === undefined ? {} : { localAddress: sourceAddress };
    this.#plain = connectTcp(
      connect.unix === undefined ? { host: connect.address, port: connect.port, ...local } : { path: connect.unix },
    );
    // The PROXY line comes before everything, the handshake included.
    if (connect.proxyProtocol !== undefined) this.#plain.write(proxyLine(connect.proxyProtocol), 'latin1');
    this.#stream =
      tls === null
        ? this.#plain
        : connectTls({
            socket: this.#plain,
            secureContext: contextOf(credentials(tls)),
            rejectUnauthorized: false,
            ...(tls.serverName === null ? {} : { servername: tls.serverName }),
          });
    this.#ready = new Promise(resolve => {
      this.#stream.once(tls === null ? 'connect' : 'secureConnect', resolve);
      const end = (error?: unknown) => {
        if (error instanceof Error) this.#failure ??= error.message;
        this.#ended = true;
        resolve();
        this.#notify();
      };
      this.#plain.on('error', end);
      this.#stream.on('error', end);
      this.#stream.on('end', () => end());
      this.#stream.on('close', () => end());
    });
    this.#stream.on('data', (data: Buffer) => {
      this.#received += data.toString('latin1');
      this.#notify();
    });
  }

  /** Whether another request can follow the answer. */
  canFollow(answer: Answer): boolean {
    return !this.#ended && answer.status > 0 && headerOf(answer, 'connection') !== 'close';
  }

  async exchange(request: Request): Promise<Answer> {
    const { method } = request.http;
    this.#received = '';
    let timer: NodeJS.Timeout | undefined;
    const expiry = new Promise<void>(resolve => {
      timer = setTimeout(() => {
        this.#failure ??= `no answer within ${this.#timeout} ms`;
        this.#ended = true;
        resolve();
      }, this.#timeout);
    });
    await Promise.race([this.#ready, expiry]);
    if (!this.#ended) {
      const answered = new Promise<void>(resolve => {
        this.#notify = () => {
          if (this.#ended || isComplete(this.#received, method)) resolve();
        };
      });
      this.#stream.write(requestBytes(request), 'latin1');
      await Promise.race([answered, expiry]);
    }
    clearTimeout(timer);
    // A connection can end behind the interim answer to `Expect: 100-continue`.
    const raw = this.#received === INTERIM ? '' : this.#received;
    return { ...parseAnswer(raw), raw, failure: raw === '' ? (this.#failure ?? 'closed') : undefined };
  }

  close(): void {
    this.#stream.destroy();
    this.#plain.destroy();
  }

  /** No further request follows: closes what the server has closed, and leaves the rest to the callback. */
  release(release: SendOptions['release']): void {
    if (this.#ended || release === undefined) this.close();
    else release(() => this.close());
  }
}

/** Sends a request of HTTP/2 over a connection of its own, without TLS. Resolves always. */
async function sendHttp2({ connect, http, sourceAddress }: Request, { timeout = 5000 }: SendOptions): Promise<Answer> {
  const local = sourceAddress === undefined ? {} : { localAddress: sourceAddress };
  const socket = connectTcp({ host: connect.address, port: connect.port, ...local });
  const session = connectHttp2('http://localhost', { createConnection: () => socket });
  const fields: Record<string, string> = { ':method': http.method, ':path': http.target };
  for (const [name, value] of http.headers) fields[name === 'Host' ? ':authority' : name.toLowerCase()] = value;
  return new Promise(resolve => {
    let status = 0;
    let headers: [string, string][] = [];
    let body = '';
    const end = (failure?: string): void => {
      session.destroy();
      resolve({ status, headers, body, raw: body, failure: status === 0 ? (failure ?? 'closed') : undefined });
    };
    session.on('error', error => end(String(error)));
    const length = http.body?.length ?? 0;
    const stream = session.request(fields, { endStream: length === 0 });
    stream.setEncoding('latin1').setTimeout(timeout, () => end(`no answer within ${timeout} ms`));
    stream.on('error', error => end(String(error)));
    stream.on('response', fields => {
      status = Number(fields[':status']);
      headers = Object.entries(fields).map(([name, value]) => [name, String(value)]);
    });
    stream.on('data', (text: string) => {
      body += text;
    });
    stream.on('end', () => end());
    if (length > 0) stream.end('x'.repeat(length));
  });
}

/**
 * Sends all requests, a few connections at a time, and returns the answers in the order of the requests. Requests that
 * agree in everything but their HTTP half share a connection while the server keeps it open, unless they are to be isolated.
 */
export async function sendAll(
  requests: readonly Request[],
  options: SendOptions & { readonly atOnce?: number; readonly isolated?: boolean } = {},
): Promise<Answer[]> {
  const answers: Answer[] = new Array<Answer>(requests.length);
  const queues = new Map<string, number[]>();
  for (const [index, { connect, sourceAddress, tls }] of requests.entries()) {
    const key = JSON.stringify([connect, sourceAddress, tls]);
    const queue = queues.get(key);
    if (queue === undefined) queues.set(key, [index]);
    else queue.push(index);
  }
  const waiting = [...queues.values()];
  const worker = async () => {
    for (let queue = waiting.pop(); queue !== undefined; queue = waiting.pop()) {
      let line: Line | undefined;
      for (const index of queue) {
        const request = requests[index]!;
        if (request.http.version === '2') {
          answers[index] = await sendHttp2(request, options);
          continue;
        }
        let answer = await line?.exchange(request);
        if (answer === undefined || answer.failure !== undefined) {
          // The server may have closed an idle connection: only a fresh one proves that it does not answer.
          const isResent = line !== undefined;
          line?.release(options.release);
          line = new Line(request, options);
          answer = await line.exchange(request);
          if (isResent) answer = { ...answer, isResent };
        }
        answers[index] = answer;
        if (options.isolated || !line!.canFollow(answer)) {
          line!.release(options.release);
          line = undefined;
        }
      }
      line?.release(options.release);
    }
  };
  await Promise.all(Array.from({ length: options.atOnce ?? 16 }, worker));
  return answers;
}

/** The value of a header of the answer, by lower-case name. */
export function headerOf(answer: Answer, name: string): string | undefined {
  return answer.headers.find(([other]) => other === name)?.[1];
}

const INTERIM = 'HTTP/1.1 100 Continue\r\n\r\n';

interface Head {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly bodyStart: number;
}

function parseHead(raw: string): Head | undefined {
  // An interim answer to `Expect: 100-continue` goes before the answer itself.
  const start = raw.startsWith(INTERIM) ? INTERIM.length : 0;
  const end = raw.indexOf('\r\n\r\n', start);
  if (end === -1 || !raw.startsWith('HTTP/', start)) return undefined;
  const [statusLine = '', ...lines] = raw.slice(start, end).split('\r\n');
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { status: Number(statusLine.split(' ')[1] ?? 0), headers, bodyStart: end + 4 };
}

function parseAnswer(raw: string): { status: number; headers: readonly (readonly [string, string])[]; body: string } {
  const head = parseHead(raw);
  // An answer without a status line is HTTP/0.9, which nginx sends to a request line that it could not read.
  if (head === undefined) return { status: 0, headers: [], body: raw };
  const { status, headers, bodyStart } = head;
  const chunked = headers.some(([name, value]) => name === 'transfer-encoding' && value === 'chunked');
  return { status, headers, body: chunked ? unchunk(raw.slice(bodyStart)).text : raw.slice(bodyStart) };
}

function unchunk(body: string): { text: string; complete: boolean } {
  let text = '';
  for (let at = 0; ; ) {
    const lineEnd = body.indexOf('\r\n', at);
    if (lineEnd === -1) return { text, complete: false };
    const size = Number.parseInt(body.slice(at, lineEnd), 16);
    if (size === 0) return { text, complete: true };
    text += body.slice(lineEnd + 2, lineEnd + 2 + size);
    at = lineEnd + 2 + size + 2;
    if (at > body.length) return { text, complete: false };
  }
}

function isComplete(raw: string, method: string): boolean {
  const head = parseHead(raw);
  if (head === undefined) return false;
  if (method === 'HEAD' || head.status === 204 || head.status === 304) return true;
  const length = head.headers.find(([name]) => name === 'content-length')?.[1];
  if (length !== undefined) return raw.length >= head.bodyStart + Number(length);
  const chunked = head.headers.some(([name, value]) => name === 'transfer-encoding' && value === 'chunked');
  return chunked && unchunk(raw.slice(head.bodyStart)).complete;
}
