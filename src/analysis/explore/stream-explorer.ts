import { type ConfigNode, nodeSpan, nodeText } from '../../config/config-tree.js';
import { verifyMode } from '../../model/client-verification.js';
import type { StreamHandler, StreamServer } from '../../model/model.js';
import type { Scope } from '../../model/scope.js';
import { parseTemplate, variablesOf } from '../../model/template.js';
import { ByteSet } from '../../pcre/byte-set.js';
import { bytes, concat, type Language, literal, literalCaseless, optional, star, union } from '../../pcre/language.js';
import type { Reason, Refusal } from '../access.js';
import { ipv4Spellings, ipv6Spellings } from '../address-language.js';
import { IPV4_ADDRESSES, IPV6_ADDRESSES } from '../address-set.js';
import { type Entry, handshakeServer } from '../handshake.js';
import { NOT_EMPTY } from '../input-languages.js';
import type { Knowledge } from '../knowledge.js';
import { streamScriptOf } from '../scripts.js';
import { isComputed, knownUpstreams } from '../stream-sites.js';
import { symbolsOf, type Value } from '../value.js';
import { Addresses } from './addresses.js';
import { addressEntryOf } from './entry-facts.js';
import { doubt, freshState, reasonAt, remember, type State } from './state.js';
import { type StreamTools, StreamValues } from './stream-values.js';

/** Ways that one entry may have before it is given up as undecided. */
const MAX_WAYS = 4_000;

/** Receives what the exploration of one entry meets. */
export interface StreamObserver {
  /** Connections get to the handler; `value` is where they go, or what is sent. */
  readonly arrive: (state: State, value: Value) => void;
  readonly refuse: (refusal: Refusal) => void;
  /** Something was met that keeps the server from being called refused. */
  readonly giveUp: (reason: Reason) => void;
}

/** The phases behind `allow` and `deny` in which a script may refuse a connection. */
const LATER_PHASES = ['handshake', 'preread', 'filter'] as const;

/**
 * Follows every way that connections of one entry can take through the phases of stream (ngx_stream_phases). The states
 * over-approximate: where none arrives, clients are refused; an arrival is a candidate that the evaluator confirms.
 */
export class StreamExplorer {
  readonly #tools: StreamTools;
  readonly #entry: Entry<StreamServer>;
  readonly #observer: StreamObserver;
  readonly #addresses: Addresses;
  /** The settings in force until a name picks another server. */
  readonly #first: StreamServer;

  constructor(tools: StreamTools, entry: Entry<StreamServer>, observer: StreamObserver) {
    this.#tools = tools;
    this.#entry = entry;
    this.#observer = observer;
    this.#first = entry.socket.defaultServer;
    this.#addresses = new Addresses(tools, addressEntryOf({ socket: entry.socket, server: this.#first }));
  }

  /** Where the connections of a state come from (`Addresses.sources`). */
  sources(state: State): ReturnType<Addresses['sources']> {
    return this.#addresses.sources(state);
  }

  /** Explores from the accepted connection on with what is known of its SNI name. */
  run(start: Knowledge): void {
    const { scope } = this.#first;
    const given = { knowledge: start, scope, handler: undefined, uri: [], args: [], method: [], validLocation: true };
    let ways = this.#addresses.realip(freshState(given), scope);
    const early = new StreamValues(this.#tools, this.#entry, this.#addresses, 'accepted');
    for (const step of this.#first.program) {
      ways = this.#bounded(
        ways.flatMap(state => {
          if (step.kind === 'script') return [doubt(state, reasonAt('template', step.node, nodeText(step.node)))];
          return early.evaluate(state, step.value).map(way => remember(way.state, step.variable, way.value));
        }),
      );
    }
    for (const name of this.#countedBy(scope)) {
      ways = this.#bounded(ways.flatMap(state => early.read(state, name).map(way => way.state)));
    }
    ways = ways.flatMap(state => this.#checkAddress(state));
    if (ways.length === 0 || this.#isRefusedByHandshake()) return;
    const { server } = this.#entry;
    ways = ways.map(state => {
      const ready = this.#withVersion({ ...state, scope: server.scope });
      return this.#withScripts(this.#withServerNameGroups(ready));
    });
    if (server.handler !== undefined) this.#answer(server.handler, ways);
  }

  #bounded(ways: State[]): State[] {
    if (ways.length <= MAX_WAYS) return ways;
    this.#observer.giveUp(reasonAt('bound', this.#entry.server.node, 'too many ways through the configuration'));
    return [];
  }

  /** The variables that limit_conn reads. */
  #countedBy(scope: Scope): string[] {
    const zones = this.#tools.model.scope.own('limit_conn_zone');
    return scope.effective('limit_conn').flatMap(({ args }) => {
      const zone = zones.find(node => node.args[1]?.startsWith(`zone=${args[0]}:`));
      return zone === undefined ? [] : variablesOf(parseTemplate(zone.args[0] ?? ''));
    });
  }

