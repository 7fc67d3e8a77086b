import type { ListenSocket, Server, ServerName, VirtualServer } from '../model/model.js';
import { solve } from '../pcre/language.js';
import { authorityFiles } from './evaluate/environment.js';
import { verifyCommands } from './evaluate/openssl-commands.js';
import { SNI_NAME } from './input-languages.js';
import { Patterns } from './patterns.js';
import type { ClientClass } from './request.js';

/** How a server verifies clients (ngx_http_ssl_merge_srv_conf). */
export type VerifyMode = 'off' | 'on' | 'optional' | 'optional_no_ca';

/** The mode in force for a server; enum values ignore case (mtls-semantics 9). */
export function verifyMode(server: Server): VerifyMode {
  const value = server.scope.value('ssl_verify_client', 'off').toLowerCase();
  return value === 'on' || value === 'optional' || value === 'optional_no_ca' ? value : 'off';
}

/**
 * The files whose certificates a server accepts as issuers, sorted: client CA and trusted certificate fill one store
 * (mtls-semantics 2).
 */
export function trustedFiles(server: Server): string[] {
  return [...new Set(authorityFiles(server))].sort();
}

/**
 * The server whose TLS settings make the handshake for an SNI name: the named server, but the default server's settings
 * stand in for a server without a certificate of its own (mtls-semantics 6 and 9).
 */
export function handshakeServer<S extends Server>(socket: ListenSocket<S>, named: S): S {
  const hasContext = named === socket.defaultServer || named.scope.setting('ssl_certificate') !== undefined;
  return hasContext ? named : socket.defaultServer;
}

/** One way in which a client of a class enters a server on a socket. */
export interface Entry<S extends Server = VirtualServer> {
  readonly socket: ListenSocket<S>;
  readonly server: S;
  readonly clientClass: ClientClass;
  /** Whether the client speaks TLS, and which name it sends: that of the Host header, none, or that of a server. */
  readonly tls: 'plain' | 'host' | 'none' | S;
  /** True where no Host header is sent: the way to a server with the empty name (row 14.4). */
  readonly hostless: boolean;
  /**
   * Who signed the certificate that is presented: any CA of the server, itself, a CA that no server knows, or one of a
   * file; undefined where none is presented.
   */
  readonly issuer: 'own' | 'self' | 'unknown' | { readonly file: string } | undefined;
  /** `$ssl_client_verify`. */
  readonly verify: string;
  /** The code that refuses the request before the server program runs: 495, 496 or 497. */
  readonly refused: number | undefined;
}

/** OpenSSL's text for a certificate that nobody known has signed (mtls-semantics 1). */
const SELF_SIGNED = 'FAILED:self-signed certificate';
const UNKNOWN_ISSUER = 'FAILED:unable to verify the first certificate';

/**
 * The distinct ways in which clients of a class enter a server through a socket: SNI equal to Host first, then without
 * SNI through the default server, then through the SNI of another server of the socket (mtls-semantics 6). For the default
 * server itself the way without SNI is one of its own only where `namesMatter`: something reads the names.
 */
export function entriesOf(
  socket: ListenSocket,
  server: VirtualServer,
  clientClass: ClientClass,
  namesMatter = true,
): Entry[] {
  if (isUnreachable(socket, server)) return [];
  return waysOfNaming(socket, server, namesMatter).flatMap(hostless =>
    entriesNaming(socket, server, clientClass, namesMatter, hostless),
  );
}

function entriesNaming(
  socket: ListenSocket,
  server: VirtualServer,
  clientClass: ClientClass,
  namesMatter: boolean,
  hostless: boolean,
): Entry[] {
  if (!socket.ssl) {
    return [{ socket, server, clientClass, tls: 'plain', hostless, issuer: undefined, verify: '', refused: undefined }];
  }
  const entries: Entry[] = [];
  if (!rejectsHandshake(server) && !hostless) {
    entries.push(...outcomes(socket, server, clientClass, 'host', handshakeServer(socket, server), hostless));
  }
  const fallback = socket.defaultServer;
  if (!rejectsHandshake(fallback) && (fallback !== server || hostless || namesMatter)) {
    entries.push(...outcomes(socket, server, clientClass, 'none', fallback, hostless));
  }
  // An SNI name of another server is answered with 421 unless the Host server leaves verification off (rule 3).
  if (verifyMode(server) === 'off') {
    const seen = new Set<string>();
    for (const other of socket.servers) {
      if (other === server || verifyMode(other) === 'off' || rejectsHandshake(other) || !hasUsableName(other)) continue;
      const policy = [verifyMode(other), ...trustedFiles(other)].join('\n');
      if (seen.has(policy)) continue;
      seen.add(policy);
      entries.push(...outcomes(socket, server, clientClass, other, handshakeServer(socket, other), hostless));
    }
  }
  // Plain HTTP on a TLS port: 497, which only an error_page can turn into something else.
  entries.push({ socket, server, clientClass, tls: 'plain', hostless, issuer: undefined, verify: '', refused: 497 });
  return entries;
}

/** True where a server refuses the handshakes that name it. */
export function rejectsHandshake(server: Server): boolean {
  return server.scope.value('ssl_reject_handshake', 'off').toLowerCase() === 'on';
}

const owners = new WeakMap<ListenSocket<Server>, ReadonlyMap<string, Server>>();

