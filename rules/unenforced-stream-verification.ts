import { identityOf, nameOfServer } from '../src/analysis/names.js';
import { type StreamExposure, streamExposure } from '../src/analysis/stream-exposures.js';
import { nodeSpan } from '../src/config/config-tree.js';
import { verifyMode } from '../src/model/client-verification.js';
import { defineRule } from '../src/rule.js';

export default defineRule({
  id: 'unenforced-stream-verification',
  group: 'Content without a verified certificate',
  summary:
    'A stream server asks for a client certificate without demanding one, and passes connections on whatever the result is.',
  level: 'error',
  precision: 'very-high',
  securitySeverity: '9.1',
  since: '0.1.0',
  help: 'Set ssl_verify_client on, or let a map of $ssl_client_verify choose the back end, with nothing for what is not SUCCESS.',

  check({ report, stream: { access, model } }) {
    for (const row of access.rows) {
      const { server } = row.site;
      const mode = verifyMode(server);
      if (mode !== 'optional' && mode !== 'optional_no_ca') continue;
      const exposure = streamExposure(model, row);
      // Without TLS it is not the mode that lets clients in.
      if (exposure?.socket.ssl !== true) continue;
      const handler = row.site.source!;
      const verify = server.scope.setting('ssl_verify_client')!;
      report({
        level: exposure.isHarmless ? 'note' : 'error',
        message: `server ${nameOfServer(server)} also passes on clients ${WHO[exposure.clientClass]} (${handler.name}), since ssl_verify_client ${mode} refuses ${mode === 'optional' ? 'only wrong ones' : 'nobody'}`,
        primary: { span: nodeSpan(handler), text: `reached ${WHO[exposure.clientClass]}` },
        related: [
          {
            span: nodeSpan(verify),
            text: row.targets.length > 0 ? 'asks for a certificate, and demands none' : 'nothing acts on the result',
          },
        ],
        witness: exposure.witness,
        identity: identityOf(row.site),
      });
    }
  },
});

const WHO: Readonly<Record<StreamExposure['clientClass'], string>> = {
  none: 'without a certificate',
  untrusted: 'with a certificate that nobody has verified',
  trusted: 'with a trusted certificate',
};
