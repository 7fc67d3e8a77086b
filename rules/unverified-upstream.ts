import { type AnyRow, isHttpRow, isRefused, isStreamRow } from '../src/analysis/access.js';
import { holdsClientText } from '../src/analysis/client-text.js';
import { identityOfServer, identityOfServers, nameOfSite, placeOf, readable } from '../src/analysis/names.js';
import { proxyCertificatesOf } from '../src/analysis/proxy-certificates.js';
import { type ConfigNode, nodePlace, nodeSpan } from '../src/config/config-tree.js';
import { BACK_END_PREFIXES, BACK_END_TLS_SETTINGS, BackEndTls } from '../src/model/back-end-tls.js';
import { parseTemplate } from '../src/model/template.js';
import { defineRule, type RuleContext } from '../src/rule.js';

export default defineRule({
  id: 'unverified-upstream',
  group: "The proxy's own certificate",
  summary: 'The proxy shows a certificate to a back end, or names CAs for it, without verifying who the back end is.',
  level: 'warning',
  precision: 'very-high',
  securitySeverity: '5.9',
  since: '0.1.0',
  help: 'Set proxy_ssl_verify on (grpc_, uwsgi_) with a trusted certificate, and the name that the back end has in its certificate.',

  check(context) {
    const certificates = proxyCertificatesOf(context.model);
    const rows: readonly AnyRow[] = [...context.access.rows, ...context.stream.access.rows];
    const passes = rows.flatMap((row): Pass[] => {
      const tls = isRefused(row) ? undefined : BackEndTls.of(row.site.scope, row.site.source);
      if (tls === undefined) return [];
      if (tls.use !== 'depends') return [{ row, tls, speaksTls: tls.use === 'always' }];
      return [{ row, tls, speaksTls: isHttpRow(row) ? decided(certificates.filesOf(row)) : undefined }];
    });
    reportUnverified(context, passes);
    reportNames(context, passes);
    reportInert(context, passes);
  },
});

/** Whether there are files under which requests are passed on over TLS. */
function decided(files: readonly string[] | undefined): boolean | undefined {
  return files === undefined ? undefined : files.length > 0;
}

/** A site that passes requests on, with its TLS settings. */
interface Pass {
  readonly row: AnyRow;
  readonly tls: BackEndTls;
  /** Whether requests are passed on over TLS; undefined where that is not decided. */
  readonly speaksTls: boolean | undefined;
}

/** Back ends that are shown a certificate, or for which CAs are named, and that are not verified. */
function reportUnverified({ report }: RuleContext, passes: readonly Pass[]): void {
  const open = passes.filter(({ speaksTls, tls }) => speaksTls === true && tls.verification === 'off');
  for (const { node, uses } of byLine(
    open,
    ({ tls }) =>
      tls.certificate?.node ?? notEmpty(tls.setting('ssl_trusted_certificate')) ?? notEmpty(tls.setting('ssl_crl')),
  )) {
    const [{ tls }] = uses as [Pass, ...Pass[]];
    const { certificate, prefix, verifyCommand } = tls;
    const isShown = certificate?.node === node;
    const lack =
      verifyCommand === undefined
        ? `that is not verified: ${prefix}_ssl_verify is off`
        : `whose name is not checked: ${prefix}_ssl_conf_command VerifyMode looks at no name`;
    const trusted = tls.setting('ssl_trusted_certificate');
    const off = tls.setting('ssl_verify');
    report({
      message: isShown
        ? `${nameOfDirective(node)} is shown at ${namesOf(uses)} to a back end ${lack}`
        : `${node.name} is given at ${namesOf(uses)} for a back end ${lack}`,
      primary: {
        span: nodeSpan(node),
        text: isShown ? 'shown to whoever answers' : 'not even read without verification',
      },
      related: [
        ...(isShown && trusted !== undefined
          ? [{ span: nodeSpan(trusted), text: 'not even read without verification' }]
          : []),
        ...(off === undefined ? [] : [{ span: nodeSpan(off), text: 'switches verification off' }]),
        ...uses.map(use => ({ span: nodeSpan(use.tls.pass), text: 'passed on to whoever answers' })),
      ],
      help: `Set ${prefix}_ssl_verify on, ${prefix}_ssl_trusted_certificate to the CA of the back end, and ${prefix}_ssl_name to the name in its certificate.`,
      identity: ['unverified', node.name, ...identityOfServers(uses.map(({ row }) => row.site.server))],
    });
  }
}

