import {
  type Address,
  addressText,
  LAST_IPV4,
  LAST_IPV4_TEXT,
  type Network,
  parseAddress,
  parseNetwork,
} from './evaluate/address.js';

/** An interval of the line on which all addresses lie: IPv4, then IPv6, then the one address of unix sockets. */
export interface Interval {
  readonly first: bigint;
  readonly last: bigint;
}

const IPV6_START = 1n << 32n;
const UNIX = IPV6_START + (1n << 128n);
/** Where the IPv6 spellings of IPv4 addresses lie, ::ffff:0:0/96. */
const MAPPED_START = IPV6_START + (0xffffn << 32n);

/** A set of addresses that a peer or a header can name; immutable, in ascending disjoint intervals. */
export class AddressSet {
  readonly intervals: readonly Interval[];
  #key: string | undefined;

  private constructor(intervals: readonly Interval[]) {
    this.intervals = intervals;
  }

  /** The set of what lies in any of the intervals. */
  static of(intervals: readonly Interval[]): AddressSet {
    const sorted = [...intervals].sort((one, other) =>
      one.first < other.first ? -1 : one.first > other.first ? 1 : 0,
    );
    const merged: { first: bigint; last: bigint }[] = [];
    for (const { first, last } of sorted) {
      const before = merged.at(-1);
      // Families stay apart, so that each interval has texts of one form.
      if (before !== undefined && first <= before.last + 1n && !STARTS.has(first)) {
        if (last > before.last) before.last = last;
      } else {
        merged.push({ first, last });
      }
    }
    return new AddressSet(merged);
  }

  get isEmpty(): boolean {
    return this.intervals.length === 0;
  }

  /** Equal for equal sets. */
  get key(): string {
    this.#key ??= this.intervals.map(({ first, last }) => `${first.toString(36)}-${last.toString(36)}`).join();
    return this.#key;
  }

  intersect(other: AddressSet): AddressSet {
    const common: Interval[] = [];
    let at = 0;
    for (const { first, last } of this.intervals) {
      while (at < other.intervals.length && other.intervals[at]!.last < first) at += 1;
      for (let next = at; next < other.intervals.length && other.intervals[next]!.first <= last; next++) {
        const one = other.intervals[next]!;
        common.push({ first: one.first > first ? one.first : first, last: one.last < last ? one.last : last });
      }
    }
    return new AddressSet(common);
  }

  /** The addresses that are not in the set. */
  complement(): AddressSet {
    const rest: Interval[] = [];
    for (const whole of ALL) {
      let next = whole.first;
      for (const { first, last } of this.intervals) {
        if (last < whole.first || first > whole.last) continue;
        if (first > next) rest.push({ first: next, last: first - 1n });
        next = last + 1n;
      }
      if (next <= whole.last) rest.push({ first: next, last: whole.last });
    }
    return new AddressSet(rest);
  }

  without(other: AddressSet): AddressSet {
    return this.intersect(other.complement());
  }

  union(other: AddressSet): AddressSet {
    return AddressSet.of([...this.intervals, ...other.intervals]);
  }

  has(point: bigint): boolean {
    let low = 0;
    let high = this.intervals.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.intervals[middle]!.last < point) low = middle + 1;
      else high = middle;
    }
    return low < this.intervals.length && this.intervals[low]!.first <= point;
  }
}

const STARTS: ReadonlySet<bigint> = new Set([IPV6_START, UNIX]);
const ALL: readonly Interval[] = [
  { first: 0n, last: IPV6_START - 1n },
  { first: IPV6_START, last: UNIX - 1n },
  { first: UNIX, last: UNIX },
];

export const NO_ADDRESS = AddressSet.of([]);
export const IPV4_ADDRESSES = AddressSet.of([ALL[0]!]);
export const IPV6_ADDRESSES = AddressSet.of([ALL[1]!]);
export const UNIX_ADDRESS = AddressSet.of([ALL[2]!]);
/** IPv4 clients of a socket that takes both families. */
export const MAPPED_ADDRESSES = AddressSet.of([{ first: MAPPED_START, last: MAPPED_START + IPV6_START - 1n }]);
/** What the last IPv4 address stands for where a text is none (row 5.42). */
export const LAST_ADDRESS = AddressSet.of([{ first: LAST_IPV4.value, last: LAST_IPV4.value }]);

