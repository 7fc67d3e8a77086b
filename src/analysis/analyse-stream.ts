import { nodeSpan, nodeText } from '../config/config-tree.js';
import type { StreamHandler, StreamModel, StreamServer } from '../model/model.js';
import type { AccessCondition, AccessTable, Reason, Refusal, StreamRow, StreamTarget, Verdict } from './access.js';
import { certificateParts } from './certificate-contents.js';
import { evaluateStream } from './evaluate/stream.js';
import type { State } from './explore/state.js';
import { StreamExplorer } from './explore/stream-explorer.js';
import { gapsOf, withGaps, withOpenMode } from './gaps.js';
import { type Entry, lockoutLines, rejectsHandshake } from './handshake.js';
import { sniLanguages } from './host-languages.js';
import { Knowledge } from './knowledge.js';
import { Patterns } from './patterns.js';
import { CLIENT_CLASSES, type ClientClass, type StreamSession, type TlsChoice, type Witness } from './request.js';
import { streamEntriesOf } from './stream-entries.js';
import { isComputed, streamSite } from './stream-sites.js';
import { Symbols } from './symbols.js';
import { fixedText } from './value.js';
import { dial, namesToSend, offeredCertificate } from './witness.js';

/** Sessions that may be tried for one cell before it is left undecided, and for one way. */
const MAX_ATTEMPTS = 240;
const MAX_CANDIDATES = 12;

/** Places of one class of client that are told apart; connections to others count for the row alone. */
const MAX_TARGETS = 64;

/** Who reaches the servers of stream, and where they are passed on to. */
export function analyseStream(model: StreamModel): AccessTable<StreamRow> {
  const patterns = new Patterns();
  return {
    rows: model.servers.flatMap(server => {
      const { handler } = server;
      return handler === undefined ? [] : [rowOf(model, server, handler, patterns)];
    }),
  };
}

function rowOf(model: StreamModel, server: StreamServer, handler: StreamHandler, patterns: Patterns): StreamRow {
  const site = streamSite(server)!;
  const gaps = gapsOf(server);
  const found = new Map(CLIENT_CLASSES.map(client => [client, new Search(model, server, client, patterns)]));
  const accessOf = (verdict: (search: Search) => Verdict<StreamSession>): StreamRow['access'] => {
    const cell = (client: ClientClass) =>
      withOpenMode(withGaps(verdict(found.get(client)!), site, gaps), server, client);
    return { none: cell('none'), untrusted: cell('untrusted'), trusted: cell('trusted') };
  };
  const values = new Set([...found.values()].flatMap(search => search.values()));
  const targets: StreamTarget[] = isComputed(handler)
    ? [...values].map(value => ({ value, access: accessOf(search => search.verdictOn(value)) }))
    : [];
  return { site, access: accessOf(search => search.verdict()), targets };
}

/** What is found out about one value, or about all. */
class Cell {
  reached: Witness<StreamSession> | undefined;
  conditional: { witness: Witness<StreamSession>; conditions: readonly AccessCondition[] } | undefined;
  readonly reasons = new Map<string, Reason>();
  attempts = 0;

  /** The best that is known; undefined where nothing arrives. */
  verdict(doubts: ReadonlyMap<string, Reason>): Verdict<StreamSession> | undefined {
    const reasons = [...new Map([...this.reasons, ...doubts]).values()];
    if (this.reached !== undefined) return { verdict: 'reached', witness: this.reached };
    if (this.conditional !== undefined) return { verdict: 'conditional', ...this.conditional, reasons };
    return reasons.length > 0 ? { verdict: 'unknown', reasons } : undefined;
  }
}

/** The ways of one class of client to one server. */
class Search {
  readonly #model: StreamModel;
  readonly #server: StreamServer;
  readonly #clientClass: ClientClass;
  readonly #patterns: Patterns;
  /** By the value with which the handler answers; under undefined what is known only as a whole. */
  readonly #cells = new Map<string | undefined, Cell>();
  readonly #refusals = new Map<string, Refusal>();
  readonly #doubts = new Map<string, Reason>();

