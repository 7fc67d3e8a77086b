import type { Label } from '../finding.js';
import type { SourceFile } from '../source/source-file.js';
import { clip, codePoints, shown, shownPath, widthOf, wrap } from './display.js';
import type { Palette } from './palette.js';
import { lineText } from './place.js';

/** Columns between tab stops; only the look of the excerpt depends on it. */
const TAB = 4;

/** Labels in one file whose lines are at most this far apart share a run of lines. */
const CLOSE = 2;

/** A label with the line it begins on. */
interface Mark {
  readonly label: Label;
  readonly isPrimary: boolean;
  readonly line: number;
  readonly column: number;
}

/**
 * The source lines of labels, each with a marker beneath (`^` primary, `-` others) and the label's words. The primary
 * label's file comes first; every further file is introduced by its name.
 */
export function excerpt(primary: Label, related: readonly Label[], palette: Palette, width: number): string[] {
  const marks = [primary, ...related].map((label, index) => {
    const { line, column } = label.span.file.position(label.span.start);
    return { label, isPrimary: index === 0, line, column };
  });
  const byFile = new Map<SourceFile, Mark[]>();
  for (const mark of marks) {
    const same = byFile.get(mark.label.span.file);
    if (same === undefined) byFile.set(mark.label.span.file, [mark]);
    else same.push(mark);
  }
  const gutter = String(Math.max(...marks.map(mark => mark.line))).length + 2;
  const lines: string[] = [];
  for (const [file, fileMarks] of byFile) {
    const first = fileMarks[0]!;
    if (file !== primary.span.file) {
      lines.push(palette.dim(`${' '.repeat(gutter - 1)}--> ${shownPath(file.path)}:${first.line}:${first.column}`));
    }
    lines.push(...fileExcerpt(file, fileMarks, gutter, palette, width));
  }
  return lines;
}

function fileExcerpt(file: SourceFile, marks: Mark[], gutter: number, palette: Palette, width: number): string[] {
  const sorted = marks.toSorted((one, other) => one.line - other.line || one.column - other.column);
  const lines: string[] = [];
  const room = Math.max(20, width - gutter - 3);
  let last = 0;
  for (let index = 0; index < sorted.length; ) {
    const { line } = sorted[index]!;
    const onLine: Mark[] = [];
    while (sorted[index]?.line === line) onLine.push(sorted[index++]!);
    if (last !== 0 && line - last <= CLOSE) {
      for (let between = last + 1; between < line; between += 1) {
        lines.push(numbered(between, gutter, cellsText(windowOf(file, between, 0, room)), palette));
      }
    } else if (last !== 0) lines.push(palette.dim(`${' '.repeat(gutter - 1)}...`));
    lines.push(...markedLine(file, line, onLine, gutter, palette, room));
    last = line;
  }
  return lines;
}

/** One source line and a marker line for each of its labels. */
function markedLine(
  file: SourceFile,
  line: number,
  marks: readonly Mark[],
  gutter: number,
  palette: Palette,
  room: number,
): string[] {
  // Labels that do not fit into one window of a long line each show the line around themselves.
  const groups: { cells: readonly Cell[]; marks: Mark[] }[] = [];
  for (const mark of marks) {
    const group = groups.at(-1);
    const last = group?.cells.at(-1);
    if (group !== undefined && last !== undefined && mark.label.span.start <= last.offset) group.marks.push(mark);
    else {
      groups.push({ cells: windowOf(file, line, mark.label.span.start, room), marks: [mark] });
    }
  }
  const lines: string[] = [];
  for (const { cells, marks: grouped } of groups) {
    lines.push(numbered(line, gutter, cellsText(cells), palette));
    for (const mark of grouped) lines.push(...markerLines(mark, cells, gutter, palette, room));
  }
  return lines;
}

