import { type Assignment, clientVariableAssignments } from '../src/analysis/assignments.js';
import { exposuresBy, groupBy } from '../src/analysis/exposures.js';
import { placeOf, readable } from '../src/analysis/names.js';
import { type ConfigNode, nodePlace, nodeSpan } from '../src/config/config-tree.js';
import { defineRule } from '../src/rule.js';

export default defineRule({
  id: 'redefined-verify-variable',
  group: 'Identity and authorization',
  summary:
    'The configuration gives $ssl_client_verify or another $ssl_client_* variable a value of its own, and checks see that instead of what nginx found.',
  level: 'error',
  precision: 'very-high',
  securitySeverity: '9.1',
  since: '0.1.0',
  help: 'Give the value to a variable of another name, and let the checks read what nginx itself found.',

  check({ model, access, report }) {
    const exposures = exposuresBy(model, access, 'redefined-verify-variable');
    // A snippet that many servers include is one line to mend.
    for (const group of groupBy(clientVariableAssignments(model), ({ node }) => nodePlace(node))) {
      const [{ node, variable }] = group;
      const opened = exposures.filter(({ cause }) => group.includes(cause.assignment));
      const [first, ...rest] = opened;
      const more = rest.length === 0 ? '' : ` and ${rest.length} more`;
      const effect =
        first === undefined
          ? 'what reads it no longer sees what nginx found'
          : `clients without a verified certificate get to ${placeOf(first.row.site, more)}`;
      report({
        message: `${readable(writerOf(node))} gives $${variable} a value of its own${reach(group)}: ${effect}`,
        primary: { span: nodeSpan(node), text: `takes $${variable} over` },
        related: opened.flatMap(({ row, checks }) => [
          ...checks.slice(0, 1).map(({ statement }) => ({
            span: nodeSpan(statement.node),
            text: 'sees the value of the configuration',
          })),
          {
            span: nodeSpan(row.site.scope.node ?? row.site.server.node),
            text: 'reached without a verified certificate',
          },
        ]),
        ...(first === undefined ? {} : { witness: first.witness }),
        identity: [node.name, variable],
      });
    }
  },
});

/** What gives the value: a directive that is made for it, or a named group of a pattern. */
function writerOf({ name, parent }: ConfigNode): string {
  if (PATTERNS.has(name)) return `a named group of ${name}`;
  return parent?.name === 'map' ? 'a named group of map' : name;
}

const PATTERNS: ReadonlySet<string> = new Set(['location', 'server_name', 'rewrite', 'if']);

/** Whose requests are concerned. */
function reach(group: readonly Assignment[]): string {
  return group.some(({ server }) => server === undefined) ? ' in every server' : '';
}
