/** Which part of a request waives a check: decided by sending the request without it, with a certificate and without. */
import type { ConfigNode } from '../config/config-tree.js';
import type { HttpModel } from '../model/model.js';
import type { AccessRow, AccessTable, Site } from './access.js';
import { variableUses } from './blocks.js';
import { locationOf } from './checks.js';
import { type Environment, environmentOf, evaluate, type Trace } from './evaluate.js';
import { subjectsWanted } from './identity-tests.js';
import type { HttpRequest, Request, TlsChoice, Witness } from './request.js';
import { rowsOf } from './rows.js';
import { NAME_VARIABLES } from './shape.js';
import { siteKey } from './sites.js';
import { nodesOfSteps } from './step-nodes.js';

/** Something that the client sends and that stands in for a verified certificate. */
export interface Waiver {
  /** What that is: `header X-Internal`, `argument key`, `method OPTIONS` … */
  readonly sent: readonly string[];
  /** The line that lets the request by: an `if` that it enters, or the check that it escapes. */
  readonly at: ConfigNode;
  readonly witness: Witness;
}

/** A request that lacks something of another one. */
interface Variant {
  readonly sent: string;
  readonly request: Request;
}

/**
 * What of a witness waives the checks on its way: without it the request is turned away, unless the client has a verified
 * certificate. Undefined where there is no such part, where a `limit_except` block makes the difference, and where the
 * evaluator cannot tell.
 */
export function waiverOf(model: HttpModel, table: AccessTable, row: AccessRow, witness: Witness): Waiver | undefined {
  const trial = new Trial(model, table, row, witness);
  const read = variablesRead(model);
  const variants = [...variantsOf(witness.request, row.site, read)];
  const needed = variants.filter(({ request }) => trial.dependsOnCertificate(request));
  const [first] = needed;
  if (first !== undefined) {
    const at = trial.difference(witness.request, first.request);
    return at === undefined || at.name === 'limit_except'
      ? undefined
      : { sent: needed.map(({ sent }) => sent), at, witness };
  }
  return RAW_TEXT.some(name => read.has(name)) ? forged(trial, row.site, witness) : undefined;
}

/**
 * The raw text of the target can be forged: a text that is exempted, in the arguments of another path or in front of
 * `..`, lets that path by as well (row 13.20).
 */
function forged(trial: Trial, site: Site, { request }: Witness): Waiver | undefined {
  const exempt = request.http.target;
  for (const path of siblingPaths(site, exempt)) {
    const plain = withTarget(request, path);
    if (!trial.dependsOnCertificate(plain)) continue;
    const climb = '../'.repeat(exempt.split('/').length - 1);
    const folder = exempt.endsWith('/') ? exempt : `${exempt}/`;
    for (const target of [`${path}?${exempt}`, `${path}?=${exempt}`, `${folder}${climb}${path.slice(1)}`]) {
      const forgery = withTarget(request, target);
      const way = trial.reaches(forgery);
      const at = way === undefined ? undefined : trial.difference(forgery, plain);
      if (way !== undefined && at !== undefined) return { sent: ['raw text of the request target'], at, witness: way };
    }
  }
  return undefined;
}

/** Paths of a site other than the one that was asked for. */
function siblingPaths(site: Site, target: string): string[] {
  const match = locationOf(site)?.match;
  if (match !== undefined && match.kind !== 'prefix') return [];
  const start = match?.text ?? '/';
  return [start, `${start}x`, `${start}x/y`].filter(path => /^\/[\w./~-]*$/.test(path) && path !== target);
}

/** Sends variants of one witness to the evaluator, under the files that the witness assumes. */
export class Trial {
  readonly #model: HttpModel;
  readonly #row: AccessRow;
  readonly #choices: readonly TlsChoice[];
  readonly #environment: Environment;

  constructor(model: HttpModel, table: AccessTable, row: AccessRow, { assumes }: Witness) {
    this.#model = model;
    this.#row = row;
    this.#choices = verifiedChoices(model, table, row.site);
    this.#environment = environmentOf({ assumes });
  }

