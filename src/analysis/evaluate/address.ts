/** Addresses and networks as allow, deny and geo compare them (ngx_ptocidr, ngx_cidr_match). */

/** An address as a number, with its width in bits. */
export interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** What counts where a text is no address (INADDR_NONE, row 5.42). */
export const LAST_IPV4: Address = { bits: 32, value: 0xffff_ffffn };

/** Its text, which nginx's own parser takes for a failure. */
export const LAST_IPV4_TEXT = '255.255.255.255';

/** Reads an IPv4 or IPv6 address as ngx_parse_addr does; undefined where it is none. */
export function parseAddress(text: string): Address | undefined {
  const four = parseIpv4(text);
  if (four !== undefined) return { bits: 32, value: four };
  const six = parseIpv6(text);
  return six === undefined ? undefined : { bits: 128, value: six };
}

/**
 * ngx_inet_addr: an octet without digits is 0, any number of zeros may stand in front of one, and 255.255.255.255 cannot be
 * told from a failure.
 */
function parseIpv4(text: string): bigint | undefined {
  if (!/^\d*\.\d*\.\d*\.\d*$/.test(text)) return undefined;
  let value = 0n;
  for (const part of text.split('.')) {
    const octet = Number(part);
    if (octet > 255) return undefined;
    value = (value << 8n) | BigInt(octet);
  }
  return value === LAST_IPV4.value ? undefined : value;
}

/**
 * ngx_inet6_addr. It passes over a colon at the start, `::` stands for at least one group of zeros, and behind it the last group
 * may be missing, which is 0: `:1::2` is an address, so is `1::2:`, and `1:2:3:4:5:6:7::` is none. The end may be written as
 * ngx_inet_addr reads it, with a first octet of up to four digits.
 */
function parseIpv6(text: string): bigint | undefined {
  const groups: number[] = [];
  let zeros: number | undefined;
  let start = text.startsWith(':') ? 1 : 0;
  let end = start;
  let hasColon = false;
  for (; end < text.length && text[end] !== '.'; end++) {
    if (text[end] !== ':') continue;
    hasColon = true;
    if (end > start) {
      const group = parseGroup(text.slice(start, end));
      if (group === undefined) return undefined;
      groups.push(group);
      if (groups.length === 8) return undefined;
    } else if (zeros === undefined) {
      zeros = groups.length;
    } else {
      return undefined;
    }
    start = end + 1;
  }
  if (end < text.length) {
    const tail =
      hasColon && parseGroup(text.slice(start, end)) !== undefined ? parseIpv4(text.slice(start)) : undefined;
    if (tail === undefined || groups.length > 6) return undefined;
    groups.push(Number(tail >> 16n), Number(tail & 0xffffn));
  } else {
    const last = end > start ? parseGroup(text.slice(start)) : zeros === undefined ? undefined : 0;
    if (last === undefined) return undefined;
    groups.push(last);
  }
  if (groups.length === 8 ? zeros !== undefined : zeros === undefined) return undefined;
  groups.splice(zeros ?? 8, 0, ...Array.from({ length: 8 - groups.length }, () => 0));
  return groups.reduce((sum, group) => (sum << 16n) | BigInt(group), 0n);
}

function parseGroup(text: string): number | undefined {
  return /^[0-9A-Fa-f]{1,4}$/.test(text) ? Number.parseInt(text, 16) : undefined;
}

/** A network: its first address and the length of its prefix. */
export interface Network {
  readonly first: Address;
  readonly length: number;
}

/** Reads `ADDRESS` or `ADDRESS/BITS`; undefined where nginx refuses it. */
export function parseNetwork(text: string): Network | undefined {
  const [written = '', length] = text.split('/');
  // Row 5.42: geo knows this spelling (ngx_http_geo_cidr_value).
  const address = written === LAST_IPV4_TEXT ? LAST_IPV4 : parseAddress(written);
  if (address === undefined || (length !== undefined && !/^\d+$/.test(length))) return undefined;
  const bits = length === undefined ? address.bits : Number(length);
  if (bits > address.bits) return undefined;
  const shift = BigInt(address.bits - bits);
  return { first: { bits: address.bits, value: (address.value >> shift) << shift }, length: bits };
}

/** Whether an address lies in a network. IPv6 spellings of IPv4 addresses count as IPv4. */
export function isInNetwork(address: Address, network: Network): boolean {
  const plain = unmapped(address);
  if (plain.bits !== network.first.bits) return false;
  return (
    plain.value >> BigInt(plain.bits - network.length) === network.first.value >> BigInt(plain.bits - network.length)
  );
}

/** The address as the modules compare it: an IPv6 spelling of an IPv4 address is that address (IN6_IS_ADDR_V4MAPPED). */
export function unmapped(address: Address): Address {
  if (address.bits === 128 && address.value >> 32n === 0xffffn) {
    return { bits: 32, value: address.value & 0xffff_ffffn };
  }
  return address;
}

/** The text that nginx writes for an address (ngx_sock_ntop, ngx_inet6_ntop): `$remote_addr`. */
export function addressText({ bits, value }: Address): string {
  if (bits === 32) return dotted(value);
  const groups = Array.from({ length: 8 }, (_, at) => Number((value >> BigInt(112 - 16 * at)) & 0xffffn));
  let zero = -1;
  // A single zero is written out.
  let longest = 1;
  for (let at = 0; at < 8; at++) {
    let end = at;
    while (groups[end] === 0) end += 1;
    if (end - at > longest) {
      zero = at;
      longest = end - at;
    }
    at = end;
  }
  const isMapped = longest === 5 && groups[5] === 0xffff;
  const isCompatible = longest === 7 && groups[7]! >> 8 !== 0 && (groups[7]! & 0xff) !== 1;
  const hasTail = zero === 0 && (isMapped || longest === 6 || isCompatible);
  let text = zero === 0 ? ':' : '';
  for (let at = 0; at < (hasTail ? 6 : 8); at++) {
    if (at === zero) {
      text += ':';
      at += longest - 1;
    } else {
      text += groups[at]!.toString(16) + (at < 7 ? ':' : '');
    }
  }
  return hasTail ? text + dotted(value & 0xffff_ffffn) : text;
}

function dotted(value: bigint): string {
  return [24n, 16n, 8n, 0n].map(shift => String((value >> shift) & 255n)).join('.');
}
