import type { ConfigNode } from '../../config/config-tree.js';
import type { Pattern, Program, Statement, Template, VirtualServer } from '../../model/model.js';
import { CAPTURES } from '../../model/variable-inputs.js';
import { literal } from '../../pcre/language.js';
import { isGiven } from '../certificate-contents.js';
import { NOT_EMPTY } from '../input-languages.js';
import { fixedText, normalise, type Sym, symbolsOf, type Value } from '../value.js';
import type { Conditions } from './conditions.js';
import type { Errors } from './errors.js';
import {
  doubt,
  type Exploration,
  isSeenByScript,
  notAnalysed,
  type Observer,
  type ProgramEnd,
  reasonAt,
  remember,
  type State,
  type Tools,
  textsOf,
  type Ways,
} from './state.js';
import type { StateKeys } from './state-key.js';
import type { Values } from './values.js';
import type { WayBound } from './way-bound.js';

/** What the target of a request says as well. */
const PARTS: ReadonlySet<string> = new Set(['uri', 'args']);

/** The state without what nothing reads any more, the request that waits for it least of all. */
function forget({ tools, waiting }: Exploration, state: State, live: ReadonlySet<string>): State {
  const variables = new Map([...state.variables].filter(([name]) => live.has(name) || isSeenByScript(name)));
  const captures = live.has(CAPTURES) ? state.captures : new Map<number, Value>();
  const used = new Set<Sym>();
  const texts = [...textsOf({ ...state, variables, captures }), ...(waiting === undefined ? [] : textsOf(waiting))];
  for (const value of texts) {
    for (const symbol of symbolsOf(state.knowledge.resolve(value))) used.add(symbol);
  }
  const target = tools.symbols.client('request_uri');
  const isTargetAsked = live.has(target.name) || state.knowledge.mentions(target);
  const knowledge = state.knowledge.settle(
    symbol => used.has(symbol) || live.has(symbol.name) || isKept(symbol) || (isTargetAsked && PARTS.has(symbol.name)),
  );
  return { ...state, variables, captures, knowledge };
}

/** Symbols whose demands belong together with others: they are solved at the end. */
const KEPT: ReadonlySet<string> = new Set(['host', 'http_host', 'refused_host', 'method', 'request_uri']);

/** True for a symbol of which a text is not enough: what is known of it has to stay. */
function isKept({ name }: Sym): boolean {
  return KEPT.has(name) || isGiven(name);
}

/** Codes for which `return` takes a URL (ngx_http_script_return_code). */
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Other states in place of those that a program leaves, of those with a new URI and of the others apart. */
function withStates(ends: readonly ProgramEnd[], change: (states: State[]) => readonly State[]): ProgramEnd[] {
  return [false, true].flatMap(uriChanged => {
    const states = ends.flatMap(end => (end.uriChanged === uriChanged ? [end.state] : []));
    return change(states).map(state => ({ state, uriChanged }));
  });
}

/** Runs the programs of the rewrite module on abstract states (ngx_http_rewrite_handler). */
export class Programs {
  readonly #exploration: Exploration;
  readonly #tools: Tools;
  readonly #observer: Observer;
  readonly #server: VirtualServer;
  readonly #ways: Ways;
  readonly #values: Values;
  readonly #conditions: Conditions;
  readonly #errors: Errors;
  readonly #keys: StateKeys;
  readonly #bound: WayBound;

  constructor(
    exploration: Exploration,
    ways: Ways,
    values: Values,
    conditions: Conditions,
    errors: Errors,
    keys: StateKeys,
    bound: WayBound,
  ) {
    this.#exploration = exploration;
    this.#tools = exploration.tools;
    this.#observer = exploration.observer;
    this.#server = exploration.entry.server;
    this.#ways = ways;
    this.#values = values;
    this.#conditions = conditions;
    this.#errors = errors;
    this.#keys = keys;
    this.#bound = bound;
  }

