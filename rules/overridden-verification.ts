import { nameOfServers, readable } from '../src/analysis/names.js';
import type { Trust } from '../src/analysis/trust.js';
import { replacesStore, sharedLines } from '../src/analysis/verifying-servers.js';
import { type ConfigNode, nodeSpan } from '../src/config/config-tree.js';
import { peerDemand, setsVerifyMode, verifyMode } from '../src/model/client-verification.js';
import type { Server } from '../src/model/model.js';
import { defineRule } from '../src/rule.js';

export default defineRule({
  id: 'overridden-verification',
  group: 'Trust and revocation',
  summary:
    'An ssl_conf_command puts out of force what ssl_client_certificate, ssl_crl or ssl_verify_client say: OpenSSL applies it last.',
  level: 'error',
  precision: 'very-high',
  securitySeverity: '7.4',
  since: '0.1.0',
  help: 'Remove the ssl_conf_command and say it with ssl_verify_client and ssl_client_certificate.',

  check({ report, servers: all, trust }) {
    const listening = all.filter(
      ({ listens, scope }) => scope.value('ssl_certificate', '') !== '' && listens.some(({ socket }) => socket.ssl),
    );
    const overrides: readonly [(server: Server) => ConfigNode | undefined, (server: Server) => string | undefined][] = [
      [server => commandsOf(server).filter(replacesStore).at(-1), server => storeEffect(server, trust)],
      [server => commandsOf(server).filter(setsVerifyMode).at(-1), modeEffect],
    ];
    for (const [commandOf, effectOf] of overrides) {
      for (const { node, servers } of sharedLines(listening, commandOf)) {
        const affected = servers.filter(server => effectOf(server) !== undefined);
        const [first] = affected;
        if (first === undefined) continue;
        const settings = ['ssl_client_certificate', 'ssl_trusted_certificate', 'ssl_crl', 'ssl_verify_client'].flatMap(
          name => first.scope.setting(name) ?? [],
        );
        report({
          message: `ssl_conf_command ${readable(node.args.join(' '))} of ${nameOfServers(affected)} ${effectOf(first)}`,
          primary: { span: nodeSpan(node), text: 'OpenSSL applies this last' },
          related: [
            ...settings.map(setting => ({ span: nodeSpan(setting), text: `${setting.name} says otherwise` })),
            ...affected.map(server => ({ span: nodeSpan(server.node), text: 'in force here' })),
          ],
          identity: node.args,
        });
      }
    }
  },
});

function commandsOf({ scope }: Server): readonly ConfigNode[] {
  return scope.effective('ssl_conf_command');
}

/** What another store does to a server; undefined where it changes nothing. */
function storeEffect(server: Server, trust: Trust | undefined): string | undefined {
  // Without a request for a certificate no store is looked at.
  if (peerDemand(server).asks === 'nobody') return undefined;
  const { scope } = server;
  const losesCrl = scope.value('ssl_crl', '') !== '';
  const found = trust?.of(server);
  const isSame =
    found !== undefined &&
    found.unread.length === 0 &&
    found.broken.length === 0 &&
    trust!.holdTheSame(found.files, found.written);
  if (isSame) return losesCrl ? 'puts ssl_crl out of force: revoked certificates get in' : undefined;
  const crl = losesCrl ? ', and ssl_crl' : '';
  return scope.value('ssl_client_certificate', '') === ''
    ? `decides which client certificates verify, where no client CA is configured${losesCrl ? '; ssl_crl is out of force' : ''}`
    : `puts the client CAs of ssl_client_certificate out of force${crl}: it alone decides which client certificates verify`;
}

/** What VerifyMode does to a server; undefined where it changes nothing that matters. */
function modeEffect(server: Server): string | undefined {
  const mode = verifyMode(server);
  const { asks, requires } = peerDemand(server);
  if (mode === 'off') {
    if (asks === 'nobody') return undefined;
    if (server.scope.kind !== 'server') {
      // Before 1.27.2 stream and mail set the callback that lets every certificate pass only where they verify clients.
      return 'asks for a certificate although ssl_verify_client is off: nginx before 1.27.2 ends the handshake of one that does not verify, later versions accept any';
    }
    return requires && asks === 'all'
      ? 'demands a certificate in the handshake and accepts any: ssl_verify_client is off, so nothing is verified'
      : 'asks for a certificate and refuses nobody: ssl_verify_client is off';
  }
  if (asks === 'nobody') return `asks nobody for a certificate, whatever ssl_verify_client ${mode} says`;
  if (asks === 'below-tls-1.3') {
    return `asks nobody for a certificate who speaks TLS 1.3, whatever ssl_verify_client ${mode} says`;
  }
  // With on a client without a certificate is refused either way, here by an alert instead of a page.
  return requires && mode !== 'on'
    ? `refuses clients without a certificate in the handshake, although ssl_verify_client ${mode} lets them in`
    : undefined;
}
