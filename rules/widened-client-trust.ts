import { listed, nameOfServers, readable } from '../src/analysis/names.js';
import type { NamedFile, ServerTrust, Trust, TrustVariant } from '../src/analysis/trust.js';
import { lineIn } from '../src/analysis/trust-text.js';
import { type TrustLine, trustLines } from '../src/analysis/verifying-servers.js';
import { nodeSpan } from '../src/config/config-tree.js';
import type { Certificate } from '../src/pki/certificate.js';
import { defineRule, type RuleContext } from '../src/rule.js';

/** A root that a file adds to those of the client CA file. */
interface AddedRoot {
  readonly root: Certificate;
  readonly named: NamedFile;
  /** True where its clients are accepted by every version of nginx; false where CRLs or a version stop them. */
  readonly isAccepted: boolean;
  readonly versions: TrustVariant['versions'];
}

export default defineRule({
  id: 'widened-client-trust',
  group: 'Trust and revocation',
  summary:
    'Another file than the client CA file adds CAs whose certificates pass client verification, such as a public chain for OCSP stapling.',
  level: 'error',
  precision: 'high',
  securitySeverity: '8.1',
  since: '0.1.0',
  help: 'Leave the self-signed root out of the ssl_trusted_certificate file: stapling needs the intermediate CA only, which by itself adds nobody.',

  check(context) {
    const { servers, trust } = context;
    if (trust === undefined) return;
    for (const role of ['trusted', 'crl'] as const) {
      const lines = trustLines(servers, trust, (server, found) => {
        const { crl, files, isReplaced, unread } = found;
        const client = server.scope.setting('ssl_client_certificate');
        // With no client CA of its own the server means the trusted ones (since 1.27.2).
        if (isReplaced || client === undefined || client.args[0] === '') return undefined;
        if (role === 'crl') return crl?.node;
        const trusted = server.scope.setting('ssl_trusted_certificate');
        const isNamed = files.some(named => named.node === trusted) || unread.some(node => node === trusted);
        return isNamed && trusted?.args[0] !== client.args[0] ? trusted : undefined;
      });
      for (const line of lines) judge(context, trust, line, role);
    }
  },
});

function judge({ report }: RuleContext, trust: Trust, line: TrustLine, role: 'trusted' | 'crl'): void {
  const { node, servers, trusts } = line;
  const file = readable(node.args[0] ?? '');
  const owner = nameOfServers(servers);
  const isUnread = trusts.some(
    ({ unread }) =>
      unread.includes(node) || unread.some(other => other.name === node.name && other.args[0] === node.args[0]),
  );
  if (isUnread) {
    if (role === 'crl') return;
    report({
      level: 'warning',
      message: `every client certificate of a root in ${node.name} ${file} passes the verification of ${owner}; the file could not be read`,
      primary: { span: nodeSpan(node), text: 'a self-signed root in here would be a client CA as well' },
      related: servers.map(server => ({ span: nodeSpan(server.node), text: 'verifies clients with it' })),
      identity: ['unread', node.args[0] ?? ''],
    });
    return;
  }
  const added = new Map<string, AddedRoot>();
  for (const one of trusts) {
    for (const root of addedRoots(trust, one, role)) {
      const known = added.get(root.root.subject.text);
      if (known === undefined || !known.isAccepted) added.set(root.root.subject.text, root);
    }
  }
  if (added.size === 0) return;
  const roots = [...added.values()];
  const accepted = roots.filter(({ isAccepted }) => isAccepted);
  const shown = accepted.length > 0 ? accepted : roots;
  const names = listed(
    shown.map(({ root }) => root.subject.text),
    'or',
  );
  const [first] = shown;
  const since = first!.isAccepted || first!.versions === 'all' ? '' : ` by nginx ${first!.versions}`;
  report({
    level: accepted.length > 0 ? 'error' : 'warning',
    message:
      accepted.length > 0 || since !== ''
        ? `${owner} accepts every client certificate issued by ${names}${since}: ${node.name} ${file} adds to its client CAs`
        : `only a missing CRL keeps ${owner} from accepting every client certificate issued by ${names}: ${node.name} ${file} adds to its client CAs`,
    primary: { span: nodeSpan(node), text: 'its roots are client CAs as well' },
    related: [
      ...shown.map(({ named, root }) => ({
        span: nodeSpan(named.node),
        text: `"${root.subject.text}" (${named.file.path} line ${lineIn(named.file, root)})${trust.isPublicRoot(root) ? ', a public CA' : ''}`,
      })),
      ...servers.map(server => ({ span: nodeSpan(server.node), text: 'verifies clients with it' })),
    ],
    ...(role === 'crl' ? { help: 'Leave certificates out of the ssl_crl file.' } : {}),
    identity: [node.name, node.args[0] ?? '', ...shown.map(({ root }) => root.subject.text).sort()],
  });
}

function addedRoots(trust: Trust, { crl, files, variants }: ServerTrust, role: 'trusted' | 'crl'): AddedRoot[] {
  const named = role === 'crl' ? crl : files.find(one => one.role === role);
  if (named === undefined) return [];
  const meant = files.filter(one => one.role === 'client' || (role === 'crl' && one.role === 'trusted'));
  const found = new Map<Certificate, AddedRoot>();
  for (const { verdicts, versions } of variants) {
    const usable = verdicts.filter(({ problem }) => problem === undefined);
    // A root that completes the chain of a client CA is meant, although it lets in all of its own clients as well.
    const completing = new Set(
      usable.flatMap(({ path }) => (path.some(one => meant.some(file => trust.holds(file, one))) ? [path.at(-1)] : [])),
    );
    for (const { obstacles, path } of usable) {
      const root = path.at(-1)!;
      if (completing.has(root) || lineIn(named.file, root) === undefined) continue;
      const isAccepted = obstacles.length === 0 && (versions === 'all' || variants.length === 1);
      const known = found.get(root);
      if (known === undefined || !known.isAccepted) found.set(root, { root, named, isAccepted, versions });
    }
  }
  return [...found.values()];
}
