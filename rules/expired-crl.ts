import { listed, nameOfServers, readable } from '../src/analysis/names.js';
import type { ServerTrust, TrustVariant } from '../src/analysis/trust.js';
import { lineIn, momentText } from '../src/analysis/trust-text.js';
import { type TrustLine, trustLines } from '../src/analysis/verifying-servers.js';
import { nodeSpan } from '../src/config/config-tree.js';
import type { Level } from '../src/finding.js';
import type { AuthorityVerdict } from '../src/pki/chain.js';
import type { RevocationList } from '../src/pki/crl.js';
import { defineRule } from '../src/rule.js';

/** Days before the end of a CRL from which on it is a warning. */
const WARNING_DAYS = 7;

/** A CRL that has ended or is about to, and the CAs whose clients are refused then. */
interface Ending {
  readonly crl: RevocationList;
  readonly authorities: Set<string>;
  readonly trust: ServerTrust;
  /** True where every version of nginx picks it. */
  readonly isCertain: boolean;
}

export default defineRule({
  id: 'expired-crl',
  group: 'Trust and revocation',
  summary: 'A CRL of the ssl_crl file has expired, or is about to: nginx then refuses every client of that CA.',
  level: 'error',
  precision: 'very-high',
  securitySeverity: '5.3',
  since: '0.1.0',
  help: 'Replace the CRL before it ends, from a job that also reloads nginx, and watch that job.',

  check({ report, servers, trust }) {
    if (trust === undefined) return;
    for (const line of trustLines(servers, trust, (_, { crl }) => crl?.node)) {
      const expired = endingsOf(line, ({ verdicts }) => verdicts);
      const soon = endingsOf(line, ({ verdictsAt }) => verdictsAt(trust.moment(WARNING_DAYS)));
      for (const ending of soon.values()) {
        const isOver = expired.has(ending.crl);
        const level: Level = isOver && ending.isCertain ? 'error' : 'warning';
        const { crl, authorities } = ending;
        const { node, servers } = line;
        const whom = `every client certificate issued by ${listed([...authorities], 'or')}`;
        const file = readable(node.args[0] ?? '');
        const end = momentText(crl.nextUpdate ?? Number.NaN);
        const name = `the CRL of "${crl.issuer.text}" in ssl_crl ${file} of ${nameOfServers(servers)}`;
        report({
          level,
          message: isOver
            ? `nginx refuses ${whom}: ${name} has expired on ${end}`
            : `nginx will refuse ${whom} from ${end} on, when ${name} expires`,
          primary: { span: nodeSpan(node), text: placeText(ending, isOver ? 'expired on' : 'expires on', end) },
          related: servers.map(server => ({ span: nodeSpan(server.node), text: 'the CRL is in force here' })),
          identity: ['ssl_crl', node.args[0] ?? '', crl.issuer.text],
        });
      }
    }
  },
});

/** The CRLs because of whose end clients are refused, where they are judged as one of `verdictsOf`. */
function endingsOf(
  { trusts }: TrustLine,
  verdictsOf: (variant: TrustVariant) => readonly AuthorityVerdict[],
): Map<RevocationList, Ending> {
  const endings = new Map<RevocationList, Ending>();
  for (const trust of trusts) {
    const { variants } = trust;
    const found = variants.map(variant => expiredIn(verdictsOf(variant)));
    for (const crls of found) {
      for (const [crl, authorities] of crls) {
        const isCertain = found.every(other => other.has(crl));
        const known = endings.get(crl) ?? { crl, authorities: new Set(), trust, isCertain };
        endings.set(crl, known);
        for (const authority of authorities) known.authorities.add(authority);
      }
    }
  }
  return endings;
}

function expiredIn(verdicts: readonly AuthorityVerdict[]): Map<RevocationList, string[]> {
  const found = new Map<RevocationList, string[]>();
  for (const { authority, obstacles } of verdicts) {
    for (const obstacle of obstacles) {
      if (obstacle.kind !== 'crl' || obstacle.state.kind !== 'unusable' || obstacle.state.reason !== 'expired')
        continue;
      const { crl } = obstacle.state;
      found.set(crl, [...(found.get(crl) ?? []), authority.subject.text]);
    }
  }
  return found;
}

function placeText({ crl, trust }: Ending, verb: string, end: string): string {
  const holder = [trust.crl!, ...trust.files].find(({ file }) => lineIn(file, crl) !== undefined)!;
  return `the CRL of "${crl.issuer.text}" (${holder.file.path} line ${lineIn(holder.file, crl)}) ${verb} ${end}`;
}
