/**
 * The tokens of nginx's configuration language, each after the branch of ngx_conf_read_token (src/core/ngx_conf_file.c)
 * that it mirrors. Together the patterns take every byte, so the lexer never fails: what nginx refuses has a token too.
 *
 * Words, comments and scripts are functions, not regular expressions: they follow escapes byte by byte, they may run
 * beyond the piece of text that Chevrotain is tokenizing, and a repeated alternative over a word of many megabytes would
 * overflow the stack of the regular expression engine.
 */
import { type CustomPatternMatcherReturn, createToken, type IToken, Lexer } from 'chevrotain';
import { LUA_BLOCK_NAME, readLuaBlock } from './lua.js';

/**
 * NGX_CONF_BUFFER: nginx refuses a token that still goes on this many bytes behind its first one, unless the file ends
 * there.
 */
export const BUFFER_SIZE = 4096;

/**
 * What is being tokenized. Chevrotain hands a pattern nothing but the piece of text at hand; the patterns look at the
 * whole text behind it.
 */
export const reading = {
  /** The text of the whole file. */
  text: '',
  /** Where the piece that Chevrotain sees begins in it. */
  base: 0,
  /** The name of the directive that an earlier piece has begun, if any. */
  directive: undefined as string | undefined,
};

const ORDINARY = 0;
const ENDS_WORD = 1;
const BACKSLASH = 2;
const DOLLAR = 3;

/** What a byte means inside a bare word. */
const WORD_BYTES = new Uint8Array(256);
for (const byte of ' \t\r\n;{') WORD_BYTES[byte.charCodeAt(0)] = ENDS_WORD;
WORD_BYTES[0x5c] = BACKSLASH;
WORD_BYTES[0x24] = DOLLAR;

const LEFT_BRACE = 0x7b;

/**
 * Where the bare word ends that starts at an offset. A backslash takes the next byte along, and so does a dollar any
 * number of opening braces (the `variable` state of ngx_conf_read_token is cleared by another byte only).
 */
function bareWordEnd(text: string, start: number): number {
  const length = text.length;
  let at = start;
  while (at < length) {
    const meaning = WORD_BYTES[text.charCodeAt(at)] ?? ORDINARY;
    if (meaning === ORDINARY) at++;
    else if (meaning === ENDS_WORD) return at;
    else if (meaning === BACKSLASH) at += 2;
    else {
      at++;
      while (text.charCodeAt(at) === LEFT_BRACE) at++;
    }
  }
  return length;
}

/** Where the closing quote of a quoted word stands; undefined where nginx gives up before it meets one. */
function closingQuote(text: string, open: number): number | undefined {
  const quote = text.charCodeAt(open);
  const end = Math.min(text.length, open + 1 + BUFFER_SIZE);
  for (let at = open + 1; at < end; at++) {
    const byte = text.charCodeAt(at);
    if (byte === quote) return at;
    if (byte === 0x5c) at++;
  }
  return undefined;
}

/**
 * Where a quoted word that nginx refuses had better end, so that the rest of the file can be read: at a quote on the
 * same line, else at the end of that line, before a `;` or `{` that closes it.
 */
function refusedQuoteEnd(text: string, open: number): number {
  const quote = text.charCodeAt(open);
  const lineFeed = text.indexOf('\n', open);
  const lineEnd = lineFeed === -1 ? text.length : lineFeed;
  for (let at = open + 1; at < lineEnd; at++) {
    const byte = text.charCodeAt(at);
    if (byte === quote) return at + 1;
    if (byte === 0x5c) at++;
  }
  let end = lineEnd;
  for (let at = lineEnd - 1; at > open && ' \t\r;{}'.includes(text[at]!); at--) {
    if (text[at] === ';' || text[at] === '{') end = at;
  }
  return end;
}

/** The characters that can start a token, for Chevrotain's table of first characters. */
const BARE_WORD_STARTS: number[] = [];
for (let byte = 0; byte < 256; byte++) {
  if (!' \t\r\n;{}#"\''.includes(String.fromCharCode(byte))) BARE_WORD_STARTS.push(byte);
}

