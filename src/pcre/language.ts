import { ByteSet } from './byte-set.js';

/**
 * A set of byte strings, as a hash-consed extended regular expression. Languages that were built alike are the same
 * object. Make one with the functions of this module.
 */
export type Language = Term;

/** Steps that taking a derivative may nest. Deeper languages are given up rather than overflow the stack. */
const MAXIMUM_HEIGHT = 1_500;

interface TermFields {
  readonly kind:
    | 'nothing'
    | 'epsilon'
    | 'bytes'
    | 'concat'
    | 'union'
    | 'intersect'
    | 'complement'
    | 'star'
    | 'loop'
    | 'before';
  /** Whether the empty text belongs to the language. */
  readonly nullable: boolean;
  /** How deep a derivative recurses. */
  readonly height: number;
  /** Bytes that every text of the language has at the least; 0 unless told. */
  readonly least?: number;
  readonly set?: ByteSet;
  readonly items?: readonly Term[];
  /** What a loop stands for; it begins with a byte before it comes back to the loop itself. */
  readonly unfold?: () => Term;
  /** The text behind which a text of the only item ends. */
  readonly suffix?: string;
}

class Term {
  readonly id: number;
  readonly kind: TermFields['kind'];
  readonly nullable: boolean;
  readonly height: number;
  readonly least: number;
  readonly set: ByteSet;
  readonly items: readonly Term[];
  readonly unfold: (() => Term) | undefined;
  readonly suffix: string;

  constructor(id: number, { kind, nullable, height, least, set, items, unfold, suffix }: TermFields) {
    this.id = id;
    this.kind = kind;
    this.nullable = nullable;
    this.height = height;
    this.least = nullable ? 0 : Math.max(least ?? 0, 1);
    this.set = set ?? ByteSet.none;
    this.items = items ?? [];
    this.unfold = unfold;
    this.suffix = suffix ?? '';
  }
}

/** Classes of bytes that a language does not tell apart: a class number for each byte. */
interface Partition {
  readonly count: number;
  readonly classOf: Uint8Array;
}

/**
 * What is known of terms. Sharing makes them small and comparisons quick, but no answer depends on it; so the table
 * starts anew, between searches, when it has grown beyond `MAXIMUM_TERMS`.
 */
class Table {
  readonly terms = new Map<string, Term>();
  readonly partitions = new Map<Term, Partition>();
  readonly meets = new Map<Partition, Map<Partition, Partition>>();
  readonly derivatives = new Map<Term, (Term | undefined)[]>();
}

const MAXIMUM_TERMS = 200_000;
/** Derivatives, those of each part of an intersection or a union counted, that one search may take. */
const MAXIMUM_STEPS = 1_000_000;

let nextId = 0;
let table = new Table();

function make(key: string, fields: () => TermFields): Term {
  const known = table.terms.get(key);
  if (known) return known;
  const term = new Term(nextId++, fields());
  table.terms.set(key, term);
  return term;
}

function renewTable(): void {
  if (table.terms.size < MAXIMUM_TERMS) return;
  table = new Table();
  for (const [key, term] of CONSTANTS) table.terms.set(key, term);
}

/** No text at all. */
export const nothing: Language = make('nothing', () => ({
  kind: 'nothing',
  nullable: false,
  height: 1,
  least: Number.POSITIVE_INFINITY,
}));
/** The empty text alone. */
export const epsilon: Language = make('epsilon', () => ({ kind: 'epsilon', nullable: true, height: 1 }));
/** All texts. */
export const everything: Language = make(`~${nothing.id}`, () => ({
  kind: 'complement',
  nullable: true,
  height: 2,
  items: [nothing],
}));

/** All texts of one byte of the set. */
export function bytes(set: ByteSet): Language {
  if (set.isEmpty) return nothing;
  return make(`b${set.key}`, () => ({ kind: 'bytes', nullable: false, height: 1, set }));
}

