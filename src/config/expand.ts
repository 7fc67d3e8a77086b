import type { ConfigFile, Directive } from '../../grammar/ast.js';
import type { TemplateMarks } from '../../grammar/template.js';
import type { Notice } from '../notice.js';
import { holdsPlaceholder } from '../source/placeholder.js';
import { SourceFile, type Span } from '../source/source-file.js';
import { type ConfigNode, type Gap, type IncludeChain, nodeSpan } from './config-tree.js';
import { distributionFile, distributionName } from './distribution.js';
import { expandGlob, type GlobResult, isGlob } from './glob.js';
import { absolutePath, folderOf, isAbsolutePath, pathFromText } from './host.js';
import { MapSuggestions, mapPath, mapPattern, type PathMapping } from './path-map.js';
import { type ConfigReader, type Loaded, type LoadedFile, unreadable } from './reader.js';
import { isTemplated, templateEffect } from './templates.js';

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
  /** True where something at the top level could not be read; for blocks see `ConfigNode.gap`. */
  readonly incomplete: boolean;
  readonly notices: readonly Notice[];
  /** For a fragment: the file that stands for what surrounds it. Nobody wrote it, so no report may point there. */
  readonly surroundings: SourceFile | undefined;
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
  /** Where absolute paths of the configuration lie on this machine. */
  readonly mappings?: readonly PathMapping[];
  /** Set for a file that is only a part of a configuration: what surrounds it. */
  readonly fragment?: FragmentContext | undefined;
  /** The folder that relative includes start from. Default: that of the main file. */
  readonly folder?: string | undefined;
}

/** The block in which a fragment stands. */
export const FRAGMENT_CONTEXTS = ['http', 'server', 'location', 'stream'] as const;
export type FragmentContext = (typeof FRAGMENT_CONTEXTS)[number];

/**
 * What stands around a fragment, as far as it is certain. A server is taken for one with TLS, so that nothing is said of
 * a listener that is missing; it is incomplete, and so nothing in it is decided.
 */
const SURROUNDINGS: Readonly<Record<FragmentContext, string>> = {
  http: 'http { }',
  server: 'http { server { listen 443 ssl; } }',
  location: 'http { server { listen 443 ssl; location / { } } }',
  stream: 'stream { }',
};

/** Blocks whose lines nginx hands to a handler that knows no `include` (ngx_http_split_clients, ngx_http_charset_map). */
const WITHOUT_INCLUDE: ReadonlySet<string> = new Set(['split_clients', 'charset_map']);

/** Directives of http that no server inherits as a setting: what they define is unknown by itself. */
const HTTP_ONLY: ReadonlySet<string> = new Set([
  'map',
  'geo',
  'split_clients',
  'upstream',
  'include',
  'limit_req_zone',
  'limit_conn_zone',
]);

interface MutableNode extends ConfigNode {
  gap: Gap | undefined;
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
  /** Set where the file is a template. */
  readonly template: TemplateMarks | undefined;
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
 * read is in `notices`, and the blocks it could have changed have a `gap`.
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
  readonly #mappings: readonly PathMapping[];
  readonly #fragment: FragmentContext | undefined;
  /** Settings of http that a template leaves open: they hold for every server that has none of its own. */
  readonly #openSettings = new Map<ConfigNode, Map<string, Gap>>();
  #suggestions: MapSuggestions | undefined;
  #incomplete = false;
  #nodeCount = 0;
  #includeCount = 0;
  #exhausted = false;

  constructor(mainPath: string, reader: ConfigReader, options: ExpandOptions) {
    this.#reader = reader;
    this.#mainPath = absolutePath(reader.host.currentFolder, mainPath);
    this.#mainFolder = options.folder ?? folderOf(this.#mainPath);
    this.#mappings = options.mappings ?? [];
    this.#fragment = options.fragment;
    this.#prefix =
      options.prefix === undefined
        ? this.#mainFolder
        : absolutePath(reader.host.currentFolder, pathFromText(options.prefix));
  }

