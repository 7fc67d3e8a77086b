import { groupBy, isHarmless } from '../src/analysis/exposures.js';
import { identityOf, placeOf, readable } from '../src/analysis/names.js';
import { networkExemptions, streamExemptions } from '../src/analysis/network-exemptions.js';
import { nodeSpan } from '../src/config/config-tree.js';
import { defineRule } from '../src/rule.js';

export default defineRule({
  id: 'network-exemption',
  group: 'Content without a verified certificate',
  summary:
    'A check of the client certificate is waived for a range of addresses: whoever sends from there needs no certificate.',
  level: 'note',
  precision: 'high',
  securitySeverity: '3.1',
  since: '0.1.0',
  help: "Name the proxy's own gateway address alone, so that only what comes through the proxy itself is exempted.",

  check({ access, model, report, stream }) {
    const exemptions = networkExemptions(model, access).filter(({ row }) => !isHarmless(row));
    for (const [first, ...rest] of groupBy(exemptions, ({ span }) => `${span.file.path}:${span.start}`)) {
      const { row, span, text, witness } = first;
      const { site } = row;
      const more = rest.length === 0 ? '' : ` and ${rest.length} more`;
      report({
        message: `${placeOf(site, more)} needs no certificate from some: ${readable(text)}`,
        primary: { span, text: 'stands in for a certificate' },
        related: [first, ...rest].map(other => ({
          span: nodeSpan(other.row.site.scope.node ?? other.row.site.server.node),
          text: 'reached from there without a verified certificate',
        })),
        witness,
        identity: [...identityOf(site), text],
      });
    }
    for (const { row, span, text, witness } of streamExemptions(stream.model, stream.access)) {
      const { site } = row;
      report({
        message: `${placeOf(site)} needs no certificate from some: ${readable(text)}`,
        primary: { span, text: 'stands in for a certificate' },
        related: [
          {
            span: nodeSpan(site.source ?? site.server.node),
            text: 'reached from there without a verified certificate',
          },
        ],
        witness,
        identity: [...identityOf(site), text],
      });
    }
  },
});
