import type { Scope } from '../../model/scope.js';
import { type Address, isInNetwork, type Network, parseAddress, parseNetwork } from './address.js';
import { lowerCase } from './request-line.js';
import { Undecided } from './trace.js';

/**
 * The address that replaces the peer's (ngx_http_realip_handler, rows 13.3-13.3c); undefined where it stays. `headers`
 * are the lines that nginx kept, names in lower case.
 */
export function replacedAddress(
  scope: Scope,
  peer: string,
  headers: readonly { readonly name: string; readonly value: string }[],
): string | undefined {
  const trusted = scope.effective('set_real_ip_from');
  const peerAddress = parseAddress(peer);
  if (trusted.length === 0) return undefined;
  const networks: Network[] = [];
  for (const node of trusted) {
    const written = node.args[0] ?? '';
    const network = parseNetwork(written);
    if (network !== undefined) networks.push(network);
    else if (written !== 'unix:' || peer === 'unix:') throw new Undecided('realip', node);
  }
  const header = lowerCase(scope.value('real_ip_header', 'X-Real-IP'));
  if (header === 'proxy_protocol') return undefined;
  const lines = headers.filter(({ name }) => name === header).map(({ value }) => value);
  if (lines.length === 0 || peerAddress === undefined) return undefined;
  const recursive = scope.value('real_ip_recursive', 'off').toLowerCase() === 'on';
  // Several lines are read, the last first, only for X-Forwarded-For.
  const texts = header === 'x-forwarded-for' ? lines.reverse() : lines.slice(0, 1);
  return forwardedAddress({ text: peer, address: peerAddress }, networks, texts, recursive)?.text;
}

/** An address as it is written and as it is compared. */
export interface WrittenAddress {
  readonly text: string;
  readonly address: Address;
}

/**
 * The address that a header names in place of a trusted one (ngx_http_get_forwarded_addr): its last, or with `recursive`
 * the last that is not trusted itself. The lines come last first. Undefined where the address stays.
 */
export function forwardedAddress(
  peer: WrittenAddress,
  trusted: readonly Network[],
  lines: readonly string[],
  recursive: boolean,
): WrittenAddress | undefined {
  let current = peer;
  let replaced: WrittenAddress | undefined;
  for (const line of lines) {
    for (let rest: string | undefined = line; rest !== undefined; ) {
      if (!trusted.some(network => isInNetwork(current.address, network))) return replaced;
      const trimmed: string = rest.replace(/[ ,]+$/, '');
      const last = trimmed.slice(Math.max(trimmed.lastIndexOf(' '), trimmed.lastIndexOf(',')) + 1);
      const text = last.replace(/^\[([^\]]*)\](:\d+)?$/, '$1').replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1');
      const address = parseAddress(text);
      if (address === undefined) return replaced;
      current = replaced = { text, address };
      rest = recursive && trimmed.length > last.length ? trimmed.slice(0, -last.length) : undefined;
    }
    if (!recursive) break;
  }
  return replaced;
}
