import { isHarmless, resourceOf } from '../src/analysis/exposures.js';
import { identityOfServer, nameOfServer, nameOfSite, nameOfSocket } from '../src/analysis/names.js';
import { type OpenPlace, permissiveDefaults } from '../src/analysis/permissive-defaults.js';
import { permissiveStreamDefaults } from '../src/analysis/stream-defaults.js';
import { nodeSpan } from '../src/config/config-tree.js';
import type { Level } from '../src/finding.js';
import { verifyMode } from '../src/model/client-verification.js';
import type { Server, StreamServer, VirtualServer } from '../src/model/model.js';
import { defineRule, type RuleContext } from '../src/rule.js';

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

  check(context) {
    const { model, access, isFragment, report, settings } = context;
    const done = new Set<VirtualServer>();
    const verified = new Set(
      access.rows.filter(row => verifyMode(row.site.server) !== 'off').map(row => resourceOf(row) ?? ''),
    );
    verified.delete('');
    for (const { open, server, socket, verifying } of permissiveDefaults(model, access)) {
      if (done.has(server)) continue;
      // Which server of several files comes first is not known of one of them.
      if (isFragment && !socket.defaultIsExplicit) continue;
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
            ? `server ${nameOfServer(server)} is ${how} of ${nameOfSocket(socket)}, which ${nameOfServer(verifying)} verifies clients on, and redirects everybody`
            : `server ${nameOfServer(server)} is ${how} of ${nameOfSocket(socket)}, which ${nameOfServer(verifying)} verifies clients on, and answers everybody with ${site.content}`,
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
        identity: [identityOfServer(server), nameOfSocket(socket)],
      });
    }
    reportStream(context);
  },
});

/** Default servers of stream, which the name of a ClientHello alone keeps clients away from. */
function reportStream({ isFragment, report, stream }: RuleContext): void {
  const done = new Set<StreamServer>();
  for (const found of permissiveStreamDefaults(stream.model, stream.access)) {
    const { isHarmless, isShared, row, socket, verifying, witness } = found;
    const { server, content, source } = row.site;
    if (done.has(server) || (isFragment && !socket.defaultIsExplicit)) continue;
    done.add(server);
    const grave = isShared || isCatchAll(server) ? 'error' : 'warning';
    const listen = server.listens.find(other => other.socket === socket)?.node ?? server.node;
    const how = socket.defaultIsExplicit ? 'the default server' : 'the first server, and so the default,';
    const what = isShared
      ? 'passes everybody on to what a verifying server keeps'
      : 'answers everybody without a name it knows';
    report({
      level: isHarmless ? 'note' : grave,
      message: `server ${nameOfServer(server)} is ${how} of ${nameOfSocket(socket)}, which ${nameOfServer(verifying)} verifies clients on, and ${what} (${content})`,
      primary: {
        span: nodeSpan(listen),
        text: socket.defaultIsExplicit ? 'the default server' : 'the default server, because it is the first here',
      },
      related: [
        { span: nodeSpan(source ?? server.node), text: 'reached without a certificate' },
        { span: nodeSpan(verifying.node), text: 'verifies client certificates on the same address' },
      ],
      witness,
      help: 'Let the default server refuse: ssl_reject_handshake on, or ssl_verify_client on.',
      identity: [identityOfServer(server), nameOfSocket(socket)],
    });
  }
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
function isCatchAll(server: Server): boolean {
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
