import { ByteSet, NEWLINE, WORD } from './byte-set.js';
import {
  bytes,
  complement,
  concat,
  epsilon,
  everything,
  intersect,
  type Language,
  loop,
  nothing,
  optional,
  solve,
  star,
  union,
} from './language.js';
import type { BehindBranch, PatternNode, PatternTree, UnsupportedPattern } from './parse.js';

/** Assertions, atomic groups and the like in one pattern, copies counted; each nests the translation a little deeper. */
const MAXIMUM_SPECIAL_NODES = 200;
/** Endless repetitions of something with assertions in it, counted once for each way they go on. */
const MAXIMUM_LOOPS = 500;
/** States spent on the question whether a language is free of prefixes. */
const PREFIX_FREE_STATES = 300;

/**
 * The subjects in which a pattern matches, whole and exact: the assertions of the pattern are part of it. Patterns
 * whose subjects cannot be told exactly this way are unsupported, with the construct named.
 */
export function languageOf(tree: PatternTree): { readonly language: Language } | UnsupportedPattern {
  try {
    if (countSpecial(tree.root) > MAXIMUM_SPECIAL_NODES) throw new Untranslatable('that many assertions');
    return { language: new Translator(tree.root).pattern(tree.root) };
  } catch (error) {
    if (error instanceof Untranslatable) return { unsupported: error.construct };
    throw error;
  }
}

class Untranslatable extends Error {
  readonly construct: string;
  constructor(construct: string) {
    super(construct);
    this.construct = construct;
  }
}

/** What stands before a position: 0 for the start of the subject, else 1 + the number of a set of bytes. */
type Before = number;
const AT_START: Before = 0;

/** What may follow a position, for each of the things that may stand before it. */
type Continuation = (before: Before) => Language;

const anything: Continuation = () => everything;
const lastNewline = optional(bytes(NEWLINE));
const isWordNext = concat(bytes(WORD), everything);

/**
 * Translates by continuation: each node is given the language of all that may follow it, so that an assertion is an
 * intersection with what follows.
 */
class Translator {
  /** Sets of bytes that no assertion about the byte before a position tells apart. */
  readonly #befores: readonly ByteSet[];
  readonly #plain = new Map<PatternNode, Language | undefined>();
  readonly #continuations = new Map<PatternNode, Map<Continuation, Continuation>>();
  readonly #loops: Language[] = [];

  constructor(root: PatternNode) {
    const asked: ByteSet[] = [];
    collectBefores(root, asked);
    let sets = [ByteSet.all];
    for (const set of asked) {
      sets = sets.flatMap(part => [part.intersect(set), part.without(set)]).filter(part => !part.isEmpty);
    }
    this.#befores = sets;
  }

