import { type ConfigNode, nodeSpan } from '../src/config/config-tree.js';
import type { Label } from '../src/finding.js';
import type { VirtualServer } from '../src/model/model.js';
import type { Certificate } from '../src/pki/certificate.js';
import { type AuthorityCoverage, type Obstacle, revocationCoverage } from '../src/pki/chain.js';
import { certificatesOf, crlsOf, type PemFile } from '../src/pki/pem.js';
import { defineRule, type RuleContext } from '../src/rule.js';
import { decodeBytes } from '../src/source/source-file.js';

/** A directive and the file that it names. */
interface NamedFile {
  readonly node: ConfigNode;
  readonly file: PemFile;
}

/** An issuer without a CRL that serves, and where it is trusted. */
interface Gap {
  readonly issuer: Certificate;
  readonly text: string;
  readonly trusted: NamedFile;
  /** Line of the trusted file. */
  readonly line: number;
}

/** Everything that one `ssl_crl` line does, in however many servers it is in force. */
interface CrlLine {
  readonly node: ConfigNode;
  readonly servers: VirtualServer[];
  /** Combinations of trusted files that were judged already. */
  readonly judged: Set<string>;
  /** By the subject as text. */
  readonly gaps: Map<string, Gap>;
  readonly refused: Map<string, AuthorityCoverage>;
  /** False while every gap would be closed by CRLs in the trusted files, which nginx read before 1.27.2. */
  concernsOldNginx: boolean;
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
    const lines = new Map<string, CrlLine>();
    const broken = new Set<PemFile>();
    for (const server of context.model.servers) {
      const node = server.scope.setting('ssl_crl');
      if (node === undefined || node.args[0] === '' || !verifiesClients(server)) continue;
      const crlFile = load(context, node, broken);
      const trusted = trustedFiles(context, server, broken);
      if (crlFile === undefined || trusted === undefined) continue;

      const key = `${node.source.path}:${node.directive.start}`;
      const line: CrlLine = lines.get(key) ?? {
        node,
        servers: [],
        judged: new Set(),
        gaps: new Map(),
        refused: new Map(),
        concernsOldNginx: false,
        concernsOldOpenssl: false,
      };
      lines.set(key, line);
      line.servers.push(server);
      judge(line, crlFile, trusted, context.now.getTime());
    }
    for (const line of lines.values()) if (line.gaps.size > 0) reportLine(context, line);
  },
});

/** Whether the server's own verification settings come into force in a handshake that lets clients in. */
function verifiesClients({ scope, listens }: VirtualServer): boolean {
  return (
    scope.value('ssl_verify_client', 'off') !== 'off' &&
    listens.some(({ socket }) => socket.ssl || socket.quic) &&
    // Without a certificate the server has no SSL context (ngx_http_ssl_merge_srv_conf): another server's applies.
    scope.value('ssl_certificate', '') !== '' &&
    scope.value('ssl_reject_handshake', 'off') !== 'on'
  );
}

/** The file of a directive; undefined, with a notice, where nginx could not load it either. */
function load(context: RuleContext, node: ConfigNode, broken: Set<PemFile>): PemFile | undefined {
  const file = context.pem(node);
  if (file?.problem === undefined) return file;
  if (!broken.has(file)) {
    broken.add(file);
    context.notice({
      kind: 'not-checked',
      text: `${node.name} ${file.path}: ${file.problem.text} (line ${file.problem.line}); nginx refuses to load it, so its content was not checked`,
      span: nodeSpan(node),
      fatal: false,
    });
  }
  return undefined;
}

/** The files of the trust store in the order in which nginx loads them; undefined where one cannot be read. */
function trustedFiles(context: RuleContext, { scope }: VirtualServer, broken: Set<PemFile>): NamedFile[] | undefined {
  const found: NamedFile[] = [];
  for (const name of ['ssl_client_certificate', 'ssl_trusted_certificate']) {
    const node = scope.setting(name);
    // An empty argument cancels what an outer level says (mtls-semantics 2).
    if (node === undefined || node.args[0] === '') continue;
    const file = load(context, node, broken);
    if (file === undefined) return undefined;
    found.push({ node, file });
  }
  return found;
}

