import type { ConfigNode } from '../../config/config-tree.js';
import { nodeText } from '../../config/config-tree.js';
import { BackEndTls } from '../../model/back-end-tls.js';
import { splitPattern } from '../../model/fastcgi.js';
import { forwardingOf, textsSent } from '../../model/forwarding.js';
import { answersReadersAlone, holderOf, isPassed, MEMCACHED_KEY } from '../../model/handlers.js';
import type { Condition, Handler, Location, Program, Statement, Template, VirtualServer } from '../../model/model.js';
import type { Scope } from '../../model/scope.js';
import { parseTemplate } from '../../model/template.js';
import type { Site } from '../access.js';
import { additionsOf, includesOf } from '../additions.js';
import { passesLimitExcept } from '../limit-except.js';
import { isNeverEmpty, limitKey } from '../limits.js';
import type { Via } from '../request.js';
import { scriptOf } from '../scripts.js';
import { BEHIND_ALL, BODILESS, FILES, WITHHELD } from '../withheld.js';
import { parseNetwork } from './address.js';
import { addressRule } from './address-rules.js';
import type { Setting } from './connection.js';
import type { Groups } from './defined-variables.js';
import type { Question } from './environment.js';
import { locate } from './locate.js';
import { matchPattern } from './match-pattern.js';
import { passedFields } from './passed-fields.js';
import { replacedAddress } from './realip.js';
import { sizeOf } from './size.js';
import {
  type Closed,
  type Journal,
  type Jump,
  type Outcome,
  type Passage,
  type PassedOn,
  type Trace,
  Undecided,
} from './trace.js';
import type { Client, Variables } from './variables.js';

/** Where a request ends. */
export type End = Pick<Trace, 'outcome' | 'server' | 'block'>;

/** Ten changes of the URI are allowed, the eleventh is an error (row 7.5). */
const URI_CHANGES = 11;

/** What the count of the changes that are left goes round to behind zero. */
const WRAPPED_CHANGES = 16;

/** Codes for which nginx shows 400 unless an `error_page` says otherwise. */
const HIDDEN_CODES: ReadonlySet<number> = new Set([494, 495, 496, 497]);
const REDIRECT_CODES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Codes that end the connection without an answer: 444, and what stands for a client that is gone. */
const CLOSING_CODES: ReadonlySet<number> = new Set([408, 444, 499]);

/**
 * Computed targets of the pass directives that name a host: only that of proxy_pass needs a scheme (ngx_http_proxy_eval and its
 * kin, row 11.10).
 */