const anyByte = bytes(ByteSet.all);
/** These stay the same objects for good, as the constructors compare with them. */
const CONSTANTS: readonly (readonly [string, Term])[] = [...table.terms];

/** One text. */
export function literal(text: string): Language {
  let language = epsilon;
  for (let at = text.length - 1; at >= 0; at--) language = concat2(bytes(ByteSet.of(text.charCodeAt(at))), language);
  return language;
}

/** One text in any mixture of upper and lower case ASCII letters. */
export function literalCaseless(text: string): Language {
  let language = epsilon;
  for (let at = text.length - 1; at >= 0; at--) {
    language = concat2(bytes(ByteSet.ofEitherCase(text.charCodeAt(at))), language);
  }
  return language;
}

/** Texts made of one text of each part, in order. */
export function concat(...parts: readonly Language[]): Language {
  return parts.reduceRight((rest, part) => concat2(part, rest), epsilon);
}

/** Texts of any of the languages. */
export function union(...parts: readonly Language[]): Language {
  const items = new Set<Term>();
  let set: ByteSet | undefined;
  const add = (part: Term): boolean => {
    if (part === everything) return false;
    if (part.kind === 'union') return part.items.every(add);
    if (part.kind === 'bytes') set = set ? set.union(part.set) : part.set;
    else if (part !== nothing) items.add(part);
    return true;
  };
  if (!parts.every(add)) return everything;
  if (set) items.add(bytes(set));
  for (const item of items) if (item.kind === 'complement' && items.has(item.items[0]!)) return everything;
  if (items.has(epsilon) && [...items].some(item => item !== epsilon && item.nullable)) items.delete(epsilon);
  return ofMany('union', nothing, items);
}

/** Texts that belong to all of the languages. */
export function intersect(...parts: readonly Language[]): Language {
  const items = new Set<Term>();
  let set: ByteSet | undefined;
  const add = (part: Term): boolean => {
    if (part === nothing) return false;
    if (part.kind === 'intersect') return part.items.every(add);
    if (part.kind === 'bytes') set = set ? set.intersect(part.set) : part.set;
    else if (part !== everything) items.add(part);
    return true;
  };
  if (!parts.every(add) || set?.isEmpty) return nothing;
  if (set) items.add(bytes(set));
  for (const item of items) if (item.kind === 'complement' && items.has(item.items[0]!)) return nothing;
  if (items.has(epsilon)) return [...items].every(item => item.nullable) ? epsilon : nothing;
  return ofMany('intersect', everything, items);
}

/** Languages whose intersection is the language, as far as it was put together from such. */
export function conjuncts(language: Language): readonly Language[] {
  if (language === everything) return [];
  if (language.kind === 'intersect') return language.items.flatMap(conjuncts);
  const [excluded] = language.items;
  if (language.kind !== 'complement' || excluded?.kind !== 'union') return [language];
  return excluded.items.flatMap(item => conjuncts(complement(item)));
}

function ofMany(kind: 'union' | 'intersect', ofNone: Term, set: ReadonlySet<Term>): Term {
  if (set.size === 0) return ofNone;
  const items = [...set].sort((one, other) => one.id - other.id);
  if (items.length === 1) return items[0]!;
  return make(`${kind}${items.map(item => item.id).join()}`, () => ({
    kind,
    nullable: kind === 'union' ? items.some(item => item.nullable) : items.every(item => item.nullable),
    height: 1 + items.reduce((height, item) => Math.max(height, item.height), 0),
    least: (kind === 'union' ? Math.min : Math.max)(...items.map(item => item.least)),
    items,
  }));
}

/** Texts that do not belong to the language. */
export function complement(language: Language): Language {
  if (language.kind === 'complement') return language.items[0]!;
  return make(`~${language.id}`, () => ({
    kind: 'complement',
    nullable: !language.nullable,
    height: language.height + 1,
    items: [language],
  }));
}

