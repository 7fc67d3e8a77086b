import { nodeSpan, nodeText } from '../config/config-tree.js';
import type { ClientTrust } from '../model/client-trust.js';
import { verifyMode } from '../model/client-verification.js';
import type { HttpModel, ListenSocket, Location, VirtualServer } from '../model/model.js';
import type { Scope } from '../model/scope.js';
import { complement, literal } from '../pcre/language.js';
import type { Span } from '../source/source-file.js';
import type { AccessCondition, AccessRow, AccessTable, Reason, Refusal, Site, Verdict } from './access.js';
import { variableUses } from './blocks.js';
import { carryOver } from './carry-over.js';
import type { LocationChoice } from './choose-location.js';
import { confirm, type FileState } from './confirm.js';
import { decodeTarget } from './evaluate/request-line.js';
import { hasNames } from './evaluate/virtual-server.js';
import type { Outcome, Trace } from './evaluate.js';
import { Addresses } from './explore/addresses.js';
import { addressEntryOf } from './explore/entry-facts.js';
import { type EntryNames, Explorations, type Explored, noteRefusal } from './explore/explorations.js';
import { choicesOf } from './explore/explorer.js';
import { ABSENT, ANY, type Demand, FILE, FOLDER, presentFiles, type State } from './explore/state.js';
import { gapsOf, withGaps, withOpenMode, withOpenTrust } from './gaps.js';
import { type Entry, entriesByName, entriesOf, lockoutLines, rejectsHandshake } from './handshake.js';
import { hostLanguage, sniLanguages } from './host-languages.js';
import { startsWith } from './input-languages.js';
import type { Knowledge } from './knowledge.js';
import { LiveVariables } from './live-variables.js';
import { Patterns } from './patterns.js';
import {
  CLIENT_CLASSES,
  type ClientClass,
  type Request,
  type Surroundings,
  showsAnswer,
  type Witness,
} from './request.js';
import { NAME_VARIABLES, shapeOf } from './shape.js';
import { arrivalAt, shownAt, siteKey, sitesOf } from './sites.js';
import type { Symbols } from './symbols.js';
import { fixedText } from './value.js';
import { type Candidate, requestsFor } from './witness.js';

/** Requests that may be tried for one cell before it is left undecided, and as many again from addresses of insiders. */
const MAX_ATTEMPTS = 240;

/** Requests that one way may cost once so many have been tried that other ways shall have their turn. */
const FEW = 3;
const MANY_ATTEMPTS = 60;

/**
 * How a site is reached: by a request that ends there, in what is added to the answer that the client is shown, or by what
 * nginx asks beside a request without showing anybody the answer.
 */
type Manner = 'direct' | 'served' | 'aside';

/** The manners in which a way may lead to its site, the better one first. */
function mannersOf({ via, isGuess }: State): readonly Manner[] {
  if (via === undefined) return ['direct'];
  if (!showsAnswer(via)) return ['aside'];
  // What is asked and then cut off with the answer is no more than asked.
  return isGuess ? ['served'] : ['served', 'aside'];
}

/** What is found in one manner: the best, and what is left open. */
class Finding {
  reached: Witness | undefined;
  conditional: { witness: Witness; conditions: readonly AccessCondition[] } | undefined;
  /** How many requests were tried. Ways that no outsider takes must not use up those of the others. */
  readonly attempts = { outsider: 0, insider: 0 };
  /** Why it is undecided whether ways lead here: those on which nothing but the client decides, and the others. */
  readonly #reasons = { free: new Map<string, Reason>(), conditional: new Map<string, Reason>() };

  /** Notes why it is undecided whether a way leads here. */
  leaveOpen(kind: WayKind, ...reasons: readonly Reason[]): void {
    for (const reason of reasons) this.#reasons[kind].set(reason.text, reason);
  }

  /** Why it is undecided whether ways of a kind lead here. */
  reasons(kind: WayKind): Iterable<Reason> {
    return this.#reasons[kind].values();
  }
}

/** What is found out about one site for one class of client. */
class Cell {
  readonly site: Site;
  readonly findings: Readonly<Record<Manner, Finding>> = {
    direct: new Finding(),
    served: new Finding(),
    aside: new Finding(),
  };

