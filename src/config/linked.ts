import { absolutePath, type FileHost, type FileKind, folderOf, isAbsolutePath, type ReadResult } from './host.js';
import { mapPath, type PathMapping } from './path-map.js';

/** Links behind one another that are followed; the kernel gives up at as many (MAXSYMLINKS of Linux). */
const MAX_LINKS = 40;

/**
 * A file system with mapped paths, in which a symbolic link that leads nowhere is followed to where the mappings say that
 * its target lies: `sites-enabled/app -> /etc/nginx/sites-available/app` in a checkout.
 */
export class LinkedHost implements FileHost {
  readonly currentFolder: string;
  readonly #host: FileHost;
  readonly #mappings: readonly PathMapping[];

  constructor(host: FileHost, mappings: readonly PathMapping[]) {
    this.currentFolder = host.currentFolder;
    this.#host = host;
    this.#mappings = mappings;
  }

  read(path: string): ReadResult {
    const found = this.#host.read(path);
    if (found.problem?.kind !== 'missing') return found;
    const target = this.#follow(path);
    return target === undefined ? found : this.#host.read(target);
  }

  list(path: string): readonly string[] | undefined {
    const names = this.#host.list(path);
    if (names !== undefined) return names;
    const target = this.#follow(path);
    return target === undefined ? undefined : this.#host.list(target);
  }

  kind(path: string): FileKind {
    const found = this.#host.kind(path);
    if (found !== 'missing') return found;
    const target = this.#follow(path);
    return target === undefined ? found : this.#host.kind(target);
  }

  exists(path: string): boolean {
    return this.#host.exists(path) || this.kind(path) !== 'missing';
  }

  realPath(path: string): string {
    return this.#host.realPath(this.#follow(path) ?? path);
  }

  mode(path: string): number | undefined {
    return this.#host.mode(this.#follow(path) ?? path);
  }

  linkTarget(path: string): string | undefined {
    return this.#host.linkTarget(path);
  }

  /** Where a path that is missing leads if the first link of it that leads nowhere is mapped, and so on; else undefined. */
  #follow(path: string): string | undefined {
    let at = path;
    for (let links = 0; links < MAX_LINKS && this.#host.kind(at) === 'missing'; links += 1) {
      const next = this.#throughLink(at);
      if (next === undefined) return undefined;
      at = next;
    }
    return at === path || this.#host.kind(at) === 'missing' ? undefined : at;
  }

  #throughLink(path: string): string | undefined {
    for (let link = path; link !== '/' && link !== folderOf(link); link = folderOf(link)) {
      const target = this.#host.linkTarget(link);
      if (target === undefined) continue;
      const rest = path.slice(link.length);
      const written = absolutePath(folderOf(link), target);
      return `${isAbsolutePath(target) ? mapPath(written, this.#mappings) : written}${rest}`;
    }
    return undefined;
  }
}
