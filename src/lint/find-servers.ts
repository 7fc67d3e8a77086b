/** Finds the servers that a user means: by name, by host, by listening address, or by the place of the block. */
import { serverNamed } from '../analysis/choice-reasons.js';
import type { ListenSocket, Server, ServerModel, StreamServer, VirtualServer } from '../model/model.js';
import { lineText, nameSpan } from '../report/place.js';
import { listenText, serverNames } from '../report/site-label.js';

/** A server as a user named it, with what of that goes into a request. */
export interface FoundServer<S extends Server = Server> {
  readonly model: ServerModel<S>;
  readonly server: S;
  /** The addresses that the user's words leave, TLS first. */
  readonly sockets: readonly ListenSocket<S>[];
  /** The host name to ask for, in bytes; undefined for any that leads to the server. */
  readonly host: string | undefined;
}

/** A server and a request target, as `--why` takes them. */
export interface AskedServers {
  readonly found: readonly FoundServer[];
  /** The words that name the server. */
  readonly name: string;
  readonly target: string;
}

/**
 * Reads `SERVER/PATH`. SERVER is one of
 *
 * - a name, as the configuration writes it or a host that a wildcard or a regular expression of it covers; a port may follow;
 * - `ADDRESS:PORT`, `:PORT` or `unix:SOCKET:`, which mean the default server there;
 * - `FILE:LINE`, the place of the block, as reports print it for a server without a name;
 *
 * and `#N` behind it picks the N-th of several. `https://` or `http://` in front leaves the listeners with or without TLS.
 */
export function askedServers(models: readonly ServerModel<Server>[], words: string): AskedServers {
  const scheme = /^(https?):\/\//i.exec(words)?.[1]?.toLowerCase();
  const rest = scheme === undefined ? words : words.slice(scheme.length + 3);
  const { name, target } = splitTarget(models, rest);
  const all = findServers(models, name);
  const fitting = scheme === undefined ? all : withSockets(all, socket => socket.ssl === (scheme === 'https'));
  return { found: fitting, name, target: target.startsWith('/') ? target : `/${target}` };
}

