import type { ConfigNode } from '../config/config-tree.js';
import { nodeSpan, nodeText } from '../config/config-tree.js';
import type {
  Condition,
  Handler,
  HttpModel,
  ListenSocket,
  Location,
  Pattern,
  Program,
  Statement,
  Template,
  VirtualServer,
} from '../model/model.js';
import type { Scope } from '../model/scope.js';
import { constantText, parseTemplate } from '../model/template.js';
import {
  accepts,
  complement,
  concat,
  everything,
  intersect,
  type Language,
  literal,
  literalCaseless,
  solveMany,
  union,
} from '../pcre/language.js';
import type { AccessCondition, Reason, Refusal, Site } from './access.js';
import { type LocationChoice, locationChoices } from './choose-location.js';
import { isInNetwork, parseAddress, parseNetwork } from './evaluate/address.js';
import { type Entry, sniName, verifyMode } from './handshake.js';
import { endsWith, FALSE_VALUES, IPV4, NOT_EMPTY, startsWith } from './input-languages.js';
import type { Knowledge } from './knowledge.js';
import type { LiveVariables } from './live-variables.js';
import type { Patterns } from './patterns.js';
import { serverSite, siteOf } from './sites.js';
import type { Symbols } from './symbols.js';
import { fixedText, normalise, type Sym, symbolsOf, type Value, valueKey } from './value.js';

/** A client address that no range of the configuration names (RFC 5737); spec: an outsider. */
export const OUTSIDER = '203.0.113.113';

/** Changes of the URI that nginx allows to one request (NGX_HTTP_MAX_URI_CHANGES, row 7.5). */
const URI_CHANGES = 10;

/** Work items that one entry may cost before it is given up as undecided. */
const MAX_ITEMS = 6_000;

/** What a set of requests has in common at one point of its way: an abstract state. */
export interface State {
  readonly knowledge: Knowledge;
  readonly location: Location | undefined;
  /** The configuration in force: that of the server, a location, an `if` or a `limit_except`. */
  readonly scope: Scope;
  readonly handler: Handler | undefined;
  readonly uri: Value;
  readonly args: Value;
  /** `$request_method`. */
  readonly method: Value;
  /** True inside the subrequest of an auth_request: its own method is GET, and access checks do not run (row 9.12). */
  readonly isSubrequest: boolean;
  /** The status that an `error_page` leaves, where one was taken. */
  readonly status: number | undefined;
  readonly variables: ReadonlyMap<string, Value>;
  readonly captures: ReadonlyMap<number, Value>;
  readonly internal: boolean;
  readonly errorPageUsed: boolean;
  readonly changesLeft: number;
  readonly conditions: readonly AccessCondition[];
  /** The address a client must have, where a condition names one. */
  readonly sourceAddress: string | undefined;
  /** True where that address stands for a range: another test may tell apart what lies in it. */
  readonly sourceIsRange: boolean;
  /** What was assumed without being decided. */
  readonly doubts: readonly Reason[];
  /** What the paths that were looked up on this way can be: bits of FILE, FOLDER and ABSENT. */
  readonly files: ReadonlyMap<string, number>;
  /** The error that the request itself provokes before its server looks at it; undefined for a proper request. */
  readonly provokes: EarlyError | undefined;
}

/** A code that a request raises by its form, before any check of the configuration (request-semantics 8.5). */
export type EarlyError =
  | { readonly code: 400 | 405 | 414 | 494 | 501 | 505 }
  /** SNI names this server, Host another one that verifies. */
  | { readonly code: 421; readonly host: string | undefined };

type Phase = 'server' | 'find' | 'location' | 'access' | 'content';

/** What a program leaves behind. */
interface ProgramEnd {
  readonly state: State;
  readonly uriChanged: boolean;
}

/** Receives what the exploration of one entry meets. */
export interface Observer {
  /** A set of requests ends at a site. Returns true where nothing more need be known of the site. */
  readonly arrive: (site: Site, state: State, entry: Entry) => void;
  /** True where further ways to this site need not be looked for. */
  readonly isDone: (site: Site) => boolean;
  readonly refuse: (server: VirtualServer, location: Location | undefined, refusal: Refusal) => void;
  /** A way ends without content, with this status. */
  readonly finish: (state: State, status: number) => void;
  /** Something was met that keeps every site of the server from being called refused. */
  readonly giveUp: (reason: Reason) => void;
}

/** What an access check says of a state. */
interface CheckResult {
  readonly state: State;
  readonly result: 'ok' | 'declined' | 401 | 403 | 500;
  readonly by: ConfigNode;
}

/** What one exploration works with. */
export interface Tools {
  readonly model: HttpModel;
  readonly symbols: Symbols;
  readonly patterns: Patterns;
  readonly live: LiveVariables;
  readonly choices: (server: VirtualServer) => readonly LocationChoice[];
}

/** The ends of the search for a location in a server. */
export function choicesOf(server: VirtualServer, patterns: Patterns): readonly LocationChoice[] {
  const reachable = server.locations.filter(location => location.match.kind !== 'named');
  return locationChoices(reachable, pattern => patterns.language(pattern));
}

/**
 * Follows every way that requests of one entry can take (request-semantics 0). The states over-approximate: a site that
 * no state arrives at is refused; an arrival is a candidate that the evaluator confirms.
 */
export class Explorer {
  readonly #tools: Tools;
  readonly #entry: Entry;
  readonly #observer: Observer;
  readonly #server: VirtualServer;
  readonly #queue: { readonly phase: Phase; readonly state: State }[] = [];
  readonly #seen = new Set<string>();

  constructor(tools: Tools, entry: Entry, observer: Observer) {
    this.#tools = tools;
    this.#entry = entry;
    this.#observer = observer;
    this.#server = entry.server;
  }

