import type { ConfigNode } from '../config/config-tree.js';
import type { HttpModel, Template } from '../model/model.js';
import { complement, intersect, type Language, literal, solve } from '../pcre/language.js';
import type { AccessRow, AccessTable } from './access.js';
import { Admission, valueKey } from './admission.js';
import { STRANGER, valuesOf } from './identity-languages.js';
import type { MapDefinition } from './identity-maps.js';
import { namingMaps } from './identity-tests.js';
import { Patterns } from './patterns.js';

/** A map of who clients are that lets in everybody whom it does not name. */
export interface DefaultAdmission {
  readonly map: MapDefinition;
  /** The line that lets them in; the map itself where it has no such line. */
  readonly by: ConfigNode;
  /** A line that refuses. */
  readonly refusing: ConfigNode;
  readonly row: AccessRow;
}

/** The maps by which every verified client that no line names gets where a line keeps others from going. */
export function defaultAdmissions(model: HttpModel, table: AccessTable): DefaultAdmission[] {
  const admission = new Admission(model, table);
  return namingMaps(model).flatMap(({ map, source }) => {
    const fallback = fallbackOf(model, map, source);
    if (fallback === undefined) return [];
    const { node, value } = fallback;
    for (const { fortunes, row } of admission.rulingsOf(map)) {
      if (fortunes.get(valueKey(value)) !== 'admitted') continue;
      const refusing = listed(map, source).find(
        entry => entry.node !== node && fortunes.get(valueKey(entry.value)) === 'refused',
      );
      if (refusing !== undefined) return [{ map, by: node, refusing: refusing.node, row }];
    }
    return [];
  });
}

/** The lines that are about clients with a certificate: the key that they have without one is left out. */
function listed({ literals, regexes }: MapDefinition, source: Template): { value: Template; node: ConfigNode }[] {
  const nobody = ['', 'none'].map(verdict => textWith(source, verdict, '').toLowerCase());
  return [...[...literals].flatMap(([key, entry]) => (nobody.includes(key) ? [] : [entry])), ...regexes];
}

/** The line by which a map judges verified clients that nothing else in it names: a pattern for everybody, or the default. */
function fallbackOf(
  model: HttpModel,
  { default: last, node, regexes }: MapDefinition,
  source: Template,
): { node: ConfigNode; value: Template } | undefined {
  const patterns = new Patterns();
  // Clients whose certificate is verified: the verdict is known.
  const verified = source.map(piece =>
    piece.kind === 'variable' && piece.name === 'ssl_client_verify'
      ? ({ kind: 'text', text: 'SUCCESS' } as const)
      : piece,
  );
  let left: Language = intersect(
    valuesOf(model, verified),
    complement(literal('')),
    complement(literal(textWith(source, 'SUCCESS', ''))),
  );
  const stranger = textWith(source, 'SUCCESS', STRANGER);
  for (const { pattern, value, node: line } of regexes) {
    const found = patterns.language(pattern);
    if ('unsupported' in found) return undefined;
    // Most patterns are about somebody, and not about everybody who is left.
    if (patterns.match(pattern, stranger) === undefined) continue;
    left = intersect(left, complement(found.language));
    const answer = solve([{ language: left }], { maxStates: MAX_STATES });
    if (answer === 'empty') return { node: line, value };
    if ('bound' in Object(answer)) return undefined;
  }
  return { node: last?.node ?? node, value: last?.value ?? [] };
}

/** Product states that the question may visit, whether a pattern is about everybody. */
const MAX_STATES = 4_000;

/** The text of a template with a verdict and a name in it. */
function textWith(source: Template, verdict: string, name: string): string {
  return source
    .map(piece => {
      if (piece.kind === 'text') return piece.text;
      return piece.kind === 'variable' && piece.name === 'ssl_client_verify' ? verdict : name;
    })
    .join('');
}
