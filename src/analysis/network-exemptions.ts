import { verifyMode } from '../model/client-verification.js';
import type { HttpModel } from '../model/model.js';
import type { AccessCondition, AccessRow, AccessTable } from './access.js';
import type { ClientClass, Request, Witness } from './request.js';
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
