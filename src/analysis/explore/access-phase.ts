import { type ConfigNode, nodeSpan, nodeText } from '../../config/config-tree.js';
import { isPassed } from '../../model/handlers.js';
import type { VirtualServer } from '../../model/model.js';
import { parseTemplate } from '../../model/template.js';
import { complement, literal } from '../../pcre/language.js';
import type { AccessCondition } from '../access.js';
import { NOT_EMPTY } from '../input-languages.js';
import { isNeverEmpty, limitKey } from '../limits.js';
import { scriptOf } from '../scripts.js';
import { symbolsOf } from '../value.js';
import { WITHHELD } from '../withheld.js';
import type { Addresses } from './addresses.js';
import { type Errors, hasPage } from './errors.js';
import type { Files } from './files.js';
import {
  answered,
  type CheckResult,
  doubt,
  type Exploration,
  endsWhereItWaits,
  imposedStatus,
  isLineUnread,
  LIMITS,
  type Limit,
  type Observer,
  reasonAt,
  remember,
  resumed,
  type State,
  type Tools,
  textValue,
  type Ways,
} from './state.js';
import type { Values } from './values.js';
import type { WayBound } from './way-bound.js';

/** Access checks: addresses, passwords, auth_request, and how `satisfy` joins them (ngx_http_core_access_phase). */
export class AccessPhase {
  readonly #tools: Tools;
  readonly #observer: Observer;
  readonly #server: VirtualServer;
  readonly #ways: Ways;
  readonly #addresses: Addresses;
  readonly #values: Values;
  readonly #errors: Errors;
  readonly #files: Files;
  readonly #bound: WayBound;

  constructor(
    exploration: Exploration,
    ways: Ways,
    addresses: Addresses,
    values: Values,
    errors: Errors,
    files: Files,
    bound: WayBound,
  ) {
    this.#tools = exploration.tools;
    this.#observer = exploration.observer;
    this.#server = exploration.entry.server;
    this.#ways = ways;
    this.#addresses = addresses;
    this.#values = values;
    this.#errors = errors;
    this.#files = files;
    this.#bound = bound;
  }

  /** P8 to P10: limits, realip, access checks, try_files. */
  access(state: State): void {
    for (const way of this.#addresses.realip(state, state.scope)) {
      for (const limited of this.#limit(way)) this.#check(limited);
    }
  }

  /** The states that keep all limits of rates and connections; others go to the error page (rows 9.18, 9.23). */
  #limit(state: State): readonly State[] {
    return this.#bound.throughAll([state], LIMITS, (way, name) => this.#limitBy(name, way));
  }