/** Texts made of any number of texts of the language, none included. */
export function star(language: Language): Language {
  if (language === nothing || language === epsilon) return epsilon;
  if (language === anyByte || language === everything) return everything;
  if (language.kind === 'star') return language;
  return make(`*${language.id}`, () => ({
    kind: 'star',
    nullable: true,
    height: language.height + 1,
    items: [language],
  }));
}

/** The texts of the language, and the empty one. */
export function optional(language: Language): Language {
  return union(epsilon, language);
}

/**
 * A language defined by itself: `define` may use the loop it is given, but only behind at least one byte. `nullable`
 * says whether the empty text belongs to it. Never the same as another loop.
 */
export function loop(nullable: boolean, define: (self: Language) => Language): Language {
  let body: Term | undefined;
  const self: Term = new Term(nextId++, {
    kind: 'loop',
    nullable,
    height: 1,
    unfold: () => (body ??= define(self)),
  });
  return self;
}

function concat2(left: Term, right: Term): Term {
  if (left === nothing || right === nothing) return nothing;
  if (right === epsilon) return left;
  // Concatenations lean to the right, so that a derivative touches their first part only.
  const parts: Term[] = [];
  let last = left;
  while (last.kind === 'concat') {
    parts.push(last.items[0]!);
    last = last.items[1]!;
  }
  parts.push(last);
  let whole = right;
  for (let at = parts.length - 1; at >= 0; at--) whole = prepend(parts[at]!, whole);
  return whole;
}

function prepend(first: Term, rest: Term): Term {
  if (first === epsilon) return rest;
  if (first === everything && (rest === everything || (rest.kind === 'concat' && rest.items[0] === everything))) {
    return rest;
  }
  return make(`.${first.id},${rest.id}`, () => ({
    kind: 'concat',
    nullable: first.nullable && rest.nullable,
    height: 1 + (first.nullable ? Math.max(first.height, rest.height) : first.height),
    least: first.least + rest.least,
    items: [first, rest],
  }));
}

const ONE_CLASS: Partition = { count: 1, classOf: new Uint8Array(256) };

function partition(term: Term): Partition {
  const known = table.partitions.get(term);
  if (known) return known;
  let found = ONE_CLASS;
  switch (term.kind) {
    case 'bytes':
      if (term !== anyByte) found = { count: 2, classOf: term.set.flags() };
      break;
    case 'concat':
      found = partition(term.items[0]!);
      if (term.items[0]!.nullable) found = meet(found, partition(term.items[1]!));
      break;
    case 'loop':
      found = partition(term.unfold!());
      break;
    default:
      for (const item of term.items) found = meet(found, partition(item));
  }
  table.partitions.set(term, found);
  return found;
}

/** The classes of bytes that neither partition tells apart. */
function meet(one: Partition, other: Partition): Partition {
  if (one.count === 1 || one === other) return other;
  if (other.count === 1) return one;
  let known = table.meets.get(one);
  if (known === undefined) {
    known = new Map();
    table.meets.set(one, known);
  }
  let found = known.get(other);
  if (found === undefined) {
    found = computeMeet(one, other);
    known.set(other, found);
  }
  return found;
}

function computeMeet(one: Partition, other: Partition): Partition {
  // The number of each pair of classes from 1; 0 for a pair that has not been seen.
  const numbers = new Uint16Array(one.count * other.count);
  const classOf = new Uint8Array(256);
  const width = other.count;
  let count = 0;
  for (let byte = 0; byte < 256; byte++) {
    const pair = one.classOf[byte]! * width + other.classOf[byte]!;
    let number = numbers[pair]!;
    if (number === 0) {
      count += 1;
      number = count;
      numbers[pair] = number;
    }
    classOf[byte] = number - 1;
  }
  // It divides the classes of both, so that an equal number means equal classes; the same object is met again for nothing.
  if (count === one.count) return one;
  return count === other.count ? other : { count, classOf };
}