/** Where the name of the server ends: names and places of the configuration may themselves hold a slash. */
function splitTarget(models: readonly ServerModel<Server>[], words: string): { name: string; target: string } {
  const unix = /^(unix:[^:]*)(?::(\/.*)?)?$/s.exec(words);
  if (unix !== null) return { name: unix[1]!, target: unix[2] ?? '/' };
  let longest = '';
  for (const server of models.flatMap(model => model.servers)) {
    for (const known of [placeText(server), ...serverNames(server)]) {
      const isStart = words.toLowerCase().startsWith(known.toLowerCase());
      if (isStart && known.length > longest.length && /^(?:$|[/?:#])/.test(words.slice(known.length))) longest = known;
    }
  }
  const end = /^[^/?]*/.exec(words.slice(longest.length))![0].length + longest.length;
  return { name: words.slice(0, end), target: words.slice(end) };
}

/** Whether a server is one of stream. */
export function isOfStream(found: FoundServer): found is FoundServer<StreamServer> {
  return found.model.scope.kind === 'stream';
}

/** Whether a server is one of http. */
export function isOfHttp(found: FoundServer): found is FoundServer<VirtualServer> {
  return found.model.scope.kind === 'http';
}

/** `file:line` of a server's block, as reports print it. */
export function placeText(server: Server): string {
  return lineText(nameSpan(server.node));
}

/** The servers that a name without a path means, in text order; each once. See `askedServers` for the forms. */
export function findServers(models: readonly ServerModel<Server>[], words: string): readonly FoundServer[] {
  const numbered = /^(.*)#([1-9]\d*)$/s.exec(words);
  if (numbered !== null && numbered[1] !== '') {
    const one = findServers(models, numbered[1]!)[Number(numbered[2]) - 1];
    if (one !== undefined) return [one];
  }
  for (const form of [byPlace, byName, byPattern, byHost, byAddress]) {
    const found = models.flatMap(model => form(model, words));
    if (found.length > 0) return found;
  }
  return [];
}

function found(model: ServerModel<Server>, server: Server, host: string | undefined, port?: number): FoundServer[] {
  const sockets = [...new Set(server.listens.map(listen => listen.socket))];
  sockets.sort((one, other) => Number(other.ssl) - Number(one.ssl));
  const one = { model, server, sockets, host };
  return port === undefined ? [one] : withSockets([one], socket => socket.port === port);
}

function withSockets(servers: readonly FoundServer[], fits: (socket: ListenSocket<Server>) => boolean): FoundServer[] {
  return servers.flatMap(one => {
    const sockets = one.sockets.filter(fits);
    return sockets.length === 0 ? [] : [{ ...one, sockets }];
  });
}

function byPlace(model: ServerModel<Server>, words: string): FoundServer[] {
  return model.servers.filter(server => placeText(server) === words).flatMap(server => found(model, server, undefined));
}

/** The name as the configuration writes it, in any case; a port may follow. */
function byName(model: ServerModel<Server>, words: string): FoundServer[] {
  const { name, port } = splitPort(words);
  const matches = (wanted: string, server: Server): boolean =>
    serverNames(server).some(own => own.toLowerCase() === wanted.toLowerCase());
  return model.servers.flatMap(server => {
    if (matches(words, server)) return found(model, server, hostOf(words));
    return port !== undefined && matches(name, server) ? found(model, server, hostOf(name), port) : [];
  });
}

/** A name that a request can ask for, as bytes; undefined for a wildcard or a regular expression. */
function hostOf(name: string): string | undefined {
  return /^[a-z0-9._-]*[a-z0-9-][a-z0-9._-]*$/i.test(name) && !name.startsWith('.') && name !== '_'
    ? name.toLowerCase()
    : undefined;
}

/** `*` stands for any text in a name, where no server is called just so. */
function byPattern(model: ServerModel<Server>, words: string): FoundServer[] {
  if (!words.includes('*') || /^\*(?::\d+)?$/.test(words)) return [];
  const parts = words.split('*').map(part => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  const pattern = new RegExp(`^${parts.join('.*')}$`, 'is');
  return model.servers
    .filter(server => serverNames(server).some(name => pattern.test(name)))
    .flatMap(server => found(model, server, undefined));
}

/** A host that a wildcard or a regular expression covers. */
function byHost(model: ServerModel<Server>, words: string): FoundServer[] {
  const { name, port } = splitPort(words);
  const host = hostOf(name);
  if (host === undefined) return [];
  const servers = new Set<Server>();
  for (const socket of model.sockets) {
    const server = port === undefined || socket.port === port ? serverNamed(socket, host) : undefined;
    if (server !== undefined) servers.add(server);
  }
  return model.servers.filter(server => servers.has(server)).flatMap(server => found(model, server, host, port));
}

/** The default server of an address: `127.0.0.1:8443`, `[::1]:443`, `:8443`, `*:443`, `unix:/run/x.sock`. */
function byAddress(model: ServerModel<Server>, words: string): FoundServer[] {
  const { name, port } = splitPort(words);
  const sockets = model.sockets.filter(socket => {
    if (words.startsWith('unix:')) return socket.address === words;
    if (port === undefined) return socket.address === words && socket.port !== 0;
    return socket.port === port && (name === '' || socket.address === name);
  });
  if (sockets.length === 0 && port !== undefined && /^(?:[\d.]+|\[[0-9a-f:.]+\])$/i.test(name)) {
    // A connection to an address that is not listed arrives at the wildcard of its family.
    sockets.push(
      ...model.sockets.filter(one => one.port === port && one.address === (name.startsWith('[') ? '[::]' : '*')),
    );
  }
  return sockets.map(socket => ({ model, server: socket.defaultServer, sockets: [socket], host: undefined }));
}

function splitPort(words: string): { name: string; port: number | undefined } {
  const parts = /^(.*):(\d{1,5})$/s.exec(words);
  return parts === null ? { name: words, port: undefined } : { name: parts[1]!, port: Number(parts[2]) };
}

/** All that a server can be called, for suggestions. */
export function callNames(models: readonly ServerModel<Server>[]): string[] {
  const names = new Set<string>();
  for (const server of models.flatMap(model => model.servers)) {
    const own = serverNames(server).filter(name => name !== '');
    for (const name of own.length > 0 ? own : [placeText(server)]) names.add(name);
  }
  return [...names];
}

/** One of several servers of a name, for a list: what picks it, its place and its addresses. */
export function describeServer({ server, sockets }: FoundServer): string {
  const listens = server.listens.filter(listen => sockets.includes(listen.socket));
  return `${placeText(server)}, ${listens.map(listen => listenText(listen, server)).join(', ')}`;
}
