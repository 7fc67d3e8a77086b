/**
 * Random configurations that nginx loads, and the requests that are sent to each. Every block names itself in the header
 * X-Block of its answers, and every handler in its content, so that an answer tells where the request ended.
 */
import fc from 'fast-check';
import type { Connect } from '../../src/analysis/request.js';
import type { Protocol } from './recording-back-end.js';

/** A directive; a block with its opening words; or items that stand in a file of their own. */
export type Item =
  | string
  | { readonly head: string; readonly body: readonly Item[] }
  | { readonly include: 'file' | 'glob'; readonly body: readonly Item[] };

/** A configuration before ports and files are known. */
export interface ConfigShape {
  readonly http: readonly Item[];
  /** Files that several servers may include, by `SNIPPET N`. */
  readonly snippets: readonly (readonly Item[])[];
  readonly servers: readonly ServerShape[];
}

/** The sockets of a configuration, by their index in `SOCKETS`. */
export type SocketIndex = 0 | 1 | 2 | 3 | 4 | 5;

export interface ServerShape {
  readonly names: readonly string[];
  /** Which sockets it listens on; the first server of a socket marked as default is its default. */
  readonly sockets: readonly { readonly socket: SocketIndex; readonly isDefault: boolean }[];
  readonly verify: string;
  readonly authority: 'authority' | 'other' | 'both' | 'none';
  /** Whether the server stands in the main file, in an included one, or in one that a pattern includes. */
  readonly place: 'main' | 'file' | 'glob';
  readonly body: readonly Item[];
}

/** What a shape is written out with. Paths are absolute. */
export interface Surroundings {
  /** Three ports: TLS, TLS, plain. */
  readonly ports: readonly [number, number, number];
  /** One more port, for a server that only declares variables. */
  readonly sparePort: number;
  /** The path of the unix socket that servers listen on. */
  readonly unixListener: string;
  readonly authority: string;
  readonly otherAuthority: string;
  readonly serverCertificate: string;
  readonly serverKey: string;
  /** The unix socket of the back end that answers with the host it was asked for. */
  readonly backEnd: string;
  /** The unix sockets of the back ends of all protocols, by site. */
  backEndSocket(protocol: Protocol, site: number): string;
  /** The folder of static files. */
  readonly root: string;
}

/** What a shape is written out with where no nginx runs: paths and ports that need not exist. */
export const PAPER_SURROUNDINGS: Surroundings = {
  ports: [8441, 8442, 8080],
  sparePort: 8099,
  authority: '/pki/authority.pem',
  otherAuthority: '/pki/other-authority.pem',
  serverCertificate: '/pki/server.pem',
  serverKey: '/pki/server.key',
  unixListener: '/run/listener.sock',
  backEnd: '/run/back-end.sock',
  backEndSocket: protocol => `/run/${protocol}.sock`,
  root: '/srv/root',
};

/** A socket: how a server listens on it, and how a client gets there. */
export interface Place {
  readonly isTls: boolean;
  /** `spelling` picks one of several ways to write the address. */
  listen(surroundings: Surroundings, spelling: number): string;
  connect(surroundings: Surroundings): Connect;
}

const onLoopback = (index: 0 | 1 | 2): Place => ({
  isTls: index !== 2,
  listen: ({ ports }) => `127.0.0.1:${ports[index]}`,
  connect: ({ ports }) => ({ address: '127.0.0.1', port: ports[index] }),
});

/** The last one is the wildcard of the first one's port: it gets what comes to another address. */
export const SOCKETS: Readonly<Record<SocketIndex, Place>> = {
  0: onLoopback(0),
  1: onLoopback(1),
  2: onLoopback(2),
  3: {
    isTls: true,
    listen: ({ ports }) => `[::1]:${ports[0]}`,
    connect: ({ ports }) => ({ address: '::1', port: ports[0] }),
  },
  4: {
    isTls: false,
    listen: ({ unixListener }) => `unix:${unixListener}`,
    connect: ({ unixListener }) => ({ address: unixListener, port: 0, unix: unixListener }),
  },
  5: {
    isTls: true,
    listen: ({ ports }, spelling) => `${['*:', '0.0.0.0:', ''][spelling % 3]}${ports[0]}`,
    connect: ({ ports }) => ({ address: '127.0.0.3', port: ports[0] }),
  },
};