  /** Explores from the server program on with what is known of the Host header. */
  run(start: Knowledge): void {
    const { symbols } = this.#tools;
    const state: State = {
      knowledge: start,
      location: undefined,
      scope: this.#server.scope,
      handler: undefined,
      uri: [symbols.client('uri')],
      args: [symbols.client('args')],
      method: [symbols.client('method')],
      isSubrequest: false,
      status: undefined,
      variables: new Map(),
      captures: new Map(),
      internal: false,
      errorPageUsed: false,
      changesLeft: URI_CHANGES,
      conditions: [],
      sourceAddress: undefined,
      sourceIsRange: false,
      doubts: [],
      files: new Map(),
      provokes: undefined,
    };
    for (const named of this.#withNameGroups(state)) {
      if (this.#entry.refused === undefined) this.#push('server', named);
      else this.#raise(named, this.#entry.refused, this.#verifyNode());
      // A plain request to a TLS port provokes 497 whatever else is wrong with it.
      if (this.#entry.refused !== 497) this.#earlyErrors(named);
    }
    this.#drain();
  }

  #drain(): void {
    for (let count = 0; this.#queue.length > 0; count++) {
      const { phase, state: next } = this.#queue.shift()!;
      if (count >= MAX_ITEMS) {
        this.#observer.giveUp(this.#reason('bound', this.#server.node, 'too many ways through the configuration'));
        return;
      }
      this.#step(phase, next);
    }
  }

  /** The start, and once more for each regex among the server's names with the variables that its groups give. */
  #withNameGroups(state: State): State[] {
    const states = [state];
    for (const name of this.#server.names) {
      if (name.kind !== 'regex' || this.#tools.patterns.names(name.pattern).size === 0) continue;
      const host: Value = [this.#tools.symbols.client('host')];
      const found = this.#tools.patterns.language(name.pattern);
      const knowledge = 'language' in found ? state.knowledge.assume(host, [found.language]) : state.knowledge;
      if (knowledge === undefined) continue;
      const captured = this.#withCaptures({ ...state, knowledge }, host, name.pattern, true);
      if (captured !== undefined) states.push({ ...captured, captures: state.captures });
    }
    return states;
  }

  // ------------------------------------------------------------------ phases

  #step(phase: Phase, state: State): void {
    switch (phase) {
      case 'server':
        for (const end of this.#runProgram(this.#server.program, state)) this.#push('find', end.state);
        return;
      case 'find':
        this.#findLocation({ ...state, location: undefined, scope: this.#server.scope, handler: this.#server.handler });
        return;
      case 'location': {
        // Neither a limit_except block nor the server level has a program that runs here (row 2.40).
        const program =
          state.location === undefined || state.scope.kind === 'limit_except' ? [] : state.location.program;
        for (const end of this.#runProgram(program, state)) {
          if (end.uriChanged) this.#changeUri(end.state, 'find');
          else this.#push('access', end.state);
        }
        return;
      }
      case 'access':
        this.#access(state);
        return;
      case 'content':
        this.#content(state);
        return;
    }
  }

  #push(phase: Phase, state: State): void {
    const key = `${phase} ${this.#key(state)}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#queue.push({ phase, state });
  }

  readonly #objectIds = new Map<object, number>();

  #id(object: object | undefined): number {
    if (object === undefined) return 0;
    let id = this.#objectIds.get(object);
    if (id === undefined) {
      id = this.#objectIds.size + 1;
      this.#objectIds.set(object, id);
    }
    return id;
  }

  #key(state: State): string {
    const values = (entries: Iterable<[string | number, Value]>): string =>
      [...entries]
        .map(([name, value]) => `${name}=${valueKey(state.knowledge.resolve(value))}`)
        .sort()
        .join(',');
    return [
      this.#id(state.scope),
      this.#id(state.handler),
      valueKey(state.knowledge.resolve(state.uri)),
      valueKey(state.knowledge.resolve(state.args)),
      valueKey(state.method),
      state.isSubrequest,
      state.isSubrequest ? state.status : '',
      state.internal,
      state.errorPageUsed,
      values(state.variables),
      values(state.captures),
      state.conditions.map(condition => condition.text).join(),
      state.doubts.map(doubt => doubt.text).join(),
      JSON.stringify(state.provokes),
      [...state.files].map(([path, states]) => `${path}=${states}`).join(),
      state.knowledge.key(),
    ].join('|');
  }

  /** Takes one of the ten changes of the URI; the eleventh ends in a 500 that no error_page sees. */
  #changeUri(state: State, phase: Phase): void {
    if (state.changesLeft > 0) this.#push(phase, { ...state, changesLeft: state.changesLeft - 1 });
  }

  #findLocation(state: State): void {
    for (const choice of this.#tools.choices(this.#server)) {
      const knowledge = state.knowledge.assume(state.uri, choice.languages);
      if (knowledge === undefined) continue;
      let next: State = { ...state, knowledge };
      for (const { pattern, location, why } of choice.undecided) {
        next = this.#doubt(
          next,
          this.#reason('pattern', location.node, `the pattern ${pattern.source} is not analysed: ${why}`),
        );
      }
      if (choice.pattern !== undefined) {
        const captured = this.#withCaptures(
          next,
          next.uri,
          choice.pattern,
          this.#wantsCaptures(choice.location, choice.pattern),
        );
        if (captured === undefined) continue;
        next = captured;
      }
      if (choice.location === undefined) this.#push('location', next);
      else this.#enter(choice.location, next, choice.addsSlash);
    }
  }

  /** Enters a location (ngx_http_core_find_config_phase, ngx_http_update_location_config). */
  #enter(location: Location, state: State, addsSlash: boolean): void {
    const inside: State = { ...state, location, scope: location.scope, handler: location.handler };
    if (location.scope.value('internal', 'absent') !== 'absent' || location.scope.setting('internal') !== undefined) {
      if (!inside.internal) {
        this.#raise(inside, 404, location.scope.setting('internal')!);
        return;
      }
    }
    if (addsSlash) {
      this.#raiseQuietly(inside, 301);
      return;
    }
    const limit = location.limitExcept;
    if (limit === undefined) {
      this.#push('location', inside);
      return;
    }
    const names = limit.methods.includes('GET') ? [...limit.methods, 'HEAD'] : limit.methods;
    const listed = union(...names.map(literal));
    const passes = state.knowledge.assume(ownMethod(state), [listed]);
    if (passes !== undefined) this.#push('location', { ...inside, knowledge: passes });
    const limited = state.knowledge.assume(ownMethod(state), [complement(listed)]);
    if (limited !== undefined) {
      const inherited = location.handler?.kind === 'upstream' ? location.handler : undefined;
      this.#push('location', {
        ...inside,
        knowledge: limited,
        scope: limit.scope,
        handler: limit.handler ?? inherited,
      });
    }
  }

  /** Errors that a request can provoke before the server program, where a server-level error_page takes them elsewhere. */
  #earlyErrors(state: State): void {
    const { socket, tls, hostless } = this.#entry;
    const provoked: EarlyError[] = [{ code: 400 }, { code: 494 }, ...(hostless ? [] : [{ code: 501 } as const])];
    for (const provokes of provoked) this.#raiseQuietly({ ...state, provokes }, provokes.code);
    this.#raiseQuietly({ ...state, provokes: { code: 405 }, method: ['TRACE'] }, 405);
    const isFirst = tls === 'host' || socket.defaultServer === this.#server;
    // Errors of the request line are those of the server that is known by then, and there is no path yet (row 14.25).
    if (isFirst && !hostless) {
      const early: EarlyError[] = [{ code: 414 }, { code: 505 }];
      for (const provokes of early) this.#raiseQuietly({ ...state, provokes, uri: [], args: [] }, provokes.code);
    }
    if (tls === 'host') {
      for (const host of misdirectedHosts(socket, this.#server)) {
        this.#raiseQuietly({ ...state, provokes: { code: 421, host } }, 421);
      }
    }
  }

  // ------------------------------------------------------------------ programs

  /** Runs a program of the rewrite module on a state: all states that leave it and go on. */
  #runProgram(program: Program, state: State): ProgramEnd[] {
    const ends: ProgramEnd[] = [];
    let running: ProgramEnd[] = [{ state, uriChanged: false }];
    let merged = 2;
    for (let at = 0; at < program.length && running.length > 0; at++) {
      running = this.#runStatement(program[at]!, running, ends);
      // Merging pays where ways have multiplied; where they cannot be merged it must not cost more than they do.
      if (running.length <= 2 * merged) continue;
      running = this.#merge(running, this.#tools.live.after(program, at + 1, this.#server, state.location));
      merged = Math.max(running.length, 2);
    }
    ends.push(...running);
    return this.#merge(ends, this.#tools.live.after(program, program.length, this.#server, state.location));
  }

  /** Forgets what nothing reads any more and keeps one of the states that are then equal. */
  #merge(ends: readonly ProgramEnd[], live: ReadonlySet<string>): ProgramEnd[] {
    if (ends.length === 1) return [...ends];
    const kept = new Map<string, ProgramEnd>();
    for (const end of ends) {
      const variables = new Map([...end.state.variables].filter(([name]) => live.has(name)));
      const used = new Set<Sym>();
      for (const value of [
        end.state.uri,
        end.state.args,
        end.state.method,
        ...variables.values(),
        ...end.state.captures.values(),
      ]) {
        for (const symbol of symbolsOf(end.state.knowledge.resolve(value))) used.add(symbol);
      }
      const knowledge = end.state.knowledge.settle(
        symbol => used.has(symbol) || live.has(symbol.name) || KEPT.has(symbol.name),
      );
      const state = { ...end.state, variables, knowledge };
      const key = `${end.uriChanged} ${this.#key(state)}`;
      if (!kept.has(key)) kept.set(key, { ...end, state });
    }
    return [...kept.values()];
  }

  #runStatement(statement: Statement, running: readonly ProgramEnd[], ends: ProgramEnd[]): ProgramEnd[] {
    const next: ProgramEnd[] = [];
    for (const end of running) this.#runOne(statement, end, next, ends);
    return next;
  }

