import { type ConfigNode, nodeSpan, nodeText } from '../../config/config-tree.js';
import type { Location, VirtualServer } from '../../model/model.js';
import { parseTemplate } from '../../model/template.js';
import { complement, everything, type Language, literal, union } from '../../pcre/language.js';
import type { AccessCondition } from '../access.js';
import { namesLanguage } from '../host-languages.js';
import { holding, NOT_EMPTY, startsWith } from '../input-languages.js';
import { normalise, type Value } from '../value.js';
import type { EntryFacts } from './entry-facts.js';
import type { LooseTexts } from './loose-texts.js';
import {
  answered,
  CLOSING_CODES,
  doubt,
  type EarlyError,
  type Exploration,
  ownMethod,
  reasonAt,
  type State,
  type Tools,
  URI_CHANGES,
  type Ways,
  withoutContexts,
} from './state.js';
import type { Values } from './values.js';

/** The errors that nginx raises for a back end of its own accord, by the directive that passes on to it. */
const OWN_ERRORS: Readonly<Record<string, readonly number[]>> = {
  proxy_pass: [502, 504],
  fastcgi_pass: [502, 504],
  uwsgi_pass: [502, 504],
  scgi_pass: [502, 504],
  grpc_pass: [502, 504],
  memcached_pass: [404, 502, 504],
};

/** Filters that refuse an answer for what it holds, and the code that they give it. */
const LOOKING_FILTERS = [
  ['image_filter', 415],
  ['xslt_stylesheet', 500],
] as const;

/** Errors and the jumps that they and others make to URIs and named locations (ngx_http_special_response_handler). */
export class Errors {
  readonly #tools: Tools;
  readonly #entry: EntryFacts;
  readonly #server: VirtualServer;
  readonly #ways: Ways;
  readonly #values: Values;
  readonly #loose: LooseTexts;

  constructor(exploration: Exploration, ways: Ways, values: Values, loose: LooseTexts) {
    this.#tools = exploration.tools;
    this.#entry = exploration.entry;
    this.#server = exploration.entry.server;
    this.#ways = ways;
    this.#values = values;
    this.#loose = loose;
  }

