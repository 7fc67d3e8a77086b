import { ByteSet, NEWLINE, WORD } from './byte-set.js';
import type { PatternNode, PatternTree, Place } from './parse.js';

/** What a match found. Groups that took no part are undefined. */
export interface Captures {
  /** Offset of the match in the subject; after it, offset of its end. `\K` can move the start. */
  readonly start: number;
  readonly end: number;
  /** Text of the whole match at 0 and of the groups from 1, one entry for every group of the pattern. */
  readonly groups: readonly (string | undefined)[];
  /** Text of the named groups. */
  readonly named: ReadonlyMap<string, string | undefined>;
}

/** A pattern ready to be matched. */
export interface Matcher {
  /**
   * Finds the leftmost match, and among those at one place the one PCRE finds first. Time and memory are at most
   * proportional to the length of the subject times the size of the pattern. Throws a RangeError for a subject longer
   * than `longestSubject`.
   */
  match(subject: string): Captures | null;
  /** Longest subject, in bytes, that keeps the memory of one match below about 128 MB. */
  readonly longestSubject: number;
}

/** Memory cells that one match may use, each of four bytes. */
const MAXIMUM_CELLS = 32_000_000;

/**
 * One step of a program. The machine tries alternatives in PCRE's order and remembers for each split, position and
 * state of progress what came of it, so that nothing is tried twice. `depth` counts the loops around a step, within its
 * own program, whose bodies can match nothing.
 */
type Step =
  | { readonly op: 'bytes'; readonly set: ByteSet; readonly depth: number }
  | Split
  | { readonly op: 'jump'; to: number }
  | { readonly op: 'open' | 'close'; readonly index: number }
  /** An iteration begins. */
  | { readonly op: 'begin-loop'; readonly depth: number }
  /** An iteration ends. One that matched nothing is the last, as in PCRE. */
  | { readonly op: 'end-loop'; readonly depth: number; readonly again: number; out: number }
  | { readonly op: 'place'; readonly place: Place }
  | { readonly op: 'back'; readonly length: number }
  /** The program after this step runs up to its `accept`; then `next`. */
  | { readonly op: 'atomic'; next: number; readonly depth: number }
  | { readonly op: 'look'; readonly negative: boolean; next: number }
  | { readonly op: 'keep' }
  | { readonly op: 'accept' };

/** Tries `first`, then `second`; a join has no first, and is there to be remembered. */
interface Split {
  readonly op: 'split';
  first: number;
  second: number;
  /** Where the results of this split begin: one row for each state of progress, 0 to its depth. */
  readonly row: number;
}

const NO_STEP = -1;

class Compiler {
  readonly steps: Step[] = [];
  rows = 0;

  split(depth: number): Split {
    const split: Split = { op: 'split', first: NO_STEP, second: NO_STEP, row: this.rows };
    this.rows += depth + 1;
    this.steps.push(split);
    return split;
  }

  /** Many ways lead here: what follows must not run once for each. */
  join(depth: number): void {
    this.split(depth).second = this.steps.length;
  }

  emit(node: PatternNode, depth: number): void {
    switch (node.kind) {
      case 'bytes':
        this.steps.push({ op: 'bytes', set: node.set, depth });
        return;
      case 'sequence':
        for (const item of node.items) this.emit(item, depth);
        return;
      case 'alternatives':
        this.alternatives(node.items, depth, item => this.emit(item, depth));
        return;
      case 'capture':
        this.steps.push({ op: 'open', index: node.index });
        this.emit(node.body, depth);
        this.steps.push({ op: 'close', index: node.index });
        return;
      case 'repeat':
        this.repeat(node, depth);
        return;
      case 'atomic':
        this.nested({ op: 'atomic', next: NO_STEP, depth }, () => this.emit(node.body, 0));
        return;
      case 'look-ahead':
        this.nested({ op: 'look', negative: node.negative, next: NO_STEP }, () => this.emit(node.body, 0));
        return;
      case 'look-behind':
        this.nested({ op: 'look', negative: node.negative, next: NO_STEP }, () =>
          this.alternatives(node.branches, 0, branch => {
            this.steps.push({ op: 'back', length: branch.length });
            this.emit(branch.body, 0);
          }),
        );
        return;
      case 'place':
        this.steps.push({ op: 'place', place: node.place });
        return;
      case 'keep':
        this.steps.push({ op: 'keep' });
        return;
    }
  }

