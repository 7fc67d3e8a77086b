import fc from 'fast-check';
import * as assert from 'uvu/assert';
import {
  clip,
  codePoints,
  decode,
  decodePath,
  pad,
  shown,
  visible,
  widthOf,
  wrap,
  wrapNames,
} from '../../../src/report/display.js';
import { describe } from '../../support/suite.js';

const bytes = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map(code => String.fromCharCode(code)) });
const unicode = fc.string({ unit: 'binary' });

describe('display', it => {
  it('decodes valid UTF-8 and names every other byte', () => {
    assert.is(decode('caf\xc3\xa9'), 'café');
    assert.is(decode('\xf0\x9f\x94\x92'), '🔒');
    assert.is(decode('\xff\xc3(\xa9'), '\\xff\\xc3(\\xa9');
    // Overlong, a surrogate, and above U+10FFFF.
    assert.is(decode('\xc0\x80'), '\\xc0\\x80');
    assert.is(decode('\xed\xa0\x80'), '\\xed\\xa0\\x80');
    assert.is(decode('\xf4\x90\x80\x80'), '\\xf4\\x90\\x80\\x80');
  });

  it('leaves Unicode around bytes as it is', () => {
    assert.is(decode('→ caf\xc3\xa9'), '→ café');
  });

  it('decodes every valid text, and never fails', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), text => {
        assert.is(decode(Buffer.from(text, 'utf8').toString('latin1')), text);
      }),
    );
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    fc.assert(
      fc.property(bytes, text => {
        let expected: string | undefined;
        try {
          expected = decoder.decode(Buffer.from(text, 'latin1'));
        } catch {
          assert.match(decode(text), /\\x[89a-f][0-9a-f]/);
        }
        if (expected !== undefined) assert.is(decode(text), expected);
      }),
    );
  });

  it('splits bytes into what is decoded as one', () => {
    assert.equal(codePoints('a\xc3\xa9\xff\n'), ['a', '\xc3\xa9', '\xff', '\n']);
    fc.assert(fc.property(bytes, text => assert.is(codePoints(text).map(decode).join(''), decode(text))));
  });

  it('makes control, bidi and invisible characters visible', () => {
    assert.is(visible('a\tb\r\n\x1b[31m\x7f\x85'), 'a\\tb\\r\\n\\x1b[31m\\x7f\\x85');
    assert.is(visible('\u202e\u2066\u200b\ufeff\u2028'), '\\u202e\\u2066\\u200b\\ufeff\\u2028');
    assert.is(visible('\u{e0041}\ud800'), '\\u{e0041}\\ud800');
    assert.is(visible('日本 é 🔒'), '日本 é 🔒');
  });

  it('lets nothing through that steers a terminal', () => {
    fc.assert(
      fc.property(fc.oneof(bytes, unicode), text => assert.not.match(shown(text), /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)),
    );
  });

  it('takes a path for bytes only where it reads as UTF-8', () => {
    assert.is(decodePath('conf.d/caf\xc3\xa9.conf'), 'conf.d/café.conf');
    assert.is(decodePath('conf.d/café.conf'), 'conf.d/café.conf');
    assert.is(decodePath('日本/é.conf'), '日本/é.conf');
  });

  it('counts cells', () => {
    assert.is(widthOf('abc'), 3);
    assert.is(widthOf('日本'), 4);
    assert.is(widthOf('e\u0301'), 1);
    assert.is(pad('日', 4), '日  ');
  });

  it('clips to the width', () => {
    assert.is(clip('location /api/', 14), 'location /api/');
    assert.is(clip('location /api/v1/', 14), 'location /a...');
    assert.is(clip('日本日本', 7), '日本...');
    fc.assert(
      fc.property(unicode.map(visible), fc.integer({ min: 0, max: 30 }), (text, width) => {
        assert.ok(widthOf(clip(text, width)) <= width);
      }),
    );
  });

  it('breaks names within words where it must, at the marks of paths where it can, and loses none', () => {
    assert.equal(wrapNames('/api/v1/customers/', 40), ['/api/v1/customers/']);
    assert.equal(wrapNames('/api/v1/customers/export/', 20), ['/api/v1/customers/', 'export/']);
    assert.equal(wrapNames('(alpha|beta|gamma)', 13), ['(alpha|beta|', 'gamma)']);
    assert.equal(wrapNames('aaaaaaaaaaaaaaaaaaaa', 10), ['aaaaaaaaaa', 'aaaaaaaa', 'aa']);
    assert.equal(wrapNames('archive.example.com', 12), ['archive.', 'example.', 'com']);
    assert.equal(wrapNames('', 10), ['']);
    fc.assert(
      fc.property(unicode.map(visible), fc.integer({ min: 10, max: 30 }), (text, width) => {
        const lines = wrapNames(text, width);
        assert.is(lines.join('').replaceAll(' ', ''), text.replaceAll(' ', ''));
        for (const [index, line] of lines.entries()) assert.ok(widthOf(line) <= (index === 0 ? width : width - 2));
      }),
    );
  });

  it('wraps at blanks, never inside a word, and loses none', () => {
    assert.equal(wrap('one two three', 7), ['one two', 'three']);
    assert.equal(wrap('/a/very/long/path x', 5), ['/a/very/long/path', 'x']);
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,9}$/), { minLength: 1 }), words => {
        const lines = wrap(words.join(' '), 10);
        assert.is(lines.join(' '), words.join(' '));
        for (const line of lines) assert.ok(line.length <= 10);
      }),
    );
  });
});
