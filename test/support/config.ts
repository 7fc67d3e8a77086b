import { parseConfig } from '../../grammar/index.js';
import type { ConfigNode } from '../../src/config/config-tree.js';
import { type ConfigTree, type ExpandOptions, expand } from '../../src/config/expand.js';
import { ConfigReader } from '../../src/config/reader.js';
import { type MemoryFile, MemoryHost } from './memory-host.js';

/** Expands `nginx.conf` of a file system that exists only in the test; paths are relative to `/work`. */
export function expandFiles(files: Readonly<Record<string, MemoryFile>>, options?: ExpandOptions): ConfigTree {
  return expand('/work/nginx.conf', new ConfigReader(new MemoryHost(files), parseConfig), options);
}

/** Expands one text as the main file. */
export function expandText(text: string): ConfigTree {
  return expandFiles({ 'nginx.conf': text });
}

/** The directives with their blocks in one line, as nginx sees them after the includes: `http { a 1; } x;`. */
export function outline(nodes: readonly ConfigNode[]): string {
  return nodes
    .map(({ name, args, children }) => {
      const head = [name, ...args].join(' ');
      return children === undefined ? `${head};` : `${head} { ${outline(children)} }`.replace('{  }', '{}');
    })
    .join(' ');
}