  nested(step: Extract<Step, { next: number }>, emitBody: () => void): void {
    this.steps.push(step);
    emitBody();
    this.steps.push({ op: 'accept' });
    step.next = this.steps.length;
  }

  alternatives<T>(items: readonly T[], depth: number, emitItem: (item: T) => void): void {
    const jumps: { to: number }[] = [];
    items.forEach((item, at) => {
      if (at === items.length - 1) {
        emitItem(item);
        return;
      }
      const split = this.split(depth);
      split.first = this.steps.length;
      emitItem(item);
      const jump = { op: 'jump' as const, to: NO_STEP };
      this.steps.push(jump);
      jumps.push(jump);
      split.second = this.steps.length;
    });
    for (const jump of jumps) jump.to = this.steps.length;
    if (jumps.length > 0) this.join(depth);
  }

  /** Counted repetitions are written out as PCRE2 does it: x{2,4} is xx(x(x)?)?, and x{2,} is xx+. */
  repeat({ body, min, max, lazy }: Extract<PatternNode, { kind: 'repeat' }>, depth: number): void {
    const isEndless = max === Number.POSITIVE_INFINITY;
    for (let copy = isEndless ? 1 : 0; copy < min; copy++) this.emit(body, depth);
    if (isEndless) {
      this.loop(body, min > 0, lazy, depth);
      return;
    }
    const optional: { split: Split; inside: number }[] = [];
    for (let copy = min; copy < max; copy++) {
      const split = this.split(depth);
      optional.push({ split, inside: this.steps.length });
      this.emit(body, depth);
    }
    for (const { split, inside } of optional) setBranches(split, inside, this.steps.length, lazy);
    if (optional.length > 1) this.join(depth);
  }

  loop(body: PatternNode, isMandatory: boolean, lazy: boolean, outerDepth: number): void {
    const canBeEmpty = canMatchNothing(body);
    const depth = canBeEmpty ? outerDepth + 1 : outerDepth;
    const entry = { op: 'jump' as const, to: NO_STEP };
    if (isMandatory) this.steps.push(entry);
    const again = this.steps.length;
    const split = this.split(outerDepth);
    const inside = this.steps.length;
    entry.to = inside;
    if (canBeEmpty) {
      this.steps.push({ op: 'begin-loop', depth });
      this.emit(body, depth);
      this.steps.push({ op: 'end-loop', depth, again, out: this.steps.length + 1 });
    } else {
      this.emit(body, depth);
      this.steps.push({ op: 'jump', to: again });
    }
    setBranches(split, inside, this.steps.length, lazy);
    if (canBeEmpty) this.join(outerDepth);
  }
}

function setBranches(split: Split, inside: number, out: number, lazy: boolean): void {
  split.first = lazy ? out : inside;
  split.second = lazy ? inside : out;
}

/** Whether a node may match without consuming a byte. */
function canMatchNothing(node: PatternNode): boolean {
  switch (node.kind) {
    case 'bytes':
      return false;
    case 'sequence':
      return node.items.every(canMatchNothing);
    case 'alternatives':
      return node.items.some(canMatchNothing);
    case 'capture':
    case 'atomic':
      return canMatchNothing(node.body);
    case 'repeat':
      return node.min === 0 || canMatchNothing(node.body);
    default:
      return true;
  }
}

/** Whether a match can only begin at the start of the subject. */
function isAnchored(node: PatternNode): boolean {
  switch (node.kind) {
    case 'place':
      return node.place === 'subject-start';
    case 'sequence':
      return node.items.length > 0 && isAnchored(node.items[0]!);
    case 'alternatives':
      return node.items.every(isAnchored);
    case 'capture':
    case 'atomic':
      return isAnchored(node.body);
    default:
      return false;
  }
}

/** The bytes that a node can consume first. */
function leadingBytes(node: PatternNode): ByteSet {
  switch (node.kind) {
    case 'bytes':
      return node.set;
    case 'sequence': {
      let found = ByteSet.none;
      for (const item of node.items) {
        found = found.union(leadingBytes(item));
        if (!canMatchNothing(item)) break;
      }
      return found;
    }
    case 'alternatives':
      return node.items.reduce((found, item) => found.union(leadingBytes(item)), ByteSet.none);
    case 'capture':
    case 'atomic':
    case 'repeat':
      return leadingBytes(node.body);
    default:
      return ByteSet.none;
  }
}