  #runOne(statement: Statement, end: ProgramEnd, next: ProgramEnd[], ends: ProgramEnd[]): void {
    switch (statement.kind) {
      case 'set':
        for (const { state, value } of this.#evaluate(end.state, statement.value)) {
          const variables = new Map(state.variables).set(statement.variable, value);
          const args = statement.variable === 'args' ? value : state.args;
          next.push({ ...end, state: { ...state, variables, args } });
        }
        return;
      case 'break':
        // The break code also cancels a new choice of location (row 7.3).
        ends.push({ state: end.state, uriChanged: false });
        return;
      case 'return':
        this.#return(end.state, statement);
        return;
      case 'if':
        for (const { state, holds } of this.#decide(end.state, statement.condition, statement.node)) {
          if (!holds) {
            next.push({ ...end, state });
            continue;
          }
          const inside = this.#server.program.includes(statement)
            ? state
            : { ...state, scope: statement.scope, handler: statement.handler ?? state.handler };
          let body: ProgramEnd[] = [{ ...end, state: inside }];
          for (const inner of statement.body) body = this.#runStatement(inner, body, ends);
          next.push(...body);
        }
        return;
      case 'rewrite':
        this.#rewrite(statement, end, next, ends);
        return;
      case 'script': {
        const reason = this.#reason('script', statement.node, `${statement.node.name} is not analysed`);
        if (statement.sets === undefined) {
          next.push({ ...end, state: this.#doubt(end.state, reason) });
          // The script may send the request anywhere.
          this.#observer.giveUp(reason);
        } else {
          const variables = new Map(end.state.variables).set(statement.sets, [this.#tools.symbols.unmodelled(reason)]);
          next.push({ ...end, state: { ...end.state, variables } });
        }
        return;
      }
    }
  }

  #rewrite(
    statement: Extract<Statement, { kind: 'rewrite' }>,
    end: ProgramEnd,
    next: ProgramEnd[],
    ends: ProgramEnd[],
  ): void {
    for (const { state, holds } of this.#match(end.state, end.state.uri, statement.pattern, statement.node)) {
      if (!holds) {
        next.push({ ...end, state });
        continue;
      }
      if (statement.flag === 'redirect' || statement.flag === 'permanent') {
        this.#raise(state, statement.flag === 'permanent' ? 301 : 302, statement.node);
        continue;
      }
      for (const { state: read, value } of this.#evaluate(state, statement.replacement)) {
        const question = splitAtQuestion(value);
        const client = statement.keepsArguments ? read.args : [];
        const args =
          question.args === undefined
            ? client
            : normalise([...question.args, ...(client.length > 0 && question.args.length > 0 ? ['&'] : []), ...client]);
        // Any match of a rewrite sets the internal flag (rows 6.32-6.34).
        const rewritten: State = { ...read, uri: question.uri, args, internal: true };
        if (fixedText(question.uri) === '') {
          this.#raise(rewritten, 500, statement.node);
          continue;
        }
        if (statement.flag === 'none') next.push({ state: rewritten, uriChanged: true });
        else ends.push({ state: rewritten, uriChanged: statement.flag === 'last' });
      }
    }
  }

  #return(state: State, { node, code, text }: Extract<Statement, { kind: 'return' }>): void {
    const values = text === undefined ? [] : this.#evaluate(state, text);
    // A text, even one that turns out empty, is sent as it is; only the literal empty text counts as none (8.12).
    const hasText = text !== undefined && text.length > 0;
    if (code >= 200 && code < 300) {
      if (hasText && code !== 204) {
        for (const { state: read, value } of values) {
          const knowledge = read.knowledge.assume(value, [NOT_EMPTY]);
          if (knowledge !== undefined) this.#arrive({ ...read, knowledge }, 'return', node);
          if (read.knowledge.assume(value, [literal('')]) !== undefined) this.#end(state, node, code);
        }
      } else {
        this.#end(state, node, code);
      }
      return;
    }
    if (code === 444 || (hasText && !(code >= 300 && code < 400))) this.#end(state, node, code);
    else this.#raise(state, code, node);
  }

  // ------------------------------------------------------------------ conditions and values

  /** The ways in which a condition can turn out. */
  #decide(state: State, condition: Condition, node: ConfigNode): { state: State; holds: boolean }[] {
    switch (condition.kind) {
      case 'truth':
        return this.#evaluate(state, [condition.variable]).flatMap(({ state: read, value }) =>
          this.#test(read, value, complement(FALSE_VALUES), node),
        );
      case 'equal':
        return this.#evaluate(state, condition.value).flatMap(({ state: read, value: right }) =>
          this.#evaluate(read, [condition.variable]).flatMap(({ state: both, value: left }) =>
            this.#compare(both, left, right, node).map(way => ({ ...way, holds: way.holds !== condition.negated })),
          ),
        );
      case 'match':
        return this.#evaluate(state, [condition.variable]).flatMap(({ state: read, value }) =>
          this.#match(read, value, condition.pattern, node).map(way => ({
            ...way,
            holds: way.holds !== condition.negated,
          })),
        );
      case 'file': {
        if (condition.test === 'x')
          return both(this.#doubt(state, this.#reason('file', node, 'whether a file may be executed')));
        const wanted = condition.test === 'f' ? FILE : condition.test === 'd' ? FOLDER : FILE | FOLDER;
        return this.#evaluate(state, condition.path).flatMap(({ state: read, value }) =>
          [true, false].flatMap(found => {
            const looked = look(read, value, found ? wanted : ANY & ~wanted);
            return looked === undefined ? [] : [{ state: looked, holds: found !== condition.negated }];
          }),
        );
      }
      case 'invalid':
        return both(this.#doubt(state, this.#reason('invalid', node, 'nginx refuses this condition')));
    }
  }

  #compare(state: State, left: Value, right: Value, node: ConfigNode): { state: State; holds: boolean }[] {
    const one = state.knowledge.resolve(left);
    const other = state.knowledge.resolve(right);
    const rightText = fixedText(other);
    if (rightText !== undefined) return this.#test(state, one, literal(rightText), node);
    const leftText = fixedText(one);
    if (leftText !== undefined) return this.#test(state, other, literal(leftText), node);
    if (valueKey(one) === valueKey(other)) return [{ state, holds: true }];
    const reason = this.#reason('comparison', node, 'compares two values that are both not fixed');
    return both(this.#doubt(state, reason));
  }

  /** Tests a value against a pattern; a match that captures gives `$1` … their values. */
  #match(state: State, value: Value, pattern: Pattern, node: ConfigNode): { state: State; holds: boolean }[] {
    const found = this.#tools.patterns.language(pattern);
    if ('unsupported' in found) {
      const reason = this.#reason(
        'pattern',
        node,
        `the pattern ${pattern.source} is not analysed: ${found.unsupported}`,
      );
      return both(this.#doubt({ ...state, captures: new Map() }, reason));
    }
    const ways = this.#test(state, value, found.language, node);
    return ways.flatMap((way): { state: State; holds: boolean }[] => {
      // A failing match of the rewrite module clears the captures (rows 4.37-4.39).
      if (!way.holds) return [{ ...way, state: { ...way.state, captures: new Map() } }];
      const captured = this.#withCaptures(way.state, value, pattern, this.#wantsCaptures(way.state.location, pattern));
      return captured === undefined ? [] : [{ ...way, state: captured }];
    });
  }

  /** Splits a state by whether a value lies in a language. */
  #test(state: State, value: Value, language: Language, node: ConfigNode): { state: State; holds: boolean }[] {
    const resolved = state.knowledge.resolve(value);
    const unmodelled = symbolsOf(resolved).find(symbol => symbol.origin === 'unmodelled');
    if (unmodelled !== undefined) return both(this.#doubt(state, unmodelled.reason!));
    if (symbolsOf(resolved).some(symbol => symbol.origin === 'address')) {
      return this.#testAddress(state, resolved, language, node);
    }
    const ways: { state: State; holds: boolean }[] = [];
    for (const holds of [true, false]) {
      const knowledge = state.knowledge.assume(resolved, [holds ? language : complement(language)]);
      if (knowledge !== undefined) ways.push({ state: { ...state, knowledge }, holds });
    }
    return ways;
  }

  /** What an outsider's address gives is certain; anything else is under a condition that the client does not choose. */
  #testAddress(state: State, value: Value, language: Language, node: ConfigNode): { state: State; holds: boolean }[] {
    if (value.length !== 1) {
      return both(this.#doubt(state, this.#reason('address', node, 'text built from the client address')));
    }
    if (state.sourceAddress !== undefined) {
      const holds = accepts(language, state.sourceAddress);
      const way = { state, holds };
      return state.sourceIsRange ? [way, { state: this.#severalTests(state, node), holds: !holds }] : [way];
    }
    const outsider = accepts(language, OUTSIDER);
    const ways = [{ state, holds: outsider }];
    const [inside, more] = solveMany(
      [{ language: intersect(IPV4, outsider ? complement(language) : language), prefix: '', suffix: '' }],
      2,
      { maxStates: 4_000 },
    ).words;
    const condition: AccessCondition = {
      kind: 'address',
      text: inside === undefined ? 'a client address that this test names' : `client address ${inside}`,
      span: nodeSpan(node),
    };
    const conditions = [...state.conditions, condition];
    const named = { ...state, conditions, sourceAddress: inside, sourceIsRange: more !== undefined };
    ways.push({ state: named, holds: !outsider });
    return ways;
  }

  /** Ranges are followed by one address each; what a second test makes of the others is left open. */
  #severalTests(state: State, node: ConfigNode): State {
    return this.#doubt(state, this.#reason('address', node, 'several tests of the client address together'));
  }

  /** Gives the captures of a match that is known to hold their values; undefined where no request is left. */
  #withCaptures(state: State, value: Value, pattern: Pattern, wanted: boolean): State | undefined {
    if (!wanted || this.#tools.patterns.groups(pattern) === 0) return { ...state, captures: new Map() };
    const resolved = state.knowledge.resolve(value);
    const text = fixedText(resolved);
    const captures = new Map<number, Value>();
    const variables = new Map(state.variables);
    if (text !== undefined) {
      const groups = this.#tools.patterns.match(pattern, text);
      groups?.forEach((group, index) => {
        if (index > 0) captures.set(index, group === undefined || group === '' ? [] : [group]);
      });
      for (const [name, index] of this.#tools.patterns.names(pattern)) variables.set(name, captures.get(index) ?? []);
      return { ...state, captures, variables };
    }
    let knowledge = state.knowledge;
    const shape = this.#tools.patterns.shape(pattern);
    const whole = resolved.length === 1 && typeof resolved[0] !== 'string' ? resolved[0] : undefined;
    if (shape !== undefined && whole !== undefined) {
      const parts: (string | Sym)[] = [];
      for (const element of shape) {
        if (element.kind === 'literal') {
          parts.push(element.text);
          continue;
        }
        const part = this.#tools.symbols.part(`${whole.name} part`, element.language);
        parts.push(part);
        if (element.kind === 'capture') captures.set(element.index, [part]);
      }
      const bound = knowledge.bind(whole, normalise(parts));
      if (bound === undefined) return undefined;
      knowledge = bound;
    }
    const names = this.#tools.patterns.names(pattern);
    for (let index = 1; index <= this.#tools.patterns.groups(pattern); index++) {
      if (!captures.has(index)) {
        const loose = this.#tools.symbols.loose(`$${index} of ${pattern.source}`, complement(union()), undefined);
        captures.set(index, [loose]);
      }
    }
    for (const [name, index] of names) variables.set(name, captures.get(index) ?? []);
    return { ...state, knowledge, captures, variables };
  }

  /** True where the way ahead may read what a pattern captures. */
  #wantsCaptures(location: Location | undefined, pattern: Pattern): boolean {
    return readsCaptures(location?.program ?? this.#server.program) || this.#namesGroups(pattern);
  }

  #namesGroups(pattern: Pattern): boolean {
    return this.#tools.patterns.names(pattern).size > 0;
  }

  /** The values that a text with variables can have. */
  #evaluate(state: State, template: Template): { state: State; value: Value }[] {
    let ways: { state: State; value: Value }[] = [{ state, value: [] }];
    for (const piece of template) {
      if (piece.kind === 'text') {
        ways = ways.map(way => ({ ...way, value: normalise([...way.value, piece.text]) }));
      } else if (piece.kind === 'capture') {
        ways = ways.map(way => ({
          ...way,
          value: normalise([...way.value, ...(way.state.captures.get(piece.index) ?? [])]),
        }));
      } else {
        ways = ways.flatMap(way =>
          this.#read(way.state, piece.name).map(({ state: read, value }) => ({
            state: read,
            value: normalise([...way.value, ...value]),
          })),
        );
      }
    }
    return ways.map(way => ({ ...way, value: way.state.knowledge.resolve(way.value) }));
  }

  /** The values that a variable can have (ngx_http_get_variable_index and the getters). */
  #read(state: State, name: string): { state: State; value: Value }[] {
    const known = state.variables.get(name);
    if (known !== undefined) return [{ state, value: known }];
    const definition = this.#tools.model.variables.get(name);
    if (definition === undefined) {
      const header = name === 'remote_addr' ? this.#replacingHeader(this.#server.scope) : undefined;
      const plain = { state, value: this.#builtIn(state, name) };
      if (header === undefined) return [plain];
      // The client may leave the header out, or write any address into it.
      const written: Value = [this.#tools.symbols.client(header)];
      const knowledge = state.knowledge.assume(written, [IPV4]);
      return knowledge === undefined ? [plain] : [plain, { state: { ...state, knowledge }, value: written }];
    }
    if (definition.kind === 'map') return this.#readMap(state, definition);
    if (definition.kind === 'geo') return this.#readGeo(state, definition);
    if (definition.kind === 'split') {
      const reason = this.#reason('split_clients', definition.node, `$${name} depends on a hash`);
      return definition.values.map(({ value }) => ({
        state: this.#doubt(remember(state, name, textValue(value)), reason),
        value: textValue(value),
      }));
    }
    const reason = this.#reason('script', definition.node, `$${name} is computed by ${definition.node.name}`);
    const value: Value = [this.#tools.symbols.unmodelled(reason)];
    return [{ state: remember(state, name, value), value }];
  }

  /** ngx_http_map_find: literal keys without regard to case, wildcards, regexes on a non-empty value, default. */
  #readMap(
    state: State,
    map: Extract<NonNullable<ReturnType<HttpModel['variables']['get']>>, { kind: 'map' }>,
  ): { state: State; value: Value }[] {
    const results: { state: State; value: Value }[] = [];
    const cache = (read: State, value: Value): State => (map.isVolatile ? read : remember(read, map.name, value));
    for (const { state: source, value } of this.#evaluate(state, map.source)) {
      const resolved = source.knowledge.resolve(value);
      const opaque = symbolsOf(resolved).find(symbol => symbol.origin === 'unmodelled' || symbol.origin === 'address');
      if (map.incomplete || opaque !== undefined) {
        const reason = map.incomplete
          ? this.#reason('missing-file', map.node, `the entries of $${map.name} are not all known`)
          : (opaque!.reason ?? this.#reason('address', map.node, `$${map.name} depends on the client address`));
        const unknown: Value = [this.#tools.symbols.unmodelled(reason)];
        results.push({ state: cache(source, unknown), value: unknown });
        continue;
      }
      const earlier: Language[] = [];
      const add = (language: Language, template: Template, pattern: Pattern | undefined): void => {
        const knowledge = source.knowledge.assume(resolved, [language, ...earlier]);
        if (knowledge === undefined) return;
        let read: State | undefined = { ...source, knowledge };
        if (pattern !== undefined)
          read = this.#withCaptures(read, resolved, pattern, holdsCapture(template) || this.#namesGroups(pattern));
        if (read === undefined) return;
        for (const entry of this.#evaluate(read, template)) {
          results.push({ state: cache(entry.state, entry.value), value: entry.value });
        }
      };
      // Keys with one result are one alternative.
      const byResult = new Map<string, { template: Template; keys: Language[] }>();
      for (const [key, entry] of map.literals) {
        const result = JSON.stringify(entry.value);
        const group = byResult.get(result);
        const language = literalCaseless(key);
        if (group === undefined) byResult.set(result, { template: entry.value, keys: [language] });
        else group.keys.push(language);
      }
      const groups = [...byResult.values()].map(({ template, keys }) => ({ template, language: union(...keys) }));
      for (const { template, language } of groups) add(language, template, undefined);
      for (const { language } of groups) earlier.push(complement(language));
      for (const kind of ['leading', 'trailing'] as const) {
        const wildcards = map.wildcards.filter(wildcard => wildcard.kind === kind);
        wildcards.sort((one, other) => other.text.length - one.text.length);
        for (const wildcard of wildcards) {
          const language = kind === 'leading' ? endsWith(wildcard.text) : startsWith(wildcard.text);
          add(language, wildcard.value, undefined);
          earlier.push(complement(language));
        }
      }
      for (const regex of map.regexes) {
        const found = this.#tools.patterns.language(regex.pattern);
        if ('unsupported' in found) {
          const reason = this.#reason(
            'pattern',
            regex.node,
            `the pattern ${regex.pattern.source} is not analysed: ${found.unsupported}`,
          );
          const unknown: Value = [this.#tools.symbols.unmodelled(reason)];
          results.push({ state: cache(source, unknown), value: unknown });
          continue;
        }
        // A regex is not tried on an empty value (row 5.6).
        const language = intersect(found.language, NOT_EMPTY);
        add(language, regex.value, regex.pattern);
        earlier.push(complement(language));
      }
      add(complement(union()), map.default?.value ?? [], undefined);
    }
    return results;
  }

  #readGeo(
    state: State,
    geo: Extract<NonNullable<ReturnType<HttpModel['variables']['get']>>, { kind: 'geo' }>,
  ): { state: State; value: Value }[] {
    const plain = geo.source === 'remote_addr' && geo.proxies.length === 0 && !geo.incomplete;
    if (!plain || this.#replacingHeader(this.#server.scope) !== undefined) {
      const reason = this.#reason('geo', geo.node, `$${geo.name} depends on an address that is not the peer's`);
      const value: Value = [this.#tools.symbols.unmodelled(reason)];
      return [{ state: remember(state, geo.name, value), value }];
    }
    const everyone = geo.entries.findLast(entry => /^(0\.0\.0\.0\/0|0\/0)$/.test(entry.network));
    const outside = everyone?.value ?? geo.default?.value ?? '';
    const ways = [{ state: remember(state, geo.name, textValue(outside)), value: textValue(outside) }];
    const others = new Map<string, (typeof geo.entries)[number]>();
    for (const entry of geo.entries)
      if (entry.value !== outside && !others.has(entry.value)) others.set(entry.value, entry);
    for (const entry of others.values()) {
      const condition: AccessCondition = {
        kind: 'address',
        text: `client address in ${entry.network}`,
        span: nodeSpan(entry.node),
      };
      const named: State = {
        ...remember(state, geo.name, textValue(entry.value)),
        conditions: [...state.conditions, condition],
        sourceAddress: state.sourceAddress ?? firstAddress(entry.network),
        sourceIsRange: state.sourceIsRange || /[/-]/.test(entry.network),
      };
      ways.push({ state: named, value: textValue(entry.value) });
    }
    return ways;
  }

  #builtIn(state: State, name: string): Value {
    const { symbols } = this.#tools;
    const { socket, server, verify, issuer, clientClass } = this.#entry;
    switch (name) {
      case 'ssl_client_verify':
        return textValue(verify);
      case 'uri':
      case 'document_uri':
        return state.uri;
      case 'args':
      case 'query_string':
        return state.args;
      case 'request_method':
        return state.method;
      case 'request_uri':
        return [symbols.client('request_uri')];
      case 'host':
      case 'http_host':
        if (this.#entry.hostless) return [];
        return [symbols.client('host')];
      case 'scheme':
        return [socket.ssl ? 'https' : 'http'];
      case 'https':
        return socket.ssl ? ['on'] : [];
      case 'server_port':
        return [String(socket.port)];
      case 'remote_addr':
        return [symbols.address()];
      case 'ssl_server_name':
        if (this.#entry.tls === 'host') return [symbols.client('host')];
        if (this.#entry.tls === 'plain' || this.#entry.tls === 'none') return [];
        return textValue(sniName(this.#entry.tls) ?? '');
      case 'server_name':
        return textValue(server.names[0]?.kind === 'exact' ? server.names[0].text : '');
      case 'empty':
        return [];
    }
    if (name.startsWith('ssl_client_')) {
      if (issuer === undefined) return [];
      if (name === 'ssl_client_s_dn') return [symbols.client('ssl_client_s_dn')];
      const reason = this.#reason(
        'certificate',
        server.node,
        `$${name} of a certificate that the ${clientClass} client has`,
      );
      return [symbols.unmodelled(reason)];
    }
    if (/^(arg|cookie|http)_./.test(name)) return [symbols.client(name)];
    if (this.#tools.model.assigned.has(name)) return [];
    return [symbols.unmodelled(this.#reason('variable', server.node, `$${name} is not modelled`))];
  }

  // ------------------------------------------------------------------ access, content

  /** P8 to P10: limits, access checks, try_files. */
  #access(state: State): void {
    const { scope } = state;
    if (state.isSubrequest) {
      this.#tryFiles(state);
      return;
    }
    for (const name of ACCESS_SCRIPTS) {
      const script = scope.setting(name);
      if (script === undefined) continue;
      this.#push('content', this.#doubt(state, this.#reason('script', script, `${name} may refuse`)));
      return;
    }
    const any = scope.value('satisfy', 'all').toLowerCase() === 'any';
    let open: { readonly state: State; readonly denied: number | undefined; readonly by: ConfigNode | undefined }[] = [
      { state, denied: undefined, by: undefined },
    ];
    const checks = [this.#addressRules, this.#password, this.#authRequest];
    for (const check of checks) {
      const next: typeof open = [];
      for (const way of open) {
        for (const { state: checked, result, by } of check.call(this, way.state)) {
          if (result === 'declined') next.push({ ...way, state: checked });
          else if (result === 'ok') {
            // One success is enough for `any` (ngx_http_core_access_phase).
            if (any) this.#tryFiles(checked);
            else next.push({ ...way, state: checked });
          } else if (any && result !== 500) {
            next.push({ state: checked, denied: way.denied === 401 ? 401 : result, by: way.by ?? by });
          } else {
            this.#raise(checked, result, by);
          }
        }
      }
      open = next;
    }
    for (const { state: checked, denied, by } of open) {
      if (denied === undefined) this.#tryFiles(checked);
      else this.#raise(checked, denied, by!);
    }
  }

  /** allow and deny: the first rule that matches decides (rows 9.2, 9.3); an outsider matches only `all`. */
  #addressRules(state: State): CheckResult[] {
    const rules = state.scope.effective('allow', 'deny');
    const [first] = rules;
    if (first === undefined) return [{ state, result: 'declined', by: state.scope.node ?? this.#server.node }];
    const judge = (address: string): Omit<CheckResult, 'state'> => {
      const rule = rules.find(({ args }) => matchesAddress(args[0] ?? '', address));
      return { result: rule === undefined ? 'declined' : rule.name === 'allow' ? 'ok' : 403, by: rule ?? first };
    };
    const results: CheckResult[] = [];
    const header = this.#replacingHeader(state.scope);
    const address = state.sourceAddress ?? OUTSIDER;
    const plain = judge(address);
    results.push({ state, ...plain });
    if (header === undefined && state.sourceAddress !== undefined) {
      const allow = rules.find(rule => rule.name === 'allow');
      if (state.sourceIsRange && allow !== undefined && plain.result === 403) {
        results.push({ state: this.#severalTests(state, allow), result: 'ok', by: allow });
      }
      return results;
    }
    // A refusal of other clients matters only where it leads somewhere.
    const isTaken = state.scope.effective('error_page').length > 0;
    const met = new Set([plain.result]);
    for (const other of edgeAddresses(rules.map(({ args }) => args[0] ?? ''))) {
      const judged = judge(other);
      if (met.has(judged.result) || (judged.result === 403 && !isTaken)) continue;
      met.add(judged.result);
      if (header !== undefined) {
        // Whoever is trusted to name an address names the one that helps.
        const knowledge = state.knowledge.assume([this.#tools.symbols.client(header)], [literal(other)]);
        if (knowledge !== undefined) results.push({ state: { ...state, knowledge }, ...judged });
        continue;
      }
      const condition: AccessCondition = {
        kind: 'address',
        text: `client address ${other}`,
        span: nodeSpan(judged.by),
      };
      const conditions = [...state.conditions, condition];
      const sourceIsRange = !rules.some(({ args }) => args[0] === other);
      results.push({ state: { ...state, conditions, sourceAddress: other, sourceIsRange }, ...judged });
    }
    return results;
  }

  /** The header by which every client may replace its address: all peers are trusted (ngx_http_realip_handler). */
  #replacingHeader(scope: Scope): string | undefined {
    const trusted = scope.effective('set_real_ip_from').map(({ args }) => args[0] ?? '');
    if (!trusted.some(range => range === '0.0.0.0/0')) return undefined;
    const header = scope.value('real_ip_header', 'X-Real-IP').toLowerCase();
    return header === 'proxy_protocol' ? undefined : `http_${header.replaceAll('-', '_')}`;
  }

  /** auth_basic: a password of the user file, without which it protects nothing (row 9.8c). */
  #password(state: State): CheckResult[] {
    const basic = state.scope.setting('auth_basic');
    const file = state.scope.setting('auth_basic_user_file');
    if (basic === undefined || file === undefined) {
      return [{ state, result: 'declined', by: basic ?? this.#server.node }];
    }
    return this.#evaluate(state, parseTemplate(basic.args[0] ?? '')).flatMap(({ state: read, value }) => {
      const results: CheckResult[] = [];
      const off = read.knowledge.assume(value, [literal('off')]);
      if (off !== undefined) results.push({ state: { ...read, knowledge: off }, result: 'declined', by: basic });
      const on = read.knowledge.assume(value, [complement(literal('off'))]);
      if (on === undefined) return results;
      const asked: State = { ...read, knowledge: on };
      const condition: AccessCondition = {
        kind: 'password',
        text: 'a password of the user file',
        span: nodeSpan(basic),
      };
      results.push({ state: asked, result: 401, by: basic });
      results.push({ state: { ...asked, conditions: [...asked.conditions, condition] }, result: 'ok', by: basic });
      return results;
    });
  }

  /** auth_request: a call, whose status decides and whose variables stay (ngx_http_auth_request_handler, rows 9.10-9.12). */
  #authRequest(state: State): CheckResult[] {
    const node = state.scope.setting('auth_request');
    const target = node?.args[0];
    if (node === undefined || target === undefined || target === 'off') {
      return [{ state, result: 'declined', by: node ?? this.#server.node }];
    }
    const results: CheckResult[] = [];
    const back = (end: State): State => {
      const variables = new Map(end.variables);
      for (const set of state.scope.effective('auth_request_set')) {
        const name = (set.args[0] ?? '').replace(/^\$/, '').toLowerCase();
        const reason = this.#reason('not-modelled', set, `$${name} is taken from the answer of auth_request`);
        variables.set(name, [this.#tools.symbols.unmodelled(reason)]);
      }
      const { knowledge, conditions, doubts, sourceAddress, sourceIsRange, files } = end;
      return { ...state, knowledge, conditions, doubts, sourceAddress, sourceIsRange, files, variables };
    };
    const answer = (end: State, own: number): void => {
      const status = end.status ?? own;
      const result = status >= 200 && status < 300 ? 'ok' : status === 401 || status === 403 ? status : 500;
      results.push({ state: back(end), result, by: node });
    };
    const observer: Observer = {
      isDone: () => false,
      arrive: (site, end) => {
        if (site.content.endsWith('_pass') && end.status === undefined) {
          const condition: AccessCondition = {
            kind: 'auth-backend',
            text: `the answer of ${site.content} ${site.target ?? ''}`,
            span: nodeSpan(node),
          };
          const asked = back(end);
          results.push({ state: { ...asked, conditions: [...asked.conditions, condition] }, result: 'ok', by: node });
          results.push({ state: { ...asked, conditions: [...asked.conditions, condition] }, result: 403, by: node });
        } else {
          answer(end, 200);
        }
      },
      refuse: this.#observer.refuse,
      finish: answer,
      giveUp: this.#observer.giveUp,
    };
    const [path, query] = splitOnce(target);
    new Explorer(this.#tools, this.#entry, observer).#call({
      ...state,
      location: undefined,
      scope: this.#server.scope,
      handler: undefined,
      uri: path === '' ? [] : [path],
      args: query === '' ? [] : [query],
      captures: new Map(),
      internal: true,
      errorPageUsed: false,
      changesLeft: URI_CHANGES,
      isSubrequest: true,
      status: undefined,
    });
    return results;
  }

  /** Follows a subrequest to its ends. */
  #call(state: State): void {
    this.#push('server', state);
    this.#drain();
  }

  /** try_files (rows 10.1-10.8): a file that is found is served here; else the last element decides. */
  #tryFiles(state: State): void {
    const node =
      state.location === undefined ? this.#server.scope.own('try_files').at(-1) : state.scope.own('try_files').at(-1);
    if (
      node === undefined ||
      state.scope.kind === 'if' ||
      state.scope.kind === 'limit_except' ||
      node.args.length < 2
    ) {
      this.#push('content', state);
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
        if (code >= 200 && code < 300) this.#end(missing, node, code);
        else this.#raise(missing, code, node);
      } else {
        this.#jump(missing, last, node, missing.method);
      }
    }
  }

  /** One element of try_files: goes on where it is found, and returns the states in which it is not. */
  #tryFile(state: State, element: string): State[] {
    const isFolder = element.endsWith('/') && element.length > 1;
    const missed: State[] = [];
    for (const { state: read, value } of this.#evaluate(
      state,
      parseTemplate(isFolder ? element.slice(0, -1) : element),
    )) {
      const path = this.#filePath(read, value);
      // A name with a final slash is never that of a file.
      const named = isFolder ? read.knowledge : read.knowledge.assume(value, [complement(endsWith('/'))]);
      const found =
        named === undefined ? undefined : look({ ...read, knowledge: named }, path, isFolder ? FOLDER : FILE);
      if (found !== undefined) {
        if (state.handler !== undefined) this.#push('content', found);
        else if (isFolder) this.#raiseQuietly(found, 301);
        else this.#serveFiles({ ...found, uri: value });
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

  #content(state: State): void {
    const { handler } = state;
    if (handler === undefined) {
      this.#serveFiles(state);
      return;
    }
    if (!READ_ONLY.has(handler.node.name)) {
      this.#handle(state, handler);
      return;
    }
    const reading = union(literal('GET'), literal('HEAD'));
    const reads = state.knowledge.assume(ownMethod(state), [reading]);
    if (reads !== undefined) this.#handle({ ...state, knowledge: reads }, handler);
    const writes = state.knowledge.assume(ownMethod(state), [complement(reading)]);
    if (writes !== undefined) this.#raiseQuietly({ ...state, knowledge: writes }, 405);
  }

  /** Ends at the block whose handler answers. */
  #handle(state: State, handler: Handler): void {
    const { scope, location } = state;
    const holder = scope.kind === 'if' || scope.kind === 'limit_except' ? ownHandler(scope, handler) : undefined;
    // An `if` without a handler of its own continues with what it inherits from the location (row 3.5); a handler left
    // over from an earlier `if` that the location does not share has no upstream: 500 (row 3.6).
    const inherited = location === undefined ? this.#server.handler : location.handler;
    if (holder !== undefined) this.#arrive({ ...state, scope: holder }, handler.content, handler.node);
    else if (inherited !== undefined && inherited.node.name === handler.node.name) {
      this.#arrive({ ...state, scope: location?.scope ?? this.#server.scope }, inherited.content, inherited.node);
    } else {
      this.#raise(state, 500, scope.node ?? handler.node);
    }
    this.#backEndErrors(state);
  }

  /**
   * index, autoindex and static files in nginx's order (row 6.19): all of them know GET, HEAD and POST, but only the index
   * gives something for POST.
   */
  #serveFiles(state: State): void {
    const node = state.scope.setting('root') ?? state.scope.node ?? this.#server.node;
    const method = ownMethod(state);
    const others = state.knowledge.assume(method, [complement(union(VIEWING, POSTING))]);
    if (others !== undefined) this.#raiseQuietly({ ...state, knowledge: others }, 405);
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
      else this.#raiseQuietly(found, 405);
    }
    const missing = look(state, path, ABSENT);
    if (missing !== undefined) this.#raiseQuietly(missing, 404);
    const folder = look(state, path, FOLDER);
    if (folder !== undefined) this.#raiseQuietly(folder, 301);
  }

  /** A path with a slash at its end. */
  #serveFolder(state: State, node: ConfigNode, views: boolean): void {
    if (views && state.scope.value('autoindex', 'off').toLowerCase() === 'on') this.#arriveAtFiles(state, node);
    let without: State[] = [state];
    for (const file of state.scope.setting('index')?.args ?? ['index.html']) {
      without = without.flatMap(missing => this.#tryIndex(missing, file));
    }
    for (const missing of without) {
      this.#raiseQuietly(missing, 403);
      this.#raiseQuietly(missing, 404);
    }
  }

  /** One element of `index`: redirects where the file is there, and returns the states in which it is not. */
  #tryIndex(state: State, file: string): State[] {
    const missed: State[] = [];
    for (const { state: read, value } of this.#evaluate(state, parseTemplate(file))) {
      const uri = file.startsWith('/') ? value : normalise([...read.uri, ...value]);
      const path = file.startsWith('/') ? undefined : this.#filePath(read, uri);
      const found = look(read, path, FILE | FOLDER);
      if (found !== undefined) this.#changeUri({ ...found, uri, internal: true }, 'server');
      const missing = look(read, path, ABSENT);
      if (missing !== undefined) missed.push(missing);
    }
    return missed;
  }

  #arriveAtFiles(state: State, node: ConfigNode): void {
    const scope = state.location?.scope ?? this.#server.scope;
    const source = scope.setting('alias') ?? scope.setting('root');
    this.#arrive({ ...state, scope }, 'static', source ?? node);
  }

  /** Errors of a back end that an error_page takes to another place: they need a back end that fails. */
  #backEndErrors(state: State): void {
    for (const node of state.scope.effective('error_page')) {
      const { codes, target } = errorPage(node);
      const failing = codes.filter(code => BACK_END_CODES.has(code));
      if (failing.length === 0 || state.errorPageUsed) continue;
      const reason = this.#reason('not-modelled', node, `answers ${failing.join(', ')} of a back end`);
      this.#jumpToErrorPage(this.#doubt({ ...state, errorPageUsed: true }, reason), target);
    }
  }

  // ------------------------------------------------------------------ errors and jumps

  /** An error: its error_page in force, once, or the end (ngx_http_special_response_handler). */
  #raise(state: State, code: number, node: ConfigNode): void {
    this.#refuse(state, node);
    this.#raiseQuietly(state, code);
  }

  /** The same for an error that says nothing about who refuses. */
  #raiseQuietly(state: State, code: number): void {
    const pages = state.errorPageUsed ? [] : state.scope.effective('error_page');
    const page = pages.find(entry => errorPage(entry).codes.includes(code));
    if (page === undefined) {
      this.#observer.finish(state, code);
      return;
    }
    const { target, answer } = errorPage(page);
    const recursive = state.scope.value('recursive_error_pages', 'off').toLowerCase() === 'on';
    const status = answer === 'own' ? undefined : (answer ?? code);
    this.#jumpToErrorPage({ ...state, errorPageUsed: !recursive, status }, target);
  }

  #jumpToErrorPage(state: State, target: string): void {
    if (target.startsWith('@')) {
      this.#jump(state, target, undefined, state.method);
      return;
    }
    // A URI target is fetched with GET, but HEAD stays HEAD.
    this.#jump(state, target, undefined, ['GET']);
    if (!this.#readsMethod()) return;
    const head = state.knowledge.assume(state.method, [literal('HEAD')]);
    if (head !== undefined) this.#jump({ ...state, knowledge: head }, target, undefined, ['HEAD']);
  }

  #readsMethod(): boolean {
    const server = this.#server;
    return (
      this.#tools.live.after(server.program, 0, server, undefined).has('request_method') ||
      server.locations.some(location => location.limitExcept !== undefined)
    );
  }

  /** An internal redirect to a named location or a URI (ngx_http_named_location, ngx_http_internal_redirect). */
  #jump(state: State, target: string, node: ConfigNode | undefined, method: Value): void {
    for (const { state: read, value } of this.#evaluate(state, parseTemplate(target))) {
      const text = fixedText(value);
      if (text?.startsWith('@')) {
        const named = this.#server.locations.find(
          location => location.match.kind === 'named' && location.match.text === text,
        );
        // Without a path yet, a named location cannot be entered (row 8.5: 500).
        if (named !== undefined && read.changesLeft > 0 && read.uri.length > 0) {
          this.#enter(
            named,
            { ...read, internal: true, changesLeft: read.changesLeft - 1, captures: read.captures },
            false,
          );
        }
        continue;
      }
      for (const way of this.#openTarget(read, value)) {
        if (way.named !== undefined) {
          if (way.state.changesLeft > 0 && way.state.uri.length > 0) {
            this.#enter(way.named, { ...way.state, internal: true, changesLeft: way.state.changesLeft - 1 }, false);
          }
          continue;
        }
        const args = way.args ?? (node === undefined ? [] : way.state.args);
        this.#changeUri({ ...way.state, uri: way.uri, args, method, internal: true }, 'server');
      }
    }
  }

  /** Where a target that variables make up can lead: to each named location, or to a path with arguments or without. */
  #openTarget(
    state: State,
    value: Value,
  ): { state: State; named: Location | undefined; uri: Value; args: Value | undefined }[] {
    const ways: { state: State; named: Location | undefined; uri: Value; args: Value | undefined }[] = [];
    const add = (knowledge: Knowledge | undefined, named: Location | undefined, uri: Value, args?: Value): void => {
      if (knowledge !== undefined) ways.push({ state: { ...state, knowledge }, named, uri, args });
    };
    if (typeof value[0] !== 'string') {
      for (const location of this.#server.locations) {
        if (location.match.kind === 'named') {
          add(state.knowledge.assume(value, [literal(location.match.text)]), location, []);
        }
      }
    }
    const fixed = splitAtQuestion(value);
    if (fixed.args !== undefined) {
      add(state.knowledge.assume(fixed.uri, [startsWith('/')]), undefined, fixed.uri, fixed.args);
      return ways;
    }
    const question = concat(everything, literal('?'), everything);
    add(state.knowledge.assume(value, [startsWith('/'), complement(question)]), undefined, value);
    const [whole] = value;
    if (value.length === 1 && typeof whole === 'object') {
      const path = this.#tools.symbols.part(`${whole.name} path`, complement(question));
      const query = this.#tools.symbols.part(`${whole.name} query`, everything);
      const bound = state.knowledge.assume(value, [startsWith('/'), question])?.bind(whole, [path, '?', query]);
      add(bound?.assume([path], [startsWith('/')]), undefined, [path], [query]);
    } else if (symbolsOf(value).length > 0) {
      const open = state.knowledge.assume(value, [startsWith('/'), question]);
      if (open !== undefined)
        add(open, undefined, [this.#tools.symbols.loose('target', startsWith('/'), undefined)], []);
    }
    return ways;
  }

  // ------------------------------------------------------------------ ends

  #arrive(state: State, content: string, source: ConfigNode): void {
    const { scope } = state;
    const site =
      scope.kind === 'server'
        ? serverSite(this.#server, content, source)
        : siteOf(this.#server, scope, content, source);
    if (this.#observer.isDone(site)) return;
    this.#observer.arrive(site, state, this.#entry);
  }

  /** Ends without content. */
  #end(state: State, node: ConfigNode, status: number): void {
    this.#refuse(state, node);
    this.#observer.finish(state, status);
  }

  #refuse(state: State, node: ConfigNode): void {
    this.#observer.refuse(this.#server, state.location, { span: nodeSpan(node), text: nodeText(node) });
  }

  #verifyNode(): ConfigNode {
    return this.#server.scope.setting('ssl_verify_client') ?? this.#server.node;
  }

  #doubt(state: State, reason: Reason): State {
    return state.doubts.some(doubt => doubt.text === reason.text)
      ? state
      : { ...state, doubts: [...state.doubts, reason] };
  }

  #reason(kind: string, node: ConfigNode, text: string): Reason {
    return { kind, text, span: nodeSpan(node) };
  }
}

