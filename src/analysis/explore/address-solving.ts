import {
  accepts,
  allWords,
  complement,
  derive,
  intersect,
  type Language,
  literal,
  nothing,
  solveMany,
  union,
} from '../../pcre/language.js';
import { IPV6_TEXTS, ipv4Language } from '../address-language.js';
import {
  AddressSet,
  addressesOfPoints,
  type Interval,
  IPV4_ADDRESSES,
  IPV6_ADDRESSES,
  NO_ADDRESS,
  pointOfText,
  textAt,
  UNIX_ADDRESS,
} from '../address-set.js';
import type { Knowledge } from '../knowledge.js';
import type { Sym } from '../value.js';

/** Intervals up to which what a pattern asks is kept as a set. */
const MAX_INTERVALS = 4_096;

/** Words up to which a language of IPv6 addresses is kept as a set. */
const MAX_WORDS = 64;

/** Intervals of which addresses are tried. */
const MAX_TRIED = 64;

const SEARCH = { maxStates: 4_000 };

/** A superset of the texts by which nginx names the addresses of a set; of IPv4 addresses exactly these. */
export function textLanguage(set: AddressSet): Language {
  const parts = [ipv4Language(set)];
  if (!set.intersect(IPV6_ADDRESSES).isEmpty) parts.push(IPV6_TEXTS);
  if (!set.intersect(UNIX_ADDRESS).isEmpty) parts.push(literal('unix:'));
  return union(...parts);
}

const known = new WeakMap<Language, Map<AddressSet, AddressSet | undefined>>();

/** The addresses of a universe whose texts lie in a language; undefined where these are too many intervals, or not known. */
export function addressesOfLanguage(language: Language, universe: AddressSet): AddressSet | undefined {
  let answers = known.get(language);
  if (answers === undefined) {
    answers = new Map();
    known.set(language, answers);
  }
  if (!answers.has(universe)) answers.set(universe, solveSet(language, universe));
  return answers.get(universe);
}

function solveSet(language: Language, universe: AddressSet): AddressSet | undefined {
  let set = NO_ADDRESS;
  if (!universe.intersect(IPV4_ADDRESSES).isEmpty) {
    const four = ipv4Intervals(language, 3, new Map());
    if (four === undefined) return undefined;
    set = AddressSet.of(four);
  }
  if (!universe.intersect(IPV6_ADDRESSES).isEmpty) {
    const six = fewWords(intersect(IPV6_TEXTS, language));
    const others = six === undefined ? fewWords(intersect(IPV6_TEXTS, complement(language))) : undefined;
    if (six !== undefined) set = set.union(six);
    else if (others !== undefined) set = set.union(IPV6_ADDRESSES.without(others));
    else return undefined;
  }
  if (accepts(language, 'unix:')) set = set.union(UNIX_ADDRESS);
  return set.intersect(universe);
}

/** The numbers whose dotted texts, after what is derived already, lie in a language; undefined where they are too many. */
function ipv4Intervals(
  language: Language,
  depth: number,
  memo: Map<string, readonly Interval[] | undefined>,
): readonly Interval[] | undefined {
  if (language === nothing) return [];
  const key = `${depth} ${language.id}`;
  if (memo.has(key)) return memo.get(key);
  const size = 256n ** BigInt(depth);
  let intervals: Interval[] | undefined = [];
  for (let octet = 0; octet < 256 && intervals !== undefined; octet++) {
    const start = BigInt(octet) * size;
    const inner: readonly Interval[] | undefined =
      depth === 0
        ? accepts(language, String(octet))
          ? [{ first: 0n, last: 0n }]
          : []
        : ipv4Intervals(derive(language, `${octet}.`), depth - 1, memo);
    if (inner === undefined) {
      intervals = undefined;
      break;
    }
    for (const { first, last } of inner) {
      const before: Interval | undefined = intervals.at(-1);
      if (before !== undefined && before.last + 1n === start + first) {
        intervals[intervals.length - 1] = { first: before.first, last: start + last };
      } else {
        intervals.push({ first: start + first, last: start + last });
      }
    }
    if (intervals.length > MAX_INTERVALS) intervals = undefined;
  }
  memo.set(key, intervals);
  return intervals;
}

/** The addresses of a language of few words; undefined where it has more. */
function fewWords(language: Language): AddressSet | undefined {
  const words = allWords([{ language }], MAX_WORDS, SEARCH);
  return words && addressesOfPoints(words.flatMap(word => pointOfText(word) ?? []));
}

/** False where it is proved that no address of the set has a text that meets what is known of the symbol. */
export function isPossible(knowledge: Knowledge, symbol: Sym, set: AddressSet): boolean {
  if (set.isEmpty) return false;
  if (!knowledge.mentions(symbol)) return true;
  const { words, isComplete } = search(knowledge, symbol, set, 1);
  return words.length > 0 || !isComplete;
}

/** Addresses of the set that meet what is known of the symbol, as text, at most `count`; those of the loopback network first. */
export function members(knowledge: Knowledge, symbol: Sym, set: AddressSet, count: number): string[] {
  return search(knowledge, symbol, set, count).words;
}

function search(
  knowledge: Knowledge,
  symbol: Sym,
  set: AddressSet,
  count: number,
): { words: string[]; isComplete: boolean } {
  const isDemanded = knowledge.mentions(symbol);
  const fits = (text: string): boolean => !isDemanded || knowledge.allows(symbol, text);
  const tried = set.intervals
    .slice(0, MAX_TRIED)
    .map(({ first, last }) => textAt(last - first > 1n ? first + 1n : first));
  const words = tried.filter(fits);
  words.sort((one, other) => Number(other.startsWith('127.')) - Number(one.startsWith('127.')));
  if (words.length > 0 || !isDemanded) return { words: words.slice(0, count), isComplete: false };
  const demands = knowledge.demandsOn(symbol);
  const four = set.intersect(IPV4_ADDRESSES);
  let isComplete = true;
  if (!four.isEmpty) {
    if (four.intervals.length > MAX_INTERVALS) isComplete = false;
    else {
      const found = solveMany([...demands, { language: ipv4Language(four) }], count, SEARCH);
      words.push(...found.words);
      if (found.ended === 'bound') isComplete = false;
    }
  }
  if (words.length < count && !set.intersect(IPV6_ADDRESSES).isEmpty) {
    const constraints = [...demands, { language: IPV6_TEXTS }];
    const all = allWords(constraints, MAX_WORDS, SEARCH);
    for (const text of all ?? solveMany(constraints, MAX_WORDS, SEARCH).words) {
      const point = pointOfText(text);
      if (point !== undefined && set.has(point)) words.push(text);
    }
    if (all === undefined) isComplete = false;
  }
  if (!set.intersect(UNIX_ADDRESS).isEmpty && fits('unix:')) words.push('unix:');
  return { words: words.slice(0, count), isComplete };
}
