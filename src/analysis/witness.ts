import { verifyMode } from '../model/client-verification.js';
import type { ListenSocket, Server } from '../model/model.js';
import { wantsHttp2 } from '../model/sockets.js';
import { concat, literal, optional, solveMany } from '../pcre/language.js';
import { type CertificateParts, certificateParts } from './certificate-contents.js';
import { encodePath, validHost } from './evaluate/request-line.js';
import { sizeOf } from './evaluate/size.js';
import type { EarlyError } from './explore/state.js';
import type { Entry } from './handshake.js';
import { ARGUMENTS, behindPath, SNI_NAME, writtenAs } from './input-languages.js';
import type { Knowledge } from './knowledge.js';
import type { Connect, HttpRequest, Request, TlsChoice } from './request.js';
import type { Symbols } from './symbols.js';
import { fixedText, type Sym } from './value.js';
import { BEHIND_ALL } from './withheld.js';

/** Candidates that are tried for one arrival. */
const MAX_CANDIDATES = 12;

/** The longest body, in bytes, that is sent only since its length is read. */
const MOST_ANNOUNCED = 1_000_000;

/** `user:password`, where the real ones belong. */
export const EXAMPLE_CREDENTIALS = 'Basic dXNlcjpwYXNzd29yZA==';

/** Methods that a request rather has. */
const METHODS = ['GET', 'POST', 'PUT', 'OPTIONS', 'DELETE'];

/** What a search of a request starts from. */
export interface Search {
  readonly entry: Entry;
  /** All listening addresses of the configuration. */
  readonly sockets: readonly ListenSocket[];
  readonly symbols: Symbols;
  readonly knowledge: Knowledge;
  readonly sourceAddress: string | undefined;
  readonly provokes: EarlyError | undefined;
  /** True where a password of a user file is asked for on the way. */
  readonly needsPassword: boolean;
  /** How long the body has to be; 0 where none is needed. */
  readonly bodyLength: number;
}

/** A request with what is known where its texts are chosen. */
export interface Candidate {
  readonly request: Request;
  readonly knowledge: Knowledge;
}

/**
 * Requests that may take the way a state describes, plain ones first: short path, no extra headers, SNI equal to Host.
 * They are candidates: what is known may have lost ties between the client's choices.
 */
export function* requestsFor(search: Search): Generator<Candidate> {
  let count = 0;
  for (const knowledge of search.knowledge.completions()) {
    for (const request of completed({ ...search, knowledge })) {
      yield { request, knowledge };
      if (++count >= MAX_CANDIDATES) return;
    }
  }
}

/** Requests for knowledge without demands on several symbols together. */
function* completed(search: Search): Generator<Request> {
  const { entry, symbols, knowledge, sourceAddress, provokes, bodyLength } = search;
  const methodSymbol = symbols.client('method');
  const usual = METHODS.find(method => knowledge.allows(methodSymbol, method));
  const chosenMethod = usual ?? knowledge.candidates(methodSymbol, 1)[0];
  if (chosenMethod === undefined) return;
  for (const host of hosts(search)) {
    for (const { target, header, tls } of offers(search, host)) {
      const headers: [string, string][] = header === undefined ? [] : [['Host', header]];
      const cookies: string[] = [];
      let announced: number | undefined;
      for (const symbol of symbols.chosen) {
        if (!knowledge.mentions(symbol)) continue;
        const text = knowledge.candidates(symbol, 1)[0];
        if (text === undefined || text === '') continue;
        if (symbol.name === 'http_content_length') {
          announced = Number(text);
          continue;
        }
        if (symbol.name.startsWith('http_') && symbol.name !== 'http_host')
          headers.push([headerName(symbol.name.slice(5)), text]);
        if (symbol.name.startsWith('cookie_')) cookies.push(`${symbol.name.slice(7)}=${text}`);
      }
      if (cookies.length > 0) headers.push(['Cookie', cookies.join('; ')]);
      if (announced !== undefined && announced > MOST_ANNOUNCED) continue;
      const authorization = credentials(search);
      if (authorization !== undefined) headers.push(['Authorization', authorization]);
      yield {
        connect: dial(entry.socket, search.sockets),
        ...(sourceAddress === undefined ? {} : { sourceAddress }),
        tls: tls === 'plain' ? null : tls,
        http: provoking(
          {
            method: chosenMethod,
            target,
            ...versionFor(search, header),
            headers,
            ...(announced === undefined && bodyLength === 0 ? {} : { body: { length: announced ?? bodyLength } }),
          },
          provokes,
          search,
        ),
      };
    }
  }
}

