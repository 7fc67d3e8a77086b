/**
 * A result made by hand, as a run over three files would give it: the reporters are tested without the stages before
 * them. Nodes are made from a piece of text, words separated by blanks.
 */
import type { Word } from '../../../grammar/ast.js';
import type { AccessRow, Site, SiteKind, Verdict } from '../../../src/analysis/access.js';
import type { ClientClass, Request, Witness } from '../../../src/analysis/request.js';
import type { ConfigNode } from '../../../src/config/config-tree.js';
import { type Finding, fingerprintOf } from '../../../src/finding.js';
import type { ListenSocket, ServerName, VirtualServer } from '../../../src/model/model.js';
import { Scope, type ScopeKind } from '../../../src/model/scope.js';
import type { Notice } from '../../../src/notice.js';
import type { LintResult } from '../../../src/report/result.js';
import type { RuleMeta } from '../../../src/rule.js';
import { SourceFile, type Span } from '../../../src/source/source-file.js';

/** The span of a piece of text in a file; `from` is where the search begins. */
export function spanOf(file: SourceFile, text: string, from = 0): Span {
  const start = file.text.indexOf(text, from);
  if (start === -1) throw new Error(`${file.path} does not hold ${text}`);
  return { file, start, end: start + text.length };
}

/** The node of a directive that stands in a file as this text. */
export function nodeOf(file: SourceFile, text: string, from = 0): ConfigNode {
  const span = spanOf(file, text, from);
  const words: Word[] = [...text.matchAll(/[^ ;]+/g)].map(match => ({
    value: match[0],
    quote: undefined,
    start: span.start + match.index,
    end: span.start + match.index + match[0].length,
  }));
  const [name, ...args] = words;
  return {
    name: name!.value,
    args: args.map(word => word.value),
    directive: { name: name!, args, block: undefined, script: undefined, start: span.start, end: span.end },
    source: file,
    chain: undefined,
    parent: undefined,
    children: undefined,
    gap: undefined,
    templated: false,
  };
}

/** A server with one listening address. */
export function serverOf(
  file: SourceFile,
  {
    address = '127.0.0.1',
    from = 0,
    names,
    ssl = true,
  }: { address?: string; from?: number; names: readonly string[]; ssl?: boolean },
): VirtualServer {
  const node = nodeOf(file, 'server', from);
  const server: { -readonly [Key in keyof VirtualServer]: VirtualServer[Key] } = {
    index: 0,
    node,
    scope: new Scope('server', node, undefined, []),
    names: names.map((text): ServerName => ({ kind: 'exact', text, node })),
    listens: [],
    program: [],
    handler: undefined,
    locations: [],
  };
  const socket: ListenSocket = {
    address,
    port: 8443,
    ssl,
    http2: false,
    proxyProtocol: false,
    quic: false,
    udp: false,
    defaultServer: server,
    defaultIsExplicit: false,
    servers: [server],
  };
  server.listens = [{ socket, node }];
  return server;
}

/** A content site whose block is opened by `block`. */
export function siteOf(
  server: VirtualServer,
  kind: SiteKind,
  block: ConfigNode,
  content: string,
  source?: ConfigNode,
  outer?: ConfigNode,
): Site {
  const parent = outer === undefined ? server.scope : new Scope('location', outer, server.scope, []);
  const scopeKind = (kind === 'http-server' ? 'server' : kind) as ScopeKind;
  return {
    server,
    scope: kind === 'http-server' ? server.scope : new Scope(scopeKind, block, parent, []),
    kind,
    content,
    source,
    target: content.endsWith('_pass') ? source?.args[0] : undefined,
  };
}

/** A GET over TLS; the parts given replace the usual ones. */
export function requestOf(parts: Partial<Request> = {}): Request {
  return {
    connect: { address: '127.0.0.1', port: 8443 },
    tls: { serverName: 'app.test', certificate: 'none' },
    http: { method: 'GET', target: '/', headers: [['Host', 'app.test']] },
    ...parts,
  };
}

export const MAIN = new SourceFile(
  'nginx.conf',
  'events {}\nhttp {\n    include conf.d/*.conf;\n    include missing.conf;\n}\n',
);

