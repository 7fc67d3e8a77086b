/** A set of byte values, 0 to 255. Immutable. */
export class ByteSet {
  /** Eight 32-bit words; bit `n % 32` of word `n / 32` stands for the byte `n`. */
  readonly #words: Int32Array;
  #key: string | undefined;

  private constructor(words: Int32Array) {
    this.#words = words;
  }

  static readonly none = new ByteSet(new Int32Array(8));
  static readonly all = new ByteSet(new Int32Array(8).fill(-1));

  /** The set of one byte. */
  static of(byte: number): ByteSet {
    return (singles[byte] ??= ByteSet.range(byte, byte));
  }

  /** The set of one byte, or of both cases of an ASCII letter. */
  static ofEitherCase(byte: number): ByteSet {
    return (foldedSingles[byte] ??= ByteSet.of(byte).foldCase());
  }

  /** The bytes `first` to `last`, both included. */
  static range(first: number, last: number): ByteSet {
    const words = new Int32Array(8).fill(-1, first >> 5, (last >> 5) + 1);
    words[first >> 5]! &= -1 << (first & 31);
    words[last >> 5]! &= -1 >>> (31 - (last & 31));
    return new ByteSet(words);
  }

  /** The bytes that occur in a text. */
  static among(text: string): ByteSet {
    const words = new Int32Array(8);
    for (let at = 0; at < text.length; at++)
      words[(text.charCodeAt(at) & 255) >> 5]! |= 1 << (text.charCodeAt(at) & 31);
    return new ByteSet(words);
  }

  has(byte: number): boolean {
    return ((this.#words[byte >> 5]! >>> (byte & 31)) & 1) === 1;
  }

  union(other: ByteSet): ByteSet {
    const words = this.#words.slice();
    for (let at = 0; at < 8; at++) words[at]! |= other.#words[at]!;
    return new ByteSet(words);
  }

  intersect(other: ByteSet): ByteSet {
    const words = this.#words.slice();
    for (let at = 0; at < 8; at++) words[at]! &= other.#words[at]!;
    return new ByteSet(words);
  }

  without(other: ByteSet): ByteSet {
    const words = this.#words.slice();
    for (let at = 0; at < 8; at++) words[at]! &= ~other.#words[at]!;
    return new ByteSet(words);
  }

  complement(): ByteSet {
    return ByteSet.all.without(this);
  }

  get isEmpty(): boolean {
    for (let at = 0; at < 8; at++) if (this.#words[at] !== 0) return false;
    return true;
  }

  equals(other: ByteSet): boolean {
    return this === other || this.key === other.key;
  }

  /** A 1 for each byte of the set, a 0 for every other. */
  flags(): Uint8Array {
    const flags = new Uint8Array(256);
    for (let at = 0; at < 8; at++) {
      // Bit by bit, so that a set of one byte costs one step.
      for (let rest = this.#words[at]!; rest !== 0; rest &= rest - 1)
        flags[at * 32 + 31 - Math.clz32(rest & -rest)] = 1;
    }
    return flags;
  }

  /** The bytes in ascending order. */
  bytes(): number[] {
    const found: number[] = [];
    for (let byte = 0; byte < 256; byte++) if (this.has(byte)) found.push(byte);
    return found;
  }

  /** The byte, where the set holds exactly one. */
  get single(): number | undefined {
    let found: number | undefined;
    for (let at = 0; at < 8; at++) {
      const word = this.#words[at]!;
      if (word === 0) continue;
      if (found !== undefined || (word & (word - 1)) !== 0) return undefined;
      found = at * 32 + 31 - Math.clz32(word);
    }
    return found;
  }

  /** A text that is the same for equal sets and different for others. */
  get key(): string {
    return (this.#key ??= this.#words.join(','));
  }

  /** The set with both cases of every ASCII letter in it: PCRE folds no other byte in its built-in tables. */
  foldCase(): ByteSet {
    const words = this.#words.slice();
    // 'A'–'Z' are bits 1–26 of word 2, 'a'–'z' the same bits of word 3.
    const letters = (words[2]! | words[3]!) & 0x07fffffe;
    words[2]! |= letters;
    words[3]! |= letters;
    return new ByteSet(words);
  }
}

const singles: (ByteSet | undefined)[] = [];
const foldedSingles: (ByteSet | undefined)[] = [];

/** Bytes of \d, in PCRE's built-in tables (C locale). */
export const DIGITS = ByteSet.range(48, 57);
/** Bytes of \w: ASCII letters, digits and the underscore. */
export const WORD = ByteSet.among('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_');
/** Bytes of \s. */
export const SPACE = ByteSet.among(' \t\n\v\f\r');
/** Bytes of \h: horizontal space, NBSP included. */
export const HORIZONTAL_SPACE = ByteSet.among(' \t\xa0');
/** Bytes of \v: line ends of all kinds, NEL included. */
export const VERTICAL_SPACE = ByteSet.among('\n\v\f\r\x85');
/** The byte that `.` leaves out and `$` may precede. */
export const NEWLINE = ByteSet.of(10);