  /**
   * Whether a request is turned away as it is and gets content of the site's location when its client has a verified
   * certificate. An exemption may lead to an `if` of the location, and a certificate to the location itself.
   */
  dependsOnCertificate(request: Request): boolean {
    const { outcome } = this.#follow(request);
    if (outcome.kind === 'unknown' || this.#isAround(outcome)) return false;
    const { tls } = request;
    if (tls === null) return false;
    return this.#choices.some(choice => {
      const serverName = hostOf(request.http) ?? tls.serverName;
      return this.#isAround(this.#follow({ ...request, tls: { ...choice, serverName } }).outcome);
    });
  }

  /** The way of a request that ends at the site. */
  reaches(request: Request): Witness | undefined {
    const { outcome, assumes, steps, conditions } = this.#follow(request);
    return this.#isHere(outcome) && conditions.length === 0 ? { request, assumes, steps } : undefined;
  }

  /**
   * The line at which two requests part: the `if` or `rewrite` that the first one takes, else the step of the second one
   * that the first does not come to.
   */
  difference(admitted: Request, refused: Request): ConfigNode | undefined {
    const { server } = this.#row.site;
    const ways = [admitted, refused].map(request => nodesOfSteps(server, this.#follow(request).steps));
    const [own = [], other = []] = ways;
    let at = 0;
    while (at < own.length && own[at] === other[at]) at++;
    const taken = own[at];
    return taken !== undefined && DECIDING.has(taken.name) ? taken : other[at];
  }

  #follow(request: Request): Trace {
    return evaluate(this.#model, request, this.#environment);
  }

  #isHere(outcome: Trace['outcome']): boolean {
    return outcome.kind === 'content' && siteKey(outcome.site) === siteKey(this.#row.site);
  }

  #isAround(outcome: Trace['outcome']): boolean {
    if (outcome.kind !== 'content' || outcome.site.server !== this.#row.site.server) return false;
    return locationOf(outcome.site) === locationOf(this.#row.site);
  }
}

/** How clients that the server accepts present themselves where they get content of a site's location. */
function verifiedChoices(model: HttpModel, table: AccessTable, site: Site): TlsChoice[] {
  const location = locationOf(site);
  const choices = new Map<string, TlsChoice>();
  for (const { site: other, access } of rowsOf(table, site.server)) {
    if (locationOf(other) !== location) continue;
    const { trusted } = access;
    if (trusted.verdict !== 'reached' && trusted.verdict !== 'conditional') continue;
    const { tls } = trusted.witness.request;
    if (tls?.certificate !== 'trusted') continue;
    // The way of the table may be the exempted one, on which the name does not matter.
    for (const choice of [tls, ...subjectsWanted(model, site.server).map(subject => ({ ...tls, subject }))]) {
      choices.set(`${choice.issuer} ${choice.subject}`, choice);
    }
  }
  return [...choices.values()];
}

/** Steps that decide by what the client sends. */
const DECIDING: ReadonlySet<string> = new Set(['if', 'rewrite', 'limit_except']);

const RAW_TEXT = ['request_uri', 'request'];
const METHOD = ['request_method', 'request'];

const known = new WeakMap<HttpModel, ReadonlySet<string>>();

/** The variables that decisions of the configuration can depend on. */
function variablesRead(model: HttpModel): ReadonlySet<string> {
  let names = known.get(model);
  if (names === undefined) {
    names = new Set([...variableUses(model)].map(({ name }) => name));
    known.set(model, names);
  }
  return names;
}

/** The request without each of the things that a client may send or not, where something reads them. */
function* variantsOf(request: Request, { server }: Site, read: ReadonlySet<string>): Generator<Variant> {
  const { http, tls } = request;
  const namesMatter = [...NAME_VARIABLES].some(name => read.has(name));
  for (const [index, [name, value]] of http.headers.entries()) {
    const without = http.headers.filter((_, other) => other !== index);
    const folded = name.toLowerCase();
    if (folded === 'host') {
      if (!namesMatter) continue;
      const another = server.names.flatMap(own => (own.kind === 'exact' && own.text !== value ? [own.text] : []))[0];
      const other = another === undefined || another === '' ? UNKNOWN_NAME : another;
      const headers = http.headers.map(header => (header[0] === name ? ([name, other] as const) : header));
      const choice = tls === null ? null : { ...tls, serverName: other };
      yield { sent: 'Host header', request: { ...request, tls: choice, http: { ...http, headers } } };
    } else if (folded === 'cookie') {
      for (const cookie of value.split('; ')) {
        const others = value.split('; ').filter(other => other !== cookie);
        const headers = others.length === 0 ? without : [...without, [name, others.join('; ')] as const];
        yield { sent: `cookie ${cookie.split('=')[0]}`, request: { ...request, http: { ...http, headers } } };
      }
    } else {
      yield { sent: `header ${name}`, request: { ...request, http: { ...http, headers: without } } };
    }
  }
  const host = hostOf(http);
  if (namesMatter && tls !== null && host !== undefined && tls.serverName !== host) {
    yield { sent: 'SNI name', request: { ...request, tls: { ...tls, serverName: host } } };
  }
  if (METHOD.some(name => read.has(name))) {
    const method = http.method === 'GET' ? 'POST' : 'GET';
    yield { sent: `method ${http.method}`, request: { ...request, http: { ...http, method } } };
  }
  const [path = '', query] = splitOnce(http.target);
  if (query !== undefined) {
    const all = query.split('&');
    for (const argument of all) {
      const others = all.filter(other => other !== argument).join('&');
      const named = argument.includes('=') ? `argument ${argument.split('=')[0]}` : 'query string';
      yield { sent: named, request: withTarget(request, others === '' ? path : `${path}?${others}`) };
    }
  }
}

/** A name that no server has: the top-level domain is reserved for that (RFC 2606). */
const UNKNOWN_NAME = 'unknown.invalid';

function withTarget(request: Request, target: string): Request {
  return { ...request, http: { ...request.http, target } };
}

function hostOf({ headers }: HttpRequest): string | undefined {
  return headers.find(([name]) => name.toLowerCase() === 'host')?.[1];
}

function splitOnce(target: string): [path: string, query: string | undefined] {
  const mark = target.indexOf('?');
  return mark === -1 ? [target, undefined] : [target.slice(0, mark), target.slice(mark + 1)];
}