  constructor(site: Site) {
    this.site = site;
  }

  /** Where the site is written. */
  get span(): Span {
    return nodeSpan(this.site.scope.node ?? this.site.server.node);
  }
}

/** Ways on which nothing but the client decides, and the others: what leads to a site without a condition says most of it. */
const WAY_KINDS = ['free', 'conditional'] as const;
type WayKind = (typeof WAY_KINDS)[number];

function kindOf({ conditions }: State): WayKind {
  return conditions.length === 0 ? 'free' : 'conditional';
}

/** A way on which no request was found. */
interface OpenWay {
  readonly cell: Cell;
  readonly manner: Manner;
  readonly kind: WayKind;
  readonly reasons: readonly Reason[];
}

/** Which requests count, beyond that they end at a site. */
export interface Interest {
  /** What the explorer demands of them; the settings whose variables these read. */
  readonly demandsOn: (site: Site) => readonly Demand[];
  readonly reads: readonly string[];
  /** Whether a request that the evaluator followed to a site counts. */
  readonly isMet: (site: Site, outcome: Outcome) => boolean;
  /** Equal for servers of one shape whose requests count alike; undefined where that is not known. */
  readonly shapeOf: (server: VirtualServer) => string | undefined;
}

const EVERY_REQUEST: Interest = { demandsOn: () => [], reads: [], isMet: () => true, shapeOf: () => '' };

/** Who reaches what: explores servers of the model, by default all, for the three classes of client. */
export function analyse(model: HttpModel, servers: readonly VirtualServer[] = model.servers): AccessTable {
  const rowsOf = analyser(model, EVERY_REQUEST);
  const rows: AccessRow[] = [];
  for (const server of servers) for (const row of rowsOf(server)) rows.push(row);
  return { rows };
}

/**
 * Explores one server after the other, as they are asked for; only the requests count that the interest is about. Servers of
 * one shape are explored once: what was found for the first is carried over to the others.
 */
export function analyser(model: HttpModel, interest: Interest): (server: VirtualServer) => readonly AccessRow[] {
  const analysis = new Analysis(model, interest);
  const sockets = new Map(model.sockets.map((socket, index) => [socket, index]));
  const explored = new Map<string, { server: VirtualServer; rows: readonly AccessRow[] }>();
  return server => {
    const own = interest.shapeOf(server);
    const common = own === undefined ? undefined : shapeOf(model, server, sockets);
    if (common === undefined) return analysis.server(server);
    const shape = `${common}\n${own}`;
    const twin = explored.get(shape);
    if (twin !== undefined) return carryOver(model, twin.server, twin.rows, server);
    const rows = analysis.server(server);
    explored.set(shape, { server, rows });
    return rows;
  };
}

/** Levels of nested locations that are followed; paths that tell more apart are too long to reason about. */
const MAX_LOCATION_DEPTH = 50;

function isNestedTooDeep(locations: readonly Location[]): boolean {
  let level: readonly Location[] = locations;
  for (let depth = 0; level.length > 0; depth++) {
    if (depth >= MAX_LOCATION_DEPTH) return true;
    level = level.flatMap(location => location.children);
  }
  return false;
}

/** Every site of a server that is not explored. */
function undecidedRows(server: VirtualServer): AccessRow[] {
  const text = `locations are nested more than ${MAX_LOCATION_DEPTH} deep`;
  const verdict: Verdict = { verdict: 'unknown', reasons: [{ kind: 'bound', text, span: nodeSpan(server.node) }] };
  return sitesOf(server).map(site => ({ site, access: { none: verdict, untrusted: verdict, trusted: verdict } }));
}

/** The share of its work that the exploration of an entry may take for ways without a request to be followed once more. */
const MOST_SPENT = 0.25;

class Analysis {
  readonly #model: HttpModel;
  readonly #interest: Interest;
  readonly #patterns = new Patterns();
  readonly #live: LiveVariables;
  /** True where the configuration reads the names that the client sends. */
  readonly #namesMatter: boolean;
  readonly #choices = new Map<VirtualServer, readonly LocationChoice[]>();
  readonly #merging = new Map<ListenSocket, boolean>();
  readonly #twins = new Map<ListenSocket, boolean>();

