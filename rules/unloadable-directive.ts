import { readable } from '../src/analysis/names.js';
import type { DirectiveProblem } from '../src/config/check-directives.js';
import { nodeSpan } from '../src/config/config-tree.js';
import { verificationMeant } from '../src/config/verification-directives.js';
import { defineRule } from '../src/rule.js';

export default defineRule({
  id: 'unloadable-directive',
  group: 'Hygiene',
  summary:
    'nginx refuses to load this configuration: a directive is misspelt, stands in a place where it is not allowed, or has too few or too many arguments.',
  level: 'warning',
  precision: 'high',
  securitySeverity: '2.0',
  since: '0.1.0',
  help: 'Compare with nginx -t, which stops at the first of these.',

  check({ directiveProblems, report, notice }) {
    for (const problem of directiveProblems()) {
      // These are misplaced-verification's.
      if (verificationMeant(problem) !== undefined) continue;
      if (problem.kind === 'unknown' && problem.nearest === undefined) {
        notice({
          kind: 'unknown-directive',
          text: `${readable(problem.node.name)} is no directive that is known here: another module may have it`,
          span: problem.span,
          fatal: false,
        });
        continue;
      }
      report({
        message: readable(problem.message),
        primary: { span: problem.span, text: 'nginx refuses this' },
        related: problem.first === undefined ? [] : [{ span: nodeSpan(problem.first), text: 'written here before' }],
        help: helpFor(problem),
        identity: [problem.kind, problem.node.name, ...problem.node.args],
      });
    }
  },
});

function helpFor(problem: DirectiveProblem): string {
  if (problem.nearest !== undefined) return `Write ${problem.nearest}, if that is what is meant.`;
  if (problem.allowedIn.length > 0) return `It is allowed in ${problem.allowedIn.join(', ')}.`;
  return 'Compare with nginx -t, which stops at the first of these.';
}
