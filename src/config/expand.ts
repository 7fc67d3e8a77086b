import type { ConfigFile, Directive } from '../../grammar/ast.js';
import type { Notice } from '../notice.js';
import { SourceFile, type Span } from '../source/source-file.js';
import type { ConfigNode, IncludeChain } from './config-tree.js';
import { distributionFile, distributionName } from './distribution.js';
import { expandGlob, type GlobResult, isGlob } from './glob.js';
import { absolutePath, folderOf, pathFromText } from './host.js';
import { type ConfigReader, type Loaded, type LoadedFile, unreadable } from './reader.js';

/** Includes inside includes. nginx keeps each file of a chain open, so about a thousand descriptors end it there too. */
const MAX_DEPTH = 1_000;

/** Files included, counted at every include site. Ten thousand must work; beyond this snippets include each other. */
const MAX_INCLUDES = 100_000;

/** Directives after expansion. */
const MAX_NODES = 1_000_000;

/** Syntax problems of one file that are reported one by one. */
const MAX_SYNTAX_NOTICES = 20;

/** A configuration with its includes expanded. */
export interface ConfigTree {
  /** The main file; empty where it could not be read. */
  readonly main: SourceFile;
  /** The directives at the top, in the order in which nginx reads them. Well-formed `include`s are not among them. */
  readonly nodes: readonly ConfigNode[];
  /** True where something at the top level could not be read; for blocks see `ConfigNode.incomplete`. */
  readonly incomplete: boolean;
  readonly notices: readonly Notice[];
  /** Every file that was read, built-in ones included, in the order of first opening. */
  readonly files: readonly SourceFile[];
  /** Every `include` that was carried out, once per place where it stands after expansion. */
  readonly includes: readonly IncludeSite[];
  /** The host's absolute path for a path argument of a directive: see `pathBase` for the second parameter. */
  readonly resolvePath: (path: string, base?: PathBase) => string;
}

/** An `include` directive in the place where nginx executes it. */
export interface IncludeSite {
  readonly directive: Directive;
  readonly source: SourceFile;
  readonly chain: IncludeChain | undefined;
  /** The block it stands in; undefined at the top. */
  readonly parent: ConfigNode | undefined;
  /** True where the argument is a pattern, which may match nothing. */
  readonly glob: boolean;
  /** The files it took in. */
  readonly files: readonly SourceFile[];
}

/** Which folder a relative path starts from: that of the main file, or nginx's prefix (ngx_conf_full_name). */
export type PathBase = 'conf' | 'prefix';

/** Directives whose paths are relative to the prefix (`ngx_conf_full_name(…, 0)` in their handlers). */
const PREFIX_BASED: ReadonlySet<string> = new Set([
  'access_log',
  'alias',
  'client_body_temp_path',
  'error_log',
  'fastcgi_cache_path',
  'fastcgi_store',
  'fastcgi_temp_path',
  'load_module',
  'lock_file',
  'pid',
  'proxy_cache_path',
  'proxy_store',
  'proxy_temp_path',
  'root',
  'scgi_cache_path',
  'scgi_store',
  'scgi_temp_path',
  'uwsgi_cache_path',
  'uwsgi_store',
  'uwsgi_temp_path',
]);

/** Where relative path arguments of a directive start. Certificates, CRLs, keys, includes, password files: `conf`. */
export function pathBase(directive: string): PathBase {
  return PREFIX_BASED.has(directive) ? 'prefix' : 'conf';
}

/** How a configuration is read. */
export interface ExpandOptions {
  /**
   * nginx's `-p`, absolute or relative to the current folder, as the command line gives it (text, not bytes). Default: the
   * folder of the main file.
   */
  readonly prefix?: string;
}

/** Blocks whose lines nginx hands to a handler that knows no `include` (ngx_http_split_clients, ngx_http_charset_map). */
const WITHOUT_INCLUDE: ReadonlySet<string> = new Set(['split_clients', 'charset_map']);

interface MutableNode extends ConfigNode {
  incomplete: boolean;
  readonly parent: MutableNode | undefined;
}

/** Something that is being expanded: what it is part of, and how far it got. */
interface Frame {
  next: number;
  readonly source: SourceFile;
  readonly chain: IncludeChain | undefined;
  readonly parent: MutableNode | undefined;
  readonly into: ConfigNode[];
  /** Includes that lead here. */
  readonly depth: number;
}

/** The directives of a block, or of a file in the place of its include. */
interface DirectiveFrame extends Frame {
  readonly directives: readonly Directive[];
  /** Set for a file: its mark among the open files. */
  readonly identity: string | undefined;
}

/** The files that one `include` takes in, one after the other. */
interface IncludeFrame extends Frame {
  readonly directives: undefined;
  readonly include: Directive;
  readonly targets: readonly string[];
  readonly files: SourceFile[];
}

