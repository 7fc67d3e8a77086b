import type { ConfigFile, Directive } from '../../grammar/ast.js';
import type { Notice } from '../notice.js';
import { holdsPlaceholder } from '../source/placeholder.js';
import type { SourceFile } from '../source/source-file.js';
import { acceptsCount, directiveForm, directiveForms } from './directives.js';
import { DISTRIBUTION_NAMES } from './distribution.js';
import { FRAGMENT_CONTEXTS, type FragmentContext } from './expand.js';
import { expandGlob, isGlob } from './glob.js';
import { absolutePath, folderOf, pathFromText } from './host.js';
import { mapPath, mapPattern, type PathMapping } from './path-map.js';
import { type ConfigReader, type LoadedFile, unreadable } from './reader.js';

/** A configuration, or a fragment of one, to be analysed. */
export interface Root {
  /** The absolute path of the main file, in bytes, for `expand`. */
  readonly path: string;
  /** Set for a fragment: the block in which it stands. */
  readonly fragment: FragmentContext | undefined;
  /** The folder that relative includes start from. */
  readonly folder: string;
  /** The files that reports are wanted for; undefined for all that the configuration includes. */
  readonly only: ReadonlySet<SourceFile> | undefined;
}

/** What is to be analysed. */
export interface Roots {
  /** Named files in their order; those of a folder sorted. */
  readonly roots: readonly Root[];
  readonly notices: readonly Notice[];
}