function judge(line: CrlLine, crlFile: PemFile, trusted: readonly NamedFile[], now: number): void {
  const combination = trusted.map(({ file }) => file.path).join('\n');
  if (line.judged.has(combination)) return;
  line.judged.add(combination);

  const certificates = trusted.flatMap(({ file }) => certificatesOf(file));
  const crls = crlsOf(crlFile);
  const refused = withGaps(revocationCoverage(certificates, crls, now));
  if (refused.length === 0) return;
  const places = new Map<Certificate, Pick<Gap, 'trusted' | 'line'>>();
  for (const one of trusted) {
    for (const block of one.file.blocks) {
      if (block.kind === 'certificate') places.set(block.certificate, { trusted: one, line: block.line });
    }
  }
  for (const coverage of refused) {
    line.refused.set(coverage.authority.subject.text, coverage);
    for (const obstacle of coverage.obstacles) {
      if (!isGap(obstacle)) continue;
      const { issuer } = obstacle;
      line.gaps.set(issuer.subject.text, { issuer, text: gapText(obstacle), ...places.get(issuer)! });
    }
  }
  // Before 1.27.2 nginx also took CRLs out of the trusted files (mtls-semantics 4).
  const older = [...crls, ...trusted.flatMap(({ file }) => crlsOf(file))];
  if (older.length === crls.length || withGaps(revocationCoverage(certificates, older, now)).length > 0) {
    line.concernsOldNginx = true;
  }
  if (refused.some(({ obstacles }) => obstacles.some(one => isGap(one) && one.state.delta === undefined))) {
    line.concernsOldOpenssl = true;
  }
}

type GapObstacle = Extract<Obstacle, { readonly kind: 'crl' }>;

/** A CRL that is there and only out of date or of a signer that may not sign is other rules' business. */
function isGap(obstacle: Obstacle): obstacle is GapObstacle {
  if (obstacle.kind !== 'crl') return false;
  const { state } = obstacle;
  return state.kind === 'missing' || state.reason === 'wrong-signature' || state.reason === 'wrong-scope';
}

function withGaps(coverage: readonly AuthorityCoverage[]): AuthorityCoverage[] {
  return coverage.filter(({ obstacles }) => obstacles.some(isGap));
}

function gapText({ state }: GapObstacle): string {
  if (state.delta !== undefined) {
    return 'has only a delta CRL here that serves; OpenSSL before 3.0.22 took it for a complete one';
  }
  if (state.kind === 'missing') {
    if (state.namesakes.some(({ deltaOf }) => deltaOf !== undefined)) return 'has no complete CRL here';
    return state.namesakes.length === 0 ? 'has no CRL here' : 'has no CRL here, only one of another key in its name';
  }
  return state.reason === 'wrong-signature'
    ? 'has a CRL here whose signature is wrong'
    : 'has a CRL here that leaves out a part of what it issued';
}

/** How many names a message lists; the labels list them all. */
const SHOWN_NAMES = 4;

function reportLine(context: RuleContext, line: CrlLine): void {
  const { node, servers, gaps, refused } = line;
  const file = decodeBytes(node.args[0] ?? '').join('');
  const missing = [...gaps.keys()];
  const issuing = [...refused.values()].filter(({ clients }) => clients === 'issued');
  const pinned = [...refused.values()].filter(({ clients }) => clients === 'itself');
  const whom = [
    ...(issuing.length > 0 ? [`every client certificate issued by ${listed(issuing.map(subjectOf), 'or')}`] : []),
    ...(pinned.length > 0 ? [`the client certificate ${listed(pinned.map(subjectOf), 'and')}`] : []),
  ].join(' and ');
  const since =
    (line.concernsOldNginx ? '' : ' from 1.27.2 on') + (line.concernsOldOpenssl ? '' : ' with OpenSSL 3.0.22 or later');
  const gap = `no CRL that serves for ${listed(missing, 'and')}`;
  context.report({
    level: since === '' ? 'error' : 'warning',
    message: `nginx${since} refuses ${whom}: ssl_crl ${file} of ${serversText(servers)} holds ${gap}`,
    primary: { span: nodeSpan(node), text: gap },
    related: [
      ...[...gaps.values()].map(gapLabel),
      ...servers.map(server => ({ span: nodeSpan(server.node), text: `${serverText(server)} refuses these clients` })),
    ],
    identity: ['ssl_crl', node.args[0] ?? '', ...missing.sort()],
  });
}

function gapLabel({ issuer, text, line, trusted: { node, file } }: Gap): Label {
  return { span: nodeSpan(node), text: `"${issuer.subject.text}" (${file.path} line ${line}) ${text}` };
}

function subjectOf({ authority }: AuthorityCoverage): string {
  return authority.subject.text;
}

/** `"a"`, `"a" or "b"`, `"a", "b", "c" or 7 more`. */
function listed(names: readonly string[], conjunction: 'and' | 'or'): string {
  const shown = names.length > SHOWN_NAMES ? names.slice(0, SHOWN_NAMES - 1) : names;
  const rest = names.length - shown.length;
  const parts = [...shown.map(name => `"${name}"`), ...(rest > 0 ? [`${rest} more`] : [])];
  return parts.length === 1 ? parts[0]! : `${parts.slice(0, -1).join(', ')} ${conjunction} ${parts.at(-1)}`;
}

function serversText(servers: readonly VirtualServer[]): string {
  return servers.length === 1 ? serverText(servers[0]!) : `${servers.length} servers`;
}

function serverText({ scope }: VirtualServer): string {
  const name = scope.own('server_name')[0]?.args[0] ?? '';
  return name === '' ? 'a server without a name' : `server ${decodeBytes(name).join('')}`;
}
