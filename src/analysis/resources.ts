/** What stands behind a site: the back ends and the folders that two servers can have in common. */
import type { HttpModel, Template } from '../model/model.js';
import { addressOf, type PassTarget, parsePassTarget } from '../model/pass-target.js';
import { constantText, parseTemplate, variablesOf } from '../model/template.js';
import { lowerCase } from '../source/ascii.js';
import type { AccessRow, Site } from './access.js';
import { locationOf } from './checks.js';
import { environmentOf, evaluate } from './evaluate.js';
import type { ClientClass } from './request.js';
import { siteKey } from './sites.js';

/** A part of a back end, or of the files of this machine. */
export interface Resource {
  /** Equal for the same back end. */
  readonly owner: string;
  /** What it is called: the target, with variables replaced, or the folder. */
  readonly name: string;
  /** What the paths begin with that the site asks for there. */
  readonly path: string;
  /** True where the site asks for that path and no longer one. */
  readonly isExact: boolean;
}

/** The files of this machine, as an owner. */
const FILES = 'files';

/**
 * What a site gives some classes of clients access to, each back end of an upstream by itself. None for folders with variables,
 * and for nginx's own root.
 */
export function resourcesOf(model: HttpModel, row: AccessRow, classes: readonly ClientClass[]): Resource[] {
  const { site } = row;
  const asked = askedPath(site);
  if (site.content === 'static') {
    const root = site.source === undefined ? undefined : constantText(parseTemplate(site.source.args[0] ?? ''));
    if (root === undefined) return [];
    const isAlias = site.source!.name === 'alias';
    const path = isAlias ? root : root.replace(/\/$/, '') + asked.path;
    return [{ owner: FILES, name: root, path, isExact: asked.isExact }];
  }
  const written = parseTemplate(site.target ?? '');
  const isFixed = constantText(written) !== undefined;
  return targetsOf(model, row, classes).flatMap(target => {
    const { uri } = parsePassTarget(target) ?? {};
    const { path, isExact } =
      uri === undefined ? asked : isFixed ? { ...asked, path: uri } : computedPath(written, asked);
    return backEndsOf(model, site, target).map(owner => ({ owner, name: target, path, isExact }));
  });
}

/** The variables that hold the path that a client asks for. */
const ASKED: ReadonlySet<string> = new Set(['request_uri', 'uri', 'document_uri']);

/** The paths behind a target that variables make: what is written of them, those of the location, or any. */
function computedPath(target: Template, asked: AskedPath): AskedPath {
  const [first] = target;
  const path = first?.kind === 'text' ? parsePassTarget(first.text)?.uri : undefined;
  if (path !== undefined) return { path, isExact: false };
  return variablesOf(target).some(name => ASKED.has(name)) ? asked : ANY_PATH;
}

/** The targets that a site passes clients of some classes on to; those with variables as the requests of the table meet them. */
export function targetsOf(model: HttpModel, { access, site }: AccessRow, classes: readonly ClientClass[]): string[] {
  const written = constantText(parseTemplate(site.target ?? ''));
  if (written !== undefined) return classes.every(one => access[one].verdict === 'refused') ? [] : [written];
  const key = siteKey(site);
  const targets = classes.flatMap(one => {
    const verdict = access[one];
    if (!('witness' in verdict)) return [];
    const { witness } = verdict;
    const { passages } = evaluate(model, witness.request, environmentOf(witness), { passages: true });
    return passages.flatMap(passage => (siteKey(passage.site) === key ? (passage.target ?? []) : []));
  });
  return [...new Set(targets)];
}

/**
 * The back ends behind a target that a site passes on to, each server of an upstream by itself; equal texts for the same
 * one. A target with variables is given as they make it.
 */
export function backEndsOf(model: HttpModel, site: Site, target: string): string[] {
  const parsed = parsePassTarget(target);
  if (parsed === undefined) return [];
  // Behind one FastCGI server there are as many applications as there are folders.
  const folder = site.content === 'fastcgi_pass' ? ` ${site.scope.value('root', 'html')}` : '';
  return backEnds(model, parsed).map(address => `${address}${folder}`);
}

/** True where two sites can ask for the same thing. */
export function overlap(one: Resource, other: Resource): boolean {
  if (one.owner !== other.owner) return false;
  if (one.path === other.path) return true;
  return one.path.length < other.path.length
    ? !one.isExact && other.path.startsWith(one.path)
    : !other.isExact && one.path.startsWith(other.path);
}

/** Paths that a site is asked for. */
export type AskedPath = Pick<Resource, 'path' | 'isExact'>;

/** Whatever path. */
export const ANY_PATH: AskedPath = { path: '/', isExact: false };

/** The paths that a site is asked for: those of its location, unless a pattern or a rewrite makes others of them. */
export function askedPath(site: Site): AskedPath {
  const location = locationOf(site);
  const match = location?.match;
  const isRewritten = location?.program.some(({ kind }) => kind === 'rewrite') ?? false;
  if (isRewritten || match === undefined || match.kind === 'named' || match.kind === 'regex') {
    return ANY_PATH;
  }
  return { path: match.text, isExact: match.kind === 'exact' };
}

/** The addresses behind a name: those of the upstream that is called so, or itself. */
export function backEnds(
  { upstreams }: Pick<HttpModel, 'upstreams'>,
  { authority, scheme }: Pick<PassTarget, 'authority' | 'scheme'>,
): string[] {
  const upstream = upstreams.get(lowerCase(authority));
  if (upstream === undefined) return [placeOf(authority, scheme)];
  const servers = (upstream.children ?? []).flatMap(({ name, args }) =>
    name === 'server' && args[0] ? [args[0]] : [],
  );
  // Without a port a server of an upstream has port 80, whatever is spoken to it (ngx_http_upstream_server).
  return [...new Set(servers.map(address => placeOf(address, undefined)))];
}

/** An address with its port; this machine has one name. */
function placeOf(authority: string, scheme: string | undefined): string {
  return addressOf(authority.replace(/^(?:localhost|\[::1\])(?=:|$)/i, '127.0.0.1'), scheme);
}
