import type { AccessRow } from '../src/analysis/access.js';
import { confirm } from '../src/analysis/confirm.js';
import { groupBy, isHarmless, resourceOf } from '../src/analysis/exposures.js';
import { rejectsHandshake, verifyMode } from '../src/analysis/handshake.js';
import { nameOfServer, nameOfSite } from '../src/analysis/names.js';
import type { Request, Witness } from '../src/analysis/request.js';
import { siteKey } from '../src/analysis/sites.js';
import { nodeSpan } from '../src/config/config-tree.js';
import type { Level } from '../src/finding.js';
import type { HttpModel, ListenSocket, VirtualServer } from '../src/model/model.js';
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

  check({ model, access, isFragment, report, settings }) {
    const done = new Set<VirtualServer>();
    const rowsOf = new Map(groupBy(access.rows, row => row.site.server).map(rows => [rows[0].site.server, rows]));
    const verified = new Set(
      access.rows.filter(row => verifyMode(row.site.server) !== 'off').map(row => resourceOf(row) ?? ''),
    );
    verified.delete('');
    for (const socket of model.sockets) {
      const server = socket.defaultServer;
      const verifying = socket.servers.find(other => other !== server && verifyMode(other) !== 'off');
      if (!socket.ssl || verifying === undefined || verifyMode(server) !== 'off' || done.has(server)) continue;
      // Which server of several files comes first is not known of one of them.
      if (isFragment && !socket.defaultIsExplicit) continue;
      const open = (rowsOf.get(server) ?? []).flatMap(row => (isUnused(row) ? [] : (openOn(model, row, socket) ?? [])));
      const level = levelOf(server, open, verified);
      if (level === undefined) continue;
      done.add(server);
      const listen = server.listens.find(other => other.socket === socket)?.node ?? server.node;
      const serious = open.find(({ row }) => !isHarmless(row)) ?? open[0];
      const site = serious?.row.site;
      if (site === undefined && settings.acceptedRefusals.includes('redirect')) continue;
      const how = socket.defaultIsExplicit ? 'the default server' : 'the first server, and so the default,';
      report({
        level,
        message:
          site === undefined
            ? `server ${nameOfServer(server)} is ${how} of ${addressOf(socket)}, which ${nameOfServer(verifying)} verifies clients on, and redirects everybody`
            : `server ${nameOfServer(server)} is ${how} of ${addressOf(socket)}, which ${nameOfServer(verifying)} verifies clients on, and answers everybody with ${site.content}`,
        primary: {
          span: nodeSpan(listen),
          text: socket.defaultIsExplicit ? 'the default server' : 'the default server, because it is the first here',
        },
        related: [
          ...(site === undefined
            ? []
            : [
                {
                  span: nodeSpan(site.scope.node ?? server.node),
                  text: `${nameOfSite(site)} answers with content`,
                },
              ]),
          { span: nodeSpan(verifying.node), text: 'verifies client certificates on the same address' },
        ],
        ...(serious === undefined ? {} : { witness: serious.witness }),
        identity: [nameOfServer(server), addressOf(socket)],
      });
    }
  },
});

function addressOf({ address, port }: ListenSocket): string {
  return port === 0 ? address : `${address}:${port}`;
}

/** A place that a client without a certificate reaches over TLS, with the request that proves it. */
interface OpenPlace {
  readonly row: AccessRow;
  readonly witness: Witness;
}

/**
 * nginx's own root of a server that rejects handshakes: a client that asks for a verified name by SNI and for another
 * one by Host still gets there, but nobody put anything there.
 */
function isUnused({ site }: AccessRow): boolean {
  return rejectsHandshake(site.server) && site.content === 'static' && site.source === undefined;
}

/** A name that no server has: the top-level domain is reserved for that (RFC 2606). */
const STRANGE_NAME = 'unknown.invalid';

/** Whether a client without a certificate that asks for no name of the server gets there over a socket. */
function openOn(model: HttpModel, row: AccessRow, socket: ListenSocket): OpenPlace | undefined {
  const verdict = row.access.none;
  if (verdict.verdict !== 'reached') return undefined;
  const { request } = verdict.witness;
  if (request.tls === null) return undefined;
  const here = { ...request, connect: { ...request.connect, port: socket.port } };
  const strange: Request = {
    ...here,
    tls: { ...request.tls, serverName: null },
    http: {
      ...request.http,
      headers: request.http.headers.map(([name, value]) => [name, name === 'Host' ? STRANGE_NAME : value]),
    },
  };
  const key = siteKey(row.site);
  for (const tried of namesItself(request, row.site.server) && !rejectsHandshake(row.site.server)
    ? [strange]
    : [strange, here]) {
    const trace = confirm(model, tried, ({ outcome }) => outcome.kind === 'content' && siteKey(outcome.site) === key);
    if (trace?.conditions.length === 0) {
      return { row, witness: { request: tried, assumes: trace.assumes, steps: trace.steps } };
    }
  }
  return undefined;
}

/** True where a request asks for a name that the server has, which anybody may. */
function namesItself({ http }: Request, { names }: VirtualServer): boolean {
  const host = http.headers.find(([name]) => name === 'Host')?.[1].toLowerCase();
  return names.some(name => name.kind === 'exact' && name.text === host);
}

/** @param verified what verifying servers give access to */
function levelOf(server: VirtualServer, open: readonly OpenPlace[], verified: ReadonlySet<string>): Level | undefined {
  if (open.length === 0) return redirects(server) ? 'note' : undefined;
  const serious = open.map(({ row }) => row).filter(row => !isHarmless(row));
  if (serious.length === 0) return 'note';
  if (serious.some(row => verified.has(resourceOf(row) ?? ''))) return 'error';
  if (serious.every(row => row.site.content === 'static')) return 'warning';
  return isCatchAll(server) ? 'error' : 'warning';
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
