import type { DirectiveProblem } from './check-directives.js';
import type { ConfigNode } from './config-tree.js';

/** The directives that say how clients are verified; all of them stand in http, server, or in their like of stream. */
const VERIFICATION: ReadonlySet<string> = new Set([
  'ssl_verify_client',
  'ssl_verify_depth',
  'ssl_client_certificate',
  'ssl_trusted_certificate',
  'ssl_crl',
  'ssl_ocsp',
  'ssl_ocsp_responder',
  'ssl_ocsp_cache',
]);

/** Names that people write for them, out of other servers' manuals or out of nginx's variables. */
const INVENTED: Readonly<Record<string, string>> = {
  ssl_client_verify: 'ssl_verify_client',
  ssl_verify: 'ssl_verify_client',
  ssl_verify_peer: 'ssl_verify_client',
  ssl_client_auth: 'ssl_verify_client',
  ssl_client_authentication: 'ssl_verify_client',
  ssl_require_client_certificate: 'ssl_verify_client',
  ssl_client_verify_depth: 'ssl_verify_depth',
  ssl_verify_client_depth: 'ssl_verify_depth',
  ssl_client_ca: 'ssl_client_certificate',
  ssl_client_ca_certificate: 'ssl_client_certificate',
  ssl_ca: 'ssl_client_certificate',
  ssl_ca_file: 'ssl_client_certificate',
  ssl_ca_certificate: 'ssl_client_certificate',
  ssl_client_crl: 'ssl_crl',
  ssl_crl_file: 'ssl_crl',
};

/**
 * The directive that is meant, where client verification stands in the wrong place or under a wrong name; undefined for
 * every other problem.
 */
export function verificationMeant({ kind, nearest, node }: DirectiveProblem): string | undefined {
  if (kind === 'misplaced') return VERIFICATION.has(node.name) ? node.name : undefined;
  if (kind !== 'unknown') return undefined;
  if (Object.hasOwn(INVENTED, node.name)) return INVENTED[node.name];
  return nearest !== undefined && VERIFICATION.has(nearest) ? nearest : undefined;
}

/** Values of the two directives that take one of a few words (ngx_http_ssl_verify, ngx_http_ssl_ocsp); case does not count. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  ssl_verify_client: ['on', 'off', 'optional', 'optional_no_ca'],
  ssl_ocsp: ['on', 'off', 'leaf'],
};

/** The values that nginx takes, where a directive has one that it does not take. */
export function acceptedValues({ args, name, templated }: ConfigNode): readonly string[] | undefined {
  const [value] = args;
  if (value === undefined || args.length > 1 || templated) return undefined;
  if (name === 'ssl_verify_depth') return /^\d{1,18}$/.test(value) ? undefined : ['a number'];
  const values = Object.hasOwn(VALUES, name) ? VALUES[name] : undefined;
  return values === undefined || values.includes(value.toLowerCase()) ? undefined : values;
}
