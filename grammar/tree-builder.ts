import type { IToken } from 'chevrotain';
import type { SourceFile } from '../src/source/source-file.js';
import type { Block, Comment, ConfigFile, Directive, Script, SyntaxProblem, Word } from './ast.js';
import { readLuaBlock } from './lua.js';
import { restoreWordStart, type TemplateMarks } from './template.js';
import { BareWord, BUFFER_SIZE, RefusedQuote } from './tokens.js';

/**
 * How deep blocks may be nested. nginx has no limit of its own: it accepts 1,000 levels and overflows its stack at some
 * thousands, which depends on the machine.
 */
export const MAX_DEPTH = 2000;

/** How many words and comments a file may hold: a configuration of 64 MB has three million. */
const MAX_WORDS = 4_000_000;

/** How many problems are kept of each kind: what follows the first is a courtesy. */
const MAX_PROBLEMS = 50;

/** A file with so many problems is not a configuration: the rest of it is not read. */
const HOPELESS = 1000;

const END_OF_FILE_IN_DIRECTIVE = 'unexpected end of file, expecting ";" or "}"';
const END_OF_FILE_IN_BLOCK = 'unexpected end of file, expecting "}"';

const BLANKS = ' \t\r\n';
const BEHIND_QUOTE = `${BLANKS};{)}`;

const NO_WORDS: readonly Word[] = [];

/** A block whose end has not been read yet; the innermost is the last. */
interface OpenBlock {
  /** The words in front of the brace; undefined for a brace without any, whose content belongs to the block around. */
  readonly name: Word | undefined;
  readonly args: readonly Word[];
  readonly open: number;
  readonly directives: Directive[];
  broken: boolean;
}

/** A problem before its line is known. */
interface FoundProblem extends Omit<SyntaxProblem, 'nginxLine'> {
  /** Where the byte stands on whose line nginx reports it. */
  readonly lineAt: number;
}

/**
 * Builds the tree of one file from its tokens, in file order, and decides what nginx refuses. It follows ngx_conf_parse
 * and the states of ngx_conf_read_token; after a problem it goes on in the way that most likely was meant.
 */
export class TreeBuilder {
  /** Added to the offsets of tokens: where in the file their piece starts. */
  base = 0;

  readonly #source: SourceFile;
  readonly #text: string;
  readonly #root: Directive[] = [];
  readonly #open: OpenBlock[] = [];
  readonly #comments: Comment[] = [];
  readonly #wordProblems: FoundProblem[] = [];
  readonly #commentProblems: FoundProblem[] = [];
  /** The directives of the innermost block. */
  #siblings: Directive[] = this.#root;
  #name: Word | undefined;
  #args: Word[] | undefined;
  #wordCount = 0;
  #problemCount = 0;
  /** How many blocks are open beyond MAX_DEPTH; what they hold is dropped. */
  #beyond = 0;
  #tooDeep = false;
  /** True once a problem has said that the file ends too early. */
  #endReported = false;

  readonly #template: TemplateMarks | undefined;

  constructor(source: SourceFile, template: TemplateMarks | undefined) {
    this.#template = template;
    this.#source = source;
    this.#text = source.text;
  }

  /** True where the rest of the file is not worth reading, or would take too much memory. */
  get isDone(): boolean {
    return this.#isFull || this.#problemCount > HOPELESS;
  }

