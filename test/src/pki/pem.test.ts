import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { certificatesOf, crlsOf, type PemFile, readPem } from '../../../src/pki/pem.js';
import {
  certificatePem,
  commonName,
  crlPem,
  keyOf,
  makeAuthority,
  makeCrl,
  pem,
  privateKeyPem,
  trustedPem,
  trustSettings,
} from '../../support/certificates.js';
import { cpuTime } from '../../support/cpu-time.js';
import { requireNginx } from '../../support/nginx.js';
import { describe } from '../../support/suite.js';

const key = keyOf('p256');
const root = makeAuthority(commonName('Root'), key);
const other = makeAuthority(commonName('Other'), keyOf('p256', 1));
const crl = makeCrl({ issuer: root.name, signer: key });
const read = (text: string): PemFile => readPem('ca.pem', Buffer.from(text, 'latin1'));
const isLoadable = (file: PemFile): boolean =>
  file.problem === undefined && file.blocks.some(({ kind }) => kind === 'certificate' || kind === 'crl');

const good = certificatePem(root.certificate);
const [begin, ...rest] = good.trimEnd().split('\n') as [string, ...string[]];
const end = rest.pop()!;
const body = rest.join('\n');

describe('readPem', it => {
  it('reads certificates, CRLs, keys and other blocks in file order, with the places where they stand', () => {
    const text = `first\n${good}between\n${crlPem(crl)}${privateKeyPem(key)}${pem('X509 CERTIFICATE', other.certificate)}${pem('DH PARAMETERS', Buffer.from('x'))}last`;
    const file = read(text);
    assert.is(file.problem, undefined);
    assert.equal(
      file.blocks.map(({ kind }) => kind),
      ['certificate', 'crl', 'key', 'certificate', 'other'],
    );
    assert.equal(
      certificatesOf(file).map(({ subject }) => subject.text),
      ['CN=Root', 'CN=Other'],
    );
    assert.is(crlsOf(file)[0]!.issuer.text, 'CN=Root');
    assert.is(file.blocks[0]!.line, 2);
    assert.is(text.slice(file.blocks[0]!.start, file.blocks[0]!.end), good);
    assert.is(file.blocks[1]!.line, 2 + good.split('\n').length);
  });

  it('reads what the settings of a TRUSTED CERTIFICATE say of clients', () => {
    const settings = (trusted: readonly string[] | undefined, rejected?: readonly string[]) =>
      certificatesOf(read(trustedPem(root.certificate, trustSettings(trusted, rejected))))[0]!.clientTrust;
    const [clients, servers, any] = ['1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.1', '2.5.29.37.0'] as const;
    assert.is(settings([clients]), 'trusted');
    assert.is(settings([servers, any]), 'trusted');
    assert.is(settings([servers]), 'rejected');
    assert.is(settings([]), 'rejected');
    assert.is(settings([clients], [any]), 'rejected');
    assert.is(settings(undefined, [clients]), 'rejected');
    assert.is(settings(undefined, [servers]), undefined);
    assert.is(settings(undefined), undefined);
    // Without the label there are none.
    const plain = pem('CERTIFICATE', Buffer.concat([root.certificate, trustSettings([servers])]));
    assert.is(certificatesOf(read(plain))[0]!.clientTrust, undefined);
    const broken = read(trustedPem(root.certificate, Buffer.from([0x30, 0x05, 0x30])));
    assert.is(broken.problem?.kind, 'broken-block');
  });

  it('takes the certificate out of a TRUSTED CERTIFICATE', () => {
    const trust = Buffer.from([0x30, 0x02, 0x30, 0x00]);
    const file = read(pem('TRUSTED CERTIFICATE', Buffer.concat([root.certificate, trust])));
    assert.is(certificatesOf(file)[0]!.subject.text, 'CN=Root');
    assert.is(certificatesOf(file)[0]!.der.length, root.certificate.length);
  });

  it('refuses the whole file for a broken block behind a good one, and keeps what stood in front', () => {
    const file = read(`${good}# text\n${good.replace(/\n(.)/, '\n!$1')}${good}`);
    assert.is(certificatesOf(file).length, 1);
    assert.is(file.problem?.kind, 'broken-block');
    assert.is(file.problem?.line, good.split('\n').length + 1);
    assert.is(file.problem?.offset, good.length + '# text\n'.length);
    assert.match(file.problem!.text, /^CERTIFICATE block: bad base64$/);
  });

  it('recognises DER, garbage and an empty file', () => {
    assert.is(readPem('ca.der', root.certificate).problem?.kind, 'der');
    assert.is(read('hello').problem?.kind, 'no-block');
    assert.is(read('').problem?.kind, 'no-block');
  });

  it('prints no raw control characters of a label', () => {
    assert.is(read('-----BEGIN \x1b[31m-----\n').problem?.text, '?[31m block: no END line');
  });

  it('reads what lies in the middle of a larger buffer', () => {
    const bytes = Buffer.from(`xx${good}`).subarray(2);
    assert.is(certificatesOf(readPem('ca.pem', bytes)).length, 1);
  });

  if (requireNginx()) {
    it('loads a file exactly where OpenSSL loads it', () => {
      const folder = mkdtempSync(join(tmpdir(), 'nginx-mtls-lint-'));
      try {
        const path = join(folder, 'ca.pem');
        writeFileSync(join(folder, 'client.pem'), good);
        const compare = (text: string): boolean => {
          writeFileSync(path, text, 'latin1');
          const { stderr } = spawnSync('openssl', ['verify', '-CAfile', path, join(folder, 'client.pem')], {
            encoding: 'latin1',
          });
          const loads = !stderr.includes('Error loading file');
          assert.is(isLoadable(read(text)), loads, JSON.stringify(text));
          return loads;
        };

        const crlf = good.replace(/\n/g, '\r\n');
        const oneLine = `${begin}\n${rest.join('')}\n${end}\n`;
        for (const text of [
          good,
          crlf,
          oneLine,
          crlPem(crl),
          privateKeyPem(key),
          `\xef\xbb\xbf${good}`,
          ` ${good}`,
          `${begin}  \t\n${body}\n${end} \x80\n`,
          `${begin}\n\n${body}\n${end}\n`,
          `${begin}\n\n\n${body}\n${end}\n`,
          `${begin}\n\n${rest.join('')}\n${end}\n`,
          `${begin}\nComment: x\n\n${body}\n${end}\n`,
          `${begin}\nProc-Type: 4,ENCRYPTED\n\n${body}\n${end}\n`,
          `${begin}\nComment: x\n${body}\n${end}\n`,
          `${begin}\n${body}\n\n${end}\n`,
          `${begin}\n${body}\n`,
          `${begin}\n${body}\n${end.replace('CERT', 'cert')}\n`,
          `${begin}\n${body}\n${end.slice(0, -1)}\n`,
          `${begin}\n${body}=\n${end}\n`,
          `${begin}\n${body}-\n${end}\n`,
          `${begin}\n${body}-QUJD\n${end}\n`,
          `${begin}\n-${body}\n${end}\n`,
          `${begin}\n${body}\nQUJD\n${end}\n`,
          `${begin}\n ${rest.join(' \n ')}\n${end}`,
          `${begin}\n${end}\n`,
          `${begin}\n${begin}\n${body}\n${end}\n`,
          `${good}${begin}\n`,
          `${good}-----BEGIN NOTHING-----\n!!!\n-----END NOTHING-----\n`,
          `${good}-----BEGIN NOTHING-----\n-----END NOTHING-----\n`,
          `${good}-----BEGIN NOTHING-----\nQUJD\n-----END NOTHING-----\n`,
          `-----BEGIN -----\nQUJD\n-----END -----\n${good}`,
          pem('CERTIFICATE', crl),
          pem('X509 CRL', root.certificate),
          pem('CERTIFICATE', root.certificate.subarray(0, -1)),
          pem('CERTIFICATE', Buffer.concat([root.certificate, Buffer.from('more')])),
        ]) {
          compare(text);
        }

        // Random damage: a few bytes of a bundle replaced, removed or inserted.
        const bundle = `# bundle\n${good}\n${crlPem(crl)}`;
        const damage = fc.array(
          fc.tuple(
            fc.nat(bundle.length - 1),
            fc.constantFrom(0, 1, 3),
            fc.constantFrom('', 'A', '=', '\n', '\n\n', ' ', ':', '-', '\r', '\t', '!', '-----', '\xff', 'AAAA'),
          ),
          { minLength: 1, maxLength: 2 },
        );
        let loaded = 0;
        fc.assert(
          fc.property(damage, edits => {
            let text = bundle;
            for (const [at, removed, inserted] of edits) text = text.slice(0, at) + inserted + text.slice(at + removed);
            if (compare(text)) loaded += 1;
          }),
          { numRuns: 120, seed: 11 },
        );
        assert.ok(loaded > 12 && loaded < 108, `${loaded} of 120 loaded`);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }

  it('never throws and stays fast, whatever the bytes', () => {
    const bundle = Buffer.from(`${good}${crlPem(crl)}`);
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.string({ unit: 'binary', maxLength: 200 }).map(text => Buffer.from(`${begin}\n${text}\n${end}`)),
      fc.tuple(fc.nat(bundle.length), fc.nat(bundle.length)).map(([from, to]) => bundle.subarray(from, to)),
    );
    fc.assert(
      fc.property(anything, bytes => {
        const file = readPem('ca.pem', bytes);
        assert.ok(file.problem !== undefined || file.blocks.length > 0);
      }),
      { numRuns: 2000 },
    );
  });

  it('stays linear over hostile text', () => {
    const hostile = ['-----BEGIN A-----\n', '-----BEGIN ', ' ', '\n', '\n\n', 'A ', 'a:', '=', '-----END A-----\n'];
    for (const part of hostile) {
      for (const front of ['', `${begin}\n`, `${begin}\n\n`]) {
        const bytes = Buffer.from(front + part.repeat(400_000 / part.length));
        const reading = cpuTime(() => readPem('ca.pem', bytes));
        assert.ok(reading < 400, `${JSON.stringify(front + part)}: ${reading} ms`);
      }
    }
  });
});