/** Where an address lies on the line. */
export function pointOf({ bits, value }: Address): bigint {
  return bits === 32 ? value : IPV6_START + value;
}

/** The address at a point; undefined for unix sockets. */
export function addressAt(point: bigint): Address | undefined {
  if (point >= UNIX) return undefined;
  return point < IPV6_START ? { bits: 32, value: point } : { bits: 128, value: point - IPV6_START };
}

/** The text of the address at a point, as `$remote_addr` gives it. */
export function textAt(point: bigint): string {
  const address = addressAt(point);
  return address === undefined ? 'unix:' : addressText(address);
}

/** The point of a text as nginx writes addresses; undefined for every other text. */
export function pointOfText(text: string): bigint | undefined {
  if (text === 'unix:') return UNIX;
  const address = text === LAST_IPV4_TEXT ? LAST_IPV4 : parseAddress(text);
  return address === undefined || addressText(address) !== text ? undefined : pointOf(address);
}

/** Where the addresses of a network lie as they are written. */
export function networkInterval({ first, length }: Network): Interval {
  const start = pointOf(first);
  return { first: start, last: start + (1n << BigInt(first.bits - length)) - 1n };
}

/** The addresses that a network names: an IPv4 network also holds the IPv6 spellings, an IPv6 network never does. */
function addressesOfNetwork(network: Network): AddressSet {
  const interval = networkInterval(network);
  if (network.first.bits === 128) return AddressSet.of([interval]).without(MAPPED_ADDRESSES);
  return AddressSet.of([interval, { first: MAPPED_START + interval.first, last: MAPPED_START + interval.last }]);
}

/** The addresses that an operand of allow, deny, set_real_ip_from or geo names; undefined where it is none. */
export function addressesOfRange(written: string): AddressSet | undefined {
  if (written === 'unix:') return UNIX_ADDRESS;
  const network = parseNetwork(written);
  return network === undefined ? undefined : addressesOfNetwork(network);
}

/** Where `A-B` lies, both IPv4 and not the last one (ngx_http_geo_range); undefined where it is no such range. */
export function intervalBetween(written: string): Interval | undefined {
  const ends = written.split('-').map(parseAddress);
  const [from, to] = ends;
  if (ends.length !== 2 || from?.bits !== 32 || to?.bits !== 32 || from.value > to.value) return undefined;
  return { first: from.value, last: to.value };
}

/** The set of a few points. */
export function addressesOfPoints(points: readonly bigint[]): AddressSet {
  return AddressSet.of(points.map(point => ({ first: point, last: point })));
}

/** The IPv6 spellings of the IPv4 addresses of a set. */
export function mappedTwins(set: AddressSet): AddressSet {
  const four = set.intersect(IPV4_ADDRESSES).intervals;
  return AddressSet.of(four.map(({ first, last }) => ({ first: MAPPED_START + first, last: MAPPED_START + last })));
}

/** Ranges in words: the first, and how many more. */
export function listed(ranges: readonly string[]): string {
  const [first = '', ...more] = [...new Set(ranges)];
  return more.length === 0 ? first : `${first} and ${more.length} more`;
}

/** A set in words: networks, addresses or `A-B`; the IPv6 spellings of IPv4 addresses are not named apart. */
export function rangeText(set: AddressSet): string {
  const plain = set.without(MAPPED_ADDRESSES);
  const [first, ...more] = (plain.isEmpty ? set : plain).intervals;
  if (first === undefined) return 'nothing';
  return more.length === 0 ? intervalText(first) : `${intervalText(first)} and ${more.length} more`;
}

function intervalText({ first, last }: Interval): string {
  if (first === last) return textAt(first);
  const size = last - first + 1n;
  const bits = size.toString(2).length - 1;
  const start = addressAt(first)!;
  const isNetwork = size === 1n << BigInt(bits) && start.value % size === 0n;
  return isNetwork ? `${textAt(first)}/${start.bits - bits}` : `${textAt(first)}-${textAt(last)}`;
}
