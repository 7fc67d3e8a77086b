import type { StreamHandler, StreamModel, StreamServer } from '../model/model.js';
import { lowerCase } from '../source/ascii.js';
import type { Site } from './access.js';

/** The site that a server of stream is; undefined where nothing answers. */
export function streamSite(server: StreamServer): Site<StreamServer> | undefined {
  const { handler, scope } = server;
  if (handler === undefined) return undefined;
  const { content, node } = handler;
  const target = content === 'script' || content === 'return' ? undefined : node.args[0];
  return { server, scope, kind: 'stream-server', content, source: node, target };
}

/** Whether variables decide where the connections of a handler go. */
export function isComputed({ content, value }: StreamHandler): boolean {
  return (content === 'proxy_pass' || content === 'pass') && value.some(piece => piece.kind !== 'text');
}

/**
 * Names that a computed `proxy_pass` finds without a resolver: those of `upstream` blocks, and the targets of other servers
 * with their port, which are upstreams of one server each (ngx_stream_proxy_handler, ngx_stream_upstream_add).
 */
export function knownUpstreams(model: StreamModel): ReadonlySet<string> {
  let names = known.get(model);
  if (names === undefined) {
    const written = model.servers.flatMap(({ handler }) =>
      handler === undefined || handler.content !== 'proxy_pass' || isComputed(handler)
        ? []
        : [handler.node.args[0] ?? ''],
    );
    names = new Set([...model.upstreams.keys(), ...written.map(lowerCase)]);
    known.set(model, names);
  }
  return names;
}

const known = new WeakMap<StreamModel, ReadonlySet<string>>();
