import { verifyMode } from '../../model/client-verification.js';
import type { ListenSocket, Server, ServerName, VirtualServer } from '../../model/model.js';
import { speaksHttp2, wantsHttp2 } from '../../model/sockets.js';
import { type AddressSet, IPV4_ADDRESSES, IPV6_ADDRESSES, MAPPED_ADDRESSES, UNIX_ADDRESS } from '../address-set.js';
import { hasNames } from '../evaluate/virtual-server.js';
import { type Entry, ownedNames, sniName } from '../handshake.js';
import { issuerName } from '../witness.js';

/** IPv6 peers of a socket that takes no IPv4. */
const ONLY_IPV6 = IPV6_ADDRESSES.without(MAPPED_ADDRESSES);

function isIpv6({ address }: ListenSocket<Server>): boolean {
  return address.startsWith('[');
}

/** Where the connections of an entry come from. */
function peersOf({ socket }: Pick<Entry<Server>, 'socket'>): AddressSet {
  if (socket.address.startsWith('unix:')) return UNIX_ADDRESS;
  if (!isIpv6(socket)) return IPV4_ADDRESSES;
  const takesBoth = socket.servers.some(server =>
    server.listens.some(listen => listen.socket === socket && listen.node?.args.includes('ipv6only=off')),
  );
  return takesBoth && socket.address === '[::]' ? IPV6_ADDRESSES : ONLY_IPV6;
}

/** Where connections come in, and whose settings judge their addresses. */
export interface AddressEntry {
  readonly server: Server;
  readonly peers: AddressSet;
  /** Whether the socket has an address of IPv6. */
  readonly isIpv6: boolean;
  /** Whether a PROXY line stands in front of all that is sent. */
  readonly proxyProtocol: boolean;
}

/** What the addresses of an entry depend on. */
export function addressEntryOf({ socket, server }: Pick<Entry<Server>, 'socket' | 'server'>): AddressEntry {
  return {
    server,
    peers: peersOf({ socket }),
    isIpv6: isIpv6(socket),
    proxyProtocol: socket.proxyProtocol,
  };
}

/** All that the exploration may ask of an entry. */
const FACTS = {
  /** The code that refuses the request before the server program runs. */
  refused: ({ refused }: Entry) => refused,
  /** The `listen` by which it is HTTP/3. */
  quic: ({ socket, server }: Entry) =>
    socket.quic ? (server.listens.find(other => other.socket === socket)?.node ?? server.node) : undefined,
  hostless: ({ hostless }: Entry) => hostless,
  isPlain: ({ tls }: Entry) => tls === 'plain',
  /** Whether the name that is sent as SNI is that of the Host header. */
  namesHost: ({ tls }: Entry) => tls === 'host',
  /** The text that is sent as SNI, and `any` for any that leads to another server. */
  sni: ({ tls }: Entry) => (typeof tls === 'object' ? (tls.text === undefined ? 'any' : `=${tls.text}`) : tls),
  /** Whether the server is known before the Host header is read. */
  isFirst: ({ socket, server, tls }: Entry) => tls === 'host' || socket.defaultServer === server,
  keepsNames: ({ socket }: Entry) => hasNames(socket),
  misdirectedHost: ({ socket, server }: Entry) => misdirectedHost(socket, server),
  port: ({ socket }: Entry) => socket.port,
  speaksHttp2: ({ socket, server }: Entry) => speaksHttp2(socket, server.scope),
  wantsHttp2: ({ socket }: Entry) => wantsHttp2(socket),
  verify: ({ verify }: Entry) => verify,
  hasCertificate: ({ issuer }: Entry) => issuer !== undefined,
  isSelfSigned: (entry: Entry) => issuerName(entry) === 'self',
  clientClass: ({ clientClass }: Entry) => clientClass,
  peers: peersOf,
  isIpv6: ({ socket }: Entry) => isIpv6(socket),
  proxyProtocol: ({ socket }: Entry) => socket.proxyProtocol,
};

type FactName = keyof typeof FACTS;
type Fact = ReturnType<(typeof FACTS)[FactName]>;

/** Tells what an exploration asks of its entry, and keeps what was asked: where another entry says the same it leads to the same. */
export class EntryFacts implements AddressEntry {
  readonly server: VirtualServer;
  readonly #entry: Entry;
  readonly #asked = new Map<FactName, Fact>();

  constructor(entry: Entry) {
    this.server = entry.server;
    this.#entry = entry;
  }

  /** The answer to one question. */
  get<Name extends FactName>(name: Name): ReturnType<(typeof FACTS)[Name]> {
    if (!this.#asked.has(name)) this.#asked.set(name, FACTS[name](this.#entry));
    return this.#asked.get(name) as ReturnType<(typeof FACTS)[Name]>;
  }

  get peers(): AddressSet {
    return this.get('peers');
  }

  get isIpv6(): boolean {
    return this.get('isIpv6');
  }

  get proxyProtocol(): boolean {
    return this.get('proxyProtocol');
  }

  /** True where another entry of the server answers all that was asked so far as this one does. */
  isSharedBy(other: Entry): boolean {
    for (const [name, fact] of this.#asked) if (fact !== FACTS[name](other)) return false;
    return this.server === other.server;
  }
}

/**
 * A Host that sends a request with the SNI of a server to a verifying server under another name: 421 (mtls-semantics 6,
 * rule 3). The empty text stands for no Host at all; undefined where there is none.
 */
function misdirectedHost(socket: ListenSocket, server: VirtualServer): string | undefined {
  const sni = sniName(socket, server);
  for (const other of socket.servers) {
    if (verifyMode(other) === 'off') continue;
    for (const name of ownedNames(socket, other)) {
      const host = name.kind === 'regex' ? undefined : exampleHost(name);
      if (host !== undefined && host !== sni) return host;
    }
    if (other === socket.defaultServer) return 'unknown.invalid';
  }
  return undefined;
}

function exampleHost(name: Exclude<ServerName, { kind: 'regex' }>): string {
  if (name.kind === 'exact') return name.text;
  return name.kind === 'leading' ? `x${name.text}` : `${name.text}x`;
}
