import { compareFindings, compareLevels, type Finding, fingerprintOf } from '../finding.js';
import type { Report, RuleMeta } from '../rule.js';
import { FileNumbers } from './file-numbers.js';

/** The findings of a run: completed, one per rule and primary place, in the order of a report. */
export class Findings {
  readonly #byPlace = new Map<string, Finding>();
  readonly #files = new FileNumbers();

  /**
   * Adds what a rule reported. Where the rule has reported the same place before (a snippet that several servers
   * include), the graver finding stays, then the one with the shorter witness, then the first.
   */
  add(rule: RuleMeta, report: Report): void {
    const { span } = report.primary;
    const finding: Finding = {
      rule: rule.id,
      level: report.level ?? rule.level,
      message: report.message,
      primary: report.primary,
      related: report.related ?? [],
      witness: report.witness,
      help: report.help ?? rule.help,
      // Ten thousand notes may be hidden, and then nobody asks for theirs.
      get fingerprint() {
        return fingerprintOf(rule.id, report.identity);
      },
    };
    const key = `${rule.id} ${span.start} ${span.end} ${this.#files.of(span.file)}`;
    const before = this.#byPlace.get(key);
    if (before === undefined || isBetter(finding, before)) this.#byPlace.set(key, finding);
  }

  sorted(): Finding[] {
    return [...this.#byPlace.values()].sort(compareFindings);
  }
}

function isBetter(one: Finding, other: Finding): boolean {
  const byLevel = compareLevels(one.level, other.level);
  return byLevel > 0 || (byLevel === 0 && witnessLength(one) < witnessLength(other));
}

/** How much a reader has to take in: steps first, then the characters of the request. No proof is the longest. */
function witnessLength({ witness }: Finding): number {
  if (witness === undefined) return Number.POSITIVE_INFINITY;
  const { http } = witness.request;
  if (http === null) return witness.steps.length * 1e6;
  const headers = http.headers.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  return witness.steps.length * 1e6 + http.method.length + http.target.length + headers;
}
