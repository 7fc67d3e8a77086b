/** The variables of ngx_http_ssl_module (ngx_http_ssl_vars), newer ones included; of equally near ones the first is suggested. */
const TLS_VARIABLES: ReadonlySet<string> = new Set([
  'ssl_alpn_protocol',
  'ssl_cipher',
  'ssl_ciphers',
  'ssl_client_cert',
  'ssl_client_escaped_cert',
  'ssl_client_fingerprint',
  'ssl_client_raw_cert',
  'ssl_client_s_dn',
  'ssl_client_s_dn_legacy',
  'ssl_client_i_dn',
  'ssl_client_i_dn_legacy',
  'ssl_client_serial',
  'ssl_client_sigalg',
  'ssl_client_v_end',
  'ssl_client_v_remain',
  'ssl_client_v_start',
  'ssl_client_verify',
  'ssl_curve',
  'ssl_curves',
  'ssl_early_data',
  'ssl_ech_outer_server_name',
  'ssl_ech_status',
  'ssl_protocol',
  'ssl_server_name',
  'ssl_session_id',
  'ssl_session_reused',
  'ssl_sigalg',
]);

/** Those among them that say something of the client's certificate, in lower case and without `$`. */
export const CLIENT_VARIABLES: ReadonlySet<string> = new Set(
  [...TLS_VARIABLES].filter(name => name.startsWith('ssl_client_')),
);

/** Those among them that say who the client is, not whether its certificate is good. */
export const NAMING_VARIABLES: ReadonlySet<string> = new Set(
  [...CLIENT_VARIABLES].filter(name => name !== 'ssl_client_verify'),
);

/** Variables of other modules whose names look alike. */
const OTHER_FAMILIES = /^ssl_(preread|ja3|ja4)/;

/**
 * For a name that looks like a variable of the TLS module and is none: the variable that is most likely meant.
 * Undefined for names that exist and for names of other families, which other modules may define.
 */
export function nearestTlsVariable(name: string): string | undefined {
  if (TLS_VARIABLES.has(name) || OTHER_FAMILIES.test(name) || !name.startsWith('ssl_')) return undefined;
  let nearest = 'ssl_client_verify';
  let best = Number.POSITIVE_INFINITY;
  for (const known of TLS_VARIABLES) {
    // Whole words first, whatever their order: `ssl_verify_client` means `ssl_client_verify`.
    const distance = wordDistance(name.split('_'), known.split('_')) - sharedStart(name, known) / 1000;
    if (distance < best) {
      best = distance;
      nearest = known;
    }
  }
  return nearest;
}

/**
 * The same in `stream`, whose TLS module has no variables in the form with slashes (ngx_stream_ssl_vars, mtls-semantics 13).
 */
export function nearestStreamTlsVariable(name: string): string | undefined {
  if (/^ssl_client_[si]_dn_legacy$/.test(name)) return name.replace(/_legacy$/, '');
  return nearestTlsVariable(name);
}

/** How many characters two names begin with alike. */
function sharedStart(one: string, other: string): number {
  let length = 0;
  while (length < other.length && one[length] === other[length]) length++;
  return length;
}

/** How many words two names do not share, order left aside. */
function wordDistance(one: readonly string[], other: readonly string[]): number {
  return one.filter(word => !other.includes(word)).length + other.filter(word => !one.includes(word)).length;
}
