import { ASSUMED_ENVIRONMENT, type Environment } from '../../../src/analysis/evaluate.js';
import type { Request, TlsChoice } from '../../../src/analysis/request.js';

/**
 * Rows of the request semantics as small configurations with requests, each with the end that nginx gives it: for the
 * evaluator, for the access table and for nginx itself.
 */

/** What is sent besides the request line; the rest is a plain request to port 80 with the Host `a.test`. */
export interface More {
  readonly headers?: readonly (readonly [string, string])[];
  /** False where the headers begin with no Host. */
  readonly host?: false;
  readonly body?: number;
  readonly from?: string;
  readonly to?: string;
  readonly version?: '1.0';
  /** TLS to port 443. */
  readonly tls?: TlsChoice;
}

export type Exchange = readonly [line: string, answer: string, more?: More];

const HOST = ['Host', 'a.test'] as const;
const NOBODY: TlsChoice = { serverName: 'a.test', certificate: 'none' };

/** Files that are there; a path that ends in a slash is a folder. */
const FILES = new Set(['/www/page.html', '/www/dir/', '/www/dir/index.html', '/www/a.txt', '/other/a.txt']);
/** The file system of the rows. */
export const ENVIRONMENT: Environment = {
  ...ASSUMED_ENVIRONMENT,
  fileAt: path => {
    if (FILES.has(`${path.replace(/\/$/, '')}/`)) return 'directory';
    return FILES.has(path) ? 'file' : 'absent';
  },
};

/** What is written in an http block: `return N` and `proxy_pass N` name the place that answers, `TEXT N` and `SITE N` here. */
export function httpOf(server: string, http: string): string {
  const one = server.startsWith('server ') ? server : `server { listen 80; root /www; ${server} }`;
  return `${http} ${one}`
    .replace(/SITE (\d+)/g, 'proxy_pass http://site-$1;')
    .replace(/TEXT (\d+)/g, 'return 200 "return-$1";');
}

export function requestOf(
  line: string,
  { headers = [], host, body, from, to = '127.0.0.1', version, tls }: More,
): Request {
  const [method = '', target = ''] = line.split(' ');
  return {
    connect: { address: to, port: tls === undefined ? 80 : 443 },
    ...(from === undefined ? {} : { sourceAddress: from }),
    tls: tls ?? null,
    http: {
      method,
      target,
      ...(version === undefined ? {} : { version }),
      headers: host === false ? headers : [HOST, ...headers],
      ...(body === undefined ? {} : { body: { length: body } }),
    },
  };
}

