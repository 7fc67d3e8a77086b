/**
 * A file of the configuration, held as bytes: one UTF-16 unit per byte (Latin-1), so that an offset is a byte offset,
 * any encoding is accepted and nginx's byte-wise rules apply as they stand.
 */
export class SourceFile {
  /** The path as it is shown to people: relative to the current folder, `/`-separated; absolute where it lies outside. */
  readonly path: string;
  /** The content, one character per byte. */
  readonly text: string;
  #lineStarts: number[] | undefined;
  #isAscii: boolean | undefined;
  /** For long lines that are not ASCII, by the offset of the line. */
  readonly #marks = new Map<number, ColumnMark[]>();

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
  }

  /**
   * Line and column of an offset, both from 1. Columns count Unicode code points; a byte that is not part of valid UTF-8
   * counts as one.
   */
  position(offset: number): Position {
    const starts = this.#starts();
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: this.#codePoints(starts[low]!, offset) + 1 };
  }

  /**
   * The number of code points between the start of a line and an offset in it. Many places can lie in one line of a
   * megabyte, so no call may look at more than a part of it.
   */
  #codePoints(lineStart: number, offset: number): number {
    this.#isAscii ??= !/[\x80-\xff]/.test(this.text);
    if (this.#isAscii) return Math.min(offset, this.text.length) - lineStart;
    if (offset - lineStart <= MARK_DISTANCE) return decodeBytes(this.text.slice(lineStart, offset)).length;
    let marks = this.#marks.get(lineStart);
    if (marks === undefined) this.#marks.set(lineStart, (marks = [{ offset: lineStart, codePoints: 0 }]));
    let last = marks.at(-1)!;
    while (offset - last.offset > MARK_DISTANCE) {
      const end = sequenceStart(this.text, last.offset + MARK_DISTANCE);
      const { length } = decodeBytes(this.text.slice(last.offset, end));
      last = { offset: end, codePoints: last.codePoints + length };
      marks.push(last);
    }
    // Marks lie at most MARK_DISTANCE apart, so the one before the offset is near this index.
    let index = Math.min(marks.length - 1, Math.ceil((offset - lineStart) / (MARK_DISTANCE - 3)));
    while (marks[index]!.offset > offset) index -= 1;
    const mark = marks[index]!;
    return mark.codePoints + decodeBytes(this.text.slice(mark.offset, offset)).length;
  }

  /** Where a line (from 1) lies, without its line end; an empty range at the end for a line that does not exist. */
  lineSpan(line: number): Span {
    const starts = this.#starts();
    const start = starts[line - 1];
    if (start === undefined) return { file: this, start: this.text.length, end: this.text.length };
    const next = starts[line];
    if (next === undefined) return { file: this, start, end: this.text.length };
    return { file: this, start, end: next >= start + 2 && this.text[next - 2] === '\r' ? next - 2 : next - 1 };
  }

  /** The decoded text of a line (from 1) without its line end, as code points. */
  lineText(line: number): string {
    const { end, start } = this.lineSpan(line);
    return decodeBytes(this.text.slice(start, end)).join('');
  }

  #starts(): number[] {
    if (this.#lineStarts === undefined) {
      const starts = [0];
      for (let at = this.text.indexOf('\n'); at !== -1; at = this.text.indexOf('\n', at + 1)) starts.push(at + 1);
      this.#lineStarts = starts;
    }
    return this.#lineStarts;
  }
}

/** How many code points of a line lie before an offset. */
interface ColumnMark {
  readonly offset: number;
  readonly codePoints: number;
}

/** Bytes between two marks of a long line. */
const MARK_DISTANCE = 4096;

/**
 * The last offset up to `offset` where a cut changes no decoded character: not before a continuation byte, unless three
 * others stand before it, since no sequence has more.
 */
function sequenceStart(text: string, offset: number): number {
  for (let back = 0; back <= 3; back += 1) {
    if (!/[\x80-\xbf]/.test(text[offset - back] ?? '')) return offset - back;
  }
  return offset;
}

/** A place in a text: line and column from 1, columns in Unicode code points. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A half-open range of byte offsets in one file. */
export interface Span {
  readonly file: SourceFile;
  readonly start: number;
  readonly end: number;
}

/** Decodes a byte string as UTF-8 into code points; an undecodable sequence becomes U+FFFD. */
export function decodeBytes(bytes: string): string[] {
  if (!/[\x80-\xff]/.test(bytes)) return bytes.split('');
  return Array.from(Buffer.from(bytes, 'latin1').toString('utf8'));
}