const PREFIXES = ['/', '/a', '/a/', '/a/b', '/a/b/', '/b', '/pub', '/err', '/auth', '/secret'];
const REGEXES = [
  '\\.php$',
  '^/a',
  '^/(a|b)/',
  '^/(?<seg>[a-z]+)',
  '^/(.*)$',
  'b',
  '^/a/(.+)$',
  '^/(?!pub).*$',
  '^/[ab]+/?$',
];
const TARGETS = ['/a', '/b', '/secret', '/a/b', '/pub/x', '/err', '/auth', '/nowhere', '/a/'];

const pick = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const some = <T>(arbitrary: fc.Arbitrary<T>, most: number): fc.Arbitrary<T[]> =>
  fc.array(arbitrary, { maxLength: most });
/** Nothing most of the time. */
const rarely = (arbitrary: fc.Arbitrary<Item>, weight = 1): fc.Arbitrary<Item[]> =>
  fc.oneof({ arbitrary: fc.constant<Item[]>([]), weight: 5 }, { arbitrary: arbitrary.map(item => [item]), weight });

/** The item itself most of the time, else in a file of its own. */
const anywhere = (arbitrary: fc.Arbitrary<Item>): fc.Arbitrary<Item> =>
  fc.tuple(arbitrary, fc.nat(19)).map(([item, place]): Item => {
    if (place > 1) return item;
    return { include: place === 0 ? 'file' : 'glob', body: [item] };
  });

const quoted = (regex: string) => `"${regex}"`;

const condition = fc.oneof(
  pick(
    ...['$ssl_client_verify != SUCCESS', '$ssl_client_verify = SUCCESS', '$ssl_client_verify = NONE'],
    ...['$ssl_client_verify', '$ssl_client_verify ~ ^FAILED', '$ssl_client_verify != success'],
  ),
  pick(
    ...['$arg_k', '$arg_k = 1', '$arg_k != 1', '$request_method = POST', '$request_method != GET', '$cookie_s'],
    ...['$http_x_role = admin', '$http_x_role ~ ^adm', '$http_x_role ~* ADM', '$args = k=1', '$is_args'],
  ),
  pick(
    ...['$host = a.test', '$https = on', '$scheme = http', '$remote_addr = 127.0.0.2', '$request_uri ~ "/b"'],
    ...['$server_port = 1', '$ssl_server_name', '$ssl_server_name = a.test', '$server_name = a.test'],
  ),
  pick('$v1', '$v1 = 1', '$v1 = x1', '$v1 != $arg_k', '$v2 = "$v1"', '$v1 ~ ^(.)(.*)$', '$m1', '$m1 = 1', '$m2 = deny'),
  pick(
    '$m3',
    '$m3 = ok',
    '$m4',
    '$g1',
    '$g1 = 2',
    '$seg = a',
    '$seg',
    '$rn',
    '$uri = /err',
    '$uri = /a',
    '-f ROOT$uri',
  ),
  pick('$s1 = one', '$s1', '$m5 = ok', '$m5', '$m6 = 1', '$g2 = 1', '$g2'),
  pick('-d ROOT$uri', '!-e ROOT$uri', '$uri ~ "^/a(.*)$"', '$uri !~* "\\.PHP$"', '$uri ~ "^/(?<seg>[a-z]+)"'),
);

const assignment = pick(
  ...['set $v1 1;', 'set $v1 "$v1$arg_k";', 'set $v1 x;', 'set $v1 $arg_k;', 'set $v2 "$v1$m1";', 'set $v1 $1;'],
  ...['set $v2 $seg;', 'set $v1 "";', 'set $v2 "$uri";', 'set $v1 $m2;', 'set $v2 $1$2;', 'set $v1 0;'],
  ...['set $args "k=1";', 'set $args "$args&k=2";', 'set $m1 1;', 'set $v1 $request_method;', 'set $arg_k 1;'],
);

const redefinition = pick(
  'set $ssl_client_verify SUCCESS;',
  'set $ssl_client_verify $arg_k;',
  'set $http_x_role admin;',
);

/** What stands in a location that every request leaves before it counts. */
const bystanders = fc
  .tuple(
    pick('return 301 /a;', 'return 302 /b;', 'return 500;', 'rewrite ^ /a redirect;', 'rewrite ^ /b permanent;'),
    pick(
      'access_by_lua_block { return ngx.exit(403) }',
      'rewrite_by_lua_block { return ngx.exit(403) }',
      ...['ssi on;', 'index /a;', 'auth_request off;', 'add_after_body /auth;', 'if ($m4) { }', 'if ($g2) { }'],
      ...['limit_req zone=requests;', 'limit_conn connections 1;'],
    ),
    pick(
      ...['grpc_pass grpc://site-#;', 'memcached_pass site-#;', 'uwsgi_pass site-#;', 'scgi_pass site-#;'],
      ...['empty_gif;', 'proxy_pass http://site-#-dead;', 'alias ROOT/other/;'],
    ),
  )
  .map(parts => [...parts]);

