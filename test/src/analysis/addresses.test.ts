import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { analyse } from '../../../src/analysis/analyse.js';
import { evaluate } from '../../../src/analysis/evaluate.js';
import { outsiderOf } from '../../../src/analysis/outsiders.js';
import type { Request } from '../../../src/analysis/request.js';
import { siteKey } from '../../../src/analysis/sites.js';
import type { HttpModel } from '../../../src/model/model.js';
import { modelOf } from '../../support/differential.js';
import { mainFile } from '../../support/nginx.js';
import { describe } from '../../support/suite.js';

/** Networks and addresses of which random configurations are made. */
const RANGES = ['10.0.0.0/8', '10.1.0.0/16', '10.1.2.3', '127.0.0.0/26', '127.0.0.2', '0.0.0.0/0', '192.0.2.128/25'];
const SIX = ['2001:db8::/32', '2001:db8::7', '::/0', '::1'];

/** An address of each atom that these ranges, and the patterns below, cut the address space into. */
const SAMPLES = [
  ...[
    '10.0.0.1',
    '10.0.0.2',
    '10.0.0.7',
    '10.1.0.1',
    '10.1.0.2',
    '10.1.0.7',
    '10.1.2.3',
    '11.0.0.0',
    '11.0.0.2',
    '11.0.0.7',
  ],
  ...['127.0.0.1', '127.0.0.2', '127.0.0.7', '127.0.0.12', '127.0.0.17', '127.0.0.64', '127.0.0.77', '127.0.0.82'],
  ...['192.0.2.200', '192.0.2.202', '192.0.2.207', '2001:db8::1', '2001:db8::7', '2001:db9::', '2001:db9::7'],
  ...['::1', 'fe80::', 'fe80::7', '::ffff:10.1.2.3', '::ffff:127.0.0.2', '::ffff:10.0.0.1'],
];

const range = fc.constantFrom(...RANGES, ...SIX, ...RANGES);
const rule = fc.oneof(
  fc.tuple(fc.constantFrom('allow', 'deny'), range).map(([name, operand]) => `${name} ${operand};`),
  fc.constantFrom('deny all;', 'deny all;', 'allow all;'),
);
const entry = fc.tuple(range, fc.constantFrom('1', '2', '3')).map(([network, value]) => `${network} ${value};`);
const geo = fc
  .tuple(
    fc.constantFrom('', '', '', '$remote_addr ', '$arg_ip ', '$realip_remote_addr '),
    fc.constantFrom('', 'default 1;', 'default 2;'),
    fc.array(entry, { maxLength: 4 }),
    fc.constantFrom('', '', '', 'proxy 10.0.0.0/8;', 'proxy 127.0.0.1; proxy_recursive;', 'proxy 0.0.0.0/0;'),
  )
  .map(([source, fallback, entries, proxies]) => `geo ${source}$g { ${fallback} ${entries.join(' ')} ${proxies} }`);
const key = fc.constantFrom(
  '10.1.2.3',
  '127.0.0.2',
  '"~^10\\."',
  '"~^127\\.0\\.0\\.\\d$"',
  '"~:"',
  '"~[37]$"',
  '"~*^2001:DB8:"',
);
const map = fc
  .tuple(
    fc.constantFrom('$remote_addr', '$remote_addr', '$g', '$realip_remote_addr', '$g-$remote_addr'),
    fc.array(fc.tuple(key, fc.constantFrom('1', '2')), { maxLength: 3 }),
    fc.constantFrom('', 'default 1;', 'default 3;'),
  )
  .map(([source, entries, fallback]) => {
    const keys = new Map(entries);
    return `map ${source} $m { ${fallback} ${[...keys].map(([name, value]) => `${name} ${value};`).join(' ')} }`;
  });
