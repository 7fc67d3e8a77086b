import type { ListenSocket, Location, Server, VirtualServer } from '../model/model.js';
import { matchPattern } from './evaluate/match-pattern.js';
import { Undecided } from './evaluate/trace.js';
import { serverOfName } from './evaluate/virtual-server.js';
import type { Visit } from './evaluate.js';

/** Locations and names that a sentence lists; the others are counted. */
const LISTED = 3;

/**
 * Why nginx chose the location of a visit, as a clause without a full stop (ngx_http_core_find_location,
 * request-semantics 6). Text is bytes.
 */
export function whyLocation({ location, server, uri }: Visit): string {
  if (location === undefined) return `no location matches ${uri}, so the server itself answers`;
  const siblings = location.parent?.children ?? server.locations;
  const within = location.parent === undefined ? '' : `, within location ${location.parent.node.args.join(' ')}`;
  return `${reasonAmong(location, siblings, uri)}${within}`;
}

function reasonAmong(location: Location, siblings: readonly Location[], uri: string): string {
  const { match } = location;
  const prefixes = siblings.filter(({ match: other }) => other.kind === 'prefix' && uri.startsWith(other.text));
  switch (match.kind) {
    case 'named':
      return 'the name is given by the step before';
    case 'exact':
      return match.text === uri ? 'it is exactly that path' : `${uri} lacks only its final slash`;
    case 'regex': {
      const [longest] = prefixes.sort((one, other) => textOf(other).length - textOf(one).length);
      const over = longest === undefined ? '' : `; it counts more than the prefix ${textOf(longest)}`;
      return `the first regular expression that matches ${uri}${over}`;
    }
    case 'prefix': {
      if (!uri.startsWith(match.text)) return `${uri} lacks only its final slash`;
      const shorter = prefixes.filter(other => other !== location).map(textOf);
      const than = shorter.length === 0 ? '' : ` (longer than ${listed(shorter)})`;
      const regexes = siblings.filter(other => other.match.kind === 'regex').length;
      if (match.stopsRegexes)
        return `the longest prefix of ${uri}${than}; ^~ keeps regular expressions from being tried`;
      const tried =
        regexes === 0
          ? ''
          : regexes === 1
            ? '; the regular expression beside it does not match'
            : `; none of the ${regexes} regular expressions beside it matches`;
      return `the longest prefix of ${uri}${than}${tried}`;
    }
  }
}

function textOf({ match }: Location): string {
  return match.kind === 'regex' ? match.pattern.source : match.text;
}

function listed(texts: readonly string[]): string {
  const rest = texts.length - LISTED;
  return rest > 0 ? `${texts.slice(0, LISTED).join(', ')} and ${rest} more` : texts.join(', ');
}

/**
 * Why a request for a host name gets to a server of a socket, as a clause (ngx_http_find_virtual_server, row 14.1). Text
 * is bytes.
 *
 * @param host the name that is asked for; undefined where none is sent
 */
export function whyServer(socket: ListenSocket, server: VirtualServer, host: string | undefined): string {
  const address = socket.port === 0 ? socket.address : `${socket.address}:${socket.port}`;
  if (socket.servers.length === 1) return `the only server on ${address}`;
  const asked = host ?? '';
  const isNamed = serverNamed(socket, asked) === server;
  if (!isNamed) return `the default server on ${address}`;
  let why = `${asked} matches its regular expression`;
  for (const name of server.names) {
    if (name.kind === 'exact' && name.text === asked) {
      return asked === '' ? 'the server of requests without a name' : `${asked} is its name`;
    }
    if (name.kind === 'leading' && asked.endsWith(name.text)) why = `${asked} fits its name *${name.text}`;
    if (name.kind === 'trailing' && asked.startsWith(name.text)) why = `${asked} fits its name ${name.text}*`;
  }
  return why;
}

/** The server that a name selects on a socket; undefined where it is left to the default server, or is not decided. */
export function serverNamed<S extends Server>(socket: ListenSocket<S>, host: string): S | undefined {
  try {
    return serverOfName(socket, host, (pattern, node) => matchPattern(pattern, host, node) !== null);
  } catch (error) {
    if (!(error instanceof Undecided)) throw error;
    return undefined;
  }
}