  /** Errors that a request can provoke before the server program, where a server-level error_page takes them elsewhere. */
  earlyErrors(state: State): void {
    const hostless = this.#entry.get('hostless');
    const isFirst = this.#entry.get('isFirst');
    const provoked: EarlyError[] = [
      { code: 400, fault: 'header' },
      // The server that a missing Host header stands for is found when all headers are read (row 14.27).
      ...(hostless && !isFirst ? [] : [{ code: 494 } as const]),
      ...(hostless ? [] : [{ code: 501 } as const]),
    ];
    // How long the body is has not been read where an earlier line is wrong.
    const body = { ...state.body, isGone: true };
    for (const provokes of provoked) {
      this.raiseQuietly(provokes.code === 494 ? { ...state, provokes, body } : { ...state, provokes }, provokes.code);
    }
    this.raiseQuietly({ ...state, provokes: { code: 405 }, method: ['TRACE'] }, 405);
    // Errors of the request line are those of the server that is known by then, and there is no path yet (row 14.25).
    if (isFirst && !hostless) {
      const early: EarlyError[] = [{ code: 414 }, { code: 505 }, { code: 400, fault: 'target' }];
      for (const provokes of early) {
        this.raiseQuietly({ ...state, provokes, body, uri: [], args: [] }, provokes.code);
      }
      this.raiseQuietly({ ...state, body, provokes: { code: 400, fault: 'host' } }, 400);
    }
    if (this.#entry.get('namesHost')) {
      // nginx remembers a name only if it is that of a server and it keeps a table of names.
      const names = namesLanguage(this.#server, this.#tools.patterns);
      const known = state.knowledge.assume([this.#tools.symbols.client('host')], [names, NOT_EMPTY]);
      const host = this.#entry.get('misdirectedHost');
      if (known === undefined || host === undefined || !this.#entry.get('keepsNames')) return;
      const provokes: EarlyError = { code: 421, host: host === '' ? undefined : host };
      this.raiseQuietly({ ...state, knowledge: known, provokes, body }, 421);
    }
  }

  /**
   * Errors of a back end: nginx raises 502 and 504 for it, memcached 404, and whatever it answers itself from 300 on where
   * that is intercepted and an error_page names it (ngx_http_upstream_intercept_errors, rows 8.40-8.42).
   */
  backEndErrors(state: State, source: ConfigNode): void {
    const own = OWN_ERRORS[source.name];
    if (own === undefined) return;
    const { scope } = state;
    const intercepts = scope.value(source.name.replace(/_pass$/, '_intercept_errors'), 'off').toLowerCase() === 'on';
    const pages = scope.effective('error_page').map(node => errorPage(node).codes);
    const raised = new Set<number>();
    for (const codes of pages) {
      const here = codes.filter(code => intercepts || own.includes(code));
      // The codes of one page lead to one place; what decides about a subrequest is the status alone.
      for (const code of state.isSubrequest ? here : here.slice(0, 1)) raised.add(code);
    }
    if (state.isSubrequest) raised.add(502);
    const condition: AccessCondition = { kind: 'backend', text: nodeText(source), span: nodeSpan(source) };
    for (const code of raised) {
      const failed: State = { ...state, surroundings: answered(state, source, { via: state.via, status: code }) };
      this.raiseQuietly({ ...failed, conditions: [...state.conditions, condition] }, code);
    }
  }

  /**
   * 400 for a body with a chunk that has no size, where it is read or thrown away (row 8.56). A request without a Host is one of
   * HTTP/1.0, which knows no chunks.
   */
  brokenBody(state: State): void {
    if (this.#entry.get('hostless') || state.body.isGone || state.body.least > 0) return;
    this.#provoke(state, { code: 400, fault: 'body' });
  }

  /** 412 for an answer of nginx's own, where the client sets a condition that it does not meet (row 8.57). */
  precondition(state: State, code = 200): void {
    if ((state.status ?? code) === 200) this.#provoke(state, { code: 412 });
  }

  /** 416 for a part of a file behind its end, unless no parts are given out (row 8.58). */
  range(state: State): void {
    if ((state.status ?? 200) === 200 && state.scope.value('max_ranges', '') !== '0')
      this.#provoke(state, { code: 416 });
  }

  /** Errors of filters that look into the answer, which is not known (ngx_http_filter_finalize_request). */
  filterErrors(state: State): void {
    for (const [name, code] of LOOKING_FILTERS) {
      const node = state.scope.effective(name).at(-1);
      if (node === undefined || node.args[0] === 'off' || state.isSubrequest || state.via !== undefined) continue;
      const reason = reasonAt('answer', node, `${name} may find fault with an answer`);
      if (hasPage(state, code)) this.raiseQuietly(doubt(state, reason), code);
    }
  }

  /** An error that the client can have behind all checks, where an error_page takes it elsewhere. */
  #provoke(state: State, provokes: EarlyError): void {
    const { code } = provokes;
    if (state.isSubrequest || state.via !== undefined || state.provokes !== undefined || !hasPage(state, code)) return;
    this.raiseQuietly({ ...state, provokes }, code);
  }

  /** An error: its error_page in force, once, or the end (ngx_http_special_response_handler). */
  raise(state: State, code: number, node: ConfigNode): void {
    this.#ways.refuse(state, node);
    this.raiseQuietly(state, code);
  }

  /** The same for an error that says nothing about who refuses. */
  raiseQuietly(state: State, code: number): void {
    if (CLOSING_CODES.has(code)) {
      this.#ways.close(state, code);
      return;
    }
    const pages = state.errorPageUsed ? [] : state.scope.effective('error_page');
    const page = pages.find(entry => errorPage(entry).codes.includes(code));
    const recursive = state.scope.value('recursive_error_pages', 'off').toLowerCase() === 'on';
    if (page === undefined) {
      // Pages that do not name the error use up the one there may be, for a post_action that comes next (row 8.33b).
      const ended = { ...state, errorPageUsed: state.errorPageUsed || (pages.length > 0 && !recursive) };
      // Behind a post_action no header tells of an error (row 10.36).
      this.#ways.finish(ended, state.via === 'post_action' ? 0 : code);
      return;
    }
    const { target, answer } = errorPage(page);
    const status = answer === 'own' ? undefined : (answer ?? code);
    this.#followErrorPage({ ...state, errorPageUsed: !recursive, status }, target);
  }

  /** ngx_http_send_error_page: to a named location as it is, to a URI with GET, anywhere else by a redirect. */
  #followErrorPage(state: State, target: string): void {
    const read = this.#values.evaluate(state, parseTemplate(target));
    for (const way of read.flatMap(({ state: next, value }) => this.#targets(next, value))) {
      if ('named' in way) {
        this.#enterNamed(way.state, way.named);
        continue;
      }
      const inside = way.state.knowledge.assume(way.uri, [startsWith('/')]);
      if (inside !== undefined) this.#fetch({ ...way, state: { ...way.state, knowledge: inside } });
      const outside = way.state.knowledge.assume(way.uri, [complement(startsWith('/'))]);
      if (outside !== undefined) this.#ways.finish({ ...way.state, knowledge: outside }, 302);
    }
  }

  /** The target of an error page is fetched with GET, but HEAD stays HEAD (row 8.11). */
  #fetch({ state, uri, args }: UriTarget): void {
    const go = (from: State, method: string): void => {
      // A subrequest has a method of its own; the variable shows that of the main request.
      if (from.isSubrequest) this.#ways.redirect({ ...from, uri, args, subrequestMethod: [method] });
      else this.#ways.redirect({ ...from, uri, args, method: [method] });
    };
    if (!this.#readsMethod()) {
      go(state, 'GET');
      return;
    }
    const others = state.knowledge.assume(ownMethod(state), [complement(literal('HEAD'))]);
    if (others !== undefined) go({ ...state, knowledge: others }, 'GET');
    const head = state.knowledge.assume(ownMethod(state), [literal('HEAD')]);
    if (head !== undefined) go({ ...state, knowledge: head }, 'HEAD');
  }

  #readsMethod(): boolean {
    const server = this.#server;
    return (
      this.#tools.live.after(server.program, 0, server, undefined).has('request_method') ||
      server.locations.some(location => location.limitExcept !== undefined)
    );
  }

  /**
   * Where a script may lead: to any named location, past the program of the server, to any URI (row 16.7), or on in its
   * phase, which is returned. It may have written headers, arguments and variables anew, and no request is looked for that
   * takes the way from there on, so that nothing need be known of it.
   */
  afterScript(state: State, script: ConfigNode): State {
    const { path, text } = this.#loose;
    const guess: State = {
      ...doubt(this.#loose.scripted(state), reasonAt('script', script, `${script.name} may refuse`)),
      method: this.#loose.text,
      subrequestMethod: state.isSubrequest ? this.#loose.text : undefined,
    };
    for (const location of this.#server.locations) {
      if (location.match.kind === 'named') this.#enterNamed(guess, location);
    }
    this.#ways.redirect({ ...guess, uri: path, args: text });
    return guess;
  }

  /** The last element of try_files: a named location or a URI, whatever it begins with; the arguments are its own. */
  fallBack(state: State, target: Value): void {
    for (const way of this.#targets(state, target)) {
      if ('named' in way) this.#enterNamed(way.state, way.named);
      else this.#ways.redirect({ ...way.state, uri: way.uri, args: way.args });
    }
  }

  /** A jump to whatever is no URI, which is a named location or none at all. */
  jump(state: State, name: string): void {
    const named = this.#server.locations.find(({ match }) => match.kind === 'named' && match.text === name);
    this.#enterNamed(state, named);
  }

  /** ngx_http_named_location: the server program does not run (row 1.17); a location that is not there is an error. */
  #enterNamed(state: State, named: Location | undefined): void {
    const changed = this.#ways.takeChange(state);
    if (changed === undefined) return;
    const moved = withoutContexts(changed);
    // The page of such an error can be a name again, but no more often than a request can jump.
    const lost: State = { ...moved, changesLeft: Math.min(moved.changesLeft, URI_CHANGES) };
    const some = moved.knowledge.assume(moved.uri, [NOT_EMPTY]);
    if (some !== undefined && named !== undefined) {
      this.#ways.enter(named, { ...moved, knowledge: some, internal: true });
    } else if (some !== undefined) {
      this.#ways.push('lost', { ...lost, knowledge: some });
    }
    // Without a path yet, a named location cannot be entered (row 8.5).
    const none = moved.knowledge.assume(moved.uri, [literal('')]);
    if (none !== undefined) this.#ways.push('lost', { ...lost, knowledge: none });
  }

  /** Where a target with variables can lead: to each named location, to one that is not there, or to a URI. */
  #targets(state: State, value: Value): (UriTarget | NamedTarget)[] {
    const ways: (UriTarget | NamedTarget)[] = [];
    const names: Language[] = [];
    for (const location of this.#server.locations) {
      if (location.match.kind !== 'named') continue;
      names.push(literal(location.match.text));
      const knowledge = state.knowledge.assume(value, names.slice(-1));
      if (knowledge !== undefined) ways.push({ state: { ...state, knowledge }, named: location });
    }
    const missing = state.knowledge.assume(value, [startsWith('@'), complement(union(...names))]);
    if (missing !== undefined) ways.push({ state: { ...state, knowledge: missing }, named: undefined });
    const uri = state.knowledge.assume(value, [complement(startsWith('@'))]);
    if (uri !== undefined) ways.push(...this.#split({ ...state, knowledge: uri }, value));
    return ways;
  }

  /** Cuts a new URI at its first `?`, wherever that comes from (ngx_http_split_args). */
  #split(state: State, target: Value): UriTarget[] {
    const value = state.knowledge.resolve(target);
    for (const [at, part] of value.entries()) {
      if (typeof part === 'string') {
        const mark = part.indexOf('?');
        if (mark === -1) continue;
        const uri = normalise([...value.slice(0, at), part.slice(0, mark)]);
        return [{ state, uri, args: normalise([part.slice(mark + 1), ...value.slice(at + 1)]) }];
      }
      const held = state.knowledge.assume([part], [holding('?')]);
      if (held === undefined) continue;
      const path = this.#tools.symbols.part(`${part.name} path`, complement(holding('?')), [part]);
      const query = this.#tools.symbols.part(`${part.name} query`, everything, [part]);
      const bound = held.bind(part, [path, '?', query]);
      const split = bound === undefined ? [] : this.#split({ ...state, knowledge: bound }, value);
      const free = state.knowledge.assume([part], [complement(holding('?'))]);
      return free === undefined ? split : [...split, ...this.#split({ ...state, knowledge: free }, value)];
    }
    return [{ state, uri: value, args: [] }];
  }
}

/** True where an error_page takes an error elsewhere. */
export function hasPage({ errorPageUsed, scope }: State, code: number): boolean {
  return !errorPageUsed && scope.effective('error_page').some(page => errorPage(page).codes.includes(code));
}

/** An internal redirect to a URI. */
interface UriTarget {
  readonly state: State;
  readonly uri: Value;
  readonly args: Value;
}

/** A jump to a named location; undefined where there is none of that name. */
interface NamedTarget {
  readonly state: State;
  readonly named: Location | undefined;
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
