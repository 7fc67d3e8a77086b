import { listed, nameOfServer, nameOfServers, readable } from '../src/analysis/names.js';
import type { NamedFile, TrustVariant } from '../src/analysis/trust.js';
import { lineIn } from '../src/analysis/trust-text.js';
import { type TrustLine, trustLines } from '../src/analysis/verifying-servers.js';
import { nodeSpan } from '../src/config/config-tree.js';
import type { Label } from '../src/finding.js';
import type { Certificate } from '../src/pki/certificate.js';
import type { AuthorityVerdict, Obstacle } from '../src/pki/chain.js';
import { defineRule, type RuleContext } from '../src/rule.js';

/** An issuer without a CRL that serves, and where it is trusted. */
interface Gap {
  readonly issuer: Certificate;
  readonly text: string;
  readonly trusted: NamedFile;
}

/** What one `ssl_crl` line lacks, over all servers in which it is in force. */
interface Gaps {
  /** By the subject as text. */
  readonly gaps: Map<string, Gap>;
  readonly refused: Map<string, AuthorityVerdict>;
  /** Versions of nginx that refuse, where not all do. */
  versions: TrustVariant['versions'];
  /** False while every gap would be closed by a delta list, which OpenSSL before 3.0.22 took for a complete one. */
  concernsOldOpenssl: boolean;
}

export default defineRule({
  id: 'incomplete-crl-chain',
  group: 'Trust and revocation',
  summary:
    'The ssl_crl file lacks the CRL of a CA between client certificates and their root: nginx refuses every client of that CA.',
  level: 'error',
  precision: 'very-high',
  securitySeverity: '5.3',
  since: '0.1.0',
  help: 'Put the current CRL of every CA of the chain into the file, the one of the root included, and reload nginx.',

  check(context) {
    const { servers, trust } = context;
    if (trust === undefined) return;
    for (const line of trustLines(servers, trust, (_, { crl }) => crl?.node)) {
      const gaps = gapsOf(line);
      if (gaps.gaps.size > 0) reportLine(context, line, gaps);
    }
  },
});

function gapsOf({ trusts }: TrustLine): Gaps {
  const found: Gaps = { gaps: new Map(), refused: new Map(), versions: 'all', concernsOldOpenssl: false };
  let isCertain = false;
  for (const { files, crl, variants } of trusts) {
    const lacking = variants.flatMap(({ verdicts, versions }) => {
      const refused = verdicts.filter(({ obstacles }) => obstacles.some(isGap));
      return refused.length === 0 ? [] : [{ refused, versions }];
    });
    const last = lacking.at(-1);
    if (last === undefined) continue;
    if (lacking.length === variants.length) isCertain = true;
    else found.versions = last.versions;
    for (const verdict of last.refused) {
      found.refused.set(verdict.authority.subject.text, verdict);
      for (const obstacle of verdict.obstacles) {
        if (!isGap(obstacle)) continue;
        const { issuer, state } = obstacle;
        const trusted = [...files, crl!].find(({ file }) => lineIn(file, issuer) !== undefined)!;
        found.gaps.set(issuer.subject.text, { issuer, text: gapText(obstacle), trusted });
        if (state.delta === undefined) found.concernsOldOpenssl = true;
      }
    }
  }
  if (isCertain) found.versions = 'all';
  return found;
}

type GapObstacle = Extract<Obstacle, { readonly kind: 'crl' }>;

/** A CRL that is there and cannot be used is other rules' business. */
function isGap(obstacle: Obstacle): obstacle is GapObstacle {
  if (obstacle.kind !== 'crl') return false;
  const { state } = obstacle;
  return state.kind === 'missing' || state.reason === 'wrong-scope';
}

function gapText({ state }: GapObstacle): string {
  if (state.delta !== undefined) {
    return 'has only a delta CRL here that serves; OpenSSL before 3.0.22 took it for a complete one';
  }
  if (state.kind === 'unusable') return 'has a CRL here that leaves out a part of what it issued';
  if (state.namesakes.some(({ deltaOf }) => deltaOf !== undefined)) return 'has no complete CRL here';
  return state.namesakes.length === 0 ? 'has no CRL here' : 'has no CRL here, only one of another key in its name';
}

function reportLine({ report }: RuleContext, { node, servers }: TrustLine, found: Gaps): void {
  const { gaps, refused, versions, concernsOldOpenssl } = found;
  const missing = [...gaps.keys()];
  const issuing = [...refused.values()].filter(({ clients }) => clients === 'issued');
  const pinned = [...refused.values()].filter(({ clients }) => clients === 'itself');
  const whom = [
    ...(issuing.length > 0 ? [`every client certificate issued by ${listed(issuing.map(subjectOf), 'or')}`] : []),
    ...(pinned.length > 0 ? [`the client certificate ${listed(pinned.map(subjectOf), 'and')}`] : []),
  ].join(' and ');
  const since =
    (versions === 'all' ? '' : ` ${versions}`) + (concernsOldOpenssl ? '' : ' with OpenSSL 3.0.22 or later');
  const gap = `no CRL that serves for ${listed(missing, 'and')}`;
  report({
    level: since === '' ? 'error' : 'warning',
    message: `nginx${since} refuses ${whom}: ssl_crl ${readable(node.args[0] ?? '')} of ${nameOfServers(servers)} holds ${gap}`,
    primary: { span: nodeSpan(node), text: gap },
    related: [
      ...[...gaps.values()].map(gapLabel),
      ...servers.map(server => ({
        span: nodeSpan(server.node),
        text: `server ${nameOfServer(server)} refuses these clients`,
      })),
    ],
    identity: ['ssl_crl', node.args[0] ?? '', ...missing.sort()],
  });
}

function gapLabel({ issuer, text, trusted: { file, node } }: Gap): Label {
  return { span: nodeSpan(node), text: `"${issuer.subject.text}" (${file.path} line ${lineIn(file, issuer)}) ${text}` };
}

function subjectOf({ authority }: AuthorityVerdict): string {
  return authority.subject.text;
}