  /** ngx_http_limit_req_handler and ngx_http_limit_conn_handler: the first zone with a key judges, and once only. */
  #limitBy(name: Limit, state: State): State[] {
    if (state.judgedBy.has(name)) return [state];
    const { scope } = state;
    const passed: State[] = [];
    const open = this.#bound.throughAll([state], scope.effective(name), (asked, node) =>
      this.#values.evaluate(asked, limitKey(node, scope)).flatMap(({ state: read, value }) => {
        const counted = read.knowledge.assume(value, [NOT_EMPTY]);
        if (counted !== undefined) {
          const judged = { ...read, knowledge: counted, judgedBy: new Set([...read.judgedBy, name]) };
          passed.push(judged);
          this.#refuseByLimit(name, judged, node);
        }
        const free = isNeverEmpty(node, scope) ? undefined : read.knowledge.assume(value, [literal('')]);
        return free === undefined ? [] : [{ ...read, knowledge: free }];
      }),
    );
    // A request that is not counted first: it gets by however often it is sent.
    return [...open, ...passed];
  }

  #refuseByLimit(name: Limit, state: State, node: ConfigNode): void {
    const { scope, conditions, surroundings } = state;
    if (scope.value(`${name}_dry_run`, 'off').toLowerCase() === 'on') return;
    const condition: AccessCondition = { kind: 'rate', text: nodeText(node), span: nodeSpan(node) };
    const limited = { ...surroundings, limits: new Set([...surroundings.limits, node]) };
    const refused = { ...state, conditions: [...conditions, condition], surroundings: limited };
    this.#errors.raiseQuietly(refused, Number(scope.value(`${name}_status`, '503')));
  }

  #check(state: State): void {
    const { scope } = state;
    if (state.isSubrequest) {
      this.#files.tryFiles(state);
      return;
    }
    const any = scope.value('satisfy', 'all').toLowerCase() === 'any';
    let open: readonly State[] = [state];
    const checks = [
      (asked: State) => this.#addresses.addressRules(asked),
      (asked: State) => this.#password(asked),
      (asked: State) => this.#authRequest(asked),
      (asked: State) => this.#script(asked),
    ];
    for (const check of checks) {
      const next: State[] = [];
      for (const { state: checked, result, by } of open.flatMap(check)) {
        if (result === 'declined') next.push(checked);
        else if (result === 'ok') {
          // One success is enough for `any` (ngx_http_core_access_phase).
          if (any) this.#files.tryFiles({ ...checked, denied: undefined });
          else next.push(checked);
        } else if (any && result !== 500) {
          const before = checked.denied;
          next.push({ ...checked, denied: { code: before?.code === 401 ? 401 : result, by: before?.by ?? by } });
        } else {
          this.#errors.raise(checked, result, by);
        }
      }
      open = this.#bound.limit(next);
    }
    for (const checked of open) {
      const { denied } = checked;
      if (denied === undefined) this.#files.tryFiles(checked);
      else this.#errors.raise({ ...checked, denied: undefined }, denied.code, denied.by);
    }
  }

  /** Scripted access comes last (row 16.14): it may let by, refuse, fail, or lead anywhere (rows 16.1-16.11). */
  #script(state: State): CheckResult[] {
    const script = scriptOf('access', state.scope);
    if (script === undefined) return [{ state, result: 'declined', by: this.#server.node }];
    const asked = this.#errors.afterScript(state, script);
    return (['ok', 401, 403, 500] as const).map(result => ({ state: asked, result, by: script }));
  }

  /**
   * auth_basic: a password of the user file, without which it protects nothing (row 9.8c). A file that is asked once more, behind
   * an error page, says what it said before; another one need not.
   */
  #password(state: State): CheckResult[] {
    const basic = state.scope.setting('auth_basic');
    const file = state.scope.setting('auth_basic_user_file');
    if (basic === undefined || file === undefined) {
      return [{ state, result: 'declined', by: basic ?? this.#server.node }];
    }
    return this.#values.evaluate(state, parseTemplate(basic.args[0] ?? '')).flatMap(({ state: read, value }) => {
      const results: CheckResult[] = [];
      const off = read.knowledge.assume(value, [literal('off')]);
      if (off !== undefined) results.push({ state: { ...read, knowledge: off }, result: 'declined', by: basic });
      const on = read.knowledge.assume(value, [complement(literal('off'))]);
      if (on === undefined) return results;
      const asked: State = { ...read, knowledge: on };
      const wrong = withPassword(asked, file, false);
      if (wrong !== undefined) results.push({ state: wrong, result: 401, by: basic });
      // No header is read behind a line that is an error.
      const right = isLineUnread(asked) ? undefined : withPassword(asked, file, true);
      if (right === undefined) return results;
      const condition: AccessCondition = {
        kind: 'password',
        text: 'a password of the user file',
        span: nodeSpan(basic),
      };
      results.push({ state: { ...right, conditions: [...right.conditions, condition] }, result: 'ok', by: basic });
      return results;
    });
  }

  /** auth_request: a call, whose status decides and whose variables stay (ngx_http_auth_request_handler, rows 9.10-9.12). */
  #authRequest(asking: State): CheckResult[] {
    const node = asking.scope.setting('auth_request');
    const target = node?.args[0];
    if (node === undefined || target === undefined || target === 'off') {
      return [{ state: asking, result: 'declined', by: node ?? this.#server.node }];
    }
    const state = endsWhereItWaits(asking) ? doubt(asking, reasonAt('withheld', node, WITHHELD)) : asking;
    const results: CheckResult[] = [];
    const back = (end: State): readonly State[] =>
      this.#setFrom(end, state.scope.effective('auth_request_set')).map(given => resumed(state, given));
    const answer = (end: State, status: number): void => {
      const result = status >= 200 && status < 300 ? 'ok' : status === 401 || status === 403 ? status : 500;
      for (const given of back(end)) results.push({ state: given, result, by: node });
    };
    const observer: Observer = {
      // What fails is refused, if nothing comes behind.
      mindsCycles: hasPage(state, 500) || state.scope.setting('post_action') !== undefined,
      arrive: (site, end) => {
        this.#observer.arrive(site, end);
        const { source } = site;
        const asksBackEnd = isPassed(site.content) && source !== undefined;
        const withAnswer = (state: State, status: number): State =>
          asksBackEnd ? { ...state, surroundings: answered(state, source, { via: end.via, status }) } : state;
        if (asksBackEnd && imposedStatus(end) === undefined) {
          const condition: AccessCondition = {
            kind: 'auth-backend',
            text: `the answer of ${site.content} ${site.target ?? ''}`,
            span: nodeSpan(node),
          };
          for (const asked of back({ ...end, conditions: [...end.conditions, condition] })) {
            results.push({ state: withAnswer(asked, 200), result: 'ok', by: node });
            for (const result of [401, 403] as const) {
              results.push({ state: withAnswer(asked, result), result, by: node });
            }
          }
        } else {
          answer(withAnswer(end, 200), imposedStatus(end) ?? 200);
        }
      },
      refuse: this.#observer.refuse,
      finish: (end, status) => {
        if (status !== 'closed') answer(end, status);
      },
      giveUp: this.#observer.giveUp,
    };
    // A `?` is a part of the path (row 9.25).
    const asked = { via: 'auth_request', uri: textValue(target), args: [], method: ['GET'] } as const;
    this.#ways.call(observer, state, asked);
    return results;
  }

  /**
   * What auth_request_set gives, in text order and whatever the answer was: its texts are read in the subrequest
   * (ngx_http_auth_request_set_variables, row 9.11). What the answer of a back end says is not known.
   */
  #setFrom(end: State, assignments: readonly ConfigNode[]): readonly State[] {
    return this.#bound.throughAll([end], assignments, (state, set) => {
      const name = (set.args[0] ?? '').replace(/^\$/, '').toLowerCase();
      return this.#values.evaluate(state, parseTemplate(set.args[1] ?? '')).map(({ state: read, value }) => {
        if (!symbolsOf(value).some(({ origin }) => origin === 'unmodelled')) return remember(read, name, value);
        const reason = reasonAt('not-modelled', set, `$${name} is taken from the answer of auth_request`);
        return remember(read, name, [this.#tools.symbols.unmodelled(reason)]);
      });
    });
  }
}

/** What remains where a user file knows the password, or does not; undefined where it has said otherwise. */
function withPassword(state: State, file: ConfigNode, isRight: boolean): State | undefined {
  const { surroundings } = state;
  const path = file.args[0] ?? '';
  // Which file a path with variables names may change.
  if (path.includes('$')) return state;
  const known = surroundings.passwords.get(path);
  if (known !== undefined) return known === isRight ? state : undefined;
  const passwords = new Map(surroundings.passwords).set(path, isRight);
  return { ...state, surroundings: { ...surroundings, passwords } };
}
