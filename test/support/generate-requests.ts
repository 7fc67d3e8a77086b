/** The requests that are sent to a generated configuration. */
import type { Request } from '../../src/analysis/request.js';
import { type ConfigShape, type Item, type ServerShape, SOCKETS, type Surroundings } from './generate-config.js';

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
  ...['/a/?k=/a', '/?k=/secret', '/other/?k=/a/b', '/b/?k=/'],
  ...['/ssi.html', '/pub/0', '/pub/1', '/pub/1?k=1', '/a?l=1', '/b?l=1', '/?l=2', '/pub/x?c=1', '/other/', '/b/'],
];
/** The ways of the generator's gateways. */
const GATEWAYS = [
  ...[
    '/to/rewrite',
    '/to/error',
    '/to/status',
    '/to/named',
    '/to/try',
    '/to/fallback',
    '/to/',
    '/to/check',
    '/to/copy',
  ],
  ...['/to/added', '/to/after', '/to/chain', '/to/chain', '/to/chain?k=1', '/to/rewrite?k=1', '/to/named?k=1'],
  ...['/to/fallback?k=1', '/to/error?u=/a/b', '/to/try?l=1'],
];
const ODD_TARGETS = [
  ...['/a%2fb', '//a//b', '/a/../b', '/a/./b', '/b/..', '/%61', '/a%0a', '/x%2ephp', '/..', '/%zz', '/a%00', '/a#x'],
  ...['/pub/%3fk=1', '/pub/a%20b+c', '/a?#k', '/a/b%23', '*', 'http://b.test/a', 'https://a.test', 'http://a/b', 'x'],
  ...['/a/x/../../b', '/.', '/a..', '/...', `/${'l'.repeat(1100)}`, '/a/b%25', '/pub/%2561?k=%30', '/a/%c3%a9?k=1'],
  ...['/pub/..%2fsecret', '/%2e%2e/..', '/a%2F..%2fb', '/pub/%2e/x', '/secret%00', '/%73ecret', '/pub//../secret'],
  ...['http://a.test:99/b?k=1', 'HTTP://B.TEST./a', 'http://unknown.test', 'ftp://a.test/a', '/a\\b', '/b%5c..%5c'],
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
/** Fields that configurations set for back ends, in the client's own words. */
const FORGED: readonly [string, string][] = [
  ['X-Verify', 'SUCCESS'],
  ['x-verify', 'FAILED:forged'],
  ['X_Verify', 'SUCCESS'],
  ['X-Dn', 'CN=root'],
  ['X_Dn', 'CN=root'],
  ['X_role', 'admin'],
  ['X-Verify', ''],
  ['X.Dot', 'SUCCESS'],
  ['If-None-Match', '"1"'],
  ['TE', 'gzip'],
  ['Upgrade', 'x'],
];
/** Announces chunks, where the body has none. */
const BROKEN_BODY: [string, string] = ['Transfer-Encoding', 'chunked'];
const ODD_HEADERS: readonly [string, string][] = [
  ['Host', 'b.test'],
  ['Transfer-Encoding', 'gzip'],
  ['Content-Length', 'x'],
  ['X-Long', 'l'.repeat(1100)],
  ['X Bad', '1'],
  ['Expect', '100-continue'],
  ['Expect', 'wonders'],
  ['X-Role', 'user'],
  ['Authorization', 'Basic dTpw'],
  ['Cookie', 's=0; k=1'],
  ['Connection', 'close'],
  ['X.Dot', '1'],
  ['If-Match', '"0"'],
  BROKEN_BODY,
];

type Draw = (limit: number) => number;

/** A connection, and what requests over it are most likely to find there. */
interface Aim {
  readonly connection: Pick<Request, 'connect' | 'sourceAddress' | 'tls'>;
  /** The Host of the server that the connection is for; undefined where only a request without one gets there. */
  readonly host: string | undefined;
  /** Paths of the server's own locations. */
  readonly targets: readonly string[];
}

/** A name by which the server is found. */
const NAMES: Readonly<Record<string, string>> = {
  '*.w.test': 'x.w.test',
  '.d.test': 'y.d.test',
  'e.*': 'e.test',
  '"~^r(?<rn>[0-9])\\.test$"': 'r1.test',
};

function hostOf({ names: [first = '""'] }: ServerShape): string | undefined {
  return first === '""' ? undefined : (NAMES[first] ?? first);
}

/** The paths that the locations among the items name, nested ones included. */
function pathsOf(items: readonly Item[]): string[] {
  return items.flatMap(item => {
    if (typeof item === 'string') return [];
    const [, path] = 'head' in item ? (/^location (?:= |\^~ )?(\/\S*)$/.exec(item.head) ?? []) : [];
    return [...(path === undefined ? [] : [path]), ...pathsOf(item.body)];
  });
}

/** What all requests over one connection share. Half of the connections are made as their server asks for. */
function drawConnection(draw: Draw, servers: readonly ServerShape[], surroundings: Surroundings): Aim {
  const one = <T>(values: readonly T[]): T => values[draw(values.length)]!;
  const server = one(servers);
  const { socket } = one(server.sockets);
  const { isTls, connect } = SOCKETS[socket];
  const host = hostOf(server);
  const isAimed = draw(2) === 0;
  const named = draw(4) > 0 ? one(HOSTS.slice(0, 3)) : one([one(HOSTS), null, null, 'unknown.test']);
  const serverName = isAimed ? (host ?? null) : named;
  const accepted = server.authority === 'other' ? 'other' : 'trusted';
  const any = one(['none', 'none', 'trusted', 'trusted', 'trusted', 'self', 'other'] as const);
  const certificate = isAimed ? one([accepted, accepted, accepted, 'none', any] as const) : any;
  const isPlain = isTls ? draw(20) === 0 : draw(40) > 0;
  const issuer = { trusted: surroundings.authority, other: surroundings.otherAuthority, self: 'self' };
  const place = connect(surroundings);
  const isLoopback = place.unix === undefined && !place.address.includes(':');
  const connection = {
    connect: place,
    // Nobody, in most configurations; the host that some exempt; a host that nobody names.
    ...(isLoopback ? { sourceAddress: one(['127.0.0.1', '127.0.0.1', '127.0.0.2', '127.0.0.77']) } : {}),
    ...(place.address.includes(':') && place.unix === undefined ? { sourceAddress: '::1' } : {}),
    tls: isPlain
      ? null
      : certificate === 'none'
        ? { serverName, certificate }
        : {
            serverName,
            certificate: certificate === 'trusted' ? certificate : ('untrusted' as const),
            issuer: issuer[certificate],
          },
  };
  return { connection, host: isAimed ? host : undefined, targets: isAimed ? pathsOf(server.body) : [] };
}

function drawHttp(draw: Draw, number: number, { connection, host: aimed, targets }: Aim): Request['http'] {
  const one = <T>(values: readonly T[]): T => values[draw(values.length)]!;
  const serverName = connection.tls?.serverName;
  const host = draw(4) > 0 ? (aimed ?? serverName ?? one(HOSTS.slice(0, 3))) : one(HOSTS);
  // A server without a name is found by a request without a Host.
  const oddHosts = serverName === null ? [undefined, undefined, undefined, ...ODD_HOSTS] : ODD_HOSTS;
  const hostValue = draw(serverName === null ? 3 : 20) === 0 ? one(oddHosts) : host;
  const usual = targets.length > 0 && draw(2) === 0 ? targets : REQUEST_TARGETS;
  const target = one(draw(8) === 0 ? ODD_TARGETS : draw(3) === 0 ? GATEWAYS : usual);
  if (draw(60) === 0) return { method: draw(10) > 0 ? 'GET' : 'POST', target, version: '0.9', headers: [] };
  const headers: [string, string][] = [['X-Request', String(number)]];
  if (hostValue !== undefined) headers.push(['Host', hostValue]);
  if (draw(3) === 0) headers.push(one(ROLES));
  if (draw(6) === 0) headers.push(one(CREDENTIALS));
  if (draw(5) === 0) headers.push(one(ADDRESSES));
  if (draw(12) === 0) headers.push(one(ADDRESSES));
  if (draw(20) === 0) headers.push(one(ODD_HEADERS));
  const isBroken = headers.some(([, value]) => value === BROKEN_BODY[1]);
  if (draw(3) === 0) headers.push(one(FORGED));
  // In front of the Host header another server's settings decide about a name.
  if (draw(6) === 0) headers.unshift(one(FORGED));
  const method =
    draw(10) > 0
      ? one(['GET', 'GET', 'GET', 'POST'])
      : one(['HEAD', 'FOO', 'TRACE', 'DELETE', 'get', 'CONNECT', 'PUT', 'OPTIONS']);
  const version = draw(hostValue === undefined ? 2 : 40) === 0 ? ({ version: '1.0' } as const) : {};
  const hasBody = (method === 'POST' || method === 'PUT') && draw(2) === 0;
  const body = isBroken ? { body: { length: 5 } } : hasBody ? { body: { length: one([0, 5, 50]) } } : {};
  return { method, target, ...version, headers, ...body };
}

/**
 * The requests that a run sends to a configuration, about eight to a connection: the same for the same seed.
 * Each carries its number in the header X-Request, which back ends report, unless its version knows no headers.
 */
export function requestUniverse(
  shape: ConfigShape,
  seed: number,
  count: number,
  surroundings: Surroundings,
): Request[] {
  const draw = numbers(seed);
  const aims = Array.from({ length: Math.ceil(count / 8) }, () => drawConnection(draw, shape.servers, surroundings));
  return Array.from({ length: count }, (_, number) => {
    const aim = aims[draw(aims.length)]!;
    return { ...aim.connection, http: drawHttp(draw, number, aim) };
  });
}
