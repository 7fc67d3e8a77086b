/** Compares the access table with where single requests end. */
import type { AccessTable, Site } from '../../src/analysis/access.js';
import { ASSUMED_ENVIRONMENT, acceptsByFile, environmentOf, evaluate } from '../../src/analysis/evaluate.js';
import type { ClientClass, Request, TlsChoice } from '../../src/analysis/request.js';
import { arrivalAt, siteKey } from '../../src/analysis/sites.js';
import { verifyMode } from '../../src/model/client-verification.js';
import type { HttpModel, Server } from '../../src/model/model.js';
import type { Arrival } from './differential.js';
import { openReasons } from './undecided.js';

/** A cell that says something else than a request shows. */
export interface WrongCell {
  readonly what: 'missed' | 'too weak' | 'no such row' | 'false alarm';
  readonly block: string;
  readonly client: ClientClass;
  readonly verdict: string;
  readonly request: Request;
  /** True where the cell says that a rest is undecided, so that it only says less than there is. */
  readonly isOpen: boolean;
}

/**
 * Whether an address of the loopback network is one that a generated configuration names, so that it is no outsider's: by
 * itself, or by the range of the first 64 addresses.
 */
export function isNamed(text: string, address: string | undefined): boolean {
  if (address === undefined) return false;
  const last = Number(address.split('.')[3]);
  return (
    (last < 64 && /127\.0\.0\.(0\/26|2-)/.test(text)) || new RegExp(`${address.replaceAll('.', '\\.')}\\b`).test(text)
  );
}

/**
 * The cells that arrivals contradict: a site that a class reached must not be called refused for it, and not merely
 * conditional where the client is an outsider, the way knows no condition, and the answer is shown.
 */
export function contradictions(
  model: HttpModel,
  table: AccessTable,
  arrivals: readonly Arrival[],
  text: string,
): WrongCell[] {
  const rows = new Map(table.rows.map(row => [siteKey(row.site), row]));
  const wrong: WrongCell[] = [];
  for (const { request, site, conditions, isShown } of arrivals) {
    const { node } = site.scope;
    const block = `${node?.source.position(node.directive.start).line}: ${[node?.name, ...(node?.args ?? [])].join(' ')} ${site.content}`;
    const row = rows.get(siteKey(site));
    for (const client of classesOf(model, site, request)) {
      const access = row?.access[client];
      const verdict = access?.verdict ?? 'none';
      const isOpen = access !== undefined && openReasons(access) !== undefined;
      const cell = { block, client, verdict, request, isOpen };
      if (row === undefined) wrong.push({ what: 'no such row', ...cell });
      else if (verdict === 'refused') wrong.push({ what: 'missed', ...cell });
      else if (verdict === 'conditional' && conditions.length === 0 && isShown) {
        if (!isNamed(text, request.sourceAddress)) wrong.push({ what: 'too weak', ...cell });
      }
    }
  }
  return wrong;
}

/**
 * The class of a client at a site: measured against the authorities of the site's own server, or, where that server does
 * not verify, against those of whichever server made the handshake; any class where that one does not ask either.
 */
export function classesOf(model: HttpModel, site: Site, request: Request): readonly ClientClass[] {
  const { tls } = request;
  if (tls === null || tls.certificate === 'none') return ['none'];
  const classOf = (isAccepted: boolean): ClientClass => (isAccepted ? 'trusted' : 'untrusted');
  if (verifyMode(site.server) !== 'off') return [classOf(acceptsByFile(site.server, tls))];
  let isAccepted: boolean | undefined;
  const accepts = (server: Server, choice: TlsChoice) => {
    isAccepted = acceptsByFile(server, choice);
    return isAccepted;
  };
  evaluate(model, request, { ...ASSUMED_ENVIRONMENT, accepts });
  return isAccepted === undefined ? ['untrusted', 'trusted'] : [classOf(isAccepted)];
}

/** The witnesses of a table that the evaluator does not see end at their site. */
export function unconfirmed(model: HttpModel, table: AccessTable): WrongCell[] {
  const wrong: WrongCell[] = [];
  for (const { site, access } of table.rows) {
    for (const client of ['none', 'untrusted', 'trusted'] as const) {
      const verdict = access[client];
      if (verdict.verdict !== 'reached' && verdict.verdict !== 'conditional') continue;
      const { request } = verdict.witness;
      const trace = evaluate(model, request, environmentOf(verdict.witness));
      if (arrivalAt(trace, site, verdict.witness.via) !== undefined) continue;
      const block = [site.scope.node?.name, ...(site.scope.node?.args ?? [])].join(' ');
      wrong.push({ what: 'false alarm', block, client, verdict: verdict.verdict, request, isOpen: false });
    }
  }
  return wrong;
}
