/** Which variables hold text that the client writes. */
import type { MapEntry, StreamServer, Template, TrafficModel, VirtualServer } from '../model/model.js';
import { programsOf } from './checks.js';

/** Variables of nginx whose text is the client's own; names of the form `http_NAME`, `arg_NAME` and `cookie_NAME` are, too. */
const WRITTEN: ReadonlySet<string> = new Set([
  ...[
    'args',
    'document_uri',
    'host',
    'http_host',
    'query_string',
    'remote_user',
    'request',
    'request_body',
    'request_uri',
  ],
  ...['ssl_preread_alpn_protocols', 'ssl_preread_server_name', 'ssl_server_name', 'uri'],
]);

const known = new WeakMap<VirtualServer | StreamServer, ReadonlySet<string>>();

/**
 * True where a text of a server can hold what the client writes: a variable of nginx that does, or one that takes its text
 * from such a variable through `set` or a map, or from what a pattern captures. A map that only chooses among texts of the
 * configuration hands none on. Names that the server answers to are its own choice, unless it is the default of an address.
 */
export function holdsClientText(
  model: TrafficModel,
  server: VirtualServer | StreamServer,
  template: Template,
): boolean {
  let names = known.get(server);
  if (names === undefined) {
    names = clientVariables(model, server);
    known.set(server, names);
  }
  return carries(template, names, fixedName(server));
}

function clientVariables(model: TrafficModel, server: VirtualServer | StreamServer): ReadonlySet<string> {
  const fixed = fixedName(server);
  const names = new Set<string>();
  for (let size = -1; size !== names.size; ) {
    size = names.size;
    for (const definition of model.variables.values()) {
      if (definition.kind !== 'map') continue;
      const entries: (MapEntry | undefined)[] = [
        ...[...definition.literals.values(), ...definition.wildcards, ...definition.regexes],
        definition.default,
      ];
      if (entries.some(entry => entry !== undefined && carries(entry.value, names, fixed))) names.add(definition.name);
    }
    for (const program of programsOf(server)) {
      for (const step of program.flatMap(outer => (outer.kind === 'if' ? [outer, ...outer.body] : [outer]))) {
        if (step.kind === 'set' && carries(step.value, names, fixed)) names.add(step.variable);
      }
    }
  }
  return names;
}

function carries(template: Template, names: ReadonlySet<string>, fixed: string | undefined): boolean {
  return template.some(piece => {
    if (piece.kind === 'capture') return true;
    if (piece.kind === 'text') return false;
    const { name } = piece;
    if (name === fixed) return false;
    return WRITTEN.has(name) || names.has(name) || /^(?:http|arg|cookie)_./.test(name);
  });
}

/**
 * The variable that picks the server where clients get to it under its exact names alone; the Host header may carry a port
 * besides.
 */
function fixedName(server: VirtualServer | StreamServer): string | undefined {
  const isFixed =
    server.names.every(({ kind }) => kind === 'exact') &&
    server.listens.every(({ socket }) => socket.defaultServer !== server);
  if (!isFixed) return undefined;
  return server.scope.kind === 'stream-server' ? 'ssl_server_name' : 'host';
}
