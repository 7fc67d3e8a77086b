import { ANYBODY, type Section } from './rows.js';

const UNDECIDED = 'unknown refused unknown';
const script = { undecided: 'script' } as const;
const SCRIPT = 'access_by_lua_block { return ngx.exit(403) }';

export const section: Section = {
  document: 'request',
  name: '16 scripted guards',
  lua: true,
  rows: [
    {
      id: '16.1, 16.2',
      title: 'access_by_lua is an access rule, which nested locations inherit',
      server: `location / { ${SCRIPT} SITE 1 location /n/ { SITE 2 } }`,
      requests: [
        ['GET /', script, 'refused 403'],
        ['GET /n/', script, 'refused 403'],
      ],
      access: { 'location / proxy_pass': UNDECIDED, 'location / > location /n/ proxy_pass': UNDECIDED },
    },
    {
      id: '16.2c',
      title: 'and one of their own replaces',
      server: `${SCRIPT} location / { access_by_lua_block { return } SITE 1 }`,
      requests: [['GET /', script, 'proxy_pass 1 200']],
      access: { 'location / proxy_pass': UNDECIDED },
    },
    {
      id: '16.3',
      title: 'it does not come to a return',
      server: `location / { ${SCRIPT} TEXT 1 }`,
      requests: [['GET /', 'return 1 200']],
      access: { 'location / return': ANYBODY },
    },
    {
      id: '16.4',
      title: 'nor into a subrequest',
      server: `location / { auth_request /a; SITE 1 } location = /a { ${SCRIPT} return 204; }`,
      requests: [['GET /', 'proxy_pass 1 200']],
      access: { 'location / proxy_pass': ANYBODY },
    },
    {
      id: '16.5',
      title: 'rewrite_by_lua runs behind the program, unless that answered or changed the URI',
      server: `location / { rewrite_by_lua_block { return ngx.exit(403) } if ($arg_r) { TEXT 1 } if ($arg_l) { rewrite ^ /t? last; } SITE 2
        location /n/ { SITE 3 } } location /t { TEXT 4 } location /b { break; rewrite_by_lua_block { return ngx.exit(403) } SITE 5 }`,
      requests: [
        ['GET /', script, 'refused 403'],
        ['GET /?r=1', 'return 1 200'],
        ['GET /?l=1', 'return 4 200'],
        ['GET /n/', script, 'refused 403'],
        ['GET /b', script, 'refused 403'],
      ],
      access: {
        'location / > if ($arg_r) return': ANYBODY,
        'location / proxy_pass': UNDECIDED,
        'location / > location /n/ proxy_pass': UNDECIDED,
        'location /t return': ANYBODY,
        'location /b proxy_pass': UNDECIDED,
      },
    },
    {
      id: '16.6',
      title: 'set_by_lua is a step of the program',
      server: `location / { set_by_lua_block $ok { return ngx.var.ssl_client_verify == "SUCCESS" and "1" or "0" } if ($ok = 0) { return 403; } SITE 1 }
        location /late { if ($late = 0) { return 403; } set_by_lua_block $late { return "0" } SITE 2 }`,
      requests: [
        ['GET /', script, 'refused 403'],
        ['GET /', { certificate: 'trusted', ...script }, 'proxy_pass 1 200'],
        ['GET /late', 'proxy_pass 2 200'],
      ],
      access: { 'location / proxy_pass': UNDECIDED, 'location /late proxy_pass': ANYBODY },
    },
    {
      id: '16.6b',
      title: 'its value may be passed on, and decides where that is read',
      server: `location / { set_by_lua_block $ok { return "1" } set $copy "a$ok"; SITE 1 }
        location /read { set_by_lua_block $ok { return "1" } set $copy "a$ok"; if ($copy = a0) { return 403; } SITE 2 }`,
      requests: [
        ['GET /', 'proxy_pass 1 200'],
        ['GET /read', script, 'proxy_pass 2 200'],
      ],
      access: { 'location / proxy_pass': ANYBODY, 'location /read proxy_pass': UNDECIDED },
    },
    {
      id: '16.7',
      title: 'ngx.exec leads anywhere, also to a named location past the program of the server',
      server: `location / { access_by_lua_block { return ngx.exec("@x") } } location @x { SITE 1 } location = /hidden { internal; SITE 2 }`,
      requests: [['GET /', script, 'proxy_pass 1 200']],
      access: {
        'location / static': UNDECIDED,
        'location @x proxy_pass': UNDECIDED,
        'location = /hidden proxy_pass': UNDECIDED,
      },
    },
    {
      id: '16.9',
      title: 'content of a script is content',
      server: 'location / { GUARD content_by_lua_block { ngx.say(1) } }',
      requests: [
        ['GET /', 'refused 403'],
        ['GET /', { certificate: 'trusted' }, 'return 200'],
      ],
      access: { 'location / script': 'refused refused reached' },
    },
    {
      id: '11.21',
      title: 'nested locations do not inherit it, and serve files',
      server: 'location / { GUARD content_by_lua_block { ngx.say(1) } location /page.html { } }',
      requests: [
        ['GET /page.html', 'static 200'],
        ['GET /', 'refused 403'],
      ],
      access: { 'location / script': 'refused refused reached', 'location / > location /page.html static': ANYBODY },
    },
    {
      id: '16.11b',
      title: 'under satisfy any a script that merely returns voids a deny',
      server: 'location / { satisfy any; deny all; access_by_lua_block { return } SITE 1 }',
      requests: [['GET /', script, 'proxy_pass 1 200']],
      access: { 'location / proxy_pass': UNDECIDED },
    },
    {
      id: '16.12',
      title: 'server_rewrite_by_lua comes in front of the location',
      server: 'server_rewrite_by_lua_block { return ngx.exit(403) } location / { SITE 1 }',
      requests: [['GET /', script, 'refused 403']],
      access: { 'location / proxy_pass': UNDECIDED },
    },
    {
      id: '16.12',
      title: 'and in front of the program of the server, whatever that does',
      server: `server_rewrite_by_lua_block { if ngx.var.arg_r then return ngx.exit(403) end } error_page 403 = @e; TEXT 1
        location @e { SITE 2 }`,
      requests: [
        ['GET /', script, 'return 1 200'],
        ['GET /?r=1', script, 'proxy_pass 2 200'],
      ],
      access: { 'server return': UNDECIDED, 'location @e proxy_pass': UNDECIDED },
    },
    {
      id: '16.5',
      title: 'rewrite_by_lua of a location leaves the others decided, and of the server stands in each of them',
      server: `location / { GUARD SITE 1 } location /s { rewrite_by_lua_block { return ngx.exec("/i?x=1") } SITE 2 } location /i { GUARD internal; SITE 3 }
        location /j { internal; SITE 4 }`,
      requests: [
        ['GET /s', script, 'refused 403'],
        ['GET /s', { certificate: 'trusted', ...script }, 'proxy_pass 3 200'],
      ],
      access: {
        'location / proxy_pass': 'refused refused reached',
        'location /s proxy_pass': UNDECIDED,
        'location /i proxy_pass': 'refused refused unknown',
        'location /j proxy_pass': UNDECIDED,
      },
    },
    {
      id: '16.14',
      title: 'scripted access comes behind auth_request',
      server: `location / { auth_request /no; ${SCRIPT} SITE 1 } location = /no { return 403; }`,
      requests: [['GET /', 'refused 403']],
      access: { 'location / proxy_pass': 'refused' },
    },
    {
      id: '16.12',
      title: 'what a script has read counts as read last for an index',
      server: `location = /read/ { set_by_lua_block $x { return ngx.var.args } rewrite ^ /dir/?; } location = /unread/ { rewrite ^ /dir/?; } location = /dir/ { internal; index $args.html; }
        location = /app.html { internal; SITE 1 } location / { return 404; }`,
      requests: [
        ['GET /read/?/app', script, 'proxy_pass 1 200'],
        ['GET /unread/?/app', 'refused 403'],
      ],
      access: { 'location = /app.html proxy_pass': UNDECIDED, 'location = /dir/ static': 'refused' },
    },
    {
      id: '16.12',
      title: 'a map that a script has read keeps what it was',
      http: 'map $uri $m1612 { /read 0; /same 0; default 1; }',
      server: `location = /read { set_by_lua_block $x { return ngx.var.m1612 } rewrite ^ /in last; } location = /unread { rewrite ^ /in last; }
        location = /in { internal; if ($m1612) { return 403; } SITE 1 }
        location /same { set_by_lua_block $x { return ngx.var.m1612 } if ($m1612) { return 403; } SITE 2 } location / { return 404; }`,
      requests: [
        ['GET /read', script, 'proxy_pass 1 200'],
        ['GET /unread', 'refused 403'],
        ['GET /same', 'proxy_pass 2 200'],
        ['GET /same/x', 'refused 403'],
      ],
      access: { 'location = /in proxy_pass': UNDECIDED, 'location /same proxy_pass': ANYBODY },
    },
    {
      id: '16.10',
      title: 'a filter of headers keeps nobody from the back end',
      server: 'location / { header_filter_by_lua_block { ngx.status = 403 } SITE 1 }',
      requests: [['GET /', { assumedOtherwise: 'filters leave the status', contacts: ['site-1'] }, 'proxy_pass 1 403']],
      access: { 'location / proxy_pass': ANYBODY },
    },
  ],
};
