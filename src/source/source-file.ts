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
    return { line: low + 1, column: decodeBytes(this.text.slice(starts[low], offset)).length + 1 };
  }

  /** The decoded text of a line (from 1) without its line end, as code points. */
  lineText(line: number): string {
    const starts = this.#starts();
    const start = starts[line - 1];
    if (start === undefined) return '';
    const end = starts[line] ?? this.text.length;
    return decodeBytes(this.text.slice(start, end).replace(/\r?\n$/, '')).join('');
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
