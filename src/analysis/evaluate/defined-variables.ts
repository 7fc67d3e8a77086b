import type { ConfigNode } from '../../config/config-tree.js';
import { isComputedAnew, isLastRead, lastReadOf, withLastReads } from '../../model/kept-reads.js';
import type { HttpModel, MapEntry, Template, VariableDefinition } from '../../model/model.js';
import { variablesOf } from '../../model/template.js';
import { mayBeReadByScript, type ScriptInput } from '../script-reads.js';
import { shareOf } from '../split-clients.js';
import { type Address, isInNetwork, LAST_IPV4, type Network, parseAddress, parseNetwork, unmapped } from './address.js';
import type { GroupVariables } from './connection.js';
import { matchPattern } from './match-pattern.js';
import { forwardedAddress, trustedRange } from './realip.js';
import { lowerCase } from './request-line.js';
import { type Journal, Undecided } from './trace.js';

/** Groups of the last regular expression that matched: `$1` is at 1. */
export type Groups = readonly (string | undefined)[];

/** Who reads variables: it has the groups of its last match. */
interface GroupHolder {
  groups: Groups;
}

type Cached = { readonly value: string } | { readonly undecided: Undecided };

/** Nesting of variables at which nginx gives up (ngx_http_variable_depth, ngx_stream_variable_depth). */
const DEEPEST = 100;

/**
 * The variables that map, geo and split_clients define, in http and stream alike, and a cache of values. What else there is
 * to read is each part's own. `R` is who reads.
 */
export abstract class DefinedVariables<R extends GroupHolder> {
  readonly #model: Pick<HttpModel, 'variables' | 'assigned'>;
  readonly #groupVariables: GroupVariables;
  readonly #supposed: ReadonlyMap<string, Template> | undefined;
  readonly #journal: Journal;
  readonly #cache = new Map<string, Cached>();
  #depth = 0;
  /** Why it is unknown what was read last of most variables; undefined where no script has read any. */
  #scripted: Undecided | undefined;
  /** What each script saw. */
  readonly #scriptsSaw: ReadonlyMap<ScriptInput, string>[] = [];

  /** `supposed` are the values that variables have whatever the configuration says. */
  constructor(
    model: Pick<HttpModel, 'variables' | 'assigned'>,
    groupVariables: GroupVariables,
    journal: Journal,
    supposed?: ReadonlyMap<string, Template>,
  ) {
    this.#model = model;
    this.#groupVariables = groupVariables;
    this.#journal = journal;
    this.#supposed = supposed;
  }

  /** A variable of nginx's own; undefined where it is none, or not modelled. */
  protected abstract builtIn(name: string, reader: R): string | undefined;

  /** Whether a variable of nginx's own holds what names one certificate among all. */
  protected abstract isPin(name: string): boolean;

  /** The client's address as it stands. */
  protected abstract clientAddress(): string;

  /** The lines of X-Forwarded-For. */
  protected abstract forwardedFor(): readonly string[];

  /** What the request has of its own as it stands, of what may change. */
  protected abstract scriptInputs(reader: R): ReadonlyMap<ScriptInput, string>;

  /** Gives a variable a value for the rest of the request. */
  assign(name: string, value: string): void {
    this.#cache.set(name, { value });
  }

  /** Marks a value as unknown from here on; whoever reads it is undecided. */
  forget(name: string, undecided: Undecided): void {
    this.#cache.set(name, { undecided });
  }

  /** The text of a template that takes its variables as they were read last. */
  expandAsRead(template: Template, reader: R, node: ConfigNode): string {
    const isKnown = (name: string): boolean =>
      this.#cache.has(name) || (this.#scripted !== undefined && isLastRead(name));
    return this.#expandAsKnown(template, reader, node, isKnown);
  }

