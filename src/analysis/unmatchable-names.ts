import type { Template, TrafficModel } from '../model/model.js';
import { NAMING_VARIABLES } from '../model/tls-variables.js';
import { accepts, complement, intersect, type Language, literal, type SolveOptions, solve } from '../pcre/language.js';
import { printedName, usualValuesOf, valuesOf } from './identity-languages.js';
import { type IdentityTest, identityTests, languageWanted } from './identity-tests.js';
import { attributesOf, PATTERN_REPAIRS, type Repair, repairsFor } from './name-repairs.js';
import { Patterns } from './patterns.js';

/** Product states that one question may visit; a test of which more would have to be known is taken to be possible. */
const LIMITS: SolveOptions = { maxStates: 2_000 };

/** A test of who the client is that no client meets, or that few do. */
export interface UnmatchableName {
  readonly test: IdentityTest;
  /** The variable that the name is looked for in. */
  readonly variable: string;
  /** `impossible`: nginx never shows such a text. `order`: it does, but of names put together in an unusual order. */
  readonly kind: 'impossible' | 'order';
  /** A clause. */
  readonly why: string;
  /** What nginx shows instead; undefined where that cannot be told. */
  readonly meant: string | undefined;
}

/**
 * The tests whose names nginx never shows (mtls-semantics 10), and those whose parts are in an unusual order.
 *
 * @param authorities the names of certificates that are at hand, as nginx shows them
 */
export function unmatchableNames(model: TrafficModel, authorities: readonly string[]): UnmatchableName[] {
  const patterns = new Patterns();
  const judged = new Map<string, Omit<UnmatchableName, 'test'> | undefined>();
  return identityTests(model).flatMap(test => {
    // A snippet that many servers include is judged once.
    const key = JSON.stringify([test.source, test.wanted, test.in.kind]);
    if (!judged.has(key)) judged.set(key, judge(model, test, patterns, authorities));
    const found = judged.get(key);
    return found === undefined ? [] : [{ test, ...found }];
  });
}

function judge(
  model: TrafficModel,
  { in: place, source, wanted }: IdentityTest,
  patterns: Patterns,
  authorities: readonly string[],
): Omit<UnmatchableName, 'test'> | undefined {
  const variable = source.flatMap(piece =>
    piece.kind === 'variable' && NAMING_VARIABLES.has(piece.name) ? [piece.name] : [],
  )[0]!;
  const language = languageWanted(wanted, patterns);
  if (language === undefined) return undefined;
  const values = valuesOf(model, source);
  // A map does not try its patterns on an empty text (row 5.6).
  const possible =
    place.kind === 'map' && wanted.kind === 'pattern' ? intersect(values, complement(literal(''))) : values;
  const usual = usualValuesOf(source);
  const isPossible = (texts: Language): boolean =>
    (usual !== undefined && solve([{ language: texts }, { language: usual }], LIMITS) !== 'empty') ||
    solve([{ language: texts }, { language: possible }], LIMITS) !== 'empty';
  if ((wanted.kind === 'text' && accepts(possible, wanted.text)) || isPossible(language)) {
    if (wanted.kind === 'pattern') return undefined;
    return inOrder(wanted.text, source, variable, authorities);
  }
  if (wanted.kind === 'pattern') {
    const repairs =
      PATTERN_REPAIRS.get(variable.includes('_dn') && !variable.endsWith('_legacy') ? 'dn' : variable) ?? [];
    let current = wanted.pattern.source;
    for (const { apply, why } of repairs) {
      const next = apply(current);
      if (next === current) continue;
      current = next;
      const repaired = patterns.language({ ...wanted.pattern, source: current });
      const readsCase = patterns.language({ source: current, caseless: true });
      for (const found of [repaired, readsCase]) {
        if ('language' in found && isPossible(found.language))
          return { variable, kind: 'impossible', why, meant: undefined };
      }
    }
    return { variable, kind: 'impossible', why: 'nothing that nginx shows there is matched', meant: undefined };
  }
  const affixes = affixesOf(wanted.text, source, variable);
  if (affixes !== undefined) {
    const { prefix, suffix } = affixes;
    const name = wanted.text.slice(prefix.length, wanted.text.length - suffix.length);
    const repaired = repair(name, repairsFor(variable), text => accepts(values, prefix + text + suffix));
    if (repaired !== undefined) {
      const real = sameName(repaired.text, authorities);
      return { variable, kind: 'impossible', why: repaired.why, meant: prefix + (real ?? repaired.text) + suffix };
    }
    if (variable === 'ssl_client_fingerprint' && /^[0-9a-f]{64}$/i.test(name.replace(/[:\s]/g, ''))) {
      return {
        variable,
        kind: 'impossible',
        why: 'this is a fingerprint of SHA-256, and nginx shows that of SHA-1',
        meant: undefined,
      };
    }
  }
  return { variable, kind: 'impossible', why: 'nginx never shows such a text', meant: undefined };
}

