import { type Exposure, exposuresBy, groupBy } from '../src/analysis/exposures.js';
import { identityOf, nameOfServer, nameOfSite, nameOfSocket, readable } from '../src/analysis/names.js';
import { type ConfigNode, nodeSpan } from '../src/config/config-tree.js';
import { gravestFirst, type Level } from '../src/finding.js';
import type { VirtualServer } from '../src/model/model.js';
import { defineRule } from '../src/rule.js';

export default defineRule({
  id: 'weaker-default-policy',
  group: 'Content without a verified certificate',
  summary:
    'The default server of a shared socket accepts client certificates that another server does not, and without SNI it decides for both.',
  level: 'error',
  precision: 'very-high',
  securitySeverity: '8.1',
  since: '0.1.0',
  help: 'Add a default_server with ssl_reject_handshake on, or accept the same client CAs in all servers of the socket.',

  check({ model, access, report }) {
    const weaker = exposuresBy(model, access, 'weaker-default-policy');
    // The one default server is what has to change, whatever else it lets clients get to.
    for (const group of groupBy(weaker, ({ cause }) => cause.socket.defaultServer)) {
      const [first, ...rest] = gravestFirst(group, levelOf);
      const { site } = first.row;
      const { socket, issuer } = first.cause;
      const { defaultServer } = socket;
      const listen = defaultServer.listens.find(other => other.socket === socket)?.node;
      const own = authorityNode(site.server, undefined);
      const weak = authorityNode(defaultServer, issuer);
      const more = rest.length === 0 ? '' : ` and ${rest.length} more`;
      report({
        level: levelOf(first),
        message: `without SNI, clients with a certificate of ${readable(issuer)} get to ${nameOfSite(site)}${more} of server ${nameOfServer(site.server)}, because default server ${nameOfServer(defaultServer)} of ${nameOfSocket(socket)} accepts them`,
        primary: {
          span: nodeSpan(listen ?? defaultServer.node),
          text: socket.defaultIsExplicit ? 'the default server' : 'the default server, because it is the first here',
        },
        related: [
          ...(weak === undefined ? [] : [{ span: nodeSpan(weak), text: 'what decides without SNI' }]),
          ...[first, ...rest].map(({ row }) => ({
            span: nodeSpan(row.site.scope.node ?? row.site.server.node),
            text: 'reached with a certificate of another CA',
          })),
          ...(own === undefined ? [] : [{ span: nodeSpan(own), text: 'what was meant to decide here' }]),
        ],
        witness: first.witness,
        identity: [...identityOf(site), issuer],
      });
    }
  },
});

/** The line by which a server accepts a CA, or the one that names its client CAs. */
function authorityNode({ scope }: VirtualServer, file: string | undefined): ConfigNode | undefined {
  const nodes = ['ssl_client_certificate', 'ssl_trusted_certificate'].flatMap(name => scope.setting(name) ?? []);
  return nodes.find(node => file === undefined || node.args[0] === file);
}

function levelOf({ isHarmless }: Exposure): Level {
  return isHarmless ? 'note' : 'error';
}