/**
 * A Host that sends a request with the SNI of a server to a verifying server under another name: 421 (mtls-semantics 6,
 * rule 3). Undefined stands for no Host at all.
 */
function misdirectedHosts(socket: ListenSocket, server: VirtualServer): (string | undefined)[] {
  const sni = sniName(server);
  for (const other of socket.servers) {
    if (verifyMode(other) === 'off') continue;
    for (const name of other.names) {
      if (name.kind !== 'exact' || name.text === sni) continue;
      return [name.text === '' ? undefined : name.text];
    }
    if (other === socket.defaultServer) return ['unknown.invalid'];
  }
  return [];
}

/** The method by which blocks and handlers judge a request. */
function ownMethod(state: State): Value {
  return state.isSubrequest ? ['GET'] : state.method;
}

/** What a path can be. */
const FILE = 1;
const FOLDER = 2;
const ABSENT = 4;
const ANY = FILE | FOLDER | ABSENT;

/** What remains of a state when a path is one of some things; undefined where it is known to be another. */
function look(state: State, path: Value | undefined, states: number): State | undefined {
  if (path === undefined) return state;
  const key = valueKey(state.knowledge.resolve(path));
  const known = state.files.get(key) ?? ANY;
  const rest = known & states;
  if (rest === 0) return undefined;
  return rest === known ? state : { ...state, files: new Map(state.files).set(key, rest) };
}