  /** Runs a program of the rewrite module on a state: all states that leave it and go on. */
  run(program: Program, state: State): ProgramEnd[] {
    const ends: ProgramEnd[] = [];
    let running: ProgramEnd[] = [{ state: { ...state, escapes: true }, uriChanged: false }];
    let merged = 2;
    for (let at = 0; at < program.length && running.length > 0; at++) {
      running = this.#runStatement(program[at]!, running, ends);
      // Merging pays where ways have multiplied; where they cannot be merged it must not cost more than they do.
      if (running.length <= 2 * merged && this.#bound.isKeptBy(running)) continue;
      running = this.#limit(
        this.#merge(running, this.#tools.live.after(program, at + 1, this.#server, state.location)),
      );
      merged = Math.max(running.length, 2);
    }
    ends.push(...running);
    return this.#merge(
      ends.map(end => ({ ...end, state: { ...end.state, escapes: true } })),
      this.#tools.live.after(program, program.length, this.#server, state.location),
    );
  }

  /** The ways within a program, as many as are followed apart. */
  #limit(ends: ProgramEnd[]): ProgramEnd[] {
    return this.#bound.isKeptBy(ends) ? ends : withStates(ends, states => this.#bound.limit(states));
  }

  /** Forgets what nothing reads any more, and leaves out states that others stand for as well. */
  #merge(ends: readonly ProgramEnd[], live: ReadonlySet<string>): ProgramEnd[] {
    return withStates(ends, states =>
      this.#keys.lightest(
        // What cannot be must not stand for what it looks like once its demands are forgotten.
        states.flatMap(state => (state.knowledge.isContradictory ? [] : [forget(this.#exploration, state, live)])),
      ),
    );
  }

  #runStatement(statement: Statement, running: readonly ProgramEnd[], ends: ProgramEnd[]): ProgramEnd[] {
    const next: ProgramEnd[] = [];
    for (const end of running) this.#runOne(statement, end, next, ends);
    return next;
  }

  #runOne(statement: Statement, end: ProgramEnd, next: ProgramEnd[], ends: ProgramEnd[]): void {
    switch (statement.kind) {
      case 'set':
        for (const { state, value } of this.#values.evaluate(end.state, statement.value, end.state.escapes)) {
          // `set $args` changes the arguments themselves and nothing else.
          const set =
            statement.variable === 'args' ? { ...state, args: value } : remember(state, statement.variable, value);
          next.push({ ...end, state: set });
        }
        return;
      case 'break':
        // The break code also cancels a new choice of location (row 7.3).
        ends.push({
          state: end.uriChanged ? { ...end.state, validLocation: false } : end.state,
          uriChanged: false,
        });
        return;
      case 'return':
        this.#return(end.state, statement);
        return;
      case 'if':
        if (statement.condition.kind === 'match') this.#fail(end.state, statement.condition.pattern, statement.node);
        for (const { state, holds } of this.#conditions.decide(end.state, statement.condition, statement.node)) {
          if (!holds) {
            next.push({ ...end, state });
            continue;
          }
          const inside = this.#server.program.includes(statement)
            ? state
            : { ...state, scope: statement.scope, handler: statement.handler ?? state.handler };
          let body: ProgramEnd[] = [{ ...end, state: inside }];
          for (const inner of statement.body) body = this.#limit(this.#runStatement(inner, body, ends));
          next.push(...body);
        }
        return;
      case 'rewrite':
        this.#rewrite(statement, end, next, ends);
        return;
      case 'script': {
        const reason = reasonAt('script', statement.node, `${statement.node.name} is not analysed`);
        if (statement.sets === undefined) {
          next.push({ ...end, state: doubt(end.state, reason) });
          // The script may send the request anywhere.
          this.#observer.giveUp(reason);
        } else {
          const read = this.#values.readByScript(end.state, reason);
          next.push({ ...end, state: remember(read, statement.sets, [this.#tools.symbols.unmodelled(reason)]) });
        }
        return;
      }
    }
  }

  /** 500, by a pattern that is not analysed: in UTF-8 mode a byte that is no text is enough (row 10.61). */
  #fail(state: State, pattern: Pattern, node: ConfigNode): void {
    const found = this.#tools.patterns.language(pattern);
    if ('unsupported' in found)
      this.#errors.raiseQuietly(doubt(state, notAnalysed(pattern, node, found.unsupported)), 500);
  }

  #rewrite(
    statement: Extract<Statement, { kind: 'rewrite' }>,
    end: ProgramEnd,
    next: ProgramEnd[],
    ends: ProgramEnd[],
  ): void {
    this.#fail(end.state, statement.pattern, statement.node);
    for (const { state, holds } of this.#conditions.match(
      end.state,
      end.state.uri,
      statement.pattern,
      statement.node,
    )) {
      if (!holds) {
        next.push({ ...end, state });
        continue;
      }
      if (statement.flag === 'redirect' || statement.flag === 'permanent') {
        this.#errors.raise(state, statement.flag === 'permanent' ? 301 : 302, statement.node);
        continue;
      }
      for (const rewritten of this.#rewritten(state, statement)) {
        if (fixedText(rewritten.uri) === '') this.#errors.raise(rewritten, 500, statement.node);
        else if (statement.flag === 'none') next.push({ state: rewritten, uriChanged: true });
        else ends.push({ state: rewritten, uriChanged: statement.flag === 'last' });
      }
    }
  }

  /**
   * The states behind a rewrite that matches (ngx_http_script_regex_end_code). The replacement is split where its own text
   * says `?`: one that a variable or a capture brings starts no arguments (row 7.10).
   */
  #rewritten(state: State, { replacement, keepsArguments, flag }: Extract<Statement, { kind: 'rewrite' }>): State[] {
    const at = replacement.findIndex(piece => piece.kind === 'text' && piece.text.includes('?'));
    const split = replacement[at];
    let path = replacement;
    let written: Template | undefined;
    if (split?.kind === 'text') {
      const mark = split.text.indexOf('?');
      path = [...replacement.slice(0, at), { kind: 'text', text: split.text.slice(0, mark) }];
      written = [{ kind: 'text', text: split.text.slice(mark + 1) }, ...replacement.slice(at + 1)];
    }
    const validLocation = flag === 'break' ? false : state.validLocation;
    return this.#values.evaluate(state, path).flatMap(({ state: read, value: uri }) =>
      this.#newArguments(read, written, keepsArguments).flatMap(({ state: known, value: args }): State[] => {
        // Any match of a rewrite sets the internal flag (rows 6.32-6.34).
        const next: State = { ...known, args, internal: true, escapes: false, validLocation };
        const some = next.knowledge.assume(uri, [NOT_EMPTY]);
        const none = next.knowledge.assume(uri, [literal('')]);
        return [
          ...(some === undefined ? [] : [{ ...next, knowledge: some, uri }]),
          ...(none === undefined ? [] : [{ ...next, knowledge: none, uri: [] }]),
        ];
      }),
    );
  }

  /** The arguments behind a rewrite: those that it writes, then those that there were, unless it ends in `?` (row 7.8). */
  #newArguments(
    state: State,
    written: Template | undefined,
    keepsArguments: boolean,
  ): { state: State; value: Value }[] {
    if (written === undefined) return [{ state, value: keepsArguments ? state.args : [] }];
    return this.#values.evaluate(state, written, true).flatMap(({ state: read, value }) => {
      if (!keepsArguments) return [{ state: read, value }];
      const ways: { state: State; value: Value }[] = [];
      const some = read.knowledge.assume(read.args, [NOT_EMPTY]);
      if (some !== undefined) {
        ways.push({ state: { ...read, knowledge: some }, value: normalise([...value, '&', ...read.args]) });
      }
      const none = read.knowledge.assume(read.args, [literal('')]);
      if (none !== undefined) ways.push({ state: { ...read, knowledge: none }, value });
      return ways;
    });
  }

  #return(state: State, { node, code, text }: Extract<Statement, { kind: 'return' }>): void {
    const values = text === undefined ? [] : this.#values.evaluate(state, text);
    // A text, even one that turns out empty, is sent as it is; only the literal empty text counts as none (8.12).
    const hasText = text !== undefined && text.length > 0;
    // Whatever is sent from here, the body is thrown away before (ngx_http_send_response).
    if (code < 400 || hasText) {
      this.#errors.brokenBody(state);
      this.#errors.precondition(state, code);
    }
    if (code >= 200 && code < 300) {
      if (hasText && code !== 204) {
        for (const { state: read, value } of values) {
          const knowledge = read.knowledge.assume(value, [NOT_EMPTY]);
          if (knowledge !== undefined) this.#ways.arrive({ ...read, knowledge }, 'return', node);
          if (read.knowledge.assume(value, [literal('')]) !== undefined) this.#ways.end(state, node, code);
        }
      } else {
        this.#ways.end(state, node, code);
      }
      return;
    }
    // A redirect is raised although it carries a URL (row 8.13).
    if (REDIRECTS.has(code) || (code >= 400 && !hasText)) this.#errors.raise(state, code, node);
    else this.#ways.end(state, node, code);
  }
}
