import { type ConfigNode, nodeSpan, noteGap } from '../config/config-tree.js';
import { holdsPlaceholder } from '../source/placeholder.js';
import { type ListenAddress, parseListen } from './listen.js';
import type { Listen, ListenSocket, Server, ServerName } from './model.js';
import type { Scope } from './scope.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The addresses of a model in the making. */
export type Sockets<S extends Server> = Map<string, Mutable<ListenSocket<S>> & { servers: S[] }>;

/** Whether requests on an address can be of HTTP/2: its `listen` says so, or a setting of the server (since 1.25.1). */
export function speaksHttp2({ http2 }: Pick<ListenSocket, 'http2'>, scope: Scope): boolean {
  return http2 || scope.value('http2', 'off').toLowerCase() === 'on';
}

/**
 * Whether an address without TLS takes nothing but HTTP/2, as its `listen … http2` has it before 1.25.1: from then on it takes
 * both (ngx_http_init_connection, row 14.28).
 */
export function wantsHttp2({ http2, ssl }: Pick<ListenSocket, 'http2' | 'ssl'>): boolean {
  return http2 && !ssl;
}

/** Adds a server to every address that its `listen` directives name. */
export function attachAll<S extends Server>(server: S, listens: Listen<S>[], sockets: Sockets<S>): void {
  for (const listen of server.scope.own('listen')) {
    for (const address of parseListen(listen)) attach(server, address, listen, listens, sockets);
  }
}

/** Adds a server to an address that it listens on (ngx_http_add_listen, ngx_http_add_addresses, and their like in stream). */
export function attach<S extends Server>(
  server: S,
  { address, port, parameters }: ListenAddress,
  node: ConfigNode | undefined,
  listens: Listen<S>[],
  sockets: Sockets<S>,
): void {
  // Listeners of one type share an address, and quic is of datagrams (ngx_http_add_listen).
  const udp = parameters.has('udp') || parameters.has('quic');
  const key = `${address}:${port}${udp ? ' udp' : ''}`;
  const asksDefault = parameters.has('default_server') || parameters.has('default');
  let socket = sockets.get(key);
  if (socket === undefined) {
    socket = {
      address,
      port,
      ssl: false,
      http2: false,
      proxyProtocol: false,
      quic: false,
      udp,
      defaultServer: server,
      defaultIsExplicit: asksDefault,
      servers: [],
    };
    sockets.set(key, socket);
  } else if (asksDefault && !socket.defaultIsExplicit) {
    socket.defaultServer = server;
    socket.defaultIsExplicit = true;
  }
  if (parameters.has('ssl') || parameters.has('quic')) socket.ssl = true;
  if (parameters.has('http2')) socket.http2 = true;
  if (parameters.has('quic')) socket.quic = true;
  if (parameters.has('proxy_protocol')) socket.proxyProtocol = true;
  if (!socket.servers.includes(server)) socket.servers.push(server);
  listens.push({ socket, node });
}

/** Marks the servers of which a template leaves the names open: what leads to them is not known. */
export function markUnnamed(servers: readonly Server[]): void {
  for (const server of servers) {
    // Requests reach a default server under any name; any other one only under its own, which a template fills in.
    const open = server.scope.own('server_name').find(node => node.args.some(holdsPlaceholder));
    if (open === undefined || server.listens.every(({ socket }) => socket.defaultServer === server)) continue;
    noteGap(server.node, { text: 'server_name is decided by the template', span: nodeSpan(open) });
  }
}

/** The names of a server (ngx_http_core_server_name, ngx_stream_core_server_name); without `server_name` it has the empty name (row 14.4). */
export function serverNames(scope: Scope): ServerName[] {
  const names: ServerName[] = [];
  for (const node of scope.own('server_name')) {
    for (const written of node.args) {
      if (holdsPlaceholder(written)) continue;
      if (written.startsWith('~')) {
        // Regex names are compiled without regard to case (row 14.7b).
        names.push({ kind: 'regex', pattern: { source: written.slice(1), caseless: true }, node });
        continue;
      }
      const text = written.toLowerCase();
      if (text.startsWith('*.')) {
        names.push({ kind: 'leading', text: text.slice(1), node });
      } else if (text.startsWith('.') && text.length > 1) {
        names.push({ kind: 'exact', text: text.slice(1), node }, { kind: 'leading', text, node });
      } else if (text.endsWith('.*')) {
        names.push({ kind: 'trailing', text: text.slice(0, -1), node });
      } else {
        names.push({ kind: 'exact', text, node });
      }
    }
  }
  return names.length > 0 ? names : [{ kind: 'exact', text: '', node: undefined }];
}
