import { ANYBODY, type Section, TRUSTED } from './rows.js';

const trusted = { certificate: 'trusted' } as const;

export const section: Section = {
  document: 'request',
  name: '3 several ifs, break, and who owns the handler',
  rows: [
    {
      id: '3.1',
      title: 'a matched if with an upstream does not end the program',
      server: 'location / { if ($arg_x) { SITE 1 } GUARD SITE 2 }',
      requests: [
        ['GET /?x=1', 'refused 403'],
        ['GET /?x=1', trusted, 'proxy_pass 1 200'],
        ['GET /', trusted, 'proxy_pass 2 200'],
      ],
      access: { 'location / > if ($arg_x) proxy_pass': TRUSTED, 'location / proxy_pass': TRUSTED },
    },
    {
      id: '3.2',
      title: 'with break it does, and needs no certificate',
      server: 'location / { if ($arg_x) { SITE 1 break; } GUARD SITE 2 }',
      requests: [
        ['GET /?x=1', 'proxy_pass 1 200'],
        ['GET /', 'refused 403'],
      ],
      access: { 'location / > if ($arg_x) proxy_pass': ANYBODY, 'location / proxy_pass': TRUSTED },
    },
    {
      id: '3.10',
      title: 'wherever in the if the break stands',
      server: 'location / { if ($arg_x) { break; SITE 1 } return 418; }',
      requests: [
        ['GET /?x=1', 'proxy_pass 1 200'],
        ['GET /', 'refused 418'],
      ],
      access: { 'location / > if ($arg_x) proxy_pass': ANYBODY, 'location / static': 'refused' },
    },
    {
      id: '3.3',
      title: 'a break under a condition of the client disarms the check behind it',
      server: 'location / { if ($arg_x) { break; } GUARD SITE 1 }',
      requests: [
        ['GET /?x=1', 'proxy_pass 1 200'],
        ['GET /', 'refused 403'],
      ],
      access: { 'location / proxy_pass': ANYBODY },
    },
    {
      id: '3.4',
      title: 'the last matching if wins',
      server: 'location / { if ($arg_x) { SITE 1 } if ($arg_y) { SITE 2 } SITE 3 }',
      requests: [
        ['GET /?x=1&y=1', 'proxy_pass 2 200'],
        ['GET /?x=1', 'proxy_pass 1 200'],
        ['GET /?y=1', 'proxy_pass 2 200'],
        ['GET /', 'proxy_pass 3 200'],
      ],
      access: {
        'location / > if ($arg_x) proxy_pass': ANYBODY,
        'location / > if ($arg_y) proxy_pass': ANYBODY,
        'location / proxy_pass': ANYBODY,
      },
    },
    {
      id: '3.5',
      title: 'a later if without a handler goes back to the upstream of the location',
      server: 'location / { if ($arg_x) { SITE 1 } if ($arg_y) { set $z 1; } SITE 3 }',
      requests: [
        ['GET /?x=1&y=1', 'proxy_pass 3 200'],
        ['GET /?x=1', 'proxy_pass 1 200'],
      ],
      access: { 'location / > if ($arg_x) proxy_pass': ANYBODY, 'location / proxy_pass': ANYBODY },
    },
    {
      id: '3.6',
      title: 'where the location has none, that is a dead end',
      server: 'location / { if ($arg_x) { SITE 1 } if ($ssl_client_verify != SUCCESS) { set $z 1; } }',
      requests: [
        ['GET /page.html?x=1', 'refused 500'],
        ['GET /page.html?x=1', trusted, 'proxy_pass 1 200'],
        ['GET /page.html', 'static 200'],
      ],
      access: { 'location / > if ($arg_x) proxy_pass': TRUSTED, 'location / static': ANYBODY },
    },
    {
      id: '3.6',
      title: 'which memcached reaches after it has refused other methods',
      server: `location / {
        set $memcached_key k;
        if ($arg_x) { memcached_pass 127.0.0.1:1; }
        if ($uri) { set $z 1; }
        error_page 405 = @refused; error_page 500 = @dead;
      }
      location @refused { SITE 1 }
      location @dead { SITE 2 }`,
      requests: [
        ['GET /page.html?x=1', 'proxy_pass 2 200'],
        ['POST /page.html?x=1', 'proxy_pass 1 200'],
      ],
      access: {
        'location / static': ANYBODY,
        'location / > if ($arg_x) memcached_pass': 'refused refused refused',
        'location @refused proxy_pass': ANYBODY,
        'location @dead proxy_pass': ANYBODY,
      },
    },
    {
      id: '3.24',
      title: 'and where it has one of another kind',
      server: `location / { if ($arg_x) { fastcgi_pass DEAD; } if ($ssl_client_verify != SUCCESS) { set $z 1; } SITE 3 }`,
      requests: [
        ['GET /?x=1', 'refused 500'],
        ['GET /', 'proxy_pass 3 200'],
      ],
      access: { 'location / > if ($arg_x) fastcgi_pass': TRUSTED, 'location / proxy_pass': ANYBODY },
    },
    {
      id: '3.25',
      title:
        'but a nested location inherits the back end of memcached_pass, which answers behind a handler that is left over',
      server: `location / { set $memcached_key "k$http_x_request"; memcached_pass site-91; location /a {
          set $memcached_key "k$http_x_request"; if ($arg_x) { memcached_pass site-92; } if ($arg_y) { set $z 1; }
          GUARD stub_status; } }`,
      requests: [
        ['GET /a?x=1&y=1', 'refused 403'],
        ['GET /a?x=1&y=1', { certificate: 'trusted' }, 'memcached_pass 91 200'],
        ['GET /a?x=1', { certificate: 'trusted' }, 'memcached_pass 92 200'],
        ['GET /a', { certificate: 'trusted' }, 'stub_status 200'],
      ],
      access: {
        'location / memcached_pass': ANYBODY,
        'location / > location /a > if ($arg_x) memcached_pass': TRUSTED,
        'location / > location /a stub_status': TRUSTED,
      },
    },
    {
      id: '3.7',
      title: 'settings of an earlier matched if are lost',
      server: `location / { add_header X-Block location; if ($arg_x) { add_header X-Block if; } if ($arg_y) { set $z 1; }
        SITE 3 }`,
      requests: [
        ['GET /?x=1', 'proxy_pass 3 200'],
        ['GET /?x=1&y=1', 'proxy_pass 3 200'],
        ['GET /', 'proxy_pass 3 200'],
      ],
      access: { 'location / proxy_pass': ANYBODY },
    },
    {
      id: '3.8',
      title: 'a return behind an if with an upstream answers',
      server: 'location / { if ($arg_x) { SITE 1 } return 418; }',
      requests: [['GET /?x=1', 'refused 418']],
      access: {},
    },
    {
      id: '3.11',
      title: 'the handler of the if replaces one of another kind',
      server: `location /1 { if ($ssl_client_verify = SUCCESS) { fastcgi_pass DEAD; } SITE 1 }
        location /2 { if ($ssl_client_verify = SUCCESS) { SITE 2 } fastcgi_pass DEAD; } location / { return 404; }`,
      requests: [
        ['GET /1', 'proxy_pass 1 200'],
        ['GET /2', trusted, 'proxy_pass 2 200'],
      ],
      access: {
        'location /1 > if ($ssl_client_verify = SUCCESS) fastcgi_pass': TRUSTED,
        'location /1 proxy_pass': 'reached refused refused',
        'location /2 > if ($ssl_client_verify = SUCCESS) proxy_pass': TRUSTED,
        'location /2 fastcgi_pass': 'reached refused refused',
      },
    },
    {
      id: '3.13',
      title: 'an error page of the location takes the refusal of its check',
      server: 'location / { error_page 403 = /b; GUARD SITE 1 } location = /b { SITE 2 }',
      requests: [['GET /x', 'proxy_pass 2 200 GET /b']],
      access: { 'location / proxy_pass': TRUSTED, 'location = /b proxy_pass': ANYBODY },
    },
    {
      id: '3.14',
      title: 'so does one in the matched if',
      server: `location / { if ($ssl_client_verify != SUCCESS) { error_page 403 = @b; return 403; } SITE 1 }
        location @b { SITE 2 }`,
      requests: [['GET /x', 'proxy_pass 2 200']],
      access: { 'location / proxy_pass': TRUSTED, 'location @b proxy_pass': 'reached refused refused' },
    },
    {
      id: '3.15',
      title: 'a rewrite with break skips the check and keeps the location',
      server: 'location / { if ($arg_x) { rewrite ^ /y break; } GUARD SITE 1 }',
      requests: [
        ['GET /z?x=1', 'proxy_pass 1 200 GET /y?x=1'],
        ['GET /z', 'refused 403'],
      ],
      access: { 'location / proxy_pass': ANYBODY },
    },
    {
      id: '3.16',
      title: 'one with last skips it and chooses a location anew',
      server: 'location / { if ($arg_x) { rewrite ^ /y? last; } GUARD SITE 1 } location /y { SITE 2 }',
      requests: [['GET /z?x=1', 'proxy_pass 2 200 GET /y']],
      access: { 'location / proxy_pass': TRUSTED, 'location /y proxy_pass': ANYBODY },
    },
    {
      id: '3.17',
      title: 'one without a flag does not skip it',
      server: 'location / { if ($arg_x) { rewrite ^ /y?; } GUARD SITE 1 } location /y { internal; SITE 2 }',
      requests: [
        ['GET /z?x=1', 'refused 403'],
        ['GET /z?x=1', trusted, 'proxy_pass 2 200'],
      ],
      access: { 'location / proxy_pass': TRUSTED, 'location /y proxy_pass': TRUSTED },
    },
    {
      id: '3.20',
      title: 'a check behind the upstream runs in front of it',
      server: 'location / { SITE 1 GUARD }',
      requests: [['GET /', 'refused 403']],
      access: { 'location / proxy_pass': TRUSTED },
    },
    {
      id: '3.21',
      title: 'return answers in front of deny',
      server: 'location / { deny all; TEXT 1 }',
      requests: [['GET /', 'return 1 200']],
      access: { 'location / return': ANYBODY },
    },
    {
      id: '3.26',
      title: 'a positive check without a final refusal exposes the files',
      server: 'location / { if ($ssl_client_verify = SUCCESS) { SITE 1 } }',
      requests: [
        ['GET /page.html', 'static 200'],
        ['GET /page.html', trusted, 'proxy_pass 1 200'],
      ],
      access: {
        'location / > if ($ssl_client_verify = SUCCESS) proxy_pass': TRUSTED,
        'location / static': 'reached refused refused',
      },
    },
    {
      id: '3.27',
      title: 'with break and a final refusal it holds',
      server: 'location / { if ($ssl_client_verify = SUCCESS) { SITE 1 break; } return 403; }',
      requests: [
        ['GET /page.html', 'refused 403'],
        ['GET /page.html', trusted, 'proxy_pass 1 200'],
      ],
      access: {
        'location / > if ($ssl_client_verify = SUCCESS) proxy_pass': TRUSTED,
        'location / static': 'refused',
      },
    },
  ],
};
