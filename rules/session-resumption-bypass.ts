import { rejectsHandshake, trustedFiles } from '../src/analysis/handshake.js';
import { identityOfServer, nameOfServer } from '../src/analysis/names.js';
import { policyGaps } from '../src/analysis/policy-gaps.js';
import { keepsSessions, speaksTls13 } from '../src/analysis/tls-sessions.js';
import { verifiesItself } from '../src/analysis/verifying-servers.js';
import { nodeSpan } from '../src/config/config-tree.js';
import type { ClientTrust } from '../src/model/client-trust.js';
import type { ListenSocket, VirtualServer } from '../src/model/model.js';
import type { NginxVersions, VersionRange } from '../src/model/versions.js';
import { defineRule } from '../src/rule.js';

/** CVE-2025-23419: nginx took TLS 1.3 sessions of other names (mtls-semantics 7). */
const VULNERABLE: readonly VersionRange[] = [
  { from: '1.11.4', below: '1.26.3' },
  { from: '1.27.0', below: '1.27.4' },
];
/** TLS 1.3 is among the protocols that nginx speaks unless told otherwise since 1.23.4. */
const WITH_DEFAULT_PROTOCOLS: readonly VersionRange[] = [
  { from: '1.23.4', below: '1.26.3' },
  { from: '1.27.0', below: '1.27.4' },
];

export default defineRule({
  id: 'session-resumption-bypass',
  group: 'Content without a verified certificate',
  summary:
    'Before nginx 1.26.3 and 1.27.4 a TLS session made with one server of an address is taken up by another one that verifies others (CVE-2025-23419).',
  level: 'error',
  precision: 'high',
  securitySeverity: '6.5',
  since: '0.1.0',
  help: 'Update nginx to 1.26.3, 1.27.4 or later, or turn resumption off for the address: ssl_session_tickets off; ssl_session_cache off;',

  check({ model, report, versions }) {
    const reported = new Set<VirtualServer>();
    for (const socket of model.sockets) {
      if (!socket.ssl || rejectsHandshake(socket.defaultServer)) continue;
      const affected = versions.within(...vulnerableVersions(socket));
      if (affected === 'none') continue;
      const policies = policiesOf(socket, model.trust);
      for (const policy of policies) {
        // The laxest first, so that one that accepts more is found at once if there is any.
        const laxer = policies.find(
          other => other !== policy && other.keepsSessions && acceptsMore(other, policy, model.trust),
        );
        if (laxer === undefined) continue;
        const [other] = laxer.servers;
        for (const server of policy.servers) {
          if (reported.has(server)) continue;
          reported.add(server);
          const verify = server.scope.setting('ssl_verify_client') ?? server.node;
          report({
            level: affected === 'all' ? 'error' : 'warning',
            message: `server ${nameOfServer(server)} takes TLS 1.3 sessions that clients made with ${nameOfServer(other!)}, which accepts others, and does not verify again (CVE-2025-23419)${versionText(versions)}, unless your build carries the fix`,
            primary: { span: nodeSpan(verify), text: 'passed by with a session of another server' },
            related: [
              { span: nodeSpan(server.node), text: 'takes the session' },
              { span: nodeSpan(other!.node), text: 'accepts client certificates that this server does not' },
            ],
            identity: [identityOfServer(server)],
          });
        }
      }
    }
  },
});

/** What servers of an address verify alike. */
interface Policy {
  readonly servers: VirtualServer[];
  /** How many CAs are accepted, or files named. */
  readonly size: number;
  /** Whether a client can keep a session of one of these servers. */
  readonly keepsSessions: boolean;
}

/** The policies of the verifying servers of an address, those that accept most CAs first. */
function policiesOf(socket: ListenSocket, trust: ClientTrust | undefined): Policy[] {
  const policies = new Map<string, Policy>();
  // Servers that name the same files share a list.
  const numbers = new Map<unknown, number>();
  for (const server of socket.servers) {
    if (!verifiesItself(server)) continue;
    const { scope } = server;
    const authorities = trust?.authoritiesOf(server);
    const number = authorities && (numbers.get(authorities) ?? numbers.size);
    if (number !== undefined) numbers.set(authorities, number);
    const files = trustedFiles(server);
    const keeps = keepsSessions(server, socket);
    const settings = ['ssl_crl', 'ssl_verify_depth', 'ssl_ocsp'].map(name => scope.value(name, ''));
    const key = JSON.stringify([number ?? files, settings, keeps]);
    const policy = policies.get(key);
    if (policy !== undefined) policy.servers.push(server);
    else policies.set(key, { servers: [server], size: (authorities ?? files).length, keepsSessions: keeps });
  }
  return [...policies.values()].sort((one, other) => other.size - one.size);
}

function acceptsMore(
  { servers: [one] }: Policy,
  { servers: [other] }: Policy,
  trust: ClientTrust | undefined,
): boolean {
  return policyGaps(one!, other!, trust).length > 0;
}

function versionText({ exact }: NginxVersions): string {
  return exact === undefined ? ' before nginx 1.26.3 and, of 1.27, before 1.27.4' : ` in nginx ${exact}`;
}

/** Before 1.29.2 the default server of the address chooses the protocol. */
function vulnerableVersions({ defaultServer }: ListenSocket): readonly VersionRange[] {
  const speaks = speaksTls13(defaultServer);
  if (speaks === undefined) return WITH_DEFAULT_PROTOCOLS;
  return speaks ? VULNERABLE : [];
}
