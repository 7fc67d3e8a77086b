import type { ListenSocket, Server } from '../model/model.js';
import {
  complement,
  concat,
  everything,
  intersect,
  type Language,
  literal,
  literalCaseless,
  optional,
  union,
} from '../pcre/language.js';
import { NOT_EMPTY, SNI_NAME } from './input-languages.js';
import type { Patterns } from './patterns.js';

/**
 * The Host names that select a server on a socket (ngx_http_find_virtual_server): exact names, then the longest leading
 * wildcard, then the longest trailing one, then regexes in text order, else the default server (row 14.1-14.3). A regex
 * that is not analysed selects anything, which is too much rather than too little.
 */
export function hostLanguage(socket: ListenSocket<Server>, server: Server, patterns: Patterns): Language {
  const known = languagesOfServers.get(socket) ?? new Map<Server, Language>();
  languagesOfServers.set(socket, known);
  let language = known.get(server);
  if (language === undefined) {
    language = namesLeadingTo(socket, server, patterns);
    known.set(server, language);
  }
  return language;
}

const languagesOfServers = new WeakMap<ListenSocket<Server>, Map<Server, Language>>();

function namesLeadingTo(socket: ListenSocket<Server>, server: Server, patterns: Patterns): Language {
  const { exact, others } = namesOf(socket, patterns);
  const chosen = [literals(exact.get(server) ?? [])];
  const foreign = (isAmong: (text: string) => boolean): Language[] => {
    const texts = [...exact].flatMap(([owner, names]) => (owner === server ? [] : names.filter(isAmong)));
    return texts.length > MAX_EXCLUDED ? [] : texts.map(literal);
  };
  for (const [rank, name] of others.entries()) {
    if (name.owner !== server) continue;
    const earlier = others.slice(0, rank).filter(other => other.owner !== server && mayOverlap(other, name));
    const languages = earlier.length > MAX_EXCLUDED ? [] : earlier.map(({ language }) => language);
    chosen.push(minus(name.language, [...foreign(text => isUnder(text, name)), ...languages]));
  }
  if (server === socket.defaultServer) {
    const languages = others.length > MAX_EXCLUDED ? [] : others.map(({ language }) => language);
    chosen.push(minus(everything, [...foreign(() => true), ...languages]));
  }
  return union(...chosen);
}

/** Whether an exact name may be within a wildcard or regex. */
function isUnder(text: string, { kind, text: own }: RankedName): boolean {
  if (kind === 'regex') return true;
  return kind === 'leading' ? text.endsWith(own) : text.startsWith(own);
}

/** Whether some name may be within both. */
function mayOverlap(one: RankedName, other: RankedName): boolean {
  if (one.kind === 'regex' || one.kind !== other.kind) return true;
  return isUnder(one.text, other) || isUnder(other.text, one);
}

/** The names of a server on a socket, whichever server they select: what it is known by as SNI. */
export function namesLanguage(server: Server, patterns: Patterns): Language {
  return union(
    ...server.names.map(name => {
      if (name.kind === 'exact') return literal(name.text);
      if (name.kind !== 'regex') return underWildcard(name.kind, name.text);
      const found = patterns.language(name.pattern);
      return 'language' in found ? found.language : everything;
    }),
  );
}

/**
 * What can be sent as SNI to get to one of several servers of a socket, or, where none is given, past all their names to the
 * default server: names as they are usually sent, and all others, of which nginx drops case, port and final dot before it
 * looks for a server (ngx_http_validate_host, ngx_stream_validate_host). Both may be too much, never too little.
 */
export function sniLanguages(
  socket: ListenSocket<Server>,
  servers: readonly Server[],
  patterns: Patterns,
): readonly Language[] {
  const group = servers.length === 0 ? socket : servers;
  let known = languagesOfGroups.get(group);
  if (known === undefined) {
    known = namesSent(socket, servers, patterns);
    languagesOfGroups.set(group, known);
  }
  return known;
}

/** By the list of servers, or, for the names that no server has, by the socket: every server that any name may lead to asks. */
const languagesOfGroups = new WeakMap<object, readonly Language[]>();

function namesSent(socket: ListenSocket<Server>, servers: readonly Server[], patterns: Patterns): readonly Language[] {
  if (socket.servers.length === 1) return [everything];
  if (servers.length === 0) {
    const { defaultServer } = socket;
    const own = literals(namesOf(socket, patterns).exact.get(defaultServer) ?? []);
    const usual = intersect(SNI_NAME, complement(own), hostLanguage(socket, defaultServer, patterns));
    return [usual, complement(SNI_NAME)];
  }
  const usual = intersect(SNI_NAME, union(...servers.map(server => hostLanguage(socket, server, patterns))));
  const unusual = union(...servers.map(server => unusualNames(socket, server, patterns)));
  return [usual, intersect(complement(SNI_NAME), unusual)];
}