const VIEWING = union(literal('GET'), literal('HEAD'));
const POSTING = literal('POST');

/** Handlers of nginx's own that answer GET and HEAD alone. */
const READ_ONLY: ReadonlySet<string> = new Set(['empty_gif', 'stub_status', 'flv', 'mp4', 'memcached_pass']);

/** Codes that a back end gives, or that nginx gives for it. */
const BACK_END_CODES: ReadonlySet<number> = new Set([500, 502, 503, 504]);

/** Symbols whose demands belong together with others: they are solved at the end. */
const KEPT: ReadonlySet<string> = new Set(['host', 'method', 'request_uri']);

const ACCESS_SCRIPTS = ['access_by_lua_block', 'access_by_lua_file', 'access_by_lua', 'js_access'];

/** The codes and the target of an `error_page`, and the status it answers with where it says so (ngx_http_core_error_page). */
function errorPage(node: ConfigNode): { codes: number[]; target: string; answer: number | 'own' | undefined } {
  const words = node.args.slice(0, -1);
  const answer = words.find(word => word.startsWith('='));
  return {
    codes: words.filter(word => /^\d+$/.test(word)).map(Number),
    target: node.args.at(-1) ?? '',
    answer: answer === undefined ? undefined : answer === '=' ? 'own' : Number(answer.slice(1)),
  };
}

