import {
  accepts,
  type Constraint,
  concat,
  derive,
  intersect,
  type Language,
  literal,
  type Solution,
  solve,
  solveMany,
} from '../pcre/language.js';
import { fixedText, normalise, type Sym, symbolsOf, type Value, valueKey } from './value.js';

/** What is demanded of one symbol. */
interface Demand {
  /** The texts it can have by itself; demands with a fixed text in front are part of it as derivatives. */
  readonly language: Language;
  /** The symbol's text with a fixed text behind it lies in the language. */
  readonly affixed: readonly { readonly language: Language; readonly suffix: string }[];
}

/** A demand on a value with more than one symbol: kept for the search of a witness, not decided. */
interface Residual {
  readonly value: Value;
  readonly language: Language;
}

/** Ways to split texts that one demand on several symbols may cost. */
const MAX_SPLITS = 6;

/** Product states that one question about satisfiability may visit. */
const MAX_STATES = 4_000;

/**
 * What is known of the symbols on one path: an over-approximation of the requests that take it. Immutable; `assume`
 * returns a new object, or undefined where no request is left.
 */
export class Knowledge {
  readonly #constraints: ReadonlyMap<Sym, Demand>;
  readonly #bindings: ReadonlyMap<Sym, Value>;
  readonly #residuals: readonly Residual[];
  /** Words found for symbols that nothing reads any more. */
  readonly #settled: ReadonlyMap<Sym, string>;
  #key: string | undefined;

  private constructor(
    constraints: ReadonlyMap<Sym, Demand>,
    bindings: ReadonlyMap<Sym, Value>,
    residuals: readonly Residual[],
    settled: ReadonlyMap<Sym, string>,
  ) {
    this.#constraints = constraints;
    this.#bindings = bindings;
    this.#residuals = residuals;
    this.#settled = settled;
  }

  static readonly NOTHING = new Knowledge(new Map(), new Map(), [], new Map());

