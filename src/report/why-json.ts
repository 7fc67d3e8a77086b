import type { Explanation } from '../analysis/explanation.js';
import type { Followed } from '../analysis/follow.js';
import { lineJson, pointJson, siteJson } from './access-json.js';
import { decode, decodePath } from './display.js';
import { jsonText } from './json-text.js';
import { noticeJson } from './notice-json.js';
import { nameSpan } from './place.js';
import type { LintResult } from './result.js';
import { listenText, serverNames } from './site-label.js';
import { witnessJson } from './witness-json.js';

/** The answer to `access --why` as JSON (docs/why.schema.json). Stable: later versions only add. */
export function reportWhyJson(explanation: Explanation, result: LintResult): string {
  const { clientClass, neighbours, requests, row, server, target, visits, whyServer } = explanation;
  return jsonText({
    schemaVersion: 1,
    tool: result.tool,
    roots: result.roots.map(decodePath),
    class: clientClass,
    target: decode(target),
    server: {
      ...lineJson(nameSpan(server.node)),
      names: serverNames(server),
      listen: server.listens.map(listen => listenText(listen, server)),
      why: decode(whyServer),
    },
    locations: visits.map(({ afterError, location, uri, why }) => ({
      uri: decode(uri),
      location:
        location === undefined
          ? null
          : { ...pointJson(nameSpan(location.node)), label: decode(['location', ...location.node.args].join(' ')) },
      why: decode(why),
      afterError,
    })),
    site: row === undefined ? null : siteJson(row),
    others: neighbours.map(siteJson),
    requests: {
      none: requestJson(requests.none),
      untrusted: requestJson(requests.untrusted),
      trusted: requestJson(requests.trusted),
    },
    notices: result.notices.map(noticeJson),
  });
}

/** One request with how it ends; null where the class has no way in. */
function requestJson(followed: Followed | undefined): object | null {
  if (followed === undefined) return null;
  const { request, trace } = followed;
  return {
    ...witnessJson({ request, assumes: trace.assumes, steps: trace.steps }),
    conditions: trace.conditions.map(({ kind, span, text }) => ({ kind, text: decode(text), ...lineJson(span) })),
    ends: endJson(trace.outcome),
  };
}

function endJson(outcome: Followed['trace']['outcome']): object {
  switch (outcome.kind) {
    case 'content': {
      const { content, scope, server } = outcome.site;
      return { kind: outcome.kind, status: outcome.status, content, ...lineJson(nameSpan(scope.node ?? server.node)) };
    }
    case 'refused':
    case 'closed':
    case 'empty':
      return {
        kind: outcome.kind,
        ...('status' in outcome ? { status: outcome.status } : {}),
        ...('cause' in outcome ? { text: decode(outcome.cause) } : {}),
        ...(outcome.by === undefined ? {} : lineJson(nameSpan(outcome.by))),
      };
    case 'redirected':
      return { kind: outcome.kind, status: outcome.status, location: decode(outcome.location) };
    case 'unknown':
      return { kind: outcome.kind, text: decode(outcome.reason.text), ...lineJson(outcome.reason.span) };
  }
}
