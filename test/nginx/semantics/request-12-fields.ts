import { ANYBODY, type Exchange, type More, type Section, TRUSTED } from './rows.js';

const trusted = { certificate: 'trusted' } as const;

/** A GET with some header lines, and the fields that arrive at the back end of the site. */
function get(
  target: string,
  site: number,
  sent: readonly (readonly [string, string])[],
  arrives: readonly string[],
  more: More = {},
  handler = 'proxy_pass',
): Exchange {
  return [`GET ${target}`, { headers: sent, arrives, ...more }, `${handler} ${site} 200`];
}

const FORGED = ['X-Verify', 'SUCCESS'] as const;
const TOLD = 'proxy_set_header X-Verify $ssl_client_verify; proxy_set_header X-Request $http_x_request;';
const OTHER = 'proxy_set_header X-Other 1; proxy_set_header X-Request $http_x_request;';
const NOWHERE = 'location / { return 404; }';

export const section: Section = {
  document: 'request',
  name: '12 what the back end is told',
  rows: [
    {
      id: '12.2, 12.2b, 12.2c',
      title: 'one header in a location disarms all inherited ones, which hold in an if and in a nested location',
      server: `${TOLD} location /own { ${OTHER} SITE 1 } location /none { SITE 2 location /none/in { SITE 3 } }
        location /if { if ($arg_k) { SITE 4 break; } return 403; } ${NOWHERE}`,
      requests: [
        get('/own', 1, [FORGED], ['X-Other: 1', 'X-Verify: SUCCESS']),
        get('/none', 2, [FORGED], ['X-Verify: NONE']),
        get('/none/in', 3, [FORGED], ['X-Verify: SUCCESS'], trusted),
        get('/none/in', 3, [FORGED], ['X-Verify: NONE']),
        get('/if?k=1', 4, [FORGED], ['X-Verify: NONE']),
      ],
      access: {
        'location /own proxy_pass': ANYBODY,
        'location /none proxy_pass': ANYBODY,
        'location /none > location /none/in proxy_pass': ANYBODY,
        'location /if > if ($arg_k) proxy_pass': ANYBODY,
      },
    },
    {
      id: '12.2d',
      title: 'names compare without case, and nginx writes its own',
      server: `location / { proxy_set_header x-vERIFY $ssl_client_verify; proxy_set_header X-Request $http_x_request; SITE 1 }`,
      requests: [get('/', 1, [['X-VERIFY', 'SUCCESS']], ['x-vERIFY: NONE'])],
      access: { 'location / proxy_pass': ANYBODY },
    },
    {
      id: '12.3',
      title: "an empty value removes the client's header, too",
      server: `location /literal { proxy_set_header X-Verify ""; proxy_set_header X-Request $http_x_request; SITE 1 }
        location /variable { proxy_set_header X-Dn $ssl_client_s_dn; proxy_set_header X-Request $http_x_request; SITE 2 } ${NOWHERE}`,
      requests: [get('/literal', 1, [FORGED], []), get('/variable', 2, [['X-Dn', 'CN=root']], [])],
      access: { 'location /literal proxy_pass': ANYBODY, 'location /variable proxy_pass': ANYBODY },
    },
    {
      id: '12.4, 12.22',
      title: 'a header that is not mentioned goes on as it came, but for those of the connection',
      server: `location / { SITE 1 } location /handed { proxy_set_header X-Verify $http_x_dn; proxy_set_header X-Request $http_x_request; SITE 2 }`,
      requests: [
        get(
          '/',
          1,
          [FORGED, ['TE', 'trailers'], ['Keep-Alive', '1'], ['Upgrade', 'x'], ['Expect', '100-continue']],
          ['X-Verify: SUCCESS'],
        ),
        get('/handed', 2, [FORGED, ['X-Dn', 'a']], ['X-Dn: a', 'X-Verify: a']),
      ],
      access: { 'location / proxy_pass': ANYBODY, 'location /handed proxy_pass': ANYBODY },
    },
    {
      id: '12.5',
      title: 'a name with underscores is dropped, and goes by the setting for its twin where it is kept',
      server: `location / { ${TOLD} SITE 1 }`,
      requests: [get('/', 1, [['X_Verify', 'SUCCESS']], ['X-Verify: NONE'])],
      access: { 'location / proxy_pass': ANYBODY },
    },
    {
      id: '12.5',
      title: 'the twin arrives beside what nginx says',
      server: `underscores_in_headers on; location / { ${TOLD} SITE 1 }
        location /both { ${TOLD} proxy_set_header x_verify ""; SITE 2 }`,
      requests: [
        get('/', 1, [['X_Verify', 'SUCCESS']], ['X-Verify: NONE', 'X_Verify: SUCCESS']),
        get('/both', 2, [['X_Verify', 'SUCCESS']], ['X-Verify: NONE']),
      ],
      access: { 'location / proxy_pass': ANYBODY, 'location /both proxy_pass': ANYBODY },
      alone: true,
    },
    {
      id: '12.5c, 12.5d',
      title: 'other characters are dropped unless invalid names are kept, which keeps underscores, too',
      server: `ignore_invalid_headers off; location / { ${TOLD} SITE 1 }`,
      requests: [
        get(
          '/',
          1,
          [
            ['X.Dot', '1'],
            ['X_Verify', 'SUCCESS'],
          ],
          ['X-Verify: NONE', 'X.Dot: 1', 'X_Verify: SUCCESS'],
        ),
      ],
      access: { 'location / proxy_pass': ANYBODY },
      alone: true,
    },
    {
      id: '12.5c, 12.5d',
      title: 'a setting does not hold back every invalid name, since nginx looks it up by the hash of its other bytes',
      server: `ignore_invalid_headers off; location / { proxy_set_header X_Verify ""; proxy_set_header X_Client_Dn ""; proxy_set_header X.Dot "";
        proxy_set_header X-Request $http_x_request; proxy_set_header X-1 ""; proxy_set_header X-2 ""; proxy_set_header X-3 ""; SITE 1 }`,
      requests: [
        get('/', 1, [['X_Verify', 'SUCCESS']], ['X_Verify: SUCCESS']),
        get('/', 1, [['X.Dot', '1']], ['X.Dot: 1']),
      ],
      access: { 'location / proxy_pass': ANYBODY },
      alone: true,
    },
    {
      id: '12.5e, 12.5f, 12.5g, 12.5h',
      title: 'the default server decides about lines in front of Host, the chosen one about those behind',
      http: `server { listen 127.0.0.1:PORT ssl default_server; OWN_CERTIFICATE server_name _; underscores_in_headers on; return 444; }
        server { TLS server_name a.test; ssl_verify_client optional; location / { SITE 1 } }`,
      requests: [
        get('/', 1, [], ['X_U: 1'], { before: [['X_U', '1']], sni: null }),
        get('/', 1, [['X_U', '1']], [], { sni: null }),
        get('/', 1, [], [], { before: [['X_U', '1']] }),
      ],
      access: { 'location / proxy_pass': 'reached' },
      alone: true,
    },
    {
      id: '12.6, 12.8',
      title: 'all copies go on, one setting replaces them all, and two settings send two',
      server: `location /copies { SITE 1 } location /one { ${TOLD} SITE 2 }
        location /two { ${TOLD} proxy_set_header X-Verify 2; SITE 3 } ${NOWHERE}`,
      requests: [
        get('/copies', 1, [FORGED, ['x-verify', 'b']], ['X-Verify: SUCCESS', 'x-verify: b']),
        get('/one', 2, [FORGED, ['x-verify', 'b']], ['X-Verify: NONE']),
        get('/two', 3, [FORGED], ['X-Verify: 2', 'X-Verify: NONE']),
      ],
      access: {
        'location /copies proxy_pass': ANYBODY,
        'location /one proxy_pass': ANYBODY,
        'location /two proxy_pass': ANYBODY,
      },
    },
    {
      id: '12.6b',
      title: 'a line that raises an error is among those that its error page passes on',
      server: `error_page 400 = @e; ${NOWHERE}
        location @e { proxy_set_header X-Sent $http_host; proxy_set_header X-Request $http_x_request; SITE 1 }`,
      requests: [
        get(
          '/',
          1,
          [
            ['If-Match', 'a'],
            ['If-Match', 'b'],
          ],
          ['X-Sent: a.test'],
        ),
        get('/', 1, [['Host', 'b.test']], ['X-Sent: a.test']),
        get('/', 1, [], ['X-Sent: a/b'], { host: 'a/b' }),
      ],
      access: { 'location @e proxy_pass': 'reached' },
    },
    {
      id: '12.6b',
      title: 'a Host that nginx refuses can be read in its error page, and so can what else a bad request leaves empty',
      server: `error_page 400 /e; location / { return 404; } location = /e { internal;
        if ($request_method = "") { SITE 4 break; } if ($http_host ~ "/") { SITE 1 break; } if ($http_host = a.test) { SITE 2 break; } if ($http_host = "") { SITE 3 break; }
        if ($host = b..test) { SITE 5 break; } return 403; }`,
      requests: [
        ['GET /', { host: 'a/b' }, 'proxy_pass 1 400'],
        ['GET /', { headers: [['Content-Length', 'x']] }, 'proxy_pass 2 400'],
        ['GET /..', 'proxy_pass 3 400'],
        ['GET /', { host: 'b..test' }, 'refused 403'],
      ],
      access: {
        'location = /e > if ($http_host ~ /) proxy_pass': 'reached',
        'location = /e > if ($http_host = a.test) proxy_pass': 'reached',
        'location = /e > if ($http_host = ) proxy_pass': 'reached',
        'location = /e > if ($request_method = ) proxy_pass': 'refused',
        'location = /e > if ($host = b..test) proxy_pass': 'refused',
      },
    },
    {
      id: '12.10',
      title: 'headers become parameters, which a set one of that name replaces, with dashes and underscores alike',
      server: `underscores_in_headers on; location /plain { fastcgi_pass site-1; }
        location /set { fastcgi_param HTTP_X_VERIFY $ssl_client_verify; fastcgi_param XDN $ssl_client_verify; fastcgi_pass site-2; }
        location /dash { fastcgi_param HTTP_X-VERIFY $ssl_client_verify; fastcgi_pass site-3; }
        location /empty { fastcgi_param HTTP_X_VERIFY ""; fastcgi_param X_EMPTY ""; fastcgi_param X_LEFT "" if_not_empty; fastcgi_pass site-4; }
        location /lower { fastcgi_param http_x_verify $ssl_client_verify; fastcgi_pass site-5; } ${NOWHERE}`,
      requests: [
        get('/plain', 1, [FORGED], ['HTTP_X_VERIFY: SUCCESS'], {}, 'fastcgi_pass'),
        get('/set', 2, [FORGED, ['X_verify', 'b']], ['HTTP_X_VERIFY: NONE', 'XDN: NONE'], {}, 'fastcgi_pass'),
        get('/dash', 3, [FORGED], ['HTTP_X-VERIFY: NONE', 'HTTP_X_VERIFY: SUCCESS'], {}, 'fastcgi_pass'),
        get('/empty', 4, [FORGED], ['X_EMPTY: '], {}, 'fastcgi_pass'),
        get('/lower', 5, [FORGED], ['HTTP_X_VERIFY: SUCCESS', 'http_x_verify: NONE'], {}, 'fastcgi_pass'),
      ],
      access: Object.fromEntries(
        ['/plain', '/set', '/dash', '/empty', '/lower'].map(path => [`location ${path} fastcgi_pass`, ANYBODY]),
      ),
      alone: true,
    },
    {
      id: '12.10',
      title: 'uwsgi and scgi do as fastcgi does, grpc as proxy',
      server: `location /uwsgi { uwsgi_param HTTP_X_VERIFY $ssl_client_verify; uwsgi_pass site-6; }
        location /scgi { scgi_param HTTP_X_VERIFY $ssl_client_verify; scgi_pass site-7; }
        location /grpc { grpc_set_header X-Verify $ssl_client_verify; grpc_pass grpc://site-8; } ${NOWHERE}`,
      requests: [
        get('/uwsgi', 6, [FORGED], ['HTTP_X_VERIFY: NONE'], {}, 'uwsgi_pass'),
        get('/scgi', 7, [FORGED], ['HTTP_X_VERIFY: NONE'], {}, 'scgi_pass'),
        get('/grpc', 8, [FORGED, ['X-Dn', 'a']], ['x-dn: a', 'x-verify: NONE'], {}, 'grpc_pass'),
      ],
      access: {
        'location /uwsgi uwsgi_pass': ANYBODY,
        'location /scgi scgi_pass': ANYBODY,
        'location /grpc grpc_pass': ANYBODY,
      },
    },
    {
      id: '12.4',
      title: "proxy_pass_request_headers off leaves the client's headers out, and those that are set alone",
      server: `GUARD location / { proxy_pass_request_headers off; ${TOLD} SITE 1 }`,
      requests: [get('/', 1, [FORGED, ['X-Dn', 'a']], ['X-Verify: SUCCESS'], trusted)],
      access: { 'location / proxy_pass': TRUSTED },
    },
  ],
};
