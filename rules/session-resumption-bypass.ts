import { rejectsHandshake, verifyMode } from '../src/analysis/handshake.js';
import { nameOfServer } from '../src/analysis/names.js';
import type { Trust } from '../src/analysis/trust.js';
import { verifiesItself } from '../src/analysis/verifying-servers.js';
import { nodeSpan } from '../src/config/config-tree.js';
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

  check({ model, report, trust, versions }) {
    const reported = new Set<VirtualServer>();
    for (const socket of model.sockets) {
      if (!socket.ssl || rejectsHandshake(socket.defaultServer)) continue;
      const affected = versions.within(...vulnerableVersions(socket));
      if (affected === 'none') continue;
      const verifying = socket.servers.filter(verifiesItself);
      for (const server of verifying) {
        if (reported.has(server)) continue;
        const laxer = verifying.filter(
          other => other !== server && keepsSessions(other, socket) && acceptsMore(other, server, trust),
        );
        const [first] = laxer;
        if (first === undefined) continue;
        reported.add(server);
        const verify = server.scope.setting('ssl_verify_client') ?? server.node;
        report({
          level: affected === 'all' ? 'error' : 'warning',
          message: `server ${nameOfServer(server)} takes TLS 1.3 sessions that clients made with ${nameOfServer(first)}, which accepts others, and does not verify again (CVE-2025-23419)${versionText(versions)}, unless your build carries the fix`,
          primary: { span: nodeSpan(verify), text: 'passed by with a session of another server' },
          related: laxer.map(other => ({
            span: nodeSpan(other.node),
            text: 'accepts client certificates that this server does not',
          })),
          identity: [nameOfServer(server)],
        });
      }
    }
  },
});

function versionText({ exact }: NginxVersions): string {
  return exact === undefined ? ' before nginx 1.26.3 and, of 1.27, before 1.27.4' : ` in nginx ${exact}`;
}

/** Before 1.29.2 the default server of the address chooses the protocol. */
function vulnerableVersions({ defaultServer }: ListenSocket): readonly VersionRange[] {
  const { scope } = defaultServer;
  const highest = scope.effective('ssl_conf_command').find(({ args }) => args[0]?.toLowerCase() === 'maxprotocol');
  if (highest !== undefined && highest.args[1]?.toLowerCase() !== 'tlsv1.3') return [];
  const protocols = scope.setting('ssl_protocols');
  if (protocols === undefined) return WITH_DEFAULT_PROTOCOLS;
  return protocols.args.some(protocol => protocol.toLowerCase() === 'tlsv1.3') ? VULNERABLE : [];
}

/** Tickets are on by default; without them a cache of the server or of the address's default server keeps sessions. */
function keepsSessions(server: VirtualServer, { defaultServer }: ListenSocket): boolean {
  if (server.scope.value('ssl_session_tickets', 'on').toLowerCase() !== 'off') return true;
  return [server, defaultServer].some(({ scope }) => {
    const caches = scope.setting('ssl_session_cache')?.args ?? ['none'];
    return caches.some(cache => cache !== 'off' && cache !== 'none');
  });
}

/** Whether a server can accept a client that another one refuses; where files are not known, whether they have others. */
function acceptsMore(server: VirtualServer, other: VirtualServer, trust: Trust | undefined): boolean {
  const more = trust?.acceptedOnlyBy(server, other);
  if (more === undefined ? differs(server, other) : more.length > 0) return true;
  const value = (name: string, fallback: string) => [server, other].map(({ scope }) => scope.value(name, fallback));
  const [crl, otherCrl] = value('ssl_crl', '');
  const [depth, otherDepth] = value('ssl_verify_depth', '1').map(Number);
  const [ocsp, otherOcsp] = value('ssl_ocsp', 'off');
  return (
    (otherCrl !== '' && crl !== otherCrl) ||
    depth! > otherDepth! ||
    (otherOcsp !== 'off' && ocsp === 'off' && verifyMode(server) !== 'optional_no_ca')
  );
}

function differs(server: VirtualServer, other: VirtualServer): boolean {
  return ['ssl_client_certificate', 'ssl_trusted_certificate'].some(
    name => server.scope.value(name, '') !== other.scope.value(name, ''),
  );
}
