import { nameOfServers, readable } from '../src/analysis/names.js';
import type { Trust } from '../src/analysis/trust.js';
import { CRL_PROBLEM_TEXT, lineIn, momentText } from '../src/analysis/trust-text.js';
import { type TrustLine, trustLines } from '../src/analysis/verifying-servers.js';
import { nodePlace, nodeSpan } from '../src/config/config-tree.js';
import type { Level } from '../src/finding.js';
import { verifyMode } from '../src/model/client-verification.js';
import type { Server } from '../src/model/model.js';
import type { NginxVersions } from '../src/model/versions.js';
import type { CrlProblem, CrlState } from '../src/pki/chain.js';
import type { RevocationList } from '../src/pki/crl.js';
import { defineRule, type RuleContext } from '../src/rule.js';

/** Of other rules: expired-crl, and incomplete-crl-chain for a CRL that covers a part only. */
const ELSEWHERE: ReadonlySet<CrlProblem> = new Set(['expired', 'wrong-scope']);

export default defineRule({
  id: 'unusable-crl',
  group: 'Trust and revocation',
  summary:
    'A CRL of the ssl_crl file does not serve: nginx refuses to load the file, or every client of the CA, or the CRL revokes nobody.',
  level: 'error',
  precision: 'very-high',
  securitySeverity: '5.3',
  since: '0.1.0',
  help: 'Fetch the CRL again from its CA, convert it to PEM where it is DER, and check it: openssl crl -in FILE -noout -text.',

  check(context) {
    const { servers, trust } = context;
    if (trust === undefined) return;
    reportBroken(context, trust);
    const used = usedFiles(servers, trust);
    for (const line of trustLines(servers, trust, (_, { crl }) => crl?.node)) {
      reportProblems(context, line);
      reportStrangers(context, line, trust, used);
    }
  },
});

/** Lines that name a file which nginx refuses to load. */
function reportBroken({ report, servers, versions }: RuleContext, trust: Trust): void {
  const told = new Set<string>();
  for (const server of servers) {
    for (const { line, named, text } of trust.of(server).broken) {
      if (named.role !== 'crl' || !reads(server, versions) || told.has(nodePlace(named.node))) continue;
      told.add(nodePlace(named.node));
      report({
        message: `nginx refuses to load the configuration: ssl_crl ${readable(named.node.args[0] ?? '')} is unusable, ${text}`,
        primary: { span: nodeSpan(named.node), text: `${named.file.path} line ${line}: ${text}` },
        identity: ['broken', named.node.args[0] ?? ''],
      });
    }
  }
}

/**
 * Whether nginx reads the file. Without a TLS listener and a certificate it builds no SSL context and reads nothing
 * (mtls-semantics 9). In http it reads `ssl_crl` whatever `ssl_verify_client` says, in stream since 1.27.2 (mtls-semantics 13);
 * mail is taken to read it for verification only.
 */
function reads(server: Server, versions: NginxVersions): boolean {
  const { listens, scope } = server;
  if (scope.value('ssl_certificate', '') === '' && !listens.some(({ socket }) => socket.ssl)) return false;
  if (scope.kind === 'server' || verifyMode(server) !== 'off') return true;
  return scope.kind === 'stream-server' && versions.within({ from: '1.27.2', below: undefined }) === 'all';
}

