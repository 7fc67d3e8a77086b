import type { ConfigNode } from '../config/config-tree.js';
import { holdsPlaceholder } from '../source/placeholder.js';
import { handlerOf } from './handlers.js';
import type { Condition, Pattern, Program, Statement } from './model.js';
import { Scope } from './scope.js';
import { parseTemplate } from './template.js';

/**
 * The rewrite-module directives of a block as a program (ngx_http_rewrite_module): `if` bodies are inlined by nginx into
 * one flat code array, so that execution goes on behind a matched `if`.
 */
export function compileProgram(directives: readonly ConfigNode[], scope: Scope): Program {
  const program: Statement[] = [];
  for (const node of directives) {
    const statement = compileStatement(node, scope);
    if (statement !== undefined) program.push(statement);
  }
  return program;
}

function compileStatement(node: ConfigNode, scope: Scope): Statement | undefined {
  switch (node.name) {
    case 'set':
      if (holdsPlaceholder(node.args[0] ?? '')) return { kind: 'script', node, sets: undefined };
      if (node.args.length !== 2 || !node.args[0]!.startsWith('$')) return undefined;
      // Its value is read back as a number of bytes (ngx_http_variable_set_limit_rate, row 5.19p).
      if (node.args[0]!.toLowerCase() === '$limit_rate') return { kind: 'script', node, sets: 'limit_rate' };
      return { kind: 'set', node, variable: node.args[0]!.slice(1).toLowerCase(), value: parseTemplate(node.args[1]!) };
    case 'if': {
      if (node.children === undefined) return undefined;
      const inner = new Scope('if', node, scope, node.children);
      return {
        kind: 'if',
        node,
        condition: parseCondition(node.args),
        body: node.children.flatMap(child => compileStatement(child, inner) ?? []),
        scope: inner,
        handler: handlerOf(node.children),
      };
    }
    case 'rewrite':
      return compileRewrite(node);
    case 'return':
      return compileReturn(node);
    case 'break':
      return { kind: 'break', node };
    case 'set_by_lua':
    case 'set_by_lua_block':
    case 'set_by_lua_file':
      return { kind: 'script', node, sets: (node.args[0] ?? '').replace(/^\$/, '').toLowerCase() };
    default:
      return undefined;
  }
}

/** A replacement or target that nginx sends back as a redirect (ngx_http_rewrite, row 7.4). */
function isExternal(text: string): boolean {
  return text.startsWith('http://') || text.startsWith('https://') || text.startsWith('$scheme');
}

function compileRewrite(node: ConfigNode): Statement | undefined {
  const [source, replacement, flag = ''] = node.args;
  if (source === undefined || replacement === undefined) return undefined;
  // A template may make a redirect of it, or another pattern: the step may do anything.
  if (holdsPlaceholder(source + replacement[0] + flag)) return { kind: 'script', node, sets: undefined };
  const keepsArguments = !replacement.endsWith('?');
  const text = keepsArguments ? replacement : replacement.slice(0, -1);
  let kind: Extract<Statement, { kind: 'rewrite' }>['flag'] = 'none';
  if (flag === 'permanent') kind = 'permanent';
  else if (flag === 'redirect' || isExternal(text)) kind = 'redirect';
  else if (flag === 'last' || flag === 'break') kind = flag;
  return {
    kind: 'rewrite',
    node,
    pattern: { source, caseless: false },
    replacement: parseTemplate(text),
    flag: kind,
    keepsArguments,
  };
}

function compileReturn(node: ConfigNode): Statement | undefined {
  const [first, second] = node.args;
  if (first === undefined) return undefined;
  if (holdsPlaceholder(first)) return { kind: 'script', node, sets: undefined };
  if (second === undefined && isExternal(first)) {
    return { kind: 'return', node, code: 302, text: parseTemplate(first) };
  }
  const code = /^\d{1,3}$/.test(first) ? Number(first) : undefined;
  if (code === undefined) return undefined;
  return { kind: 'return', node, code, text: second === undefined ? undefined : parseTemplate(second) };
}

/** The condition of an `if` from its words (ngx_http_rewrite_if_condition); `invalid` where nginx refuses it. */
export function parseCondition(args: readonly string[]): Condition {
  const words = [...args];
  if (!words[0]?.startsWith('(') || !words.at(-1)!.endsWith(')')) return { kind: 'invalid' };
  words[0] = words[0].slice(1);
  if (words[0] === '') words.shift();
  if (words.length === 0) return { kind: 'invalid' };
  words[words.length - 1] = words.at(-1)!.slice(0, -1);
  if (words.at(-1) === '') {
    // `= ""` glued to the parenthesis is a word of its own and keeps its place; a lone `)` is not.
    if (args.at(-1) === ')') words.pop();
  }
  const [left, operator, right] = words;
  if (left === undefined) return { kind: 'invalid' };
  if (left.startsWith('$')) {
    if (left.length === 1 || holdsPlaceholder(left)) return { kind: 'invalid' };
    const variable = { kind: 'variable', name: left.slice(1).toLowerCase() } as const;
    if (words.length === 1) return { kind: 'truth', variable };
    if (words.length !== 3 || operator === undefined || right === undefined) return { kind: 'invalid' };
    if (operator === '=' || operator === '!=') {
      return { kind: 'equal', negated: operator === '!=', variable, value: parseTemplate(right) };
    }
    if (holdsPlaceholder(operator)) return { kind: 'invalid' };
    if (/^!?~\*?$/.test(operator)) {
      if (holdsPlaceholder(right)) return { kind: 'invalid' };
      const pattern: Pattern = { source: right, caseless: operator.endsWith('*') };
      return { kind: 'match', negated: operator.startsWith('!'), variable, pattern };
    }
    return { kind: 'invalid' };
  }
  const test = /^(!?)-([fdex])$/.exec(left);
  if (test !== null && words.length === 2 && operator !== undefined) {
    return {
      kind: 'file',
      negated: test[1] === '!',
      test: test[2] as 'f' | 'd' | 'e' | 'x',
      path: parseTemplate(operator),
    };
  }
  return { kind: 'invalid' };
}
