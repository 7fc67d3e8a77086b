import type { Finding } from '../../src/finding.js';

/**
 * The findings without those that nearly every snippet with verification would have, and that are about what a snippet
 * leaves open: no revocation, the version of nginx, files that are not there. All of them, where they are what is looked
 * for.
 */
export function withoutAmbient(findings: readonly Finding[], isExpected = false): Finding[] {
  return findings.filter(finding => isExpected || !isAmbient(finding));
}

function isAmbient({ level, message, rule }: Finding): boolean {
  switch (rule) {
    case 'missing-revocation':
      return true;
    case 'session-resumption-bypass':
      return level === 'warning';
    case 'widened-client-trust':
      return message.endsWith('the file could not be read');
    default:
      return false;
  }
}
