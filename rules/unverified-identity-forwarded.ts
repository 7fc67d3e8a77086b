import { groupBy } from '../src/analysis/exposures.js';
import { identityOf, placeOf, readable } from '../src/analysis/names.js';
import { unverifiedIdentities } from '../src/analysis/unverified-identities.js';
import { nodePlace, nodeSpan } from '../src/config/config-tree.js';
import { defineRule } from '../src/rule.js';

const HELP_FOR_CERTIFICATE =
  'Let the back end verify the certificate as a whole (chain, dates, revocation) before it believes any of it, or hand on $ssl_client_verify as well.';

export default defineRule({
  id: 'unverified-identity-forwarded',
  group: 'Identity and authorization',
  summary:
    'Under `optional_no_ca` a back end is told whom a certificate names, but not whether anybody vouches for the certificate.',
  level: 'error',
  precision: 'very-high',
  securitySeverity: '9.1',
  since: '0.1.0',
  help: 'Hand on $ssl_client_verify as well and let the back end compare it with SUCCESS, or refuse everybody else here.',

  check({ model, access, report }) {
    for (const [first, ...rest] of groupBy(unverifiedIdentities(model, access), ({ line }) => nodePlace(line))) {
      const { certificate, row, line, lines, witness } = first;
      const { site } = row;
      const { server } = site;
      const more = rest.length === 0 ? '' : ` and ${rest.length} more`;
      const verify = server.scope.setting('ssl_verify_client');
      const place = `${placeOf(site, more)}`;
      const backEnd = readable(site.target ?? '');
      report({
        // To verify the certificate elsewhere is what optional_no_ca is for (mtls-semantics 11).
        ...(certificate === undefined ? {} : { level: 'note', help: HELP_FOR_CERTIFICATE }),
        message:
          certificate === undefined
            ? `${place} tells ${backEnd} whom a certificate names, which every client can write into one of its own, but not the verdict`
            : `${place} hands ${backEnd} whatever certificate a client sends, without the verdict: the back end has to verify it`,
        primary: { span: nodeSpan(line), text: 'whatever certificate is sent' },
        related: [
          ...lines.slice(1).map(other => ({ span: nodeSpan(other), text: 'and this' })),
          ...[first, ...rest].map(other => ({
            span: nodeSpan(other.row.site.source ?? server.node),
            text: 'reached with an untrusted certificate',
          })),
          ...(verify === undefined ? [] : [{ span: nodeSpan(verify), text: 'lets every certificate in' }]),
        ],
        witness,
        identity: [...identityOf(site), line.name, line.args[0] ?? ''],
      });
    }
  },
});
