import type { Pattern, Template } from '../model/model.js';
import {
  accepts,
  type Constraint,
  complement,
  concat,
  epsilon,
  everything,
  type Language,
  literal,
  literalCaseless,
  type SolveOptions,
  solve,
  solveMany,
} from '../pcre/language.js';
import { distinguishedName, namesWithout, printedName, STRANGER, simpleName } from './identity-languages.js';
import type { IdentityTest } from './identity-tests.js';
import { holding } from './input-languages.js';
import { attributesOf } from './name-repairs.js';
import { Patterns } from './patterns.js';

/** A subject that meets a pattern which asks for another one. */
export interface OtherSubject {
  /** A subject that the pattern asks for. */
  readonly meant: string;
  readonly subject: string;
  /** Why it meets the pattern: a clause. */
  readonly why: string;
}

/** Product states that one question may visit. */
const LIMITS: SolveOptions = { maxStates: 1_000 };
/** Subjects that are tried for one attribute. */
const MAX_TRIED = 6;

/** Looks for subjects that meet patterns without being what they ask for. */
export class LooseNames {
  readonly #patterns = new Patterns();
  readonly #known = new Map<string, OtherSubject | undefined>();

  /**
   * A subject that meets the pattern of a test although it is another one than the pattern asks for; undefined where there
   * is none, or none was found. Each is confirmed by matching it byte by byte.
   *
   * @param captured the text that the pattern has to cut out of it, where that is what counts
   */
  find(test: IdentityTest, captured?: readonly (string | undefined)[]): OtherSubject | undefined {
    const key = JSON.stringify([test.source, test.wanted, test.in.kind === 'map' ? test.in.map.name : '', captured]);
    if (!this.#known.has(key)) this.#known.set(key, this.#find(test, captured));
    return this.#known.get(key);
  }

  /** What the groups of a test's pattern cut out of a subject; undefined where it does not match. */
  cutOut({ source, wanted }: IdentityTest, subject: string): readonly (string | undefined)[] | undefined {
    const affixes = affixesOf(source);
    if (affixes === undefined || wanted.kind !== 'pattern') return undefined;
    return this.#patterns.match(wanted.pattern, affixes.prefix + subject + affixes.suffix)?.slice(1);
  }

  #find(test: IdentityTest, captured: readonly (string | undefined)[] | undefined): OtherSubject | undefined {
    const { source, wanted } = test;
    const affixes = affixesOf(source);
    if (affixes === undefined || wanted.kind !== 'pattern') return undefined;
    const found = this.#patterns.language(wanted.pattern);
    if ('unsupported' in found) return undefined;
    const demand: Constraint = { language: found.language, ...affixes };
    const cuts =
      captured?.flatMap(text => (text === undefined || text === '' ? [] : [{ language: holding(text) }])) ?? [];
    const everybody = [{ language: distinguishedName() }, { language: complement(literal('')) }];
    // A pattern that is about everybody asks for nobody in particular.
    const outside = { ...demand, language: complement(demand.language) };
    if (this.cutOut(test, STRANGER) !== undefined && solve([...everybody, outside], LIMITS) === 'empty')
      return undefined;
    const meant = wordOf([{ language: simpleName() }, demand, ...cuts]) ?? wordOf([...everybody, demand, ...cuts]);
    if (meant === undefined) return undefined;
    const matches = (subject: string): boolean => {
      const groups = this.cutOut(test, subject);
      if (groups === undefined || this.#isTakenEarlier(test, affixes.prefix + subject + affixes.suffix)) return false;
      return captured === undefined || captured.every((text, index) => text === groups[index]);
    };
    return (
      embedded(meant, matches, [demand, ...cuts]) ??
      ofAnyType(meant, matches) ??
      extended(meant, matches) ??
      (captured === undefined ? misread(wanted.pattern, affixes, demand, matches) : undefined)
    );
  }

  /** True for a text that a line of a map in front of the one in question takes. */
  #isTakenEarlier({ in: place, wanted }: IdentityTest, text: string): boolean {
    if (place.kind !== 'map' || wanted.kind !== 'pattern') return false;
    const { literals, regexes } = place.map;
    if (literals.has(text.toLowerCase())) return true;
    const own = regexes.findIndex(({ pattern }) => pattern === wanted.pattern);
    return regexes.slice(0, own).some(({ pattern }) => this.#patterns.match(pattern, text) !== undefined);
  }
}

/** What stands around the client's name in what a test compares. */
interface Affixes {
  readonly prefix: string;
  readonly suffix: string;
}

/** What stands around the name of a verified client; undefined where more than that is compared. */
function affixesOf(source: Template): Affixes | undefined {
  let prefix = '';
  let suffix: string | undefined;
  for (const piece of source) {
    if (piece.kind === 'capture') return undefined;
    const isName = piece.kind === 'variable' && /^ssl_client_[si]_dn$/.test(piece.name);
    if (isName && suffix === undefined) {
      suffix = '';
      continue;
    }
    if (piece.kind === 'variable' && piece.name !== 'ssl_client_verify') return undefined;
    const text = piece.kind === 'text' ? piece.text : 'SUCCESS';
    if (suffix === undefined) prefix += text;
    else suffix += text;
  }
  return suffix === undefined ? undefined : { prefix, suffix };
}

type Matches = (subject: string) => boolean;

/** The name with one of its attributes changed. */
function withAttribute(
  name: string,
  index: number,
  change: { readonly type?: string; readonly value?: string },
): string {
  const attributes = attributesOf(name)!;
  return attributes
    .map((attribute, at) => {
      const { type, value } = at === index ? { ...attribute, ...change } : attribute;
      return `${type}=${value}`;
    })
    .join(',');
}

/** The attributes of a name whose values the pattern asks for: with other values it does not match. */
function* asked(meant: string, matches: Matches): Generator<{ type: string; value: string; index: number }> {
  for (const [index, attribute] of (attributesOf(meant) ?? []).entries()) {
    const others = ['zq', 'Qz7'].filter(value => matches(withAttribute(meant, index, { value })));
    if (others.length === 0) yield { ...attribute, index };
  }
}

function isTyped(meant: string, matches: Matches, index: number): boolean {
  return !OTHER_TYPES.some(type => matches(withAttribute(meant, index, { type })));
}

const OTHER_TYPES = ['title', 'pseudonym'];

/** A subject without the attribute that is asked for: another attribute holds the text of it. */
function embedded(meant: string, matches: Matches, demands: readonly Constraint[]): OtherSubject | undefined {
  for (const [index, { type }] of (attributesOf(meant) ?? []).entries()) {
    if (!isTyped(meant, matches, index)) continue;
    for (const isCommon of [true, false]) {
      const without = [{ language: namesWithout(type, isCommon) }, { language: holding(`${type}=`) }];
      for (const subject of solveMany([...without, ...demands], MAX_TRIED, LIMITS).words) {
        // The text in the value is what makes it match.
        if (!matches(subject) || matches(withoutMarks(subject))) continue;
        return { meant, subject, why: `it has no ${type}, only the text of one in another attribute` };
      }
    }
  }
  return undefined;
}

/** The name with no `=` left in its values. */
function withoutMarks(name: string): string {
  return (attributesOf(name) ?? []).map(({ type, value }) => `${type}=${value.replaceAll('=', '-')}`).join(',');
}

/** A subject that holds the text in an attribute of another type, where the pattern asks for none. */
function ofAnyType(meant: string, matches: Matches): OtherSubject | undefined {
  for (const { index, type } of asked(meant, matches)) {
    if (isTyped(meant, matches, index)) continue;
    const other = ['O', 'OU', 'CN'].find(name => name !== type && matches(withAttribute(meant, index, { type: name })));
    if (other === undefined) continue;
    return {
      meant,
      subject: withAttribute(meant, index, { type: other }),
      why: 'it holds the text in whichever attribute',
    };
  }
  return undefined;
}

/** A subject whose last value goes on behind what is asked for. */
function extended(meant: string, matches: Matches): OtherSubject | undefined {
  const attributes = attributesOf(meant) ?? [];
  for (const { index, type } of asked(meant, matches)) {
    if (index !== attributes.length - 1) continue;
    const longer = ['x', '2', '-x', '.x', ' x'].map(tail => meant + tail);
    if (longer.every(matches))
      return { meant, subject: longer[0]!, why: `its ${type} goes on behind what is asked for` };
  }
  return undefined;
}

/** A subject that differs from the pattern read as plain text: a `.` of it stands for any byte. */
function misread(
  { caseless, source }: Pattern,
  affixes: Affixes,
  demand: Constraint,
  matches: Matches,
): OtherSubject | undefined {
  const text = source.replace(/^\^/, '').replace(/\$$/, '');
  // Other marks of the pattern are not to be read as text.
  if (!text.includes('.') || !/^[\w=,.:@ -]*$/.test(text)) return undefined;
  const read = (dot: Language): Language =>
    concat(
      source.startsWith('^') ? epsilon : everything,
      ...[...text].map(byte => (byte === '.' ? dot : caseless ? literalCaseless(byte) : literal(byte))),
      source.endsWith('$') ? epsilon : everything,
    );
  const asText: Constraint = { language: read(literal('.')), ...affixes };
  const meant = wordOf([{ language: simpleName() }, asText, demand]);
  if (meant === undefined) return undefined;
  const others: Constraint[] = [{ ...asText, language: complement(asText.language) }, demand];
  const among = (names: Language): string | undefined =>
    solveMany([{ language: names }, ...others], MAX_TRIED, LIMITS).words.find(matches);
  const subject = among(simpleName()) ?? among(distinguishedName());
  return subject === undefined ? undefined : { meant, subject, why: 'a dot stands for any character' };
}

function wordOf(constraints: readonly Constraint[]): string | undefined {
  const answer = solve(constraints, LIMITS);
  return typeof answer === 'object' && 'word' in answer ? answer.word : undefined;
}

/** A name that nginx can show and that differs in the case of its values alone; undefined where there is none. */
export function inOtherCase(name: string): string | undefined {
  const attributes = attributesOf(name)?.map(({ type, value }) => ({ type: printedName(type) ?? type, value }));
  for (const fold of [(text: string) => text.toUpperCase(), (text: string) => text.toLowerCase()]) {
    // An escaped byte keeps its digits.
    const folded = (value: string): string =>
      value.replace(/\\[0-9A-F]{2}|[a-zA-Z]+/g, part => (part.startsWith('\\') ? part : fold(part)));
    const other = attributes?.map(({ type, value }) => `${type}=${folded(value)}`).join(',');
    const isOther = attributes?.some(({ value }) => folded(value) !== value);
    if (other !== undefined && isOther && accepts(distinguishedName(), other)) return other;
  }
  return undefined;
}
