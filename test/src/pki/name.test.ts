import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { parseCertificate } from '../../../src/pki/certificate.js';
import { DerReader } from '../../../src/pki/der.js';
import { readName } from '../../../src/pki/name.js';
import {
  attribute,
  certificatePem,
  commonName,
  distinguishedName,
  keyOf,
  makeCertificate,
  objectIdentifier,
  sequence,
} from '../../support/certificates.js';
import { requireNginx } from '../../support/nginx.js';
import { describe } from '../../support/suite.js';

const UTF8 = 0x0c;
const NUMERIC = 0x12;
const PRINTABLE = 0x13;
const TELETEX = 0x14;
const IA5 = 0x16;
const UNIVERSAL = 0x1c;
const BMP = 0x1e;

const nameOf = (encoding: Buffer) => readName(new DerReader(encoding));
const bmp = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();
const universal = (text: string): Buffer =>
  Buffer.concat(
    [...text].map(character => Buffer.from(character.codePointAt(0)!.toString(16).padStart(8, '0'), 'hex')),
  );

function opensslText(name: Buffer, form: 'RFC2253' | 'compat' = 'RFC2253'): string {
  const key = keyOf('p256');
  const certificate = makeCertificate({ subject: name, issuer: commonName('issuer'), key, signer: key });
  const { stdout, stderr } = spawnSync('openssl', ['x509', '-noout', '-subject', '-nameopt', form], {
    input: certificatePem(certificate),
    encoding: 'latin1',
  });
  assert.match(stdout, /^subject=/, stderr);
  assert.is(parseCertificate(certificate).subject.text, nameOf(name).text);
  return stdout.slice('subject='.length, -1);
}

/** Subjects with everything that OpenSSL treats in a way of its own. */
const SUBJECTS: Readonly<Record<string, Buffer>> = {
  'characters with a meaning': commonName('a,b+c"d\\e<f>g;h=i#j/k'),
  'a space and # in front': distinguishedName(attribute('CN', '#1'), attribute('O', ' a '), attribute('OU', '  ')),
  'single characters': distinguishedName(attribute('CN', '#'), attribute('O', ' '), attribute('OU', ',')),
  'empty values': distinguishedName(attribute('CN', ''), attribute('O', '')),
  Hangul: commonName('김철수'),
  'Latin-1 in teletex': distinguishedName(attribute('CN', Buffer.from('Stra\xdfe', 'latin1'), TELETEX)),
  'control characters': commonName('a\tb\x00c\x7fd\ne'),
  'several attributes in one set': distinguishedName(
    attribute('C', 'KR', PRINTABLE),
    [attribute('CN', 'x'), attribute('OU', 'y'), attribute('2.5.4.5', '12', NUMERIC)],
    attribute('O', 'z'),
  ),
  'DC, UID and mail': distinguishedName(
    attribute('0.9.2342.19200300.100.1.25', 'com', IA5),
    attribute('0.9.2342.19200300.100.1.25', 'example', IA5),
    attribute('0.9.2342.19200300.100.1.1', 'kim'),
    attribute('1.2.840.113549.1.9.1', 'kim@example.com', IA5),
  ),
  'extended validation': distinguishedName(
    attribute('1.3.6.1.4.1.311.60.2.1.3', 'KR', PRINTABLE),
    attribute('1.3.6.1.4.1.311.60.2.1.2', 'Seoul'),
    attribute('2.5.4.15', 'Private Organization'),
    attribute('2.5.4.97', 'VATKR-1'),
  ),
  'wide strings': distinguishedName(attribute('CN', bmp('김 a,b'), BMP), attribute('O', universal('𝕏 #'), UNIVERSAL)),
  'an unknown attribute': distinguishedName(attribute('1.3.6.1.4.1.99999.1', 'x,y'), attribute('CN', 'z')),
  'a long unknown attribute': distinguishedName(attribute(`1.3.6.1.4.1${'.1234567890'.repeat(9)}`, 'x')),
  'a value that is no string': distinguishedName(attribute('2.5.4.45', Buffer.from([0, 0xff]), 0x03)),
  'slashes and signs of equality': distinguishedName(attribute('O', 'a/CN=b'), attribute('CN', 'c=d~\x7f')),
  'bits of which some do not count': distinguishedName(attribute('2.5.4.45', Buffer.from([5, 0x80, 0xff]), 0x03)),
  'a sequence': distinguishedName(sequence(objectIdentifier('2.5.4.3'), sequence(objectIdentifier('2.5.4.3')))),
  'no attribute': distinguishedName(),
  'an empty set': distinguishedName([], attribute('CN', 'x'), []),
};

