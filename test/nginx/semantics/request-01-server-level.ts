import { ANYBODY, type Section, TRUSTED } from './rows.js';

const trusted = { certificate: 'trusted' } as const;
const COUNTER = `set $n "\${n}i";`;

export const section: Section = {
  document: 'request',
  name: '1 server-level rewrite directives',
  rows: [
    {
      id: '1.1',
      title: 'one check in the server covers every location',
      server: `GUARD location / { SITE 1 } location = /e { TEXT 2 } location ~ \\.x$ { SITE 3 } location /s/ { alias ROOT/; }`,
      requests: [
        ['GET /', 'refused 403'],
        ['GET /e', 'refused 403'],
        ['GET /q.x', 'refused 403'],
        ['GET /s/page.html', 'refused 403'],
        ['GET /', trusted, 'proxy_pass 1 200'],
        ['GET /s/page.html', trusted, 'static 200'],
      ],
      access: {
        'location / proxy_pass': TRUSTED,
        'location = /e return': TRUSTED,
        'location ~ \\.x$ proxy_pass': TRUSTED,
        'location /s/ static': TRUSTED,
      },
    },
    {
      id: '1.2',
      title: 'the check may stand behind the locations',
      server: 'location / { SITE 1 } GUARD',
      requests: [['GET /', 'refused 403']],
      access: { 'location / proxy_pass': TRUSTED },
    },
    {
      id: '1.3',
      title: 'the server program runs before the location is chosen',
      server: 'GUARD location / { return 404; }',
      requests: [
        ['GET /', 'refused 403'],
        ['GET /', trusted, 'refused 404'],
      ],
      access: {},
    },
    {
      id: '1.4',
      title: 'a return in front of the check answers everybody',
      server: 'TEXT 1 GUARD location / { SITE 2 }',
      requests: [['GET /', 'return 1 200']],
      access: { 'server return': ANYBODY },
    },
    {
      id: '1.5',
      title: 'break leaves the program, so the check behind it is none',
      server: 'break; GUARD location / { SITE 1 }',
      requests: [['GET /', 'proxy_pass 1 200']],
      access: { 'location / proxy_pass': ANYBODY },
    },
    {
      id: '1.6',
      title: 'break in an if leaves the program, not the if',
      server: 'if ($arg_k) { break; } GUARD location / { SITE 1 }',
      requests: [
        ['GET /?k=1', 'proxy_pass 1 200'],
        ['GET /?k=0', 'refused 403'],
        ['GET /', 'refused 403'],
      ],
      access: { 'location / proxy_pass': ANYBODY },
    },
    {
      id: '1.7',
      title: 'a rewrite that matches with last skips the rest of the program',
      server: 'rewrite ^/pub/(.*)$ /app/$1 last; GUARD location /app/ { SITE 1 }',
      requests: [
        ['GET /app/x', 'refused 403'],
        ['GET /pub/x', 'proxy_pass 1 200 GET /app/x'],
      ],
      access: { 'location /app/ proxy_pass': ANYBODY, 'server static': TRUSTED },
    },
    {
      id: '1.8',
      title: 'so does one with break',
      server: 'rewrite ^/pub/(.*)$ /app/$1 break; GUARD location /app/ { SITE 1 }',
      requests: [
        ['GET /app/x', 'refused 403'],
        ['GET /pub/x', 'proxy_pass 1 200 GET /app/x'],
      ],
      access: { 'location /app/ proxy_pass': ANYBODY, 'server static': TRUSTED },
    },
    {
      id: '1.9',
      title: 'a rewrite without a flag falls through to the check',
      server: 'rewrite ^/pub/(.*)$ /app/$1; GUARD location /app/ { SITE 1 }',
      requests: [
        ['GET /pub/x', 'refused 403'],
        ['GET /pub/x', trusted, 'proxy_pass 1 200 GET /app/x'],
      ],
      access: { 'location /app/ proxy_pass': TRUSTED, 'server static': TRUSTED },
    },
    {
      id: '1.10',
      title: 'a later rewrite sees the new URI',
      server: `rewrite ^/a$ /b; rewrite ^/b$ /c;
        location /b { TEXT 2 } location /c { TEXT 3 } location /a { TEXT 1 } location / { return 404; }`,
      requests: [['GET /a', 'return 3 200']],
      access: { 'location /a return': ANYBODY, 'location /b return': ANYBODY, 'location /c return': ANYBODY },
    },
    {
      id: '1.11',
      title: 'a test in front of its set sees an empty value',
      server: 'if ($ok != 1) { return 403; } set $ok 1; location / { SITE 1 }',
      requests: [['GET /', trusted, 'refused 403']],
      access: { 'location / proxy_pass': 'refused' },
    },
    {
      id: '1.12',
      title: 'a set in a matched if is seen by a later test',
      server: `set $ok 0; if ($ssl_client_verify = SUCCESS) { set $ok 1; } if ($ok = 0) { return 403; }
        location / { SITE 1 }`,
      requests: [
        ['GET /', 'refused 403'],
        ['GET /', trusted, 'proxy_pass 1 200'],
      ],
      access: { 'location / proxy_pass': TRUSTED },
    },
    {
      id: '1.13',
      title: 'the program goes on behind a matched if',
      server: `if ($arg_x) { set $v if; } set $v "\${v}after"; location / { if ($v = ifafter) { TEXT 1 } TEXT 2 }`,
      requests: [
        ['GET /?x=1', 'return 1 200'],
        ['GET /', 'return 2 200'],
      ],
      access: { 'location / > if ($v = ifafter) return': ANYBODY, 'location / return': ANYBODY },
    },
    {
      id: '1.14',
      title: 'an external redirect ends the program',
      server: 'rewrite ^/r http://h.test/x redirect; GUARD location / { SITE 1 }',
      requests: [
        ['GET /r', 'redirected 302'],
        ['GET /', 'refused 403'],
      ],
      access: { 'location / proxy_pass': TRUSTED },
    },
    {
      id: '1.16',
      title: 'the URI of an error page meets the check of the server again',
      server: 'GUARD error_page 403 /err; location = /err { SITE 2 } location / { SITE 1 }',
      requests: [
        ['GET /x', 'refused 403'],
        ['GET /err', 'refused 403'],
      ],
      access: { 'location / proxy_pass': TRUSTED, 'location = /err proxy_pass': TRUSTED },
    },
    {
      id: '1.17',
      title: 'a named location of an error page does not meet it',
      server: 'GUARD error_page 403 = @e; location @e { SITE 2 } location / { SITE 1 }',
      requests: [
        ['GET /x', 'proxy_pass 2 200 GET /x'],
        ['GET /x', trusted, 'proxy_pass 1 200'],
      ],
      access: { 'location / proxy_pass': TRUSTED, 'location @e proxy_pass': 'reached refused refused' },
    },
    {
      id: '1.18',
      title: 'an exemption for the error page makes it public',
      server: 'if ($uri = /err) { break; } GUARD error_page 403 /err; location = /err { SITE 2 } location / { SITE 1 }',
      requests: [
        ['GET /x', 'proxy_pass 2 403 GET /err'],
        ['GET /err', 'proxy_pass 2 200'],
      ],
      access: { 'location / proxy_pass': TRUSTED, 'location = /err proxy_pass': ANYBODY },
    },
    {
      id: '1.19',
      title: 'the URI of try_files runs the server program again',
      server: `${COUNTER} location / { try_files /none /fall; } location /fall { if ($n = ii) { TEXT 1 } TEXT 2 }`,
      requests: [
        ['GET /x', 'return 1 200'],
        ['GET /fall', 'return 2 200'],
      ],
      access: {
        'location / static': ANYBODY,
        'location /fall > if ($n = ii) return': ANYBODY,
        'location /fall return': ANYBODY,
      },
    },
    {
      id: '1.20',
      title: 'the named location of try_files does not',
      server: `${COUNTER} location / { try_files /none @f; } location @f { if ($n = ii) { TEXT 1 } TEXT 2 }`,
      requests: [['GET /x', 'return 2 200']],
      access: {
        'location / static': ANYBODY,
        'location @f > if ($n = ii) return': 'refused',
        'location @f return': ANYBODY,
      },
    },
    {
      id: '1.21',
      title: 'an index runs it again',
      server: `${COUNTER} location / { } location = /index.html { if ($n = ii) { TEXT 1 } TEXT 2 }`,
      requests: [
        ['GET /', 'return 1 200'],
        ['GET /index.html', 'return 2 200'],
      ],
      access: {
        'location / static': ANYBODY,
        'location = /index.html > if ($n = ii) return': ANYBODY,
        'location = /index.html return': ANYBODY,
      },
    },
    {
      id: '1.24',
      title: 'a rewrite in a location does not',
      server: `${COUNTER} location / { rewrite ^ /t last; } location = /t { if ($n = ii) { TEXT 1 } TEXT 2 }`,
      requests: [['GET /x', 'return 2 200']],
      access: {
        'location / static': 'refused',
        'location = /t > if ($n = ii) return': 'refused',
        'location = /t return': ANYBODY,
      },
    },
    {
      id: '1.25',
      title: 'a subrequest runs the program and shares the variables',
      server: `${COUNTER} location / { auth_request /auth; try_files /none @r; } location = /auth { return 204; }
        location @r { if ($n = ii) { TEXT 1 } TEXT 2 }`,
      requests: [['GET /x', 'return 1 200']],
      access: {
        'location / static': ANYBODY,
        'location @r > if ($n = ii) return': ANYBODY,
        'location @r return': 'refused',
      },
    },
    {
      id: '1.26',
      title: 'a server program that refuses the subrequest refuses its parent',
      server: `if ($uri = /auth) { return 403; } location / { auth_request /auth; SITE 1 } location = /auth { return 204; }`,
      requests: [['GET /x', 'refused 403']],
      access: { 'location / proxy_pass': 'refused' },
    },
    {
      id: '1.27',
      title: 'files where there is no location are behind the check',
      server: 'GUARD',
      requests: [
        ['GET /page.html', 'refused 403'],
        ['GET /page.html', trusted, 'static 200'],
      ],
      access: { 'server static': TRUSTED },
    },
    {
      id: '1.28, 1.29',
      title: 'TRACE is refused in front of the check, and leads to a named error page',
      http: `server { SECOND CERTIFICATES server_name b.test; ssl_verify_client optional;
        GUARD location / { SITE 3 } }`,
      server: 'GUARD error_page 405 = @e; location / { SITE 1 } location @e { SITE 2 }',
      requests: [
        ['TRACE /t', 'proxy_pass 2 200 TRACE /t'],
        ['GET /t', 'refused 403'],
        ['TRACE /t', { to: 'second' }, 'refused 405'],
      ],
      access: {
        'a.test: location / proxy_pass': TRUSTED,
        'a.test: location @e proxy_pass': 'reached',
        'b.test: location / proxy_pass': TRUSTED,
      },
    },
    {
      id: '1.30',
      title: 'a return with a text ends the program as one without',
      server:
        'if ($ssl_client_verify != SUCCESS) { return 403 "no"; } error_page 403 = @e; location / { SITE 1 } location @e { SITE 2 }',
      requests: [
        ['GET /', 'refused 403'],
        ['GET /', trusted, 'proxy_pass 1 200'],
      ],
      access: { 'location / proxy_pass': TRUSTED, 'location @e proxy_pass': 'refused' },
    },
    {
      id: '1.31',
      title: 'a flag that the first pass set survives the redirect',
      server: `if ($uri = /open) { set $skip 1; } if ($ssl_client_verify = SUCCESS) { set $skip 1; }
        if ($skip != 1) { return 403; } location = /open { try_files /none /hidden; } location / { SITE 1 }`,
      requests: [
        ['GET /hidden', 'refused 403'],
        ['GET /open', 'proxy_pass 1 200 GET /hidden'],
      ],
      access: { 'location = /open static': ANYBODY, 'location / proxy_pass': ANYBODY },
    },
    {
      id: '1.31b',
      title: 'not one that the program sets anew',
      server: `set $skip 0; if ($uri = /open) { set $skip 1; } if ($ssl_client_verify = SUCCESS) { set $skip 1; }
        if ($skip != 1) { return 403; } location = /open { try_files /none /hidden; } location / { SITE 1 }`,
      requests: [
        ['GET /open', 'refused 403'],
        ['GET /open', trusted, 'proxy_pass 1 200'],
      ],
      access: { 'location = /open static': ANYBODY, 'location / proxy_pass': TRUSTED },
    },
    {
      id: '1.31c',
      title: 'a variable that a subrequest set is set in its parent',
      server: `location / { auth_request /auth; try_files /none @r; } location = /auth { set $f sub; return 204; }
        location @r { if ($f = sub) { TEXT 1 } TEXT 2 }`,
      requests: [['GET /x', 'return 1 200']],
      access: {
        'location / static': ANYBODY,
        'location @r > if ($f = sub) return': ANYBODY,
        'location @r return': 'refused',
      },
    },
    {
      id: '1.32',
      title: 'a named location that only checked locations lead to is behind the check of the server',
      server: 'GUARD location / { try_files /none @n; } location @n { SITE 1 }',
      requests: [
        ['GET /x', 'refused 403'],
        ['GET /x', trusted, 'proxy_pass 1 200'],
      ],
      access: { 'location / static': TRUSTED, 'location @n proxy_pass': TRUSTED },
    },
    {
      id: '1.33',
      title: 'TLS alone is no certificate',
      server: 'if ($https != on) { return 403; } location / { SITE 1 }',
      requests: [['GET /', 'proxy_pass 1 200']],
      access: { 'location / proxy_pass': ANYBODY },
    },
    {
      id: '1.34',
      title: 'the error pages of a location are not those of the steps in front of it',
      server: 'GUARD location / { error_page 400 403 405 = @b; SITE 1 } location @b { SITE 2 }',
      requests: [
        ['TRACE /', 'refused 405'],
        ['GET /', 'refused 403'],
        ['GET /', { host: null }, 'refused 400'],
        ['GET /', { headers: [['Transfer-Encoding', 'chunked']], body: 5 }, 'refused 403'],
        // What goes wrong in the location is (row 8.56).
        ['GET /', { certificate: 'trusted', headers: [['Transfer-Encoding', 'chunked']], body: 5 }, 'proxy_pass 2 200'],
      ],
      access: { 'location / proxy_pass': TRUSTED, 'location @b proxy_pass': TRUSTED },
    },
  ],
};
