import type { AccessTable } from '../analysis/access.js';
import { type Explanation, explainCell as explain } from '../analysis/explanation.js';
import type { ClientClass } from '../analysis/request.js';
import { pathFromText } from '../config/host.js';
import type { FoundServer } from './find-servers.js';

/** Explains what a class of client gets at a request target, Unicode, of a server that the user named. */
export function explainCell(
  { model, ...asked }: FoundServer,
  tables: readonly AccessTable[],
  target: string,
  clientClass: ClientClass,
): Explanation {
  const rows = tables.flatMap(table => table.rows);
  return explain(model, { rows }, { ...asked, target: pathFromText(target) }, clientClass);
}
