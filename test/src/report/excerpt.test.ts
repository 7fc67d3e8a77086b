import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { widthOf } from '../../../src/report/display.js';
import { excerpt } from '../../../src/report/excerpt.js';
import { paletteOf } from '../../../src/report/palette.js';
import { SourceFile } from '../../../src/source/source-file.js';
import { describe } from '../../support/suite.js';
import { spanOf } from './sample.js';

const plain = paletteOf(false);

function draw(text: string, ...pieces: readonly (readonly [piece: string, words: string])[]): string[] {
  const file = new SourceFile('a.conf', text);
  const [primary, ...related] = pieces.map(([piece, words]) => ({ span: spanOf(file, piece), text: words }));
  return excerpt(primary!, related, plain, 60);
}

describe('excerpt', it => {
  it('puts carets under the primary place', () => {
    assert.equal(draw('a;\n  listen 80;\n', ['listen 80;', 'here']), [' 2 |   listen 80;', '   |   ^^^^^^^^^^ here']);
  });

  it('merges labels in close lines and shows the line between', () => {
    assert.equal(draw('one;\ntwo;\nthree;\n', ['three;', 'x'], ['one;', 'y']), [
      ' 1 | one;',
      '   | ---- y',
      ' 2 | two;',
      ' 3 | three;',
      '   | ^^^^^^ x',
    ]);
  });

  it('puts dots between lines that are far apart', () => {
    const lines = draw('one;\n\n\n\nfive;\n', ['five;', 'x'], ['one;', 'y']);
    assert.equal(lines, [' 1 | one;', '   | ---- y', '  ...', ' 5 | five;', '   | ^^^^^ x']);
  });

  it('gives each of two labels of a line its own marker', () => {
    assert.equal(draw('if ($a = b) {', ['$a', 'one'], ['b)', 'two']), [
      ' 1 | if ($a = b) {',
      '   |     ^^ one',
      '   |          -- two',
    ]);
  });

  it('expands tabs, so that the carets stand below the text', () => {
    assert.equal(draw('\tlisten\t80;\n', ['80;', 'x']), [' 1 |     listen  80;', '   |             ^^^ x']);
  });

  it('counts two cells for a wide character, and shows bytes that are no UTF-8', () => {
    assert.equal(draw('/\xe6\x97\xa5 \xff b;', ['b;', 'x']), [' 1 | /日 \\xff b;', '   |          ^^ x']);
  });

  it('drops a carriage return and shows any other control character', () => {
    assert.equal(draw('a\x1b[31m b;\r\n', ['b;', 'x']), [' 1 | a\\x1b[31m b;', '   |           ^^ x']);
  });

  it('marks an empty span, a span at the end of the file, and the first line of a long span', () => {
    const file = new SourceFile('a.conf', 'server {\n  listen 80;\n');
    const end = { file, start: file.text.length, end: file.text.length };
    assert.equal(excerpt({ span: end, text: 'unexpected end' }, [], plain, 60), [' 3 |', '   | ^ unexpected end']);
    const whole = { file, start: 0, end: file.text.length };
    assert.equal(excerpt({ span: whole, text: 'all' }, [], plain, 60), [' 1 | server {', '   | ^^^^^^^^ all']);
  });

  it('introduces a further file by its name', () => {
    const one = new SourceFile('a.conf', 'one;');
    const other = new SourceFile('b.conf', '\ntwo;');
    const lines = excerpt(
      { span: spanOf(one, 'one;'), text: '' },
      [{ span: spanOf(other, 'two;'), text: 'y' }],
      plain,
      60,
    );
    assert.equal(lines, [' 1 | one;', '   | ^^^^', '  --> b.conf:2:1', ' 2 | two;', '   | ---- y']);
  });

  it('clips a long line around the place', () => {
    const lines = draw(`${'x '.repeat(600_000)}HERE ${'y '.repeat(600_000)}`, ['HERE', 'z']);
    assert.is(lines.length, 2);
    assert.match(lines[0]!, /^ 1 \| \.\.\..*HERE.*\.\.\.$/);
    assert.is(lines[1]!.indexOf('^^^^ z'), lines[0]!.indexOf('HERE'));
    assert.ok(lines[0]!.length <= 60);
  });

  it('shows two distant places of a long line each on its own', () => {
    const lines = draw(`FIRST ${'y '.repeat(600)} LAST`, ['FIRST', 'a'], ['LAST', 'b']);
    assert.is(lines.length, 4);
    assert.is(lines[1]!.indexOf('^^^^^ a'), lines[0]!.indexOf('FIRST'));
    assert.is(lines[3]!.indexOf('---- b'), lines[2]!.indexOf('LAST'));
  });

  it('keeps to the width and stays harmless for any bytes', () => {
    const bytes = fc.string({
      unit: fc.integer({ min: 0, max: 255 }).map(code => String.fromCharCode(code)),
      maxLength: 300,
    });
    fc.assert(
      fc.property(bytes, fc.nat(300), fc.nat(300), (text, one, other) => {
        const file = new SourceFile('a.conf', text);
        const start = Math.min(one, text.length);
        const span = { file, start, end: Math.min(text.length, start + other) };
        for (const line of excerpt({ span, text: 'label' }, [{ span, text: '' }], plain, 60)) {
          assert.not.match(line, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
          assert.ok(widthOf(line) <= 60, line);
        }
      }),
      { numRuns: 500 },
    );
  });
});
