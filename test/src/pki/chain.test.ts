import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { parseCertificate } from '../../../src/pki/certificate.js';
import { type AuthorityCoverage, type CrlProblem, revocationCoverage } from '../../../src/pki/chain.js';
import { parseRevocationList } from '../../../src/pki/crl.js';
import {
  type Authority,
  attribute,
  certificatePem,
  commonName,
  crlPem,
  der,
  distinguishedName,
  extension,
  integer,
  KEY_KINDS,
  type Key,
  keyOf,
  makeAuthority,
  makeCertificate,
  makeClient,
  makeCrl,
  sequence,
} from '../../support/certificates.js';
import { describe } from '../../support/suite.js';
import { hasProgram, withFolder } from '../../support/tools.js';

const NOW = new Date('2030-06-01T00:00:00Z');
const EARLIER = new Date('2030-01-01T00:00:00Z');
const LATER = new Date('2031-01-01T00:00:00Z');

/** How a generated authority stands with its CRL. */
const SITUATIONS = [
  'good',
  'good',
  'good',
  'good',
  'missing',
  'expired',
  'future',
  'foreign',
  'nameless foreign',
  'tampered',
  'old and new',
  'good then newer tampered',
  'expired and good',
  'only clients',
  'only authorities',
  'only attributes',
  'both halves',
  'delta',
  'no end',
  'critical',
  'indirect',
  'no cRLSign',
  'revokes',
  'revokes strangers',
  'renewed name',
] as const;
type Situation = (typeof SITUATIONS)[number];

const SCOPE = '2.5.29.28';
const flag = (number: number): Buffer => sequence(der(0x80 | number, Buffer.from([0xff])));

function crlsFor(situation: Situation, authority: Authority, stranger: Key, children: readonly number[]): Buffer[] {
  const base = { issuer: authority.name, signer: authority.key };
  const good = makeCrl(base);
  const scoped = (number: number): Buffer =>
    makeCrl({ ...base, extraExtensions: [extension(SCOPE, flag(number), true)] });
  switch (situation) {
    case 'good':
    case 'no cRLSign':
      return [good];
    case 'missing':
      return [];
    case 'expired':
      return [makeCrl({ ...base, nextUpdate: EARLIER })];
    case 'future':
      return [makeCrl({ ...base, thisUpdate: LATER })];
    case 'foreign':
      return [makeCrl({ ...base, signer: stranger })];
    case 'nameless foreign':
      return [makeCrl({ ...base, signer: stranger, hasKeyIdentifier: false })];
    case 'tampered':
      return [makeCrl({ ...base, tamper: true })];
    case 'old and new':
      return [makeCrl({ ...base, thisUpdate: EARLIER, revoked: children }), good];
    case 'good then newer tampered':
      return [good, makeCrl({ ...base, thisUpdate: EARLIER, tamper: true })];
    case 'expired and good':
      return [makeCrl({ ...base, nextUpdate: EARLIER }), good];
    case 'only clients':
      return [scoped(1)];
    case 'only authorities':
      return [scoped(2)];
    case 'only attributes':
      return [scoped(5)];
    case 'both halves':
      return [scoped(1), scoped(2)];
    case 'indirect':
      return [scoped(4)];
    case 'delta':
      return [makeCrl({ ...base, extraExtensions: [extension('2.5.29.27', integer(1), true)] })];
    case 'no end':
      return [makeCrl({ ...base, nextUpdate: null })];
    case 'critical':
      return [makeCrl({ ...base, extraExtensions: [extension('1.2.3.4', integer(1), true)] })];
    case 'revokes':
      return [makeCrl({ ...base, revoked: children })];
    case 'revokes strangers':
      return [makeCrl({ ...base, revoked: [3, 0x80, 0xffff, 0x7fffff] })];
    case 'renewed name':
      // The same name in other letters and another string type is the same name.
      return [makeCrl({ ...base, issuer: respelled(authority.name) })];
  }
}

function respelled(name: Buffer): Buffer {
  return Buffer.from(name.toString('latin1').replace(/Authority/g, 'aUTHORITY'), 'latin1');
}

interface Hierarchy {
  readonly authorities: readonly Authority[];
  readonly situations: readonly Situation[];
  readonly crls: readonly Buffer[];
}