/** A location that leads to another block, given by its URI or by its name. */
interface Way {
  readonly match: string;
  body(uri: string, name: string): readonly string[];
}

/** The ways that the request itself takes. */
const LEADING: readonly Way[] = [
  { match: '= /to/rewrite', body: uri => [`rewrite ^ ${uri} last;`] },
  { match: '= /to/error', body: uri => [`error_page 404 = ${uri};`, 'return 404;'] },
  { match: '= /to/status', body: uri => [`error_page 403 ${uri};`, 'deny all;'] },
  { match: '= /to/named', body: (_, name) => [`error_page 403 = ${name};`, 'return 403;'] },
  { match: '= /to/named', body: (_, name) => [`error_page 404 =200 ${name};`, 'return 404;'] },
  { match: '= /to/try', body: uri => [`try_files /none ${uri};`] },
  { match: '= /to/fallback', body: (_, name) => [`try_files /none ${name};`] },
  { match: '/to/', body: uri => [`index ${uri};`] },
];
/** The ways that something else takes on the side. */
const ASIDE: readonly Way[] = [
  { match: '= /to/check', body: uri => [`auth_request ${uri};`, 'proxy_pass http://site-#;'] },
  { match: '= /to/copy', body: uri => [`mirror ${uri};`, 'proxy_pass http://site-#;'] },
  { match: '= /to/after', body: uri => [`post_action ${uri};`, 'return 200 "return-#";'] },
  { match: '= /to/added', body: uri => [`add_before_body ${uri};`, 'addition_types *;', 'return 200 "return-#";'] },
  { match: '= /to/added', body: uri => [`add_after_body ${uri};`, 'addition_types *;', 'proxy_pass http://site-#;'] },
];

/** The request's own ways have more kinds of ends to meet. */
const way = pick(...LEADING, ...LEADING, ...ASIDE);

/** Ways to another block, from a location of their own, so that every kind of block is entered in every way. */
const gateway: fc.Arbitrary<Item> = fc
  .tuple(way, pick(...TARGETS, '/pub/0', '/pub/1', '/x.php', '/to/chain', '/to/chain'), pick('@n1', '@n2'))
  .map(([{ match, body }, uri, name]) => ({ head: `location ${match}`, body: body(uri, name) }));

/** The same behind a location of bystanders, to content under a condition that the client does not choose. */
const chain: fc.Arbitrary<Item> = fc
  .tuple(
    way,
    bystanders,
    pick(['allow 127.0.0.2;', 'deny all;'], ['auth_basic realm;', 'auth_basic_user_file ROOT/users;'], []),
  )
  .map(([{ match, body }, rest, held]) => ({
    head: '',
    body: [
      { head: 'location = /to/chain', body: [`rewrite ^ ${match.replace('= ', '')} last;`, ...rest] },
      { head: `location ${match}`, body: body('/to/end', '@end') },
      ...['= /to/end', '@end'].map(end => ({
        head: `location ${end}`,
        body: [...held, 'proxy_pass http://site-#;'],
      })),
    ],
  }));

/** Something asked on the side that a code ends, with or without somewhere to go on. */
const ended: fc.Arbitrary<Item> = fc
  .tuple(pick(...ASIDE), pick(...TARGETS, '@n1', '/to/end'), pick('408', '408', '499', '444'), fc.boolean())
  .map(([{ match, body }, target, code, hasAction]) => ({
    head: '',
    body: [
      { head: `location ${match}`, body: body('/to/ended', '') },
      {
        head: 'location = /to/ended',
        body: ['internal;', ...(hasAction ? [`post_action ${target};`] : []), `return ${code};`],
      },
    ],
  }));

const rewrite = fc
  .tuple(
    pick(...REGEXES, '^', '/a/?(.*)', '^/pub/(.*)$'),
    pick(...TARGETS, '/$1', '/b/$1', '/pub?k=1', '/pub?', '$arg_u', '/a?m=$1', '/$seg', '/$arg_k/x', '$uri'),
    pick('', '', ' last', ' last', ' last', ' break', ' break', ' redirect', ' permanent'),
  )
  .map(([regex, target, flag]) => `rewrite ${quoted(regex)} ${target}${flag};`);