export const APP = new SourceFile(
  'conf.d/app.conf',
  `# The application and its public parts.
upstream backend { server 127.0.0.1:9000; }
server {
    listen 127.0.0.1:8443 ssl;
    server_name app.test;
    ssl_verify_client optional;
    ssl_client_certificate ca.pem;

    location /api/ {
        proxy_pass http://backend;
    }

    location /admin/ {
        include snippets/auth.conf;
        proxy_pass http://backend;
    }

    location /caf\xc3\xa9/ {
\t\troot /srv/\xe6\x97\xa5\xe6\x9c\xac;\t# \xff a byte that is no UTF-8
    }

    location /lua/ {
        access_by_lua_file guard.lua;
        proxy_pass http://backend;
        if ($arg_debug) {
            proxy_pass http://127.0.0.1:9001/debug;
        }
    }
    root html;
}
`,
);

export const SNIPPET = new SourceFile(
  'snippets/auth.conf',
  'if ($ssl_client_verify != SUCCESS) {\n    return 403;\n}\n',
);

const server = serverOf(APP, { names: ['app.test', 'www.app.test'], from: APP.text.indexOf('server {\n') });

/** The request that proves that `/api/` is open. */
export const WITNESS: Witness = {
  request: requestOf({ http: { method: 'GET', target: '/api/', headers: [['Host', 'app.test']] } }),
  assumes: [{ path: '/srv/maintenance.html', exists: false }],
  steps: [
    { span: spanOf(APP, 'listen 127.0.0.1:8443 ssl;'), text: 'listen 127.0.0.1:8443 ssl' },
    { span: spanOf(APP, 'ssl_verify_client optional;'), text: 'the handshake succeeds without a certificate' },
    { span: spanOf(APP, 'location /api/'), text: 'location /api/ is the longest prefix' },
    { span: spanOf(APP, 'proxy_pass http://backend;'), text: 'proxy_pass http://backend answers' },
  ],
};

const REFUSED: Verdict = {
  verdict: 'refused',
  by: [{ span: spanOf(SNIPPET, 'return 403;'), text: 'return 403' }],
};
const REACHED: Verdict = { verdict: 'reached', witness: WITNESS };
const LUA: Verdict = {
  verdict: 'unknown',
  reasons: [{ kind: 'script', text: 'Lua', span: spanOf(APP, 'access_by_lua_file guard.lua;') }],
};
const CONDITIONAL: Verdict = {
  verdict: 'conditional',
  witness: WITNESS,
  conditions: [
    { kind: 'address', text: 'the client is in 10.0.0.0/8', span: spanOf(APP, 'proxy_pass http://127.0.0.1:9001') },
  ],
  reasons: [],
};

function rowOf(site: Site, none: Verdict, untrusted: Verdict, trusted: Verdict = REACHED): AccessRow {
  const access: Record<ClientClass, Verdict> = { none, untrusted, trusted };
  return { site, access };
}

const pass = nodeOf(APP, 'proxy_pass http://backend;');
const debugPass = nodeOf(APP, 'proxy_pass http://127.0.0.1:9001/debug;');
const lua = nodeOf(APP, 'location /lua/');

export const ROWS: readonly AccessRow[] = [
  rowOf(siteOf(server, 'location', nodeOf(APP, 'location /api/'), 'proxy_pass', pass), REACHED, REFUSED),
  rowOf(siteOf(server, 'location', nodeOf(APP, 'location /admin/'), 'proxy_pass', pass), REFUSED, REFUSED),
  rowOf(
    siteOf(
      server,
      'location',
      nodeOf(APP, 'location /caf\xc3\xa9/'),
      'static',
      nodeOf(APP, 'root /srv/\xe6\x97\xa5\xe6\x9c\xac;'),
    ),
    CONDITIONAL,
    REFUSED,
  ),
  rowOf(siteOf(server, 'location', lua, 'proxy_pass', pass), LUA, LUA, LUA),
  rowOf(siteOf(server, 'if', nodeOf(APP, 'if ($arg_debug)'), 'proxy_pass', debugPass, lua), REFUSED, REFUSED),
  rowOf(siteOf(server, 'http-server', server.node, 'static'), REFUSED, REFUSED),
];

