import { everyIf } from '../src/analysis/blocks.js';
import { rejectsHandshake } from '../src/analysis/handshake.js';
import { identityOfServer, identityOfServers, nameOfServer, nameOfServers } from '../src/analysis/names.js';
import { sharedLines } from '../src/analysis/verifying-servers.js';
import { type ConfigNode, nodePlace, nodeSpan } from '../src/config/config-tree.js';
import { peerDemand, setsVerifyMode, verifyMode } from '../src/model/client-verification.js';
import type { Server, TrafficModel, VirtualServer } from '../src/model/model.js';
import { defineRule, type RuleContext } from '../src/rule.js';

export default defineRule({
  id: 'inert-verification',
  group: 'Trust and revocation',
  summary:
    'Verification is written where it has no effect: without a TLS listener, without ssl_verify_client, or in a server without a certificate.',
  level: 'warning',
  precision: 'high',
  securitySeverity: '5.0',
  since: '0.1.0',
  help: 'Write ssl_verify_client on; into a server with "listen … ssl" and a certificate of its own, or remove what has no effect.',

  check(context) {
    const { model, servers, stream } = context;
    const open = openServers(context);
    for (const server of servers) {
      if (!open.has(server)) reportWithoutTls(context, server);
      reportWithoutCertificate(context, server);
    }
    reportWithoutMode(context);
    reportChecks(context);
    for (const part of [model, stream.model]) reportMaps(context, part);
  },
});

function hasTls({ listens }: Server): boolean {
  return listens.some(({ socket }) => socket.ssl || socket.quic);
}

/** The servers of http in which clients without a certificate get to something, or may. */
function openServers({ access }: RuleContext): ReadonlySet<Server> {
  const open = access.rows.filter(({ access: { none } }) => none.verdict !== 'refused');
  return new Set(open.map(({ site }) => site.server));
}

/**
 * `ssl_verify_client` in a server that never speaks TLS. Content of http there is the business of plaintext-listener; what
 * stream passes on may be TLS for somebody else, who then has to verify.
 */
function reportWithoutTls({ report }: RuleContext, server: Server): void {
  const [own] = server.scope.own('ssl_verify_client');
  if (own === undefined || verifyMode(server) === 'off' || hasTls(server) || server.node.gap !== undefined) return;
  report({
    message: `ssl_verify_client of server ${nameOfServer(server)} has no effect: none of its listeners has TLS`,
    primary: { span: nodeSpan(own), text: 'nobody is asked for a certificate here' },
    related: listenersOf(server),
    identity: ['no-tls', identityOfServer(server)],
  });
}

function listenersOf({ listens, node }: Server): { span: ReturnType<typeof nodeSpan>; text: string }[] {
  return listens.map(listen => ({
    span: nodeSpan(listen.node ?? node),
    text: listen.node === undefined ? 'listens on port 80, because it names no listen' : 'no ssl here',
  }));
}

/** An address on which connections arrive. */
type Socket = Server['listens'][number]['socket'];

/** Verification in a server that borrows the TLS settings of the default server, for want of a certificate. */
function reportWithoutCertificate({ report }: RuleContext, server: Server): void {
  const { listens, scope } = server;
  if (verifyMode(server) === 'off' || scope.value('ssl_certificate', '') !== '' || rejectsHandshake(server)) return;
  const [own] = ['ssl_verify_client', 'ssl_client_certificate', 'ssl_crl', 'ssl_verify_depth'].flatMap(name =>
    scope.own(name),
  );
  const borrowed = listens.find(({ socket }) => socket.ssl && socket.defaultServer !== server);
  if (own === undefined || borrowed === undefined || scope.gapFor('ssl_certificate') !== undefined) return;
  const { defaultServer } = borrowed.socket;
  const asked = verifyMode(defaultServer) !== 'off';
  report({
    message: `server ${nameOfServer(server)} has no certificate, so handshakes use the settings of ${nameOfServer(defaultServer)}: ${asked ? 'the client CAs, CRLs and depth of that server decide' : 'nobody is asked for a client certificate'}`,
    primary: { span: nodeSpan(own), text: `${own.name} has no effect on the handshake` },
    related: [{ span: nodeSpan(defaultServer.node), text: 'the default server, whose settings apply' }],
    help: 'Give the server an ssl_certificate and ssl_certificate_key of its own.',
    identity: ['no-certificate', identityOfServer(server)],
  });
}

