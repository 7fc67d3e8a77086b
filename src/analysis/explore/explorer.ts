import { type ConfigNode, nodeSpan, nodeText } from '../../config/config-tree.js';
import { answersReadersAlone, holderOf, isPassed, MEMCACHED_KEY } from '../../model/handlers.js';
import type { Handler, Location, Pattern, VirtualServer } from '../../model/model.js';
import type { Scope } from '../../model/scope.js';
import { parseTemplate } from '../../model/template.js';
import { complement, literal, literalCaseless, soleText, union } from '../../pcre/language.js';
import type { Site } from '../access.js';
import { includesOf } from '../additions.js';
import { type LocationChoice, locationChoices } from '../choose-location.js';
import { sizeOf } from '../evaluate/size.js';
import { NOT_EMPTY, TARGET_HOST, targetUrl } from '../input-languages.js';
import type { Knowledge } from '../knowledge.js';
import type { Patterns } from '../patterns.js';
import { scriptOf } from '../scripts.js';
import { serverSite, siteOf } from '../sites.js';
import type { Value } from '../value.js';
import { BODILESS, FILES, WITHHELD } from '../withheld.js';
import { AccessPhase } from './access-phase.js';
import { Addresses } from './addresses.js';
import { Asides } from './asides.js';
import { Conditions } from './conditions.js';
import type { EntryFacts } from './entry-facts.js';
import { Errors } from './errors.js';
import { Files } from './files.js';
import { LooseTexts } from './loose-texts.js';
import { Programs } from './programs.js';
import { bodyMatters } from './server-directives.js';
import {
  ANY_CHANGES,
  answered,
  doubt,
  type Exploration,
  endsWhereItWaits,
  failsAgain,
  freshState,
  imposedStatus,
  notAnalysed,
  type Observer,
  ownMethod,
  type Phase,
  reasonAt,
  type State,
  type Subrequest,
  type Tools,
  textValue,
  URI_CHANGES,
  type Ways,
  withoutContexts,
} from './state.js';
import { covers, type Placed, StateKeys } from './state-key.js';
import { Values } from './values.js';
import { WayBound } from './way-bound.js';
import { MAX_SPENT, type Work } from './work.js';

/** A state that is to go on in a phase. */
interface Item extends Placed {
  readonly phase: Phase;
  /** True where the client's choices on the way are not followed any more. */
  readonly isWild?: true;
}

/** Equal for states of which one may cover another. */
function keyOf({ phase, standing }: Item): string {
  return `${phase} ${standing.key}`;
}

/** States of one key that are told apart where the free items are spent. */
const MAX_ALIKE = 2;
/** The part of the free items that counts as left where all are spent. */
const LEAST_LEFT = 0.001;
/** Work items after which an entry is given up as undecided. */
const MAX_ITEMS = 30_000;

/** What the count of the changes that are left goes round to behind zero. */
const WRAPPED_CHANGES = 15;

/** Handlers that send files. */
const MEDIA: ReadonlySet<string> = new Set(['flv', 'mp4']);

/** The ends of the search for a location in a server. */
export function choicesOf(server: VirtualServer, patterns: Patterns): readonly LocationChoice[] {
  const reachable = server.locations.filter(location => location.match.kind !== 'named');
  return locationChoices(reachable, pattern => patterns.language(pattern));
}

/** Why what is asked over QUIC is not decided: it was not compared with nginx. */
const HTTP3 = 'HTTP/3 is not modelled';

/**
 * Follows every way that requests of one entry can take (request-semantics 0). The states over-approximate: a site that
 * no state arrives at is refused; an arrival is a candidate that the evaluator confirms.
 */
export class Explorer implements Ways {
  readonly #tools: Tools;
  readonly #entry: EntryFacts;
  readonly #observer: Observer;
  readonly #server: VirtualServer;
  readonly #keys: StateKeys;
  readonly #addresses: Addresses;
  readonly #values: Values;
  readonly #loose: LooseTexts;
  readonly #bound: WayBound;
  readonly #conditions: Conditions;
  readonly #programs: Programs;
  readonly #accessPhase: AccessPhase;
  readonly #files: Files;
  readonly #errors: Errors;
  readonly #asides: Asides;
  readonly #queue: Item[] = [];
  /** What is followed already, or will be, by phase and key. */
  readonly #seen = new Map<string, Item[]>();

  /** What calls that start with a wild guess have led to. */
  readonly #calls = new Map<string, readonly ((observer: Observer) => void)[]>();

