import type { ConfigNode } from '../config/config-tree.js';
import type { Pattern } from './model.js';
import type { Scope } from './scope.js';

/** The variables that the path of a request is split into for FastCGI (ngx_http_fastcgi_vars). */
export const FASTCGI_VARIABLES = ['fastcgi_script_name', 'fastcgi_path_info'] as const;

const patterns = new WeakMap<ConfigNode, Pattern>();

/**
 * The pattern of `fastcgi_split_path_info` in force, whose first two groups are the name of the script and the rest of the path
 * (ngx_http_fastcgi_split); undefined where the path is not split. Its named groups are no variables.
 */
export function splitPattern(scope: Scope): Pattern | undefined {
  const node = scope.setting('fastcgi_split_path_info');
  const source = node?.args[0];
  if (node === undefined || source === undefined) return undefined;
  let pattern = patterns.get(node);
  if (pattern === undefined) {
    pattern = { source, caseless: false };
    patterns.set(node, pattern);
  }
  return pattern;
}
