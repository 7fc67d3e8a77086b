import type { AnyRow, AnyTable, Verdict } from '../analysis/access.js';
import type { Session } from '../analysis/request.js';
import { count, shown } from './display.js';
import { lineText } from './place.js';

/** The strongest verdict comes first (spec: reached > conditional > unknown > refused). */
export const STRENGTH = ['reached', 'conditional', 'unknown', 'refused'] as const;

/** How many sites a client without a valid certificate gets to. The four verdicts add up to `sites`. */
export interface AccessSummary {
  readonly sites: number;
  readonly reached: number;
  readonly conditional: number;
  readonly refused: number;
  readonly unknown: number;
}

/** What a site is to clients without a valid certificate: the stronger of the verdicts for `none` and `untrusted`. */
export function siteVerdict(row: AnyRow): Verdict<Session> {
  const { none, untrusted } = row.access;
  return STRENGTH.indexOf(none.verdict) <= STRENGTH.indexOf(untrusted.verdict) ? none : untrusted;
}

/** Counts the sites of all tables. */
export function summarizeAccess(tables: readonly AnyTable[]): AccessSummary {
  const counts = { sites: 0, reached: 0, conditional: 0, refused: 0, unknown: 0 };
  for (const row of tables.flatMap(table => table.rows)) {
    counts.sites += 1;
    counts[siteVerdict(row).verdict] += 1;
  }
  return counts;
}

/** Reasons that the closing line names; the others are counted. */
const NAMED_REASONS = 3;

/** `42 sites: 40 proved closed, 1 open, 1 undecided (Lua, x.conf:12)`, on one line and safe to print. */
export function closingLine(tables: readonly AnyTable[]): string {
  const summary = summarizeAccess(tables);
  if (summary.sites === 0) return '0 sites: nothing here answers with content';
  const parts = [`${summary.refused} proved closed`, `${summary.reached} open`];
  if (summary.conditional > 0) parts.push(`${summary.conditional} open under a condition`);
  if (summary.unknown > 0) {
    const reasons = new Set<string>();
    for (const row of tables.flatMap(table => table.rows)) {
      const verdict = siteVerdict(row);
      if (verdict.verdict !== 'unknown') continue;
      for (const reason of verdict.reasons) reasons.add(`${shown(reason.text)}, ${lineText(reason.span)}`);
    }
    const named = [...reasons].slice(0, NAMED_REASONS).join('; ');
    const rest = reasons.size > NAMED_REASONS ? `; ${count(reasons.size - NAMED_REASONS, 'more reason')}` : '';
    parts.push(`${summary.unknown} undecided${named === '' ? '' : ` (${named}${rest})`}`);
  }
  return `${count(summary.sites, 'site')}: ${parts.join(', ')}`;
}
