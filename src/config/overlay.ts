import { type FileHost, type FileKind, folderOf, type ReadResult } from './host.js';

/** A file system in which one file has another text: what standard input holds. */
export class OverlayHost implements FileHost {
  readonly currentFolder: string;
  readonly #host: FileHost;
  readonly #path: string;
  readonly #text: string;
  /** That of the file on the disk, so that a link to it is the same file. */
  readonly #identity: string | undefined;

  constructor(host: FileHost, path: string, text: string) {
    this.currentFolder = host.currentFolder;
    this.#host = host;
    this.#path = path;
    this.#text = text;
    const real = host.read(path);
    this.#identity = real.problem === undefined ? real.identity : undefined;
  }

  read(path: string): ReadResult {
    const real = this.#host.read(path);
    const identity = real.problem === undefined ? real.identity : path;
    const isSame = path === this.#path || identity === this.#identity;
    return isSame ? { problem: undefined, text: this.#text, identity } : real;
  }

  list(path: string): readonly string[] | undefined {
    const names = this.#host.list(path);
    if (folderOf(this.#path) !== path) return names;
    return [...new Set([...(names ?? []), this.#path.slice(this.#path.lastIndexOf('/') + 1)])].sort();
  }

  kind(path: string): FileKind {
    return path === this.#path ? 'file' : this.#host.kind(path);
  }

  exists(path: string): boolean {
    return path === this.#path || this.#host.exists(path);
  }

  realPath(path: string): string {
    return this.#host.realPath(path);
  }

  linkTarget(path: string): string | undefined {
    return this.#host.linkTarget(path);
  }

  mode(path: string): number | undefined {
    return this.#host.mode(path);
  }
}
