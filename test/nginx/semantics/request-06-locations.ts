import { ANYBODY, type Section, TRUSTED } from './rows.js';

const REST = 'location / { return 404; }';

/** The outer location of row 6.36. */
const outer = 'location ~ ^/(?<outer>[a-z]+)/(.)';

export const section: Section = {
  document: 'request',
  name: '6 choosing a location',
  rows: [
    {
      id: '6.1',
      title: 'exact, then ^~ of the longest prefix, then the first regex, then the longest prefix',
      server: `location / { TEXT 1 } location /a { TEXT 2 } location /a/ { TEXT 3 } location = /a/x { TEXT 4 }
        location ^~ /a/n/ { TEXT 5 } location ~ \\.txt$ { TEXT 6 } location ~* \\.TXT$ { TEXT 7 } location ~ ^/a/ { TEXT 8 }`,
      requests: [
        ['GET /', 'return 1 200'],
        ['GET /ab', 'return 2 200'],
        ['GET /a/', 'return 8 200'],
        ['GET /a/x', 'return 4 200'],
        ['GET /a/x/', 'return 8 200'],
        ['GET /a/n/q.txt', 'return 5 200'],
        ['GET /a/y.txt', 'return 6 200'],
        ['GET /q.TXT', 'return 7 200'],
        ['GET /A', 'return 1 200'],
      ],
      access: {
        'location / return': ANYBODY,
        'location /a return': ANYBODY,
        // A regex has every path of this prefix.
        'location /a/ return': 'refused',
        'location = /a/x return': ANYBODY,
        'location ^~ /a/n/ return': ANYBODY,
        'location ~ \\.txt$ return': ANYBODY,
        'location ~* \\.TXT$ return': ANYBODY,
        'location ~ ^/a/ return': ANYBODY,
      },
    },
    {
      id: '6.2',
      title: 'only the ^~ of the longest prefix counts',
      server: 'location ^~ /a/ { TEXT 1 } location /a/b/ { TEXT 2 } location ~ x { TEXT 3 } location / { return 404; }',
      requests: [
        ['GET /a/x', 'return 1 200'],
        ['GET /a/b/x', 'return 3 200'],
        ['GET /a/b/y', 'return 2 200'],
      ],
      access: {
        'location ^~ /a/ return': ANYBODY,
        'location /a/b/ return': ANYBODY,
        'location ~ x return': ANYBODY,
      },
    },
    {
      id: '6.3, 6.4, 6.5, 6.6',
      title: 'a prefix is text, with case, and with its slash',
      server: `location /admin { return 403; } location = /exact { return 403; } location /slash/ { return 403; }
        location ~ ^/secret { return 403; } location / { TEXT 1 }`,
      requests: [
        ['GET /administrator', 'refused 403'],
        ['GET /admin.php', 'refused 403'],
        ['GET /exact', 'refused 403'],
        ['GET /exact?x', 'refused 403'],
        ['GET /exact/', 'return 1 200'],
        ['GET /slash/', 'refused 403'],
        ['GET /slash', 'return 1 200'],
        ['GET /Admin', 'return 1 200'],
        ['GET /SECRET', 'return 1 200'],
      ],
      access: { 'location / return': ANYBODY },
    },
    {
      id: '6.7',
      title: 'the decoded and normalised path is matched',
      server: 'location /admin/ { return 403; } location / { TEXT 1 }',
      requests: [
        ...[
          '//admin/x',
          '/%61dmin/x',
          '/x/../admin/x',
          '/x/%2e%2e/admin/x',
          '/./admin/x',
          '/admin%2fx',
          '/x/..%2fadmin/',
        ].map(target => [`GET ${target}`, 'refused 403'] as const),
        ...['/admin%252fx', '/admin;/x', '/admin\\x', '/admin/..', '/a#frag', '/...//admin/'].map(
          target => [`GET ${target}`, 'return 1 200'] as const,
        ),
        ...['/../x', '/x/../../admin/', '/a%00', '/%zz', '/a%2'].map(
          target => [`GET ${target}`, 'refused 400'] as const,
        ),
      ],
      access: { 'location / return': ANYBODY },
    },
    {
      id: '6.8',
      title: 'without merge_slashes a second slash leaves a prefix',
      server: 'merge_slashes off; location /admin/ { return 403; } location / { TEXT 1 }',
      requests: [
        ['GET //admin/x', 'return 1 200'],
        ['GET /admin//x', 'refused 403'],
      ],
      access: { 'location / return': ANYBODY },
    },
    {
      id: '6.8b',
      title: 'the setting is that of the default server, on',
      http: `server { PLAIN server_name d.test; location / { TEXT 1 } }
        server { PLAIN server_name b.test; merge_slashes off; location /admin/ { SITE 3 } location / { TEXT 2 } }`,
      requests: [['GET //admin/x', { to: 'plain', host: 'b.test' }, 'proxy_pass 3 200']],
      access: {
        'd.test: location / return': 'reached',
        'b.test: location /admin/ proxy_pass': 'reached',
        'b.test: location / return': 'reached',
      },
    },
    {
      id: '6.8c',
      title: 'and off',
      http: `server { PLAIN server_name d.test; merge_slashes off; location / { TEXT 1 } }
        server { PLAIN server_name b.test; location /admin/ { return 403; } location ^~ //admin/ { TEXT 2 } location / { return 404; } }`,
      requests: [['GET //admin/x', { to: 'plain', host: 'b.test' }, 'return 2 200']],
      access: { 'd.test: location / return': 'reached', 'b.test: location ^~ //admin/ return': 'reached' },
    },
    {
      id: '6.9',
      title: 'the path of an absolute target counts, and its host',
      server: `location /admin/ { return 403; } location / { if ($host = other.test) { TEXT 1 } TEXT 2 }`,
      requests: [
        ['GET http://a.test/admin/x', 'refused 403'],
        ['GET https://other.test/x', { host: 'a.test' }, 'return 1 200'],
        ['GET https://other.test', 'return 1 200'],
        ['GET /x', 'return 2 200'],
      ],
      access: { 'location / > if ($host = other.test) return': ANYBODY, 'location / return': ANYBODY },
    },
    {
      id: '6.10',
      title: 'a target without a slash is refused',
      server: 'location / { TEXT 1 }',
      requests: [
        ['OPTIONS *', 'refused 400'],
        ['GET x', 'refused 400'],
      ],
      access: { 'location / return': ANYBODY },
    },
    {
      id: '6.11',
      title: 'nested regexes of the matched prefix come first, from inside to outside',
      server: `location / { TEXT 1 location ~ \\.php$ { TEXT 2 } }
        location /a/ { TEXT 3 location /a/b/ { TEXT 4 location ~ \\.php$ { TEXT 5 } } location ~ \\.js$ { TEXT 6 } }
        location ~ \\.js$ { TEXT 7 }`,
      requests: [
        ['GET /x.php', 'return 2 200'],
        ['GET /a/x.php', 'return 3 200'],
        ['GET /a/b/x.php', 'return 5 200'],
        ['GET /a/b/x.js', 'return 6 200'],
        ['GET /a/x.js', 'return 6 200'],
        ['GET /x.js', 'return 7 200'],
        ['GET /a/b/x', 'return 4 200'],
        ['GET /x', 'return 1 200'],
      ],
      access: {
        'location / return': ANYBODY,
        'location / > location ~ \\.php$ return': ANYBODY,
        'location /a/ return': ANYBODY,
        'location /a/ > location /a/b/ return': ANYBODY,
        'location /a/ > location /a/b/ > location ~ \\.php$ return': ANYBODY,
        'location /a/ > location ~ \\.js$ return': ANYBODY,
        'location ~ \\.js$ return': ANYBODY,
      },
    },
    {
      id: '6.12',
      title: '^~ stops the regexes beside it, not those within it',
      server: `location ^~ /a/ { GUARD SITE 1 location ~ \\.js$ { SITE 2 } } location ~ \\. { SITE 3 } ${REST}`,
      requests: [
        ['GET /a/x.js', 'proxy_pass 2 200'],
        ['GET /a/x.css', 'refused 403'],
      ],
      access: {
        'location ^~ /a/ proxy_pass': TRUSTED,
        'location ^~ /a/ > location ~ \\.js$ proxy_pass': ANYBODY,
        'location ~ \\. proxy_pass': ANYBODY,
      },
    },
    {
      id: '6.12b',
      title: '^~ of a nested prefix stops those of its parent, not those of the server',
      server: `location /a/ { TEXT 1 location ^~ /a/b/ { TEXT 2 } location ~ \\.js$ { TEXT 3 } } location ~ \\.js$ { TEXT 4 } ${REST}`,
      requests: [
        ['GET /a/b/x.js', 'return 4 200'],
        ['GET /a/b/x', 'return 2 200'],
        ['GET /a/x.js', 'return 3 200'],
      ],
      access: {
        'location /a/ return': ANYBODY,
        'location /a/ > location ^~ /a/b/ return': ANYBODY,
        'location /a/ > location ~ \\.js$ return': ANYBODY,
        'location ~ \\.js$ return': ANYBODY,
      },
    },
    {
      id: '6.13, 6.14',
      title: 'a regex location holds others, and a nested exact one wins',
      server: `location ~ ^/r { TEXT 1 location ~ \\.x$ { TEXT 2 } } location /a/ { TEXT 3 location = /a/e { TEXT 4 } }
        location ~ f { TEXT 5 } ${REST}`,
      requests: [
        ['GET /r.x', 'return 2 200'],
        ['GET /r', 'return 1 200'],
        ['GET /a/e', 'return 4 200'],
        ['GET /a/f', 'return 5 200'],
      ],
      access: {
        'location ~ ^/r return': ANYBODY,
        'location ~ ^/r > location ~ \\.x$ return': ANYBODY,
        'location /a/ return': ANYBODY,
        'location /a/ > location = /a/e return': ANYBODY,
        'location ~ f return': ANYBODY,
      },
    },
    {
      id: '6.15, 6.15b, 6.16',
      title: 'a prefix that passes on redirects the request without its slash',
      server: `location /app/ { SITE 1 } location /f/ { fastcgi_pass DEAD; } location /r/ { TEXT 2 } location /g/ { empty_gif; }
        location / { TEXT 3 }`,
      requests: [
        ['GET /app', 'redirected 301'],
        ['GET /app?q=1', 'redirected 301'],
        ['GET /app/', 'proxy_pass 1 200'],
        ['GET /f', 'redirected 301'],
        ['GET /r', 'return 3 200'],
        ['GET /g', 'return 3 200'],
      ],
      access: {
        'location /app/ proxy_pass': ANYBODY,
        'location /f/ fastcgi_pass': ANYBODY,
        'location /r/ return': ANYBODY,
        'location /g/ empty_gif': ANYBODY,
        'location / return': ANYBODY,
      },
    },
    {
      id: '6.17, 6.18c, 6.18d',
      title: 'not where an exact location has the name, nor for an if; regexes do not matter',
      server: `location = /app { TEXT 1 } location /app/ { SITE 2 } location /i/ { if ($arg_x) { SITE 3 } } location /q/ { SITE 4 }
        location ~ ^/q { TEXT 5 } location / { TEXT 6 }`,
      requests: [
        ['GET /app', 'return 1 200'],
        ['GET /i', 'return 6 200'],
        ['GET /q', 'redirected 301'],
        ['GET /qq', 'return 5 200'],
      ],
      access: {
        'location = /app return': ANYBODY,
        'location /app/ proxy_pass': ANYBODY,
        'location /i/ static': ANYBODY,
        'location /i/ > if ($arg_x) proxy_pass': ANYBODY,
        'location /q/ proxy_pass': 'refused',
        'location ~ ^/q return': ANYBODY,
        'location / return': ANYBODY,
      },
    },
    {
      id: '6.15',
      title: 'also where another handler takes the place of the one that passes on',
      server: 'location /app/ { uwsgi_pass DEAD; empty_gif; } location / { TEXT 1 }',
      requests: [
        ['GET /app', 'redirected 301'],
        ['GET /app/', 'empty_gif 200'],
      ],
      access: { 'location /app/ empty_gif': ANYBODY, 'location / return': ANYBODY },
    },
    {
      id: '6.18',
      title: 'in front of the check of the location',
      server: 'location /app/ { GUARD SITE 1 } location / { return 404; }',
      requests: [
        ['GET /app', 'redirected 301'],
        ['GET /app/', 'refused 403'],
      ],
      access: { 'location /app/ proxy_pass': TRUSTED },
    },
    {
      id: '6.18b',
      title: 'and behind that of the server',
      server: 'GUARD location /app/ { SITE 1 } location / { return 404; }',
      requests: [['GET /app', 'refused 403']],
      access: { 'location /app/ proxy_pass': TRUSTED },
    },
    {
      id: '6.19, 6.20',
      title: 'every server serves files where no location matches',
      server: 'location /api/ { GUARD SITE 1 }',
      requests: [
        ['GET /page.html', 'static 200'],
        ['GET /', 'static 200'],
        ['GET /other/', 'refused 403'],
        ['GET /dir', 'redirected 301'],
        ['GET /none', 'refused 404'],
      ],
      access: { 'location /api/ proxy_pass': TRUSTED, 'server static': ANYBODY },
    },
    {
      id: '6.21',
      title: 'so does a location without a handler',
      server: 'location / { }',
      requests: [['GET /page.html', 'static 200']],
      access: { 'location / static': ANYBODY },
    },
    {
      id: '6.22',
      title: 'no URI leads to a named location',
      server: 'location @n { SITE 1 } location / { TEXT 2 }',
      requests: [['GET /@n', 'return 2 200']],
      access: { 'location @n proxy_pass': 'refused', 'location / return': ANYBODY },
    },
    {
      id: '6.23',
      title: 'of two equal regexes the first wins',
      server:
        'location ~ a { TEXT 1 } location ~ ^/b { TEXT 2 } location ~ a { SITE 3 } location / { return 404; } location = / { return 403; }',
      requests: [['GET /a', 'return 1 200']],
      access: {
        'location ~ a return': ANYBODY,
        'location ~ ^/b return': ANYBODY,
        'location ~ a proxy_pass': 'refused',
      },
    },
    {
      id: '6.24',
      title: 'the sign may stand without a blank',
      server: `location =/x { TEXT 1 } location ^~/n { TEXT 2 } location ~\\.q$ { TEXT 3 } location ~*\\.z$ { TEXT 4 } ${REST}`,
      requests: [
        ['GET /x', 'return 1 200'],
        ['GET /n.q', 'return 2 200'],
        ['GET /a.q', 'return 3 200'],
        ['GET /a.Z', 'return 4 200'],
      ],
      access: {
        'location =/x return': ANYBODY,
        'location ^~/n return': ANYBODY,
        'location ~\\.q$ return': ANYBODY,
        'location ~*\\.z$ return': ANYBODY,
      },
    },
    {
      id: '6.26',
      title: 'the text of a location is neither decoded nor normalised',
      server: `location /%61b { TEXT 1 } location /a//b { TEXT 2 } location foo { TEXT 3 } location "/a b" { TEXT 4 } ${REST}`,
      requests: [
        ['GET /%61b', 'refused 404'],
        ['GET /%2561b', 'return 1 200'],
        ['GET /a//b', 'refused 404'],
        ['GET /foo', 'refused 404'],
        ['GET /a%20b', 'return 4 200'],
      ],
      access: {
        'location /%61b return': ANYBODY,
        'location /a//b return': 'refused',
        'location foo return': 'refused',
        'location /a b return': ANYBODY,
      },
    },
    {
      id: '6.27b, 6.27c, 6.27d',
      title: 'a newline passes a refusal by . and meets one by $',
      server: `location ~ ^/adm$ { return 403; } location ~ ^/x.*\\.php$ { return 403; }
        location ~ ^/(?!pub|x|adm).*$ { return 403; } location / { TEXT 1 }`,
      requests: [
        ['GET /adm%0a', 'refused 403'],
        ['GET /adm%0d', 'return 1 200'],
        ['GET /x/y.php', 'refused 403'],
        ['GET /x/%0ay.php', 'return 1 200'],
        ['GET /q', 'refused 403'],
        ['GET /q%0ay%0az', 'return 1 200'],
      ],
      access: { 'location / return': ANYBODY },
    },
    {
      id: '6.28',
      title: 'bytes are matched as bytes',
      server: `location /\xc3\xa9 { TEXT 1 } ${REST}`,
      requests: [
        ['GET /%c3%a9', 'return 1 200'],
        ['GET /\xc3\xa9', 'return 1 200'],
        ['GET /%c3%89', 'refused 404'],
        ['GET /%e9', 'refused 404'],
      ],
      access: { 'location /\xc3\xa9 return': ANYBODY },
    },
    {
      id: '6.29',
      title: 'a location is chosen by the URI behind the rewrites of the server',
      server:
        'rewrite ^/pub/(.*) /adm/$1; location /adm/ { TEXT 1 } location /pub/ { TEXT 2 } location / { return 404; }',
      requests: [['GET /pub/x', 'return 1 200']],
      access: { 'location /adm/ return': ANYBODY, 'location /pub/ return': 'refused' },
    },
    {
      id: '6.31',
      title: 'internal refuses with 404, which leads to an error page',
      server:
        'location /i/ { internal; TEXT 1 } error_page 404 = @x; location @x { TEXT 2 } location / { return 403; }',
      requests: [['GET /i/', 'return 2 200']],
      access: { 'location /i/ return': 'refused', 'location @x return': ANYBODY },
    },
    {
      id: '6.32',
      title: 'a rewrite that matches opens it',
      server: `rewrite ^/pub/(.*)$ /i/$1; location /i/ { internal; TEXT 1 } location / { return 404; }`,
      requests: [
        ['GET /pub/x', 'return 1 200'],
        ['GET /i/x', 'refused 404'],
      ],
      access: { 'location /i/ return': ANYBODY },
    },
    {
      id: '6.33',
      title: 'also one that changes nothing',
      server: 'rewrite ^(.*)$ $1; location /i/ { internal; TEXT 1 } location / { return 404; }',
      requests: [['GET /i/x', 'return 1 200']],
      access: { 'location /i/ return': ANYBODY },
    },
    {
      id: '6.34',
      title: 'and one in a location',
      server: `location /p/ { rewrite ^/p/(.*) /i/$1 last; return 404; } location /i/ { internal; TEXT 1 } ${REST}`,
      requests: [['GET /p/x', 'return 1 200']],
      access: { 'location /i/ return': ANYBODY },
    },
    {
      id: '6.36',
      title: 'a regex inside a regex location keeps the names of the outer one, and takes its numbers',
      server: `location ~ "^/(?<outer>[a-z]+)/(.)" { location ~ "\\.(?<inner>php)$" { if ($outer = a) { TEXT 1 } set $n $2; if ($n) { TEXT 2 } TEXT 3 }
        location ~ x$ { set $n $1; if ($n) { TEXT 4 } if ($outer = b) { TEXT 5 } TEXT 6 } location ~ y$ { if ($inner) { TEXT 7 } TEXT 8 } return 403; } location / { return 404; }`,
      requests: [
        ['GET /a/b.php', 'return 1 200'],
        ['GET /c/b.php', 'return 3 200'],
        ['GET /b/x', 'return 5 200'],
        ['GET /c/x', 'return 6 200'],
        ['GET /c/y', 'return 8 200'],
      ],
      access: {
        [`${outer} > location ~ \\.(?<inner>php)$ > if ($outer = a) return`]: ANYBODY,
        [`${outer} > location ~ \\.(?<inner>php)$ > if ($n) return`]: 'refused',
        [`${outer} > location ~ \\.(?<inner>php)$ return`]: ANYBODY,
        [`${outer} > location ~ x$ > if ($n) return`]: 'refused',
        [`${outer} > location ~ x$ > if ($outer = b) return`]: ANYBODY,
        [`${outer} > location ~ x$ return`]: ANYBODY,
        [`${outer} > location ~ y$ > if ($inner) return`]: 'refused',
        [`${outer} > location ~ y$ return`]: ANYBODY,
      },
    },
    {
      id: '6.30',
      title: 'a request line of HTTP/0.9 has no Host; it is refused for its length before its method',
      http: `server { PLAIN server_name d.test; large_client_header_buffers 4 1k;
        location / { if ($host != d.test) { return 404; } TEXT 1 } error_page 414 = /long; location = /long { TEXT 2 } }`,
      requests: [
        ['GET /', { to: 'plain', version: '0.9' }, 'return 1 0'],
        ['POST /', { to: 'plain', version: '0.9' }, 'refused 0'],
        [`GET /${'l'.repeat(1100)}`, { to: 'plain', version: '0.9' }, 'return 2 200'],
        [`POST /${'l'.repeat(1100)}`, { to: 'plain', version: '0.9' }, 'return 2 200'],
      ],
      access: { 'location / return': 'reached', 'location = /long return': 'reached' },
    },
  ],
};