/** Makes a matcher; the program is written at the first match. */
export function compileMatcher(tree: PatternTree): Matcher {
  let program: Program | undefined;
  const prepare = (): Program => {
    if (program) return program;
    const compiler = new Compiler();
    compiler.emit(tree.root, 0);
    compiler.steps.push({ op: 'accept' });
    program = {
      steps: compiler.steps,
      rows: compiler.rows,
      anchored: isAnchored(tree.root),
      first: canMatchNothing(tree.root) ? undefined : leadingBytes(tree.root),
      longestSubject: Math.floor(MAXIMUM_CELLS / (compiler.rows + 1)),
    };
    return program;
  };
  return {
    get longestSubject() {
      return prepare().longestSubject;
    },
    match(subject) {
      return search(tree, prepare(), subject);
    },
  };
}

interface Program {
  readonly steps: readonly Step[];
  /** Rows of results, over all splits and their states of progress. */
  readonly rows: number;
  readonly anchored: boolean;
  /** Bytes with which a match can begin; undefined where it may be empty. */
  readonly first: ByteSet | undefined;
  readonly longestSubject: number;
}

function search(tree: PatternTree, program: Program, subject: string): Captures | null {
  const { anchored, first, longestSubject } = program;
  if (subject.length > longestSubject) {
    throw new RangeError(`a subject of ${subject.length} bytes; this pattern takes ${longestSubject} at most`);
  }
  const run = new Run(program, subject);
  const last = anchored ? 0 : subject.length;
  for (let start = 0; start <= last; start++) {
    if (first && (start === subject.length || !first.has(subject.charCodeAt(start)))) continue;
    if (run.run(0, start) === NO_MATCH) continue;
    return run.captures(tree, start);
  }
  return null;
}

const NO_MATCH = -1;

/** One subject under way. */
class Run {
  readonly #steps: readonly Step[];
  readonly #subject: string;
  /**
   * What came of each split: by row and position, 0 for not tried, -1 for no match, else 1 + 2 × the end of the program
   * it belongs to, + 1 where the second branch led there.
   */
  readonly #results: (Int32Array | undefined)[];

  constructor(program: Program, subject: string) {
    this.#steps = program.steps;
    this.#subject = subject;
    this.#results = new Array<Int32Array | undefined>(program.rows);
  }

  /** Runs a program from a position; returns where its first way to `accept` ends. */
  run(start: number, from: number): number {
    const subject = this.#subject;
    const steps = this.#steps;
    /** Splits under way: the row, the step, the position, and 1 where the second branch runs. */
    const pending: number[] = [];
    let at = start;
    let position = from;
    /** How many of the loops around, from the outermost, have consumed something in this iteration. */
    let progress = 0;
    let end = NO_MATCH;
    for (;;) {
      const step = steps[at]!;
      let failed = false;
      switch (step.op) {
        case 'bytes':
          if (position < subject.length && step.set.has(subject.charCodeAt(position))) {
            position++;
            at++;
            progress = step.depth;
          } else {
            failed = true;
          }
          break;
        case 'split': {
          const row = step.row + progress;
          const result = this.#row(row)[position]!;
          if (result === 0) {
            const isJoin = step.first === NO_STEP;
            pending.push(row, at, position, isJoin ? 1 : 0);
            at = isJoin ? step.second : step.first;
          } else if (result === NO_MATCH) {
            failed = true;
          } else {
            end = (result - 1) >> 1;
          }
          break;
        }
        case 'jump':
          at = step.to;
          break;
        case 'begin-loop':
          progress = Math.min(progress, step.depth - 1);
          at++;
          break;
        case 'end-loop':
          at = progress >= step.depth ? step.again : step.out;
          progress = Math.min(progress, step.depth - 1);
          break;
        case 'place':
          if (isPlace(step.place, subject, position)) at++;
          else failed = true;
          break;
        case 'back':
          position -= step.length;
          if (position < 0) failed = true;
          else at++;
          break;
        case 'atomic': {
          const inner = this.run(at + 1, position);
          if (inner === NO_MATCH) {
            failed = true;
          } else {
            if (inner > position) progress = step.depth;
            position = inner;
            at = step.next;
          }
          break;
        }
        case 'look':
          if ((this.run(at + 1, position) === NO_MATCH) === step.negative) at = step.next;
          else failed = true;
          break;
        case 'accept':
          end = position;
          break;
        default:
          at++;
      }
      if (end !== NO_MATCH) {
        for (let entry = 0; entry < pending.length; entry += 4) {
          this.#row(pending[entry]!)[pending[entry + 2]!] = 1 + 2 * end + pending[entry + 3]!;
        }
        return end;
      }
      while (failed) {
        if (pending.length === 0) return NO_MATCH;
        const second = pending.pop()!;
        position = pending.pop()!;
        at = pending.pop()!;
        const row = pending.pop()!;
        if (second === 1) {
          this.#row(row)[position] = NO_MATCH;
        } else {
          const split = steps[at] as Split;
          pending.push(row, at, position, 1);
          progress = row - split.row;
          at = split.second;
          failed = false;
        }
      }
    }
  }

