import { type AnyTable, isHttpRow, isStreamRow } from '../analysis/access.js';
import { type Explanation, explainCell as explain } from '../analysis/explanation.js';
import type { ClientClass } from '../analysis/request.js';
import { pathFromText } from '../config/host.js';
import type { StreamServer, VirtualServer } from '../model/model.js';
import type { StreamExplanation } from '../report/why-stream.js';
import type { FoundServer } from './find-servers.js';

/** Explains what a class of client gets at a request target, Unicode, of a server that the user named. */
export function explainCell(
  { model, ...asked }: FoundServer<VirtualServer>,
  tables: readonly AnyTable[],
  target: string,
  clientClass: ClientClass,
): Explanation {
  const rows = tables.flatMap(table => table.rows).filter(isHttpRow);
  return explain(model, { rows }, { ...asked, target: pathFromText(target) }, clientClass);
}

/** Explains what a class of client gets at a server of stream that the user named. */
export function explainStream(
  { server }: FoundServer<StreamServer>,
  tables: readonly AnyTable[],
  clientClass: ClientClass,
): StreamExplanation {
  const row = tables
    .flatMap(table => table.rows)
    .filter(isStreamRow)
    .find(({ site }) => site.server === server);
  return { server, clientClass, row };
}
