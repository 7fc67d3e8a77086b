// Faults in what the directives are taken to mean: src/config and src/model.

const EXPAND = 'src/config/expand.ts';
const GLOB = 'src/config/glob.ts';
const RESOLVE = 'src/model/resolve.ts';
const SOCKETS = 'src/model/sockets.ts';
const SCOPE = 'src/model/scope.ts';
const PROGRAM = 'src/model/program.ts';
const VARIABLES = 'src/model/variables.ts';
const HANDLERS = 'src/model/handlers.ts';
const LISTEN = 'src/model/listen.ts';
const TEMPLATE = 'src/model/template.ts';
const FORWARDING = 'src/model/forwarding.ts';

const BACK_END_TLS = 'src/model/back-end-tls.ts';
const MAP_HASH = 'src/model/map-hash.ts';

const CONFIG = ['config/expand.test', 'config/glob.test'];
/** A fault in the model is common to evaluator and explorer, so only what is written down as nginx's answer shows it. */
const TESTS = [
  'analysis/evaluate-rows.test',
  'analysis/choose-location.test',
  'analysis/handshake.test',
  'analysis/evaluate.test',
  'analysis/analyse.test',
];

const LENT = ['rules/unconditional-proxy-certificate.test', 'nginx/rules/unconditional-proxy-certificate.nginx.test'];
const SHARED = ['rules/shared-upstream-identity.test', 'nginx/rules/shared-upstream-identity.nginx.test'];
const FIELDS = ['analysis/passed-fields.test'];