/** The servers of a socket by exact name: a name used twice on one address belongs to the first (row 14.8). */
export function exactOwners(socket: ListenSocket<Server>): ReadonlyMap<string, Server> {
  let known = owners.get(socket);
  if (known === undefined) {
    const first = new Map<string, Server>();
    for (const server of socket.servers) {
      for (const name of server.names) {
        if (name.kind === 'exact' && !first.has(name.text)) first.set(name.text, server);
      }
    }
    known = first;
    owners.set(socket, known);
  }
  return known;
}

/** Names under which requests get to a server of a socket: those that no earlier server of it has as well. */
function ownedNames(socket: ListenSocket<Server>, server: Server): ServerName[] {
  return server.names.filter(name => {
    if (name.kind === 'exact') return exactOwners(socket).get(name.text) === server;
    for (const earlier of socket.servers) {
      if (earlier === server) return true;
      if (earlier.names.some(other => isSameName(other, name))) return false;
    }
    return true;
  });
}

function isSameName(one: ServerName, other: ServerName): boolean {
  if (one.kind === 'regex') return other.kind === 'regex' && one.pattern.source === other.pattern.source;
  return other.kind === one.kind && other.text === one.text;
}

/** Whether requests name a server in their Host header, leave the header out, or do either (row 14.4). */
function waysOfNaming(socket: ListenSocket, server: VirtualServer, namesMatter: boolean): readonly boolean[] {
  const names = ownedNames(socket, server);
  const isDefault = server === socket.defaultServer;
  const withoutHost = names.some(isEmptyName) || (isDefault && namesMatter && !exactOwners(socket).has(''));
  const withHost = isDefault || names.some(name => !isEmptyName(name));
  return [...(withHost ? [false] : []), ...(withoutHost ? [true] : [])];
}

/** True where no request is for a server: others had all its names first. */
export function isUnreachable(socket: ListenSocket<Server>, server: Server): boolean {
  return server !== socket.defaultServer && ownedNames(socket, server).length === 0;
}

function isEmptyName(name: ServerName): boolean {
  return name.kind === 'exact' && name.text === '';
}

function hasUsableName(server: VirtualServer): boolean {
  return sniName(server) !== null;
}

/** The results of a handshake with one server's settings for a request that another one answers. */
export function outcomes<S extends Server>(
  socket: ListenSocket<S>,
  server: S,
  clientClass: ClientClass,
  tls: Entry<S>['tls'],
  handshake: S,
  hostless: boolean,
): Entry<S>[] {
  const base = { socket, server, clientClass, tls, hostless };
  const commands = verifyCommands(handshake);
  const asked = verifyMode(handshake) !== 'off' || commands.asks;
  const mode = verifyMode(server);
  if (clientClass === 'none' && commands.requires) return [];
  if (!asked || clientClass === 'none') {
    return [{ ...base, issuer: undefined, verify: 'NONE', refused: mode === 'on' ? 496 : undefined }];
  }
  const used = trustedFiles(handshake);
  // A server that does not verify has no policy of its own: trusted is what the handshake's server accepts.
  const own = mode === 'off' ? used : trustedFiles(server);
  const judged = (issuer: Entry<S>['issuer'], verify: string): Entry<S> => ({
    ...base,
    issuer,
    verify,
    refused: verify === 'SUCCESS' || mode === 'off' || mode === 'optional_no_ca' ? undefined : 495,
  });
  if (clientClass === 'trusted') {
    const lacking = own.find(file => !used.includes(file));
    if (lacking === undefined) {
      if (own.length === 0) return [];
      // The CA of another server has to be named.
      return [judged(mode === 'off' ? { file: own[0]! } : 'own', 'SUCCESS')];
    }
    const shared = own.find(file => used.includes(file));
    const refused = judged({ file: lacking }, UNKNOWN_ISSUER);
    return shared === undefined ? [refused] : [judged({ file: shared }, 'SUCCESS'), refused];
  }
  const entries = [judged('self', SELF_SIGNED), judged('unknown', UNKNOWN_ISSUER)];
  const foreign = used.find(file => !own.includes(file));
  return foreign === undefined ? entries : [...entries, judged({ file: foreign }, 'SUCCESS')];
}

const sniNames = new WeakMap<Server, string | null>();

/**
 * A name that is sent as SNI for a server: one of its exact names, else one under a wildcard or within a regex of it. Null
 * where it has none. Whether an earlier server has a name of that text is for the evaluator to say.
 */
export function sniName(server: Server): string | null {
  let name = sniNames.get(server);
  if (name === undefined) {
    name = findSniName(server);
    sniNames.set(server, name);
  }
  return name;
}

function findSniName(server: Server): string | null {
  for (const name of server.names) if (name.kind === 'exact' && SNI.test(name.text)) return name.text;
  for (const name of server.names) {
    if (name.kind === 'leading' && SNI.test(name.text)) return `x${name.text}`;
    if (name.kind === 'trailing' && SNI.test(name.text)) return `${name.text}x`;
  }
  const patterns = new Patterns();
  for (const name of server.names) {
    if (name.kind !== 'regex') continue;
    const found = patterns.language(name.pattern);
    const answer = 'language' in found ? solve([{ language: found.language }, { language: SNI_NAME }]) : undefined;
    if (typeof answer === 'object' && 'word' in answer) return answer.word;
  }
  return null;
}

const SNI = /^[a-z0-9.-]+$/;
