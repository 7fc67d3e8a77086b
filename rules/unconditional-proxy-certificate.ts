import { type AccessRow, directWitness } from '../src/analysis/access.js';
import { verifyVariables } from '../src/analysis/checks.js';
import { identityOf, nameOfServer, nameOfSite } from '../src/analysis/names.js';
import type { ClientClass, Witness } from '../src/analysis/request.js';
import { lentStreamCertificates } from '../src/analysis/stream-proxy-certificates.js';
import type { ConfigNode } from '../src/config/config-tree.js';
import { nodeSpan } from '../src/config/config-tree.js';
import type { HttpModel } from '../src/model/model.js';
import { parseTemplate, variablesOf } from '../src/model/template.js';
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

  check({ model, access, report, stream }) {
    const lent = new Map<ConfigNode, { row: AccessRow; witness: Witness }[]>();
    for (const row of access.rows) {
      const certificate = certificateFor(model, row);
      if (certificate === undefined) continue;
      const witness = openWitness(row);
      if (witness === undefined) continue;
      const uses = lent.get(certificate);
      if (uses === undefined) lent.set(certificate, [{ row, witness }]);
      else uses.push({ row, witness });
    }
    for (const [certificate, uses] of lent) {
      const [first, ...rest] = uses as [(typeof uses)[number], ...typeof uses];
      const { site } = first.row;
      const others = rest.length === 0 ? '' : ` and ${rest.length} more`;
      report({
        message: `${certificate.name} vouches for clients without a verified certificate at ${nameOfSite(site)}${others} of server ${nameOfServer(site.server)}`,
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

/** The TLS schemes of the pass directives and the prefix of their settings (mtls-semantics 12). */
const TLS_HANDLERS: Readonly<Record<string, { scheme: string; setting: string }>> = {
  proxy_pass: { scheme: 'https://', setting: 'proxy_ssl_certificate' },
  grpc_pass: { scheme: 'grpcs://', setting: 'grpc_ssl_certificate' },
  uwsgi_pass: { scheme: 'suwsgi://', setting: 'uwsgi_ssl_certificate' },
};

/** The certificate that the proxy shows for requests of a site; undefined where it shows none. */
function certificateFor(model: HttpModel, { site }: AccessRow): ConfigNode | undefined {
  const handler = TLS_HANDLERS[site.content];
  if (handler === undefined || !speaksTls(site.target ?? '', handler.scheme)) return undefined;
  const node = site.scope.setting(handler.setting);
  const file = node?.args[0] ?? '';
  // A file that is chosen by the verdict is a condition: for a client without a certificate it can be none (mtls-semantics 12).
  const verdicts = verifyVariables(model, site.server);
  if (file === '' || variablesOf(parseTemplate(file)).some(name => verdicts.has(name))) return undefined;
  return node;
}

/** Whether a target is reached over TLS for a client that came over TLS itself. */
function speaksTls(target: string, scheme: string): boolean {
  const start = target.toLowerCase();
  return start.startsWith(scheme) || (scheme === 'https://' && /^\$(\{scheme\}|scheme):/.test(start));
}

function openWitness({ access }: AccessRow): Witness | undefined {
  const classes: readonly ClientClass[] = ['none', 'untrusted'];
  for (const clientClass of classes) {
    const witness = directWitness(access[clientClass]);
    if (witness !== undefined) return witness;
  }
  return undefined;
}
