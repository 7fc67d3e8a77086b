import { ANYBODY, type Section, TRUSTED } from './rows.js';

const trusted = { certificate: 'trusted' } as const;

export const section: Section = {
  document: 'request',
  name: '2 what nested locations, if and limit_except inherit',
  rows: [
    {
      id: '2.1',
      title: 'a nested location does not inherit the check',
      server: 'location /a/ { GUARD SITE 1 location /a/b/ { SITE 2 } }',
      requests: [
        ['GET /a/x', 'refused 403'],
        ['GET /a/b/x', 'proxy_pass 2 200'],
      ],
      access: {
        'location /a/ proxy_pass': TRUSTED,
        'location /a/ > location /a/b/ proxy_pass': ANYBODY,
        'server static': ANYBODY,
      },
    },
    {
      id: '2.2',
      title: 'nor does a nested regex location',
      server: 'location / { GUARD SITE 1 location ~ \\.php$ { SITE 2 } }',
      requests: [
        ['GET /x', 'refused 403'],
        ['GET /x.php', 'proxy_pass 2 200'],
      ],
      access: { 'location / proxy_pass': TRUSTED, 'location / > location ~ \\.php$ proxy_pass': ANYBODY },
    },
    {
      id: '2.3',
      title: 'a set of the outer location is not run for a nested one',
      server: 'location / { set $v o; SITE 1 location /n/ { if ($v = o) { TEXT 2 } SITE 3 } }',
      requests: [
        ['GET /x', 'proxy_pass 1 200'],
        ['GET /n/x', 'proxy_pass 3 200'],
      ],
      access: {
        'location / proxy_pass': ANYBODY,
        'location / > location /n/ > if ($v = o) return': 'refused',
        'location / > location /n/ proxy_pass': ANYBODY,
      },
    },
    {
      id: '2.4',
      title: 'an outer return protects nothing below it',
      server: 'location / { return 403; location /page.html { } }',
      requests: [
        ['GET /x', 'refused 403'],
        ['GET /page.html', 'static 200'],
      ],
      access: { 'location / > location /page.html static': ANYBODY },
    },
    {
      id: '2.5',
      title: 'deny is inherited',
      server: 'location / { deny all; location /page.html { } }',
      requests: [['GET /page.html', 'refused 403']],
      access: { 'location / static': 'refused', 'location / > location /page.html static': 'refused' },
    },
    {
      id: '2.8',
      title: 'auth_basic is inherited',
      server: 'location / { auth_basic r; auth_basic_user_file ROOT/users; location /page.html { } }',
      requests: [
        ['GET /page.html', 'refused 401'],
        ['GET /page.html', { headers: [['Authorization', 'Basic dTpw']] }, 'static 200'],
      ],
      access: {
        'location / static': 'conditional refused conditional',
        'location / > location /page.html static': 'conditional refused conditional',
      },
    },
    {
      id: '2.9',
      title: 'auth_request is inherited',
      server: 'location / { auth_request /no; location /page.html { } } location = /no { return 401; }',
      requests: [['GET /page.html', 'refused 401']],
      access: { 'location / static': 'refused', 'location / > location /page.html static': 'refused' },
    },
    {
      id: '2.6, 11.1',
      title: 'a content handler is not inherited: files are served instead',
      server: 'location / { SITE 1 location /page.html { } }',
      requests: [
        ['GET /', 'proxy_pass 1 200'],
        ['GET /page.html', 'static 200'],
      ],
      access: { 'location / proxy_pass': ANYBODY, 'location / > location /page.html static': ANYBODY },
    },
    {
      id: '2.7',
      title: 'root, index and error pages are inherited',
      server: `location / { root ROOT/other; index page.html; error_page 404 = /f; location /n/ { } } location = /f { SITE 1 }`,
      requests: [
        ['GET /n/none', 'proxy_pass 1 200 GET /f'],
        ['GET /', 'static 200'],
      ],
      access: {
        'location / static': ANYBODY,
        'location / > location /n/ static': ANYBODY,
        'location = /f proxy_pass': ANYBODY,
      },
    },
    {
      id: '2.10',
      title: 'try_files is not inherited',
      server: 'location / { try_files /none =418; location /other/ { } }',
      requests: [
        ['GET /x', 'refused 418'],
        ['GET /other/page.html', 'static 200'],
      ],
      access: { 'location / static': ANYBODY, 'location / > location /other/ static': ANYBODY },
    },
    {
      id: '2.11, 10.8',
      title: 'try_files of the server acts only where no location matches',
      server: 'try_files /none =418; location /other/ { }',
      requests: [
        ['GET /page.html', 'refused 418'],
        ['GET /other/page.html', 'static 200'],
      ],
      access: { 'server static': ANYBODY, 'location /other/ static': ANYBODY },
    },
    {
      id: '2.49',
      title: 'limit_except is not inherited',
      server: 'location / { limit_except GET { deny all; } SITE 1 location /n/ { SITE 2 } }',
      requests: [
        ['POST /x', 'refused 403'],
        ['POST /n/x', 'proxy_pass 2 200'],
      ],
      access: { 'location / proxy_pass': ANYBODY, 'location / > location /n/ proxy_pass': ANYBODY },
    },
    {
      id: '6.35',
      title: 'internal is inherited',
      server: 'location /i/ { internal; location /i/n/ { TEXT 1 } } location / { return 404; }',
      requests: [['GET /i/n/x', 'refused 404']],
      access: { 'location /i/ static': 'refused', 'location /i/ > location /i/n/ return': 'refused' },
    },
    {
      id: '2.20',
      title: 'a matched if keeps the upstream of its location',
      server: 'location / { SITE 1 if ($arg_x) { add_header X-Block if; } }',
      requests: [
        ['GET /?x=1', 'proxy_pass 1 200'],
        ['GET /', 'proxy_pass 1 200'],
      ],
      access: { 'location / proxy_pass': ANYBODY },
    },
    {
      id: '2.21',
      title: 'and the URI part of its target',
      server: 'location /a/ { proxy_pass http://site-1/base/; if ($arg_x) { set $y 1; } } location / { return 404; }',
      requests: [
        ['GET /a/q', 'proxy_pass 1 200 GET /base/q'],
        ['GET /a/q?x=1', 'proxy_pass 1 200 GET /base/q?x=1'],
      ],
      access: { 'location /a/ proxy_pass': ANYBODY },
    },
    {
      id: '2.22',
      title: 'and static files',
      server: 'location / { if ($arg_x) { set $y 1; } }',
      requests: [['GET /page.html?x=1', 'static 200']],
      access: { 'location / static': ANYBODY },
    },
    {
      id: '2.24, 2.25, 2.26',
      title: 'and every other handler',
      server: `location /f { fastcgi_pass DEAD; if ($arg_x) { set $y 1; } }
        location /u { uwsgi_pass DEAD; if ($arg_x) { set $y 1; } }
        location /s { scgi_pass DEAD; if ($arg_x) { set $y 1; } }
        location /g { empty_gif; if ($arg_x) { set $y 1; } }
        location /t { stub_status; if ($arg_x) { set $y 1; } }
        location / { return 404; }`,
      requests: [
        ['GET /f?x=1', 'refused 502'],
        ['GET /u?x=1', 'refused 502'],
        ['GET /s?x=1', 'refused 502'],
        ['GET /g?x=1', 'empty_gif 200'],
        ['GET /t?x=1', 'stub_status 200'],
      ],
      access: {
        'location /f fastcgi_pass': ANYBODY,
        'location /u uwsgi_pass': ANYBODY,
        'location /s scgi_pass': ANYBODY,
        'location /g empty_gif': ANYBODY,
        'location /t stub_status': ANYBODY,
      },
    },
    {
      id: '2.23, 10.7',
      title: 'a matched if skips try_files',
      server: 'location / { try_files /none @b; if ($arg_x) { set $y 1; } SITE 1 } location @b { SITE 2 }',
      requests: [
        ['GET /q', 'proxy_pass 2 200'],
        ['GET /q?x=1', 'proxy_pass 1 200'],
      ],
      access: { 'location / proxy_pass': ANYBODY, 'location @b proxy_pass': ANYBODY },
    },
    {
      id: '2.27',
      title: 'access rules of the location stay in force in a matched if',
      server: 'location / { deny all; if ($arg_x) { SITE 1 } }',
      requests: [['GET /?x=1', 'refused 403']],
      access: { 'location / static': 'refused', 'location / > if ($arg_x) proxy_pass': 'refused' },
    },
    {
      id: '2.40',
      title: 'limit_except keeps no program, so methods outside its list pass the check of the location',
      server: 'location / { GUARD limit_except GET { deny 10.9.9.9; } SITE 1 }',
      requests: [
        ['GET /x', 'refused 403'],
        ['HEAD /x', 'refused 403'],
        ['POST /x', 'proxy_pass 1 200 POST /x'],
        ['PUT /x', { body: 1 }, 'proxy_pass 1 200 PUT /x'],
        ['OPTIONS /x', 'proxy_pass 1 200'],
        ['FOO /x', 'proxy_pass 1 200'],
      ],
      access: { 'location / proxy_pass': ANYBODY },
    },
    {
      id: '2.44',
      title: 'nor its return',
      server: 'location / { limit_except GET { } TEXT 1 }',
      requests: [
        ['GET /page.html', 'return 1 200'],
        ['POST /page.html', 'refused 405'],
        ['DELETE /page.html', 'refused 405'],
      ],
      access: { 'location / return': ANYBODY },
    },
    {
      id: '2.49d',
      title: 'nor its set and rewrite',
      server: 'location / { rewrite ^ /y break; limit_except GET { allow all; } SITE 1 }',
      requests: [
        ['GET /q', 'proxy_pass 1 200 GET /y'],
        ['POST /q', 'proxy_pass 1 200 POST /q'],
      ],
      access: { 'location / proxy_pass': ANYBODY },
    },
    {
      id: '2.41',
      title: 'limit_except that denies everybody protects its methods',
      server: 'location / { GUARD limit_except GET { deny all; } SITE 1 }',
      requests: [
        ['POST /x', 'refused 403'],
        ['FOO /x', 'refused 403'],
        ['GET /x', 'refused 403'],
        ['GET /x', trusted, 'proxy_pass 1 200'],
      ],
      access: { 'location / proxy_pass': TRUSTED },
    },
    {
      id: '2.42',
      title: 'a check in the server holds for every method',
      server: 'GUARD location / { limit_except GET { deny 10.9.9.9; } SITE 1 }',
      requests: [['POST /x', 'refused 403']],
      access: { 'location / proxy_pass': TRUSTED },
    },
    {
      id: '2.43',
      title: 'unknown methods are limited too, and HEAD goes with GET',
      server: 'location / { limit_except GET { deny all; } SITE 1 }',
      requests: [
        ['FOO /', 'refused 403'],
        ['POST /', 'refused 403'],
        ['HEAD /', 'empty 200'],
      ],
      access: { 'location / proxy_pass': ANYBODY },
    },
    {
      id: '2.45',
      title: 'a limit_except may have its own upstream',
      server: 'location / { GUARD SITE 1 limit_except GET { SITE 2 } }',
      requests: [
        ['GET /', trusted, 'proxy_pass 1 200'],
        ['GET /', 'refused 403'],
        ['POST /', 'proxy_pass 2 200'],
      ],
      access: { 'location / proxy_pass': TRUSTED, 'location / > limit_except GET proxy_pass': ANYBODY },
    },
    {
      id: '2.46',
      title: 'it keeps the access rules of its location',
      server: 'location / { deny all; limit_except GET { } SITE 1 }',
      requests: [
        ['POST /', 'refused 403'],
        ['GET /', 'refused 403'],
      ],
      access: { 'location / proxy_pass': 'refused' },
    },
    {
      id: '2.47',
      title: 'unless it has one of its own',
      server: 'location / { deny all; limit_except GET { allow all; } SITE 1 }',
      requests: [
        ['POST /', 'proxy_pass 1 200'],
        ['GET /', 'refused 403'],
      ],
      access: { 'location / proxy_pass': ANYBODY },
    },
    {
      id: '2.48, 2.48e',
      title: 'it takes over the handlers that pass on, and no other',
      server: `location /f { GUARD fastcgi_pass DEAD; limit_except GET { allow all; } }
        location /u { GUARD uwsgi_pass DEAD; limit_except GET { allow all; } }
        location /s { GUARD scgi_pass DEAD; limit_except GET { allow all; } }
        location /e { GUARD empty_gif; limit_except GET { allow all; } }
        location / { return 404; }`,
      requests: [
        ['POST /e', 'refused 404'],
        ['POST /f', 'refused 502'],
        ['POST /u', 'refused 502'],
        ['POST /s', 'refused 502'],
      ],
      access: {
        'location /f fastcgi_pass': ANYBODY,
        'location /u uwsgi_pass': ANYBODY,
        'location /s scgi_pass': ANYBODY,
        'location /e empty_gif': TRUSTED,
      },
    },
    {
      id: '2.49b',
      title: 'auth_request and auth_basic stay in force in it',
      server: `location / { auth_request /no; limit_except GET { allow all; } SITE 1 } location = /no { return 403; }
        location /b { auth_basic r; auth_basic_user_file ROOT/users; limit_except GET { allow all; } SITE 2 }`,
      requests: [
        ['POST /', 'refused 403'],
        ['POST /b', 'refused 401'],
      ],
      access: { 'location / proxy_pass': 'refused', 'location /b proxy_pass': 'conditional refused conditional' },
    },
    {
      id: '2.49c',
      title: 'try_files is lost in it',
      server: 'location / { try_files /none =418; limit_except GET { allow all; } SITE 1 }',
      requests: [
        ['GET /', 'refused 418'],
        ['POST /', 'proxy_pass 1 200'],
      ],
      access: { 'location / proxy_pass': ANYBODY },
    },
    {
      id: '2.49e',
      title: 'it skips the check of a location that try_files leads to',
      server: 'location / { try_files /none /g; } location = /g { limit_except GET { allow all; } GUARD SITE 1 }',
      requests: [
        ['GET /q', 'refused 403'],
        ['POST /q', 'proxy_pass 1 200 POST /g'],
      ],
      access: { 'location / static': ANYBODY, 'location = /g proxy_pass': ANYBODY },
    },
    {
      id: '2.49f',
      title: 'and that of a named location',
      server: 'location / { try_files /none @g; } location @g { limit_except GET { allow all; } GUARD SITE 1 }',
      requests: [
        ['GET /q', 'refused 403'],
        ['POST /q', 'proxy_pass 1 200 POST /q'],
      ],
      access: { 'location / static': ANYBODY, 'location @g proxy_pass': ANYBODY },
    },
  ],
};
