/** Compares the fields that back ends were sent with those that the evaluator says they are sent. */
import type { Passage } from '../../src/analysis/evaluate.js';
import type { Contact, Field } from './recording-back-end.js';

/** What nginx adds or leaves out itself, by what it finds in the body and the connection. */
const OWN: ReadonlySet<string> = new Set([
  ...['host', 'connection', 'content-length', 'transfer-encoding', 'te', 'content_length'],
]);

/**
 * What arrived and what should have, each request to a back end as a line; undefined where they agree. A field that is
 * not decided, in presence or in value, is left out on both sides.
 */
export function differingFields(
  passages: readonly Passage[],
  contacts: readonly Contact[],
): { readonly observed: readonly string[]; readonly expected: readonly string[] } | undefined {
  const open = new Set(
    passages.flatMap(({ fields = [] }) =>
      fields.flatMap(({ name, text, isCertain }) => (text === undefined || !isCertain ? [name.toLowerCase()] : [])),
    ),
  );
  const isCompared = ([name]: Field): boolean => !OWN.has(name.toLowerCase()) && !open.has(name.toLowerCase());
  const line = (site: string, fields: readonly Field[], foldsNames: boolean): string => {
    const told = fields.filter(isCompared).map(([name, value]) => {
      return `${foldsNames ? name.toLowerCase() : name}: ${value}`;
    });
    return [site, ...told.sort()].join(' | ');
  };
  // The names of headers are the same in every case, those of parameters are not.
  const protocols = new Map(passages.map(({ site }) => [siteOf(site.target), site.content]));
  const foldsNames = (site: string): boolean => /^(?:proxy|grpc)_pass$/.test(protocols.get(site) ?? '');
  const observed = contacts
    .map(({ site, fields = [] }) => line(`site-${site}`, fields, foldsNames(`site-${site}`)))
    .sort();
  const expected = passages
    .map(({ site, fields = [] }) => {
      const name = siteOf(site.target);
      return line(
        name,
        fields.map(field => [field.name, field.text ?? '']),
        foldsNames(name),
      );
    })
    .sort();
  return observed.join('\n') === expected.join('\n') ? undefined : { observed, expected };
}

function siteOf(target: string | undefined): string {
  return /site-\d+/.exec(target ?? '')?.[0] ?? '';
}
