import type { Session, Witness } from '../../src/analysis/request.js';

/** A witness that is a request; throws for a connection to a server of stream. */
export function httpWitness(witness: Witness<Session>): Witness {
  const { request } = witness;
  if (request.http === null) throw new Error('the witness is no request of HTTP');
  return { ...witness, request };
}
