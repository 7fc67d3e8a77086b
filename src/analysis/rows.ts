import type { VirtualServer } from '../model/model.js';
import type { AccessRow, AccessTable } from './access.js';

const indexes = new WeakMap<AccessTable, ReadonlyMap<VirtualServer, readonly AccessRow[]>>();

/** The rows of one server, in the order of the table. */
export function rowsOf(table: AccessTable, server: VirtualServer): readonly AccessRow[] {
  let index = indexes.get(table);
  if (index === undefined) {
    const found = new Map<VirtualServer, AccessRow[]>();
    for (const row of table.rows) {
      const rows = found.get(row.site.server);
      if (rows === undefined) found.set(row.site.server, [row]);
      else rows.push(row);
    }
    index = found;
    indexes.set(table, index);
  }
  return index.get(server) ?? [];
}