/** What may follow a byte: Brzozowski's derivative. */
function deriveByte(term: Term, byte: number): Term {
  if (term === everything || term === nothing) return term;
  if (term.kind === 'epsilon') return nothing;
  if (term.kind === 'bytes') return term.set.has(byte) ? epsilon : nothing;
  // Fixed text and runs of bytes need no table of classes.
  const [first] = term.items;
  if (first?.kind === 'bytes' && term.kind === 'concat') return first.set.has(byte) ? term.items[1]! : nothing;
  if (first?.kind === 'bytes' && term.kind === 'star') return first.set.has(byte) ? term : nothing;
  const byteClass = partition(term).classOf[byte]!;
  let known = table.derivatives.get(term);
  if (!known) {
    known = [];
    table.derivatives.set(term, known);
  }
  return (known[byteClass] ??= computeDerivative(term, byte));
}

function computeDerivative(term: Term, byte: number): Term {
  const [first, rest] = term.items;
  switch (term.kind) {
    case 'concat': {
      const through = concat2(deriveByte(first!, byte), rest!);
      return first!.nullable ? union(through, deriveByte(rest!, byte)) : through;
    }
    case 'star':
      return concat2(deriveByte(first!, byte), term);
    case 'complement':
      return complement(deriveByte(first!, byte));
    case 'union':
      return union(...term.items.map(item => deriveByte(item, byte)));
    case 'intersect':
      return intersect(...term.items.map(item => deriveByte(item, byte)));
    case 'before':
      return before(deriveByte(first!, byte), term.suffix);
    default:
      return deriveByte(term.unfold!(), byte);
  }
}

/** What may follow a text in the language: all `w` for which `text + w` belongs to it. */
export function derive(language: Language, text: string): Language {
  let state = language;
  for (let at = 0; at < text.length && state !== nothing && state !== everything; at++) {
    state = deriveByte(state, text.charCodeAt(at) & 255);
  }
  return state;
}

/** What may stand before a text in the language: all `w` for which `w + text` belongs to it. */
export function before(language: Language, text: string): Language {
  if (text === '' || language === everything || language === nothing) return language;
  switch (language.kind) {
    case 'before':
      return before(language.items[0]!, text + language.suffix);
    case 'complement':
      return complement(before(language.items[0]!, text));
    case 'union':
      return union(...language.items.map(item => before(item, text)));
    case 'intersect':
      return intersect(...language.items.map(item => before(item, text)));
  }
  const whole = soleText(language);
  if (whole !== undefined) return whole.endsWith(text) ? literal(whole.slice(0, whole.length - text.length)) : nothing;
  return make(`${JSON.stringify(text)}<${language.id}`, () => ({
    kind: 'before',
    nullable: derive(language, text).nullable,
    height: language.height + 1,
    least: language.least - text.length,
    items: [language],
    suffix: text,
  }));
}

/** The text of a language that is plainly one text; undefined for others, some of which hold a single text as well. */
export function soleText(language: Language): string | undefined {
  let text = '';
  let rest = language;
  while (rest.kind === 'concat') {
    const [first, behind] = rest.items;
    const byte = first!.kind === 'bytes' ? first!.set.single : undefined;
    if (byte === undefined) return undefined;
    text += String.fromCharCode(byte);
    rest = behind!;
  }
  if (rest.kind === 'epsilon') return text;
  const last = rest.kind === 'bytes' ? rest.set.single : undefined;
  return last === undefined ? undefined : text + String.fromCharCode(last);
}

/** Whether a text belongs to the language. */
export function accepts(language: Language, text: string): boolean {
  renewTable();
  return isAccepted(language, text);
}

function isAccepted(language: Language, text: string): boolean {
  // Part by part: the derivatives of the parts are shared by many languages, those of the whole by few.
  switch (language.kind) {
    case 'intersect':
      // What a text must be like refuses sooner than what it must not be.
      for (const item of language.items) if (item.kind !== 'complement' && !isAccepted(item, text)) return false;
      return language.items.every(item => item.kind !== 'complement' || isAccepted(item, text));
    case 'union':
      return language.items.some(item => isAccepted(item, text));
    case 'complement':
      return !isAccepted(language.items[0]!, text);
    case 'before':
      return isAccepted(language.items[0]!, text + language.suffix);
    default:
      return derive(language, text).nullable;
  }
}

