import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs';

/** The largest file that is read, in bytes. A configuration is text that people wrote; beyond this it is something else. */
export const MAX_FILE_SIZE = 64 * 1024 * 1024;

/** Why a file cannot be had. */
export interface FileProblem {
  readonly kind: 'missing' | 'permission' | 'directory' | 'not-regular' | 'too-large' | 'failed';
  /** The reason in words, for people: `no such file`. */
  readonly text: string;
}

/** A file's content, or why there is none. */
export type ReadResult =
  | { readonly problem: undefined; readonly text: string; readonly identity: string }
  | { readonly problem: FileProblem };

/** What a path leads to, symbolic links followed. */
export type FileKind = 'file' | 'directory' | 'other' | 'missing';

/**
 * What the project asks of a file system. Paths are byte strings, as a configuration file holds them: one UTF-16 unit
 * per byte, absolute and `/`-separated. Nothing throws.
 */
export interface FileHost {
  /** The folder that relative paths of the command line start from, and that shown paths are relative to. */
  readonly currentFolder: string;
  /**
   * Reads a regular file as one character per byte. `identity` is the same for two paths of one file (symbolic or hard
   * links).
   */
  read(path: string): ReadResult;
  /** The names in a folder, sorted bytewise; undefined where it cannot be listed. */
  list(path: string): readonly string[] | undefined;
  kind(path: string): FileKind;
  /** True where the name exists, even as a symbolic link that leads nowhere. */
  exists(path: string): boolean;
  /** The path without symbolic links; the path itself where it leads nowhere. */
  realPath(path: string): string;
  /** Where a symbolic link leads, as it is written in it; undefined for everything else. */
  linkTarget(path: string): string | undefined;
  /** The permission bits (`0o644`); undefined where the path leads nowhere. */
  mode(path: string): number | undefined;
}

/** A path as people and the command line write it, from its bytes. */
export function pathToText(bytes: string): string {
  return /[\x80-\xff]/.test(bytes) ? Buffer.from(bytes, 'latin1').toString('utf8') : bytes;
}

/** The bytes of a path that the command line gave. */
export function pathFromText(text: string): string {
  return /[^\0-\x7f]/.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}

