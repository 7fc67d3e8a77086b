import { type ConfigNode, nodeSpan } from '../../config/config-tree.js';
import { FASTCGI_VARIABLES } from '../../model/fastcgi.js';
import type { Handler, HttpModel, Location, Pattern, Template, VirtualServer } from '../../model/model.js';
import type { Scope } from '../../model/scope.js';
import { complement, type Language } from '../../pcre/language.js';
import type { AccessCondition, Reason, Refusal, Site } from '../access.js';
import type { AddressSet } from '../address-set.js';
import type { LocationChoice } from '../choose-location.js';
import { endsWith } from '../input-languages.js';
import type { Knowledge } from '../knowledge.js';
import type { LiveVariables } from '../live-variables.js';
import type { Patterns } from '../patterns.js';
import { type BackEndAnswer, type Surroundings, USUAL_SURROUNDINGS, type Via } from '../request.js';
import type { Symbols } from '../symbols.js';
import { normalise, type Sym, type Value, valueKey } from '../value.js';
import type { EntryFacts } from './entry-facts.js';

/** Changes of the URI that nginx allows to one request (NGX_HTTP_MAX_URI_CHANGES, row 7.5). */
export const URI_CHANGES = 10;

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
  /** True inside a subrequest: access checks do not run (row 9.12). */
  readonly isSubrequest: boolean;
  /** The method of a subrequest itself, which `$request_method` does not show; undefined for the main request. */
  readonly subrequestMethod: Value | undefined;
  /** How nginx came here on the side of the request; undefined on the way of the request itself. */
  readonly via: Via | undefined;
  /** True where something that is not modelled chose the target, so that no request can be shown to get here. */
  readonly isGuess: boolean;
  /** The status that an `error_page` leaves, where one was taken. */
  readonly status: number | undefined;
  readonly variables: ReadonlyMap<string, Value>;
  readonly captures: ReadonlyMap<number, Value>;
  /** True until a rewrite of the program under way matches: captures are then escaped where they enter values. */
  readonly escapes: boolean;
  /** False where a rewrite or break left the path behind that `alias` is cut from (r->valid_location). */
  readonly validLocation: boolean;
  /** True where try_files found a file below the alias of a regex location (r->add_uri_to_alias). */
  readonly addsUriToAlias: boolean;
  readonly internal: boolean;
  readonly errorPageUsed: boolean;
  /** The changes of the URI that are left, or ANY_CHANGES. */
  readonly changesLeft: number;
  readonly conditions: readonly AccessCondition[];
  /** What the addresses of the request can still be; one without an entry can be any of its kind. */
  readonly addresses: ReadonlyMap<Sym, AddressSet>;
  readonly realip: RealipState;
  /** What was assumed without being decided. */
  readonly doubts: readonly Reason[];
  /** What the paths that were looked up on this way can be. */
  readonly files: ReadonlyMap<string, KnownFile>;
  /** The error that the request itself provokes before its server looks at it; undefined for a proper request. */
  readonly provokes: EarlyError | undefined;
  readonly body: Body;
  /** The limits that the request has been judged by: none of them is asked again (r->main->limit_req_status). */
  readonly judgedBy: ReadonlySet<Limit>;
  /** A refusal under `satisfy any` that no later check has taken back: the next location answers with it (r->access_code). */
  readonly denied: { readonly code: number; readonly by: ConfigNode } | undefined;
  readonly surroundings: Surroundings;
}

/** The directives that limit rates and connections, in the order in which they are asked (row 9.18). */
export const LIMITS = ['limit_req', 'limit_conn'] as const;
export type Limit = (typeof LIMITS)[number];

/** What the body of a request can be, by its announced length in bytes (`client_max_body_size`, row 8.34). */
export interface Body {
  /** 0: the request may come without one. */
  readonly least: number;
  readonly most: number;
  /** True where nginx has thrown it away, or has not read how long it is: no limit is met (r->discard_body). */
  readonly isGone: boolean;
}

/** Where it is not known how many changes of the URI are left: there may be none, and there may be enough for all that comes. */
export const ANY_CHANGES = Number.POSITIVE_INFINITY;

/** A body of any length, or none. */
export const ANY_BODY: Body = { least: 0, most: Number.POSITIVE_INFINITY, isGone: false };