const ending = fc.oneof(
  {
    arbitrary: pick(
      'return 403;',
      'return 403;',
      'return 404;',
      'return 401;',
      'return 496;',
      'return 405;',
      'return 500;',
    ),
    weight: 6,
  },
  { arbitrary: pick('return 200 "return-#";', 'return 201 "return-#";', 'return 200 "return-# $uri $1";'), weight: 3 },
  {
    arbitrary: pick(
      ...['return 444;', 'return 204;', 'return 200;', 'return 403 "no";', 'return 302 /a;', 'return 301 $arg_u;'],
      ...['return 403 "";', 'return 500;', 'return 503;', 'return 403 $v1;', 'return 200 $v1;', 'return 408;'],
    ),
    weight: 1,
  },
);

const guard: fc.Arbitrary<Item> = pick(
  ...['$ssl_client_verify != SUCCESS', '$ssl_client_verify = NONE', '$m3', '$m2 = deny', '$v1 = 1', '$g1 != 2'],
).map(test => ({ head: `if (${test})`, body: ['return 403;'] }));

const step: fc.Arbitrary<Item> = fc.oneof(
  { arbitrary: assignment, weight: 4 },
  { arbitrary: redefinition, weight: 0 },
  { arbitrary: rewrite, weight: 3 },
  { arbitrary: pick('break;'), weight: 1 },
  { arbitrary: ending, weight: 1 },
);

const plainIf: fc.Arbitrary<Item> = fc
  .tuple(condition, some(step, 2))
  .map(([test, body]) => ({ head: `if (${test})`, body }));

const serverStep: fc.Arbitrary<Item> = fc.oneof(
  { arbitrary: plainIf, weight: 5 },
  { arbitrary: guard, weight: 4 },
  { arbitrary: assignment, weight: 4 },
  { arbitrary: redefinition, weight: 1 },
  { arbitrary: rewrite, weight: 1 },
  { arbitrary: fc.oneof(ending, pick('break;')), weight: 1 },
);

const pass = fc.oneof(
  { arbitrary: pick('proxy_pass http://site-#;'), weight: 12 },
  { arbitrary: pick('proxy_pass http://site-#-dead;', 'proxy_pass http://site-#-says-403;'), weight: 2 },
  {
    arbitrary: pick(
      ...['fastcgi_pass site-#;', 'uwsgi_pass site-#;', 'scgi_pass site-#;', 'grpc_pass grpc://site-#;'],
      ...['memcached_pass site-#;', 'fastcgi_pass site-#-dead;'],
    ),
    weight: 3,
  },
);
/** `limit_except` takes no other. */
const limitedPass = pick('proxy_pass http://site-#;');

const errorPage = fc
  .tuple(
    fc.subarray(
      [
        '400',
        '401',
        '403',
        '404',
        '405',
        '412',
        '413',
        '414',
        '421',
        '494',
        '495',
        '496',
        '497',
        '500',
        '501',
        '502',
        '503',
        '301',
        '302',
      ],
      { minLength: 1, maxLength: 5 },
    ),
    pick('', '', '=', '=200', '=404', '=302'),
    pick(
      ...['@n1', '@n1', '@n2', '/err', '/a', '/secret', '/err?k=1', '$uri', '$arg_u', '/b$uri', 'http://x.test/'],
      '@missing',
    ),
  )
  .map(([codes, answer, target]) => `error_page ${codes.join(' ')} ${answer} ${target};`);

/** Fields that are set or cleared for back ends of every protocol, or held back as a whole. */
const fields: fc.Arbitrary<Item> = fc
  .tuple(
    fc.array(
      fc.tuple(
        pick('X-Verify', 'X-Verify', 'X-Dn', 'x-ROLE', 'X_Verify', 'X-Role', 'Cookie', 'Authorization', 'X.Dot'),
        pick(
          '$ssl_client_verify',
          '$ssl_client_s_dn',
          '""',
          '""',
          'fixed',
          '$http_x_verify',
          '$arg_k',
          '"$m3 $uri"',
          '$m1',
          '$m2$m6',
        ),
      ),
      { minLength: 1, maxLength: 3 },
    ),
    rarely(pick('proxy', 'proxy', 'fastcgi', 'uwsgi', 'scgi').map(name => `${name}_pass_request_headers off;`)),
    pick('', '', ' if_not_empty'),
  )
  .map(([set, flags, condition]) => ({
    head: '',
    body: [
      ...set.flatMap(([name, value]) => [
        `proxy_set_header ${name} ${value};`,
        `grpc_set_header ${name} ${value};`,
        ...['fastcgi', 'uwsgi', 'scgi'].map(protocol => `${protocol}_param ${parameterOf(name)} ${value}${condition};`),
      ]),
      ...flags,
    ],
  }));