/** An absolute path: `path` itself, or `path` below `folder`; `.`, `..` and repeated `/` are folded. */
export function absolutePath(folder: string, path: string): string {
  const whole = isAbsolutePath(path) ? path : `${folder}/${path}`;
  // The common case needs no folding: two tests are cheaper than splitting ten thousand paths.
  if (!whole.includes('//') && !/\/\.\.?(\/|$)/.test(whole) && (whole.length === 1 || !whole.endsWith('/')))
    return whole;
  const drive = /^[A-Za-z]:/.exec(whole)?.[0] ?? '';
  const parts: string[] = [];
  for (const part of whole.slice(drive.length).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `${drive}/${parts.join('/')}`;
}

/** True for `/…`, and for `C:/…` as nginx for Windows writes it. */
export function isAbsolutePath(path: string): boolean {
  return path.startsWith('/') || /^[A-Za-z]:\//.test(path);
}

/** The folder of an absolute path. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash <= 0 ? '/' : path.slice(0, slash);
}

/** The path as reports show it: relative to the current folder, absolute where it lies outside, decoded. */
export function shownPath(path: string, currentFolder: string): string {
  const prefix = currentFolder === '/' ? '/' : `${currentFolder}/`;
  if (path === currentFolder) return '.';
  return pathToText(path.startsWith(prefix) && path.length > prefix.length ? path.slice(prefix.length) : path);
}

/** The machine's own file system. `currentFolder` is the process's current folder, as text. */
export function nodeHost(currentFolder: string): FileHost {
  return new NodeHost(absolutePath('/', pathFromText(currentFolder.replaceAll('\\', '/'))));
}

/** A name for the file system: ASCII as it stands, everything else as the bytes it is. */
function systemPath(path: string): string | Buffer {
  return /[\x80-\xff]/.test(path) ? Buffer.from(path, 'latin1') : path;
}

class NodeHost implements FileHost {
  readonly currentFolder: string;

  constructor(currentFolder: string) {
    this.currentFolder = currentFolder;
  }

  read(path: string): ReadResult {
    if (path.includes('\0')) return { problem: { kind: 'missing', text: 'no such file' } };
    let descriptor: number | undefined;
    try {
      // Without O_NONBLOCK, opening a named pipe would wait for a writer.
      descriptor = openSync(systemPath(path), constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
      const found = fstatSync(descriptor);
      if (found.isDirectory()) return { problem: { kind: 'directory', text: 'it is a folder' } };
      if (!found.isFile()) return { problem: { kind: 'not-regular', text: 'it is not a regular file' } };
      if (found.size > MAX_FILE_SIZE) return tooLarge(found.size);
      return { problem: undefined, text: readWhole(descriptor, found.size), identity: `${found.dev}:${found.ino}` };
    } catch (error) {
      return { problem: problemOf(error) };
    } finally {
      if (descriptor !== undefined) closeSync(descriptor);
    }
  }

  list(path: string): readonly string[] | undefined {
    try {
      return readdirSync(systemPath(path), { encoding: 'buffer' })
        .map(name => name.toString('latin1'))
        .sort();
    } catch {
      return undefined;
    }
  }

  kind(path: string): FileKind {
    try {
      const found = statSync(systemPath(path), { throwIfNoEntry: false });
      if (found === undefined) return 'missing';
      return found.isFile() ? 'file' : found.isDirectory() ? 'directory' : 'other';
    } catch {
      return 'missing';
    }
  }

  exists(path: string): boolean {
    if (this.kind(path) !== 'missing') return true;
    return this.list(folderOf(path))?.includes(path.slice(path.lastIndexOf('/') + 1)) ?? false;
  }

  realPath(path: string): string {
    try {
      return realpathSync.native(systemPath(path), { encoding: 'buffer' }).toString('latin1');
    } catch {
      return path;
    }
  }

  linkTarget(path: string): string | undefined {
    try {
      return readlinkSync(systemPath(path), { encoding: 'buffer' }).toString('latin1');
    } catch {
      return undefined;
    }
  }

  mode(path: string): number | undefined {
    try {
      const found = statSync(systemPath(path), { throwIfNoEntry: false });
      return found === undefined ? undefined : found.mode & 0o7777;
    } catch {
      return undefined;
    }
  }
}

/** Reads up to the size seen at first, or to the end where the file has shrunk since. */
function readWhole(descriptor: number, size: number): string {
  const bytes = Buffer.allocUnsafe(size);
  let filled = 0;
  while (filled < size) {
    const count = readSync(descriptor, bytes, filled, size - filled, filled);
    if (count === 0) break;
    filled += count;
  }
  return bytes.toString('latin1', 0, filled);
}

function tooLarge(size: number): ReadResult {
  const mebibytes = Math.ceil(size / 1024 / 1024);
  const limit = MAX_FILE_SIZE / 1024 / 1024;
  return { problem: { kind: 'too-large', text: `it has ${mebibytes} MiB, the limit is ${limit} MiB` } };
}

function problemOf(error: unknown): FileProblem {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return { kind: 'missing', text: 'no such file' };
    case 'EACCES':
    case 'EPERM':
      return { kind: 'permission', text: 'permission denied' };
    case 'EISDIR':
      return { kind: 'directory', text: 'it is a folder' };
    case 'ENXIO':
    case 'ENODEV':
      return { kind: 'not-regular', text: 'it is not a regular file' };
    case 'ELOOP':
      return { kind: 'missing', text: 'too many levels of symbolic links' };
    default:
      return { kind: 'failed', text: code === '' ? 'it cannot be read' : `it cannot be read (${code})` };
  }
}
