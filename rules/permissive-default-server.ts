import type { AccessRow } from '../src/analysis/access.js';
import { isHarmless, resourceOf } from '../src/analysis/exposures.js';
import { verifyMode } from '../src/analysis/handshake.js';
import { nameOfServer, nameOfSite } from '../src/analysis/names.js';
import { nodeSpan } from '../src/config/config-tree.js';
import type { Level } from '../src/finding.js';
import type { ListenSocket, VirtualServer } from '../src/model/model.js';
import { defineRule } from '../src/rule.js';

export default defineRule({
  id: 'permissive-default-server',
  group: 'Content without a verified certificate',
  summary:
    'The default server of a TLS socket with verified servers verifies nobody and answers with content to whoever asks for no name it knows.',
  level: 'error',
  precision: 'high',
  securitySeverity: '7.5',
  since: '0.1.0',
  help: 'Add a default_server that refuses: return 403 (or 444), or ssl_reject_handshake on.',

  check({ model, access, report }) {
    const done = new Set<VirtualServer>();
    for (const socket of model.sockets) {
      const server = socket.defaultServer;
      const verifying = socket.servers.find(other => other !== server && verifyMode(other) !== 'off');
      if (!socket.ssl || verifying === undefined || verifyMode(server) !== 'off' || done.has(server)) continue;
      const open = access.rows.filter(row => row.site.server === server && isOpenOn(row, socket) && !isUnused(row));
      const level = levelOf(server, socket, open, access.rows);
      if (level === undefined) continue;
      done.add(server);
      const listen = server.listens.find(other => other.socket === socket)?.node ?? server.node;
      const serious = open.find(row => !isHarmless(row)) ?? open[0];
      const verdict = serious?.access.none;
      const witness = verdict?.verdict === 'reached' ? verdict.witness : undefined;
      const how = socket.defaultIsExplicit ? 'the default server' : 'the first server, and so the default,';
      report({
        level,
        message:
          serious === undefined
            ? `server ${nameOfServer(server)} is ${how} of ${addressOf(socket)}, which ${nameOfServer(verifying)} verifies clients on, and redirects everybody`
            : `server ${nameOfServer(server)} is ${how} of ${addressOf(socket)}, which ${nameOfServer(verifying)} verifies clients on, and answers everybody with ${serious.site.content}`,
        primary: {
          span: nodeSpan(listen),
          text: socket.defaultIsExplicit ? 'the default server' : 'the default server, because it is the first here',
        },
        related: [
          ...(serious === undefined
            ? []
            : [
                {
                  span: nodeSpan(serious.site.scope.node ?? server.node),
                  text: `${nameOfSite(serious.site)} answers with content`,
                },
              ]),
          { span: nodeSpan(verifying.node), text: 'verifies client certificates on the same address' },
        ],
        ...(witness === undefined ? {} : { witness }),
        identity: [nameOfServer(server), addressOf(socket)],
      });
    }
  },
});

function addressOf({ address, port }: ListenSocket): string {
  return port === 0 ? address : `${address}:${port}`;
}

/** Whether a client without a certificate gets there over TLS. */
function isOpenOn({ access }: AccessRow, { port }: ListenSocket): boolean {
  const verdict = access.none;
  if (verdict.verdict !== 'reached') return false;
  const { tls, connect } = verdict.witness.request;
  return tls !== null && connect.port === port;
}

/**
 * nginx's own root of a server that rejects handshakes: a client that asks for a verified name by SNI and for another
 * one by Host still gets there, but nobody put anything there.
 */
function isUnused({ site }: AccessRow): boolean {
  const rejects = site.server.scope.setting('ssl_reject_handshake')?.args[0]?.toLowerCase() === 'on';
  return rejects && site.content === 'static' && site.source === undefined;
}

function levelOf(
  server: VirtualServer,
  socket: ListenSocket,
  open: readonly AccessRow[],
  rows: readonly AccessRow[],
): Level | undefined {
  if (open.length === 0) return redirects(server) ? 'note' : undefined;
  const serious = open.filter(row => !isHarmless(row));
  if (serious.length === 0) return 'note';
  const shared = new Set(
    rows.filter(row => row.site.server !== server && verifyMode(row.site.server) !== 'off').map(resourceOf),
  );
  if (serious.some(row => shared.has(resourceOf(row)))) return 'error';
  if (serious.every(row => row.site.content === 'static')) return 'warning';
  return isCatchAll(server) || socket.servers.length === 1 ? 'error' : 'warning';
}

/** No name of its own, or one that no client asks for. */
function isCatchAll(server: VirtualServer): boolean {
  return server.names.every(
    name => name.kind === 'exact' && (name.text === '' || !name.text.includes('.')) && name.text !== 'localhost',
  );
}

function redirects(server: VirtualServer): boolean {
  const steps = [server.program, ...server.locations.map(location => location.program)].flat();
  return steps.some(
    step =>
      (step.kind === 'return' && step.code >= 300 && step.code < 400) ||
      (step.kind === 'rewrite' && (step.flag === 'redirect' || step.flag === 'permanent')),
  );
}