/** The version of a request, where HTTP/1.1 will not do: for want of a Host header, for the address, or since it is tested. */
function versionFor({ entry, symbols, knowledge }: Search, host: string | undefined): Pick<HttpRequest, 'version'> {
  if (wantsHttp2(entry.socket)) return { version: '2' };
  if (host === undefined) return { version: '1.0' };
  const symbol = symbols.asked('server_protocol');
  const isTested = symbol !== undefined && knowledge.mentions(symbol);
  return isTested && !knowledge.allows(symbol, 'HTTP/1.1') ? { version: '1.0' } : {};
}

/** The Authorization header, where a password or the claimed name matters. */
function credentials({ symbols, knowledge, needsPassword }: Search): string | undefined {
  const symbol = symbols.client('remote_user');
  const user = knowledge.mentions(symbol) ? knowledge.candidates(symbol, 1)[0] : undefined;
  if (user === undefined || user === '') return needsPassword ? EXAMPLE_CREDENTIALS : undefined;
  return `Basic ${Buffer.from(`${user}:password`, 'latin1').toString('base64')}`;
}

/** The request spoilt in the way that raises an error before the server looks at it (request-semantics 8.5). */
function provoking(http: HttpRequest, error: EarlyError | undefined, search: Search): HttpRequest {
  if (error === undefined) return http;
  const { server } = search.entry;
  const buffer = sizeOf(server.scope.setting('large_client_header_buffers')?.args[1] ?? '8k') ?? 8192;
  switch (error.code) {
    case 400:
      return { ...http, ...badRequest(http, error.fault, search) };
    case 405:
      return { ...http, method: 'TRACE' };
    case 412:
      return { ...http, headers: [...http.headers, ['If-Match', '"0"']] };
    case 416:
      return { ...http, headers: [...http.headers, ['Range', `bytes=${BEHIND_ALL}-`]] };
    case 414:
      return { ...http, target: `/${'a'.repeat(buffer)}` };
    case 421:
      return {
        ...http,
        // Without a Host header HTTP/1.1 would be an error of its own.
        ...(error.host === undefined ? { version: '1.0' as const } : {}),
        headers: withHost(http, error.host),
      };
    case 494:
      return { ...http, headers: [...http.headers, ['X-Long', 'a'.repeat(buffer)]] };
    case 501:
      return { ...http, headers: [...http.headers, ...announcing(http), ['Transfer-Encoding', 'gzip']] };
    case 505:
      return { ...http, target: `${http.target} HTTP/2.1` };
  }
}

/** What is wrong with a target or a header. */
function badRequest(
  http: HttpRequest,
  fault: Extract<EarlyError, { code: 400 }>['fault'],
  { symbols, knowledge }: Search,
): Partial<HttpRequest> {
  switch (fault) {
    case 'header':
      // A body that is announced twice has been measured by then (ngx_http_process_request_header, row 8.34).
      return http.body === undefined || http.version === '2'
        ? { headers: [...http.headers, ['Content-Length', 'x']] }
        : { headers: [...http.headers, ...announcing(http), ['Transfer-Encoding', 'chunked']] };
    case 'host':
      return { headers: withHost(http, knowledge.candidates(symbols.client('refused_host'), 1)[0]) };
    case 'target':
      return { target: '/..' };
    case 'body':
      return { headers: [...http.headers, ['Transfer-Encoding', 'chunked']], body: { length: 1 } };
  }
}

/** The length of the body, which has to be said where an encoding is named as well. */
function announcing({ body }: HttpRequest): [string, string][] {
  return body === undefined ? [] : [['Content-Length', String(body.length)]];
}

/** The headers with another Host, or none. It comes last: what stands behind a line that is refused is not read. */
function withHost({ headers }: HttpRequest, host: string | undefined): HttpRequest['headers'] {
  const others = headers.filter(([name]) => name !== 'Host');
  return host === undefined ? others : [...others, ['Host', host]];
}

/**
 * Where to connect for a listening address: for a wildcard a loopback address of its family that no socket of the same
 * port has for itself (row 14.10). A PROXY line, where one is read, names nobody.
 */
export function dial(socket: ListenSocket<Server>, sockets: readonly ListenSocket<Server>[]): Connect {
  return {
    ...addressOf(socket, sockets),
    ...(socket.udp ? { udp: true } : {}),
    ...(socket.proxyProtocol ? { proxyProtocol: '' } : {}),
  };
}

/** The connection to another socket, with the PROXY line of a known one where both take one. */
export function dialInstead(
  { proxyProtocol }: Connect,
  socket: ListenSocket<Server>,
  sockets: readonly ListenSocket<Server>[],
): Connect {
  const connect = dial(socket, sockets);
  return socket.proxyProtocol && proxyProtocol !== undefined ? { ...connect, proxyProtocol } : connect;
}

