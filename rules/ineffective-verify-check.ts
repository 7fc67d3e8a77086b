import { explainChecks } from '../src/analysis/explain-checks.js';
import { exposuresOf } from '../src/analysis/exposures.js';
import { identityOf, nameOfServer, nameOfSite } from '../src/analysis/names.js';
import { nodeSpan } from '../src/config/config-tree.js';
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
    for (const exposure of exposuresOf(model, access)) {
      if (exposure.cause !== 'ineffective-verify-check') continue;
      const { site } = exposure.row;
      const [first, ...others] = explainChecks(exposure);
      if (first === undefined) continue;
      report({
        level: exposure.isHarmless || exposure.delegatedBy !== undefined ? 'note' : 'error',
        message: `this check lets clients without a verified certificate get to ${nameOfSite(site)} of server ${nameOfServer(site.server)}: ${first.why}`,
        primary: { span: nodeSpan(first.check.statement.node), text: first.short },
        related: [
          { span: nodeSpan(site.scope.node ?? site.server.node), text: 'reached without a verified certificate' },
          ...others.map(other => ({ span: nodeSpan(other.check.statement.node), text: other.short })),
        ],
        witness: exposure.witness,
        identity: [...identityOf(site), first.check.statement.node.args.join(' ')],
      });
    }
  },
});
