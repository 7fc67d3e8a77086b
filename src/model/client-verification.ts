import type { ConfigNode } from '../config/config-tree.js';
import type { Server } from './model.js';

/** How a server verifies clients (ngx_http_ssl_merge_srv_conf). */
export type VerifyMode = 'off' | 'on' | 'optional' | 'optional_no_ca';

/**
 * The mode of `ssl_verify_client` in force for a server; enum values ignore case (mtls-semantics 9). A value that nginx
 * does not know, with which it does not start, verifies nobody.
 */
export function verifyMode(server: Server): VerifyMode {
  const value = server.scope.value('ssl_verify_client', 'off').toLowerCase();
  return value === 'on' || value === 'optional' || value === 'optional_no_ca' ? value : 'off';
}

/** What the handshake of a server demands of clients: the bits of SSL_CTX_set_verify that matter to nginx. */
export interface PeerDemand {
  /**
   * Who is asked for a certificate (SSL_VERIFY_PEER). `below-tls-1.3`: with TLS 1.3 the question is put off
   * (SSL_VERIFY_POST_HANDSHAKE), and nginx never asks it.
   */
  readonly asks: 'all' | 'nobody' | 'below-tls-1.3';
  /** A client that is asked and sends none is refused in the handshake (SSL_VERIFY_FAIL_IF_NO_PEER_CERT). */
  readonly requires: boolean;
}

/** A bit of the verify mode of an SSL context. */
type Bit = 'peer' | 'fail-if-none' | 'post-handshake';

/**
 * Names of the values of VerifyMode and their bits (cmd_VerifyMode of OpenSSL's ssl_conf.c); `Once` adds one that nginx,
 * which never negotiates a second time, has no use for. nginx reads commands for clients and servers alike
 * (ngx_ssl_conf_commands), so `Peer` counts, too.
 */
const VERIFY_MODE_BITS: ReadonlyMap<string, readonly Bit[]> = new Map([
  ['peer', ['peer']],
  ['request', ['peer']],
  ['require', ['peer', 'fail-if-none']],
  ['once', ['peer']],
  ['requestposthandshake', ['peer', 'post-handshake']],
  ['requireposthandshake', ['peer', 'post-handshake', 'fail-if-none']],
]);

/** Whether an `ssl_conf_command` sets VerifyMode; case does not count. */
export function setsVerifyMode(command: ConfigNode): boolean {
  return command.args[0]?.toLowerCase() === 'verifymode';
}

/**
 * What the handshakes of a server demand: `ssl_verify_client` asks, then each `ssl_conf_command VerifyMode …` adds the bits
 * of its values, and takes away those of a value with a minus sign (ngx_ssl_conf_commands runs behind nginx's own
 * settings). A value that OpenSSL does not know, with which nginx does not start, changes nothing.
 */
export function peerDemand(server: Server): PeerDemand {
  const bits = new Set<Bit>(verifyMode(server) === 'off' ? [] : ['peer']);
  for (const command of server.scope.effective('ssl_conf_command')) {
    if (!setsVerifyMode(command)) continue;
    for (const word of (command.args[1] ?? '').split(',')) {
      const written = word.trim().toLowerCase();
      for (const bit of VERIFY_MODE_BITS.get(written.replace(/^[+-]/, '')) ?? []) {
        if (written.startsWith('-')) bits.delete(bit);
        else bits.add(bit);
      }
    }
  }
  if (!bits.has('peer')) return { asks: 'nobody', requires: false };
  return { asks: bits.has('post-handshake') ? 'below-tls-1.3' : 'all', requires: bits.has('fail-if-none') };
}

/**
 * The files that take the place of all other authorities (`ssl_conf_command VerifyCAFile`, mtls-semantics 15), as written;
 * undefined where no command names any. nginx runs commands with the names of OpenSSL's configuration files
 * (SSL_CONF_FLAG_FILE), which ignore case.
 */
export function replacedAuthorities({ scope }: Server): readonly string[] | undefined {
  const files = scope
    .effective('ssl_conf_command')
    .flatMap(({ args: [name = '', value = ''] }) => (name.toLowerCase() === 'verifycafile' ? [value] : []));
  return files.length === 0 ? undefined : files;
}
