/** Random configurations of stream, and connections to them. */
import fc from 'fast-check';
import type { StreamSession, TlsChoice } from '../../src/analysis/request.js';
import { pki } from './pki.js';
import { STREAM_OUTSIDER } from './stream-check.js';

/** Ports that one server may listen on: with TLS and without. */
export const PORTS_PER_SERVER = 2;

/** Servers of one configuration. */
export const SERVERS = 5;

/** Back ends that a configuration names: `site-1` … */
export const SITES = 3;

const VERDICTS = ['SUCCESS', 'NONE', '""', '~FAILED', '~^S', '~*^none$', 'FAILED'];
const NAMES = ['a.test', 'b.test', 'A.test', '~^a', '~^A', '~*^B\\.', '""', 'other'];
const ADDRESSES = ['127.9.0.1', '127.0.0.1', STREAM_OUTSIDER, '~^127\\.9\\.', '~\\.1$', '192.0.2.1', '""'];
const BOTH = ['SUCCESSa.test', 'NONEa.test', '~^SUCCESS', '~a\\.test$', 'SUCCESS', 'NONE', '~^N.*b', '""'];
const NESTED = ['site-1', 'site-2', '""', 'deny', '~^site', '~^(.)'];
const PORTS = ['TCP', 'UDP', '""'];

/** What a map reads, with keys that may hit. */
const SOURCES: readonly (readonly [source: string, keys: readonly string[]])[] = [
  ['$ssl_client_verify', VERDICTS],
  ['$ssl_client_verify', VERDICTS],
  ['$ssl_client_serial', ['01AB', '~^0[0-9]', '~^..$', '""', '01ab2C']],
  ['$ssl_client_fingerprint', ['0a'.repeat(20), '~^0', '~.', '""']],
  ['$ssl_client_s_dn', ['CN=client', 'CN=other', '~^CN=(alice|bob)$', '""', '~client']],
  ['$ssl_server_name', NAMES],
  ['$ssl_preread_server_name', NAMES],
  ['$remote_addr', ADDRESSES],
  ['$realip_remote_addr', ADDRESSES],
  ['$proxy_protocol_addr', ADDRESSES],
  ['"$ssl_client_verify$ssl_server_name"', BOTH],
  ['$geo', ['inside', 'outside', '""', '~^in']],
  ['$map0', NESTED],
  ['$seen', [...VERDICTS, ...NAMES]],
  ['$protocol', PORTS],
];

const VALUES = [
  'site-1',
  'site-2',
  'site-3',
  'SITE-1',
  '""',
  'deny',
  'localhost:1',
  '$map0',
  '$1',
  'site-$ssl_preread_protocol',
];
const RANGES = ['127.9.0.0/16', '127.0.0.1', 'all', '192.0.2.0/24', '127.0.0.0/8'];
const READ_EARLY = [
  '$ssl_client_verify',
  '$ssl_server_name',
  '$ssl_preread_server_name',
  '$remote_addr',
  '$map1',
  'text',
];

const weighted = fc.oneof;

const map = (number: number): fc.Arbitrary<string> =>
  fc.constantFrom(...SOURCES.filter(([source]) => number > 0 || source !== '$map0')).chain(([source, keys]) =>
    fc
      .tuple(
        fc.uniqueArray(fc.constantFrom(...keys), { minLength: 1, maxLength: 3 }),
        fc.array(fc.constantFrom(...VALUES.filter(value => number > 0 || value !== '$map0')), {
          minLength: 3,
          maxLength: 3,
        }),
        fc.option(fc.constantFrom(...VALUES.slice(0, 6))),
        weighted({ weight: 5, arbitrary: fc.constant('') }, { weight: 1, arbitrary: fc.constant('volatile;') }),
      )
      .map(([chosen, values, fallback, volatile]) => {
        const lower = chosen.filter(
          (key, index) =>
            key.startsWith('~') || chosen.findIndex(other => other.toLowerCase() === key.toLowerCase()) === index,
        );
        const entries = lower.map((key, index) => {
          // Only a group that is there can be read.
          const value = values[index] === '$1' && !key.includes('(') ? 'site-1' : values[index];
          return `'${key.replaceAll('"', '')}' ${value};`;
        });
        const last = fallback === null ? '' : `default ${fallback};`;
        return `map ${source} $map${number} { ${volatile} ${entries.join(' ')} ${last} }`;
      }),
  );

const rules = fc
  .array(fc.tuple(fc.constantFrom('allow', 'deny'), fc.constantFrom(...RANGES)), { maxLength: 2 })
  .map(list => list.map(([rule, range]) => `${rule} ${range};`).join(' '));

const handler = weighted(
  { weight: 2, arbitrary: fc.constantFrom('proxy_pass site-1;', 'proxy_pass site-2;') },
  { weight: 5, arbitrary: fc.integer({ min: 0, max: 3 }).map(number => `proxy_pass $map${number};`) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 3 }).map(number => `return "return-1 $map${number}|";`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('return "return-1 $ssl_client_verify|";', 'return "return-2 $remote_addr|";'),
  },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 3 }).map(number => `return $map${number};`) },
);

