import type { ConfigNode } from '../../config/config-tree.js';
import { PROXY_LINE, realipHeader } from '../../model/realip.js';
import type { Scope } from '../../model/scope.js';
import { type Address, addressText, isInNetwork, type Network, parseAddress, parseNetwork } from './address.js';
import { Undecided } from './trace.js';

/** A peer or proxy that is believed: a network, or every unix socket. */
export interface Trusted {
  readonly network: Network | 'unix';
  readonly node: ConfigNode;
}

/** A host by the text of its address: `unix:` has no other. */
interface Host {
  readonly text: string;
  readonly address: Address | undefined;
}

/** A header line that nginx kept, its name in lower case. */
export interface HeaderLine {
  readonly name: string;
  readonly value: string;
}

/** An address that replaces another one, and the first of the ranges that let it. */
export interface Replacement {
  readonly text: string;
  readonly address: Address;
  readonly by: ConfigNode;
}

/** Reads a range of trusted peers; undecided where it is a host name, which nginx resolves when it starts. */
export function trustedRange(written: string, node: ConfigNode): Trusted {
  if (written === 'unix:') return { network: 'unix', node };
  const network = parseNetwork(written);
  if (network === undefined) throw new Undecided('realip', node);
  return { network, node };
}

/** The address that replaces the peer's (ngx_http_realip_handler, rows 13.3-13.3c); undefined where it stays. */
export function replacedAddress(
  scope: Scope,
  peer: string,
  headers: readonly HeaderLine[],
  proxyProtocolAddress: string | undefined,
): Replacement | undefined {
  const trusted = scope.effective('set_real_ip_from').map(node => trustedRange(node.args[0] ?? '', node));
  if (trusted.length === 0) return undefined;
  const header = realipHeader(scope);
  const recursive = scope.value('real_ip_recursive', 'off').toLowerCase() === 'on';
  const lines =
    header === PROXY_LINE
      ? [proxyProtocolAddress ?? '']
      : headers.filter(({ name }) => name === header).map(({ value }) => value);
  // Only X-Forwarded-For is read in all its lines.
  const start = { text: peer, address: parseAddress(peer) };
  return forwardedAddress(start, header === 'x-forwarded-for' ? lines : lines.slice(0, 1), trusted, recursive);
}

/**
 * Follows forwarded addresses, the last first, as long as trusted hosts wrote them (ngx_http_get_forwarded_addr);
 * undefined where the first address stays.
 */
export function forwardedAddress(
  start: Host,
  lines: readonly string[],
  trusted: readonly Trusted[],
  recursive: boolean,
): Replacement | undefined {
  let current = start;
  let found: Replacement | undefined;
  for (const line of lines.toReversed()) {
    let end = line.length;
    let at: number;
    do {
      const by = trusted.find(({ network }) => isTrusted(current, network));
      if (by === undefined) return found;
      while (end > 1 && isSeparator(line[end - 1])) end -= 1;
      at = Math.max(end - 1, 0);
      // The first byte is taken for a part of the address whatever it is.
      while (at > 0 && !isSeparator(line[at])) at -= 1;
      if (isSeparator(line[at]) && at > 0) at += 1;
      const address = parseWithPort(line.slice(at, end));
      if (address === undefined) return found;
      current = { text: addressText(address), address };
      found = { ...current, address, by: found?.by ?? by.node };
      end = at - 1;
    } while (recursive && at > 0);
    if (!recursive) break;
  }
  return found;
}

function isSeparator(byte: string | undefined): boolean {
  return byte === ' ' || byte === ',';
}

function isTrusted({ text, address }: Host, network: Trusted['network']): boolean {
  if (network === 'unix') return text === 'unix:';
  return address !== undefined && isInNetwork(address, network);
}

/** ngx_parse_addr_port: an address, `ADDRESS:PORT` or `[ADDRESS]:PORT`. */
function parseWithPort(text: string): Address | undefined {
  const plain = parseAddress(text);
  if (plain !== undefined) return plain;
  const parts = /^(?:\[([^\]]*)\]|([^:]*)):(\d+)$/.exec(text);
  if (parts === null || Number(parts[3]) < 1 || Number(parts[3]) > 65_535) return undefined;
  return parseAddress(parts[1] ?? parts[2] ?? '');
}
