import type { ConfigNode } from '../../config/config-tree.js';
import type { VirtualServer } from '../../model/model.js';
import { constantText, parseTemplate } from '../../model/template.js';
import { complement, literal, union } from '../../pcre/language.js';
import { endsWith } from '../input-languages.js';
import { normalise, type Value } from '../value.js';
import type { Errors } from './errors.js';
import { ABSENT, type Exploration, FILE, FOLDER, look, ownMethod, type State, type Ways } from './state.js';
import type { Values } from './values.js';

const VIEWING = union(literal('GET'), literal('HEAD'));
const POSTING = literal('POST');

/** try_files, index, autoindex and static files, with what is assumed of the disk. */
export class Files {
  readonly #server: VirtualServer;
  readonly #ways: Ways;
  readonly #values: Values;
  readonly #errors: Errors;

  constructor(exploration: Exploration, ways: Ways, values: Values, errors: Errors) {
    this.#server = exploration.entry.server;
    this.#ways = ways;
    this.#values = values;
    this.#errors = errors;
  }

  /** try_files (rows 10.1-10.8): a file that is found is served here; else the last element decides. */
  tryFiles(state: State): void {
    const node =
      state.location === undefined ? this.#server.scope.own('try_files').at(-1) : state.scope.own('try_files').at(-1);
    if (
      node === undefined ||
      state.scope.kind === 'if' ||
      state.scope.kind === 'limit_except' ||
      node.args.length < 2
    ) {
      this.#ways.push('content', state);
      return;
    }
    const last = node.args.at(-1)!;
    let missed: State[] = [state];
    for (const element of node.args.slice(0, -1)) {
      missed = missed.flatMap(missing => this.#tryFile(missing, element));
    }
    for (const missing of missed) {
      if (last.startsWith('=')) {
        const code = Number(last.slice(1));
        if (code >= 200 && code < 300) this.#ways.end(missing, node, code);
        else this.#errors.raise(missing, code, node);
      } else {
        this.#errors.jump(missing, last, node, missing.method);
      }
    }
  }

  /** One element of try_files: goes on where it is found, and returns the states in which it is not. */
  #tryFile(state: State, element: string): State[] {
    const isFolder = element.endsWith('/') && element.length > 1;
    const missed: State[] = [];
    for (const { state: read, value } of this.#values.evaluate(
      state,
      parseTemplate(isFolder ? element.slice(0, -1) : element),
    )) {
      const path = this.#filePath(read, value);
      // A name with a final slash is never that of a file.
      const named = isFolder ? read.knowledge : read.knowledge.assume(value, [complement(endsWith('/'))]);
      const found =
        named === undefined ? undefined : look({ ...read, knowledge: named }, path, isFolder ? FOLDER : FILE);
      if (found !== undefined) {
        if (state.handler !== undefined) this.#ways.push('content', found);
        else if (isFolder) this.#errors.raiseQuietly(found, 301);
        else this.serveFiles({ ...found, uri: value });
      }
      const other = look(read, path, isFolder ? FILE | ABSENT : FOLDER | ABSENT);
      if (other !== undefined) missed.push(other);
    }
    return missed;
  }

  /** The path of a URI below the root in force; undefined where an alias or a variable makes it up. */
  #filePath(state: State, uri: Value): Value | undefined {
    const { scope } = state;
    if (scope.setting('alias') !== undefined) return undefined;
    const root = constantText(parseTemplate(scope.value('root', 'html')));
    return root === undefined ? undefined : normalise([root, ...uri]);
  }

  /**
   * index, autoindex and static files in nginx's order (row 6.19): all of them know GET, HEAD and POST, but only the index
   * gives something for POST.
   */
  serveFiles(state: State): void {
    const node = state.scope.setting('root') ?? state.scope.node ?? this.#server.node;
    const method = ownMethod(state);
    const others = state.knowledge.assume(method, [complement(union(VIEWING, POSTING))]);
    if (others !== undefined) this.#errors.raiseQuietly({ ...state, knowledge: others }, 405);
    for (const methods of [VIEWING, POSTING]) {
      const views = methods === VIEWING;
      const isFile = state.knowledge.assume(method, [methods])?.assume(state.uri, [complement(endsWith('/'))]);
      if (isFile !== undefined) this.#serveFile({ ...state, knowledge: isFile }, node, views);
      const isFolder = state.knowledge.assume(method, [methods])?.assume(state.uri, [endsWith('/')]);
      if (isFolder !== undefined) this.#serveFolder({ ...state, knowledge: isFolder }, node, views);
    }
  }

  /** A path without a slash at its end. */
  #serveFile(state: State, node: ConfigNode, views: boolean): void {
    const path = this.#filePath(state, state.uri);
    const found = look(state, path, FILE);
    if (found !== undefined) {
      if (views) this.#arriveAtFiles(found, node);
      else this.#errors.raiseQuietly(found, 405);
    }
    const missing = look(state, path, ABSENT);
    if (missing !== undefined) this.#errors.raiseQuietly(missing, 404);
    const folder = look(state, path, FOLDER);
    if (folder !== undefined) this.#errors.raiseQuietly(folder, 301);
  }

  /** A path with a slash at its end. */
  #serveFolder(state: State, node: ConfigNode, views: boolean): void {
    if (views && state.scope.value('autoindex', 'off').toLowerCase() === 'on') this.#arriveAtFiles(state, node);
    let without: State[] = [state];
    for (const file of state.scope.setting('index')?.args ?? ['index.html']) {
      without = without.flatMap(missing => this.#tryIndex(missing, file));
    }
    for (const missing of without) {
      this.#errors.raiseQuietly(missing, 403);
      this.#errors.raiseQuietly(missing, 404);
    }
  }

  /** One element of `index`: redirects where the file is there, and returns the states in which it is not. */
  #tryIndex(state: State, file: string): State[] {
    const missed: State[] = [];
    for (const { state: read, value } of this.#values.evaluate(state, parseTemplate(file))) {
      const uri = file.startsWith('/') ? value : normalise([...read.uri, ...value]);
      const path = file.startsWith('/') ? undefined : this.#filePath(read, uri);
      const found = look(read, path, FILE | FOLDER);
      if (found !== undefined) this.#ways.changeUri({ ...found, uri, internal: true }, 'server');
      const missing = look(read, path, ABSENT);
      if (missing !== undefined) missed.push(missing);
    }
    return missed;
  }

  #arriveAtFiles(state: State, node: ConfigNode): void {
    const scope = state.location?.scope ?? this.#server.scope;
    const source = scope.setting('alias') ?? scope.setting('root');
    this.#ways.arrive({ ...state, scope }, 'static', source ?? node);
  }
}
