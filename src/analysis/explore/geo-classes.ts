import type { ConfigNode } from '../../config/config-tree.js';
import type { VariableDefinition } from '../../model/model.js';
import {
  AddressSet,
  type Interval,
  IPV4_ADDRESSES,
  IPV6_ADDRESSES,
  intervalBetween,
  LAST_ADDRESS,
  listed,
  MAPPED_ADDRESSES,
  mappedTwins,
  networkInterval,
  rangeText,
  UNIX_ADDRESS,
} from '../address-set.js';
import { parseNetwork } from '../evaluate/address.js';

type Geo = Extract<VariableDefinition, { kind: 'geo' }>;

/** The addresses that have one value of a geo variable. */
export interface GeoClass {
  readonly value: string;
  readonly addresses: AddressSet;
  /** The first entry with the value, and the ranges of all of them in words. */
  readonly node: ConfigNode;
  readonly range: string;
}

const classes = new WeakMap<Geo, readonly GeoClass[]>();

/** All addresses by the value that they have, that of `default` first (ngx_http_geo_cidr_variable, ngx_http_geo_range_variable). */
export function geoClasses(geo: Geo): readonly GeoClass[] {
  let known = classes.get(geo);
  if (known === undefined) {
    known = classify(geo);
    classes.set(geo, known);
  }
  return known;
}

/** A range with its value; later ones in the list cover earlier ones. */
interface Layer extends Interval {
  readonly value: string;
}

function classify(geo: Geo): GeoClass[] {
  const fallback = geo.default?.value ?? '';
  const owned = new Map<string, Interval[]>([[fallback, []]]);
  for (const { value } of geo.entries) owned.set(value, []);
  for (const { value, first, last } of surface(layersOf(geo, fallback))) {
    owned.get(value)!.push({ first, last });
  }
  const entries = new Map<string, (typeof geo.entries)[number][]>();
  for (const entry of geo.entries) {
    const same = entries.get(entry.value);
    if (same === undefined) entries.set(entry.value, [entry]);
    else same.push(entry);
  }
  const found: GeoClass[] = [];
  for (const [value, intervals] of owned) {
    const plain = AddressSet.of(intervals);
    let addresses = plain.without(MAPPED_ADDRESSES).union(mappedTwins(plain));
    // Unix sockets count as the last address, and so does IPv6 where ranges are written (row 5.42).
    if (addresses.has(LAST_ADDRESS.intervals[0]!.first)) {
      addresses = addresses.union(UNIX_ADDRESS);
      if (geo.ranges) addresses = addresses.union(IPV6_ADDRESSES.without(MAPPED_ADDRESSES));
    }
    if (addresses.isEmpty) continue;
    const own = entries.get(value) ?? [];
    const range =
      own.length === 0 || value === fallback ? rangeText(addresses) : listed(own.map(({ network }) => network));
    found.push({ value, addresses, node: own[0]?.node ?? geo.default?.node ?? geo.node, range });
  }
  return found;
}

/** What the entries say of IPv4, and of IPv6 unless they are ranges: the widest first, of equal ones in text order (row 5.47). */
function layersOf(geo: Geo, fallback: string): Layer[] {
  const base = [...IPV4_ADDRESSES.intervals, ...(geo.ranges ? [] : IPV6_ADDRESSES.intervals)];
  const background = base.map(interval => ({ ...interval, value: fallback }));
  if (geo.ranges) {
    const ranges = geo.entries.flatMap(({ network, value }) => {
      const interval = intervalBetween(network);
      return interval === undefined ? [] : [{ ...interval, value }];
    });
    return [...background, ...ranges];
  }
  const layers = geo.entries.flatMap(({ network: written, value }) => {
    const network = parseNetwork(written);
    return network === undefined ? [] : [{ ...networkInterval(network), value, length: network.length }];
  });
  layers.sort((one, other) => one.length - other.length);
  const whole = layers.findIndex(({ length }) => length > 0);
  const shortest = layers.slice(0, whole === -1 ? layers.length : whole);
  const rest = layers.slice(shortest.length);
  return [...(geo.defaultIsLast ? [...shortest, ...background] : [...background, ...shortest]), ...rest];
}

/** What is seen of the layers from above: disjoint intervals with the value of the last layer that covers each. */
function surface(layers: readonly Layer[]): Layer[] {
  const starts = [...new Set(layers.flatMap(({ first, last }) => [first, last + 1n]))].sort((one, other) =>
    one < other ? -1 : 1,
  );
  const index = new Map(starts.map((start, at) => [start, at]));
  // From each interval on, the next one that no layer covers yet.
  const next = Array.from({ length: starts.length + 1 }, (_, at) => at);
  const find = (from: number): number => {
    let at = from;
    while (next[at] !== at) {
      next[at] = next[next[at]!]!;
      at = next[at]!;
    }
    return at;
  };
  const seen: Layer[] = [];
  for (const { first, last, value } of layers.toReversed()) {
    const end = index.get(last + 1n)!;
    for (let at = find(index.get(first)!); at < end; at = find(at)) {
      seen.push({ first: starts[at]!, last: starts[at + 1]! - 1n, value });
      next[at] = at + 1;
    }
  }
  return seen;
}
