import { identityOfServers, nameOfServers, readable } from '../src/analysis/names.js';
import { sharedLines } from '../src/analysis/verifying-servers.js';
import type { DirectiveProblem } from '../src/config/check-directives.js';
import { nodeSpan, nodeText } from '../src/config/config-tree.js';
import { acceptedValues, verificationMeant } from '../src/config/verification-directives.js';
import type { Scope } from '../src/model/scope.js';
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
    'Client verification is written in a way that nginx refuses: in a location or an if, by a name or a value that it does not know, or with OCSP for unknown CAs.',
  level: 'error',
  precision: 'very-high',
  securitySeverity: '4.0',
  since: '0.1.0',
  help: 'Write ssl_verify_client optional; into the server, and refuse in the location: if ($ssl_client_verify != SUCCESS) { return 403; }',

  check({ directiveProblems, directives, report, servers: all }) {
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
    const incompatible = all.filter(({ scope }) => asksAboutUnknown(scope));
    for (const { node, servers } of sharedLines(incompatible, ({ scope }) => scope.setting('ssl_ocsp'))) {
      const modes = new Set(servers.flatMap(({ scope }) => scope.setting('ssl_verify_client') ?? []));
      report({
        message: `nginx refuses to load the configuration: ${readable(nodeText(node))} of ${nameOfServers(servers)} is incompatible with ssl_verify_client optional_no_ca`,
        primary: { span: nodeSpan(node), text: 'asks the CA of each certificate' },
        related: [...modes].map(mode => ({ span: nodeSpan(mode), text: 'takes certificates of no known CA' })),
        help: 'Write ssl_verify_client optional, or ssl_ocsp off.',
        identity: ['ocsp', ...identityOfServers(servers)],
      });
    }
  },
});

/**
 * OCSP beside optional_no_ca, wherever a server has an SSL context (ngx_http_ssl_merge_srv_conf; ngx_stream_ssl_merge_srv_conf
 * since 1.27.2).
 */
function asksAboutUnknown(scope: Scope): boolean {
  return (
    scope.value('ssl_certificate', '') !== '' &&
    scope.value('ssl_verify_client', '').toLowerCase() === 'optional_no_ca' &&
    ['on', 'leaf'].includes(scope.value('ssl_ocsp', '').toLowerCase())
  );
}

function helpFor({ kind, node }: DirectiveProblem, meant: string): string {
  if (kind === 'unknown') return `Write ${meant}, if that is what is meant.`;
  return node.name === 'ssl_verify_client'
    ? 'Write ssl_verify_client optional; into the server, and refuse here: if ($ssl_client_verify != SUCCESS) { return 403; }'
    : `Write ${node.name} into the server: it holds for all of its locations.`;
}