const COMPUTED_TARGETS: Readonly<Record<string, RegExp>> = {
  proxy_pass: /^https?:\/\/[^/?#]/i,
  grpc_pass: /^(?:grpcs?:\/\/|(?!grpcs?:\/\/))[^/?#]/i,
  uwsgi_pass: /^(?:s?uwsgi:\/\/|(?!s?uwsgi:\/\/))[^/?#]/i,
  fastcgi_pass: /^[^/?#]/,
  scgi_pass: /^[^/?#]/,
};

/** What a run begins with. */
export interface RunOptions {
  readonly setting: Setting;
  readonly client: Client;
  readonly journal: Journal;
  readonly variables: Variables;
  readonly server: VirtualServer;
  readonly method: string;
  /** What a subrequest is for, with its path and arguments; undefined for the main request. */
  readonly subrequest?: {
    readonly via: Via;
    readonly uri: string;
    readonly args: string;
    readonly bodyLength: number | undefined;
  };
}

/** What comes next: a phase of the machine (request-semantics 0), or the end. */
type Next = { readonly go: 'server' | 'choose' | 'program' } | { readonly go: 'end'; readonly outcome: Outcome };

/** How a program, or a part of it, went on. */
type Flow =
  | 'on'
  | 'exit'
  | { readonly code: number; readonly node: ConfigNode }
  | { readonly answer: Outcome }
  | { readonly next: Next };

interface ErrorPage {
  readonly node: ConfigNode;
  readonly codes: readonly number[];
  /** -1: the status of the error stays; 0: the target's; else this one. */
  readonly status: number;
  readonly target: Template;
}

/** One request, or one subrequest, on its way through the phases of a server. */
export class RequestRun {
  readonly journal: Journal;
  server: VirtualServer;
  method: string;
  uri = '';
  args = '';
  quoted = false;
  groups: Groups = [];
  /** The announced length of the body; undefined where there is none, or none any more. */
  bodyLength: number | undefined;
  /** The body is none that can be read: a chunk of it has no size. Found once, by whoever reads it or throws it away. */
  bodyIsBroken = false;
  /** Something has read the body, so that it is not thrown away any more (r->request_body). */
  #bodyIsRead = false;
  readonly #setting: Setting;
  readonly #client: Client;
  readonly #variables: Variables;
  readonly #isMain: boolean;
  /** What the subrequest is for; undefined for the main request. */
  readonly #via: Via | undefined;
  /** The block whose settings are in force. */
  #scope: Scope;
  /** The location that was chosen; undefined where the server level answers. */
  #location: Location | undefined;
  #handler: Handler | undefined;
  #internal = false;
  #uriChanged = false;
  /** r->valid_location: set by ngx_http_handler, which an error of the request line or a header does not come by. */
  #validLocation = false;
  /** try_files found a file below the alias of a regex location (r->add_uri_to_alias). */
  #addsUriToAlias = false;
  #budget = URI_CHANGES;
  #errorPageUsed = false;
  #afterError = false;
  /** Status that an error or its page imposes on the answer (r->err_status). */
  #imposedStatus = 0;
  /** How the path was split for FastCGI since the last jump. */
  #fastcgi: { readonly script: string; readonly path: string } | undefined;
  #escapes = true;
  /** A refusal under `satisfy any` that no later check has taken back: it outlives redirects (r->access_code). */
  #denied: { code: number; by: ConfigNode } | undefined;
  #redirectTarget = '';
  #cutOff = false;
  /** The error that a filter of an answer has raised; for a copy that of the main request. */
  #failedInFilter: 412 | 416 | undefined;
  /** True where the request itself has ended, and goes on by a `post_action` (r->post_action). */
  #isOver = false;
  readonly #pending: (() => Outcome)[] = [];

  constructor(options: RunOptions) {
    this.#setting = options.setting;
    this.#client = options.client;
    this.#variables = options.variables;
    this.journal = options.journal;
    this.server = options.server;
    this.method = options.method;
    this.#scope = options.server.scope;
    this.#isMain = options.subrequest === undefined;
    this.#via = options.subrequest?.via;
    if (options.subrequest !== undefined) {
      this.uri = options.subrequest.uri;
      this.args = options.subrequest.args;
      this.bodyLength = options.subrequest.bodyLength;
      this.#internal = true;
    }
  }

  /** What is asked on the side; undefined for the request of the client. */
  get via(): Via | undefined {
    return this.#isOver ? 'post_action' : this.#via;
  }

  /** Moves the request to a server, before any of its phases ran. */
  enter(server: VirtualServer): void {
    this.server = server;
    this.#scope = server.scope;
  }

  /** Runs all phases from P3 on. */
  start(): End {
    if (this.#isMain) this.#replaceAddress();
    this.#validLocation = true;
    return this.#loop({ go: 'server' });
  }

  /** Raises an error before the first phase, and follows its error page. */
  fail(code: number, cause: string, by: ConfigNode | undefined): End {
    return this.#loop(this.#raise(code, cause, by));
  }

  /** Keeps the groups of a regular expression that matched. */
  remember(captures: { readonly groups: Groups; readonly named: ReadonlyMap<string, string | undefined> }): void {
    this.#variables.remember(captures, this);
  }

  #loop(first: Next): End {
    const end = this.#run(first);
    if (!this.#isMain) return this.#outlive(end);
    this.#discardBody();
    // The answer is on its way by now: a copy that ends the connection comes too late for it.
    this.#runCopies();
    const cut = this.#addTo(end);
    if (cut !== undefined) return { ...end, outcome: cut };
    this.journal.beside(() => this.#postAction());
    return end;
  }

  /** Each turn of the loop ends the request or spends the budget of URI changes, so it is bounded. */
  #run(first: Next): End {
    let next = first;
    while (next.go !== 'end') {
      if (next.go === 'server') next = this.#serverProgram();
      else if (next.go === 'choose') next = this.#chooseLocation();
      else next = this.#locationProgram();
    }
    return { outcome: next.outcome, server: this.server, block: this.#scope };
  }

  /** P3 and P8: realip, which acts once (ngx_http_realip_handler). */
  #replaceAddress(): void {
    if (this.#client.addressReplaced) return;
    const { request, headers, address: peer } = this.#client;
    const replacement = replacedAddress(this.#scope, peer, headers, request.connect.proxyProtocol);
    if (replacement === undefined) return;
    // Where some peers only are believed, the client must be one of them.
    if (!isEveryAddress(replacement.by.args[0] ?? '') && peer !== 'unix:')
      this.journal.condition('address', replacement.by);
    this.#client.address = replacement.text;
    this.#client.addressReplaced = true;
  }

  /** P4. */
  #serverProgram(): Next {
    const script = scriptOf('server', this.server.scope);
    if (script !== undefined) throw new Undecided('script', script);
    this.#escapes = true;
    const flow = this.#execute(this.server.program, false);
    return typeof flow === 'string' ? { go: 'choose' } : this.#flowEnd(flow);
  }

  /** P5, ngx_http_core_find_config_phase. */
  #chooseLocation(): Next {
    this.#handler = undefined;
    this.#uriChanged = false;
    this.#scope = this.server.scope;
    const { location, addsSlash } = locate(this.server.locations, this.uri, candidate => {
      if (candidate.match.kind !== 'regex') return false;
      const captures = matchPattern(candidate.match.pattern, this.uri, candidate.node);
      if (captures !== null) this.remember(captures);
      return captures !== null;
    });
    this.#location = location;
    const scope = location?.scope ?? this.server.scope;
    this.#scope = scope;
    if (location !== undefined) this.journal.step(location.node, `the location of ${this.uri}`);
    this.#noteVisit();
    if (!this.#internal && location !== undefined && isOn(scope, 'internal')) {
      return this.#raise(404, 'internal', scope.setting('internal'));
    }
    this.#applyBlock();
    const limit = scope.setting('client_max_body_size');
    const most = sizeOf(limit?.args[0] ?? '1m') ?? 0;
    if (this.bodyLength !== undefined && most > 0 && this.bodyLength > most) {
      this.#discardBody();
      return this.#raise(413, 'the body is too large', limit);
    }
    if (addsSlash) return this.#raise(301, 'the final slash is missing', location!.node, `${this.uri}/`);
    return { go: 'program' };
  }

  /**
   * ngx_http_discard_request_body: what answers without the body of the main request throws it away, as 413 does, and no
   * limit is met again: not behind an error page of 413, nor in a `post_action` (rows 8.34b and 10.34).
   */
  #discardBody(): void {
    if (!this.#isMain || this.#bodyIsRead) return;
    this.bodyLength = undefined;
    this.bodyIsBroken = false;
  }

  /**
   * 400 for a body with a chunk that has no size, where it is read or thrown away: by a back end's handler, a mirror, a file, a
   * handler of its own, and by every `return` that sends something (ngx_http_discard_request_body_filter, row 8.56).
   */
  #findBrokenBody(by: ConfigNode | undefined): Next | undefined {
    if (!this.#isMain || !this.bodyIsBroken) return undefined;
    this.bodyIsBroken = false;
    return this.#raise(400, 'a chunk of the body has no size', by);
  }

  /** ngx_http_update_location_config: `limit_except` replaces the location, and the block's handler is taken. */
  #applyBlock(): void {
    const location = this.#location;
    if (location === undefined) {
      if (this.server.handler !== undefined) this.#handler = this.server.handler;
      return;
    }
    const { limitExcept } = location;
    if (limitExcept !== undefined && !passesLimitExcept(limitExcept.methods, this.method)) {
      this.#scope = limitExcept.scope;
      this.journal.step(limitExcept.node, `governs ${this.method}`);
      this.#handler = limitExcept.handler ?? limitExcept.inherited;
      return;
    }
    this.#scope = location.scope;
    if (location.handler !== undefined) this.#handler = location.handler;
  }

  /** P6 and P7; then on to access and content. */
  #locationProgram(): Next {
    const location = this.#location;
    if (location !== undefined && this.#scope.kind === 'location') {
      this.#escapes = true;
      const flow = this.#execute(location.program, true);
      if (typeof flow !== 'string') return this.#flowEnd(flow);
    }
    const script = this.#uriChanged ? undefined : scriptOf('rewrite', this.#scope);
    if (script !== undefined) throw new Undecided('script', script);
    if (this.#uriChanged) {
      this.#budget -= 1;
      if (this.#budget === 0) return this.#raise(500, 'too many changes of the URI', location?.node);
      this.#jump('rewrite');
      this.#scope = this.server.scope;
      return { go: 'choose' };
    }
    this.#replaceAddress();
    return this.#limit() ?? this.#checkAccess() ?? this.#tryFiles() ?? this.#mirror() ?? this.#content();
  }

  /**
   * P8: ngx_http_limit_req_handler, then ngx_http_limit_conn_handler. Each judges a request once, by the zones in whose
   * keys it has a text.
   */
  #limit(): Next | undefined {
    const { judgedBy } = this.#client;
    for (const name of ['limit_req', 'limit_conn'] as const) {
      if (judgedBy.has(name)) continue;
      for (const node of this.#scope.effective(name)) {
        if (!this.#isCounted(node)) continue;
        judgedBy.add(name);
        if (isOn(this.#scope, `${name}_dry_run`) || !this.#setting.environment.isLimited(node)) continue;
        this.journal.condition('rate', node);
        return this.#raise(Number(this.#scope.value(`${name}_status`, '503')), nodeText(node), node);
      }
    }
    return undefined;
  }

  /** Whether the request has a key in the zone of a limit; one that cannot be computed is taken to be there. */
  #isCounted(node: ConfigNode): boolean {
    if (isNeverEmpty(node, this.#scope)) return true;
    return this.#expanded(limitKey(node, this.#scope), node) !== '';
  }

  #flowEnd(flow: Exclude<Flow, string>): Next {
    if ('answer' in flow) return { go: 'end', outcome: flow.answer };
    if ('next' in flow) return flow.next;
    return this.#raise(flow.code, nodeText(flow.node), flow.node, this.#redirectTarget);
  }

  /** Runs rewrite directives in text order (rows 1.4-1.13, section 3). */
  #execute(program: Program, inLocation: boolean): Flow {
    for (const statement of program) {
      const flow = this.#step(statement, inLocation);
      if (flow !== 'on') return flow;
    }
    return 'on';
  }

  /** Gives a variable a value; where that is not known, whoever reads the variable is undecided. */
  #assign(variable: string, expand: () => string): void {
    try {
      this.#variables.assign(variable, expand());
    } catch (error) {
      if (!(error instanceof Undecided)) throw error;
      this.#variables.forget(variable, error);
    }
  }

  #step(statement: Statement, inLocation: boolean): Flow {
    const { node } = statement;
    switch (statement.kind) {
      case 'set': {
        const expand = () => this.#variables.expand(statement.value, this, node, this.#escapes);
        if (statement.variable === 'args') this.args = expand();
        else this.#assign(statement.variable, expand);
        return 'on';
      }
      case 'if': {
        const supposed = this.#setting.environment.supposed?.conditions.get(node);
        if (!(supposed ?? this.#holds(statement.condition, node))) return 'on';
        this.journal.step(node, 'the condition holds');
        if (inLocation) {
          this.#scope = statement.scope;
          if (statement.handler !== undefined) this.#handler = statement.handler;
        }
        return this.#execute(statement.body, inLocation);
      }
      case 'rewrite':
        return this.#rewrite(statement);
      case 'return':
        return this.#return(statement);
      case 'break':
        if (this.#uriChanged) {
          this.#validLocation = false;
          this.#uriChanged = false;
        }
        return 'exit';
      case 'script':
        if (statement.sets === undefined) throw new Undecided('script', node);
        this.#variables.forgetByScript(statement.sets, new Undecided('script', node), this);
        return 'on';
    }
  }

  /** ngx_http_script_return_code. */
  #return(statement: Extract<Statement, { kind: 'return' }>): Flow {
    const { code, text, node } = statement;
    this.journal.step(node, nodeText(node));
    // A literal empty text is no text (row 8.12b), an empty variable is one (row 8.12c).
    const hasText = text !== undefined && text.length > 0;
    if (code >= 400 && !hasText) return { code, node };
    const broken = this.#findBrokenBody(node);
    if (broken !== undefined) return { next: broken };
    if (REDIRECT_CODES.has(code)) {
      this.#redirectTarget = text === undefined ? '' : this.#variables.expand(text, this, node);
      return { code, node };
    }
    const status = this.#shown(code);
    const failed = this.#failPrecondition(status, 'return', node) ?? this.#failRange(status, 'return', node);
    if (failed !== undefined) return { next: failed };
    if (code >= 200 && code < 300) {
      const body = text === undefined ? '' : this.#variables.expand(text, this, node);
      if (body === '' || code === 204 || this.#isBodiless(status))
        return { answer: { kind: 'empty', status, by: node } };
      const holder = this.server.program.find(step => step.kind === 'if' && step.body.includes(statement));
      const scope = holder?.kind === 'if' ? holder.scope : this.#scope;
      return { answer: { kind: 'content', site: this.#site(scope, 'return', node), status } };
    }
    if (text === undefined || this.#expanded(text, node) === '') return { answer: { kind: 'empty', status, by: node } };
    return { answer: { kind: 'refused', status, by: node, cause: nodeText(node) } };
  }

  /** ngx_http_script_regex_start_code and ngx_http_script_regex_end_code (section 7). */
  #rewrite(statement: Extract<Statement, { kind: 'rewrite' }>): Flow {
    const { node, flag } = statement;
    const captures = matchPattern(statement.pattern, this.uri, node);
    if (captures === null) {
      this.groups = [];
      return 'on';
    }
    this.remember(captures);
    this.journal.step(node, nodeText(node));
    if (flag === 'redirect' || flag === 'permanent') {
      this.#redirectTarget = this.#variables.expand(statement.replacement, this, node, true);
      return { code: flag === 'permanent' ? 301 : 302, node };
    }
    // Row 6.32: a rewrite that matches opens `internal` locations.
    this.#internal = true;
    if (flag === 'break') {
      this.#validLocation = false;
      this.#uriChanged = false;
    } else {
      this.#uriChanged = true;
    }
    const { path, args } = splitReplacement(statement.replacement);
    // Row 7.10: captures enter the path decoded, and `?` in them starts no arguments.
    const uri = this.#variables.expand(path, this, node);
    let ownArgs = args === undefined ? undefined : this.#variables.expand(args, this, node, true);
    if (ownArgs === undefined) {
      if (!statement.keepsArguments) this.args = '';
    } else {
      if (statement.keepsArguments && this.args !== '') ownArgs += `&${this.args}`;
      this.args = ownArgs;
    }
    this.#escapes = false;
    this.uri = uri;
    if (uri === '') return { code: 500, node };
    return flag === 'none' ? 'on' : 'exit';
  }

  /** The value of a condition (section 4). */
  #holds(condition: Condition, node: ConfigNode): boolean {
    switch (condition.kind) {
      case 'truth': {
        const value = this.#variables.expand([condition.variable], this, node);
        return value !== '' && value !== '0';
      }
      case 'equal': {
        const value = this.#variables.expand([condition.variable], this, node);
        const other = this.#variables.expand(condition.value, this, node, this.#escapes);
        return (value === other) !== condition.negated;
      }
      case 'match': {
        const value = this.#variables.expand([condition.variable], this, node);
        const captures = matchPattern(condition.pattern, value, node);
        if (captures === null) this.groups = [];
        else this.remember(captures);
        return (captures !== null) !== condition.negated;
      }
      case 'file': {
        const path = this.#variables.expand(condition.path, this, node, this.#escapes);
        if (condition.test === 'x') throw new Undecided('file', node);
        const found = this.#fileAt(path);
        const fits =
          condition.test === 'f'
            ? found === 'file'
            : condition.test === 'd'
              ? found === 'directory'
              : found !== 'absent';
        return fits !== condition.negated;
      }
      case 'invalid':
        throw new Undecided('invalid', node);
    }
  }

  #fileAt(path: string): 'file' | 'directory' | 'absent' {
    const found = this.#setting.environment.fileAt(path);
    this.journal.assume(path, found);
    return found;
  }

  /** P9, ngx_http_core_access_phase; undefined where the request may go on. */
  #checkAccess(): Next | undefined {
    if (!this.#isMain) return undefined;
    const scope = this.#scope;
    const any = scope.value('satisfy', 'all').toLowerCase() === 'any';
    for (const check of [this.#addressRules, this.#password, this.#authRequest, this.#scriptedAccess]) {
      const result = check.call(this, scope);
      if (result === 'declined') continue;
      if (result === 'ok') {
        if (!any) continue;
        this.#denied = undefined;
        return undefined;
      }
      if ('outcome' in result) return { go: 'end', outcome: result.outcome };
      if (!any || (result.code !== 401 && result.code !== 403)) {
        return this.#raise(result.code, nodeText(result.by), result.by);
      }
      if (this.#denied?.code !== 401) this.#denied = result;
    }
    const denied = this.#denied;
    if (denied === undefined) return undefined;
    this.#denied = undefined;
    return this.#raise(denied.code, nodeText(denied.by), denied.by);
  }

  /** ngx_http_access_handler: the first rule that names the address decides (rows 9.2, 9.3). */
  #addressRules(scope: Scope): Check {
    const rule = addressRule(scope, this.#client.address);
    if (rule === undefined) return 'declined';
    const { isNetwork, node } = rule;
    // An address that the client itself wrote is no condition.
    if (isNetwork && !this.#client.addressReplaced && !isEveryAddress(node.args[0] ?? '')) {
      this.journal.condition('address', node);
    }
    if (node.name === 'allow') return 'ok';
    this.journal.step(node, nodeText(node));
    return { code: 403, by: node };
  }

  /** ngx_http_auth_basic_handler (rows 9.7-9.8d). */
  #password(scope: Scope): Check {
    const realm = scope.setting('auth_basic');
    const file = scope.setting('auth_basic_user_file');
    if (realm === undefined || file === undefined) return 'declined';
    if (this.#variables.expand(parseTemplate(realm.args[0] ?? ''), this, realm) === 'off') return 'declined';
    const sent = this.#client.headers.find(header => header.name === 'authorization')?.value;
    const isRight = this.#setting.environment.passwordIsRight(file.args[0] ?? '');
    if (sent === undefined || !/^basic +\S/i.test(sent) || !isRight) return { code: 401, by: realm };
    this.journal.condition('password', realm);
    return 'ok';
  }

  /** ngx_http_auth_request_handler: a subrequest without access checks decides (rows 9.10-9.12). */
  #authRequest(scope: Scope): Check {
    const node = scope.setting('auth_request');
    const uri = node?.args[0];
    if (node === undefined || uri === undefined || uri === 'off') return 'declined';
    this.#waitFor(node);
    this.journal.step(node, `asks ${uri}`);
    const run = this.#subrequest('auth_request', uri, '', 'GET');
    const { outcome } = run.start();
    this.#noteAside(run, node, outcome);
    if (outcome.kind === 'unknown') return { outcome };
    if (outcome.kind === 'closed') {
      // The request is ended with its subrequest, whose post_action alone would have kept it (ngx_http_terminate_request).
      this.#cutOff = true;
      return { outcome };
    }
    for (const assignment of scope.effective('auth_request_set')) {
      const [name = '', value = ''] = assignment.args;
      const variable = name.slice(1).toLowerCase();
      this.#assign(variable, () => this.#variables.expand(parseTemplate(value), run, assignment));
    }
    if (outcome.kind === 'content' && isPassed(outcome.site.content)) {
      this.journal.condition('auth-backend', node);
    }
    const { status } = outcome;
    if (status === 401 || status === 403) return { code: status, by: node };
    return status >= 200 && status < 300 ? 'ok' : { code: 500, by: node };
  }

  #noteAside({ via }: RequestRun, by: ConfigNode, outcome: Outcome): void {
    if (via !== undefined) this.journal.aside(via, by, outcome);
  }

  #subrequest(via: Via, uri: string, args: string, method: string): RequestRun {
    return new RequestRun({
      setting: this.#setting,
      client: this.#client,
      journal: this.journal,
      variables: this.#variables,
      server: this.server,
      method,
      subrequest: { via, uri, args, bodyLength: this.bodyLength },
    });
  }

  #scriptedAccess(scope: Scope): Check {
    const script = scriptOf('access', scope);
    if (script !== undefined) throw new Undecided('script', script);
    return 'declined';
  }

  /** P10, ngx_http_try_files_handler; never inherited (rows 2.10, 2.23). */
  #tryFiles(): Next | undefined {
    const node = this.#scope.own('try_files')[0];
    if (node === undefined) return undefined;
    const { root, alias } = this.#root();
    const owner = alias ? this.#aliasOwner() : undefined;
    if (alias && !this.#validLocation) return this.#raise(500, 'alias after a rewrite', node);
    const prefix = owner?.match.kind === 'exact' || owner?.match.kind === 'prefix' ? owner.match.text : '';
    /** Below an alias the text of the location is cut from an element with variables that begins with it. */
    const expand = (written: string): string => {
      const template = parseTemplate(written);
      const text = this.#variables.expand(template, this, node);
      const cuts = template.some(piece => piece.kind !== 'text') && text.startsWith(this.uri.slice(0, prefix.length));
      return cuts ? text.slice(prefix.length) : text;
    };
    const last = node.args.length - 1;
    for (const [index, written] of node.args.entries()) {
      if (index === last) {
        if (written.startsWith('=')) return this.#raise(Number(written.slice(1)), nodeText(node), node);
        const target = expand(written);
        // nginx looks at the byte in front of an empty path, which is the end of the alias: chance decides.
        if (target === '' && alias) throw new Undecided('try_files', node);
        this.journal.step(node, `goes to ${target}`);
        if (target.startsWith('@')) return this.#goNamed('try_files named', target, node);
        return this.#goUri('try_files URI', ...splitArguments(target), node);
      }
      const isFolder = written.length > 0 && written.endsWith('/');
      const name = expand(isFolder ? written.slice(0, -1) : written);
      const found = this.#fileAt(root + name);
      if (found !== (isFolder ? 'directory' : 'file')) continue;
      this.journal.step(node, `finds ${name}`);
      if (owner?.match.kind !== 'regex') this.uri = prefix + name;
      else if (!isFolder) {
        this.uri = name;
        this.#addsUriToAlias = true;
      }
      return undefined;
    }
    return undefined;
  }

  /** ngx_http_mirror_handler: the copies run when the request itself has gone on as far as it can (rows 10.20-10.26). */
  #mirror(): Next | undefined {
    if (!this.#isMain) return undefined;
    for (const node of this.#scope.effective('mirror')) {
      const [uri = 'off'] = node.args;
      if (uri === 'off') continue;
      if (this.#scope.value('mirror_request_body', 'on').toLowerCase() === 'on') {
        const broken = this.#findBrokenBody(node);
        if (broken !== undefined) return broken;
        this.#bodyIsRead = true;
      }
      const run = this.#subrequest('mirror', uri, this.args, this.method);
      this.#pending.push(() => {
        this.journal.step(node, nodeText(node));
        // The error of a filter ends the request with its copies, as soon as these wait.
        run.#failedInFilter = this.#failedInFilter;
        return this.journal.beside(() => {
          const outcome = outcomeOf(() => run.start().outcome);
          this.#noteAside(run, node, outcome);
          return outcome;
        });
      });
    }
    return undefined;
  }

  /**
   * Runs the copies that wait. The outcome of one that ends the connection as 444 does, which is that of the request and of
   * all that is left to do on its side (ngx_http_terminate_request, row 10.27).
   */
  #runCopies(): Closed | undefined {
    for (const run of this.#pending.splice(0)) {
      const outcome = run();
      if (outcome.kind === 'closed') return outcome;
    }
    return undefined;
  }

  /**
   * ngx_http_addition_filter and ngx_http_ssi_filter: subrequests that an answer brings along (rows 10.40, 10.41). The answer
   * waits for them, so that one which ends the connection leaves nothing of it: its outcome (row 10.42). What a `return` says
   * is an answer as well, be it empty or a refusal (row 10.43).
   */
  #addTo({ outcome, block }: End): Closed | undefined {
    if (outcome.kind === 'closed' || outcome.kind === 'unknown' || block === undefined) return undefined;
    const { journal } = this;
    for (const { node, uri, isCertain } of outcome.status === 200 && this.method !== 'HEAD' ? additionsOf(block) : []) {
      journal.step(node, nodeText(node));
      const run = this.#subrequest('addition', uri, '', 'GET');
      const added = journal.beside(() => {
        const outcome: Outcome = isCertain
          ? outcomeOf(() => run.start().outcome)
          : { kind: 'unknown', reason: new Undecided('addition', node).reason };
        this.#noteAside(run, node, outcome);
        return outcome;
      });
      if (added.kind === 'closed') return added;
    }
    const includes =
      outcome.kind === 'content'
        ? includesOf(block, outcome.site.content, outcome.site.source)
        : outcome.kind === 'refused' && outcome.by?.name === 'return'
          ? includesOf(block, 'return', outcome.by)
          : undefined;
    if (includes === undefined) return undefined;
    const { reason } = new Undecided('ssi', includes);
    journal.aside('ssi', includes, { kind: 'unknown', reason });
    return undefined;
  }

  /**
   * ngx_http_post_action: when the request has ended, it goes on elsewhere, behind a refusal too, and then again as long as
   * a `post_action` is in force and changes of the URI are left (rows 10.30-10.33).
   */
  #postAction(): void {
    for (;;) {
      const by = this.#scope.setting('post_action');
      const next = this.#action();
      if (by === undefined || next === undefined) return;
      const outcome = outcomeOf(() => this.#run(next).outcome);
      this.#noteAside(this, by, outcome);
      if (outcome.kind === 'unknown' || this.#runCopies() !== undefined) return;
    }
  }

  /**
   * A subrequest goes on by a `post_action` only where its code would end the connection, which then stays (row 10.36).
   */
  #outlive(end: End): End {
    let last = end;
    while (last.outcome.kind === 'closed') {
      const next = this.#action();
      if (next === undefined) break;
      last = this.#run(next);
    }
    return last;
  }

  /** The jump of the `post_action` in force. `off` is no more than the name of a location that is not there (row 10.35). */
  #action(): Next | undefined {
    const node = this.#cutOff ? undefined : this.#scope.setting('post_action');
    const target = node?.args[0];
    if (node === undefined || target === undefined) return undefined;
    if (this.#budget === 0) {
      if (this.#isOver) return undefined;
      // The counter has four bits.
      this.#budget = WRAPPED_CHANGES;
    }
    this.#isOver = true;
    this.journal.step(node, nodeText(node));
    return target.startsWith('/') ? this.#goUri(undefined, target, '', node) : this.#goNamed(undefined, target, node);
  }

  /** P11. */
  #content(): Next {
    const handler = this.#handler;
    if (handler !== undefined) return this.#handle(handler);
    return this.#phaseHandlers();
  }

  #handle(handler: Handler): Next {
    const { name } = handler.node;
    if (answersReadersAlone(handler) && this.method !== 'GET' && this.method !== 'HEAD') {
      return this.#raise(405, 'the method is not allowed', handler.node);
    }
    const scope = this.#scope;
    let source = handler.node;
    let site = scope;
    if (scope.kind === 'if' || scope.kind === 'limit_except') {
      const own = scope.own(name).at(-1);
      const outer = holderOf(name, this.#location)?.scope;
      if (own !== undefined) source = own;
      else if (outer !== undefined) {
        source = outer.own(name).at(-1)!;
        site = outer;
      } else {
        // Row 3.6: the handler of an earlier `if` is left over, and the block in force has nothing to pass to; it reads the body first.
        return this.#readBody(handler.node) ?? this.#raise(500, 'no upstream is configured', handler.node);
      }
    }
    if (name === 'flv' || name === 'mp4') return this.#serveMedia(this.#site(site, handler.content, source), source);
    if (!this.#hasTarget(source)) {
      return this.#raise(500, 'the target is empty', source);
    }
    this.journal.step(source, nodeText(source));
    return this.#passOn(this.#site(site, handler.content, source), source);
  }

  /** A file that flv or mp4 sends; folders are left to the handlers behind (ngx_http_flv_handler, ngx_http_mp4_handler). */
  #serveMedia(site: Site, source: ConfigNode): Next {
    if (this.uri.endsWith('/')) return this.#phaseHandlers();
    const path = this.#path();
    if (path === undefined) return this.#raise(500, 'alias after a rewrite', source);
    switch (this.#fileAt(path)) {
      case 'absent':
        return this.#raise(404, 'no such file', source);
      case 'directory':
        return this.#phaseHandlers();
      case 'file':
        this.journal.step(source, nodeText(source));
        return this.#answer(site);
    }
  }

  /** Behind an error that a filter has raised nginx does not wait (rows 8.57b, 8.58b). */
  #waitFor(node: ConfigNode): void {
    if (this.#failedInFilter === 412 || (this.#failedInFilter === 416 && this.#imposedStatus === 0)) {
      throw new Undecided('withheld', node, WITHHELD);
    }
  }

  /** What a pass directive asks its back end. */
  #question(source: ConfigNode): Question {
    const { questions } = this.#client;
    const asked = questions.get(source) ?? [];
    const { via } = this;
    questions.set(source, [...asked, via]);
    return { via, earlier: asked.filter(other => other === via).length };
  }

  /** A handler that passes on reads the body before it looks where to, but for memcached, which throws it away. */
  #readBody(source: ConfigNode): Next | undefined {
    const broken = this.#findBrokenBody(source);
    if (broken === undefined && source.name !== 'memcached_pass') this.#bodyIsRead = true;
    return broken;
  }

  /** What the back end of a site answers, and whether nginx takes its place (ngx_http_upstream_intercept_errors). */
  #passOn(site: Site, source: ConfigNode): Next {
    if (site.target === undefined) return this.#answer(site);
    const broken = this.#readBody(source);
    if (broken !== undefined) return broken;
    if (source.name === 'memcached_pass' && this.#hasNoKey(source)) {
      return this.#raise(500, 'the key is empty', source);
    }
    this.#waitFor(source);
    const passedOn = this.#passedOn(site, source);
    const status = this.#setting.environment.backEndStatus(site.target, source, this.#question(source));
    const isDead = status === 502 || status === 504;
    const { recordsPassages } = this.#setting;
    const target = recordsPassages ? this.#expanded(parseTemplate(source.args[0] ?? ''), source) : undefined;
    const sent = this.#readToSend(source);
    // Sent at once to a back end on a Unix socket; one over TCP hears of it only after the copies have begun.
    if (!isDead && recordsPassages) {
      const fields = this.#fieldsSent(source, sent);
      this.journal.passages.push({ site, target, fields });
    }
    // While nginx waits for the back end, the copies run.
    const cut = this.#isMain ? this.#runCopies() : undefined;
    if (cut !== undefined) {
      this.#cutOff = true;
      return { go: 'end', outcome: cut };
    }
    if (isDead) {
      this.journal.condition('backend', source);
      return this.#raise(status, 'the back end is not there', source);
    }
    const isMissing = source.name === 'memcached_pass' && status === 404;
    const intercepts = isMissing || isOn(this.#scope, source.name.replace(/_pass$/, '_intercept_errors'));
    if (status >= 300 && intercepts && errorPages(this.#scope).some(({ codes }) => codes.includes(status))) {
      this.journal.condition('backend', source);
      return this.#raise(status, 'the back end refuses', source);
    }
    return this.#answer(site, status, passedOn);
  }

  /** What is read for a back end stays for whatever comes behind, but is no condition by itself (row 5.20). */
  #readToSend(source: ConfigNode): ReadonlyMap<Template, string | undefined> {
    return this.journal.beside(() => this.#variables.expandTogether(textsSent(this.#scope, source), this, source));
  }

  /** ngx_http_proxy_eval, ngx_http_upstream_ssl_certificate; undefined where TLS is out of the question. */
  #passedOn({ scope }: Site, source: ConfigNode): PassedOn | undefined {
    const tls = BackEndTls.of(scope, source);
    if (tls === undefined || tls.use === 'never') return undefined;
    const { certificate, target } = tls;
    return {
      target: this.#expanded(target, source),
      certificate: certificate === undefined ? '' : this.#expanded(certificate.file, certificate.node),
    };
  }

  /** A text with its variables replaced; undefined where it cannot be computed. */
  #expanded(template: Template, node: ConfigNode): string | undefined {
    return this.#computed(() => this.#variables.expand(template, this, node));
  }

  #computed(compute: () => string): string | undefined {
    try {
      return compute();
    } catch (error) {
      if (!(error instanceof Undecided)) throw error;
      return undefined;
    }
  }

  /** Whether memcached would be asked for nothing; a key that cannot be computed is taken to be one. */
  #hasNoKey(node: ConfigNode): boolean {
    return this.#computed(() => this.#variables.expandAsRead(MEMCACHED_KEY, this, node)) === '';
  }

  /** The fields that the back end is sent; undefined where it is sent none. */
  #fieldsSent(source: ConfigNode, sent: ReadonlyMap<Template, string | undefined>): Passage['fields'] {
    const forwarding = forwardingOf(this.#scope, source.name);
    return forwarding && passedFields(forwarding, this.#client.headers, template => sent.get(template));
  }

  /** Whether a computed target names a host; one that cannot be computed is taken to be right. */
  #hasTarget(node: ConfigNode): boolean {
    const form = COMPUTED_TARGETS[node.name];
    const template = parseTemplate(node.args[0] ?? '');
    if (form === undefined || template.every(piece => piece.kind === 'text')) return true;
    const target = this.#expanded(template, node);
    return target === undefined || form.test(target);
  }

  /**
   * Handlers that chance or a foreign module decides about: random_index and fancyindex take folders, dav_methods the
   * methods that change files. gzip_static answers only what static files answer as well.
   */
  #refuseToGuess(scope: Scope): void {
    const isFolder = this.uri.endsWith('/');
    for (const name of ['random_index', 'fancyindex']) {
      if (isFolder && isOn(scope, name)) throw new Undecided('handler', scope.setting(name)!);
    }
    const dav = scope.setting('dav_methods');
    if (dav?.args.includes(this.method)) throw new Undecided('handler', dav);
  }

  /** index, autoindex and static files, in nginx's order (rows 6.19-6.21, 10.10b). */
  #phaseHandlers(): Next {
    const scope = this.#scope;
    this.#refuseToGuess(scope);
    const reads = this.method === 'GET' || this.method === 'HEAD' || this.method === 'POST';
    const rootNode = scope.effective('root', 'alias').at(-1);
    if (this.uri.endsWith('/') && reads) {
      const index = this.#index();
      if (index !== undefined) return index;
      if (isOn(scope, 'autoindex') && this.method !== 'POST') {
        const path = this.#path();
        if (path === undefined) return this.#raise(500, 'alias after a rewrite', rootNode);
        // ngx_http_autoindex_handler cuts the last byte, which is a slash but for an alias without one.
        if (this.#fileAt(path.endsWith('/') ? path : path.slice(0, -1)) === 'directory') {
          return this.#answer(this.#staticSite(rootNode));
        }
        return this.#raise(404, 'no such folder', rootNode);
      }
    }
    if (!reads) return this.#raise(405, 'the method is not allowed', undefined);
    if (this.uri.endsWith('/')) return this.#raise(403, 'no index file', undefined);
    const path = this.#path();
    if (path === undefined) return this.#raise(500, 'alias after a rewrite', rootNode);
    switch (this.#fileAt(path)) {
      case 'absent':
        return this.#raise(404, 'no such file', rootNode);
      case 'directory':
        return this.#raise(301, 'a folder without its slash', rootNode, `${this.uri}/`);
      case 'file':
        if (this.method === 'POST') return this.#raise(405, 'the method is not allowed', undefined);
        return this.#answer(this.#staticSite(rootNode));
    }
  }

  /** ngx_http_index_handler; undefined where no index file is there. */
  #index(): Next | undefined {
    const node = this.#scope.effective('index');
    const names = node.length === 0 ? ['index.html'] : node.flatMap(entry => entry.args);
    const by = node[0] ?? this.#location?.node ?? this.server.node;
    let folderSeen = false;
    for (const written of names) {
      const template = parseTemplate(written);
      const name = this.#variables.expandAsRead(template, this, by);
      const isConstant = template.every(piece => piece.kind === 'text');
      // What holds variables is put together behind the path of the folder, which is there first.
      const folder = isConstant && name.startsWith('/') ? '' : this.#path();
      if (folder === undefined) return this.#raise(500, 'alias after a rewrite', by);
      if (name.startsWith('/')) {
        this.journal.step(by, `the index ${name}`);
        // The arguments of the request stay, and a `?` in the name is no separator.
        return this.#goUri('index', name, this.args, by);
      }
      if (this.#fileAt(folder + name) !== 'absent') {
        this.journal.step(by, `the index ${name}`);
        return this.#goUri('index', this.uri + name, this.args, by);
      }
      if (!folderSeen) {
        folderSeen = true;
        const found = this.#fileAt(folder);
        if (found === 'absent') return this.#raise(404, 'no such folder', by);
        if (found === 'file') return this.#raise(500, 'not a folder', by);
      }
    }
    return undefined;
  }

  /**
   * ngx_http_fastcgi_split, which splits once until the next jump, and ngx_http_fastcgi_script_name_variable, which adds the index
   * to a folder (row 4.90).
   */
  fastcgiSplit(): { readonly script: string; readonly path: string } {
    if (this.#fastcgi === undefined) {
      const pattern = splitPattern(this.#scope);
      const split = pattern && matchPattern(pattern, this.uri, this.#scope.setting('fastcgi_split_path_info')!);
      this.#fastcgi = split
        ? { script: split.groups[1] ?? '', path: split.groups[2] ?? '' }
        : { script: this.uri, path: '' };
    }
    const { script, path } = this.#fastcgi;
    return { script: script.endsWith('/') ? script + this.#scope.value('fastcgi_index', '') : script, path };
  }

  /** ngx_http_variable_document_root. */
  documentRoot(): string {
    return this.#root().root;
  }

  /** ngx_http_variable_request_filename. */
  requestFilename(): string | undefined {
    return this.#path();
  }

  /** The folder of static files, as text with its variables replaced. */
  #root(): { root: string; alias: boolean } {
    const node = this.#scope.effective('root', 'alias').at(-1);
    if (node === undefined) return { root: 'html', alias: false };
    const root = this.#variables.expand(parseTemplate(node.args[0] ?? ''), this, node);
    const alias = node.name === 'alias';
    return { root: alias ? root : root.replace(/\/$/, ''), alias };
  }

  /** ngx_http_map_uri_to_path; undefined where nginx gives up because the URI was rewritten below an alias. */
  #path(): string | undefined {
    const { root, alias } = this.#root();
    if (!alias) return root + this.uri;
    if (!this.#validLocation) return undefined;
    const owner = this.#aliasOwner();
    const { match } = owner;
    if (match.kind === 'regex') return this.#addsUriToAlias ? root + this.uri : root;
    return root + this.uri.slice(match.kind === 'exact' || match.kind === 'prefix' ? match.text.length : 0);
  }

  /** The location that says `alias`; nested ones inherit it with its length. */
  #aliasOwner(): Location {
    let location = this.#location!;
    while (location.parent !== undefined && location.scope.own('alias').length === 0) location = location.parent;
    return location;
  }

  #staticSite(root: ConfigNode | undefined): Site {
    const scope = this.#scope;
    const site = scope.kind === 'if' || scope.kind === 'limit_except' ? this.#location!.scope : scope;
    return this.#site(site, 'static', root);
  }

  #answer(site: Site, own = 200, passedOn?: PassedOn): Next {
    const status = this.#shown(own);
    if (!isPassed(site.content)) {
      const failed =
        this.#findBrokenBody(site.source) ??
        this.#failPrecondition(status, site.content, site.source) ??
        this.#failRange(status, site.content, site.source);
      if (failed !== undefined) return failed;
      if (this.#isBodiless(status)) return { go: 'end', outcome: { kind: 'empty', status, by: site.source } };
    }
    const how = passedOn === undefined ? {} : { passedOn };
    return { go: 'end', outcome: { kind: 'content', site, status, ...how } };
  }

  /**
   * The status that an answer gets in place of its own: that of the error that has led to it, where headers are sent, which a
   * `post_action` does not do (ngx_http_send_header, row 10.36).
   */
  #shown(own: number): number {
    return this.#imposedStatus === 0 || this.#isOver ? own : this.#imposedStatus;
  }

  /** True where the headers of an answer pass the filters of the main request. */
  get #isFiltered(): boolean {
    return this.#isMain && !this.#isOver;
  }

  /** Whether nothing is sent behind the headers under a status, which HTTP/0.9 has neither of (ngx_http_header_filter, row 8.60). */
  #isBodiless(status: number): boolean {
    return this.#isFiltered && BODILESS.has(status) && this.#client.request.http.version !== '0.9';
  }

  /**
   * 412 for an answer of nginx's own with status 200, where the client sets a condition that it does not meet
   * (ngx_http_not_modified_header_filter, row 8.57).
   */
  #failPrecondition(status: number, content: string, by: ConfigNode | undefined): Next | undefined {
    if (!this.#isFiltered || status !== 200) return undefined;
    const header = (name: string) => this.#client.headers.find(other => other.name === name)?.value;
    const isFile = content !== 'return' && content !== 'stub_status';
    const since = header('if-unmodified-since');
    const tags = header('if-match');
    const isStale = since !== undefined && !(isFile && Date.parse(since) > 0);
    const isOther = tags !== undefined && tags !== '*' && !(isFile && /"[0-9a-f]+-[0-9a-f]+"/.test(tags));
    if (isStale || isOther) {
      this.#failedInFilter = 412;
      return this.#raise(412, 'the precondition fails', by);
    }
    // When a file was changed, and so its tag, is not known.
    const isOpen = since !== undefined || (tags !== undefined && tags !== '*');
    if (isOpen) throw new Undecided('file', by ?? this.server.node, 'when the file was changed');
    return undefined;
  }

  /**
   * 416 for a part behind the end of a file (ngx_http_range_header_filter, row 8.58). That parts can be asked for outlives the
   * error, so that whatever a page answers with status 200 fails as well.
   */
  #failRange(status: number, content: string, by: ConfigNode | undefined): Next | undefined {
    const range = this.#client.headers.find(({ name }) => name === 'range')?.value;
    if (!this.#isFiltered || status !== 200 || range === undefined) return undefined;
    const isAfter416 = this.#failedInFilter === 416;
    if (!isAfter416 && (!FILES.has(content) || this.uri.endsWith('/'))) return undefined;
    if (range !== `bytes=${BEHIND_ALL}-` || this.#scope.value('max_ranges', '') === '0') return undefined;
    this.#failedInFilter = 416;
    return this.#raise(416, 'the part lies behind the end', by);
  }

  #site(scope: Scope, content: string, source: ConfigNode | undefined): Site {
    const kind =
      scope.kind === 'if' || scope.kind === 'limit_except' || scope.kind === 'location' ? scope.kind : 'http-server';
    const target = isPassed(content) ? source?.args[0] : undefined;
    return { server: this.server, scope, kind, content, source, target };
  }

  #jump(kind: Jump | undefined): void {
    if (kind !== undefined && this.#isMain && !this.#isOver) this.journal.jumps.push(kind);
  }

  /** An internal redirect to a URI: the server program runs again (ngx_http_internal_redirect). */
  #goUri(kind: Jump | undefined, uri: string, args: string, by: ConfigNode): Next {
    this.#budget -= 1;
    if (this.#budget === 0) return this.#raise(500, 'too many changes of the URI', by);
    this.#jump(kind);
    this.#fastcgi = undefined;
    this.uri = uri;
    this.args = args;
    this.#internal = true;
    this.#validLocation = true;
    this.#addsUriToAlias = false;
    this.#location = undefined;
    this.#scope = this.server.scope;
    return { go: 'server' };
  }

  /** A jump to a named location: the server program does not run (ngx_http_named_location, row 1.17). */
  #goNamed(kind: Jump | undefined, name: string, by: ConfigNode): Next {
    this.#budget -= 1;
    if (this.#budget === 0) return this.#raise(500, 'too many changes of the URI', by);
    if (this.uri === '') return this.#raise(500, 'a jump to a named location without a URI', by);
    const location = this.server.locations.find(({ match }) => match.kind === 'named' && match.text === name);
    if (location === undefined) return this.#raise(500, `there is no location ${name}`, by);
    this.#jump(kind);
    this.#fastcgi = undefined;
    this.journal.step(location.node, `the location ${name}`);
    this.#internal = true;
    this.#handler = undefined;
    this.#uriChanged = false;
    this.#location = location;
    this.#noteVisit();
    this.#applyBlock();
    return { go: 'program' };
  }

  #noteVisit(): void {
    if (!this.#isMain || this.#isOver) return;
    const { journal, server, uri } = this;
    journal.visits.push({ server, uri, location: this.#location, afterError: this.#afterError });
  }

  /** ngx_http_finalize_request and ngx_http_special_response_handler (section 8). */
  #raise(code: number, cause: string, by: ConfigNode | undefined, location = ''): Next {
    // 444 ends the connection on the spot, without a post_action.
    if (code === 444) this.#cutOff = true;
    if (CLOSING_CODES.has(code)) return { go: 'end', outcome: { kind: 'closed', by, cause } };
    this.#imposedStatus = code;
    const pages = errorPages(this.#scope);
    if (!this.#errorPageUsed && pages.length > 0 && this.#budget !== 0) {
      // Row 8.33b: used up even where no entry fits.
      if (!isOn(this.#scope, 'recursive_error_pages')) this.#errorPageUsed = true;
      const page = pages.find(({ codes }) => codes.includes(code));
      if (page !== undefined) return this.#followErrorPage(page, code);
    }
    if (HIDDEN_CODES.has(code)) this.#imposedStatus = 400;
    // An error that no header tells of is none to whoever asked.
    const status = this.#isOver ? 0 : this.#imposedStatus;
    if (REDIRECT_CODES.has(code)) return { go: 'end', outcome: { kind: 'redirected', status, location } };
    return { go: 'end', outcome: { kind: 'refused', status, by, cause } };
  }

  /** ngx_http_send_error_page. */
  #followErrorPage(page: ErrorPage, code: number): Next {
    const { node } = page;
    this.#afterError = true;
    let { status } = page;
    if (status === -1 && HIDDEN_CODES.has(code)) status = 400;
    if (status >= 0) this.#imposedStatus = status;
    this.journal.step(node, `${code}: ${nodeText(node)}`);
    const target = this.#variables.expand(page.target, this, node);
    if (target.startsWith('/')) {
      if (this.method !== 'HEAD') {
        this.method = 'GET';
        // The variable shows the method of the main request.
        if (this.#isMain) this.#client.method = 'GET';
      }
      return this.#goUri('error_page URI', ...splitArguments(target), node);
    }
    if (target.startsWith('@')) return this.#goNamed('error_page named', target, node);
    if (!REDIRECT_CODES.has(status)) this.#imposedStatus = 302;
    return { go: 'end', outcome: { kind: 'redirected', status: this.#imposedStatus, location: target } };
  }
}

/** Whether a network holds all addresses of its family. */
function isEveryAddress(range: string): boolean {
  return parseNetwork(range)?.length === 0;
}

/** The outcome of something on the side, which must not decide about the request itself. */
function outcomeOf(run: () => Outcome): Outcome {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Undecided)) throw error;
    return { kind: 'unknown', reason: error.reason };
  }
}

/** What an access check says. */
type Check = 'ok' | 'declined' | { readonly code: number; readonly by: ConfigNode } | { readonly outcome: Outcome };

/** Whether the flag is on; a flag without an argument (`internal`) is on where it stands. */
function isOn(scope: Scope, name: string): boolean {
  const node = scope.setting(name);
  return node !== undefined && (node.args.length === 0 || node.args[0]!.toLowerCase() === 'on');
}

/** ngx_http_split_args. */
function splitArguments(target: string): [path: string, args: string] {
  const mark = target.indexOf('?');
  return mark === -1 ? [target, ''] : [target.slice(0, mark), target.slice(mark + 1)];
}

/** The first `?` that stands in the text of a replacement splits it (ngx_http_script_start_args_code). */
function splitReplacement(template: Template): { path: Template; args: Template | undefined } {
  for (const [index, piece] of template.entries()) {
    if (piece.kind !== 'text') continue;
    const mark = piece.text.indexOf('?');
    if (mark === -1) continue;
    const before = { kind: 'text', text: piece.text.slice(0, mark) } as const;
    const behind = { kind: 'text', text: piece.text.slice(mark + 1) } as const;
    return { path: [...template.slice(0, index), before], args: [behind, ...template.slice(index + 1)] };
  }
  return { path: template, args: undefined };
}

/** The entries in force, in text order; the first that names a code counts (row 8.24). */
function errorPages(scope: Scope): ErrorPage[] {
  return scope.effective('error_page').map(node => {
    const words = [...node.args];
    const target = words.pop() ?? '';
    const response = words.at(-1)?.startsWith('=') ? words.pop() : undefined;
    let status = -1;
    if (response !== undefined) status = response === '=' ? 0 : Number(response.slice(1));
    return { node, codes: words.map(Number), status, target: parseTemplate(target) };
  });
}
