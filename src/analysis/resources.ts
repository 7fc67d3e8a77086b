/** What stands behind a site: the back ends and the folders that two servers can have in common. */
import type { HttpModel } from '../model/model.js';
import { addressOf, type PassTarget, parsePassTarget } from '../model/pass-target.js';
import { constantText, parseTemplate } from '../model/template.js';
import type { AccessRow, Site } from './access.js';
import { locationOf } from './checks.js';

/** A part of a back end, or of the files of this machine. */
export interface Resource {
  /** Equal for the same back end. */
  readonly owner: string;
  /** What the paths begin with that the site asks for there. */
  readonly path: string;
  /** True where the site asks for that path and no longer one. */
  readonly isExact: boolean;
}

/** The files of this machine, as an owner. */
const FILES = 'files';

/** What a site gives access to, each back end of an upstream by itself. None where variables choose it, and for nginx's own root. */
export function resourcesOf(model: HttpModel, { site }: AccessRow): Resource[] {
  const asked = askedPath(site);
  if (site.content === 'static') {
    const root = site.source === undefined ? undefined : constantText(parseTemplate(site.source.args[0] ?? ''));
    if (root === undefined) return [];
    const isAlias = site.source!.name === 'alias';
    const path = isAlias ? root : root.replace(/\/$/, '') + asked.path;
    return [{ owner: FILES, path, isExact: asked.isExact }];
  }
  const target = site.target ?? '';
  const parsed = parsePassTarget(target);
  if (parsed === undefined) return [];
  const path = parsed.uri ?? asked.path;
  return backEndsOf(model, site, target).map(owner => ({ owner, path, isExact: asked.isExact }));
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

/** The paths that a site is asked for: those of its location, unless a pattern or a rewrite makes others of them. */
function askedPath(site: Site): Pick<Resource, 'path' | 'isExact'> {
  const location = locationOf(site);
  const match = location?.match;
  const isRewritten = location?.program.some(({ kind }) => kind === 'rewrite') ?? false;
  if (isRewritten || match === undefined || match.kind === 'named' || match.kind === 'regex') {
    return { path: '/', isExact: false };
  }
  return { path: match.text, isExact: match.kind === 'exact' };
}

/** The addresses behind a name: those of the upstream that is called so, or itself. */
export function backEnds(
  { upstreams }: Pick<HttpModel, 'upstreams'>,
  { authority, scheme }: Pick<PassTarget, 'authority' | 'scheme'>,
): string[] {
  const upstream = upstreams.get(authority);
  const written = upstream?.children?.flatMap(({ name, args }) => (name === 'server' && args[0] ? [args[0]] : []));
  return [
    ...new Set(
      (written ?? [authority]).map(address => addressOf(address.replace(/^localhost(?=:|$)/i, '127.0.0.1'), scheme)),
    ),
  ];
}