/**
 * Reads a main file and everything it includes. Each include site gets its own nodes, in the context of that site, from
 * a file that is read once. `mainPath` is absolute, in bytes, as `findRoots` gives it. Never throws: what could not be
 * read is in `notices`, and the blocks it could have changed are `incomplete`.
 */
export function expand(mainPath: string, reader: ConfigReader, options: ExpandOptions = {}): ConfigTree {
  return new Expansion(mainPath, reader, options).run();
}

class Expansion {
  readonly #reader: ConfigReader;
  readonly #mainPath: string;
  readonly #mainFolder: string;
  readonly #prefix: string;
  readonly #notices: Notice[] = [];
  readonly #files = new Set<SourceFile>();
  readonly #includes: IncludeSite[] = [];
  readonly #globs = new Map<string, GlobResult>();
  /** Identities of the files whose directives are being expanded. */
  readonly #open = new Set<string>();
  /** What has been reported, so that a snippet in a thousand servers gives one notice. */
  readonly #reported = new Map<Directive, Set<string>>();
  readonly #frames: (DirectiveFrame | IncludeFrame)[] = [];
  #incomplete = false;
  #nodeCount = 0;
  #includeCount = 0;
  #exhausted = false;

  constructor(mainPath: string, reader: ConfigReader, options: ExpandOptions) {
    this.#reader = reader;
    this.#mainPath = absolutePath(reader.host.currentFolder, mainPath);
    this.#mainFolder = folderOf(this.#mainPath);
    this.#prefix =
      options.prefix === undefined
        ? this.#mainFolder
        : absolutePath(reader.host.currentFolder, pathFromText(options.prefix));
  }

  run(): ConfigTree {
    const nodes: ConfigNode[] = [];
    const loaded = this.#reader.load(this.#mainPath);
    let main: SourceFile;
    if (loaded.problem !== undefined) {
      const shown = this.#reader.shown(this.#mainPath);
      main = new SourceFile(shown, '');
      this.#incomplete = true;
      this.#notices.push(unreadable(shown, loaded.problem, undefined, true));
    } else {
      main = loaded.config.source;
      this.#enter(loaded, undefined, undefined, nodes, 0);
      this.#expandFrames();
    }
    return {
      main,
      nodes,
      incomplete: this.#incomplete,
      notices: this.#notices,
      files: [...this.#files],
      includes: this.#includes,
      resolvePath: (path, base = 'conf') => absolutePath(base === 'conf' ? this.#mainFolder : this.#prefix, path),
    };
  }

  #expandFrames(): void {
    // An explicit stack: blocks may be nested deeper than the call stack goes.
    for (let frame = this.#frames.at(-1); frame !== undefined && !this.#exhausted; frame = this.#frames.at(-1)) {
      if (frame.directives === undefined) this.#nextFile(frame);
      else this.#nextDirective(frame);
    }
  }

  #nextDirective(frame: DirectiveFrame): void {
    const directive = frame.directives[frame.next];
    if (directive === undefined) {
      this.#frames.pop();
      if (frame.identity !== undefined) this.#open.delete(frame.identity);
      return;
    }
    frame.next += 1;
    const { source, chain, parent, into, depth } = frame;
    if (isInclude(directive, parent)) {
      this.#include(directive, frame);
      return;
    }
    if (this.#nodeCount === MAX_NODES) {
      this.#exhaust(frame, directive, `more than ${MAX_NODES} directives after the includes are expanded`);
      return;
    }
    this.#nodeCount += 1;
    const { name, args, block } = directive;
    const children: ConfigNode[] | undefined = block && [];
    const values = args.map(word => word.value);
    const node = { name: name.value, args: values, directive, source, chain, parent, children, incomplete: false };
    into.push(node);
    if (block === undefined || children === undefined) return;
    if (block.broken) this.#markIncomplete(node);
    const { directives } = block;
    const identity = undefined;
    this.#frames.push({ directives, next: 0, source, chain, parent: node, into: children, depth, identity });
  }

  #include(include: Directive, frame: DirectiveFrame): void {
    const { source, chain, parent, into, depth } = frame;
    const argument = include.args[0]!.value;
    const path = absolutePath(this.#mainFolder, argument);
    const glob = isGlob(argument);
    const targets = glob ? this.#glob(path, include, frame) : [path];
    const files: SourceFile[] = [];
    this.#includes.push({ directive: include, source, chain, parent, glob, files });
    const link: IncludeChain = { directive: include, source, parent: chain };
    const directives = undefined;
    this.#frames.push({ directives, include, targets, files, next: 0, source, chain: link, parent, into, depth });
  }

  #nextFile(frame: IncludeFrame): void {
    const target = frame.targets[frame.next];
    if (target === undefined) {
      this.#frames.pop();
      return;
    }
    frame.next += 1;
    const loaded = this.#load(target);
    if (loaded.problem !== undefined) {
      this.#markIncomplete(frame.parent);
      const span = wordSpan(frame.include, frame.source);
      const notice = unreadable(this.#reader.shown(target), loaded.problem, span, false);
      this.#notice(frame.include, target, notice);
    } else if (this.#mayEnter(loaded, frame)) {
      this.#includeCount += 1;
      frame.files.push(loaded.config.source);
      this.#enter(loaded, frame.chain, frame.parent, frame.into, frame.depth + 1);
    } else {
      this.#markIncomplete(frame.parent);
    }
  }

