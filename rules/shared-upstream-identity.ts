import type { AnyRow } from '../src/analysis/access.js';
import { identityOfServers, placeOf, readable } from '../src/analysis/names.js';
import { backEndTlsOf } from '../src/analysis/proxy-certificates.js';
import { type ContentOf, type SharedUpstream, sharedUpstreams } from '../src/analysis/shared-upstreams.js';
import { type ConfigNode, nodeSpan } from '../src/config/config-tree.js';
import type { Label } from '../src/finding.js';
import { constantText, parseTemplate } from '../src/model/template.js';
import { defineRule, type RuleContext } from '../src/rule.js';

export default defineRule({
  id: 'shared-upstream-identity',
  group: "The proxy's own certificate",
  summary:
    'Sites show different certificates to one upstream, or verify it differently, while TLS sessions or connections are reused between them.',
  level: 'error',
  precision: 'high',
  securitySeverity: '8.1',
  since: '0.1.0',
  help: 'Give each certificate and each way of verifying an upstream of its own.',

  check(context) {
    const { access, model, notice, report, stream, versions } = context;
    const content: ContentOf = (node, part) => contentOf(context, node, part);
    const { found, undecided } = sharedUpstreams(model, access, stream, versions, content);
    for (const shared of found) {
      const [first, second = first] = shared.sites as [AnyRow, ...AnyRow[]];
      report({
        ...(isOfSomeVersions(shared) ? { level: 'note' } : {}),
        message: messageOf(shared),
        primary: labelOf(second, shared),
        related: [
          ...shared.sites.filter(row => row !== second).map(row => labelOf(row, shared)),
          ...reuseLabels(shared),
        ],
        help: helpFor(shared),
        identity: [
          ...[shared.name, shared.difference, shared.shared.kind],
          ...identityOfServers(shared.sites.map(({ site }) => site.server)),
        ],
      });
    }
    for (const { site } of undecided) {
      notice({
        kind: 'not-checked',
        text: `which certificate ${placeOf(site)} shows to its upstream is not decided, so whether it shares sessions with another one was not checked`,
        span: nodeSpan(backEndTlsOf(site)?.certificate?.node ?? site.server.node),
        fatal: false,
      });
    }
  },
});

/** What a file holds; undefined where it cannot be read, or a variable names it. */
function contentOf({ pem }: RuleContext, node: ConfigNode, part: 'first' | 'all'): string | undefined {
  const argument = node.name.endsWith('_conf_command') ? 1 : 0;
  if (constantText(parseTemplate(node.args[argument] ?? '')) === undefined) return undefined;
  const objects = pem(node, argument)?.blocks.flatMap((block): Uint8Array[] => {
    if (block.kind === 'certificate') return [block.certificate.der];
    return block.kind === 'crl' && part === 'all' ? [block.crl.der] : [];
  });
  const wanted = (part === 'first' ? objects?.slice(0, 1) : objects) ?? [];
  return wanted.length === 0 ? undefined : wanted.map(der => Buffer.from(der).toString('base64')).join('\n');
}

function isOfSomeVersions({ shared }: SharedUpstream): boolean {
  return shared.kind === 'connections' && shared.extent === 'some';
}

function messageOf(found: SharedUpstream): string {
  const { difference, name, shared, sites } = found;
  const [{ site }] = sites as [AnyRow, ...AnyRow[]];
  const reused = shared.kind === 'sessions' ? 'TLS sessions are reused' : 'connections are kept open';
  const versions = isOfSomeVersions(found) ? ' from nginx 1.29.7 on' : '';
  const where = placeOf(site);
  if (sites.length === 1) {
    return `requests of ${where} go to ${readable(name)} under different certificates while ${reused}${versions}: one can arrive under the certificate of another`;
  }
  return difference === 'certificate'
    ? `sites show ${sites.length} different certificates${sites.some(showsNone) ? ' (one of them none at all)' : ''} to ${readable(name)} while ${reused}${versions}: requests can arrive under the certificate of another site`
    : `sites verify ${readable(name)} in ${sites.length} different ways while ${reused}${versions}: the verification of one site can stand for that of another`;
}

function showsNone({ site }: AnyRow): boolean {
  return backEndTlsOf(site)?.certificate === undefined;
}

/** The line of a site that makes the difference. */
function labelOf({ site }: AnyRow, { difference, sites }: SharedUpstream): Label {
  const tls = backEndTlsOf(site)!;
  if (difference === 'verification') {
    const node = tls.setting('ssl_verify') ?? tls.pass;
    return { span: nodeSpan(node), text: tls.isVerified ? 'verifies the back end' : 'does not verify the back end' };
  }
  const node = tls.certificate?.node;
  if (node === undefined) return { span: nodeSpan(tls.pass), text: 'shows no certificate' };
  return { span: nodeSpan(node), text: sites.length === 1 ? 'depends on the request' : 'shows this certificate' };
}

/** The lines that share sessions or connections, where they are written. */
function reuseLabels({ node, shared, sites }: SharedUpstream): Label[] {
  const keepalive = node?.children?.find(({ name }) => name === 'keepalive');
  if (shared.kind === 'connections') {
    return keepalive === undefined ? [] : [{ span: nodeSpan(keepalive), text: 'keeps connections open' }];
  }
  const passes = sites.flatMap(({ site }) => backEndTlsOf(site)?.setting('ssl_session_reuse') ?? []);
  return passes.map(pass => ({ span: nodeSpan(pass), text: 'reuses sessions' }));
}

function helpFor({ shared, sites }: SharedUpstream): string | undefined {
  const { prefix } = backEndTlsOf(sites[0]!.site)!;
  if (sites.length > 1) return undefined;
  return shared.kind === 'sessions'
    ? `Set ${prefix}_ssl_session_reuse off here, and keep no connections to this upstream open.`
    : 'Keep no connections to this upstream open.';
}
