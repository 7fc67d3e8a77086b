import type { ConfigNode } from '../config/config-tree.js';

/** What a server demands in the handshake: the bits of SSL_CTX_set_verify that matter. */
export interface PeerDemand {
  /** A client is asked for a certificate (SSL_VERIFY_PEER). */
  readonly asks: boolean;
  /** One that sends none is refused in the handshake (SSL_VERIFY_FAIL_IF_NO_PEER_CERT). */
  readonly requires: boolean;
}

/** Names of the values of VerifyMode; all of them include Peer (cmd_VerifyMode of OpenSSL's ssl_conf.c). */
const VALUES: Readonly<Record<string, { readonly requires: boolean }>> = {
  peer: { requires: false },
  request: { requires: false },
  require: { requires: true },
  once: { requires: false },
  requestposthandshake: { requires: false },
  requireposthandshake: { requires: true },
};

/** Whether an `ssl_conf_command` sets VerifyMode; case does not count. */
export function setsVerifyMode(command: ConfigNode): boolean {
  return command.args[0]?.toLowerCase() === 'verifymode';
}

/**
 * What `ssl_conf_command VerifyMode …` makes of a demand. Each command adds the bits of its values, and takes away those of
 * a value with a minus sign; all values hold the bit that asks.
 */
export function withVerifyMode(demand: PeerDemand, commands: readonly ConfigNode[]): PeerDemand {
  let { asks, requires } = demand;
  for (const command of commands) {
    for (const word of (command.args[1] ?? '').split(',')) {
      const written = word.trim().toLowerCase();
      const value = VALUES[written.replace(/^[+-]/, '')];
      if (value === undefined) continue;
      const isAdded = !written.startsWith('-');
      asks = isAdded;
      if (value.requires) requires = isAdded;
    }
  }
  return { asks, requires };
}
