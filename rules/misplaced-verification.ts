import { readable } from '../src/analysis/names.js';
import type { DirectiveProblem } from '../src/config/check-directives.js';
import { nodeSpan } from '../src/config/config-tree.js';
import { acceptedValues, verificationMeant } from '../src/config/verification-directives.js';
import { defineRule } from '../src/rule.js';

/** What somebody means who writes one of these values. */
const MEANT_VALUES: Readonly<Record<string, string>> = {
  require: 'on',
  required: 'on',
  mandatory: 'on',
  true: 'on',
  yes: 'on',
  1: 'on',
  request: 'optional',
  optionally: 'optional',
  false: 'off',
  no: 'off',
  none: 'off',
  0: 'off',
};

export default defineRule({
  id: 'misplaced-verification',
  group: 'Trust and revocation',
  summary:
    'Client verification is written where nginx does not take it, in a location or an if, or with a name or a value that it does not know.',
  level: 'error',
  precision: 'very-high',
  securitySeverity: '4.0',
  since: '0.1.0',
  help: 'Write ssl_verify_client optional; into the server, and refuse in the location: if ($ssl_client_verify != SUCCESS) { return 403; }',

  check({ directiveProblems, directives, report }) {
    for (const problem of directiveProblems()) {
      const meant = verificationMeant(problem);
      if (meant === undefined) continue;
      report({
        message: `nginx refuses to load the configuration: ${readable(problem.message)}`,
        primary: { span: problem.span, text: 'nginx refuses this' },
        help: helpFor(problem, meant),
        identity: [problem.kind, problem.node.name, ...problem.node.args],
      });
    }
    for (const node of directives()) {
      const accepted = acceptedValues(node);
      if (accepted === undefined) continue;
      const written = node.args[0]!;
      const meant = MEANT_VALUES[written.toLowerCase()];
      const value = meant !== undefined && accepted.includes(meant) ? meant : undefined;
      report({
        message: `nginx refuses to load the configuration: invalid value "${readable(written)}" of ${node.name}`,
        primary: { span: nodeSpan(node), text: `it takes ${accepted.join(', ')}` },
        help: value === undefined ? `Write one of: ${accepted.join(', ')}.` : `Write ${node.name} ${value};`,
        identity: ['value', node.name, written],
      });
    }
  },
});

function helpFor({ kind, node }: DirectiveProblem, meant: string): string {
  if (kind === 'unknown') return `Write ${meant}, if that is what is meant.`;
  return node.name === 'ssl_verify_client'
    ? 'Write ssl_verify_client optional; into the server, and refuse here: if ($ssl_client_verify != SUCCESS) { return 403; }'
    : `Write ${node.name} into the server: it holds for all of its locations.`;
}