function holdsCapture(template: Template): boolean {
  return template.some(piece => piece.kind === 'capture');
}

/** True where a program reads `$1` … somewhere. */
function readsCaptures(program: Program): boolean {
  return program.some(step => {
    switch (step.kind) {
      case 'set':
        return holdsCapture(step.value);
      case 'rewrite':
        return holdsCapture(step.replacement);
      case 'return':
        return step.text !== undefined && holdsCapture(step.text);
      case 'if':
        return (step.condition.kind === 'equal' && holdsCapture(step.condition.value)) || readsCaptures(step.body);
      default:
        return false;
    }
  });
}

function both(state: State): { state: State; holds: boolean }[] {
  return [
    { state, holds: true },
    { state, holds: false },
  ];
}

function textValue(text: string): Value {
  return text === '' ? [] : [text];
}

function remember(state: State, name: string, value: Value): State {
  return { ...state, variables: new Map(state.variables).set(name, value) };
}

/** Splits a new URI at its first `?` (ngx_http_script_regex_end_code, ngx_http_split_args). */
function splitAtQuestion(value: Value): { uri: Value; args: Value | undefined } {
  for (const [at, part] of value.entries()) {
    if (typeof part !== 'string') continue;
    const question = part.indexOf('?');
    if (question === -1) continue;
    return {
      uri: normalise([...value.slice(0, at), part.slice(0, question)]),
      args: normalise([part.slice(question + 1), ...value.slice(at + 1)]),
    };
  }
  return { uri: value, args: undefined };
}

