import { ANYBODY, type Exchange, type Row, type Section, TRUSTED, UNDER_A_CONDITION } from './rows.js';

const trusted = { certificate: 'trusted' } as const;
const YES = 'return 1 200';
const NO = 'refused 403';

/** A server that answers where the variable has a value. Maps of all rows stand in one http block, so each has its own name. */
function answersFor(
  variable: string,
  value: string,
  row: Pick<Row, 'id' | 'title' | 'http' | 'requests'> & Partial<Row>,
): Row {
  return {
    server: `location / { if ($${variable} = "${value}") { TEXT 1 } return 403; }`,
    access: { [`location / > if ($${variable} = ${value}) return`]: ANYBODY },
    ...row,
  };
}

const given = (target: string, answer: string): Exchange => [`GET /?x=${target}`, answer];
const from = (address: string, answer: string): Exchange => ['GET /', { from: address }, answer];

export const section: Section = {
  document: 'request',
  name: '5 map, geo, split_clients, and variables that can be replaced',
  rows: [
    answersFor('m51', 'ok', {
      id: '5.1',
      title: 'literal keys ignore case',
      http: 'map $arg_x $m51 { SUCCESS ok; default no; }',
      requests: [given('SUCCESS', YES), given('SuCCess', YES), given('SUCCESSX', NO)],
    }),
    answersFor('m52', '', {
      id: '5.2',
      title: 'without a default the value is empty',
      http: 'map $arg_x $m52 { a 1; }',
      requests: [given('b', YES), given('a', NO)],
      access: { 'location / > if ($m52 = ) return': ANYBODY },
    }),
    answersFor('m53', '1', {
      id: '5.3',
      title: 'regex keys mind the case unless ~* says otherwise, and are unanchored',
      http: 'map $arg_x $m53 { ~abc 1; ~*def 1; default 0; }',
      requests: [given('zabcz', YES), given('ABC', NO), given('xDEFx', YES)],
    }),
    answersFor('m54', '2', {
      id: '5.4',
      title: 'a literal key wins wherever it stands',
      http: 'map $arg_x $m54 { ~^a 1; abc 2; }',
      requests: [given('abc', YES), given('abd', NO)],
    }),
    answersFor('m55', '2', {
      id: '5.5',
      title: 'regex keys are tried in their order',
      http: 'map $arg_x $m55 { ~b 1; ~a 2; }',
      requests: [given('ab', NO), given('a', YES)],
    }),
    answersFor('m56', '0', {
      id: '5.6',
      title: 'no regex key fits an empty value',
      http: 'map $arg_x $m56 { "~^$" 1; "~.*" 2; default 0; }',
      requests: [given('', YES), given('1', NO)],
    }),
    answersFor('m57', 'e', {
      id: '5.7',
      title: 'an empty key fits an empty value',
      http: 'map $arg_x $m57 { "" e; default d; }',
      requests: [['GET /', YES], given('1', NO)],
    }),
    answersFor('m58', '1', {
      id: '5.8',
      title: 'a star without hostnames is a star',
      http: 'map $arg_x $m58 { *.a.test 1; default 0; }',
      requests: [given('b.a.test', NO), given('*.a.test', YES)],
    }),
    answersFor('m59', '1', {
      id: '5.9',
      title: 'hostnames: exact, leading, trailing; longest first; a final dot is ignored',
      http: `map $arg_x $m59 { hostnames; default 0; *.a.test 1; b.a.test 2; .c.test 1; d.* 1; *.b.a.test 3; }`,
      requests: [
        given('z.a.test', YES),
        given('a.test', NO),
        given('b.a.test', NO),
        given('c.test', YES),
        given('q.c.test', YES),
        given('d.org', YES),
        given('q.b.a.test', NO),
        given('B.A.TEST.', NO),
        given('Z.A.TEST.', YES),
      ],
    }),
    answersFor('m510', 'r', {
      id: '5.10',
      title: 'wildcards win over regex keys',
      http: 'map $arg_x $m510 { hostnames; ~. r; d.* t; *.test l; }',
      requests: [given('d.test', NO), given('d.org', NO), given('q', YES)],
    }),
    answersFor('m511', 'y', {
      id: '5.11',
      title: 'a composed source is plain text',
      http: 'map "$arg_a:$arg_b" $m511 { "1:2:3" y; default n; }',
      requests: [
        ['GET /?a=1&b=2:3', YES],
        ['GET /?a=1:2&b=3', YES],
        ['GET /?a=1', NO],
      ],
    }),
    answersFor('m512', 'q-q-7', {
      id: '5.12',
      title: 'values hold variables and groups',
      http: 'map $arg_x $m512 { "~^(?<w512>.)" "$w512-$1-$arg_y"; default "d$arg_y"; }',
      requests: [
        ['GET /?x=qq&y=7', YES],
        ['GET /?y=7', NO],
      ],
    }),
    answersFor('m513', 'one', {
      id: '5.13, 5.14',
      title: 'a map of a map, in any order',
      http: 'map $n513 $m513 { 1 one; default none; } map $arg_x $n513 { a 1; default 0; }',
      requests: [given('a', YES), given('b', NO)],
    }),
    answersFor('m515', '1', {
      id: '5.15',
      title: 'a backslash makes a special word a key',
      http: 'map $arg_x $m515 { \\default 1; \\~a 1; default 0; }',
      requests: [given('default', YES), given('~a', YES), given('q', NO)],
    }),
    answersFor('m526', '1', {
      id: '5.26',
      title: 'volatile with a value is a key',
      http: 'map $arg_x $m526 { volatile 1; default 0; }',
      requests: [given('volatile', YES), given('q', NO)],
    }),
    answersFor('m518', 'second', {
      id: '5.18',
      title: 'of two maps for one variable the last wins',
      http: 'map $arg_x $m518 { default first; } map $arg_x $m518 { default second; }',
      requests: [['GET /', YES]],
    }),
    {
      id: '5.20, 5.20d',
      title: 'a map is computed once, so the first pass decides for the redirect',
      http: 'map $uri $m520 { /open 0; default 1; }',
      server: `if ($m520) { return 403; } location = /open { try_files /none /hidden; } location / { SITE 1 }`,
      requests: [
        ['GET /hidden', 'refused 403'],
        ['GET /open', 'proxy_pass 1 200 GET /hidden'],
        // The key ignores the case, the location does not.
        ['GET /OPEN', 'proxy_pass 1 200'],
      ],
      access: { 'location = /open static': ANYBODY, 'location / proxy_pass': ANYBODY },
    },
    {
      id: '5.20, 5.20d',
      title: 'what a back end is sent is read first, and stays for an error page and for whoever waits',
      http: 'map $uri $m520f { /late 0; /asked 0; /seven 0; default 1; } map $m520f $m520g { 0 0; default 1; }',
      server: `location = /late { proxy_set_header X-M $m520g; proxy_pass http://DEAD; error_page 502 = /one; } location = /soon { proxy_pass http://DEAD; error_page 502 = /one; }
        location = /one { internal; if ($m520f) { return 403; } SITE 1 } location = /cut { proxy_set_header X-M $m520g; SITE 7 error_page 400 = /seven; }
        location = /seven { internal; if ($m520f) { return 403; } SITE 8 }
        location = /asked { internal; fastcgi_param M $m520g; fastcgi_pass 127.0.0.1:1; error_page 502 = /fine; } location = /fine { return 204; }
        location /two { auth_request /asked; error_page 403 = @two; deny all; } location @two { if ($m520g) { return 403; } SITE 2 }
        location /three { auth_request /asked; error_page 403 404 = @three; try_files /none =404; } location @three { if ($m520g) { return 403; } SITE 3 } location / { return 404; }`,
      requests: [
        ['GET /late', { assumedOtherwise: 'the back end is up' }, 'proxy_pass 1 200'],
        ['GET /soon', { assumedOtherwise: 'the back end is up' }, 'refused 403'],
        ['POST /cut', { headers: [['Transfer-Encoding', 'chunked']], body: 5 }, 'proxy_pass 8 200'],
        ['GET /two', 'refused 403'],
        ['GET /three', { assumedOtherwise: 'the back end is up' }, 'proxy_pass 3 200'],
      ],
      access: {
        'location = /late proxy_pass': ANYBODY,
        'location = /soon proxy_pass': ANYBODY,
        'location = /one proxy_pass': UNDER_A_CONDITION,
        'location = /cut proxy_pass': ANYBODY,
        'location = /seven proxy_pass': ANYBODY,
        'location = /asked fastcgi_pass': ANYBODY,
        'location @two proxy_pass': 'refused',
        'location /three static': UNDER_A_CONDITION,
        'location @three proxy_pass': UNDER_A_CONDITION,
      },
    },
    {
      id: '5.20, 5.20d',
      title: 'the key of memcached is read before it answers as well',
      http: 'map $uri $memcached_key { /kept kept; default other; }',
      server: `location = /kept { memcached_pass 127.0.0.1:1; error_page 502 = /one; } location = /other { memcached_pass 127.0.0.1:1; error_page 502 = /one; }
        location = /one { internal; if ($memcached_key = other) { return 403; } SITE 1 } location / { return 404; }`,
      requests: [
        ['GET /kept', { assumedOtherwise: 'the back end is up' }, 'proxy_pass 1 200'],
        ['GET /other', { assumedOtherwise: 'the back end is up' }, 'refused 403'],
      ],
      access: {
        'location = /kept memcached_pass': ANYBODY,
        'location = /other memcached_pass': ANYBODY,
        'location = /one proxy_pass': UNDER_A_CONDITION,
      },
    },
    {
      id: '5.20e',
      title: 'a volatile one is computed again',
      http: 'map $uri $m520e { volatile; "~^/open\\z" 0; default 1; }',
      server: `if ($m520e) { return 403; } location = /open { try_files /none /hidden; } location / { SITE 1 }`,
      requests: [['GET /open', 'refused 403']],
      access: { 'location = /open static': ANYBODY, 'location / proxy_pass': 'refused' },
    },
    {
      id: '5.20e',
      title: 'a volatile one is computed once for all that a back end is sent',
      http: 'map $request_method $m520h { volatile; default "[$1]"; } map $arg_x $m520i { "~(z)" "$1"; default 0; }',
      server: `location /a { proxy_set_header X-A $m520h$m520i$m520h; proxy_set_header X-B $m520h; SITE 1 }
        location /b { proxy_set_header X-A $m520i; proxy_set_header X-B $m520h; SITE 2 }
        location /c { fastcgi_param XA $m520h$m520i; fastcgi_param XB $m520h; fastcgi_pass site-3; } location / { return 404; }`,
      requests: [
        ['GET /a?x=z', { arrives: ['X-A: []z[]', 'X-B: []'] }, 'proxy_pass 1 200'],
        ['GET /b?x=z', { arrives: ['X-A: z', 'X-B: [z]'] }, 'proxy_pass 2 200'],
        ['GET /c?x=z', { arrives: ['XA: []z', 'XB: []'] }, 'fastcgi_pass 3 200'],
      ],
      access: {
        'location /a proxy_pass': ANYBODY,
        'location /b proxy_pass': ANYBODY,
        'location /c fastcgi_pass': ANYBODY,
      },
      alone: true,
    },
    {
      id: '5.21',
      title: 'a map with a regex that fits replaces the groups',
      http: 'map $arg_x $m521 { "~(z)" 1; default 0; }',
      server: `location ~ ^/(a) { set $k $m521; set $g $1; if ($g = z) { TEXT 1 } if ($g = a) { TEXT 2 } return 403; }
        location / { return 404; }`,
      requests: [
        ['GET /a?x=z', 'return 1 200'],
        ['GET /a?x=q', 'return 2 200'],
      ],
      access: {
        'location ~ ^/(a) > if ($g = z) return': ANYBODY,
        'location ~ ^/(a) > if ($g = a) return': ANYBODY,
      },
    },
    {
      id: '5.19',
      title: 'set replaces a mapped value for the request',
      http: 'map $arg_x $m519 { default m; }',
      server: 'set $m519 s; location / { if ($m519 = m) { TEXT 1 } TEXT 2 }',
      requests: [['GET /', 'return 2 200']],
      access: { 'location / > if ($m519 = m) return': 'refused', 'location / return': ANYBODY },
    },
    {
      id: '5.19i',
      title: 'set replaces a header for later tests',
      server: 'set $http_x_a forced; location / { if ($http_x_a = client) { TEXT 1 } TEXT 2 }',
      requests: [['GET /', { headers: [['X-A', 'client']] }, 'return 2 200']],
      access: { 'location / > if ($http_x_a = client) return': 'refused', 'location / return': ANYBODY },
    },
    {
      id: '5.19j',
      title: 'set on $args changes the arguments',
      server: 'set $args x=9; location / { if ($arg_x = 1) { TEXT 1 } TEXT 2 }',
      requests: [['GET /?x=1', 'return 2 200']],
      access: { 'location / > if ($arg_x = 1) return': 'refused', 'location / return': ANYBODY },
    },
    {
      id: '5.19d',
      title: 'set on the result passes the check without a certificate',
      server: 'set $ssl_client_verify SUCCESS; GUARD location / { SITE 1 }',
      requests: [['GET /', 'proxy_pass 1 200']],
      access: { 'location / proxy_pass': ANYBODY },
      alone: true,
    },
    {
      id: '5.19e',
      title: 'a map on the result redefines it for every server',
      http: 'map $arg_x $ssl_client_verify { 1 SUCCESS; default NONE; }',
      server: 'GUARD location / { SITE 1 }',
      requests: [
        ['GET /?x=1', 'proxy_pass 1 200'],
        ['GET /', trusted, 'refused 403'],
      ],
      access: { 'location / proxy_pass': ANYBODY },
      alone: true,
    },
    {
      id: '5.19k',
      title: 'so does a geo',
      http: 'geo $ssl_client_verify { default SUCCESS; 127.0.0.9 NONE; }',
      server: 'GUARD location / { SITE 1 }',
      requests: [
        ['GET /', 'proxy_pass 1 200'],
        ['GET /', { from: '127.0.0.9' }, 'refused 403'],
      ],
      access: { 'location / proxy_pass': ANYBODY },
      alone: true,
    },
    {
      id: '5.19l',
      title: 'a named group takes the result over, and empties it where it did not match',
      server: 'if ($arg_x ~ "(?<ssl_client_verify>.+)") { set $k 1; } GUARD location / { SITE 1 }',
      requests: [
        ['GET /?x=SUCCESS', 'proxy_pass 1 200'],
        ['GET /', trusted, 'refused 403'],
      ],
      access: { 'location / proxy_pass': ANYBODY },
      alone: true,
    },
    {
      id: '5.19m',
      title: 'auth_request_set changes it for what comes behind',
      server: `location / { auth_request /auth; auth_request_set $ssl_client_verify SUCCESS; try_files /none @r; }
        location = /auth { return 204; } location @r { GUARD SITE 1 }`,
      requests: [['GET /', 'proxy_pass 1 200']],
      access: { 'location / static': ANYBODY, 'location @r proxy_pass': ANYBODY },
      alone: true,
    },
    {
      id: '5.19n',
      title: 'a set in another server has no effect here',
      http: 'server { PLAIN server_name b.test; set $ssl_client_verify SUCCESS; GUARD location / { TEXT 2 } }',
      server: 'GUARD location / { SITE 1 }',
      requests: [
        ['GET /', 'refused 403'],
        ['GET /', { to: 'plain' }, 'return 2 200'],
      ],
      access: { 'a.test: location / proxy_pass': TRUSTED, 'b.test: location / return': 'reached' },
      alone: true,
    },
    {
      id: '5.22',
      title: 'an allow-list on the result holds',
      http: 'map $ssl_client_verify $m522 { SUCCESS 0; default 1; }',
      server: 'if ($m522) { return 403; } location / { SITE 1 }',
      requests: [
        ['GET /', 'refused 403'],
        ['GET /', trusted, 'proxy_pass 1 200'],
      ],
      access: { 'location / proxy_pass': TRUSTED },
    },
    {
      id: '5.23',
      title: 'a map of the subject whose default admits admits without a certificate',
      http: 'map $ssl_client_s_dn $m523 { CN=blocked 0; default 1; }',
      server: 'if ($m523 = 0) { return 403; } location / { SITE 1 }',
      requests: [['GET /', 'proxy_pass 1 200']],
      access: { 'location / proxy_pass': ANYBODY },
    },
    answersFor('g540', '2', {
      id: '5.40, 5.41',
      title: 'geo: the longest network that holds the address',
      http: 'geo $g540 { 127.0.0.0/8 1; 127.0.0.9 2; 127.0.0.12/30 2; }',
      requests: [from('127.0.0.1', NO), from('127.0.0.9', YES), from('127.0.0.12', YES)],
      access: { 'location / > if ($g540 = 2) return': 'conditional refused conditional' },
    }),
    answersFor('g543', '3', {
      id: '5.43',
      title: 'geo takes the last address of X-Forwarded-For from a proxy that it lists',
      http: 'geo $g543 { default 0; proxy 127.0.0.9; 10.0.0.0/8 3; }',
      requests: [
        ['GET /', { from: '127.0.0.9', headers: [['X-Forwarded-For', '8.8.8.8, 10.1.1.1']] }, YES],
        ['GET /', { from: '127.0.0.9', headers: [['X-Forwarded-For', '10.1.1.1, 8.8.8.8']] }, NO],
        ['GET /', { headers: [['X-Forwarded-For', '10.1.1.1']] }, NO],
      ],
      access: { 'location / > if ($g543 = 3) return': 'conditional refused conditional' },
    }),
    answersFor('g544', '3', {
      id: '5.44',
      title: 'and with proxy_recursive the last that is no proxy',
      http: 'geo $g544 { default 0; proxy 127.0.0.9; proxy 8.8.8.8; proxy_recursive; 10.0.0.0/8 3; }',
      requests: [
        ['GET /', { from: '127.0.0.9', headers: [['X-Forwarded-For', '10.1.1.1, 8.8.8.8']] }, YES],
        ['GET /', { from: '127.0.0.9', headers: [['X-Forwarded-For', '10.1.1.1, 9.9.9.9']] }, NO],
      ],
      access: { 'location / > if ($g544 = 3) return': 'conditional refused conditional' },
    }),
    answersFor('g545', '1', {
      id: '5.45',
      title: 'geo with ranges',
      http: 'geo $g545 { ranges; default 0; 127.0.0.0-127.0.0.8 1; }',
      requests: [from('127.0.0.1', YES), from('127.0.0.9', NO)],
      access: { 'location / > if ($g545 = 1) return': 'conditional refused conditional' },
    }),
    answersFor('g546', '1', {
      id: '5.46',
      title: 'geo with delete',
      http: 'geo $g546 { default 1; 127.0.0.0/8 0; delete 127.0.0.0/8; }',
      requests: [['GET /', YES]],
    }),
    answersFor('g542', 'in', {
      id: '5.42',
      title: 'a geo over what the client sends is chosen by the client',
      http: 'geo $arg_x $g542 { default out; 10.0.0.0/8 in; }',
      requests: [given('10.1.1.1', YES), given('11.1.1.1', NO), given('', NO)],
    }),
    answersFor('i542', 'in', {
      id: '5.42',
      title: 'in whichever way it writes an IPv6 address',
      http: 'geo $arg_x $i542 { default out; 2001:db8::/32 in; }',
      requests: [
        given('2001:db8::1', YES),
        given(':2001:0DB8::1:', YES),
        given('2001:DB8::0001..2.', YES),
        given('2001:db8:3:4:5:6:7::', NO),
        given('2001:db8::00001.2.3.4', NO),
      ],
    }),
    answersFor('h542', 'last', {
      id: '5.42b',
      title: 'where what is no address counts as the last one',
      http: 'geo $arg_x $h542 { default out; 255.255.255.255 last; }',
      requests: [given('nonsense', YES), given('11.1.1.1', NO)],
    }),
    answersFor('g547', '2', {
      id: '5.47',
      title: 'of a network that is written twice the last value counts',
      http: 'geo $g547 { default 2; 127.0.0.0/8 1; 127.0.0.0/8 2; }',
      requests: [['GET /', YES]],
    }),
    answersFor('g549', '3', {
      id: '5.49',
      title: 'geo sees the address behind realip',
      http: 'geo $g549 { default 0; 10.0.0.0/8 3; }',
      server: `set_real_ip_from 0.0.0.0/0; location / { if ($g549 = 3) { TEXT 1 } return 403; }`,
      requests: [
        ['GET /', { headers: [['X-Real-IP', '10.1.1.1']] }, YES],
        ['GET /', NO],
      ],
    }),
    answersFor('s560', 'b', {
      id: '5.60',
      title: 'who chooses the source of split_clients chooses the share',
      http: 'split_clients $arg_x $s560 { 50% a; * b; }',
      requests: [given('1', NO), given('3', YES)],
    }),
    {
      id: '5.60b',
      title: 'of a client address it is the address that picks the share',
      http: 'split_clients $remote_addr $s560b { 20% a; 10% b; * c; }',
      server: `location /a { if ($s560b = a) { TEXT 1 } return 403; } location /b { if ($s560b = b) { TEXT 2 } return 403; }
        location /c { if ($s560b = c) { TEXT 3 } return 403; } location /in { allow 127.0.0.2; deny all; if ($s560b = a) { return 403; } SITE 4 }
        location /out { allow 127.0.0.3; deny all; if ($s560b != a) { return 403; } SITE 5 }`,
      requests: [
        ['GET /c', { from: '127.0.0.1' }, 'return 3 200'],
        ['GET /b', { from: '127.0.0.2' }, 'return 2 200'],
        ['GET /a', { from: '127.0.0.3' }, 'return 1 200'],
        ['GET /a', { from: '127.0.0.2' }, 'refused 403'],
        ['GET /in', { from: '127.0.0.2' }, 'proxy_pass 4 200'],
        ['GET /out', { from: '127.0.0.3' }, 'proxy_pass 5 200'],
      ],
      access: {
        'location /a > if ($s560b = a) return': ANYBODY,
        'location /b > if ($s560b = b) return': ANYBODY,
        'location /c > if ($s560b = c) return': ANYBODY,
        'location /in proxy_pass': UNDER_A_CONDITION,
        'location /out proxy_pass': UNDER_A_CONDITION,
        'server static': ANYBODY,
      },
    },
    answersFor('M570', 'd1', {
      id: '5.70',
      title: 'names of variables ignore case',
      http: 'map $ARG_X $M570 { default "d$arg_X"; }',
      server:
        'set $Foo $m570; location / { if ($FOO = d1) { TEXT 1 } if ($SSL_Client_Verify != SUCCESS) { return 403; } SITE 2 }',
      requests: [
        ['GET /?x=1', YES],
        ['GET /', NO],
        ['GET /', trusted, 'proxy_pass 2 200'],
      ],
      access: { 'location / > if ($FOO = d1) return': ANYBODY, 'location / proxy_pass': TRUSTED },
    }),
    {
      id: '5.19p',
      title: 'what is written into $limit_rate is read back as a number of bytes, which is not followed',
      server: `set $limit_rate 10k; location / { if ($limit_rate = 10240) { TEXT 1 } if ($limit_rate = 10k) { TEXT 2 } return 403; }`,
      requests: [['GET /', { undecided: 'script' }, 'return 1 200']],
      access: {
        'location / > if ($limit_rate = 10240) return': 'unknown refused unknown',
        'location / > if ($limit_rate = 10k) return': 'unknown refused unknown',
      },
    },
  ],
};
