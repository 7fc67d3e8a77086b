import { ByteSet, DIGITS, HORIZONTAL_SPACE, NEWLINE, SPACE, VERTICAL_SPACE, WORD } from './byte-set.js';

/** Where an assertion of no width holds. */
export type Place =
  | 'subject-start'
  | 'subject-end'
  /** The end, or before a newline that is the last byte: `$` and `\Z`. */
  | 'subject-end-or-last-newline'
  | 'line-start'
  | 'line-end'
  | 'word-boundary'
  | 'no-word-boundary';

/** One branch of a lookbehind, which PCRE wants of a fixed length. */
export interface BehindBranch {
  readonly length: number;
  readonly body: PatternNode;
}

/** One node of a parsed pattern. Case and the meaning of `.` are already folded into the byte sets. */
export type PatternNode =
  | { readonly kind: 'bytes'; readonly set: ByteSet }
  | { readonly kind: 'sequence'; readonly items: readonly PatternNode[] }
  | { readonly kind: 'alternatives'; readonly items: readonly PatternNode[] }
  /** A capturing group; groups count from 1. */
  | { readonly kind: 'capture'; readonly index: number; readonly body: PatternNode }
  /** Keeps the first way its body matches; possessive repetitions are atomic greedy ones. */
  | { readonly kind: 'atomic'; readonly body: PatternNode }
  /** `max` is Infinity where there is no upper bound. */
  | {
      readonly kind: 'repeat';
      readonly body: PatternNode;
      readonly min: number;
      readonly max: number;
      readonly lazy: boolean;
    }
  | { readonly kind: 'look-ahead'; readonly negative: boolean; readonly body: PatternNode }
  | { readonly kind: 'look-behind'; readonly negative: boolean; readonly branches: readonly BehindBranch[] }
  | { readonly kind: 'place'; readonly place: Place }
  /** `\K`: the reported match starts here. */
  | { readonly kind: 'keep' };

/** A pattern that was understood. Plain data. */
export interface PatternTree {
  readonly root: PatternNode;
  readonly captureCount: number;
  /** Named groups and their numbers. */
  readonly names: ReadonlyMap<string, number>;
}

/** PCRE compiles the pattern, but this analysis does not model it; the text names the construct. */
export interface UnsupportedPattern {
  readonly unsupported: string;
}

/** PCRE refuses to compile the pattern, so nginx refuses to start. */
export interface InvalidPattern {
  readonly invalid: string;
}

/** Most nodes a pattern may have once its counted repetitions are written out. */
const MAXIMUM_WEIGHT = 20_000;
/** PCRE2's "parentheses nest limit". */
const MAXIMUM_NESTING = 250;
/** PCRE2's largest count in a quantifier. */
const MAXIMUM_COUNT = 65_535;

class Refusal extends Error {
  readonly answer: UnsupportedPattern | InvalidPattern;
  constructor(answer: UnsupportedPattern | InvalidPattern) {
    super('pattern refused');
    this.answer = answer;
  }
}

function unsupported(what: string): never {
  throw new Refusal({ unsupported: what });
}

function invalid(why: string): never {
  throw new Refusal({ invalid: why });
}

/** The options that `(?…)` changes, as they stand at one point of the pattern. */
interface Flags {
  readonly caseless: boolean;
  readonly dotAll: boolean;
  readonly multiline: boolean;
  readonly extended: boolean;
  /** `(?xx)`: blanks in classes are ignored too. */
  readonly extendedClasses: boolean;
  readonly ungreedy: boolean;
  readonly plainGroups: boolean;
}

const NO_FLAGS: Flags = {
  caseless: false,
  dotAll: false,
  multiline: false,
  extended: false,
  extendedClasses: false,
  ungreedy: false,
  plainGroups: false,
};

const EMPTY: PatternNode = { kind: 'sequence', items: [] };
const NOT_NEWLINE = NEWLINE.complement();

const TYPE_ESCAPES: Readonly<Record<string, ByteSet>> = {
  d: DIGITS,
  D: DIGITS.complement(),
  w: WORD,
  W: WORD.complement(),
  s: SPACE,
  S: SPACE.complement(),
  h: HORIZONTAL_SPACE,
  H: HORIZONTAL_SPACE.complement(),
  v: VERTICAL_SPACE,
  V: VERTICAL_SPACE.complement(),
};