  constructor(model: HttpModel, interest: Interest) {
    this.#model = model;
    this.#interest = interest;
    this.#live = new LiveVariables(model, interest.reads);
    this.#namesMatter =
      interest !== EVERY_REQUEST || [...variableUses(model)].some(({ name }) => NAME_VARIABLES.has(name));
  }

  server(server: VirtualServer): AccessRow[] {
    if (isNestedTooDeep(server.locations)) return undecidedRows(server);
    const results = new Map<string, ReadonlyMap<string, { site: Site; verdict: Verdict }>>();
    const verdicts = new Map<ClientClass, ReadonlyMap<string, { site: Site; verdict: Verdict }>>();
    const explorations = new Explorations({
      model: this.#model,
      patterns: this.#patterns,
      live: this.#live,
      choices: of => this.#choicesOf(of),
      demandsOn: this.#interest.demandsOn,
    });
    for (const clientClass of CLIENT_CLASSES) {
      // TLS first: what is open there as well is not the plain listener's fault (spec 6).
      const sockets = [...new Set(server.listens.map(listen => listen.socket))]
        .filter(socket => !socket.quic || !this.#hasTwin(socket))
        .sort((one, other) => Number(other.ssl) - Number(one.ssl));
      const entries = sockets.flatMap(socket =>
        entriesOf(socket, server, clientClass, this.#model.trust, this.#namesMatter),
      );
      const signature = entries.map(entrySignature).join(' ');
      let result = results.get(signature);
      if (result === undefined) {
        result = this.#explore(server, clientClass, entries, explorations);
        results.set(signature, result);
        verdicts.set(clientClass, result);
      } else {
        verdicts.set(clientClass, relabel(result, clientClass));
      }
    }
    const rows = new Map<string, Site>();
    for (const result of verdicts.values())
      for (const [key, { site }] of result) if (!rows.has(key)) rows.set(key, site);
    return [...rows].map(([key, site]) => {
      const of = (clientClass: ClientClass): Verdict =>
        withOpenMode(verdictOf(verdicts.get(clientClass)!, key, server), server, clientClass);
      const trusted = of('trusted');
      return {
        site,
        access: { none: of('none'), untrusted: withOpenTrust(of('untrusted'), trusted, server), trusted },
      };
    });
  }

  #explore(
    server: VirtualServer,
    clientClass: ClientClass,
    entries: readonly Entry[],
    explorations: Explorations,
  ): ReadonlyMap<string, { site: Site; verdict: Verdict }> {
    const cells = new Map<string, Cell>();
    for (const site of sitesOf(server)) cells.set(siteKey(site), new Cell(site));
    const refusals = new Map<Location | undefined, Map<string, Refusal>>();
    const doubts = new Map<string, Reason>();
    const cellOf = (site: Site): Cell => {
      const key = siteKey(site);
      let cell = cells.get(key);
      if (cell === undefined) {
        cell = new Cell(site);
        cells.set(key, cell);
      }
      return cell;
    };
    let readsServerName = false;
    const enter = (entry: Entry): void => {
      // 497 is plain HTTP on a TLS port, which verification has no part in.
      if (entry.refused !== undefined && entry.refused !== 497) {
        const { by = [], server: refusing } = entry;
        const lines = by.length > 0 ? by : [verificationRefusal(refusing)];
        for (const refusal of lines) noteRefusal(refusals, undefined, refusal);
      }
      if (entry.doubt !== undefined) {
        doubts.set(entry.doubt.text, entry.doubt);
        return;
      }
      const request = { entry, mergesSlashes: this.#mergesSlashes(entry), names: this.#namesOf(entry) };
      const explored = explorations.of({ ...request, followsArguments: false });
      for (const [location, list] of explored.refusals) {
        for (const refusal of list.values()) noteRefusal(refusals, location, refusal);
      }
      for (const doubt of explored.doubts) doubts.set(doubt.text, doubt);
      readsServerName ||= explored.readsServerName;
      let open = this.#unconfirmed(explored, entry, cellOf);
      if (open.length > 0 && explored.spent < MOST_SPENT) {
        const again = explorations.of({ ...request, followsArguments: true });
        const asked = new Set(open.map(({ cell }) => cell));
        const arrivals = again.arrivals.filter(({ site }) => asked.has(cellOf(site)));
        const left = this.#unconfirmed({ ...again, arrivals }, entry, cellOf);
        if (again.doubts.length === 0) open = left;
      }
      for (const { cell, manner, kind, reasons } of open) cell.findings[manner].leaveOpen(kind, ...reasons);
    };
    for (const entry of entries) enter(entry);
    if (readsServerName) {
      for (const socket of new Set(entries.map(({ socket }) => socket))) {
        for (const entry of entriesByName(socket, server, clientClass, this.#model.trust)) enter(entry);
      }
    }
    const gaps = gapsOf(server);
    const results = new Map<string, { site: Site; verdict: Verdict }>();
    for (const [key, cell] of cells) {
      const verdict = verdictFor(cell, doubts, refusals, server, clientClass, this.#model.trust);
      results.set(key, { site: cell.site, verdict: withGaps(verdict, cell.site, gaps) });
    }
    return results;
  }

  /** The ways of an entry on which no request was found. */
  #unconfirmed(
    { arrivals, followsArguments, symbols }: Explored,
    entry: Entry,
    cellOf: (site: Site) => Cell,
  ): readonly OpenWay[] {
    const open: OpenWay[] = [];
    const freeFirst = WAY_KINDS.flatMap(kind => arrivals.filter(({ state }) => kindOf(state) === kind));
    for (const { site, state } of freeFirst) {
      const cell = cellOf(site);
      if (cell.findings.direct.reached !== undefined) continue;
      const isGivenUp = followsArguments && state.doubts.some(({ kind }) => kind === 'bound');
      for (const manner of mannersOf(state)) {
        const reasons = isGivenUp ? [unconfirmed(cell)] : this.#confirm(cell, state, manner, entry, symbols);
        if (reasons.length > 0) open.push({ cell, manner, kind: kindOf(state), reasons });
        const { reached, conditional } = cell.findings[manner];
        if (reached !== undefined || conditional !== undefined) break;
      }
    }
    return open;
  }

  /**
   * Whether HTTP/3 on an address leads nowhere but where TLS over TCP does: the same servers are there, with the same default
   * server. A request over QUIC takes its server from SNI and Host and passes the same checks (ngx_http_v3_init_stream,
   * mtls-semantics 14).
   */
  #hasTwin(socket: ListenSocket): boolean {
    let has = this.#twins.get(socket);
    if (has === undefined) {
      const twin = this.#model.sockets.find(
        ({ address, port, udp }) => !udp && port === socket.port && address === socket.address,
      );
      has =
        twin?.ssl === true &&
        !twin.proxyProtocol &&
        twin.defaultServer === socket.defaultServer &&
        twin.servers.length === socket.servers.length &&
        twin.servers.every((server, index) => server === socket.servers[index]);
      this.#twins.set(socket, has);
    }
    return has;
  }

  /** The union over the servers of the socket: the client picks whose setting is in force (row 6.8b). */
  #mergesSlashes(entry: Entry): boolean {
    let merges = this.#merging.get(entry.socket);
    if (merges === undefined) {
      merges = entry.socket.servers.every(server => server.scope.value('merge_slashes', 'on').toLowerCase() !== 'off');
      this.#merging.set(entry.socket, merges);
    }
    return merges;
  }

  /** What is known of the names that a client sends where it enters a server. */
  #namesOf({ socket, server, hostless, tls }: Entry): EntryNames {
    const host = hostless ? undefined : hostLanguage(socket, server, this.#patterns);
    if (typeof tls === 'string' || tls.text !== undefined) return { host };
    const [usual, ...others] = sniLanguages(socket, tls.servers, this.#patterns);
    // Where a server verifies clients, a name as it is usually sent is that of the Host header.
    const isOwn = tls.servers.length > 0 && verifyMode(server) !== 'off' && hasNames(socket);
    return { host, sni: isOwn ? others : [usual!, ...others] };
  }

  #choicesOf(server: VirtualServer): readonly LocationChoice[] {
    let choices = this.#choices.get(server);
    if (choices === undefined) {
      choices = choicesOf(server, this.#patterns);
      this.#choices.set(server, choices);
    }
    return choices;
  }

  /** Requests that may take the way of a state, from each address that comes into question. */
  *#requests(state: State, entry: Entry, symbols: Symbols): Generator<Candidate> {
    const { provokes, body } = state;
    const { sockets } = this.#model;
    const needsPassword = state.conditions.some(condition => condition.kind === 'password');
    const addresses = new Addresses({ model: this.#model, symbols }, addressEntryOf(entry));
    for (const { knowledge, sourceAddress, proxyProtocol } of addresses.sources(state)) {
      for (const candidate of requestsFor({
        entry,
        sockets,
        symbols,
        knowledge,
        sourceAddress,
        provokes,
        needsPassword,
        bodyLength: body.least,
      })) {
        const { request } = candidate;
        yield proxyProtocol === undefined
          ? candidate
          : { ...candidate, request: { ...request, connect: { ...request.connect, proxyProtocol } } };
      }
    }
  }

  /**
   * Looks for a request that takes the way of a state and lets the evaluator say whether it gets to the site in a manner. Where
   * none was found and nothing on the way says why: what kept the evaluator from following one, or that there is none.
   */
  #confirm(cell: Cell, state: State, manner: Manner, entry: Entry, symbols: Symbols): readonly Reason[] {
    const finding = cell.findings[manner];
    if (finding.reached !== undefined || state.knowledge.isContradictory) return [];
    const known = withFilesInFolders(state);
    if (known === undefined) return [];
    const kind = kindOf(state);
    const client = state.conditions.some(({ kind }) => kind === 'address') ? 'insider' : 'outsider';
    // One more way on which others decide as well shows nothing new.
    let confirmed = kind === 'conditional' && finding.conditional !== undefined;
    let tried = 0;
    const unfollowed = new Map<string, Reason>();
    if (!confirmed && !state.isGuess && finding.attempts[client] < MAX_ATTEMPTS) {
      for (const { request, knowledge } of this.#requests({ ...state, knowledge: known }, entry, symbols)) {
        if (finding.attempts[client] >= MANY_ATTEMPTS && tried >= FEW) break;
        tried++;
        finding.attempts[client]++;
        const { surroundings } = state;
        const hints = hintsOf(state.files, withPathOf(request, knowledge, symbols));
        const endAt = manner === 'served' ? shownAt : arrivalAt;
        const arrival = (trace: Trace) => endAt(trace, cell.site, state.via);
        const isThere = (trace: Trace): boolean => {
          if (trace.outcome.kind === 'unknown') unfollowed.set(trace.outcome.reason.text, trace.outcome.reason);
          const end = arrival(trace);
          return end !== undefined && this.#interest.isMet(cell.site, end.outcome);
        };
        const trace = confirm(this.#model, request, isThere, hints, surroundings);
        if (trace === undefined) continue;
        const unusual = isUsual(surroundings) ? {} : { surroundings };
        const aside = state.via === undefined ? {} : { via: state.via };
        const witness: Witness = { request, ...unusual, ...aside, assumes: trace.assumes, steps: trace.steps };
        confirmed = true;
        const conditions = allConditions(arrival(trace)!.conditions, state.conditions);
        if (conditions.length === 0) {
          finding.reached = witness;
          return [];
        }
        finding.conditional ??= { witness, conditions };
        if (kind === 'conditional') return [];
      }
    }
    if (confirmed && state.doubts.length === 0) return [];
    if (!confirmed && known.isContradictoryInParts) return [];
    finding.leaveOpen(kind, ...state.doubts);
    if (confirmed || state.doubts.length > 0) return [];
    const { span } = cell;
    if (finding.attempts[client] >= MAX_ATTEMPTS) {
      finding.leaveOpen(kind, { kind: 'bound', text: 'more ways lead here than requests are tried', span });
    } else if (state.knowledge.isTested && tried === 0) {
      finding.leaveOpen(kind, { kind: 'split_clients', text: 'no text was found whose hash lies in the share', span });
    } else return unfollowed.size > 0 ? [...unfollowed.values()] : [unconfirmed(cell)];
    return [];
  }
}

/** Why a way to a cell is open of which nothing else is known. */
function unconfirmed({ span }: Cell): Reason {
  return { kind: 'unconfirmed', text: 'a way leads here, but no request was found that takes it', span };
}

/** True for surroundings that are as they are assumed to be where nothing is said of them. */
function isUsual({ limits, answers, passwords }: Surroundings): boolean {
  const isUp = [...answers.values()].every(given => given.every(({ status }) => status === 200));
  return limits.size === 0 && isUp && [...passwords.values()].every(isRight => isRight);
}

/**
 * What is known where no file lies below what is no folder; undefined where one would have to, or where a path would have to
 * be several things.
 */
function withFilesInFolders(state: State): Knowledge | undefined {
  const known = [...presentFiles(state).values()];
  let knowledge: Knowledge | undefined = state.knowledge;
  for (const { path, states } of known) {
    if (states === 0) return undefined;
    const text = fixedText(path);
    if (text === undefined || (states & FOLDER) !== 0) continue;
    const below = complement(startsWith(`${text}/`));
    for (const other of known) {
      if ((other.states & ABSENT) !== 0 || other.path === path) continue;
      knowledge = knowledge?.assume(other.path, [below]);
    }
  }
  return knowledge;
}

/** What is known where the path is the one that a request asks for; as before where that is not to be told. */
function withPathOf({ http }: Request, knowledge: Knowledge, symbols: Symbols): Knowledge {
  const path = decodeTarget(http.target, true)?.path;
  if (path === undefined) return knowledge;
  return knowledge.assume([symbols.client('uri')], [literal(path)]) ?? knowledge;
}

/**
 * What the way assumes of files, as texts: what it knows of their names by parts may fall short of that. A file is what it
 * prefers to see, a folder where something has to be below it, and nothing below what is no folder.
 */
function hintsOf(files: State['files'], knowledge: Knowledge): ReadonlyMap<string, FileState> {
  const known = new Map<string, number>();
  for (const { path, states } of presentFiles({ files, knowledge }).values()) {
    const parts = path.map(part => (typeof part === 'string' ? part : knowledge.candidates(part, 1)[0]));
    if (parts.some(part => part === undefined)) continue;
    const name = parts.join('');
    known.set(name, states & (known.get(name) ?? ANY) || states);
  }
  const hints = new Map<string, FileState>();
  for (const name of [...known.keys()].sort()) {
    const states = known.get(name)!;
    const holds = [...known].some(([other, its]) => (its & ABSENT) === 0 && other.startsWith(`${name}/`));
    const lies = [...hints].some(([other, hint]) => hint !== 'directory' && name.startsWith(`${other}/`));
    if (lies && (states & ABSENT) !== 0) hints.set(name, 'absent');
    else if (holds && (states & FOLDER) !== 0) hints.set(name, 'directory');
    else hints.set(name, (states & FILE) !== 0 ? 'file' : (states & FOLDER) !== 0 ? 'directory' : 'absent');
  }
  return hints;
}

/** The conditions that the evaluator met, and those that leave no outsider among the clients. */
function allConditions(
  met: readonly AccessCondition[],
  assumed: readonly AccessCondition[],
): readonly AccessCondition[] {
  return [...met.filter(({ kind }) => kind !== 'address'), ...assumed.filter(({ kind }) => kind === 'address')];
}

function entrySignature(entry: Entry): string {
  const { socket, tls, issuer, verify, refused, hostless, doubt } = entry;
  const how = typeof tls === 'object' ? `sni ${tls.servers[0]?.index} ${tls.text}` : tls;
  const by = typeof issuer === 'object' ? `ca ${issuer.file} ${issuer.authority?.key}` : issuer;
  return [socket.address, socket.port, how, by, verify, refused, hostless, doubt?.text].join('|');
}

/** The same verdicts for a class that enters in the same ways: only the certificate it would offer differs. */
function relabel(
  result: ReadonlyMap<string, { site: Site; verdict: Verdict }>,
  clientClass: ClientClass,
): ReadonlyMap<string, { site: Site; verdict: Verdict }> {
  const copy = new Map<string, { site: Site; verdict: Verdict }>();
  for (const [key, { site, verdict }] of result) {
    if (verdict.verdict !== 'reached' && verdict.verdict !== 'conditional') {
      copy.set(key, { site, verdict });
      continue;
    }
    const { request } = verdict.witness;
    const tls = request.tls === null ? null : { ...request.tls, certificate: clientClass };
    copy.set(key, { site, verdict: { ...verdict, witness: { ...verdict.witness, request: { ...request, tls } } } });
  }
  return copy;
}

function verificationRefusal(server: VirtualServer): Refusal {
  const node = server.scope.setting('ssl_verify_client') ?? server.node;
  return { span: nodeSpan(node), text: nodeText(node) };
}

function verdictFor(
  cell: Cell,
  doubts: ReadonlyMap<string, Reason>,
  refusals: ReadonlyMap<Location | undefined, ReadonlyMap<string, Refusal>>,
  server: VirtualServer,
  clientClass: ClientClass,
  trust: ClientTrust | undefined,
): Verdict {
  const { direct, served, aside } = cell.findings;
  const findings = [direct, served, aside];
  const reasonsFor = (kinds: readonly WayKind[]): Reason[] => {
    // Where a request is known that nothing but the client decides on, it is all one whether there are more of its kind.
    const open = findings.filter(({ reached }) => reached === undefined);
    const reasons = kinds.flatMap(kind => open.flatMap(finding => [...finding.reasons(kind)]));
    return [...new Map([...reasons, ...doubts.values()].map(reason => [reason.text, reason])).values()];
  };
  // What the client is shown counts more than what is asked on the side.
  for (const shown of [[direct, served], [aside]]) {
    const witness = shown.find(({ reached }) => reached !== undefined)?.reached;
    if (witness !== undefined) return { verdict: 'reached', witness };
    const conditional = shown.find(finding => finding.conditional !== undefined)?.conditional;
    if (conditional !== undefined) return { verdict: 'conditional', ...conditional, reasons: reasonsFor(['free']) };
  }
  const reasons = reasonsFor(WAY_KINDS);
  if (reasons.length > 0) return { verdict: 'unknown', reasons };
  return { verdict: 'refused', by: refusedBy(cell.site, refusals, server, clientClass, trust) };
}

/** The lines that refuse: those for which nobody can be a client of the class, and those that are met. */
function refusedBy(
  site: Site,
  refusals: ReadonlyMap<Location | undefined, ReadonlyMap<string, Refusal>>,
  server: VirtualServer,
  clientClass: ClientClass,
  trust: ClientTrust | undefined,
): readonly Refusal[] {
  const lockout = lockoutLines(server, clientClass, trust);
  const told = new Set(lockout.map(({ text }) => text));
  const met = refusalsMet(site, refusals, server).filter(({ text }) => !told.has(text));
  if (lockout.length + met.length > 0) return [...lockout, ...met];
  const verify = server.scope.setting('ssl_verify_client');
  const node = clientClass === 'trusted' || verify === undefined ? (site.scope.node ?? server.node) : verify;
  return [{ span: nodeSpan(node), text: nodeText(node) }];
}

/** The refusals met inside the site's own location, else at the server level, else how it is entered. */
function refusalsMet(
  site: Site,
  refusals: ReadonlyMap<Location | undefined, ReadonlyMap<string, Refusal>>,
  server: VirtualServer,
): readonly Refusal[] {
  const byScope = new Map([...refusals].map(([location, list]) => [location?.scope, list]));
  for (let scope: Scope | undefined = site.scope; scope !== undefined && scope !== server.scope; scope = scope.parent) {
    const list = byScope.get(scope);
    if (list !== undefined) return [...list.values()];
    // The refusals of an outer location are not on the way to a nested one.
    if (scope.kind === 'location') break;
  }
  const reject = rejectsHandshake(server) ? server.scope.setting('ssl_reject_handshake') : undefined;
  if (reject !== undefined) return [{ span: nodeSpan(reject), text: nodeText(reject) }];
  return [...(refusals.get(undefined)?.values() ?? [])];
}

function verdictOf(
  results: ReadonlyMap<string, { site: Site; verdict: Verdict }>,
  key: string,
  server: VirtualServer,
): Verdict {
  return (
    results.get(key)?.verdict ?? {
      verdict: 'refused',
      by: [{ span: nodeSpan(server.node), text: nodeText(server.node) }],
    }
  );
}
