import { type ConfigNode, nodeSpan } from '../../config/config-tree.js';
import type { Server, TrafficModel, VariableDefinition } from '../../model/model.js';
import { PROXY_LINE, realipSource } from '../../model/realip.js';
import type { Scope } from '../../model/scope.js';
import {
  accepts,
  complement,
  concat,
  everything,
  intersect,
  type Language,
  literal,
  optional,
  star,
  union,
} from '../../pcre/language.js';
import type { AccessCondition, Reason } from '../access.js';
import { ipv4Language, ipv4Spellings, ipv6Spellings } from '../address-language.js';
import {
  AddressSet,
  addressesOfRange,
  IPV4_ADDRESSES,
  IPV6_ADDRESSES,
  LAST_ADDRESS,
  listed,
  MAPPED_ADDRESSES,
  NO_ADDRESS,
  pointOf,
  pointOfText,
  rangeText,
  textAt,
  UNIX_ADDRESS,
} from '../address-set.js';
import { variableUses } from '../blocks.js';
import { parseAddress } from '../evaluate/address.js';
import { type Knowledge, type TextTest, triesOf } from '../knowledge.js';
import { outsiderOf, outsidersWithin } from '../outsiders.js';
import type { Symbols } from '../symbols.js';
import { fixedText, type Sym, symbolsOf, type Value } from '../value.js';
import { addressesOfLanguage, isPossible, members, textLanguage } from './address-solving.js';
import type { AddressEntry } from './entry-facts.js';
import { type GeoClass, geoClasses } from './geo-classes.js';
import {
  type CheckResult,
  type Decision,
  doubt,
  reasonAt,
  remember,
  type State,
  type TriedRealip,
  textValue,
} from './state.js';

type Geo = Extract<VariableDefinition, { kind: 'geo' }>;

/** What is tested, and where it says so. */
interface Test {
  readonly node: ConfigNode;
  /** What the condition says of the client. */
  readonly text: string;
  readonly range: string;
}

/** The settings of realip that are in force somewhere (ngx_http_realip_handler). */
interface RealipSettings extends TriedRealip {
  readonly isRecursive: boolean;
  /** A range that is a host name: nobody knows which addresses it stands for. */
  readonly unresolved: ConfigNode | undefined;
  readonly test: Test;
}

/** Values of one geo variable that are followed apart. */
const MAX_GEO_VALUES = 256;

/** IPv6 addresses of a set that are tried as a client's text. */
const MAX_SIX = 16;

/** Addresses from which one way is tried. */
const MAX_SOURCES = 3;

/** What the name of the symbol of an address that a header names begins with. */
const NAMED = 'address in ';

const PEER = 'remote_addr';
const FORWARDED = 'http_x_forwarded_for';

/** What names the address that realip finds behind trusted ones, where the last one has a reader of its own. */
const WALKED = `${FORWARDED} of realip`;

/**
 * What tests of addresses make of a request: its peer's address, which the client does not choose, and those that a
 * trusted peer names in a header, which it does. Each address is a symbol with the exact set of what it can still be;
 * only what a pattern asks and no few intervals express is kept as a language. A test that no outsider passes puts a
 * condition on the way.
 */
export class Addresses {
  readonly #symbols: Symbols;
  readonly #entry: AddressEntry;
  readonly #server: Server;
  readonly #model: TrafficModel;
  #outsiders: readonly string[] | undefined;
  /** Outsiders that were looked for, by what they have to pass. */
  readonly #found = new Map<string, readonly string[]>();

  constructor({ model, symbols }: { readonly model: TrafficModel; readonly symbols: Symbols }, entry: AddressEntry) {
    this.#model = model;
    this.#symbols = symbols;
    this.#entry = entry;
    this.#server = entry.server;
  }

  /** The address of the connection. */
  get peer(): Sym {
    return this.#symbols.address(PEER, textLanguage(this.#entry.peers));
  }

  /** `$proxy_protocol_addr`: what the PROXY line says, or nothing. */
  proxyLine(): Value[] {
    return this.#entry.proxyProtocol ? [[this.#named(PROXY_LINE)], []] : [[]];
  }

