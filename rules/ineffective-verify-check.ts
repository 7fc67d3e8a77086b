import { explainChecks } from '../src/analysis/explain-checks.js';
import { type Exposure, exposuresBy, groupBy } from '../src/analysis/exposures.js';
import { identityOf, placeOf } from '../src/analysis/names.js';
import { nodeSpan } from '../src/config/config-tree.js';
import { gravestFirst, type Level } from '../src/finding.js';
import { defineRule } from '../src/rule.js';

export default defineRule({
  id: 'ineffective-verify-check',
  group: 'Content without a verified certificate',
  summary:
    'A check of the client certificate stands on the way, and a client without a verified certificate gets past it all the same.',
  level: 'error',
  precision: 'very-high',
  securitySeverity: '9.1',
  since: '0.1.0',
  help: 'Refuse with if ($ssl_client_verify != SUCCESS) { return 403; } before anything else in this very block.',

  check({ model, access, report }) {
    const explained = exposuresBy(model, access, 'ineffective-verify-check').flatMap(exposure => {
      const [nearest, ...others] = explainChecks(exposure);
      return nearest === undefined ? [] : [{ exposure, nearest, others }];
    });
    // A check that lets clients by to many places is one fault.
    for (const group of groupBy(explained, ({ nearest }) => nearest.check.statement)) {
      const [{ exposure, nearest, others }, ...rest] = gravestFirst(group, levelOf);
      const { site } = exposure.row;
      const more = rest.length === 0 ? '' : ` and ${rest.length} more`;
      report({
        level: levelOf({ exposure }),
        message: `this check lets clients without a verified certificate get to ${placeOf(site, more)}: ${nearest.why}`,
        primary: { span: nodeSpan(nearest.check.statement.node), text: nearest.short },
        related: [
          ...[exposure, ...rest.map(other => other.exposure)].map(({ row }) => ({
            span: nodeSpan(row.site.scope.node ?? row.site.server.node),
            text: 'reached without a verified certificate',
          })),
          ...others.map(other => ({ span: nodeSpan(other.check.statement.node), text: other.short })),
        ],
        witness: exposure.witness,
        identity: [...identityOf(site), nearest.check.statement.node.args.join(' ')],
      });
    }
  },
});

function levelOf({ exposure }: { readonly exposure: Exposure }): Level {
  return exposure.isHarmless ? 'note' : 'error';
}
