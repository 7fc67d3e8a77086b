import type { AccessRow } from '../src/analysis/access.js';
import { identityOf, nameOfServer, placeOf } from '../src/analysis/names.js';
import { backEndTlsOf, proxyCertificatesOf } from '../src/analysis/proxy-certificates.js';
import type { Witness } from '../src/analysis/request.js';
import { lentStreamCertificates } from '../src/analysis/stream-proxy-certificates.js';
import type { ConfigNode } from '../src/config/config-tree.js';
import { nodeSpan } from '../src/config/config-tree.js';
import { defineRule } from '../src/rule.js';

export default defineRule({
  id: 'unconditional-proxy-certificate',
  group: "The proxy's own certificate",
  summary:
    'The proxy shows its own certificate to a back end for requests of clients that have not shown a verified one themselves.',
  level: 'error',
  precision: 'high',
  securitySeverity: '8.1',
  since: '0.1.0',
  help: 'Let only verified clients get here, or show no certificate of the proxy on their behalf.',

  check({ model, access, notice, report, stream }) {
    const certificates = proxyCertificatesOf(model);
    const lent = new Map<ConfigNode, { row: AccessRow; witness: Witness }[]>();
    for (const row of access.rows) {
      const node = backEndTlsOf(row.site)?.certificate?.node;
      if (node === undefined) continue;
      const use = certificates.shownTo(row, ['none', 'untrusted']);
      if (use.kind === 'undecided') {
        notice({
          kind: 'not-checked',
          text: `whether ${nameOfDirective(node)} is shown for clients without a verified certificate at ${placeOf(row.site)} is not decided: ${use.reasons[0]!.text}`,
          span: nodeSpan(node),
          fatal: false,
        });
      }
      if (use.kind !== 'some') continue;
      const { witness } = use;
      const uses = lent.get(node);
      if (uses === undefined) lent.set(node, [{ row, witness }]);
      else uses.push({ row, witness });
    }
    for (const [certificate, uses] of lent) {
      const [first, ...rest] = uses as [(typeof uses)[number], ...typeof uses];
      const { site } = first.row;
      const others = rest.length === 0 ? '' : ` and ${rest.length} more`;
      report({
        message: `${nameOfDirective(certificate)} vouches for clients without a verified certificate at ${placeOf(site, others)}`,
        primary: { span: nodeSpan(certificate), text: 'shown to the back end for everybody who gets there' },
        related: uses.flatMap(({ row }) => [
          { span: nodeSpan(row.site.source ?? row.site.server.node), text: 'reached without a verified certificate' },
        ]),
        witness: first.witness,
        identity: [...identityOf(site), certificate.name],
      });
    }
    for (const { certificate, row, witness } of lentStreamCertificates(stream.model, stream.access)) {
      const { server } = row.site;
      report({
        message: `${certificate.name} vouches for clients without a verified certificate at server ${nameOfServer(server)}`,
        primary: { span: nodeSpan(certificate), text: 'shown to the back end for everybody who gets there' },
        related: [{ span: nodeSpan(row.site.source ?? server.node), text: 'reached without a verified certificate' }],
        witness,
        identity: [...identityOf(row.site), certificate.name],
      });
    }
  },
});

/** `proxy_ssl_certificate`, or the command that names a certificate. */
function nameOfDirective({ name, args }: ConfigNode): string {
  return name.endsWith('_conf_command') ? `${name} ${args[0]}` : name;
}