/** Some names are those of parameters that no client can send. */
function parameterOf(name: string): string {
  if (name === 'X-Dn') return 'DN';
  return name === 'X-Role' ? 'HTTP_X-ROLE' : `HTTP_${name.toUpperCase().replace(/-/g, '_')}`;
}

const setting: fc.Arbitrary<Item> = fc.oneof(
  { arbitrary: fields, weight: 4 },
  { arbitrary: errorPage, weight: 4 },
  { arbitrary: pick('recursive_error_pages on;'), weight: 1 },
  {
    arbitrary: pick('deny all;', 'deny 127.0.0.1;', 'allow 127.0.0.2;', 'allow all;', 'deny 127.0.0.0/26;'),
    weight: 3,
  },
  {
    // Conditions that the client does not choose.
    arbitrary: pick<Item>(
      { head: '', body: ['allow 127.0.0.2;', 'deny all;'] },
      { head: '', body: ['auth_basic realm;', 'auth_basic_user_file ROOT/users;'] },
    ),
    weight: 5,
  },
  { arbitrary: pick('satisfy any;'), weight: 1 },
  {
    arbitrary: pick('auth_request /auth;', 'auth_request /a;', 'auth_request /auth?k=1;', 'auth_request off;'),
    weight: 2,
  },
  { arbitrary: pick('auth_basic realm;', 'auth_basic off;', 'auth_basic $v1;'), weight: 1 },
  { arbitrary: pick('auth_basic_user_file ROOT/users;'), weight: 1 },
  {
    arbitrary: pick(
      'root ROOT/other;',
      'index page.html;',
      'index /b;',
      'autoindex on;',
      'index $arg_k.html page.html;',
      'index $m2$arg_k.html page.html;',
    ),
    weight: 2,
  },
  { arbitrary: pick('client_max_body_size 10;'), weight: 1 },
  { arbitrary: pick('proxy_intercept_errors on;'), weight: 1 },
  { arbitrary: pick('limit_req zone=requests;', 'limit_conn connections 1;'), weight: 1 },
  { arbitrary: pick('post_action /auth;', 'post_action @n1;', 'post_action /pub/x;', 'post_action off;'), weight: 1 },
  { arbitrary: pick('ssi on;', 'add_after_body /secret;', 'add_before_body /pub/x;'), weight: 1 },
  {
    arbitrary: pick(
      ...['auth_request_set $v1 $m1;', 'auth_request_set $v2 $uri;', 'auth_request_set $v1 1;'],
      'auth_request_set $ssl_client_verify SUCCESS;',
    ),
    weight: 1,
  },
  {
    arbitrary: pick('mirror /auth;', 'mirror /pub/x;', 'mirror /secret;'),
    weight: 1,
  },
  {
    arbitrary: pick(
      ...['set_real_ip_from 127.0.0.1;', 'set_real_ip_from 127.0.0.0/26;', 'real_ip_recursive on;'],
      'real_ip_header X-Forwarded-For;',
    ),
    weight: 2,
  },
);

const tryFiles = pick(
  ...[
    'try_files $uri =404;',
    'try_files $uri $uri/ @n1;',
    'try_files /none /secret;',
    'try_files /page.html =403;',
    'try_files /page.html =444;',
  ],
  ...['try_files $uri @missing;', 'try_files /none $arg_u;', 'try_files /none @n2;', 'try_files $uri /a?k=1;'],
);

const locationIf: fc.Arbitrary<Item> = fc
  .tuple(condition, some(step, 2), rarely(pass, 3), rarely(fc.oneof(errorPage, pick('root ROOT/other;'))))
  .map(([test, body, handler, settings]) => ({ head: `if (${test})`, body: [...body, ...handler, ...settings] }));

const locationStep: fc.Arbitrary<Item> = fc.oneof(
  { arbitrary: locationIf, weight: 5 },
  { arbitrary: guard, weight: 3 },
  { arbitrary: step, weight: 4 },
);