  /** Starts the directives of a file in the place where they are included. */
  #enter(
    file: LoadedFile,
    chain: IncludeChain | undefined,
    parent: MutableNode | undefined,
    into: ConfigNode[],
    depth: number,
  ): void {
    const { config, identity } = file;
    const { directives, source } = config;
    if (!this.#files.has(source)) {
      this.#files.add(source);
      this.#reportSyntax(config);
    }
    if (config.problems.length > 0) this.#markIncomplete(parent);
    this.#open.add(identity);
    this.#frames.push({ directives, next: 0, source, chain, parent, into, depth, identity });
  }

  #load(path: string): Loaded {
    const loaded = this.#reader.load(path);
    if (loaded.problem?.kind !== 'missing') return loaded;
    const name = distributionName(path, this.#mainFolder);
    return name === undefined ? loaded : this.#reader.parse(`(built in) ${name}`, distributionFile(name));
  }

  #glob(pattern: string, directive: Directive, frame: Frame): readonly string[] {
    let result = this.#globs.get(pattern);
    if (result === undefined) {
      result = expandGlob(pattern, this.#reader.host);
      this.#globs.set(pattern, result);
    }
    if (!result.complete) {
      this.#markIncomplete(frame.parent);
      this.#notice(directive, 'bound', {
        kind: 'bound',
        text: `the pattern ${directive.args[0]!.value} looks into too many folders: only some of its files were read`,
        span: wordSpan(directive, frame.source),
        help: 'name the folder more exactly.',
        fatal: false,
      });
    }
    return result.paths;
  }

  #mayEnter(file: LoadedFile, frame: IncludeFrame): boolean {
    const { include, source } = frame;
    if (this.#open.has(file.identity)) {
      this.#notice(include, file.identity, {
        kind: 'include-cycle',
        text: `${file.config.source.path} includes itself: nginx would not stop reading it`,
        span: wordSpan(include, source),
        help: 'remove the include that leads back.',
        fatal: true,
      });
      return false;
    }
    if (frame.depth === MAX_DEPTH) {
      this.#exhaust(frame, include, `more than ${MAX_DEPTH} includes inside each other`);
      return false;
    }
    if (this.#includeCount === MAX_INCLUDES) {
      this.#exhaust(frame, include, `more than ${MAX_INCLUDES} files included, counted at every include`);
      return false;
    }
    return true;
  }

  /** Ends the expansion: a limit was hit, and everything still open is incomplete. */
  #exhaust(frame: Frame, directive: Directive, what: string): void {
    this.#exhausted = true;
    this.#incomplete = true;
    for (const open of this.#frames) this.#markIncomplete(open.parent);
    this.#notices.push({
      kind: 'bound',
      text: `${what}: the rest was not read`,
      span: wordSpan(directive, frame.source),
      help: 'look for snippets that include each other, or name the parts of the configuration one by one.',
      fatal: false,
    });
  }

  #markIncomplete(node: MutableNode | undefined): void {
    this.#incomplete ||= node === undefined;
    if (node !== undefined) node.incomplete = true;
  }

  #reportSyntax(config: ConfigFile): void {
    const { problems, source } = config;
    for (const { reason, help, start, end } of problems.slice(0, MAX_SYNTAX_NOTICES)) {
      this.#notices.push({ kind: 'syntax', text: reason, span: { file: source, start, end }, help, fatal: true });
    }
    const next = problems[MAX_SYNTAX_NOTICES];
    if (next === undefined) return;
    const { start, end } = next;
    const text = `${problems.length - MAX_SYNTAX_NOTICES} more syntax errors from here on`;
    this.#notices.push({ kind: 'syntax', text, span: { file: source, start, end }, fatal: true });
  }

  /** Adds a notice about a directive unless the same one, told apart by `key`, was given at another include site. */
  #notice(directive: Directive, key: string, notice: Notice): void {
    let keys = this.#reported.get(directive);
    if (keys === undefined) {
      keys = new Set();
      this.#reported.set(directive, keys);
    }
    if (keys.has(key)) return;
    keys.add(key);
    this.#notices.push(notice);
  }
}

function isInclude(directive: Directive, parent: ConfigNode | undefined): boolean {
  return (
    directive.name.value === 'include' &&
    directive.args.length === 1 &&
    directive.block === undefined &&
    directive.script === undefined &&
    !(parent !== undefined && WITHOUT_INCLUDE.has(parent.name))
  );
}

function wordSpan(directive: Directive, file: SourceFile): Span {
  const { start, end } = directive.args[0] ?? directive.name;
  return { file, start, end };
}
