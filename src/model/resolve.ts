import type { ConfigNode } from '../config/config-tree.js';
import type { ClientTrust } from './client-trust.js';
import { autoRedirects, handlerOf, passInLimitExcept } from './handlers.js';
import { DEFAULT_LISTEN } from './listen.js';
import type { HttpModel, LimitExcept, Listen, Location, LocationMatch, VirtualServer } from './model.js';
import { compileProgram } from './program.js';
import { Scope } from './scope.js';
import { attach, attachAll, markUnnamed, type Sockets, serverNames } from './sockets.js';
import { assignedVariables, definitionsIn } from './variables.js';

/**
 * What nginx makes of the http part of a configuration; without servers where there is none. Several `http` blocks are
 * refused by nginx; the first counts.
 *
 * @param trust what is known of the certificates that the configuration names
 */
export function resolve(nodes: readonly ConfigNode[], trust?: ClientTrust): HttpModel {
  const http = nodes.find(node => node.name === 'http' && node.children !== undefined);
  const directives = http?.children ?? [];
  const scope = new Scope('http', http, undefined, directives);
  const servers: VirtualServer[] = [];
  const sockets: Sockets<VirtualServer> = new Map();
  for (const node of directives) {
    if (node.name === 'server' && node.children !== undefined) {
      servers.push(resolveServer(node, servers.length, scope, sockets));
    }
  }
  for (const socket of sockets.values()) {
    // Before 1.25.1 `ssl on` in the default server of an address made it TLS (ngx_http_init_connection, row 12.20).
    if (socket.defaultServer.scope.value('ssl', 'off').toLowerCase() === 'on') socket.ssl = true;
  }
  markUnnamed(servers);
  const assigned = assignedVariables(http);
  return { scope, sockets: [...sockets.values()], servers, ...definitionsIn(directives), assigned, trust };
}

function resolveServer(node: ConfigNode, index: number, http: Scope, sockets: Sockets<VirtualServer>): VirtualServer {
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
  attachAll(server, listens, sockets);
  if (listens.length === 0) attach(server, DEFAULT_LISTEN, undefined, listens, sockets);
  return server;
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
