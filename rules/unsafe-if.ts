import { everyIf } from '../src/analysis/blocks.js';
import { canBothHold } from '../src/analysis/exclusive-conditions.js';
import { identityOfBlock, nameOfBlock, readable } from '../src/analysis/names.js';
import { nodeSpan, nodeText } from '../src/config/config-tree.js';
import type { Program, Statement } from '../src/model/model.js';
import { defineRule } from '../src/rule.js';

type If = Extract<Statement, { kind: 'if' }>;

export default defineRule({
  id: 'unsafe-if',
  group: 'Hygiene',
  summary:
    'An `if` block does more than `return`, `rewrite`, `set` or `break`: it replaces settings of its location, and what follows it still runs.',
  level: 'warning',
  precision: 'high',
  securitySeverity: '4.0',
  since: '0.1.0',
  help: 'Keep only return, rewrite, set and break in an if; choose settings by a map or by a location of their own.',

  check({ model, report }) {
    for (const { statement, program, blocks } of everyIf(model)) {
      const children = statement.node.children ?? [];
      const passes = children.filter(child => PASSES.has(child.name));
      const others = children.filter(child => !HARMLESS.has(child.name) && !PASSES.has(child.name));
      const [offender] = others.length > 0 ? others : passes;
      if (offender === undefined) continue;
      const later = others.length > 0 ? undefined : overriding(statement, program);
      const names = [...new Set((others.length > 0 ? others : passes).map(child => child.name))].join(', ');
      const effect =
        later === undefined
          ? 'the block replaces the settings of its location while it matches'
          : `${readable(nodeText(later.node))} behind the block still runs and ${effectOf(later)}`;
      report({
        level: others.length > 0 || later !== undefined ? 'warning' : 'note',
        message: `if in ${nameOfBlock(blocks)} holds ${names}: ${effect}`,
        primary: { span: nodeSpan(offender), text: `${offender.name} in an if` },
        ...(later === undefined ? {} : { help: OVERRIDDEN_HELP }),
        related: [
          { span: nodeSpan(statement.node), text: 'the block that replaces its location' },
          ...(later === undefined ? [] : [{ span: nodeSpan(later.node), text: 'runs after the block has matched' }]),
        ],
        identity: [...identityOfBlock(blocks), statement.node.args.join(' '), names],
      });
    }
  },
});

const OVERRIDDEN_HELP =
  'Move the block behind that step; if the block is meant as an exemption from the step, put a break behind the pass directive.';

/** What an `if` is made for (ngx_http_rewrite_module). */
const HARMLESS: ReadonlySet<string> = new Set([
  'return',
  'rewrite',
  'set',
  'break',
  'rewrite_log',
  'uninitialized_variable_warn',
]);

const PASSES: ReadonlySet<string> = new Set([
  'proxy_pass',
  'fastcgi_pass',
  'uwsgi_pass',
  'scgi_pass',
  'grpc_pass',
  'memcached_pass',
]);

/**
 * The first step behind a matched block with a pass directive that undoes its choice: a `return`, a `rewrite` that answers
 * or chooses the location anew (row 7.16), or another `if` that can match as well, whose block then counts (rows 3.1, 3.4,
 * 3.5). A `rewrite` with `break` keeps the block (row 3.15). None where the block itself ends the program (row 3.2).
 */
function overriding({ body, condition }: If, program: Program): Statement | undefined {
  if (body.some(ends)) return undefined;
  for (const step of program.slice(program.findIndex(other => other.kind === 'if' && other.body === body) + 1)) {
    if (step.kind === 'break') return undefined;
    if (step.kind === 'return') return step;
    if (step.kind === 'rewrite' && step.flag !== 'break') return step;
    if (step.kind === 'if' && canBothHold(condition, step.condition)) return step;
  }
  return undefined;
}

/** What a step does to a request that the block was meant to pass on. */
function effectOf(step: Statement): string {
  switch (step.kind) {
    case 'return':
      return 'answers instead';
    case 'rewrite':
      return step.flag === 'redirect' || step.flag === 'permanent' ? 'redirects instead' : 'chooses the location anew';
    case 'if':
      return step.body.some(inner => inner.kind === 'return') ? 'can answer instead' : 'can take its place';
    default:
      return 'can undo it';
  }
}

function ends(step: Statement): boolean {
  return step.kind === 'break' || step.kind === 'return' || (step.kind === 'rewrite' && step.flag !== 'none');
}
