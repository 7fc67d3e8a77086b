import type { HttpModel, ListenSocket, VirtualServer } from '../model/model.js';
import { literal } from '../pcre/language.js';
import { confirm } from './confirm.js';
import { evaluate, type Trace } from './evaluate.js';
import { entriesOf } from './handshake.js';
import { hostLanguage } from './host-languages.js';
import { Knowledge } from './knowledge.js';
import { Patterns } from './patterns.js';
import type { ClientClass, Request } from './request.js';
import { Symbols } from './symbols.js';
import { requestsFor } from './witness.js';

/** What somebody asks a server for. */
export interface Asked {
  readonly server: VirtualServer;
  /** The addresses to try, in this order. */
  readonly sockets: readonly ListenSocket[];
  /** The name to ask for; undefined for any that leads to the server. */
  readonly host: string | undefined;
  /** The request target as it stands in the request line. */
  readonly target: string;
}

/** One concrete request and its way. */
export interface Followed {
  readonly request: Request;
  readonly trace: Trace;
}

/**
 * What a plain GET of a class of client meets. Of the ways in (with SNI, without, without TLS …) the first that ends in
 * content without an error page counts, else the first. Undefined where a client of that class has no way in.
 */
export function follow(model: HttpModel, asked: Asked, clientClass: ClientClass): Followed | undefined {
  let first: Followed | undefined;
  for (const request of waysIn(model, asked, clientClass)) {
    const arrived = confirm(model, request, isServed);
    if (arrived !== undefined) return { request, trace: arrived };
    first ??= {
      request,
      trace: confirm(model, request, ({ outcome }) => outcome.kind === 'content') ?? evaluate(model, request),
    };
  }
  return first;
}

/** True where a request ends in content, and not in that of an error page. */
export function isServed({ outcome, visits }: Trace): boolean {
  return outcome.kind === 'content' && visits.at(-1)?.afterError !== true;
}

/** The request in each way in which a client of the class enters the server. */
function* waysIn(
  model: HttpModel,
  { host, server, sockets, target }: Asked,
  clientClass: ClientClass,
): Generator<Request> {
  const patterns = new Patterns();
  for (const socket of sockets) {
    for (const entry of entriesOf(socket, server, clientClass, model.trust)) {
      const symbols = new Symbols(true);
      const names = host === undefined ? hostLanguage(socket, server, patterns) : literal(host);
      const knowledge = entry.hostless
        ? Knowledge.NOTHING
        : Knowledge.NOTHING.assume([symbols.client('host')], [names]);
      if (knowledge === undefined) continue;
      const search = {
        entry,
        sockets: model.sockets,
        symbols,
        knowledge,
        sourceAddress: undefined,
        provokes: undefined,
        needsPassword: false,
        bodyLength: 0,
      };
      for (const { request } of requestsFor(search)) {
        const { http, ...rest } = request;
        yield { ...rest, http: { ...http, method: 'GET', target } };
        break;
      }
    }
  }
}
