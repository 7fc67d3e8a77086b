import { ByteSet } from '../pcre/byte-set.js';
import {
  bytes,
  complement,
  concat,
  epsilon,
  everything,
  intersect,
  type Language,
  literal,
  optional,
  star,
  union,
} from '../pcre/language.js';
import { type AddressSet, addressAt } from './address-set.js';

const DOT = literal('.');
const octets = new Map<string, Language>();

/** The numbers from `from` to `to` in decimal. */
function octetRange(from: number, to: number): Language {
  const key = `${from}-${to}`;
  let language = octets.get(key);
  if (language === undefined) {
    // By their number of digits, since one of each number would be 256 texts to look at whenever an address is.
    const parts = [1, 2, 3].flatMap(count => {
      const [least, most] = [count === 1 ? 0 : 10 ** (count - 1), 10 ** count - 1];
      return from > most || to < least ? [] : [digits(Math.max(from, least), Math.min(to, most), count)];
    });
    language = union(...parts);
    octets.set(key, language);
  }
  return language;
}

/** The numbers from `first` to `last` in `count` decimal digits. */
function digits(first: number, last: number, count: number): Language {
  const among = (from: number, to: number): Language => bytes(ByteSet.range(48 + from, 48 + to));
  if (count === 1) return among(first, last);
  const size = 10 ** (count - 1);
  return inParts(first, last, size, (from, to, start, end) => concat(among(from, to), digits(start, end, count - 1)));
}

/**
 * Splits a range of numbers by their leading figure: those with which it begins and ends in the middle, and all between.
 *
 * @param part the numbers whose leading figure is one from `from` to `to` and whose rest is one from `start` to `end`
 */
function inParts(
  first: number,
  last: number,
  size: number,
  part: (from: number, to: number, start: number, end: number) => Language,
): Language {
  const [low, high] = [Math.floor(first / size), Math.floor(last / size)];
  if (low === high) return part(low, low, first % size, last % size);
  const parts: Language[] = [];
  const startsWhole = first % size === 0;
  const endsWhole = last % size === size - 1;
  if (!startsWhole) parts.push(part(low, low, first % size, size - 1));
  const [from, to] = [startsWhole ? low : low + 1, endsWhole ? high : high - 1];
  if (from <= to) parts.push(part(from, to, 0, size - 1));
  if (!endsWhole) parts.push(part(high, high, 0, last % size));
  return union(...parts);
}

/** What may stand in front of an octet's digits. */
type Octet = (from: number, to: number) => Language;

const PADDING = star(literal('0'));
/** ngx_inet_addr: leading zeros count for nothing, and an octet without digits is 0. */
const paddedOctet: Octet = (from, to) => {
  const padded = concat(PADDING, octetRange(from, to));
  return from === 0 ? optional(padded) : padded;
};

/** The texts of `count` octets that form a number from `first` to `last`. */
function dottedRange(first: number, last: number, count: number, octet: Octet): Language {
  if (count === 1) return octet(first, last);
  const size = 256 ** (count - 1);
  return inParts(first, last, size, (from, to, start, end) =>
    concat(octet(from, to), DOT, dottedRange(start, end, count - 1, octet)),
  );
}

function ipv4Texts(set: AddressSet, octet: Octet): Language {
  const parts: Language[] = [];
  for (const { first, last } of set.intervals) {
    if (last <= 0xffff_ffffn) parts.push(dottedRange(Number(first), Number(last), 4, octet));
  }
  return union(...parts);
}

/** The texts by which nginx names the IPv4 addresses of a set. */
export function ipv4Language(set: AddressSet): Language {
  return ipv4Texts(set, octetRange);
}

/** All texts that nginx reads as an IPv4 address of a set, however they are written. */
export function ipv4Spellings(set: AddressSet): Language {
  return ipv4Texts(set, paddedOctet);
}

const HEX = bytes(ByteSet.among('0123456789abcdef'));
const GROUP = concat(HEX, optional(HEX), optional(HEX), optional(HEX));
const COLON = literal(':');
const ZEROS = literal('::');

/** Up to `count` groups with a colon behind each; an empty one stands where zeros are left out. */
function groups(count: number): Language {
  return count === 0 ? epsilon : optional(concat(optional(GROUP), COLON, groups(count - 1)));
}

/** A superset of the texts by which nginx names IPv6 addresses: it does not tell which zeros are left out. */
export const IPV6_TEXTS: Language = intersect(
  concat(optional(GROUP), COLON, groups(7), union(epsilon, GROUP, dottedRange(0, 0xffff_ffff, 4, octetRange))),
  complement(concat(everything, ZEROS, COLON, everything)),
  complement(concat(everything, ZEROS, everything, ZEROS, everything)),
  complement(concat(COLON, GROUP, everything)),
  complement(concat(everything, GROUP, COLON)),
  complement(COLON),
);

