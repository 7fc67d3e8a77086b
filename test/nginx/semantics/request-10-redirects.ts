import { ANYBODY, type Section, TRUSTED, UNDER_A_CONDITION } from './rows.js';

const trusted = { certificate: 'trusted' } as const;

export const section: Section = {
  document: 'request',
  name: '10 try_files, index, alias, mirror, post_action',
  rows: [
    {
      id: '10.1',
      title: 'a file that try_files finds is served by its location, whatever other ones say of the path',
      server: 'location / { try_files $uri /page.html =404; } location ~ \\.html$ { deny all; }',
      requests: [
        ['GET /x', 'static 200'],
        ['GET /page.html', 'refused 403'],
      ],
      access: { 'location / static': ANYBODY, 'location ~ \\.html$ static': 'refused' },
    },
    {
      id: '10.1b',
      title: 'with an upstream it is passed on',
      server: 'location / { try_files /page.html =404; SITE 1 }',
      requests: [['GET /q', 'proxy_pass 1 200']],
      access: { 'location / proxy_pass': ANYBODY },
    },
    {
      id: '10.2',
      title: 'the last element is a redirect, whether it exists or not',
      server: 'location / { try_files $uri /app?q=$uri; } location = /app { if ($arg_q) { TEXT 1 } TEXT 2 }',
      requests: [
        ['GET /q?z=1', 'return 1 200'],
        ['GET /page.html', 'static 200'],
        ['GET /app', 'return 2 200'],
      ],
      access: {
        'location / static': ANYBODY,
        'location = /app > if ($arg_q) return': ANYBODY,
        'location = /app return': ANYBODY,
      },
    },
    {
      id: '10.3',
      title: 'a code at its end leads to an error page',
      server: 'location / { try_files $uri =403; error_page 403 = @b; } location @b { SITE 1 }',
      requests: [['GET /q', 'proxy_pass 1 200']],
      access: { 'location / static': ANYBODY, 'location @b proxy_pass': ANYBODY },
    },
    {
      id: '10.4',
      title: 'a folder needs its slash',
      server: 'location /1 { try_files /dir =418; } location /2 { try_files /dir/ =418; } location / { return 404; }',
      requests: [
        ['GET /1', 'refused 418'],
        ['GET /2', 'redirected 301'],
      ],
      access: { 'location /1 static': ANYBODY, 'location /2 static': 'refused' },
    },
    {
      id: '10.5',
      title: 'the check of the location runs in front of try_files',
      server: 'location / { GUARD try_files $uri @b; } location @b { SITE 1 }',
      requests: [
        ['GET /q', 'refused 403'],
        ['GET /q', trusted, 'proxy_pass 1 200'],
      ],
      access: { 'location / static': TRUSTED, 'location @b proxy_pass': TRUSTED },
    },
    {
      id: '10.6',
      title: 'that of the target runs there',
      server: 'location / { try_files /none /app; } location = /app { GUARD SITE 1 }',
      requests: [['GET /q', 'refused 403']],
      access: { 'location / static': ANYBODY, 'location = /app proxy_pass': TRUSTED },
    },
    {
      id: '10.7b',
      title: 'a positive if switches try_files off for who it is for',
      server: `location / { if ($ssl_client_verify = SUCCESS) { set $ok 1; } if ($ok != 1) { return 403; } try_files /none =418; }`,
      requests: [
        ['GET /page.html', trusted, 'static 200'],
        ['GET /page.html', 'refused 403'],
      ],
      access: { 'location / static': TRUSTED },
    },
    {
      id: '10.10',
      title: 'an index is looked for in the location of its file',
      server: 'location / { } location = /index.html { SITE 1 }',
      requests: [['GET /', 'proxy_pass 1 200 GET /index.html']],
      access: { 'location / static': ANYBODY, 'location = /index.html proxy_pass': ANYBODY },
    },
    {
      id: '10.10b',
      title: 'so a check of the slash alone is passed by',
      server: 'location = / { GUARD } location / { }',
      requests: [
        ['GET /', 'refused 403'],
        ['GET /index.html', 'static 200'],
        ['GET /', trusted, 'static 200'],
      ],
      access: { 'location / static': ANYBODY },
    },
    {
      id: '10.10c',
      title: 'an absolute last index redirects without looking',
      server: 'location / { index none.html /app; } location = /app { internal; SITE 1 }',
      requests: [['GET /', 'proxy_pass 1 200 GET /app']],
      access: { 'location / static': ANYBODY, 'location = /app proxy_pass': ANYBODY },
    },
    {
      id: '10.10d',
      title: 'so does any index that a variable makes absolute, whether or not there is a folder',
      server: `location ~ "^/(dir|none)/\\z" { index $arg_k.html index.html; } location = /app.html { internal; if ($args) { SITE 1 } SITE 2 }
        location = /dir/index.html { return 403; } location / { return 404; }`,
      requests: [
        ['GET /dir/?k=/app', 'proxy_pass 1 200 GET /app.html?k=/app'],
        ['GET /none/?k=/app', 'proxy_pass 1 200 GET /app.html?k=/app'],
        ['GET /none/?k=app', 'refused 404'],
        ['GET /dir/?k=app', 'refused 403'],
        ['GET /dir/?k=/other', 'refused 404'],
      ],
      access: {
        'location ~ ^/(dir|none)/\\z static': 'refused',
        'location = /app.html > if ($args) proxy_pass': ANYBODY,
        'location = /app.html proxy_pass': 'refused',
      },
    },
    {
      id: '10.10d',
      title: 'a variable of an index is as it was read last, be it before a jump',
      http: 'map $arg_k $fresh { default $arg_k; } map $arg_k $again { volatile; default $arg_k; }',
      server: `location /read/ { set $x "$arg_k$again$is_args"; error_page 403 = /dir/; return 403; } location /unread/ { error_page 403 = /dir/; return 403; }
        location /sent/ { proxy_set_header X-K $arg_k; proxy_pass http://DEAD; error_page 502 = /behind/?k=/other; } location = /behind/ { internal; index $arg_k.sent; } location = /app.sent { internal; SITE 4 }
        location /tried/ { set $x $arg_k; rewrite ^ /turned/?k=/other; } location /turned/ { try_files $arg_k /dir/?k=/more; }
        location = /dir/ { index $arg_k.html /none; } location = /app.html { internal; if ($args) { SITE 1 } SITE 2 } location = /other.html { internal; SITE 3 } location / { return 404; }
        location /map/ { set $x "$arg_k$fresh"; rewrite ^ /maps/?k=/other; } location /maps/ { index $fresh.html; } location /volatile/ { set $x $again; rewrite ^ /both/?k=/other; } location /both/ { index $again.html; }`,
      requests: [
        ['GET /dir/?k=/app', 'proxy_pass 1 200 GET /app.html?k=/app'],
        ['GET /read/?k=/app', 'proxy_pass 2 200 GET /app.html'],
        ['GET /unread/?k=/app', 'refused 404'],
        ['GET /sent/?k=/app', { assumedOtherwise: 'the back end is up' }, 'proxy_pass 4 200 GET /app.sent?k=/other'],
        ['GET /tried/?k=/app', 'proxy_pass 3 200 GET /other.html?k=/more'],
        ['GET /map/?k=/app', 'proxy_pass 1 200 GET /app.html?k=/other&k=/app'],
        ['GET /volatile/?k=/app', 'proxy_pass 1 200 GET /app.html?k=/other&k=/app'],
      ],
      access: {
        'location /sent/ proxy_pass': ANYBODY,
        'location = /app.sent proxy_pass': UNDER_A_CONDITION,
        'location /turned/ static': ANYBODY,
        'location /maps/ static': ANYBODY,
        'location /both/ static': ANYBODY,
        'location = /app.html > if ($args) proxy_pass': ANYBODY,
        'location = /app.html proxy_pass': ANYBODY,
        'location = /other.html proxy_pass': ANYBODY,
      },
    },
    {
      id: '10.11',
      title: 'a location that passes on has no index',
      server: 'location / { autoindex on; index index.html; SITE 1 } location = /index.html { internal; SITE 2 }',
      requests: [['GET /', 'proxy_pass 1 200 GET /']],
      access: { 'location / proxy_pass': ANYBODY, 'location = /index.html proxy_pass': 'refused' },
    },
    {
      id: '10.12',
      title: 'a list of files is content',
      server: 'location = /other/ { autoindex on; } location / { return 404; }',
      requests: [['GET /other/', 'static 200']],
      access: { 'location = /other/ static': ANYBODY },
    },
    {
      id: '10.12b',
      title: 'a folder without an index is an error that leads to its page',
      server: 'location = /other/ { error_page 403 = @b; } location @b { SITE 1 } location / { return 404; }',
      requests: [['GET /other/', 'proxy_pass 1 200']],
      access: { 'location @b proxy_pass': ANYBODY },
    },
    {
      id: '10.13',
      title: 'which file random_index picks is left undecided, what a client may ask for itself is not',
      server: 'location /other/ { random_index on; } location ~ \\.html$ { deny all; } location / { return 404; }',
      requests: [['GET /other/', { undecided: 'handler' }, 'refused 403']],
      access: { 'location /other/ static': ANYBODY, 'location ~ \\.html$ static': 'refused' },
    },
    {
      id: '10.14',
      title: 'an alias without the slash of its location leads out of its folder',
      server: 'location /i { alias ROOT/dir/; } location / { return 404; }',
      requests: [['GET /i../secret', 'static 200']],
      access: { 'location /i static': ANYBODY },
    },
    {
      id: '10.14b',
      title: 'below a regex it is the whole path',
      server: 'location ~ ^/x/(.*)$ { alias ROOT/$1; } location / { return 404; }',
      requests: [['GET /x/page.html', 'static 200']],
      access: { 'location ~ ^/x/(.*)$ static': ANYBODY },
    },
    {
      id: '10.20',
      title: 'a mirror gets a copy with the method of the client',
      server: 'location / { mirror /m; SITE 1 } location = /m { internal; SITE 2 }',
      requests: [['POST /q', { contacts: ['site-1', 'site-2'] }, 'proxy_pass 1 200']],
      access: { 'location / proxy_pass': ANYBODY, 'location = /m proxy_pass': ANYBODY },
    },
    {
      id: '10.21, 10.22',
      title: 'none for a client that is refused',
      server: `if ($uri = /s) { return 403; } location / { mirror /m; GUARD SITE 1 } location /d { mirror /m; deny all; SITE 1 }
        location /r { mirror /m; return 403; } location = /m { internal; SITE 2 }`,
      requests: [
        ['GET /q', { contacts: [] }, 'refused 403'],
        ['GET /s', { contacts: [] }, 'refused 403'],
        ['GET /d', { contacts: [] }, 'refused 403'],
        ['GET /r', { contacts: [] }, 'refused 403'],
        ['GET /q', { ...trusted, contacts: ['site-1', 'site-2'] }, 'proxy_pass 1 200'],
      ],
      access: {
        'location / proxy_pass': TRUSTED,
        'location /d proxy_pass': 'refused',
        'location = /m proxy_pass': TRUSTED,
      },
    },
    {
      id: '10.23',
      title: 'access rules of the mirror do not count',
      server: 'location / { mirror /m; SITE 1 } location = /m { internal; deny all; SITE 2 }',
      requests: [['GET /q', { contacts: ['site-1', 'site-2'] }, 'proxy_pass 1 200']],
      access: { 'location / proxy_pass': ANYBODY, 'location = /m proxy_pass': ANYBODY },
    },
    {
      id: '10.24',
      title: 'a check of its program does',
      server: 'location / { mirror /m; SITE 1 } location = /m { internal; GUARD SITE 2 }',
      requests: [
        ['GET /q', { contacts: ['site-1'] }, 'proxy_pass 1 200'],
        ['GET /q', { ...trusted, contacts: ['site-1', 'site-2'] }, 'proxy_pass 1 200'],
      ],
      access: { 'location / proxy_pass': ANYBODY, 'location = /m proxy_pass': TRUSTED },
    },
    {
      id: '10.25, 10.26',
      title: 'a mirror is inherited, and comes behind try_files',
      server: `location /n { mirror /m; SITE 1 location /n/x/ { SITE 3 } } location = /m { internal; mirror off; SITE 2 }
        location / { mirror /m; try_files /none @n; } location @n { SITE 4 }`,
      requests: [
        ['GET /n/x/q', { contacts: ['site-2', 'site-3'] }, 'proxy_pass 3 200'],
        ['GET /q', { contacts: ['site-4'] }, 'proxy_pass 4 200'],
      ],
      access: {
        'location /n proxy_pass': ANYBODY,
        'location /n > location /n/x/ proxy_pass': ANYBODY,
        'location = /m proxy_pass': ANYBODY,
        'location / static': ANYBODY,
        'location @n proxy_pass': ANYBODY,
      },
    },
    {
      id: '10.27',
      title:
        'one that ends the connection ends the request while it waits for a back end, and all that comes beside it',
      server: `location / { return 404; } location = /cut { return 444; } location = /gone { return 499; } location = /p { internal; SITE 9 }
        location /1 { mirror /cut; post_action /p; SITE 1 } location /2 { mirror /gone; SITE 2 }
        location /3 { mirror /cut; mirror /p; SITE 3 } location /4 { mirror /cut; post_action /p; empty_gif; }
        location /5 { post_action /6; empty_gif; } location /6 { mirror /cut; mirror /p; post_action /p; SITE 6 }`,
      requests: [
        ['GET /1', { contacts: ['site-1'] }, 'closed 0'],
        ['GET /2', { contacts: ['site-2'] }, 'closed 0'],
        ['GET /3', { contacts: ['site-3'] }, 'closed 0'],
        ['GET /4', { contacts: ['site-9'] }, 'empty_gif 200'],
        ['GET /5', { contacts: ['site-6'] }, 'empty_gif 200'],
      ],
      access: {
        'location = /p proxy_pass': ANYBODY,
        'location /1 proxy_pass': 'refused',
        'location /2 proxy_pass': 'refused',
        'location /3 proxy_pass': 'refused',
        'location /4 empty_gif': ANYBODY,
        'location /5 empty_gif': ANYBODY,
        'location /6 proxy_pass': 'refused',
      },
    },
    {
      id: '10.27',
      title: 'and no post_action comes behind it',
      server: `location / { return 404; } location = /cut { return 444; } location = /gone { return 499; } location @p { SITE 9 }
        location /1 { mirror /cut; post_action @p; SITE 1 } location /2 { mirror /gone; post_action @p; SITE 2 }`,
      requests: [
        ['GET /1', 'closed 0'],
        ['GET /2', 'closed 0'],
      ],
      access: {
        // Behind an error of the request itself.
        'location @p proxy_pass': ANYBODY,
        'location /1 proxy_pass': 'refused',
        'location /2 proxy_pass': 'refused',
      },
    },
    {
      id: '10.28',
      title: 'variables are those of the request that is copied, in a server where copies can end it',
      server: `set $up site-1; location / { return 404; } location = /cut { return 444; }
        location /1 { mirror /m; proxy_pass http://$up; } location /m { set $z 1; empty_gif; }
        location /2 { mirror /n; proxy_pass http://$up; } location /n { set $up site-2; empty_gif; }
        location /3 { SITE 1 } location /4 { SITE 2 }`,
      requests: [
        ['GET /1', 'proxy_pass 1 200'],
        ['GET /2', 'proxy_pass 1 200'],
      ],
      access: {
        'location /1 proxy_pass': ANYBODY,
        'location /2 proxy_pass': ANYBODY,
        'location /3 proxy_pass': ANYBODY,
        'location /4 proxy_pass': ANYBODY,
        'location /m empty_gif': ANYBODY,
        'location /n empty_gif': ANYBODY,
      },
    },
    {
      id: '10.30',
      title: 'what a post_action needs is no condition of the request',
      server: `location = /1 { post_action /x; return 200 "return-1"; }
        location = /x { auth_request /auth; SITE 3 } location = /auth { SITE 5 } location / { return 404; }`,
      requests: [['GET /1', { contacts: ['site-3', 'site-5'] }, 'return 1 200']],
      access: {
        'location = /1 return': ANYBODY,
        'location = /x proxy_pass': 'conditional refused conditional',
        'location = /auth proxy_pass': ANYBODY,
      },
    },
    {
      id: '10.30',
      title: 'a post_action is contacted behind a refusal',
      server: 'location / { post_action /p; return 403; } location = /p { internal; SITE 2 }',
      requests: [['GET /q', { contacts: ['site-2'] }, 'refused 403']],
      access: { 'location = /p proxy_pass': ANYBODY },
    },
    {
      id: '10.30b',
      title: 'also behind a code that closes the connection, which then stays open until it is idle for too long',
      server: `keepalive_timeout 1s; location / { post_action /p; return 408; } location /q { return 408; }
        location = /p { internal; SITE 2 }`,
      requests: [
        ['GET /', { contacts: ['site-2'] }, 'closed 0'],
        ['GET /q', {}, 'closed 0'],
      ],
      access: { 'location = /p proxy_pass': ANYBODY },
    },
    {
      id: '10.31',
      title: 'also a named one behind the check of the server',
      server: 'post_action @p; GUARD location / { SITE 1 } location @p { SITE 2 }',
      requests: [
        ['GET /q', { contacts: ['site-2'] }, 'refused 403'],
        // The certificate is refused before the program of the server runs.
        ['GET /q', { certificate: 'untrusted', contacts: ['site-2'] }, 'refused 400'],
      ],
      access: { 'location / proxy_pass': TRUSTED, 'location @p proxy_pass': 'reached' },
    },
    {
      id: '10.31',
      title: 'access rules count in a post_action, and error pages lead on from there',
      server: `location /a { post_action /p; return 403; } location = /p { internal; deny all; SITE 2 }
        location /b { post_action /e; return 204; } location = /e { internal; deny all; error_page 403 = @f; SITE 3 } location @f { SITE 4 }
        location /c { post_action @n; return 301 /x; } location @n { auth_request /no; SITE 5 } location = /no { return 401; }
        location /d { client_max_body_size 0; post_action @m; return 444; } location @m { SITE 6 }
        location /g { client_max_body_size 9; post_action @h; return 444; } location @h { SITE 7 } location / { return 404; }`,
      requests: [
        ['GET /a', { contacts: [] }, 'refused 403'],
        ['GET /b', { contacts: ['site-4'] }, 'empty 204'],
        ['GET /c', { contacts: [] }, 'redirected 301'],
        ['GET /d', { contacts: [] }, 'closed 0'],
        ['POST /g', { body: 9, contacts: [] }, 'closed 0'],
        ['POST /g', { body: 10, contacts: ['site-7'] }, 'refused 413'],
      ],
      access: {
        'location = /p proxy_pass': 'refused',
        'location = /e proxy_pass': 'refused',
        'location @f proxy_pass': ANYBODY,
        'location @n proxy_pass': 'refused',
        'location @m proxy_pass': 'refused',
        'location @h proxy_pass': ANYBODY,
      },
    },
    {
      id: '10.31',
      title: 'a mirror follows its own error pages, with the method of the client to a named one and with GET to a URI',
      server: `location / { mirror /m; SITE 1 } location = /m { internal; error_page 403 = @n; return 403; }
        location @n { limit_except GET { deny all; proxy_pass http://site-3; } SITE 2 }
        location /u { mirror /v; SITE 4 } location = /v { internal; error_page 403 = /w; return 403; }
        location = /w { internal; limit_except GET { proxy_pass http://site-6; } SITE 5 }`,
      requests: [
        ['POST /q', { contacts: ['site-1', 'site-3'] }, 'proxy_pass 1 200'],
        ['GET /q', { contacts: ['site-1', 'site-2'] }, 'proxy_pass 1 200'],
        ['POST /u', { contacts: ['site-4', 'site-5'] }, 'proxy_pass 4 200'],
      ],
      access: {
        'location / proxy_pass': ANYBODY,
        'location @n proxy_pass': ANYBODY,
        'location @n > limit_except GET proxy_pass': ANYBODY,
        'location /u proxy_pass': ANYBODY,
        'location = /w proxy_pass': ANYBODY,
        'location = /w > limit_except GET proxy_pass': 'refused',
      },
    },
    {
      id: '10.32',
      title: 'not a URI behind it, where the check runs again',
      server: 'post_action /p; GUARD location / { SITE 1 } location = /p { internal; SITE 2 }',
      requests: [['GET /q', { contacts: [] }, 'refused 403']],
      access: { 'location / proxy_pass': TRUSTED, 'location = /p proxy_pass': TRUSTED },
    },
    {
      id: '10.33',
      title: 'a post_action of a server that verifies is contacted without a certificate',
      verify: 'on',
      server: 'post_action @p; location / { SITE 1 } location @p { SITE 2 }',
      requests: [['GET /q', { contacts: ['site-2'] }, 'refused 400']],
      access: { 'location / proxy_pass': TRUSTED, 'location @p proxy_pass': 'reached' },
    },
    {
      id: '10.34',
      title: 'a post_action meets the limit of the body only where something has read the body',
      server: `post_action /p; location = /p { client_max_body_size 10; post_action off; SITE 2 }
        location /text { TEXT 1 } location /page { return 403; } location /gif { empty_gif; }
        location /passed { SITE 3 } location /mirrored { mirror /m; empty_gif; } location = /m { SITE 4 }
        location /unread { mirror /m; mirror_request_body off; empty_gif; } location / { return 404; }`,
      requests: [
        ['POST /text', { body: 50 }, 'return 1 200'],
        ['POST /page', { body: 50 }, 'refused 403'],
        ['POST /gif', { body: 50 }, 'refused 405'],
        ['POST /passed', { body: 50 }, 'proxy_pass 3 200'],
        ['POST /passed', { body: 5 }, 'proxy_pass 3 200'],
        ['POST /mirrored', { body: 50 }, 'refused 405'],
        ['POST /unread', { body: 50 }, 'refused 405'],
      ],
      access: {
        'location = /p proxy_pass': 'reached',
        'location = /m proxy_pass': ANYBODY,
        'location /text return': ANYBODY,
        'location /passed proxy_pass': ANYBODY,
        'location /gif empty_gif': ANYBODY,
        'location /mirrored empty_gif': ANYBODY,
        'location /unread empty_gif': ANYBODY,
      },
    },
    {
      id: '10.35',
      title: 'post_action off is a jump to a location that is not there, an error with its page',
      server: `GUARD error_page 500 = @e; location @e { SITE 2 } location /none { SITE 3 }
        location /off { post_action off; SITE 1 } location /word { post_action word; SITE 4 } location / { return 404; }`,
      requests: [
        ['GET /off', { ...trusted, contacts: ['site-1', 'site-2'] }, 'proxy_pass 1 200'],
        ['GET /word', { ...trusted, contacts: ['site-2', 'site-4'] }, 'proxy_pass 4 200'],
        ['GET /none', trusted, 'proxy_pass 3 200'],
        ['GET /off', { contacts: [] }, 'refused 403'],
      ],
      access: {
        'location @e proxy_pass': TRUSTED,
        'location /none proxy_pass': TRUSTED,
        'location /off proxy_pass': TRUSTED,
        'location /word proxy_pass': TRUSTED,
      },
    },
    {
      id: '10.36',
      title: 'a post_action keeps a subrequest from ending the connection, and its answer counts for auth_request',
      server: `location / { return 404; } location = /ok { internal; return 200 "return-8"; } location = /p { internal; SITE 9 }
        location = /408 { return 408; } location = /408-ok { post_action /ok; return 408; } location = /499-p { post_action /p; return 499; }
        location = /444-p { post_action /p; return 444; } location = /408-403 { post_action /403; return 408; } location = /403 { return 403; }
        location = /408-301 { post_action /301; return 408; } location = /301 { return 301 /x; }
        location = /408-204 { post_action /204; return 408; } location = /204 { return 204; }
        location = /408-page { post_action /page; return 408; } location = /page { error_page 403 =401 /ok; return 403; }
        location = /408-named { post_action @n; return 408; } location @n { SITE 7 } location = /408-none { post_action @none; return 408; }
        location = /408-408 { post_action /408-ok; return 408; } location = /408-444 { post_action /444-p; return 408; }
        location = /200-p { post_action /p; SITE 6 }
        location /1 { auth_request /408-ok; SITE 1 } location /2 { auth_request /499-p; SITE 1 } location /3 { auth_request /444-p; SITE 1 }
        location /4 { auth_request /408-403; SITE 1 } location /5 { auth_request /408-301; SITE 1 } location /6 { auth_request /408-204; SITE 1 }
        location /7 { auth_request /408-page; SITE 1 } location /8 { auth_request /408-named; SITE 1 } location /9 { auth_request /408-none; SITE 1 }
        location /a { auth_request /408-408; SITE 1 } location /b { auth_request /408-444; SITE 1 }
        location /c { auth_request /408; post_action /p; error_page 500 = @c; SITE 1 } location @c { SITE 4 } location /d { auth_request /200-p; SITE 1 }
        location /e { auth_request /408-403; error_page 500 = @e; SITE 1 } location @e { SITE 5 }`,
      requests: [
        ['GET /1', { contacts: ['site-1'] }, 'proxy_pass 1 200'],
        ['GET /2', { contacts: ['site-1', 'site-9'] }, 'proxy_pass 1 200'],
        ['GET /3', { contacts: [] }, 'closed 0'],
        ['GET /4', { contacts: [] }, 'refused 500'],
        ['GET /5', { contacts: [] }, 'refused 500'],
        ['GET /6', { contacts: ['site-1'] }, 'proxy_pass 1 200'],
        ['GET /7', { contacts: ['site-1'] }, 'proxy_pass 1 200'],
        ['GET /8', { contacts: ['site-1', 'site-7'] }, 'proxy_pass 1 200'],
        ['GET /9', { contacts: [] }, 'refused 500'],
        ['GET /a', { contacts: ['site-1'] }, 'proxy_pass 1 200'],
        ['GET /b', { contacts: [] }, 'closed 0'],
        ['GET /c', { contacts: [] }, 'closed 0'],
        ['GET /d', { contacts: ['site-1', 'site-6'] }, 'proxy_pass 1 200'],
        ['GET /e', { contacts: ['site-5'] }, 'proxy_pass 5 200'],
      ],
      access: {
        'location = /ok return': ANYBODY,
        'location = /p proxy_pass': ANYBODY,
        'location @n proxy_pass': ANYBODY,
        'location = /200-p proxy_pass': ANYBODY,
        'location /1 proxy_pass': ANYBODY,
        'location /2 proxy_pass': UNDER_A_CONDITION,
        'location /3 proxy_pass': 'refused',
        'location /4 proxy_pass': 'refused',
        'location /5 proxy_pass': 'refused',
        'location /6 proxy_pass': ANYBODY,
        'location /7 proxy_pass': ANYBODY,
        'location /8 proxy_pass': UNDER_A_CONDITION,
        'location /9 proxy_pass': 'refused',
        'location /a proxy_pass': ANYBODY,
        'location /b proxy_pass': 'refused',
        'location /c proxy_pass': 'refused',
        'location /d proxy_pass': UNDER_A_CONDITION,
        'location @c proxy_pass': 'refused',
        'location /e proxy_pass': 'refused',
        'location @e proxy_pass': ANYBODY,
      },
    },
    {
      id: '10.36',
      title: 'a check that ends the connection leaves nothing to the post_action of the request that waits for it',
      server: `location / { SITE 1 } location = /p { internal; SITE 9 } location = /444 { return 444; } location = /408 { return 408; }
        location = /1 { auth_request /444; post_action /p; SITE 2 } location = /2 { auth_request /408; post_action /p; SITE 3 }
        location = /3 { auth_request /499; post_action /p; SITE 4 } location = /499 { return 499; }`,
      requests: [
        ['GET /1', 'closed 0'],
        ['GET /2', 'closed 0'],
        ['GET /3', 'closed 0'],
        ['GET /', 'proxy_pass 1 200'],
      ],
      access: {
        'location / proxy_pass': ANYBODY,
        'location = /p proxy_pass': ANYBODY,
        'location = /1 proxy_pass': 'refused',
        'location = /2 proxy_pass': 'refused',
        'location = /3 proxy_pass': 'refused',
      },
    },
    {
      id: '10.36',
      title: 'a copy and what is added to an answer go on by a post_action as well, which adds nothing',
      server: `addition_types *; location / { return 404; } location = /p { internal; SITE 9 } location = /408 { return 408; }
        location = /408-p { post_action /p; return 408; } location = /444-p { post_action /p; return 444; } location = /403 { return 403; }
        location = /408-403 { post_action /403; return 408; } location = /408-444 { post_action /444-p; return 408; }
        location /m1 { mirror /408-p; SITE 1 } location /m2 { mirror /408; SITE 2 } location /m3 { mirror /408-403; SITE 3 }
        location /m4 { mirror /408-444; SITE 4 }
        location /d1 { add_before_body /408-p; TEXT 5 } location /d2 { add_after_body /408-403; TEXT 6 }
        location /d3 { add_before_body /408-444; TEXT 7 }`,
      requests: [
        ['GET /m1', { contacts: ['site-1', 'site-9'] }, 'proxy_pass 1 200'],
        ['GET /m2', { contacts: ['site-2'] }, 'closed 0'],
        ['GET /m3', { contacts: ['site-3'] }, 'proxy_pass 3 200'],
        ['GET /m4', { contacts: ['site-4'] }, 'closed 0'],
        ['GET /d1', { contacts: ['site-9'] }, 'return 5 200'],
        ['GET /d2', 'return 6 200'],
        ['GET /d3', 'closed 0'],
      ],
      access: {
        'location = /p proxy_pass': ANYBODY,
        'location /m1 proxy_pass': ANYBODY,
        'location /m2 proxy_pass': 'refused',
        'location /m3 proxy_pass': ANYBODY,
        'location /m4 proxy_pass': 'refused',
        'location /d1 return': ANYBODY,
        'location /d2 return': ANYBODY,
        'location /d3 return': ANYBODY,
      },
    },
    {
      id: '10.37',
      title: 'a code of try_files ends the connection as one of return does, for whoever waits',
      server: `location / { return 404; } location = /cut { try_files /none =444; } location = /none { SITE 9 }
        location /m { mirror /cut; SITE 1 } location /n { try_files /none @n; } location @n { mirror /cut; SITE 3 } location /a { auth_request /cut; error_page 500 /none; SITE 2 }`,
      requests: [
        ['GET /m', { contacts: ['site-1'] }, 'closed 0'],
        ['GET /n', { contacts: ['site-3'] }, 'closed 0'],
        ['GET /a', { contacts: [] }, 'closed 0'],
      ],
      access: {
        'location = /none proxy_pass': ANYBODY,
        'location = /cut static': ANYBODY,
        'location /m proxy_pass': ANYBODY,
        'location /n static': ANYBODY,
        'location @n proxy_pass': 'refused',
        'location /a proxy_pass': ANYBODY,
      },
    },
    {
      id: '10.50',
      title: '502 comes behind the check',
      server: 'location / { GUARD proxy_pass http://DEAD; error_page 502 = @b; } location @b { SITE 2 }',
      requests: [
        ['GET /x', 'refused 403'],
        ['GET /x', { ...trusted, assumedOtherwise: 'the back end is up' }, 'proxy_pass 2 200'],
      ],
      access: { 'location / proxy_pass': TRUSTED, 'location @b proxy_pass': 'refused refused conditional' },
    },
    {
      id: '10.52, 10.53',
      title: 'methods are of capitals, _ and -',
      server: `location / { GUARD limit_except GET { allow all; } SITE 1 }`,
      requests: [
        ['get /', 'refused 400'],
        ['A1 /', 'refused 400'],
        ['M-SEARCH /', 'proxy_pass 1 200 M-SEARCH /'],
        ['A_B /', 'proxy_pass 1 200 A_B /'],
      ],
      access: { 'location / proxy_pass': ANYBODY },
    },
    {
      id: '10.2b',
      title: 'the redirect of try_files takes no arguments along',
      server: `location / { try_files /none /app; } location = /app { internal; if ($arg_z) { TEXT 1 } TEXT 2 }`,
      requests: [['GET /q?z=1', 'return 2 200']],
      access: {
        'location / static': ANYBODY,
        'location = /app > if ($arg_z) return': 'refused',
        'location = /app return': ANYBODY,
      },
    },
    {
      id: '10.40',
      title: 'SSI: what is included past a deny is the site on the side',
      server: `ssi on; location = /inc { deny all; SITE 2 } location / { }`,
      requests: [['GET /page.html', 'static 200']],
      access: { 'location = /inc proxy_pass': 'unknown refused unknown', 'location / static': ANYBODY },
    },
    {
      id: '10.40',
      title: 'SSI: what is included may end the connection, which is assumed not to be',
      server: `ssi on; location = /secret { return 444; } location / { }`,
      requests: [
        ['GET /ssi.html', { assumedOtherwise: 'what is included answers' }, 'closed 0'],
        ['HEAD /ssi.html', 'empty 200'],
      ],
      access: { 'location / static': ANYBODY },
    },
    {
      id: '10.41',
      title: 'so is what add_after_body adds',
      server: `location = /inc { deny all; SITE 2 } location / { add_after_body /inc; addition_types *; }`,
      requests: [['GET /secret', { contacts: ['site-2'] }, 'static 200']],
      access: { 'location = /inc proxy_pass': ANYBODY, 'location / static': ANYBODY },
    },
    {
      id: '10.41',
      title: 'so is what rules and checks let somebody else alone in, while it is shown',
      server: `addition_types *; location / { return 404; } location = /cut { return 444; } location = /no { internal; return 403; }
        location = /1 { allow 127.0.0.2; deny all; SITE 1 } location = /2 { auth_request /no; SITE 2 } location = /3 { allow 127.0.0.2; deny all; SITE 3 }
        location = /a { add_before_body /1; empty_gif; } location = /b { add_after_body /2; empty_gif; }
        location = /c { add_before_body /3; add_after_body /cut; empty_gif; }`,
      requests: [
        ['GET /1', 'refused 403'],
        ['GET /1', { from: '127.0.0.2' }, 'proxy_pass 1 200'],
        ['GET /2', 'refused 403'],
        ['GET /a', { contacts: ['site-1'] }, 'proxy_pass 1 200'],
        ['GET /b', { contacts: ['site-2'] }, 'empty_gif 200'],
        ['GET /c', { contacts: ['site-3'] }, 'closed 0'],
      ],
      access: {
        'location = /1 proxy_pass': ANYBODY,
        'location = /2 proxy_pass': ANYBODY,
        'location = /3 proxy_pass': 'conditional refused conditional',
        'location = /a empty_gif': ANYBODY,
        'location = /b empty_gif': ANYBODY,
        'location = /c empty_gif': ANYBODY,
      },
    },
    {
      id: '10.42',
      title: 'what is added and ends the connection leaves nothing of the answer',
      server: `location / { return 404; } location = /cut { return 444; } location = /p { internal; SITE 9 } addition_types *;
        location /1 { add_before_body /cut; post_action /p; SITE 1 } location /2 { add_after_body /cut; return 200 "return-2"; }
        location /3 { add_before_body /cut; add_after_body /p; empty_gif; }
        location /4 { add_before_body /p; add_after_body /cut; empty_gif; }`,
      requests: [
        ['GET /1', { contacts: ['site-1'] }, 'closed 0'],
        ['GET /2', 'closed 0'],
        ['GET /3', 'closed 0'],
        ['GET /4', { contacts: ['site-9'] }, 'closed 0'],
      ],
      access: {
        'location = /p proxy_pass': ANYBODY,
        'location /1 proxy_pass': ANYBODY,
        'location /2 return': ANYBODY,
        'location /3 empty_gif': ANYBODY,
        'location /4 empty_gif': ANYBODY,
      },
    },
    {
      id: '10.43',
      title: 'additions come to every answer with status 200, be it empty or a text that refuses',
      server: `addition_types *; location / { return 404; } location = /p { internal; SITE 9 } location = /cut { return 444; }
        location = /q { internal; SITE 8 } location = /r { internal; SITE 7 } location = /s { internal; SITE 6 }
        location /1 { set $e ""; add_before_body /p; return 200 $e; } location /2 { add_after_body /p; return 200; }
        location /3 { add_after_body /r; return 204; } location /4 { add_after_body /r; return 403 "no"; }
        location /5 { error_page 404 =200 /five; return 404; } location = /five { internal; add_after_body /s; return 403 "no"; }
        location /6 { error_page 404 =200 /six; return 404; } location = /six { internal; add_after_body /p; return 204; }
        location /7 { add_after_body /cut; post_action /q; return 200; }
        location /8 { error_page 404 =403 /eight; return 404; } location = /eight { internal; add_after_body /r; return 200; }`,
      requests: [
        ['GET /1', { contacts: ['site-9'] }, 'proxy_pass 9 200'],
        ['HEAD /1', { contacts: [] }, 'empty 200'],
        ['GET /2', { contacts: ['site-9'] }, 'proxy_pass 9 200'],
        ['GET /3', { contacts: [] }, 'empty 204'],
        ['GET /4', { contacts: [] }, 'refused 403'],
        ['GET /5', { contacts: ['site-6'] }, 'noproxy_pass 6 200'],
        ['GET /6', { contacts: ['site-9'] }, 'proxy_pass 9 200'],
        ['GET /7', { contacts: [] }, 'closed 0'],
        ['HEAD /7', { contacts: ['site-8'] }, 'empty 200'],
        ['GET /8', { contacts: [] }, 'refused 403'],
      ],
      access: {
        'location /1 return': 'refused',
        'location = /p proxy_pass': ANYBODY,
        'location = /q proxy_pass': ANYBODY,
        'location = /r proxy_pass': 'refused',
        'location = /s proxy_pass': ANYBODY,
      },
    },
    {
      id: '10.43',
      title: 'SSI reads a text that refuses as well',
      server: `ssi on; ssi_types *; location / { return 403 '<!--#include virtual="/inc" -->'; } location = /inc { internal; SITE 2 }`,
      requests: [['GET /q', { contacts: ['site-2'] }, 'proxy_pass 2 403']],
      access: { 'location = /inc proxy_pass': 'unknown refused unknown' },
    },
  ],
};
