import type { Server } from '../../model/model.js';

/** What `ssl_conf_command` changes in the verification of clients (mtls-semantics 15). */
export interface VerifyCommands {
  /** Clients are asked for a certificate, whatever `ssl_verify_client` says. */
  readonly asks: boolean;
  /** The handshake fails without a certificate. */
  readonly requires: boolean;
  /** The files that take the place of all other authorities; undefined where none is named. */
  readonly authorities: readonly string[] | undefined;
}

/**
 * Reads the commands in force for a server. nginx runs them behind its own settings (ngx_ssl_conf_commands), with the
 * names of files (SSL_CONF_FLAG_FILE), which ignore case.
 */
export function verifyCommands(server: Server): VerifyCommands {
  let asks = false;
  let requires = false;
  const authorities: string[] = [];
  for (const { args } of server.scope.effective('ssl_conf_command')) {
    const [name = '', value = ''] = args;
    if (name.toLowerCase() === 'verifycafile') authorities.push(value);
    if (name.toLowerCase() !== 'verifymode') continue;
    for (const word of value.split(',').map(part => part.trim().toLowerCase())) {
      // SSL_CONF_cmd: a word in front of a minus is taken away again.
      const isOn = !word.startsWith('-');
      const mode = word.replace(/^[+-]/, '');
      if (mode === 'request' || mode === 'require') asks = isOn;
      if (mode === 'require') requires = isOn;
    }
  }
  return { asks, requires, authorities: authorities.length === 0 ? undefined : authorities };
}
