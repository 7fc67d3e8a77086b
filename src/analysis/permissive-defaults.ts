import { verifyMode } from '../model/client-verification.js';
import type { HttpModel, ListenSocket, VirtualServer } from '../model/model.js';
import { type AccessRow, type AccessTable, directWitness } from './access.js';
import { witnessOf } from './counterfactual.js';
import { rejectsHandshake } from './handshake.js';
import type { Request, Witness } from './request.js';
import { rowsOf } from './rows.js';
import { dialInstead } from './witness.js';

/** A place that a client without a certificate reaches over TLS, with the request that proves it. */
export interface OpenPlace {
  readonly row: AccessRow;
  readonly witness: Witness;
}

/** The default server of a TLS socket that does not verify, beside one that does. */
export interface PermissiveDefault {
  readonly socket: ListenSocket;
  readonly server: VirtualServer;
  readonly verifying: VirtualServer;
  /** What it answers to whoever asks for no name of its own. */
  readonly open: readonly OpenPlace[];
}

/** The default servers of TLS sockets that do not verify while another server of the socket does, in the order of the sockets. */
export function permissiveDefaults(model: HttpModel, access: AccessTable): PermissiveDefault[] {
  return model.sockets.flatMap(socket => {
    const server = socket.defaultServer;
    const verifying = socket.servers.find(other => other !== server && verifyMode(other) !== 'off');
    if (!socket.ssl || verifying === undefined || verifyMode(server) !== 'off') return [];
    const open = rowsOf(access, server).flatMap(row => (isUnused(row) ? [] : (openOn(model, row, socket) ?? [])));
    return [{ socket, server, verifying, open }];
  });
}

/**
 * nginx's own root of a server that rejects handshakes: a client that asks for a verified name by SNI and for another
 * one by Host still gets there, but nobody put anything there.
 */
function isUnused({ site }: AccessRow): boolean {
  return rejectsHandshake(site.server) && site.content === 'static' && site.source === undefined;
}

/** A name that no server has: the top-level domain is reserved for that (RFC 2606). */
const STRANGE_NAME = 'unknown.invalid';

/** Whether a client without a certificate that asks for no name of the server gets there over a socket. */
function openOn(model: HttpModel, row: AccessRow, socket: ListenSocket): OpenPlace | undefined {
  const witness = directWitness(row.access.none);
  if (witness === undefined) return undefined;
  const { request } = witness;
  if (request.tls === null) return undefined;
  const here = { ...request, connect: dialInstead(request.connect, socket, model.sockets) };
  const strange: Request = {
    ...here,
    tls: { ...request.tls, serverName: null },
    http: {
      ...request.http,
      headers: request.http.headers.map(([name, value]) => [name, name === 'Host' ? STRANGE_NAME : value]),
    },
  };
  const tried = [strange];
  if (!namesItself(request, row.site.server) || rejectsHandshake(row.site.server)) tried.push(here);
  for (const one of tried) {
    const witness = witnessOf(model, one, row.site);
    if (witness !== undefined) return { row, witness };
  }
  return undefined;
}

/** True where a request asks for a name that the server has, which anybody may. */
function namesItself({ http }: Request, { names }: VirtualServer): boolean {
  const host = http.headers.find(([name]) => name === 'Host')?.[1].toLowerCase();
  return names.some(name => name.kind === 'exact' && name.text === host);
}