/** A client CA in servers for which nothing sets `ssl_verify_client`. */
function reportWithoutMode({ report, servers: all }: RuleContext): void {
  const lines = sharedLines(all, ({ scope }) => {
    const node = scope.setting('ssl_client_certificate');
    return node?.args[0] === '' ? undefined : node;
  });
  for (const { node, servers } of lines) {
    if (!servers.every(asksNobody)) continue;
    report({
      message: `ssl_client_certificate of ${nameOfServers(servers)} has no effect: ssl_verify_client is not set, so nobody is asked for a certificate`,
      primary: { span: nodeSpan(node), text: 'not even read' },
      related: servers.map(server => ({ span: nodeSpan(server.node), text: 'verifies nobody' })),
      identity: ['no-mode', ...identityOfServers(servers)],
    });
  }
}

/** Nothing sets the mode, for certain; where somebody wrote `off`, it is meant. */
function asksNobody({ scope }: Server): boolean {
  return (
    scope.setting('ssl_verify_client') === undefined &&
    scope.gapFor('ssl_verify_client') === undefined &&
    !scope.effective('ssl_conf_command').some(setsVerifyMode)
  );
}

/** Checks of `$ssl_client_verify` in servers that no handshake with verification leads to. */
function reportChecks({ model, report }: RuleContext): void {
  const verifying = verifyingSockets(model.servers);
  const told = new Set<string>();
  const tell = (node: ConfigNode, where: string, effect: string, servers: readonly VirtualServer[]): void => {
    if (told.has(nodePlace(node))) return;
    told.add(nodePlace(node));
    report({
      message: `${where} checks $ssl_client_verify, and ${effect}`,
      primary: { span: nodeSpan(node), text: 'always has the same outcome' },
      related: servers.map(server => ({ span: nodeSpan(server.node), text: 'verifies nobody' })),
      identity: ['check', ...node.args, ...identityOfServers(servers)],
    });
  };
  for (const { blocks, statement } of everyIf(model)) {
    const { server } = blocks;
    const { condition, node } = statement;
    if (condition.kind !== 'equal' && condition.kind !== 'match' && condition.kind !== 'truth') continue;
    if (condition.variable.kind !== 'variable' || condition.variable.name !== 'ssl_client_verify') continue;
    if (mayVerify(server, verifying)) continue;
    const value = hasTls(server)
      ? 'NONE for every client, since no server here verifies any'
      : 'empty for every client: there is no TLS';
    tell(node, `server ${nameOfServer(server)}`, `it is ${value}`, [server]);
  }
}

/** Maps of `$ssl_client_verify` where no server verifies clients. */
function reportMaps({ report }: RuleContext, { scope, servers, variables }: TrafficModel): void {
  const verifying = verifyingSockets(servers);
  if (scope.node?.gap !== undefined || servers.some(server => mayVerify(server, verifying))) return;
  for (const { kind, node, ...definition } of variables.values()) {
    if (kind !== 'map' || !('source' in definition) || typeof definition.source === 'string') continue;
    if (!definition.source.some(piece => piece.kind === 'variable' && piece.name === 'ssl_client_verify')) continue;
    report({
      message: 'a map checks $ssl_client_verify, and no server verifies clients',
      primary: { span: nodeSpan(node), text: 'always has the same outcome' },
      identity: ['check', ...node.args],
    });
  }
}

/** The sockets on which a handshake verifies clients, or may do so by what could not be read. */
function verifyingSockets(servers: readonly Server[]): ReadonlySet<Socket> {
  const asking = servers.filter(
    server => peerDemand(server).asks !== 'nobody' || server.scope.gapFor('ssl_verify_client') !== undefined,
  );
  return new Set(asking.flatMap(({ listens }) => listens.map(({ socket }) => socket)));
}

/**
 * Whether a request can carry a verification result: its own server or another one of the address asks for it, or may do so
 * in what could not be read, which may hold servers and listeners, too.
 */
function mayVerify({ listens, node, scope }: Server, verifying: ReadonlySet<Socket>): boolean {
  if (node.gap !== undefined || scope.parent?.node?.gap !== undefined) return true;
  return listens.some(({ socket }) => socket.ssl && verifying.has(socket));
}
