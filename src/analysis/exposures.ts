import type { ConfigNode } from '../config/config-tree.js';
import { verifyMode } from '../model/client-verification.js';
import { forwardingOf } from '../model/forwarding.js';
import type { HttpModel, Statement, VirtualServer } from '../model/model.js';
import { parseTemplate, variablesOf } from '../model/template.js';
import type { AccessRow, AccessTable, Site } from './access.js';
import { type Assignment, clientVariableAssignments, withoutAssignments } from './assignments.js';
import { decidingCheck, identityChecks } from './authorization.js';
import {
  type Check,
  certificateVariables,
  checksOnTheWay,
  hasChecks,
  identityVariables,
  locationOf,
  verifyVariables,
} from './checks.js';
import { Counterfactual, type Edit } from './counterfactual.js';
import { environmentOf, evaluate } from './evaluate.js';
import { backEndTlsOf } from './proxy-certificates.js';
import { publicPathEntry } from './public-paths.js';
import type { ClientClass, Witness } from './request.js';
import { arrivalAt, shownAt } from './sites.js';
import { nodesOfSteps } from './step-nodes.js';
import { type Waiver, waiverOf } from './waivers.js';

/** Why a client without a verified certificate gets to a site: the first of these that applies (spec 6), with its line. */
export type ExposureCause =
  /** The configuration gives a variable about the client certificate a value of its own. */
  | { readonly kind: 'redefined-verify-variable'; readonly assignment: Assignment }
  /** There is no TLS on the listener, and over TLS the site is not reached. */
  | { readonly kind: 'plaintext-listener' }
  /** An error leads there, or what nginx asks on the side of a request, and nothing else does. */
  | { readonly kind: 'error-page-bypass'; readonly page: ConfigNode }
  /** The certificate is one that the server itself would not accept, and the default server of the socket does. */
  | { readonly kind: 'weaker-default-policy' }
  /** Something that the client sends stands in for a certificate. */
  | { readonly kind: 'spoofable-exemption'; readonly waiver: Waiver }
  /** Access is decided on who the client says it is, and it need not prove that. */
  | { readonly kind: 'unauthenticated-authorization'; readonly check: Check }
  | { readonly kind: 'ineffective-verify-check' }
  | { readonly kind: 'unverified-location' };

/** Content of a verifying server that a client without a verified certificate reaches. */
export interface Exposure<Cause extends ExposureCause = ExposureCause> {
  readonly row: AccessRow;
  readonly clientClass: ClientClass;
  readonly witness: Witness;
  readonly cause: Cause;
  /** The checks on the way that let the client by. */
  readonly checks: readonly Check[];
  /** The line of a map of public paths that waives every one of them; undefined where no such line does. */
  readonly publicBy: ConfigNode | undefined;
  /** The directive that hands the verdict or the identity to the back end, which then has to enforce it. */
  readonly delegatedBy: ConfigNode | undefined;
  /** True where the server checks the result of verification anywhere. */
  readonly serverHasChecks: boolean;
  /** True for content that is open by nature: a fixed text, a static error page, ACME challenges, robots.txt … */
  readonly isHarmless: boolean;
}

const known = new WeakMap<AccessTable, readonly Exposure[]>();

/** All exposures of a configuration, each under its cause, in the order of the access table. */
export function exposuresOf(model: HttpModel, table: AccessTable): readonly Exposure[] {
  let exposures = known.get(table);
  if (exposures === undefined) {
    exposures = findExposures(model, table);
    known.set(table, exposures);
  }
  return exposures;
}

/** The exposures of one cause. */
export function exposuresBy<Kind extends ExposureCause['kind']>(
  model: HttpModel,
  table: AccessTable,
  kind: Kind,
): Exposure<Extract<ExposureCause, { kind: Kind }>>[] {
  type Wanted = Exposure<Extract<ExposureCause, { kind: Kind }>>;
  return exposuresOf(model, table).filter((exposure): exposure is Wanted => exposure.cause.kind === kind);
}

/** A row that is open, with the class of client that the table shows there. */
interface Opening {
  readonly row: AccessRow;
  readonly clientClass: ClientClass;
  readonly witness: Witness;
  /** The line that makes nginx ask on the side of the witness's request; undefined where that ends at the site itself. */
  readonly askedBy: ConfigNode | undefined;
}