function addressOf(socket: ListenSocket<Server>, sockets: readonly ListenSocket<Server>[]): Connect {
  if (socket.address.startsWith('unix:')) {
    const path = socket.address.slice(5);
    return { address: path, port: 0, unix: path };
  }
  if (socket.address === '*') {
    const listed = addressesOnPorts(sockets).get(socket.port);
    let last = 1;
    while (last < 254 && listed?.has(`127.0.0.${last}`)) last += 1;
    return { address: `127.0.0.${last}`, port: socket.port };
  }
  if (socket.address === '[::]') return { address: '::1', port: socket.port };
  return { address: socket.address.replace(/^\[|\]$/g, ''), port: socket.port };
}

const knownAddresses = new WeakMap<object, ReadonlyMap<number, ReadonlySet<string>>>();

/** The addresses that are listened on, by port. */
function addressesOnPorts(sockets: readonly ListenSocket<Server>[]): ReadonlyMap<number, ReadonlySet<string>> {
  let addresses = knownAddresses.get(sockets);
  if (addresses === undefined) {
    const found = new Map<number, Set<string>>();
    for (const { address, port } of sockets) found.set(port, (found.get(port) ?? new Set()).add(address));
    addresses = found;
    knownAddresses.set(sockets, addresses);
  }
  return addresses;
}

/** A request target with the Host header that goes with it; undefined where none is sent. */
interface Named {
  readonly target: string;
  readonly header: string | undefined;
}

/** The targets of requests for a host, in absolute form where the Host header has to say something else (row 6.9). */
function* named(search: Search, host: string): Generator<Named> {
  const { entry, symbols, knowledge } = search;
  const symbol = symbols.client('http_host');
  const isFree = entry.hostless || !knowledge.mentions(symbol);
  const texts = isFree || knowledge.allows(symbol, host) ? [host] : knowledge.candidates(symbol, 2);
  for (const text of texts) {
    const header = text === '' ? undefined : text;
    const isSame = entry.hostless || text === host || validHost(text) === host;
    const origin = isSame ? '' : `${entry.tls === 'plain' ? 'http' : 'https'}://${host}`;
    for (const target of targets(search)) yield { target: origin + target, header };
  }
}

/** Host names for the server: one of its own names where possible. */
function* hosts({ entry, symbols, knowledge }: Search): Generator<string> {
  if (entry.hostless) {
    yield '';
    return;
  }
  const symbol = symbols.client('host');
  const own = entry.server.names.flatMap(name => (name.kind === 'exact' && name.text !== '' ? [name.text] : []));
  const friendly = [...own.filter(name => /^[a-z0-9.-]+$/.test(name)), 'unknown.invalid'];
  // The name in the Host header comes first, where something is asked of that.
  const header = symbols.client('http_host');
  const asked = knowledge.mentions(header) ? knowledge.candidates(header, 2) : [];
  const chosen = [...new Set([...asked.map(text => validHost(text) ?? ''), ...friendly])]
    .filter(name => knowledge.allows(symbol, name))
    .slice(0, 2);
  yield* chosen;
  for (const name of knowledge.candidates(symbol, 2)) if (!chosen.includes(name)) yield name;
}

/** The name of the header that fills `$http_` and this name, as headers are usually written. */
export function headerName(variable: string): string {
  return variable
    .split('_')
    .map(word => word.charAt(0).toUpperCase() + word.slice(1))
    .join('-');
}

/** The requests for a host, each certificate for all its targets. */
function* offers(search: Search, host: string): Generator<Named & { readonly tls: TlsChoice | 'plain' }> {
  const { entry, symbols, knowledge } = search;
  for (const parts of certificateParts(entry, symbols, knowledge)) {
    for (const tls of tlsChoices(search, host, parts)) {
      for (const offer of named(search, host)) yield { ...offer, tls };
    }
  }
}

/** The TLS half of requests; none where the name cannot be sent as SNI. */
function* tlsChoices(search: Search, host: string, parts: CertificateParts): Generator<TlsChoice | 'plain'> {
  const { entry, symbols, knowledge } = search;
  const { tls } = entry;
  if (tls === 'plain') {
    yield tls;
    return;
  }
  const offered = offeredCertificate(entry, parts);
  if (tls === 'none') yield { serverName: null, ...offered };
  else if (tls === 'host') {
    if (SNI.test(host)) yield { serverName: host, ...offered };
  } else if (tls.text !== undefined) yield { serverName: tls.text, ...offered };
  else {
    const names = namesToSend(tls.servers, symbols.client('ssl_server_name'), knowledge);
    for (const serverName of names) yield { serverName, ...offered };
  }
}

