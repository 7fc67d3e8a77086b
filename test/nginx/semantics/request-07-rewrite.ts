import { ANYBODY, type Section, TRUSTED } from './rows.js';

const trusted = { certificate: 'trusted' } as const;
const REST = 'location / { return 404; }';
const chain = (from: number, to: number): string =>
  Array.from(
    { length: to - from },
    (_, step) => `location = /${from + step} { rewrite ^ /${from + step + 1} last; return 404; }`,
  ).join(' ');

export const section: Section = {
  document: 'request',
  name: '7 rewrite',
  rows: [
    {
      id: '7.1',
      title: 'last ends the program, and a location is chosen again',
      server: `location /a { rewrite ^/a(.*)$ /b$1 last; return 418; } location /b { TEXT 1 } ${REST}`,
      requests: [['GET /a/x', 'return 1 200']],
      access: { 'location /b return': ANYBODY },
    },
    {
      id: '7.2',
      title: 'break keeps the location, whose handler takes the new URI',
      server: `location /a { rewrite ^/a(.*)$ /b$1 break; return 418; SITE 1 } location /b { return 403; } ${REST}`,
      requests: [['GET /a/x', 'proxy_pass 1 200 GET /b/x']],
      access: { 'location /a proxy_pass': ANYBODY },
    },
    {
      id: '7.2b',
      title: 'so a file is served past the location that refuses it',
      server: `location /a { rewrite ^ /secret break; } location = /secret { return 403; } ${REST}`,
      requests: [
        ['GET /a', 'static 200'],
        ['GET /secret', 'refused 403'],
      ],
      access: { 'location /a static': ANYBODY },
    },
    {
      id: '7.3',
      title: 'without a flag the program goes on, and a return wins',
      server: `location /a { rewrite ^/a(.*)$ /b$1; set $s 1; } location /b { if ($s) { TEXT 1 } TEXT 2 }
        location /c { rewrite ^/c(.*)$ /b$1; TEXT 3 } ${REST}`,
      requests: [
        ['GET /a/x', 'return 1 200'],
        ['GET /b/x', 'return 2 200'],
        ['GET /c/x', 'return 3 200'],
      ],
      access: {
        // A newline within the path keeps the pattern from matching.
        'location /a static': ANYBODY,
        'location /b > if ($s) return': ANYBODY,
        'location /b return': ANYBODY,
        'location /c return': ANYBODY,
      },
    },
    {
      id: '7.3c',
      title: 'a break behind it cancels the new choice',
      server: `location /a { rewrite ^/a(.*)$ /b$1; break; SITE 1 } location /b { return 403; } ${REST}`,
      requests: [['GET /a/x', 'proxy_pass 1 200 GET /b/x']],
      access: { 'location /a proxy_pass': ANYBODY },
    },
    {
      id: '7.4',
      title: 'a replacement with a scheme is a redirect whatever the flag says',
      server: `location /a { rewrite ^/a/ /n/ redirect; } location /q { rewrite ^ http://o.test/z last; }
        location /s { rewrite ^ $scheme://o.test$uri permanent; } ${REST}`,
      requests: [
        ['GET /a/x', 'redirected 302'],
        ['GET /q', 'redirected 302'],
        ['GET /s', 'redirected 301'],
      ],
      access: { 'location /a static': ANYBODY, 'location /q static': 'refused', 'location /s static': 'refused' },
    },
    {
      id: '7.4c',
      title: 'a variable with a scheme is none, and no prefix has such a URI',
      server: 'set $u http://o.test/z; location /q { rewrite ^ $u last; } location / { SITE 1 }',
      requests: [['GET /q', 'refused 404']],
      access: {
        'location /q static': 'refused',
        'location / proxy_pass': ANYBODY,
        'server static': ANYBODY,
      },
    },
    {
      id: '7.4e',
      title: 'a URI without a slash passes the refusal of location /',
      server: 'location /w { rewrite ^/w/(.*)$ $1 last; return 403; } location / { return 403; }',
      requests: [
        ['GET /w/page.html', 'refused 404'],
        ['GET /x', 'refused 403'],
      ],
      access: { 'server static': ANYBODY },
    },
    {
      id: '7.4f',
      title: 'a regex may match it',
      server: 'location /q { rewrite ^ nolead last; } location ~ ^nolead { TEXT 1 } location / { return 403; }',
      requests: [['GET /q', 'return 1 200']],
      access: { 'location /q static': 'refused', 'location ~ ^nolead return': ANYBODY },
    },
    {
      id: '7.5',
      title: 'the eleventh change of the URI is an error, which no error page takes',
      server: `error_page 500 = @x; location @x { TEXT 2 } ${chain(1, 12)} location = /12 { TEXT 1 } ${REST}
        location /l { rewrite ^/l(.*)$ /l$1x last; return 403; }`,
      requests: [
        ['GET /2', 'return 1 200'],
        ['GET /1', 'refused 500'],
        ['GET /l', 'refused 500'],
      ],
      access: { 'location @x return': 'refused', 'location = /12 return': ANYBODY },
    },
    {
      id: '7.5',
      title: 'the eleventh change of the URI is an error for whoever waits, and a post_action comes behind it',
      server: `location = /loop { rewrite ^ /loop last; } location = /cut { return 408; } location = /off { post_action /loop; return 408; }
        location /a { auth_request /loop; error_page 500 = @a; SITE 1 } location @a { SITE 2 }
        location /m { mirror /loop; SITE 3 } location /n { mirror /off; SITE 4 } location /d { add_after_body /loop; addition_types *; TEXT 5 }
        location /p { client_max_body_size 0; post_action /after; rewrite ^ /p last; } location = /after { internal; SITE 6 } ${REST}`,
      requests: [
        ['GET /a', { contacts: ['site-2'] }, 'proxy_pass 2 200'],
        ['GET /m', { contacts: ['site-3'] }, 'proxy_pass 3 200'],
        ['GET /n', { contacts: ['site-4'] }, 'proxy_pass 4 200'],
        ['GET /d', 'return 5 200'],
        ['GET /p', { contacts: ['site-6'] }, 'refused 500'],
      ],
      access: {
        'location /a proxy_pass': 'refused',
        'location @a proxy_pass': ANYBODY,
        'location /m proxy_pass': ANYBODY,
        'location /n proxy_pass': ANYBODY,
        'location /d return': ANYBODY,
        'location = /after proxy_pass': ANYBODY,
      },
    },
    {
      id: '7.6',
      title: 'the target of a rewrite decides alone',
      server: `location /g { rewrite ^/g/pub/(.*) /inner/$1 last; GUARD SITE 1 } location /inner/ { internal; SITE 2 } ${REST}`,
      requests: [
        ['GET /g/x', 'refused 403'],
        ['GET /g/pub/x', 'proxy_pass 2 200 GET /inner/x'],
      ],
      access: { 'location /g proxy_pass': TRUSTED, 'location /inner/ proxy_pass': ANYBODY },
    },
    {
      id: '7.7',
      title: 'access rules of the location that is left do not count',
      server: `location /d { deny all; rewrite ^ /inner last; } location /inner { SITE 1 } ${REST}`,
      requests: [['GET /d', 'proxy_pass 1 200 GET /inner']],
      access: { 'location /d static': 'refused', 'location /inner proxy_pass': ANYBODY },
    },
    {
      id: '7.6c',
      title: 'a check in front of the rewrite does not cover its target',
      server: `location /g { GUARD rewrite ^ /inner last; } location /inner { SITE 1 } location /only { GUARD rewrite ^ /kept last; }
        location /kept { internal; SITE 2 } ${REST}`,
      requests: [
        ['GET /g', 'refused 403'],
        ['GET /inner', 'proxy_pass 1 200'],
        ['GET /only', 'refused 403'],
        ['GET /only', trusted, 'proxy_pass 2 200'],
        ['GET /kept', 'refused 404'],
      ],
      access: {
        'location /g static': 'refused',
        'location /inner proxy_pass': ANYBODY,
        'location /only static': 'refused',
        'location /kept proxy_pass': TRUSTED,
      },
    },
    {
      id: '7.8',
      title: 'arguments are appended behind those of the replacement unless it ends in ?',
      server: `location /1 { rewrite ^ /z?a=1 last; return 403; } location /2 { rewrite ^ /z? last; return 403; }
        location /z { internal; if ($arg_a = 1) { TEXT 1 } if ($arg_b) { TEXT 2 } TEXT 3 } ${REST}`,
      requests: [
        ['GET /1?a=9&b=2', 'return 1 200'],
        ['GET /2?b=2', 'return 3 200'],
      ],
      access: {
        'location /z > if ($arg_a = 1) return': ANYBODY,
        'location /z > if ($arg_b) return': 'refused',
        'location /z return': ANYBODY,
      },
    },
    {
      id: '7.9',
      title: 'the pattern sees the decoded path without the arguments',
      server: 'location / { rewrite "^/a b$" /z last; return 403; } location /z { internal; TEXT 1 }',
      requests: [
        ['GET /a%20b?q', 'return 1 200'],
        ['GET /A%20B', 'refused 403'],
        ['GET /x?/a b', 'refused 400'],
      ],
      access: { 'location /z return': ANYBODY },
    },
    {
      id: '7.10',
      title: 'what a group holds is not normalised again',
      server: `location /r { rewrite ^/r/(.*)$ /z/$1 last; return 403; } location /z/ { internal; if ($args) { TEXT 1 } TEXT 2 }
        location /adm { TEXT 3 } ${REST}`,
      requests: [
        ['GET /r/a%3Fb=1', 'return 2 200'],
        ['GET /r/%252e%252e/adm', 'return 2 200'],
        ['GET /r/a?b=1', 'return 1 200'],
      ],
      access: {
        'location /z/ > if ($args) return': ANYBODY,
        'location /z/ return': ANYBODY,
        'location /adm return': ANYBODY,
      },
    },
    {
      id: '7.10c',
      title: 'a rewrite to an argument lets the client choose, internal locations too',
      server: `location /go { rewrite ^ $arg_u last; return 403; } location /adm { internal; TEXT 1 } location / { TEXT 2 }`,
      requests: [
        ['GET /go?u=/adm', 'return 1 200'],
        ['GET /go?u=/x/../adm', 'return 2 200'],
        ['GET /go?u=/%61dm', 'return 2 200'],
        ['GET /go', 'refused 500'],
        ['GET /adm', 'refused 404'],
      ],
      access: {
        'location /adm return': ANYBODY,
        'location / return': ANYBODY,
        'server static': ANYBODY,
      },
    },
    {
      id: '7.11',
      title: 'a rewritten URI is passed on instead of the target of the client',
      server: `location /n { SITE 1 } location /r { rewrite ^/r(.*)$ /n$1 last; return 403; } ${REST}`,
      requests: [
        ['GET /n/a%2Fb//c/../d', 'proxy_pass 1 200 GET /n/a%2Fb//c/../d'],
        ['GET /r/a%2Fb//c', 'proxy_pass 1 200 GET /n/a/b/c'],
      ],
      access: { 'location /n proxy_pass': ANYBODY },
    },
    {
      id: '7.13',
      title: 'flags of the server do not skip the program of the location',
      server: `rewrite ^/p /a last; rewrite ^/q /a break; location /a { GUARD SITE 1 } ${REST}`,
      requests: [
        ['GET /p', 'refused 403'],
        ['GET /q', 'refused 403'],
        ['GET /q', trusted, 'proxy_pass 1 200'],
      ],
      access: { 'location /a proxy_pass': TRUSTED },
    },
    {
      id: '7.14',
      title: 'last in a named location chooses an ordinary one',
      server: `location / { try_files /none @n; } location @n { rewrite ^ /t last; } location /t { internal; TEXT 1 }`,
      requests: [['GET /x', 'return 1 200']],
      access: { 'location / static': ANYBODY, 'location @n static': 'refused', 'location /t return': ANYBODY },
    },
    {
      id: '7.16',
      title: 'a new choice forgets the if and its handler',
      server: `location / { if ($arg_x) { SITE 1 } rewrite ^ /y last; SITE 2 } location /y { SITE 3 }`,
      requests: [['GET /?x=1', 'proxy_pass 3 200 GET /y?x=1']],
      access: {
        'location / > if ($arg_x) proxy_pass': 'refused',
        'location / proxy_pass': 'refused',
        'location /y proxy_pass': ANYBODY,
      },
    },
    {
      id: '7.17, 10.60',
      title: 'an empty URI is an error that can lead to an error page',
      server: `rewrite ^/go$ $arg_u last; GUARD error_page 500 = /e; location = /e { SITE 2 } location / { SITE 1 }`,
      requests: [
        ['GET /x', 'refused 403'],
        ['GET /go', 'refused 403'],
        ['GET /go?u=/x', 'proxy_pass 1 200'],
        ['GET /go?u=/e', 'proxy_pass 2 200'],
      ],
      access: {
        'location = /e proxy_pass': ANYBODY,
        'location / proxy_pass': ANYBODY,
        'server static': ANYBODY,
      },
    },
  ],
};