const handler = fc.oneof(
  { arbitrary: pass.map((item): Item[] => [item]), weight: 5 },
  { arbitrary: fc.constant<Item[]>([]), weight: 3 },
  { arbitrary: pick<Item[]>(['return 200 "return-#";'], ['empty_gif;'], ['stub_status;']), weight: 1 },
);

const limitExcept: fc.Arbitrary<Item> = fc
  .tuple(
    pick('GET', 'POST', 'GET POST'),
    rarely(pick('deny all;', 'allow 127.0.0.2;', 'allow all;'), 5),
    rarely(pick('deny all;'), 2),
    rarely(limitedPass, 2),
  )
  .map(([methods, ...parts]) => ({ head: `limit_except ${methods}`, body: parts.flat() }));

/** Scripts are unknown guards: what they decide must be called unknown. */
const script = pick<Item>(
  'access_by_lua_block { if ngx.var.arg_k == "1" then return ngx.exit(403) end }',
  'rewrite_by_lua_block { if ngx.var.arg_k == "1" then return ngx.exit(403) end }',
  'set_by_lua_block $v1 { return ngx.var.arg_k }',
  'set_by_lua_block $v2 { return ngx.var.m2 }',
);

/**
 * What stands in every other location of a configuration, so that even what is rare is met in every way: each
 * configuration has a theme of its own.
 */
const THEMES: readonly Item[] = [
  ...['return 302 /a;', 'return 500;', 'return 200 "return-#";', 'return 404;', 'empty_gif;', 'stub_status;'],
  ...['proxy_pass http://site-#-dead;', 'fastcgi_pass site-#;', 'uwsgi_pass site-#;', 'scgi_pass site-#;'],
  ...['grpc_pass grpc://site-#;', 'memcached_pass site-#;', 'proxy_intercept_errors on;', 'limit_req zone=requests;'],
  ...['recursive_error_pages on;', 'limit_conn connections 1;', 'client_max_body_size 10;', 'autoindex on;'],
  ...['random_index on;', 'index /b;', 'index page.html;', 'alias ROOT/other/;', 'internal;', 'ssi on;'],
  ...['mirror /auth;', 'post_action /pub/x;', 'auth_request /auth;', 'auth_request off;', 'set $v1 1;', 'break;'],
  ...['auth_request_set $v1 $m1;', 'rewrite "^/pub/(.*)$" /b;', 'rewrite "^/a/?(.+)$" /b break;', 'try_files $uri /b;'],
  ...['rewrite "^/[ab]/" /a redirect;', 'rewrite "^/pub" /a permanent;', 'set $ssl_client_verify $arg_k;'],
  ...['access_by_lua_block', 'rewrite_by_lua_block'].map(
    name => `${name} { if ngx.var.arg_k == "1" then return ngx.exit(403) end }`,
  ),
  'set_by_lua_block $v1 { return ngx.var.arg_k }',
  ...['$m1 = 1', '$m4', '$m5', '$m6 = 1', '$g1', '$g2', '$s1', '$seg = a', '$m2 = deny'].map(test => ({
    head: `if (${test})`,
    body: ['return 403;'],
  })),
  { head: 'if ($arg_k)', body: ['proxy_pass http://site-#;'] },
  { head: 'limit_except GET', body: ['deny all;'] },
  { head: 'limit_except POST', body: ['proxy_pass http://site-#;'] },
  { head: '', body: ['add_before_body /pub/x;', 'addition_types *;'] },
  { head: '', body: ['add_after_body /secret;', 'addition_types *;'] },
  { head: '', body: ['allow 127.0.0.2;', 'deny all;'] },
  { head: '', body: ['auth_basic realm;', 'auth_basic_user_file ROOT/users;'] },
  { head: '', body: ['satisfy any;', 'allow 127.0.0.2;', 'deny all;', 'auth_request /auth;'] },
  { head: '', body: ['set_real_ip_from 127.0.0.0/26;', 'allow 127.0.0.2;', 'deny all;'] },
  {
    head: '',
    body: [
      'set_real_ip_from 127.0.0.1;',
      'real_ip_header X-Forwarded-For;',
      'real_ip_recursive on;',
      'deny 10.0.0.0/8;',
    ],
  },
  { head: '', body: ['proxy_pass_request_headers off;', 'proxy_set_header X-Verify $ssl_client_verify;'] },
  { head: '', body: ['fastcgi_pass_request_headers off;', 'uwsgi_pass_request_headers off;'] },
  { head: '', body: ['fastcgi_param HTTP_X_VERIFY $arg_k;', 'proxy_set_header X-Dn "";', 'grpc_set_header X-Dn "";'] },
  ...['@n1', '= @n2', '=200 /secret', '$uri', '= /err'].map(answer => `error_page 403 404 405 502 ${answer};`),
];

