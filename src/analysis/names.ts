import type { ListenSocket, Server } from '../model/model.js';
import type { Scope } from '../model/scope.js';
import type { Site } from './access.js';
import type { Blocks } from './blocks.js';

/** What a server is called in a message: its first name, or the place of its block where it has none. */
export function nameOfServer(server: Server): string {
  for (const name of server.names) {
    if (name.kind === 'regex') return readable(`~${name.pattern.source}`);
    if (name.kind === 'leading') return readable(`*${name.text}`);
    if (name.kind === 'trailing') return readable(`${name.text}*`);
    if (name.text !== '') return readable(name.text);
  }
  const { line } = server.node.source.position(server.node.directive.start);
  return `at ${readable(server.node.source.path)}:${line}`;
}

/** What several servers are called in a message: `server a.test`, `7 servers`. */
export function nameOfServers(servers: readonly Server[]): string {
  return servers.length === 1 ? `server ${nameOfServer(servers[0]!)}` : `${servers.length} servers`;
}

/** How many names a message lists; labels list them all. */
const SHOWN_NAMES = 4;

/** `"a"`, `"a" or "b"`, `"a", "b", "c" or 7 more`. */
export function listed(names: readonly string[], conjunction: 'and' | 'or'): string {
  const shown = names.length > SHOWN_NAMES ? names.slice(0, SHOWN_NAMES - 1) : names;
  const rest = names.length - shown.length;
  const parts = [...shown.map(name => `"${name}"`), ...(rest > 0 ? [`${rest} more`] : [])];
  return parts.length === 1 ? parts[0]! : `${parts.slice(0, -1).join(', ')} ${conjunction} ${parts.at(-1)}`;
}

/** The address of a socket as `listen` writes it. */
export function nameOfSocket({ address, port }: ListenSocket<Server>): string {
  return readable(port === 0 ? address : `${address}:${port}`);
}

/** What a site's block is called: `location /api/`, `if ($arg_x)`, `limit_except GET`, `the server level`. */
export function nameOfSite(site: Site<Server>): string {
  const { node } = site.scope;
  return node === undefined || isServer(site.scope)
    ? 'the server level'
    : readable([node.name, ...node.args].join(' '));
}

/**
 * A site in a sentence: `location / of server app.test`, or the server alone where its own block answers.
 *
 * @param more what counts others like it, such as ` and 3 more`
 */
export function placeOf(site: Site<Server>, more = ''): string {
  const server = `server ${nameOfServer(site.server)}`;
  const { node } = site.scope;
  return node === undefined || isServer(site.scope) ? server + more : `${nameOfSite(site)}${more} of ${server}`;
}

/** The innermost of some blocks with its server: `location / of server app.test`. */
export function nameOfBlock({ server, location }: Blocks): string {
  const of = `server ${nameOfServer(server)}`;
  return location === undefined ? of : `${readable([location.node.name, ...location.node.args].join(' '))} of ${of}`;
}

/** What identifies a block whatever its line numbers are. */
export function identityOfBlock({ server, location }: Blocks): string[] {
  const trail: string[] = [];
  for (let at = location; at !== undefined; at = at.parent) trail.unshift(at.node.args.join(' '));
  return [identityOfServer(server), trail.join(' > ')];
}

/** What identifies a server whatever its line numbers are: its names, or where it listens if it has none. */
export function identityOfServer({ listens, names }: Server): string {
  const written = names.map(name => (name.kind === 'regex' ? `~${name.pattern.source}` : name.text));
  const text = written.sort().join(' ').trim();
  if (text !== '') return text;
  return `listen ${[...new Set(listens.map(({ socket }) => nameOfSocket(socket)))].sort().join(' ')}`;
}

/** What identifies several servers, in whatever order they stand. */
export function identityOfServers(servers: readonly Server[]): string[] {
  return servers.map(identityOfServer).sort();
}

/** Bytes of the configuration as text. */
export function readable(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** True for the block of a server of http or stream. */
function isServer({ kind }: Scope): boolean {
  return kind === 'server' || kind === 'stream-server';
}

/** The names and the location that identify a site whatever its line numbers are. */
export function identityOf(site: Site<Server>): string[] {
  const trail: string[] = [];
  for (let scope = site.scope; !isServer(scope) && scope.parent !== undefined; scope = scope.parent) {
    trail.unshift([scope.node?.name ?? '', ...(scope.node?.args ?? [])].join(' '));
  }
  return [identityOfServer(site.server), trail.join(' > '), site.content];
}
