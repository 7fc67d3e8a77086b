import { type ConfigNode, nodeSpan } from '../config/config-tree.js';
import type { VirtualServer } from '../model/model.js';
import type { Step } from './request.js';

const indexes = new WeakMap<VirtualServer, ReadonlyMap<string, ConfigNode>>();

/** The directives of a server, or of the level around it, at which steps stand; in the order of the steps. */
export function nodesOfSteps(server: VirtualServer, steps: readonly Step[]): ConfigNode[] {
  const index = indexOf(server);
  return steps.flatMap(({ span }) => index.get(`${span.file.path}:${span.start}`) ?? []);
}

function indexOf(server: VirtualServer): ReadonlyMap<string, ConfigNode> {
  let index = indexes.get(server);
  if (index === undefined) {
    const found = new Map<string, ConfigNode>();
    const open: ConfigNode[] = [server.node];
    // Other blocks of the level around are no step of a request to this server.
    for (const node of server.node.parent?.children ?? []) if (node.children === undefined) open.push(node);
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      const { file, start } = nodeSpan(node);
      const key = `${file.path}:${start}`;
      if (!found.has(key)) found.set(key, node);
      for (const child of node.children ?? []) open.push(child);
    }
    index = found;
    indexes.set(server, index);
  }
  return index;
}
