import type { Site } from '../analysis/access.js';
import type { Followed } from '../analysis/follow.js';
import { shown, visible } from './display.js';
import { lineText, nameSpan } from './place.js';
import { siteTrail } from './site-label.js';

/** How a request ends, as words that are safe to print; `own` is the site that needs no further name. */
export function endingText({ trace: { outcome } }: Followed, own: Site | undefined): string {
  switch (outcome.kind) {
    case 'content': {
      const { site, status } = outcome;
      if (own !== undefined && site.scope === own.scope && site.content === own.content) {
        return `${status} from this site`;
      }
      const place = site.scope.node ?? site.server.node;
      return `${status} from ${visible(siteTrail(site))} (${lineText(nameSpan(place))})`;
    }
    case 'refused': {
      const by = outcome.by === undefined ? shown(outcome.cause) : lineText(nameSpan(outcome.by));
      return `${outcome.status} (${by})`;
    }
    case 'empty':
      return `${outcome.status} without content`;
    case 'redirected':
      return `${outcome.status} to ${shown(outcome.location)}`;
    case 'closed':
      return `no answer: ${shown(outcome.cause)}`;
    case 'unknown':
      return `not decided: ${shown(outcome.reason.text)}`;
  }
}
