import { rejectsHandshake } from '../src/analysis/handshake.js';
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
      const policies = policiesOf(socket, trust);
      for (const policy of policies) {
        // The laxest first, so that one that accepts more is found at once if there is any.
        const laxer = policies.find(other => other !== policy && other.keepsSessions && acceptsMore(other, policy));
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
            identity: [nameOfServer(server)],
          });
        }
      }
    }
  },
});

/** What servers of an address verify alike. */
interface Policy {
  readonly servers: VirtualServer[];
  /** The authorities that are accepted; undefined where they are not known. */
  readonly accepted: ReadonlySet<string> | undefined;
  /** The files that are named for them. */
  readonly files: string;
  readonly crl: string;
  readonly depth: number;
  readonly hasOcsp: boolean;
  /** Whether a client can keep a session of one of these servers. */
  readonly keepsSessions: boolean;
}

/** The policies of the verifying servers of an address, those that accept most CAs first. */
function policiesOf(socket: ListenSocket, trust: Trust | undefined): Policy[] {
  const policies = new Map<string, Policy>();
  // Servers that name the same files share a set; sets of equal content get one number.
  const numbers = new Map<ReadonlySet<string> | string, number>();
  const numberOf = (set: ReadonlySet<string>): number => {
    let number = numbers.get(set);
    if (number === undefined) {
      const content = [...set].sort().join('\n');
      number = numbers.get(content) ?? numbers.size;
      numbers.set(content, number).set(set, number);
    }
    return number;
  };
  for (const server of socket.servers) {
    if (!verifiesItself(server)) continue;
    const { scope } = server;
    const accepted = trust?.acceptedBy(server);
    const files = `${scope.value('ssl_client_certificate', '')}\n${scope.value('ssl_trusted_certificate', '')}`;
    const crl = scope.value('ssl_crl', '');
    const depth = Number(scope.value('ssl_verify_depth', '1'));
    const hasOcsp = scope.value('ssl_ocsp', 'off').toLowerCase() !== 'off';
    const keeps = keepsSessions(server, socket);
    const key = JSON.stringify([accepted === undefined ? files : numberOf(accepted), crl, depth, hasOcsp, keeps]);
    const policy = policies.get(key);
    if (policy !== undefined) policy.servers.push(server);
    else policies.set(key, { servers: [server], accepted, files, crl, depth, hasOcsp, keepsSessions: keeps });
  }
  return [...policies.values()].sort((one, other) => (other.accepted?.size ?? 0) - (one.accepted?.size ?? 0));
}

/** Whether a client can be accepted by one policy and refused by another; where files are not known, by their names. */
function acceptsMore(one: Policy, other: Policy): boolean {
  const { accepted } = other;
  if (one.accepted === undefined || accepted === undefined) {
    if (one.files !== other.files) return true;
  } else if ([...one.accepted].some(key => !accepted.has(key))) {
    return true;
  }
  return (other.crl !== '' && one.crl !== other.crl) || one.depth > other.depth || (other.hasOcsp && !one.hasOcsp);
}

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
