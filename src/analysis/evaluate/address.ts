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

/**
 * Reads an IPv4 or IPv6 address as ngx_parse_addr does; undefined where it is none. ngx_inet_addr takes an octet without
 * digits for 0 and any number of leading zeros, and cannot tell 255.255.255.255 from a failure.
 */
export function parseAddress(text: string): Address | undefined {
  if (/^\d*\.\d*\.\d*\.\d*$/.test(text)) {
    let value = 0n;
    for (const part of text.split('.')) {
      const octet = Number(part);
      if (octet > 255) return undefined;
      value = (value << 8n) | BigInt(octet);
    }
    return value === LAST_IPV4.value ? undefined : { bits: 32, value };
  }
  if (!/^[0-9A-Fa-f:.]+$/.test(text) || !text.includes(':')) return undefined;
  let rest = text;
  const tail = /:(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (tail !== null) {
    const inner = parseAddress(tail[1]!);
    if (inner === undefined) return undefined;
    const words = [inner.value >> 16n, inner.value & 0xffffn].map(word => word.toString(16));
    rest = `${text.slice(0, tail.index + 1)}${words.join(':')}`;
  }
  const halves = rest.split('::');
  if (halves.length > 2) return undefined;
  const groups = halves.map(half => (half === '' ? [] : half.split(':')));
  const given = groups.flat();
  if (given.some(group => !/^[0-9A-Fa-f]{1,4}$/.test(group))) return undefined;
  if (halves.length === 1 ? given.length !== 8 : given.length > 7) return undefined;
  const zeros = Array.from({ length: 8 - given.length }, () => '0');
  const all = halves.length === 1 ? given : [...groups[0]!, ...zeros, ...groups[1]!];
  return { bits: 128, value: all.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n) };
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
