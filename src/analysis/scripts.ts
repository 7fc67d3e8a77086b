import type { ConfigNode } from '../config/config-tree.js';
import type { Scope } from '../model/scope.js';

/** Directives with which a script takes part in a phase, by the phase; of several kinds in force the first one counts. */
const SCRIPTS = {
  /** In front of the program of the server (row 16.12). */
  server: ['server_rewrite_by_lua_block', 'server_rewrite_by_lua_file'],
  /** Behind the program of a location (row 16.5). */
  rewrite: ['rewrite_by_lua_block', 'rewrite_by_lua_file', 'rewrite_by_lua'],
  /** Behind the other checks of access (row 16.14); checks of modules that are known by name alone are among them. */
  access: [
    ...['access_by_lua_block', 'access_by_lua_file', 'access_by_lua', 'js_access', 'perl_access'],
    ...['auth_pam', 'auth_jwt', 'auth_ldap', 'nchan_authorize_request', 'modsecurity'],
    ...['auth_jwt_require', 'auth_oidc', 'auth_gss', 'auth_digest', 'auth_radius', 'auth_totp_realm', 'auth_hmac'],
    ...['SecRulesEnabled', 'testcookie'],
  ],
} as const;

/** The same for `stream`; each of them may end the connection or set variables. */
const STREAM_SCRIPTS = {
  /** In the place of `allow` and `deny`, which it may overrule. */
  access: ['js_access'],
  /** While hands are shaken, in the settings of the default server. */
  handshake: [
    ...['ssl_client_hello_by_lua_block', 'ssl_client_hello_by_lua_file'],
    ...['ssl_certificate_by_lua_block', 'ssl_certificate_by_lua_file'],
  ],
  /** Looks at the first bytes. */
  preread: ['js_preread', 'preread_by_lua_block', 'preread_by_lua_file'],
  /** Looks at what is passed on. */
  filter: ['js_filter'],
} as const;

/** The script that takes part in a phase of a connection of stream with the settings of a scope. */
export function streamScriptOf(phase: keyof typeof STREAM_SCRIPTS, scope: Scope): ConfigNode | undefined {
  return scope.firstSetting(STREAM_SCRIPTS[phase]);
}

/** The script, or the check of a module that is not modelled, which takes part in a phase with the settings of a scope. */
export function scriptOf(phase: keyof typeof SCRIPTS, scope: Scope): ConfigNode | undefined {
  for (const name of SCRIPTS[phase]) {
    const node = scope.setting(name);
    if (node !== undefined && node.args[0]?.toLowerCase() !== 'off') return node;
  }
  return undefined;
}