export const model = [
  {
    name: 'sessions-reused-only-where-asked',
    meaning: 'TLS sessions towards upstreams are reused only with proxy_ssl_session_reuse on (mtls-semantics 12)',
    file: BACK_END_TLS,
    search: "?.args[0]?.toLowerCase() !== 'off';",
    replace: "?.args[0]?.toLowerCase() === 'on';",
    tests: SHARED,
  },
  {
    name: 'uwsgi-connections-are-kept',
    meaning: 'connections by uwsgi stay open for later requests',
    file: BACK_END_TLS,
    search: "return this.prefix === 'grpc' ? 'all' : 'none';",
    replace: "return 'all';",
    tests: SHARED,
  },
  {
    name: 'old-connections-are-kept',
    meaning: 'with HTTP/1.0 connections to upstreams stay open before nginx 1.29.7',
    file: BACK_END_TLS,
    search: "connection === undefined || connection === '' ? versions.within(KEEPING_BY_DEFAULT) : 'all';",
    replace: "'all';",
    tests: SHARED,
  },
  {
    name: 'addresses-in-variables-are-groups',
    meaning: 'an address that only variables name shares sessions between requests',
    file: 'src/analysis/shared-upstreams.ts',
    search: 'if (node === undefined && members.every(({ isComputed }) => isComputed)) return [];',
    replace: '',
    tests: SHARED,
  },
  {
    name: 'upstreams-regard-case',
    meaning: 'the name of an upstream regards case (ngx_http_upstream_add)',
    file: 'src/analysis/shared-upstreams.ts',
    search: 'if (other.toLowerCase() === name.toLowerCase()) return node;',
    replace: 'if (other === name) return node;',
    tests: SHARED,
  },
  {
    name: 'command-shows-no-certificate',
    meaning: 'proxy_ssl_conf_command Certificate shows none (ngx_http_proxy_set_ssl)',
    file: BACK_END_TLS,
    search: 'if (command !== undefined) return templateOf(command, 1);',
    replace: '',
    tests: LENT,
  },
  {
    name: 'schemes-regard-case',
    meaning: 'proxy_pass HTTPS:// speaks no TLS (ngx_http_proxy_pass)',
    file: BACK_END_TLS,
    search: 'const text = first.text.toLowerCase();',
    replace: 'const { text } = first;',
    tests: LENT,
  },
  {
    name: 'verify-mode-minus-is-plus',
    meaning: 'VerifyMode -Peer asks for a certificate (cmd_VerifyMode)',
    file: 'src/model/client-verification.ts',
    search: "if (written.startsWith('-')) bits.delete(bit);",
    replace: "if (written.startsWith('!')) bits.delete(bit);",
    tests: ['analysis/handshake.test'],
  },
  {
    name: 'verify-mode-off-the-record',
    meaning: 'ssl_conf_command VerifyMode starts from a server that asks nobody (ngx_ssl_conf_commands)',
    file: 'src/model/client-verification.ts',
    search: "verifyMode(server) === 'off' ? [] : ['peer']",
    replace: '[]',
    tests: ['analysis/handshake.test'],
  },
  {
    name: 'include-from-the-including-file',
    meaning: 'a relative include starts at the folder of the file that includes (section 15)',
    file: EXPAND,
    search: 'const written = absolutePath(this.#mainFolder, argument);',
    replace: 'const written = absolutePath(folderOf(absolutePath(this.#mainFolder, source.path)), argument);',
    tests: CONFIG,
  },
  {
    name: 'include-once',
    meaning: 'a file that is included twice counts in its first context only (section 15)',
    file: EXPAND,
    search: '    if (this.#open.has(file.identity)) {\n',
    replace: `    if (this.#files.has(file.config.source)) return false;
    if (this.#open.has(file.identity)) {
`,
    tests: CONFIG,
  },
  {
    name: 'missing-include-is-harmless',
    meaning: 'a block stays complete where a file of it could not be read (spec 3)',
    file: EXPAND,
    search: '      this.#noteGap(frame.parent, { text: notice.text, span });\n',
    replace: '',
    tests: [...CONFIG, 'analysis/analyse.test'],
  },
  {
    name: 'default-server-gap-is-harmless',
    meaning: 'untrusted certificates stay refused where the client CAs of the default server are not known (spec 3)',
    file: 'src/analysis/gaps.ts',
    search: "if (untrusted.verdict !== 'refused' || trusted.verdict === 'refused') return untrusted;",
    replace: "if (untrusted.verdict !== 'unknown' || trusted.verdict === 'refused') return untrusted;",
    tests: ['analysis/analyse.test'],
  },
  {
    name: 'map-knows-no-include',
    meaning: 'include does not work in a map (row 5.16)',
    file: EXPAND,
    search: "new Set(['split_clients', 'charset_map'])",
    replace: "new Set(['split_clients', 'charset_map', 'map'])",
    tests: CONFIG,
  },
  {
    name: 'glob-keeps-the-order-of-the-folder',
    meaning: 'the files of a glob come in the order of the folder (section 15)',
    file: GLOB,
    search: 'return { paths: found.sort(), complete };',
    replace: 'return { paths: found.reverse(), complete };',
    tests: CONFIG,
  },
  {
    name: 'lists-are-merged',
    meaning: 'a list of a lower level is added to that of the upper one (row 8.21, section 12)',
    file: SCOPE,
    search: 'if (own !== undefined) return own;',
    replace: 'if (own !== undefined) return [...own, ...(scope.parent?.effective(name) ?? [])];',
    tests: TESTS,
  },
  {
    name: 'allow-and-deny-are-two-lists',
    meaning: 'a level with allow alone keeps the deny of the upper one (row 9.3)',
    file: SCOPE,
    search: 'names.flatMap(name => [...scope.own(name)]).sort(inTextOrder)',
    replace: 'names.flatMap(name => [...this.effective(name)]).sort(inTextOrder)',
    tests: TESTS,
  },
  {
    name: 'settings-are-not-inherited',
    meaning: 'an access rule of a location does not hold in a nested one (row 2.5)',
    file: SCOPE,
    search: `for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.parent) {
      if (names.some(`,
    replace: `for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.kind === 'location' && scope.parent?.kind === 'location' ? undefined : scope.parent) {
      if (names.some(`,
    tests: TESTS,
  },
  {
    name: 'nested-locations-inherit-the-program',
    meaning: 'a nested location runs the program of the one around it (row 2.1)',
    file: RESOLVE,
    search: `    match,
    program: compileProgram(node.children, scope),`,
    replace: `    match,
    program: [...(parent?.program ?? []), ...compileProgram(node.children, scope)],`,
    tests: TESTS,
  },
  {
    name: 'nested-locations-inherit-the-handler',
    meaning: 'a nested location inherits the proxy_pass of the one around it (row 2.6)',
    file: RESOLVE,
    search: `    program: compileProgram(node.children, scope),
    handler: handlerOf(node.children),
    autoRedirects`,
    replace: `    program: compileProgram(node.children, scope),
    handler: handlerOf(node.children) ?? parent?.handler,
    autoRedirects`,
    tests: TESTS,
  },
  {
    name: 'nested-locations-inherit-limit-except',
    meaning: 'a nested location inherits limit_except (row 2.49)',
    file: RESOLVE,
    search: 'limitExcept: limitExcept(scope, node.children),',
    replace: 'limitExcept: limitExcept(scope, node.children) ?? parent?.limitExcept,',
    tests: TESTS,
  },
  {
    name: 'last-server-is-the-default',
    meaning: 'without default_server the last server of an address is its default (row 14.1)',
    file: SOCKETS,
    search: 'else if (asksDefault && !socket.defaultIsExplicit) {',
    replace: 'else if (!socket.defaultIsExplicit) {',
    tests: TESTS,
  },
  {
    name: 'default-server-is-ignored',
    meaning: 'the parameter default_server does nothing (row 14.1)',
    file: SOCKETS,
    search: 'else if (asksDefault && !socket.defaultIsExplicit) {',
    replace: 'else if (asksDefault && socket.defaultIsExplicit) {',
    tests: TESTS,
  },
  {
    name: 'ssl-of-the-first-server',
    meaning: 'ssl of a later listen does not make the address TLS (row 14.24)',
    file: SOCKETS,
    search: "if (parameters.has('ssl') || parameters.has('quic')) socket.ssl = true;",
    replace: "if (socket.servers.length === 0 && (parameters.has('ssl') || parameters.has('quic'))) socket.ssl = true;",
    tests: TESTS,
  },
  {
    name: 'dot-name-is-a-wildcard-only',
    meaning: 'the name .d.test does not cover d.test itself (row 14.6)',
    file: SOCKETS,
    search: "names.push({ kind: 'exact', text: text.slice(1), node }, { kind: 'leading', text, node });",
    replace: "names.push({ kind: 'leading', text, node });",
    tests: TESTS,
  },
  {
    name: 'regex-names-have-case',
    meaning: 'a regex name is compiled with regard to case (row 14.7b)',
    file: SOCKETS,
    search: 'pattern: { source: written.slice(1), caseless: true }, node }',
    replace: 'pattern: { source: written.slice(1), caseless: false }, node }',
    tests: TESTS,
  },
  {
    name: 'glued-modifiers-are-prefixes',
    meaning: 'location =/x is a prefix location (row 6.24)',
    file: RESOLVE,
    search: 'const glued = /^(=|\\^~|~\\*|~)([\\s\\S]*)$/.exec(modifier);',
    replace: 'const glued = /^(~\\*|~)([\\s\\S]*)$/.exec(modifier);',
    tests: TESTS,
  },
  {
    name: 'locations-have-no-case',
    meaning: 'location ~ ignores case (row 6.1)',
    file: RESOLVE,
    search: `    case '~':
      return { kind: 'regex', pattern: { source: text, caseless: false } };`,
    replace: `    case '~':
      return { kind: 'regex', pattern: { source: text, caseless: true } };`,
    tests: TESTS,
  },
  {
    name: 'first-map-wins',
    meaning: 'of two map blocks for one variable the first one counts (row 5.18)',
    file: VARIABLES,
    search: 'if (definition !== undefined) variables.set(definition.name, definition);',
    replace:
      'if (definition !== undefined && !variables.has(definition.name)) variables.set(definition.name, definition);',
    tests: TESTS,
  },
  {
    name: 'first-handler-wins',
    meaning: 'of two handlers in one block the first one counts (row 11.5)',
    file: HANDLERS,
    search: 'if (kind !== undefined) handler = {',
    replace: 'if (kind !== undefined) handler ??= {',
    tests: TESTS,
  },
  {
    name: 'memcached-survives-limit-except',
    meaning: 'limit_except keeps memcached_pass (row 11.30)',
    file: HANDLERS,
    search: "...['memcached_pass', 'empty_gif',",
    replace: "['memcached_pass', 'upstream'] as const,\n  ...['empty_gif',",
    tests: TESTS,
  },
  {
    name: 'condition-negation',
    meaning: '!~ matches where ~ does (row 4.31)',
    file: PROGRAM,
    search: "negated: operator.startsWith('!'), variable, pattern }",
    replace: 'negated: false, variable, pattern }',
    tests: TESTS,
  },
  {
    name: 'tilde-star-has-case',
    meaning: '~* regards case (row 4.31)',
    file: PROGRAM,
    search: "const pattern: Pattern = { source: right, caseless: operator.endsWith('*') };",
    replace: 'const pattern: Pattern = { source: right, caseless: false };',
    tests: TESTS,
  },
  {
    name: 'last-redirects-inside',
    meaning: 'a replacement that begins with http:// stays inside with the flag last (row 7.4)',
    file: PROGRAM,
    search: "else if (flag === 'redirect' || isExternal(text)) kind = 'redirect';",
    replace: "else if (flag === 'redirect' || (flag === undefined && isExternal(text))) kind = 'redirect';",
    tests: TESTS,
  },
  {
    name: 'empty-text-is-text',
    meaning: 'return 403 "" sends its empty text (row 8.12b)',
    file: PROGRAM,
    search: 'text: second === undefined ? undefined : parseTemplate(second) };',
    replace: "text: second === undefined ? undefined : [...parseTemplate(second), { kind: 'text', text: '' }] };",
    tests: TESTS,
  },
  {
    name: 'variables-have-case',
    meaning: '$FOO and $foo are two variables (row 5.70)',
    file: TEMPLATE,
    search: "pieces.push({ kind: 'variable', name: text.slice(start, end).toLowerCase() });",
    replace: "pieces.push({ kind: 'variable', name: text.slice(start, end) });",
    tests: TESTS,
  },
  {
    name: 'ten-captures',
    meaning: '$10 is the tenth group (section 15)',
    file: TEMPLATE,
    search: `      pieces.push({ kind: 'capture', index: Number(digit) });
      at += 2;`,
    replace: `      const two = /^[0-9]$/.test(text[at + 2] ?? '');
      pieces.push({ kind: 'capture', index: Number(two ? text.slice(at + 1, at + 3) : digit) });
      at += two ? 3 : 2;`,
    tests: TESTS,
  },
  {
    name: 'default-is-a-key',
    meaning: 'the entry default of a map is a key like others (row 5.2)',
    file: VARIABLES,
    search: "if (key === 'default') {\n      fallback ??= entry;",
    replace: "if (key === 'Default') {\n      fallback ??= entry;",
    tests: TESTS,
  },
  {
    name: 'wildcards-without-hostnames',
    meaning: '*.a.test in a map is a wildcard also without hostnames (row 5.8)',
    file: VARIABLES,
    search: "if (hostnames && text.startsWith('*.')) {",
    replace: "if (text.startsWith('*.')) {",
    tests: TESTS,
  },
  {
    name: 'map-tilde-star-has-case',
    meaning: '~* in a map regards case (row 5.3)',
    file: VARIABLES,
    search: 'pattern: { source: key.slice(caseless ? 2 : 1), caseless } });',
    replace: 'pattern: { source: key.slice(caseless ? 2 : 1), caseless: false } });',
    tests: TESTS,
  },
  {
    name: 'port-range-is-one-port',
    meaning: 'listen 8000-8003 is one address (ngx_parse_url)',
    file: LISTEN,
    search: 'return Array.from({ length: last - first + 1 }',
    replace: 'return Array.from({ length: 1 }',
    tests: TESTS,
  },
  // What back ends are told
  {
    name: 'lists-of-fields-add-up',
    meaning: 'a list of a block adds to the inherited one (row 12.2)',
    file: FORWARDING,
    search: '...listOf(scope.effective(directive), protocol, isCached),',
    replace: '...listOf([...(scope.parent?.effective(directive) ?? []), ...scope.own(directive)], protocol, isCached),',
    tests: FIELDS,
  },
  {
    name: 'empty-headers-are-sent',
    meaning: 'a header that is set to nothing arrives (row 12.3)',
    file: FORWARDING,
    search: 'const omitsEmpty = !asParameters ||',
    replace: 'const omitsEmpty =',
    tests: FIELDS,
  },
  {
    name: 'client-fields-are-never-held-back',
    meaning: 'proxy_pass_request_headers off changes nothing (row 12.4)',
    file: FORWARDING,
    search: "passesClientFields: flag === undefined || scope.value(flag, 'on').toLowerCase() !== 'off',",
    replace: 'passesClientFields: true,',
    tests: FIELDS,
  },
  {
    name: 'parameters-tell-dashes-from-underscores',
    meaning: 'fastcgi_param HTTP_X_A does not hold back a header X-A (row 12.10)',
    file: FORWARDING,
    search: "return asParameters ? lowerCase(name).replaceAll('-', '_') : lowerCase(name);",
    replace: 'return lowerCase(name);',
    tests: FIELDS,
  },
  {
    name: 'headers-take-underscores-for-dashes',
    meaning: 'proxy_set_header X-A holds back a header X_A (row 12.5)',
    file: FORWARDING,
    search: "return asParameters ? lowerCase(name).replaceAll('-', '_') : lowerCase(name);",
    replace: "return lowerCase(name).replaceAll('_', '-');",
    tests: FIELDS,
  },
  {
    name: 'parameters-of-every-name-hold-back',
    meaning: 'fastcgi_param X_A holds back a header X-A (row 12.10)',
    file: FORWARDING,
    search: 'return isClientParameter(name) ? lowerCase(name.slice(PARAMETER_PREFIX.length)) : undefined;',
    replace: "return lowerCase(name).replace(/^http_/, '');",
    tests: FIELDS,
  },
  {
    name: 'map-hash-without-the-length',
    meaning: 'a bucket has room for a key without its length (NGX_HASH_ELT_SIZE)',
    file: MAP_HASH,
    search: 'align(length + 2, POINTER)',
    replace: 'align(length, POINTER)',
    tests: ['model/map-hash.test'],
  },
  {
    name: 'map-hash-size-anywhere',
    meaning: 'map_hash_bucket_size counts behind the first map as well (ngx_http_map_block)',
    file: MAP_HASH,
    search: 'children.indexOf(written) > firstMap;',
    replace: 'children.indexOf(written) < 0;',
    tests: ['model/map-hash.test'],
  },
];
