import type { ConfigNode } from '../config/config-tree.js';
import { verifyMode } from '../model/client-verification.js';
import type { Server } from '../model/model.js';
import { rejectsHandshake } from './handshake.js';
import type { ServerTrust, Trust } from './trust.js';

/**
 * Whether a server's own verification settings come into force in a handshake that can let clients in. Without a
 * certificate of its own a server has no SSL context (ngx_http_ssl_merge_srv_conf): another server's applies.
 */
export function verifiesItself(server: Server): boolean {
  let known = verifying.get(server);
  if (known === undefined) {
    known =
      verifyMode(server) !== 'off' &&
      server.listens.some(({ socket }) => socket.ssl || socket.quic) &&
      server.scope.value('ssl_certificate', '') !== '' &&
      !rejectsHandshake(server);
    verifying.set(server, known);
  }
  return known;
}

/** Eight rules ask it of every server. */
const verifying = new WeakMap<Server, boolean>();

/** Whether an `ssl_conf_command` installs another store for verification (mtls-semantics 15); case does not count. */
export function replacesStore(command: ConfigNode): boolean {
  return /^verifyca(?:file|path|store)$/i.test(command.args[0] ?? '');
}

/** A written line and the servers for which it is in force. */
export interface SharedLine {
  readonly node: ConfigNode;
  readonly servers: Server[];
}

/** The lines that a setting of the servers comes from, each with its servers; those without one are left out. */
export function sharedLines(
  servers: Iterable<Server>,
  nodeOf: (server: Server) => ConfigNode | undefined,
): SharedLine[] {
  const lines = new Map<ConfigNode['directive'], SharedLine>();
  for (const server of servers) {
    const node = nodeOf(server);
    if (node === undefined) continue;
    const line = lines.get(node.directive);
    if (line === undefined) lines.set(node.directive, { node, servers: [server] });
    else line.servers.push(server);
  }
  return [...lines.values()];
}

/** A line that names files for verification, with what the servers trust for which it is in force. */
export interface TrustLine extends SharedLine {
  /** Different ones only: servers that name the same files are judged once. */
  readonly trusts: readonly ServerTrust[];
}

/** The lines of a directive in servers that verify clients themselves. */
export function trustLines(
  servers: readonly Server[],
  trust: Trust,
  nodeOf: (server: Server, trust: ServerTrust) => ConfigNode | undefined,
): TrustLine[] {
  return sharedLines(servers.filter(verifiesItself), server => nodeOf(server, trust.of(server))).map(line => {
    const seen = new Set<unknown>();
    const trusts = line.servers.flatMap(server => {
      const found = trust.of(server);
      // Without variants a file is not known or not loaded, which is told of each server's own lines.
      if (seen.has(found.variants)) return [];
      if (found.variants.length > 0) seen.add(found.variants);
      return [found];
    });
    return { ...line, trusts };
  });
}
