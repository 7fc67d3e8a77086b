/** Words for what clients of an authority come up against; without the reader of certificates itself. */
import type { AuthorityVerdict, CrlProblem, Obstacle } from '../pki/chain.js';
import type { PemFile } from '../pki/pem.js';

/** Why the clients of an authority are refused whatever the CRLs say; follows its name. */
export const PROBLEM_TEXT: Readonly<Record<NonNullable<AuthorityVerdict['problem']>, string>> = {
  'no-root': 'does not lead to a self-signed root in these files',
  rejected: 'is rejected for TLS clients by the trust settings of a TRUSTED CERTIFICATE, or stands under one that is',
  'too-long': 'has a chain of more than 100 certificates',
  'not-an-authority': 'is no CA that may sign certificates, or stands under one that is not',
  'wrong-purpose': 'is limited to other purposes than TLS clients',
  'path-length': 'stands deeper than the path length of a CA above it allows',
  'wrong-signature': 'has a wrong signature, or a CA above it has',
  'not-yet-valid': 'is not valid yet, or a CA above it is not',
  expired: 'has expired, or a CA above it has',
  'anchor-without-crl':
    'ends at a TRUSTED CERTIFICATE that is no root, of which no CRL of ssl_crl can say that it is not revoked',
  'too-deep': 'has more CAs above it than ssl_verify_depth allows',
};

/** Why a CRL does not serve; follows its name. */
export const CRL_PROBLEM_TEXT: Readonly<Record<CrlProblem, string>> = {
  'no-crl-sign': 'is of a CA that may not sign CRLs',
  'wrong-scope': 'leaves out a part of what it issued',
  'not-yet-valid': 'is not valid yet',
  expired: 'has expired',
  'wrong-signature': 'has a wrong signature',
  'unknown-critical-extension': 'has a critical extension that OpenSSL does not know',
};

/** OpenSSL's texts for the same (X509_verify_cert_error_string); nginx writes them behind `FAILED:`. */
const CRL_PROBLEM_ERROR: typeof CRL_PROBLEM_TEXT = {
  'no-crl-sign': 'key usage does not include CRL signing',
  'wrong-scope': 'different CRL scope',
  'not-yet-valid': 'CRL is not yet valid',
  expired: 'CRL has expired',
  'wrong-signature': 'CRL signature failure',
  'unknown-critical-extension': 'unhandled critical CRL extension',
};

/**
 * The error that OpenSSL is left with for clients that are refused: nginx has it go on behind errors, and the last counts.
 * Undefined where more than CRLs is wrong, so that others may follow.
 */
export function errorText({ obstacles, problem }: AuthorityVerdict): string | undefined {
  const last = obstacles.at(-1);
  if (problem !== undefined || last === undefined) return undefined;
  if (last.kind === 'revoked') return 'certificate revoked';
  return last.state.kind === 'missing' ? 'unable to get certificate CRL' : CRL_PROBLEM_ERROR[last.state.reason];
}

/** What an obstacle is, in a few words. */
export function obstacleText(obstacle: Obstacle): string {
  if (obstacle.kind === 'revoked') return `"${obstacle.certificate.subject.text}" is revoked`;
  const name = `"${obstacle.issuer.subject.text}"`;
  const { state } = obstacle;
  return state.kind === 'missing' ? `no CRL of ${name}` : `the CRL of ${name} ${CRL_PROBLEM_TEXT[state.reason]}`;
}

/** The line of a file that a certificate or a CRL begins on; undefined where it stands in another file. */
export function lineIn(file: PemFile, content: unknown): number | undefined {
  return file.blocks.find(
    block =>
      (block.kind === 'certificate' && block.certificate === content) ||
      (block.kind === 'crl' && block.crl === content),
  )?.line;
}

/** A moment as people read it: `2027-01-31 12:00 UTC`. */
export function momentText(milliseconds: number): string {
  if (Number.isNaN(milliseconds)) return 'a moment that OpenSSL cannot read';
  return `${new Date(milliseconds).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
