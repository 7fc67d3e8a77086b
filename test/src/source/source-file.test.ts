import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { decodeBytes, SourceFile } from '../../../src/source/source-file.js';
import { describe } from '../../support/suite.js';

describe('source file', it => {
  it('gives lines and columns from 1', () => {
    const file = new SourceFile('a.conf', 'one\n  two\r\n');
    assert.equal(file.position(0), { line: 1, column: 1 });
    assert.equal(file.position(6), { line: 2, column: 3 });
    assert.equal(file.position(11), { line: 3, column: 1 });
    assert.is(file.lineText(2), '  two');
    assert.equal(
      [1, 2, 3, 4].map(line => [file.lineSpan(line).start, file.lineSpan(line).end]),
      [
        [0, 3],
        [4, 9],
        [11, 11],
        [11, 11],
      ],
    );
  });

  it('counts a character of several bytes as one column, and a byte that is no UTF-8 as one', () => {
    const file = new SourceFile('a.conf', '\xe6\x97\xa5\xff;');
    assert.is(file.position(3).column, 2);
    assert.is(file.position(4).column, 3);
  });

  it('counts the same in long lines, wherever the bytes are cut', () => {
    const piece = fc.constantFrom(
      'a',
      '\xc3\xa9',
      '\xe6\x97\xa5',
      '\xf0\x9f\x94\x92',
      '\xff',
      '\x80',
      '\x80\x80\x80\x80\x80',
      '\xe6\x97',
    );
    // Places between characters: within a sequence the count of a cut sequence is nothing that a span holds.
    const lines = fc.array(piece, { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(lines, fc.integer({ min: 300, max: 900 }), (pieces, times) => {
        const line = pieces.join('').repeat(times);
        const file = new SourceFile('a.conf', `x\n${line}\n`);
        for (let part = 0; part <= 10; part += 1) {
          const offset = 2 + pieces.join('').length * Math.floor((times * part) / 10);
          const expected = decodeBytes(line.slice(0, offset - 2)).length + 1;
          assert.equal(file.position(offset), { line: 2, column: expected });
        }
      }),
      { numRuns: 30 },
    );
  });
});
