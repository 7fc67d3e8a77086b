import { identityOfServers, nameOfServers, readable } from '../src/analysis/names.js';
import type { LoadProblem, NamedFile, ServerTrust, Trust } from '../src/analysis/trust.js';
import { lineIn, momentText, PROBLEM_TEXT } from '../src/analysis/trust-text.js';
import { sharedLines, type TrustLine, trustLines, verifiesItself } from '../src/analysis/verifying-servers.js';
import { nodePlace, nodeSpan, nodeText } from '../src/config/config-tree.js';
import type { Label } from '../src/finding.js';
import type { Certificate } from '../src/pki/certificate.js';
import type { AuthorityVerdict } from '../src/pki/chain.js';
import { defineRule, type RuleContext } from '../src/rule.js';

/** Days before the last usable CA ends from which on it is a warning. */
const WARNING_DAYS = 30;
/** How many certificates of a bundle are labelled one by one. */
const SHOWN_CERTIFICATES = 12;

export default defineRule({
  id: 'unusable-client-ca',
  group: 'Trust and revocation',
  summary:
    'The client CA file accepts nobody: nginx refuses to load it, or no certificate in it leads to a self-signed CA that is in force.',
  level: 'error',
  precision: 'very-high',
  securitySeverity: '4.0',
  since: '0.1.0',
  help: 'Put the whole chain of the client CA into the file, the self-signed root included: nginx accepts no partial chain.',

  check(context) {
    const { servers, trust } = context;
    if (trust === undefined) return;
    const told = new Set<string>();
    for (const server of servers) {
      if (!verifiesItself(server)) continue;
      for (const problem of trust.of(server).broken) {
        const place = nodePlace(problem.named.node);
        if (problem.named.role === 'crl' || told.has(place)) continue;
        told.add(place);
        reportBroken(context, problem);
      }
    }
    for (const line of trustLines(servers, trust, (_, { files }) => files.find(isClient)?.node)) {
      judge(context, trust, line);
    }
    reportMissing(context);
  },
});

/**
 * Servers that verify clients by no CA. nginx does not start with them (ngx_http_ssl_merge_srv_conf), whatever an
 * `ssl_conf_command` names; since 1.27.2 `ssl_trusted_certificate` alone will do (mtls-semantics 2).
 */
function reportMissing({ report, servers: all, versions }: RuleContext): void {
  const isOlder = versions.within({ from: undefined, below: '1.27.2' }) === 'all';
  const without = all.filter(server => {
    const { scope } = server;
    if (!verifiesItself(server) || scope.value('ssl_client_certificate', '') !== '') return false;
    const mode = scope.value('ssl_verify_client', '').toLowerCase();
    return mode !== 'optional_no_ca' && (isOlder || scope.value('ssl_trusted_certificate', '') === '');
  });
  for (const { node, servers } of sharedLines(without, ({ scope }) => scope.setting('ssl_verify_client'))) {
    const alone = servers[0]!.scope.setting('ssl_trusted_certificate');
    const why =
      alone === undefined || alone.args[0] === '' ? '' : '; ssl_trusted_certificate alone does from 1.27.2 on';
    report({
      message: `nginx refuses to load the configuration: ${readable(nodeText(node))} of ${nameOfServers(servers)} has no ssl_client_certificate${why}`,
      primary: { span: nodeSpan(node), text: 'by which CA clients are verified is not said' },
      related: servers.map(server => ({ span: nodeSpan(server.node), text: 'verifies clients by no CA' })),
      help: 'Set ssl_client_certificate to a file with the certificates of the CAs that issue client certificates, their roots included.',
      identity: ['missing', ...identityOfServers(servers)],
    });
  }
}

function isClient({ role }: NamedFile): boolean {
  return role === 'client';
}

function reportBroken({ report }: RuleContext, { line, named, text }: LoadProblem): void {
  const { file, node } = named;
  const argument = named.role === 'command' ? 1 : 0;
  report({
    message: `nginx refuses to load the configuration: ${node.name} ${readable(node.args[argument] ?? '')} is unusable, ${text}`,
    primary: { span: nodeSpan(node), text: `${file.path} line ${line}: ${text}` },
    help: 'Write the certificates into the file as PEM blocks, and nothing that is broken behind them.',
    identity: ['broken', node.name, node.args[argument] ?? ''],
  });
}

