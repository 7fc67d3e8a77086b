/**
 * Random configurations that nginx loads, and the requests that are sent to each. Every block names itself in the header
 * X-Block of its answers, and every handler in its content, so that an answer tells where the request ended.
 */
import fc from 'fast-check';
import type { Request } from '../../src/analysis/request.js';

/** A directive, or a block with its opening words. */
type Item = string | { readonly head: string; readonly body: readonly Item[] };

/** A configuration before ports and files are known. */
export interface ConfigShape {
  readonly http: readonly Item[];
  readonly servers: readonly ServerShape[];
}

interface ServerShape {
  readonly names: readonly string[];
  /** Which of the three sockets it listens on; the first server of a socket marked as default is its default. */
  readonly sockets: readonly { readonly socket: 0 | 1 | 2; readonly isDefault: boolean }[];
  readonly verify: string;
  readonly authority: 'authority' | 'other' | 'none';
  readonly body: readonly Item[];
}

/** What a shape is written out with. Paths are absolute. */
export interface Surroundings {
  /** Three ports: TLS, TLS, plain. */
  readonly ports: readonly [number, number, number];
  /** One more port, for a server that only declares variables. */
  readonly sparePort: number;
  readonly authority: string;
  readonly otherAuthority: string;
  readonly serverCertificate: string;
  readonly serverKey: string;
  /** The unix socket of the back end that answers with the host it was asked for. */
  readonly backEnd: string;
  /** The folder of static files. */
  readonly root: string;
}

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

const rewrite = fc
  .tuple(
    pick(...REGEXES, '^', '/a/?(.*)', '^/pub/(.*)$'),
    pick(...TARGETS, '/$1', '/b/$1', '/pub?k=1', '/pub?', '$arg_u', '/a?m=$1', '/$seg', '/$arg_k/x', '$uri'),
    pick('', '', ' last', ' last', ' break', ' break', ' redirect', ' permanent'),
  )
  .map(([regex, target, flag]) => `rewrite ${quoted(regex)} ${target}${flag};`);