  /** What was worked on for the entry, by those who ask and those who are asked. */
  readonly #work: Work;
  /** The part of the free items that is this one's own, and what was worked before it began. */
  readonly #share: number;
  readonly #before: number;

  constructor(exploration: Exploration, work: Work, share: number) {
    this.#work = work;
    this.#share = share;
    this.#before = work.items;
    this.#tools = exploration.tools;
    this.#entry = exploration.entry;
    this.#observer = exploration.observer;
    this.#server = exploration.entry.server;
    this.#keys = new StateKeys(exploration.waiting, exploration.observer.mindsCycles);
    const addresses = new Addresses(exploration.tools, exploration.entry);
    this.#addresses = addresses;
    this.#loose = new LooseTexts(exploration);
    const bound = new WayBound(exploration, this.#keys, this.#loose, () => this.#spent >= 1);
    this.#bound = bound;
    this.#values = new Values(exploration, addresses, bound);
    this.#conditions = new Conditions(exploration, addresses, this.#values);
    this.#errors = new Errors(exploration, this, this.#values, this.#loose);
    this.#programs = new Programs(exploration, this, this.#values, this.#conditions, this.#errors, this.#keys, bound);
    this.#asides = new Asides(exploration, this, this.#keys, this.#loose, bound);
    this.#files = new Files(exploration, this, this.#values, this.#errors, bound);
    this.#accessPhase = new AccessPhase(exploration, this, addresses, this.#values, this.#errors, this.#files, bound);
  }

  /** Explores from the server program on with what is known of the Host header; returns the share of its work that this took. */
  run(start: Knowledge): number {
    const { symbols } = this.#tools;
    const refused = this.#entry.get('refused');
    const fresh = freshState({
      knowledge: start.countedBy(this.#work),
      scope: this.#server.scope,
      handler: this.#server.handler,
      uri: [symbols.client('uri')],
      args: [symbols.client('args')],
      method: [symbols.client('method')],
      validLocation: refused === undefined,
    });
    const quic = this.#entry.get('quic');
    const state = quic === undefined ? fresh : doubt(fresh, reasonAt('quic', quic, HTTP3));
    for (const named of this.#withNameGroups(state)) {
      if (refused === undefined) {
        for (const way of this.#addresses.realip(named, this.#server.scope)) this.push('server', way);
      } else this.#errors.raise(named, refused, this.#verifyNode());
      // Also for a plain request to a TLS port: 497 is raised when request line and headers are read.
      this.#errors.earlyErrors(named);
    }
    this.#drain();
    return this.#spent;
  }

  #drain(): void {
    for (let count = 0; count < this.#queue.length; count++) {
      const item = this.#queue[count]!;
      if (this.#isCovered(item)) continue;
      if (this.#spent > MAX_SPENT && item.isWild !== true) {
        this.#pushWildly(item);
        continue;
      }
      this.#work.met += 1;
      if (this.#work.met > MAX_ITEMS) {
        this.#queue.length = 0;
        this.#observer.giveUp(this.#bound.reason(this.#server.node));
        return;
      }
      this.#step(item.phase, item.state);
    }
  }

  /** The start, and once more for each regex among the server's names with the variables that its groups give. */
  #withNameGroups(state: State): State[] {
    const states = [state];
    for (const name of this.#server.names) {
      if (name.kind !== 'regex' || this.#tools.patterns.groups(name.pattern) === 0) continue;
      const host: Value = [this.#tools.symbols.client('host')];
      const found = this.#tools.patterns.language(name.pattern);
      const knowledge = 'language' in found ? state.knowledge.assume(host, [found.language]) : state.knowledge;
      if (knowledge === undefined) continue;
      states.push(...this.#values.withCaptures({ ...state, knowledge }, host, name.pattern));
    }
    return states;
  }

  #step(phase: Phase, state: State): void {
    switch (phase) {
      case 'server': {
        const script = scriptOf('server', this.#server.scope);
        const start = script === undefined ? state : this.#errors.afterScript(state, script);
        for (const end of this.#programs.run(this.#server.program, start)) this.push('find', end.state);
        return;
      }
      case 'find':
        this.#findLocation({ ...state, location: undefined, scope: this.#server.scope, handler: this.#server.handler });
        return;
      case 'location': {
        // Neither a limit_except block nor the server level has a program that runs here (row 2.40).
        const program =
          state.location === undefined || state.scope.kind === 'limit_except' ? [] : state.location.program;
        for (const end of this.#programs.run(program, state)) {
          if (end.uriChanged) {
            this.changeUri(end.state, 'find');
            continue;
          }
          const script = scriptOf('rewrite', end.state.scope);
          this.push('access', script === undefined ? end.state : this.#errors.afterScript(end.state, script));
        }
        return;
      }
      case 'access':
        this.#accessPhase.access(state);
        return;
      case 'lost':
        this.#errors.raiseQuietly(state, 500);
        return;
      case 'content':
        this.#content(state);
        return;
    }
  }

  push(phase: Phase, state: State): void {
    const item = this.#unseen(phase, state);
    if (item === undefined) return;
    if (this.#isOneTooMany(item)) this.#pushWildly(item);
    else this.#enqueue(item);
  }

  /** Takes an item on without the client's choices: what lies behind remains undecided, all else is decided all the same. */
  #pushWildly({ phase, state }: Item): void {
    const item = this.#unseen(phase, this.#bound.giveUp(state));
    if (item !== undefined) this.#enqueue({ ...item, isWild: true });
  }

  #enqueue(item: Item): void {
    const key = keyOf(item);
    const seen = this.#seen.get(key);
    if (seen === undefined) this.#seen.set(key, [item]);
    else seen.push(item);
    this.#queue.push(item);
  }

  /** An item for what the state shows beyond those that were met; undefined where that is nothing. */
  #unseen(phase: Phase, state: State): Item | undefined {
    const placed = this.#keys.beyond(state, key => this.#seen.get(`${phase} ${key}`) ?? []);
    return placed && { phase, ...placed };
  }

  /** Times that the free items were spent. */
  get #spent(): number {
    return this.#work.spentSince(this.#before) / this.#share;
  }

  /** True where the client's choices on the way are no longer followed, since too many ways differ in them. */
  #isOneTooMany(item: Item): boolean {
    if (this.#spent < 1) return false;
    return this.#spent > MAX_SPENT || (this.#seen.get(keyOf(item)) ?? []).length >= MAX_ALIKE;
  }

  /** True where another state that was met shows all that a state can show. */
  #isCovered(item: Item): boolean {
    const seen = this.#seen.get(keyOf(item)) ?? [];
    return seen.some(other => other !== item && covers(other, item));
  }

  takeChange(state: State): State | undefined {
    const { changesLeft } = state;
    if (changesLeft === 0 || (changesLeft === ANY_CHANGES && this.#observer.mindsCycles)) this.finish(state, 500);
    return changesLeft === 0 ? undefined : { ...state, changesLeft: changesLeft - 1 };
  }

  changeUri(state: State, phase: Phase): void {
    const changed = this.takeChange(state);
    if (changed === undefined) return;
    // What comes next is judged by the settings of the server again (ngx_http_internal_redirect).
    const { scope, handler } = this.#server;
    this.push(phase, { ...changed, location: undefined, scope, handler });
  }

  redirect(state: State): void {
    this.changeUri({ ...withoutContexts(state), internal: true, validLocation: true, addsUriToAlias: false }, 'server');
  }

  #findLocation(state: State): void {
    this.#failToFind(state);
    for (const choice of this.#tools.choices(this.#server)) {
      const knowledge = state.knowledge.assume(state.uri, choice.languages);
      if (knowledge === undefined) continue;
      const [only] = choice.languages.flatMap(language => soleText(language) ?? []);
      let next: State = { ...state, knowledge, uri: only === undefined ? state.uri : textValue(only) };
      for (const { pattern, location, why } of choice.undecided) {
        next = doubt(next, notAnalysed(pattern, location.node, why));
      }
      for (const captured of this.#capture({ ...next, location: choice.location }, choice.patterns)) {
        if (choice.location === undefined) this.#limitBody(captured, state => this.push('location', state));
        else this.#choose(choice.location, captured, choice.addsSlash);
      }
    }
  }

  /** The groups of nested regexes, of which each keeps the names of those around it (row 6.36). */
  #capture(state: State, patterns: readonly Pattern[]): readonly State[] {
    return this.#bound.throughAll([state], patterns, (known, pattern) =>
      this.#values.withCaptures(known, known.uri, pattern),
    );
  }

  /** 500, by a pattern of a location that is not analysed (ngx_http_core_find_location). */
  #failToFind(state: State): void {
    const choices = this.#tools.choices(this.#server);
    const [undecided] = choices.flatMap(choice => choice.undecided);
    if (undecided === undefined) return;
    const { pattern, location, why } = undecided;
    this.#errors.raiseQuietly(doubt(state, notAnalysed(pattern, location.node, why)), 500);
  }

  /**
   * The end of the search for a location: `internal`, the limit of the body, which stands in front of the location's
   * program (row 8.34), and the final slash, in this order (ngx_http_core_find_config_phase).
   */
  #choose(location: Location, state: State, addsSlash: boolean): void {
    const internal = location.scope.setting('internal');
    if (internal !== undefined && !state.internal) {
      this.#errors.raise(inside(location, state), 404, internal);
      return;
    }
    this.#limitBody(inside(location, state), next => {
      if (addsSlash) this.#errors.raiseQuietly(next, 301);
      else this.enter(location, next);
    });
  }

  /** 413 for a body that is too long. That of the main request is then thrown away, so that no limit is met again. */
  #limitBody(state: State, go: (state: State) => void): void {
    const { body, scope } = state;
    const limit = scope.setting('client_max_body_size');
    const most = sizeOf(limit?.args[0] ?? '1m') ?? 0;
    if (body.isGone || most === 0 || !bodyMatters(this.#server)) {
      go(state);
      return;
    }
    const least = Math.max(body.least, most + 1);
    if (least <= body.most) {
      const tooLong = { ...state, body: { ...body, least, isGone: !state.isSubrequest } };
      this.#errors.raise(tooLong, 413, limit ?? scope.node ?? this.#server.node);
    }
    if (body.least <= most) go({ ...state, body: { ...body, most: Math.min(body.most, most) } });
  }

  enter(location: Location, state: State): void {
    const chosen = inside(location, state);
    const limit = location.limitExcept;
    if (limit === undefined) {
      this.push('location', chosen);
      return;
    }
    const names = limit.methods.includes('GET') ? [...limit.methods, 'HEAD'] : limit.methods;
    const listed = union(...names.map(literal));
    const passes = state.knowledge.assume(ownMethod(state), [listed]);
    if (passes !== undefined) this.push('location', { ...chosen, knowledge: passes });
    const limited = state.knowledge.assume(ownMethod(state), [complement(listed)]);
    if (limited !== undefined) {
      this.push('location', {
        ...chosen,
        knowledge: limited,
        scope: limit.scope,
        handler: limit.handler ?? limit.inherited,
      });
    }
  }

  call(observer: Observer, from: State, subrequest: Subrequest): void {
    if (this.#spent < 1) {
      this.#explore(observer, from, subrequest);
      return;
    }
    this.#callWildly(observer, this.#bound.giveUp(from), subrequest);
  }

  #explore(observer: Observer, waiting: State, subrequest: Subrequest): void {
    // Whoever asks has other ways to follow: half of what is left remains for them.
    const share = (this.#share * Math.max(1 - this.#spent, LEAST_LEFT)) / 2;
    const callee = new Explorer({ tools: this.#tools, entry: this.#entry, observer, waiting }, this.#work, share);
    callee.push('server', this.#called(waiting, subrequest));
    callee.#drain();
  }

  /** Nothing is known of a wild guess but how it stands, so that what one has led to is what all that stand so lead to. */
  #callWildly(observer: Observer, waiting: State, subrequest: Subrequest): void {
    const { key, burdens } = this.#keys.of(this.#called(waiting, subrequest));
    const name = `${key} ${observer.mindsCycles} ${[...burdens].sort((one, other) => one - other).join()}`;
    let events = this.#calls.get(name);
    if (events === undefined) {
      const recorded: ((observer: Observer) => void)[] = [];
      const recorder: Observer = {
        mindsCycles: observer.mindsCycles,
        arrive: (...event) => void recorded.push(to => to.arrive(...event)),
        refuse: (...event) => void recorded.push(to => to.refuse(...event)),
        finish: (...event) => void recorded.push(to => to.finish(...event)),
        giveUp: (...event) => void recorded.push(to => to.giveUp(...event)),
      };
      this.#explore(recorder, waiting, subrequest);
      this.#calls.set(name, recorded);
      events = recorded;
    }
    for (const event of events) event(observer);
  }

  ask(from: State, subrequest: Subrequest): void {
    this.push('server', this.#called(from, subrequest));
  }

  /** The state in which a subrequest begins. */
  #called(from: State, { via, uri, args, method }: Subrequest): State {
    return {
      ...withoutContexts(from),
      location: undefined,
      scope: this.#server.scope,
      handler: this.#server.handler,
      uri,
      args,
      captures: new Map(),
      validLocation: true,
      addsUriToAlias: false,
      internal: true,
      errorPageUsed: false,
      changesLeft: URI_CHANGES,
      isSubrequest: true,
      denied: undefined,
      subrequestMethod: method,
      via,
      status: undefined,
    };
  }

  #content(state: State): void {
    if (state.scope.effective('mirror').length > 0) this.#errors.brokenBody(state);
    const waits = state.handler !== undefined && isPassed(state.handler.content);
    for (const way of this.#asides.mirror(state, waits)) this.#serve(way);
  }

  #serve(state: State): void {
    const { handler } = state;
    if (handler === undefined) {
      this.#files.serveFiles(state);
      return;
    }
    if (!answersReadersAlone(handler)) {
      this.#handle(state, handler);
      return;
    }
    const reading = union(literal('GET'), literal('HEAD'));
    const reads = state.knowledge.assume(ownMethod(state), [reading]);
    if (reads !== undefined) {
      const reading: State = { ...state, knowledge: reads };
      if (MEDIA.has(handler.node.name)) this.#files.serveMedia(reading, found => this.#handle(found, handler));
      else this.#handle(reading, handler);
    }
    const writes = state.knowledge.assume(ownMethod(state), [complement(reading)]);
    if (writes !== undefined) this.#errors.raiseQuietly({ ...state, knowledge: writes }, 405);
  }

  /** Ends at the block whose handler answers. */
  #handle(state: State, handler: Handler): void {
    const { scope, location } = state;
    const holder = scope.kind === 'if' || scope.kind === 'limit_except' ? ownHandler(scope, handler) : undefined;
    // An `if` without a handler of its own continues with what it inherits from the location (row 3.5); a handler left
    // over from an earlier `if` that the location does not share has no upstream: 500 (row 3.6).
    const { name } = handler.node;
    const outer = location === undefined ? this.#server.scope : holderOf(name, location)?.scope;
    const inherited = location === undefined ? this.#server.handler?.node : outer?.own(name).at(-1);
    if (handler.kind === 'script') {
      this.#errors.afterScript(state, handler.node);
    }
    if (holder !== undefined) {
      this.arrive(state, handler.content, handler.node, holder);
    } else if (inherited?.name === name && outer !== undefined) {
      this.arrive(state, handler.content, inherited, outer);
    } else {
      this.#errors.brokenBody(state);
      this.#errors.raise(state, 500, scope.node ?? handler.node);
    }
  }

  arrive(state: State, content: string, source: ConfigNode, scope: Scope = state.scope): void {
    if (source.name === 'memcached_pass') {
      for (const { state: read, value } of this.#values.evaluateAsRead(state, MEMCACHED_KEY)) {
        const some = read.knowledge.assume(value, [NOT_EMPTY]);
        if (some !== undefined) this.#arrive({ ...read, knowledge: some }, content, source, scope);
        const none = read.knowledge.assume(value, [literal('')]);
        if (none !== undefined) this.#errors.raiseQuietly({ ...read, knowledge: none }, 500);
      }
      return;
    }
    // A target that is computed has to name a host (ngx_http_proxy_eval and its kin).
    const anyTarget = targetUrl(source.name, TARGET_HOST);
    const target = parseTemplate(source.args[0] ?? '');
    if (anyTarget === undefined || target.every(piece => piece.kind === 'text')) {
      this.#arrive(state, content, source, scope);
      return;
    }
    for (const { state: read, value } of this.#values.evaluate(state, target)) {
      // A group of the configuration before any other host: that one is sure to be found.
      const groups = union(...[...this.#tools.model.upstreams.keys()].map(literalCaseless));
      for (const language of [targetUrl(source.name, groups)!, anyTarget]) {
        const named = read.knowledge.assume(value, [language]);
        if (named !== undefined) this.#arrive({ ...read, knowledge: named }, content, source, scope);
      }
      const other = read.knowledge.assume(value, [complement(anyTarget)]);
      if (other !== undefined) this.#errors.raiseQuietly({ ...read, knowledge: other }, 500);
    }
  }

  #arrive(state: State, content: string, source: ConfigNode, scope: Scope): void {
    if (content !== 'return') this.#errors.brokenBody(state);
    for (const sent of isPassed(content) ? this.#values.sent(state, source) : [state]) {
      this.#errors.backEndErrors(sent, source);
      this.#answer(sent, content, source, scope);
    }
  }

  #answer(state: State, content: string, source: ConfigNode, scope: Scope): void {
    if (content !== 'return' && !isPassed(content)) this.#errors.precondition(state);
    if (FILES.has(content)) this.#errors.range(state);
    this.#errors.filterErrors(state);
    if (isPassed(content) && endsWhereItWaits(state)) {
      this.#meet(doubt(state, reasonAt('withheld', source, WITHHELD)), content, source, scope);
    } else if (!isPassed(content) && !state.isSubrequest && BODILESS.has(imposedStatus(state) ?? 200)) {
      const text = `only HTTP/0.9 shows what is answered with ${imposedStatus(state)}`;
      this.#meet(doubt(state, reasonAt('withheld', source, text)), content, source, scope);
    } else if (state.via === 'post_action' || !failsAgain(state)) this.#meet(state, content, source, scope);
  }

  #meet(state: State, content: string, source: ConfigNode, scope: Scope): void {
    const site =
      scope.kind === 'server'
        ? serverSite(this.#server, content, source)
        : siteOf(this.#server, scope, content, source);
    const own = content === 'return' ? Number(source.args[0]) : 200;
    for (const way of this.#asides.added(state, own, includesOf(state.scope, content, source))) {
      for (const met of this.#meeting(way, site)) this.#observer.arrive(site, met);
      const surroundings = isPassed(content) ? answered(way, source, { via: way.via, status: 200 }) : way.surroundings;
      if (!way.isSubrequest) this.#postAction({ ...way, surroundings });
    }
  }

  /** What is left of a state where the demands on a site are met. */
  #meeting(state: State, site: Site): readonly State[] {
    return this.#bound.throughAll([state], this.#tools.demandsOn(site), (from, { language, node, text }) =>
      this.#values
        .evaluate(from, text)
        .flatMap(({ state: read, value }) => this.#conditions.test(read, value, language, node))
        .flatMap(({ holds, state: met }) => (holds ? [met] : [])),
    );
  }

  /** Ends with what a `return` says, which is no content but an answer, to which others may be added (row 10.43). */
  end(state: State, node: ConfigNode, status: number): void {
    this.refuse(state, node);
    // Below 300 no more than an empty text ends here.
    const includes = status < 300 ? undefined : includesOf(state.scope, 'return', node);
    for (const way of this.#asides.added(state, status, includes)) this.finish(way, imposedStatus(way) ?? status);
  }

  finish(state: State, status: number): void {
    this.#observer.finish(state, status);
    if (!state.isSubrequest) this.#postAction(state);
  }

  /** A post_action comes before the end of the connection, in subrequests too (row 10.36), but 444 ends it on the spot. */
  close(state: State, code: number): void {
    if (code === 444 || !this.#postAction(state)) this.#observer.finish(state, 'closed');
  }

  /**
   * ngx_http_post_action: a request that has ended goes on elsewhere, and again as long as changes of the URI are left
   * (rows 10.30-10.33). Access rules count there. `off` is the name of a location that is not there (row 10.35). Returns false
   * where it does not go on.
   */
  #postAction(state: State): boolean {
    const target = state.scope.setting('post_action')?.args[0];
    if (target === undefined) return false;
    const isFirst = state.via !== 'post_action';
    if (state.changesLeft === 0 && !isFirst) return false;
    // The counter has four bits, and goes round.
    const changesLeft = Math.min(state.changesLeft || WRAPPED_CHANGES, WRAPPED_CHANGES);
    const next: State = { ...state, via: 'post_action', changesLeft };
    if (target.startsWith('/')) this.redirect({ ...next, uri: [target], args: [] });
    else this.#errors.jump(next, target);
    return true;
  }

  refuse(state: State, node: ConfigNode): void {
    this.#observer.refuse(this.#server, state.location, { span: nodeSpan(node), text: nodeText(node) });
  }

  #verifyNode(): ConfigNode {
    return this.#server.scope.setting('ssl_verify_client') ?? this.#server.node;
  }
}

/** The block if it writes the handler itself. */
function ownHandler(scope: Scope, handler: Handler): Scope | undefined {
  return scope.node?.children?.includes(handler.node) ? scope : undefined;
}

/** The state in a location. */
function inside(location: Location, state: State): State {
  return { ...state, location, scope: location.scope, handler: location.handler };
}