/** Each with its row numbers; `[server, requests, http]`. */
export const ROWS: Readonly<Record<string, readonly [server: string, exchanges: readonly Exchange[], http?: string]>> =
  {
    '1.5-1.6 break leaves the whole program': [
      'if ($arg_k) { break; } return 403; location / { SITE 1 }',
      [
        ['GET /?k=1', 'proxy_pass 1 200'],
        ['GET /', 'refused 403'],
      ],
    ],
    '1.7-1.9 a flagged rewrite skips the rest, one without a flag does not': [
      'rewrite ^/last /x last; rewrite ^/break /x break; rewrite ^/none /x; return 403; location / { SITE 1 }',
      [
        ['GET /last', 'proxy_pass 1 200'],
        ['GET /break', 'proxy_pass 1 200'],
        ['GET /none', 'refused 403'],
      ],
    ],
    '1.16-1.24 what runs the server program again': [
      `set $n "\${n}i"; if ($uri = /end) { return 200 "$n"; }
    location /uri { try_files /none /t; } location /named { try_files /none @n; } location /rewrite { rewrite ^ /u last; }
    location @n { if ($n = i) { TEXT 1 } TEXT 2 } location /t { if ($n = i) { TEXT 3 } TEXT 4 }
    location /u { if ($n = i) { TEXT 5 } TEXT 6 }
    location /page { error_page 404 /t; return 404; }`,
      [
        ['GET /uri', 'return 4 200'],
        ['GET /named', 'return 1 200'],
        ['GET /rewrite', 'return 5 200'],
        ['GET /page', 'return 4 404'],
      ],
    ],
    '1.17 a named target of an error page is outside the server program': [
      'error_page 403 = @e; return 403; location @e { SITE 1 }',
      [['GET /', 'proxy_pass 1 200']],
    ],
    '1.25, 1.31c a subrequest runs the server program and shares its variables': [
      'if ($uri = /auth) { set $seen 1; } location / { auth_request /auth; try_files /none @n; } location /auth { return 204; } location @n { if ($seen) { TEXT 1 } TEXT 2 }',
      [['GET /', 'return 1 200']],
    ],
    '1.28 TRACE and CONNECT are refused before the program': [
      'error_page 405 = @e; return 403; location @e { SITE 1 }',
      [
        ['TRACE /', 'proxy_pass 1 200'],
        ['CONNECT /', 'proxy_pass 1 200'],
      ],
    ],
    '2.1-2.6, 2.49 what a nested location does not inherit': [
      `location /p/ { return 403; location /p/n/ { SITE 1 } } location /h/ { SITE 2 location /h/page/ { } }
    location /l/ { limit_except GET { deny all; } SITE 3 location /l/n/ { SITE 4 } }`,
      [
        ['GET /p/n/x', 'proxy_pass 1 200'],
        ['GET /h/page/x', 'refused 404'],
        ['POST /l/n/x', 'proxy_pass 4 200'],
        ['POST /l/x', 'refused 403'],
      ],
    ],
    '2.5, 6.35 access checks and internal are inherited': [
      'location /a/ { deny all; location /a/n/ { SITE 1 } } location /i/ { internal; location /i/n/ { SITE 2 } }',
      [
        ['GET /a/n/x', 'refused 403'],
        ['GET /i/n/x', 'refused 404'],
      ],
    ],
    '2.22-2.23 an if without a handler keeps that of the location, but not try_files': [
      `location /p { if ($arg_k) { set $x 1; } SITE 1 } location /t { try_files /page.html =404; if ($arg_k) { set $x 1; } SITE 2 }
    location /f { try_files /none =404; if ($arg_k) { set $x 1; } SITE 3 }`,
      [
        ['GET /p?k=1', 'proxy_pass 1 200'],
        ['GET /t?k=1', 'proxy_pass 2 200'],
        ['GET /f', 'refused 404'],
        ['GET /f?k=1', 'proxy_pass 3 200'],
      ],
    ],
    '2.40-2.48, 11.30 limit_except': [
      `location /g { return 403; limit_except GET { deny 10.9.9.9; } SITE 1 }
    location /own { limit_except GET { SITE 2 } empty_gif; } location /gif { limit_except GET { } empty_gif; }
    location /mem { set $memcached_key x; limit_except POST { } memcached_pass 127.0.0.1:1; } location /head { limit_except GET { deny all; } SITE 3 }
    location /allow { deny all; limit_except GET { allow all; } SITE 4 }`,
      [
        ['GET /g', 'refused 403'],
        ['POST /g', 'proxy_pass 1 200'],
        ['POST /own', 'proxy_pass 2 200'],
        ['POST /gif', 'refused 404'],
        ['GET /mem', 'refused 404'],
        ['HEAD /head', 'proxy_pass 3 200'],
        ['POST /head', 'refused 403'],
        ['POST /allow', 'proxy_pass 4 200'],
      ],
    ],
    '3.1-3.6 which if owns the handler': [
      `location /one { if ($arg_a) { SITE 1 } if ($arg_b) { SITE 2 } SITE 3 }
    location /two { if ($arg_a) { SITE 4 } if ($arg_b) { set $x 1; } SITE 5 }
    location /three { if ($arg_a) { SITE 6 } if ($arg_b) { set $x 1; } }
    location /four { if ($arg_a) { SITE 7 } return 403; } location /five { if ($arg_a) { SITE 8 break; } return 403; }
    location /six { if ($arg_a) { fastcgi_pass 127.0.0.1:1; } if ($arg_b) { SITE 9 } }`,
      [
        ['GET /one?a=1&b=1', 'proxy_pass 2 200'],
        ['GET /one?a=1', 'proxy_pass 1 200'],
        ['GET /one', 'proxy_pass 3 200'],
        ['GET /two?a=1&b=1', 'proxy_pass 5 200'],
        ['GET /three?a=1&b=1', 'refused 500'],
        ['GET /four?a=1', 'refused 403'],
        ['GET /five?a=1', 'proxy_pass 8 200'],
        ['GET /six?a=1&b=1', 'proxy_pass 9 200'],
      ],
    ],
    '3.14 the error pages of a matched if count': [
      'location / { if ($arg_a) { error_page 403 = @e; return 403; } return 403; } location @e { SITE 1 }',
      [
        ['GET /?a=1', 'proxy_pass 1 200'],
        ['GET /', 'refused 403'],
      ],
    ],
    '4.3-4.31 conditions': [
      `location /t { if ($arg_k) { TEXT 1 } TEXT 2 } location /e { if ($arg_k = on) { TEXT 3 } TEXT 4 }
    location /n { if ($arg_k != on) { TEXT 5 } TEXT 6 } location /m { if ($arg_k ~ ^o) { TEXT 7 } TEXT 8 }
    location /i { if ($arg_k ~* ^o) { TEXT 9 } TEXT 10 } location /x { if ($arg_k !~ ^o) { TEXT 11 } TEXT 12 }`,
      [
        ['GET /t?k=off', 'return 1 200'],
        ['GET /t?k=0', 'return 2 200'],
        ['GET /t?k=00', 'return 1 200'],
        ['GET /t?k=', 'return 2 200'],
        ['GET /e?k=on', 'return 3 200'],
        ['GET /e?k=ON', 'return 4 200'],
        ['GET /n?k=on', 'return 6 200'],
        ['GET /n', 'return 5 200'],
        ['GET /m?k=On', 'return 8 200'],
        ['GET /i?k=On', 'return 9 200'],
        ['GET /x?k=on', 'return 12 200'],
        ['GET /x?k=x', 'return 11 200'],
      ],
    ],
    '4.37-4.38 a pattern that fails clears the groups': [
      `location /i { if ($uri ~ ^/i/(.)) { set $x 1; } if ($arg_k ~ nothing) { set $x 1; } set $v $1; if ($v = "") { TEXT 1 } TEXT 2 }
    location /r { if ($uri ~ ^/r/(.)) { set $x 1; } rewrite ^/nothing /x; set $v $1; if ($v = "") { TEXT 3 } TEXT 4 }
    location /k { if ($uri ~ ^/k/(.)) { set $x 1; } set $v $1; if ($v = a) { TEXT 5 } TEXT 6 }`,
      [
        ['GET /i/a', 'return 1 200'],
        ['GET /r/a', 'return 3 200'],
        ['GET /k/a', 'return 5 200'],
      ],
    ],
    '4.64, 12.5 the first copy of a header, without underscores': [
      'location / { if ($http_x_a = one) { TEXT 1 } TEXT 2 }',
      [
        [
          'GET /',
          'return 1 200',
          {
            headers: [
              ['X-A', 'one'],
              ['X-A', 'two'],
            ],
          },
        ],
        [
          'GET /',
          'return 2 200',
          {
            headers: [
              ['X-A', 'two'],
              ['X-A', 'one'],
            ],
          },
        ],
        ['GET /', 'return 2 200', { headers: [['X_A', 'one']] }],
      ],
    ],
    '5.1-5.10 maps': [
      `location /k { if ($key = 1) { TEXT 1 } TEXT 2 } location /e { if ($empty = default) { TEXT 3 } TEXT 4 }
    location /l { if ($plain = star) { TEXT 8 } TEXT 9 } location /c { if ($caseless = 1) { TEXT 10 } TEXT 11 }
    location /d { if ($key = 2) { TEXT 12 } TEXT 13 } location /s { if ($twice = second) { TEXT 14 } TEXT 15 }`,
      [
        ['GET /k?k=SUCCESS', 'return 1 200'],
        ['GET /k?k=success', 'return 1 200'],
        ['GET /d?k=other', 'return 12 200'],
        ['GET /e', 'return 3 200'],
        ['GET /e?k=x', 'return 4 200'],
        ['GET /l?k=*.test', 'return 8 200'],
        ['GET /l?k=x.test', 'return 9 200'],
        ['GET /c?k=ABC', 'return 10 200'],
        ['GET /s?k=a', 'return 14 200'],
      ],
      `map $arg_k $key { Success 1; default 2; } map $arg_k $empty { "~.*" x; default default; }
    map $arg_k $plain { *.test star; }
    map $arg_k $caseless { ~*^abc 1; } map $arg_k $twice { a first; } map $arg_k $twice { a second; }`,
    ],
    '5.18-5.20 what is computed once': [
      `if ($once) { set $seen 1; } if ($again) { set $seen 1; } location /a { rewrite ^ /b last; }
    location /b { if ($once = b) { TEXT 1 } if ($again = a) { TEXT 2 } TEXT 3 }`,
      [['GET /a', 'return 3 200']],
      'map $uri $once { /a a; default b; } map $uri $again { volatile; /a a; default b; }',
    ],
    '5.19d set writes what the handshake found': [
      'set $ssl_client_verify SUCCESS; if ($ssl_client_verify != SUCCESS) { return 403; } location / { SITE 1 }',
      [['GET /', 'proxy_pass 1 200']],
    ],
    '5.40 the longest network of a geo block': [
      'location / { if ($g = long) { TEXT 1 } if ($g = short) { TEXT 2 } TEXT 3 }',
      [
        ['GET /', 'return 1 200', { from: '10.1.2.3' }],
        ['GET /', 'return 2 200', { from: '10.2.2.3' }],
        ['GET /', 'return 3 200', { from: '11.2.2.3' }],
      ],
      'geo $g { 10.0.0.0/8 short; 10.1.0.0/16 long; default none; }',
    ],
    '5.70, 15 names of variables have no case, and groups one digit': [
      'set $Foo 1; location / { if ($fOO) { set $v "$FOO"; } if ($v = 1) { TEXT 1 } TEXT 2 } location ~ ^/(g)/ { set $v $10; if ($v = g0) { TEXT 3 } TEXT 4 }',
      [
        ['GET /', 'return 1 200'],
        ['GET /g/', 'return 3 200'],
      ],
    ],
    '6.7 the path is decoded and normalised': [
      'location /admin/ { SITE 1 } location / { SITE 2 }',
      [
        ['GET //admin//x', 'proxy_pass 1 200'],
        ['GET /x/%2e%2e/admin/x', 'proxy_pass 1 200'],
        ['GET /%61dmin/', 'proxy_pass 1 200'],
        ['GET /admin%252fx', 'proxy_pass 2 200'],
      ],
    ],
    '6.24, 6.1 glued modifiers; ~ regards case': [
      'location =/x { SITE 1 } location ^~/n { SITE 2 } location ~b { SITE 3 } location / { SITE 4 }',
      [
        ['GET /x', 'proxy_pass 1 200'],
        ['GET /xb', 'proxy_pass 3 200'],
        ['GET /nb', 'proxy_pass 2 200'],
        ['GET /B', 'proxy_pass 4 200'],
      ],
    ],
    '6.31-6.32 internal, and what opens it': [
      'rewrite ^/to$ /in; location /in { internal; SITE 1 } location /page { error_page 403 = /in; return 403; }',
      [
        ['GET /in', 'refused 404'],
        ['GET /to', 'proxy_pass 1 200'],
        ['GET /page', 'proxy_pass 1 200'],
      ],
    ],
    '6.9 an absolute target counts more than Host': [
      'server { listen 80; server_name a.test; location / { SITE 1 } } server { listen 80; server_name b.test; location / { SITE 2 } }',
      [
        ['GET http://b.test/', 'proxy_pass 2 200'],
        ['GET /', 'proxy_pass 1 200'],
      ],
    ],
    '7.1-7.3 last, break, and a break that cancels': [
      'location /l { rewrite ^ /t last; SITE 1 } location /b { rewrite ^ /t break; SITE 2 } location /c { rewrite ^ /t; break; SITE 3 } location /n { rewrite ^ /t; SITE 5 } location /t { SITE 4 }',
      [
        ['GET /l', 'proxy_pass 4 200'],
        ['GET /b', 'proxy_pass 2 200'],
        ['GET /c', 'proxy_pass 3 200'],
        ['GET /n', 'proxy_pass 4 200'],
      ],
    ],
    '7.4 an external replacement redirects, whatever its flag': [
      'location / { rewrite ^ http://x.test/ last; SITE 1 }',
      [['GET /', 'redirected 302']],
    ],
    '7.5 ten changes of the URI, and a 500 that has no page': [
      `error_page 500 = @e; location /ten { if ($uri = /tenxxxxxxxxxx) { SITE 1 break; } rewrite ^(.*)$ $1x last; }
    location /eleven { if ($uri = /elevenxxxxxxxxxxx) { SITE 2 break; } rewrite ^(.*)$ $1x last; } location @e { SITE 3 }`,
      [
        ['GET /ten', 'proxy_pass 1 200'],
        ['GET /eleven', 'refused 500'],
      ],
    ],
    '7.8, 13.10 arguments behind a rewrite, the first copy without case': [
      `location /a { rewrite ^ /t?k=2 last; } location /d { rewrite ^ /t? last; } location /t { if ($arg_k = 1) { TEXT 1 } if ($arg_k = 2) { TEXT 2 } TEXT 3 }
    location /k { rewrite ^ /t last; }`,
      [
        ['GET /a?k=1', 'return 2 200'],
        ['GET /d?k=1', 'return 3 200'],
        ['GET /k?k=1', 'return 1 200'],
        ['GET /t?K=1&k=2', 'return 1 200'],
      ],
    ],
    '8.10-8.31 error pages': [
      `location /twice { error_page 403 = @one; error_page 403 = @two; return 403; } location @one { SITE 1 } location @two { SITE 2 }
    location /text { error_page 403 = @one; return 403 "no"; } location /empty { error_page 403 = @one; return 403 ""; }
    location /url { error_page 302 = @one; return 302 /x; } location /hop { error_page 403 = /next; return 403; }
    location /next { error_page 404 = @one; return 404; }
    location /more { error_page 403 = /next; recursive_error_pages on; return 403; }
    location /own { error_page 404 = @one; return 403; } location /204 { return 204 "x"; }`,
      [
        ['GET /twice', 'proxy_pass 1 200'],
        ['GET /text', 'refused 403'],
        ['GET /empty', 'proxy_pass 1 200'],
        ['GET /url', 'proxy_pass 1 200'],
        ['GET /hop', 'refused 404'],
        ['GET /more', 'proxy_pass 1 200'],
        ['GET /own', 'refused 403'],
        ['GET /204', 'empty 204'],
      ],
    ],
    '8.11, 13.18 the URI of an error page is fetched with GET': [
      `location /p { error_page 403 = /t; return 403; } location /t { limit_except GET { deny all; } SITE 1 }
    location /v { error_page 403 = /w; return 403; } location /w { if ($request_method = GET) { TEXT 2 } TEXT 3 }`,
      [
        ['POST /p', 'proxy_pass 1 200'],
        ['POST /v', 'return 2 200'],
      ],
    ],
    '8.21, 9.3 a level with an entry of a list drops the inherited one': [
      'error_page 403 = @e; deny all; location /e { error_page 404 = @e; return 403; } location /a { allow 10.0.0.1; SITE 1 } location /i { SITE 2 } location @e { allow all; SITE 3 }',
      [
        ['GET /e', 'refused 403'],
        ['GET /a', 'proxy_pass 1 200'],
        ['GET /i', 'proxy_pass 3 200'],
      ],
    ],
    '8.34 a large body, at the choice of the location': [
      'location / { client_max_body_size 10; error_page 413 = @b; return 403; } location @b { SITE 1 }',
      [
        ['POST /', 'proxy_pass 1 200', { body: 50 }],
        ['POST /', 'refused 403', { body: 5 }],
      ],
    ],
    '8.5 errors before any check': [
      'error_page 400 = @b; error_page 414 = @b; return 403; location @b { SITE 1 }',
      [
        ['GET /', 'proxy_pass 1 200', { host: false }],
        ['GET /', 'refused 403', { host: false, version: '1.0' }],
        ['GET /', 'proxy_pass 1 200', { headers: [['Content-Length', 'x']] }],
        ['get /', 'refused 500'],
      ],
    ],
    '8.5 400 is no page for 496 and 497': [
      `server { listen 443 ssl; server_name a.test; ssl_certificate c; ssl_client_certificate ca; ssl_verify_client on;
      error_page 400 = @b; location / { SITE 1 } location @b { SITE 2 } }`,
      [
        ['GET /', 'refused 400', { tls: NOBODY }],
        ['GET /', 'proxy_pass 1 200', { tls: { serverName: 'a.test', certificate: 'trusted' } }],
      ],
    ],
    '9.1-9.4 allow, deny, satisfy': [
      `location /r { deny all; return 200 "return-1"; } location /n { allow 10.0.0.1; SITE 2 } location /f { allow all; deny all; SITE 3 }
    location /any { satisfy any; deny all; auth_request /ok; SITE 4 } location /all { deny all; auth_request /ok; SITE 5 } location /ok { return 204; }
    location /net { deny 203.0.113.9/24; SITE 6 }`,
      [
        ['GET /r', 'return 1 200'],
        ['GET /n', 'proxy_pass 2 200'],
        ['GET /f', 'proxy_pass 3 200'],
        ['GET /any', 'proxy_pass 4 200'],
        ['GET /all', 'refused 403'],
        ['GET /net', 'refused 403', { from: '203.0.113.77' }],
      ],
    ],
    '9.8c auth_basic without a user file': [
      'location /n { auth_basic x; SITE 1 } location /y { auth_basic x; auth_basic_user_file u; SITE 2 }',
      [
        ['GET /n', 'proxy_pass 1 200'],
        ['GET /y', 'refused 401'],
        ['GET /y', 'proxy_pass 2 200', { headers: [['Authorization', 'Basic dTpw']] }],
      ],
    ],
    '9.10-9.12 auth_request': [
      `location /404 { auth_request /missing; SITE 1 } location /missing { return 404; } location /d { auth_request /denied; SITE 2 }
    location /denied { deny all; try_files /page.html =403; }`,
      [
        ['GET /404', 'refused 500'],
        ['GET /d', 'proxy_pass 2 200'],
      ],
    ],
    '10.2-10.14, 6.19 files': [
      `location /x { try_files /none /t; } location /t { SITE 1 } location /dir/ { } location = /dir/index.html { SITE 2 }
    location /al/ { alias /other/; } location /gif { empty_gif; } location /page.html { }
    location /last { try_files /none /a.txt; } location = /a.txt { return 403; }`,
      [
        ['GET /x', 'proxy_pass 1 200'],
        ['GET /last', 'refused 403'],
        ['GET /dir/', 'proxy_pass 2 200'],
        ['GET /al/a.txt', 'static 200'],
        ['GET /page.html', 'static 200'],
        ['POST /page.html', 'refused 405'],
        ['POST /gif', 'refused 405'],
        ['GET /nothing', 'refused 404'],
      ],
    ],
    '11.5 the last handler of a block': ['location / { SITE 1 empty_gif; }', [['GET /', 'empty_gif 200']]],
    '12.17 $ssl_client_verify is empty on a plain port': [
      'if ($ssl_client_verify = NONE) { return 403; } location / { SITE 1 }',
      [['GET /', 'proxy_pass 1 200']],
    ],
    '13.3 realip': [
      `location / { set_real_ip_from 203.0.113.0/24; real_ip_header X-Forwarded-For; allow 10.0.0.2; deny all; SITE 1 }`,
      [
        ['GET /', 'proxy_pass 1 200', { headers: [['X-Forwarded-For', '10.0.0.1, 10.0.0.2']], from: '203.0.113.77' }],
        ['GET /', 'refused 403', { headers: [['X-Forwarded-For', '10.0.0.2, 10.0.0.1']], from: '203.0.113.77' }],
        ['GET /', 'refused 403', { headers: [['X-Forwarded-For', '10.0.0.2']], from: '198.51.100.1' }],
      ],
    ],
    '14.1-14.7 which server': [
      `server { listen 80 default_server; location / { SITE 9 } } server { listen 80; server_name *.b.test; location / { SITE 1 } }
    server { listen 80; server_name *.x.b.test; location / { SITE 2 } } server { listen 80; server_name y.*; location / { SITE 3 } }
    server { listen 80; server_name .d.test; location / { SITE 4 } } server { listen 80; server_name ~^R[0-9]; location / { SITE 5 } }
    server { listen 80; server_name e.test; location / { SITE 6 } }`,
      [
        ['GET http://a.b.test/', 'proxy_pass 1 200'],
        ['GET http://a.x.b.test/', 'proxy_pass 2 200'],
        ['GET http://y.b.test/', 'proxy_pass 1 200'],
        ['GET http://y.c.test/', 'proxy_pass 3 200'],
        ['GET http://d.test/', 'proxy_pass 4 200'],
        ['GET /', 'proxy_pass 1 200', { host: false, headers: [['Host', '.b.test']] }],
        ['GET /', 'proxy_pass 9 200', { host: false, headers: [['Host', 'b.test']] }],
        ['GET /', 'proxy_pass 9 200', { host: false, headers: [['Host', 'y.']] }],
        ['GET http://r1.test/', 'proxy_pass 5 200'],
        ['GET http://unknown.test/', 'proxy_pass 9 200'],
      ],
    ],
    '14.1 the default server, marked or first': [
      `server { listen 80; server_name one.test; location / { SITE 1 } } server { listen 80; server_name two.test; location / { SITE 2 } }
    server { listen 127.0.0.2:80; server_name one.test; location / { SITE 3 } }
    server { listen 127.0.0.2:80 default_server; server_name two.test; location / { SITE 4 } }`,
      [
        ['GET http://unknown.test/', 'proxy_pass 1 200'],
        ['GET http://unknown.test/', 'proxy_pass 4 200', { to: '127.0.0.2' }],
      ],
    ],
    '14.10 an address beats the wildcard of its port; ports of a range are addresses': [
      `server { listen 80; location / { SITE 1 } } server { listen 127.0.0.2:79-81; location / { SITE 2 } }`,
      [
        ['GET /', 'proxy_pass 1 200'],
        ['GET /', 'proxy_pass 2 200', { to: '127.0.0.2' }],
      ],
    ],
    '14.24 one listen with ssl makes its address TLS': [
      `server { listen 443; ssl_certificate c; server_name a.test; location / { SITE 1 } } server { listen 443 ssl; ssl_certificate c; server_name b.test; location / { SITE 2 } }`,
      [['GET /', 'proxy_pass 1 200', { tls: NOBODY }]],
    ],
    '14.20 SNI of one server, Host of another': [
      `server { listen 443 ssl; server_name open.test; ssl_certificate c; location / { SITE 1 } }
    server { listen 443 ssl; server_name a.test; ssl_certificate c; ssl_client_certificate ca; ssl_verify_client optional; location / { SITE 2 } }
    server { listen 443 ssl; server_name b.test; ssl_certificate c; ssl_client_certificate ca; ssl_verify_client optional; location / { SITE 3 } }`,
      [
        ['GET /', 'proxy_pass 2 200', { tls: NOBODY }],
        ['GET /', 'proxy_pass 2 200', { tls: { ...NOBODY, serverName: null } }],
        ['GET /', 'proxy_pass 2 200', { tls: { ...NOBODY, serverName: 'unknown.test' } }],
        ['GET /', 'refused 421', { tls: { ...NOBODY, serverName: 'b.test' } }],
        ['GET /', 'refused 421', { tls: { ...NOBODY, serverName: 'open.test' } }],
        ['GET http://open.test/', 'proxy_pass 1 200', { tls: NOBODY }],
      ],
    ],
    // One way each, so that the table has to know it.
    '1.31 one value for each way through the program': [
      'set $v 0; if ($arg_k) { set $v 1; } location / { if ($v = 1) { TEXT 1 } if ($v = 0) { TEXT 2 } return 404; }',
      [
        ['GET /?k=1', 'return 1 200'],
        ['GET /', 'return 2 200'],
      ],
    ],
    '4.3 the text "0" is false': [
      'set $v 0; if ($v) { return 403; } location / { SITE 1 }',
      [['GET /', 'proxy_pass 1 200']],
    ],
    '8.12 a text is sent past the error page': [
      'location / { error_page 403 = @only; return 403 "no"; } location @only { SITE 1 }',
      [['GET /', 'refused 403']],
    ],
    '8.13 a redirect with its URL goes through the error page': [
      'location / { error_page 302 = @only; return 302 /x; } location @only { SITE 1 }',
      [['GET /', 'proxy_pass 1 200']],
    ],
    '5.1 a fixed text meets a key of another case': [
      'set $v SUCCESS; location / { if ($m = 1) { SITE 1 break; } return 404; }',
      [['GET /', 'proxy_pass 1 200']],
      'map $v $m { success 1; }',
    ],
    '4.34 two texts of the client are compared': [
      'location / { if ($arg_a = $arg_b) { TEXT 1 } TEXT 2 }',
      [
        ['GET /?a=x&b=x', 'return 1 200'],
        ['GET /?a=x', 'return 2 200'],
      ],
    ],
    '5.10 the longest wildcard of a map': [
      'location / { if ($host_map = long) { TEXT 1 } if ($host_map = short) { TEXT 2 } TEXT 3 }',
      [
        ['GET /?k=x.b.test', 'return 1 200'],
        ['GET /?k=x.test', 'return 2 200'],
        ['GET /?k=.b.test', 'return 1 200'],
        ['GET /?k=.test', 'return 2 200'],
        ['GET /?k=test', 'return 3 200'],
        ['GET /?k=X.B.TEST.', 'return 1 200'],
      ],
      'map $arg_k $host_map { hostnames; *.test short; *.b.test long; }',
    ],
    '5.3 what a key has matched is not for the default': [
      'set $v 1; location / { if ($m = 2) { TEXT 1 } SITE 2 }',
      [['GET /', 'proxy_pass 2 200']],
      'map $v $m { 1 1; default 2; }',
    ],
    '8.31 a second hop of an error page': [
      `location / { recursive_error_pages on; error_page 403 = /t; return 403; }
    location = /t { internal; error_page 404 = @only; return 404; } location @only { SITE 1 }`,
      [['GET /', 'proxy_pass 1 200']],
    ],
  };