/** A state in which a way begins: nothing has happened, and nothing is known but what is given. */
export function freshState(
  given: Pick<State, 'knowledge' | 'scope' | 'handler' | 'uri' | 'args' | 'method' | 'validLocation'>,
): State {
  return {
    ...given,
    location: undefined,
    isSubrequest: false,
    subrequestMethod: undefined,
    via: undefined,
    isGuess: false,
    status: undefined,
    variables: new Map(),
    captures: new Map(),
    escapes: true,
    addsUriToAlias: false,
    internal: false,
    errorPageUsed: false,
    changesLeft: URI_CHANGES,
    conditions: [],
    addresses: new Map(),
    realip: { tried: undefined, header: undefined },
    doubts: [],
    files: new Map(),
    provokes: undefined,
    body: ANY_BODY,
    judgedBy: new Set(),
    denied: undefined,
    surroundings: USUAL_SURROUNDINGS,
  };
}

/** What is assumed of a path: bits of FILE, FOLDER and ABSENT. */
export interface KnownFile {
  readonly path: Value;
  readonly states: number;
}

/** How far realip has come with a request. */
export interface RealipState {
  /** The settings that were tried last without replacing the address: they would do no more the next time. */
  readonly tried: TriedRealip | undefined;
  /** What names the address that replaced the peer's: `http_x_real_ip`, or `proxy_protocol`. */
  readonly header: string | undefined;
}

/** Settings of realip under which the address stayed. */
export interface TriedRealip {
  /** Equal for settings that do the same. */
  readonly key: string;
  /** `http_x_real_ip`, or `proxy_protocol` for the PROXY line. */
  readonly header: string;
  readonly trusted: AddressSet;
}

/**
 * A code that a request raises by its form, before any check of the configuration (request-semantics 8.5); that of its body is
 * found where the body is read (row 8.56).
 */
export type EarlyError =
  /** 412 and 416 are raised where the answer would be sent (rows 8.57, 8.58). */
  | { readonly code: 405 | 412 | 414 | 416 | 494 | 501 | 505 }
  /** What is wrong: a header line, the Host header, the target, or the body. */
  | { readonly code: 400; readonly fault: 'header' | 'host' | 'target' | 'body' }
  /** SNI names this server, Host another one that verifies. */
  | { readonly code: 421; readonly host: string | undefined };

/** True for a request that fails before its Host header is accepted: the server is then the first one (row 14.25). */
export function isNameless({ provokes }: Pick<State, 'provokes'>): boolean {
  if (provokes?.code === 400) return provokes.fault === 'host' || provokes.fault === 'target';
  return provokes?.code === 414 || provokes?.code === 505;
}

/** True for a request of whose line nginx does not get to the target: `$request_uri` is empty then (row 8.59). */
export function isLineUnread({ provokes }: Pick<State, 'provokes'>): boolean {
  if (provokes?.code === 400) return provokes.fault === 'target';
  return provokes?.code === 414 || provokes?.code === 505;
}

/**
 * Where a way goes on: a phase of the machine (request-semantics 0), or the error of a name that leads to no location, whose page
 * can be such a name again.
 */
export type Phase = 'server' | 'find' | 'location' | 'access' | 'content' | 'lost';

/** What a program leaves behind. */
export interface ProgramEnd {
  readonly state: State;
  readonly uriChanged: boolean;
}

/** Receives what the exploration of one entry meets. */
export interface Observer {
  /** A set of requests ends at a site. */
  readonly arrive: (site: Site, state: State) => void;
  readonly refuse: (server: VirtualServer, location: Location | undefined, refusal: Refusal) => void;
  /** A way ends without content, with this status, or with the connection. */
  readonly finish: (state: State, status: number | 'closed') => void;
  /** True where it has consequences that a request ends by the eleventh change of its URI (row 7.5). */
  readonly mindsCycles: boolean;
  /** Something was met that keeps every site of the server from being called refused. */
  readonly giveUp: (reason: Reason) => void;
}

/** What an access check says of a state. */
export interface CheckResult {
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
  /** Is told that the name which is sent as SNI is read as a text. */
  readonly noteServerName: () => void;
  /**
   * True where arguments that were cut out of one another are followed as well, which costs much time: for ways on which no
   * request was found without.
   */
  readonly followsArguments: boolean;
  /** What requests have to meet at the sites where they end, to count. */
  readonly demandsOn: (site: Site) => readonly Demand[];
}

