import {
  type Constraint as AnyConstraint,
  accepts,
  concat,
  intersect,
  type Language,
  literal,
  type Solution,
  satisfies,
  solve,
  solveMany,
} from '../pcre/language.js';
import { fixedText, normalise, type Sym, symbolsOf, type Value, valueKey } from './value.js';

/** The symbol's text with this before and behind it lies in the language. */
interface Constraint extends AnyConstraint {
  readonly prefix: string;
  readonly suffix: string;
}

/** A demand on a value with more than one symbol: kept for the search of a witness, not decided. */
interface Residual {
  readonly value: Value;
  readonly language: Language;
}

/** Product states that one question about satisfiability may visit. */
const MAX_STATES = 4_000;

/**
 * What is known of the symbols on one path: an over-approximation of the requests that take it. Immutable; `assume`
 * returns a new object, or undefined where no request is left.
 */
export class Knowledge {
  readonly #constraints: ReadonlyMap<Sym, readonly Constraint[]>;
  readonly #bindings: ReadonlyMap<Sym, Value>;
  readonly #residuals: readonly Residual[];
  /** Words found for symbols that nothing reads any more. */
  readonly #settled: ReadonlyMap<Sym, string>;
  #key: string | undefined;

  private constructor(
    constraints: ReadonlyMap<Sym, readonly Constraint[]>,
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
        ...resolved.map(part => (typeof part === 'string' ? literal(part) : this.#languageOf(part))),
      );
      const open = languages.filter(
        language => !this.#residuals.some(r => r.language === language && valueKey(r.value) === valueKey(resolved)),
      );
      // A necessary condition: the parts, each with what is known of it alone, can form such a text.
      const whole = [known, ...open].map(language => ({ language, prefix: '', suffix: '' }));
      if (isImpossible(whole, symbols.map(({ name }) => name).join())) return undefined;
      const residuals = open.map(language => ({ value: resolved, language }));
      return new Knowledge(this.#constraints, this.#bindings, [...this.#residuals, ...residuals], this.#settled);
    }
    const at = resolved.indexOf(symbol);
    const prefix = resolved.slice(0, at).join('');
    const suffix = resolved.slice(at + 1).join('');
    const added = languages.map(language => ({ language, prefix, suffix }));
    const known = this.demandsOn(symbol);
    const fresh = added.filter(one => !known.some(other => sameConstraint(one, other)));
    if (fresh.length === 0) return this;
    const all = [...known, ...fresh];
    if (isImpossible(all, symbol.name)) return undefined;
    const constraints = new Map(this.#constraints);
    constraints.set(symbol, all);
    return new Knowledge(constraints, this.#bindings, this.#residuals, this.#settled);
  }

  /** Replaces a symbol by parts: whatever was known of it is then known of the parts together. */
  bind(symbol: Sym, parts: Value): Knowledge | undefined {
    const bindings = new Map(this.#bindings);
    bindings.set(symbol, parts);
    const constraints = new Map(this.#constraints);
    const known = this.demandsOn(symbol);
    constraints.delete(symbol);
    const residuals = this.#residuals;
    let next: Knowledge | undefined = new Knowledge(constraints, bindings, [], this.#settled);
    for (const { language, prefix, suffix } of known) {
      next = next?.assume(normalise([prefix, ...parts, suffix]), [language]);
    }
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
    let constraints: Map<Sym, readonly Constraint[]> | undefined;
    let settled: Map<Sym, string> | undefined;
    for (const [symbol, demands] of this.#constraints) {
      if (bound.has(symbol) || isLive(symbol)) continue;
      const found = familiarTexts(symbol.name).find(text => satisfies(demands, text)) ?? wordOf(solution(demands));
      if (found === undefined) continue;
      constraints ??= new Map(this.#constraints);
      settled ??= new Map(this.#settled);
      constraints.delete(symbol);
      settled.set(symbol, found);
    }
    if (constraints === undefined || settled === undefined) return this;
    return new Knowledge(constraints, this.#bindings, this.#residuals, settled);
  }

  /** The texts that a symbol can have by itself, demands with a fixed surrounding left out. */
  #languageOf(symbol: Sym): Language {
    const plain = this.demandsOn(symbol).filter(({ prefix, suffix }) => prefix === '' && suffix === '');
    return intersect(symbol.base, ...plain.map(({ language }) => language));
  }

  /** The demands on a symbol. */
  demandsOn(symbol: Sym): readonly Constraint[] {
    return this.#constraints.get(symbol) ?? [{ language: symbol.base, prefix: '', suffix: '' }];
  }

  /** True where some demand stands on the symbol, settled or not. */
  mentions(symbol: Sym): boolean {
    return this.#constraints.has(symbol) || this.#settled.has(symbol) || this.#bindings.has(symbol);
  }

  /** Every symbol on which something is known. */
  symbols(): Sym[] {
    return [...this.#constraints.keys(), ...this.#settled.keys(), ...this.#bindings.keys()];
  }

  /**
   * Texts for a symbol that meet all demands on it, most readable first, at most `count`. Demands that tie it to others
   * are met as far as a search part by part finds them: a text is a candidate, to be confirmed by the evaluator.
   */
  candidates(symbol: Sym, count: number): string[] {
    const settled = this.#settled.get(symbol);
    if (settled !== undefined) return [settled];
    const bound = this.#bindings.get(symbol);
    return bound === undefined ? words(this.demandsOn(symbol), count) : this.#assemble(this.resolve(bound), count);
  }

  /** Chooses the symbols of a value one after the other, each under the demands that become decidable. */
  #assemble(value: Value, count: number): string[] {
    const symbols = symbolsOf(value);
    if (symbols.length === 0) return [fixedText(value)!];
    const first = symbols[0]!;
    const texts: string[] = [];
    for (const text of words(this.demandsOn(first), symbols.length === 1 ? count : 3)) {
      const narrowed = this.bind(first, text === '' ? [] : [text]);
      if (narrowed === undefined) continue;
      for (const rest of narrowed.#assemble(narrowed.resolve(value), count)) {
        texts.push(rest);
        if (texts.length >= count) return texts;
      }
    }
    return texts;
  }

  /** Equal for equal knowledge of the symbols that still matter. */
  key(): string {
    if (this.#key === undefined) {
      const parts: string[] = [];
      for (const [symbol, demands] of this.#constraints) {
        parts.push(`${symbol.id}:${demands.map(constraintKey).sort().join('&')}`);
      }
      for (const [symbol, value] of this.#bindings) parts.push(`${symbol.id}=${valueKey(value)}`);
      for (const { value, language } of this.#residuals) parts.push(`${valueKey(value)}~${language.id}`);
      this.#key = parts.sort().join(';');
    }
    return this.#key;
  }
}

function words(demands: readonly Constraint[], count: number): string[] {
  if (count > 1) return [...solveMany(demands, count, { maxStates: MAX_STATES }).words];
  const word = wordOf(solution(demands));
  return word === undefined ? [] : [word];
}

function wordOf(answer: Solution): string | undefined {
  return typeof answer === 'object' && 'word' in answer ? answer.word : undefined;
}

function sameConstraint(one: Constraint, other: Constraint): boolean {
  return one.language === other.language && one.prefix === other.prefix && one.suffix === other.suffix;
}

function constraintKey({ language, prefix, suffix }: Constraint): string {
  return `${JSON.stringify(prefix)}${language.id}${JSON.stringify(suffix)}`;
}

/** Texts that met earlier demands on a symbol of that name: most questions are answered by one of them. */
const familiar = new Map<string, string[]>([
  ['method', ['GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH']],
  ['uri', ['/', '/a', '/index.html']],
]);

/** Familiar texts that are kept for one name. */
const MAX_FAMILIAR = 24;

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
function solution(demands: readonly Constraint[]): Solution {
  const key = demands.map(constraintKey).sort().join('&');
  let answer = answers.get(key);
  if (answer === undefined) {
    answer = solve(demands, { maxStates: MAX_STATES });
    if (answers.size > 20_000) answers.clear();
    answers.set(key, answer);
  }
  return answer;
}

/** True where it is proved that no text meets the demands on a symbol of that name. */
function isImpossible(demands: readonly Constraint[], name: string): boolean {
  const texts = familiarTexts(name);
  if (texts.some(text => satisfies(demands, text))) return false;
  const answer = solution(demands);
  if (typeof answer === 'object' && 'word' in answer) {
    texts.unshift(answer.word);
    if (texts.length > MAX_FAMILIAR) texts.length = MAX_FAMILIAR;
  }
  return answer === 'empty';
}
