import { everyIf } from '../src/analysis/blocks.js';
import { identityOfBlock, nameOfBlock } from '../src/analysis/names.js';
import { nodeSpan } from '../src/config/config-tree.js';
import type { Condition, Program, Statement } from '../src/model/model.js';
import { constantText } from '../src/model/template.js';
import { defineRule } from '../src/rule.js';

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
          : `${later.node.name} behind the block still runs and can undo it`;
      report({
        level: others.length > 0 || later !== undefined ? 'warning' : 'note',
        message: `if in ${nameOfBlock(blocks)} holds ${names}: ${effect}`,
        primary: { span: nodeSpan(offender), text: `${offender.name} in an if` },
        related: [
          { span: nodeSpan(statement.node), text: 'the block that replaces its location' },
          ...(later === undefined ? [] : [{ span: nodeSpan(later.node), text: 'runs after the block has matched' }]),
        ],
        identity: [...identityOfBlock(blocks), statement.node.args.join(' '), names],
      });
    }
  },
});

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

/** The step behind a matched block that can answer or choose otherwise; none where the block ends the program (3.2). */
function overriding(statement: Statement, program: Program): Statement | undefined {
  if (statement.kind === 'if' && statement.body.some(ends)) return undefined;
  const later = program.slice(program.indexOf(statement) + 1);
  const condition = statement.kind === 'if' ? statement.condition : undefined;
  return later.find(
    step =>
      step.kind === 'return' ||
      step.kind === 'rewrite' ||
      (step.kind === 'if' && condition !== undefined && !excludeEachOther(condition, step.condition)),
  );
}

/** True for two comparisons of one variable with constants that cannot both hold. */
function excludeEachOther(one: Condition, other: Condition): boolean {
  if (one.kind !== 'equal' || other.kind !== 'equal' || (one.negated && other.negated)) return false;
  if (one.variable.kind !== 'variable' || other.variable.kind !== 'variable') return false;
  const texts = [constantText(one.value), constantText(other.value)];
  if (one.variable.name !== other.variable.name || texts.includes(undefined)) return false;
  return one.negated === other.negated ? texts[0] !== texts[1] : texts[0] === texts[1];
}

function ends(step: Statement): boolean {
  return step.kind === 'break' || step.kind === 'return' || (step.kind === 'rewrite' && step.flag !== 'none');
}
