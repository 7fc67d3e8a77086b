import { exposuresOf } from '../src/analysis/exposures.js';
import { identityOf, nameOfServer, nameOfSite } from '../src/analysis/names.js';
import { nodeSpan } from '../src/config/config-tree.js';
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

  check({ model, access, report }) {
    for (const exposure of exposuresOf(model, access)) {
      if (exposure.cause !== 'plaintext-listener') continue;
      const { site } = exposure.row;
      const { server } = site;
      const { connect } = exposure.witness.request;
      const plain = server.listens.filter(({ socket }) => !socket.ssl);
      const listen = plain.find(({ socket }) => socket.port === connect.port) ?? plain[0];
      const verify = server.scope.setting('ssl_verify_client');
      const where = listen?.node === undefined ? 'port 80, because it names no listen' : `port ${connect.port}`;
      report({
        level: exposure.isHarmless ? 'note' : 'error',
        message: `${nameOfSite(site)} of server ${nameOfServer(server)} answers over plain HTTP on ${where}, where no client has a certificate`,
        primary: {
          span: nodeSpan(listen?.node ?? server.node),
          text: listen?.node === undefined ? 'without listen, this server answers on port 80' : 'no TLS here',
        },
        related: [
          { span: nodeSpan(site.scope.node ?? server.node), text: 'reached over plain HTTP' },
          ...(verify === undefined ? [] : [{ span: nodeSpan(verify), text: 'has no effect without TLS' }]),
        ],
        witness: exposure.witness,
        identity: identityOf(site),
      });
    }
  },
});
