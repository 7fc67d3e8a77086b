import type { Finding } from '../../src/finding.js';

/** A note on nearly every server that verifies: a snippet about something else would need CRLs to be without it. */
const AMBIENT = 'missing-revocation';

/** The findings without the note on missing revocation, unless it is what is looked for. */
export function withoutAmbient(findings: readonly Finding[], isExpected = false): Finding[] {
  return findings.filter(({ rule }) => isExpected || rule !== AMBIENT);
}
