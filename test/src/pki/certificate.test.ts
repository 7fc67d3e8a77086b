import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import {
  isAuthority,
  isExpired,
  isLikelyIssuer,
  isNotYetValid,
  mayIdentifyClients,
  parseCertificate,
} from '../../../src/pki/certificate.js';
import { DerError } from '../../../src/pki/der.js';
import { readPem } from '../../../src/pki/pem.js';
import { verifySignature } from '../../../src/pki/signature.js';
import {
  certificatePem,
  commonName,
  der,
  extension,
  integer,
  KEY_KINDS,
  keyOf,
  makeAuthority,
  makeCertificate,
  makeClient,
  sequence,
} from '../../support/certificates.js';
import { describe } from '../../support/suite.js';

const key = keyOf('p256');
const root = makeAuthority(commonName('Root'), key);
const self = { subject: commonName('Self'), issuer: commonName('Self'), key, signer: key };

describe('parseCertificate', it => {
  it('reads what node:crypto reads, for every kind of key', () => {
    for (const kind of KEY_KINDS) {
      const authority = makeAuthority(commonName(`CA ${kind}`), keyOf(kind));
      for (const encoding of [authority.certificate, makeClient(authority, key)]) {
        const ours = parseCertificate(encoding);
        const theirs = new X509Certificate(encoding);
        assert.is(ours.serial, theirs.serialNumber.toLowerCase());
        assert.is(ours.notBefore, Date.parse(theirs.validFrom));
        assert.is(ours.notAfter, Date.parse(theirs.validTo));
        assert.is(isAuthority(ours), theirs.ca);
        assert.equal(Buffer.from(ours.publicKeyInfo), theirs.publicKey.export({ format: 'der', type: 'spki' }));
        assert.is(ours.subject.text, theirs.subject);
        assert.is(ours.issuer.text, theirs.issuer);
        assert.is(verifySignature(ours, keyOf(kind).publicKeyInfo), true);
        assert.is(isLikelyIssuer(parseCertificate(authority.certificate), ours), true);
      }
    }
  });

  it('reads the extensions that chains depend on', () => {
    const parsed = parseCertificate(
      makeCertificate({ ...self, pathLength: 2, maySignCrls: false, extendedKeyUsage: '1.3.6.1.5.5.7.3.1' }),
    );
    assert.equal(parsed.basicConstraints, { isAuthority: true, pathLength: 2 });
    assert.equal(parsed.keyUsage, { keyCertSign: true, cRLSign: false });
    assert.equal(parsed.extendedKeyUsage, ['1.3.6.1.5.5.7.3.1']);
    assert.is(parsed.subjectKeyIdentifier, key.identifier.toString('hex'));
    assert.equal(parsed.authorityKeyIdentifier, {
      keyIdentifier: key.identifier.toString('hex'),
      issuer: undefined,
      serial: undefined,
    });
    assert.not.ok(mayIdentifyClients(parsed));
    assert.ok(mayIdentifyClients(parseCertificate(root.certificate)));
  });

  it('reads an authority key identifier that names issuer and serial number', () => {
    const names = der(0xa1, der(0x82, Buffer.from('x.test')), der(0xa4, root.name));
    const value = sequence(names, der(0x82, Buffer.from([0x12, 0x34])));
    const parsed = parseCertificate(
      makeCertificate({ ...self, hasKeyIdentifiers: false, extraExtensions: [extension('2.5.29.35', value)] }),
    );
    const { subject } = parseCertificate(root.certificate);
    assert.equal(parsed.authorityKeyIdentifier, { keyIdentifier: undefined, issuer: subject.key, serial: '1234' });
    assert.ok(parsed.isSelfIssued);
    assert.not.ok(parsed.isSelfSigned);
  });

  it('keeps a certificate with a malformed extension, and lets it issue nothing', () => {
    const parsed = parseCertificate(
      makeCertificate({ ...self, hasKeyIdentifiers: false, extraExtensions: [extension('2.5.29.35', integer(1))] }),
    );
    assert.ok(parsed.hasMalformedExtension);
    assert.not.ok(isLikelyIssuer(parsed, parsed));
  });

  it('does not take a client for an authority, nor one without keyCertSign', () => {
    assert.not.ok(isAuthority(parseCertificate(makeClient(root, key))));
    assert.not.ok(isAuthority(parseCertificate(makeCertificate({ ...self, mayCertify: false }))));
  });

  it('counts the last second of validity as past, as X509_cmp_time does', () => {
    const parsed = parseCertificate(root.certificate);
    assert.not.ok(isExpired(parsed, parsed.notAfter - 1000));
    assert.ok(isExpired(parsed, parsed.notAfter));
    assert.ok(isNotYetValid(parsed, parsed.notBefore - 1));
    assert.not.ok(isNotYetValid(parsed, parsed.notBefore));
  });

  it('finds a signature wrong that another key made, and says nothing about unknown algorithms', () => {
    for (const kind of KEY_KINDS) {
      const forged = parseCertificate(makeCertificate({ ...self, signer: keyOf(kind), tamper: true }));
      assert.is(verifySignature(forged, keyOf(kind).publicKeyInfo), false);
      assert.is(verifySignature(forged, keyOf('rsa', 1).publicKeyInfo), false);
    }
    const parsed = parseCertificate(root.certificate);
    const strange = { ...parsed, signatureAlgorithm: { type: '1.2.3', parameters: new Uint8Array() } };
    assert.is(verifySignature(strange, key.publicKeyInfo), undefined);
    assert.is(verifySignature(parsed, Buffer.from([0x30, 0])), false);
  });

  it('ends in a DerError or in a certificate, however the bytes are damaged', () => {
    const damage = fc.tuple(
      fc.nat(root.certificate.length),
      fc.array(fc.tuple(fc.nat(root.certificate.length - 1), fc.nat(255)), { maxLength: 4 }),
    );
    let refused = 0;
    fc.assert(
      fc.property(damage, fc.boolean(), ([length, edits], cut) => {
        const bytes = Buffer.from(root.certificate);
        for (const [at, value] of edits) bytes[at] = value;
        try {
          parseCertificate(cut ? bytes.subarray(0, length) : bytes);
        } catch (error) {
          assert.instance(error, DerError);
          refused += 1;
        }
      }),
      { numRuns: 5000 },
    );
    assert.ok(refused > 500);
  });

  it('reads a bundle of 150 certificates', () => {
    const text = Array.from({ length: 150 }, (_, index) =>
      certificatePem(makeAuthority(commonName(`Root ${index}`), keyOf(KEY_KINDS[index % 6]!)).certificate),
    ).join('');
    const bytes = Buffer.from(text);
    assert.is(readPem('bundle.pem', bytes).blocks.length, 150);
  });
});
