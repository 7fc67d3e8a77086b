import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { parseCertificate } from '../../../src/pki/certificate.js';
import { isSignedBy, parseRevocationList, revokedAmong } from '../../../src/pki/crl.js';
import { DerError } from '../../../src/pki/der.js';
import { crlsOf, readPem } from '../../../src/pki/pem.js';
import {
  commonName,
  crlPem,
  der,
  extension,
  FAR_OFF,
  integer,
  KEY_KINDS,
  keyOf,
  LONG_AGO,
  makeAuthority,
  makeCrl,
  sequence,
} from '../../support/certificates.js';
import { requireNginx } from '../../support/nginx.js';
import { describe } from '../../support/suite.js';

const key = keyOf('p256');
const root = makeAuthority(commonName('Root'), key);
const base = { issuer: root.name, signer: key };

describe('parseRevocationList', it => {
  it('reads issuer, times, number, key pointer and entries', () => {
    const crl = parseRevocationList(makeCrl({ ...base, revoked: [1, 0x80, 0x1234], number: 77 }));
    assert.is(crl.issuer.text, 'CN=Root');
    assert.is(crl.thisUpdate, LONG_AGO.getTime());
    assert.is(crl.nextUpdate, FAR_OFF.getTime());
    assert.is(crl.number, '4d');
    assert.is(crl.authorityKeyIdentifier?.keyIdentifier, key.identifier.toString('hex'));
    assert.is(crl.entryCount, 3);
    assert.is(crl.scope, undefined);
    assert.is(crl.deltaOf, undefined);
    assert.equal([...revokedAmong(crl, new Set(['0080', '02', '1234', '80']))], ['0080', '1234']);
  });

  it('reads a list without entries and without an end', () => {
    const crl = parseRevocationList(makeCrl({ ...base, nextUpdate: null }));
    assert.is(crl.entryCount, 0);
    assert.is(crl.nextUpdate, undefined);
    assert.is(revokedAmong(crl, new Set(['01'])).size, 0);
  });

  it('reads the marks of delta lists, of lists for a part, and of unknown critical extensions', () => {
    const marked = (type: string, value: Buffer) =>
      parseRevocationList(makeCrl({ ...base, extraExtensions: [extension(type, value, true)] }));
    assert.is(marked('2.5.29.27', integer(5)).deltaOf, '05');
    const yes = Buffer.from([0xff]);
    const point = der(0xa0, der(0xa0, der(0x86, Buffer.from('http://crl.test/'))));
    const scope = marked(
      '2.5.29.28',
      sequence(point, der(0x81, yes), der(0x83, Buffer.from([0, 2])), der(0x84, yes)),
    ).scope;
    assert.equal(scope, {
      namesPoint: true,
      onlyClients: true,
      onlyAuthorities: false,
      someReasons: true,
      isIndirect: true,
      onlyAttributes: false,
      isContradictory: false,
    });
    assert.ok(marked('2.5.29.28', sequence(der(0x81, yes), der(0x82, yes))).scope?.isContradictory);
    assert.ok(marked('1.2.3.4', integer(1)).hasUnknownCriticalExtension);
    assert.not.ok(marked('2.5.29.28', sequence()).hasUnknownCriticalExtension);
    for (const type of ['2.5.29.27', '2.5.29.28', '2.5.29.35']) {
      const text = der(0x0c, Buffer.from('x'));
      assert.equal(
        [marked(type, text).deltaOf, marked(type, text).scope, marked(type, text).authorityKeyIdentifier?.serial],
        [undefined, undefined, undefined],
      );
    }
  });

  it('checks signatures of every kind of key, also where the CA is certified by another kind', () => {
    for (const kind of KEY_KINDS) {
      const name = commonName(`CA ${kind}`);
      const own = parseCertificate(makeAuthority(name, keyOf(kind), root).certificate);
      const stranger = parseCertificate(makeAuthority(name, keyOf(kind, 1), root).certificate);
      const crl = parseRevocationList(makeCrl({ issuer: name, signer: keyOf(kind), revoked: [7] }));
      assert.is(isSignedBy(crl, own), true, kind);
      assert.is(isSignedBy(crl, stranger), false, kind);
      const forged = parseRevocationList(makeCrl({ issuer: name, signer: keyOf(kind), tamper: true }));
      assert.is(isSignedBy(forged, own), false, kind);
    }
  });

  if (requireNginx()) {
    it('counts and numbers as openssl crl does', () => {
      for (const revoked of [[], [1], [0xff, 0x100, 0x7fffffff]]) {
        const encoding = makeCrl({ ...base, revoked, number: 0xabcd });
        const { stdout } = spawnSync('openssl', ['crl', '-noout', '-text', '-crlnumber'], {
          input: crlPem(encoding),
          encoding: 'utf8',
        });
        assert.match(stdout, /crlNumber=0xABCD/);
        assert.is(parseRevocationList(encoding).entryCount, stdout.match(/Serial Number:/g)?.length ?? 0);
      }
    });
  }

  it('ends in a DerError or in a list whose entries can be walked, however the bytes are damaged', () => {
    const good = makeCrl({ ...base, revoked: [1, 2, 3, 0x80] });
    const edits = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 4 });
    let refused = 0;
    fc.assert(
      fc.property(edits, fc.nat(good.length), fc.boolean(), (changes, length, cut) => {
        const bytes = Buffer.from(good);
        for (const [at, value] of changes) bytes[at] = value;
        try {
          revokedAmong(parseRevocationList(cut ? bytes.subarray(0, length) : bytes), new Set(['01', '0080']));
        } catch (error) {
          assert.instance(error, DerError);
          refused += 1;
        }
      }),
      { numRuns: 5000 },
    );
    assert.ok(refused > 500);
  });

  it('reads a list of 100,000 entries and finds serial numbers in it', () => {
    const revoked = Array.from({ length: 100_000 }, (_, index) => 0x1000_0000_0000 + index * 7);
    const bytes = Buffer.from(crlPem(makeCrl({ ...base, revoked })));
    const crl = crlsOf(readPem('crl.pem', bytes))[0]!;
    assert.is(crl.entryCount, 100_000);
    const wanted = new Set([revoked[99_999]!.toString(16), '05']);
    assert.is(revokedAmong(crl, wanted).size, 1);
  });
});