const condition = fc.oneof(
  fc
    .tuple(fc.constantFrom('$g', '$m'), fc.constantFrom('=', '!='), fc.constantFrom('1', '2', '3'))
    .map(words => words.join(' ')),
  fc
    .tuple(
      fc.constantFrom('$remote_addr', '$realip_remote_addr'),
      fc.constantFrom('=', '!='),
      fc.constantFrom('10.1.2.3', '127.0.0.2'),
    )
    .map(words => words.join(' ')),
  fc
    .tuple(
      fc.constant('$remote_addr'),
      fc.constantFrom('~', '!~'),
      fc.constantFrom('^10\\.', '\\.2$', ':', '^127\\.0\\.0\\.[0-9]$'),
    )
    .map(words => words.join(' ')),
);
const refusal = condition.map(text => `if (${text}) { return 403; }`);
const realip = fc
  .tuple(fc.array(range, { minLength: 1, maxLength: 2 }), fc.constantFrom('', '', 'real_ip_recursive on;'))
  .map(([from, settings]) => `${from.map(network => `set_real_ip_from ${network};`).join(' ')} ${settings}`);
const rarely = (part: fc.Arbitrary<string>): fc.Arbitrary<string> => fc.oneof(fc.constant(''), fc.constant(''), part);
const location = fc
  .tuple(
    rarely(realip),
    fc.array(refusal, { maxLength: 1 }),
    fc.array(rule, { maxLength: 4 }),
    fc.constantFrom('', '', 'error_page 403 = @e;'),
  )
  .map(parts => parts.flat().join(' '));
const config = fc
  .record({
    forwarded: fc.boolean(),
    listen: fc.constantFrom('127.0.0.1:8080', '127.0.0.1:8080', '[::]:8080', '[::]:8080 ipv6only=off'),
    geo,
    map,
    realip: rarely(realip),
    program: fc.array(refusal, { maxLength: 1 }),
    one: location,
    other: location,
    page: location,
  })
  .map(({ forwarded, listen, geo: geoBlock, map: mapBlock, realip: trust, program, one, other, page }) => {
    const site = 'proxy_pass http://127.0.0.1:1;';
    // One header names all addresses, so that single values of it tell everything.
    const header = forwarded || geoBlock.includes('proxy') ? 'real_ip_header X-Forwarded-For;' : '';
    return `${header} ${geoBlock} ${mapBlock} server { listen ${listen}; ${trust} ${program.join(' ')}
      location / { ${one} ${site} } location /b { ${other} ${site} } location @e { ${page} ${site} } }`;
  });

/** Every request that tells the samples apart, from each of them. */
function* universe(text: string, sources: readonly (string | undefined)[]): Generator<Request> {
  const address = text.includes('[::]') ? '::1' : '127.0.0.1';
  const header = text.includes('X-Forwarded-For') ? 'X-Forwarded-For' : 'X-Real-IP';
  const named = /set_real_ip_from|proxy /.test(text) ? [undefined, ...SAMPLES] : [undefined];
  const asked = text.includes('$arg_ip') ? [undefined, ...SAMPLES] : [undefined];
  for (const sourceAddress of sources) {
    for (const ip of asked) {
      for (const value of named) {
        for (const path of ['/', '/b']) {
          yield {
            connect: { address, port: 8080 },
            ...(sourceAddress === undefined ? {} : { sourceAddress }),
            tls: null,
            http: {
              method: 'GET',
              target: ip === undefined ? path : `${path}?ip=${ip}`,
              headers: [['Host', 'a'], ...(value === undefined ? [] : ([[header, value]] as const))],
            },
          };
        }
      }
    }
  }
}

/** The sites that some of the requests reach. */
function reachedBy(model: HttpModel, text: string, sources: readonly (string | undefined)[]): Set<string> {
  const reached = new Set<string>();
  for (const request of universe(text, sources)) {
    const { outcome } = evaluate(model, request);
    if (outcome.kind === 'unknown') throw new Error(`not decided: ${outcome.reason.text}`);
    if (outcome.kind === 'content') reached.add(siteKey(outcome.site));
  }
  return reached;
}

const LISTEN = '127.0.0.1:8080';

