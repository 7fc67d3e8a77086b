/**
 * Small configurations in a part of nginx's language that the analysis decides without exception, and all requests that
 * can fare differently in them. What the access table says of one can therefore be compared with every request there is.
 */
import fc from 'fast-check';
import type { ClientClass, Request } from '../../src/analysis/request.js';

/** A block of the server: what it is called, and the lines that stand in it. */
export interface SmallBlock {
  readonly head: string;
  readonly lines: readonly string[];
}

/** One server. */
export interface SmallConfig {
  readonly verify: 'on' | 'optional' | 'optional_no_ca';
  /** Lines of the server level. */
  readonly server: readonly string[];
  readonly locations: readonly SmallBlock[];
}

const CONDITIONS = [
  ...[
    '$ssl_client_verify != SUCCESS',
    '$ssl_client_verify = SUCCESS',
    '$ssl_client_verify = NONE',
    '$ssl_client_verify',
  ],
  ...['$arg_k', '$arg_k = 1', '$arg_k != 1', '$request_method = POST', '$uri = /a', '$uri ~ "^/b"'],
  ...['$v', '$v = 1', '$v != 1', '$m', '$m = 1', '$verified = 0', '$once = a', '$args = "k=1"', '$request_uri = /a'],
  ...['$w', '$w = a', '$scheme = http', '$https', '$args', '$fresh = a', '$server_name = a.test', '$host = a.test'],
  ...[
    '$uri ~ "^/(.)"',
    '$arg_k ~ "^(.)(.)"',
    '$uri ~ "^/(?<seg>[a-z])"',
    '$seg = a',
    '$cap',
    '$cap = a',
    '$arg_k !~ 1',
  ],
];
const ASSIGNMENTS = [
  'set $v 1;',
  'set $v 0;',
  'set $v $arg_k;',
  'set $v "$v$arg_k";',
  'set $v $m;',
  'set $args "k=1";',
  'set $v $uri;',
  'set $w $1;',
  'set $w "$v$1";',
  'set $w $once;',
  'set $args "";',
  'set $m 1;',
  'set $w $seg;',
  'set $w $cap;',
  'set $ssl_client_verify SUCCESS;',
];
const REWRITES = [
  ...[
    'rewrite ^ /b last;',
    'rewrite ^ /b break;',
    'rewrite ^ /b;',
    'rewrite ^/a$ /b?k=1 last;',
    'rewrite ^/a$ /i last;',
  ],
  ...['rewrite ^/b$ /a?k=0? last;', 'rewrite ^/(a|b)$ /i/$1 last;', 'rewrite ^ /a? last;'],
  ...[
    'rewrite ^/(a|i)(.*)$ /b/$1 last;',
    'rewrite ^/i/(.*)$ /$1?k=$1 last;',
    'rewrite ^ /z redirect;',
    'rewrite ^/(.)$ /$arg_k$1;',
  ],
  ...['rewrite ^/(?<seg>[ab])(.*)$ /i/$seg?k=$2 last;', 'rewrite ^ /b?k=$w last;', 'rewrite (.)$ /i last;'],
];
const ENDINGS = ['return 403;', 'return 403;', 'return 404;', 'return 204;', 'return 200 "text";', 'break;'];
const ERROR_PAGES = [
  ...[
    'error_page 403 = @n;',
    'error_page 403 /i;',
    'error_page 404 = /b;',
    'error_page 403 404 = /a?k=1;',
    'error_page 400 = @n;',
  ],
  ...[
    'error_page 495 496 = @n;',
    'error_page 405 = /i;',
    'error_page 301 = @n;',
    'error_page 302 = /b;',
    'error_page 497 = /a;',
    'error_page 403 =200 $uri/;',
    'error_page 413 = @n;',
    'recursive_error_pages on;',
  ],
];
const ACCESS = [
  'deny all;',
  'allow all;',
  'satisfy any;',
  'auth_request /auth;',
  'auth_request /i;',
  'internal;',
  'try_files /none @n;',
  'try_files /none /a?k=1;',
  'try_files /none =404;',
  'client_max_body_size 10;',
];
const LIMITS = [
  'limit_except GET { }',
  'limit_except GET { deny all; }',
  'limit_except POST { proxy_pass http://limited; }',
];

const one = (...lists: readonly (readonly string[])[]): fc.Arbitrary<string> => fc.constantFrom(...lists.flat());
const upTo = (most: number, line: fc.Arbitrary<string>): fc.Arbitrary<string[]> => fc.array(line, { maxLength: most });

function condition(steps: readonly (readonly string[])[]): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...CONDITIONS), upTo(2, one(...steps)))
    .map(([test, body]) => `if (${test}) { ${body.join(' ')} }`);
}

