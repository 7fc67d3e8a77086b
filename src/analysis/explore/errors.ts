import type { ConfigNode } from '../../config/config-tree.js';
import type { ListenSocket, Location, VirtualServer } from '../../model/model.js';
import { parseTemplate } from '../../model/template.js';
import { complement, concat, everything, literal } from '../../pcre/language.js';
import { type Entry, sniName, verifyMode } from '../handshake.js';
import { startsWith } from '../input-languages.js';
import type { Knowledge } from '../knowledge.js';
import { fixedText, symbolsOf, type Value } from '../value.js';
import {
  doubt,
  type EarlyError,
  type Exploration,
  type Observer,
  reasonAt,
  type State,
  splitAtQuestion,
  type Tools,
  type Ways,
} from './state.js';
import type { Values } from './values.js';

/** Codes that a back end gives, or that nginx gives for it. */
const BACK_END_CODES: ReadonlySet<number> = new Set([500, 502, 503, 504]);

/** Errors and the jumps that they and others make to URIs and named locations (ngx_http_special_response_handler). */
export class Errors {
  readonly #tools: Tools;
  readonly #entry: Entry;
  readonly #observer: Observer;
  readonly #server: VirtualServer;
  readonly #ways: Ways;
  readonly #values: Values;

  constructor(exploration: Exploration, ways: Ways, values: Values) {
    this.#tools = exploration.tools;
    this.#entry = exploration.entry;
    this.#observer = exploration.observer;
    this.#server = exploration.entry.server;
    this.#ways = ways;
    this.#values = values;
  }

  /** Errors that a request can provoke before the server program, where a server-level error_page takes them elsewhere. */
  earlyErrors(state: State): void {
    const { socket, tls, hostless } = this.#entry;
    const provoked: EarlyError[] = [{ code: 400 }, { code: 494 }, ...(hostless ? [] : [{ code: 501 } as const])];
    for (const provokes of provoked) this.raiseQuietly({ ...state, provokes }, provokes.code);
    this.raiseQuietly({ ...state, provokes: { code: 405 }, method: ['TRACE'] }, 405);
    const isFirst = tls === 'host' || socket.defaultServer === this.#server;
    // Errors of the request line are those of the server that is known by then, and there is no path yet (row 14.25).
    if (isFirst && !hostless) {
      const early: EarlyError[] = [{ code: 414 }, { code: 505 }];
      for (const provokes of early) this.raiseQuietly({ ...state, provokes, uri: [], args: [] }, provokes.code);
    }
    if (tls === 'host') {
      for (const host of misdirectedHosts(socket, this.#server)) {
        this.raiseQuietly({ ...state, provokes: { code: 421, host } }, 421);
      }
    }
  }

  /** Errors of a back end that an error_page takes to another place: they need a back end that fails. */
  backEndErrors(state: State): void {
    for (const node of state.scope.effective('error_page')) {
      const { codes, target } = errorPage(node);
      const failing = codes.filter(code => BACK_END_CODES.has(code));
      if (failing.length === 0 || state.errorPageUsed) continue;
      const reason = reasonAt('not-modelled', node, `answers ${failing.join(', ')} of a back end`);
      this.#jumpToErrorPage(doubt({ ...state, errorPageUsed: true }, reason), target);
    }
  }

  /** An error: its error_page in force, once, or the end (ngx_http_special_response_handler). */
  raise(state: State, code: number, node: ConfigNode): void {
    this.#ways.refuse(state, node);
    this.raiseQuietly(state, code);
  }

  /** The same for an error that says nothing about who refuses. */
  raiseQuietly(state: State, code: number): void {
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
      this.jump(state, target, undefined, state.method);
      return;
    }
    // A URI target is fetched with GET, but HEAD stays HEAD.
    this.jump(state, target, undefined, ['GET']);
    if (!this.#readsMethod()) return;
    const head = state.knowledge.assume(state.method, [literal('HEAD')]);
    if (head !== undefined) this.jump({ ...state, knowledge: head }, target, undefined, ['HEAD']);
  }

  #readsMethod(): boolean {
    const server = this.#server;
    return (
      this.#tools.live.after(server.program, 0, server, undefined).has('request_method') ||
      server.locations.some(location => location.limitExcept !== undefined)
    );
  }

  /** An internal redirect to a named location or a URI (ngx_http_named_location, ngx_http_internal_redirect). */
  jump(state: State, target: string, node: ConfigNode | undefined, method: Value): void {
    for (const { state: read, value } of this.#values.evaluate(state, parseTemplate(target))) {
      const text = fixedText(value);
      if (text?.startsWith('@')) {
        const named = this.#server.locations.find(
          location => location.match.kind === 'named' && location.match.text === text,
        );
        // Without a path yet, a named location cannot be entered (row 8.5: 500).
        if (named !== undefined && read.changesLeft > 0 && read.uri.length > 0) {
          this.#ways.enter(
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
            this.#ways.enter(
              way.named,
              { ...way.state, internal: true, changesLeft: way.state.changesLeft - 1 },
              false,
            );
          }
          continue;
        }
        const args = way.args ?? (node === undefined ? [] : way.state.args);
        this.#ways.changeUri({ ...way.state, uri: way.uri, args, method, internal: true }, 'server');
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
