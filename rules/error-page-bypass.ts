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
      const hop = hopBy(cause.page.name);
      report({
        level: levelOf(first),
        message: hop.message(target, `${placeOf(site, more)} (${site.content})`),
        primary: { span: nodeSpan(cause.page), text: hop.leads },
        related: [
          ...[first, ...rest].map(other => ({
            span: nodeSpan(other.row.site.scope.node ?? other.row.site.server.node),
            text: 'reached without a verified certificate',
          })),
          ...checks.map(({ statement }) => ({ span: nodeSpan(statement.node), text: hop.check })),
          ...(verify === undefined ? [] : [{ span: nodeSpan(verify), text: hop.verify }]),
        ],
        witness,
        identity: [...identityOf(site), target],
      });
    }
  },
});

/** How a finding tells of the line that leads to content. */
interface Hop {
  readonly message: (target: string, place: string) => string;
  readonly leads: string;
  /** What a check on the way does about it. */
  readonly check: string;
  /** What `ssl_verify_client` does about it. */
  readonly verify: string;
}

function hopBy(directive: string): Hop {
  const clients = 'clients without a verified certificate';
  const refusing = {
    check: 'refuses, or is not run for an error before it',
    verify: 'what it refuses is an error, too',
  };
  switch (directive) {
    case 'error_page':
      return {
        message: (target, place) => `error_page to ${target} answers ${clients} with ${place}`,
        leads: 'an error leads to content',
        ...refusing,
      };
    case 'post_action':
      return {
        message: (target, place) => `post_action ${target} asks ${place} for ${clients}, refused or not`,
        leads: 'runs behind a refusal as well',
        ...refusing,
      };
    default:
      return {
        message: (target, place) => `${directive} ${target} shows ${clients} ${place}`,
        leads: 'access rules do not count for what is added to an answer',
        check: 'lets by what is added',
        verify: 'no certificate is needed to get this far',
      };
  }
}

/** Where nothing is checked anywhere, an error leads past nothing: it is as good as any way to a back end that decides. */
function levelOf({ isHarmless, delegatedBy, serverHasChecks, row }: Exposure): Level {
  const isLeftToBackEnd = delegatedBy !== undefined && !serverHasChecks && verifyMode(row.site.server) !== 'on';
  return isHarmless || isLeftToBackEnd ? 'note' : 'error';
}
