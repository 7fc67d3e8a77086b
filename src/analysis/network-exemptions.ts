import type { AccessCondition, AccessRow, AccessTable } from './access.js';
import { verifyMode } from './handshake.js';
import type { ClientClass, Witness } from './request.js';

/** A site that clients of some addresses reach without a verified certificate, and all others only with one. */
export interface NetworkExemption extends Pick<AccessCondition, 'span' | 'text'> {
  readonly row: AccessRow;
  readonly witness: Witness;
}

/** The exemptions by address of a table: the address is all that stands between the client and the site. */
export function networkExemptions({ rows }: AccessTable): NetworkExemption[] {
  return rows.flatMap(row => exemptionOf(row) ?? []);
}

const UNVERIFIED: readonly ClientClass[] = ['none', 'untrusted'];

function exemptionOf(row: AccessRow): NetworkExemption | undefined {
  const { site, access } = row;
  // Where a verified client needs the address as well, it does not stand in for the certificate.
  if (verifyMode(site.server) === 'off' || access.trusted.verdict !== 'reached') return undefined;
  if (UNVERIFIED.some(clientClass => access[clientClass].verdict === 'reached')) return undefined;
  for (const clientClass of UNVERIFIED) {
    const verdict = access[clientClass];
    if (verdict.verdict !== 'conditional' || verdict.conditions.some(({ kind }) => kind !== 'address')) continue;
    const [condition] = verdict.conditions;
    if (condition !== undefined) return { row, span: condition.span, text: condition.text, witness: verdict.witness };
  }
  return undefined;
}