/** A demand on a word: `prefix + word + suffix` belongs to the language. */
export interface Constraint {
  readonly language: Language;
  readonly prefix?: string;
  readonly suffix?: string;
}

export interface SolveOptions {
  /** Most states to visit; 20,000 unless told. */
  readonly maxStates?: number;
  /** Words to try before anything else, the best first. */
  readonly prefer?: readonly string[];
  /** What the derivatives that the search takes are added to: the same number whatever was asked before. */
  readonly effort?: { steps: number };
}

/**
 * A word that meets all demands; `'empty'` where it is proved that there is none; or the number of states after which
 * the search gave up, which proves nothing.
 */
export type Solution = { readonly word: string } | 'empty' | { readonly bound: number };

/** Several words. Of bytes that no constraint tells apart, one of each kind (letter, digit or mark, …) is used. */
export interface Solutions {
  readonly words: readonly string[];
  /** `'exhausted'`: there are no others but such that are like one of these; `'bound'`: the search gave up; `'enough'`: as many as asked for. */
  readonly ended: 'exhausted' | 'bound' | 'enough';
}

/** What a byte costs in a word: a few letters are better than one byte that has to be escaped. */
const BYTE_COSTS = new Uint8Array(256).fill(40);
const LEAST_COST = 10;
/** The bytes by cost, then by value. */
const READABLE_ORDER: number[] = [];
for (const [cost, bytes] of [
  [LEAST_COST, 'abcdefghijklmnopqrstuvwxyz'],
  [11, '-./0123456789_'],
  [12, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'],
  [14, '!"#$%&\'()*+,:;<=>?@[\\]^`{|}~'],
] as const) {
  for (let at = 0; at < bytes.length; at++) {
    BYTE_COSTS[bytes.charCodeAt(at)] = cost;
    READABLE_ORDER.push(bytes.charCodeAt(at));
  }
}
for (let byte = 0; byte < 256; byte++) if (BYTE_COSTS[byte] === 40) READABLE_ORDER.push(byte);

/** Finds a short and readable word that meets all constraints, or proves that there is none. */
export function solve(constraints: readonly Constraint[], options: SolveOptions = {}): Solution {
  const { words, ended, states } = find(constraints, 1, options);
  const [word] = words;
  if (word !== undefined) return { word };
  return ended === 'bound' ? { bound: states } : 'empty';
}

/** Finds up to `count` different words that meet all constraints, the most readable first. */
export function solveMany(constraints: readonly Constraint[], count: number, options: SolveOptions = {}): Solutions {
  const { words, ended } = find(constraints, count, options);
  return { words, ended };
}

/**
 * Looks for words of the few languages that say what a word is like, and takes up what excludes one of them, until enough are
 * left or no more can be: the best words of some of the languages, as far as they belong to all, are the best words of all.
 */
function find(
  constraints: readonly Constraint[],
  count: number,
  { prefer = [], maxStates = 20_000, effort }: SolveOptions,
): Solutions & { readonly states: number } {
  const words = new Set<string>();
  for (const word of prefer) if (words.size < count && satisfies(constraints, word)) words.add(word);
  const all = constraints.flatMap(constraint =>
    conjuncts(constraint.language).map((language): Constraint => ({ ...constraint, language })),
  );
  let used = all.filter(({ language }) => language.kind !== 'complement');
  let left = all.filter(({ language }) => language.kind === 'complement');
  for (;;) {
    const search = new Search(joined(used), maxStates);
    let violated: readonly Constraint[] = [];
    while (words.size < count && violated.length === 0) {
      const word = search.next(count);
      if (word === undefined) break;
      violated = left.filter(constraint => !satisfies([constraint], word));
      if (violated.length === 0) words.add(word);
    }
    if (effort !== undefined) effort.steps += search.steps;
    if (violated.length === 0) {
      const { states, isBound } = search;
      if (words.size >= count) return { words: [...words], ended: 'enough', states };
      if (!isBound) return { words: [...words], ended: 'exhausted', states };
      if (left.length === 0) return { words: [...words], ended: 'bound', states };
      // What is excluded may well be what makes the search long.
      violated = left;
    }
    used = [...used, ...violated];
    left = left.filter(constraint => !violated.includes(constraint));
  }
}

/** The constraints, with those on words in the same surroundings as one. */
function joined(constraints: readonly Constraint[]): readonly Constraint[] {
  const surroundings = new Map<string, Constraint[]>();
  for (const constraint of constraints) {
    const key = JSON.stringify([constraint.prefix, constraint.suffix]);
    surroundings.set(key, [...(surroundings.get(key) ?? []), constraint]);
  }
  return [...surroundings.values()].map(same => ({
    ...same[0]!,
    language: intersect(...same.map(({ language }) => language)),
  }));
}

/**
 * All words that meet the constraints, shortest first; undefined where they are more than `most`, or where the search gave
 * up. Unlike `solveMany` it leaves out none for being like another one.
 */
export function allWords(
  constraints: readonly Constraint[],
  most: number,
  options: Pick<SolveOptions, 'maxStates'> = {},
): readonly string[] | undefined {
  const { maxStates = 20_000 } = options;
  const first = solve(constraints, options);
  if (first === 'empty') return [];
  if (!('word' in first)) return undefined;
  const words: string[] = [];
  let visited = 0;
  let level: { readonly word: string; readonly rest: readonly Term[] }[] = [
    { word: '', rest: constraints.map(({ language, prefix }) => derive(language, prefix ?? '')) },
  ];
  while (level.length > 0) {
    const longer: typeof level = [];
    for (const { word, rest } of level) {
      if (satisfies(constraints, word)) words.push(word);
      if (words.length > most) return undefined;
      const classes = rest.reduce((known, term) => meet(known, partition(term)), ONE_CLASS);
      const derived = new Map<number, readonly Term[] | undefined>();
      for (let byte = 0; byte < 256; byte++) {
        const kind = classes.classOf[byte]!;
        if (!derived.has(kind)) {
          const terms = rest.map(term => deriveByte(term, byte));
          derived.set(kind, terms.includes(nothing) ? undefined : terms);
        }
        const terms = derived.get(kind);
        if (terms === undefined) continue;
        if (++visited > maxStates) return undefined;
        longer.push({ word: word + String.fromCharCode(byte), rest: terms });
      }
    }
    level = longer;
  }
  return words;
}

/** Whether a word meets all constraints. */
export function satisfies(constraints: readonly Constraint[], word: string): boolean {
  return constraints.every(({ language, prefix = '', suffix = '' }) => accepts(language, prefix + word + suffix));
}

interface SearchNode {
  readonly terms: readonly Term[];
  readonly visits: { count: number };
  readonly parent: SearchNode | undefined;
  readonly byte: number;
  /** What the bytes up to here cost. */
  readonly cost: number;
}

/** The A* search through the product of the languages, built as it is visited. */
class Search {
  readonly #suffixes: readonly string[];
  readonly #suffixKnown: readonly Map<Term, boolean>[];
  readonly #maxStates: number;
  /** Nodes to visit, by the least that a word through them costs. */
  readonly #queue: SearchNode[][] = [];
  readonly #visits = new Map<string, { count: number }>();
  #least = 0;
  isBound = false;
  /** Derivatives taken so far, those of each part of an intersection or a union counted. */
  steps = 0;

  constructor(constraints: readonly Constraint[], maxStates: number) {
    renewTable();
    this.#suffixes = constraints.map(({ suffix }) => suffix ?? '');
    this.#suffixKnown = constraints.map(() => new Map());
    this.#maxStates = maxStates;
    this.#enqueue(
      constraints.map(({ language, prefix }) => derive(language, prefix ?? '')),
      undefined,
      0,
      0,
    );
  }

  get states(): number {
    return this.#visits.size;
  }

  /** The next word; each state is passed at most `breadth` times. Undefined at the end, or at the bound. */
  next(breadth: number): string | undefined {
    for (;;) {
      const node = this.#queue[this.#least]?.pop();
      if (!node) {
        if (this.#least >= this.#queue.length) return undefined;
        delete this.#queue[this.#least];
        this.#least++;
        continue;
      }
      if (node.visits.count >= breadth) continue;
      node.visits.count++;
      // After the bound only what was already found can still yield a word.
      if (!this.isBound) this.#expand(node, breadth > 1);
      if (this.#isAccepting(node.terms)) return wordOf(node);
    }
  }

  #isAccepting(terms: readonly Term[]): boolean {
    return terms.every((term, at) => {
      const suffix = this.#suffixes[at]!;
      if (suffix === '') return term.nullable;
      const known = this.#suffixKnown[at]!;
      let answer = known.get(term);
      if (answer === undefined) {
        answer = derive(term, suffix).nullable;
        known.set(term, answer);
      }
      return answer;
    });
  }

  #expand(node: SearchNode, isVaried: boolean): void {
    const { terms } = node;
    let classes = ONE_CLASS;
    for (const term of terms) classes = meet(classes, partition(term));
    const tried = stepsOf(classes, isVaried);
    this.steps += tried.length * terms.reduce((steps, { items }) => steps + 1 + items.length, 0);
    for (const byte of tried) {
      this.#enqueue(
        terms.map(term => deriveByte(term, byte)),
        node,
        byte,
        node.cost + BYTE_COSTS[byte]!,
      );
    }
  }

  #enqueue(terms: readonly Term[], parent: SearchNode | undefined, byte: number, cost: number): void {
    if (terms.includes(nothing)) return;
    const key = terms.map(term => term.id).join();
    let visits = this.#visits.get(key);
    if (!visits) {
      if (
        this.#visits.size >= this.#maxStates ||
        this.steps > MAXIMUM_STEPS ||
        terms.some(term => term.height > MAXIMUM_HEIGHT)
      ) {
        this.isBound = true;
        return;
      }
      visits = { count: 0 };
      this.#visits.set(key, visits);
    }
    const least = cost + LEAST_COST * this.#bytesLeft(terms);
    (this.#queue[least] ??= []).push({ terms, visits, parent, byte, cost });
  }

  /** Bytes that a word still has to have behind what leads to some terms. */
  #bytesLeft(terms: readonly Term[]): number {
    return terms.reduce((left, { least }, at) => Math.max(left, least - this.#suffixes[at]!.length), 0);
  }
}

const plainSteps = new WeakMap<Partition, readonly number[]>();
const variedSteps = new WeakMap<Partition, readonly number[]>();

/** The bytes to try for some classes, the cheapest of each class last, so that it is taken first among equal costs. */
function stepsOf(classes: Partition, isVaried: boolean): readonly number[] {
  const cache = isVaried ? variedSteps : plainSteps;
  const known = cache.get(classes);
  if (known !== undefined) return known;
  const seen = new Set<number>();
  const steps: number[] = [];
  for (const byte of READABLE_ORDER) {
    // For variety, one byte of each cost stands for a class.
    const kind = classes.classOf[byte]! * 256 + (isVaried ? BYTE_COSTS[byte]! : 0);
    if (seen.has(kind)) continue;
    seen.add(kind);
    steps.push(byte);
    if (!isVaried && steps.length === classes.count) break;
  }
  steps.reverse();
  cache.set(classes, steps);
  return steps;
}

function wordOf(node: SearchNode): string {
  const word: string[] = [];
  for (let at: SearchNode = node; at.parent; at = at.parent) word.push(String.fromCharCode(at.byte));
  return word.reverse().join('');
}