/** The verdict with its conditions, and where the witness comes from. */
function told(server: string, http = '', listen = LISTEN): string {
  const table = analyse(modelOf(mainFile(`${http} server { listen ${listen}; ${server} }`)));
  const verdict = table.rows.at(-1)!.access.none;
  if (verdict.verdict === 'unknown') return `unknown: ${verdict.reasons.map(({ text }) => text).join('; ')}`;
  if (verdict.verdict === 'refused') return 'refused';
  const { connect, sourceAddress, http: sent } = verdict.witness.request;
  const headers = sent.headers.filter(([name]) => name !== 'Host').map(header => header.join(': '));
  const conditions = verdict.verdict === 'conditional' ? verdict.conditions.map(({ text }) => text) : [];
  const line = connect.proxyProtocol === undefined ? [] : [`PROXY ${connect.proxyProtocol}`];
  return [verdict.verdict, ...conditions, sourceAddress ?? 'outsider', ...line, ...headers].join(' | ');
}

/** One location with a site behind some directives. */
function site(directives: string): string {
  return `location / { ${directives} proxy_pass http://b; }`;
}

const SITE = site('');

/** A server program that lets only one value of a variable by. */
function only(variable: string, value: string): string {
  return `if (${variable} != ${value}) { return 403; } ${SITE}`;
}

