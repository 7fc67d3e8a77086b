import { type BelievedHeader, believedHeaders } from '../src/analysis/believed-headers.js';
import { groupBy } from '../src/analysis/exposures.js';
import { type Forgery, forgeriesOf } from '../src/analysis/forgeries.js';
import { identityOf, placeOf, readable } from '../src/analysis/names.js';
import { type ConfigNode, nodePlace, nodeSpan } from '../src/config/config-tree.js';
import { gravestFirst, type Label, type Level } from '../src/finding.js';
import { defineRule, type Report } from '../src/rule.js';

export default defineRule({
  id: 'spoofable-identity-header',
  group: 'Identity and authorization',
  summary:
    'A header that tells a back end who the client is can arrive in the words of the client: by another way, or under a twin of its name.',
  level: 'error',
  precision: 'high',
  securitySeverity: '9.1',
  since: '0.1.0',
  help: 'Set or clear the header on every way to that back end.',

  check({ model, access, settings, report }) {
    const forgeries = forgeriesOf(model, access, settings.identityHeaders);
    const finding = (forgery: Forgery) =>
      [forgery.row.site.server.index, forgery.row.site.target, forgery.way, levelOf(forgery)].join('\n');
    for (const group of groupBy(forgeries, finding)) report(forgeryReport(group));
    const believed = believedHeaders(model, access, settings.identityHeaders);
    for (const group of groupBy(believed, ({ at }) => nodePlace(at))) report(believedReport(group));
  },
});

/** A twin with dashes deceives only a back end that takes both for one name; underscores are kept for such back ends. */
function levelOf({ isVerified, way }: Forgery): Level {
  return isVerified || way === 'dashes' ? 'warning' : 'error';
}

function forgeryReport(group: readonly [Forgery, ...Forgery[]]): Report {
  const forgeries = gravestFirst(group, levelOf);
  const [{ identity, isVerified, row, sent, way, witness }] = forgeries;
  const { site } = row;
  const texts = new Set(forgeries.map(forgery => forgery.sent)).size;
  const places = new Set(forgeries.map(forgery => forgery.row)).size;
  const more = (count: number): string => (count === 1 ? '' : ` and ${count - 1} more`);
  const who = isVerified ? 'a verified client' : 'any client';
  const where = placeOf(site, more(places));
  const setter = placeOf(identity.row.site);
  const own = readable(identity.header);
  const told = {
    name: `where ${setter} says by this header who the client is`,
    underscores: `which may take it for ${own}`,
    dashes: `which may take it for ${own}`,
    'handed on': `as ${own}`,
  };
  return {
    level: levelOf(forgeries[0]),
    message: `${readable(sent)}${more(texts)} of ${who} arrives through ${where} at ${readable(site.target ?? '')}, ${told[way]}`,
    primary: { span: nodeSpan(site.source ?? site.server.node), text: 'hands on what the client wrote' },
    related: labelsOf(forgeries),
    witness,
    help: helpFor(forgeries[0]),
    identity: [...identityOf(site), identity.family, way],
  };
}

/** Every line once: where the client's text goes on, what lets it, and where the configuration speaks for itself. */
function labelsOf(forgeries: readonly [Forgery, ...Forgery[]]): Label[] {
  const source = ({ row: { site } }: Forgery): ConfigNode => site.source ?? site.server.node;
  const texts = new Map<string, Label>();
  const add = (node: ConfigNode, text: string): void => {
    if (!texts.has(nodePlace(node))) texts.set(nodePlace(node), { span: nodeSpan(node), text });
  };
  for (const forgery of forgeries) add(source(forgery), 'and so does this');
  for (const { by } of forgeries) if (by !== undefined) add(by.node, by.text);
  for (const { identity } of forgeries) add(identity.node, 'tells who the client is');
  texts.delete(nodePlace(source(forgeries[0])));
  return [...texts.values()];
}

function helpFor({ by, directive, identity, sent, way }: Forgery): string {
  const header = readable(sent.slice(sent.indexOf(' ') + 1));
  const name = directive.endsWith('_param') ? `HTTP_${identity.family.toUpperCase()}` : header;
  switch (way) {
    case 'name':
      return `Repeat the ${directive} lines of the other place here, or clear the header: ${directive} ${name} "";`;
    case 'underscores':
      return `Leave ${by?.node.name ?? 'underscores_in_headers'} at its default, in every server of the address.`;
    case 'dashes':
      return `Clear the twin next to every line that sets ${readable(identity.header)}: ${directive} ${name} "";`;
    case 'handed on':
      return `Set ${readable(identity.header)} from nginx's own variables, or clear it.`;
  }
}

function believedReport([first, ...rest]: readonly [BelievedHeader, ...BelievedHeader[]]): Report {
  const { at, header, row, witness } = first;
  const { site } = row;
  const more = rest.length === 0 ? '' : ` and ${rest.length} more`;
  const own = readable(header);
  return {
    message: `header ${own}, which any client can send, decides about ${placeOf(site, more)}`,
    primary: { span: nodeSpan(at), text: `believes ${own}` },
    related: [first, ...rest].map(other => ({
      span: nodeSpan(other.row.site.source ?? other.row.site.server.node),
      text: `reached by ${own}`,
    })),
    witness,
    help: 'Let only the proxy that sets the header connect, by its address or over a unix socket, or verify clients here.',
    identity: [...identityOf(site), own],
  };
}
