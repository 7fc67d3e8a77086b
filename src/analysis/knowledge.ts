import {
  accepts,
  allWords,
  before,
  type Constraint,
  concat,
  conjuncts,
  derive,
  everything,
  intersect,
  type Language,
  literal,
  optional,
  type Solution,
  soleText,
  solve,
  solveMany,
  union,
} from '../pcre/language.js';
import { argument, type DecodedTarget, decodeTarget, encodePath } from './evaluate/request-line.js';
import { ARGUMENTS, argumentsWith, PLAIN_PATH, targetsWith, writtenAs } from './input-languages.js';
import { fixedText, normalise, type Sym, symbolsOf, type Value, valueKey } from './value.js';

/** What is demanded of one symbol. */
interface Demand {
  /** The texts it can have by itself, whatever fixed text is demanded to stand in front of it or behind it. */
  readonly language: Language;
  /** Texts that are looked among first. */
  readonly usual?: Language | undefined;
}

/**
 * A demand on a value with more than one symbol: the core, from its first symbol to its last, lies in the language. Decided
 * as far as it and its like on the same core go.
 */
interface Residual {
  readonly core: Value;
  readonly coreKey: string;
  readonly language: Language;
}

/** All that is demanded of a core, with what is known of each of its parts and of several together. */
interface Together {
  readonly core: Value;
  readonly demand: Demand;
  /** Whether it is proved that no text meets the demand; undefined where nobody asked. */
  isImpossible?: boolean;
}

/** What was known of a symbol when it was last read: all the texts it could have, and one of them. */
interface Settled {
  readonly text: string;
  readonly language: Language;
}

/** What a text has to be that no language says: that its hash lies in a share. */
export interface TextTest {
  /** Equal for tests that accept the same texts. */
  readonly key: string;
  readonly accepts: (text: string) => boolean;
  /** The part of all texts that it accepts, above 0 and up to 1, by which it is told how many are worth a try. */
  readonly part: number;
}

/** A test of a value that is no fixed text yet. */
interface OpenTest {
  readonly value: Value;
  readonly test: TextTest;
}

/** Two values with the same text. */
interface Equation {
  readonly left: Value;
  readonly right: Value;
}

/** All that is known. */
interface Facts {
  readonly constraints: ReadonlyMap<Sym, Demand>;
  readonly bindings: ReadonlyMap<Sym, Value>;
  readonly residuals: readonly Residual[];
  readonly equations: readonly Equation[];
  /** Symbols that nothing reads any more. */
  readonly settled: ReadonlyMap<Sym, Settled>;
  readonly tests: readonly OpenTest[];
}

const NO_FACTS: Facts = {
  constraints: new Map(),
  bindings: new Map(),
  residuals: [],
  equations: [],
  settled: new Map(),
  tests: [],
};

/** What it has taken to know what some requests can be, and what it may take from now on. */
export class Effort {
  /** What changes of knowledge have cost: each is a demand itself, and held against all those on several symbols that stand by then. */
  demands = 0;
  /** Derivatives that searches for texts have taken, which are among the demands as well. */
  steps = 0;
  /** Questions that were asked, each of which counts once. */
  readonly asked = new Set<string>();
  /**
   * Texts by the name of a symbol that met earlier demands on it: most questions are answered by one of them. Only whether
   * there is one may be asked here: which one it is depends on what was asked before.
   */
  readonly familiar = new Map<string, string[]>();

  /** Product states that one question about satisfiability may visit. */
  get maxStates(): number {
    return MAX_STATES;
  }
}

/** Texts that are tried for one test at the least and at the most, and how many of those that pass are used. */
const MIN_TRIED = 4_000;
const MAX_TRIED = 120_000;
const MAX_PASSING = 4;

/** As many texts as leave a chance of one in 100,000 that none of them passes. */
export function triesOf({ part }: TextTest): number {
  return Math.min(Math.max(MIN_TRIED, Math.ceil(12 / part)), MAX_TRIED);
}

/** Texts that are looked for one by one for a test, where numbers do not do. */
const MAX_WORDS = 64;

/** A tested value that has no more texts than these is decided by all of them. */
const MAX_LEFT = 32;

/** Texts that are tried for one value of several symbols. */
const MAX_TEXTS = 4;

/** Equations that are kept; without the others more requests seem possible than are. */
const MAX_EQUATIONS = 3;

/** Ways to split texts that one demand on several symbols may cost. */
const MAX_SPLITS = 6;

/** Texts that are split, where it is to be proved that none can be: a word of eight letters has as many, whatever their case. */
const MAX_SPLIT_TEXTS = 256;

/** How many choices of texts are tried for all that is demanded together: each of them multiplies those of the rest. */
const MAX_CHOICES = 500;

/** What is left of the choices that may be tried. */
interface Choices {
  left: number;
}

/** Languages that a text is held against, and derivatives that a search takes, that count as much as one demand. */
const LANGUAGES_OF_DEMAND = 20;
const STEPS_OF_DEMAND = 20;

/** Product states that one question about satisfiability may visit, unless less is left for it. */
export const MAX_STATES = 4_000;

/** Where few texts are looked for: most values have any number, which is to be seen at once. */
const FEW_STATES = { maxStates: 256 };

/**
 * What is known of the symbols on one path: an over-approximation of the requests that take it. Immutable; `assume`
 * returns a new object, or undefined where no request is left.
 */
export class Knowledge {
  readonly #facts: Facts;
  readonly #constraints: ReadonlyMap<Sym, Demand>;
  readonly #bindings: ReadonlyMap<Sym, Value>;
  readonly #residuals: readonly Residual[];
  readonly #equations: readonly Equation[];
  readonly #settled: ReadonlyMap<Sym, Settled>;
  readonly #tests: readonly OpenTest[];
  /** What was found to be demanded of cores, by their keys: those that hold one another ask for the same ones again and again. */
  readonly #found: Map<string, Together>;
  readonly #effort: Effort;
  #coresOnce: readonly Residual[] | undefined;