const ending = fc.oneof(
  {
    arbitrary: pick('return 403;', 'return 403;', 'return 404;', 'return 401;', 'return 496;', 'return 405;'),
    weight: 6,
  },
  { arbitrary: pick('return 200 "return-#";', 'return 201 "return-#";', 'return 200 "return-# $uri $1";'), weight: 3 },
  {
    arbitrary: pick(
      ...['return 444;', 'return 204;', 'return 200;', 'return 403 "no";', 'return 302 /a;', 'return 301 $arg_u;'],
      ...['return 403 "";', 'return 500;', 'return 403 $v1;', 'return 200 $v1;', 'return 408;'],
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
  { arbitrary: rewrite, weight: 2 },
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

const pass = pick('proxy_pass http://site-#;');

const errorPage = fc
  .tuple(
    fc.subarray(
      ['400', '401', '403', '404', '405', '413', '414', '421', '494', '495', '496', '497', '500', '501', '301', '302'],
      { minLength: 1, maxLength: 5 },
    ),
    pick('', '', '=', '=200', '=404', '=302'),
    pick(
      ...['@n1', '@n1', '@n2', '/err', '/a', '/secret', '/err?k=1', '$uri', '$arg_u', '/b$uri', 'http://x.test/'],
      '@missing',
    ),
  )
  .map(([codes, answer, target]) => `error_page ${codes.join(' ')} ${answer} ${target};`);

const setting: fc.Arbitrary<Item> = fc.oneof(
  { arbitrary: errorPage, weight: 4 },
  { arbitrary: pick('recursive_error_pages on;'), weight: 1 },
  {
    arbitrary: pick('deny all;', 'deny 127.0.0.1;', 'allow 127.0.0.2;', 'allow all;', 'deny 127.0.0.0/26;'),
    weight: 3,
  },
  { arbitrary: pick('satisfy any;'), weight: 1 },
  { arbitrary: pick('auth_request /auth;', 'auth_request /a;', 'auth_request off;'), weight: 1 },
  { arbitrary: pick('auth_basic realm;', 'auth_basic off;', 'auth_basic $v1;'), weight: 1 },
  { arbitrary: pick('auth_basic_user_file ROOT/users;'), weight: 1 },
  {
    arbitrary: pick(
      'root ROOT/other;',
      'index page.html;',
      'index /b;',
      'autoindex on;',
      'index $arg_k.html page.html;',
    ),
    weight: 2,
  },
  { arbitrary: pick('client_max_body_size 10;'), weight: 1 },
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
  ...['try_files $uri =404;', 'try_files $uri $uri/ @n1;', 'try_files /none /secret;', 'try_files /page.html =403;'],
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
    rarely(pass, 2),
  )
  .map(([methods, ...parts]) => ({ head: `limit_except ${methods}`, body: parts.flat() }));

function locationBody(nested: fc.Arbitrary<Item[]>): fc.Arbitrary<Item[]> {
  return fc
    .tuple(
      some(locationStep, 3),
      some(setting, 2),
      handler,
      rarely(limitExcept),
      rarely(tryFiles),
      rarely(pick('internal;')),
      rarely(pick('alias ROOT/other/;', 'alias ROOT/dir;', 'alias ROOT/page.html;')),
      nested,
    )
    .map(parts => parts.flat());
}

function location(depth: number): fc.Arbitrary<Item> {
  const nested = depth === 0 ? fc.constant<Item[]>([]) : some(location(depth - 1), 2);
  return fc
    .tuple(
      fc.oneof(
        { arbitrary: pick(...PREFIXES), weight: 5 },
        { arbitrary: pick(...PREFIXES).map(text => `^~ ${text}`), weight: 1 },
        { arbitrary: pick(...PREFIXES).map(text => `= ${text}`), weight: 2 },
        { arbitrary: pick(...REGEXES).map(text => `~ ${quoted(text)}`), weight: 3 },
        { arbitrary: pick('~* "\\.PHP$"', '~* "^/A(.*)"'), weight: 1 },
      ),
      locationBody(nested),
    )
    .map(([match, body]) => ({ head: `location ${match}`, body }));
}

const named: fc.Arbitrary<Item[]> = fc
  .tuple(locationBody(fc.constant([])), locationBody(fc.constant([])))
  .map(([one, two]) => [
    { head: 'location @n1', body: one },
    { head: 'location @n2', body: two },
  ]);

const server: fc.Arbitrary<ServerShape> = fc.record({
  names: fc.uniqueArray(
    pick('a.test', 'b.test', '*.w.test', '.d.test', 'e.*', '"~^r(?<rn>[0-9])\\.test$"', '""', 'c.test'),
    { maxLength: 2 },
  ),
  sockets: fc.uniqueArray(fc.record({ socket: pick<0 | 1 | 2>(0, 0, 0, 1, 1, 2), isDefault: fc.boolean() }), {
    minLength: 1,
    maxLength: 3,
    selector: ({ socket }) => socket,
  }),
  verify: pick('off', 'on', 'on', 'optional', 'optional', 'optional_no_ca'),
  authority: pick<'authority' | 'other' | 'none'>('authority', 'authority', 'authority', 'other', 'none'),
  body: fc
    .tuple(
      some(serverStep, 3),
      some(setting, 2),
      rarely(tryFiles),
      some(location(1), 6),
      named,
      rarely(serverSetting()),
    )
    .map(parts => parts.flat()),
});

function serverSetting(): fc.Arbitrary<Item> {
  return pick('merge_slashes off;', 'underscores_in_headers on;', 'large_client_header_buffers 4 1k;', 'stub_status;');
}

const mapEntry = fc.tuple(
  pick('1', '""', 'default', '"~^/a"', '"~*ADM(.)"', 'SUCCESS', 'none', '/err', 'x', '"~(?<seg>b)"', '"~."'),
  pick('1', '0', 'deny', 'ok', '"$1"', '$arg_k', '""'),
);

function map(source: string, name: string): fc.Arbitrary<Item> {
  return fc
    .tuple(
      fc.uniqueArray(mapEntry, { maxLength: 4, selector: ([key]) => key.toLowerCase() }),
      rarely(pick('volatile;'), 2),
    )
    .map(([entries, isVolatile]) => ({
      head: `map ${source} ${name}`,
      body: [...isVolatile, ...entries.map(([key, value]) => `${key} ${value};`)],
    }));
}

/** Any configuration. */
export const configShape: fc.Arbitrary<ConfigShape> = fc.record({
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
      ),
      rarely(errorPage).chain(items => fc.constant<Item>({ head: '', body: items })),
    )
    .map(parts => parts),
  servers: fc.array(server, { minLength: 1, maxLength: 4 }),
});

/** Directives that a block may hold once. */
const SINGLE = new Set([
  ...['proxy_pass', 'try_files', 'internal', 'root', 'index', 'autoindex', 'satisfy', 'auth_request', 'auth_basic'],
  ...[
    'auth_basic_user_file',
    'recursive_error_pages',
    'limit_except',
    'real_ip_header',
    'real_ip_recursive',
    'client_max_body_size',
    'empty_gif',
  ],
  ...['stub_status', 'merge_slashes', 'underscores_in_headers', 'large_client_header_buffers'],
]);

/** Writes a shape as the content of an http block. */
export function configText(shape: ConfigShape, surroundings: Surroundings): string {
  const { ports, root } = surroundings;
  let identity = 0;
  const sites: number[] = [];
  const lines: string[] = [];
  const write = (text: string, indent: number) => {
    const filled = text.replaceAll('#', () => {
      identity += 1;
      if (text.startsWith('proxy_pass')) sites.push(identity);
      return String(identity);
    });
    lines.push(`${'  '.repeat(indent)}${filled.replaceAll('ROOT', root)}`);
  };
  const writeAll = (items: readonly Item[], indent: number, outer: string) => {
    const seen = new Set<string>();
    for (const item of items) {
      const head = typeof item === 'string' ? item : item.head;
      const name = head.split(/[ ;]/)[0]!;
      const single = name === 'alias' ? 'root' : name;
      const key = name === 'location' ? locationKey(head) : SINGLE.has(single) ? single : undefined;
      if (name === 'alias' && outer.startsWith('location @')) continue;
      if (key !== undefined && seen.has(key)) continue;
      if (key !== undefined) seen.add(key);
      if (typeof item === 'string') {
        write(item, indent);
        continue;
      }
      if (name === 'location' && !mayNest(outer, head)) continue;
      if (head === '') {
        writeAll(item.body, indent, '');
        continue;
      }
      write(`${head} {`, indent);
      const named = name === 'location' || (name === 'if' && outer.startsWith('location'));
      if (named) write('add_header X-Block # always;', indent + 1);
      writeAll(item.body, indent + 1, head);
      write('}', indent);
    }
  };
  writeAll(shape.http, 0, '');
  const defaults = new Set<number>();
  for (const { names, sockets, verify, authority, body } of shape.servers) {
    write('server {', 0);
    write('add_header X-Block # always;', 1);
    for (const { socket, isDefault } of sockets) {
      const marked = isDefault && !defaults.has(socket);
      if (marked) defaults.add(socket);
      write(`listen 127.0.0.1:${ports[socket]}${socket === 2 ? '' : ' ssl'}${marked ? ' default_server' : ''};`, 1);
    }
    if (names.length > 0) write(`server_name ${names.join(' ')};`, 1);
    const mode = authority === 'none' && verify !== 'off' ? 'optional_no_ca' : verify;
    write(`ssl_verify_client ${mode};`, 1);
    if (authority !== 'none') {
      write(
        `ssl_client_certificate ${authority === 'authority' ? surroundings.authority : surroundings.otherAuthority};`,
        1,
      );
    }
    write(`root ${root};`, 1);
    writeAll(withoutRoot(body), 1, 'server');
    write('}', 0);
  }
  const upstreams = sites.map(site => `upstream site-${site} { server unix:${surroundings.backEnd}; }\n`);
  return `ssl_certificate ${surroundings.serverCertificate};
ssl_certificate_key ${surroundings.serverKey};
ssl_session_cache none;
ssl_session_tickets off;
default_type text/plain;
proxy_connect_timeout 3s;
server {
  listen 127.0.0.1:${surroundings.sparePort};
  set $v1 ''; set $v2 '';
  location ~ "^/(?<seg>[a-z]+)/(?<rn>[0-9])" { }
}
${upstreams.join('')}${lines.join('\n')}
`;
}

function withoutRoot(items: readonly Item[]): Item[] {
  return items.filter(item => typeof item !== 'string' || !item.startsWith('root '));
}

/** Two prefix locations with one text are refused, with `^~` or without. */
function locationKey(head: string): string | undefined {
  const [, modifier = '', text] = head.split(' ');
  if (modifier.startsWith('~')) return undefined;
  return modifier === '=' ? `= ${text}` : (text ?? modifier);
}

/** Whether nginx takes a location inside another one (rows 2.51-2.54). */
function mayNest(outer: string, inner: string): boolean {
  if (!outer.startsWith('location')) return true;
  const [, outerModifier = '', outerText] = outer.split(' ');
  const [, innerModifier = '', innerText] = inner.split(' ');
  if (outerModifier === '=' || outerModifier.startsWith('@')) return false;
  if (innerModifier.startsWith('~')) return true;
  if (outerModifier.startsWith('~')) return false;
  return (innerText ?? innerModifier).startsWith(outerText ?? outerModifier);
}

/** A generator of numbers from 0 to below `limit`, the same for the same seed (mulberry32). */
export function numbers(seed: number): (limit: number) => number {
  let state = seed | 0;
  return limit => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

const REQUEST_TARGETS = [
  ...['/', '/a', '/a/', '/a/b', '/a/b/', '/b', '/b/x', '/x.php', '/a/x.php', '/pub', '/pub/x', '/secret', '/err'],
  ...['/auth', '/page.html', '/dir', '/dir/', '/nowhere', '/abc', '/A', '/zz/9', '/other/page.html', '/b.PHP'],
  ...['/a?k=1', '/b?k=0', '/?k=1', '/a?k=x&k=1', '/b?m=1&K=1', '/a/b?u=/secret', '/?u=@n1', '/b?u=http://x.test/'],
  ...['/a?u=', '/pub/a?k=1&ip=10.1.2.3', '/a/b.php?k=SUCCESS', '/err?k=1', '/?u=/a/b', '/secret?k=page', '/a?u=@n2'],
];
const ODD_TARGETS = [
  ...['/a%2fb', '//a//b', '/a/../b', '/a/./b', '/b/..', '/%61', '/a%0a', '/x%2ephp', '/..', '/%zz', '/a%00', '/a#x'],
  ...['/pub/%3fk=1', '/pub/a%20b+c', '/a?#k', '/a/b%23', '*', 'http://b.test/a', 'https://a.test', 'http://a/b', 'x'],
  ...['/a/x/../../b', '/.', '/a..', '/...', `/${'l'.repeat(1100)}`, '/a/b%25', '/pub/%2561?k=%30', '/a/%c3%a9?k=1'],
];
const HOSTS = ['a.test', 'b.test', 'c.test', 'x.w.test', 'd.test', 'y.d.test', 'e.test', 'r1.test', 'unknown.test'];

const ODD_HOSTS = ['a/b', 'A.TEST:99', 'b.test.', '..', 'a.test:x', '', undefined, undefined, undefined];
const ROLES: readonly [string, string][] = [
  ['X-Role', 'admin'],
  ['X-Role', 'ADMIN2'],
  ['x_role', 'admin'],
];
const CREDENTIALS: readonly [string, string][] = [
  ['Cookie', 's=1'],
  ['Cookie', 'a=b; S=0'],
  ['Authorization', 'Basic dTpw'],
];
const ADDRESSES: readonly [string, string][] = [
  ['X-Real-IP', '127.0.0.2'],
  ['X-Real-IP', '10.1.1.1'],
  ['X-Forwarded-For', '10.1.1.1, 127.0.0.2'],
  ['X-Forwarded-For', 'nobody, 127.0.0.2:80, 127.0.0.1'],
  ['X-Forwarded-For', '::1,127.0.0.1 '],
];
const ODD_HEADERS: readonly [string, string][] = [
  ['Host', 'b.test'],
  ['Transfer-Encoding', 'gzip'],
  ['Content-Length', 'x'],
  ['X-Long', 'l'.repeat(1100)],
  ['X Bad', '1'],
  ['X.Dot', '1'],
];

type Draw = (limit: number) => number;

/** What all requests over one connection share. */
function drawConnection(
  draw: Draw,
  sockets: readonly (0 | 1 | 2)[],
  surroundings: Surroundings,
): Pick<Request, 'connect' | 'sourceAddress' | 'tls'> {
  const one = <T>(values: readonly T[]): T => values[draw(values.length)]!;
  const socket = one(sockets);
  const serverName = draw(4) > 0 ? one(HOSTS.slice(0, 3)) : one([one(HOSTS), null, null, 'unknown.test']);
  const certificate = one(['none', 'none', 'trusted', 'trusted', 'trusted', 'self', 'other'] as const);
  const plain = socket === 2 ? draw(40) > 0 : draw(20) === 0;
  const issuer = { trusted: surroundings.authority, other: surroundings.otherAuthority, self: 'self' };
  return {
    connect: { address: '127.0.0.1', port: surroundings.ports[socket]! },
    sourceAddress: one(['127.0.0.1', '127.0.0.1', '127.0.0.2']),
    tls: plain
      ? null
      : certificate === 'none'
        ? { serverName, certificate }
        : {
            serverName,
            certificate: certificate === 'trusted' ? certificate : 'untrusted',
            issuer: issuer[certificate],
          },
  };
}

function drawHttp(draw: Draw, number: number, serverName: string | null | undefined): Request['http'] {
  const one = <T>(values: readonly T[]): T => values[draw(values.length)]!;
  const host = draw(4) > 0 ? (serverName ?? one(HOSTS.slice(0, 3))) : one(HOSTS);
  const hostValue = draw(20) === 0 ? one(ODD_HOSTS) : host;
  const headers: [string, string][] = [['X-Request', String(number)]];
  if (hostValue !== undefined) headers.push(['Host', hostValue]);
  if (draw(3) === 0) headers.push(one(ROLES));
  if (draw(6) === 0) headers.push(one(CREDENTIALS));
  if (draw(5) === 0) headers.push(one(ADDRESSES));
  if (draw(12) === 0) headers.push(one(ADDRESSES));
  if (draw(40) === 0) headers.push(one(ODD_HEADERS));
  const method =
    draw(10) > 0
      ? one(['GET', 'GET', 'GET', 'POST'])
      : one(['HEAD', 'FOO', 'TRACE', 'DELETE', 'get', 'CONNECT', 'PUT']);
  const body = method === 'POST' && draw(2) === 0 ? { body: { length: one([0, 5, 50]) } } : {};
  return { method, target: draw(8) > 0 ? one(REQUEST_TARGETS) : one(ODD_TARGETS), headers, ...body };
}

/**
 * The requests that a run sends to a configuration, about eight to a connection: the same for the same seed.
 * Each carries its number in the header X-Request, which back ends report.
 */
export function requestUniverse(
  shape: ConfigShape,
  seed: number,
  count: number,
  surroundings: Surroundings,
): Request[] {
  const draw = numbers(seed);
  const used = shape.servers.flatMap(({ sockets }) => sockets.map(({ socket }) => socket));
  const connections = Array.from({ length: Math.ceil(count / 8) }, () => drawConnection(draw, used, surroundings));
  return Array.from({ length: count }, (_, number) => {
    const connection = connections[draw(connections.length)]!;
    return { ...connection, http: drawHttp(draw, number, connection.tls?.serverName) };
  });
}
