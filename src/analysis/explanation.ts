import { type ConfigNode, nodePlace, nodeSpan } from '../config/config-tree.js';
import type { HttpModel, Location, VirtualServer } from '../model/model.js';
import type { Scope } from '../model/scope.js';
import type { Span } from '../source/source-file.js';
import type { AccessRow, AccessTable, Refusal, Site } from './access.js';
import { whyLocation, whyServer } from './choice-reasons.js';
import { lowerCase, validHost } from './evaluate/request-line.js';
import { socketOf } from './evaluate/virtual-server.js';
import type { Visit } from './evaluate.js';
import { type Asked, type Followed, follow, isServed } from './follow.js';
import { CLIENT_CLASSES, type ClientClass, type Request } from './request.js';
import { siteKey } from './sites.js';

/** One choice of location on the way of the explained request. */
export interface ExplainedVisit extends Visit {
  /** A clause that says why nginx chose it. Text is bytes. */
  readonly why: string;
}

/** A cell of the access table, with the way of the one request that led to it. */
export interface Explanation {
  /** The host name that was asked for, in bytes; undefined where the server was named otherwise. */
  readonly host: string | undefined;
  /** The class of client that was asked about. */
  readonly clientClass: ClientClass;
  readonly server: VirtualServer;
  /** A clause that says why the request gets to that server. Text is bytes. */
  readonly whyServer: string;
  readonly target: string;
  /** The request of each class, and what it meets; undefined where the class has no way in. */
  readonly requests: Readonly<Record<ClientClass, Followed | undefined>>;
  /** The locations that the request comes by. */
  readonly visits: readonly ExplainedVisit[];
  /** The row of the site that the path leads to; undefined where nothing answers with content there. */
  readonly row: AccessRow | undefined;
  /** Other sites in the same location, and the one whose content an error page sends instead. */
  readonly neighbours: readonly AccessRow[];
  /** The opening lines of the `if` blocks around the lines that refuse. */
  readonly guards: readonly Span[];
  /** True where the request of the class that was asked about ends at the site of the row, on no condition. */
  readonly isProof: boolean;
}

/**
 * Explains the cell of the access table that a request path leads to: the path is followed through the choice of
 * locations, as the class that was asked about and as a client with a trusted certificate.
 */
export function explainCell(
  model: HttpModel,
  { rows }: AccessTable,
  asked: Asked,
  clientClass: ClientClass,
): Explanation {
  const requests = Object.fromEntries(
    CLIENT_CLASSES.map(one => [one, follow(model, asked, one)]),
  ) as Explanation['requests'];
  const own = requests[clientClass];
  const trusted = requests.trusted;
  // What stands at the path is what a client sees that is not turned away.
  const told = [own, trusted].find(one => one !== undefined && isServed(one.trace)) ?? trusted ?? own;
  const leading = told === undefined ? [] : told.trace.visits;
  const row = told === undefined ? undefined : rowOf(told, rows, asked.server);
  const location = leading.filter(visit => !visit.afterError).at(-1)?.location;
  const errorSite = own?.trace.outcome.kind === 'content' ? own.trace.outcome.site : undefined;
  const neighbours = rows.filter(other => {
    if (other === row || other.site.server !== asked.server) return false;
    return (location !== undefined && isIn(other.site.scope, location)) || isSame(other.site, errorSite);
  });
  const first = told ?? own;
  const verdict = row?.access[clientClass];
  return {
    host: asked.host,
    clientClass,
    server: asked.server,
    whyServer: first === undefined ? '' : whyServerOf(model, first.request, asked.server),
    target: asked.target,
    requests,
    visits: leading.map(visit => ({ ...visit, why: whyLocation(visit) })),
    row,
    neighbours,
    guards: verdict?.verdict === 'refused' ? guardsOf(asked.server, verdict.by) : [],
    isProof:
      own !== undefined &&
      row !== undefined &&
      own.trace.conditions.length === 0 &&
      own.trace.outcome.kind === 'content' &&
      isSame(row.site, own.trace.outcome.site),
  };
}

/** The opening lines of the `if` blocks in a server that hold one of some lines. */
function guardsOf(server: VirtualServer, lines: readonly Refusal[]): Span[] {
  const places = new Set(lines.map(({ span }) => `${span.file.path}:${span.start}`));
  const guards = new Map<string, Span>();
  const visit = (node: ConfigNode): void => {
    for (const child of node.children ?? []) {
      const span = nodeSpan(node);
      const isGuard = node.name === 'if' && places.has(nodePlace(child));
      if (isGuard) guards.set(`${span.file.path}:${span.start}`, span);
      visit(child);
    }
  };
  visit(server.node);
  return [...guards.values()];
}

/** The row of the site at which a request ends, else that of the last location before an error. */
function rowOf(followed: Followed, rows: readonly AccessRow[], server: VirtualServer): AccessRow | undefined {
  const { outcome, visits } = followed.trace;
  if (outcome.kind === 'content' && isServed(followed.trace)) {
    const { site } = outcome;
    return rows.find(row => isSame(row.site, site));
  }
  const location = visits.filter(visit => !visit.afterError).at(-1)?.location;
  const scope = location?.scope ?? server.scope;
  const own = rows.filter(row => row.site.server === server && row.site.scope === scope);
  if (own.length > 0 || location === undefined) return own[0];
  return rows.find(row => row.site.server === server && isIn(row.site.scope, location));
}

function isSame(site: Site, other: Site | undefined): boolean {
  return other !== undefined && siteKey(site) === siteKey(other);
}

/** True for the block of a location and those in it that are no locations of their own. */
function isIn(scope: Scope, location: Location): boolean {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    if (at === location.scope) return true;
    if (at.kind === 'location') return false;
  }
  return false;
}

function whyServerOf(model: HttpModel, { connect, http }: Request, server: VirtualServer): string {
  const socket = socketOf(model.sockets, connect);
  if (socket === undefined) return '';
  const header = http.headers.find(([name]) => lowerCase(name) === 'host')?.[1];
  return whyServer(socket, server, header === undefined ? undefined : validHost(header));
}
