import { type Exposure, exposuresBy, groupBy } from '../src/analysis/exposures.js';
import { identityOf, placeOf } from '../src/analysis/names.js';
import { nodeSpan } from '../src/config/config-tree.js';
import { gravestFirst, type Label, type Level } from '../src/finding.js';
import { verifyMode } from '../src/model/client-verification.js';
import { defineRule } from '../src/rule.js';

export default defineRule({
  id: 'unverified-location',
  group: 'Content without a verified certificate',
  summary:
    'A server that only offers client certificates (`optional`) answers with content where nothing on the way checks whether one was verified.',
  level: 'error',
  precision: 'very-high',
  securitySeverity: '9.1',
  since: '0.1.0',
  help: 'Refuse everybody else in this location: if ($ssl_client_verify != SUCCESS) { return 403; }',

  check({ model, access, report }) {
    const exposed = exposuresBy(model, access, 'unverified-location');
    for (const group of groupBy(exposed, groupKey)) {
      const [first, ...rest] = gravestFirst(group, levelOf);
      const { site } = first.row;
      const { server } = site;
      const verify = server.scope.setting('ssl_verify_client');
      const related: Label[] = rest.map(({ row }) => ({
        span: nodeSpan(row.site.scope.node ?? server.node),
        text: 'reached without a verified certificate, too',
      }));
      if (verify !== undefined) {
        related.push({ span: nodeSpan(verify), text: 'no certificate is needed to get this far' });
      }
      if (first.delegatedBy !== undefined) {
        related.push({ span: nodeSpan(first.delegatedBy), text: 'the back end is told and has to decide' });
      }
      if (first.publicBy !== undefined) {
        related.push({ span: nodeSpan(first.publicBy), text: 'this line declares the path public' });
      }
      const others = rest.length === 0 ? '' : ` and ${rest.length} more`;
      const client =
        first.clientClass === 'none' ? 'that send no certificate' : 'with a certificate that nobody vouches for';
      report({
        level: levelOf(first),
        message: `${placeOf(site, others)} also answers clients ${client} (${site.content})`,
        primary: {
          span: nodeSpan(site.scope.node ?? server.node),
          text:
            verifyMode(server) === 'optional_no_ca'
              ? 'reached whatever certificate is sent'
              : 'reached without a certificate',
        },
        related,
        witness: first.witness,
        identity: identityOf(site),
      });
    }
  },
});

/**
 * Exposures that one missing guard opens are one finding: a server without any check lacks the one in its server block.
 * Where other places of the server are checked, each one that is not was forgotten by itself. Places that may be open
 * lack no guard, and are listed by the reason why they may.
 */
function groupKey(exposure: Exposure): string {
  const { server, scope } = exposure.row.site;
  const single = exposure.serverHasChecks ? (scope.node?.directive.start ?? 0) : '';
  const reason = exposure.isHarmless ? 'harmless' : exposure.publicBy !== undefined ? 'public' : '';
  const delegated = reason === '' && exposure.delegatedBy !== undefined ? 'delegated' : '';
  return [server.index, reason, delegated, single].join(' ');
}

function levelOf({ row, delegatedBy, publicBy, isHarmless }: Exposure): Level {
  if (isHarmless || delegatedBy !== undefined || publicBy !== undefined) return 'note';
  return row.site.content === 'static' ? 'warning' : 'error';
}
