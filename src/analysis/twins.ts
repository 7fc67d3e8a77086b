import { verifyMode } from '../model/client-verification.js';
import type { HttpModel, VirtualServer } from '../model/model.js';
import { type AccessRow, type AccessTable, directWitness, type Verdict } from './access.js';
import { socketOf } from './evaluate/virtual-server.js';
import { isHarmless } from './exposures.js';
import { permissiveDefaults } from './permissive-defaults.js';
import type { Witness } from './request.js';
import { overlap, type Resource, resourcesOf } from './resources.js';

/** A site that gives everybody what another server gives to verified clients only. */
export interface Twin {
  readonly row: AccessRow;
  readonly witness: Witness;
  /** What it gives, as it is called. */
  readonly what: string;
  /** The first site of a verifying server with the same resource. */
  readonly verified: AccessRow;
}

/** The sites of servers that do not verify with what is behind verification elsewhere, but for what a default server opens. */
export function unprotectedTwins(model: HttpModel, access: AccessTable): Twin[] {
  const open = access.rows.filter(isOpen);
  if (open.length === 0) return [];
  const behind = new Map<string, { row: AccessRow; resource: Resource }[]>();
  for (const row of access.rows) {
    if (!isBehindVerification(row)) continue;
    for (const resource of resourcesOf(model, row, ['trusted'])) {
      const list = behind.get(resource.owner);
      if (list === undefined) behind.set(resource.owner, [{ row, resource }]);
      else list.push({ row, resource });
    }
  }
  const reported = new Set(permissiveDefaults(model, access).flatMap(place => place.open.map(({ row }) => row)));
  return open.flatMap(row => {
    if (reported.has(row)) return [];
    const { witness } = row.access.none;
    for (const resource of resourcesOf(model, row, ['none'])) {
      const found = behind.get(resource.owner)?.find(other => overlap(resource, other.resource));
      if (found === undefined || isInner(model, witness, found.row.site.server)) continue;
      return [{ row, witness, what: resource.name, verified: found.row }];
    }
    return [];
  });
}

/** A row whose site anybody reaches. */
type OpenRow = AccessRow & { readonly access: { readonly none: Extract<Verdict, { verdict: 'reached' }> } };

/** A site of a server that does not verify, and that is not open by nature. */
function isOpen(row: AccessRow): row is OpenRow {
  return directWitness(row.access.none) !== undefined && verifyMode(row.site.server) === 'off' && !isHarmless(row);
}

/** A site that verified clients reach, and no others whatever they send. */
function isBehindVerification({ site, access }: AccessRow): boolean {
  return (
    verifyMode(site.server) !== 'off' &&
    directWitness(access.trusted) !== undefined &&
    access.none.verdict !== 'reached' &&
    access.none.verdict !== 'unknown'
  );
}

/** True for a way that only processes of this machine can take, beside a server that others reach. */
export function isInner({ sockets }: HttpModel, { request }: Witness, verifying: VirtualServer): boolean {
  const socket = socketOf(sockets, request.connect);
  return socket !== undefined && isLocal(socket) && !verifying.listens.every(listen => isLocal(listen.socket));
}

/** True for an address that only processes of this machine reach. */
export function isLocal({ address }: { readonly address: string }): boolean {
  return /^(?:unix:|127\.|\[::1\]$)/.test(address);
}