function unusualNames(socket: ListenSocket<Server>, server: Server, patterns: Patterns): Language {
  if (server === socket.defaultServer) return everything;
  const { exact, others } = namesOf(socket, patterns);
  const spelled = (exact.get(server) ?? []).map(text => concat(literalCaseless(text), UNUSUAL_END));
  const covered = others.flatMap(({ owner, kind, text }) => {
    if (owner !== server) return [];
    // Behind an address in brackets anything may follow.
    if (kind === 'regex' || text.includes(']')) return [everything];
    const name = literalCaseless(text);
    return [kind === 'leading' ? concat(everything, name, UNUSUAL_END) : concat(name, everything)];
  });
  return union(...spelled, ...covered);
}

/** What nginx drops at the end of a name: a dot, and a port, whatever is in the place of one. */
const UNUSUAL_END = concat(optional(literal('.')), optional(concat(literal(':'), everything)));

/**
 * From so many names of other servers on, a wildcard or the default server is taken to be selected by them as well. That is
 * too much rather than too little, and the evaluator refuses a request that such a name would send elsewhere.
 */
const MAX_EXCLUDED = 64;

interface RankedName {
  readonly owner: Server;
  readonly kind: 'leading' | 'trailing' | 'regex';
  /** What follows the star, or stands in front of it; empty for a regex. */
  readonly text: string;
  readonly language: Language;
}

interface SocketNames {
  /** Exact names of each server; they cannot overlap. */
  readonly exact: ReadonlyMap<Server, readonly string[]>;
  /** Wildcards and regexes, the ones that are tried first in front. */
  readonly others: readonly RankedName[];
}

const namesOfSockets = new WeakMap<ListenSocket<Server>, SocketNames>();

function namesOf(socket: ListenSocket<Server>, patterns: Patterns): SocketNames {
  const known = namesOfSockets.get(socket);
  if (known !== undefined) return known;
  const exact = new Map<string, Server>();
  const leading = new Map<string, Server>();
  const trailing = new Map<string, Server>();
  const regexes: RankedName[] = [];
  const first = (names: Map<string, Server>, text: string, server: Server): void => {
    // A name used twice on one address belongs to the first server (row 14.8).
    if (!names.has(text)) names.set(text, server);
  };
  for (const server of socket.servers) {
    for (const name of server.names) {
      if (name.kind === 'exact') first(exact, name.text, server);
      else if (name.kind === 'leading') first(leading, name.text, server);
      else if (name.kind === 'trailing') first(trailing, name.text, server);
      else {
        const found = patterns.language(name.pattern);
        const language = 'language' in found ? found.language : everything;
        regexes.push({ owner: server, kind: 'regex', text: '', language });
      }
    }
  }
  const ranked = (names: ReadonlyMap<string, Server>, kind: 'leading' | 'trailing'): RankedName[] =>
    [...names]
      .sort(([one], [other]) => other.length - one.length)
      .map(([text, owner]) => ({ owner, kind, text, language: underWildcard(kind, text) }));
  const names: SocketNames = {
    exact: byOwner(exact),
    others: [...ranked(leading, 'leading'), ...ranked(trailing, 'trailing'), ...regexes],
  };
  namesOfSockets.set(socket, names);
  return names;
}

function byOwner(names: ReadonlyMap<string, Server>): ReadonlyMap<Server, readonly string[]> {
  const owners = new Map<Server, string[]>();
  for (const [text, owner] of names) {
    const list = owners.get(owner);
    if (list === undefined) owners.set(owner, [text]);
    else list.push(text);
  }
  return owners;
}

function literals(texts: readonly string[]): Language {
  return union(...texts.map(literal));
}

function minus(language: Language, others: readonly Language[]): Language {
  return others.length === 0 ? language : complement(union(complement(language), ...others));
}

/**
 * Names under a wildcard. A star in front may stand for nothing, one behind stands for one character at least
 * (ngx_hash_find_wc_head, ngx_hash_find_wc_tail).
 */
function underWildcard(kind: 'leading' | 'trailing', text: string): Language {
  return kind === 'leading' ? concat(everything, literal(text)) : concat(literal(text), NOT_EMPTY);
}