  /** The subjects of a whole pattern. */
  pattern(root: PatternNode): Language {
    const language = this.#subjects(root);
    // What cannot be translated must come to light here, not when the language is used.
    for (const made of this.#loops) made.unfold?.();
    return language;
  }

  /** The subjects in which a match of the node starts somewhere. */
  #subjects(node: PatternNode): Language {
    if (node.kind === 'alternatives') return union(...node.items.map(item => this.#subjects(item)));
    if (node.kind === 'capture') return this.#subjects(node.body);
    const items = flatten(node);
    const lastBehind = items.findLastIndex(
      item => item.kind === 'look-behind' && item.branches.some(branch => byteBehind(branch) === undefined),
    );
    // All that may stand before the pattern's next item, from the start of the subject.
    let before = everything;
    for (const [at, item] of items.slice(0, lastBehind + 1).entries()) {
      const plain = this.plain(item);
      if (plain) {
        before = concat(before, plain);
      } else if (at === 0 && item.kind === 'place' && item.place === 'subject-start') {
        before = epsilon;
      } else if (item.kind === 'look-behind') {
        const behind = union(...item.branches.map(branch => this.#behind(branch)));
        before = intersect(before, item.negative ? complement(behind) : behind);
      } else {
        throw new Untranslatable('an assertion before a lookbehind');
      }
    }
    return this.#after(before, this.#sequence(items.slice(lastBehind + 1), anything), AT_START);
  }

  /** All that a branch of a lookbehind allows to stand before the position, from the start of the subject. */
  #behind({ body }: BehindBranch): Language {
    const [first, ...others] = flatten(body);
    const isAnchored = first?.kind === 'place' && first.place === 'subject-start';
    const text = this.plain(isAnchored ? { kind: 'sequence', items: others } : body);
    if (!text) return unsupported('an assertion in a lookbehind');
    return isAnchored ? text : concat(everything, text);
  }

  /** The texts a node matches, whatever stands around them; undefined where that matters. */
  plain(node: PatternNode): Language | undefined {
    if (this.#plain.has(node)) return this.#plain.get(node);
    const found = this.#computePlain(node);
    this.#plain.set(node, found);
    return found;
  }

  #computePlain(node: PatternNode): Language | undefined {
    switch (node.kind) {
      case 'bytes':
        return bytes(node.set);
      case 'keep':
        return epsilon;
      case 'capture':
        return this.plain(node.body);
      case 'sequence':
      case 'alternatives': {
        const parts: Language[] = [];
        for (const item of node.items) {
          const part = this.plain(item);
          if (!part) return undefined;
          parts.push(part);
        }
        return node.kind === 'sequence' ? concat(...parts) : union(...parts);
      }
      case 'repeat': {
        if (node.max === 0) return epsilon;
        const body = this.plain(node.body);
        return body && repeated(body, node.min, node.max);
      }
      default:
        return undefined;
    }
  }

  /**
   * The texts from a position on, in which `node` matches there and `next` holds of the rest. The same answer for the
   * same question, so that nested groups are not translated once for every way into them.
   */
  #then(node: PatternNode, next: Continuation): Continuation {
    let known = this.#continuations.get(node);
    if (!known) {
      known = new Map();
      this.#continuations.set(node, known);
    }
    let found = known.get(next);
    if (!found) {
      found = remember(this.#translate(node, next));
      known.set(next, found);
    }
    return found;
  }

  #translate(node: PatternNode, next: Continuation): Continuation {
    const plain = this.plain(node);
    if (plain) return before => this.#after(plain, next, before);
    switch (node.kind) {
      case 'capture':
        return this.#then(node.body, next);
      case 'sequence':
        return this.#sequence(node.items, next);
      case 'alternatives': {
        const ways = node.items.map(item => this.#then(item, next));
        return before => union(...ways.map(way => way(before)));
      }
      case 'repeat':
        return this.#repeat(node, next);
      case 'atomic':
        return this.#atomic(node.body, next);
      case 'look-ahead': {
        const ahead = this.#then(node.body, anything);
        return before => intersect(node.negative ? complement(ahead(before)) : ahead(before), next(before));
      }
      case 'look-behind': {
        const behinds = node.branches.map(
          branch => byteBehind(branch) ?? unsupported('a lookbehind of more than one byte inside a group'),
        );
        return before => {
          const holds = behinds.some(({ start, bytes: set }) =>
            before === AT_START ? start : !set.intersect(this.#befores[before - 1]!).isEmpty,
          );
          return holds === node.negative ? nothing : next(before);
        };
      }
      case 'place':
        return before => intersect(this.#place(node.place, before), next(before));
      default:
        throw new Error(`${node.kind} has a plain language`);
    }
  }

  #place(place: Extract<PatternNode, { kind: 'place' }>['place'], before: Before): Language {
    const isAfter = (set: ByteSet) => before !== AT_START && !set.intersect(this.#befores[before - 1]!).isEmpty;
    switch (place) {
      case 'subject-start':
        return before === AT_START ? everything : nothing;
      case 'subject-end':
        return epsilon;
      case 'subject-end-or-last-newline':
        return lastNewline;
      case 'line-start':
        if (before === AT_START) return everything;
        return isAfter(NEWLINE) ? complement(epsilon) : nothing;
      case 'line-end':
        return optional(concat(bytes(NEWLINE), everything));
      case 'word-boundary':
        return isAfter(WORD) ? complement(isWordNext) : isWordNext;
      case 'no-word-boundary':
        return isAfter(WORD) ? isWordNext : complement(isWordNext);
    }
  }

  #sequence(items: readonly PatternNode[], next: Continuation): Continuation {
    let following = next;
    for (let at = items.length - 1; at >= 0; at--) {
      // Neighbours without assertions are one language, which keeps the nesting low.
      let first = at;
      while (first >= 0 && this.plain(items[first]!)) first--;
      const after = following;
      if (first < at) {
        const text = concat(...items.slice(first + 1, at + 1).map(item => this.plain(item)!));
        following = remember(before => this.#after(text, after, before));
        at = first + 1;
      } else {
        following = this.#then(items[at]!, after);
      }
    }
    return following;
  }

  /** A text of `first`, and then what may follow after its last byte. */
  #after(first: Language, next: Continuation, before: Before): Language {
    if (first === epsilon) return next(before);
    const bySuccessor = new Map<Language, ByteSet>();
    this.#befores.forEach((set, number) => {
      const successor = next(number + 1);
      bySuccessor.set(successor, set.union(bySuccessor.get(successor) ?? ByteSet.none));
    });
    const onEmpty = first.nullable ? next(before) : nothing;
    const [only, ...others] = bySuccessor.keys();
    if (others.length === 0) {
      if (onEmpty === only) return concat(first, only!);
      const isNotEmpty = first.nullable ? intersect(first, complement(epsilon)) : first;
      return union(onEmpty, concat(isNotEmpty, only!));
    }
    const ways = [...bySuccessor].map(([successor, set]) =>
      concat(intersect(first, first.kind === 'bytes' ? bytes(set) : concat(everything, bytes(set))), successor),
    );
    return union(onEmpty, ...ways);
  }

  #repeat({ body, min, max }: Extract<PatternNode, { kind: 'repeat' }>, next: Continuation): Continuation {
    let following = next;
    if (max === Number.POSITIVE_INFINITY) {
      following = this.#endless(body, next);
    } else {
      for (let copy = min; copy < max; copy++) {
        const once = this.#then(body, following);
        following = remember(before => union(next(before), once(before)));
      }
    }
    for (let copy = 0; copy < min; copy++) following = this.#then(body, following);
    return following;
  }

  /** Any number of copies of a body with assertions in it. A copy that matches nothing adds nothing, so none may. */
  #endless(body: PatternNode, next: Continuation): Continuation {
    if (!consumes(body)) return unsupported('an endless repetition of an assertion that may match nothing');
    const again: Continuation = remember(before => {
      const after = next(before);
      const made = loop(after.nullable, () => union(after, this.#then(body, again)(before)));
      if (this.#loops.push(made) > MAXIMUM_LOOPS) unsupported('that many endless repetitions of assertions');
      return made;
    });
    return again;
  }

  /** A body that keeps its first way to match: exact where the ways exclude each other in some manner seen here. */
  #atomic(body: PatternNode, next: Continuation): Continuation {
    // Where anything may follow, all ways are alike.
    if (next === anything) return this.#then(body, next);
    const set = body.kind === 'repeat' ? this.plain(body.body) : undefined;
    if (body.kind === 'repeat' && set?.kind === 'bytes') {
      const { min, max, lazy } = body;
      const shortest = repeated(set, min, min);
      if (lazy || min === max) return before => this.#after(shortest, next, before);
      // It stops early only where no further byte fits.
      const fits = concat(set, everything);
      const stopped: Continuation = at => intersect(next(at), complement(fits));
      if (max === Number.POSITIVE_INFINITY) {
        const endless = repeated(set, min, max);
        return before => this.#after(endless, stopped, before);
      }
      const longest = repeated(set, max, max);
      const shorter = repeated(set, min, max - 1);
      return before => union(this.#after(longest, next, before), this.#after(shorter, stopped, before));
    }
    const branches = (body.kind === 'alternatives' ? body.items : [body]).map(
      branch => this.plain(branch) ?? unsupported('an assertion in an atomic group'),
    );
    const all = union(...branches);
    if (isPrefixFree(all)) return before => this.#after(all, next, before);
    if (!branches.every(isPrefixFree)) {
      return unsupported('an atomic group or possessive quantifier of this kind');
    }
    const earlier = branches.map((_, at) => concat(union(...branches.slice(0, at)), everything));
    return before =>
      union(...branches.map((branch, at) => intersect(this.#after(branch, next, before), complement(earlier[at]!))));
  }
}

function remember(compute: Continuation): Continuation {
  const known: (Language | undefined)[] = [];
  return before => (known[before] ??= compute(before));
}

function unsupported(construct: string): never {
  throw new Untranslatable(construct);
}

function repeated(body: Language, min: number, max: number): Language {
  let rest = max === Number.POSITIVE_INFINITY ? star(body) : epsilon;
  if (Number.isFinite(max)) for (let copy = min; copy < max; copy++) rest = optional(concat(body, rest));
  return concat(...new Array<Language>(min).fill(body), rest);
}

/** Whether no text of the language begins with another one. */
function isPrefixFree(language: Language): boolean {
  const longer = concat(language, bytes(ByteSet.all), everything);
  return solve([{ language }, { language: longer }], { maxStates: PREFIX_FREE_STATES }) === 'empty';
}

/** The items of a sequence, with plain groups in it opened. */
function flatten(node: PatternNode): PatternNode[] {
  return node.kind === 'sequence' ? node.items.flatMap(flatten) : [node];
}

/** What a branch of a lookbehind asks of the byte before, where it asks of that byte alone. */
function byteBehind({ body }: BehindBranch): { readonly bytes: ByteSet; readonly start: boolean } | undefined {
  if (body.kind === 'bytes') return { bytes: body.set, start: false };
  if (body.kind === 'place' && body.place === 'subject-start') return { bytes: ByteSet.none, start: true };
  return undefined;
}

/** Collects the sets of bytes for which some assertion looks at the byte before it. */
function collectBefores(node: PatternNode, found: ByteSet[]): void {
  switch (node.kind) {
    case 'place':
      if (node.place === 'word-boundary' || node.place === 'no-word-boundary') found.push(WORD);
      if (node.place === 'line-start') found.push(NEWLINE);
      return;
    case 'sequence':
    case 'alternatives':
      for (const item of node.items) collectBefores(item, found);
      return;
    case 'look-behind':
      for (const branch of node.branches) {
        found.push(byteBehind(branch)?.bytes ?? ByteSet.none);
        collectBefores(branch.body, found);
      }
      return;
    case 'bytes':
    case 'keep':
      return;
    default:
      collectBefores(node.body, found);
  }
}

function countSpecial(node: PatternNode): number {
  switch (node.kind) {
    case 'bytes':
    case 'keep':
      return 0;
    case 'place':
      return 1;
    case 'sequence':
    case 'alternatives':
      return node.items.reduce((sum, item) => sum + countSpecial(item), 0);
    case 'look-behind':
      return node.branches.reduce((sum, branch) => sum + countSpecial(branch.body), 1);
    case 'capture':
      return countSpecial(node.body);
    case 'repeat':
      return Math.max(1, Number.isFinite(node.max) ? node.max : node.min) * countSpecial(node.body);
    default:
      return 1 + countSpecial(node.body);
  }
}

/** Whether a node consumes a byte whenever it matches. */
function consumes(node: PatternNode): boolean {
  switch (node.kind) {
    case 'bytes':
      return true;
    case 'sequence':
      return node.items.some(consumes);
    case 'alternatives':
      return node.items.every(consumes);
    case 'capture':
    case 'atomic':
      return consumes(node.body);
    case 'repeat':
      return node.min > 0 && consumes(node.body);
    default:
      return false;
  }
}

/** A piece of a pattern that is a sequence of pieces. */
export type ShapePiece =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'capture'; readonly index: number; readonly language: Language }
  | { readonly kind: 'free'; readonly language: Language };

/**
 * A pattern as a sequence of literal texts, captures and free text that together make up the whole subject. Every
 * match splits its subject in this way; but not every such split is one that PCRE chooses, so the pieces say what
 * captures *can* hold, not what they hold. A group that did not take part counts as one that holds nothing, as in
 * nginx. Groups inside other groups are not listed. Undefined where the pattern is no such sequence.
 */
export function captureShape(tree: PatternTree): readonly ShapePiece[] | undefined {
  if (countSpecial(tree.root) > MAXIMUM_SPECIAL_NODES) return undefined;
  const translator = new Translator(tree.root);
  const items = openGroups(tree.root);
  const isAtStart = (item: PatternNode | undefined) => item?.kind === 'place' && item.place === 'subject-start';
  const endPlace = items.at(-1);
  const isAtEnd = endPlace?.kind === 'place' && /^subject-end/.test(endPlace.place);
  const pieces: ShapePiece[] = [];
  const free = (language: Language) => {
    const last = pieces.at(-1);
    if (last?.kind === 'free') pieces[pieces.length - 1] = { kind: 'free', language: concat(last.language, language) };
    else pieces.push({ kind: 'free', language });
  };
  if (!isAtStart(items[0])) free(everything);
  const inner = items.slice(isAtStart(items[0]) ? 1 : 0, isAtEnd ? -1 : undefined);
  for (const item of inner) {
    const language = translator.plain(item);
    if (!language) return undefined;
    const text = item.kind === 'bytes' ? item.set.single : undefined;
    const group = soleCapture(item);
    const last = pieces.at(-1);
    if (text !== undefined) {
      const byte = String.fromCharCode(text);
      if (last?.kind === 'literal') pieces[pieces.length - 1] = { kind: 'literal', text: last.text + byte };
      else pieces.push({ kind: 'literal', text: byte });
    } else if (group !== undefined) {
      pieces.push({ kind: 'capture', index: group, language });
    } else if (hasCapture(item)) {
      return undefined;
    } else {
      free(language);
    }
  }
  if (!isAtEnd) free(behindRun(inner.at(-1)));
  else if (endPlace.place === 'subject-end-or-last-newline') free(lastNewline);
  return pieces;
}

/** What can follow the last piece of a pattern: a greedy group of single bytes ends in front of the first other byte. */
function behindRun(last: PatternNode | undefined): Language {
  const repeated = last?.kind === 'capture' ? soleItem(last.body) : undefined;
  if (repeated?.kind !== 'repeat' || repeated.lazy || repeated.max !== Number.POSITIVE_INFINITY) return everything;
  const byte = soleItem(repeated.body);
  return byte.kind === 'bytes' ? complement(concat(bytes(byte.set), everything)) : everything;
}

function soleItem(node: PatternNode): PatternNode {
  return node.kind === 'sequence' && node.items.length === 1 ? soleItem(node.items[0]!) : node;
}

/** The texts that a group can capture, by itself; all texts where what stands around it has a say. */
export function groupLanguage(tree: PatternTree, index: number): Language {
  const open = [tree.root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.kind === 'capture') {
      if (node.index === index) return optional(new Translator(tree.root).plain(node.body) ?? everything);
      open.push(node.body);
    } else if (node.kind === 'sequence' || node.kind === 'alternatives') open.push(...node.items);
    else if (node.kind === 'repeat') open.push(node.body);
  }
  return everything;
}

/** The items of the top-level sequence. */
function openGroups(root: PatternNode): PatternNode[] {
  return flatten(root).filter(item => item.kind !== 'keep');
}

/** The number of the group that a node is, or is at most once. */
function soleCapture(node: PatternNode): number | undefined {
  if (node.kind === 'capture') return node.index;
  return node.kind === 'repeat' && node.max === 1 ? soleCapture(node.body) : undefined;
}

function hasCapture(node: PatternNode): boolean {
  switch (node.kind) {
    case 'capture':
      return true;
    case 'sequence':
    case 'alternatives':
      return node.items.some(hasCapture);
    case 'repeat':
      return node.max > 0 && hasCapture(node.body);
    case 'bytes':
      return false;
    default:
      return true;
  }
}
