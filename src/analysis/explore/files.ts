import type { ConfigNode } from '../../config/config-tree.js';
import type { Location, VirtualServer } from '../../model/model.js';
import { parseTemplate } from '../../model/template.js';
import { complement, everything, type Language, literal, union } from '../../pcre/language.js';
import { endsWith, FILE_NAME, NOT_EMPTY, startsWith } from '../input-languages.js';
import { normalise, type Value } from '../value.js';
import type { Errors } from './errors.js';
import {
  ABSENT,
  doubt,
  type Exploration,
  FILE,
  FOLDER,
  look,
  ownMethod,
  reasonAt,
  type State,
  type Tools,
  type Ways,
} from './state.js';
import type { Values } from './values.js';
import type { WayBound } from './way-bound.js';

const VIEWING = union(literal('GET'), literal('HEAD'));
const POSTING = literal('POST');

/** try_files, index, autoindex and static files, with what is assumed of the disk. */
export class Files {
  readonly #tools: Tools;
  readonly #server: VirtualServer;
  readonly #ways: Ways;
  readonly #values: Values;
  readonly #errors: Errors;
  readonly #bound: WayBound;

  constructor(exploration: Exploration, ways: Ways, values: Values, errors: Errors, bound: WayBound) {
    this.#tools = exploration.tools;
    this.#server = exploration.entry.server;
    this.#ways = ways;
    this.#values = values;
    this.#errors = errors;
    this.#bound = bound;
  }

  /** try_files (rows 10.1-10.8): a file that is found is served here; else the last element decides. Never inherited. */
  tryFiles(state: State): void {
    const [node] = state.scope.own('try_files');
    if (node === undefined) {
      this.#ways.push('content', state);
      return;
    }
    for (const { state: rooted, value: root, alias } of this.#roots(state)) {
      if (alias !== undefined && !rooted.validLocation) {
        this.#errors.raise(rooted, 500, node);
        continue;
      }
      const missed = this.#bound.throughAll([rooted], node.args.slice(0, -1), (missing, element) =>
        this.#tryFile(missing, element, root, alias),
      );
      const last = node.args.at(-1)!;
      for (const missing of missed) {
        if (last.startsWith('=')) this.#errors.raise(missing, Number(last.slice(1)), node);
        else for (const way of this.#element(missing, last, alias)) this.#fallBack(way.state, way.value, alias, node);
      }
    }
  }

