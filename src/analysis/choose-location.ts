import type { Location, Pattern } from '../model/model.js';
import { complement, everything, intersect, type Language, literal, union } from '../pcre/language.js';
import { startsWith } from './input-languages.js';

/** One possible end of nginx's search for a location. */
export interface LocationChoice {
  /** Undefined where no location matches and the server level answers. */
  readonly location: Location | undefined;
  /** True where nginx answers with the redirect that adds the missing slash. */
  readonly addsSlash: boolean;
  /** The decoded path must lie in every one of these. */
  readonly languages: readonly Language[];
  /** The patterns of the regex locations on the way in, the outer ones first: the groups of each are variables. */
  readonly patterns: readonly Pattern[];
  /** Patterns that could not be analysed: whether they match is open. */
  readonly undecided: readonly { readonly pattern: Pattern; readonly location: Location; readonly why: string }[];
}

/** Gives the language of a pattern, or the reason why it has none. */
export type PatternLanguage = (pattern: Pattern) => { language: Language } | { unsupported: string };

interface Level {
  /** Ends of the search that no outer level touches again: exact matches, redirects, regexes found inside. */
  readonly settled: readonly LocationChoice[];
  /** Prefix matches (or none) after which the regexes of the outer level are still tried. */
  readonly open: readonly LocationChoice[];
}

/**
 * All ends of the search for a location among siblings and what is nested in them, each with the paths that lead there.
 * Mirrors ngx_http_core_find_location: exact match; else the longest prefix and its nested locations; then, unless that
 * prefix carries `^~`, the regexes of this level in text order (request-semantics 6).
 */
export function locationChoices(
  locations: readonly Location[],
  languageOf: PatternLanguage,
): readonly LocationChoice[] {
  const level = search(locations, undefined, languageOf);
  return [...level.settled, ...level.open];
}

function search(locations: readonly Location[], self: Location | undefined, languageOf: PatternLanguage): Level {
  const settled: LocationChoice[] = [];
  const stopped: LocationChoice[] = [];
  let open: LocationChoice[] = [];
  const exacts = new Map<string, Location>();
  const prefixes = new Map<string, Location>();
  for (const location of locations) {
    if (location.match.kind === 'exact' && !exacts.has(location.match.text)) exacts.set(location.match.text, location);
    if (location.match.kind === 'prefix' && !prefixes.has(location.match.text)) {
      prefixes.set(location.match.text, location);
    }
  }
  const choice = (location: Location | undefined, languages: readonly Language[]): LocationChoice => ({
    location,
    addsSlash: false,
    languages,
    patterns: [],
    undecided: [],
  });

  // Paths that this level settles before any prefix is considered.
  const taken: Language[] = [];
  for (const [text, location] of exacts) {
    settled.push(choice(location, [literal(text)]));
    taken.push(literal(text));
  }
  // A path that lacks only the final slash of a proxied location is redirected, unless a location has that very text.
  for (const [text, location] of [...prefixes, ...exacts]) {
    const bare = text.slice(0, -1);
    if (!text.endsWith('/') || !location.autoRedirects || exacts.has(bare) || prefixes.has(bare)) continue;
    if (location.match.kind === 'exact' && prefixes.get(text)?.autoRedirects === true) continue;
    const target = exacts.get(text) ?? location;
    settled.push({ ...choice(target, [literal(bare)]), addsSlash: true });
    taken.push(literal(bare));
  }
  const free = taken.length === 0 ? [] : [complement(union(...taken))];

  const texts = [...prefixes.keys()];
  for (const [text, location] of prefixes) {
    const longer = texts.filter(other => other !== text && other.startsWith(text)).map(startsWith);
    const here = [startsWith(text), ...(longer.length === 0 ? [] : [complement(union(...longer))]), ...free];
    const inner = search(location.children, location, languageOf);
    for (const end of inner.settled) settled.push({ ...end, languages: [...here, ...end.languages] });
    const rest = inner.open.map(end => ({ ...end, languages: [...here, ...end.languages] }));
    const stops = location.match.kind === 'prefix' && location.match.stopsRegexes;
    // `^~` stops the regexes of its own level only (rows 6.11-6.14).
    if (stops) stopped.push(...rest);
    else open.push(...rest);
  }
  const unmatched = texts.length === 0 ? [] : [complement(union(...texts.map(startsWith)))];
  open.push(choice(self, [...unmatched, ...free]));

  const regexes = locations.filter(location => location.match.kind === 'regex');
  if (regexes.length === 0) return { settled, open: [...stopped, ...open] };
  // The paths that still look for a regex: all that this level has not settled.
  const settledHere = union(...[...settled, ...stopped].map(end => intersect(...end.languages)));
  const looking = complement(settledHere);
  const missed: Language[] = [];
  const undecided: LocationChoice['undecided'][number][] = [];
  for (const location of regexes) {
    const pattern = (location.match as { pattern: Pattern }).pattern;
    const found = languageOf(pattern);
    const language = 'language' in found ? found.language : everything;
    if ('unsupported' in found) undecided.push({ pattern, location, why: found.unsupported });
    const here = [looking, ...missed, language];
    const inner = search(location.children, location, languageOf);
    for (const end of [...inner.settled, ...inner.open]) {
      settled.push({
        ...end,
        // A redirect found below a regex location is dropped, the location it found is not.
        addsSlash: false,
        languages: [...here, ...end.languages],
        patterns: [pattern, ...end.patterns],
        undecided: [...undecided, ...end.undecided],
      });
    }
    if ('language' in found) missed.push(complement(found.language));
  }
  open = open.map(end => ({
    ...end,
    languages: [...end.languages, ...missed],
    undecided: [...end.undecided, ...undecided],
  }));
  return { settled, open: [...stopped, ...open] };
}
