import {
  absolutePath,
  type FileHost,
  type FileKind,
  type FileProblem,
  MAX_FILE_SIZE,
  type ReadResult,
} from '../../src/config/host.js';

/** A file of the memory host: its bytes, with its mode or not, a symbolic link, or a reason why reading it fails. */
export type MemoryFile =
  | string
  | { readonly text: string; readonly mode: number }
  | { readonly link: string }
  | { readonly problem: FileProblem };

/** A file system that exists only in a test. Counts what is asked of it, so that a test can prove that a file is read once. */
export class MemoryHost implements FileHost {
  readonly currentFolder: string;
  /** How often each path was read. */
  readonly reads = new Map<string, number>();
  /** How often a folder was listed. */
  lists = 0;
  readonly #files = new Map<string, MemoryFile>();
  readonly #folders = new Map<string, Set<string>>();

  /** Paths are relative to `currentFolder` or absolute. */
  constructor(files: Readonly<Record<string, MemoryFile>>, currentFolder = '/work') {
    this.currentFolder = currentFolder;
    this.#folders.set('/', new Set());
    this.#addFolder(currentFolder);
    for (const [path, file] of Object.entries(files)) {
      const absolute = absolutePath(currentFolder, path);
      this.#files.set(absolute, file);
      this.#addName(absolute);
    }
  }

  read(path: string): ReadResult {
    this.reads.set(path, (this.reads.get(path) ?? 0) + 1);
    const real = this.realPath(path);
    if (this.#folders.has(real)) return { problem: { kind: 'directory', text: 'it is a folder' } };
    const file = this.#files.get(real);
    if (file === undefined) return { problem: { kind: 'missing', text: 'no such file' } };
    const text = typeof file === 'object' && 'text' in file ? file.text : file;
    if (typeof text === 'object')
      return {
        problem: 'problem' in text ? text.problem : { kind: 'missing', text: 'too many levels of symbolic links' },
      };
    if (text.length > MAX_FILE_SIZE) return { problem: { kind: 'too-large', text: 'it is too large' } };
    return { problem: undefined, text, identity: real };
  }

  list(path: string): readonly string[] | undefined {
    this.lists += 1;
    const names = this.#folders.get(this.realPath(path));
    return names && [...names].sort();
  }

  kind(path: string): FileKind {
    const real = this.realPath(path);
    if (this.#folders.has(real)) return 'directory';
    const file = this.#files.get(real);
    return file === undefined || (typeof file === 'object' && 'link' in file) ? 'missing' : 'file';
  }

  exists(path: string): boolean {
    return this.#files.has(path) || this.kind(path) !== 'missing';
  }

  realPath(path: string): string {
    let real = '';
    const parts = path.split('/').slice(1);
    for (let index = 0, links = 0; index < parts.length; index += 1) {
      const next = `${real}/${parts[index]}`;
      const file = this.#files.get(next);
      if (typeof file === 'object' && 'link' in file) {
        links += 1;
        if (links > 40) return path;
        const target = absolutePath(real === '' ? '/' : real, file.link);
        parts.splice(0, index + 1, ...target.split('/').slice(1));
        real = '';
        index = -1;
      } else {
        real = next;
      }
    }
    return real === '' ? '/' : real;
  }

  linkTarget(path: string): string | undefined {
    const file = this.#files.get(path);
    return typeof file === 'object' && 'link' in file ? file.link : undefined;
  }

  mode(path: string): number | undefined {
    const file = this.#files.get(this.realPath(path));
    if (typeof file === 'object' && 'mode' in file) return file.mode;
    const kind = this.kind(path);
    return kind === 'missing' ? undefined : kind === 'directory' ? 0o755 : 0o644;
  }

  #addFolder(path: string): void {
    if (this.#folders.has(path)) return;
    this.#folders.set(path, new Set());
    this.#addName(path);
  }

  #addName(path: string): void {
    const slash = path.lastIndexOf('/');
    const folder = slash <= 0 ? '/' : path.slice(0, slash);
    this.#addFolder(folder);
    this.#folders.get(folder)?.add(path.slice(slash + 1));
  }
}