/** The repairs that make a text possible, one after the other. */
function repair(
  text: string,
  repairs: readonly Repair[],
  isPossible: (text: string) => boolean,
): { readonly text: string; readonly why: string } | undefined {
  const reasons: string[] = [];
  let current = text;
  for (const { apply, why } of repairs) {
    const next = apply(current);
    if (next === current) continue;
    current = next;
    reasons.push(why);
    if (isPossible(current)) return { text: current, why: reasons.join(', and ') };
  }
  return undefined;
}

/** What stands in front of the client's name in a text that a template gives, and behind it. */
function affixesOf(text: string, source: Template, variable: string): { prefix: string; suffix: string } | undefined {
  for (const verdict of ['SUCCESS', 'NONE', '']) {
    let prefix = '';
    let suffix = '';
    let isBehind = false;
    for (const piece of source) {
      if (piece.kind === 'variable' && piece.name === variable && !isBehind) {
        isBehind = true;
        continue;
      }
      const isVerdict = piece.kind === 'variable' && piece.name === 'ssl_client_verify';
      if (piece.kind !== 'text' && !isVerdict) return undefined;
      const part = piece.kind === 'text' ? piece.text : verdict;
      if (isBehind) suffix += part;
      else prefix += part;
    }
    const folded = text.toLowerCase();
    if (folded.startsWith(prefix.toLowerCase()) && folded.endsWith(suffix.toLowerCase())) {
      if (prefix.length + suffix.length <= text.length) {
        return { prefix: text.slice(0, prefix.length), suffix: text.slice(text.length - suffix.length) };
      }
    }
  }
  return undefined;
}

/** From the most general type of attribute to the most special one. */
const RANKS: ReadonlyMap<string, number> = new Map([
  ['C', 0],
  ['ST', 1],
  ['L', 2],
  ['O', 3],
  ['OU', 4],
  ['CN', 5],
  ['UID', 5],
  ['emailAddress', 6],
]);

/** A possible name that begins with what certificates usually begin with: nginx shows that last. */
function inOrder(
  text: string,
  source: Template,
  variable: string,
  authorities: readonly string[],
): Omit<UnmatchableName, 'test'> | undefined {
  if (variable !== 'ssl_client_s_dn' && variable !== 'ssl_client_i_dn') return undefined;
  const affixes = affixesOf(text, source, variable);
  if (affixes === undefined) return undefined;
  const { prefix, suffix } = affixes;
  const name = text.slice(prefix.length, text.length - suffix.length);
  const attributes = attributesOf(name);
  if (attributes === undefined || name.includes('+')) return undefined;
  const why =
    'nginx shows the parts of a name from the last one to the first, so that this one would begin with its most special part';
  const real = sameName(name, authorities);
  if (real !== undefined && real.toLowerCase() !== name.toLowerCase()) {
    return {
      variable,
      kind: 'impossible',
      why: 'a certificate with these parts is at hand, and they are in another order',
      meant: prefix + real + suffix,
    };
  }
  const ranks = attributes.map(({ type }) => RANKS.get(printedName(type) ?? ''));
  const isSorted = ranks.every((rank, at) => rank !== undefined && (at === 0 || rank >= ranks[at - 1]!));
  if (!isSorted || ranks[0]! >= ranks.at(-1)! || real !== undefined) return undefined;
  const reversed = [...attributes].reverse().map(({ type, value }) => `${type}=${value}`);
  return { variable, kind: 'order', why, meant: prefix + reversed.join(',') + suffix };
}

/** The name at hand that has the same attributes, in whatever order. */
function sameName(name: string, authorities: readonly string[]): string | undefined {
  const keyOf = (text: string): string | undefined =>
    attributesOf(text)
      ?.map(({ type, value }) => `${(printedName(type) ?? type).toLowerCase()}=${value.toLowerCase()}`)
      .sort()
      .join('\n');
  const wanted = keyOf(name);
  return wanted === undefined ? undefined : authorities.find(text => keyOf(text) === wanted);
}