function findExposures(model: HttpModel, table: AccessTable): Exposure[] {
  const openings = table.rows.flatMap(row => openingOf(model, row) ?? []);
  const assignments = openings.length === 0 ? [] : clientVariableAssignments(model);
  const redefined = without(model, openings, withoutAssignments, ({ row: { site } }) =>
    assignments.some(({ server }) => server === undefined || server === site.server),
  );
  const hopping = openings.filter(opening => errorPageOf(opening) !== undefined);
  const direct = without(model, hopping, withoutErrorPages, () => true);
  return openings.flatMap(opening => {
    const { row, clientClass, askedBy } = opening;
    const { site } = row;
    if (opening.witness.via === 'post_action' && askedBy !== undefined) {
      return [exposure(model, opening, { kind: 'error-page-bypass', page: askedBy })];
    }
    const untouched = redefined?.has(site.server) ? redefined.witness(site, clientClass) : opening.witness;
    if (untouched === undefined) {
      const assignment = assignments.find(({ server }) => server === undefined || server === site.server)!;
      return [exposure(model, opening, { kind: 'redefined-verify-variable', assignment })];
    }
    if (askedBy !== undefined) return behind(model, opening, askedBy);
    const page = errorPageOf(opening);
    if (page === undefined) return otherwise(model, table, opening);
    const other = direct?.witness(site, clientClass);
    if (other === undefined) return behind(model, opening, page);
    const found = { ...opening, witness: other, askedBy: askedByOf(model, row, other) };
    return found.askedBy === undefined ? otherwise(model, table, found) : behind(model, found, found.askedBy);
  });
}

/** The first class of client without a verified certificate that reaches a site of a verifying server. */
function openingOf(model: HttpModel, row: AccessRow): Opening | undefined {
  if (verifyMode(row.site.server) === 'off') return undefined;
  const openings: Opening[] = UNVERIFIED.flatMap(clientClass => {
    const verdict = row.access[clientClass];
    if (verdict.verdict !== 'reached') return [];
    const { witness } = verdict;
    return [{ row, clientClass, witness, askedBy: askedByOf(model, row, witness) }];
  });
  return (
    openings.find(({ witness }) => witness.via === undefined) ?? openings.find(({ askedBy }) => askedBy !== undefined)
  );
}

/**
 * The line that makes nginx ask for a site on the side of a request where that is to the client's use: it is shown the answer,
 * or a post_action has its effect on a back end, behind a refusal as well (row 10.30). Copies and checks give the client
 * nothing.
 */
function askedByOf(model: HttpModel, { site }: AccessRow, witness: Witness): ConfigNode | undefined {
  const { via } = witness;
  if (via === undefined) return undefined;
  const trace = evaluate(model, witness.request, environmentOf(witness));
  if (via === 'post_action' && site.target !== undefined) return arrivalAt(trace, site, via)?.by;
  return shownAt(trace, site, via)?.by;
}

const UNVERIFIED: readonly ClientClass[] = ['none', 'untrusted'];

/** What the openings would be in an edited configuration; undefined where none of them is asked about. */
function without(
  model: HttpModel,
  openings: readonly Opening[],
  edit: Edit,
  isAsked: (opening: Opening) => boolean,
): Counterfactual | undefined {
  const servers = new Set(openings.filter(isAsked).map(({ row }) => row.site.server));
  return servers.size === 0 ? undefined : new Counterfactual(model, servers, edit);
}

/** In `map` and the like, a key called so has one argument. */
const withoutErrorPages: Edit = node => (node.name === 'error_page' && node.args.length > 1 ? undefined : node);

/** The last error page that a witness is sent to; undefined where there is none, or where it ends on the side. */
function errorPageOf({ row, witness }: Opening): ConfigNode | undefined {
  if (witness.via !== undefined) return undefined;
  return nodesOfSteps(row.site.server, witness.steps).findLast(({ name }) => name === 'error_page');
}

/**
 * A site that only an error or an addition leads to, `page` being its line. A page that is the same whatever was asked for is
 * what these are for.
 */