describe('readName', it => {
  if (requireNginx()) {
    for (const [what, name] of Object.entries(SUBJECTS)) {
      it(`prints ${what} as OpenSSL does`, () => {
        assert.is(nameOf(name).text, opensslText(name));
        assert.is(nameOf(name).legacyText, opensslText(name, 'compat'));
      });
    }

    it('prints random names as OpenSSL does', () => {
      const string = fc.oneof(
        fc.tuple(fc.constantFrom(UTF8), fc.string({ unit: 'grapheme', maxLength: 6 })),
        fc.tuple(
          fc.constantFrom(PRINTABLE, IA5, TELETEX, NUMERIC),
          fc.string({ unit: 'grapheme-ascii', maxLength: 6 }),
        ),
      );
      const value = string.map(([tag, text]) => ({ tag, text }));
      const type = fc.constantFrom('C', 'O', 'OU', 'CN', '2.5.4.4', '2.5.4.12', '2.5.4.46', '1.2.3.4', '2.5.4.100');
      const pair = fc.tuple(type, value).map(([kind, { tag, text }]) => attribute(kind, text, tag));
      const sets = fc.array(fc.array(pair, { minLength: 1, maxLength: 3 }), { maxLength: 4 });
      fc.assert(
        fc.property(sets, parts => {
          const name = distinguishedName(...parts);
          assert.is(nameOf(name).text, opensslText(name));
          assert.is(nameOf(name).legacyText, opensslText(name, 'compat'));
        }),
        { numRuns: 40, seed: 7 },
      );
    });
  }

  it('calls names equal that differ in case, white space or string type only', () => {
    const base = nameOf(distinguishedName(attribute('O', 'Example Org'), attribute('CN', 'Root CA'))).key;
    for (const other of [
      distinguishedName(attribute('O', 'EXAMPLE ORG', PRINTABLE), attribute('CN', 'root ca', IA5)),
      distinguishedName(attribute('O', '  Example \t Org '), attribute('CN', bmp('Root CA'), BMP)),
      distinguishedName(attribute('O', universal('example org'), UNIVERSAL), attribute('CN', 'Root CA', TELETEX)),
    ]) {
      assert.is(nameOf(other).key, base);
    }
  });

  it('tells names apart that differ in text, order, type or grouping', () => {
    const names = [
      distinguishedName(attribute('O', 'a'), attribute('CN', 'b')),
      distinguishedName(attribute('CN', 'b'), attribute('O', 'a')),
      distinguishedName([attribute('O', 'a'), attribute('CN', 'b')]),
      distinguishedName(attribute('O', 'a'), attribute('CN', 'b c')),
      distinguishedName(attribute('O', 'a'), attribute('CN', 'bc')),
      distinguishedName(attribute('O', 'a'), attribute('OU', 'b')),
      distinguishedName(attribute('O', 'Ä')),
      distinguishedName(attribute('O', 'ä')),
      distinguishedName(attribute('O', '1', NUMERIC)),
      distinguishedName(attribute('O', '1')),
    ];
    assert.is(new Set(names.map(name => nameOf(name).key)).size, names.length);
  });

  it('does not mind the order within a set', () => {
    const one = distinguishedName([attribute('O', 'a'), attribute('CN', 'b')]);
    const other = distinguishedName([attribute('CN', 'b'), attribute('O', 'a')]);
    assert.is(nameOf(one).key, nameOf(other).key);
  });

  it('refuses values of types that OpenSSL takes for no name', () => {
    for (const tag of [0x01, 0x02, 0x04, 0x05, 0x0a, 0x17, 0x1a, 0x1b, 0x81]) {
      assert.throws(() => nameOf(distinguishedName(attribute('CN', 'x', tag))), /no type for names/);
    }
  });

  it('refuses text that OpenSSL cannot convert', () => {
    for (const bad of [
      attribute('CN', Buffer.from([0xff, 0xfe])),
      attribute('CN', Buffer.from([0, 0x41, 0]), BMP),
      attribute('CN', Buffer.from([0, 0x11, 0, 0]), UNIVERSAL),
    ]) {
      assert.throws(() => nameOf(distinguishedName(bad)), /UTF-8|wide string/);
    }
  });
});