function locationBody(theme: Item, nested: fc.Arbitrary<Item[]>): fc.Arbitrary<Item[]> {
  return fc
    .tuple(
      fc.boolean().map(isThere => (isThere ? [theme] : [])),
      some(anywhere(locationStep), 3),
      some(anywhere(setting), 2),
      handler,
      rarely(limitExcept),
      rarely(tryFiles),
      rarely(pick('internal;')),
      rarely(pick('alias ROOT/other/;', 'alias ROOT/dir;', 'alias ROOT/page.html;')),
      rarely(fc.oneof({ arbitrary: script, weight: 1 }, { arbitrary: pick('random_index on;'), weight: 1 })).chain(
        items => fc.nat(2).map(draw => (draw > 0 ? items : [])),
      ),
      nested,
    )
    .map(parts => parts.flat());
}

function location(theme: Item, depth: number): fc.Arbitrary<Item> {
  const nested = depth === 0 ? fc.constant<Item[]>([]) : some(anywhere(location(theme, depth - 1)), 2);
  return fc
    .tuple(
      fc.oneof(
        { arbitrary: pick(...PREFIXES), weight: 5 },
        { arbitrary: pick(...PREFIXES).map(text => `^~ ${text}`), weight: 2 },
        { arbitrary: pick(...PREFIXES).map(text => `= ${text}`), weight: 2 },
        { arbitrary: pick(...REGEXES).map(text => `~ ${quoted(text)}`), weight: 3 },
        { arbitrary: pick('~* "\\.PHP$"', '~* "^/A(.*)"'), weight: 1 },
      ),
      locationBody(theme, nested),
    )
    .map(([match, body]) => ({ head: `location ${match}`, body }));
}

function named(theme: Item): fc.Arbitrary<Item[]> {
  const body = locationBody(theme, fc.constant([]));
  return fc.tuple(body, body).map(([one, two]) => [
    { head: 'location @n1', body: one },
    { head: 'location @n2', body: two },
  ]);
}

const SOCKET_CHOICE = [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 4, 5, 5] as const;

/** What may stand in a server twice, through two includes, without being refused. */
const snippet = (theme: Item, number: number): fc.Arbitrary<Item[]> =>
  fc
    .tuple(
      some(fc.oneof(plainIf, guard), 2),
      rarely(errorPage, 4),
      rarely(
        locationBody(theme, fc.constant([])).map(body => ({ head: `location /pub/${number}`, body })),
        6,
      ),
    )
    .map(parts => parts.flat());

function server(theme: Item): fc.Arbitrary<ServerShape> {
  return fc.record({
    names: fc.uniqueArray(
      pick('a.test', 'b.test', '*.w.test', '.d.test', 'e.*', '"~^r(?<rn>[0-9])\\.test$"', '""', 'c.test'),
      { maxLength: 2 },
    ),
    place: pick<'main' | 'file' | 'glob'>('main', 'main', 'main', 'main', 'main', 'file', 'glob'),
    sockets: fc.uniqueArray(fc.record({ socket: pick<SocketIndex>(...SOCKET_CHOICE), isDefault: fc.boolean() }), {
      minLength: 1,
      maxLength: 3,
      selector: ({ socket }) => socket,
    }),
    verify: pick('off', 'on', 'on', 'optional', 'optional', 'optional_no_ca'),
    authority: pick<ServerShape['authority']>('authority', 'authority', 'authority', 'other', 'both', 'none'),
    body: fc
      .tuple(
        some(anywhere(serverStep), 3),
        some(anywhere(setting), 2),
        rarely(pick('SNIPPET 0', 'SNIPPET 1'), 3),
        rarely(tryFiles),
        some(anywhere(location(theme, 1)), 6),
        rarely(chain, 5),
        rarely(ended, 5),
        some(gateway, 9),
        named(theme),
        rarely(serverSetting(), 3),
      )
      .map(parts => parts.flat()),
  });
}

