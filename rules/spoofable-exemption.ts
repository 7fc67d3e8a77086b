import { type Exposure, exposuresBy, groupBy } from '../src/analysis/exposures.js';
import { identityOf, placeOf, readable } from '../src/analysis/names.js';
import { nodePlace, nodeSpan } from '../src/config/config-tree.js';
import { gravestFirst, type Level } from '../src/finding.js';
import { defineRule } from '../src/rule.js';

export default defineRule({
  id: 'spoofable-exemption',
  group: 'Content without a verified certificate',
  summary:
    'A check of the client certificate is waived by something that the client sends: a method, header, argument, cookie or the raw text of the target.',
  level: 'error',
  precision: 'very-high',
  securitySeverity: '9.1',
  since: '0.1.0',
  help: 'Exempt only what the client cannot choose for another path: an address of your own network, or an exact location of its own.',

  check({ model, access, report }) {
    const waived = exposuresBy(model, access, 'spoofable-exemption');
    for (const group of groupBy(waived, ({ cause }) => nodePlace(cause.waiver.at))) {
      const [first, ...rest] = gravestFirst(group, levelOf);
      const { cause, checks, row, witness } = first;
      const { site } = row;
      const { at, sent } = cause.waiver;
      const more = rest.length === 0 ? '' : ` and ${rest.length} more`;
      const what = sent.map(readable).join(' and ');
      report({
        level: levelOf(first),
        message: `${what}, which the client chooses, waives the check of its certificate for ${placeOf(site, more)}`,
        primary: { span: nodeSpan(at), text: `decided by ${what}` },
        related: [
          ...checks
            .filter(({ statement }) => statement.node !== at)
            .map(({ statement }) => ({ span: nodeSpan(statement.node), text: 'the check that is waived' })),
          ...[first, ...rest].map(other => ({
            span: nodeSpan(other.row.site.scope.node ?? other.row.site.server.node),
            text: 'reached without a verified certificate',
          })),
        ],
        witness,
        identity: [...identityOf(site), ...sent],
      });
    }
  },
});

function levelOf({ isHarmless }: Exposure): Level {
  return isHarmless ? 'note' : 'error';
}