  /** The value with every bound symbol replaced by its parts. */
  resolve(value: Value): Value {
    if (!value.some(part => typeof part !== 'string' && this.#bindings.has(part))) return value;
    return normalise(
      value.flatMap(part => {
        const bound = typeof part === 'string' ? undefined : this.#bindings.get(part);
        return bound === undefined ? [part] : [...this.resolve(bound)];
      }),
    );
  }

  /** What remains when the text of the value lies in all these languages; undefined where that is impossible. */
  assume(value: Value, languages: readonly Language[]): Knowledge | undefined {
    const resolved = this.resolve(value);
    const text = fixedText(resolved);
    if (text !== undefined) return languages.every(language => accepts(language, text)) ? this : undefined;
    const symbols = symbolsOf(resolved);
    const symbol = symbols[0]!;
    if (symbols.length > 1) {
      const known = concat(
        ...resolved.map(part => (typeof part === 'string' ? literal(part) : this.#demand(part).language)),
      );
      const key = valueKey(resolved);
      const open = languages.filter(
        language => !this.#residuals.some(other => other.language === language && valueKey(other.value) === key),
      );
      // A necessary condition: the parts, each with what is known of it alone, can form such a text.
      const same = this.#residuals.filter(residual => valueKey(residual.value) === key);
      const whole: Demand = {
        language: intersect(known, ...same.map(residual => residual.language), ...open),
        affixed: [],
      };
      if (isImpossible(whole, symbols.map(({ name }) => name).join())) return undefined;
      const residuals = open.map(language => ({ value: resolved, language }));
      return new Knowledge(this.#constraints, this.#bindings, [...this.#residuals, ...residuals], this.#settled);
    }
    const at = resolved.indexOf(symbol);
    const prefix = resolved.slice(0, at).join('');
    const suffix = resolved.slice(at + 1).join('');
    const known = this.#demand(symbol);
    const derived = languages.map(language => derive(language, prefix));
    const next: Demand =
      suffix === ''
        ? { ...known, language: intersect(known.language, ...derived) }
        : {
            ...known,
            affixed: [
              ...known.affixed,
              ...derived
                .filter(language => !known.affixed.some(one => one.language === language && one.suffix === suffix))
                .map(language => ({ language, suffix })),
            ],
          };
    if (next.language === known.language && next.affixed.length === known.affixed.length) return this;
    if (isImpossible(next, symbol.name)) return undefined;
    const constraints = new Map(this.#constraints);
    constraints.set(symbol, next);
    return new Knowledge(constraints, this.#bindings, this.#residuals, this.#settled);
  }

  /** Replaces a symbol by parts: whatever was known of it is then known of the parts together. */
  bind(symbol: Sym, parts: Value): Knowledge | undefined {
    const bindings = new Map(this.#bindings);
    bindings.set(symbol, parts);
    const constraints = new Map(this.#constraints);
    const known = this.#demand(symbol);
    constraints.delete(symbol);
    const residuals = this.#residuals;
    let next: Knowledge | undefined = new Knowledge(constraints, bindings, [], this.#settled);
    next = next.assume(parts, [known.language]);
    for (const { language, suffix } of known.affixed) next = next?.assume(normalise([...parts, suffix]), [language]);
    for (const residual of residuals) next = next?.assume(residual.value, [residual.language]);
    return next;
  }

  /**
   * Forgets the demands on symbols that nothing reads any more, once a text that meets them is found: whether they hold
   * is the client's choice alone, so that paths which differ in them alone become one.
   */
  settle(isLive: (symbol: Sym) => boolean): Knowledge {
    const bound = new Set<Sym>();
    for (const parts of this.#bindings.values()) for (const symbol of symbolsOf(parts)) bound.add(symbol);
    for (const { value } of this.#residuals) for (const symbol of symbolsOf(value)) bound.add(symbol);
    let constraints: Map<Sym, Demand> | undefined;
    let settled: Map<Sym, string> | undefined;
    for (const [symbol, demands] of this.#constraints) {
      if (bound.has(symbol) || isLive(symbol) || symbol.origin === 'address') continue;
      const found = familiarTexts(symbol.name).find(text => meets(demands, text)) ?? wordOf(solution(demands));
      if (found === undefined) continue;
      constraints ??= new Map(this.#constraints);
      settled ??= new Map(this.#settled);
      constraints.delete(symbol);
      settled.set(symbol, found);
    }
    if (constraints === undefined || settled === undefined) return this;
    return new Knowledge(constraints, this.#bindings, this.#residuals, settled);
  }

  #demand(symbol: Sym): Demand {
    return this.#constraints.get(symbol) ?? { language: symbol.base, affixed: NONE };
  }

  /** What is demanded of a symbol by itself, for a search that adds demands of its own. */
  demandsOn(symbol: Sym): readonly Constraint[] {
    return constraintsOf(this.#demand(symbol));
  }

  /** True where a text meets all that is demanded of the symbol by itself. */
  allows(symbol: Sym, text: string): boolean {
    return !this.#bindings.has(symbol) && meets(this.#demand(symbol), text);
  }

  /** True where some demand stands on the symbol, settled or not. */
  mentions(symbol: Sym): boolean {
    return this.#constraints.has(symbol) || this.#settled.has(symbol) || this.#bindings.has(symbol);
  }

  /**
   * Texts for a symbol that meet all demands on it, most readable first, at most `count`. Demands that tie it to others
   * are met as far as a search part by part finds them: a text is a candidate, to be confirmed by the evaluator.
   */
  candidates(symbol: Sym, count: number): string[] {
    const settled = this.#settled.get(symbol);
    if (settled !== undefined) return [settled];
    const bound = this.#bindings.get(symbol);
    if (bound === undefined) return words(this.#demand(symbol), count);
    const value = this.resolve(bound);
    const [only, ...more] = symbolsOf(value);
    if (only === undefined) return [fixedText(value)!];
    // What one part can be is tried in several ways, the others in one: the ties between them are no more than fixed text.
    const rest = more.map(part => [part, words(this.#demand(part), 1)[0]] as const);
    if (rest.some(([, text]) => text === undefined)) return [];
    return words(this.#demand(only), count).map(text => {
      const chosen = new Map<Sym, string | undefined>([[only, text], ...rest]);
      return value.map(part => (typeof part === 'string' ? part : chosen.get(part)!)).join('');
    });
  }

  /**
   * This knowledge with every demand on several symbols together met by fixed texts, in a few of the ways there are. A text
   * for the whole is looked for and then split among its parts.
   */
  *completions(): Generator<Knowledge> {
    const [first, ...others] = this.#residuals;
    if (first === undefined) {
      yield this;
      return;
    }
    const value = this.resolve(first.value);
    const key = valueKey(value);
    const same = others.filter(residual => valueKey(this.resolve(residual.value)) === key);
    const parts = value.map(part => (typeof part === 'string' ? literal(part) : this.#demand(part).language));
    const language = intersect(concat(...parts), first.language, ...same.map(residual => residual.language));
    let yielded = 0;
    for (const text of words({ language, affixed: NONE }, 4)) {
      for (const split of this.#splits(value, text)) {
        let next: Knowledge | undefined = this;
        for (const [symbol, piece] of split) next = next?.bind(symbol, piece === '' ? [] : [piece]);
        if (next === undefined) continue;
        yield* next.completions();
        if (++yielded >= MAX_SPLITS) return;
      }
    }
  }

  /** The ways to cut a text into the parts of a value, each part within what is known of it. */
  *#splits(value: Value, text: string): Generator<[Sym, string][]> {
    const [part, ...rest] = value;
    if (part === undefined) {
      if (text === '') yield [];
      return;
    }
    if (typeof part === 'string') {
      if (text.startsWith(part)) yield* this.#splits(rest, text.slice(part.length));
      return;
    }
    for (let length = rest.length === 0 ? text.length : 0; length <= text.length; length++) {
      const piece = text.slice(0, length);
      if (!meets(this.#demand(part), piece)) continue;
      for (const split of this.#splits(rest, text.slice(length))) {
        // A symbol that stands twice has one text.
        if (split.every(([symbol, other]) => symbol !== part || other === piece)) yield [[part, piece], ...split];
      }
    }
  }

  /** Equal for equal knowledge of the symbols that still matter. */
  key(): string {
    if (this.#key === undefined) {
      const parts: string[] = [];
      for (const [symbol, demands] of this.#constraints) {
        parts.push(`${symbol.id}:${demandKey(demands)}`);
      }
      for (const [symbol, value] of this.#bindings) parts.push(`${symbol.id}=${valueKey(value)}`);
      for (const { value, language } of this.#residuals) parts.push(`${valueKey(value)}~${language.id}`);
      this.#key = parts.sort().join(';');
    }
    return this.#key;
  }
}

function words(demands: Demand, count: number): string[] {
  if (count > 1) return [...solveMany(constraintsOf(demands), count, { maxStates: MAX_STATES }).words];
  const word = wordOf(solution(demands));
  return word === undefined ? [] : [word];
}

function wordOf(answer: Solution): string | undefined {
  return typeof answer === 'object' && 'word' in answer ? answer.word : undefined;
}

const NONE: Demand['affixed'] = [];

function constraintsOf({ language, affixed }: Demand): readonly Constraint[] {
  return [{ language }, ...affixed];
}

function meets({ language, affixed }: Demand, text: string): boolean {
  return accepts(language, text) && affixed.every(one => accepts(one.language, text + one.suffix));
}

function demandKey({ language, affixed }: Demand): string {
  return [language.id, ...affixed.map(one => `${one.language.id}${JSON.stringify(one.suffix)}`).sort()].join('&');
}

/** Texts that met earlier demands on a symbol of that name: most questions are answered by one of them. */
const familiar = new Map<string, string[]>([
  ['method', ['GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH']],
  ['uri', ['/', '/a', '/index.html']],
]);

/** Familiar texts that are kept for one name. */
const MAX_FAMILIAR = 12;

function familiarTexts(name: string): string[] {
  let texts = familiar.get(name);
  if (texts === undefined) {
    texts = ['', 'a', '1', '0'];
    familiar.set(name, texts);
  }
  return texts;
}

const answers = new Map<string, Solution>();

/** The shortest readable text that meets the demands, the proof that there is none, or the bound that was hit. */
function solution(demands: Demand): Solution {
  const key = demandKey(demands);
  let answer = answers.get(key);
  if (answer === undefined) {
    answer = solve(constraintsOf(demands), { maxStates: MAX_STATES });
    if (answers.size > 20_000) answers.clear();
    answers.set(key, answer);
  }
  return answer;
}

/** True where it is proved that no text meets the demands on a symbol of that name. */
function isImpossible(demands: Demand, name: string): boolean {
  const texts = familiarTexts(name);
  if (texts.some(text => meets(demands, text))) return false;
  const answer = solution(demands);
  if (typeof answer === 'object' && 'word' in answer) {
    texts.unshift(answer.word);
    if (texts.length > MAX_FAMILIAR) texts.length = MAX_FAMILIAR;
  }
  return answer === 'empty';
}