const HEX_OF_ANY_CASE = (from: number, to: number): Language =>
  bytes(ByteSet.among([...'0123456789abcdef'.slice(from, to + 1)].map(digit => digit + digit.toUpperCase()).join('')));

/** The numbers from `first` to `last` in `count` hexadecimal digits of any case. */
function hexDigits(first: number, last: number, count: number): Language {
  if (count === 1) return HEX_OF_ANY_CASE(first, last);
  const size = 16 ** (count - 1);
  return inParts(first, last, size, (from, to, start, end) =>
    concat(HEX_OF_ANY_CASE(from, to), hexDigits(start, end, count - 1)),
  );
}

/** The groups from `first` to `last` as nginx reads them, with zeros in front up to four digits in all. */
function groupSpellings(first: number, last: number): Language {
  const parts = [1, 2, 3, 4].flatMap(count => {
    const most = Math.min(last, 16 ** count - 1);
    return first > most ? [] : [hexDigits(first, most, count)];
  });
  return union(...parts);
}

/** The octets in front of the first dot of an address that ends like one of IPv4: four digits at the most. */
const UP_TO_FOUR_DIGITS = intersect(star(bytes(ByteSet.range(48, 57))), groupSpellings(0, 0xffff));
const leadingOctet: Octet = (from, to) => intersect(paddedOctet(from, to), UP_TO_FOUR_DIGITS);

const GROUPS = 8;
const GROUP_BITS = 16n;
const LAST_TAIL = 0xffff_ffff;

/**
 * The texts that ngx_inet6_addr reads as the last `count` groups of an address, where these form a number from `first` to
 * `last`. `isCut`: zeros are left out further in front.
 */
function groupsFrom(
  first: bigint,
  last: bigint,
  count: number,
  isCut: boolean,
  known: Map<string, Language>,
): Language {
  const key = `${first} ${last} ${count} ${isCut}`;
  let language = known.get(key);
  if (language !== undefined) return language;
  const parts: Language[] = [];
  if (count === 1) {
    parts.push(groupSpellings(Number(first), Number(last)));
    if (isCut && first === 0n) parts.push(epsilon);
  } else {
    const bits = GROUP_BITS * BigInt(count - 1);
    const whole = (1n << bits) - 1n;
    const part = (from: bigint, to: bigint, start: bigint, end: bigint): void => {
      const rest = groupsFrom(start, end, count - 1, isCut, known);
      parts.push(concat(groupSpellings(Number(from), Number(to)), COLON, rest));
    };
    const [low, high] = [first >> bits, last >> bits];
    if (low === high) part(low, low, first & whole, last & whole);
    else {
      part(low, low, first & whole, whole);
      if (high - low > 1n) part(low + 1n, high - 1n, 0n, whole);
      part(high, high, 0n, last & whole);
    }
    // ngx_inet_addr does not read the last address.
    const end = Math.min(Number(last), LAST_TAIL - 1);
    if (count === 2 && Number(first) <= end) parts.push(dottedSpellings(Number(first), end));
    if (!isCut && count < GROUPS) parts.push(cutFrom(first, last, count, known));
  }
  language = union(...parts);
  known.set(key, language);
  return language;
}

/** The same for texts that begin with the second colon of `::`. */
function cutFrom(first: bigint, last: bigint, count: number, known: Map<string, Language>): Language {
  const parts: Language[] = [];
  for (let left = count - 1; left > 0; left--) {
    const most = (1n << (GROUP_BITS * BigInt(left))) - 1n;
    if (first > most) break;
    parts.push(groupsFrom(first, last < most ? last : most, left, true, known));
  }
  return concat(COLON, union(...parts));
}

/** The last two groups as ngx_inet_addr reads them. */
function dottedSpellings(first: number, last: number): Language {
  return inParts(first, last, 256 ** 3, (from, to, start, end) =>
    concat(leadingOctet(from, to), DOT, dottedRange(start, end, 3, paddedOctet)),
  );
}

/** All texts that nginx reads as an IPv6 address of a set, however they are written. */
export function ipv6Spellings(set: AddressSet): Language {
  const known = new Map<string, Language>();
  const parts: Language[] = [];
  for (const { first, last } of set.intervals) {
    const [from, to] = [addressAt(first), addressAt(last)];
    if (from?.bits !== 128 || to === undefined) continue;
    // A colon at the start is passed over, and has to be there where another one follows.
    const cut = cutFrom(from.value, to.value, GROUPS, known);
    const other = groupsFrom(from.value, to.value, GROUPS, false, known);
    parts.push(concat(COLON, cut), concat(optional(COLON), other));
  }
  return union(...parts);
}