  get #isFull(): boolean {
    return this.#wordCount + this.#comments.length > MAX_WORDS;
  }

  /** The name, as written, of the directive that has begun; undefined between directives. */
  get begunDirective(): string | undefined {
    return this.#name === undefined ? undefined : this.#text.slice(this.#name.start, this.#name.end);
  }

  /** Takes a comment of the current piece. A long one is refused as a word would be. */
  comment(token: IToken): void {
    const start = this.base + token.startOffset;
    const end = start + token.image.length;
    this.#comments.push({ start, end });
    if (this.#outlastsBuffer(start, end) && this.#commentProblems.length < MAX_PROBLEMS) {
      this.#commentProblems.push({
        reason: this.#tooLong(start),
        help: `break the comment into lines of less than ${BUFFER_SIZE} bytes`,
        start,
        end,
        lineAt: start,
      });
    }
  }

  /** Takes the next word of a directive. */
  word(token: IToken): void {
    const start = this.base + token.startOffset;
    const { image, tokenType } = token;
    const end = start + image.length;
    let word: Word;
    if (tokenType === BareWord) {
      const text = this.#template === undefined ? image : restoreWordStart(image, this.#text[start]!);
      word = { value: unquote(text), quote: undefined, start, end };
      if (end - start >= BUFFER_SIZE - 1) this.#checkLength(start, start, end);
    } else {
      word = this.#quotedWord(image, tokenType === RefusedQuote, start, end);
    }
    this.#wordCount++;
    if (this.#name === undefined) this.#name = word;
    else if (this.#args === undefined) this.#args = [word];
    else this.#args.push(word);
  }

  /** Takes a `;`, which ends a directive. Offsets count from the start of the piece. */
  semicolon(offset: number): void {
    const at = this.base + offset;
    if (this.#name === undefined) {
      this.#refuse('unexpected ";"', 'remove the ";", or put a directive in front of it', at, at + 1);
      return;
    }
    this.#endDirective(undefined, at + 1);
  }

  /** Takes a `{`, which opens the block of the words in front of it. */
  leftBrace(offset: number): void {
    const at = this.base + offset;
    if (this.#name === undefined) {
      this.#refuse('unexpected "{"', 'put the name of the block in front of the "{"', at, at + 1);
    }
    if (this.#open.length === MAX_DEPTH) {
      if (!this.#tooDeep) {
        this.#tooDeep = true;
        const limit = MAX_DEPTH.toLocaleString('en');
        this.#refuse(
          `blocks are nested more than ${limit} deep`,
          'nginx accepts 1,000 levels and fails at some thousands',
          at,
          at + 1,
        );
      }
      this.#beyond++;
      this.#dropWords();
      return;
    }
    const name = this.#name;
    const directives = name === undefined ? this.#siblings : [];
    this.#open.push({ name, args: this.#args ?? NO_WORDS, open: at, directives, broken: false });
    this.#siblings = directives;
    this.#dropWords();
  }

  /** Takes a `}`, which closes the innermost block and must not stand behind words. */
  rightBrace(offset: number): void {
    const at = this.base + offset;
    if (this.#name !== undefined) {
      this.#refuse('unexpected "}"', 'end the directive in front of it with ";"', at, at + 1);
      this.#endDirective(undefined, this.#lastWord().end);
    }
    if (this.#beyond > 0) {
      this.#beyond--;
    } else if (this.#open.length === 0) {
      this.#refuse('unexpected "}"', 'remove the "}": it closes no block', at, at + 1);
    } else {
      this.#closeBlock(at, at + 1);
    }
  }

  /**
   * Takes a body in Lua, which ends its directive.
   *
   * @param body the text of the token, braces included
   */
  luaBlock(offset: number, body: string): void {
    const start = this.base + offset;
    const end = start + body.length;
    // Only a body that was not closed reaches the end of the file, with rare exceptions.
    const problem = end === this.#text.length ? readLuaBlock(this.#text, start).problem : undefined;
    if (problem !== undefined) {
      const atEnd = problem.reason.startsWith('unexpected end of file');
      this.#endReported = true;
      this.#problem({
        reason: problem.reason,
        help: atEnd ? 'close the block with "}"' : 'close the long bracket',
        start: problem.at,
        end: problem.at + 1,
        lineAt: problem.at,
      });
    }
    const closed = problem === undefined;
    this.#endDirective({ start: start + 1, end: closed ? end - 1 : end }, end);
  }

  /** Records what nginx says of the byte order mark in front of a file; the caller reads on behind it. */
  byteOrderMark(firstWord: string, lineAt: number): void {
    this.#problem({
      reason: `unknown directive "${unquote(firstWord).split('\0', 1)[0]}"`,
      help: 'save the file without a byte order mark',
      start: 0,
      end: 3,
      lineAt,
    });
  }

  /** Ends the file: closes what is open and hands over the result. */
  finish(): ConfigFile {
    const end = this.#text.length;
    if (this.#isFull) {
      const limit = MAX_WORDS.toLocaleString('en');
      const at = Math.min(this.base, end);
      this.#problem({
        reason: `the file holds more than ${limit} words and comments`,
        help: 'split the file; the rest of it was not read',
        start: at,
        end: at,
        lineAt: at,
      });
      this.#dropWords();
    } else if (this.#name !== undefined) {
      if (!this.#endReported) {
        const name = this.#text.slice(this.#name.start, this.#name.end).slice(0, 40);
        this.#refuse(END_OF_FILE_IN_DIRECTIVE, `end the directive ${name} with ";"`, end, end);
      }
      this.#endDirective(undefined, this.#lastWord().end);
    } else if (this.#open.length > 0 && !this.#endReported) {
      const line = new LineCounter(this.#text).lineAt(this.#open.at(-1)!.open);
      this.#refuse(END_OF_FILE_IN_BLOCK, `close the block that is opened in line ${line} with "}"`, end, end);
    }
    while (this.#open.length > 0) {
      this.#open.at(-1)!.broken = true;
      this.#closeBlock(end, end);
    }
    return {
      source: this.#source,
      directives: this.#root,
      comments: this.#comments,
      template: this.#template,
      problems: withLines(this.#text, [...this.#wordProblems, ...this.#commentProblems]),
    };
  }

  #quotedWord(image: string, refused: boolean, start: number, end: number): Word {
    const quote = image[0] as '"' | "'";
    if (!refused) {
      if (end - start >= BUFFER_SIZE) this.#checkLength(start + 1, start, end);
      this.#checkBehindQuote(end);
      return { value: unquote(image.slice(1, -1)), quote, start, end };
    }
    const help = `close the ${quote} that is opened here`;
    if (start + 1 + BUFFER_SIZE < this.#text.length) {
      const reason = `too long parameter, probably missing terminating "${quote}" character`;
      this.#refuse(reason, `${help}; a word has less than ${BUFFER_SIZE} bytes`, start, end);
    } else {
      this.#endReported = true;
      this.#refuse(END_OF_FILE_IN_DIRECTIVE, help, start, end, this.#text.length);
    }
    const closed = image.length > 1 && image.endsWith(quote);
    return { value: unquote(image.slice(1, closed ? -1 : undefined)), quote, start, end };
  }

  /** True where nginx is still inside the token when its buffer is full and the file goes on. */
  #outlastsBuffer(start: number, end: number): boolean {
    return end - start >= BUFFER_SIZE && start + BUFFER_SIZE < this.#text.length;
  }

  /**
   * The buffer must also hold what ends a word: the closing quote, and a blank, behind which nginx asks for more before
   * it forgets the word. The opening quote does not count.
   */
  #checkLength(counted: number, start: number, end: number): void {
    const last = BLANKS.includes(this.#text[end] ?? 'x') ? end + 1 : end;
    if (this.#outlastsBuffer(counted, last)) {
      this.#refuse(this.#tooLong(counted), `a word has less than ${BUFFER_SIZE} bytes`, start, end);
    }
  }

  #tooLong(start: number): string {
    return `too long parameter "${this.#text.slice(start, start + 10)}..." started`;
  }

  /** Behind a closing quote nginx takes white space, `;`, `{` and `)` only (its need_space state). */
  #checkBehindQuote(end: number): void {
    const next = this.#text[end];
    // A `}` is refused when it comes, and the end of the file when it is reached.
    if (next === undefined || BEHIND_QUOTE.includes(next)) return;
    this.#refuse(`unexpected "${next}"`, 'put a blank or ";" behind the closing quote', end, end + 1);
  }

  #endDirective(script: Script | undefined, end: number): void {
    const name = this.#name!;
    if (this.#beyond === 0) {
      this.#siblings.push({ name, args: this.#args ?? NO_WORDS, block: undefined, script, start: name.start, end });
    }
    this.#dropWords();
  }

  #dropWords(): void {
    this.#name = undefined;
    this.#args = undefined;
  }

  #lastWord(): Word {
    return this.#args?.at(-1) ?? this.#name!;
  }

  #closeBlock(close: number, end: number): void {
    const { name, args, open, directives, broken } = this.#open.pop()!;
    const around = this.#open.at(-1);
    this.#siblings = around?.directives ?? this.#root;
    if (name === undefined) {
      if (broken && around !== undefined) around.broken = true;
      return;
    }
    const block: Block = { open, close, directives, broken };
    this.#siblings.push({ name, args, block, script: undefined, start: name.start, end });
  }

  #refuse(reason: string, help: string, start: number, end: number, lineAt = start): void {
    this.#problem({ reason, help, start, end, lineAt });
  }

  #problem(problem: FoundProblem): void {
    const around = this.#open.at(-1);
    if (around !== undefined) around.broken = true;
    this.#problemCount++;
    if (this.#wordProblems.length < MAX_PROBLEMS) this.#wordProblems.push(problem);
  }
}

