/** Addresses and networks as allow, deny and geo compare them (ngx_ptocidr, ngx_cidr_match). */

/** An address as a number, with its width in bits. */
export interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** Reads an IPv4 or IPv6 address; undefined where it is none. */
export function parseAddress(text: string): Address | undefined {
  const four = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (four !== null) {
    let value = 0n;
    for (const part of four.slice(1)) {
      if (Number(part) > 255) return undefined;
      value = (value << 8n) | BigInt(part);
    }
    return { bits: 32, value };
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
  const address = parseAddress(written);
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

function unmapped(address: Address): Address {
  if (address.bits === 128 && address.value >> 32n === 0xffffn) {
    return { bits: 32, value: address.value & 0xffff_ffffn };
  }
  return address;
}
