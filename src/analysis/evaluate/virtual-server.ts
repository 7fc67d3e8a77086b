import type { ConfigNode } from '../../config/config-tree.js';
import type { ListenSocket, Pattern, Server } from '../../model/model.js';
import type { Connect } from '../request.js';
import { groupCount } from './match-pattern.js';

/** The socket on which a connection arrives; a listed address beats the wildcard of the same port (row 14.10). */
export function socketOf<S extends Server>(
  sockets: readonly ListenSocket<S>[],
  connect: Connect,
): ListenSocket<S> | undefined {
  const { address, port, unix } = connect;
  const index = indexOf(sockets);
  const at = (place: string): ListenSocket<S> | undefined => index.get(`${connect.udp === true} ${place}`);
  if (unix !== undefined) return at(`unix:${unix}`);
  return at(`${port} ${address}`) ?? at(`${port} ${address.includes(':') ? '::' : '*'}`);
}

const indexes = new WeakMap<object, ReadonlyMap<string, unknown>>();

/** The sockets by what a connection goes to: every request asks. */
function indexOf<S extends Server>(sockets: readonly ListenSocket<S>[]): ReadonlyMap<string, ListenSocket<S>> {
  let index = indexes.get(sockets) as ReadonlyMap<string, ListenSocket<S>> | undefined;
  if (index === undefined) {
    const found = new Map<string, ListenSocket<S>>();
    for (const socket of sockets) {
      const { address, port, udp } = socket;
      const place = address.startsWith('unix:') ? address : `${port} ${address.replace(/^\[|\]$/g, '')}`;
      const key = `${udp} ${place}`;
      if (!found.has(key)) found.set(key, socket);
    }
    index = found;
    indexes.set(sockets, index);
  }
  return index;
}

/** nginx keeps a table of names only where an address has several servers or a name that captures (row 14.20). */
export function hasNames(socket: ListenSocket<Server>): boolean {
  return (
    socket.servers.length > 1 ||
    socket.defaultServer.names.some(name => name.kind === 'regex' && groupCount(name.pattern) > 0)
  );
}

/** Tries a regex name; remembers captures where it matches. */
export type TryName = (pattern: Pattern, node: ConfigNode) => boolean;

/** The names of an address, each with the first server that has it (ngx_http_server_names). */
interface NameTable<S> {
  readonly exact: ReadonlyMap<string, S>;
  /** Longest first; of equal ones the first in the configuration. */
  readonly leading: readonly (readonly [text: string, server: S])[];
  readonly trailing: readonly (readonly [text: string, server: S])[];
  /** In the order of the configuration. */
  readonly regexes: readonly (readonly [pattern: Pattern, node: ConfigNode, server: S])[];
}

const tables = new WeakMap<ListenSocket<Server>, NameTable<Server>>();

function namesOf<S extends Server>(socket: ListenSocket<S>): NameTable<S> {
  // A table holds servers of its own socket only.
  const known = tables.get(socket) as NameTable<S> | undefined;
  if (known !== undefined) return known;
  const exact = new Map<string, S>();
  const leading: [string, S][] = [];
  const trailing: [string, S][] = [];
  const regexes: [Pattern, ConfigNode, S][] = [];
  for (const server of socket.servers) {
    for (const name of server.names) {
      if (name.kind === 'exact') {
        if (!exact.has(name.text)) exact.set(name.text, server);
      } else if (name.kind === 'leading') leading.push([name.text, server]);
      else if (name.kind === 'trailing') trailing.push([name.text, server]);
      else regexes.push([name.pattern, name.node, server]);
    }
  }
  for (const list of [leading, trailing]) list.sort(([one], [other]) => other.length - one.length);
  const table = { exact, leading, trailing, regexes };
  tables.set(socket, table);
  return table;
}

/**
 * The server of a name on an address: exact, longest leading wildcard, longest trailing wildcard, first regex
 * (ngx_http_find_virtual_server, row 14.1); undefined where none has it.
 */
export function serverOfName<S extends Server>(socket: ListenSocket<S>, host: string, tryName: TryName): S | undefined {
  if (!hasNames(socket)) return undefined;
  const { exact, leading, regexes, trailing } = namesOf(socket);
  const named =
    exact.get(host) ??
    leading.find(([text]) => host.length >= text.length && host.endsWith(text))?.[1] ??
    trailing.find(([text]) => host.length > text.length && host.startsWith(text))?.[1];
  if (named !== undefined) return named;
  // An empty name matches no regex (row 5.6).
  if (host === '') return undefined;
  return regexes.find(([pattern, node]) => tryName(pattern, node))?.[2];
}

/** The name that `$host` falls back to: the first of `server_name` (row 13.6). */
export function firstName(server: Server): string {
  const written = server.scope.own('server_name')[0]?.args[0] ?? '';
  return written.startsWith('.') ? written.slice(1) : written;
}