function judge({ report }: RuleContext, trust: Trust, { node, servers, trusts }: TrustLine): void {
  const file = readable(node.args[0] ?? '');
  const owner = nameOfServers(servers);
  for (const one of trusts) {
    const client = one.files.find(isClient);
    if (client === undefined || one.variants.length === 0) continue;
    const identity = [node.name, node.args[0] ?? ''];
    if (!isUsable(trust, client, one, trust.moment())) {
      const verdicts = trust.verdictsOn(client, one.variants.at(-1)!.verdicts);
      const [first] = verdicts;
      const more = verdicts.length > 1 ? ` and ${verdicts.length - 1} more like it` : '';
      const why =
        first === undefined
          ? 'another certificate of the same name is picked in its place'
          : `"${first.authority.subject.text}"${more} ${problemText(first)}`;
      report({
        message: `ssl_client_certificate ${file} of ${owner} accepts nobody: ${why}`,
        primary: { span: nodeSpan(node), text: 'no client certificate is accepted through this file' },
        related: [
          ...verdicts.slice(0, SHOWN_CERTIFICATES).map(verdict => labelOf(client, verdict)),
          ...servers.map(server => ({ span: nodeSpan(server.node), text: 'verifies clients with it' })),
        ],
        identity,
      });
      return;
    }
    if (isUsable(trust, client, one, trust.moment(WARNING_DAYS))) continue;
    const last = lastEnd(trust, client, one);
    if (last === undefined) continue;
    report({
      level: 'warning',
      message: `ssl_client_certificate ${file} of ${owner} accepts nobody from ${momentText(last.notAfter)} on, when "${last.subject.text}" expires`,
      primary: { span: nodeSpan(node), text: `"${last.subject.text}" expires on ${momentText(last.notAfter)}` },
      related: servers.map(server => ({ span: nodeSpan(server.node), text: 'verifies clients with it' })),
      help: 'Put the certificate of the next client CA into the file beside this one, before this one expires.',
      identity,
    });
    return;
  }
}

/** Whether a certificate of the file is in force; CRLs and depth are other rules' business. */
function isUsable(trust: Trust, client: NamedFile, { variants }: ServerTrust, now: number): boolean {
  return variants.some(({ verdictsAt }) => usable(trust.verdictsOn(client, verdictsAt(now))).length > 0);
}

function usable(verdicts: readonly AuthorityVerdict[]): AuthorityVerdict[] {
  return verdicts.filter(({ problem }) => problem === undefined || problem === 'too-deep');
}

/** The certificate whose end is the end of the last way that is open now. */
function lastEnd(trust: Trust, client: NamedFile, { variants }: ServerTrust): Certificate | undefined {
  const ends = usable(trust.verdictsOn(client, variants.at(-1)!.verdicts)).map(({ path }) =>
    path.reduce((first, one) => (one.notAfter < first.notAfter ? one : first)),
  );
  return ends.reduce<Certificate | undefined>(
    (last, one) => (last === undefined || one.notAfter > last.notAfter ? one : last),
    undefined,
  );
}

function labelOf({ file, node }: NamedFile, verdict: AuthorityVerdict): Label {
  const { authority } = verdict;
  const line = lineIn(file, authority);
  const where = line === undefined ? 'in another file' : `${file.path} line ${line}`;
  return { span: nodeSpan(node), text: `"${authority.subject.text}" (${where}) ${problemText(verdict)}` };
}

function problemText({ authority, path, problem }: AuthorityVerdict): string {
  if (problem === 'no-root' && authority.basicConstraints?.isAuthority !== true) {
    return 'is no CA, but a certificate that one has issued: only a self-signed one is accepted by itself';
  }
  const end =
    problem === 'expired' ? path.reduce((first, one) => (one.notAfter < first.notAfter ? one : first)) : undefined;
  if (end !== undefined) {
    return end === authority
      ? `has expired on ${momentText(end.notAfter)}`
      : `stands under "${end.subject.text}", which has expired on ${momentText(end.notAfter)}`;
  }
  return PROBLEM_TEXT[problem!];
}