function serverSetting(): fc.Arbitrary<Item> {
  return pick(
    'merge_slashes off;',
    'merge_slashes off;',
    'underscores_in_headers on;',
    'underscores_in_headers on;',
    'ignore_invalid_headers off;',
    'large_client_header_buffers 4 1k;',
    ...[
      'stub_status;',
      'ssl_reject_handshake on;',
      'absolute_redirect off;',
      'set_by_lua_block $v2 { return ngx.var.arg_k }',
    ],
  );
}

const mapEntry = fc.tuple(
  pick('1', '""', 'default', '"~^/a"', '"~*ADM(.)"', 'SUCCESS', 'none', '/err', 'x', '"~(?<seg>b)"', '"~."'),
  pick('1', '0', 'deny', 'ok', '"$1"', '$arg_k', '""'),
);

/** Some maps keep their second half in a file. */
function written(entries: readonly string[], name: string): Item[] {
  if (name !== '$m1' || entries.length < 3) return [...entries];
  return [...entries.slice(0, 1), { include: 'file', body: entries.slice(1) }];
}

function map(source: string, name: string): fc.Arbitrary<Item> {
  return fc
    .tuple(
      fc.uniqueArray(mapEntry, { maxLength: 4, selector: ([key]) => key.toLowerCase() }),
      rarely(pick('volatile;'), 2),
    )
    .map(([entries, isVolatile]) => ({
      head: `map ${source} ${name}`,
      body: [
        ...isVolatile,
        ...written(
          entries.map(([key, value]) => `${key} ${value};`),
          name,
        ),
      ],
    }));
}

/** Any configuration. */
export const configShape: fc.Arbitrary<ConfigShape> = fc.noBias(pick(...THEMES).chain(shapeWith));

function shapeWith(theme: Item): fc.Arbitrary<ConfigShape> {
  return fc.record({
    http: fc
      .tuple(
        pick('$arg_k', '$uri', '$http_x_role', '"$arg_k$v1"').chain(source => map(source, '$m1')),
        pick('$uri', '$arg_k', '$request_method', '$v1').chain(source => map(source, '$m2')),
        map('$ssl_client_verify', '$m3'),
        pick<Item>(
          { head: 'map $host $m4', body: ['hostnames;', 'a.test 1;', '*.w.test 2;', '.d.test 3;', 'default 0;'] },
          { head: 'map $host $m4', body: ['hostnames;', 'e.* 1;', '*.test "";', 'default 1;'] },
          { head: 'map $host $m4', body: ['default 1;', '*.test 0;'] },
        ),
        pick<Item>(
          { head: 'geo $g1', body: ['default 0;', '127.0.0.2 2;', '127.0.0.0/26 1;'] },
          { head: 'geo $arg_ip $g1', body: ['10.0.0.0/8 1;', '255.255.255.255 2;'] },
          { head: 'geo $g1', body: ['ranges;', '127.0.0.2-127.0.0.9 2;', 'default 1;'] },
        ),
        pick<Item>(
          { head: 'split_clients $arg_k $s1', body: ['33.33% one;', '0.5% two;', '* "";'] },
          { head: 'split_clients "$request_uri$arg_k" $s1', body: ['50% one;', '20.5% "";'] },
          { head: 'split_clients $remote_addr $s1', body: ['33.33% one;', '0.5% two;', '* "";'] },
        ),
        pick('$m1', '$m3', '"$m1$m2"', '$v1$m3').chain(source => map(source, '$m5')),
        pick<Item>(
          {
            head: 'map $ssl_client_verify:$arg_k $m6',
            body: ['SUCCESS:1 1;', '"~^NONE:(.+)$" $1;', 'default $arg_k;'],
          },
          { head: 'map $request_uri $m6', body: ['"~^/(?<seg>a|b)" $seg;', '"~*^/PUB" 1;', 'default "";'] },
        ),
        pick<Item>(
          { head: 'geo $g2', body: ['default 0;', 'proxy 127.0.0.1;', '10.0.0.0/8 1;'] },
          { head: 'geo $g2', body: ['default 1;', '127.0.0.0/8 0;', 'delete 127.0.0.0/8;', '127.0.0.2/32 0;'] },
          { head: 'geo $http_x_real_ip $g2', body: ['default 0;', '127.0.0.2 1;', '::/0 1;'] },
        ),
        rarely(errorPage).chain(items => fc.constant<Item>({ head: '', body: items })),
      )
      .map(parts => parts),
    snippets: fc.tuple(snippet(theme, 0), snippet(theme, 1)),
    servers: fc.array(server(theme), { minLength: 1, maxLength: 4 }),
  });
}