function ownHandler(scope: Scope, handler: Handler): Scope | undefined {
  return scope.node?.children?.includes(handler.node) ? scope : undefined;
}

/** Whether an operand of allow or deny covers an address. */
function matchesAddress(operand: string, address: string): boolean {
  if (operand === 'all') return true;
  const parsed = parseAddress(address);
  const network = parseNetwork(operand);
  return parsed !== undefined && network !== undefined && isInNetwork(parsed, network);
}

function splitOnce(target: string): [string, string] {
  const at = target.indexOf('?');
  return at === -1 ? [target, ''] : [target.slice(0, at), target.slice(at + 1)];
}

/** An address of a range in CIDR notation, a single address, or `a-b`. */
function firstAddress(range: string): string | undefined {
  const address = range.split(/[/-]/)[0]!;
  return /^[\d.]+$/.test(address) || address.includes(':') ? address : undefined;
}

/**
 * Addresses of which each combination of the networks holds one if it holds any: where a network begins, and what comes
 * behind its end. Operands that are no IPv4 network give the address they begin with.
 */
function edgeAddresses(networks: readonly string[]): string[] {
  const beginnings: string[] = [];
  const behind: string[] = [];
  for (const written of networks) {
    const network = parseNetwork(written);
    if (network === undefined || network.first.bits !== 32) {
      const first = firstAddress(written);
      if (first !== undefined) beginnings.push(first);
      continue;
    }
    const { value } = network.first;
    beginnings.push(dotted(value));
    behind.push(dotted((value + (1n << BigInt(32 - network.length))) & 0xffff_ffffn));
  }
  return [...beginnings, ...behind];
}

function dotted(value: bigint): string {
  return [24n, 16n, 8n, 0n].map(shift => String((value >> shift) & 255n)).join('.');
}
