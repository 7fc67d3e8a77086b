import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { Verdict } from '../../../src/analysis/access.js';
import {
  addressesBetween,
  addressesOfRange,
  pointOf,
  pointOfText,
  rangeText,
  textAt,
} from '../../../src/analysis/address-set.js';
import { analyse } from '../../../src/analysis/analyse.js';
import { parseAddress } from '../../../src/analysis/evaluate/address.js';
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
    fc.array(refusal, { maxLength: 2 }),
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
    program: fc.array(refusal, { maxLength: 2 }),
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

/** The verdicts for a client without a certificate, by block. */
function verdicts(http: string): string[] {
  return analyse(modelOf(mainFile(http))).rows.map(
    ({ site, access }) =>
      `${[site.scope.node?.name, ...(site.scope.node?.args ?? [])].join(' ')}: ${access.none.verdict}`,
  );
}

function verdictOf(server: string, http = ''): Verdict {
  return analyse(modelOf(mainFile(`${http} server { listen 127.0.0.1:8080; ${server} }`))).rows.at(-1)!.access.none;
}

/** The verdict with its conditions, and where the witness comes from. */
function told(server: string, http = ''): string {
  const verdict = verdictOf(server, http);
  if (verdict.verdict === 'unknown') return `unknown: ${verdict.reasons.map(({ text }) => text).join('; ')}`;
  if (verdict.verdict === 'refused') return 'refused';
  const { request } = verdict.witness;
  const headers = request.http.headers.filter(([name]) => name !== 'Host').map(header => header.join(': '));
  const conditions = verdict.verdict === 'conditional' ? verdict.conditions.map(({ text }) => text) : [];
  return [verdict.verdict, ...conditions, request.sourceAddress ?? 'outsider', ...headers].join(' | ');
}

const SITE = 'location / { proxy_pass http://b; }';

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
      { numRuns: 90, seed: 4, includeErrorInReport: true },
    );
    assert.ok(counts.reached > 150 && counts.conditional > 60 && counts.refused > 60, JSON.stringify(counts));
    assert.ok(counts.unknown < 10, JSON.stringify(counts));
  });
});
