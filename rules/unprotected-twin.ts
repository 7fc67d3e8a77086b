import { groupBy } from '../src/analysis/exposures.js';
import { identityOf, placeOf, readable } from '../src/analysis/names.js';
import { unprotectedTwins } from '../src/analysis/twins.js';
import { nodeSpan } from '../src/config/config-tree.js';
import { defineRule } from '../src/rule.js';

export default defineRule({
  id: 'unprotected-twin',
  group: 'Identity and authorization',
  summary:
    'A back end or a folder that one server gives to verified clients only is given to everybody by another server of the configuration.',
  level: 'warning',
  precision: 'medium',
  securitySeverity: '6.5',
  since: '0.1.0',
  help: 'Verify clients there as well, redirect to the server that does, or let it pass on to something else.',

  check({ model, access, report, stream }) {
    const twins = unprotectedTwins({ model, access }, stream);
    for (const [first, ...rest] of groupBy(twins, ({ row }) => row.site.server)) {
      const { row, verified, what, witness } = first;
      const { site } = row;
      const more = rest.length === 0 ? '' : ` and ${rest.length} more`;
      const { port, unix } = witness.request.connect;
      const where = unix === undefined ? `port ${port}` : readable(unix);
      const verify = verified.site.server.scope.setting('ssl_verify_client');
      report({
        message: `${placeOf(site, more)} on ${where} gives everybody ${readable(what)}, which ${placeOf(verified.site)} gives to verified clients only`,
        primary: { span: nodeSpan(site.source ?? site.server.node), text: 'given to everybody' },
        related: [
          ...rest.map(other => ({
            span: nodeSpan(other.row.site.source ?? other.row.site.server.node),
            text: 'given to everybody, too',
          })),
          ...[
            ...new Set([first, ...rest].map(twin => twin.verified.site.source ?? twin.verified.site.server.node)),
          ].map(node => ({ span: nodeSpan(node), text: 'behind verification here' })),
          ...(verify === undefined ? [] : [{ span: nodeSpan(verify), text: 'asks for the certificate' }]),
        ],
        witness,
        identity: identityOf(site),
      });
    }
  },
});
