import { groupBy } from '../src/analysis/exposures.js';
import { identityOf, nameOfServer, nameOfSite, readable } from '../src/analysis/names.js';
import { type UnverifiedIdentity, unverifiedIdentities } from '../src/analysis/unverified-identities.js';
import { nodePlace, nodeSpan } from '../src/config/config-tree.js';
import { gravestFirst, type Level } from '../src/finding.js';
import { defineRule } from '../src/rule.js';

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
    const told = unverifiedIdentities(model, access);
    for (const group of groupBy(told, ({ line, isVerifiable }) => `${nodePlace(line)} ${isVerifiable}`)) {
      const [first, ...rest] = gravestFirst(group, levelOf);
      const { row, line, lines, isVerifiable, witness } = first;
      const { site } = row;
      const { server } = site;
      const more = rest.length === 0 ? '' : ` and ${rest.length} more`;
      const where = `${nameOfSite(site)}${more} of server ${nameOfServer(server)}`;
      const verify = server.scope.setting('ssl_verify_client');
      report({
        level: levelOf(first),
        message: isVerifiable
          ? `${where} hands any certificate on to ${readable(site.target ?? '')} without the verdict, so that everything depends on what is verified there`
          : `${where} tells ${readable(site.target ?? '')} whom a certificate names, which a client can write into its own, but not the verdict`,
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

/** To hand over the certificate for checking elsewhere is what optional_no_ca is for. */
function levelOf({ isVerifiable }: UnverifiedIdentity): Level {
  return isVerifiable ? 'note' : 'error';
}
