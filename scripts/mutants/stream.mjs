// Faults in what is known of stream: its evaluator, its explorer, and what the rules make of its rows.

const EVALUATOR = 'src/analysis/evaluate/stream.ts';
const VARIABLES = 'src/analysis/evaluate/stream-variables.ts';
const EXPLORER = 'src/analysis/explore/stream-explorer.ts';
const VALUES = 'src/analysis/explore/stream-values.ts';
const ENTRIES = 'src/analysis/stream-entries.ts';
const HOSTS = 'src/analysis/host-languages.ts';
const EXPOSURES = 'src/analysis/stream-exposures.ts';

const TESTS = ['analysis/analyse-stream.test', 'semantics/mtls-13-stream'];
const RULE = ['unenforced-stream-verification.test', 'rules/stream.nginx'];

export const stream = [
  {
    name: 'stream-optional-no-ca-refuses',
    meaning: 'optional_no_ca refuses certificates that nobody knows (mtls-semantics 13)',
    file: EVALUATOR,
    search: "!isAccepted && (mode !== 'optional_no_ca' || isFatal)",
    replace: '!isAccepted',
    tests: TESTS,
  },
  {
    name: 'stream-optional-no-ca-lets-all-pass',
    meaning: 'optional_no_ca lets errors pass that have nothing to do with who signed (mtls-semantics 1)',
    file: EVALUATOR,
    search: "(mode !== 'optional_no_ca' || isFatal)",
    replace: "mode !== 'optional_no_ca'",
    tests: TESTS,
  },
  {
    name: 'stream-tls-version-decides',
    meaning: 'a certificate that is asked for below TLS 1.3 only is demanded of everybody',
    file: EVALUATOR,
    search: "if (asks === 'below-tls-1.3') throw dependsOnTlsVersion(policy);",
    replace: '',
    tests: TESTS,
  },
  {
    name: 'stream-optional-demands',
    meaning: 'optional refuses clients without a certificate (mtls-semantics 13)',
    file: EVALUATOR,
    search: "result === 'NONE' && mode === 'on'",
    replace: "result === 'NONE'",
    tests: TESTS,
  },
  {
    name: 'stream-addresses-behind-the-name',
    meaning: 'addresses are judged in the settings of the server that SNI names',
    file: EXPLORER,
    search: "const script = streamScriptOf('access', state.scope);",
    replace:
      "state = { ...state, scope: this.#entry.server.scope };\n    const script = streamScriptOf('access', state.scope);",
    tests: TESTS,
  },
  {
    name: 'stream-values-are-read-anew',
    meaning: 'what is read before the handshake is read again behind it',
    file: VARIABLES,
    search: 'if (value !== undefined) this.assign(name, value);',
    replace: '',
    tests: TESTS,
  },
  {
    name: 'stream-explorer-reads-anew',
    meaning: 'the explorer reads values again behind the handshake',
    file: VALUES,
    search: 'state: remember(state, name, value), value }));',
    replace: 'state, value }));',
    tests: TESTS,
  },
  {
    name: 'stream-early-values-of-the-handshake',
    meaning: 'set and limit_conn see what the handshake finds',
    file: VALUES,
    search: "if (!socket.ssl || this.#stage === 'accepted') return [];",
    replace: 'if (!socket.ssl) return [];',
    tests: TESTS,
  },
  {
    name: 'stream-limit-conn-reads-nothing',
    meaning: 'the key of limit_conn leaves variables alone',
    file: EVALUATOR,
    search: 'this.#variables.read(name, this.#reader, zone);',
    replace: '',
    tests: TESTS,
  },
  {
    name: 'stream-empty-target',
    meaning: 'an empty computed target is a place',
    file: EVALUATOR,
    search: 'if (isComputed(handler) && !this.#isTarget(value))',
    replace: "if (isComputed(handler) && value !== '' && !this.#isTarget(value))",
    tests: TESTS,
  },
  {
    name: 'stream-names-resolve-themselves',
    meaning: 'a name with a port needs no resolver',
    file: EVALUATOR,
    search: "parseAddress(host) !== undefined || this.#reader.server.scope.setting('resolver') !== undefined",
    replace: 'true',
    tests: TESTS,
  },
  {
    name: 'stream-upstreams-tell-case',
    meaning: 'names of upstreams are compared with their case',
    file: EVALUATOR,
    search: 'knownUpstreams(this.#model).has(value.toLowerCase())',
    replace: 'knownUpstreams(this.#model).has(value)',
    tests: TESTS,
  },
  {
    name: 'stream-real-address-of-anybody',
    meaning: 'a PROXY line replaces the address whoever sends it',
    file: EVALUATOR,
    search: 'const trusted = scope',
    replace: "const trusted = [trustedRange('0.0.0.0/0', scope.node ?? this.#reader.server.node)] ?? scope",
    tests: TESTS,
  },
  {
    name: 'stream-preread-behind-tls',
    meaning: 'ssl_preread reads the name of the handshake that nginx makes itself',
    file: EVALUATOR,
    search: 'if (!isOn || this.#socket.udp || this.#socket.ssl || session.tls === null) return undefined;',
    replace: 'if (!isOn || this.#socket.udp || session.tls === null) return undefined;',
    tests: [...TESTS, 'nginx/stream.nginx'],
  },
  {
    name: 'stream-sni-in-lower-case',
    meaning: 'clients send SNI in lower case only',
    file: HOSTS,
    search: 'return [usual, intersect(complement(SNI_NAME), unusual)];',
    replace: 'return [usual];',
    tests: TESTS,
  },
  {
    name: 'stream-named-server-without-sni',
    meaning: 'a server that is no default is reached without SNI',
    file: ENTRIES,
    search: 'if (!isDefault) return named;',
    replace: '',
    tests: TESTS,
  },
  {
    name: 'stream-plain-named-server',
    meaning: 'on a port without TLS a named server is reached without ssl_preread',
    file: ENTRIES,
    search: "return !udp && defaultServer.scope.value('ssl_preread', 'off').toLowerCase() === 'on';",
    replace: 'return !udp;',
    tests: TESTS,
  },
  {
    name: 'stream-scripts-decide-nothing',
    meaning: 'js_access lets pass whom the rules let pass',
    file: EXPLORER,
    search: 'if (script !== undefined) return [doubt(state, scriptReason(script))];',
    replace: '',
    tests: TESTS,
  },
  {
    name: 'stream-mode-command-is-certain',
    meaning: 'a certificate that ssl_conf_command asks for passes whatever the version',
    file: EXPLORER,
    search: "if (!verify.startsWith('FAILED') || verifyMode(policy) !== 'off') return state;",
    replace: 'return state;',
    tests: TESTS,
  },
  {
    name: 'stream-any-map-decides',
    meaning: 'a map that looks at something else is a decision on the verdict',
    file: EXPOSURES,
    search: 'placesOf(model, value).some(place => kept.has(place))',
    replace: 'false',
    tests: RULE,
  },
  {
    name: 'stream-places-by-spelling',
    meaning: 'two spellings of one back end are two places',
    file: EXPOSURES,
    search: 'return backEnds(model, { authority: value, scheme: undefined });',
    replace: 'return [value, ...backEnds(model, { authority: value, scheme: undefined }).slice(99)];',
    tests: RULE,
  },
  {
    name: 'stream-trusted-without-tls',
    meaning: 'clients with a certificate keep a place for themselves on a port without TLS',
    file: EXPOSURES,
    search: 'if (socketOf(model.sockets, connect)?.ssl === true) for',
    replace: 'for',
    tests: RULE,
  },
];