/** A small generator of numbers, so that every run sees the same hierarchies (mulberry32). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

function generate(seed: number): Hierarchy {
  const next = numbers(seed);
  const pool = KEY_KINDS.flatMap(kind => [keyOf(kind, 0), keyOf(kind, 1)]).map(key => ({ key, order: next(1000) }));
  const keys = pool.sort((one, other) => one.order - other.order).map(({ key }) => key);
  const count = 1 + next(5);
  const made: { authority: Authority; parent: number; depth: number; situation: Situation }[] = [];
  for (let index = 0; index < count; index += 1) {
    const parent = index === 0 || next(6) === 0 ? -1 : next(3) === 0 ? next(index) : index - 1;
    const name = distinguishedName(
      attribute('C', 'KR', 0x13),
      attribute('O', next(2) === 0 ? 'Org' : '조직, Inc. '),
      attribute('CN', `Authority ${index}`),
    );
    const situation = SITUATIONS[next(SITUATIONS.length)]!;
    const above = parent === -1 ? undefined : made[parent]!;
    const authority = makeAuthority(name, keys[index]!, above?.authority, {
      maySignCrls: situation !== 'no cRLSign',
      hasKeyIdentifiers: next(5) !== 0,
    });
    made.push({ authority, parent, depth: (above?.depth ?? -1) + 1, situation });
  }
  const crls = made.flatMap(({ authority, situation }, index) => {
    const children = made.filter(({ parent }) => parent === index).map(child => child.authority.serial);
    return crlsFor(situation, authority, keys[count]!, children);
  });
  return { authorities: made.map(({ authority }) => authority), situations: made.map(one => one.situation), crls };
}

const CODES: Readonly<Record<CrlProblem, number>> = {
  'no-crl-sign': 35,
  'wrong-scope': 44,
  'not-yet-valid': 11,
  expired: 12,
  'wrong-signature': 8,
  'unknown-critical-extension': 36,
};

/** The first error that OpenSSL should meet; 0 where it should accept. */
function expectedError(coverage: AuthorityCoverage | undefined): number | undefined {
  if (coverage === undefined) return undefined;
  const first = coverage.obstacles[0];
  if (first === undefined) return 0;
  if (first.kind === 'revoked') return 23;
  return first.state.kind === 'missing' ? 3 : CODES[first.state.reason];
}

/** What `openssl verify` says of each client, in order: the first error, 0 for none. */
function opensslErrors(
  folder: string,
  trusted: readonly Buffer[],
  crls: readonly Buffer[],
  clients: readonly Buffer[],
) {
  writeFileSync(join(folder, 'store.pem'), [...trusted.map(certificatePem), ...crls.map(crlPem)].join(''));
  const files = clients.map((client, index) => {
    writeFileSync(join(folder, `client-${index}.pem`), certificatePem(client));
    return `client-${index}.pem`;
  });
  const { stdout, stderr } = spawnSync(
    'openssl',
    [
      ...['verify', '-no-CApath', '-no-CAstore', '-CAfile', 'store.pem', '-crl_check', '-crl_check_all'],
      ...['-purpose', 'sslclient', '-attime', `${NOW.getTime() / 1000}`, ...files],
    ],
    { cwd: folder, encoding: 'utf8' },
  );
  const errors = new Map<string, number>();
  let first = 0;
  for (const line of stderr.split('\n')) {
    const code = /^error (\d+) at \d+ depth/.exec(line)?.[1];
    if (code !== undefined && first === 0) first = Number(code);
    const file = /^error (client-\d+\.pem): verification failed/.exec(line)?.[1];
    if (file === undefined) continue;
    errors.set(file, first);
    first = 0;
  }
  for (const file of files) if (stdout.includes(`${file}: OK`)) errors.set(file, 0);
  return files.map(file => errors.get(file));
}

/** Our verdicts on a client of each authority. */
function ourErrors(authorities: readonly Buffer[], crls: readonly Buffer[]): (number | undefined)[] {
  const certificates = authorities.map(parseCertificate);
  const coverage = revocationCoverage(certificates, crls.map(parseRevocationList), NOW.getTime());
  return certificates.map(certificate => expectedError(coverage.find(one => one.authority === certificate)));
}

describe('revocationCoverage', it => {
  if (hasProgram('openssl', 'version')) {
    it('says of 150 generated hierarchies what openssl verify -crl_check_all says', () => {
      withFolder(folder => {
        const met = new Map<number, number>();
        for (let seed = 1; seed <= 150; seed += 1) {
          const { authorities, situations, crls } = generate(seed);
          const trusted = authorities.map(({ certificate }) => certificate);
          const clients = authorities.map(authority => makeClient(authority, keyOf('p256', 7)));
          const ours = ourErrors(trusted, crls);
          const theirs = opensslErrors(folder, trusted, crls, clients);
          assert.equal(ours, theirs, `hierarchy ${seed}: ${situations.join(', ')}`);
          for (const code of theirs) met.set(code!, (met.get(code!) ?? 0) + 1);
        }
        // Every outcome must have come up, or the generator has gone blind.
        for (const code of [0, 3, 8, 11, 12, 23, 35, 36, 44]) assert.ok(met.has(code), `error ${code} never came up`);
      });
    });
  }
});
void commonName;
void makeCertificate;