  #row(row: number): Int32Array {
    return (this.#results[row] ??= new Int32Array(this.#subject.length + 1));
  }

  /** Walks the way that `run` found from `start` once more, noting the groups. */
  captures(tree: PatternTree, start: number): Captures {
    const bounds = { start, opened: [] as number[], groups: [] as ({ from: number; to: number } | undefined)[] };
    const end = this.#trace(0, start, bounds);
    const texts: (string | undefined)[] = [this.#subject.slice(bounds.start, end)];
    for (let index = 1; index <= tree.captureCount; index++) {
      const group = bounds.groups[index];
      texts.push(group && this.#subject.slice(group.from, group.to));
    }
    const named = new Map([...tree.names].map(([name, index]) => [name, texts[index]]));
    return { start: bounds.start, end, groups: texts, named };
  }

  #trace(
    from: number,
    start: number,
    bounds: { start: number; opened: number[]; groups: ({ from: number; to: number } | undefined)[] },
  ): number {
    let at = from;
    let position = start;
    let progress = 0;
    for (;;) {
      const step = this.#steps[at]!;
      switch (step.op) {
        case 'bytes':
          position++;
          at++;
          progress = step.depth;
          break;
        case 'split': {
          const result = this.#row(step.row + progress)[position]!;
          at = ((result - 1) & 1) === 1 ? step.second : step.first;
          break;
        }
        case 'jump':
          at = step.to;
          break;
        case 'begin-loop':
          progress = Math.min(progress, step.depth - 1);
          at++;
          break;
        case 'end-loop':
          at = progress >= step.depth ? step.again : step.out;
          progress = Math.min(progress, step.depth - 1);
          break;
        case 'back':
          position -= step.length;
          at++;
          break;
        case 'atomic': {
          const inner = this.#trace(at + 1, position, bounds);
          if (inner > position) progress = step.depth;
          position = inner;
          at = step.next;
          break;
        }
        case 'look':
          if (!step.negative) this.#trace(at + 1, position, bounds);
          at = step.next;
          break;
        case 'open':
          bounds.opened[step.index] = position;
          at++;
          break;
        case 'close':
          bounds.groups[step.index] = { from: bounds.opened[step.index]!, to: position };
          at++;
          break;
        case 'keep':
          bounds.start = position;
          at++;
          break;
        case 'place':
          at++;
          break;
        case 'accept':
          return position;
      }
    }
  }
}

function isPlace(place: Place, subject: string, position: number): boolean {
  const length = subject.length;
  switch (place) {
    case 'subject-start':
      return position === 0;
    case 'subject-end':
      return position === length;
    case 'subject-end-or-last-newline':
      return position === length || (position === length - 1 && isIn(NEWLINE, subject, position));
    case 'line-start':
      // In PCRE2 a newline at the very end starts no line.
      return position === 0 || (position < length && isIn(NEWLINE, subject, position - 1));
    case 'line-end':
      return position === length || isIn(NEWLINE, subject, position);
    case 'word-boundary':
      return isIn(WORD, subject, position - 1) !== isIn(WORD, subject, position);
    case 'no-word-boundary':
      return isIn(WORD, subject, position - 1) === isIn(WORD, subject, position);
  }
}

function isIn(set: ByteSet, subject: string, position: number): boolean {
  return position >= 0 && position < subject.length && set.has(subject.charCodeAt(position));
}