const PASS = ['proxy_pass http://if;'];
const serverLine = fc.oneof(
  { arbitrary: condition([ASSIGNMENTS, ENDINGS, REWRITES]), weight: 4 },
  { arbitrary: one(ASSIGNMENTS), weight: 2 },
  { arbitrary: one(ERROR_PAGES), weight: 2 },
  { arbitrary: one(REWRITES), weight: 1 },
);
const locationLine = fc.oneof(
  { arbitrary: condition([ASSIGNMENTS, ENDINGS, REWRITES, PASS, PASS]), weight: 4 },
  { arbitrary: one(ASSIGNMENTS), weight: 1 },
  { arbitrary: one(REWRITES), weight: 1 },
  { arbitrary: one(ENDINGS), weight: 1 },
  { arbitrary: one(ERROR_PAGES), weight: 1 },
  { arbitrary: one(ACCESS), weight: 1 },
  { arbitrary: one(LIMITS), weight: 1 },
);

function block(head: string): fc.Arbitrary<SmallBlock> {
  const handler = fc.constantFrom(
    ['proxy_pass http://back;'],
    ['proxy_pass http://back;'],
    ['empty_gif;'],
    ['return 200 "end";'],
  );
  // The answer of a back end to auth_request would be a condition, so a program gives it.
  const last = head.includes('/auth')
    ? fc.constantFrom(['return 204;'], ['return 200 "end";'], ['return 403;'])
    : handler;
  return fc.tuple(upTo(3, locationLine), last).map(([lines, end]) => ({ head, lines: [...lines, ...end] }));
}

/** Any small configuration. Every path has a location with a handler, so that no file matters. */
export const smallConfig: fc.Arbitrary<SmallConfig> = fc.record({
  verify: fc.constantFrom('on', 'optional', 'optional', 'optional_no_ca'),
  server: upTo(3, serverLine),
  locations: fc
    .tuple(
      block('location /'),
      block('location = /a'),
      block('location /b'),
      block('location /i'),
      block('location = /auth'),
      block('location @n'),
    )
    .map(blocks => blocks as SmallBlock[]),
});

/** Directives that a block may hold once. */
const SINGLE =
  /^(proxy_pass|empty_gif|satisfy|auth_request|internal|limit_except|recursive_error_pages|client_max_body_size|try_files)\b/;

/** The lines of a block without what nginx would refuse as a duplicate; of several handlers the first stays. */
function once(lines: readonly string[]): string[] {
  const seen = new Set<string>();
  return lines.filter(line => {
    const name = SINGLE.exec(line)?.[1];
    if (name === undefined) return true;
    return !seen.has(name) && seen.add(name) !== undefined;
  });
}

/** The server as text. */
export function smallServer({ verify, server, locations }: SmallConfig): string {
  const blocks = locations.map(({ head, lines }) => {
    const own = head.includes('/auth') ? lines.filter(line => !/auth_request|proxy_pass/.test(line)) : lines;
    return `  ${head} {\n${once(own)
      .map(line => `    ${line}\n`)
      .join('')}  }\n`;
  });
  return `server {
  listen 127.0.0.1:8443 ssl;
  server_name a.test;
  ssl_certificate c.pem;
  ssl_certificate_key k.pem;
  ssl_client_certificate ca.pem;
  ssl_verify_client ${verify};
${once(server)
  .map(line => `  ${line}\n`)
  .join('')}${blocks.join('')}}
`;
}

/** What the http block holds beside the server. */
export const SMALL_HTTP = `map $arg_k $m { 1 1; 0 ""; default x; }
map $ssl_client_verify $verified { SUCCESS 1; default 0; }
map $uri $once { /a a; default b; }
map $uri $cap { "~^/(.)" $1; default z; }
map $uri $fresh { volatile; /a a; default b; }
server { listen 127.0.0.1:8099; set $v ''; set $w ''; location ~ "^/(?<seg>[a-z]+)/only" { } return 404; }
`;

const PATHS = ['/', '/a', '/b', '/i', '/i/a', '/auth', '/z'];
const HOST = ['Host', 'a.test'] as const;

/** Proper requests, and such as an error page takes elsewhere before any check: a header of the wrong form, a body, no TLS. */
const HTTP: readonly Request['http'][] = [
  ...PATHS.flatMap(path => ['', '?k=0', '?k=1', '?k=2', '?k=11'].map(query => path + query)).flatMap(target =>
    ['GET', 'POST', 'PUT', 'TRACE'].map(method => ({ method, target, headers: [HOST] })),
  ),
  ...PATHS.flatMap(path => [path, `${path}?k=1`]).flatMap(target => [
    { method: 'GET', target, headers: [HOST, ['Content-Length', 'x'] as const] },
    { method: 'POST', target, headers: [HOST], body: { length: 50 } },
  ]),
];

/** Every request of a class of client that can fare differently, an encrypted one in front. */
export function smallRequests(clientClass: ClientClass): Request[] {
  const connect = { address: '127.0.0.1', port: 8443 };
  const issuer = clientClass === 'untrusted' ? { issuer: 'self' } : {};
  const tls = { serverName: 'a.test', certificate: clientClass, ...issuer };
  return [
    ...HTTP.map(http => ({ connect, tls, http })),
    ...HTTP.slice(0, 40).map(http => ({ connect, tls: null, http })),
  ];
}