type Match = CustomPatternMatcherReturn | null;

/** The one answer of all patterns: Chevrotain takes the text out of it at once. */
const match: [string] = [''];

/** What a pattern answers: the text from an offset of the piece up to an offset of the file. */
function matchUpTo(offset: number, end: number): Match {
  match[0] = reading.text.slice(reading.base + offset, end);
  return match;
}

function matchQuoted(_piece: string, offset: number): Match {
  const close = closingQuote(reading.text, reading.base + offset);
  return close === undefined ? null : matchUpTo(offset, close + 1);
}

function isWord({ tokenType }: IToken): boolean {
  return tokenType === BareWord || tokenType === QuotedWord || tokenType === RefusedQuote;
}

/** True where a `{` behind these tokens opens a body in Lua. The last directive name decides, quoted or not. */
function opensLua(tokens: readonly IToken[]): boolean {
  let first = tokens.length;
  while (first > 0 && isWord(tokens[first - 1]!)) first--;
  const name = first === 0 ? (reading.directive ?? tokens[0]?.image) : tokens[first]?.image;
  return name !== undefined && LUA_BLOCK_NAME.test(name);
}

function matchScript(_piece: string, offset: number, tokens: readonly IToken[]): Match {
  if (!opensLua(tokens)) return null;
  return matchUpTo(offset, readLuaBlock(reading.text, reading.base + offset).end);
}

/** The white space of nginx: nothing but these four bytes (no form feed, no-break space or byte order mark). */
export const WhiteSpace = createToken({ name: 'WhiteSpace', pattern: /[ \t\r\n]+/, group: Lexer.SKIPPED });

/** `#` at the start of a token, up to the next line feed; a carriage return alone does not end it. */
export const Comment = createToken({
  name: 'Comment',
  pattern: (_piece: string, offset: number): Match => {
    const lineFeed = reading.text.indexOf('\n', reading.base + offset);
    return matchUpTo(offset, lineFeed === -1 ? reading.text.length : lineFeed);
  },
  start_chars_hint: ['#'],
  line_breaks: false,
  group: 'comments',
});

/** Any word: directive names and arguments may both be quoted. */
export const Word = createToken({ name: 'Word', pattern: Lexer.NA });

/** A word without quotes; `}`, `#` and quotes inside it are ordinary bytes. */
export const BareWord = createToken({
  name: 'BareWord',
  pattern: (_piece: string, offset: number): Match =>
    matchUpTo(offset, bareWordEnd(reading.text, reading.base + offset)),
  start_chars_hint: BARE_WORD_STARTS,
  line_breaks: true,
  categories: Word,
});

/** A word in double or single quotes, line breaks included. */
export const QuotedWord = createToken({
  name: 'QuotedWord',
  pattern: matchQuoted,
  start_chars_hint: ['"', "'"],
  line_breaks: true,
  categories: Word,
});

/** A quote that is not closed, or not soon enough for nginx. Tried after QuotedWord. */
export const RefusedQuote = createToken({
  name: 'RefusedQuote',
  pattern: (_piece: string, offset: number): Match =>
    matchUpTo(offset, refusedQuoteEnd(reading.text, reading.base + offset)),
  start_chars_hint: ['"', "'"],
  line_breaks: true,
  categories: Word,
});

/** The body of a `*_by_lua_block`, braces included, or all the rest of the file where it is not closed. */
export const LuaBlock = createToken({
  name: 'LuaBlock',
  pattern: matchScript,
  start_chars_hint: ['{'],
  line_breaks: true,
});

export const Semicolon = createToken({ name: 'Semicolon', pattern: ';' });
export const LeftBrace = createToken({ name: 'LeftBrace', pattern: '{' });
export const RightBrace = createToken({ name: 'RightBrace', pattern: '}' });

/** All tokens, in the order in which they are tried. */
export const VOCABULARY = [
  WhiteSpace,
  Semicolon,
  RightBrace,
  LuaBlock,
  LeftBrace,
  Comment,
  QuotedWord,
  RefusedQuote,
  BareWord,
  Word,
];
