import { type Exchange, type Section, TRUSTED } from './rows.js';

const trusted = { certificate: 'trusted' } as const;
const other = { certificate: 'other' } as const;

const plain = (name: string | undefined, text: number, parameter = ''): string =>
  `server { listen 127.0.0.1:PLAIN_PORT ${parameter}; ${name === undefined ? '' : `server_name ${name};`} location / { TEXT ${text} } }`;

const asks = (host: string | null, text: number): Exchange => [
  'GET /',
  { to: 'plain', host, ...(host === null ? { version: '1.0' } : {}) },
  `return ${text} 200`,
];

const tls = (name: string, rest: string, text: number): string =>
  `server { TLS server_name ${name}; ${rest} location / { TEXT ${text} } }`;

const named = (sni: string | null, host: string, answer: string, certificate: object = {}): Exchange => [
  'GET /',
  { sni, host, ...certificate },
  answer,
];

export const section: Section = {
  document: 'request',
  name: '14 which server answers',
  rows: [
    {
      id: '14.1',
      title: 'exact, leading and trailing wildcards, regexes; else the first server',
      http: `${plain('one.test', 1)} ${plain('two.test *.w.test', 2)} ${plain('~^re\\d+\\.test$ www.t.*', 3)} ${plain('exact.w.test', 4)}`,
      requests: [
        asks('zzz', 1),
        asks('two.test', 2),
        asks('TWO.test:1234', 2),
        asks('a.b.w.test', 2),
        asks('w.test', 1),
        asks('exact.w.test', 4),
        asks('re12.test', 3),
        asks('www.t.org', 3),
        asks(null, 1),
      ],
      access: {
        'one.test: location / return': 'reached',
        'two.test *.w.test: location / return': 'reached',
        '~^re\\d+\\.test$ www.t.*: location / return': 'reached',
        'exact.w.test: location / return': 'reached',
      },
    },
    {
      id: '14.2, 14.3',
      title: 'default_server, and _ which is a name like any other',
      http: `${plain('one.test', 1)} ${plain('_', 2)} ${plain('d.test', 3, 'default_server')}`,
      requests: [asks('zzz', 3), asks('_', 2), asks(null, 3)],
      access: {
        'one.test: location / return': 'reached',
        '_: location / return': 'reached',
        'd.test: location / return': 'reached',
      },
    },
    {
      id: '14.4',
      title: 'a server without a name has the empty one',
      http: `${plain('one.test', 1)} ${plain(undefined, 2)}`,
      requests: [asks('zzz', 1), asks(null, 2)],
      access: { 'one.test: location / return': 'reached', 'unnamed: location / return': 'reached' },
    },
    {
      id: '14.5',
      title: 'the longest wildcard wins, and covers several labels',
      http: `${plain('~.', 1)} ${plain('a.b.*', 2)} ${plain('*.test', 3)} ${plain('*.b.test', 4)} ${plain('a.b.test', 5)}`,
      requests: [
        asks('a.b.test', 5),
        asks('z.b.test', 4),
        asks('z.test', 3),
        asks('a.b.c.test', 3),
        asks('a.b.org', 2),
        asks('q', 1),
      ],
      access: {
        '~.: location / return': 'reached',
        'a.b.*: location / return': 'reached',
        '*.test: location / return': 'reached',
        '*.b.test: location / return': 'reached',
        'a.b.test: location / return': 'reached',
      },
    },
    {
      id: '14.6',
      title: 'a leading dot covers the name itself',
      http: `${plain('one.test', 1)} ${plain('.d.test', 2)}`,
      requests: [asks('d.test', 2), asks('x.y.d.test', 2)],
      access: { 'one.test: location / return': 'reached', '.d.test: location / return': 'reached' },
    },
    {
      id: '14.7, 14.7b',
      title: 'a regex sees the folded name without its port, and its groups are variables',
      http: `${plain('one.test', 1)} server { PLAIN server_name ~^(?<sub147>.+)\\.R\\.test$;
        location / { if ($sub147 = admin) { TEXT 2 } return 403; } }`,
      requests: [asks('ADMIN.r.test:9', 2), ['GET /', { to: 'plain', host: 'q.r.test' }, 'refused 403']],
      access: {
        'one.test: location / return': 'reached',
        '~^(?<sub147>.+)\\.R\\.test$: location / > if ($sub147 = admin) return': 'reached',
      },
    },
    {
      id: '14.8',
      title: 'a name that is used twice is that of the first server',
      http: `${plain('o.test', 1)} ${plain('x.test', 2)} server { PLAIN server_name x.test; location /second { TEXT 3 } }`,
      requests: [['GET /second', { to: 'plain', host: 'x.test' }, 'return 2 200']],
      access: {
        'o.test: location / return': 'reached',
        'x.test: location / return': 'reached',
        'x.test: location /second return': 'refused',
      },
    },
    {
      id: '14.10',
      title: 'a listed address wins over the wildcard, and shares no names with it',
      http: `server { listen PLAIN_PORT; server_name w.test; location / { TEXT 1 } } ${plain('s.test', 2)}`,
      requests: [
        asks('w.test', 2),
        asks('s.test', 2),
        ['GET /', { to: 'plain', host: 's.test', address: '127.0.0.2' }, 'return 1 200'],
      ],
      access: { 'w.test: location / return': 'reached', 's.test: location / return': 'reached' },
    },
    {
      id: '14.11, 14.12',
      title: 'the host of the target wins',
      http: `${plain('one.test', 1)} ${plain('two.test', 2)}`,
      requests: [['GET http://two.test/', { to: 'plain', host: 'one.test' }, 'return 2 200'], asks('two.test.:80', 2)],
      access: { 'one.test: location / return': 'reached', 'two.test: location / return': 'reached' },
    },
    {
      id: '14.24',
      title: 'ssl of one server is that of the address',
      http: `${tls('a.test', 'ssl_verify_client optional; GUARD', 1)} server { listen 127.0.0.1:PORT; CERTIFICATES server_name b.test;
        ssl_verify_client optional; GUARD location / { TEXT 2 } }`,
      requests: [
        named('b.test', 'b.test', 'refused 403'),
        named('b.test', 'b.test', 'return 2 200', trusted),
        ['GET /', { host: 'b.test', cleartext: true }, 'refused 400'],
      ],
      access: { 'a.test: location / return': TRUSTED, 'b.test: location / return': TRUSTED },
    },
    {
      id: '14.20, 14.20f, 14.20g, 14.20h, 14.20i, 14.20j',
      title: 'SNI of an open server and Host of a verifying one is 421; without SNI no certificate is asked for',
      http: `${tls('open.test', '', 1)} ${tls('mtls.test', 'ssl_verify_client on;', 2)}`,
      requests: [
        named('open.test', 'open.test', 'return 1 200'),
        named('mtls.test', 'mtls.test', 'refused 400'),
        named('mtls.test', 'mtls.test', 'return 2 200', trusted),
        named('open.test', 'mtls.test', 'refused 421', trusted),
        named(null, 'mtls.test', 'refused 400', trusted),
        named('unknown.test', 'mtls.test', 'refused 400'),
        named('mtls.test', 'open.test', 'return 1 200'),
        named('unknown.test', 'open.test', 'return 1 200'),
      ],
      access: { 'open.test: location / return': 'reached', 'mtls.test: location / return': TRUSTED },
    },
    {
      id: '14.21d',
      title: 'a verifying default server, and Host of an open one',
      http: `${tls('mtls.test', 'ssl_verify_client on;', 1)} ${tls('open.test', '', 2)}`,
      requests: [
        named('unknown.test', 'unknown.test', 'refused 400'),
        named(null, 'unknown.test', 'return 1 200', trusted),
        named(null, 'open.test', 'return 2 200'),
        named('open.test', 'unknown.test', 'refused 421', trusted),
        named('mtls.test', 'open.test', 'return 2 200', { certificate: 'untrusted' }),
      ],
      access: { 'mtls.test: location / return': TRUSTED, 'open.test: location / return': 'reached' },
    },
    {
      id: '14.22',
      title: 'optional behind an open default server: reached without SNI as without a certificate',
      http: `${tls('open.test', '', 1)} ${tls('opt.test', 'ssl_verify_client optional;', 2)}
        server { TLS server_name checked.test; ssl_verify_client optional; GUARD location / { TEXT 3 } }`,
      requests: [
        named('open.test', 'opt.test', 'refused 421', trusted),
        named(null, 'opt.test', 'return 2 200', trusted),
        named(null, 'opt.test', 'return 2 200', other),
        named('opt.test', 'opt.test', 'refused 400', other),
        named(null, 'checked.test', 'refused 403', trusted),
        named('checked.test', 'checked.test', 'return 3 200', trusted),
      ],
      access: {
        'open.test: location / return': 'reached',
        'opt.test: location / return': 'reached',
        'checked.test: location / return': TRUSTED,
      },
    },
    {
      id: '14.23',
      title: '421 leads to the error page of the server of the SNI',
      http: `server { TLS server_name open.test; error_page 421 = @b; location / { SITE 1 } location @b { SITE 2 } }
        server { TLS server_name mtls.test; ssl_verify_client on; error_page 421 = @b; location / { SITE 3 } location @b { SITE 4 } }`,
      requests: [named('open.test', 'mtls.test', 'proxy_pass 2 200')],
      access: {
        'open.test: location / proxy_pass': 'reached',
        'open.test: location @b proxy_pass': 'reached',
        'mtls.test: location / proxy_pass': TRUSTED,
        // No other server verifies, so the SNI of this one is never answered with 421.
        'mtls.test: location @b proxy_pass': 'refused',
      },
    },
    {
      id: '14.25',
      title: "errors of the request line are the default server's, later ones those of the Host",
      http: `server { PLAIN server_name d.test; error_page 400 = /e; location / { return 404; } location = /e { TEXT 1 } }
        server { PLAIN server_name o.test; error_page 400 = /e; location / { return 404; } location = /e { TEXT 2 } }`,
      requests: [
        ['GET /%zz', { to: 'plain', host: 'o.test' }, 'return 1 200'],
        ['GET /', { to: 'plain', host: 'o.test', headers: [['Content-Length', 'x']] }, 'return 2 200'],
        ['GET /', { to: 'plain', host: 'o.test', headers: [['Host', 'd.test']] }, 'return 2 200'],
      ],
      access: { 'd.test: location = /e return': 'reached', 'o.test: location = /e return': 'reached' },
    },
    {
      id: '14.26',
      title: 'the CA of the default server decides for another server without SNI',
      http: `${tls('one.test', 'ssl_verify_client on;', 1)}
        server { listen 127.0.0.1:PORT ssl; OWN_CERTIFICATE ssl_client_certificate OTHER_AUTHORITY; server_name two.test;
        ssl_verify_client on; location / { TEXT 2 } }`,
      requests: [
        named('two.test', 'two.test', 'refused 400', trusted),
        named('two.test', 'two.test', 'return 2 200', other),
        named('one.test', 'two.test', 'refused 421', trusted),
        named(null, 'two.test', 'return 2 200', trusted),
        named('unknown.x', 'two.test', 'return 2 200', trusted),
        named(null, 'two.test', 'refused 400', other),
      ],
      access: {
        'one.test: location / return': TRUSTED,
        'two.test: location / return': 'refused reached reached',
      },
    },
    {
      id: '14.27',
      title:
        'without a Host header, a line that is too long is an error of the server of the address, a wrong length not',
      http: `server { listen 127.0.0.1:PLAIN_PORT; server_name one.test; return 404; }
        server { listen 127.0.0.1:PLAIN_PORT; error_page 494 = /long; error_page 400 = /wrong; location / { return 404; }
        location = /long { internal; TEXT 1 } location = /wrong { internal; TEXT 2 } }`,
      requests: [
        ['GET /', { to: 'plain', host: null, version: '1.0', headers: [['X-Long', 'a'.repeat(9000)]] }, 'refused 400'],
        ['GET /', { to: 'plain', host: null, version: '1.0', headers: [['Content-Length', 'x']] }, 'return 2 200'],
      ],
      access: { 'location = /long return': 'refused', 'location = /wrong return': 'reached' },
    },
    {
      id: '14.29',
      title: 'all spellings of an address are one, with one default server',
      http: `server { listen *:PORT ssl; CERTIFICATES server_name a.test; ssl_verify_client on; location / { TEXT 1 } }
        server { listen 0.0.0.0:PORT ssl; CERTIFICATES server_name b.test; ssl_verify_client on; location / { TEXT 2 } }
        server { listen PORT default_server; OWN_CERTIFICATE server_name c.test; location / { TEXT 3 } }
        server { listen 127.0.0.2:PLAIN_PORT; server_name d.test; location / { TEXT 4 } }
        server { listen 127.000.0.2:PLAIN_PORT default_server; server_name e.test; location / { TEXT 5 } }`,
      requests: [
        named('a.test', 'a.test', 'refused 400'),
        named('b.test', 'b.test', 'return 2 200', trusted),
        named('b.test', 'b.test', 'refused 400'),
        named('c.test', 'c.test', 'return 3 200'),
        named(null, 'unknown.x', 'return 3 200'),
        ['GET /', { to: 'plain', address: '127.0.0.2', host: 'unknown.x' }, 'return 5 200'],
        ['GET /', { to: 'plain', address: '127.0.0.2', host: 'd.test' }, 'return 4 200'],
      ],
      access: {
        'a.test: location / return': TRUSTED,
        'b.test: location / return': TRUSTED,
        'c.test: location / return': 'reached',
        'd.test: location / return': 'reached',
        'e.test: location / return': 'reached',
      },
    },
    {
      id: '14.28',
      title: 'an address without TLS whose listen says http2 takes HTTP/2 alone, before 1.25.1',
      http: `server { listen 127.0.0.1:PLAIN_PORT http2; server_name a.test; location / { SITE 1 }
        location /protocol { if ($server_protocol = HTTP/2.0) { TEXT 2 } return 403; }
        location /http2 { if ($http2 = h2c) { TEXT 3 } return 403; } location /error { error_page 400 = @e; TEXT 4 }
        location @e { TEXT 5 } }
        server { listen 127.0.0.1:PLAIN_PORT; server_name b.test; location / { if ($http_host = b.test) { TEXT 6 } return 403; } }`,
      requests: [
        ['GET /x', { to: 'plain', version: '2' }, 'proxy_pass 1 200'],
        ['POST /x', { to: 'plain', version: '2', body: 5 }, 'proxy_pass 1 200'],
        ['GET /protocol', { to: 'plain', version: '2' }, 'return 2 200'],
        ['GET /http2', { to: 'plain', version: '2' }, 'return 3 200'],
        ['GET /', { to: 'plain', version: '2', host: 'b.test' }, 'return 6 200'],
        ['GET /x', { to: 'plain', undecided: 'request' }, 'return 0'],
      ],
      access: {
        'a.test: location / proxy_pass': 'reached',
        'a.test: location /protocol > if ($server_protocol = HTTP/2.0) return': 'reached',
        'a.test: location /http2 > if ($http2 = h2c) return': 'reached',
        'a.test: location /error return': 'reached',
        // By a chunk without a size, which HTTP/2 does not know.
        'a.test: location @e return': 'unknown',
        'b.test: location / > if ($http_host = b.test) return': 'reached',
      },
    },
    {
      id: '14.30',
      title: 'the groups of a name are read as $1 until something else matches, behind an error page too',
      http: `server { PLAIN server_name ~^r(?<digit>[0-9])\\.test$; error_page 404 /e; location / { return 404; }
        location = /e { set $v $1; if ($v = 1) { TEXT 1 } return 403; } }
        server { PLAIN server_name ~^u([0-9])\\.test$; location / { set $v $1; if ($v = 2) { TEXT 2 } return 403; }
        location ~ ^/(x) { set $v $1; if ($v = 2) { TEXT 3 } return 403; } }`,
      requests: [
        ['GET /', { to: 'plain', host: 'r1.test' }, 'return 1 404'],
        ['GET /', { to: 'plain', host: 'r2.test' }, 'refused 403'],
        ['GET /', { to: 'plain', host: 'u2.test' }, 'return 2 200'],
        ['GET /x', { to: 'plain', host: 'u2.test' }, 'refused 403'],
      ],
      access: {
        '~^r(?<digit>[0-9])\\.test$: location = /e > if ($v = 1) return': 'reached',
        '~^u([0-9])\\.test$: location / > if ($v = 2) return': 'reached',
        '~^u([0-9])\\.test$: location ~ ^/(x) > if ($v = 2) return': 'refused',
      },
    },
  ],
};