function markerLines(mark: Mark, cells: readonly Cell[], gutter: number, palette: Palette, room: number): string[] {
  const { end, start } = mark.label.span;
  let before = 0;
  let marked = 0;
  for (const cell of cells) {
    if (cell.offset < start) before += cell.width;
    else if (cell.offset < end) marked += cell.width;
  }
  const paint = mark.isPrimary ? palette.primary : palette.related;
  const marker = (mark.isPrimary ? '^' : '-').repeat(Math.max(1, marked));
  const bar = palette.dim(`${' '.repeat(gutter)}| `);
  const text = shown(mark.label.text);
  const beside = before + marker.length + 1;
  if (text === '') return [bar + ' '.repeat(before) + paint(marker)];
  if (beside + widthOf(text) <= room) return [bar + ' '.repeat(before) + paint(`${marker} ${text}`)];
  const words = wrap(text, Math.max(20, room - Math.min(before, room - 40)));
  const indent = ' '.repeat(Math.max(0, Math.min(before, room - Math.max(...words.map(widthOf)))));
  return [bar + ' '.repeat(before) + paint(marker), ...words.map(word => bar + indent + paint(word))];
}

function numbered(line: number, gutter: number, text: string, palette: Palette): string {
  return `${palette.dim(`${String(line).padStart(gutter - 1)} |`)} ${text}`.trimEnd();
}

/** One code point of a source line as it is drawn. */
interface Cell {
  /** Offset of its first byte; that of the next shown byte for a mark of what is cut. */
  readonly offset: number;
  readonly text: string;
  readonly width: number;
}

/**
 * The part of a line that fits into `room` cells and holds `offset`; `...` stands for what is cut. Looks at no more
 * bytes than it may show, so that a line of a megabyte costs nothing.
 */
function windowOf(file: SourceFile, line: number, offset: number, room: number): Cell[] {
  const { end, start } = file.lineSpan(line);
  const fromStart = cellsBetween(file, start, Math.min(end, start + 4 * room));
  const all = fromStart.reduce((sum, cell) => sum + cell.width, 0);
  if (end <= start + 4 * room && all <= room) return fromStart;

  // Show a third of the room before the place, unless the place is near the start of the line.
  const needed = fromStart.filter(cell => cell.offset < offset).reduce((sum, cell) => sum + cell.width, 0);
  const isNearStart = offset < start + 4 * room && needed < room / 2;
  let from = start;
  if (!isNearStart) {
    from = Math.max(start, offset - Math.floor(room / 3));
    // Not in the middle of a UTF-8 sequence.
    while (from < offset && /[\x80-\xbf]/.test(file.text[from]!)) from += 1;
  }
  const cells: Cell[] = from > start ? [{ offset: from - 1, text: '...', width: 3 }] : [];
  let used = from > start ? 3 : 0;
  const shownCells = cellsBetween(file, from, Math.min(end, from + 4 * room));
  for (const cell of shownCells) {
    if (used + cell.width > room - 3) {
      cells.push({ offset: cell.offset, text: '...', width: 3 });
      break;
    }
    cells.push(cell);
    used += cell.width;
  }
  return cells;
}

/** Bytes as cells: code points, tabs expanded, what a terminal obeys made visible. */
function cellsBetween(file: SourceFile, start: number, end: number): Cell[] {
  const cells: Cell[] = [];
  let offset = start;
  let width = 0;
  for (const character of codePoints(file.text.slice(start, end))) {
    const isPlain = character >= ' ' && character <= '~';
    const text = isPlain ? character : character === '\t' ? ' '.repeat(TAB - (width % TAB)) : shown(character);
    const cell = { offset, text, width: isPlain ? 1 : widthOf(text) };
    cells.push(cell);
    width += cell.width;
    offset += character.length;
  }
  return cells;
}

function cellsText(cells: readonly Cell[]): string {
  return cells.map(cell => cell.text).join('');
}

/** A label on one line, for lists: `file:line what is there`. */
export function labelLine({ span, text }: Label, width: number): string {
  return clip([lineText(span), ...(text === '' ? [] : [shown(text)])].join(' '), width);
}