function reportProblems({ report }: RuleContext, { node, servers, trusts }: TrustLine): void {
  const found = new Map<
    RevocationList,
    { reason: CrlProblem; level: Level; authorities: Set<string>; place: string }
  >();
  for (const { crl: named, files, variants } of trusts) {
    const perVariant = variants.map(({ verdicts }) => {
      const states = new Map<RevocationList, { state: Extract<CrlState, { kind: 'unusable' }>; names: string[] }>();
      for (const { authority, obstacles } of verdicts) {
        for (const obstacle of obstacles) {
          if (obstacle.kind !== 'crl' || obstacle.state.kind !== 'unusable') continue;
          if (ELSEWHERE.has(obstacle.state.reason)) continue;
          const { crl } = obstacle.state;
          const known = states.get(crl) ?? { state: obstacle.state, names: [] };
          states.set(crl, known);
          known.names.push(authority.subject.text);
        }
      }
      return states;
    });
    for (const states of perVariant) {
      for (const [crl, { names, state }] of states) {
        const level: Level = perVariant.every(other => other.has(crl)) ? 'error' : 'warning';
        const holder = [named!, ...files].find(({ file }) => lineIn(file, crl) !== undefined)!;
        const place = `${holder.file.path} line ${lineIn(holder.file, crl)}`;
        const known = found.get(crl) ?? { reason: state.reason, level, authorities: new Set(), place };
        found.set(crl, known);
        for (const name of names) known.authorities.add(name);
      }
    }
  }
  for (const [crl, { authorities, level, place, reason }] of found) {
    const whom = [...authorities].map(name => `"${name}"`).join(', ');
    const since = reason === 'not-yet-valid' ? ` before ${momentText(crl.thisUpdate)}` : '';
    report({
      level,
      message: `nginx refuses every client certificate issued by ${whom}${since}: the CRL of "${crl.issuer.text}" in ssl_crl ${readable(node.args[0] ?? '')} of ${nameOfServers(servers)} ${CRL_PROBLEM_TEXT[reason]}`,
      primary: { span: nodeSpan(node), text: `the CRL of "${crl.issuer.text}" (${place}) ${CRL_PROBLEM_TEXT[reason]}` },
      related: servers.map(server => ({ span: nodeSpan(server.node), text: 'the CRL is in force here' })),
      identity: [reason, node.args[0] ?? '', crl.issuer.text],
    });
  }
}

/** CRLs that no CA of any server which names the file can have signed: they revoke nobody. */
function reportStrangers(
  { report }: RuleContext,
  { node, servers, trusts }: TrustLine,
  trust: Trust,
  used: ReadonlyMap<unknown, readonly TrustLine[]>,
): void {
  const [first] = trusts;
  if (first?.crl === undefined || first.variants.length === 0) return;
  const { file } = first.crl;
  const everywhere = used.get(file)!.flatMap(line => line.trusts.flatMap(({ variants }) => variants));
  const isLacking = trusts.some(({ variants }) => variants.some(({ verdicts }) => verdicts.some(isLackingCrl)));
  for (const block of file.blocks) {
    if (block.kind !== 'crl') continue;
    const { crl } = block;
    // A wrong signature under a known name is told where the CRL is asked for.
    if (everywhere.some(variant => trust.hasSigner(crl, variant))) continue;
    const isNamesake = everywhere.some(({ certificates }) =>
      certificates.some(one => one.subject.key === crl.issuer.key),
    );
    const why = isNamesake
      ? 'signed by another key than that of the CA of this name'
      : 'signed by no CA that is configured';
    if (isNamesake && isTold(crl, trusts)) continue;
    report({
      // Next to complete CRLs one more does no harm.
      level: isLacking ? 'error' : 'note',
      message: `the CRL of "${crl.issuer.text}" in ssl_crl ${readable(node.args[0] ?? '')} of ${nameOfServers(servers)} revokes nobody: it is ${why}`,
      primary: {
        span: nodeSpan(node),
        text: `the CRL of "${crl.issuer.text}" (${file.path} line ${block.line}) is ${why}`,
      },
      related: first.files.map(named => ({ span: nodeSpan(named.node), text: 'the CAs that are configured' })),
      identity: ['stranger', node.args[0] ?? '', crl.issuer.text],
    });
  }
}

function isLackingCrl({ obstacles }: { readonly obstacles: readonly { readonly kind: string }[] }): boolean {
  return obstacles.some(({ kind }) => kind === 'crl');
}

/** Whether a CRL is the one that OpenSSL picks and refuses. */
function isTold(crl: RevocationList, trusts: TrustLine['trusts']): boolean {
  return trusts.some(({ variants }) =>
    variants.some(({ verdicts }) =>
      verdicts.some(({ obstacles }) =>
        obstacles.some(one => one.kind === 'crl' && one.state.kind === 'unusable' && one.state.crl === crl),
      ),
    ),
  );
}

/** Every CRL file with the lines that name it. */
function usedFiles(servers: readonly Server[], trust: Trust): Map<unknown, TrustLine[]> {
  const files = new Map<unknown, TrustLine[]>();
  for (const line of trustLines(servers, trust, (_, { crl }) => crl?.node)) {
    const file = line.trusts[0]?.crl?.file;
    files.set(file, [...(files.get(file) ?? []), line]);
  }
  return files;
}
