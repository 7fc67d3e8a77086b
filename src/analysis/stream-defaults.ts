import { verifyMode } from '../model/client-verification.js';
import type { ListenSocket, StreamModel, StreamServer } from '../model/model.js';
import { constantText } from '../model/template.js';
import type { AccessTable, StreamRow } from './access.js';
import { evaluateStream } from './evaluate/stream.js';
import type { StreamSession, Witness } from './request.js';
import { placesOf, placesOfTrusted } from './stream-exposures.js';
import { dial } from './witness.js';

/** The default server of a TLS socket of stream that does not verify, beside one that does. */
export interface PermissiveStreamDefault {
  readonly socket: ListenSocket<StreamServer>;
  readonly row: StreamRow;
  readonly verifying: StreamServer;
  /** A connection without a name and without a certificate. */
  readonly witness: Witness<StreamSession>;
  /** True where it gets to what a verifying server gives access to. */
  readonly isShared: boolean;
  /** True where what answers is a text that the configuration fixes. */
  readonly isHarmless: boolean;
}

/** Those that pass on or answer whoever sends no name, in the order of the sockets (ngx_stream_ssl_servername). */
export function permissiveStreamDefaults(
  model: StreamModel,
  { rows }: AccessTable<StreamRow>,
): PermissiveStreamDefault[] {
  const verified = new Set(
    rows
      .filter(({ site }) => verifyMode(site.server) !== 'off')
      .flatMap(row => [...(placesOfTrusted(model, row) ?? [])]),
  );
  const rowOf = new Map(rows.map(row => [row.site.server, row]));
  return model.sockets.flatMap(socket => {
    const server = socket.defaultServer;
    const verifying = socket.servers.find(other => other !== server && verifyMode(other) !== 'off');
    const row = rowOf.get(server);
    if (!socket.ssl || verifying === undefined || row === undefined || verifyMode(server) !== 'off') return [];
    const request: StreamSession = {
      connect: dial(socket, model.sockets),
      tls: { serverName: null, certificate: 'none' },
      http: null,
    };
    const { outcome, steps } = evaluateStream(model, request);
    if (outcome.kind !== 'content' || outcome.site.server !== server) return [];
    const isShared = placesOf(model, outcome.value).some(place => verified.has(place));
    const { content, value } = server.handler!;
    const isHarmless = content === 'return' && constantText(value) !== undefined;
    return [{ socket, row, verifying, witness: { request, assumes: [], steps }, isShared, isHarmless }];
  });
}
