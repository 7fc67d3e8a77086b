// Faults in the evaluator: src/analysis/evaluate.

const MACHINE = 'src/analysis/evaluate/machine.ts';
const ADMIT = 'src/analysis/evaluate/admit.ts';
const VARIABLES = 'src/analysis/evaluate/variables.ts';
const RULES = 'src/analysis/evaluate/address-rules.ts';
const DEFINED = 'src/analysis/evaluate/defined-variables.ts';
const LOCATE = 'src/analysis/evaluate/locate.ts';
const SERVERS = 'src/analysis/evaluate/virtual-server.ts';
const CONNECTION = 'src/analysis/evaluate/connection.ts';
const ADDRESS = 'src/analysis/evaluate/address.ts';
const REALIP = 'src/analysis/evaluate/realip.ts';
const LINE = 'src/analysis/evaluate/request-line.ts';

/** Where faults of the evaluator show, the quickest first. */
const TESTS = ['analysis/evaluate-rows.test', 'analysis/evaluate.test', 'analysis/analyse.property'];
const HANDSHAKE = ['analysis/evaluate-rows.test', 'analysis/handshake.test', 'analysis/evaluate.test'];
const TRUST = ['analysis/client-trust'];
const CHOICE = ['analysis/choose-location.test'];

export const evaluator = [
  // Programs
  {
    name: 'limit-except-keeps-the-program',
    meaning: 'a limit_except block runs the program of its location (row 2.40)',
    file: MACHINE,
    search: "if (location !== undefined && this.#scope.kind === 'location') {",
    replace: 'if (location !== undefined) {',
    tests: TESTS,
  },
  {
    name: 'limit-except-loses-upstreams',
    meaning: 'a limit_except block without a handler loses the proxy_pass of its location (row 2.45)',
    file: MACHINE,
    search: 'this.#handler = limitExcept.handler ?? limitExcept.inherited;',
    replace: 'this.#handler = limitExcept.handler;',
    tests: TESTS,
  },
  {
    name: 'limit-except-keeps-own-handlers',
    meaning: 'a limit_except block keeps empty_gif and its like (row 2.48)',
    file: MACHINE,
    search: 'this.#handler = limitExcept.handler ?? limitExcept.inherited;',
    replace: 'this.#handler = limitExcept.handler ?? location.handler;',
    tests: TESTS,
  },
  {
    name: 'get-does-not-imply-head',
    meaning: 'limit_except GET limits HEAD (row 2.43)',
    file: 'src/analysis/limit-except.ts',
    search: "return methods.includes(method) || (method === 'HEAD' && methods.includes('GET'));",
    replace: 'return methods.includes(method);',
    tests: TESTS,
  },
  {
    name: 'if-is-a-return',
    meaning: 'a matched if ends the program (row 3.1)',
    file: MACHINE,
    search: 'return this.#execute(statement.body, inLocation);',
    replace: "this.#execute(statement.body, inLocation); return 'exit';",
    tests: TESTS,
  },
  {
    name: 'break-leaves-only-the-if',
    meaning: 'break inside an if goes on behind the if (rows 1.6, 3.2)',
    file: MACHINE,
    search: 'return this.#execute(statement.body, inLocation);',
    replace: "{ const flow = this.#execute(statement.body, inLocation); return flow === 'exit' ? 'on' : flow; }",
    tests: TESTS,
  },
  {
    name: 'break-keeps-a-new-choice',
    meaning: 'break does not cancel the new choice of location that a rewrite asked for (row 7.3)',
    file: MACHINE,
    search: `        if (this.#uriChanged) {
          this.#validLocation = false;
          this.#uriChanged = false;
        }
        return 'exit';`,
    replace: `        return 'exit';`,
    tests: TESTS,
  },
  {
    name: 'if-does-not-replace-the-location',
    meaning: 'a matched if leaves the settings of the location in force (section 2.2, row 3.14)',
    file: MACHINE,
    search: 'this.#scope = statement.scope;\n',
    replace: '',
    tests: TESTS,
  },
  {
    name: 'first-if-owns-the-handler',
    meaning: 'of two matched ifs the first keeps the handler (row 3.4)',
    file: MACHINE,
    search: 'if (statement.handler !== undefined) this.#handler = statement.handler;',
    replace:
      'if (statement.handler !== undefined && this.#handler === this.#location?.handler) this.#handler = statement.handler;',
    tests: TESTS,
  },
  {
    name: 'if-clears-the-handler',
    meaning: 'a matched if without a handler takes that of the location away (row 2.22)',
    file: MACHINE,
    search: 'if (statement.handler !== undefined) this.#handler = statement.handler;',
    replace: 'this.#handler = statement.handler;',
    tests: TESTS,
  },
  {
    name: 'left-over-handler-passes',
    meaning: 'the handler that an earlier if left behind has an upstream to pass to (row 3.6)',
    file: MACHINE,
    search: "return this.#raise(500, 'no upstream is configured', handler.node);",
    replace: 'source = handler.node;',
    tests: TESTS,
  },
  {
    name: 'off-is-false',
    meaning: 'the text "off" is false in an if (row 4.3)',
    file: MACHINE,
    search: "return value !== '' && value !== '0';",
    replace: "return value !== '' && value !== '0' && value !== 'off';",
    tests: TESTS,
  },
  {
    name: 'zero-is-true',
    meaning: 'the text "0" is true in an if (row 4.3)',
    file: MACHINE,
    search: "return value !== '' && value !== '0';",
    replace: "return value !== '';",
    tests: TESTS,
  },
  {
    name: 'equal-ignores-case',
    meaning: '= compares without regard to case (row 4.6)',
    file: MACHINE,
    search: 'return (value === other) !== condition.negated;',
    replace: 'return (value.toLowerCase() === other.toLowerCase()) !== condition.negated;',
    tests: TESTS,
  },
  {
    name: 'negation-is-forgotten',
    meaning: '!= means = (row 4.10)',
    file: MACHINE,
    search: 'return (value === other) !== condition.negated;',
    replace: 'return value === other;',
    tests: TESTS,
  },
  {
    name: 'failed-match-keeps-groups',
    meaning: 'a regex of an if that fails leaves $1 as it was (row 4.37)',
    file: MACHINE,
    search: 'if (captures === null) this.groups = [];',
    replace: 'if (captures === null) this.groups = this.groups;',
    tests: TESTS,
  },
  {
    name: 'failed-rewrite-keeps-groups',
    meaning: 'a rewrite that does not match leaves $1 as it was (row 4.38)',
    file: MACHINE,
    search: `    if (captures === null) {
      this.groups = [];
      return 'on';`,
    replace: `    if (captures === null) {
      return 'on';`,
    tests: TESTS,
  },
  // Rewrites
  {
    name: 'rewrite-does-not-set-internal',
    meaning: 'a rewrite that matches leaves internal locations closed (row 6.32)',
    file: MACHINE,
    search: `    this.#internal = true;
    if (flag === 'break') {`,
    replace: `    if (flag === 'break') {`,
    tests: TESTS,
  },
  {
    name: 'rewrite-break-chooses-again',
    meaning: 'rewrite … break looks for a new location (row 7.2)',
    file: MACHINE,
    search: `      this.#validLocation = false;
      this.#uriChanged = false;
    } else {
      this.#uriChanged = true;`,
    replace: `      this.#validLocation = false;
      this.#uriChanged = true;
    } else {
      this.#uriChanged = true;`,
    tests: TESTS,
  },
  {
    name: 'unflagged-rewrite-ends-the-program',
    meaning: 'a rewrite without a flag skips what follows (row 1.9)',
    file: MACHINE,
    search: "return flag === 'none' ? 'on' : 'exit';",
    replace: "return 'exit';",
    tests: TESTS,
  },
  {
    name: 'flagged-rewrite-goes-on',
    meaning: 'rewrite … last runs the rest of the program (row 1.7)',
    file: MACHINE,
    search: "return flag === 'none' ? 'on' : 'exit';",
    replace: "return flag === 'break' ? 'exit' : 'on';",
    tests: TESTS,
  },
  {
    name: 'rewrite-drops-arguments',
    meaning: 'the arguments of the client are lost in a rewrite (row 7.8)',
    file: MACHINE,
    search: "if (!statement.keepsArguments) this.args = '';",
    replace: "this.args = '';",
    tests: TESTS,
  },
  {
    name: 'rewrite-puts-arguments-behind',
    meaning: 'the arguments of the client stand in front of those of the replacement (row 7.8)',
    file: MACHINE,
    search: "if (statement.keepsArguments && this.args !== '') ownArgs +=",
    replace: "if (statement.keepsArguments && this.args !== '') ownArgs = this.args +",
    tests: TESTS,
  },
  {
    name: 'location-rewrite-runs-the-server-program',
    meaning: 'rewrite … last in a location runs the server program again (row 1.24)',
    file: MACHINE,
    search: `      this.#scope = this.server.scope;
      return { go: 'choose' };`,
    replace: `      this.#scope = this.server.scope;
      return { go: 'server' };`,
    tests: TESTS,
  },
  {
    name: 'eleven-changes',
    meaning: 'eleven changes of the URI are allowed (row 7.5)',
    file: MACHINE,
    search: 'const URI_CHANGES = 11;',
    replace: 'const URI_CHANGES = 12;',
    tests: TESTS,
  },
  {
    name: 'budget-error-has-a-page',
    meaning: 'the 500 of a spent budget goes through error_page (row 7.5)',
    file: MACHINE,
    search: 'if (!this.#errorPageUsed && pages.length > 0 && this.#budget !== 0) {',
    replace: 'if (!this.#errorPageUsed && pages.length > 0) {',
    tests: TESTS,
  },
  // Return and error pages
  {
    name: 'text-is-intercepted',
    meaning: 'return 403 with a text goes through error_page (row 8.12)',
    file: MACHINE,
    search: 'if (code >= 400 && !hasText) return { code, node };',
    replace: 'if (code >= 400) return { code, node };',
    tests: TESTS,
  },
  {
    name: 'redirects-are-not-intercepted',
    meaning: 'return 302 does not go through error_page (row 8.13)',
    file: MACHINE,
    search: '    if (REDIRECT_CODES.has(code)) {\n',
    replace: '    if (REDIRECT_CODES.has(code) && text === undefined) {\n',
    tests: TESTS,
  },
  {
    name: 'a-204-is-content',
    meaning: 'return 204 with a text is content (spec 4)',
    file: MACHINE,
    search: "if (body === '' || code === 204 || ",
    replace: "if (body === '' || ",
    tests: TESTS,
  },
  {
    name: 'error-page-400-catches-496',
    meaning: 'error_page 400 catches 494 to 497 (section 8.5)',
    file: MACHINE,
    search: 'const page = pages.find(({ codes }) => codes.includes(code));',
    replace: 'const page = pages.find(({ codes }) => codes.includes(HIDDEN_CODES.has(code) ? 400 : code));',
    tests: TESTS,
  },
  {
    name: 'last-error-page-wins',
    meaning: 'of two entries for one code the last one counts (row 8.24)',
    file: MACHINE,
    search: 'const page = pages.find(({ codes }) => codes.includes(code));',
    replace: 'const page = pages.findLast(({ codes }) => codes.includes(code));',
    tests: TESTS,
  },
  {
    name: 'error-pages-are-recursive',
    meaning: 'an error in the target of an error page has an error page (row 8.30)',
    file: MACHINE,
    search: "if (!isOn(this.#scope, 'recursive_error_pages')) this.#errorPageUsed = true;",
    replace: '',
    tests: TESTS,
  },
  {
    name: 'recursive-error-pages-do-nothing',
    meaning: 'recursive_error_pages on allows no second hop (row 8.31)',
    file: MACHINE,
    search: "if (!isOn(this.#scope, 'recursive_error_pages')) this.#errorPageUsed = true;",
    replace: 'this.#errorPageUsed = true;',
    tests: TESTS,
  },
  {
    name: 'error-page-keeps-the-method',
    meaning: 'the URI of an error page is fetched with the method of the client (row 8.11)',
    file: MACHINE,
    search: "        this.method = 'GET';\n",
    replace: '',
    tests: TESTS,
  },
  {
    name: 'error-page-hides-the-method',
    meaning: '$request_method stays what the client sent after an error page (row 13.18)',
    file: MACHINE,
    search: "if (this.#isMain) this.#client.method = 'GET';",
    replace: '',
    tests: TESTS,
  },
  {
    name: 'named-target-runs-the-server-program',
    meaning: 'a jump to a named location runs the server program (row 1.17)',
    file: MACHINE,
    search: `    this.#applyBlock();
    return { go: 'program' };`,
    replace: `    this.#applyBlock();
    const flow = this.#execute(this.server.program, false);
    return typeof flow === 'string' ? { go: 'program' } : this.#flowEnd(flow);`,
    tests: TESTS,
  },
  {
    name: 'redirect-skips-the-server-program',
    meaning: 'an internal redirect to a URI does not run the server program (row 1.16)',
    file: MACHINE,
    search: `    this.#scope = this.server.scope;
    return { go: 'server' };`,
    replace: `    this.#scope = this.server.scope;
    return { go: 'choose' };`,
    tests: TESTS,
  },
  {
    name: 'redirect-is-not-internal',
    meaning: 'an internal redirect leaves internal locations closed (row 1.21)',
    file: MACHINE,
    search: `    this.#internal = true;
    this.#validLocation = true;`,
    replace: '    this.#validLocation = true;',
    tests: TESTS,
  },
  {
    name: 'empty-uri-enters-named-locations',
    meaning: 'a request line that cannot be read gets to a named location (section 8.5)',
    file: MACHINE,
    search: "if (this.uri === '') return this.#raise(500, 'a jump to a named location without a URI', by);",
    replace: '',
    tests: TESTS,
  },
  {
    name: 'internal-is-a-guard-at-the-server',
    meaning: 'internal is no check of location choice (row 6.31)',
    file: MACHINE,
    search: "if (!this.#internal && location !== undefined && isOn(scope, 'internal')) {",
    replace: "if (!this.#internal && location !== undefined && scope.own('internal').length > 0 && false) {",
    tests: TESTS,
  },
  {
    name: 'body-limit-after-the-guard',
    meaning: '413 is not raised at the choice of the location (row 8.34)',
    file: MACHINE,
    search: 'if (this.bodyLength !== undefined && most > 0 && this.bodyLength > most) {',
    replace: 'if (this.bodyLength !== undefined && most < 0) {',
    tests: TESTS,
  },
  // Access phase
  {
    name: 'subrequests-check-access',
    meaning: 'the subrequest of auth_request runs access checks (row 9.12)',
    file: MACHINE,
    search: `    if (!this.#isMain) return undefined;
    const scope = this.#scope;`,
    replace: '    const scope = this.#scope;',
    tests: TESTS,
  },
  {
    name: 'access-protects-return',
    meaning: 'allow and deny are checked before the program (row 9.1)',
    file: MACHINE,
    search: `      this.#escapes = true;
      const flow = this.#execute(location.program, true);`,
    replace: `      this.#escapes = true;
      const early = this.#checkAccess();
      if (early !== undefined) return early;
      const flow = this.#execute(location.program, true);`,
    tests: TESTS,
  },
  {
    name: 'satisfy-any-is-all',
    meaning: 'satisfy any asks for every check (row 9.4)',
    file: MACHINE,
    search: "const any = scope.value('satisfy', 'all').toLowerCase() === 'any';",
    replace: "const any = scope.value('satisfy', 'all') === 'none';",
    tests: TESTS,
  },
  {
    name: 'no-rule-denies',
    meaning: 'an address that no rule names is denied (row 9.2)',
    file: MACHINE,
    search: "if (rule === undefined) return 'declined';",
    replace: 'if (rule === undefined) return { code: 403, by: scope.node! };',
    tests: TESTS,
  },
  {
    name: 'last-rule-decides',
    meaning: 'the last rule that names the address decides (row 9.2)',
    file: RULES,
    search: "for (const node of scope.effective('allow', 'deny')) {",
    replace: "for (const node of scope.effective('allow', 'deny').toReversed()) {",
    tests: TESTS,
  },
  {
    name: 'basic-without-file-protects',
    meaning: 'auth_basic without a user file asks for a password (row 9.8c)',
    file: MACHINE,
    search: "if (realm === undefined || file === undefined) return 'declined';",
    replace: "if (realm === undefined) return 'declined';",
    tests: TESTS,
  },
  {
    name: 'auth-404-allows',
    meaning: 'an answer of auth_request that is neither 2xx nor 401 nor 403 lets the client in (row 9.10)',
    file: MACHINE,
    search: "return status >= 200 && status < 300 ? 'ok' : { code: 500, by: node };",
    replace: "return 'ok';",
    tests: TESTS,
  },
  {
    name: 'subrequest-has-own-variables',
    meaning: 'what a subrequest sets is not seen by its parent (row 1.31c)',
    file: MACHINE,
    search: `      variables: this.#variables,
      server: this.server,
      method,`,
    replace: `      variables: new (this.#variables.constructor as typeof Variables)(this.#setting, this.#client),
      server: this.server,
      method,`,
    tests: TESTS,
  },
  // Content
  {
    name: 'try-files-in-an-if',
    meaning: 'try_files of the location works in a matched if (row 2.23)',
    file: MACHINE,
    search: "const node = this.#scope.own('try_files')[0];",
    replace: "const node = this.#scope.effective('try_files')[0];",
    tests: TESTS,
  },
  {
    name: 'try-files-checks-the-last-element',
    meaning: 'the last element of try_files is looked up as a file (row 10.2)',
    file: MACHINE,
    search: '      if (index === last) {\n',
    replace: "      if (index === last && this.#fileAt(root + expand(written)) !== 'file') {\n",
    tests: TESTS,
  },
  {
    name: 'index-does-not-redirect',
    meaning: 'index serves the file from the location of the folder (row 10.10b)',
    file: MACHINE,
    search: "return this.#goUri('index', this.uri + name, this.args, by);",
    replace: 'return this.#answer(this.#staticSite(node[0]));',
    tests: TESTS,
  },
  {
    name: 'static-files-take-post',
    meaning: 'POST gets a static file (row 6.19)',
    file: MACHINE,
    search: "        if (this.method === 'POST') return this.#raise(405, 'the method is not allowed', undefined);\n",
    replace: '',
    tests: TESTS,
  },
  {
    name: 'empty-gif-takes-post',
    meaning: 'POST gets the pixel of empty_gif (section 11)',
    file: MACHINE,
    search: 'if (answersReadersAlone(handler) &&',
    replace: "if (handler.node.name !== 'empty_gif' && answersReadersAlone(handler) &&",
    tests: TESTS,
  },
  {
    name: 'alias-keeps-the-prefix',
    meaning: 'alias does not cut the text of its location from the path (row 10.14)',
    file: MACHINE,
    search: "return root + this.uri.slice(match.kind === 'exact' || match.kind === 'prefix' ? match.text.length : 0);",
    replace: 'return root + this.uri;',
    tests: TESTS,
  },
  // Variables
  {
    name: 'map-keys-have-case',
    meaning: 'literal keys of a map are compared with their case (row 5.1)',
    file: DEFINED,
    search: 'const folded = lowerCase(source);',
    replace: 'const folded = source;',
    tests: TESTS,
  },
  {
    name: 'regex-meets-the-empty-value',
    meaning: 'a regex key is tried on an empty value (row 5.6)',
    file: DEFINED,
    search: "    if (source !== '') {\n",
    replace: '    {\n',
    tests: TESTS,
  },
  {
    name: 'map-is-volatile',
    meaning: 'a map is computed anew at every read (row 5.20)',
    file: DEFINED,
    search: 'if (!definition.isVolatile) this.assign(definition.name, value);',
    replace: '',
    tests: TESTS,
  },
  {
    name: 'volatile-is-cached',
    meaning: 'a volatile map is computed once (row 5.20e)',
    file: DEFINED,
    search: 'if (!definition.isVolatile) this.assign(definition.name, value);',
    replace: 'this.assign(definition.name, value);',
    tests: TESTS,
  },
  {
    name: 'first-wildcard-wins',
    meaning: 'of two wildcards of a map the first written one wins, not the longest (row 5.10)',
    file: DEFINED,
    search: 'if (fits && (best === undefined || wildcard.text.length > best.text.length)) best = wildcard;',
    replace: 'if (fits) best ??= wildcard;',
    tests: TESTS,
  },
  {
    name: 'absolute-index-of-a-variable-is-a-file',
    meaning: 'an index that a variable makes absolute is looked for below the folder (row 10.10d)',
    file: MACHINE,
    search: "      if (name.startsWith('/')) {\n        this.journal.step(by, `the index",
    replace: "      if (isConstant && name.startsWith('/')) {\n        this.journal.step(by, `the index",
    tests: ['semantics/request-10'],
  },
  {
    name: 'last-argument-counts',
    meaning: '$arg_x is the last copy (row 13.10)',
    file: LINE,
    search: "  for (const part of args.split('&')) {",
    replace: "  for (const part of args.split('&').reverse()) {",
    tests: TESTS,
  },
  {
    name: 'arguments-have-case',
    meaning: 'the names of arguments are compared with their case (row 13.10)',
    file: LINE,
    search: 'if (lowerCase(part).startsWith(',
    replace: 'if (part.startsWith(',
    tests: TESTS,
  },
  {
    name: 'last-header-counts',
    meaning: '$http_x is the last copy of a header (row 4.64)',
    file: VARIABLES,
    search: "return copies[0]?.value ?? '';",
    replace: "return copies.at(-1)?.value ?? '';",
    tests: TESTS,
  },
  {
    name: 'geo-shortest-wins',
    meaning: 'of two networks of a geo block the shorter prefix wins (row 5.40)',
    file: DEFINED,
    search: 'entry.network.length >= best.network.length',
    replace: 'entry.network.length <= best.network.length',
    tests: TESTS,
  },
  {
    name: 'set-of-built-ins-is-ignored',
    meaning: 'set $ssl_client_verify does nothing (row 5.19d)',
    file: DEFINED,
    search: '    this.#cache.set(name, { value });',
    replace: "    if (!name.startsWith('ssl_')) this.#cache.set(name, { value });",
    tests: TESTS,
  },
  {
    name: 'plain-port-says-none',
    meaning: '$ssl_client_verify is NONE on a plain port (row 12.17)',
    file: CONNECTION,
    search: "if (tls === null) return { result: '', isFatal: false };",
    replace: "if (tls === null) return { result: 'NONE', isFatal: false };",
    tests: [...HANDSHAKE, ...TESTS],
  },
  // Location choice
  {
    name: 'locate-exact-does-not-end',
    meaning: 'an exact location does not beat a regex (row 6.1)',
    file: LOCATE,
    search: `          chosen = location;
          return 'ok';`,
    replace: `          chosen = location;
          return 'declined';`,
    tests: CHOICE,
  },
  {
    name: 'locate-first-prefix-wins',
    meaning: 'of two prefixes the first written one wins (row 6.1)',
    file: LOCATE,
    search: '(prefix === undefined || match.text.length > textLength(prefix))',
    replace: 'prefix === undefined',
    tests: CHOICE,
  },
  {
    name: 'locate-caret-stops-nested-regexes',
    meaning: '^~ stops the regexes that are nested in it (row 6.12)',
    file: LOCATE,
    search: 'found = find(prefix.children);',
    replace:
      'found = find(stopsRegexes ? prefix.children.filter(child => child.match.kind !== "regex") : prefix.children);',
    tests: CHOICE,
  },
  {
    name: 'locate-caret-is-ignored',
    meaning: '^~ does not stop the regexes of its level (row 6.1)',
    file: LOCATE,
    search: "stopsRegexes = prefix.match.kind === 'prefix' && prefix.match.stopsRegexes;",
    replace: 'stopsRegexes = false;',
    tests: CHOICE,
  },
  {
    name: 'locate-outer-regexes-first',
    meaning: 'the regexes of the outer level are tried before those nested in the prefix (row 6.11)',
    file: LOCATE,
    search: '    let found = findStatic(level);\n',
    replace: `    let found = findStatic(level);
    for (const location of found === 'again' ? level : []) {
      if (location.match.kind !== 'regex' || !tryRegex(location)) continue;
      chosen = location;
      return 'ok';
    }
`,
    tests: CHOICE,
  },
  {
    name: 'locate-redirects-for-static-files',
    meaning: 'a location without a pass directive redirects a path without its slash (row 6.15)',
    file: LOCATE,
    search: 'if (slashed.some(location => location.autoRedirects)) {',
    replace: 'if (slashed.length > 0) {',
    tests: CHOICE,
  },
  // Servers
  {
    name: 'misdirected-without-sni',
    meaning: '421 is answered also where no SNI was sent (row 14.20f)',
    file: ADMIT,
    search: '    if (rememberedName !== undefined) {\n',
    replace: '    if (this.#connection.tls) {\n',
    tests: HANDSHAKE,
  },
  {
    name: 'unknown-sni-is-remembered',
    meaning: 'an SNI that no server has is remembered, so that another Host gets 421 (row 14.20f)',
    file: ADMIT,
    search: `    if (named !== undefined) {
      handshakeServer = named;
      rememberedName = name;
    }`,
    replace: `    if (named !== undefined) {
      handshakeServer = named;
    }
    rememberedName = name;`,
    tests: HANDSHAKE,
  },
  {
    name: 'misdirected-to-open-servers',
    meaning: '421 is answered also where the server of the Host does not verify (row 14.20)',
    file: ADMIT,
    search: "if (verifyMode(asked) !== 'off') {",
    replace: 'if (asked !== this.#run.server) {',
    tests: HANDSHAKE,
  },
  {
    name: 'host-server-handshakes',
    meaning: 'without SNI the server of the Host header makes the handshake (row 14.26)',
    file: ADMIT,
    search: 'if (tls !== null && handshakeServer.scope.value',
    replace: `{
    const asked = request.http.headers.find(([header]) => header === 'Host')?.[1] ?? '';
    handshakeServer = rememberedName === undefined ? (serverOfName(socket, asked, () => false) ?? handshakeServer) : handshakeServer;
  }
  if (tls !== null && handshakeServer.scope.value`,
    tests: HANDSHAKE,
  },
  {
    name: 'optional-lets-bad-certificates-in',
    meaning: 'ssl_verify_client optional lets a certificate of an unknown CA by (row 12.19b)',
    file: ADMIT,
    search: "if (mode === 'off' || (mode === 'optional_no_ca' && !isFatal)) return this.#run.start();",
    replace: "if (mode !== 'on') return this.#run.start();",
    tests: HANDSHAKE,
  },
  {
    name: 'no-ca-refuses',
    meaning: 'optional_no_ca refuses a certificate of an unknown CA (row 12.19d)',
    file: ADMIT,
    search: "if (mode === 'off' || (mode === 'optional_no_ca' && !isFatal)) return this.#run.start();",
    replace: "if (mode === 'off') return this.#run.start();",
    tests: HANDSHAKE,
  },
  {
    name: 'no-ca-lets-every-error-pass',
    meaning: 'optional_no_ca lets pass what a CRL says (mtls-semantics 4)',
    file: ADMIT,
    search: "(mode === 'optional_no_ca' && !isFatal)",
    replace: "mode === 'optional_no_ca'",
    tests: TRUST,
  },
  {
    name: 'strangers-pass-beside-a-crl',
    meaning: 'optional_no_ca lets a self-signed certificate pass where there is a CRL (mtls-semantics 4)',
    file: CONNECTION,
    search: 'return hasCrl\n',
    replace: 'return hasCrl && policy.index < 0\n',
    tests: TRUST,
  },
  {
    name: 'contents-do-not-count',
    meaning: 'a certificate of a CA in the file is accepted whatever the CRL says of it (mtls-semantics 4)',
    file: CONNECTION,
    search: 'const known = trust && verdictByContent(policy, tls, trust);',
    replace: 'const known = trust && verdictByContent(policy, tls, { ...trust, authoritiesOf: () => undefined });',
    tests: TRUST,
  },
  {
    name: 'on-is-optional',
    meaning: 'ssl_verify_client on lets a client without a certificate by (section 8.5)',
    file: ADMIT,
    search: "if (result === 'NONE' && mode === 'on') return",
    replace: "if (result === 'NONE' && mode === 'none') return",
    tests: HANDSHAKE,
  },
  {
    name: 'plain-request-passes-tls-port',
    meaning: 'a plain request to a TLS port is answered (section 8.5, 497)',
    file: ADMIT,
    search: "if (socket.ssl && !tls) return this.#fail(497, 'plain HTTP on a TLS port');",
    replace: '',
    tests: [...TESTS, ...HANDSHAKE],
  },
  {
    name: 'trace-is-served',
    meaning: 'TRACE is no error before the server program (row 1.28)',
    file: ADMIT,
    search: "if (method === 'CONNECT' || method === 'TRACE')",
    replace: "if (method === 'CONNECT')",
    tests: TESTS,
  },
  {
    name: 'host-is-optional',
    meaning: 'HTTP/1.1 without Host is served (section 8.5)',
    file: ADMIT,
    search: "if (!hostSeen && this.#client.request.http.version !== '1.0') return",
    replace: "if (!hostSeen && this.#client.request.http.version === '1.0') return",
    tests: TESTS,
  },
  {
    name: 'copies-cut-nothing-off',
    meaning: 'a mirror that ends the connection leaves the answer of a back end (row 10.27)',
    file: MACHINE,
    search: "if (cut !== undefined) return { go: 'end', outcome: cut };",
    replace: '',
    tests: ['semantics/request-10'],
  },
  {
    name: 'additions-cut-nothing-off',
    meaning: 'what is added and ends the connection leaves the answer (row 10.42)',
    file: MACHINE,
    search: "if (added.kind === 'closed') return added;",
    replace: '',
    tests: ['semantics/request-10'],
  },
  {
    name: 'host-beats-the-target',
    meaning: 'the Host header counts more than an absolute target (row 6.9)',
    file: ADMIT,
    search: '      if (this.#client.host !== undefined) continue;\n',
    replace: '',
    tests: TESTS,
  },
  {
    name: 'trailing-wildcards-first',
    meaning: 'a trailing wildcard name beats a leading one (row 14.1)',
    file: SERVERS,
    search: `    leading.find(([text]) => host.length >= text.length && host.endsWith(text))?.[1] ??
    trailing.find(([text]) => host.length > text.length && host.startsWith(text))?.[1];`,
    replace: `    trailing.find(([text]) => host.length > text.length && host.startsWith(text))?.[1] ??
    leading.find(([text]) => host.length >= text.length && host.endsWith(text))?.[1];`,
    tests: TESTS,
  },
  {
    name: 'short-wildcards-first',
    meaning: 'the shorter of two wildcard names wins (row 14.1)',
    file: SERVERS,
    search: 'list.sort(([one], [other]) => other.length - one.length)',
    replace: 'list.sort(([one], [other]) => one.length - other.length)',
    tests: TESTS,
  },
  {
    name: 'no-content-has-content',
    meaning: 'an error page that says 204 shows its text (row 8.60)',
    file: MACHINE,
    search: 'return this.#isMain && BODILESS.has(status) && ',
    replace: 'return false && ',
    tests: ['semantics/request-08-error-pages'],
  },
  {
    name: 'wildcard-listen-beats-the-address',
    meaning: 'a listen on every address beats one on the address itself (row 14.10)',
    file: SERVERS,
    search: `return at(\`\${port} \${address}\`) ?? at(`,
    replace: `return at(\`\${port} *\`) ?? at(\`\${port} \${address}\`) ?? at(`,
    tests: TESTS,
  },
  {
    name: 'own-context-without-certificate',
    meaning: 'a server without a certificate of its own makes the handshake with its own CA (mtls-semantics 6)',
    file: CONNECTION,
    search: "handshakeServer.scope.setting('ssl_certificate') === undefined ? socket.defaultServer : handshakeServer;",
    replace: 'handshakeServer;',
    tests: HANDSHAKE,
  },
  // Addresses, request line
  {
    name: 'network-ignores-host-bits',
    meaning: 'a network whose address has host bits matches only that address (section 9)',
    file: ADDRESS,
    search: 'return { first: { bits: address.bits, value: (address.value >> shift) << shift }, length: bits };',
    replace:
      'return { first: address, length: address.value === (address.value >> shift) << shift ? bits : address.bits };',
    tests: TESTS,
  },
  {
    name: 'realip-takes-the-first-address',
    meaning: 'realip takes the first address of the header (row 13.3c)',
    file: REALIP,
    search: 'for (const line of lines.toReversed()) {',
    replace: "for (const line of lines.map(text => text.split(/[ ,]+/).reverse().join(', ')).toReversed()) {",
    tests: TESTS,
  },
  {
    name: 'realip-trusts-everybody',
    meaning: 'realip replaces the address of a peer that is not trusted (row 13.3)',
    file: REALIP,
    search: 'const by = trusted.find(({ network }) => isTrusted(current, network));',
    replace: 'const by = trusted[0];',
    tests: TESTS,
  },
  {
    name: 'slashes-are-kept',
    meaning: 'two slashes of a path are not merged (row 6.7)',
    file: LINE,
    search: "if (!mergeSlashes) path += '/';",
    replace: "path += '/';",
    tests: TESTS,
  },
  {
    name: 'encoded-dots-stay',
    meaning: 'the path is not decoded before it is normalised (row 6.7)',
    file: LINE,
    search: 'byte = String.fromCharCode(Number.parseInt(digits, 16));',
    replace:
      "byte = String.fromCharCode(Number.parseInt(digits, 16)); if (byte === '.') { path += byte; state = 'usual'; continue; }",
    tests: TESTS,
  },
  {
    name: 'underscores-are-valid',
    meaning: 'a header with an underscore in its name is read (row 12.5)',
    file: LINE,
    search: '(underscores ? /^[A-Za-z0-9_-]+$/ : /^[A-Za-z0-9-]+$/)',
    replace: '/^[A-Za-z0-9_-]+$/',
    tests: TESTS,
  },
  {
    name: 'every-name-is-looked-up',
    meaning: 'a set name holds back the same name of a client although it is invalid (rows 12.5c, 12.5d)',
    file: 'src/analysis/evaluate/passed-fields.ts',
    search: 'const isCertain = isHashed || asParameters;',
    replace: 'const isCertain = true;',
    tests: ['analysis/passed-fields.test'],
  },
  {
    name: 'broken-body-passes-a-return',
    meaning: 'a return with a text or a redirect does not meet a chunk without a size (row 8.56)',
    file: MACHINE,
    search: 'if (broken !== undefined) return { next: broken };',
    replace: '',
    tests: ['semantics/request-08'],
  },
  {
    name: 'back-end-behind-412',
    meaning: 'nginx waits for a back end behind a 412 (row 8.57b)',
    file: MACHINE,
    search: 'this.#failedInFilter = 412;',
    replace: '',
    tests: ['semantics/request-08'],
  },
  {
    name: 'one-part-is-enough',
    meaning: 'behind a 416 an answer with status 200 is sent (row 8.58)',
    file: MACHINE,
    search: 'const isAfter416 = this.#failedInFilter === 416;',
    replace: 'const isAfter416 = false;',
    tests: ['semantics/request-08'],
  },
  {
    name: 'fastcgi-target-may-be-empty',
    meaning: 'fastcgi_pass takes an empty target for a host (row 11.10)',
    file: MACHINE,
    search: 'fastcgi_pass: /^[^/?#]/,',
    replace: 'fastcgi_pass: /^/,',
    tests: ['semantics/request-11'],
  },
  {
    name: 'fastcgi-splits-anew',
    meaning: 'the path is split for FastCGI at each look (row 4.90)',
    file: MACHINE,
    search: 'if (this.#fastcgi === undefined) {',
    replace: '{',
    tests: ['semantics/request-04'],
  },
  {
    name: 'http2-address-takes-http1',
    meaning: 'an address with `listen … http2` takes HTTP/1 in every version (row 14.28)',
    file: ADMIT,
    search: '} else if (wantsHttp2(socket)) {',
    replace: '} else if (false) {',
    tests: ['semantics/request-14'],
  },
  {
    name: 'target-that-is-not-decoded',
    meaning: '`$request_uri` shows a target that nginx does not decode (row 8.59)',
    file: ADMIT,
    search: "    rawTarget: '',",
    replace: '    rawTarget: request.http.target,',
    tests: ['semantics/request-08'],
  },
  {
    name: 'memcached-without-key',
    meaning: 'memcached_pass asks for an empty key (row 11.11)',
    file: MACHINE,
    search: "if (source.name === 'memcached_pass' && this.#expanded(MEMCACHED_KEY, source) === '') {",
    replace: 'if (false) {',
    tests: ['semantics/request-11'],
  },
];
