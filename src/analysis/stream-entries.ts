import type { ClientTrust } from '../model/client-trust.js';
import type { ListenSocket, StreamServer } from '../model/model.js';
import { type Entry, handshakeServer, isUnreachable, outcomes, rejectsHandshake } from './handshake.js';
import type { ClientClass } from './request.js';

/**
 * The distinct ways in which clients of a class get to a server of stream through a socket. SNI alone chooses among the
 * servers of an address (ngx_stream_ssl_servername), and on a port without TLS the name in a ClientHello that is passed on,
 * where `ssl_preread` of the default server reads it (ngx_stream_ssl_preread_servername).
 */
export function streamEntriesOf(
  socket: ListenSocket<StreamServer>,
  server: StreamServer,
  clientClass: ClientClass,
  trust: ClientTrust | undefined,
): Entry<StreamServer>[] {
  if (isUnreachable(socket, server)) return [];
  const isDefault = server === socket.defaultServer;
  if (!socket.ssl) {
    const through = (tls: 'plain' | 'host' | 'none'): Entry<StreamServer> => ({
      ...{ socket, server, clientClass, tls, hostless: false },
      ...{ issuer: undefined, verify: '', refused: undefined },
    });
    return [
      ...(isDefault ? [through('plain')] : []),
      ...(prereads(socket) ? [through('host'), ...(isDefault ? [through('none')] : [])] : []),
    ];
  }
  if (rejectsHandshake(server)) return [];
  const named = outcomes(socket, server, clientClass, 'host', handshakeServer(socket, server), false, trust);
  if (!isDefault) return named;
  const nameless = outcomes(socket, server, clientClass, 'none', server, false, trust);
  // A server that has no name is asked for by none.
  return server.names.every(({ node }) => node === undefined) ? [...nameless, ...named] : [...named, ...nameless];
}

/** Whether the first bytes of a connection are read for the name of a ClientHello. */
function prereads({ defaultServer, udp }: ListenSocket<StreamServer>): boolean {
  return !udp && defaultServer.scope.value('ssl_preread', 'off').toLowerCase() === 'on';
}