/** Names to verify that the client writes. */
function reportNames({ model, report, stream }: RuleContext, passes: readonly Pass[]): void {
  const chosen = passes.filter(({ row, speaksTls, tls }) => {
    const name = tls.name === undefined ? tls.authority : parseTemplate(tls.name.args[0] ?? '');
    if (speaksTls !== true || !tls.isVerified) return false;
    return isStreamRow(row)
      ? holdsClientText(stream.model, row.site.server, name)
      : isHttpRow(row) && holdsClientText(model, row.site.server, name);
  });
  for (const { node, uses } of byLine(chosen, ({ tls }) => tls.name ?? tls.pass)) {
    const [{ tls }] = uses as [Pass, ...Pass[]];
    report({
      message: `the client chooses the name that the certificate of the back end is checked for at ${namesOf(uses)}: ${readable([node.name, ...node.args].join(' '))}`,
      primary: { span: nodeSpan(node), text: 'holds what the client writes' },
      related: uses.flatMap(use =>
        use.tls.pass === node ? [] : [{ span: nodeSpan(use.tls.pass), text: 'passed on under any name' }],
      ),
      help: `Write the name that the back end has in its certificate: ${tls.prefix}_ssl_name.`,
      identity: ['name', ...node.args, ...identityOfServers(uses.map(({ row }) => row.site.server))],
    });
  }
}

/** The directives of all modules that say who the proxy is towards a back end, or whom it trusts. */
const TLS_DIRECTIVES: ReadonlySet<string> = new Set(
  BACK_END_PREFIXES.flatMap(prefix => BACK_END_TLS_SETTINGS.map(name => `${prefix}_${name}`)),
);

/** Settings of TLS that no site uses, although it passes on: over plain connections, or by another module. */
function reportInert({ directives, report }: RuleContext, passes: readonly Pass[]): void {
  const found = new Set<string>();
  for (const { name } of directives()) if (TLS_DIRECTIVES.has(name)) found.add(name);
  const written = [...TLS_DIRECTIVES].filter(name => found.has(name));
  const used = new Set<string>();
  const idle = new Map<string, { node: ConfigNode; uses: Pass[] }>();
  for (const pass of passes) {
    for (const name of written) {
      const node = pass.row.site.scope.setting(name);
      if (node === undefined || isOff(node)) continue;
      const place = nodePlace(node);
      if (prefixOf(node) === pass.tls.prefix && pass.speaksTls !== false) used.add(place);
      const line = idle.get(place) ?? { node, uses: [] };
      idle.set(place, line);
      line.uses.push(pass);
    }
  }
  const told = new Set<string>();
  for (const [place, { node, uses }] of idle) {
    const [{ row, tls }] = uses as [Pass, ...Pass[]];
    const block = node.parent === undefined ? place : nodePlace(node.parent);
    const prefix = prefixOf(node);
    if (used.has(place) || told.has(`${block} ${prefix}`)) continue;
    told.add(`${block} ${prefix}`);
    const isForeign = uses.every(use => use.tls.prefix !== prefix);
    report({
      // Outside of servers it may be meant for back ends to come.
      ...(node.parent?.name === 'http' || node.parent?.name === 'stream' ? { level: 'note' } : {}),
      message: isForeign
        ? `${node.name} has no effect at ${namesOf(uses)}: ${tls.pass.name} takes ${tls.prefix}_ssl settings`
        : `${node.name} has no effect at ${namesOf(uses)}: ${readable(tls.pass.args[0] ?? '')} is not spoken to over TLS${isStreamRow(row) ? ', since proxy_ssl is off' : ''}`,
      primary: { span: nodeSpan(node), text: 'not even read' },
      related: uses.map(use => ({ span: nodeSpan(use.tls.pass), text: 'passed on without it' })),
      help: isForeign
        ? `Write ${tls.prefix}_${node.name.slice(prefix.length + 1)}, or remove the line.`
        : isStreamRow(row)
          ? 'Set proxy_ssl on, or remove the line.'
          : 'Pass on over TLS, or remove the line.',
      identity: ['inert', node.name, identityOfServer(row.site.server), nameOfSite(row.site)],
    });
  }
}

/** `proxy` of `proxy_ssl_verify`. */
function prefixOf({ name }: ConfigNode): string {
  return name.slice(0, name.indexOf('_'));
}

function isOff({ args }: ConfigNode): boolean {
  return args[0] === '' || args[0]?.toLowerCase() === 'off';
}

function notEmpty(node: ConfigNode | undefined): ConfigNode | undefined {
  return node === undefined || isOff(node) ? undefined : node;
}

/** The sites by the line that a setting of theirs comes from; those without one are left out. */
function byLine(
  passes: readonly Pass[],
  lineOf: (pass: Pass) => ConfigNode | undefined,
): { readonly node: ConfigNode; readonly uses: readonly Pass[] }[] {
  const lines = new Map<string, { node: ConfigNode; uses: Pass[] }>();
  for (const pass of passes) {
    const node = lineOf(pass);
    if (node === undefined) continue;
    const line = lines.get(nodePlace(node)) ?? { node, uses: [] };
    lines.set(nodePlace(node), line);
    line.uses.push(pass);
  }
  return [...lines.values()];
}

/** `location / of server a.test`, with the number of the others. */
function namesOf(uses: readonly Pass[]): string {
  const [{ row }, ...rest] = uses as [Pass, ...Pass[]];
  const others = rest.length === 0 ? '' : ` and ${rest.length} more`;
  return `${placeOf(row.site)}${others}`;
}

/** `proxy_ssl_certificate`, or the command that names a certificate. */
function nameOfDirective({ name, args }: ConfigNode): string {
  return name.endsWith('_conf_command') ? `${name} ${args[0]}` : name;
}
