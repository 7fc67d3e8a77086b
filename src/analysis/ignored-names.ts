import type { HttpModel, ListenSocket, ServerName, VirtualServer } from '../model/model.js';

/** A name of a server under which requests to an address get to another server. */
export interface IgnoredName {
  readonly socket: ListenSocket;
  readonly server: VirtualServer;
  readonly name: Exclude<ServerName, { kind: 'regex' }>;
  /** The server that has the name: the first one of the address that says so. */
  readonly owner: VirtualServer;
}

/**
 * The names that nginx ignores with the warning "conflicting server name" (ngx_http_server_names, row 14.8), address by
 * address. Of equal patterns it does not warn; the first that matches counts.
 */
export function ignoredNames({ sockets }: HttpModel): IgnoredName[] {
  return sockets.flatMap(socket => {
    const owners = new Map<string, VirtualServer>();
    const ignored: IgnoredName[] = [];
    for (const server of socket.servers) {
      for (const name of server.names) {
        if (name.kind === 'regex') continue;
        const key = `${name.kind} ${name.text}`;
        const owner = owners.get(key);
        if (owner === undefined) owners.set(key, server);
        else if (owner !== server) ignored.push({ socket, server, name, owner });
      }
    }
    return ignored;
  });
}
