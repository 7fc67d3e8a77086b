import { identityOfServers, nameOfServer, nameOfServers } from '../src/analysis/names.js';
import { replacesStore, sharedLines, verifiesItself } from '../src/analysis/verifying-servers.js';
import { nodeSpan } from '../src/config/config-tree.js';
import type { Server } from '../src/model/model.js';
import { defineRule } from '../src/rule.js';

export default defineRule({
  id: 'missing-revocation',
  group: 'Trust and revocation',
  summary:
    'A server that verifies client certificates has neither ssl_crl nor ssl_ocsp: a certificate that was revoked still gets in.',
  level: 'note',
  precision: 'very-high',
  securitySeverity: '3.1',
  since: '0.1.0',
  help: 'Set ssl_crl to a file with the CRL of every CA up to the root, or ssl_ocsp on, unless certificates live for days only.',

  check({ report, servers: all }) {
    const unrevoked = all.filter(server => verifiesItself(server) && !mayCheckRevocation(server));
    for (const { node, servers } of sharedLines(unrevoked, ({ scope }) => scope.setting('ssl_verify_client'))) {
      report({
        message: `${nameOfServers(servers)} also ${servers.length === 1 ? 'accepts' : 'accept'} client certificates that were revoked: neither ssl_crl nor ssl_ocsp is set`,
        primary: { span: nodeSpan(node), text: 'verifies clients without looking at revocation' },
        related: servers.map(server => ({ span: nodeSpan(server.node), text: `server ${nameOfServer(server)}` })),
        identity: identityOfServers(servers),
      });
    }
  },
});

function mayCheckRevocation({ scope }: Server): boolean {
  if (scope.gapFor('ssl_crl') !== undefined || scope.gapFor('ssl_ocsp') !== undefined) return true;
  if (scope.value('ssl_ocsp', 'off').toLowerCase() !== 'off') return true;
  // A store that VerifyCAFile installs does not look at CRLs.
  return scope.value('ssl_crl', '') !== '' && !scope.effective('ssl_conf_command').some(replacesStore);
}
