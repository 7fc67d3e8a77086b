import { type Exposure, exposuresBy, groupBy } from '../src/analysis/exposures.js';
import { identityOf, nameOfServer, nameOfSocket, placeOf, readable } from '../src/analysis/names.js';
import { streamExposure } from '../src/analysis/stream-exposures.js';
import { verifiesItself } from '../src/analysis/verifying-servers.js';
import { nodeSpan } from '../src/config/config-tree.js';
import { gravestFirst, type Level } from '../src/finding.js';
import type { Listen } from '../src/model/model.js';
import { defineRule } from '../src/rule.js';

export default defineRule({
  id: 'plaintext-listener',
  group: 'Content without a verified certificate',
  summary:
    'A server that verifies client certificates answers with content on a listener without TLS, where no certificate can be asked for.',
  level: 'error',
  precision: 'very-high',
  securitySeverity: '9.1',
  since: '0.1.0',
  help: 'Move the plain listener to a server of its own that redirects to https, or let every location refuse what is not SUCCESS.',

  check({ model, access, report, stream }) {
    const plain = exposuresBy(model, access, 'plaintext-listener');
    // All that one plain listener opens is one finding.
    for (const group of groupBy(plain, exposure => listenOf(exposure) ?? exposure.row.site.server)) {
      const [first, ...rest] = gravestFirst(group, levelOf);
      const { site } = first.row;
      const { server } = site;
      const listen = listenOf(first);
      const verify = server.scope.setting('ssl_verify_client');
      const { port, unix } = first.witness.request.connect;
      const where =
        listen?.node === undefined ? 'port 80, because it names no listen' : unix === undefined ? `port ${port}` : unix;
      const more = rest.length === 0 ? '' : ` and ${rest.length} more`;
      report({
        level: levelOf(first),
        message: `${placeOf(site, more)} answers over plain HTTP on ${readable(where)}, where no client has a certificate`,
        primary: {
          span: nodeSpan(listen?.node ?? server.node),
          text: listen?.node === undefined ? 'without listen, this server answers on port 80' : 'no TLS here',
        },
        related: [
          ...[first, ...rest].map(({ row }) => ({
            span: nodeSpan(row.site.scope.node ?? server.node),
            text: 'reached over plain HTTP',
          })),
          ...(verify === undefined ? [] : [{ span: nodeSpan(verify), text: 'has no effect without TLS' }]),
        ],
        witness: first.witness,
        identity: identityOf(site),
      });
    }
    for (const row of stream.access.rows) {
      const { server } = row.site;
      const exposure = verifiesItself(server) ? streamExposure(stream.model, row) : undefined;
      if (exposure === undefined || exposure.socket.ssl) continue;
      const listen = server.listens.find(({ socket }) => socket === exposure.socket)?.node ?? server.node;
      report({
        level: exposure.isHarmless ? 'note' : 'error',
        message: `server ${nameOfServer(server)} takes connections without TLS on ${nameOfSocket(exposure.socket)}, where no client has a certificate`,
        primary: { span: nodeSpan(listen), text: 'no TLS here' },
        related: [
          { span: nodeSpan(row.site.source ?? server.node), text: 'reached without TLS' },
          { span: nodeSpan(server.scope.setting('ssl_verify_client')!), text: 'has no effect without TLS' },
        ],
        witness: exposure.witness,
        help: 'Write ssl in this listen as well, or take it out of the server that verifies clients.',
        identity: identityOf(row.site),
      });
    }
  },
});

/** The plain listener that a witness uses. */
function listenOf({ row, witness }: Exposure): Listen | undefined {
  const plain = row.site.server.listens.filter(({ socket }) => !socket.ssl);
  const { port, unix } = witness.request.connect;
  return plain.find(({ socket }) => (unix === undefined ? socket.port === port : socket.port === 0)) ?? plain[0];
}

function levelOf({ isHarmless }: Exposure): Level {
  return isHarmless ? 'note' : 'error';
}