  run(): ConfigTree {
    const nodes: ConfigNode[] = [];
    const loaded = this.#reader.load(this.#mainPath);
    let main: SourceFile;
    let surroundings: SourceFile | undefined;
    if (loaded.problem !== undefined) {
      const shown = this.#reader.shown(this.#mainPath);
      main = new SourceFile(shown, '');
      this.#incomplete = true;
      this.#notices.push(unreadable(shown, loaded.problem, undefined, true));
    } else {
      main = loaded.config.source;
      const around = this.#surroundings(main, nodes);
      surroundings = around?.source;
      this.#enter(loaded, undefined, around, around?.children ?? nodes, 0);
      this.#expandFrames();
      this.#applyOpenSettings();
    }
    return {
      main,
      nodes,
      surroundings,
      incomplete: this.#incomplete,
      notices: this.#notices,
      files: [...this.#files],
      includes: this.#includes,
      resolvePath: (path, base = 'conf') =>
        mapPath(absolutePath(base === 'conf' ? this.#mainFolder : this.#prefix, path), this.#mappings),
    };
  }

  /** Puts the blocks around a fragment into the tree; the innermost is given back. */
  #surroundings(main: SourceFile, nodes: ConfigNode[]): (MutableNode & { children: ConfigNode[] }) | undefined {
    if (this.#fragment === undefined) return undefined;
    const file = this.#reader.parse(`(what surrounds ${main.path})`, SURROUNDINGS[this.#fragment]);
    this.#enter(file, undefined, undefined, nodes, 0);
    this.#expandFrames();
    let innermost = nodes[0] as MutableNode & { children: ConfigNode[] };
    const blocks = [innermost];
    for (const name of ['server', 'location']) {
      const inner = innermost.children.find(node => node.name === name);
      if (inner !== undefined) blocks.push((innermost = inner as typeof innermost));
    }
    const span = { file: main, start: 0, end: 0 };
    const gap: Gap = { text: `what surrounds ${main.path} is not known`, span, isAroundFragment: true };
    for (const block of blocks) this.#noteGap(block, gap);
    return innermost;
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
    const templated = frame.template !== undefined && isTemplated(directive, frame.template);
    const gap = undefined;
    const node = { name: name.value, args: values, directive, source, chain, parent, children, gap, templated };
    into.push(node);
    if (frame.template !== undefined) this.#applyTemplate(node, frame, frame.template);
    if (block === undefined || children === undefined) return;
    if (block.broken) {
      this.#noteGap(node, { text: `a syntax error is in this ${name.value} block`, span: nodeSpan(node) });
    }
    const { directives } = block;
    const identity = undefined;
    const { template } = frame;
    this.#frames.push({ directives, next: 0, source, chain, parent: node, into: children, depth, identity, template });
  }

  /** Marks what a placeholder or a condition of the template leaves open. */
  #applyTemplate(node: MutableNode, frame: DirectiveFrame, template: TemplateMarks): void {
    const { directive, parent, source } = node;
    const { around, own } = templateEffect(directive, parent?.name, template);
    const text = `${holdsPlaceholder(node.name) ? 'what stands here' : node.name} is decided by the template`;
    const span = { file: source, start: directive.start, end: (directive.args.at(-1) ?? directive.name).end };
    const gap: Gap = { text, span, ...(!holdsPlaceholder(node.name) && { directive: node.name }) };
    if (own) this.#noteGap(node, { text, span });
    if (!around) return;
    this.#noteGap(frame.parent, gap);
    if (parent?.name === 'http') {
      const names = this.#openSettings.get(parent) ?? new Map<string, Gap>();
      this.#openSettings.set(parent, names);
      if (!names.has(node.name)) names.set(node.name, gap);
    }
    this.#notice(directive, 'template', {
      kind: 'template',
      text: `${text}: what depends on it is unknown`,
      span,
      help: 'check the configuration that the template makes.',
      fatal: false,
    });
  }

