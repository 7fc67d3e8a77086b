import { absolutePath, type FileHost, folderOf } from './host.js';

/** Where a folder of the configuration's machine lies on this one. Both paths are absolute, in bytes. */
export interface PathMapping {
  readonly from: string;
  readonly to: string;
}

/**
 * The path on this machine for an absolute path of the configuration: the mapping with the longest `from` that is the
 * path itself or a folder above it; compared by whole path components.
 */
export function mapPath(path: string, mappings: readonly PathMapping[]): string {
  const mapping = mappingFor(path, mappings);
  return mapping === undefined
    ? path
    : absolutePath(mapping.to, `.${path.slice(mapping.from === '/' ? 0 : mapping.from.length)}`);
}

/** The same for a pattern: what glob(3) takes for a wildcard in the folder of this machine is escaped. */
export function mapPattern(pattern: string, mappings: readonly PathMapping[]): string {
  const mapping = mappingFor(pattern, mappings);
  if (mapping === undefined) return pattern;
  const to = mapping.to === '/' ? '' : mapping.to.replace(/[*?[\]\\]/g, '\\$&');
  return `${to}${pattern.slice(mapping.from === '/' ? 0 : mapping.from.length)}`;
}

function mappingFor(path: string, mappings: readonly PathMapping[]): PathMapping | undefined {
  let best: PathMapping | undefined;
  for (const mapping of mappings) {
    const { from } = mapping;
    const fits = path === from || path.startsWith(from === '/' ? '/' : `${from}/`);
    if (fits && (best === undefined || from.length > best.from.length)) best = mapping;
  }
  return best;
}

/** Where the configuration folder is on a server; a suggestion that maps it serves the other includes as well. */
const CONFIGURATION_FOLDERS = ['/etc/nginx', '/usr/local/nginx/conf', '/usr/local/etc/nginx', '/opt/nginx/conf'];

/** Entries of the tree that are looked at. */
const MAX_ENTRIES = 50_000;

const SKIPPED: ReadonlySet<string> = new Set(['node_modules', '__pycache__', 'bower_components']);

/** Finds where the tail of a path that is missing exists in a tree. The tree is walked once, when it is first asked for. */
export class MapSuggestions {
  readonly #host: FileHost;
  readonly #top: string;
  #byName: Map<string, string[]> | undefined;

  /** @param top the folder whose tree is searched */
  constructor(host: FileHost, top: string) {
    this.#host = host;
    this.#top = top;
  }

  /** The mapping under which an absolute path exists; undefined where nothing in the tree ends like it. */
  for(path: string): PathMapping | undefined {
    const wanted = path.split('/').slice(1);
    this.#byName ??= this.#index();
    let best: { path: string; common: number } | undefined;
    let isTied = false;
    for (const candidate of this.#byName.get(wanted.at(-1) ?? '') ?? []) {
      const common = commonTail(wanted, candidate.split('/').slice(1));
      if (best !== undefined && common === best.common) isTied = true;
      if (best === undefined || common > best.common) {
        isTied = false;
        best = { path: candidate, common };
      }
    }
    // A file's bare name says little where several have it.
    if (best === undefined || (best.common === 1 && isTied)) return undefined;
    const known = CONFIGURATION_FOLDERS.find(folder => path.startsWith(`${folder}/`));
    const least = wanted.length - Math.min(best.common, wanted.length - 1);
    const depth = Math.max(least, known === undefined ? 0 : Math.min(known.split('/').length - 1, wanted.length - 1));
    const from = `/${wanted.slice(0, depth).join('/')}`;
    const kept = wanted.length - depth;
    let to = best.path;
    for (let step = 0; step < kept; step += 1) to = folderOf(to);
    return { from, to };
  }

  /** All paths below the top by their last component, those nearest to the top first. */
  #index(): Map<string, string[]> {
    const byName = new Map<string, string[]>();
    const folders = [this.#top];
    let entries = 0;
    for (let next = 0; next < folders.length && entries < MAX_ENTRIES; next += 1) {
      const folder = folders[next]!;
      for (const name of this.#host.list(folder) ?? []) {
        entries += 1;
        if (name.startsWith('.') || SKIPPED.has(name)) continue;
        const path = absolutePath(folder, name);
        const kind = this.#host.kind(path);
        // A link that leads nowhere is missing itself.
        if (kind === 'missing') continue;
        const same = byName.get(name);
        if (same === undefined) byName.set(name, [path]);
        else same.push(path);
        if (kind === 'directory' && this.#host.realPath(path) === absolutePath(this.#host.realPath(folder), name))
          folders.push(path);
      }
    }
    return byName;
  }
}

function commonTail(one: readonly string[], other: readonly string[]): number {
  let common = 0;
  while (common < one.length && common < other.length && one.at(-1 - common) === other.at(-1 - common)) common += 1;
  return common;
}