  /** The same piece by piece: what one of them reads is known to the next one. */
  #expandAsKnown(template: Template, reader: R, node: ConfigNode, isKnown: (name: string) => boolean): string {
    return template.map(piece => this.expand(withLastReads(this.#model, [piece], isKnown), reader, node)).join('');
  }

  /**
   * The texts of templates that are read one after the other for one purpose: a variable that is else computed anew for
   * each text is computed once for all of them (ngx_http_script_flush_no_cacheable_variables, row 5.20e). Undefined for a text
   * that is not decided.
   */
  expandTogether(templates: readonly Template[], reader: R, node: ConfigNode): Map<Template, string | undefined> {
    for (const name of templates.flatMap(variablesOf)) this.#cache.delete(lastReadOf(name));
    const texts = new Map<Template, string | undefined>();
    const { groups } = reader;
    for (const template of templates) {
      try {
        texts.set(
          template,
          this.#expandAsKnown(template, reader, node, name => this.#cache.has(name)),
        );
      } catch (error) {
        if (!(error instanceof Undecided)) throw error;
        texts.set(template, undefined);
      }
    }
    // Its length is that of the groups as they were, its text that of those a map has left.
    for (const template of reader.groups === groups ? [] : templates) {
      if (template.some(({ kind }) => kind === 'capture')) texts.set(template, undefined);
    }
    return texts;
  }

  /**
   * Marks as unknown from here on what a script may have read, besides the variable that it gives a value to: what was read last
   * of any variable, and those that would be given another value later.
   */
  forgetByScript(name: string, undecided: Undecided, reader: R): void {
    this.forget(name, undecided);
    for (const known of this.#cache.keys()) if (isLastRead(known)) this.#cache.delete(known);
    this.#scripted = undecided;
    this.#scriptsSaw.push(this.scriptInputs(reader));
  }

  #mayBeReadByScript(name: string, reader: R): boolean {
    const now = this.scriptInputs(reader);
    const changed = new Set(
      [...now].flatMap(([input, text]) => (this.#scriptsSaw.some(seen => seen.get(input) !== text) ? [input] : [])),
    );
    return mayBeReadByScript(this.#model, this.#groupVariables, name, changed);
  }

  /** The value of a variable. `node` is the directive that reads it. */
  read(name: string, reader: R, node: ConfigNode): string {
    const isAnew = !this.#cache.has(name) && isComputedAnew(this.#model, name);
    try {
      const value = this.#read(name, reader, node);
      if (isAnew) this.assign(lastReadOf(name), value);
      return value;
    } catch (error) {
      if (isAnew && error instanceof Undecided) this.forget(lastReadOf(name), error);
      throw error;
    }
  }

  #read(name: string, reader: R, node: ConfigNode): string {
    const supposed = this.#supposed?.get(name);
    if (supposed !== undefined) return this.expand(supposed, reader, node);
    const cached = this.#cache.get(name);
    if (cached !== undefined) {
      if ('undecided' in cached) throw cached.undecided;
      return cached.value;
    }
    if (this.#scripted !== undefined && (isLastRead(name) || this.#mayBeReadByScript(name, reader))) {
      this.forget(name, this.#scripted);
      throw this.#scripted;
    }
    const definition = this.#model.variables.get(name);
    const isGroup = this.#groupVariables.has(name);
    if (definition !== undefined) {
      if (isGroup) throw new Undecided('variable', definition.node, `$${name} is defined twice`);
      return this.#readDefinition(definition, reader);
    }
    if (isGroup) return '';
    const value = this.builtIn(name, reader);
    if (value !== undefined && value !== '' && this.isPin(name)) this.#journal.condition('pinned-certificate', node);
    if (value !== undefined) return value;
    if (this.#model.assigned.has(name)) return '';
    throw new Undecided('variable', node, `$${name}`);
  }

  /** The text of a template. */
  expand(template: Template, reader: R, node: ConfigNode): string {
    return this.join(template, reader, node, group => group);
  }

  /** The text of a template, with what is written for a group. */
  protected join(template: Template, reader: R, node: ConfigNode, written: (group: string) => string): string {
    let text = '';
    for (const piece of template) {
      if (piece.kind === 'text') text += piece.text;
      else if (piece.kind === 'variable') text += this.read(piece.name, reader, node);
      else text += written(reader.groups[piece.index] ?? '');
    }
    return text;
  }

  /** Remembers the groups of a match (ngx_http_regex_exec). */
  remember(
    captures: { readonly groups: Groups; readonly named: ReadonlyMap<string, string | undefined> },
    reader: R,
  ): void {
    reader.groups = captures.groups;
    for (const [name, value] of captures.named) this.assign(name.toLowerCase(), value ?? '');
  }

  #readDefinition(definition: VariableDefinition, reader: R): string {
    if (this.#depth >= DEEPEST) throw new Undecided('variable', definition.node, `$${definition.name} needs itself`);
    this.#depth += 1;
    try {
      if (definition.kind === 'map') {
        const value = this.#readMap(definition, reader);
        // Row 5.20: computed once, unless volatile.
        if (!definition.isVolatile) this.assign(definition.name, value);
        return value;
      }
      if (definition.kind === 'geo') {
        const value = this.#readGeo(definition, reader);
        this.assign(definition.name, value);
        return value;
      }
      if (definition.kind === 'split') {
        const value = shareOf(definition, this.expand(definition.source, reader, definition.node));
        this.assign(definition.name, value);
        return value;
      }
      const undecided = new Undecided('script', definition.node);
      this.forgetByScript(definition.name, undecided, reader);
      throw undecided;
    } finally {
      this.#depth -= 1;
    }
  }

  /** ngx_http_map_variable and ngx_http_map_find (rows 5.1-5.17). */
  #readMap(map: Extract<VariableDefinition, { kind: 'map' }>, reader: R): string {
    if (map.incomplete) throw new Undecided('missing-file', map.node);
    let source = this.expand(map.source, reader, map.node);
    if (map.hostnames && source.endsWith('.')) source = source.slice(0, -1);
    const entry = this.#mapEntry(map, source, reader);
    return entry === undefined ? '' : this.expand(entry.value, reader, entry.node);
  }

  #mapEntry(map: Extract<VariableDefinition, { kind: 'map' }>, source: string, reader: R): MapEntry | undefined {
    const folded = lowerCase(source);
    const literal = map.literals.get(folded);
    if (literal !== undefined) return literal;
    for (const kind of ['leading', 'trailing'] as const) {
      let best: (typeof map.wildcards)[number] | undefined;
      for (const wildcard of map.wildcards) {
        if (wildcard.kind !== kind || folded.length < wildcard.text.length) continue;
        const fits = kind === 'leading' ? folded.endsWith(wildcard.text) : folded.startsWith(wildcard.text);
        if (fits && (best === undefined || wildcard.text.length > best.text.length)) best = wildcard;
      }
      if (best !== undefined) return best;
    }
    // Row 5.6: an empty value never meets a regex.
    if (source !== '') {
      for (const entry of map.regexes) {
        const captures = matchPattern(entry.pattern, source, entry.node);
        if (captures === null) continue;
        this.remember(captures, reader);
        return entry;
      }
    }
    return map.default;
  }

  /** ngx_http_geo_cidr_variable and ngx_http_geo_range_variable (rows 5.40-5.47). */
  #readGeo(geo: Extract<VariableDefinition, { kind: 'geo' }>, reader: R): string {
    if (geo.incomplete) throw new Undecided('missing-file', geo.node);
    const text = geo.node.args.length === 1 ? this.clientAddress() : this.read(geo.source, reader, geo.node);
    const address = parseAddress(text);
    // ngx_http_geo_addr: a proxy's address, be it realip's, gives way to the one that the proxy forwards.
    const proxies = geo.proxies.map(({ network, node }) => trustedRange(network, node));
    const lines = this.forwardedFor();
    const isHost = address !== undefined || geo.node.args.length === 1;
    const forwarded = isHost ? forwardedAddress({ text, address }, lines, proxies, geo.isRecursive) : undefined;
    // Row 5.42: what is not an address counts as the last one.
    const asked = forwarded?.address ?? address ?? LAST_IPV4;
    return (geo.ranges ? rangeValue(geo, asked) : networkValue(geo, asked)) ?? '';
  }
}

type Geo = Extract<VariableDefinition, { kind: 'geo' }>;

interface GeoNetwork {
  readonly network: Network;
  readonly value: string;
}

interface GeoRange {
  readonly first: bigint;
  readonly last: bigint;
  readonly value: string;
}

const networksOfGeo = new WeakMap<Geo, readonly GeoNetwork[]>();
const rangesOfGeo = new WeakMap<Geo, readonly GeoRange[]>();

/** The entries with their networks in text order; `default` stands for the network of all addresses. */
function geoNetworks(geo: Geo): readonly GeoNetwork[] {
  let networks = networksOfGeo.get(geo);
  if (networks === undefined) {
    networks = geo.entries.flatMap(entry => {
      const network = parseNetwork(entry.network);
      return network === undefined ? [] : [{ network, value: entry.value }];
    });
    networksOfGeo.set(geo, networks);
  }
  return networks;
}

/** The longest network that holds the address; of equal ones the last (row 5.47), with `default` as the shortest. */
function networkValue(geo: Geo, address: Address): string | undefined {
  let best: GeoNetwork | undefined;
  for (const entry of geoNetworks(geo)) {
    if (!isInNetwork(address, entry.network)) continue;
    if (best === undefined || entry.network.length >= best.network.length) best = entry;
  }
  return best !== undefined && (best.network.length > 0 || !geo.defaultIsLast)
    ? best.value
    : (geo.default?.value ?? best?.value);
}

/** Ranges do not overlap but for one inside another; of several the last one written counts (ngx_http_geo_range_add). */
function rangeValue(geo: Geo, address: Address): string | undefined {
  let ranges = rangesOfGeo.get(geo);
  if (ranges === undefined) {
    ranges = geo.entries.flatMap(entry => {
      const [first, last] = entry.network.split('-').map(rangeEnd);
      if (first === undefined || last === undefined) return [];
      return [{ first, last, value: entry.value }];
    });
    rangesOfGeo.set(geo, ranges);
  }
  // IPv6 addresses are none that ranges know (ngx_http_geo_range_variable).
  const plain = unmapped(address);
  const { value } = plain.bits === 32 ? plain : LAST_IPV4;
  return ranges.findLast(({ first, last }) => value >= first && value <= last)?.value ?? geo.default?.value;
}

/** An end of a range: always IPv4, and never the last address (ngx_http_geo_range). */
function rangeEnd(text: string): bigint | undefined {
  const address = parseAddress(text);
  return address?.bits === 32 ? address.value : undefined;
}