/** A text that has to lie in a language where a request ends. */
export interface Demand {
  readonly text: Template;
  readonly language: Language;
  /** The line that says so. */
  readonly node: ConfigNode;
}

/** Codes that end the connection without an answer: 444, and what stands for a client that is gone. */
export const CLOSING_CODES: ReadonlySet<number> = new Set([408, 444, 499]);

/**
 * The status under which whatever comes behind an error page answers, where the page has said one; a `post_action` sends no
 * headers, so that none counts there (ngx_http_send_header, row 10.36).
 */
export function imposedStatus({ status, via }: State): number | undefined {
  return via === 'post_action' ? undefined : status;
}

/** The method by which blocks and handlers judge a request. */
export function ownMethod(state: State): Value {
  return state.subrequestMethod ?? state.method;
}

/** What a path can be. */
export const FILE = 1;
export const FOLDER = 2;
export const ABSENT = 4;
export const ANY = FILE | FOLDER | ABSENT;

/** A path without the slashes at its end, and what is there where the path with them is one of some things. */
function withoutSlash(path: Value, states: number): KnownFile {
  const last = path.at(-1);
  if (typeof last !== 'string' || !last.endsWith('/')) return { path, states };
  // With a slash behind it the name of a file leads nowhere.
  return {
    path: normalise([...path.slice(0, -1), last.replace(/\/+$/, '')]),
    states: (states & FOLDER) | ((states & ABSENT) === 0 ? 0 : FILE | ABSENT),
  };
}

/**
 * What is known of files under the names that their paths have by now: paths that were looked up apart may have become one.
 * What can be nothing at all is listed as well.
 */
export function presentFiles({ files, knowledge }: Pick<State, 'files' | 'knowledge'>): Map<string, KnownFile> {
  const present = new Map<string, KnownFile>();
  for (const file of files.values()) {
    const { path, states } = withoutSlash(knowledge.resolve(file.path), file.states);
    const key = valueKey(path);
    present.set(key, { path, states: states & (present.get(key)?.states ?? ANY) });
  }
  return present;
}

/** What remains of a state when a path is one of some things; undefined where it is known to be another. */
export function look(state: State, path: Value, states: number): State | undefined {
  const resolved = state.knowledge.resolve(path);
  const name = withoutSlash(resolved, states);
  let wanted = name.states;
  let { knowledge } = state;
  if (typeof resolved.at(-1) === 'object' && (states & FILE) !== 0) {
    const named = knowledge.assume(resolved, [complement(endsWith('/'))]);
    if (named === undefined) wanted &= ~FILE;
    else if (wanted === FILE) knowledge = named;
  }
  const files = presentFiles(state);
  const key = valueKey(name.path);
  const known = files.get(key)?.states ?? ANY;
  const rest = known & wanted;
  if (rest === 0) return undefined;
  if (rest === known) return state;
  return { ...state, knowledge, files: files.set(key, { ...name, states: rest }) };
}

/** The surroundings where the back end that a pass directive asks gives one more answer. */
export function answered(
  { surroundings }: Pick<State, 'surroundings'>,
  source: ConfigNode,
  answer: BackEndAnswer,
): Surroundings {
  const earlier = surroundings.answers.get(source) ?? [];
  return { ...surroundings, answers: new Map(surroundings.answers).set(source, [...earlier, answer]) };
}

/** A fixed text as a value. */
export function textValue(text: string): Value {
  return text === '' ? [] : [text];
}

/** The state with a value for a variable: `set`, or the cache of the request. */
export function remember(state: State, name: string, value: Value): State {
  return { ...state, variables: new Map(state.variables).set(name, value) };
}

/** The name under which it is known what a script saw of a request; no variable has one like it. */
export function seenByScript(input: string): string {
  return input + SEEN_BY_SCRIPT;
}

/** True for the names that `seenByScript` gives. */
export function isSeenByScript(name: string): boolean {
  return name.endsWith(SEEN_BY_SCRIPT);
}

const SEEN_BY_SCRIPT = ' as a script saw it';

/** The state behind a jump: the contexts of modules are cleared, and with them what FastCGI made of the path. */
export function withoutContexts(state: State): State {
  if (!FASTCGI_VARIABLES.some(name => state.variables.has(name))) return state;
  const variables = new Map(state.variables);
  for (const name of FASTCGI_VARIABLES) variables.delete(name);
  return { ...state, variables };
}

