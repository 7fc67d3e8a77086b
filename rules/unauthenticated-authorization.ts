import { type Exposure, exposuresBy, groupBy } from '../src/analysis/exposures.js';
import { identityOf, placeOf } from '../src/analysis/names.js';
import { nodePlace, nodeSpan } from '../src/config/config-tree.js';
import { gravestFirst, type Level } from '../src/finding.js';
import { defineRule } from '../src/rule.js';

export default defineRule({
  id: 'unauthenticated-authorization',
  group: 'Identity and authorization',
  summary:
    'Access is decided on who the client is (subject, serial number …), and a client without a verified certificate is let in.',
  level: 'error',
  precision: 'very-high',
  securitySeverity: '9.1',
  since: '0.1.0',
  help: 'Verify first: refuse with if ($ssl_client_verify != SUCCESS) { return 403; } in front of this test.',

  check({ model, access, report }) {
    const exposures = exposuresBy(model, access, 'unauthenticated-authorization');
    // A snippet that many places include is one line to mend.
    for (const group of groupBy(exposures, ({ cause }) => nodePlace(cause.check.statement.node))) {
      const [first, ...rest] = gravestFirst(group, levelOf);
      const { cause, row } = first;
      const { site } = row;
      const { node } = cause.check.statement;
      const more = rest.length === 0 ? '' : ` and ${rest.length} more`;
      report({
        level: levelOf(first),
        message: `this test of the client's name lets ${clientText(first)} get to ${placeOf(site, more)}`,
        primary: {
          span: nodeSpan(node),
          text:
            first.clientClass === 'none' ? 'the name is empty without a certificate' : 'anybody can bring this name',
        },
        related: [first, ...rest].map(other => ({
          span: nodeSpan(other.row.site.scope.node ?? other.row.site.server.node),
          text: 'reached without a verified certificate',
        })),
        witness: first.witness,
        identity: [...identityOf(site), node.args.join(' ')],
      });
    }
  },
});

function clientText({ clientClass, witness }: Exposure): string {
  if (clientClass === 'none' || witness.request.tls === null) return 'clients without a certificate';
  return 'clients with a certificate that nobody vouches for';
}

function levelOf({ isHarmless }: Exposure): Level {
  return isHarmless ? 'note' : 'error';
}
