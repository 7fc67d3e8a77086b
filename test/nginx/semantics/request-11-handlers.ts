import { ANYBODY, type Section, TRUSTED } from './rows.js';

const trusted = { certificate: 'trusted' } as const;
const REST = 'location / { return 404; }';

export const section: Section = {
  document: 'request',
  name: '11 content handlers',
  lua: true,
  rows: [
    {
      id: '11.1, 11.2',
      title: 'below a location with a handler files are served',
      server: `${['fastcgi_pass DEAD', 'uwsgi_pass DEAD', 'scgi_pass DEAD', 'empty_gif', 'stub_status']
        .map(
          (handler, index) =>
            `location /${index} { ${handler}; GUARD location /${index}/page.html { alias ROOT/page.html; } }`,
        )
        .join('\n')} ${REST}`,
      requests: [
        ['GET /0', 'refused 403'],
        ['GET /0/page.html', 'static 200'],
        ['GET /1/page.html', 'static 200'],
        ['GET /2/page.html', 'static 200'],
        ['GET /3/page.html', 'static 200'],
        ['GET /3', trusted, 'empty_gif 200'],
        ['GET /4/page.html', 'static 200'],
        ['GET /4', trusted, 'stub_status 200'],
      ],
      access: {
        'location /0 fastcgi_pass': TRUSTED,
        'location /0 > location /0/page.html static': ANYBODY,
        'location /1 uwsgi_pass': TRUSTED,
        'location /1 > location /1/page.html static': ANYBODY,
        'location /2 scgi_pass': TRUSTED,
        'location /2 > location /2/page.html static': ANYBODY,
        'location /3 empty_gif': TRUSTED,
        'location /3 > location /3/page.html static': ANYBODY,
        'location /4 stub_status': TRUSTED,
        'location /4 > location /4/page.html static': ANYBODY,
      },
    },
    {
      id: '11.4',
      title: 'an upstream wins over dav_methods',
      server: 'location / { dav_methods PUT; SITE 1 }',
      requests: [['PUT /z', { body: 1 }, 'proxy_pass 1 200 PUT /z']],
      access: { 'location / proxy_pass': ANYBODY },
    },
    {
      id: '11.5',
      title: 'of two handlers in one location the last one wins',
      server: `location /1 { empty_gif; SITE 1 } location /2 { SITE 2 empty_gif; } ${REST}`,
      requests: [
        ['GET /1', 'proxy_pass 1 200'],
        ['GET /2', 'empty_gif 200'],
      ],
      access: { 'location /1 proxy_pass': ANYBODY, 'location /2 empty_gif': ANYBODY },
    },
    {
      id: '11.5',
      title: 'in a limit_except block the first module that passes on wins, whatever answers in the location',
      server: `location /1 { SITE 1 fastcgi_pass DEAD; limit_except GET { } } location /2 { fastcgi_pass DEAD; SITE 2 limit_except GET { } }
        location /3 { SITE 3 empty_gif; limit_except GET { } } ${REST}`,
      requests: [
        ['POST /1', 'proxy_pass 1 200'],
        ['GET /2', 'proxy_pass 2 200'],
        ['POST /2', 'proxy_pass 2 200'],
        ['GET /3', 'empty_gif 200'],
        ['POST /3', 'proxy_pass 3 200'],
      ],
      access: {
        'location /1 fastcgi_pass': ANYBODY,
        'location /1 proxy_pass': ANYBODY,
        'location /2 proxy_pass': ANYBODY,
        'location /3 empty_gif': ANYBODY,
        'location /3 proxy_pass': ANYBODY,
      },
    },
    {
      id: '11.6',
      title: 'stub_status of the server answers where no location matches',
      server: 'stub_status; location /a { }',
      requests: [
        ['GET /zz', 'stub_status 200'],
        ['GET /a/none', 'refused 404'],
      ],
      access: { 'server stub_status': ANYBODY, 'location /a static': ANYBODY },
    },
    {
      id: '11.8',
      title: 'an upstream of a variable is passed to as computed',
      server: `location / { set $b site-1; proxy_pass http://$b; } location /a/ { set $b site-1; proxy_pass http://$b/fixed; }
        location /c { set $used http://site-1; proxy_pass $used; }`,
      requests: [
        ['GET /x?y', 'proxy_pass 1 200 GET /x?y'],
        ['GET /a/x?y', 'proxy_pass 1 200 GET /fixed'],
        ['GET /c', 'proxy_pass 1 200'],
      ],
      access: {
        'location / proxy_pass': ANYBODY,
        'location /a/ proxy_pass': ANYBODY,
        'location /c proxy_pass': ANYBODY,
      },
    },
    {
      id: '11.8b, 11.8c',
      title: 'also one that the client sends',
      http: '# What the header may name: site-1',
      server: 'location / { proxy_pass http://$http_x_b; }',
      requests: [['GET /x', { headers: [['X-B', 'site-1']] }, 'proxy_pass 1 200']],
      access: { 'location / proxy_pass': ANYBODY },
    },
    {
      id: '11.9',
      title: 'a prefix without its slash is cut as text',
      server: `location /c { proxy_pass http://site-1/; } location /a/ { proxy_pass http://site-1/b/; } ${REST}`,
      requests: [
        ['GET /cxyz', 'proxy_pass 1 200 GET /xyz'],
        ['GET /a/x%2Fy', 'proxy_pass 1 200 GET /b/x/y'],
      ],
      access: { 'location /c proxy_pass': ANYBODY, 'location /a/ proxy_pass': ANYBODY },
    },
    {
      id: '11.30',
      title: 'limit_except loses memcached_pass',
      server: `location /page.html { set $memcached_key k; memcached_pass DEAD; GUARD limit_except GET { allow all; } }
        location /other/ { set $memcached_key k; memcached_pass DEAD; limit_except POST { allow all; } } ${REST}`,
      requests: [
        ['GET /page.html', trusted, 'refused 502'],
        ['POST /page.html', 'refused 405'],
        ['GET /page.html', 'refused 403'],
        ['GET /other/page.html', 'static 200'],
      ],
      access: {
        'location /page.html memcached_pass': TRUSTED,
        'location /other/ static': ANYBODY,
        'location /other/ memcached_pass': 'refused',
      },
    },
    {
      id: '11.10',
      title: 'a computed target without a host is an error of every protocol',
      alone: true,
      http: [2, 3, 4, 5, 6].map(site => `map $arg_to $to${site} { default ""; ${site} site-${site}; }`).join('\n'),
      server: `error_page 500 = @e; location @e { TEXT 1 }
        location /proxy { proxy_pass http://$to2; } location /fastcgi { fastcgi_pass $to3; }
        location /uwsgi { uwsgi_pass uwsgi://$to4; } location /scgi { scgi_pass $to5; }
        location /grpc { grpc_pass grpc://$to6; } location /set { set $s site-3; if ($arg_x) { set $s ''; } fastcgi_pass $s; }
        location = /never { internal; fastcgi_pass site-3; } location = /nor { internal; uwsgi_pass site-4; }
        location = /or { internal; scgi_pass site-5; } location = /ever { internal; grpc_pass grpc://site-6; }`,
      requests: [
        ...['proxy', 'fastcgi', 'uwsgi', 'scgi', 'grpc'].map(name => [`GET /${name}`, 'return 1 200'] as const),
        ['GET /fastcgi?to=3', { contacts: ['site-3'] }, 'fastcgi_pass 3 200'],
        ['GET /set', { contacts: ['site-3'] }, 'fastcgi_pass 3 200'],
        ['GET /set?x=1', 'return 1 200'],
        ['GET /uwsgi?to=4', { contacts: ['site-4'] }, 'uwsgi_pass 4 200'],
        ['GET /scgi?to=5', { contacts: ['site-5'] }, 'scgi_pass 5 200'],
        ['GET /grpc?to=6', { contacts: ['site-6'] }, 'grpc_pass 6 200'],
      ],
      access: {
        'location @e return': ANYBODY,
        ...Object.fromEntries(
          ['proxy', 'fastcgi', 'uwsgi', 'scgi', 'grpc'].map(name => [`location /${name} ${name}_pass`, ANYBODY]),
        ),
        'location /set fastcgi_pass': ANYBODY,
        'location = /never fastcgi_pass': 'refused',
        'location = /nor uwsgi_pass': 'refused',
        'location = /or scgi_pass': 'refused',
        'location = /ever grpc_pass': 'refused',
        'server static': ANYBODY,
      },
    },
    {
      id: '11.11',
      title: 'an empty key is an error of memcached_pass, behind the check of the method',
      alone: true,
      http: 'map $arg_k $memcached_key { "" ""; default "k$http_x_request"; }',
      server: 'location / { error_page 500 = @e; memcached_pass site-7; } location @e { TEXT 8 }',
      requests: [
        ['GET /?k=1', { contacts: ['site-7'] }, 'memcached_pass 7 200'],
        ['GET /', 'return 8 200'],
        ['POST /', 'refused 405'],
      ],
      access: { 'location / memcached_pass': ANYBODY, 'location @e return': ANYBODY },
    },
    {
      id: '11.12',
      title: 'image_filter refuses what is no image, which the configuration does not tell',
      alone: true,
      server: `location / { GUARD image_filter test; error_page 415 = /empty; SITE 9 } location = /empty { internal; TEXT 10 }`,
      requests: [
        [
          'GET /x',
          { certificate: 'trusted', contacts: ['site-9'], assumedOtherwise: 'back ends send images' },
          'return 10 200',
        ],
      ],
      access: { 'location / proxy_pass': TRUSTED, 'location = /empty return': 'refused refused unknown' },
    },
  ],
};