const sometimes = (weight: number, arbitrary: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  weighted({ weight: 10 - weight, arbitrary: fc.constant('') }, { weight, arbitrary });

/** A server with its first port as PORT and its second as NEXT. */
const server: fc.Arbitrary<string> = fc
  .record({
    listen: fc.constantFrom(
      ...[
        'PORT ssl',
        'PORT ssl',
        'PORT ssl',
        'PORT',
        'PORT ssl; NEXT',
        'PORT ssl proxy_protocol',
        'PORT proxy_protocol',
      ],
    ),
    mode: fc.constantFrom('on', 'optional', 'optional', 'optional_no_ca', 'optional_no_ca', 'off', ''),
    authority: fc.constantFrom('AUTHORITY', 'AUTHORITY', 'OTHER_AUTHORITY'),
    trusted: sometimes(2, fc.constant('ssl_trusted_certificate OTHER_AUTHORITY;')),
    preread: sometimes(3, fc.constant('ssl_preread on;')),
    rules: weighted({ weight: 2, arbitrary: fc.constant('') }, { weight: 1, arbitrary: rules }),
    realip: sometimes(3, fc.constantFrom('set_real_ip_from 127.0.0.0/8;', 'set_real_ip_from 127.9.0.1;')),
    early: sometimes(
      2,
      fc.constantFrom(...READ_EARLY).map(value => `set $seen ${value};`),
    ),
    overwrite: sometimes(1, fc.constantFrom('set $ssl_client_verify SUCCESS;', 'set $map2 site-3;')),
    limit: sometimes(2, fc.constantFrom('limit_conn verdicts 9999;', 'limit_conn clients 9999;')),
    handler,
  })
  .map(parts => {
    const listens = parts.listen.split('; ').map(listen => `listen 127.0.0.1:${listen};`);
    const verify =
      parts.mode === '' ? '' : `ssl_verify_client ${parts.mode}; ssl_client_certificate ${parts.authority};`;
    const rest = [parts.trusted, parts.preread, parts.rules, parts.realip, parts.early, parts.overwrite, parts.limit];
    return `server { ${listens.join(' ')} ${verify} ${rest.filter(Boolean).join(' ')} ${parts.handler} }`;
  });

const geo = fc
  .uniqueArray(
    fc.constantFrom('127.9.0.0/16 inside;', '127.0.0.1 inside;', '127.0.0.0/8 outside;', 'default outside;'),
    {
      maxLength: 3,
    },
  )
  .map(entries => `geo $geo { ${entries.join(' ')} }`);

/** The content of a stream block, without upstreams; with the words PORT, NEXT, AUTHORITY and OTHER_AUTHORITY in it. */
export const randomStream: fc.Arbitrary<string> = fc
  .tuple(
    geo,
    fc.tuple(map(0), map(1), map(2), map(3)),
    fc.array(server, { minLength: SERVERS, maxLength: SERVERS }),
    sometimes(2, fc.constantFrom('ssl_verify_client optional; ssl_client_certificate AUTHORITY;', 'deny 127.9.0.1;')),
  )
  .map(([variables, maps, servers, inherited]) =>
    [
      'limit_conn_zone $ssl_client_verify zone=verdicts:1m; limit_conn_zone $remote_addr zone=clients:1m;',
      'ssl_certificate SERVER_CERTIFICATE; ssl_certificate_key SERVER_KEY;',
      // Somebody has to define the variable that maps read.
      'server { listen 127.0.0.1:SPARE; set $seen ""; return ""; }',
      inherited,
      variables,
      ...maps,
      ...servers,
    ].join('\n'),
  );

/** The text with its words filled in. */
export function filledStream(text: string, ports: readonly number[]): string {
  const { authority, otherAuthority, serverCertificate, serverKey } = pki();
  let index = -1;
  return text
    .split('\n')
    .map(line => {
      if (!line.startsWith('server ')) return line;
      if (line.includes('SPARE')) return line.replace('SPARE', String(ports[PORTS_PER_SERVER * SERVERS]));
      index += 1;
      return line
        .replace('PORT', String(ports[PORTS_PER_SERVER * index]))
        .replace('NEXT', String(ports[PORTS_PER_SERVER * index + 1]));
    })
    .join('\n')
    .replaceAll('OTHER_AUTHORITY', otherAuthority)
    .replaceAll('AUTHORITY', authority)
    .replaceAll('SERVER_CERTIFICATE', serverCertificate)
    .replaceAll('SERVER_KEY', serverKey);
}

/** Every kind of connection to every address of a filled text. */
export function sessionsTo(text: string): StreamSession[] {
  const { authority, otherAuthority } = pki();
  const certificates: readonly Omit<TlsChoice, 'serverName'>[] = [
    { certificate: 'none' },
    { certificate: 'trusted', issuer: authority },
    { certificate: 'trusted', issuer: otherAuthority },
    { certificate: 'untrusted', issuer: 'self' },
  ];
  const tls: (TlsChoice | null)[] = [null];
  for (const certificate of certificates) {
    for (const serverName of [null, 'a.test', 'b.test', 'A.test']) tls.push({ serverName, ...certificate });
  }
  const sessions: StreamSession[] = [];
  for (const [listen, port = ''] of text.matchAll(/listen 127\.0\.0\.1:(\d+)[^;]*/g)) {
    const lines = listen.includes('proxy_protocol') ? [undefined, '127.9.0.1', '192.0.2.1', ''] : [undefined];
    for (const proxyProtocol of lines) {
      for (const sourceAddress of [STREAM_OUTSIDER, '127.0.0.1', '127.9.0.1']) {
        for (const choice of tls) {
          const connect = { address: '127.0.0.1', port: Number(port) };
          const line = proxyProtocol === undefined ? {} : { proxyProtocol };
          sessions.push({ connect: { ...connect, ...line }, sourceAddress, tls: choice, http: null });
        }
      }
    }
  }
  return sessions;
}
