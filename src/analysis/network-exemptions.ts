import { verifyMode } from '../model/client-verification.js';
import type { HttpModel, StreamModel } from '../model/model.js';
import { type AccessCondition, type AccessRow, type AccessTable, directWitness, type StreamRow } from './access.js';
import type { ClientClass, Request, StreamSession, Witness } from './request.js';
import { placesOf } from './stream-exposures.js';
import { Trial } from './waivers.js';

/** A site that clients of some addresses reach without a verified certificate, and all others only with one. */
export interface NetworkExemption extends Pick<AccessCondition, 'span' | 'text'> {
  readonly row: AccessRow;
  readonly witness: Witness;
}

/** The exemptions by address of a table: the address is all that stands between the client and the site. */
export function networkExemptions(model: HttpModel, table: AccessTable): NetworkExemption[] {
  return table.rows.flatMap(row => exemptionOf(model, table, row) ?? []);
}

/** A place that connections from some addresses are passed on to without a verified certificate, and others only with one. */
export interface StreamExemption extends Pick<AccessCondition, 'span' | 'text'> {
  readonly row: StreamRow;
  readonly witness: Witness<StreamSession>;
}

/**
 * The exemptions by address of servers of stream. What `allow` and `deny` say holds for every client, so only a variable of the
 * target can waive a certificate for an address.
 */
export function streamExemptions(model: StreamModel, { rows }: AccessTable<StreamRow>): StreamExemption[] {
  return rows.flatMap(row => {
    const { site, targets } = row;
    if (verifyMode(site.server) === 'off') return [];
    const kept = new Set(
      targets.flatMap(({ access, value }) =>
        directWitness(access.trusted) === undefined ? [] : placesOf(model, value),
      ),
    );
    const found: StreamExemption[] = [];
    for (const { access, value } of targets) {
      if (UNVERIFIED.some(clientClass => access[clientClass].verdict === 'reached')) continue;
      if (!placesOf(model, value).some(place => kept.has(place))) continue;
      for (const clientClass of UNVERIFIED) {
        const verdict = access[clientClass];
        if (verdict.verdict !== 'conditional' || verdict.conditions.some(({ kind }) => kind !== 'address')) continue;
        const [{ span, text }] = verdict.conditions as [AccessCondition, ...AccessCondition[]];
        found.push({ row, span, text, witness: verdict.witness });
        break;
      }
    }
    return found;
  });
}

const UNVERIFIED: readonly ClientClass[] = ['none', 'untrusted'];

function exemptionOf(model: HttpModel, table: AccessTable, row: AccessRow): NetworkExemption | undefined {
  const { site, access } = row;
  if (verifyMode(site.server) === 'off') return undefined;
  if (UNVERIFIED.some(clientClass => access[clientClass].verdict === 'reached')) return undefined;
  for (const clientClass of UNVERIFIED) {
    const verdict = access[clientClass];
    if (verdict.verdict !== 'conditional' || verdict.conditions.some(({ kind }) => kind !== 'address')) continue;
    const [condition] = verdict.conditions;
    const { witness } = verdict;
    // Where a verified client needs the address as well, it does not stand in for the certificate.
    const { sourceAddress: _, ...elsewhere }: Request = witness.request;
    if (condition !== undefined && new Trial(model, table, row, witness).dependsOnCertificate(elsewhere)) {
      return { row, span: condition.span, text: condition.text, witness };
    }
  }
  return undefined;
}