  /** The last element. nginx looks at the byte in front of an empty path, which is the end of the alias: chance decides. */
  #fallBack(state: State, target: Value, alias: Location | undefined, node: ConfigNode): void {
    const empty = alias === undefined ? undefined : state.knowledge.assume(target, [literal('')]);
    if (empty !== undefined) {
      const reason = reasonAt('try_files', node, 'what the end of the alias makes of an empty path is chance');
      this.#errors.fallBack(doubt({ ...state, knowledge: empty }, reason), []);
    }
    const other = alias === undefined ? state.knowledge : state.knowledge.assume(target, [NOT_EMPTY]);
    if (other !== undefined) this.#errors.fallBack({ ...state, knowledge: other }, target);
  }

  /** An element of try_files: below an alias the text of the location is cut from one that variables make up. */
  #element(state: State, written: string, alias: Location | undefined): { state: State; value: Value }[] {
    const template = parseTemplate(written);
    const prefix = prefixOf(alias);
    const ways = this.#values.evaluate(state, template);
    if (prefix === '' || template.every(piece => piece.kind === 'text')) return ways;
    return ways.flatMap(({ state: read, value }) => {
      const found: { state: State; value: Value }[] = [];
      const cut = this.#cut(read, value, prefix);
      if (cut !== undefined) found.push(cut);
      const other = read.knowledge.assume(value, [complement(startsWith(prefix))]);
      if (other !== undefined) found.push({ state: { ...read, knowledge: other }, value });
      return found;
    });
  }

  /** A value behind a text that it begins with; undefined where it cannot begin so. */
  #cut(state: State, value: Value, prefix: string): { state: State; value: Value } | undefined {
    const knowledge = state.knowledge.assume(value, [startsWith(prefix)]);
    const resolved = knowledge?.resolve(value);
    if (knowledge === undefined || resolved === undefined) return undefined;
    const [first, ...rest] = resolved;
    if (typeof first === 'string' && first.startsWith(prefix)) {
      return { state: { ...state, knowledge }, value: normalise([first.slice(prefix.length), ...rest]) };
    }
    if (typeof first === 'object') {
      const part = this.#tools.symbols.part(`${first.name} behind ${prefix}`, everything, [first]);
      const bound = knowledge.bind(first, [prefix, part]);
      if (bound !== undefined) return { state: { ...state, knowledge: bound }, value: [part, ...rest] };
    }
    const part = this.#tools.symbols.loose(`what follows ${prefix}`, everything, undefined);
    return { state: { ...state, knowledge }, value: [part] };
  }

  /** One element of try_files but the last: goes on where it is found, and returns the states in which it is not. */
  #tryFile(state: State, element: string, root: Value, alias: Location | undefined): State[] {
    const isFolder = element.endsWith('/');
    const missed: State[] = [];
    for (const { state: read, value: name } of this.#element(state, isFolder ? element.slice(0, -1) : element, alias)) {
      const path = normalise([...root, ...name]);
      const found = look(read, path, isFolder ? FOLDER : FILE);
      if (found !== undefined) this.#ways.push('content', this.#foundBelow(found, name, alias, isFolder));
      const other = look(read, path, isFolder ? FILE | ABSENT : FOLDER | ABSENT);
      if (other !== undefined) missed.push(other);
    }
    return missed;
  }

  #foundBelow(state: State, name: Value, alias: Location | undefined, isFolder: boolean): State {
    if (alias?.match.kind !== 'regex') return { ...state, uri: normalise([prefixOf(alias), ...name]) };
    return isFolder ? state : { ...state, uri: name, addsUriToAlias: true };
  }

  /** The folder of static files, and the location that says `alias`, if one does. */
  #roots(state: State): { state: State; value: Value; alias: Location | undefined }[] {
    const node = state.scope.effective('root', 'alias').at(-1);
    if (node === undefined) return [{ state, value: ['html'], alias: undefined }];
    return this.#values.evaluate(state, parseTemplate(node.args[0] ?? '')).map(({ state: read, value }) => {
      if (node.name === 'alias') return { state: read, value, alias: aliasOwner(state) };
      const last = value.at(-1);
      const root = typeof last === 'string' ? normalise([...value.slice(0, -1), last.replace(/\/$/, '')]) : value;
      return { state: read, value: root, alias: undefined };
    });
  }

  /**
   * The path of the URI below the root in force (ngx_http_map_uri_to_path); without a path where nginx gives up because the
   * URI was rewritten below an alias.
   */
  #paths(state: State): { state: State; path: Value | undefined }[] {
    return this.#roots(state).map(({ state: read, value: root, alias }) => {
      if (alias === undefined) return { state: read, path: normalise([...root, ...read.uri]) };
      if (!read.validLocation) return { state: read, path: undefined };
      if (alias.match.kind === 'regex') {
        return { state: read, path: read.addsUriToAlias ? normalise([...root, ...read.uri]) : root };
      }
      const cut = this.#cut(read, read.uri, prefixOf(alias));
      return cut === undefined
        ? { state: read, path: normalise([...root, ...read.uri]) }
        : { state: cut.state, path: normalise([...root, ...cut.value]) };
    });
  }

  /**
   * index, autoindex and static files in nginx's order (row 6.19): all of them know GET, HEAD and POST, but only the index
   * gives something for POST.
   */
  serveFiles(state: State): void {
    const node = state.scope.setting('root') ?? state.scope.node ?? this.#server.node;
    const method = ownMethod(state);
    const others = state.knowledge.assume(method, [complement(union(VIEWING, POSTING))]);
    if (others !== undefined) this.#changeFiles({ ...state, knowledge: others });
    for (const methods of [VIEWING, POSTING]) {
      const views = methods === VIEWING;
      const isFile = state.knowledge.assume(method, [methods])?.assume(state.uri, [complement(endsWith('/'))]);
      if (isFile !== undefined) this.#serveFile({ ...state, knowledge: isFile }, node, views);
      const isFolder = state.knowledge.assume(method, [methods])?.assume(state.uri, [endsWith('/')]);
      if (isFolder !== undefined) this.#serveFolder({ ...state, knowledge: isFolder }, node, views);
    }
  }

  /** A method that reads nothing: what dav_methods lists changes files, without content; any other is refused. */
  #changeFiles(state: State): void {
    const method = ownMethod(state);
    const dav = state.scope.setting('dav_methods');
    const changing = union(...(dav?.args ?? []).map(literal));
    const changes = state.knowledge.assume(method, [changing]);
    if (changes !== undefined) {
      const reason = reasonAt('handler', dav!, 'what dav_methods answers depends on the files');
      const open = doubt({ ...state, knowledge: changes }, reason);
      for (const code of [400, 403, 404, 409, 412, 415, 500, 501]) this.#errors.raiseQuietly(open, code);
    }
    const others = state.knowledge.assume(method, [complement(changing)]);
    if (others !== undefined) this.#errors.raiseQuietly({ ...state, knowledge: others }, 405);
  }

  /**
   * A file that flv or mp4 sends: content of their own; folders are left to the handlers behind (ngx_http_flv_handler,
   * ngx_http_mp4_handler). Arrives where a file is found, with GET and HEAD alone.
   */
  serveMedia(state: State, arrive: (found: State) => void): void {
    const isFile = state.knowledge.assume(state.uri, [complement(endsWith('/'))]);
    if (isFile !== undefined) {
      for (const { state: read, path } of this.#paths({ ...state, knowledge: isFile })) {
        if (path === undefined) {
          this.#errors.raiseQuietly(read, 500);
          continue;
        }
        const found = look(read, path, FILE);
        if (found !== undefined) arrive(found);
        const missing = look(read, path, ABSENT);
        if (missing !== undefined) this.#errors.raiseQuietly(missing, 404);
        const folder = look(read, path, FOLDER);
        if (folder !== undefined) this.serveFiles(folder);
      }
    }
    const isFolder = state.knowledge.assume(state.uri, [endsWith('/')]);
    if (isFolder !== undefined) this.serveFiles({ ...state, knowledge: isFolder });
  }

  /** A path without a slash at its end. */
  #serveFile(state: State, node: ConfigNode, views: boolean): void {
    for (const { state: read, path } of this.#paths(state)) {
      if (path === undefined) {
        this.#errors.raise(read, 500, node);
        continue;
      }
      const found = look(read, path, FILE);
      if (found !== undefined) {
        if (views) this.#arriveAtFiles(found, node);
        else this.#errors.raiseQuietly(found, 405);
      }
      const missing = look(read, path, ABSENT);
      if (missing !== undefined) this.#errors.raiseQuietly(missing, 404);
      const folder = look(read, path, FOLDER);
      if (folder !== undefined) this.#errors.raiseQuietly(folder, 301);
    }
  }

  /** A path with a slash at its end. */
  #serveFolder(state: State, node: ConfigNode, views: boolean): void {
    const random = state.scope.setting('random_index');
    if (random?.args[0]?.toLowerCase() === 'on') {
      this.#serveAnyOf(state, random);
      return;
    }
    const fancy = state.scope.setting('fancyindex');
    if (fancy?.args[0]?.toLowerCase() === 'on') {
      const listed = doubt(state, reasonAt('handler', fancy, 'fancyindex is not analysed'));
      if (views) this.#arriveAtFiles(listed, node);
    }
    const names = state.scope.effective('index').flatMap(({ args }) => args);
    const without = this.#bound.throughAll([state], names.length === 0 ? ['index.html'] : names, (missing, file) =>
      this.#tryIndex(missing, file, node),
    );
    const lists = views && state.scope.value('autoindex', 'off').toLowerCase() === 'on';
    for (const missing of without) {
      if (!lists) {
        this.#errors.raiseQuietly(missing, 403);
        continue;
      }
      for (const { state: read, path } of this.#paths(missing)) {
        if (path === undefined) {
          this.#errors.raise(read, 500, node);
          continue;
        }
        const folder = look(read, path, FOLDER);
        if (folder !== undefined) this.#arriveAtFiles(folder, node);
        const other = look(read, path, FILE | ABSENT);
        if (other !== undefined) this.#errors.raiseQuietly(other, 404);
      }
    }
  }

  /** random_index: a redirect to whichever file of the folder chance picks (ngx_http_random_index_handler). */
  #serveAnyOf(state: State, node: ConfigNode): void {
    const name = this.#tools.symbols.loose('a file of the folder', FILE_NAME, undefined);
    const picked = doubt(state, reasonAt('handler', node, 'random_index picks a file by chance'));
    this.#ways.redirect({ ...picked, uri: normalise([...picked.uri, name]) });
    for (const code of [403, 404, 500]) this.#errors.raiseQuietly(picked, code);
  }

  /** One element of `index`: redirects where the file is there, and returns the states in which it is not. */
  #tryIndex(state: State, file: string, node: ConfigNode): State[] {
    const template = parseTemplate(file);
    if (file.startsWith('/') && template.every(piece => piece.kind === 'text')) {
      // Nothing is looked up; the arguments of the request stay (row 10.10c).
      this.#ways.redirect({ ...state, uri: [file] });
      return [];
    }
    const missed: State[] = [];
    for (const { state: read, value: name } of this.#values.evaluateAsRead(state, template)) {
      for (const { state: known, path: folder } of this.#paths(read)) {
        if (folder === undefined) {
          this.#errors.raise(known, 500, node);
          continue;
        }
        for (const { state: told, isAbsolute } of byStart(known, name)) {
          // So does one that a variable makes absolute (row 10.10d).
          if (isAbsolute) this.#ways.redirect({ ...told, uri: name });
          else missed.push(...this.#lookFor(told, name, folder));
        }
      }
    }
    return missed;
  }

  /** Redirects where a file of the name lies in the folder, and returns the states in which it does not. */
  #lookFor(state: State, name: Value, folder: Value): State[] {
    const path = normalise([...folder, ...name]);
    // What lies in a folder says that there is one.
    const opened = look(state, folder, FOLDER);
    const found = opened === undefined ? undefined : look(opened, path, FILE | FOLDER);
    if (found !== undefined) this.#ways.redirect({ ...found, uri: normalise([...found.uri, ...name]) });
    const missing = look(state, path, ABSENT);
    if (missing === undefined) return [];
    const nothing = look(missing, folder, ABSENT);
    if (nothing !== undefined) this.#errors.raiseQuietly(nothing, 404);
    const isFile = look(missing, folder, FILE);
    if (isFile !== undefined) this.#errors.raiseQuietly(isFile, 500);
    const there = look(missing, folder, FOLDER);
    return there === undefined ? [] : [there];
  }

  #arriveAtFiles(state: State, node: ConfigNode): void {
    const scope = state.location?.scope ?? this.#server.scope;
    const source = scope.setting('alias') ?? scope.setting('root');
    this.#ways.arrive(state, 'static', source ?? node, scope);
  }
}

