import type { ListenSocket, VirtualServer } from '../model/model.js';
import { complement, type Language, literal, union } from '../pcre/language.js';
import { endsWith, startsWith } from './input-languages.js';
import type { Patterns } from './patterns.js';

/**
 * The Host names that select a server on a socket (ngx_http_find_virtual_server): exact names, then the longest leading
 * wildcard, then the longest trailing one, then regexes in text order, else the default server (row 14.1-14.3). A regex
 * that is not analysed selects anything, which is too much rather than too little.
 */
export function hostLanguage(socket: ListenSocket, server: VirtualServer, patterns: Patterns): Language {
  const ranked = rankedNames(socket, patterns);
  const chosen: Language[] = [];
  const earlier: Language[] = [];
  for (const { owner, language } of ranked) {
    if (owner === server) chosen.push(minus(language, earlier));
    else earlier.push(language);
  }
  if (server === socket.defaultServer) chosen.push(minus(complement(union()), earlier));
  return union(...chosen);
}

interface RankedName {
  readonly owner: VirtualServer;
  readonly language: Language;
}

const ranks = new WeakMap<ListenSocket, readonly RankedName[]>();

function rankedNames(socket: ListenSocket, patterns: Patterns): readonly RankedName[] {
  const known = ranks.get(socket);
  if (known !== undefined) return known;
  const exact = new Map<string, VirtualServer>();
  const leading = new Map<string, VirtualServer>();
  const trailing = new Map<string, VirtualServer>();
  const regexes: RankedName[] = [];
  const first = (names: Map<string, VirtualServer>, text: string, server: VirtualServer): void => {
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
        regexes.push({ owner: server, language: 'language' in found ? found.language : complement(union()) });
      }
    }
  }
  const longestFirst = ([one]: [string, VirtualServer], [other]: [string, VirtualServer]): number =>
    other.length - one.length;
  const ranked = [
    ...byOwner(exact),
    ...[...leading].sort(longestFirst).map(([text, owner]) => ({ owner, language: endsWith(text) })),
    ...[...trailing].sort(longestFirst).map(([text, owner]) => ({ owner, language: startsWith(text) })),
    ...regexes,
  ];
  ranks.set(socket, ranked);
  return ranked;
}

/** Exact names cannot overlap, so that those of one server are one language. */
function byOwner(names: ReadonlyMap<string, VirtualServer>): RankedName[] {
  const owners = new Map<VirtualServer, Language[]>();
  for (const [text, owner] of names) {
    const list = owners.get(owner);
    if (list === undefined) owners.set(owner, [literal(text)]);
    else list.push(literal(text));
  }
  return [...owners].map(([owner, languages]) => ({ owner, language: union(...languages) }));
}

function minus(language: Language, others: readonly Language[]): Language {
  return others.length === 0 ? language : complement(union(complement(language), ...others));
}
