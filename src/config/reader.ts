import type { ConfigFile } from '../../grammar/ast.js';
import { SourceFile } from '../source/source-file.js';
import type { FileHost, FileProblem } from './host.js';
import { shownPath } from './host.js';

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
export type Loaded =
  | LoadedFile
  | { readonly problem: FileProblem | { readonly kind: 'binary'; readonly text: string } };

/** All files together may have this many bytes; one more is refused with a notice instead of exhausting the memory. */
export const MAX_TOTAL_SIZE = 192 * 1024 * 1024;

/**
 * Reads and parses each file once, however many includes name it. One reader serves a whole run, so that finding the
 * roots and analysing them share the work.
 */
export class ConfigReader {
  readonly host: FileHost;
  readonly #parse: Parse;
  readonly #loaded = new Map<string, Loaded>();
  readonly #builtIn = new Map<string, LoadedFile>();
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

  /** The path as reports show it. */
  shown(path: string): string {
    return shownPath(path, this.host.currentFolder);
  }

  #read(path: string): Loaded {
    const result = this.host.read(path);
    if (result.problem !== undefined) return { problem: result.problem };
    if (isBinary(result.text)) return { problem: { kind: 'binary', text: 'it is a binary file' } };
    if (this.#size + result.text.length > MAX_TOTAL_SIZE) {
      const limit = MAX_TOTAL_SIZE / 1024 / 1024;
      return { problem: { kind: 'too-large', text: `all files together have more than ${limit} MiB` } };
    }
    this.#size += result.text.length;
    const config = this.#parse(new SourceFile(this.shown(path), result.text));
    return { problem: undefined, config, identity: result.identity };
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