/** Splits a state by whether the text of a value begins with a slash; asked of its parts, which says more than of the whole. */
function byStart(state: State, value: Value): { readonly state: State; readonly isAbsolute: boolean }[] {
  const [first, ...rest] = state.knowledge.resolve(value);
  if (first === undefined || typeof first === 'string') {
    return [{ state, isAbsolute: first?.startsWith('/') === true }];
  }
  const { knowledge } = state;
  const where = (...languages: Language[]): State[] => {
    const next = knowledge.assume([first], languages);
    return next === undefined ? [] : [{ ...state, knowledge: next }];
  };
  const ways = where(startsWith('/')).map(told => ({ state: told, isAbsolute: true }));
  const other = complement(startsWith('/'));
  const [second] = rest;
  if (second === undefined || (typeof second === 'string' && !second.startsWith('/'))) {
    return [...ways, ...where(other).map(told => ({ state: told, isAbsolute: false }))];
  }
  const empty = where(literal('')).flatMap(told => byStart(told, rest));
  return [...ways, ...where(other, NOT_EMPTY).map(told => ({ state: told, isAbsolute: false })), ...empty];
}

/** The location that says `alias`; nested ones inherit it with the length of its text. */
function aliasOwner(state: State): Location | undefined {
  let location = state.location;
  while (location?.parent !== undefined && location.scope.own('alias').length === 0) location = location.parent;
  return location;
}

/** What is cut from a path below an alias: the text of the location. */
function prefixOf(alias: Location | undefined): string {
  const match = alias?.match;
  return match?.kind === 'exact' || match?.kind === 'prefix' ? match.text : '';
}
