import type { ListenSocket, StreamModel, StreamServer } from '../model/model.js';
import { constantText } from '../model/template.js';
import { type Access, directWitness, type StreamRow } from './access.js';
import { verifyVariables } from './checks.js';
import { socketOf } from './evaluate/virtual-server.js';
import { verifyMode } from './handshake.js';
import type { ClientClass, StreamSession, Witness } from './request.js';

/** A server of stream that passes clients without a verified certificate on like those with one. */
export interface StreamExposure {
  readonly row: StreamRow;
  readonly clientClass: ClientClass;
  readonly witness: Witness<StreamSession>;
  /** Where the connection comes in. */
  readonly socket: ListenSocket<StreamServer>;
  /** True where what answers is a text that the configuration fixes. */
  readonly isHarmless: boolean;
}

/** The clients without a verified certificate, the least of them first. */
const OUTSIDERS: readonly ClientClass[] = ['none', 'untrusted'];

/**
 * What a server answers clients without a verified certificate with and that its verification does not keep for others. A
 * map of the verdict that passes them on to a place of their own decides about them; the same place for both does not.
 */
export function streamExposure(model: StreamModel, row: StreamRow): StreamExposure | undefined {
  const { access, site, targets } = row;
  const handler = site.server.handler!;
  const readsVerdict = handler.value.some(
    piece => piece.kind === 'variable' && verifyVariables(model, site.server).has(piece.name),
  );
  for (const clientClass of OUTSIDERS) {
    const own = directWitness(access[clientClass]);
    if (own === undefined) continue;
    const open = targets.filter(target => directWitness(target.access[clientClass]) !== undefined);
    const undecided = open.find(target => isShared(model, target.access, access.trusted.verdict === 'refused'));
    const isChosenByClient = open.length === 0 && targets.length > 0;
    // A text that depends on the verdict tells who gets which.
    const isPlain = targets.length === 0 && !readsVerdict;
    const witness = undecided === undefined ? own : directWitness(undecided.access[clientClass])!;
    if (undecided === undefined && !isPlain && !isChosenByClient && verifyMode(site.server) !== 'off') continue;
    const socket = socketOf(model.sockets, witness.request.connect)!;
    const isHarmless = handler.content === 'return' && constantText(handler.value) !== undefined;
    return { row, clientClass, witness, socket, isHarmless };
  }
  return undefined;
}

/**
 * Whether clients with a verified certificate get to the same place. Where no certificate is one, a place that takes any
 * certificate counts, and one that takes clients without a certificate as well does not.
 */
function isShared(model: StreamModel, { none, trusted }: Access<StreamSession>, hasNoTrusted: boolean): boolean {
  if (hasNoTrusted) return none.verdict === 'refused';
  if (!('witness' in trusted)) return false;
  // Where there is no TLS they are clients like all others.
  const { connect } = trusted.witness.request;
  return socketOf(model.sockets, connect)?.ssl === true;
}
