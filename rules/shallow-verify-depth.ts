import { listed, nameOfServers, readable } from '../src/analysis/names.js';
import type { ServerTrust, Trust } from '../src/analysis/trust.js';
import { type TrustLine, trustLines } from '../src/analysis/verifying-servers.js';
import { nodeSpan } from '../src/config/config-tree.js';
import type { AuthorityVerdict } from '../src/pki/chain.js';
import { defineRule, type RuleContext } from '../src/rule.js';

export default defineRule({
  id: 'shallow-verify-depth',
  group: 'Trust and revocation',
  summary:
    'The configured CAs make longer chains than ssl_verify_depth (1 by default) allows: nginx refuses the clients of the lower ones.',
  level: 'error',
  precision: 'very-high',
  securitySeverity: '4.0',
  since: '0.1.0',
  help: 'Set ssl_verify_depth to the number of CAs between the client certificates and the root, the root not counted.',

  check(context) {
    const { servers, trust } = context;
    if (trust === undefined) return;
    const lineOf = ({ scope }: { readonly scope: ScopeOfServer }, { files }: ServerTrust) =>
      scope.gapFor('ssl_verify_depth') === undefined
        ? (scope.setting('ssl_verify_depth') ?? files[0]?.node)
        : undefined;
    for (const line of trustLines(servers, trust, lineOf)) judge(context, trust, line);
  },
});

type ScopeOfServer = TrustLine['servers'][number]['scope'];

function judge({ report }: RuleContext, trust: Trust, { node, servers, trusts }: TrustLine): void {
  const deep = trusts.flatMap(one =>
    tooDeep(trust, one).map(verdict => ({ depth: one.depth, files: one.files, verdict })),
  );
  const [first] = deep;
  if (first === undefined) return;
  const needed = Math.max(...deep.map(({ verdict }) => verdict.path.length - 1));
  const names = [...new Set(deep.map(({ verdict }) => verdict.authority.subject.text))];
  const setting =
    node.name === 'ssl_verify_depth'
      ? `ssl_verify_depth ${readable(node.args[0] ?? '')}`
      : 'ssl_verify_depth, 1 by default,';
  report({
    message: `nginx refuses every client certificate issued by ${listed(names, 'or')}: ${setting} of ${nameOfServers(servers)} is less than the ${needed === 1 ? 'one CA' : `${needed} CAs`} of its chain below the root`,
    primary: {
      span: nodeSpan(node),
      text: node.name === 'ssl_verify_depth' ? `${needed} would do` : `needs ssl_verify_depth ${needed}`,
    },
    related: [
      ...deep.map(({ files, verdict: { authority, path } }) => {
        const holder = files.find(named => trust.holds(named, authority)) ?? files[0]!;
        const way = path.map(({ subject }) => `"${subject.text}"`).join(' under ');
        return { span: nodeSpan(holder.node), text: way };
      }),
      ...servers.map(server => ({ span: nodeSpan(server.node), text: 'refuses these clients' })),
    ],
    help: `Write ssl_verify_depth ${needed}; in this server.`,
    identity: ['ssl_verify_depth', `${first.depth}`, ...names.sort()],
  });
}

/** Those of the client CA file, or under one of it: what stands in ssl_trusted_certificate alone is hardly meant for clients. */
function tooDeep(trust: Trust, { files, variants }: ServerTrust): AuthorityVerdict[] {
  const meant = files.filter(({ role }) => role !== 'trusted');
  return (variants.at(-1)?.verdicts ?? []).filter(
    ({ path, problem }) =>
      problem === 'too-deep' && path.some(one => meant.some(named => trust.holds(named, one)) || meant.length === 0),
  );
}
