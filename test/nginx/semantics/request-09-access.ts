import { ANYBODY, type Section, TRUSTED, UNDER_A_CONDITION } from './rows.js';

const trusted = { certificate: 'trusted' } as const;
const REST = 'location / { return 404; }';
const PASSWORD = 'auth_basic realm; auth_basic_user_file ROOT/users;';
const user = { headers: [['Authorization', 'Basic dTpw']] } as const;
const from = '127.0.0.9';
/** Under something that the client does not choose. */

export const section: Section = {
  document: 'request',
  name: '9 access phase',
  rows: [
    {
      id: '9.1',
      title: 'access rules never protect a return',
      server: `location /1 { deny all; TEXT 1 } location /2 { ${PASSWORD} TEXT 2 } location /3 { auth_request /no; TEXT 3 }
        location = /no { return 403; } ${REST}`,
      requests: [
        ['GET /1', 'return 1 200'],
        ['GET /2', 'return 2 200'],
        ['GET /3', 'return 3 200'],
      ],
      access: { 'location /1 return': ANYBODY, 'location /2 return': ANYBODY, 'location /3 return': ANYBODY },
    },
    {
      id: '9.1b',
      title: 'nor one of the server',
      server: 'deny all; TEXT 1',
      requests: [['GET /', 'return 1 200']],
      access: { 'server return': ANYBODY },
    },
    {
      id: '9.2',
      title: 'the first rule that fits decides, and without one the request may go on',
      server: `location /1 { deny all; SITE 1 } location /2 { allow 127.0.0.9; deny all; SITE 2 }
        location /3 { deny 127.0.0.9; allow all; SITE 3 } location /4 { deny 10.0.0.0/8; SITE 4 }
        location /5 { allow 10.0.0.0/8; SITE 5 } ${REST}`,
      requests: [
        ['GET /1', 'refused 403'],
        ['GET /2', 'refused 403'],
        ['GET /2', { from }, 'proxy_pass 2 200'],
        ['GET /3', { from }, 'refused 403'],
        ['GET /3', 'proxy_pass 3 200'],
        ['GET /4', 'proxy_pass 4 200'],
        ['GET /5', 'proxy_pass 5 200'],
      ],
      access: {
        'location /1 proxy_pass': 'refused',
        'location /2 proxy_pass': UNDER_A_CONDITION,
        'location /3 proxy_pass': ANYBODY,
        'location /4 proxy_pass': ANYBODY,
        'location /5 proxy_pass': ANYBODY,
      },
    },
    {
      id: '9.3',
      title: 'a location with any rule drops the inherited ones',
      server: 'deny all; location /a { allow 10.0.0.0/8; SITE 1 } location / { SITE 2 }',
      requests: [
        ['GET /a', 'proxy_pass 1 200'],
        ['GET /b', 'refused 403'],
      ],
      access: { 'location /a proxy_pass': ANYBODY, 'location / proxy_pass': 'refused' },
    },
    {
      id: '9.4',
      title: 'under satisfy any one check is enough',
      server: `location / { satisfy any; allow 127.0.0.9; deny all; ${PASSWORD} SITE 1 }`,
      requests: [
        ['GET /', { from }, 'proxy_pass 1 200'],
        ['GET /', 'refused 401'],
        ['GET /', user, 'proxy_pass 1 200'],
      ],
      access: { 'location / proxy_pass': UNDER_A_CONDITION },
    },
    {
      id: '9.5',
      title: 'otherwise all of them have to pass',
      server: `location / { allow 127.0.0.9; deny all; ${PASSWORD} SITE 1 }`,
      requests: [
        ['GET /', { from }, 'refused 401'],
        ['GET /', { from, ...user }, 'proxy_pass 1 200'],
        ['GET /', user, 'refused 403'],
      ],
      access: { 'location / proxy_pass': UNDER_A_CONDITION },
    },
    {
      id: '9.6',
      title: 'satisfy does not touch the check of the program',
      server: 'location / { satisfy any; allow all; GUARD SITE 1 }',
      requests: [['GET /', 'refused 403']],
      access: { 'location / proxy_pass': TRUSTED },
    },
    {
      id: '9.6b',
      title: 'satisfy any with a single deny denies',
      server: 'location / { satisfy any; deny all; SITE 1 }',
      requests: [['GET /', 'refused 403']],
      access: { 'location / proxy_pass': 'refused' },
    },
    {
      id: '9.6c',
      title: 'an allow voids auth_request, and the check in it',
      server: `location / { satisfy any; allow all; auth_request /check; SITE 1 } location = /check { GUARD return 204; }`,
      requests: [['GET /', 'proxy_pass 1 200']],
      access: { 'location / proxy_pass': ANYBODY },
    },
    {
      id: '9.6d',
      title: 'auth_request voids a deny',
      server: 'location / { satisfy any; deny all; auth_request /yes; SITE 1 } location = /yes { return 204; }',
      requests: [['GET /', 'proxy_pass 1 200']],
      access: { 'location / proxy_pass': ANYBODY },
    },
    {
      id: '9.6e',
      title: 'its failure is final',
      server:
        'location / { satisfy any; auth_request /bad; allow 10.1.1.1; deny all; SITE 1 } location = /bad { return 500; }',
      requests: [['GET /', 'refused 500']],
      // The address is asked first, and the one that is allowed is asked no more.
      access: { 'location / proxy_pass': UNDER_A_CONDITION },
    },
    {
      id: '9.7',
      title: 'satisfy is inherited',
      server: `satisfy any; location / { allow all; ${PASSWORD} SITE 1 }`,
      requests: [['GET /', 'proxy_pass 1 200']],
      access: { 'location / proxy_pass': ANYBODY },
    },
    {
      id: '9.8',
      title: 'auth_basic off lifts the inherited one',
      server: `${PASSWORD} location / { SITE 1 } location /o { auth_basic off; SITE 2 }`,
      requests: [
        ['GET /', 'refused 401'],
        ['GET /o', 'proxy_pass 2 200'],
      ],
      access: { 'location / proxy_pass': UNDER_A_CONDITION, 'location /o proxy_pass': ANYBODY },
    },
    {
      id: '9.8',
      title: 'one user file says of a password what it said before',
      server: `error_page 401 = @end; location / { ${PASSWORD} SITE 1 } location @end { ${PASSWORD} SITE 2 }
        location /any { satisfy any; deny all; ${PASSWORD} error_page 401 = @open; SITE 3 } location @open { SITE 4 }`,
      requests: [
        ['GET /', 'refused 401'],
        ['GET /', user, 'proxy_pass 1 200'],
        ['GET /any', 'proxy_pass 4 200'],
        ['GET /any', user, 'proxy_pass 3 200'],
      ],
      access: {
        'location / proxy_pass': UNDER_A_CONDITION,
        'location @end proxy_pass': 'refused',
        'location /any proxy_pass': UNDER_A_CONDITION,
        'location @open proxy_pass': ANYBODY,
      },
    },
    {
      id: '9.8b',
      title: 'so does a realm of the client that is off',
      http: 'map $arg_r $m98 { default realm; 1 off; }',
      server: 'auth_basic $m98; auth_basic_user_file ROOT/users; location / { SITE 1 }',
      requests: [
        ['GET /', 'refused 401'],
        ['GET /?r=1', 'proxy_pass 1 200'],
      ],
      access: { 'location / proxy_pass': ANYBODY },
    },
    {
      id: '9.8c',
      title: 'auth_basic without a user file protects nothing',
      server: 'auth_basic realm; location / { SITE 1 }',
      requests: [['GET /', 'proxy_pass 1 200']],
      access: { 'location / proxy_pass': ANYBODY },
    },
    {
      id: '9.8d',
      title: 'a user file that is missing refuses',
      server: 'auth_basic realm; auth_basic_user_file ROOT/none; location / { SITE 1 }',
      requests: [
        ['GET /', 'refused 401'],
        ['GET /', { ...user, assumedOtherwise: 'the user file is there' }, 'refused 403'],
      ],
      access: { 'location / proxy_pass': UNDER_A_CONDITION },
    },
    {
      id: '9.10',
      title: 'auth_request: 2xx allows, 401 and 403 deny, anything else fails',
      server: `location /1 { auth_request /204; SITE 1 } location /2 { auth_request /401; SITE 2 } location /3 { auth_request /403; SITE 3 }
        location /4 { auth_request /302; SITE 4 } location /5 { auth_request /404; SITE 5 } location /6 { auth_request /200; SITE 6 }
        location /7 { auth_request /back-end; SITE 7 }
        location = /204 { return 204; } location = /401 { return 401; } location = /403 { return 403; } location = /302 { return 302 /x; }
        location = /404 { return 404; } location = /200 { TEXT 9 } location = /back-end { internal; SITE 8 } ${REST}`,
      requests: [
        ['GET /1', 'proxy_pass 1 200'],
        ['GET /2', 'refused 401'],
        ['GET /3', 'refused 403'],
        ['GET /4', 'refused 500'],
        ['GET /5', 'refused 500'],
        ['GET /6', 'proxy_pass 6 200'],
        ['GET /7', 'proxy_pass 7 200'],
      ],
      access: {
        'location /1 proxy_pass': ANYBODY,
        'location /2 proxy_pass': 'refused',
        'location /3 proxy_pass': 'refused',
        'location /4 proxy_pass': 'refused',
        'location /5 proxy_pass': 'refused',
        'location /6 proxy_pass': ANYBODY,
        'location /7 proxy_pass': UNDER_A_CONDITION,
        'location = /200 return': ANYBODY,
        'location = /back-end proxy_pass': ANYBODY,
      },
    },
    {
      id: '9.10b',
      title: 'an auth_request that nobody answers fails',
      server: `location / { auth_request /a; SITE 1 } location = /a { internal; proxy_pass http://DEAD; }`,
      requests: [['GET /', { assumedOtherwise: 'the back end is up' }, 'refused 500']],
      access: { 'location / proxy_pass': UNDER_A_CONDITION, 'location = /a proxy_pass': ANYBODY },
    },
    {
      id: '9.10c',
      title: 'one to a file is answered where the file is',
      server: `location / { auth_request /none; SITE 1 } location /2 { auth_request /page.html; SITE 2 }
        location = /page.html { internal; } location = /none { internal; }`,
      requests: [
        ['GET /', 'refused 500'],
        ['GET /2', 'proxy_pass 2 200'],
      ],
      access: {
        'location / proxy_pass': ANYBODY,
        'location /2 proxy_pass': ANYBODY,
        'location = /page.html static': ANYBODY,
        'location = /none static': ANYBODY,
      },
    },
    {
      id: '9.10',
      title: 'what satisfy any has refused before an auth_request fails is refused by the next location too',
      server: `location /1 { satisfy any; deny all; auth_request /404; error_page 500 @one; SITE 1 } location @one { SITE 2 }
        location /2 { satisfy any; deny all; auth_request /404; error_page 500 @two; SITE 3 }
        location @two { satisfy any; allow all; SITE 4 }
        location /3 { deny all; auth_request /404; error_page 403 500 @three; SITE 5 } location @three { SITE 6 }
        location /5 { satisfy any; auth_request /404; error_page 500 @five; SITE 7 } location @five { SITE 8 }
        location = /404 { return 404; } ${REST}`,
      requests: [
        ['GET /1', 'refused 403'],
        ['GET /2', 'proxy_pass 4 500'],
        ['GET /3', 'proxy_pass 6 403'],
        ['GET /5', 'proxy_pass 8 500'],
      ],
      access: {
        'location /1 proxy_pass': 'refused',
        'location @one proxy_pass': 'refused',
        'location /2 proxy_pass': 'refused',
        'location @two proxy_pass': ANYBODY,
        'location /3 proxy_pass': 'refused',
        'location @three proxy_pass': ANYBODY,
        'location /5 proxy_pass': 'refused',
        'location @five proxy_pass': ANYBODY,
      },
    },
    {
      id: '9.10d',
      title: 'one into the protected location itself admits everybody',
      server: 'location / { auth_request /zzz; SITE 1 }',
      requests: [['GET /', 'proxy_pass 1 200']],
      access: { 'location / proxy_pass': UNDER_A_CONDITION },
    },
    {
      id: '9.11',
      title: 'an if does not see what auth_request_set gives',
      server: `location / { auth_request /a; auth_request_set $g1 yes; if ($g1) { return 418; } try_files /none @r; }
        location = /a { return 204; } location @r { if ($g1) { TEXT 1 } TEXT 2 }`,
      requests: [['GET /', 'return 1 200']],
      access: {
        'location / static': ANYBODY,
        'location @r > if ($g1) return': ANYBODY,
        'location @r return': 'refused',
      },
    },
    {
      id: '9.11',
      title: 'what it gives is read in the subrequest, whatever that answers, one after the other',
      server: `location /1 { auth_request /a; auth_request_set $g2 $uri; auth_request_set $g3 "$g2:$k3"; try_files /none @r1; }
        location = /a { set $k3 $arg_k; return 204; } location @r1 { if ($g3 = "/a:") { TEXT 1 } return 403; }
        location /2 { auth_request /no; auth_request_set $g4 1; error_page 403 = @r2; SITE 2 } location = /no { return 403; }
        location @r2 { if ($g4) { TEXT 3 } TEXT 4 } ${REST}`,
      requests: [
        ['GET /1?k=1', 'return 1 200'],
        ['GET /2', 'return 3 200'],
      ],
      access: {
        'location /1 static': ANYBODY,
        'location @r1 > if ($g3 = /a:) return': ANYBODY,
        'location /2 proxy_pass': 'refused',
        'location @r2 > if ($g4) return': ANYBODY,
        'location @r2 return': 'refused',
      },
    },
    {
      id: '9.12',
      title: 'in the subrequest the method variable is that of the client, and there are no arguments',
      server: `location /1 { auth_request /method; SITE 1 } location = /method { if ($request_method = GET) { return 204; } return 403; }
        location /2 { auth_request /arguments; SITE 2 } location = /arguments { if ($arg_t = ok) { return 204; } return 403; }
        location /3 { auth_request /uri; SITE 3 } location = /uri { if ($request_uri = /3) { return 204; } return 403; } ${REST}`,
      requests: [
        ['GET /1', 'proxy_pass 1 200'],
        ['POST /1', 'refused 403'],
        ['GET /2?t=ok', 'refused 403'],
        ['GET /3', 'proxy_pass 3 200'],
        ['GET /3x', 'refused 403'],
      ],
      access: {
        'location /1 proxy_pass': ANYBODY,
        'location /2 proxy_pass': 'refused',
        'location /3 proxy_pass': ANYBODY,
      },
    },
    {
      id: '9.12c, 9.12d',
      title: 'access rules do not count in it',
      server: `location / { auth_request /a; SITE 1 } location = /a { deny all; TEXT 2 }
        location /p { auth_request /b; SITE 3 } location = /b { internal; deny all; SITE 4 }`,
      requests: [
        ['GET /', 'proxy_pass 1 200'],
        ['GET /p', 'proxy_pass 3 200'],
      ],
      access: {
        'location / proxy_pass': ANYBODY,
        'location = /a return': ANYBODY,
        'location /p proxy_pass': UNDER_A_CONDITION,
        'location = /b proxy_pass': ANYBODY,
      },
    },
    {
      id: '9.12f',
      title: 'limit_except sees GET in it',
      server: `location / { auth_request /a; SITE 1 } location = /a { internal; limit_except GET { deny all; } TEXT 2 }`,
      requests: [['POST /', 'proxy_pass 1 200']],
      access: { 'location / proxy_pass': ANYBODY, 'location = /a return': ANYBODY },
    },
    {
      id: '9.12g',
      title: 'a check of the program in it is one',
      server: `location / { auth_request /a; SITE 1 } location = /a { internal; if ($ssl_client_verify = SUCCESS) { return 204; } return 403; }`,
      requests: [
        ['GET /', 'refused 403'],
        ['GET /', trusted, 'proxy_pass 1 200'],
      ],
      access: { 'location / proxy_pass': TRUSTED },
    },
    {
      id: '9.13',
      title: 'auth_request off lifts the inherited one',
      server:
        'auth_request /a; location / { SITE 1 } location /o { auth_request off; SITE 2 } location = /a { return 403; }',
      requests: [
        ['GET /', 'refused 403'],
        ['GET /o', 'proxy_pass 2 200'],
      ],
      access: { 'location / proxy_pass': 'refused', 'location /o proxy_pass': ANYBODY },
    },
    {
      id: '9.14',
      title: 'a refusal of auth_request leads to error pages',
      server: `location / { auth_request /a; error_page 401 = @login; SITE 1 } location = /a { return 401; } location @login { SITE 2 }`,
      requests: [['GET /', 'proxy_pass 2 200']],
      access: { 'location / proxy_pass': 'refused', 'location @login proxy_pass': ANYBODY },
    },
    {
      id: '9.14b',
      title: 'so does a deny',
      server: 'location / { deny all; error_page 403 = @b; SITE 1 } location @b { SITE 2 }',
      requests: [['GET /', 'proxy_pass 2 200']],
      access: { 'location / proxy_pass': 'refused', 'location @b proxy_pass': ANYBODY },
    },
    {
      id: '9.14c, 9.14d',
      title: 'which a deny of the server denies as well',
      server: `deny all; error_page 403 = @b; error_page 404 /page.html; location / { SITE 1 } location @b { SITE 2 }
        location = /page.html { }`,
      requests: [
        ['GET /', 'refused 403'],
        ['GET /page.html', 'refused 403'],
      ],
      access: { 'location / proxy_pass': 'refused', 'location @b proxy_pass': 'refused' },
    },
    {
      id: '9.16, 9.21, 9.22',
      title: 'the checks of the origin come first, then those of the target',
      server: `location /1 { try_files /none /t; } location = /t { internal; deny all; SITE 1 }
        location /2 { deny all; try_files /none /u; } location = /u { internal; SITE 2 }
        location /3 { try_files /none @n; } location @n { deny all; SITE 3 }
        location / { } location = /index.html { deny all; }`,
      requests: [
        ['GET /1', 'refused 403'],
        ['GET /2', 'refused 403'],
        ['GET /3', 'refused 403'],
        ['GET /', 'refused 403'],
      ],
      access: {
        'location /1 static': ANYBODY,
        'location = /t proxy_pass': 'refused',
        'location = /u proxy_pass': 'refused',
        'location /3 static': ANYBODY,
        'location @n proxy_pass': 'refused',
        'location / static': ANYBODY,
      },
    },
    {
      id: '9.17',
      title: 'rules judge the address that realip gives',
      server: `location /all { set_real_ip_from 0.0.0.0/0; allow 10.0.0.0/8; deny all; SITE 1 }
        location /one { set_real_ip_from 127.0.0.9; allow 10.0.0.0/8; deny all; SITE 2 } ${REST}`,
      requests: [
        ['GET /all', 'refused 403'],
        ['GET /all', { headers: [['X-Real-IP', '10.1.1.1']] }, 'proxy_pass 1 200'],
        ['GET /one', { headers: [['X-Real-IP', '10.1.1.1']] }, 'refused 403'],
        ['GET /one', { from, headers: [['X-Real-IP', '10.1.1.1']] }, 'proxy_pass 2 200'],
      ],
      access: { 'location /all proxy_pass': ANYBODY, 'location /one proxy_pass': UNDER_A_CONDITION },
    },
    {
      id: '9.18, 9.23',
      title: 'limit_req refuses in front of deny, and its error page is beyond it',
      http: 'limit_req_zone $server_port zone=z923:1m rate=1r/m;',
      server: 'location / { limit_req zone=z923; deny all; error_page 503 = @b; SITE 1 } location @b { SITE 2 }',
      requests: [
        ['GET /', 'refused 403'],
        ['GET /', { assumedOtherwise: 'the rate is kept' }, 'proxy_pass 2 200'],
      ],
      access: { 'location / proxy_pass': 'refused', 'location @b proxy_pass': UNDER_A_CONDITION },
    },
    {
      id: '9.23b',
      title: 'not that of the program',
      http: 'limit_req_zone $server_port zone=z923b:1m rate=1r/m;',
      server: 'location / { limit_req zone=z923b; GUARD error_page 503 = @b; SITE 1 } location @b { SITE 2 }',
      requests: [
        ['GET /', 'refused 403'],
        ['GET /', 'refused 403'],
      ],
      access: { 'location / proxy_pass': TRUSTED, 'location @b proxy_pass': 'refused refused conditional' },
    },
    {
      id: '9.24',
      title: 'what outsiders reach is found behind however many ways of insiders',
      http: 'geo $inside { default 0; 127.0.0.2 1; }',
      verify: 'on',
      server: `PLAIN error_page 421 497 501 @n; location @n { if ($inside = 0) { return 403; } try_files /none /x; }
        location / { try_files ${Array.from({ length: 100 }, (_, index) => `/${index}`).join(' ')} /page.html =404; }`,
      requests: [
        ['GET /x', { to: 'plain' }, 'static 200'],
        ['GET /x', { from: '127.0.0.2', headers: [['Transfer-Encoding', 'gzip']] }, 'static 501'],
        ['GET /x', { headers: [['Transfer-Encoding', 'gzip']] }, 'refused 403'],
      ],
      access: { 'location / static': 'reached', 'location @n static': 'conditional' },
    },
    {
      id: '9.20',
      title: 'addresses are checked in front of passwords, and these in front of auth_request',
      server: `location /d { deny all; ${PASSWORD} auth_request /a; SITE 1 } location / { ${PASSWORD} auth_request /a; SITE 1 }
        location = /a { internal; SITE 2 }`,
      requests: [
        ['GET /d', { contacts: [] }, 'refused 403'],
        ['GET /', { contacts: [] }, 'refused 401'],
        ['GET /', { ...user, contacts: ['site-1', 'site-2'] }, 'proxy_pass 1 200'],
      ],
      access: {
        'location /d proxy_pass': 'refused',
        'location / proxy_pass': UNDER_A_CONDITION,
        'location = /a proxy_pass': UNDER_A_CONDITION,
      },
    },
    {
      id: '9.25',
      title: 'a question mark in the target of auth_request is a part of its path',
      server: `location / { auth_request /check?x=1; SITE 1 } location = /check { return 403; }
        location /check { if ($args) { return 403; } return 204; }`,
      requests: [['GET /', 'proxy_pass 1 200']],
      access: { 'location / proxy_pass': ANYBODY },
    },
  ],
};
