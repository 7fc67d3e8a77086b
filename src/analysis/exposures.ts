import type { ConfigNode } from '../config/config-tree.js';
import type { HttpModel, VirtualServer } from '../model/model.js';
import { parseTemplate, variablesOf } from '../model/template.js';
import type { AccessRow, AccessTable } from './access.js';
import { type Check, checksOnTheWay, hasChecks, locationOf, verifyVariables } from './checks.js';
import { verifyMode } from './handshake.js';
import { publicPathEntry } from './public-paths.js';
import type { ClientClass, Witness } from './request.js';

/** Which rule an exposure belongs to: the first of these causes that applies (spec 6). */
export type ExposureCause = 'plaintext-listener' | 'ineffective-verify-check' | 'unverified-location';

/** Content of a verifying server that a client without a verified certificate reaches. */
export interface Exposure {
  readonly row: AccessRow;
  readonly clientClass: ClientClass;
  readonly witness: Witness;
  readonly cause: ExposureCause;
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
    exposures = table.rows.flatMap(row => exposureOf(model, row) ?? []);
    known.set(table, exposures);
  }
  return exposures;
}

function exposureOf(model: HttpModel, row: AccessRow): Exposure | undefined {
  const { site, access } = row;
  const mode = verifyMode(site.server);
  if (mode === 'off') return undefined;
  // Only under optional_no_ca is a client with an untrusted certificate let through the handshake's result.
  const classes: readonly ClientClass[] = mode === 'optional_no_ca' ? ['none', 'untrusted'] : ['none'];
  for (const clientClass of classes) {
    const verdict = access[clientClass];
    if (verdict.verdict !== 'reached') continue;
    const { witness } = verdict;
    const delegatedBy = delegation(model, row, mode);
    const checks = checksOnTheWay(model, site).filter(check => !choosesWhatIsHandedOn(check, delegatedBy));
    const publicBy = checks.length === 0 ? undefined : publicPathEntry(model, site, checks, witness);
    let cause: ExposureCause;
    if (witness.request.tls === null) cause = 'plaintext-listener';
    else if (checks.length > 0 && publicBy === undefined) cause = 'ineffective-verify-check';
    else if (mode === 'on') return undefined;
    else cause = 'unverified-location';
    const serverHasChecks = hasChecks(model, site.server);
    return {
      row,
      clientClass,
      witness,
      cause,
      checks,
      publicBy,
      delegatedBy,
      serverHasChecks,
      isHarmless: isHarmless(row),
    };
  }
  return undefined;
}

/** True for an `if` that does nothing but compute what is handed to the back end, which is how that is told of the verdict. */
function choosesWhatIsHandedOn({ statement }: Check, delegatedBy: ConfigNode | undefined): boolean {
  if (delegatedBy === undefined || statement.body.length === 0) return false;
  const handed = new Set(delegatedBy.args.flatMap(argument => variablesOf(parseTemplate(argument))));
  return statement.body.every(step => step.kind === 'set' && handed.has(step.variable));
}

/** Lists of settings that carry values to a back end, by the handler that sends them. */
const FORWARDING: Readonly<Record<string, string>> = {
  proxy_pass: 'proxy_set_header',
  grpc_pass: 'grpc_set_header',
  fastcgi_pass: 'fastcgi_param',
  uwsgi_pass: 'uwsgi_param',
  scgi_pass: 'scgi_param',
};

/** What proves to a back end who the client is, under optional_no_ca (spec 6). */
const PROOFS: ReadonlySet<string> = new Set([
  'ssl_client_verify',
  'ssl_client_cert',
  'ssl_client_raw_cert',
  'ssl_client_escaped_cert',
]);

function delegation(model: HttpModel, { site }: AccessRow, mode: string): ConfigNode | undefined {
  const list = FORWARDING[site.content];
  if (list === undefined) return undefined;
  const verdicts = verifyVariables(model, site.server);
  const proves = (name: string): boolean =>
    verdicts.has(name) || (mode === 'optional_no_ca' ? PROOFS.has(name) : name.startsWith('ssl_client_'));
  const forwards = (node: ConfigNode): boolean =>
    node.args.slice(1, 2).some(value => variablesOf(parseTemplate(value)).some(proves));
  const forwarding = site.scope.effective(list).find(forwards);
  if (forwarding !== undefined) return forwarding;
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