/** How roots are looked for. */
export interface RootOptions {
  readonly mappings?: readonly PathMapping[];
  /** The block in which fragments stand that do not say so themselves. */
  readonly context?: FragmentContext | undefined;
  /** Analyse files that no root includes as fragments. */
  readonly orphans?: boolean;
  /** True for a shown path that is left out: no root, no orphan. */
  readonly isIgnored?: (path: string) => boolean;
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

/** What the file of a template is called behind the name of the configuration. */
const TEMPLATE = /\.(j2|jinja2?|erb|epp|template|tmpl|tpl|ctmpl|gotmpl|hbs|mustache|in)$/i;

/** Folders above a named file in which its main file is looked for. */
const MAX_ABOVE = 5;

/** What the surroundings of a fragment could change. */
const MISSING: Readonly<Record<FragmentContext, string>> = {
  http: 'settings and maps of the http block and the servers of other files are not known, and could change what is said of it',
  server: 'which clients get there depends on the server around it, which is not known',
  location: 'which clients get there depends on the location and the server around it, which are not known',
  stream: 'only its directives were checked',
};

/** Entries of folders that are looked at before the search ends with a notice. */
const MAX_ENTRIES = 200_000;

/** Includes that are followed to tell which files belong to which root. */
const MAX_STEPS = 1_000_000;

/** File names that one notice lists. */
const MAX_NAMES = 20;

/**
 * The main files among the paths of the command line (as text; a file or a folder each). Without a path: the roots under
 * the current folder, or else those of /etc/nginx. A root of a folder is a file with `http`, `stream`, `mail` or `events`
 * at its top level, its includes counted, that no other root includes; symbolic links count once. A named file that is
 * no root stands for the roots that include it, with reports for that file only; where none does, it is a fragment.
 */
export function findRoots(paths: readonly string[], reader: ConfigReader, options: RootOptions = {}): Roots {
  const search = new Search(reader, options);
  const { currentFolder } = reader.host;
  if (paths.length > 0) {
    for (const path of paths) search.named(absolutePath(currentFolder, pathFromText(path)));
    search.parts();
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
  /** The roots by the identity of their file. */
  readonly roots = new Map<string, Root>();
  readonly notices: Notice[] = [];
  readonly #reader: ConfigReader;
  readonly #options: RootOptions;
  readonly #globs = new Map<string, readonly string[]>();
  /** Named files that are no roots. */
  readonly #parts: Candidate[] = [];
  #steps = 0;

  constructor(reader: ConfigReader, options: RootOptions) {
    this.#reader = reader;
    this.#options = options;
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
    const { config } = loaded;
    const { directives, problems } = config;
    if (directives.length === 0 && problems.length === 0) {
      this.notices.push(noConfiguration(`${shown} holds no directive`));
    } else if (directives.some(isNamedRootBlock) || this.#isMain({ path, file: loaded })) {
      this.#addRoot({ path, file: loaded });
    } else {
      this.#parts.push({ path, file: loaded });
    }
  }

  /** Takes the named files that are no roots: the roots that include them, or themselves as fragments. */
  parts(): void {
    const waiting = new Map(this.#parts.map(part => [part.file.identity, part]));
    for (const main of this.#parts.length === 0 ? [] : this.#mainsAround(this.#parts)) {
      const reached = this.#reachedFrom(main);
      const files = this.#parts.filter(part => reached.has(part.file.identity));
      if (files.length === 0) continue;
      this.#addRoot(main, new Set(files.map(part => part.file.config.source)));
      for (const { file } of files) waiting.delete(file.identity);
    }
    for (const part of waiting.values()) this.#addFragment(part, guessedFolder(part.path), true);
  }

  /** The main files in whose configuration the parts may be: those of the folders above them, and of the current folder. */
  #mainsAround(parts: readonly Candidate[]): readonly Candidate[] {
    const { currentFolder } = this.#reader.host;
    const mains = new Map<string, Candidate>();
    const add = (candidates: readonly Candidate[]): void => {
      for (const candidate of candidates) {
        if (!BACKUP.test(candidate.path) && this.#isMain(candidate)) mains.set(candidate.file.identity, candidate);
      }
    };
    const searched = new Set<string>();
    let isHere = false;
    for (const { path } of parts) {
      isHere ||= path.startsWith(currentFolder === '/' ? '/' : `${currentFolder}/`);
      let folder = folderOf(path);
      for (let above = 0; above < MAX_ABOVE && !searched.has(folder); above += 1) {
        searched.add(folder);
        add(this.#candidates(folder, false));
        if (folder === '/') break;
        folder = folderOf(folder);
      }
    }
    if (isHere && currentFolder !== '/') add(this.#candidates(currentFolder, true));
    return [...mains.values()].sort((one, other) => (one.path < other.path ? -1 : 1));
  }

  #addRoot({ path, file }: Candidate, only?: ReadonlySet<SourceFile>): void {
    const known = this.roots.get(file.identity);
    if (known !== undefined && (only !== undefined || known.only === undefined)) return;
    this.roots.set(file.identity, { path: known?.path ?? path, fragment: undefined, folder: folderOf(path), only });
  }

  /** Takes a file as a fragment, in the block that it or the command line names, or that its directives tell. */
  #addFragment({ path, file }: Candidate, folder: string, isNamed: boolean): void {
    if (this.roots.has(file.identity)) return;
    const { config, identity } = file;
    const { directives, problems, source } = config;
    const first = directives[0]?.name ?? { start: 0, end: 0 };
    const span = { file: source, start: first.start, end: first.end };
    const fragment = contextWritten(config) ?? this.#options.context ?? contextOf(directives);
    if (fragment === undefined && problems.some(() => config.template === undefined)) {
      // One with a syntax error is taken as it is, so that its error is reported.
      if (isNamed) this.roots.set(identity, { path, fragment: undefined, folder, only: undefined });
      return;
    }
    if (fragment === undefined) {
      this.notices.push({
        kind: 'fragment',
        text: `${source.path} is a part of a configuration, and its directives do not tell in which block it stands: it was not analysed`,
        span,
        help: `say --context ${FRAGMENT_CONTEXTS.join('|')}, or write the comment "# nginx-mtls-lint: context=server" into it.`,
        fatal: false,
      });
      return;
    }
    this.roots.set(identity, { path, fragment, folder, only: undefined });
    this.notices.push({
      kind: 'fragment',
      text: `${source.path} was analysed alone, as a part of ${fragment === 'http' || fragment === 'stream' ? `the ${fragment} block` : `a ${fragment}`}: ${MISSING[fragment]}`,
      span,
      help: 'name the main file that includes it, or the folder of both.',
      fatal: false,
    });
  }

  /** True where the packages' folder is there and is not the current one. */
  mayFallBack(): boolean {
    const { host } = this.#reader;
    return host.currentFolder !== DEFAULT_FOLDER && host.kind(DEFAULT_FOLDER) === 'directory';
  }

  /** Takes the roots below a folder, and says what it holds: parts without a root are given a notice. */
  folder(folder: string): 'roots' | 'parts' | 'nothing' {
    const candidates = this.#candidates(folder, true);
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
    for (const root of roots) this.#addRoot(root);
    const included = new Set(roots.flatMap(root => [root.file.identity, ...reached.get(root)!]));
    const rest = candidates.filter(
      ({ path, file }) =>
        !included.has(file.identity) &&
        looksLikeNginx(file.config) &&
        !DISTRIBUTION_NAMES.some(name => path === `${folder}/${name}`),
    );
    if (roots.length > 0 && this.#options.orphans !== true) {
      if (rest.length > 0) this.#listRest(rest);
    } else {
      this.#fragments(rest, folder);
    }
    return roots.length > 0 ? 'roots' : rest.length > 0 ? 'parts' : 'nothing';
  }

  /** Takes the files that no root leads to as fragments; what one of them includes is analysed through it. */
  #fragments(rest: readonly Candidate[], folder: string): void {
    const inner = new Set<string>();
    for (const part of rest) {
      for (const identity of this.#reachedFrom(part, folder)) if (identity !== part.file.identity) inner.add(identity);
    }
    const outer = rest.filter(part => !inner.has(part.file.identity));
    for (const part of outer.length > 0 ? outer : rest) this.#addFragment(part, folder, false);
  }

  /** One notice about files that no root leads to. */
  #listRest(rest: readonly Candidate[]): void {
    const names = rest.map(({ path }) => this.#reader.shown(path));
    const listed = names.slice(0, MAX_NAMES).join(', ');
    const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : '';
    const subject = names.length === 1 ? '1 file is' : `${names.length} files are`;
    this.notices.push({
      kind: 'not-included',
      text: `${subject} included by no root and not analysed: ${listed}${more}`,
      span: undefined,
      help: 'include them, remove what is not used any more, or analyse them with --orphans.',
      fatal: false,
    });
  }

  /** The files below a folder that may be nginx's, one path per file, sorted. */
  #candidates(top: string, isDeep: boolean): Candidate[] {
    const { host } = this.#reader;
    const byIdentity = new Map<string, Candidate>();
    const folders = [top];
    let entries = 0;
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      const names = host.list(folder);
      if (names === undefined) {
        if (isDeep) this.notices.push(unreadableFolder(this.#reader.shown(folder), folder === top));
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
        if (this.#options.isIgnored?.(this.#reader.shown(path)) === true) continue;
        // Most names of a source tree are told apart without a look at the file.
        const mayBeFile = isCandidateName(name, folder);
        if (!mayBeFile && /\.[A-Za-z0-9]+$/.test(name) && !name.endsWith('.d')) continue;
        const kind = host.kind(path);
        if (kind === 'directory') {
          // A linked folder is reached through the includes that name it, or lies elsewhere on purpose.
          if (isDeep && !SKIPPED_FOLDERS.has(name) && host.realPath(path) === absolutePath(host.realPath(folder), name))
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
  #reachedFrom({ path, file }: Candidate, base = folderOf(path)): Set<string> {
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
    const mappings = this.#options.mappings ?? [];
    const files: LoadedFile[] = [];
    for (const target of isGlob(pattern) ? this.#glob(mapPattern(path, mappings)) : [mapPath(path, mappings)]) {
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

/** In a file that somebody names, the name of the block is enough. */
function isNamedRootBlock({ args, block, name }: Directive): boolean {
  return block !== undefined && args.length === 0 && ROOT_BLOCKS.some(known => known === name.value);
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
  if (OTHER_TYPES.test(name.replace(TEMPLATE, ''))) return false;
  if (/\.(conf|nginx|vhost)$/i.test(name.replace(BACKUP, '').replace(TEMPLATE, '')) || /^nginx\b/i.test(name))
    return true;
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

/** The block that a comment of the file names: `# nginx-mtls-lint: context=server`. */
function contextWritten({ comments, source }: ConfigFile): FragmentContext | undefined {
  for (const { start, end } of comments) {
    const written = /^#\s*nginx-mtls-lint:\s*context=(\w+)\s*$/.exec(
      source.text.slice(start, Math.min(end, start + 200)),
    )?.[1];
    const context = FRAGMENT_CONTEXTS.find(known => known === written);
    if (context !== undefined) return context;
  }
  return undefined;
}

/** The block that all directives of a fragment allow, if there is just one; `server` stands for one of http. */
function contextOf(directives: readonly Directive[]): FragmentContext | undefined {
  let possible: readonly FragmentContext[] = FRAGMENT_CONTEXTS;
  for (const { block, name } of directives) {
    if (name.value === 'include' || holdsPlaceholder(name.value)) continue;
    const fitting = possible.filter(context => {
      const form = directiveForm(name.value, context);
      if (form === undefined || form.block !== (block !== undefined)) return false;
      // A server of stream has nothing in it that only one of http may have.
      return (
        context !== 'stream' ||
        name.value !== 'server' ||
        (block?.directives ?? []).every(inner => directiveForm(inner.name.value, 'stream-server') !== undefined)
      );
    });
    // A directive that fits nowhere is misplaced, or another module's.
    if (fitting.length > 0) possible = fitting;
  }
  if (possible.length === FRAGMENT_CONTEXTS.length) return undefined;
  if (
    possible.includes('http') &&
    directives.some(({ block, name }) => name.value === 'server' && block !== undefined)
  ) {
    const isStream = directives.every(
      ({ block, name }) =>
        name.value !== 'server' ||
        block?.directives.some(inner => directiveForm(inner.name.value, 'server') === undefined),
    );
    return isStream && possible.includes('stream') ? 'stream' : 'http';
  }
  // A directive of locations stands in a server as often as not; only `location` itself is sure to.
  if (directives.some(({ block, name }) => name.value === 'location' && block !== undefined))
    return possible.includes('server') ? 'server' : 'location';
  // What http and stream have in common is written for http.
  if (possible.includes('http') && !possible.includes('server')) return 'http';
  return possible.length === 1 ? possible[0] : undefined;
}

/** The folder that relative includes of a fragment most likely start from: the one above `conf.d`, `snippets` and the like. */
function guessedFolder(path: string): string {
  const folder = folderOf(path);
  const name = folder.slice(folder.lastIndexOf('/') + 1);
  return CONFIG_FOLDERS.test(name) && name !== 'nginx' ? folderOf(folder) : folder;
}

function noConfiguration(text: string): Notice {
  const help = 'name the main file (nginx.conf) or a folder that holds it.';
  return { kind: 'no-configuration', text, span: undefined, help, fatal: true };
}

function unreadableFolder(shown: string, fatal: boolean): Notice {
  const help = 'check who may list it.';
  return { kind: 'unreadable-file', text: `${shown} cannot be listed`, span: undefined, help, fatal };
}