  constructor(model: StreamModel, server: StreamServer, clientClass: ClientClass, patterns: Patterns) {
    this.#model = model;
    this.#server = server;
    this.#clientClass = clientClass;
    this.#patterns = patterns;
    // TLS first: what is open there as well is not the plain listener's fault (spec 6).
    const sockets = [...new Set(server.listens.map(({ socket }) => socket))].sort(
      (one, other) => Number(other.ssl) - Number(one.ssl),
    );
    for (const socket of sockets) {
      for (const entry of streamEntriesOf(socket, server, clientClass, model.trust)) {
        this.#explore(entry);
      }
    }
  }

  /** The values with which the handler answers such clients, as far as they are fixed texts. */
  values(): string[] {
    return [...this.#cells.keys()].flatMap(value => value ?? []);
  }

  /** What such clients get, whatever the handler answers them with. */
  verdict(): Verdict<StreamSession> {
    const verdicts = [...this.#cells.values()].flatMap(cell => cell.verdict(this.#doubts) ?? []);
    const reached = verdicts.find(({ verdict }) => verdict === 'reached');
    if (reached !== undefined) return reached;
    const all = verdicts.flatMap(verdict => ('reasons' in verdict ? verdict.reasons : []));
    const reasons = [...new Map([...all, ...this.#doubts.values()].map(reason => [reason.text, reason])).values()];
    const conditional = verdicts.find(verdict => verdict.verdict === 'conditional');
    if (conditional?.verdict === 'conditional') return { ...conditional, reasons };
    return reasons.length > 0 ? { verdict: 'unknown', reasons } : { verdict: 'refused', by: this.#refusedBy() };
  }

  /** Whether such clients are answered with one value. */
  verdictOn(value: string): Verdict<StreamSession> {
    const own = this.#cells.get(value)?.verdict(this.#doubts);
    if (own !== undefined) return own;
    const reasons = [...this.#doubts.values()];
    if (this.#cells.has(undefined)) {
      // Where clients choose the value they may choose this one, and some values may have been too many.
      const span = nodeSpan(this.#server.handler!.node);
      reasons.push({ kind: 'target', text: 'more places are possible than are told apart', span });
    }
    return reasons.length > 0 ? { verdict: 'unknown', reasons } : { verdict: 'refused', by: this.#refusedBy() };
  }

  #refusedBy(): readonly Refusal[] {
    const server = this.#server;
    const of = (node: Parameters<typeof nodeSpan>[0]): Refusal => ({ span: nodeSpan(node), text: nodeText(node) });
    const reject = rejectsHandshake(server) ? server.scope.setting('ssl_reject_handshake') : undefined;
    if (reject !== undefined) return [of(reject)];
    const lockout = lockoutLines(server, this.#clientClass, this.#model.trust);
    const told = new Set(lockout.map(({ text }) => text));
    const met = [...this.#refusals.values()].filter(({ text }) => !told.has(text)).slice(0, 8);
    if (lockout.length + met.length > 0) return [...lockout, ...met];
    const verify = server.scope.setting('ssl_verify_client');
    return [of(this.#clientClass === 'trusted' || verify === undefined ? server.node : verify)];
  }

  #explore(entry: Entry<StreamServer>): void {
    if (entry.doubt !== undefined) {
      this.#doubts.set(entry.doubt.text, entry.doubt);
      return;
    }
    const symbols = new Symbols(true);
    const tools = { model: this.#model, symbols, patterns: this.#patterns };
    const explorer: StreamExplorer = new StreamExplorer(tools, entry, {
      arrive: (state, value) =>
        this.#confirm(entry, explorer, symbols, state, fixedText(state.knowledge.resolve(value))),
      refuse: refusal => this.#refusals.set(`${refusal.span.file.path}:${refusal.span.start} ${refusal.text}`, refusal),
      giveUp: reason => this.#doubts.set(reason.text, reason),
    });
    if (entry.tls !== 'host') {
      explorer.run(Knowledge.NOTHING);
      return;
    }
    for (const language of sniLanguages(entry.socket, [this.#server], this.#patterns)) {
      const start = Knowledge.NOTHING.assume([symbols.client('sni')], [language]);
      if (start !== undefined) explorer.run(start);
    }
  }

  /** Values are told apart where they are places, and as long as they are not too many. */
  #keyOf(value: string | undefined): string | undefined {
    if (value === undefined || !isComputed(this.#server.handler!)) return undefined;
    return this.#cells.has(value) || this.#cells.size < MAX_TARGETS ? value : undefined;
  }

  /** Looks for a connection that takes the way of a state and lets the evaluator say whether it ends at the server. */
  #confirm(
    entry: Entry<StreamServer>,
    explorer: StreamExplorer,
    symbols: Symbols,
    state: State,
    value: string | undefined,
  ): void {
    if (state.knowledge.isContradictory) return;
    const key = this.#keyOf(value);
    const cell = this.#cells.get(key) ?? new Cell();
    this.#cells.set(key, cell);
    if (cell.reached !== undefined) return;
    if (state.doubts.length > 0) {
      for (const doubt of state.doubts) cell.reasons.set(doubt.text, doubt);
      return;
    }
    let tried = 0;
    for (const request of this.#sessions(entry, explorer, symbols, state)) {
      if (tried++ >= MAX_CANDIDATES || cell.attempts++ >= MAX_ATTEMPTS) break;
      const { conditions: met, outcome, steps } = evaluateStream(this.#model, request);
      if (outcome.kind !== 'content' || outcome.site.server !== this.#server) continue;
      if (value !== undefined && outcome.value !== value) continue;
      const witness: Witness<StreamSession> = { request, assumes: [], steps };
      const conditions = [...met, ...state.conditions];
      if (conditions.length === 0) cell.reached = witness;
      else cell.conditional ??= { witness, conditions };
      return;
    }
    const span = nodeSpan(this.#server.node);
    const reason =
      cell.attempts < MAX_ATTEMPTS
        ? { kind: 'unconfirmed', text: 'a way leads here, but no connection was found that takes it', span }
        : { kind: 'bound', text: 'more ways lead here than connections are tried', span };
    cell.reasons.set(reason.text, reason);
  }

  /** Connections that may take the way of a state, with the usual kind of SNI name first. */
  *#sessions(
    entry: Entry<StreamServer>,
    explorer: StreamExplorer,
    symbols: Symbols,
    state: State,
  ): Generator<StreamSession> {
    const connect = dial(entry.socket, this.#model.sockets);
    for (const { knowledge, proxyProtocol, sourceAddress } of explorer.sources(state)) {
      for (const completed of knowledge.completions()) {
        for (const tls of tlsChoices(entry, completed, symbols)) {
          yield {
            connect: proxyProtocol === undefined ? connect : { ...connect, proxyProtocol },
            ...(sourceAddress === undefined ? {} : { sourceAddress }),
            tls,
            http: null,
          };
        }
      }
    }
  }
}

/** The TLS half of connections for what is known of SNI name and certificate. */
function* tlsChoices(entry: Entry<StreamServer>, knowledge: Knowledge, symbols: Symbols): Generator<TlsChoice | null> {
  if (entry.tls === 'plain') {
    yield null;
    return;
  }
  const names = entry.tls === 'host' ? namesToSend([entry.server], symbols.client('sni'), knowledge) : [null];
  for (const parts of certificateParts(entry, symbols, knowledge)) {
    for (const serverName of names) yield { serverName, ...offeredCertificate(entry, parts) };
  }
}
