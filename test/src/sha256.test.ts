import { createHash, randomBytes } from 'node:crypto';
import * as assert from 'uvu/assert';
import { sha256 } from '../../src/sha256.js';
import { describe } from '../support/suite.js';

describe('sha256', it => {
  it('gives the digests of FIPS 180-2, appendix B', () => {
    assert.is(sha256('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    assert.is(
      sha256('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq'),
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    );
  });

  it('agrees with OpenSSL on every length around the ends of a block, and on text', () => {
    const bytes = randomBytes(200);
    for (let length = 0; length <= bytes.length; length++) {
      const part = bytes.subarray(0, length);
      assert.is(sha256(part), createHash('sha256').update(part).digest('hex'), `${length} bytes`);
    }
    assert.is(sha256('größe €'), createHash('sha256').update('größe €').digest('hex'));
  });
});
