import { type ConfigNode, nodeSpan, noteGap } from '../config/config-tree.js';
import { holdsPlaceholder } from '../source/placeholder.js';
import type { ClientTrust } from './client-trust.js';
import { autoRedirects, handlerOf, passInLimitExcept } from './handlers.js';
import { DEFAULT_LISTEN, type ListenAddress, parseListen } from './listen.js';
import type {
  HttpModel,
  LimitExcept,
  Listen,
  ListenSocket,
  Location,
  LocationMatch,
  ServerName,
  VariableDefinition,
  VirtualServer,
} from './model.js';
import { compileProgram } from './program.js';
import { Scope } from './scope.js';
import { variableDefinition } from './variables.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * What nginx makes of the http part of a configuration; undefined where there is none. Several `http` blocks are refused
 * by nginx; the first counts.
 *
 * @param trust what is known of the certificates that the configuration names
 */
export function resolve(nodes: readonly ConfigNode[], trust?: ClientTrust): HttpModel | undefined {
  const http = nodes.find(node => node.name === 'http' && node.children !== undefined);
  if (http === undefined) return undefined;
  const directives = http.children!;
  const scope = new Scope('http', http, undefined, directives);
  const variables = new Map<string, VariableDefinition>();
  const upstreams = new Map<string, ConfigNode>();
  const servers: VirtualServer[] = [];
  const sockets = new Map<string, Mutable<ListenSocket> & { servers: VirtualServer[] }>();
  for (const node of directives) {
    const definition = variableDefinition(node);
    if (definition !== undefined) variables.set(definition.name, definition);
    if (node.name === 'upstream' && node.args[0] !== undefined && !upstreams.has(node.args[0])) {
      upstreams.set(node.args[0], node);
    }
    if (node.name === 'server' && node.children !== undefined) {
      servers.push(resolveServer(node, servers.length, scope, sockets));
    }
  }
  for (const socket of sockets.values()) {
    // Before 1.25.1 `ssl on` in the default server of an address made it TLS (ngx_http_init_connection, row 12.20).
    if (socket.defaultServer.scope.value('ssl', 'off').toLowerCase() === 'on') socket.ssl = true;
  }
  for (const server of servers) {
    // Requests reach a default server under any name; any other one only under its own, which a template fills in.
    const open = server.scope.own('server_name').find(node => node.args.some(holdsPlaceholder));
    if (open === undefined || server.listens.every(({ socket }) => socket.defaultServer === server)) continue;
    noteGap(server.node, { text: 'server_name is decided by the template', span: nodeSpan(open) });
  }
  const assigned = assignedVariables(http);
  return { scope, sockets: [...sockets.values()], servers, upstreams, variables, assigned, trust };
}

function resolveServer(
  node: ConfigNode,
  index: number,
  http: Scope,
  sockets: Map<string, Mutable<ListenSocket> & { servers: VirtualServer[] }>,
): VirtualServer {
  const directives = node.children!;
  const scope = new Scope('server', node, http, directives);
  const listens: Listen[] = [];
  const locations: Location[] = [];
  const server: VirtualServer = {
    index,
    node,
    scope,
    names: serverNames(scope),
    listens,
    program: compileProgram(directives, scope),
    handler: handlerOf(directives),
    locations,
  };
  for (const child of directives) {
    if (child.name === 'location') pushLocation(locations, child, scope, server, undefined);
  }
  const written = scope.own('listen');
  for (const listen of written) {
    for (const address of parseListen(listen)) attach(server, address, listen, listens, sockets);
  }
  if (listens.length === 0) attach(server, DEFAULT_LISTEN, undefined, listens, sockets);
  return server;
}

/** Adds a server to the address that it listens on (ngx_http_add_listen, ngx_http_add_addresses). */
function attach(
  server: VirtualServer,
  { address, port, parameters }: ListenAddress,
  node: ConfigNode | undefined,
  listens: Listen[],
  sockets: Map<string, Mutable<ListenSocket> & { servers: VirtualServer[] }>,
): void {
  const key = `${address}:${port}`;
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

/** The names of a server (ngx_http_core_server_name); without `server_name` it has the empty name (row 14.4). */
function serverNames(scope: Scope): ServerName[] {
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

/** Reads a location's modifier and text, glued or apart (ngx_http_core_location); undefined where nginx refuses it. */
function locationMatch(args: readonly string[]): LocationMatch | undefined {
  let [modifier, text] = args;
  if (modifier === undefined || args.length > 2) return undefined;
  if (text === undefined) {
    const glued = /^(=|\^~|~\*|~)([\s\S]*)$/.exec(modifier);
    if (glued === null) {
      return modifier.startsWith('@')
        ? { kind: 'named', text: modifier }
        : { kind: 'prefix', text: modifier, stopsRegexes: false };
    }
    modifier = glued[1]!;
    text = glued[2]!;
  }
  switch (modifier) {
    case '=':
      return { kind: 'exact', text };
    case '^~':
      return { kind: 'prefix', text, stopsRegexes: true };
    case '~':
      return { kind: 'regex', pattern: { source: text, caseless: false } };
    case '~*':
      return { kind: 'regex', pattern: { source: text, caseless: true } };
    default:
      return undefined;
  }
}

function pushLocation(
  list: Location[],
  node: ConfigNode,
  outer: Scope,
  server: VirtualServer,
  parent: Location | undefined,
): void {
  const match = locationMatch(node.args);
  if (match === undefined || node.children === undefined) return;
  const scope = new Scope('location', node, outer, node.children);
  const children: Location[] = [];
  const location: Location = {
    node,
    scope,
    server,
    parent,
    match,
    program: compileProgram(node.children, scope),
    handler: handlerOf(node.children),
    autoRedirects: autoRedirects(node.children),
    limitExcept: limitExcept(scope, node.children),
    children,
  };
  list.push(location);
  for (const child of node.children) {
    if (child.name === 'location') pushLocation(children, child, scope, server, location);
  }
}

function limitExcept(scope: Scope, directives: readonly ConfigNode[]): LimitExcept | undefined {
  const node = scope.own('limit_except').at(-1);
  if (node?.children === undefined) return undefined;
  return {
    node,
    scope: new Scope('limit_except', node, scope, node.children),
    methods: node.args.map(method => method.toUpperCase()),
    handler: handlerOf(node.children),
    inherited: passInLimitExcept(directives),
  };
}

/** Directives whose first argument names a variable that they give a value at run time. */
const ASSIGNING: ReadonlySet<string> = new Set([
  'set',
  'set_by_lua',
  'set_by_lua_block',
  'set_by_lua_file',
  'auth_request_set',
]);

/** Directives whose arguments hold regular expressions; a named group there is a variable (row 5.19l). */
const NAMED_GROUP = /\(\?(?:P?<([A-Za-z_]\w*)>|'([A-Za-z_]\w*)')/g;

function assignedVariables(http: ConfigNode): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (nodes: readonly ConfigNode[]): void => {
    for (const node of nodes) {
      if (ASSIGNING.has(node.name) && node.args[0]?.startsWith('$')) names.add(node.args[0].slice(1).toLowerCase());
      for (const word of [node.name, ...node.args]) {
        if (!word.includes('(?')) continue;
        for (const group of word.matchAll(NAMED_GROUP)) names.add((group[1] ?? group[2])!.toLowerCase());
      }
      if (node.children !== undefined) visit(node.children);
    }
  };
  visit(http.children ?? []);
  return names;
}
