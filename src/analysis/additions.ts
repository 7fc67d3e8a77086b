import type { ConfigNode } from '../config/config-tree.js';
import type { Scope } from '../model/scope.js';

/** What a block adds in front of its answers and behind them (ngx_http_addition_filter_module, row 10.41). */
export interface Addition {
  readonly node: ConfigNode;
  /** The path that is asked for. */
  readonly uri: string;
  /** False where it depends on the type of the answer, which the configuration does not give. */
  readonly isCertain: boolean;
}

/** The additions in force in a block; nothing is added to an answer with another status than 200, or to HEAD. */
export function additionsOf(scope: Scope): Addition[] {
  const isCertain = scope.effective('addition_types').some(({ args }) => args.includes('*'));
  return ['add_before_body', 'add_after_body'].flatMap(name => {
    const node = scope.setting(name);
    const uri = node?.args[0] ?? '';
    return node === undefined || uri === '' ? [] : [{ node, uri, isCertain }];
  });
}

/**
 * The line that makes nginx look for includes in an answer (ngx_http_ssi_filter_module, row 10.40); undefined for a text of
 * a `return` that holds none.
 */
export function includesOf(scope: Scope, content: string, source: ConfigNode | undefined): ConfigNode | undefined {
  const node = scope.setting('ssi');
  if (node?.args[0]?.toLowerCase() !== 'on') return undefined;
  const text = source?.args[1] ?? '';
  return content === 'return' && !text.includes('<!--#') && !text.includes('$') ? undefined : node;
}