const unverified: Finding = {
  rule: 'unverified-location',
  level: 'error',
  message: 'proxy_pass in location /api/ of server app.test also serves clients that sent no certificate',
  primary: { span: spanOf(APP, 'proxy_pass http://backend;'), text: 'reached without a certificate' },
  related: [
    { span: spanOf(APP, 'ssl_verify_client optional;'), text: 'the certificate is optional here' },
    { span: spanOf(APP, 'location /api/'), text: 'no check of $ssl_client_verify on the way' },
    { span: spanOf(SNIPPET, 'if ($ssl_client_verify != SUCCESS)'), text: 'the check that /admin/ has' },
  ],
  witness: WITNESS,
  help: 'Refuse unless $ssl_client_verify is SUCCESS: if ($ssl_client_verify != SUCCESS) { return 403; }',
  fingerprint: fingerprintOf('unverified-location', ['app.test', 'location /api/', 'proxy_pass']),
};

const unsafeIf: Finding = {
  rule: 'unsafe-if',
  level: 'note',
  message: 'if ($arg_debug) in server app.test holds proxy_pass',
  primary: { span: spanOf(APP, 'proxy_pass http://127.0.0.1:9001/debug;'), text: '' },
  related: [{ span: spanOf(APP, 'if ($arg_debug)'), text: 'this if' }],
  witness: undefined,
  help: 'Use if for return and rewrite only.',
  fingerprint: fingerprintOf('unsafe-if', ['app.test', 'if ($arg_debug)']),
};

const bytes: Finding = {
  rule: 'unverified-location',
  level: 'warning',
  message: 'root in location /caf\xc3\xa9/ of server app.test serves files to clients that sent no certificate',
  primary: {
    span: spanOf(APP, 'root /srv/\xe6\x97\xa5\xe6\x9c\xac;'),
    text: 'files under /srv/\xe6\x97\xa5\xe6\x9c\xac',
  },
  related: [{ span: spanOf(APP, '\xff'), text: 'byte \xff' }],
  witness: undefined,
  help: 'Refuse unless $ssl_client_verify is SUCCESS.',
  fingerprint: fingerprintOf('unverified-location', ['app.test', 'location /caf\xc3\xa9/', 'root']),
};

const missing: Notice = {
  kind: 'missing-file',
  text: 'include missing.conf: no such file',
  span: spanOf(MAIN, 'include missing.conf;'),
  help: 'Name the folder with --map.',
  fatal: false,
};
const unknownModule: Notice = {
  kind: 'not-modelled',
  text: 'Lua decides here; the sites behind it are undecided',
  span: spanOf(APP, 'access_by_lua_file guard.lua;'),
  fatal: false,
};

/** A run with findings of every level, undecided sites and notices. */
export const RESULT: LintResult = {
  tool: { name: 'nginx-mtls-lint', version: '0.1.0' },
  roots: ['nginx.conf'],
  findings: [unverified, bytes, unsafeIf],
  suppressed: [],
  notices: [unknownModule, missing],
  tables: [{ rows: ROWS }],
  models: [],
};

/** A run that found nothing and decided everything. */
export const CLEAN: LintResult = {
  ...RESULT,
  findings: [],
  suppressed: [],
  notices: [],
  tables: [{ rows: ROWS.filter(row => row.access.none.verdict === 'refused') }],
};

export const RULES: readonly RuleMeta[] = [
  {
    id: 'unverified-location',
    group: 'Content without a verified certificate',
    summary: 'A server that asks for a client certificate passes on requests that carry none.',
    level: 'error',
    precision: 'very-high',
    securitySeverity: '8.1',
    since: '0.1.0',
    help: 'Refuse unless $ssl_client_verify is SUCCESS.',
  },
  {
    id: 'unsafe-if',
    group: 'Hygiene',
    summary: 'An if block holds more than return and rewrite.',
    level: 'warning',
    precision: 'high',
    securitySeverity: '3.1',
    since: '0.1.0',
    help: 'Use if for return and rewrite only.',
  },
];
