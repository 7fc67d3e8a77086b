import type { ConfigNode } from '../config/config-tree.js';
import { type ConfigTree, pathBase } from '../config/expand.js';
import { absolutePath, type FileHost, folderOf, pathFromText, shownPath } from '../config/host.js';
import type { FilePermissions } from '../rule.js';
import type { SourceFile } from '../source/source-file.js';

const OTHERS = { read: 0o004, write: 0o002, search: 0o001 };

/**
 * What every user of this machine may do to the files of a configuration. Undefined where they lie in a git work tree,
 * whose permissions say nothing about those on a server.
 */
export function permissionsOf(tree: ConfigTree, host: FileHost): FilePermissions | undefined {
  const main = absolutePath(host.currentFolder, pathFromText(tree.main.path));
  for (let folder = folderOf(main); ; folder = folderOf(folder)) {
    if (host.exists(folder === '/' ? '/.git' : `${folder}/.git`)) return undefined;
    if (folder === '/') break;
  }

  const searchable = new Map<string, boolean>([['/', true]]);
  /** Whether others may go through a folder and all above it. */
  const maySearch = (folder: string): boolean => {
    let known = searchable.get(folder);
    if (known === undefined) {
      known = ((host.mode(folder) ?? 0) & OTHERS.search) !== 0 && maySearch(folderOf(folder));
      searchable.set(folder, known);
    }
    return known;
  };
  const may = (what: 'read' | 'write', path: string): boolean => {
    const real = host.realPath(path);
    return ((host.mode(real) ?? 0) & OTHERS[what]) !== 0 && maySearch(folderOf(real));
  };

  return {
    readableByOthers: (node: ConfigNode, argument = 0): string | undefined => {
      const written = node.args[argument] ?? '';
      if (written === '' || /^(?:data|engine|store):|\$/.test(written)) return undefined;
      const path = tree.resolvePath(written, pathBase(node.name));
      return host.kind(path) === 'file' && may('read', path) ? shownPath(path, host.currentFolder) : undefined;
    },
    writableByOthers: (): readonly SourceFile[] =>
      tree.files.filter(({ path }) => {
        const absolute = absolutePath(host.currentFolder, pathFromText(path));
        return host.kind(absolute) === 'file' && may('write', absolute);
      }),
  };
}
