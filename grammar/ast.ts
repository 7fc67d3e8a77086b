/**
 * The syntax tree of one configuration file. Nodes are plain readonly data; offsets are byte offsets into the file.
 *
 * Spans: `ssl_client_certificate "ca.pem";`
 *         ^start                         ^end (exclusive, behind the `;` or the closing `}`)
 */
import type { SourceFile } from '../src/source/source-file.js';
import type { TemplateMarks } from './template.js';

/** One word as nginx's tokenizer makes it (ngx_conf_read_token). */
export interface Word {
  /** The bytes after quotes and escapes are undone, one character per byte. */
  readonly value: string;
  /** The quote that surrounds the word in the file, if any. */
  readonly quote: '"' | "'" | undefined;
  /** Offset of the first byte, the opening quote included. */
  readonly start: number;
  /** Offset behind the last byte, the closing quote included. */
  readonly end: number;
}

/** A directive: its name, its arguments and, where it opens one, its block. */
export interface Directive {
  readonly name: Word;
  readonly args: readonly Word[];
  /** The directives between braces; undefined for a directive that ends with `;`. */
  readonly block: Block | undefined;
  /** The raw body of a `*_by_lua_block`, braces excluded; its directive has no `block`. */
  readonly script: Script | undefined;
  readonly start: number;
  readonly end: number;
}

/** What stands between the braces of a directive. */
export interface Block {
  /** Offset of `{`. */
  readonly open: number;
  /** Offset of `}`, or the end of the file where it is missing. */
  readonly close: number;
  readonly directives: readonly Directive[];
  /** True where the block holds a syntax error, or was never closed: what it says is incomplete. */
  readonly broken: boolean;
}

/** Raw text in another language. */
export interface Script {
  readonly start: number;
  readonly end: number;
}

/** A comment, `#` included, line end excluded. */
export interface Comment {
  readonly start: number;
  readonly end: number;
}

/** Something that nginx's tokenizer or block reader refuses. */
export interface SyntaxProblem {
  /** nginx's own reason, e.g. `unexpected "}"`, without file and line. */
  readonly reason: string;
  /** What the reader of the message can do about it. */
  readonly help: string;
  readonly start: number;
  readonly end: number;
  /** The line nginx names for this error (from 1): the line its tokenizer had reached. */
  readonly nginxLine: number;
}

/** One parsed file. Parsing never throws: what is wrong is in `problems`, and what could be read is in `directives`. */
export interface ConfigFile {
  readonly source: SourceFile;
  readonly directives: readonly Directive[];
  readonly comments: readonly Comment[];
  /** Set for a template: what it leaves open. */
  readonly template: TemplateMarks | undefined;
  /** In file order; the first is the one nginx reports. */
  readonly problems: readonly SyntaxProblem[];
}
