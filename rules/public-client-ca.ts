import { listed, nameOfServers, readable } from '../src/analysis/names.js';
import type { NamedFile, ServerTrust, Trust } from '../src/analysis/trust.js';
import { type TrustLine, trustLines } from '../src/analysis/verifying-servers.js';
import { nodeSpan } from '../src/config/config-tree.js';
import { defineRule, type RuleContext } from '../src/rule.js';

/** Where systems and languages keep the CAs of the public web. */
const SYSTEM_BUNDLES =
  /(?:^|\/)(?:ca-certificates\.crt|ca-bundle(?:\.trust)?\.(?:crt|pem)|tls-ca-bundle\.pem|cacert\.pem|etc\/ssl\/cert\.pem|ca-root-nss\.crt)$/;

export default defineRule({
  id: 'public-client-ca',
  group: 'Trust and revocation',
  summary:
    'A public CA, or the bundle of CAs that the system trusts for web sites, is the client CA: anybody can get a certificate of one of them.',
  level: 'error',
  precision: 'very-high',
  securitySeverity: '9.1',
  since: '0.1.0',
  help: 'Make a CA of your own that issues client certificates and nothing else, and put only its certificate into the file.',

  check(context) {
    const { servers, trust } = context;
    if (trust === undefined) return;
    const lineOf = (server: TrustLine['servers'][number], { files, unread }: ServerTrust) =>
      files.find(isMeant)?.node ??
      (unread.includes(server.scope.setting('ssl_client_certificate')!)
        ? server.scope.setting('ssl_client_certificate')
        : undefined);
    for (const line of trustLines(servers, trust, lineOf)) judge(context, trust, line);
  },
});

/** ssl_trusted_certificate is the business of widened-client-trust. */
function isMeant({ role }: NamedFile): boolean {
  return role === 'client' || role === 'command';
}

function judge({ report }: RuleContext, trust: Trust, { node, servers, trusts }: TrustLine): void {
  const roots = new Set<string>();
  for (const one of trusts) {
    for (const named of one.files.filter(isMeant)) {
      const verdicts = trust.verdictsOn(named, one.variants.at(-1)?.accepted ?? []);
      for (const { authority } of verdicts) if (trust.isPublicRoot(authority)) roots.add(authority.subject.text);
    }
  }
  const written = readable(node.args[node.name === 'ssl_conf_command' ? 1 : 0] ?? '');
  const isBundle = SYSTEM_BUNDLES.test(written);
  const isUnread = trusts.every(({ variants }) => variants.length === 0);
  if (roots.size === 0 && !(isBundle && isUnread)) return;
  const what = roots.size > 0 ? `of ${listed([...roots], 'or')}` : 'of a public CA';
  report({
    message: `${nameOfServers(servers)} accepts every client certificate ${what}: ${node.name} ${written} holds public CAs, which certify anybody`,
    primary: {
      span: nodeSpan(node),
      text:
        roots.size > 0
          ? `${roots.size === 1 ? 'a public CA' : `${roots.size} public CAs`} in here`
          : 'the CAs of the public web',
    },
    related: servers.map(server => ({ span: nodeSpan(server.node), text: 'verifies clients with it' })),
    identity: [node.name, written],
  });
}
