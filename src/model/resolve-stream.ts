import type { ConfigNode } from '../config/config-tree.js';
import { holdsPlaceholder } from '../source/placeholder.js';
import type { ClientTrust } from './client-trust.js';
import type {
  Listen,
  MailModel,
  MailServer,
  Server,
  ServerModel,
  StreamHandler,
  StreamModel,
  StreamServer,
} from './model.js';
import { Scope } from './scope.js';
import { attachAll, markUnnamed, type Sockets, serverNames } from './sockets.js';
import { parseTemplate } from './template.js';
import { assignedVariables, definitionsIn } from './variables.js';

/**
 * What nginx makes of the stream part of a configuration (ngx_stream_block).
 *
 * @param trust what is known of the certificates that the configuration names
 */
export function resolveStream(nodes: readonly ConfigNode[], trust?: ClientTrust): StreamModel {
  return resolvePart<StreamServer>('stream', nodes, trust, (block, listens) => ({
    ...block,
    listens,
    handler: handlerOf(block.node.children!),
    program: block.node.children!.flatMap(compileSet),
  }));
}

/** What nginx makes of the mail part of a configuration (ngx_mail_block), as far as the verification of clients goes. */
export function resolveMail(nodes: readonly ConfigNode[]): MailModel {
  return resolvePart<MailServer>('mail', nodes, undefined, (block, listens) => ({ ...block, listens }));
}

/** A block of servers; several blocks of one kind are refused by nginx, and the first counts. */
function resolvePart<S extends Server>(
  kind: 'stream' | 'mail',
  nodes: readonly ConfigNode[],
  trust: ClientTrust | undefined,
  complete: (block: Omit<MailServer, 'listens'>, listens: Listen<S>[]) => S,
): ServerModel<S> {
  const part = nodes.find(node => node.name === kind && node.children !== undefined);
  const directives = part?.children ?? [];
  const scope = new Scope(kind, part, undefined, directives);
  const servers: S[] = [];
  const sockets: Sockets<S> = new Map();
  for (const node of directives) {
    if (node.name !== 'server' || node.children === undefined) continue;
    const own = new Scope(`${kind}-server`, node, scope, node.children);
    const listens: Listen<S>[] = [];
    const server = complete({ index: servers.length, node, scope: own, names: serverNames(own) }, listens);
    attachAll(server, listens, sockets);
    servers.push(server);
  }
  for (const socket of sockets.values()) if (speaksTls(socket.defaultServer)) socket.ssl = true;
  markUnnamed(servers);
  const assigned = assignedVariables(part);
  return { scope, sockets: [...sockets.values()], servers, ...definitionsIn(directives), assigned, trust };
}

/** `ssl on` (until 1.25.1) and, for mail, STARTTLS build the same SSL context as `listen … ssl` does (ngx_mail_ssl_merge_conf). */
function speaksTls({ scope }: Server): boolean {
  if (scope.kind !== 'mail-server') return false;
  return ['ssl', 'starttls'].some(name => scope.value(name, 'off').toLowerCase() !== 'off');
}

/** The directives that answer connections, by what the access table calls them. */
const HANDLERS: ReadonlyMap<string, string> = new Map([
  ...['proxy_pass', 'return', 'pass'].map(name => [name, name] as const),
  ...['content_by_lua_block', 'content_by_lua_file'].map(name => [name, 'script'] as const),
]);

function handlerOf(directives: readonly ConfigNode[]): StreamHandler | undefined {
  let handler: StreamHandler | undefined;
  for (const node of directives) {
    const content = HANDLERS.get(node.name);
    if (content !== undefined) handler = { node, content, value: parseTemplate(node.args[0] ?? '') };
  }
  return handler;
}

/** A `set`, the only step that servers of stream have. */
function compileSet(node: ConfigNode): StreamServer['program'][number][] {
  const [variable = '', value] = node.args;
  if (node.name !== 'set' || value === undefined) return [];
  if (holdsPlaceholder(variable)) return [{ kind: 'script', node, sets: undefined }];
  if (!variable.startsWith('$')) return [];
  return [{ kind: 'set', node, variable: variable.slice(1).toLowerCase(), value: parseTemplate(value) }];
}
