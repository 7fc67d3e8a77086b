import { verifyMode } from '../model/client-verification.js';
import type { ListenSocket, StreamModel, StreamServer } from '../model/model.js';
import { constantText } from '../model/template.js';
import { directWitness, type StreamRow } from './access.js';
import { verifyVariables } from './checks.js';
import { socketOf } from './evaluate/virtual-server.js';
import type { ClientClass, StreamSession, Witness } from './request.js';
import { backEnds } from './resources.js';

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
  const kept = placesOfTrusted(model, row);
  for (const clientClass of OUTSIDERS) {
    const own = directWitness(access[clientClass]);
    if (own === undefined) continue;
    const open = targets.filter(target => directWitness(target.access[clientClass]) !== undefined);
    // Where nobody is known to get to by a verified certificate, a place that takes any but none tells of no decision either.
    const undecided = open.find(({ access: cells, value }) =>
      kept === undefined || cells.trusted.verdict === 'unknown'
        ? cells.none.verdict === 'refused'
        : placesOf(model, value).some(place => kept.has(place)),
    );
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

/** Where clients with a verified certificate are passed on to; undefined where no certificate is one. */
export function placesOfTrusted(model: StreamModel, row: StreamRow): ReadonlySet<string> | undefined {
  const { access, targets, site } = row;
  if (access.trusted.verdict === 'refused') return undefined;
  const places = new Set<string>();
  if (site.target !== undefined && targets.length === 0) return new Set(placesOf(model, site.target));
  for (const { access: cells, value } of targets) {
    if (!('witness' in cells.trusted)) continue;
    // Where there is no TLS they are clients like all others.
    const { connect } = cells.trusted.witness.request;
    if (socketOf(model.sockets, connect)?.ssl === true) for (const place of placesOf(model, value)) places.add(place);
  }
  return places;
}

/** The addresses that a target stands for. */
export function placesOf(model: StreamModel, value: string): string[] {
  return backEnds(model, { authority: value, scheme: undefined });
}