describe('addresses, explorer against the evaluator', it => {
  it('says of every site what single requests from each atom of the address space show', () => {
    const counts = { reached: 0, conditional: 0, refused: 0, unknown: 0 };
    fc.assert(
      fc.property(config, text => {
        const model = modelOf(mainFile(text));
        const isSix = text.includes('[::]');
        const takesBoth = text.includes('ipv6only=off');
        const families = SAMPLES.filter(sample => (sample.includes('.') && !sample.includes(':')) !== isSix).filter(
          sample => takesBoth || !sample.startsWith('::ffff:'),
        );
        const outsiders = takesBoth ? [undefined, `::ffff:${outsiderOf(model, 32)}`] : [undefined];
        const open = reachedBy(model, text, outsiders);
        const named = reachedBy(model, text, families);
        for (const { site, access } of analyse(model).rows) {
          const expected = open.has(siteKey(site)) ? 'reached' : named.has(siteKey(site)) ? 'conditional' : 'refused';
          const { none } = access;
          counts[none.verdict]++;
          if (none.verdict === 'unknown') continue;
          assert.is(none.verdict, expected, `${text}\n${site.scope.node?.args.join()}`);
        }
      }),
      { numRuns: 60, seed: 4, includeErrorInReport: true },
    );
    assert.ok(counts.reached > 25 && counts.conditional > 12 && counts.refused > 60, JSON.stringify(counts));
    assert.ok(counts.unknown < 5, JSON.stringify(counts));
  });

  it('names the range that an outsider is not in, and an address of it', () => {
    assert.is(told(site('allow 10.0.0.0/8; deny all;')), 'conditional | client address in 10.0.0.0/8 | 10.0.0.1');
    assert.is(told(site('allow 127.0.0.1; deny all;')), 'conditional | client address 127.0.0.1 | 127.0.0.1');
    assert.is(told(site('deny 10.9.9.9;')), 'reached | outsider');
    assert.is(told(site('deny 203.0.113.0/24;')), 'reached | outsider');
    assert.is(told(site('allow 0.0.0.0/0; deny all;')), 'reached | outsider');
    assert.is(told(site('deny 0.0.0.0/0;')), 'refused');
    assert.is(told(site('allow ::/0; deny all;')), 'refused');
  });

  it('takes the narrowest ranges for named where together they name every address', () => {
    const all = 'location /x { allow 0.0.0.0/1; allow 128.0.0.0/1; deny all; }';
    assert.is(told(`${all} ${site('deny 10.9.9.9;')}`), 'reached | outsider');
    assert.is(told(`${all} ${site('allow 10.9.9.9; deny all;')}`), 'conditional | client address 10.9.9.9 | 10.9.9.9');
  });

  it('names the address of an outsider where not every other one does the same', () => {
    const split = 'split_clients $remote_addr $s { 50% one; * two; }';
    for (const share of ['one', 'two']) assert.match(told(only('$s', share), split), /^reached \| \d/);
    const joined = 'split_clients "$remote_addr$arg_k" $s { 50% one; * two; }';
    for (const share of ['one', 'two']) assert.match(told(only('$s', share), joined), /^reached \| \d/);
    assert.is(told(only('$s', '""'), 'split_clients $arg_k $s { 50% one; }'), 'reached | outsider');
  });

  it('puts several tests of the address together', () => {
    const geo = 'geo $g { default 0; 10.0.0.0/8 1; 10.1.0.0/16 0; }';
    const inside = only('$g', '1').replace(SITE, '');
    assert.is(
      told(`${inside} ${site('allow 10.2.0.0/16; deny all;')}`, geo),
      'conditional | client address in 10.0.0.0/8, where $g is 1 | client address in 10.2.0.0/16 | 10.2.0.1',
    );
    assert.is(told(`${inside} ${site('allow 10.1.0.0/16; deny all;')}`, geo), 'refused');
    assert.is(told(`${inside} if ($remote_addr !~ "^10\\.1\\.") { return 403; } ${SITE}`, geo), 'refused');
    assert.is(
      told(`if ($remote_addr !~ "[.]7$") { return 403; } if ($remote_addr ~ "7$") { return 403; } ${SITE}`),
      'refused',
    );
  });

  it('follows maps over the address, their patterns, and texts of which it is a part', () => {
    assert.is(
      told(only('$m', '1'), 'map $remote_addr $m { 10.0.0.1 1; "~^192[.]168[.]" 2; }'),
      'conditional | client address 10.0.0.1 | 10.0.0.1',
    );
    assert.is(
      told(only('$m', '2'), 'map $remote_addr $m { 10.0.0.1 1; "~^192[.]168[.]" 2; }'),
      'conditional | client address in 192.168.0.0/16 | 192.168.0.1',
    );
    assert.is(
      told(only('$m', '1'), 'map "$remote_addr:$http_x_key" $m { "10.0.0.1:secret" 1; }'),
      'conditional | client address such as 10.0.0.1 | 10.0.0.1 | X-Key: secret',
    );
  });

  it('keeps the families apart', () => {
    const six = site('allow 2001:db8::/32; deny all;');
    assert.is(told(six), 'refused');
    assert.is(told(six, '', '[::]:80'), 'conditional | client address in 2001:db8::/32 | 2001:db8::1');
    const four = site('allow 10.0.0.0/8; deny all;');
    assert.is(told(four, '', '[::]:80'), 'refused');
    assert.is(told(four, '', '[::]:80 ipv6only=off'), 'conditional | client address in 10.0.0.0/8 | ::ffff:10.0.0.1');
    assert.is(told(site('allow unix:; deny all;'), '', 'unix:/run/a.sock'), 'reached | outsider');
    assert.is(told(site('deny unix:;'), '', 'unix:/run/a.sock'), 'refused');
    const pattern = 'if ($remote_addr !~ "^2001:db8:") { return 403; }';
    assert.is(
      told(`${pattern} ${SITE}`, '', '[::]:80'),
      'conditional | client address such as 2001:db8:: | 2001:db8::',
    );
    // Where both families are open, neither test alone stops outsiders, but the two together do.
    const both = 'if ($remote_addr ~ "^::ffff:") { return 403; } if ($remote_addr !~ "^::ffff:") { return 403; }';
    assert.is(told(`${both} ${SITE}`, '', '[::]:80 ipv6only=off'), 'refused');
  });

  it('lets a client name its address where every peer, or its own, is trusted', () => {
    const rule = site('allow 192.0.2.1; deny all;');
    const trust = 'connection from 10.0.0.0/8, which set_real_ip_from trusts';
    assert.is(told(`set_real_ip_from 0.0.0.0/0; ${rule}`), 'reached | outsider | X-Real-Ip: 192.0.2.1');
    assert.is(
      told(`set_real_ip_from 0.0.0.0/0; real_ip_header X-Forwarded-For; real_ip_recursive on; ${rule}`),
      'reached | outsider | X-Forwarded-For: 192.0.2.1',
    );
    assert.is(
      told(`set_real_ip_from 10.0.0.0/8; if ($realip_remote_addr = 192.0.2.1) { return 403; } ${rule}`),
      `conditional | ${trust} | 10.0.0.1 | X-Real-Ip: 192.0.2.1`,
    );
    // What else is asked of the header leaves other ways to write the address.
    assert.is(
      told(`set_real_ip_from 0.0.0.0/0; if ($http_x_real_ip ~ ^192) { return 403; } ${rule}`),
      'reached | outsider | X-Real-Ip: 0192.0.2.1',
    );
    assert.is(told(`set_real_ip_from ::/0; ${rule}`), 'conditional | client address 192.0.2.1 | 192.0.2.1');
    assert.is(
      told(`set_real_ip_from unix:; ${rule}`, '', 'unix:/run/a.sock'),
      'reached | outsider | X-Real-Ip: 192.0.2.1',
    );
  });

  it('lets realip of a location act behind its program and before its access rules', () => {
    assert.is(
      told(
        'location / { set_real_ip_from 0.0.0.0/0; if ($remote_addr = 192.0.2.1) { proxy_pass http://b; } deny all; }',
      ),
      'refused',
    );
    assert.is(
      told(
        site('set_real_ip_from 0.0.0.0/0; if ($remote_addr = 192.0.2.1) { return 403; } allow 192.0.2.1; deny all;'),
      ),
      'reached | outsider | X-Real-Ip: 192.0.2.1',
    );
  });

  it('takes the address of a PROXY line from the client', () => {
    const listen = `${LISTEN} proxy_protocol`;
    const rule = site('allow 10.0.0.1; deny all;');
    assert.is(told(SITE, '', listen), 'reached | outsider | PROXY 203.0.113.77');
    assert.is(told(rule, '', listen), 'conditional | client address 10.0.0.1 | 10.0.0.1 | PROXY 203.0.113.77');
    const real = 'set_real_ip_from 0.0.0.0/0; real_ip_header proxy_protocol;';
    assert.is(told(`${real} ${rule}`, '', listen), 'reached | outsider | PROXY 10.0.0.1');
    assert.is(told(`${real} ${rule}`), 'conditional | client address 10.0.0.1 | 10.0.0.1');
    assert.is(told(only('$proxy_protocol_addr', '10.0.0.1'), '', listen), 'reached | outsider | PROXY 10.0.0.1');
    assert.is(told(only('$proxy_protocol_addr', '10.0.0.1')), 'refused');
  });

  it('asks geo for what the client writes, and for what a proxy forwards', () => {
    const geo = (head: string, entries: string): string => `geo ${head}$g { default 0; ${entries} }`;
    assert.is(told(only('$g', '1'), geo('$http_x_ip ', '2001:db8::/32 1;')), 'reached | outsider | X-Ip: 2001:db8::');
    assert.is(
      told(only('$g', '1'), geo('$http_x_ip ', '255.255.255.255 1;')),
      'reached | outsider | X-Ip: 255.255.255.255',
    );
    assert.is(
      told(only('$g', '1'), geo('', 'proxy 0.0.0.0/0; 192.0.2.0/24 1;')),
      'reached | outsider | X-Forwarded-For: 192.0.2.1',
    );
    assert.is(
      told(`if ($remote_addr ~ ^192) { return 403; } ${only('$g', '1')}`, geo('', 'proxy 127.0.0.1; 192.0.2.0/24 1;')),
      'conditional | connection from 127.0.0.1, a proxy of $g | 127.0.0.1 | X-Forwarded-For: 192.0.2.1',
    );
    assert.is(
      told(only('$g', '2'), geo('', 'proxy proxy.test; 10.0.0.0/8 1;')),
      'unknown: a proxy of $g is a host name',
    );
  });

  it('knows how a client may write an IPv6 address', () => {
    const geo = (entries: string): string => `geo $http_x_ip $g { default 0; ${entries} }`;
    const unless = (pattern: string): string => `if ($http_x_ip !~ "${pattern}") { return 403; }`;
    const six = geo('2001:db8::/32 1;');
    assert.is(told(`if ($http_x_ip ~ :) { return 403; } ${only('$g', '1')}`, six), 'refused');
    assert.is(told(`${unless('^:')} ${only('$g', '1')}`, six), 'reached | outsider | X-Ip: :2001:db8::');
    assert.is(told(`${unless('^2001:0DB8.*:$')} ${only('$g', '1')}`, six), 'reached | outsider | X-Ip: 2001:0DB8::');
    assert.is(
      told(`${unless('^::1[.]{3}7$')} ${only('$g', '1')}`, geo('::/0 1;')),
      'reached | outsider | X-Ip: ::1...7',
    );
    assert.is(told(`${unless('^::ffff:[0-9]+[.][0-9.]*$')} ${only('$g', '1')}`, geo('::/0 1;')), 'refused');
    // What is no address, which counts as the last one, is no such spelling either.
    assert.is(told(`${unless('^2001:0?db8::$')} ${only('$g', '0')}`, six), 'refused');
  });

  it('lets geo and realip read one X-Forwarded-For', () => {
    const geo = 'geo $g { default 0; proxy 127.0.0.1; 10.0.0.0/8 1; }';
    const trust = 'set_real_ip_from 127.0.0.1; real_ip_header X-Forwarded-For;';
    const asked = 'deny 10.0.0.0/8; if ($g != 1) { return 403; }';
    // Realip of a location acts after geo, that of a server before.
    assert.is(told(site(`${trust} ${asked}`), geo), 'refused');
    assert.is(told(site(`${trust} real_ip_recursive on; ${asked}`), geo), 'refused');
    assert.is(told(`${trust} ${site(asked)}`, geo), 'refused');
    assert.is(told(`${trust} real_ip_recursive on; ${site(asked)}`, geo), 'refused');
    // A proxy that realip does not believe keeps its own address.
    assert.is(
      told(site(`${trust} ${asked}`), geo.replace('127.0.0.1', '127.0.0.0/30')),
      'conditional | connection from 127.0.0.0/30, a proxy of $g | 127.0.0.0 | X-Forwarded-For: 10.0.0.1',
    );
    // Behind an address that both believe realip finds another one, which geo does not look for.
    const more = `${trust} set_real_ip_from 10.0.0.0/8; real_ip_recursive on;`;
    const peer = 'if ($realip_remote_addr != 127.0.0.1) { return 403; }';
    const found = `${more} allow 192.0.2.1; deny all; ${peer} if ($g != 1) { return 403; }`;
    assert.is(
      told(site(found), geo),
      'conditional | client address 127.0.0.1 | 127.0.0.1 | X-Forwarded-For: 192.0.2.1, 10.0.0.1',
    );
    assert.is(told(site(found.replace('real_ip_recursive on;', '')), geo), 'refused');
  });

  it('decides ten thousand entries of a geo, and says where it has too many values', () => {
    const entries = (value: (number: number) => string): string =>
      Array.from({ length: 10_000 }, (_, number) => `10.${number >> 8}.${number & 255}.0/25 ${value(number)};`).join(
        ' ',
      );
    const few = `geo $g { default 0; ${entries(number => String(number % 3))} }`;
    assert.is(
      told(`if ($remote_addr ~ "7$") { return 403; } ${only('$g', '1')}`, few),
      'conditional | client address in 10.0.1.0/25 and 3332 more, where $g is 1 | 10.0.1.1',
    );
    assert.is(told(only('$g', '3'), few), 'refused');
    const many = `geo $g { default 0; ${entries(number => `v${number}`)} }`;
    assert.is(told(only('$g', 'v9999'), many), 'unknown: $g has more than 256 values');
    assert.is(told(only('$g', 'v10000'), many), 'refused');
    assert.is(told(only('$g', 'v7'), many), 'conditional | client address in 10.0.7.0/25, where $g is v7 | 10.0.7.1');
    // A proxy may forward an address with one of them as well.
    const forwarded = many.replace('default 0;', 'default 0; proxy unix:;');
    assert.is(told(only('$g', 'v9999'), forwarded, 'unix:/run/a.sock'), 'unknown: $g has more than 256 values');
    assert.is(told(only('$g', 'v7'), forwarded, 'unix:/run/a.sock'), 'reached | outsider | X-Forwarded-For: 10.0.7.1');
  });

  it('knows no trusted peers where they are host names', () => {
    const rule = site('allow 192.0.2.1; deny all;');
    assert.ok(told(`set_real_ip_from proxy.test; ${rule}`).includes('which addresses proxy.test stands for'));
    assert.is(told(site('allow proxy.test; deny all;')), 'unknown: which addresses proxy.test stands for');
  });
});