function behind(model: HttpModel, opening: Opening, page: ConfigNode): Exposure[] {
  const { site } = opening.row;
  const isStaticPage = site.content === 'static' && (isFixedPath(page.args.at(-1) ?? '') || triesFixedFiles(site));
  if (!isStaticPage) return [exposure(model, opening, { kind: 'error-page-bypass', page })];
  if (verifyMode(site.server) === 'on') return [];
  return [{ ...exposure(model, opening, { kind: 'unverified-location' }), isHarmless: true }];
}

/** True for a target that leads to one path; a named location keeps the path of the client (row 1.17). */
function isFixedPath(target: string): boolean {
  return target.startsWith('/') && parseTemplate(target).every(({ kind }) => kind === 'text');
}

/** True for a location that serves the files which its `try_files` names, and no others. */
function triesFixedFiles(site: Site): boolean {
  const location = locationOf(site);
  // An `if` that matches puts try_files out of force (row 2.23).
  if (location === undefined || location.program.length > 0) return false;
  const files = location.scope.own('try_files').flatMap(({ args }) => args.slice(0, -1));
  return files.length > 0 && files.every(file => variablesOf(parseTemplate(file)).length === 0);
}

/** The causes behind redefined variables and error pages. */
function otherwise(model: HttpModel, table: AccessTable, opening: Opening): Exposure[] {
  const { row, witness } = opening;
  const { site } = row;
  const { tls } = witness.request;
  if (tls === null) return [exposure(model, opening, { kind: 'plaintext-listener' })];
  // A file among the issuers is a CA of another server; a certificate of nobody's is "self" or "unknown".
  if (tls.issuer !== undefined && tls.issuer !== 'self' && tls.issuer !== 'unknown') {
    return [exposure(model, opening, { kind: 'weaker-default-policy' })];
  }
  const found = exposure(model, opening, { kind: 'unverified-location' });
  const authorizing = identityChecks(model, site, witness);
  if (found.checks.length > 0 || authorizing.length > 0 || site.scope.setting('auth_request') !== undefined) {
    const waiver = waiverOf(model, table, row, witness);
    if (waiver !== undefined) {
      return [{ ...found, witness: waiver.witness, cause: { kind: 'spoofable-exemption', waiver } }];
    }
  }
  const check = decidingCheck(model, site, witness, authorizing);
  const publicBy = check === undefined ? undefined : publicPathEntry(model, site, [check], witness);
  if (check !== undefined && publicBy === undefined) {
    return [{ ...found, cause: { kind: 'unauthenticated-authorization', check } }];
  }
  if (found.checks.length > 0 && found.publicBy === undefined) {
    return [{ ...found, cause: { kind: 'ineffective-verify-check' } }];
  }
  return verifyMode(site.server) === 'on' ? [] : [{ ...found, publicBy: found.publicBy ?? publicBy }];
}

function exposure(model: HttpModel, { row, clientClass, witness }: Opening, cause: ExposureCause): Exposure {
  const { site } = row;
  const onTheWay = checksOnTheWay(model, site);
  const choice = onTheWay.find(check => choosesBackEnd(check, site));
  const delegatedBy = delegation(model, row, verifyMode(site.server)) ?? choice?.statement.node;
  const handedOn = delegatedBy === undefined ? undefined : variablesHandedOn(site);
  const checks = onTheWay.filter(check => !choosesWhatIsHandedOn(check, handedOn) && !choosesBackEnd(check, site));
  return {
    row,
    clientClass,
    witness,
    cause,
    checks,
    publicBy: checks.length === 0 ? undefined : publicPathEntry(model, site, checks, witness),
    delegatedBy,
    serverHasChecks: hasChecks(model, site.server),
    isHarmless: isHarmless(row),
  };
}

/** True for an `if` of the site's location that does nothing but pass on to another back end than the location does. */
function choosesBackEnd({ statement, location }: Check, site: Site): boolean {
  const own = statement.handler?.kind === 'upstream' ? statement.handler.node.args[0] : undefined;
  const others = location?.handler?.kind === 'upstream' ? location.handler.node.args[0] : undefined;
  if (own === undefined || others === undefined || own === others || location !== locationOf(site)) return false;
  return site.target === (site.scope === statement.scope ? own : others) && statement.body.every(isBreak);
}

