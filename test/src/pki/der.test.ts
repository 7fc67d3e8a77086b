import * as assert from 'uvu/assert';
import { DerError, DerReader, integerKey, TAG } from '../../../src/pki/der.js';
import { der, integer, objectIdentifier, sequence } from '../../support/certificates.js';
import { describe } from '../../support/suite.js';

const read = (...bytes: number[]): DerReader => new DerReader(Buffer.from(bytes));
const refuses = (act: () => unknown, message: RegExp): void => {
  assert.throws(act, (error: unknown) => error instanceof DerError && message.test(error.message));
};

describe('DerReader', it => {
  it('reads elements one after the other and what they contain', () => {
    const reader = new DerReader(Buffer.concat([sequence(integer(5), integer(0x80)), integer(7)]));
    const inner = reader.enter(TAG.sequence);
    assert.is(inner.integerHex(), '05');
    assert.is(inner.integerHex(), '0080');
    assert.ok(inner.atEnd);
    assert.is(reader.smallInteger(), 7);
    assert.is(reader.peek(), undefined);
  });

  it('reads lengths of several bytes, leading zeros included', () => {
    const content = Buffer.alloc(300, 1);
    assert.is(new DerReader(der(0x04, content)).read().content, 4);
    assert.equal(read(0x04, 0x84, 0, 0, 0, 1, 0xaa).read(), { tag: 4, start: 0, content: 6, end: 7 });
  });

  it('refuses what does not fit', () => {
    refuses(() => read(0x30).read(), /ends where/);
    refuses(() => read(0x30, 0x80, 0, 0).read(), /indefinite/);
    refuses(() => read(0x30, 0x02, 0).read(), /beyond the end/);
    refuses(() => read(0x30, 0x82, 0xff).read(), /within a length/);
    refuses(() => read(0x30, 0x88, 255, 255, 255, 255, 255, 255, 255, 255).read(), /beyond the end/);
    refuses(() => read(0x1f, 0x81, 0x01, 0).read(), /tag number/);
    refuses(() => read(0x02, 0x01, 0).read(TAG.sequence), /tag 0x02 where 0x30/);
    refuses(() => read(0x02, 0).integerHex(), /without content/);
    refuses(() => read(0x03, 0).bitString(), /bit string/);
    refuses(() => read(0x03, 1, 8).bitString(), /bit string/);
    refuses(() => read(0x01, 2, 0, 0).boolean(), /truth value/);
    refuses(() => read(0x02, 5, 1, 0, 0, 0, 0).smallInteger(), /out of range/);
  });

  it('keeps an inner element within the outer one', () => {
    const outer = read(0x30, 0x02, 0x04, 0x03, 0xaa, 0xbb, 0xcc).enter(TAG.sequence);
    refuses(() => outer.read(), /beyond the end/);
  });

  it('prints object identifiers, large arcs included', () => {
    for (const dotted of [
      '2.5.4.3',
      '1.2.840.113549.1.9.1',
      '0.9.2342',
      '2.999.1',
      '1.2.340282366920938463463374607431',
    ]) {
      assert.is(new DerReader(objectIdentifier(dotted)).objectIdentifier(), dotted);
    }
    refuses(() => read(0x06, 0).objectIdentifier(), /object identifier/);
    refuses(() => read(0x06, 2, 0x55, 0x84).objectIdentifier(), /object identifier/);
    refuses(() => read(0x06, 3, 0x55, 0x80, 0x01).objectIdentifier(), /object identifier/);
    refuses(() => new DerReader(der(0x06, Buffer.alloc(600, 1))).objectIdentifier(), /object identifier/);
  });

  it('gives equal numbers equal text', () => {
    assert.is(integerKey(Buffer.from([0, 0, 0x80])), '0080');
    assert.is(integerKey(Buffer.from([0, 0x7f])), '7f');
    assert.is(integerKey(Buffer.from([0])), '00');
    assert.is(integerKey(Buffer.from([0xff, 0x80])), 'ff80');
  });

  it('reads both kinds of time, and none in other forms', () => {
    const time = (tag: number, text: string): number => new DerReader(der(tag, Buffer.from(text))).time();
    assert.is(time(0x17, '491231235959Z'), Date.UTC(2049, 11, 31, 23, 59, 59));
    assert.is(time(0x17, '500101000000Z'), Date.UTC(1950, 0, 1));
    assert.is(time(0x18, '21260228120000Z'), Date.UTC(2126, 1, 28, 12));
    assert.is(time(0x18, '00990101000000Z'), new Date('0099-01-01T00:00:00Z').getTime());
    for (const [tag, text] of [
      [0x17, '300230000000Z'],
      [0x17, '301331000000Z'],
      [0x17, '300101240000Z'],
      [0x17, '3001010000Z'],
      [0x17, '300101000000+0100'],
      [0x18, '20300101000000.5Z'],
      [0x18, ''],
    ] as const) {
      assert.ok(Number.isNaN(time(tag, text)), text);
    }
    refuses(() => read(0x02, 1, 1).time(), /no time/);
  });
});