/**
 * Undoes the escapes of a word: before a quote or a backslash the backslash goes, `\t` `\r` `\n` become control
 * characters, any other pair stays as it is (the loop that copies the word in ngx_conf_read_token).
 */
function unquote(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\(["'\\trn])/g, (_, escaped: string) => ESCAPES[escaped] ?? escaped);
}

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', r: '\r', n: '\n' };

/** Counts lines for offsets that are asked for in rising order. */
class LineCounter {
  readonly #text: string;
  #line = 1;
  #lineFeed: number;

  constructor(text: string) {
    this.#text = text;
    this.#lineFeed = text.indexOf('\n');
  }

  /** The line (from 1) of an offset that is not less than the last one. */
  lineAt(offset: number): number {
    while (this.#lineFeed !== -1 && this.#lineFeed < offset) {
      this.#line++;
      this.#lineFeed = this.#text.indexOf('\n', this.#lineFeed + 1);
    }
    return this.#line;
  }
}

/** Puts problems into the order of the file and adds the lines that nginx names. */
function withLines(text: string, found: readonly FoundProblem[]): SyntaxProblem[] {
  const counter = new LineCounter(text);
  return found
    .toSorted((a, b) => a.lineAt - b.lineAt)
    .map(({ reason, help, start, end, lineAt }) => ({ reason, help, start, end, nginxLine: counter.lineAt(lineAt) }))
    .sort((a, b) => a.start - b.start)
    .slice(0, MAX_PROBLEMS);
}