  private constructor(facts: Facts, found: Map<string, Together>, effort: Effort) {
    this.#facts = facts;
    this.#constraints = facts.constraints;
    this.#bindings = facts.bindings;
    this.#residuals = facts.residuals;
    this.#equations = facts.equations;
    this.#settled = facts.settled;
    this.#tests = facts.tests;
    this.#found = found;
    this.#effort = effort;
  }

  /** Knowledge of nothing, of its own each time: what is found of the symbols of one analysis says nothing of those of another. */
  static get NOTHING(): Knowledge {
    return new Knowledge(NO_FACTS, new Map(), new Effort());
  }

  #with(change: Partial<Facts>, found: Map<string, Together>): Knowledge {
    this.#effort.demands += 1 + (change.residuals ?? this.#residuals).length;
    return new Knowledge({ ...this.#facts, ...change }, found, this.#effort);
  }

  /** The same knowledge; what is made of it counts towards an effort. */
  countedBy(effort: Effort): Knowledge {
    return new Knowledge(this.#facts, this.#found, effort);
  }

  /** Knowledge of nothing that counts towards the same effort. */
  get nothing(): Knowledge {
    return new Knowledge(NO_FACTS, new Map(), this.#effort);
  }

  /** What was found to be demanded of the cores that a change has no part in. */
  #foundOutside(concerns: (core: Value) => boolean): Map<string, Together> {
    if (this.#found.size === 0) return new Map();
    return new Map([...this.#found].filter(([, { core }]) => !concerns(core)));
  }

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
      const next = this.#tie(resolved, languages);
      if (next === this) return this;
      return next.#isImpossibleAround([coreOf(resolved)]) ? undefined : next;
    }
    const known = this.#demand(symbol);
    const derived = residualsOf(resolved, languages).map(({ language }) => language);
    const next: Demand = { ...known, language: intersect(known.language, ...derived) };
    if (next.language === known.language) return this;
    // A demand for one text gives the symbol this text.
    for (const language of derived) {
      const only = soleText(language);
      if (only !== undefined)
        return accepts(next.language, only) ? this.bind(symbol, only === '' ? [] : [only]) : undefined;
    }
    if (this.#isImpossible(next, symbol.name)) return undefined;
    const constraints = new Map(this.#constraints);
    constraints.set(symbol, next);
    return this.#with(
      { constraints },
      this.#foundOutside(core => core.includes(symbol)),
    );
  }

  /** What is known where a value of several symbols lies in all these languages too, be it possible or not. */
  #tie(resolved: Value, languages: readonly Language[]): Knowledge {
    const open = residualsOf(resolved, languages).filter(
      one => !this.#residuals.some(other => other.language === one.language && other.coreKey === one.coreKey),
    );
    const [first] = open;
    if (first === undefined) return this;
    return this.#with(
      { residuals: [...this.#residuals, ...open] },
      this.#foundOutside(core => holds(core, first.core)),
    );
  }

  /** Replaces a symbol by parts: whatever was known of it is then known of the parts together. */
  bind(symbol: Sym, parts: Value): Knowledge | undefined {
    const earlier = this.#bindings.get(symbol);
    const text = earlier === undefined ? undefined : fixedText(this.resolve(earlier));
    if (text !== undefined) return this.assume(parts, [literal(text)]);
    const bindings = new Map(this.#bindings);
    bindings.set(symbol, parts);
    const constraints = new Map(this.#constraints);
    const known = this.#demand(symbol);
    constraints.delete(symbol);
    const residuals = this.#residuals.filter(({ core }) => !core.includes(symbol));
    let next: Knowledge | undefined = this.#with(
      { constraints, bindings, residuals, equations: [], tests: [] },
      this.#foundOutside(core => core.includes(symbol)),
    );
    next = next.assume(parts, [known.language]);
    // What holds the symbol is looked at once all of it is known.
    const changed: Value[] = [];
    for (const { core, language } of this.#residuals) {
      if (next === undefined) return undefined;
      if (!core.includes(symbol)) continue;
      const resolved = next.resolve(core);
      if (symbolsOf(resolved).length > 1) {
        changed.push(coreOf(resolved));
        next = next.#tie(resolved, [language]);
      } else next = next.assume(resolved, [language]);
    }
    if (next === undefined || (changed.length > 0 && next.#isImpossibleAround(changed))) return undefined;
    for (const { left, right } of this.#equations) next = next?.equate(left, right);
    for (const { value, test } of this.#tests) next = next?.require(value, test);
    return next === undefined ? undefined : next.#asArgumentsSay();
  }

  /** What remains where the query string is one text: each single argument is what that says. */
  #asArgumentsSay(): Knowledge | undefined {
    const whole = [...this.#bindings.keys()].find(isQueryString);
    const args = whole === undefined ? undefined : fixedText(this.resolve([whole]));
    if (args === undefined) return this;
    const together = [...this.#residuals.map(({ core }) => core), ...this.#tests.map(({ value }) => value)];
    const asked = [...this.#constraints.keys(), ...this.#bindings.keys(), ...together.flatMap(symbolsOf)];
    let next: Knowledge | undefined = this;
    for (const symbol of new Set(asked)) {
      const text = textIn({ args }, symbol);
      if (text !== undefined) next = next?.assume([symbol], [literal(text)]);
    }
    return next;
  }

  /** The same for texts of several symbols. */
  #bindTexts(texts: Iterable<readonly [Sym, string]>): Knowledge | undefined {
    let next: Knowledge | undefined = this;
    for (const [symbol, text] of texts) next = next?.bind(symbol, text === '' ? [] : [text]);
    return next;
  }

  /** The same, with what a request target that is one text by then says of path and arguments. */
  #chooseTexts(texts: Iterable<readonly [Sym, string]>): Knowledge | undefined {
    const bound = this.#bindTexts(texts);
    return bound === undefined ? undefined : bound.#asTargetSays();
  }

  /** What a symbol was replaced by, whose parts may be replaced as well; undefined where it was not. */
  partsOf(symbol: Sym): Value | undefined {
    return this.#bindings.get(symbol);
  }

  /** What remains when the text of the value passes the test; undefined where it is known not to. */
  require(value: Value, test: TextTest): Knowledge | undefined {
    const resolved = this.resolve(value);
    const text = fixedText(resolved);
    if (text !== undefined) return test.accepts(text) ? this : undefined;
    const same = this.#tests.some(other => other.test.key === test.key && valueKey(other.value) === valueKey(resolved));
    if (same) return this;
    return this.#with({ tests: [...this.#tests, { value: resolved, test }] }, this.#found);
  }

  /**
   * What remains when two values have the same text, for parts that could lie along a value in many ways: it is looked at as
   * soon as one of the two is a fixed text, and where a request is looked for.
   */
  equate(left: Value, right: Value): Knowledge | undefined {
    const equation: Equation = { left: this.resolve(left), right: this.resolve(right) };
    for (const [one, other] of [
      [equation.left, equation.right],
      [equation.right, equation.left],
    ] as const) {
      const text = fixedText(one);
      if (text !== undefined) return this.assume(other, [literal(text)]);
    }
    if (this.#isImpossible(this.#common(equation), 'equation')) return undefined;
    if (this.#equations.length === MAX_EQUATIONS) return this;
    return this.#with({ equations: [...this.#equations, equation] }, this.#found);
  }

  /** The texts that both sides of an equation can have, and the other sides of those that say more of one. */
  #common({ left, right }: Equation): Demand {
    const key = valueKey(left);
    const others = this.#equations.filter(other => valueKey(other.left) === key).map(other => other.right);
    return { language: intersect(...[left, right, ...others].map(value => this.#textsOf(value))) };
  }

  /** This knowledge with a text for both sides of an equation. */
  #solve(equation: Equation, text: string): Knowledge | undefined {
    const equations = this.#equations.filter(other => other !== equation);
    return this.#with({ equations }, this.#found)
      .assume(equation.left, [literal(text)])
      ?.assume(equation.right, [literal(text)]);
  }

  /** What a text of the symbol has to be for the tests on values in which no other one stands; undefined where there are none. */
  testOn(symbol: Sym): TextTest | undefined {
    const own = this.#tests.filter(({ value }) => symbolsOf(value).every(other => other === symbol));
    if (own.length === 0) return undefined;
    return {
      key: own.map(({ value, test }) => `${valueKey(value)} ${test.key}`).join(' '),
      accepts: text =>
        own.every(({ value, test }) => test.accepts(value.map(part => (part === symbol ? text : part)).join(''))),
      part: own.reduce((part, { test }) => part * test.part, 1),
    };
  }

  /** True where one text of the symbol may do what another one does not: its language is told, or a test stands on it. */
  tellsApart(symbol: Sym): boolean {
    return this.mentions(symbol) || this.#tests.some(({ value }) => symbolsOf(value).includes(symbol));
  }

  /** True where a test stands on a value that is no fixed text yet. */
  get isTested(): boolean {
    return this.#tests.length > 0;
  }

  /** One residual for each core. */
  get #cores(): readonly Residual[] {
    this.#coresOnce ??= [...new Map(this.#residuals.map(residual => [residual.coreKey, residual])).values()];
    return this.#coresOnce;
  }

  /** All that is demanded of the core of a residual: what its parts can form, with what is known of each and of several together. */
  #together({ core, coreKey }: Residual): Together {
    let together = this.#found.get(coreKey);
    if (together === undefined) {
      const same = this.#residuals.filter(residual => residual.coreKey === coreKey);
      const language = intersect(...this.#formed(core), ...same.map(residual => residual.language));
      together = { core, demand: { language } };
      this.#found.set(coreKey, together);
    }
    return together;
  }

  /** True where it is proved that no text meets the demands on a symbol of that name. */
  #isImpossible(demand: Demand, name: string): boolean {
    const effort = this.#effort;
    effort.demands += Math.floor(conjuncts(demand.language).length / LANGUAGES_OF_DEMAND);
    const texts = familiarTexts(effort, name);
    if (texts.some(text => meets(demand, text))) return false;
    const { key, solution, steps } = answerTo(demand, effort.maxStates);
    if (!effort.asked.has(key)) {
      effort.asked.add(key);
      effort.steps += steps;
      effort.demands += Math.floor(steps / STEPS_OF_DEMAND);
    }
    const word = wordOf(solution);
    if (word !== undefined) {
      texts.unshift(word);
      if (texts.length > MAX_FAMILIAR) texts.length = MAX_FAMILIAR;
    }
    return solution === 'empty';
  }

  /** True where it is proved that no text meets what is demanded of a core. */
  #cannotBe(residual: Residual): boolean {
    const together = this.#together(residual);
    together.isImpossible ??= this.#isImpossible(together.demand, nameOf(residual));
    return together.isImpossible;
  }

  /**
   * The texts that the parts of a core can form, as languages that hold together: one for each smaller core that stands in
   * it, with what is known of that core in its place, and of others on both sides of it.
   */
  #formed(core: Value): Language[] {
    const standing: { readonly residual: Residual; readonly at: number; readonly end: number }[] = [];
    for (const residual of this.#cores) {
      const { length } = residual.core;
      if (length >= core.length) continue;
      for (const at of placesOf(residual.core, core)) standing.push({ residual, at, end: at + length });
    }
    standing.sort((one, other) => one.at - other.at);
    // Those that are part of another one are found in it.
    const largest = standing.filter(
      one =>
        !standing.some(other => other.end - other.at > one.end - one.at && other.at <= one.at && other.end >= one.end),
    );
    const languages = largest.map(({ residual }) => this.#together(residual).demand.language);
    const simple = core.map(part => (typeof part === 'string' ? literal(part) : this.#demand(part).language));
    if (largest.length === 0) return [concat(...simple)];
    return largest.map((_, chosen) => {
      const pieces: Language[] = [];
      let position = 0;
      for (const [index, piece] of largest.entries()) {
        if (index !== chosen && (piece.at < position || (index < chosen && piece.end > largest[chosen]!.at))) continue;
        pieces.push(...simple.slice(position, piece.at), languages[index]!);
        position = piece.end;
      }
      return concat(...pieces, ...simple.slice(position));
    });
  }

  /** The texts that a value can have, as far as what is known of its parts by themselves and together goes. */
  #textsOf(value: Value): Language {
    const [residual] = residualsOf(value, [everything]);
    const [first] = residual!.core;
    if (first === undefined) return literal(value.join(''));
    const { language } = residual!.core.length === 1 ? this.#demand(first as Sym) : this.#together(residual!).demand;
    const at = value.indexOf(first);
    const behind = value.slice(at + residual!.core.length);
    return concat(literal(value.slice(0, at).join('')), language, literal(behind.join('')));
  }

  /** True where it is proved that no texts meet the demands on several symbols together. */
  get isContradictory(): boolean {
    if (this.#argumentsDemand() === 'contradiction' || this.#isNoTarget()) return true;
    if (this.#asTargetSays() === undefined) return true;
    if (this.#equations.some(equation => this.#isImpossible(this.#common(equation), 'equation'))) return true;
    return this.#cores.some(residual => this.#cannotBe(residual)) || this.#tests.some(open => this.#fails(open));
  }

  /**
   * The same where several symbols form few texts, and each way to cut these into their parts contradicts the rest: costly,
   * for where no request is found.
   */
  get isContradictoryInParts(): boolean {
    for (const residual of this.#cores) {
      const texts = allWords(constraintsOf(this.#together(residual).demand), MAX_SPLIT_TEXTS, FEW_STATES);
      const splits: [Sym, string][][] = [];
      for (const text of texts ?? []) {
        for (const split of this.#splits(residual.core, text)) {
          splits.push(split);
          if (splits.length > MAX_SPLITS) break;
        }
      }
      if (texts === undefined || splits.length > MAX_SPLITS) continue;
      return splits.every(split => {
        const next = this.#bindTexts(split);
        return next === undefined || next.isContradictory || next.isContradictoryInParts;
      });
    }
    return false;
  }

  /** True where few texts are left for a tested value and none of them passes. */
  #fails({ value, test }: OpenTest): boolean {
    const texts = allWords([{ language: this.#textsOf(value) }], MAX_LEFT, FEW_STATES);
    return texts?.every(text => !test.accepts(text)) === true;
  }

  /** True where it is proved that no texts meet the demands on the cores that hold one of several values. */
  #isImpossibleAround(values: readonly Value[]): boolean {
    return this.#cores.some(residual => values.some(value => holds(residual.core, value)) && this.#cannotBe(residual));
  }

  /**
   * What remains where the target is one text: what is known of path and arguments is what that says. Undefined where it
   * says something else than is demanded of them.
   */
  #asTargetSays(): Knowledge | undefined {
    const asked = [...this.#constraints.keys(), ...this.#bindings.keys()];
    const target = asked.find(isTarget);
    const text = target === undefined ? undefined : fixedText(this.resolve([target]));
    if (text === undefined) return this;
    for (const mergesSlashes of [true, false]) {
      const read = decodeTarget(text, mergesSlashes);
      if (read === undefined) continue;
      let next: Knowledge | undefined = this;
      for (const symbol of asked) {
        const part = textIn(read, symbol);
        if (part !== undefined) next = next?.assume([symbol], [literal(part)]);
      }
      if (next !== undefined) return next;
    }
    return undefined;
  }

  /**
   * Forgets the demands on symbols that nothing reads any more, once a text that meets them is found: whether they hold
   * is the client's choice alone, so that paths which differ in them alone become one.
   */
  settle(isLive: (symbol: Sym) => boolean): Knowledge {
    const bound = new Set<Sym>();
    for (const parts of this.#bindings.values()) for (const symbol of symbolsOf(parts)) bound.add(symbol);
    for (const { core } of this.#residuals) for (const symbol of symbolsOf(core)) bound.add(symbol);
    for (const { value } of this.#tests) for (const symbol of symbolsOf(value)) bound.add(symbol);
    for (const { left, right } of this.#equations)
      for (const symbol of symbolsOf([...left, ...right])) bound.add(symbol);
    let constraints: Map<Sym, Demand> | undefined;
    let settled: Map<Sym, Settled> | undefined;
    for (const [symbol, demands] of this.#constraints) {
      if (bound.has(symbol) || isLive(symbol) || symbol.origin === 'address') continue;
      const found = commonTexts(symbol.name).find(text => meets(demands, text)) ?? wordOf(solutionOf(demands));
      if (found === undefined) continue;
      constraints ??= new Map(this.#constraints);
      settled ??= new Map(this.#settled);
      constraints.delete(symbol);
      settled.set(symbol, { text: found, language: demands.language });
    }
    // A text that a symbol was given stays, since values may still hold the symbol; nobody asks the client for it again.
    for (const [symbol, parts] of this.#bindings) {
      const text = fixedText(parts);
      if (text === undefined || this.#settled.has(symbol) || !isAskedAgain(symbol) || isLive(symbol)) continue;
      settled ??= new Map(this.#settled);
      settled.set(symbol, { text, language: literal(text) });
    }
    if (settled === undefined) return this;
    const forgotten = settled;
    return this.#with(
      { constraints: constraints ?? this.#constraints, settled },
      this.#foundOutside(core => symbolsOf(core).some(symbol => forgotten.has(symbol))),
    );
  }

  #demand(symbol: Sym): Demand {
    return this.#constraints.get(symbol) ?? { language: symbol.base, usual: symbol.usual };
  }

  /** What is demanded of a symbol by itself, for a search that adds demands of its own. */
  demandsOn(symbol: Sym): readonly Constraint[] {
    return constraintsOf(this.#demand(symbol));
  }

  /**
   * Query strings of the client that fit what is demanded of them as a whole and of single arguments; undefined where the
   * whole is not asked about, so that arguments may be put together as they come.
   */
  queryStrings(count: number): string[] | undefined {
    const demand = this.#argumentsDemand();
    if (demand === undefined) return undefined;
    return demand === 'contradiction' ? [] : words(demand, count);
  }

  /** All that something is known of, settled or not. */
  get #asked(): Sym[] {
    return [...this.#constraints.keys(), ...this.#bindings.keys(), ...this.#settled.keys()];
  }

  /** The single arguments of the client that something is known of. */
  #singleArguments(): Sym[] {
    const own = this.#asked.filter(({ origin, name }) => origin === 'client' && name.startsWith('arg_'));
    return [...new Set(own)];
  }

  /** The query string, with the texts that each single argument can have. */
  #argumentsDemand(): Demand | 'contradiction' | undefined {
    const whole = this.#asked.find(isQueryString);
    if (whole === undefined) return undefined;
    const demand: Demand = { language: intersect(this.#texts(whole), ...this.#argumentLanguages()) };
    return this.#isImpossible(demand, 'args') ? 'contradiction' : demand;
  }

  /** Query strings with the texts that each single argument can have, as languages that hold together. */
  #argumentLanguages(): Language[] {
    return this.#singleArguments().map(symbol => argumentsWith(symbol.name.slice(4), this.#texts(symbol)));
  }

  /**
   * The texts of the request target, which holds the query string as it is sent, and with it each single argument; undefined
   * where nothing is known of the target, or nothing of arguments.
   */
  get targets(): Language | undefined {
    const target = this.#asked.find(isTarget);
    if (target === undefined) return undefined;
    const wholes = this.#asked.filter(isQueryString).map(whole => this.#texts(whole));
    const queries = [...wholes, ...this.#argumentLanguages()];
    return queries.length === 0
      ? undefined
      : intersect(this.#texts(target), targetsWith(intersect(ARGUMENTS, ...queries)));
  }

  /** True where it is proved that no request target holds the arguments that are demanded. */
  #isNoTarget(): boolean {
    const language = this.targets;
    return language !== undefined && this.#isImpossible({ language }, 'request_uri');
  }

  /** The texts that a symbol can have, as far as what is known of it or its parts goes. */
  #texts(symbol: Sym): Language {
    return this.#settled.get(symbol)?.language ?? this.#textsOf(this.resolve([symbol]));
  }

  /** True where a text meets all that is demanded of the symbol by itself. */
  allows(symbol: Sym, text: string): boolean {
    const bound = this.#bindings.get(symbol);
    return bound === undefined ? meets(this.#demand(symbol), text) : fixedText(this.resolve(bound)) === text;
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
    if (settled !== undefined) return [settled.text];
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
   * This knowledge with every demand on several symbols together, every equation and every test met by fixed texts, in a few
   * of the ways there are. A text for the whole is looked for and then split among its parts.
   *
   * @param choices what is left to be tried; shared by all that one search comes to
   */
  *completions(choices: Choices = { left: MAX_CHOICES }): Generator<Knowledge> {
    if (choices.left-- <= 0) return;
    const [equation] = this.#equations;
    if (equation !== undefined) {
      let isSolved = false;
      for (const text of fewTexts(this.#common(equation))) {
        const next = this.#solve(equation, text);
        if (next === undefined) continue;
        isSolved = true;
        yield* next.completions(choices);
      }
      if (!isSolved) yield* this.#aroundEquation(equation, choices);
      return;
    }
    // Whatever leaves the fewest texts comes first, as it says most about the others; what holds others, before these.
    let first: { readonly residual: Residual; readonly texts: readonly string[] } | undefined;
    // The target comes last where a test is to be passed by it: all that is known otherwise has to be in it.
    const target = this.#tests.flatMap(({ value }) => this.#targetAround(value) ?? []).slice(0, 1);
    const ofTarget = new Set(symbolsOf(this.resolve(target)));
    for (const residual of this.#cores) {
      if (ofTarget.size > 0 && symbolsOf(residual.core).every(symbol => ofTarget.has(symbol))) continue;
      // What may be any text is none to be split: where a part stands in it twice, hardly any one fits.
      if (this.#isAnyText(residual)) continue;
      const texts = fewTexts(this.#together(residual).demand);
      const fewer = first === undefined ? -1 : texts.length - first.texts.length;
      if (fewer < 0 || (fewer === 0 && residual.core.length > first!.residual.core.length)) first = { residual, texts };
    }
    if (first === undefined) {
      yield* this.#passing(choices);
      return;
    }
    const { core } = first.residual;
    let chosen = 0;
    for (const next of this.#withTexts(core, new Set([...this.#targetsOfPath(first.residual), ...first.texts]))) {
      yield* next.completions(choices);
      if (++chosen >= MAX_SPLITS) break;
    }
    // The few texts for a whole hold few texts of its parts: where a hash needs another one, the part comes before the whole.
    const isTested = this.#tests.some(({ value }) => symbolsOf(value).some(symbol => core.includes(symbol)));
    if (isTested && target.length === 0) yield* this.#passing(choices);
  }

  /** The same where a part of an equation is part of something else too: texts for that are looked for, and then for the rest. */
  *#aroundEquation({ left, right }: Equation, choices: Choices): Generator<Knowledge> {
    const known = this.assume(left, [this.#textsOf(right)])?.assume(right, [this.#textsOf(left)]);
    if (known === undefined) return;
    const sides = [coreOf(left), coreOf(right)].map(valueKey);
    const parts = new Set(symbolsOf([...left, ...right]));
    const around = known.#cores.find(
      ({ core, coreKey }) => !sides.includes(coreKey) && symbolsOf(core).some(symbol => parts.has(symbol)),
    );
    if (around === undefined) return;
    const texts = fewTexts(known.#together(around).demand);
    for (const next of known.#withTexts(around.core, texts)) yield* next.completions(choices);
  }

  /** True where nothing is demanded of a core beyond what its parts are. */
  #isAnyText({ coreKey }: Residual): boolean {
    return this.#residuals.every(other => other.coreKey !== coreKey || other.language === everything);
  }

  /** This knowledge with each of some texts for a value, in each of the ways to split it among the parts. */
  *#withTexts(value: Value, texts: Iterable<string>): Generator<Knowledge> {
    for (const text of texts) {
      for (const split of this.#splits(value, text)) {
        const next = this.#chooseTexts(split);
        if (next !== undefined) yield next;
      }
    }
  }

  /**
   * Texts for the whole of the request target that say what is known of path and arguments, plain ones first, and for the whole
   * of a path that is such a target as it stands; none for other values.
   */
  #targetsOfPath(residual: Residual): string[] {
    const asked = [...this.#constraints.keys(), ...this.#bindings.keys()];
    const target = asked.find(isTarget);
    const path = asked.find(isPath);
    if (target === undefined || path === undefined) return [];
    const queries = this.#queries()?.map(literal);
    const tail = queries === undefined ? optional(concat(literal('?'), everything)) : union(...queries);
    const written = this.candidates(path, 2).map(text => writtenAs(text, tail));
    const plain = concat(intersect(this.#texts(path), PLAIN_PATH), queries === undefined ? literal('') : tail);
    const asItStands = intersect(plain, this.#texts(target));
    return [
      ...this.#textsWithin(residual, target, [plain, union(...written)]),
      ...this.#textsWithin(residual, path, [asItStands]),
    ];
  }

  /** Texts for a core that make a symbol lie in languages, a few for each; none where the core is not what the symbol holds. */
  #textsWithin(residual: Residual, symbol: Sym, languages: readonly Language[]): string[] {
    return residualsOf(this.resolve([symbol]), languages).flatMap(({ coreKey, language }) =>
      coreKey === residual.coreKey
        ? words({ language: intersect(this.#together(residual).demand.language, language) }, MAX_TEXTS)
        : [],
    );
  }

  /** The same with texts for the symbols of the first test, of which one is varied until the whole passes. */
  *#passing(choices: Choices): Generator<Knowledge> {
    if (choices.left-- <= 0) return;
    const [open] = this.#tests;
    if (open === undefined) {
      yield this;
      return;
    }
    const target = this.#targetAround(open.value);
    if (target !== undefined) {
      yield* this.#passingAsTarget(open, target, choices);
      return;
    }
    for (const varied of new Set(symbolsOf(open.value))) {
      let fixed: Knowledge | undefined = this;
      for (const symbol of symbolsOf(open.value)) {
        if (symbol === varied) continue;
        const [text] = this.#variants(symbol, 1);
        fixed = text === undefined ? undefined : fixed?.bind(symbol, text === '' ? [] : [text]);
      }
      if (fixed === undefined) continue;
      let passed = 0;
      for (const text of fixed.#variants(varied, triesOf(open.test))) {
        const whole = fixed.resolve(open.value).map(part => (part === varied ? text : part));
        if (!open.test.accepts(whole.join(''))) continue;
        const next = fixed.bind(varied, text === '' ? [] : [text]);
        if (next === undefined) continue;
        yield* next.completions(choices);
        if (++passed === MAX_PASSING) break;
      }
    }
  }

  /** The request target, where a value holds it or some of the parts that it is known by. */
  #targetAround(value: Value): Sym | undefined {
    const held = new Set(symbolsOf(value));
    return [...held, ...this.#bindings.keys()].find(
      symbol => isTarget(symbol) && symbolsOf(this.resolve([symbol])).some(part => held.has(part)),
    );
  }

  /** The same with texts for the whole target: what else is known of path and arguments is part of it. */
  *#passingAsTarget({ value, test }: OpenTest, target: Sym, choices: Choices): Generator<Knowledge> {
    const parts = this.resolve([target]);
    const ofTarget = new Set(symbolsOf(parts));
    const others = symbolsOf(value).filter(symbol => !ofTarget.has(symbol));
    const usual = others.map((symbol): [Sym, string] => [symbol, this.#variants(symbol, 1).next().value ?? '']);
    let passed = 0;
    for (const text of this.#targetVariants(target, triesOf(test))) {
      const read = decodeTarget(text, true);
      const chosen = usual.map(([symbol, other]): [Sym, string] => [symbol, textIn(read, symbol) ?? other]);
      for (const split of this.#splits(parts, text)) {
        const pieces = new Map([...split, ...chosen]);
        if (!test.accepts(value.map(part => (typeof part === 'string' ? part : pieces.get(part)!)).join(''))) continue;
        const next = this.#chooseTexts(pieces);
        if (next === undefined) continue;
        yield* next.completions(choices);
        if (++passed === MAX_PASSING) return;
      }
    }
  }

  /** Texts that a symbol may have, as many different ones as a hash may need. */
  *#variants(symbol: Sym, count: number): Generator<string> {
    const demand = this.#demand(symbol);
    let found = 0;
    for (let number = -1; number < count && found < count; number++) {
      const text = number < 0 ? '' : String(number);
      if (!meets(demand, text)) continue;
      found += 1;
      yield text;
    }
    if (found === 0) yield* words(demand, Math.min(count, MAX_WORDS));
  }

  /**
   * Request targets for what is known of path and arguments, as many as a hash may need: with one more argument where no
   * one asks for the whole of them, by way of another folder, and as the path can be written otherwise.
   */
  *#targetVariants(target: Sym, count: number): Generator<string> {
    const demand = this.#demand(target);
    const path = this.#asked.find(isPath);
    const paths = path === undefined ? ['/'] : this.candidates(path, 2);
    const queries = this.#queries();
    const tails = queries ?? [''];
    const isWhole = this.#argumentsDemand() !== undefined;
    const frames = paths
      .map(encodePath)
      .flatMap(text => [
        ...(isWhole ? [] : [[queries === undefined ? `${text}?` : `${text}${queries[0]}&`, ''] as const]),
        ...tails.map(tail => ['/', `/..${text}${tail}`] as const),
      ]);
    for (let number = 0; number < count; number++) {
      for (const [before, behind] of frames) {
        const text = before + number + behind;
        if (meets(demand, text)) yield text;
      }
    }
    for (const text of paths) {
      for (const tail of tails) {
        const language = intersect(demand.language, writtenAs(text, literal(tail)));
        yield* words({ ...demand, language }, MAX_WORDS);
      }
    }
  }

  /** What a request target has behind its path, with the question mark; undefined where nothing is known of arguments. */
  #queries(): string[] | undefined {
    const given = this.#singleArguments().flatMap(symbol => {
      const [text = ''] = this.candidates(symbol, 1);
      return text === '' ? [] : [`${symbol.name.slice(4)}=${text}`];
    });
    const whole = this.queryStrings(2) ?? (given.length === 0 ? undefined : [given.join('&')]);
    return whole?.map(text => (text === '' ? '' : `?${text}`));
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

  /**
   * What the values, and all that the client may still be asked for, stand for. Symbols that are not the client's own go by
   * the place they stand at, so that a way which comes round again is known by its description. Paths are taken down where
   * all that they speak of still matters. Single arguments count only while the client's query string is among the values,
   * unless it is kept elsewhere.
   */
  describe(values: Iterable<Value>, paths: Iterable<Value> = [], keepsArguments = true): Description {
    const names = new Map<Sym, string>();
    const open: Sym[] = [];
    const demands: string[] = [];
    const separate = new Map<string, SeparateDemand>();
    const nameOf = (symbol: Sym, place: string): string => {
      let name = names.get(symbol);
      if (name === undefined) {
        const isOwn = symbol.origin === 'client' || symbol.origin === 'address';
        name = isOwn ? symbol.name : place + MARKS[symbol.origin] + (symbol.origin === 'unmodelled' ? symbol.name : '');
        names.set(symbol, name);
        open.push(symbol);
      }
      return name;
    };
    const textOf = (value: Value, place: string): string =>
      this.resolve(value)
        .map((part, at) => (typeof part === 'string' ? JSON.stringify(part) : `$${nameOf(part, `${place}.${at}`)}`))
        .join('');
    const key = [...values].map((value, at) => textOf(value, String(at))).join('|');
    const readsArguments = keepsArguments || [...names.keys()].some(isQueryString);
    const own = [...this.#constraints.keys(), ...this.#bindings.keys()].filter(
      symbol =>
        isAskedAgain(symbol) && !this.#settled.has(symbol) && (readsArguments || !symbol.name.startsWith('arg_')),
    );
    own.sort((one, other) => (one.name < other.name ? -1 : 1));
    for (const symbol of own) nameOf(symbol, '');
    const isNamed = (symbol: Sym): boolean => names.has(symbol);
    const masked = (value: Value): string =>
      value.map(part => (typeof part === 'string' ? JSON.stringify(part) : `$${names.get(part) ?? ''}`)).join('');
    let residuals = this.#residuals;
    let equations = this.#equations;
    for (;;) {
      for (let symbol = open.pop(); symbol !== undefined; symbol = open.pop()) {
        const bound = this.#bindings.get(symbol);
        const name = names.get(symbol)!;
        if (bound !== undefined) {
          demands.push(`${name}=${textOf(bound, name)}`);
          continue;
        }
        // What every text that a client sends is like says nothing.
        const demand = this.#constraints.get(symbol) ?? (symbol.origin === 'client' ? undefined : this.#demand(symbol));
        for (const language of demand === undefined ? [] : conjuncts(demand.language)) {
          const text = `${name}:${language.id}`;
          demands.push(text);
          separate.set(text, { name, symbol, language });
        }
      }
      const tied = residuals.filter(({ core }) => symbolsOf(core).some(isNamed));
      const tiedEquations = equations.filter(({ left, right }) => symbolsOf([...left, ...right]).some(isNamed));
      if (tied.length === 0 && tiedEquations.length === 0) break;
      residuals = residuals.filter(residual => !tied.includes(residual));
      equations = equations.filter(equation => !tiedEquations.includes(equation));
      const cores = new Map(tied.map(({ core, coreKey }) => [coreKey, { core, mask: masked(core) }]));
      const counts = new Map<string, number>();
      for (const { core, mask } of cores.values()) {
        const count = counts.get(mask) ?? 0;
        counts.set(mask, count + 1);
        textOf(core, count === 0 ? mask : `${mask} ${count}`);
      }
      for (const { core, language } of tied) demands.push(`${masked(core)}~${language.id}`);
      for (const [index, { left, right }] of tiedEquations.entries()) {
        const place = `${masked(left)}=${masked(right)} ${index}`;
        demands.push(`${textOf(left, `${place} left`)}=${textOf(right, `${place} right`)}`);
      }
    }
    const textIfNamed = (about: Value): string | undefined => {
      const value = this.resolve(about);
      return symbolsOf(value).every(isNamed) ? textOf(value, '') : undefined;
    };
    for (const { value, test } of this.#tests) {
      const text = textIfNamed(value);
      if (text !== undefined) demands.push(`${text} ${test.key}`);
    }
    return { key, demands, separate, paths: [...paths].map(textIfNamed) };
  }

  /** This knowledge without some of the demands on a symbol by itself. */
  without(symbol: Sym, languages: readonly Language[]): Knowledge {
    const known = this.#demand(symbol);
    const rest = intersect(...conjuncts(known.language).filter(one => !languages.includes(one)));
    const constraints = new Map(this.#constraints).set(symbol, { ...known, language: rest });
    return this.#with(
      { constraints },
      this.#foundOutside(core => core.includes(symbol)),
    );
  }
}

/** Equal keys: the values are alike. Among these, what demands less stands for all that what demands more stands for. */
export interface Description {
  readonly key: string;
  /** Each demand as a text; they hold together. */
  readonly demands: readonly string[];
  /** Those among them that concern one symbol by itself. */
  readonly separate: ReadonlyMap<string, SeparateDemand>;
  /** A text for each path; undefined where nothing asks for it any more. */
  readonly paths: readonly (string | undefined)[];
}

/** A demand that can be taken back by itself. */
export interface SeparateDemand {
  /** What the symbol is called in the description. */
  readonly name: string;
  readonly symbol: Sym;
  readonly language: Language;
}

/** A text that is cut loose from the client's choice is no such text as one that hangs together with it. */
const MARKS: Readonly<Record<Sym['origin'], string>> = {
  client: '',
  address: '',
  part: '#',
  loose: '~',
  unmodelled: '?',
};

/** What the symbol stands for in a request target; undefined for what is no part of it. */
function textIn(target: Partial<DecodedTarget> | undefined, { origin, name }: Sym): string | undefined {
  if (target === undefined || origin !== 'client') return undefined;
  if (name === 'uri') return target.path;
  if (name === 'args') return target.args;
  return name.startsWith('arg_') && target.args !== undefined ? argument(target.args, name.slice(4)) : undefined;
}

/** What texts for a core are remembered by. */
function nameOf({ core }: Residual): string {
  return symbolsOf(core)
    .map(({ name }) => name)
    .join();
}

/** Where a core stands within a larger one. */
function placesOf(inner: Value, core: Value): number[] {
  const places: number[] = [];
  for (let at = 0; at + inner.length <= core.length; at++) if (standsAt(inner, core, at)) places.push(at);
  return places;
}

function standsAt(inner: Value, core: Value, at: number): boolean {
  for (let index = 0; index < inner.length; index++) if (core[at + index] !== inner[index]) return false;
  return true;
}

/** True where a core stands within another one, or is the same. */
function holds(core: Value, inner: Value): boolean {
  for (let at = 0; at + inner.length <= core.length; at++) if (standsAt(inner, core, at)) return true;
  return false;
}

/** A value from its first symbol to its last. */
function coreOf(value: Value): Value {
  const first = value.findIndex(part => typeof part !== 'string');
  return value.slice(first, value.findLastIndex(part => typeof part !== 'string') + 1);
}

/** The demands that several languages make of one value; its core is empty where it holds no symbol. */
function residualsOf(value: Value, languages: readonly Language[]): Residual[] {
  const core = coreOf(value);
  const first = value.findIndex(part => typeof part !== 'string');
  const prefix = value.slice(0, first).join('');
  const suffix = value.slice(first + core.length).join('');
  const coreKey = valueKey(core);
  return languages.map(language => ({ core, coreKey, language: before(derive(language, prefix), suffix) }));
}

/** True for what the client chose and a variable may read anew; path, arguments and method are read in their present form. */
function isAskedAgain({ origin, name }: Sym): boolean {
  return origin === 'client' && name !== 'uri' && name !== 'args' && name !== 'method';
}

function isQueryString({ origin, name }: Sym): boolean {
  return origin === 'client' && name === 'args';
}

function isPath({ origin, name }: Sym): boolean {
  return origin === 'client' && name === 'uri';
}

function isTarget({ origin, name }: Sym): boolean {
  return origin === 'client' && name === 'request_uri';
}

function words(demands: Demand, count: number): string[] {
  const word = wordOf(solutionOf(demands));
  // Where one word is too many to look for, so are several.
  if (word === undefined) return [];
  return count > 1 ? [...solveMany(constraintsOf(demands), count, { maxStates: MAX_STATES }).words] : [word];
}

/** Texts to try for a value of several symbols: all where they are few, as each may be the only one that fits the rest. */
function fewTexts(demands: Demand): readonly string[] {
  const texts = words(demands, MAX_TEXTS);
  if (texts.length === MAX_TEXTS) return texts;
  return allWords(constraintsOf(demands), MAX_LEFT, FEW_STATES) ?? texts;
}

function wordOf(answer: Solution): string | undefined {
  return typeof answer === 'object' && 'word' in answer ? answer.word : undefined;
}

function constraintsOf({ language }: Demand): readonly Constraint[] {
  return [{ language }];
}

function meets({ language }: Demand, text: string): boolean {
  return accepts(language, text);
}

/** Texts to try first for a symbol of a name. */
const COMMON_TEXTS: ReadonlyMap<string, readonly string[]> = new Map([
  ['method', ['GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH']],
  ['uri', ['/', '/a', '/index.html']],
]);

function commonTexts(name: string): readonly string[] {
  return COMMON_TEXTS.get(name) ?? ['', 'a', '1', '0'];
}

/** Familiar texts that are kept for one name. */
const MAX_FAMILIAR = 12;

function familiarTexts({ familiar }: Effort, name: string): string[] {
  let texts = familiar.get(name);
  if (texts === undefined) {
    texts = [...commonTexts(name)];
    familiar.set(name, texts);
  }
  return texts;
}

/** An answer to a question about satisfiability, and the derivatives that it took when it was found. */
interface Answer {
  readonly key: string;
  readonly solution: Solution;
  readonly steps: number;
}

const answers = new Map<string, Answer>();

/** The shortest readable text that meets the demands, the proof that there is none, or the bound that was hit. */
function answerTo(demands: Demand, maxStates: number): Answer {
  const { language, usual } = demands;
  const key = `${language.id} ${usual?.id} ${maxStates}`;
  let answer = answers.get(key);
  if (answer === undefined) {
    const constraints = constraintsOf(demands);
    const effort = { steps: 0 };
    const options = { maxStates, effort };
    const first = usual === undefined ? undefined : solve([...constraints, { language: usual }], options);
    // Where the usual texts are too many to tell, so are all of them.
    const solution = first === undefined || first === 'empty' ? solve(constraints, options) : first;
    answer = { key, solution, steps: effort.steps };
    if (answers.size > 20_000) answers.clear();
    answers.set(key, answer);
  }
  return answer;
}

function solutionOf(demands: Demand): Solution {
  return answerTo(demands, MAX_STATES).solution;
}