  #applyOpenSettings(): void {
    for (const [http, names] of this.#openSettings) {
      for (const server of http.children ?? []) {
        if (server.name !== 'server' || server.children === undefined) continue;
        const own = new Set(server.children.map(child => child.name));
        for (const [name, gap] of names) {
          const isInherited = name !== 'server' && !HTTP_ONLY.has(name) && !holdsPlaceholder(name);
          if (isInherited && !own.has(name)) this.#noteGap(server as MutableNode, gap);
        }
      }
    }
  }

  #include(include: Directive, frame: DirectiveFrame): void {
    const { source, chain, parent, into, depth } = frame;
    const argument = include.args[0]!.value;
    const written = absolutePath(this.#mainFolder, argument);
    const glob = isGlob(argument);
    let targets: readonly string[];
    if (holdsPlaceholder(argument)) targets = this.#placeholderInclude(include, frame);
    else if (glob) targets = this.#glob(written, mapPattern(written, this.#mappings), include, frame);
    else targets = [written];
    if (targets.length > 0 && isAbsolutePath(argument)) this.#noticeElsewhere(include, written, frame);
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
    const isMatch = isGlob(frame.include.args[0]!.value);
    const loaded = this.#load(target, isMatch ? target : mapPath(target, this.#mappings));
    if (loaded.problem !== undefined) {
      const span = wordSpan(frame.include, frame.source);
      const shown = isMatch || loaded.problem.kind !== 'missing' ? mapPath(target, this.#mappings) : target;
      const notice = unreadable(this.#reader.shown(shown), loaded.problem, span, false);
      this.#noteGap(frame.parent, { text: notice.text, span });
      const suggestion = loaded.problem.kind === 'missing' ? this.#suggestion(this.#linked(target)) : undefined;
      this.#notice(frame.include, target, { ...notice, ...suggestion });
    } else if (this.#mayEnter(loaded, frame)) {
      this.#includeCount += 1;
      frame.files.push(loaded.config.source);
      this.#enter(loaded, frame.chain, frame.parent, frame.into, frame.depth + 1);
    } else {
      const text = `${loaded.config.source.path} is not read once more`;
      this.#noteGap(frame.parent, { text, span: wordSpan(frame.include, frame.source) });
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
    const { directives, source, template } = config;
    if (!this.#files.has(source)) {
      this.#files.add(source);
      this.#reportSyntax(config);
      if (template !== undefined) this.#reportTemplate(config, template);
    }
    const [problem] = config.problems;
    if (problem !== undefined) {
      const { end, reason, start } = problem;
      this.#noteGap(parent, { text: `a syntax error: ${reason}`, span: { file: source, start, end } });
    }
    this.#open.add(identity);
    this.#frames.push({ directives, next: 0, source, chain, parent, into, depth, identity, template });
  }

  /** The file that an include names, on this machine or built in. */
  #load(written: string, path: string): Loaded {
    const loaded = this.#reader.load(path);
    if (loaded.problem?.kind !== 'missing') return loaded;
    const name = distributionName(written, this.#mainFolder);
    return name === undefined ? loaded : this.#reader.parse(`(built in) ${name}`, distributionFile(name));
  }

  /** An include whose path is filled in by a template may take in anything. */
  #placeholderInclude(include: Directive, frame: Frame): readonly string[] {
    const text = 'the path of this include is filled in by a template: what it takes in is unknown';
    const span = wordSpan(include, frame.source);
    this.#noteGap(frame.parent, { text, span });
    this.#notice(include, 'template', {
      kind: 'template',
      text,
      span,
      help: 'check the configuration that the template makes.',
      fatal: false,
    });
    return [];
  }

  /**
   * A checkout whose absolute include exists on this machine as well, outside the checkout: what the checkout holds under
   * that name is most likely meant.
   */
  #noticeElsewhere(include: Directive, written: string, frame: Frame): void {
    const { host } = this.#reader;
    const isHere = (path: string): boolean => `${path}/`.startsWith(`${host.currentFolder}/`);
    if (!isHere(this.#mainFolder) || isHere(written) || mapPath(written, this.#mappings) !== written) return;
    const path = isGlob(written) ? literalFolder(written) : written;
    if (host.kind(path) === 'missing') return;
    const suggestion = this.#suggestion(path);
    if (suggestion === undefined) return;
    this.#notice(include, 'elsewhere', {
      kind: 'missing-file',
      text: `${include.args[0]!.value} is read from this machine's ${folderOf(path)}, not from here`,
      span: wordSpan(include, frame.source),
      ...suggestion,
      fatal: false,
    });
  }

  /** Where a link that leads nowhere is meant to lead; the path itself where it is none, or leads to its neighbourhood. */
  #linked(path: string): string {
    const target = this.#reader.host.linkTarget(path);
    return target === undefined || !isAbsolutePath(target) ? path : absolutePath('/', target);
  }

  /** The --map under which a missing path is found, in words. */
  #suggestion(path: string): Pick<Notice, 'help' | 'mapping'> | undefined {
    const { host } = this.#reader;
    const { currentFolder } = host;
    const isBelow = this.#mainFolder === currentFolder || this.#mainFolder.startsWith(`${currentFolder}/`);
    this.#suggestions ??= new MapSuggestions(host, isBelow ? currentFolder : this.#mainFolder);
    const found = this.#suggestions.for(path);
    if (found === undefined) return undefined;
    return { help: `the path exists here with --map ${found.from}=${this.#reader.shown(found.to)}`, mapping: found };
  }

  /** The folder of a pattern that is not on this machine, or undefined; nginx's own machine may well have it. */
  #missingFolder(pattern: string, mapped: string): string | undefined {
    if (!isAbsolutePath(pattern) || pattern.startsWith(`${this.#mainFolder}/`)) return undefined;
    return this.#reader.host.kind(literalFolder(mapped).replace(/\\(.)/g, '$1')) === 'directory'
      ? undefined
      : literalFolder(pattern);
  }

  #glob(written: string, pattern: string, directive: Directive, frame: Frame): readonly string[] {
    const missing = this.#missingFolder(written, pattern);
    if (missing !== undefined) {
      const help = 'run the check where the folder is, or say with --map where it lies here.';
      const text = `the folder ${this.#reader.shown(missing)} is not on this machine: what ${directive.args[0]!.value} takes in is unknown`;
      const span = wordSpan(directive, frame.source);
      this.#noteGap(frame.parent, { text, span });
      const notice = { kind: 'missing-file', text, span, help, fatal: false } as const;
      this.#notice(directive, 'missing', { ...notice, ...this.#suggestion(missing) });
    }
    let result = this.#globs.get(pattern);
    if (result === undefined) {
      result = expandGlob(pattern, this.#reader.host);
      this.#globs.set(pattern, result);
    }
    if (!result.complete) {
      const text = `the pattern ${directive.args[0]!.value} looks into too many folders: only some of its files were read`;
      const span = wordSpan(directive, frame.source);
      this.#noteGap(frame.parent, { text, span });
      this.#notice(directive, 'bound', {
        kind: 'bound',
        text,
        span,
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
    const text = `${what}: the rest was not read`;
    const span = wordSpan(directive, frame.source);
    for (const open of this.#frames) this.#noteGap(open.parent, { text, span });
    this.#notices.push({
      kind: 'bound',
      text,
      span,
      help: 'look for snippets that include each other, or name the parts of the configuration one by one.',
      fatal: false,
    });
  }

  #noteGap(node: MutableNode | undefined, gap: Gap): void {
    if (node === undefined) this.#incomplete = true;
    // What may be anything counts more than one directive.
    else if (node.gap?.directive !== undefined && gap.directive === undefined) node.gap = gap;
    else node.gap ??= gap;
  }

  #reportTemplate({ source }: ConfigFile, { count, first, regions }: TemplateMarks): void {
    const parts = [
      ...(count > 0 ? [`${count} placeholder${count === 1 ? '' : 's'}`] : []),
      ...(regions.length > 0 ? ['conditions'] : []),
    ];
    this.#notices.push({
      kind: 'template',
      text: `${source.path} is a template: what depends on its ${parts.join(' and ') || 'statements'} is unknown`,
      span: { file: source, ...first },
      help: 'check the configuration that the template makes as well.',
      fatal: false,
    });
  }

  #reportSyntax(config: ConfigFile): void {
    const { problems, source } = config;
    // What a template prints may well be in order where the template is not: a condition around half a block, say.
    const fatal = config.template === undefined;
    for (const { reason, help, start, end } of problems.slice(0, MAX_SYNTAX_NOTICES)) {
      this.#notices.push({ kind: 'syntax', text: reason, span: { file: source, start, end }, help, fatal });
    }
    const next = problems[MAX_SYNTAX_NOTICES];
    if (next === undefined) return;
    const { start, end } = next;
    const text = `${problems.length - MAX_SYNTAX_NOTICES} more syntax errors from here on`;
    this.#notices.push({ kind: 'syntax', text, span: { file: source, start, end }, fatal });
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

/** The folders of a pattern in front of its first wildcard. */
function literalFolder(pattern: string): string {
  return pattern.slice(0, pattern.slice(0, pattern.search(/[*?[]/)).lastIndexOf('/')) || '/';
}

function wordSpan(directive: Directive, file: SourceFile): Span {
  const { start, end } = directive.args[0] ?? directive.name;
  return { file, start, end };
}