function isBreak({ kind }: Statement): boolean {
  return kind === 'break';
}

/**
 * True for an `if` that does nothing but compute what is handed to a back end, or which back end that is: so it is told of the
 * verdict.
 */
function choosesWhatIsHandedOn({ statement }: Check, handedOn: ReadonlySet<string> | undefined): boolean {
  if (handedOn === undefined || statement.body.length === 0) return false;
  return statement.body.every(step => step.kind === 'set' && handedOn.has(step.variable));
}

/** The variables in the fields, in the target and in the certificate of the proxy that a site passes on with. */
function variablesHandedOn(site: Site): ReadonlySet<string> {
  const fields = forwardingOf(site.scope, site.content)?.fields ?? [];
  const target = parseTemplate(site.source?.args[0] ?? '');
  const tls = backEndTlsOf(site);
  const key = parseTemplate(tls?.setting('ssl_certificate_key')?.args[0] ?? '');
  return new Set([target, tls?.certificate?.file ?? [], key, ...fields.map(({ value }) => value)].flatMap(variablesOf));
}

function delegation(model: HttpModel, { site }: AccessRow, mode: string): ConfigNode | undefined {
  const forwarding = forwardingOf(site.scope, site.content);
  if (forwarding === undefined) return undefined;
  const { server } = site;
  const verdicts = verifyVariables(model, server);
  // Under optional_no_ca a subject proves nothing; the verdict does, and so does the certificate itself (spec 6).
  const proofs = mode === 'optional_no_ca' ? certificateVariables(model, server) : identityVariables(model, server);
  const proves = (name: string): boolean => verdicts.has(name) || proofs.has(name);
  const telling = forwarding.fields.find(({ value }) => variablesOf(value).some(proves));
  if (telling !== undefined) return telling.node;
  // So does a certificate of the proxy that only some clients are passed on under.
  const certificate = backEndTlsOf(site)?.certificate;
  if (certificate !== undefined && variablesOf(certificate.file).some(name => verdicts.has(name)))
    return certificate.node;
  // A back end that is chosen by the verdict is a decision, too.
  const { source } = site;
  return source !== undefined && variablesOf(parseTemplate(source.args[0] ?? '')).some(name => verdicts.has(name))
    ? source
    : undefined;
}

/** Paths that have to be open to everybody. */
const PUBLIC_PATHS: ReadonlySet<string> = new Set(['/favicon.ico', '/robots.txt']);

/** True for content that is open by nature: a fixed text, a static error page, ACME challenges, robots.txt … */
export function isHarmless({ site }: AccessRow): boolean {
  if (site.content === 'return') {
    const text = site.source?.args[1] ?? '';
    return variablesOf(parseTemplate(text)).length === 0;
  }
  const location = locationOf(site);
  if (location === undefined || (location.match.kind !== 'exact' && location.match.kind !== 'prefix')) return false;
  const { text } = location.match;
  if (PUBLIC_PATHS.has(text) || `${text}/`.startsWith('/.well-known/acme-challenge/')) return true;
  return location.match.kind === 'exact' && site.content === 'static' && isErrorPage(site.server, text);
}

/** True where an `error_page` of the server or of one of its locations names the path. */
function isErrorPage(server: VirtualServer, path: string): boolean {
  const names = (node: ConfigNode): boolean => node.name === 'error_page' && node.args.at(-1) === path;
  const visit = (nodes: readonly ConfigNode[]): boolean =>
    nodes.some(node => names(node) || (node.children !== undefined && visit(node.children)));
  return server.scope.effective('error_page').some(names) || visit(server.node.children ?? []);
}

/**
 * What a site gives access to: the argument of its pass directive, or the folder of its files. Undefined for content that
 * no other server can share.
 */
export function resourceOf({ site }: AccessRow): string | undefined {
  if (site.target !== undefined) return `${site.content} ${site.target}`;
  return site.content === 'static' ? `static ${site.source?.args[0] ?? 'html'}` : undefined;
}

/** Items with equal keys together, the groups and what is in them in the order in which they come. */
export function groupBy<T>(items: Iterable<T>, keyOf: (item: T) => unknown): readonly [T, ...T[]][] {
  const groups = new Map<unknown, [T, ...T[]]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}
