import type { ConfigFile, Directive } from '../../grammar/ast.js';
import type { Notice } from '../notice.js';
import { acceptsCount, directiveForm, directiveForms } from './directives.js';
import { DISTRIBUTION_NAMES } from './distribution.js';
import { expandGlob, isGlob } from './glob.js';
import { absolutePath, folderOf, pathFromText } from './host.js';
import { type ConfigReader, type LoadedFile, unreadable } from './reader.js';

/** What is to be analysed. */
export interface Roots {
  /** Absolute paths of the main files, in bytes, for `expand`: named files first come first, a folder's sorted. */
  readonly roots: readonly string[];
  readonly notices: readonly Notice[];
}

/** The folder of the packages, looked at where no path is named and the current folder holds no root. */
const DEFAULT_FOLDER = '/etc/nginx';

/** Blocks that make a file the main file of a configuration. */
const ROOT_BLOCKS = ['http', 'stream', 'mail', 'events'] as const;

/** Folders that hold no configuration of nginx, and much else. */
const SKIPPED_FOLDERS: ReadonlySet<string> = new Set(['node_modules', '__pycache__', 'bower_components']);

/** Folders in which packages and people keep configurations under any name. */
const CONFIG_FOLDERS =
  /^(conf(ig)?\.d|sites-(available|enabled)|streams?-(available|enabled|conf\.d)|stream\.d|modules-(available|enabled)|snippets|vhosts?(\.d)?|servers|includes?|nginx)$/;

/** What editors and packages leave beside a configuration: listed, but never taken for a main file. */
const BACKUP = /(~|\.(bak|old|orig|save|disabled|dpkg-\w+|rpm\w+))$/i;

/** Files that lie beside configurations and are none. */
const OTHER_TYPES =
  /\.(swp|gz|zip|tar|md|sh|py|js|ts|lua|json|pem|crt|key|csr|crl|html?|css|txt|ya?ml|xml|so|png|svg|ico|log)$/i;

/** Entries of folders that are looked at before the search ends with a notice. */
const MAX_ENTRIES = 200_000;

/** Includes that are followed to tell which files belong to which root. */
const MAX_STEPS = 1_000_000;

/** File names that one notice lists. */
const MAX_NAMES = 20;

/**
 * The main files among the paths of the command line (as text; a file or a folder each). Without a path: the roots under
 * the current folder, or else those of /etc/nginx. A root of a folder is a file with `http`, `stream`, `mail` or `events`
 * at its top level, its includes counted, that no other root includes; symbolic links count once.
 */
export function findRoots(paths: readonly string[], reader: ConfigReader): Roots {
  const search = new Search(reader);
  const { currentFolder } = reader.host;
  if (paths.length > 0) {
    for (const path of paths) search.named(absolutePath(currentFolder, pathFromText(path)));
    return search.result();
  }
  const here = search.folder(currentFolder);
  const there = here !== 'roots' && search.mayFallBack() ? search.folder(DEFAULT_FOLDER) : 'nothing';
  if (here === 'nothing' && there === 'nothing') {
    search.notices.push(
      noConfiguration(`neither the current folder nor ${DEFAULT_FOLDER} holds an nginx configuration`),
    );
  }
  return search.result();
}

/** A file that may belong to a configuration. */
interface Candidate {
  readonly path: string;
  readonly file: LoadedFile;
}

class Search {
  /** Paths of the roots by the identity of their file. */
  readonly roots = new Map<string, string>();
  readonly notices: Notice[] = [];
  readonly #reader: ConfigReader;
  readonly #globs = new Map<string, readonly string[]>();
  #steps = 0;

  constructor(reader: ConfigReader) {
    this.#reader = reader;
  }

  result(): Roots {
    if (this.#steps > MAX_STEPS) {
      const text = `more than ${MAX_STEPS} includes were followed to find the main files: some may be missing`;
      const help = 'name the main file of the configuration.';
      this.notices.push({ kind: 'bound', text, span: undefined, help, fatal: false });
    }
    return { roots: [...this.roots.values()], notices: this.notices };
  }

  /** Takes a path of the command line. */
  named(path: string): void {
    const shown = this.#reader.shown(path);
    if (this.#reader.host.kind(path) === 'directory') {
      if (this.folder(path) === 'nothing') this.notices.push(noConfiguration(`${shown} holds no nginx configuration`));
      return;
    }
    const loaded = this.#reader.load(path);
    if (loaded.problem !== undefined) {
      this.notices.push(unreadable(shown, loaded.problem, undefined, true));
      return;
    }
    const { config, identity } = loaded;
    const { directives, problems } = config;
    if (directives.length === 0 && problems.length === 0) {
      this.notices.push(noConfiguration(`${shown} holds no directive`));
    } else if (problems.length > 0 || this.#isMain({ path, file: loaded })) {
      // A file with a syntax error is taken as it is named, so that its error is reported.
      if (!this.roots.has(identity)) this.roots.set(identity, path);
    } else {
      const first = directives[0]!;
      this.notices.push({
        kind: 'fragment',
        text: `${shown} is a part of a configuration: it has no http, stream, mail or events block, and was not analysed`,
        span: { file: config.source, start: first.name.start, end: first.name.end },
        help: 'name the main file that includes it, or the folder of both.',
        fatal: true,
      });
    }
  }

