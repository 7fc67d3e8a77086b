import { absolutePath, type FileHost, type FileKind, folderOf, type ReadResult } from './host.js';
import { mapPath, type PathMapping } from './path-map.js';

/** The output of `nginx -T`: every file that one nginx had read. */
export interface Dump {
  /** The path of the main file, the first that nginx prints. */
  readonly main: string;
  /** The files by their absolute paths, as bytes. */
  readonly files: ReadonlyMap<string, string>;
  /** The version that `nginx -V` or `nginx -v` named in front of it. */
  readonly version: string | undefined;
}

/** What nginx prints in front of each file (ngx_dump_config in src/core/nginx.c). */
const MARKER = /^# configuration file (.+):\r?$/;

/** Lines of `nginx -t`, `-T` and `-V`, and the last one of `ssh -t`, that are no configuration. */
const CHATTER =
  /^(Connection to \S+ closed\.|nginx: (the configuration file .+ syntax is ok|configuration file .+ test (is successful|failed)|\[[a-z]+\] .*)|nginx version: .*|built (by|with) .*|TLS SNI support .*|configure arguments: .*|\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[[a-z]+\] .*)\r?$/;

const VERSION = /^nginx version: [^/\s]+\/(\d+\.\d+\.\d+)/;

/** True where a text is the output of `nginx -T`: nothing but chatter, blanks and comments before the first marker. */
export function isDump(text: string): boolean {
  let start = 0;
  for (let lines = 0; lines < 1000 && start < text.length; lines += 1) {
    const lineFeed = text.indexOf('\n', start);
    const line = text.slice(start, lineFeed === -1 ? undefined : lineFeed);
    if (MARKER.test(line)) return true;
    // Other messages of the shell or of ssh may stand in front; a directive does not.
    if (/[;{}]\s*(#.*)?$/.test(line) && !CHATTER.test(line)) return false;
    if (lineFeed === -1) return false;
    start = lineFeed + 1;
  }
  return false;
}

/**
 * What nginx says where `nginx -T` prints no file: the reason, or that there is one. Undefined for a text that holds anything
 * but chatter.
 */
export function failedDump(text: string): string | undefined {
  const lines = text.split(/\r?\n/).filter(line => line.trim() !== '');
  if (lines.length === 0 || !lines.every(line => CHATTER.test(line))) return undefined;
  const error = lines.find(line => /\[(emerg|alert|crit|error)\]/.test(line)) ?? lines.at(-1)!;
  return error.replace(/^nginx: /, '');
}

/**
 * Splits the output of one or several `nginx -T` into dumps. A new one begins where chatter of nginx stands between two
 * files, and where a file comes a second time, since nginx prints each once.
 */
export function readDumps(text: string): readonly Dump[] {
  const dumps: { main: string; files: Map<string, string>; version: string | undefined }[] = [];
  let version: string | undefined;
  let path: string | undefined;
  let lines: string[] = [];
  let isApart = true;
  const endFile = (): void => {
    if (path === undefined) return;
    let last = lines.length;
    isApart = false;
    while (last > 0 && (CHATTER.test(lines[last - 1]!) || lines[last - 1]!.trim() === '')) {
      last -= 1;
      if (!CHATTER.test(lines[last]!)) continue;
      isApart = true;
    }
    const behind = lines.slice(last);
    version = behind.map(line => VERSION.exec(line)?.[1]).find(found => found !== undefined);
    // nginx ends each file with a line feed of its own.
    dumps.at(-1)!.files.set(path, `${lines.slice(0, last).join('\n')}\n`);
  };
  for (const line of text.split('\n')) {
    const marker = MARKER.exec(line)?.[1];
    if (marker === undefined) {
      if (path === undefined) version = VERSION.exec(line)?.[1] ?? version;
      else lines.push(line);
      continue;
    }
    endFile();
    path = absolutePath('/', marker);
    lines = [];
    const known = dumps.at(-1);
    if (known === undefined || isApart || known.files.has(path)) {
      dumps.push({ main: path, files: new Map(), version });
      version = undefined;
    }
  }
  endFile();
  return dumps;
}

/**
 * The files of a dump as a file system. What the dump does not hold (certificates, document roots) is on the machine that
 * it comes from: it exists here only where a mapping says so.
 */
export class DumpHost implements FileHost {
  /** Paths of a dump are shown as they stand in it. */
  readonly currentFolder = '/\0';
  readonly #files: ReadonlyMap<string, string>;
  readonly #folders = new Map<string, Set<string>>();
  readonly #real: FileHost;
  readonly #mappings: readonly PathMapping[];

  constructor(dump: Dump, real: FileHost, mappings: readonly PathMapping[]) {
    this.#files = dump.files;
    this.#real = real;
    this.#mappings = mappings;
    for (const path of dump.files.keys()) this.#addName(path);
  }

  read(path: string): ReadResult {
    const text = this.#files.get(path);
    if (text !== undefined) return { problem: undefined, text, identity: path };
    const mapped = this.#mapped(path);
    if (mapped !== undefined) return this.#real.read(mapped);
    return { problem: { kind: 'missing', text: 'it is not part of the dump' } };
  }

  list(path: string): readonly string[] | undefined {
    const names = this.#folders.get(path);
    return names === undefined ? undefined : [...names].sort();
  }

  kind(path: string): FileKind {
    if (this.#files.has(path)) return 'file';
    if (this.#folders.has(path)) return 'directory';
    const mapped = this.#mapped(path);
    return mapped === undefined ? 'missing' : this.#real.kind(mapped);
  }

  exists(path: string): boolean {
    return this.kind(path) !== 'missing';
  }

  realPath(path: string): string {
    return path;
  }

  linkTarget(): undefined {
    return undefined;
  }

  mode(): undefined {
    return undefined;
  }

  #mapped(path: string): string | undefined {
    const mapped = mapPath(path, this.#mappings);
    return mapped === path ? undefined : mapped;
  }

  #addName(path: string): void {
    for (let below = path; below !== '/'; below = folderOf(below)) {
      const folder = folderOf(below);
      const names = this.#folders.get(folder) ?? new Set();
      this.#folders.set(folder, names);
      names.add(below.slice(below.lastIndexOf('/') + 1));
    }
  }
}