  /** The client's address as it stands: the peer's, or the one that replaced it. */
  current(state: State): Value {
    const { header } = state.realip;
    return [header === undefined ? this.peer : this.#named(header)];
  }

  /** The same for `$remote_addr`, which keeps what it was when it was first read (row 13.4). */
  readCurrent(state: State): { state: State; value: Value } {
    const value = this.current(state);
    return { state: addressChanges(this.#server) ? remember(state, PEER, value) : state, value };
  }

  /** An address that a header names: its last one, or that which a reader of the header walks back to. */
  #named(header: string): Sym {
    return this.#symbols.address(`${NAMED}${header}`, textLanguage(NAMEABLE));
  }

  #setOf(state: State, symbol: Sym): AddressSet {
    return state.addresses.get(symbol) ?? (symbol === this.peer ? this.#entry.peers : NAMEABLE);
  }

  #outsiderTexts(): readonly string[] {
    this.#outsiders ??= [
      ...(this.#entry.peers.has(0n) ? [outsiderOf(this.#model, 32)] : []),
      ...(this.#entry.isIpv6 ? [outsiderOf(this.#model, 128)] : []),
      ...(this.#entry.peers === IPV6_ADDRESSES ? [`::ffff:${outsiderOf(this.#model, 32)}`] : []),
      ...(this.#entry.peers === UNIX_ADDRESS ? ['unix:'] : []),
    ];
    return this.#outsiders;
  }

  /** The outsiders that can still be the peer. */
  #outsidersLeft(state: State): string[] {
    const { peer } = this;
    const set = this.#setOf(state, peer);
    const isLeft = (text: string): boolean => state.knowledge.bind(peer, [text]) !== undefined;
    const usual = this.#outsiderTexts().filter(text => set.has(pointOfText(text)!) && isLeft(text));
    return usual.length > 0 ? usual : this.#passing(state, peer).filter(isLeft);
  }

  /** Outsiders that pass what is tested of an address, where that is tested. */
  #passing(state: State, symbol: Sym): readonly string[] {
    const test = state.knowledge.testOn(symbol);
    if (test === undefined) return [];
    const set = this.#setOf(state, symbol);
    const key = `${set.key} ${test.key}`;
    let found = this.#found.get(key);
    if (found === undefined) {
      found = ([32, 128] as const).flatMap(bits => this.#search(bits, set, test));
      this.#found.set(key, found);
    }
    return found;
  }

  #search(bits: 32 | 128, set: AddressSet, test: TextTest): string[] {
    let tried = 0;
    for (const text of outsidersWithin(this.#model, bits, set)) {
      if (test.accepts(text)) return [text];
      if (++tried === triesOf(test)) break;
    }
    return [];
  }

  /** Addresses that a symbol can be and that pass what is tested of it alone, and whether these are all that there are. */
  #membersPassing(state: State, symbol: Sym): { readonly texts: readonly string[]; readonly isComplete: boolean } {
    const test = state.knowledge.testOn(symbol);
    if (test === undefined) return { texts: [], isComplete: false };
    const texts: string[] = [];
    const { intervals } = this.#setOf(state, symbol);
    let tried = 0;
    for (let step = 0n, isLeft = true; isLeft; step += 1n) {
      isLeft = false;
      for (const { first, last } of intervals) {
        if (first + step > last) continue;
        isLeft = true;
        const text = textAt(first + step);
        if (test.accepts(text) && state.knowledge.allows(symbol, text)) texts.push(text);
        if (texts.length === MAX_SOURCES || ++tried > triesOf(test)) return { texts, isComplete: false };
      }
    }
    return { texts, isComplete: true };
  }

  /** True where none of the few addresses that a symbol can be passes what is tested of it. */
  #failsTests(state: State, symbol: Sym): boolean {
    const { texts, isComplete } = this.#membersPassing(state, symbol);
    return texts.length === 0 && isComplete;
  }

  /** What remains where the text of a value with an address in it passes a test; undefined where no request is left. */
  require(state: State, value: Value, test: TextTest, node: ConfigNode): State | undefined {
    const knowledge = state.knowledge.require(value, test);
    const [symbol] = symbolsOf(value).filter(({ origin }) => origin === 'address');
    if (knowledge === undefined || symbol === undefined) return knowledge && { ...state, knowledge };
    const after: State = { ...state, knowledge };
    if (this.#failsTests(after, symbol)) return undefined;
    const told = { node, text: `client address whose hash lies in a share of ${node.args[1]}`, range: '' };
    return this.#withCondition(state, after, told, symbol, text => knowledge.bind(symbol, [text]) !== undefined);
  }

  /** What remains where an address lies in a set; undefined where no request is left. */
  #narrow(state: State, symbol: Sym, set: AddressSet, test: Test): State | undefined {
    const before = this.#setOf(state, symbol);
    const after = before.intersect(set);
    if (after.key === before.key) return state;
    if (after.isEmpty) return undefined;
    const narrowed: State = { ...state, addresses: new Map(state.addresses).set(symbol, after) };
    if (!isPossible(narrowed.knowledge, symbol, after) || this.#failsTests(narrowed, symbol)) return undefined;
    return this.#withCondition(state, narrowed, test, symbol, text => set.has(pointOfText(text)!));
  }

  /** Notes that only some clients go on where a test leaves no outsider among them. */
  #withCondition(before: State, after: State, test: Test, symbol: Sym, passes: (outsider: string) => boolean): State {
    if (symbol !== this.peer || this.#outsidersLeft(after).length > 0) return after;
    if (this.#outsidersLeft(before).length === 0 && this.#outsiderTexts().some(passes)) return after;
    const { node, text, range } = test;
    const condition: AccessCondition = { kind: 'address', text, span: nodeSpan(node), range };
    if (after.conditions.some(other => other.text === text && other.span.start === condition.span.start)) return after;
    return { ...after, conditions: [...after.conditions, condition] };
  }

  /** What remains where the text of a value lies in all the languages; undefined where no request is left. */
  assume(state: State, value: Value, languages: readonly Language[], node: ConfigNode): State | undefined {
    const resolved = state.knowledge.resolve(value);
    const [symbol] = symbolsOf(resolved).filter(({ origin }) => origin === 'address');
    if (symbol === undefined) {
      const knowledge = state.knowledge.assume(resolved, languages);
      return knowledge === undefined ? undefined : { ...state, knowledge };
    }
    const universe = symbol === this.peer ? this.#entry.peers : NAMEABLE;
    let narrowed: State = state;
    let rest: readonly Language[] = languages;
    if (resolved.length === 1) {
      const open: Language[] = [];
      let set = universe;
      for (const language of languages) {
        const found = addressesOfLanguage(language, universe);
        if (found === undefined) open.push(language);
        else set = set.intersect(found);
      }
      const next = this.#narrow(narrowed, symbol, set, addressTest(node, set));
      if (next === undefined) return undefined;
      narrowed = next;
      rest = open;
    }
    if (rest.length === 0) return narrowed;
    const knowledge = narrowed.knowledge.assume(resolved, rest);
    if (knowledge === undefined) return undefined;
    const known: State = { ...narrowed, knowledge };
    const set = this.#setOf(known, symbol);
    if (!isPossible(knowledge, symbol, set)) return undefined;
    const [member] = examples(knowledge, symbol, set, 1);
    const text = member === undefined ? 'a client address that this test names' : `client address such as ${member}`;
    const passes = (outsider: string): boolean =>
      resolved.length > 1 || rest.every(language => accepts(language, outsider));
    return this.#withCondition(narrowed, known, { node, text, range: member ?? '' }, symbol, passes);
  }

  /** Splits a state by whether a value that holds an address lies in a language. */
  test(state: State, value: Value, language: Language, node: ConfigNode): Decision[] {
    return [true, false].flatMap(holds => {
      const next = this.assume(state, value, [holds ? language : complement(language)], node);
      return next === undefined ? [] : [{ state: next, holds }];
    });
  }

  /** The values of a geo variable for an address, or for a text that the client may choose (ngx_http_geo_addr). */
  readGeo(state: State, geo: Geo, source: Value): { state: State; value: Value }[] {
    const unknown = (reason: ReturnType<typeof reasonAt>) => {
      const value: Value = [this.#symbols.unmodelled(reason)];
      return [{ state: remember(state, geo.name, value), value }];
    };
    if (geo.incomplete)
      return unknown(reasonAt('missing-file', geo.node, `the entries of $${geo.name} are not all known`));
    const resolved = state.knowledge.resolve(source);
    const opaque = symbolsOf(resolved).find(symbol => symbol.origin === 'unmodelled');
    if (opaque !== undefined) return unknown(opaque.reason!);
    const proxies = this.#proxies(geo);
    if (proxies === undefined) {
      return unknown(reasonAt('geo', geo.node, `a proxy of $${geo.name} is a host name`));
    }
    const classes = geoClasses(geo);
    const ways: { state: State; value: Value }[] = [];
    const cached = (read: State, value: Value): void => {
      ways.push({ state: remember(read, geo.name, value), value });
    };
    // What is no address at all is no proxy's either.
    const hosts = isAddress(resolved) ? proxies.set : proxies.set.without(LAST_ADDRESS);
    // A proxy's own address counts where it sends no header.
    const ownOf = (addresses: AddressSet): AddressSet => (isForwarded(state) ? addresses.without(hosts) : addresses);
    for (const { value, addresses, node, range } of classes.slice(0, MAX_GEO_VALUES)) {
      const shown = value === '' ? 'empty' : value;
      const test = { node, range, text: `client address in ${range}, where $${geo.name} is ${shown}` };
      for (const own of this.#within(state, resolved, ownOf(addresses), test)) {
        cached(own, textValue(value));
      }
    }
    const rest = this.#valuesOf(geo, classes.slice(MAX_GEO_VALUES));
    if (rest !== undefined) {
      for (const own of this.#within(state, resolved, ownOf(rest.addresses), rest.test)) {
        cached(doubt(own, rest.reason), rest.value);
      }
    }
    if (proxies.set.isEmpty) return ways;
    const trusts = {
      node: proxies.node,
      range: proxies.range,
      text: `connection from ${proxies.range}, a proxy of $${geo.name}`,
    };
    // Without recursion the last address counts, whoever asks for it.
    const forwarded = this.#named(geo.isRecursive ? `${FORWARDED} of ${geo.name}` : FORWARDED);
    const { tried, header } = state.realip;
    const stayed = header === undefined && tried?.header === FORWARDED ? tried : undefined;
    for (const found of this.#within(state, resolved, hosts, trusts)) {
      // Had realip believed the peer, it would have taken an address from the header itself.
      const asked = stayed === undefined ? found : this.#disbelieve(found, stayed, geo.node);
      if (asked === undefined) continue;
      const take = (addresses: AddressSet, test: Test, value: Value, reason?: Reason): void => {
        const next = this.#narrow(asked, forwarded, addresses, test);
        if (next === undefined) return;
        // The entry tells that the header is sent, also where any address will do.
        const sent: State = {
          ...next,
          addresses: new Map(next.addresses).set(forwarded, this.#setOf(next, forwarded)),
        };
        cached(reason === undefined ? sent : doubt(sent, reason), value);
      };
      for (const { value, addresses, node, range } of classes.slice(0, MAX_GEO_VALUES)) {
        take(addresses, { node, range, text: range }, textValue(value));
      }
      if (rest !== undefined) take(rest.addresses, rest.test, rest.value, rest.reason);
    }
    return ways;
  }

  /** Several values of a geo variable as one text: which address has which of them is not told. Undefined where there are none. */
  #valuesOf(geo: Geo, classes: readonly GeoClass[]) {
    if (classes.length === 0) return undefined;
    const { name, node } = geo;
    const reason = reasonAt('bound', node, `$${name} has more than ${MAX_GEO_VALUES} values`);
    const texts = union(...classes.map(({ value }) => literal(value)));
    const value: Value = [this.#symbols.loose(`$${name}`, texts, reason)];
    const addresses = AddressSet.of(classes.flatMap(one => one.addresses.intervals));
    return { value, addresses, reason, test: rangeTest(node, rangeText(addresses)) };
  }

  /** What remains where settings of realip do not trust the peer. */
  #disbelieve(state: State, { trusted }: TriedRealip, node: ConfigNode): State | undefined {
    const others = this.#entry.peers.without(trusted);
    return this.#narrow(state, this.peer, others, addressTest(node, others));
  }

  /** The proxies of a geo variable; undefined where one is a host name. */
  #proxies(geo: Geo): { set: AddressSet; node: ConfigNode; range: string } | undefined {
    let set = NO_ADDRESS;
    for (const { network } of geo.proxies) {
      const range = addressesOfRange(network);
      if (range === undefined) return undefined;
      set = set.union(range);
    }
    return { set, node: geo.proxies[0]?.node ?? geo.node, range: listed(geo.proxies.map(({ network }) => network)) };
  }

  /** The states in which the address that a value names lies in a set. */
  #within(state: State, value: Value, set: AddressSet, test: Test): State[] {
    if (isAddress(value)) {
      const next = this.#narrow(state, value[0], set, test);
      return next === undefined ? [] : [next];
    }
    const last = LAST_ADDRESS.intervals[0]!.first;
    const text = fixedText(value);
    if (text !== undefined) {
      const address = parseAddress(text);
      return set.has(address === undefined ? last : pointOf(address)) ? [state] : [];
    }
    return spellingsOf(set).flatMap(language => this.assume(state, value, [language], test.node) ?? []);
  }

  /** allow and deny: the first rule that matches decides (rows 9.2, 9.3). */
  addressRules(state: State): CheckResult[] {
    const { scope } = state;
    const rules = scope.effective('allow', 'deny');
    const [first] = rules;
    if (first === undefined) return [{ state, result: 'declined', by: scope.node ?? this.#server.node }];
    const [symbol] = symbolsOf(this.current(state)) as [Sym];
    let rest = this.#setOf(state, symbol);
    const judged = new Map<CheckResult['result'], { set: AddressSet; rules: ConfigNode[] }>();
    const judge = (result: CheckResult['result'], set: AddressSet, rule: ConfigNode): void => {
      if (set.isEmpty) return;
      const known = judged.get(result);
      if (known === undefined) judged.set(result, { set, rules: [rule] });
      else judged.set(result, { set: known.set.union(set), rules: [...known.rules, rule] });
    };
    for (const rule of rules) {
      const operand = rule.args[0] ?? '';
      const range = operand === 'all' ? rest : addressesOfRange(operand);
      if (range === undefined) {
        const unclear = doubt(state, reasonAt('address', rule, `which addresses ${operand} stands for`));
        return (['ok', 403, 'declined'] as const).map(result => ({ state: unclear, result, by: rule }));
      }
      judge(rule.name === 'allow' ? 'ok' : 403, rest.intersect(range), rule);
      rest = rest.without(range);
    }
    judge('declined', rest, first);
    const isTaken = scope.effective('error_page').length > 0 || scope.value('satisfy', 'all').toLowerCase() === 'any';
    const results: CheckResult[] = [];
    for (const [result, { set, rules: by }] of judged) {
      const operands = by.map(rule => rule.args[0] ?? '');
      const range = result === 'declined' || operands.includes('all') ? rangeText(set) : listed(operands);
      const next = this.#narrow(state, symbol, set, rangeTest(by[0]!, range));
      if (next === undefined) continue;
      // A refusal of some clients matters only where it leads somewhere.
      const refusesSome = next.conditions.length > state.conditions.length && result === 403;
      if (refusesSome && !isTaken) continue;
      results.push({ state: next, result, by: by[0]! });
    }
    return results;
  }

  /** Realip with the settings of a scope, once (ngx_http_realip_handler, rows 13.2-13.5): the address stays, or is replaced. */
  realip(state: State, scope: Scope): State[] {
    const settings = realipSettings(scope);
    if (settings === undefined || !readsAddress(this.#model, this.#server)) return [state];
    const { tried, header } = state.realip;
    if (header !== undefined || tried?.key === settings.key) return [state];
    const kept: State = { ...state, realip: { tried: settings, header: undefined } };
    if (settings.header === PROXY_LINE && !this.#entry.proxyProtocol) return [kept];
    const ways: State[] = [];
    const stays =
      settings.header === FORWARDED && isForwarded(state) ? this.#disbelieve(kept, settings, settings.test.node) : kept;
    if (stays !== undefined) ways.push(stays);
    const replacing = (by: string): State => ({ ...kept, realip: { tried: settings, header: by } });
    const replaced = [replacing(settings.header)];
    if (settings.header === FORWARDED && settings.isRecursive && readsLastAddress(this.#model)) {
      // Behind the last address there is another one only where the last one is trusted too (row 13.3b).
      const { node, range } = settings.test;
      const walked = replacing(WALKED);
      const last = this.#named(FORWARDED);
      const next =
        settings.unresolved === undefined
          ? this.#narrow(walked, last, settings.trusted, { node, range, text: range })
          : walked;
      if (next !== undefined) replaced.push(next);
    }
    for (const way of replaced) {
      const trusted = this.#narrow(way, this.peer, settings.trusted, settings.test);
      if (trusted !== undefined) ways.push(trusted);
      if (settings.unresolved === undefined) continue;
      const name = settings.unresolved.args[0];
      ways.push(doubt(way, reasonAt('realip', settings.unresolved, `which addresses ${name} stands for`)));
    }
    return ways;
  }

  /** Where requests that take the way of a state can come from, and what is then known; outsiders first. */
  *sources(state: State): Generator<{
    readonly knowledge: Knowledge;
    readonly sourceAddress: string | undefined;
    readonly proxyProtocol: string | undefined;
  }> {
    const { peer } = this;
    const outsiders = this.#outsidersLeft(state);
    const set = this.#setOf(state, peer);
    const found = new Set(outsiders);
    if (found.size === 0) {
      const { texts } = this.#membersPassing(state, peer);
      for (const text of [...texts, ...examples(state.knowledge, peer, set, MAX_SOURCES)]) found.add(text);
    }
    const isAnyOther = !state.knowledge.tellsApart(peer);
    for (const text of found) {
      const knowledge = state.knowledge.bind(peer, [text]);
      if (knowledge === undefined) continue;
      const isDefault = text === 'unix:' || (isAnyOther && text === this.#defaultOutsider());
      const named = this.#nameAddresses({ ...state, knowledge });
      if (named !== undefined) yield { ...named, sourceAddress: isDefault ? undefined : text };
    }
  }

  /** The address that a request without one comes from. */
  #defaultOutsider(): string {
    return outsiderOf(this.#model, this.#entry.isIpv6 ? 128 : 32);
  }

  /** Chooses the addresses that headers and the PROXY line name. */
  #nameAddresses(state: State): { knowledge: Knowledge; proxyProtocol: string | undefined } | undefined {
    let { knowledge } = state;
    let proxyProtocol = this.#entry.proxyProtocol ? outsiderOf(this.#model, 32) : undefined;
    const chosen = new Map<string, readonly string[]>();
    const { header } = state.realip;
    for (const symbol of this.#symbols.chosen) {
      if (symbol.origin !== 'address' || symbol === this.peer) continue;
      const name = symbol.name.slice(NAMED.length);
      const isAsked =
        state.addresses.has(symbol) || knowledge.mentions(symbol) || knowledge.testOn(symbol) !== undefined;
      if (name !== header && !isAsked) continue;
      const variable = name.replace(/ of .*/, '');
      const set = this.#setOf(state, symbol);
      const before = chosen.get(variable) ?? [];
      const usual = before.length === 0 ? [outsiderOf(this.#model, 32)] : before;
      const texts = [
        ...usual.filter(text => set.has(pointOfText(text)!)),
        ...this.#passing({ ...state, knowledge }, symbol),
        ...this.#membersPassing({ ...state, knowledge }, symbol).texts,
        ...members(knowledge, symbol, set, MAX_SOURCES),
      ];
      const start: Knowledge = knowledge;
      const usable = texts
        .map(text => ({ text, bound: start.bind(symbol, [text]) }))
        .find(({ bound }) => bound !== undefined);
      if (usable?.bound === undefined) return undefined;
      const { text } = usable;
      knowledge = usable.bound;
      if (variable === PROXY_LINE) {
        proxyProtocol = text;
        continue;
      }
      const others = before.filter(other => other !== text);
      // What readers walk back to stands before the last address.
      chosen.set(variable, name === variable ? [...others, text] : before.includes(text) ? before : [text, ...before]);
    }
    for (const [variable, texts] of chosen) {
      const value: Value = [this.#symbols.client(variable)];
      // Where something else is asked of the header, its last elements alone are the addresses.
      const written: Knowledge | undefined =
        knowledge.assume(value, [literal(texts.join(', '))]) ?? knowledge.assume(value, [endingIn(texts)]);
      if (written === undefined) return undefined;
      knowledge = written;
    }
    return { knowledge, proxyProtocol };
  }
}

const spellings = new WeakMap<AddressSet, readonly Language[]>();

/** The texts that nginx takes for an address of a set: its own spelling first, which is the one that people write. */
function spellingsOf(set: AddressSet): readonly Language[] {
  let languages = spellings.get(set);
  if (languages === undefined) {
    const examples = set.intersect(IPV6_ADDRESSES).without(MAPPED_ADDRESSES).intervals.slice(0, MAX_SIX);
    const plain = union(ipv4Language(set), ...examples.map(({ first }) => literal(textAt(first))));
    languages = [plain, intersect(allSpellingsOf(set), complement(plain))];
    spellings.set(set, languages);
  }
  return languages;
}

function allSpellingsOf(set: AddressSet): Language {
  const four = ipv4Spellings(set);
  if (!set.has(LAST_ADDRESS.intervals[0]!.first)) return union(four, ipv6Spellings(set));
  // Row 5.42: what is no address counts as the last one.
  const notFour = complement(ipv4Spellings(IPV4_ADDRESSES));
  const otherSix = IPV6_ADDRESSES.without(set);
  return union(four, otherSix.isEmpty ? notFour : intersect(notFour, complement(ipv6Spellings(otherSix))));
}

/** Headers whose last elements are addresses: others may stand before them, zeros in front of the last, a port behind it. */
function endingIn(texts: readonly string[]): Language {
  const before = optional(concat(everything, union(literal(','), literal(' '))));
  const earlier = texts.slice(0, -1).map(text => literal(`${text}, `));
  const text = texts.at(-1)!;
  const isSix = text.includes(':');
  const port = literal(':80');
  const forms = isSix
    ? union(literal(text), concat(literal(`[${text}]`), port))
    : concat(star(literal('0')), literal(text), optional(port));
  return concat(before, ...earlier, forms);
}

/** True where X-Forwarded-For is known to end in an address. */
function isForwarded({ addresses, realip }: State): boolean {
  const isOfHeader = (name: string): boolean => name === FORWARDED || name.startsWith(`${FORWARDED} `);
  return (
    (realip.header !== undefined && isOfHeader(realip.header)) ||
    [...addresses.keys()].some(({ name }) => name.startsWith(NAMED) && isOfHeader(name.slice(NAMED.length)))
  );
}

/** Ways to give texts to everything else that are looked through for those of an address: there may be any number. */
const MAX_COMPLETIONS = 16;

/** Addresses that a symbol can be, those first that a text says of which the address is a part. */
function examples(knowledge: Knowledge, symbol: Sym, set: AddressSet, count: number): string[] {
  const found = new Set<string>();
  let tried = 0;
  for (const completed of knowledge.completions()) {
    const text = fixedText(completed.resolve([symbol]));
    if (text !== undefined && set.has(pointOfText(text) ?? -1n)) found.add(text);
    tried += 1;
    if (found.size >= count || tried >= MAX_COMPLETIONS) break;
  }
  for (const text of members(knowledge, symbol, set, count)) found.add(text);
  return [...found].slice(0, count);
}

/** True where a value is one address as nginx writes it. */
function isAddress(value: Value): value is readonly [Sym] {
  const [only] = value;
  return value.length === 1 && typeof only === 'object' && only.origin === 'address';
}

/** What a header can name: any address but the one that nginx does not read (ngx_inet_addr). */
const NAMEABLE = IPV4_ADDRESSES.union(IPV6_ADDRESSES).without(LAST_ADDRESS);

function addressTest(node: ConfigNode, set: AddressSet): Test {
  return rangeTest(node, rangeText(set));
}

function rangeTest(node: ConfigNode, range: string): Test {
  return { node, range, text: /[/ -]/.test(range) ? `client address in ${range}` : `client address ${range}` };
}

const settingsOfScope = new WeakMap<Scope, RealipSettings | 'none'>();

function realipSettings(scope: Scope): RealipSettings | undefined {
  let settings = settingsOfScope.get(scope);
  if (settings === undefined) {
    settings = readSettings(scope) ?? 'none';
    settingsOfScope.set(scope, settings);
  }
  return settings === 'none' ? undefined : settings;
}

function readSettings(scope: Scope): RealipSettings | undefined {
  const nodes = scope.effective('set_real_ip_from');
  const [node] = nodes;
  if (node === undefined) return undefined;
  const header = realipSource(scope)!;
  const operands = nodes.map(({ args }) => args[0] ?? '');
  let trusted = NO_ADDRESS;
  let unresolved: ConfigNode | undefined;
  for (const from of nodes) {
    const range = addressesOfRange(from.args[0] ?? '');
    if (range === undefined) unresolved ??= from;
    else trusted = trusted.union(range);
  }
  const range = listed(operands);
  const test = { node, range, text: `connection from ${range}, which set_real_ip_from trusts` };
  const isRecursive = scope.value('real_ip_recursive', 'off').toLowerCase() === 'on';
  return { key: `${header} ${operands.join()}`, header, trusted, isRecursive, unresolved, test };
}

const ADDRESS_VARIABLES: ReadonlySet<string> = new Set(['remote_addr', 'binary_remote_addr']);

const readers = new WeakMap<Server, boolean>();

/** Whether anything on the ways of a server asks for the client's address. */
function readsAddress(model: TrafficModel, server: Server): boolean {
  let reads = readers.get(server);
  if (reads === undefined) {
    reads =
      holds(server.node, ACCESS_RULES) ||
      server.scope.effective('allow', 'deny').length > 0 ||
      [...model.variables.values()].some(({ kind }) => kind === 'geo') ||
      [...variableUses(model)].some(({ name }) => ADDRESS_VARIABLES.has(name));
    readers.set(server, reads);
  }
  return reads;
}

const lastReaders = new WeakMap<TrafficModel, boolean>();

/** Whether the last address of X-Forwarded-For is asked for by itself, beside the one that realip walks back to. */
function readsLastAddress(model: TrafficModel): boolean {
  let reads = lastReaders.get(model);
  if (reads === undefined) {
    reads = [...model.variables.values()].some(
      variable => variable.kind === 'geo' && variable.proxies.length > 0 && !variable.isRecursive,
    );
    lastReaders.set(model, reads);
  }
  return reads;
}

const ACCESS_RULES: ReadonlySet<string> = new Set(['allow', 'deny']);

const changing = new WeakMap<Server, boolean>();

/** Whether realip may replace the address after it was read: settings of the server act before, unless an error comes first. */
function addressChanges(server: Server): boolean {
  let changes = changing.get(server);
  if (changes === undefined) {
    changes =
      server.scope.effective('set_real_ip_from').length > 0 || holds(server.node, new Set(['set_real_ip_from']));
    changing.set(server, changes);
  }
  return changes;
}

function holds(node: ConfigNode, names: ReadonlySet<string>): boolean {
  return names.has(node.name) || (node.children?.some(child => holds(child, names)) ?? false);
}
