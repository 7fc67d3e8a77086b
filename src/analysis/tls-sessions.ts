/** How TLS sessions are kept and taken up again, and by which protocol (mtls-semantics 7). */
import type { ListenSocket, VirtualServer } from '../model/model.js';

/**
 * Whether the handshakes in a server's settings speak TLS 1.3; undefined where nothing says so and the version of nginx
 * decides. OpenSSL applies `ssl_conf_command` last (cmd_Protocol and cmd_MaxProtocol of ssl_conf.c).
 */
export function speaksTls13(server: VirtualServer): boolean | undefined {
  const highest = valuesOf(server, 'maxprotocol').at(-1);
  if (highest !== undefined && highest !== 'tlsv1.3' && highest !== 'none') return false;
  const switched = lastSwitch(valuesOf(server, 'protocol'), ['tlsv1.3', 'all']);
  if (switched !== undefined) return switched;
  return server.scope.setting('ssl_protocols')?.args.some(protocol => protocol.toLowerCase() === 'tlsv1.3');
}

/**
 * Whether a session that a client makes with a server can be taken up on an address. Its ticket is looked for in the way
 * of the default server, before the name of the client is known: by what it holds, or else in the default server's cache.
 */
export function keepsSessions(server: VirtualServer, { defaultServer }: ListenSocket): boolean {
  const gives = givesTickets(server);
  if (gives !== givesTickets(defaultServer)) return false;
  const caches = defaultServer.scope.setting('ssl_session_cache')?.args ?? ['none'];
  return gives || caches.some(cache => cache !== 'off' && cache !== 'none');
}

/** Tickets that hold the session are on by default. */
function givesTickets(server: VirtualServer): boolean {
  const switched = lastSwitch(valuesOf(server, 'options'), ['sessionticket']);
  return switched ?? server.scope.value('ssl_session_tickets', 'on').toLowerCase() !== 'off';
}

/** The values of a command of OpenSSL that is in force for a server, in lower case, in order. */
function valuesOf(server: VirtualServer, command: string): string[] {
  return server.scope
    .effective('ssl_conf_command')
    .filter(({ args }) => args[0]?.toLowerCase() === command)
    .map(({ args }) => (args[1] ?? '').toLowerCase());
}

/** What the last of some words in lists says: a minus in front of it turns it off. */
function lastSwitch(lists: readonly string[], words: readonly string[]): boolean | undefined {
  const last = lists
    .flatMap(list => list.split(','))
    .map(word => word.trim())
    .findLast(word => words.includes(word.replace(/^[+-]/, '')));
  return last === undefined ? undefined : !last.startsWith('-');
}
