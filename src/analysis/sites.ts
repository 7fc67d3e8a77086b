import type { ConfigNode } from '../config/config-tree.js';
import { isPassed } from '../model/handlers.js';
import type { Handler, Location, Program, VirtualServer } from '../model/model.js';
import type { Scope } from '../model/scope.js';
import type { Site, SiteKind } from './access.js';
import type { Outcome, Trace } from './evaluate.js';
import { showsAnswer, type Via } from './request.js';

/** The site that static files or a handler of the server level are, where no location matches. */
export function serverSite(server: VirtualServer, content: string, source: ConfigNode | undefined): Site {
  // An `if` of the server program leaves its settings in force, and is still the block that holds the return.
  const holder = server.program.find(step => step.kind === 'if' && step.body.some(inner => inner.node === source));
  return siteOf(server, holder?.kind === 'if' ? holder.scope : server.scope, content, source);
}

/** The site of a block. `source` gives the content; a block that is only named stands for nginx's own root. */
export function siteOf(server: VirtualServer, scope: Scope, content: string, source: ConfigNode | undefined): Site {
  const names = content === 'static' ? ['root', 'alias'] : undefined;
  const given = source !== undefined && (names === undefined || names.includes(source.name)) ? source : undefined;
  return {
    server,
    scope,
    kind: kindOf(scope),
    content,
    source: given,
    target: isPassed(content) ? source?.args[0] : undefined,
  };
}

function kindOf(scope: Scope): SiteKind {
  switch (scope.kind) {
    case 'server':
      return 'http-server';
    case 'if':
    case 'limit_except':
    case 'stream-server':
      return scope.kind;
    default:
      return 'location';
  }
}

/** Equal for the same site: its block and what answers there. */
export function siteKey(site: Site): string {
  const node = site.scope.node;
  let number = numbers.get(site.scope);
  if (number === undefined) {
    number = ++count;
    numbers.set(site.scope, number);
  }
  return `${number} ${node?.name ?? ''} ${site.content}`;
}

const numbers = new WeakMap<Scope, number>();
let count = 0;

/**
 * The sites that a server's blocks can be, in text order: every handler, every `return` of a text with a 2xx code, and
 * static files wherever a block has no handler and its program does not always end first.
 */
export function sitesOf(server: VirtualServer): Site[] {
  const sites: Site[] = [];
  addReturns(sites, server, server.program, server.scope);
  const ends = alwaysEnds(server.program);
  if (!ends && !server.locations.some(location => location.match.kind === 'prefix' && location.match.text === '/')) {
    sites.push(contentSite(server, server.scope, server.handler));
  }
  for (const location of server.locations) addLocation(sites, server, location, ends);
  return sites;
}

function contentSite(server: VirtualServer, scope: Scope, handler: Handler | undefined): Site {
  if (handler !== undefined) return siteOf(server, scope, handler.content, handler.node);
  return siteOf(server, scope, 'static', scope.setting('alias') ?? scope.setting('root'));
}

function addLocation(sites: Site[], server: VirtualServer, location: Location, unreachable: boolean): void {
  addReturns(sites, server, location.program, location.scope);
  if (!alwaysEnds(location.program) && !unreachable) {
    sites.push(contentSite(server, location.scope, location.handler));
    addHandlers(sites, server, location.program);
  }
  const limit = location.limitExcept;
  if (limit?.handler !== undefined) sites.push(siteOf(server, limit.scope, limit.handler.content, limit.handler.node));
  for (const child of location.children) addLocation(sites, server, child, unreachable);
}

function addReturns(sites: Site[], server: VirtualServer, program: Program, scope: Scope): void {
  for (const step of program) {
    if (step.kind === 'return' && isContent(step)) sites.push(siteOf(server, scope, 'return', step.node));
    if (step.kind === 'if') addReturns(sites, server, step.body, step.scope);
  }
}

function addHandlers(sites: Site[], server: VirtualServer, program: Program): void {
  for (const step of program) {
    if (step.kind === 'if' && step.handler !== undefined) {
      sites.push(siteOf(server, step.scope, step.handler.content, step.handler.node));
    }
  }
}

/** A 2xx answer with a text is content; 204 and an empty text are not. */
function isContent(step: Extract<Program[number], { kind: 'return' }>): boolean {
  return step.code >= 200 && step.code < 300 && step.code !== 204 && (step.text?.length ?? 0) > 0;
}

function alwaysEnds(program: Program): boolean {
  for (const step of program) {
    if (step.kind === 'return') return true;
    if (step.kind === 'break') return false;
    if (step.kind === 'rewrite' && (step.flag === 'last' || step.flag === 'break')) return false;
    if (step.kind === 'if' && canEndEarly(step.body)) return false;
  }
  return false;
}

/** True where the body of an `if` can leave the program other than by an answer. */
function canEndEarly(body: Program): boolean {
  return body.some(step => step.kind === 'break' || (step.kind === 'rewrite' && step.flag !== 'none'));
}

/** Whether a request ends at a site. */
export function endsAt(outcome: Outcome, site: Site): boolean {
  return outcome.kind === 'content' && siteKey(outcome.site) === siteKey(site);
}

/** The end of a request at a site. */
export type ArrivalAt = Pick<Trace, 'conditions' | 'outcome'> & {
  /** The line that makes nginx ask for the site on the side; undefined where the request itself ends there. */
  readonly by?: ConfigNode;
};

/** The end of a request at a site, itself or on the side where `via` says so; undefined where it does not end there. */
export function arrivalAt(trace: Trace, site: Site, via: Via | undefined): ArrivalAt | undefined {
  if (via === undefined) return endsAt(trace.outcome, site) ? trace : undefined;
  return trace.asides.find(aside => aside.via === via && endsAt(aside.outcome, site));
}

/**
 * The same where the client is shown what the site says: what is added to an answer is cut off with it where something else
 * ends the connection (row 10.42), and copies, checks and what runs behind the end show nobody their answer.
 */
export function shownAt(trace: Trace, site: Site, via: Via | undefined): ArrivalAt | undefined {
  return showsAnswer(via) && trace.outcome.kind !== 'closed' ? arrivalAt(trace, site, via) : undefined;
}