/** Names to send as SNI for what is known of it: the servers' own where they do, then others. */
export function namesToSend(servers: readonly Server[], symbol: Sym, knowledge: Knowledge): string[] {
  const own = servers.flatMap(({ names }) => names.flatMap(name => (name.kind === 'exact' ? [name.text] : [])));
  const friendly = [...own, 'unknown.invalid']
    .filter(name => SNI.test(name) && knowledge.allows(symbol, name))
    .slice(0, 2);
  const usual = knowledge.assume([symbol], [SNI_NAME])?.candidates(symbol, 3) ?? [];
  const printable = knowledge.candidates(symbol, 3).filter(name => /^[!-~]{1,255}$/.test(name));
  return [...new Set([...friendly, ...usual.filter(name => SNI.test(name)), ...printable])];
}

/** What every client can send as SNI: no address. */
const SNI = /^(?![\d.]+$)[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/;

/** The certificate that a client of an entry offers, with what it needs to have. */
export function offeredCertificate(entry: Entry<Server>, parts: CertificateParts): Omit<TlsChoice, 'serverName'> {
  const { clientClass: certificate } = entry;
  const issuer = issuerName(entry);
  const authority = typeof entry.issuer === 'object' ? entry.issuer.authority : undefined;
  return {
    certificate,
    ...(issuer === undefined ? {} : { issuer }),
    ...(authority === undefined ? {} : { authority }),
    ...parts,
  };
}

/**
 * `self` for a self-signed certificate, else the file of the CA that signs it; undefined where every CA of the class will
 * do, or no certificate is presented.
 */
export function issuerName({ clientClass, issuer, server, tls }: Entry<Server>): string | undefined {
  if (typeof issuer === 'object') return issuer.file;
  // Where nobody asks for the certificate, what the client would offer is self-signed.
  if (clientClass === 'untrusted') return issuer === 'unknown' ? 'unknown' : 'self';
  // Where another server makes the handshake, it matters which of the two knows the certificate.
  if (issuer !== 'own' || tls === 'host' || verifyMode(server) === 'off') return undefined;
  return server.scope.value('ssl_client_certificate', '') || undefined;
}

/** Request targets for what is known of path and arguments. */
function* targets({ symbols, knowledge }: Search): Generator<string> {
  const uri = symbols.client('uri');
  const raw = symbols.client('request_uri');
  const query = queryString(symbols, knowledge);
  if (query === undefined) return;
  if (knowledge.mentions(raw)) {
    const fixed = fixedText(knowledge.resolve([raw]));
    if (fixed !== undefined) {
      if (/^[!-~]+$/.test(fixed)) yield fixed;
      return;
    }
    const demands = knowledge.demandsOn(raw);
    // A plain path is its own raw text: what both may be is found at once, however few paths are.
    for (const text of solveMany([...knowledge.demandsOn(uri), ...demands], 3, { maxStates: 4_000 }).words) {
      if (/^[!-~]+$/.test(text) && !/[%?#]/.test(text)) yield text + query;
    }
    for (const path of knowledge.candidates(uri, 4)) {
      // The target is judged as it is sent: bytes of the path may be escaped, and arguments may follow that nobody reads.
      const tail = query === '' ? optional(concat(literal('?'), ARGUMENTS)) : literal(query);
      const plain = solveMany([{ language: writtenAs(path, tail) }, ...demands], 2, { maxStates: 4_000 }).words;
      yield* plain;
      // Where what is read of the arguments is told apart in the target too, their texts are looked for in it.
      const holding = plain.length > 0 ? undefined : knowledge.targets;
      if (holding === undefined) continue;
      const written = writtenAs(path, behindPath(ARGUMENTS));
      yield* solveMany([{ language: written }, { language: holding }], 2, { maxStates: 4_000 }).words;
    }
    return;
  }
  const first = knowledge.candidates(uri, 1);
  for (const path of first) yield encodePath(path) + query;
  for (const path of knowledge.candidates(uri, 6)) if (!first.includes(path)) yield encodePath(path) + query;
}

function queryString(symbols: Symbols, knowledge: Knowledge): string | undefined {
  const whole = knowledge.queryStrings(1);
  if (whole !== undefined) {
    const [text] = whole;
    return text === undefined ? undefined : text === '' ? '' : `?${text}`;
  }
  const parts: string[] = [];
  for (const symbol of symbols.chosen) {
    if (!symbol.name.startsWith('arg_') || !knowledge.mentions(symbol)) continue;
    const text = knowledge.candidates(symbol, 1)[0];
    if (text !== undefined && text !== '') parts.push(`${symbol.name.slice(4)}=${text}`);
  }
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}
