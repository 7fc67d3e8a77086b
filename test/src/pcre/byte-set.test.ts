import * as assert from 'uvu/assert';
import { ByteSet } from '../../../src/pcre/byte-set.js';
import { describe } from '../../support/suite.js';

/** Ranges whose ends lie at, before and behind the ends of a word of 32 bits. */
const ENDS = [0, 1, 30, 31, 32, 33, 63, 64, 65, 127, 128, 191, 192, 223, 224, 254, 255];

function between(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

describe('ByteSet', it => {
  it('holds the bytes of a range', () => {
    for (const first of ENDS) {
      for (const last of ENDS.filter(end => end >= first)) {
        const set = ByteSet.range(first, last);
        assert.equal(set.bytes(), between(first, last));
        assert.is(set.single, first === last ? first : undefined);
      }
    }
  });

  it('knows the only byte it holds, in every word', () => {
    for (const byte of between(0, 255)) assert.is(ByteSet.of(byte).single, byte);
    assert.is(ByteSet.none.single, undefined);
    assert.is(ByteSet.of(3).union(ByteSet.of(200)).single, undefined);
    assert.is(ByteSet.of(31).union(ByteSet.of(30)).single, undefined);
  });

  it('unites, intersects and takes away as sets do', () => {
    const [one, other] = [ByteSet.range(10, 100), ByteSet.range(90, 240)];
    assert.equal(one.union(other).bytes(), between(10, 240));
    assert.equal(one.intersect(other).bytes(), between(90, 100));
    assert.equal(one.without(other).bytes(), between(10, 89));
    assert.equal(one.complement().bytes(), [...between(0, 9), ...between(101, 255)]);
    assert.ok(one.without(one).isEmpty);
    assert.not.ok(ByteSet.of(255).isEmpty);
    assert.ok(one.complement().complement().equals(one));
    assert.not.ok(one.equals(other));
  });
});