/** One way that a condition can turn out. */
export interface Decision {
  readonly state: State;
  readonly holds: boolean;
}

/** What one exploration works with, where it started, and who is told. */
export interface Exploration {
  readonly tools: Tools;
  readonly entry: EntryFacts;
  readonly observer: Observer;
  /** The request that waits for the end of what is explored, where it is asked on the side and goes on by what it learns. */
  readonly waiting?: State;
}

/** What nginx asks itself on the side of a request. */
export interface Subrequest {
  readonly via: Via;
  readonly uri: Value;
  readonly args: Value;
  readonly method: Value;
}

/** Where the parts of the explorer send a state on. */
export interface Ways {
  /** Goes on in a phase, unless an equal state did so before. */
  readonly push: (phase: Phase, state: State) => void;
  /** Takes one of the ten changes of the URI; undefined where none is left, and an eleventh ends in a 500 that no error_page sees. */
  readonly takeChange: (state: State) => State | undefined;
  /** Goes on in a phase with a new URI, where a change is left for it. */
  readonly changeUri: (state: State, phase: Phase) => void;
  /** An internal redirect to the URI of the state: the server program runs again (ngx_http_internal_redirect). */
  readonly redirect: (state: State) => void;
  /** Enters a location that is found or named (ngx_http_update_location_config). */
  readonly enter: (location: Location, state: State) => void;
  /** Ends at the site of a block: by default the one in force. */
  readonly arrive: (state: State, content: string, source: ConfigNode, scope?: Scope) => void;
  /** Ends without content, and without a line that refuses. */
  readonly finish: (state: State, status: number) => void;
  /** Ends the connection, with one of the CLOSING_CODES. */
  readonly close: (state: State, code: number) => void;
  /** Ends with what a `return` says, which is no content; `node` is the return. */
  readonly end: (state: State, node: ConfigNode, status: number) => void;
  /** Follows a subrequest to its ends, which `observer` is told. */
  readonly call: (observer: Observer, from: State, subrequest: Subrequest) => void;
  /** Goes on in a subrequest beside the request, which does not wait for its answer. */
  readonly ask: (from: State, subrequest: Subrequest) => void;
  /** Notes the line that refuses. */
  readonly refuse: (state: State, node: ConfigNode) => void;
}

/** True where the 412 or 416 that has led here is raised once more by an answer of nginx's own (rows 8.57, 8.58). */
export function failsAgain({ provokes, status }: State): boolean {
  return (provokes?.code === 412 || provokes?.code === 416) && (status ?? 200) === 200;
}

/** True where nginx ends the connection as soon as the request would have to wait (rows 8.57b, 8.58b). */
export function endsWhereItWaits(state: State): boolean {
  return state.provokes?.code === 412 || failsAgain(state);
}

/** The texts that a request is about. */
export function textsOf({ uri, args, method, variables, captures }: State): Value[] {
  return [uri, args, method, ...variables.values(), ...captures.values()];
}

/** The state of a request behind a subrequest that has ended: what was learnt and computed on the side stays. */
export function resumed(state: State, end: State): State {
  const { knowledge, conditions, doubts, addresses, realip, files, variables, judgedBy, surroundings } = end;
  const body = { ...end.body, isGone: state.body.isGone };
  return {
    ...state,
    ...{ knowledge, conditions, doubts, addresses, realip, files, variables, body, judgedBy, surroundings },
  };
}

/** The state with one more thing that was assumed without being decided. */
export function doubt(state: State, reason: Reason): State {
  return state.doubts.some(other => other.text === reason.text)
    ? state
    : { ...state, doubts: [...state.doubts, reason] };
}

/** A reason at a place of the configuration. */
export function reasonAt(kind: string, node: ConfigNode, text: string): Reason {
  return { kind, text, span: nodeSpan(node) };
}

/** Why nothing is known of what a pattern matches. */
export function notAnalysed(pattern: Pattern, node: ConfigNode, why: string): Reason {
  return reasonAt('pattern', node, `the pattern ${pattern.source} is not analysed: ${why}`);
}

/** Both ways, where a condition is not decided. */
export function both(state: State): Decision[] {
  return [
    { state, holds: true },
    { state, holds: false },
  ];
}