const PLACE_ESCAPES: Readonly<Record<string, Place>> = {
  A: 'subject-start',
  // nginx always searches from offset 0, where \G and \A are the same.
  G: 'subject-start',
  Z: 'subject-end-or-last-newline',
  z: 'subject-end',
  b: 'word-boundary',
  B: 'no-word-boundary',
};

const CONTROL_ESCAPES: Readonly<Record<string, number>> = { a: 7, e: 27, f: 12, n: 10, r: 13, t: 9 };

/** POSIX classes in the C locale. */
const POSIX_CLASSES: Readonly<Record<string, ByteSet>> = {
  alpha: ByteSet.range(65, 90).union(ByteSet.range(97, 122)),
  lower: ByteSet.range(97, 122),
  upper: ByteSet.range(65, 90),
  alnum: WORD.without(ByteSet.of(95)),
  ascii: ByteSet.range(0, 127),
  blank: ByteSet.among(' \t'),
  cntrl: ByteSet.range(0, 31).union(ByteSet.of(127)),
  digit: DIGITS,
  graph: ByteSet.range(33, 126),
  print: ByteSet.range(32, 126),
  punct: ByteSet.range(33, 126).without(WORD.without(ByteSet.of(95))),
  space: SPACE,
  word: WORD,
  xdigit: ByteSet.among('0123456789abcdefABCDEF'),
};

/** Bytes that stand for themselves outside a class, in every mode. */
const LITERAL = WORD.union(ByteSet.among('/-_:,=&%~@!'));

/** What `\R` stands for while no other choice of line ends is compiled in. */
const ANY_LINE_END: PatternNode = {
  kind: 'atomic',
  body: {
    kind: 'alternatives',
    items: [
      {
        kind: 'sequence',
        items: [
          { kind: 'bytes', set: ByteSet.of(13) },
          { kind: 'bytes', set: NEWLINE },
        ],
      },
      { kind: 'bytes', set: VERTICAL_SPACE },
    ],
  },
};

/**
 * Parses a pattern as nginx hands it to PCRE2 (10.42): bytes, no UTF mode, no options but caseless. `source` holds one
 * character per byte.
 */
export function parsePattern(source: string, caseless: boolean): PatternTree | UnsupportedPattern | InvalidPattern {
  try {
    return new Parser(source, { ...NO_FLAGS, caseless }).pattern();
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    throw error;
  }
}

class Parser {
  readonly #source: string;
  #flags: Flags;
  #at = 0;
  #nesting = 0;
  #lookNesting = 0;
  #captures = 0;
  readonly #names = new Map<string, number>();
  #quoting = false;

  constructor(source: string, flags: Flags) {
    this.#source = source;
    this.#flags = flags;
  }

  pattern(): PatternTree {
    const root = this.#alternatives();
    if (this.#at < this.#source.length) invalid('unmatched closing parenthesis');
    if (weigh(root) > MAXIMUM_WEIGHT) unsupported('a pattern of this size');
    return { root, captureCount: this.#captures, names: this.#names };
  }

  #peek(ahead = 0): string {
    return this.#source.charAt(this.#at + ahead);
  }

  #take(): string {
    return this.#source.charAt(this.#at++);
  }

  #skip(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #byte(byte: number): PatternNode {
    return { kind: 'bytes', set: this.#flags.caseless ? ByteSet.ofEitherCase(byte) : ByteSet.of(byte) };
  }

