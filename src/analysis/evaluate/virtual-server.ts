import type { ConfigNode } from '../../config/config-tree.js';
import type { ListenSocket, Pattern, VirtualServer } from '../../model/model.js';
import type { Connect } from '../request.js';
import { groupCount } from './match-pattern.js';

/** The socket on which a connection arrives; a listed address beats the wildcard of the same port (row 14.10). */
export function socketOf(sockets: readonly ListenSocket[], connect: Connect): ListenSocket | undefined {
  if (connect.unix !== undefined) return sockets.find(({ address }) => address === `unix:${connect.unix}`);
  const onPort = sockets.filter(({ port, address }) => port === connect.port && !address.startsWith('unix:'));
  const exact = onPort.find(({ address }) => address.replace(/^\[|\]$/g, '') === connect.address);
  return exact ?? onPort.find(({ address }) => address === (connect.address.includes(':') ? '[::]' : '*'));
}

/** nginx keeps a table of names only where an address has several servers or a name that captures (row 14.20). */
export function hasNames(socket: ListenSocket): boolean {
  return (
    socket.servers.length > 1 ||
    socket.defaultServer.names.some(name => name.kind === 'regex' && groupCount(name.pattern) > 0)
  );
}

const exactNamesOf = new WeakMap<ListenSocket, Map<string, VirtualServer>>();

/** The servers by exact name, as nginx's hash has them: of several with one name the first (row 14.8). */
function exactNames(socket: ListenSocket): ReadonlyMap<string, VirtualServer> {
  let names = exactNamesOf.get(socket);
  if (names === undefined) {
    names = new Map();
    for (const server of socket.servers) {
      for (const name of server.names) {
        if (name.kind === 'exact' && !names.has(name.text)) names.set(name.text, server);
      }
    }
    exactNamesOf.set(socket, names);
  }
  return names;
}

/** Tries a regex name; remembers captures where it matches. */
export type TryName = (pattern: Pattern, node: ConfigNode) => boolean;

/**
 * The server of a name on an address: exact, longest leading wildcard, longest trailing wildcard, first regex
 * (ngx_http_find_virtual_server, row 14.1); undefined where none has it.
 */
export function serverOfName(socket: ListenSocket, host: string, tryName: TryName): VirtualServer | undefined {
  if (!hasNames(socket)) return undefined;
  const exact = exactNames(socket).get(host);
  if (exact !== undefined) return exact;
  let leading: { server: VirtualServer; length: number } | undefined;
  let trailing: { server: VirtualServer; length: number } | undefined;
  for (const server of socket.servers) {
    for (const name of server.names) {
      if (name.kind === 'leading' && host.length >= name.text.length && host.endsWith(name.text)) {
        if (leading === undefined || name.text.length > leading.length) leading = { server, length: name.text.length };
      }
      if (name.kind === 'trailing' && host.length > name.text.length && host.startsWith(name.text)) {
        if (trailing === undefined || name.text.length > trailing.length) {
          trailing = { server, length: name.text.length };
        }
      }
    }
  }
  if (leading !== undefined) return leading.server;
  if (trailing !== undefined) return trailing.server;
  // An empty name matches no regex (row 5.6).
  if (host === '') return undefined;
  for (const server of socket.servers) {
    for (const name of server.names) {
      if (name.kind === 'regex' && tryName(name.pattern, name.node)) return server;
    }
  }
  return undefined;
}

/** The name that `$host` falls back to: the first of `server_name` (row 13.6). */
export function firstName(server: VirtualServer): string {
  const written = server.scope.own('server_name')[0]?.args[0] ?? '';
  return written.startsWith('.') ? written.slice(1) : written;
}