  /** True where the packages' folder is there and is not the current one. */
  mayFallBack(): boolean {
    const { host } = this.#reader;
    return host.currentFolder !== DEFAULT_FOLDER && host.kind(DEFAULT_FOLDER) === 'directory';
  }

  /** Takes the roots below a folder, and says what it holds: parts without a root are given a notice. */
  folder(folder: string): 'roots' | 'parts' | 'nothing' {
    const candidates = this.#candidates(folder);
    const mains = candidates.filter(candidate => !BACKUP.test(candidate.path) && this.#isMain(candidate));
    const reached = new Map(mains.map(main => [main, this.#reachedFrom(main)]));
    const owners = new Map<string, Candidate[]>(mains.map(main => [main.file.identity, []]));
    for (const [main, identities] of reached) {
      for (const identity of identities) owners.get(identity)?.push(main);
    }
    // Of main files that include each other the first stays.
    const roots = mains.filter(main =>
      owners
        .get(main.file.identity)!
        .every(owner => owner === main || (reached.get(main)!.has(owner.file.identity) && main.path < owner.path)),
    );
    for (const { path, file } of roots) {
      if (!this.roots.has(file.identity)) this.roots.set(file.identity, path);
    }
    const included = new Set(roots.flatMap(root => [root.file.identity, ...reached.get(root)!]));
    const rest = candidates.filter(
      ({ path, file }) =>
        !included.has(file.identity) &&
        looksLikeNginx(file.config) &&
        !DISTRIBUTION_NAMES.some(name => path === `${folder}/${name}`),
    );
    if (rest.length > 0) this.#listRest(rest, roots.length > 0);
    return roots.length > 0 ? 'roots' : rest.length > 0 ? 'parts' : 'nothing';
  }

  /** One notice about files that no root leads to. */
  #listRest(rest: readonly Candidate[], hasRoots: boolean): void {
    const names = rest.map(({ path }) => this.#reader.shown(path));
    const listed = names.slice(0, MAX_NAMES).join(', ');
    const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : '';
    const subject = names.length === 1 ? '1 file is' : `${names.length} files are`;
    this.notices.push({
      kind: hasRoots ? 'not-included' : 'fragment',
      text: hasRoots
        ? `${subject} included by no root and not analysed: ${listed}${more}`
        : `${subject} part of a configuration whose main file is not here, and not analysed: ${listed}${more}`,
      span: undefined,
      help: hasRoots ? 'include them, or remove what is not used any more.' : 'name the main file that includes them.',
      fatal: !hasRoots,
    });
  }

  /** The files below a folder that may be nginx's, one path per file, sorted. */
  #candidates(top: string): Candidate[] {
    const { host } = this.#reader;
    const byIdentity = new Map<string, Candidate>();
    const folders = [top];
    let entries = 0;
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      const names = host.list(folder);
      if (names === undefined) {
        this.notices.push(unreadableFolder(this.#reader.shown(folder), folder === top));
        continue;
      }
      entries += names.length;
      if (entries > MAX_ENTRIES) {
        const text = `${this.#reader.shown(top)} has more than ${MAX_ENTRIES} entries: not all of it was searched`;
        const help = 'name the folder or the main file of the configuration.';
        this.notices.push({ kind: 'bound', text, span: undefined, help, fatal: false });
        break;
      }
      const below: string[] = [];
      for (const name of names) {
        if (name.startsWith('.')) continue;
        const path = absolutePath(folder, name);
        // Most names of a source tree are told apart without a look at the file.
        const mayBeFile = isCandidateName(name, folder);
        if (!mayBeFile && /\.[A-Za-z0-9]+$/.test(name) && !name.endsWith('.d')) continue;
        const kind = host.kind(path);
        if (kind === 'directory') {
          // A linked folder is reached through the includes that name it, or lies elsewhere on purpose.
          if (!SKIPPED_FOLDERS.has(name) && host.realPath(path) === absolutePath(host.realPath(folder), name))
            below.push(path);
        } else if (kind === 'file' && mayBeFile) {
          this.#addCandidate(path, byIdentity);
        }
      }
      folders.push(...below.reverse());
    }
    return [...byIdentity.values()].sort((one, other) => (one.path < other.path ? -1 : 1));
  }

  #addCandidate(path: string, byIdentity: Map<string, Candidate>): void {
    const loaded = this.#reader.load(path);
    if (loaded.problem !== undefined) {
      // What a wildcard of ours found and nobody named: a binary or huge file is none of the user's configuration.
      if (loaded.problem.kind === 'permission') {
        this.notices.push({ ...unreadable(this.#reader.shown(path), loaded.problem, undefined, true), fatal: false });
      }
      return;
    }
    const known = byIdentity.get(loaded.identity);
    // Of two paths of one file the real one is shown, not the link.
    if (known === undefined || this.#reader.host.realPath(path) === path)
      byIdentity.set(loaded.identity, { path, file: loaded });
  }

  /** True where the top level, with the files included there, holds a block that only a main file has. */
  #isMain({ path, file }: Candidate): boolean {
    // One so broken that no block of it is recognised is still the file that nginx would be started with.
    if (path.endsWith('/nginx.conf') && file.config.problems.length > 0) return true;
    const base = folderOf(path);
    const seen = new Set([file.identity]);
    const waiting = [file];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      for (const { name, args, block } of next.config.directives) {
        if (block !== undefined && args.length === 0 && isRootBlock(name.value, block.directives)) return true;
        if (block !== undefined || name.value !== 'include' || args.length !== 1) continue;
        for (const included of this.#included(args[0]!.value, base)) {
          if (seen.has(included.identity)) continue;
          seen.add(included.identity);
          waiting.push(included);
        }
      }
    }
    return false;
  }

  /** The identities of all files that a main file includes, directly or not. */
  #reachedFrom({ path, file }: Candidate): Set<string> {
    const base = folderOf(path);
    const reached = new Set<string>();
    const files = [file];
    for (let next = files.pop(); next !== undefined; next = files.pop()) {
      for (const pattern of includePatterns(next.config.directives)) {
        for (const included of this.#included(pattern, base)) {
          if (reached.has(included.identity)) continue;
          reached.add(included.identity);
          files.push(included);
        }
      }
    }
    return reached;
  }

  #included(pattern: string, base: string): LoadedFile[] {
    const path = absolutePath(base, pattern);
    const files: LoadedFile[] = [];
    for (const target of isGlob(pattern) ? this.#glob(path) : [path]) {
      this.#steps += 1;
      if (this.#steps > MAX_STEPS) return files;
      const loaded = this.#reader.load(target);
      if (loaded.problem === undefined) files.push(loaded);
    }
    return files;
  }

  #glob(pattern: string): readonly string[] {
    let paths = this.#globs.get(pattern);
    if (paths === undefined) {
      ({ paths } = expandGlob(pattern, this.#reader.host));
      this.#globs.set(pattern, paths);
    }
    return paths;
  }
}

/** True for a main file's block that holds what nginx knows there: other languages have an `http { … }` as well. */
function isRootBlock(name: string, inside: readonly Directive[]): boolean {
  const context = ROOT_BLOCKS.find(known => known === name);
  if (context === undefined) return false;
  return inside.length === 0 || inside.some(directive => directiveForm(directive.name.value, context) !== undefined);
}

/** The arguments of all `include`s of a file, at any depth. */
function includePatterns(directives: readonly Directive[]): Set<string> {
  const patterns = new Set<string>();
  const lists = [directives];
  for (let list = lists.pop(); list !== undefined; list = lists.pop()) {
    for (const { name, args, block } of list) {
      if (block !== undefined) lists.push(block.directives);
      else if (name.value === 'include' && args.length === 1) patterns.add(args[0]!.value);
    }
  }
  return patterns;
}

/** Whether the name and the folder of a file suggest that it is nginx's; its content then decides. */
function isCandidateName(name: string, folder: string): boolean {
  if (OTHER_TYPES.test(name)) return false;
  if (/\.(conf|nginx|vhost)$/i.test(name.replace(BACKUP, '')) || /^nginx\b/i.test(name)) return true;
  return CONFIG_FOLDERS.test(folder.slice(folder.lastIndexOf('/') + 1));
}

/**
 * True where a directive at the top is written as nginx's are, so that `*.conf` files of other programs stay out. In a
 * file with syntax errors only a block with something known inside counts.
 */
function looksLikeNginx({ directives, problems }: ConfigFile): boolean {
  return directives.some(({ name, args, block }) => {
    const clear = problems.length === 0 || block?.directives.some(inner => directiveForms(inner.name.value).length > 0);
    const forms = directiveForms(name.value);
    return clear && forms.some(form => form.block === (block !== undefined) && acceptsCount(form, args.length));
  });
}

function noConfiguration(text: string): Notice {
  const help = 'name the main file (nginx.conf) or a folder that holds it.';
  return { kind: 'no-configuration', text, span: undefined, help, fatal: true };
}

function unreadableFolder(shown: string, fatal: boolean): Notice {
  const help = 'check who may list it.';
  return { kind: 'unreadable-file', text: `${shown} cannot be listed`, span: undefined, help, fatal };
}
