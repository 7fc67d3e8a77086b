import { compareText, type Finding, type SuppressedFinding } from '../finding.js';

/** Findings that a project has accepted for now, counted by fingerprint. */
export interface Baseline {
  /** The path as it is shown. */
  readonly path: string;
  readonly entries: readonly { readonly fingerprint: string; readonly count: number; readonly line: number }[];
}

/** What is wrong with the text of a baseline. */
export class BaselineError extends Error {}

/**
 * Reads a baseline.
 *
 * @throws BaselineError where the text is not what `baselineText` writes
 */
export function readBaseline(text: string, path: string): Baseline {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new BaselineError(`it is not JSON: ${error instanceof Error ? error.message : error}`);
  }
  const { findings, schemaVersion } = (document ?? {}) as { findings?: unknown; schemaVersion?: unknown };
  if (schemaVersion !== 1 || !Array.isArray(findings)) throw new BaselineError('it is no baseline of schema version 1');
  const lines = new Map<string, number>();
  text.split('\n').forEach((line, index) => {
    const fingerprint = /"fingerprint": "([0-9a-f]{32})"/.exec(line)?.[1];
    if (fingerprint !== undefined && !lines.has(fingerprint)) lines.set(fingerprint, index + 1);
  });
  const entries = findings.map((entry: unknown) => {
    const { count, fingerprint } = (entry ?? {}) as { count?: unknown; fingerprint?: unknown };
    if (
      typeof fingerprint !== 'string' ||
      !/^[0-9a-f]{32}$/.test(fingerprint) ||
      !Number.isInteger(count) ||
      Number(count) < 1
    ) {
      throw new BaselineError('an entry has no fingerprint, or no count');
    }
    return { fingerprint, count: Number(count), line: lines.get(fingerprint) ?? 1 };
  });
  return { path, entries };
}

/** The text of a baseline that holds these findings: sorted, one line per property, so that changes can be read. */
export function baselineText(findings: readonly Finding[]): string {
  const byFingerprint = new Map<string, { fingerprint: string; count: number; rule: string; message: string }>();
  for (const { fingerprint, message, rule } of findings) {
    const known = byFingerprint.get(fingerprint);
    if (known === undefined) byFingerprint.set(fingerprint, { fingerprint, count: 1, rule, message });
    else known.count += 1;
  }
  const sorted = [...byFingerprint.values()].sort(
    (one, other) => compareText(one.rule, other.rule) || compareText(one.fingerprint, other.fingerprint),
  );
  return `${JSON.stringify({ schemaVersion: 1, findings: sorted }, undefined, 2)}\n`;
}

/** Parts findings by a baseline: each entry takes as many as it counts. `stale` is how many entries took too few. */
export function applyBaseline(
  findings: readonly Finding[],
  { entries, path }: Baseline,
): { readonly kept: Finding[]; readonly suppressed: SuppressedFinding[]; readonly stale: number } {
  const left = new Map(entries.map(entry => [entry.fingerprint, { ...entry }]));
  const kept: Finding[] = [];
  const suppressed: SuppressedFinding[] = [];
  for (const finding of findings) {
    const entry = left.get(finding.fingerprint);
    if (entry === undefined || entry.count === 0) kept.push(finding);
    else {
      entry.count -= 1;
      suppressed.push({ ...finding, suppression: { reason: 'in the baseline', file: path, line: entry.line } });
    }
  }
  return { kept, suppressed, stale: [...left.values()].filter(({ count }) => count > 0).length };
}
