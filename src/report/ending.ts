import type { Followed } from '../analysis/follow.js';
import { shown } from './display.js';
import { lineText, nameSpan } from './place.js';
import { siteTrail } from './site-label.js';

/** How a request ends, as words that are safe to print. */
export function endingText({ trace: { outcome } }: Followed): string {
  switch (outcome.kind) {
    case 'content': {
      const { site, status } = outcome;
      const place = site.scope.node ?? site.server.node;
      return `${status} from ${shown(siteTrail(site))} (${lineText(nameSpan(place))})`;
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
