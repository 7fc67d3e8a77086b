import type { ConfigNode } from '../config/config-tree.js';
import type { Template } from '../model/model.js';
import type { Scope } from '../model/scope.js';
import { parseTemplate, variablesOf } from '../model/template.js';

/** Variables that every request has a text for. */
const ALWAYS: ReadonlySet<string> = new Set([
  ...['binary_remote_addr', 'remote_addr', 'server_addr', 'server_port', 'server_protocol', 'scheme', 'connection'],
]);

/** The key that a `limit_req` or a `limit_conn` counts by: that of its zone, which stands in the http block. */
export function limitKey(node: ConfigNode, scope: Scope): Template {
  let http: Scope | undefined = scope;
  while (http !== undefined && http.kind !== 'http') http = http.parent;
  const name = node.name === 'limit_req' ? node.args.find(word => word.startsWith('zone='))?.slice(5) : node.args[0];
  const zone = http
    ?.own(`${node.name}_zone`)
    .find(({ args }) => args.some(word => word === `zone=${name}` || word.startsWith(`zone=${name}:`)));
  return parseTemplate(zone?.args[0] ?? 'unknown');
}

/** True where the key holds something in every request; an empty key is not counted (ngx_http_limit_req_handler). */
export function isNeverEmpty(node: ConfigNode, scope: Scope): boolean {
  const key = limitKey(node, scope);
  return key.some(piece => piece.kind === 'text') || variablesOf(key).some(name => ALWAYS.has(name));
}
