import type { Location } from '../../model/model.js';

/** What location choice ends with. `undefined` as location: none matched, the server level answers. */
export interface Choice {
  readonly location: Location | undefined;
  /** The path lacks the final slash of a location that is passed on: nginx redirects (rows 6.15-6.18). */
  readonly addsSlash: boolean;
}

/** Tries a regex location on the path; remembers captures where it matches. */
export type TryRegex = (location: Location) => boolean;

type Found = 'declined' | 'again' | 'ok' | 'redirect';

/**
 * Chooses the location of a decoded path (ngx_http_core_find_location, section 6): exact, longest prefix with what is
 * nested in it, then the regexes of this level unless that prefix says `^~`.
 */
export function locate(locations: readonly Location[], path: string, tryRegex: TryRegex): Choice {
  let chosen: Location | undefined;

  const findStatic = (level: readonly Location[]): Found => {
    let prefix: Location | undefined;
    let redirect: Location | undefined;
    for (const location of level) {
      const { match } = location;
      if (match.kind === 'exact') {
        if (match.text === path) {
          chosen = location;
          return 'ok';
        }
      } else if (match.kind === 'prefix') {
        if (path.startsWith(match.text) && (prefix === undefined || match.text.length > textLength(prefix))) {
          prefix = location;
        }
      }
    }
    if (prefix !== undefined && textLength(prefix) === path.length) {
      chosen = prefix;
      return 'again';
    }
    const slashed = level.filter(
      ({ match }) => (match.kind === 'exact' || match.kind === 'prefix') && match.text === `${path}/`,
    );
    if (slashed.some(location => location.autoRedirects)) {
      redirect = slashed.find(({ match }) => match.kind === 'exact') ?? slashed[0];
      chosen = redirect;
      return 'redirect';
    }
    if (prefix === undefined) return 'declined';
    chosen = prefix;
    return 'again';
  };

  const find = (level: readonly Location[]): Found => {
    let found = findStatic(level);
    let stopsRegexes = false;
    if (found === 'again') {
      const prefix = chosen!;
      stopsRegexes = prefix.match.kind === 'prefix' && prefix.match.stopsRegexes;
      found = find(prefix.children);
    }
    if (found === 'ok' || found === 'redirect') return found;
    if (!stopsRegexes) {
      for (const location of level) {
        if (location.match.kind !== 'regex' || !tryRegex(location)) continue;
        chosen = location;
        // A redirect found below a regex location is dropped, but not the location that it found.
        find(location.children);
        return 'ok';
      }
    }
    return found;
  };

  const found = find(locations);
  return { location: chosen, addsSlash: found === 'redirect' };
}

function textLength(location: Location): number {
  return location.match.kind === 'prefix' ? location.match.text.length : 0;
}