  /** allow and deny, in the settings of the default server; a script beside them may overrule them. */
  #checkAddress(state: State): State[] {
    const script = streamScriptOf('access', state.scope);
    if (script !== undefined) return [doubt(state, scriptReason(script))];
    return this.#addresses.addressRules(state).flatMap(({ by, result, state: next }) => {
      if (result === 'ok' || result === 'declined') return [next];
      this.#refuse(by);
      return [];
    });
  }

  #isRefusedByHandshake(): boolean {
    const { by = [], refused, server } = this.#entry;
    if (refused === undefined) return false;
    for (const refusal of by) this.#observer.refuse(refusal);
    if (by.length === 0) this.#refuse(server.scope.setting('ssl_verify_client') ?? server.node);
    return true;
  }

  /** A certificate that only `ssl_conf_command` asks for ends the handshake where it does not verify, until 1.27.2. */
  #withVersion(state: State): State {
    const { server, socket, verify } = this.#entry;
    const policy = handshakeServer(socket, server);
    if (!verify.startsWith('FAILED') || verifyMode(policy) !== 'off') return state;
    const by = policy.scope.setting('ssl_conf_command') ?? policy.node;
    return doubt(state, reasonAt('version', by, 'before 1.27.2 the handshake fails'));
  }

  #withScripts(state: State): State {
    const scopes = [this.#first.scope, state.scope];
    const [script] = LATER_PHASES.flatMap(phase => scopes.flatMap(scope => streamScriptOf(phase, scope) ?? []));
    return script === undefined ? state : doubt(state, scriptReason(script));
  }

  /** Where a regex of the server's names matched, its groups are variables, and nobody kept which one it was. */
  #withServerNameGroups(state: State): State {
    const { server, tls } = this.#entry;
    let next = state;
    if (tls !== 'host') return next;
    for (const { kind, node, ...name } of server.names) {
      if (kind !== 'regex' || !('pattern' in name)) continue;
      const groups = this.#tools.patterns.groups(name.pattern);
      if (groups === 0) continue;
      const reason = reasonAt('pattern', node, `the groups of the name ~${name.pattern.source}`);
      const unknown: Value = [this.#tools.symbols.unmodelled(reason)];
      const captures = new Map(Array.from({ length: groups }, (_, index) => [index + 1, unknown]));
      next = { ...next, captures };
      for (const group of this.#tools.patterns.names(name.pattern).keys()) next = remember(next, group, unknown);
    }
    return next;
  }

  #answer(handler: StreamHandler, ways: readonly State[]): void {
    const values = new StreamValues(this.#tools, this.#entry, this.#addresses, 'ready');
    if (handler.content === 'script') {
      for (const state of ways) this.#observer.arrive(state, []);
      return;
    }
    const fits = this.#fitting(handler);
    const read = ways.flatMap(state => values.evaluate(state, handler.value));
    if (read.length > MAX_WAYS) {
      this.#observer.giveUp(reasonAt('bound', handler.node, 'too many ways through the configuration'));
      return;
    }
    for (const { state, value } of read) {
      const opaque = symbolsOf(value).find(symbol => symbol.origin === 'unmodelled');
      if (opaque !== undefined) {
        this.#observer.arrive(doubt(state, opaque.reason!), value);
        continue;
      }
      const next = fits === undefined ? state : this.#addresses.assume(state, value, [fits], handler.node);
      if (next === undefined) this.#refuse(handler.node);
      else this.#observer.arrive(next, value);
    }
  }

  /** The values with which a handler answers; undefined for any. */
  #fitting(handler: StreamHandler): Language | undefined {
    if (handler.content === 'return') return NOT_EMPTY;
    if (!isComputed(handler)) return undefined;
    const { model } = this.#tools;
    const names = [...knownUpstreams(model)].map(literalCaseless);
    const hosts =
      this.#entry.server.scope.setting('resolver') === undefined ? addressHosts() : union(addressHosts(), NAME);
    return union(...names, concat(hosts, literal(':'), PORT), UNIX);
  }

  #refuse(node: ConfigNode): void {
    this.#observer.refuse({ span: nodeSpan(node), text: nodeText(node) });
  }
}

let knownHosts: Language | undefined;

/** Hosts that need no resolver (ngx_parse_url): never fewer than nginx takes. Made when they are first asked for. */
function addressHosts(): Language {
  knownHosts ??= union(
    ipv4Spellings(IPV4_ADDRESSES),
    concat(literal('['), ipv6Spellings(IPV6_ADDRESSES), literal(']')),
  );
  return knownHosts;
}

/** Names for a resolver. */
const NAME: Language = concat(
  bytes(ByteSet.among(':/?\t\n\v\f\r ').complement()),
  star(bytes(ByteSet.among(':/?\t\n\v\f\r ').complement())),
);

const UNIX: Language = concat(literalCaseless('unix:'), NOT_EMPTY);

/** The numbers from 1 to 65535, with zeros in front or without. */
const PORT: Language = concat(
  star(literal('0')),
  union(
    concat(digits(1, 9), optional(digits(0, 9)), optional(digits(0, 9)), optional(digits(0, 9))),
    concat(digits(1, 5), digits(0, 9), digits(0, 9), digits(0, 9), digits(0, 9)),
    concat(literal('6'), digits(0, 4), digits(0, 9), digits(0, 9), digits(0, 9)),
    concat(literal('65'), digits(0, 4), digits(0, 9), digits(0, 9)),
    concat(literal('655'), digits(0, 2), digits(0, 9)),
    concat(literal('6553'), digits(0, 5)),
  ),
);

function digits(first: number, last: number): Language {
  return bytes(ByteSet.range(0x30 + first, 0x30 + last));
}

function scriptReason(node: ConfigNode): Reason {
  return reasonAt('script', node, nodeText(node));
}
