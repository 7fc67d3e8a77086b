import type { ConfigFile } from '../../grammar/ast.js';
import type { Notice, NoticeKind } from '../notice.js';
import { SourceFile, type Span } from '../source/source-file.js';
import { type FileHost, type FileProblem, shownPath } from './host.js';

/** Turns the text of a file into its tree. */
export type Parse = (source: SourceFile) => ConfigFile;

/** A file that was read and parsed. */
export interface LoadedFile {
  readonly problem: undefined;
  readonly config: ConfigFile;
  /** The same for two paths of one file. */
  readonly identity: string;
}

/** A file, or why there is none. */
export type Loaded = LoadedFile | { readonly problem: LoadProblem };

/** Why a file gives no directives. */
export type LoadProblem = FileProblem | { readonly kind: 'binary'; readonly text: string };

/** All files together may have this many bytes; one more is refused with a notice instead of exhausting the memory. */
export const MAX_TOTAL_SIZE = 192 * 1024 * 1024;

/**
 * Reads and parses each file once, however many includes and links name it: reports show the path that came first, which
 * is the one that the user named, or that was found in the tree. One reader serves a whole run, so that finding the roots
 * and analysing them share the work.
 */
export class ConfigReader {
  readonly host: FileHost;
  readonly #parse: Parse;
  readonly #loaded = new Map<string, Loaded>();
  readonly #byIdentity = new Map<string, LoadedFile>();
  readonly #builtIn = new Map<string, LoadedFile>();
  readonly #files = new Map<SourceFile, ConfigFile>();
  #size = 0;

  constructor(host: FileHost, parse: Parse) {
    this.host = host;
    this.#parse = parse;
  }

  /** The file at an absolute path. */
  load(path: string): Loaded {
    const known = this.#loaded.get(path);
    if (known !== undefined) return known;
    const loaded = this.#read(path);
    this.#loaded.set(path, loaded);
    return loaded;
  }

  /** A file whose text is built in. `name` is what reports show. */
  parse(name: string, text: string): LoadedFile {
    const known = this.#builtIn.get(name);
    if (known !== undefined) return known;
    const loaded: LoadedFile = { problem: undefined, config: this.#parse(new SourceFile(name, text)), identity: name };
    this.#builtIn.set(name, loaded);
    return loaded;
  }

  /** The parsed file of a source that this reader has read. */
  fileOf(source: SourceFile): ConfigFile | undefined {
    return this.#files.get(source);
  }

  /** The path as reports show it. */
  shown(path: string): string {
    return shownPath(path, this.host.currentFolder);
  }

  #read(path: string): Loaded {
    const result = this.host.read(path);
    if (result.problem !== undefined) return { problem: result.problem };
    const known = this.#byIdentity.get(result.identity);
    if (known !== undefined) return known;
    if (isBinary(result.text)) return { problem: { kind: 'binary', text: 'it is a binary file' } };
    if (this.#size + result.text.length > MAX_TOTAL_SIZE) {
      const limit = MAX_TOTAL_SIZE / 1024 / 1024;
      return { problem: { kind: 'too-large', text: `all files together have more than ${limit} MiB` } };
    }
    this.#size += result.text.length;
    const config = this.#parse(new SourceFile(this.shown(path), result.text));
    this.#files.set(config.source, config);
    const loaded: LoadedFile = { problem: undefined, config, identity: result.identity };
    this.#byIdentity.set(result.identity, loaded);
    return loaded;
  }
}

/**
 * True for text that nobody wrote as a configuration: among its first bytes is a NUL, and one byte in twenty is a control
 * character. nginx would read it as words; a single NUL in a comment is left to it.
 */
export function isBinary(text: string): boolean {
  const sample = text.slice(0, 4096);
  if (!sample.includes('\0')) return false;
  const controls = sample.match(/[\0-\x08\x0e-\x1a\x1c-\x1f\x7f]/g)?.length ?? 0;
  return controls * 20 >= sample.length;
}

const NOTICE_KINDS: Readonly<Record<LoadProblem['kind'], NoticeKind>> = {
  missing: 'missing-file',
  permission: 'unreadable-file',
  directory: 'unreadable-file',
  'not-regular': 'unreadable-file',
  failed: 'unreadable-file',
  'too-large': 'too-large',
  binary: 'syntax',
};

/** The notice about a file that could not be read, at the include that names it or, without one, for the run. */
export function unreadable(shown: string, problem: LoadProblem, span: Span | undefined, named: boolean): Notice {
  const subject = named ? shown : `included file ${shown}`;
  const help =
    problem.kind === 'binary'
      ? 'nginx configurations are text: check the path or the pattern that leads here.'
      : named
        ? 'check the path and who may read it.'
        : "check the path (a relative one starts at the main file's folder); what the file says is unknown here.";
  // Text that is not nginx's language is refused wherever it stands; a file that is not there is only not checked.
  const fatal = named || problem.kind === 'binary';
  return { kind: NOTICE_KINDS[problem.kind], text: `${subject} cannot be read: ${problem.text}`, span, help, fatal };
}