  /** Alternatives up to the closing parenthesis, or the end. Options set within end with them. */
  #alternatives(resetCaptures = false): PatternNode {
    const outer = this.#flags;
    const firstCapture = this.#captures;
    let lastCapture = firstCapture;
    const branches = [this.#sequence()];
    while (!this.#quoting && this.#peek() === '|') {
      this.#at++;
      lastCapture = Math.max(lastCapture, this.#captures);
      if (resetCaptures) this.#captures = firstCapture;
      branches.push(this.#sequence());
    }
    this.#captures = Math.max(lastCapture, this.#captures);
    this.#flags = outer;
    return branches.length === 1 ? branches[0]! : { kind: 'alternatives', items: branches };
  }

  #sequence(): PatternNode {
    const items: PatternNode[] = [];
    let quantifiable = false;
    while (this.#at < this.#source.length) {
      if (this.#quoting) {
        if (this.#skip('\\E')) {
          this.#quoting = false;
        } else {
          items.push(this.#byte(this.#take().charCodeAt(0)));
          quantifiable = true;
        }
        continue;
      }
      if (LITERAL.has(this.#source.charCodeAt(this.#at))) {
        items.push(this.#byte(this.#source.charCodeAt(this.#at++)));
        quantifiable = true;
        continue;
      }
      if (this.#skip('\\E')) continue;
      if (this.#skip('\\Q')) {
        this.#quoting = true;
        continue;
      }
      if (this.#flags.extended && this.#skipBlanks()) continue;
      if (this.#skipComment()) continue;
      const next = this.#peek();
      if (next === '|' || next === ')') break;
      const quantifier = this.#quantifier();
      if (quantifier) {
        if (!quantifiable) invalid('quantifier does not follow a repeatable item');
        items.push(quantify(items.pop()!, quantifier));
        quantifiable = false;
        continue;
      }
      const item = this.#item();
      quantifiable = item !== undefined && item.kind !== 'place' && item.kind !== 'keep';
      if (item) items.push(item);
    }
    return items.length === 1 ? items[0]! : items.length === 0 ? EMPTY : { kind: 'sequence', items };
  }

  #skipComment(): boolean {
    if (!this.#skip('(?#')) return false;
    const end = this.#source.indexOf(')', this.#at);
    if (end < 0) invalid('missing ) after (?# comment');
    this.#at = end + 1;
    return true;
  }

  /** Blanks and #-comments of extended mode; tells whether there were any. */
  #skipBlanks(): boolean {
    const start = this.#at;
    for (;;) {
      const next = this.#peek();
      if (next !== '' && ' \t\n\v\f\r'.includes(next)) {
        this.#at++;
      } else if (next === '#') {
        const end = this.#source.indexOf('\n', this.#at);
        this.#at = end < 0 ? this.#source.length : end + 1;
      } else {
        return this.#at > start;
      }
    }
  }

  #quantifier(): Quantifier | undefined {
    let min = 0;
    let max = Number.POSITIVE_INFINITY;
    const next = this.#peek();
    if (next === '+') {
      min = 1;
    } else if (next === '?') {
      max = 1;
    } else if (next === '{') {
      const counts = /\{(\d+)(?:(,)(\d*))?\}/y;
      counts.lastIndex = this.#at;
      const found = counts.exec(this.#source);
      if (!found) return undefined;
      min = Number(found[1]);
      max = found[2] === undefined ? min : found[3] === '' ? max : Number(found[3]);
      if (min > MAXIMUM_COUNT || (max > MAXIMUM_COUNT && max !== Number.POSITIVE_INFINITY)) {
        invalid('number too big in {} quantifier');
      }
      if (max < min) invalid('numbers out of order in {} quantifier');
      this.#at = counts.lastIndex - 1;
    } else if (next !== '*') {
      return undefined;
    }
    this.#at++;
    while (this.#skip('\\E') || this.#skipComment() || (this.#flags.extended && this.#skipBlanks())) {
      // None of these separates a quantifier from what makes it lazy or possessive.
    }
    if (this.#skip('+')) return { min, max, lazy: false, possessive: true };
    return { min, max, lazy: this.#skip('?') !== this.#flags.ungreedy, possessive: false };
  }

  /** One item; undefined where it leaves nothing in the tree, as an option setting does. */
  #item(): PatternNode | undefined {
    const next = this.#take();
    switch (next) {
      case '\\':
        return this.#escape();
      case '^':
        return { kind: 'place', place: this.#flags.multiline ? 'line-start' : 'subject-start' };
      case '$':
        return { kind: 'place', place: this.#flags.multiline ? 'line-end' : 'subject-end-or-last-newline' };
      case '.':
        return { kind: 'bytes', set: this.#flags.dotAll ? ByteSet.all : NOT_NEWLINE };
      case '[':
        if (this.#posixEnd(this.#at - 1) !== undefined) {
          invalid('POSIX named classes are supported only within a class');
        }
        return this.#class();
      case '(':
        return this.#group();
      default:
        return this.#byte(next.charCodeAt(0));
    }
  }

  #escape(): PatternNode {
    const next = this.#peek();
    if (next === '') invalid('\\ at end of pattern');
    const type = TYPE_ESCAPES[next];
    const place = PLACE_ESCAPES[next];
    if (type || place) {
      this.#at++;
      return type ? { kind: 'bytes', set: type } : { kind: 'place', place: place! };
    }
    switch (next) {
      case 'R':
        this.#at++;
        return ANY_LINE_END;
      case 'N':
        this.#at++;
        if (this.#peek() === '{' && !/\{\d+(,\d*)?\}/y.test(this.#source.slice(this.#at, this.#at + 16))) {
          invalid('\\N{…} needs Unicode mode');
        }
        return { kind: 'bytes', set: NOT_NEWLINE };
      case 'K':
        this.#at++;
        if (this.#lookNesting > 0) invalid('\\K is not allowed in lookarounds');
        return { kind: 'keep' };
      case 'C':
      case 'X':
        return unsupported(`\\${next}`);
      case 'p':
      case 'P':
        return unsupported(`Unicode property \\${next}`);
      case 'g':
        return /['<]/.test(this.#peek(1)) ? unsupported('a subroutine call \\g') : unsupported('a back-reference');
      case 'k':
        return unsupported('a back-reference');
    }
    if (next >= '1' && next <= '9') {
      // A number below 10 is always a reference; a larger one is, if that many groups stand to its left.
      const digits = /\d+/.exec(this.#source.slice(this.#at, this.#at + 12))![0];
      if (Number(digits) < 10 || next >= '8' || Number(digits) <= this.#captures) unsupported('a back-reference');
    }
    return this.#byte(this.#escapedByte(false));
  }

  /** An escape that stands for one byte. The position is after the backslash. */
  #escapedByte(inClass: boolean): number {
    const next = this.#take();
    if (next === '') invalid('\\ at end of pattern');
    const control = CONTROL_ESCAPES[next];
    if (control !== undefined) return control;
    if (next >= '0' && next <= '7') {
      const digits = /^[0-7]{1,3}/.exec(this.#source.slice(this.#at - 1, this.#at + 2))![0];
      this.#at += digits.length - 1;
      const byte = Number.parseInt(digits, 8);
      if (byte > 255) invalid('octal value is greater than \\377');
      return byte;
    }
    switch (next) {
      case 'o':
        if (this.#peek() !== '{') invalid('missing opening brace after \\o');
        return this.#braced(/^[0-7]+$/, 8);
      case 'x': {
        if (this.#peek() === '{') return this.#braced(/^[0-9a-fA-F]+$/, 16);
        const digits = /^[0-9a-fA-F]{0,2}/.exec(this.#source.slice(this.#at, this.#at + 2))![0];
        this.#at += digits.length;
        return digits === '' ? 0 : Number.parseInt(digits, 16);
      }
      case 'c': {
        const byte = this.#take().charCodeAt(0);
        if (Number.isNaN(byte)) invalid('\\c at end of pattern');
        if (byte < 32 || byte > 126) invalid('\\c must be followed by a printable ASCII character');
        return (byte >= 97 && byte <= 122 ? byte - 32 : byte) ^ 0x40;
      }
    }
    if (/[a-zA-Z]/.test(next) && !(inClass && next === 'g')) invalid(`unrecognized character follows \\: ${next}`);
    if (/[89]/.test(next) && !inClass) unsupported('a back-reference');
    return next.charCodeAt(0);
  }

  #braced(digits: RegExp, base: number): number {
    const end = this.#source.indexOf('}', this.#at);
    const text = end < 0 ? '' : this.#source.slice(this.#at + 1, end);
    if (!digits.test(text)) invalid(`digits of base ${base} are missing or wrong in an escape with braces`);
    this.#at = end + 1;
    const byte = Number.parseInt(text, base);
    if (byte > 255) invalid('character code point value is too large');
    return byte;
  }

  /** The end of `[:…:]`, `[.….]` or `[=…=]` that starts at `start`, by PCRE's `check_posix_syntax`. */
  #posixEnd(start: number): number | undefined {
    const source = this.#source;
    const mark = source.charAt(start + 1);
    if (mark !== ':' && mark !== '.' && mark !== '=') return undefined;
    for (let at = start + 2; at + 1 < source.length; at++) {
      const byte = source[at];
      if (byte === '\\' && (source[at + 1] === ']' || source[at + 1] === '\\')) at++;
      else if ((byte === '[' && source[at + 1] === mark) || byte === ']') return undefined;
      else if (byte === mark && source[at + 1] === ']') return at + 2;
    }
    return undefined;
  }

  /** A character class; the position is after its `[`. */
  #class(): PatternNode {
    if (this.#source.startsWith('[:<:]]', this.#at) || this.#source.startsWith('[:>:]]', this.#at)) {
      unsupported('[[:<:]] and [[:>:]]');
    }
    const { caseless, extendedClasses } = this.#flags;
    let set = ByteSet.none;
    let negated = false;
    let quoting = false;
    let isFirst = true;
    /** The byte before, if it may start a range. */
    let rangeStart: number | undefined;
    let inRange = false;
    const skipQuotes = () => {
      for (;;) {
        if (this.#skip('\\E')) quoting = false;
        else if (!quoting && this.#skip('\\Q')) quoting = true;
        else if (!quoting && extendedClasses && (this.#peek() === ' ' || this.#peek() === '\t')) this.#at++;
        else return;
      }
    };
    const addByte = (byte: number, canStartRange: boolean) => {
      if (inRange) {
        if (byte < rangeStart!) invalid('range out of order in character class');
        set = set.union(ByteSet.range(rangeStart!, byte));
        rangeStart = undefined;
        inRange = false;
      } else {
        set = set.union(ByteSet.of(byte));
        rangeStart = canStartRange ? byte : undefined;
      }
    };
    const addType = (type: ByteSet) => {
      if (inRange) invalid('invalid range in character class');
      set = set.union(type);
      rangeStart = undefined;
      if (this.#peek() === '-' && this.#peek(1) !== ']' && this.#peek(1) !== '') {
        invalid('invalid range in character class');
      }
    };
    skipQuotes();
    if (!quoting && this.#skip('^')) negated = true;
    for (;;) {
      skipQuotes();
      if (this.#at >= this.#source.length) invalid('missing terminating ] for character class');
      const next = this.#take();
      if (quoting) {
        addByte(next.charCodeAt(0), true);
      } else if (next === ']' && !isFirst) {
        break;
      } else if (next === '[' && this.#posixEnd(this.#at - 1) !== undefined) {
        const end = this.#posixEnd(this.#at - 1)!;
        if (this.#peek() !== ':') invalid('POSIX collating elements are not supported');
        const isOther = this.#peek(1) === '^';
        const name = this.#source.slice(this.#at + (isOther ? 2 : 1), end - 2);
        if (inRange) invalid('invalid range in character class');
        let type = Object.hasOwn(POSIX_CLASSES, name) ? POSIX_CLASSES[name]! : invalid('unknown POSIX class name');
        // Where case is ignored, upper and lower mean any letter.
        if (caseless && (name === 'upper' || name === 'lower')) type = POSIX_CLASSES['alpha']!;
        this.#at = end;
        addType(isOther ? type.complement() : type);
      } else if (next === '-' && rangeStart !== undefined && !inRange) {
        // A range, unless the hyphen is the last of the class.
        skipQuotes();
        if (!quoting && this.#peek() === ']') addByte(45, false);
        else inRange = true;
      } else if (next === '\\') {
        const escaped = this.#peek();
        const type = TYPE_ESCAPES[escaped];
        if (type) {
          this.#at++;
          addType(type);
        } else if (escaped === 'b') {
          this.#at++;
          addByte(8, true);
        } else if (escaped === 'p' || escaped === 'P') {
          unsupported(`Unicode property \\${escaped}`);
        } else if (escaped !== '' && 'BRXN'.includes(escaped)) {
          invalid('escape sequence is invalid in character class');
        } else {
          addByte(this.#escapedByte(true), true);
        }
      } else {
        addByte(next.charCodeAt(0), true);
      }
      isFirst = false;
    }
    if (caseless) set = set.foldCase();
    return { kind: 'bytes', set: negated ? set.complement() : set };
  }

  /** Anything that starts with `(`; the position is after it. */
  #group(): PatternNode | undefined {
    if (this.#peek() === '*' && /[A-Za-z:]/.test(this.#peek(1))) unsupported('a (*…) verb');
    if (this.#peek() !== '?') {
      if (this.#flags.plainGroups) return this.#grouped(plainGroup);
      return this.#captured(undefined);
    }
    this.#at++;
    const next = this.#take();
    switch (next) {
      case ':':
        return this.#grouped(plainGroup);
      case '|':
        return this.#grouped(plainGroup, true);
      case '>':
        return this.#grouped(body => ({ kind: 'atomic', body }));
      case '=':
        return this.#look(body => ({ kind: 'look-ahead', negative: false, body }));
      case '!':
        return this.#look(body => ({ kind: 'look-ahead', negative: true, body }));
      case '*':
        return unsupported('a non-atomic lookaround');
      case '<': {
        const kind = this.#peek();
        if (kind === '*') return unsupported('a non-atomic lookaround');
        if (kind !== '=' && kind !== '!') return this.#captured('>');
        this.#at++;
        return this.#look(body => behind(body, kind === '!'));
      }
      case "'":
        return this.#captured("'");
      case 'P':
        if (this.#skip('<')) return this.#captured('>');
        if (this.#peek() === '=') return unsupported('a back-reference');
        if (this.#peek() === '>') return unsupported('a recursion');
        return invalid('unrecognized character after (?P');
      case '(':
        return unsupported('a condition (?(…)');
      case 'C':
        return unsupported('a callout (?C)');
      case 'R':
      case '&':
        return unsupported('a recursion');
      default:
        if (/\d/.test(next) || (/[+-]/.test(next) && /\d/.test(this.#peek()))) return unsupported('a recursion');
        this.#at--;
        return this.#options();
    }
  }

  #captured(nameEnd: string | undefined): PatternNode {
    const index = ++this.#captures;
    if (nameEnd !== undefined) {
      const name = /^[A-Za-z0-9_]*/.exec(this.#source.slice(this.#at, this.#at + 40))![0];
      if (name === '' || /^\d/.test(name)) invalid('subpattern name must start with a letter or an underscore');
      if (name.length > 32) invalid('subpattern name is too long');
      this.#at += name.length;
      if (this.#take() !== nameEnd) invalid('syntax error in subpattern name');
      if (this.#names.has(name) && this.#names.get(name) !== index) {
        invalid('two named subpatterns have the same name');
      }
      if ([...this.#names].some(([other, number]) => number === index && other !== name)) {
        invalid('different names for subpatterns of the same number are not allowed');
      }
      this.#names.set(name, index);
    }
    return this.#grouped(body => ({ kind: 'capture', index, body }));
  }

  #look(wrap: (body: PatternNode) => PatternNode): PatternNode {
    this.#lookNesting++;
    const node = this.#grouped(wrap);
    this.#lookNesting--;
    return node;
  }

  #grouped(wrap: (body: PatternNode) => PatternNode, resetCaptures = false): PatternNode {
    if (++this.#nesting > MAXIMUM_NESTING) invalid('parentheses are too deeply nested');
    const body = this.#alternatives(resetCaptures);
    if (this.#take() !== ')') invalid('missing closing parenthesis');
    this.#nesting--;
    return wrap(body);
  }

  /** `(?i)`, `(?i-s:…)`, `(?^…)`; the position is after the question mark. */
  #options(): PatternNode | undefined {
    let on = true;
    let canUnset = true;
    let flags = this.#flags;
    if (this.#skip('^')) {
      flags = { ...NO_FLAGS, ungreedy: flags.ungreedy };
      canUnset = false;
    }
    for (;;) {
      const next = this.#take();
      switch (next) {
        case ')':
          this.#flags = flags;
          return undefined;
        case ':': {
          const outer = this.#flags;
          this.#flags = flags;
          const node = this.#grouped(plainGroup);
          this.#flags = outer;
          return node;
        }
        case '-':
          if (!on || !canUnset) invalid('invalid hyphen in option setting');
          on = false;
          break;
        case 'i':
          flags = { ...flags, caseless: on };
          break;
        case 's':
          flags = { ...flags, dotAll: on };
          break;
        case 'm':
          flags = { ...flags, multiline: on };
          break;
        case 'n':
          flags = { ...flags, plainGroups: on };
          break;
        case 'U':
          flags = { ...flags, ungreedy: on };
          break;
        case 'x':
          flags = { ...flags, extended: on, extendedClasses: this.#skip('x') && on };
          break;
        case 'J':
          return unsupported('duplicate group names (?J)');
        case '':
          return invalid('missing closing parenthesis');
        default:
          return invalid('unrecognized character after (? or (?-');
      }
    }
  }
}

interface Quantifier {
  readonly min: number;
  readonly max: number;
  readonly lazy: boolean;
  readonly possessive: boolean;
}

function quantify(body: PatternNode, { min, max, lazy, possessive }: Quantifier): PatternNode {
  // A repeated assertion is tried once: PCRE2 lowers the bounds to 1.
  const isLook = body.kind === 'look-ahead' || body.kind === 'look-behind';
  const repeat: PatternNode = isLook
    ? { kind: 'repeat', body, min: Math.min(min, 1), max: Math.min(max, 1), lazy }
    : { kind: 'repeat', body, min, max, lazy };
  return possessive ? { kind: 'atomic', body: repeat } : repeat;
}

/** A group may be repeated even where its content may not be, or is repeated in another way, on its own. */
function plainGroup(body: PatternNode): PatternNode {
  return body.kind === 'bytes' || body.kind === 'sequence' ? body : { kind: 'sequence', items: [body] };
}

function behind(body: PatternNode, negative: boolean): PatternNode {
  const bodies = body.kind === 'alternatives' ? body.items : [body];
  const branches = bodies.map(branch => {
    const length = fixedLength(branch);
    if (length === undefined) invalid('lookbehind assertion is not fixed length');
    return { length, body: branch };
  });
  return { kind: 'look-behind', negative, branches };
}

/** The length of all texts that a node matches, where it is the same for all. */
function fixedLength(node: PatternNode): number | undefined {
  switch (node.kind) {
    case 'bytes':
      return 1;
    case 'sequence': {
      let length = 0;
      for (const item of node.items) {
        const part = fixedLength(item);
        if (part === undefined) return undefined;
        length += part;
      }
      return length;
    }
    case 'alternatives': {
      const lengths = new Set(node.items.map(fixedLength));
      return lengths.size === 1 ? [...lengths][0] : undefined;
    }
    case 'capture':
    case 'atomic':
      return fixedLength(node.body);
    case 'repeat': {
      const length = fixedLength(node.body);
      if (node.body.kind === 'look-ahead' || node.body.kind === 'look-behind') return 0;
      return length !== undefined && node.min === node.max ? length * node.min : undefined;
    }
    case 'look-ahead':
    case 'look-behind':
    case 'place':
    case 'keep':
      return 0;
  }
}

/** Nodes of a pattern with its counted repetitions written out. */
function weigh(node: PatternNode): number {
  switch (node.kind) {
    case 'bytes':
    case 'place':
    case 'keep':
      return 1;
    case 'sequence':
    case 'alternatives':
      return node.items.reduce((sum, item) => sum + weigh(item), 1);
    case 'capture':
    case 'atomic':
    case 'look-ahead':
      return 1 + weigh(node.body);
    case 'look-behind':
      return node.branches.reduce((sum, branch) => sum + weigh(branch.body), 1);
    case 'repeat': {
      const copies = Number.isFinite(node.max) ? node.max : Math.max(node.min, 1);
      return 1 + Math.max(copies, 1) * (1 + weigh(node.body));
    }
  }
}
