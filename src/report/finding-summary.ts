import { compareLevels, type Finding, type Level } from '../finding.js';

/** How many findings of each level are printed, and how many are not. */
export interface FindingSummary {
  readonly error: number;
  readonly warning: number;
  readonly note: number;
  /** Below the lowest level that is printed. */
  readonly hidden: number;
}

/** The findings at or above a level, in their order. */
export function findingsFrom(findings: readonly Finding[], level: Level): Finding[] {
  return findings.filter(finding => compareLevels(finding.level, level) >= 0);
}

/** Counts what `findingsFrom` keeps and leaves out. */
export function summarizeFindings(findings: readonly Finding[], level: Level): FindingSummary {
  const counts = { error: 0, warning: 0, note: 0, hidden: 0 };
  for (const finding of findings) {
    if (compareLevels(finding.level, level) >= 0) counts[finding.level] += 1;
    else counts.hidden += 1;
  }
  return counts;
}
