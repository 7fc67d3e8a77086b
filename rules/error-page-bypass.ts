import { type Exposure, exposuresBy, groupBy } from '../src/analysis/exposures.js';
import { identityOf, placeOf, readable } from '../src/analysis/names.js';
import { nodePlace, nodeSpan } from '../src/config/config-tree.js';
import { gravestFirst, type Level } from '../src/finding.js';
import { verifyMode } from '../src/model/client-verification.js';
import { defineRule } from '../src/rule.js';

export default defineRule({
  id: 'error-page-bypass',
  group: 'Content without a verified certificate',
  summary:
    'An error_page answers those who are refused with content instead of a static page, also where ssl_verify_client is on.',
  level: 'error',
  precision: 'very-high',
  securitySeverity: '9.1',
  since: '0.1.0',
  help: 'Let error_page name a fixed static page, or refuse in its target as well: if ($ssl_client_verify != SUCCESS) { return 403; }',

  check({ model, access, report }) {
    const bypasses = exposuresBy(model, access, 'error-page-bypass');
    for (const group of groupBy(bypasses, ({ cause }) => nodePlace(cause.page))) {
      const [first, ...rest] = gravestFirst(group, levelOf);
      const { row, cause, checks, witness } = first;
      const { site } = row;
      const { server } = site;
      const verify = server.scope.setting('ssl_verify_client');
      const more = rest.length === 0 ? '' : ` and ${rest.length} more`;
      const target = readable(cause.page.args.at(-1) ?? '');
      report({
        level: levelOf(first),
        message:
          cause.page.name === 'post_action'
            ? `post_action ${target} asks ${placeOf(site, more)} (${site.content}) for clients without a verified certificate, refused or not`
            : `error_page to ${target} answers clients without a verified certificate with ${placeOf(site, more)} (${site.content})`,
        primary: {
          span: nodeSpan(cause.page),
          text: cause.page.name === 'post_action' ? 'runs behind a refusal as well' : 'an error leads to content',
        },
        related: [
          ...[first, ...rest].map(other => ({
            span: nodeSpan(other.row.site.scope.node ?? other.row.site.server.node),
            text: 'reached without a verified certificate',
          })),
          ...checks.map(({ statement }) => ({
            span: nodeSpan(statement.node),
            text: 'refuses, or is not run for an error before it',
          })),
          ...(verify === undefined ? [] : [{ span: nodeSpan(verify), text: 'what it refuses is an error, too' }]),
        ],
        witness,
        identity: [...identityOf(site), target],
      });
    }
  },
});

/** Where nothing is checked anywhere, an error leads past nothing: it is as good as any way to a back end that decides. */
function levelOf({ isHarmless, delegatedBy, serverHasChecks, row }: Exposure): Level {
  const isLeftToBackEnd = delegatedBy !== undefined && !serverHasChecks && verifyMode(row.site.server) !== 'on';
  return isHarmless || isLeftToBackEnd ? 'note' : 'error';
}
