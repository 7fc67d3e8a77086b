import type { ConfigNode } from '../../config/config-tree.js';
import type { Scope } from '../../model/scope.js';
import { isInNetwork, parseAddress, parseNetwork } from './address.js';
import { Undecided } from './trace.js';

/** A rule of allow and deny that names an address. */
export interface AddressRule {
  readonly node: ConfigNode;
  /** True where it names a network that holds the address, and not `all` or every unix socket. */
  readonly isNetwork: boolean;
}

/**
 * The first rule in force that names the address of a client, as text (ngx_http_access_handler, ngx_stream_access_handler,
 * rows 9.2, 9.3); undefined where none does.
 */
export function addressRule(scope: Scope, text: string): AddressRule | undefined {
  const address = parseAddress(text);
  for (const node of scope.effective('allow', 'deny')) {
    const range = node.args[0] ?? '';
    if (range === 'all' || (range === 'unix:' && text === 'unix:')) return { node, isNetwork: false };
    if (address === undefined) continue;
    const network = parseNetwork(range);
    if (network === undefined) {
      if (range !== 'unix:') throw new Undecided('address', node);
    } else if (isInNetwork(address, network)) return { node, isNetwork: true };
  }
  return undefined;
}
