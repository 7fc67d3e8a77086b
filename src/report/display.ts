/**
 * Text of the configuration on its way to people: bytes become Unicode, and nothing that a terminal obeys, reorders or
 * hides gets through.
 */

import { plainText } from '../source/placeholder.js';

/** The well-formed UTF-8 sequences of more than one byte (Unicode, table 3-7), else any single byte above ASCII. */
const UTF8 =
  /[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|[\x80-\xff]/g;

/**
 * Decodes a byte string (one character per byte) to Unicode. A byte that is not part of valid UTF-8 becomes `\xNN`.
 * Characters above U+00FF are no bytes and stay as they are, so the tool's own words may stand around bytes; the marked
 * bytes of a template's placeholder become what they were.
 */
export function decode(bytes: string): string {
  if (!/[^\0-\x7f]/.test(bytes)) return bytes;
  return plainText(bytes).replace(UTF8, sequence =>
    sequence.length === 1
      ? `\\x${sequence.charCodeAt(0).toString(16)}`
      : Buffer.from(sequence, 'latin1').toString('utf8'),
  );
}

let codePoint: RegExp | undefined;

/** Splits a byte string into code points, each as its bytes. */
export function codePoints(bytes: string): string[] {
  codePoint ??= new RegExp(`${UTF8.source}|[\\s\\S]`, 'g');
  return bytes.match(codePoint) ?? [];
}

/** Makes control, format and separator characters visible: `\n`, `\x1b`, `\u202e`, `\u{e0001}`. */
export function visible(text: string): string {
  // Most text is plain; the sets of Unicode take a millisecond to build.
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  // What steers a terminal, or changes the order or the look of the text around it.
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}]/gu, character => {
    if (character === '\n') return '\\n';
    if (character === '\r') return '\\r';
    if (character === '\t') return '\\t';
    const code = character.codePointAt(0)!;
    if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
    return code <= 0xffff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`;
  });
}

/** What a person sees of a byte string: decoded, on one line, harmless. */
export function shown(bytes: string): string {
  return visible(decode(bytes));
}

/**
 * A path in Unicode. A path comes from the file system (Unicode) or from the configuration (bytes); one that reads as
 * valid UTF-8 bytes is decoded, any other is Unicode already.
 */
export function decodePath(path: string): string {
  if (!/[\x80-\xff]/.test(path)) return path;
  let isUtf8 = true;
  const decoded = path.replace(UTF8, sequence => {
    if (sequence.length === 1) isUtf8 = false;
    return sequence.length === 1 ? sequence : Buffer.from(sequence, 'latin1').toString('utf8');
  });
  return isUtf8 ? decoded : path;
}

/** A path as people see it. */
export function shownPath(path: string): string {
  return visible(decodePath(path));
}

/** The number of terminal cells of visible text: East Asian wide characters and emoji take two, combining marks none. */
export function widthOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

function characterWidth(character: string): number {
  if (/[\p{Mn}\p{Me}]/u.test(character)) return 0;
  const code = character.codePointAt(0)!;
  const isWide =
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    (code >= 0x1f300 && code <= 0x1faff) ||
    (code >= 0x20000 && code <= 0x3fffd);
  return isWide ? 2 : 1;
}

/** Cuts visible text to a number of cells; what is cut is marked with `...`. */
export function clip(text: string, width: number): string {
  if (text.length <= width && widthOf(text) <= width) return text;
  if (width < 3) return '.'.repeat(Math.max(0, width));
  let kept = '';
  let used = 0;
  for (const character of text) {
    used += characterWidth(character);
    if (used > width - 3) break;
    kept += character;
  }
  return `${kept}...`;
}

/** Fills visible text with blanks on the right up to a number of cells. */
export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

/**
 * Breaks visible text at blanks into lines of at most `width` cells. A word that is wider has a line of its own: paths
 * and commands stay whole, so that they can be copied.
 */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  let used = 0;
  for (const word of text.split(' ')) {
    const wordWidth = widthOf(word);
    if (line !== '' && used + 1 + wordWidth > width) {
      lines.push(line);
      line = word;
      used = wordWidth;
    } else {
      line = line === '' ? word : `${line} ${word}`;
      used = widthOf(line);
    }
  }
  lines.push(line);
  return lines;
}

/**
 * Breaks visible text into lines of at most `width` cells, within words too: behind a character at which people break
 * paths and patterns where one is near the end of the line, else anywhere. Lines after the first have two cells less.
 */
export function wrapNames(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = Array.from(text);
  while (rest.length > 0) {
    const room = Math.max(8, lines.length === 0 ? width : width - 2);
    let used = 0;
    let end = 0;
    while (end < rest.length && used + characterWidth(rest[end]!) <= room) used += characterWidth(rest[end++]!);
    if (end < rest.length) {
      end = breakBefore(rest, end, /[ /|,]/) ?? breakBefore(rest, end, /[.&?_-]/) ?? end;
    }
    lines.push(rest.slice(0, end).join('').trimEnd());
    rest = rest.slice(end);
  }
  return lines.length === 0 ? [''] : lines;
}

/** The last place behind one of some characters in the second half of a line; undefined where there is none. */
function breakBefore(characters: readonly string[], end: number, behind: RegExp): number | undefined {
  for (let at = end; at > end / 2; at -= 1) if (behind.test(characters[at - 1]!)) return at;
  return undefined;
}

/** `1 site`, `2 sites`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
