import { MEMCACHED_KEY } from '../model/handlers.js';
import { isComputedAnew, lastReadOf } from '../model/kept-reads.js';
import type { Condition, HttpModel, Location, Program, Statement, Template, VirtualServer } from '../model/model.js';
import { realipSource } from '../model/realip.js';
import type { Scope } from '../model/scope.js';
import { parseTemplate } from '../model/template.js';
import { CAPTURES, inputsOf } from '../model/variable-inputs.js';

/** Lower-case names of variables, `$` left out, and `CAPTURES`. */
type Names = ReadonlySet<string>;

/**
 * Which variables a program may still read: what the rest of it reads and what the places read that a request can go to
 * from there. Assignments and demands on anything else no longer tell futures apart.
 */
export class LiveVariables {
  readonly #model: HttpModel;
  /** Names of the settings whose variables are read. */
  readonly #settingNames: readonly string[];
  readonly #ofStatement = new Map<Statement, Names>();
  readonly #ofLocations = new Map<VirtualServer, ReadonlyMap<Location, Names>>();
  readonly #after = new Map<Location | VirtualServer, Map<number, Names>>();

  /** @param alsoRead settings that are read although they do not decide where a request goes */
  constructor(model: HttpModel, alsoRead: readonly string[] = []) {
    this.#model = model;
    this.#settingNames = [...STEERING_SETTINGS, ...alsoRead];
  }

  /** What is read after the first `index` statements of a program of a location, or of its server where none is given. */
  after(program: Program, index: number, server: VirtualServer, location: Location | undefined): Names {
    const owner = location ?? server;
    let known = this.#after.get(owner);
    if (known === undefined) {
      known = new Map();
      this.#after.set(owner, known);
    }
    let names = known.get(index);
    if (names === undefined) {
      names = this.#namesAfter(program, index, server, location);
      known.set(index, names);
    }
    return names;
  }

  #namesAfter(program: Program, index: number, server: VirtualServer, location: Location | undefined): Names {
    const names = new Set<string>();
    for (let at = index; at < program.length; at++) addAll(names, this.#statement(program[at]!));
    const mayJump = location === undefined || canJump(location) || this.#isAsked(server);
    if (mayJump) {
      // A jump to a URI runs the server program once more (row 1.19).
      for (const statement of server.program) addAll(names, this.#statement(statement));
      addAll(names, this.#settings(server.scope));
      // Also the location itself: a request may come back to it.
      for (const reads of this.#locations(server).values()) addAll(names, reads);
    }
    if (location !== undefined) {
      addAll(names, this.#settings(location.scope));
      if (location.limitExcept !== undefined) addAll(names, this.#settings(location.limitExcept.scope));
    }
    return names;
  }

  /** True where a location may be asked on the side, so that the one which waits for it reads what it leaves (row 1.31c). */
  #isAsked(server: VirtualServer): boolean {
    return [server, ...this.#locations(server).keys()].some(({ scope }) =>
      AWAITED.some(name => scope.effective(name).some(({ args: [target = 'off'] }) => target !== 'off')),
    );
  }

  #locations(server: VirtualServer): ReadonlyMap<Location, Names> {
    let reads = this.#ofLocations.get(server);
    if (reads === undefined) {
      const all = new Map<Location, Names>();
      const visit = (location: Location): void => {
        const names = new Set<string>(this.#settings(location.scope));
        if (location.limitExcept !== undefined) addAll(names, this.#settings(location.limitExcept.scope));
        for (const statement of location.program) addAll(names, this.#statement(statement));
        all.set(location, names);
        for (const child of location.children) visit(child);
      };
      for (const location of server.locations) visit(location);
      reads = all;
      this.#ofLocations.set(server, reads);
    }
    return reads;
  }

  /** Settings of a location or a server that steer the request by variables. */
  #settings(scope: Scope): Names {
    const names = new Set<string>();
    const read = [...scope.own('try_files'), ...this.#settingNames.flatMap(name => scope.effective(name))];
    for (const node of read) for (const word of node.args) this.#addTemplate(names, parseTemplate(word));
    for (const node of scope.effective('index')) {
      for (const word of node.args) this.#addLastReads(names, parseTemplate(word));
    }
    if (scope.effective('memcached_pass').length > 0) {
      addAll(names, inputsOf(this.#model, 'memcached_key'));
      this.#addLastReads(names, MEMCACHED_KEY);
    }
    // Realip reads it in front of the access rules, behind the program.
    const source = realipSource(scope);
    if (source !== undefined) names.add(source);
    return names;
  }

  #addLastReads(names: Set<string>, template: Template): void {
    for (const piece of template) {
      if (piece.kind === 'variable' && isComputedAnew(this.#model, piece.name)) names.add(lastReadOf(piece.name));
    }
  }

  #statement(statement: Statement): Names {
    let names = this.#ofStatement.get(statement);
    if (names === undefined) {
      const found = new Set<string>();
      if (statement.kind === 'set') this.#addTemplate(found, statement.value);
      if (statement.kind === 'return' && statement.text !== undefined) this.#addTemplate(found, statement.text);
      if (statement.kind === 'rewrite') {
        this.#addTemplate(found, statement.replacement);
        found.add('uri');
      }
      if (statement.kind === 'if') {
        this.#addCondition(found, statement.condition);
        for (const inner of statement.body) addAll(found, this.#statement(inner));
        for (const name of this.#settings(statement.scope)) found.add(name);
      }
      names = found;
      this.#ofStatement.set(statement, names);
    }
    return names;
  }

  #addCondition(names: Set<string>, condition: Condition): void {
    if (condition.kind === 'invalid') return;
    if (condition.kind === 'file') {
      this.#addTemplate(names, condition.path);
      return;
    }
    this.#addTemplate(names, [condition.variable]);
    if (condition.kind === 'equal') this.#addTemplate(names, condition.value);
  }

  #addTemplate(names: Set<string>, template: Template): void {
    for (const piece of template) {
      if (piece.kind === 'variable') addAll(names, inputsOf(this.#model, piece.name));
      else if (piece.kind === 'capture') names.add(CAPTURES);
    }
  }
}

/** Settings with variables in them that decide where a request goes. */
const STEERING_SETTINGS = [
  ...['proxy_pass', 'fastcgi_pass', 'uwsgi_pass', 'scgi_pass', 'grpc_pass'],
  ...['error_page', 'auth_basic', 'index', 'root', 'alias', 'auth_request_set'],
];

/** Settings that make nginx ask another location on the side, and go on by what comes of it. */
const AWAITED = ['auth_request', 'mirror', 'add_before_body', 'add_after_body'];

/** Settings that make nginx ask another location on the side. */
const ASKED_ASIDE = [...AWAITED, 'post_action', 'ssi'];

/** True where a request may leave the location for another one. */
function canJump(location: Location): boolean {
  return (
    location.handler === undefined ||
    location.scope.own('try_files').length > 0 ||
    location.scope.effective('error_page').length > 0 ||
    ASKED_ASIDE.some(name => location.scope.effective(name).length > 0) ||
    holdsRewrite(location.program)
  );
}

function holdsRewrite(program: Program): boolean {
  return program.some(step => step.kind === 'rewrite' || (step.kind === 'if' && holdsRewrite(step.body)));
}

function addAll(names: Set<string>, more: Names): void {
  for (const name of more) names.add(name);
}
