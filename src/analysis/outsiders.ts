import type { ConfigNode } from '../config/config-tree.js';
import type { Pattern, Template, TrafficModel } from '../model/model.js';
import {
  AddressSet,
  type Interval,
  IPV4_ADDRESSES,
  IPV6_ADDRESSES,
  intervalBetween,
  networkInterval,
  pointOfText,
  textAt,
} from './address-set.js';
import { everyIf, everySet } from './blocks.js';
import { parseNetwork } from './evaluate/address.js';
import { Patterns } from './patterns.js';

/** The addresses that are taken where no range names them, those for documentation first (RFC 5737, RFC 3849). */
const EXAMPLES: Readonly<Record<32 | 128, readonly string[]>> = {
  32: [
    '203.0.113.77',
    '203.0.113.113',
    '198.51.100.77',
    '192.0.2.77',
    ...['9', '23', '45', '67', '81', '104', '130', '151'].map(net => `${net}.77.77.77`),
  ],
  128: ['2001:db8::4d', '2001:db8:ffff::4d', '2a00::4d', '3fff::4d', 'fc00::4d', 'fe80::4d'],
};

/** Gaps between ranges of which an address is tried. */
const MAX_GAPS = 256;

/** Addresses that are looked at for a hash. */
const MAX_LOOKED = 500_000;

/** The outsiders of one family. */
interface Outsiders {
  /** The one that stands for all. */
  readonly text: string;
  /** Addresses that no range names, or none but the widest. */
  readonly addresses: AddressSet;
  /** How many patterns match an address. */
  readonly matches: (text: string) => number;
}

const outsiders = new WeakMap<TrafficModel, Map<32 | 128, Outsiders>>();

/**
 * The address of a client that no range of the configuration names (spec: an outsider), as text: none that an allow, deny,
 * set_real_ip_from, geo entry, compared text or pattern names. Where they name every address, one that only the widest
 * name.
 */
export function outsiderOf(model: TrafficModel, bits: 32 | 128): string {
  return outsidersOf(model, bits).text;
}

/** Outsiders of a set, as many as a hash may need: neighbours of those that are taken by default first. */
export function* outsidersWithin(model: TrafficModel, bits: 32 | 128, set: AddressSet): Generator<string> {
  const { text: usual, addresses, matches } = outsidersOf(model, bits);
  const most = matches(usual);
  const left = addresses.intersect(set);
  const near = EXAMPLES[bits].map(text => (pointOfText(text)! >> 8n) << 8n);
  const middles = left.intervals.slice(0, MAX_GAPS).map(({ first, last }) => (first + last) / 2n);
  let looked = 0;
  for (let step = 0n; looked < MAX_LOOKED; step += 1n) {
    for (const point of step < 256n ? [...near, ...middles] : middles) {
      looked += 1;
      const text = left.has(point + step) ? textAt(point + step) : undefined;
      if (text !== undefined && matches(text) <= most) yield text;
    }
    if (step >= 256n && middles.length === 0) break;
  }
}

function outsidersOf(model: TrafficModel, bits: 32 | 128): Outsiders {
  let known = outsiders.get(model);
  if (known === undefined) {
    known = new Map();
    outsiders.set(model, known);
  }
  let found = known.get(bits);
  if (found === undefined) {
    found = findOutsiders(model, bits);
    known.set(bits, found);
  }
  return found;
}

function findOutsiders(model: TrafficModel, bits: 32 | 128): Outsiders {
  const family = bits === 32 ? IPV4_ADDRESSES : IPV6_ADDRESSES;
  const [whole] = family.intervals as [Interval];
  const { ranges, patterns } = namedAddresses(model);
  const size = ({ first, last }: Interval): bigint => last - first;
  const named = ranges.filter(
    range => range.first >= whole.first && range.last <= whole.last && size(range) < size(whole),
  );
  named.sort((one, other) => (size(one) < size(other) ? -1 : size(one) > size(other) ? 1 : 0));
  const rest = (count: number): AddressSet => family.without(AddressSet.of(named.slice(0, count)));
  let left = rest(named.length);
  if (left.isEmpty) {
    // The narrowest ranges that leave anything.
    let [most, tooMany] = [0, named.length];
    while (tooMany - most > 1) {
      const middle = (most + tooMany) >> 1;
      if (rest(middle).isEmpty) tooMany = middle;
      else most = middle;
    }
    left = rest(most);
  }
  const points = [...EXAMPLES[bits].map(text => pointOfText(text)!).filter(point => left.has(point)), ...inside(left)];
  const matcher = new Patterns();
  // A pattern that matches every address does not tell clients apart.
  const matches = (text: string) => patterns.filter(pattern => matcher.match(pattern, text) !== undefined).length;
  let best: { text: string; matched: number } | undefined;
  for (const text of points.map(textAt)) {
    const matched = matches(text);
    if (best === undefined || matched < best.matched) best = { text, matched };
    if (matched === 0) break;
  }
  return { text: best!.text, addresses: left, matches };
}

/** A few addresses of a set. */
function inside({ intervals }: AddressSet): bigint[] {
  return intervals.slice(0, MAX_GAPS).flatMap(({ first, last }) => [(first + last) / 2n, first, last]);
}

/** The ranges that any directive names, and the patterns that an address is matched against. */
function namedAddresses(model: TrafficModel): { ranges: Interval[]; patterns: Pattern[] } {
  const ranges: Interval[] = [];
  const patterns: Pattern[] = [];
  const add = (written: string): void => {
    const network = written.includes('-') ? undefined : parseNetwork(written);
    const range = network === undefined ? intervalBetween(written) : networkInterval(network);
    if (range !== undefined) ranges.push(range);
  };
  const visit = (node: ConfigNode): void => {
    if (RANGES.has(node.name)) add(node.args[0] ?? '');
    node.children?.forEach(visit);
  };
  if (model.scope.node !== undefined) visit(model.scope.node);
  const holders = addressVariables(model);
  const readsAddress = (template: Template): boolean =>
    template.some(piece => piece.kind === 'variable' && holders.has(piece.name));
  for (const definition of model.variables.values()) {
    if (definition.kind === 'geo') {
      for (const { network } of [...definition.entries, ...definition.proxies]) {
        add(network);
      }
    }
    if (definition.kind === 'map' && readsAddress(definition.source)) {
      for (const key of definition.literals.keys()) add(key);
      patterns.push(...definition.regexes.map(({ pattern }) => pattern));
    }
  }
  for (const { statement } of everyIf(model)) {
    const { condition } = statement;
    if (condition.kind === 'match' && readsAddress([condition.variable])) patterns.push(condition.pattern);
    if (condition.kind === 'equal' && readsAddress([condition.variable])) {
      const [only] = condition.value;
      if (only?.kind === 'text') add(only.text);
    }
  }
  return { ranges, patterns };
}

const RANGES: ReadonlySet<string> = new Set(['allow', 'deny', 'set_real_ip_from']);

/** The variables that may hold the address of the client: those of nginx, and what `set` copies from them. */
function addressVariables(model: TrafficModel): ReadonlySet<string> {
  const names = new Set(['remote_addr', 'realip_remote_addr']);
  const sets = [...everySet(model)];
  for (let size = 0; size !== names.size; ) {
    size = names.size;
    for (const { variable, value } of sets) {
      if (value.some(piece => piece.kind === 'variable' && names.has(piece.name))) names.add(variable);
    }
  }
  return names;
}
