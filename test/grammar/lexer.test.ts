import fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { Directive } from '../../grammar/ast.js';
import { parseConfig } from '../../grammar/index.js';
import { tokenize } from '../../grammar/lexer.js';
import { SourceFile } from '../../src/source/source-file.js';
import { describe } from '../support/suite.js';

const parse = (text: string) => parseConfig(new SourceFile('nginx.conf', text));

const PIECE = tokenize(' '.repeat(1 << 20), 0, undefined).end;

describe('lexer', it => {
  it('reads a file in pieces', () => {
    assert.ok(PIECE > 4096 && PIECE < 1 << 20);
  });

  it('makes the same tree wherever a piece ends', () => {
    const text =
      'a "b ; c" d\\ e # f\n \'g\\\'h\'; set_by_lua_block $v i { return "}" } j { k $' + '{l}; }\nm;;n "o"p;';
    const shifted = (by: number) => {
      const { directives, comments, problems } = parse(' '.repeat(by) + text);
      const moved = (_: string, value: unknown) => (typeof value === 'number' ? value - by : value);
      const plain = problems.map(({ nginxLine, ...problem }) => ({ ...problem, nginxLine: nginxLine + by }));
      return JSON.parse(JSON.stringify({ directives, comments, problems: plain }, moved));
    };
    const expected = shifted(0);
    assert.is(expected.directives.length, 5);
    assert.is(expected.problems.length, 2);
    for (let by = PIECE - text.length - 1; by <= PIECE + 1; by++) assert.equal(shifted(by), expected, `by ${by}`);
  });

  it('keeps a token whole that is longer than a piece', () => {
    const long = 'x'.repeat(3 * PIECE);
    const { directives, comments } = parse(`a ${long}; #${long}\nb_by_lua_block { ${long}{} } c;`);
    assert.is(directives[0]!.args[0]!.value, long);
    assert.is(comments[0]!.end - comments[0]!.start, long.length + 1);
    assert.is(directives[1]!.script!.end - directives[1]!.script!.start, long.length + 4);
    assert.is(directives[2]!.name.value, 'c');
  });

  it('knows a Lua body whose directive began in an earlier piece', () => {
    const { directives, problems } = parse(`"a_by_lua_block"${' '.repeat(2 * PIECE)}{ "}" } b;`);
    assert.equal(problems, []);
    assert.ok(directives[0]!.script);
  });

  it('takes a body for Lua by the first word of its own directive only', () => {
    const { directives } = parse('a x_by_lua_block { b; } x_by_lua_block; c { d; } x_by_lua_block_ { e; }');
    assert.ok(directives[0]!.block);
    assert.ok(directives[2]!.block);
    assert.ok(directives[3]!.block);
  });
});

/** Every node lies in its parent and behind its neighbour. */
function checkPlaces(directives: readonly Directive[], from: number, to: number): void {
  let last = from;
  for (const { name, args, block, script, start, end } of directives) {
    const words = [name, ...args];
    assert.ok(start === name.start && start >= last && end <= to);
    for (const word of words) {
      assert.ok(word.start >= last && word.end > word.start && word.end <= end);
      last = word.end;
    }
    assert.not.ok(block !== undefined && script !== undefined);
    if (block !== undefined) {
      assert.ok(block.open >= last && block.close <= end);
      checkPlaces(block.directives, block.open + 1, block.close);
    }
    if (script !== undefined) assert.ok(script.start > last && script.end <= end);
    last = end;
  }
}

describe('parser on any bytes', it => {
  const parts = [
    'a',
    'b_by_lua_block',
    ' ',
    '\n',
    ';',
    '{',
    '}',
    '"',
    "'",
    '#',
    '\\',
    '$',
    '[[',
    ']]',
    '--',
    '\0',
    '\xff',
  ];
  const bytes = fc.array(fc.constantFrom(...parts), { maxLength: 60 }).map(pieces => pieces.join(''));

  it('never throws, and every place lies in the file', () => {
    fc.assert(
      fc.property(bytes, text => {
        const { directives, comments, problems } = parse(text);
        checkPlaces(directives, 0, text.length);
        for (const { start, end } of comments) assert.ok(text[start] === '#' && end <= text.length);
        let last = 0;
        for (const { start, end, nginxLine } of problems) {
          assert.ok(last <= start && start <= end && end <= text.length);
          assert.ok(nginxLine >= 1 && nginxLine <= text.split('\n').length);
          last = start;
        }
      }),
      { numRuns: 2000 },
    );
  });

  const MEGABYTE = 1 << 20;
  const large: readonly (readonly [title: string, text: string, reason: string | undefined])[] = [
    ['one line of words', 'a '.repeat(MEGABYTE), 'unexpected end of file, expecting ";" or "}"'],
    ['one word', `a ${'b'.repeat(4 * MEGABYTE)};`, 'too long parameter "bbbbbbbbbb..." started'],
    [
      'an open quote',
      `a "${'b'.repeat(5 * MEGABYTE)}`,
      'too long parameter, probably missing terminating """ character',
    ],
    [
      'an open quote over many lines',
      `a '${'b\n'.repeat(MEGABYTE)}`,
      'too long parameter, probably missing terminating "\'" character',
    ],
    ['open quotes of both kinds', '\'\n\\"'.repeat(MEGABYTE / 4), undefined],
    [
      'escaped quotes in an open Lua body',
      `a_by_lua_block { ${'\\"'.repeat(MEGABYTE)}`,
      'unexpected end of file, expecting terminating characters for lua code block',
    ],
    ['a Lua body in every line', 'a_by_lua_block {}\n'.repeat(50_000), undefined],
    ['blanks', `${' '.repeat(4 * MEGABYTE)}a;`, undefined],
    ['carriage returns', `${'\r'.repeat(MEGABYTE)}a;`, undefined],
    ['stray semicolons', ';'.repeat(20 * MEGABYTE), 'unexpected ";"'],
    ['stray braces', '}'.repeat(MEGABYTE), 'unexpected "}"'],
    ['comments', '#\n'.repeat(MEGABYTE), undefined],
  ];
  for (const [title, text, reason] of large) {
    it(`takes a large file of ${title}`, () => {
      const { problems } = parse(text);
      assert.ok(problems.length <= 50);
      if (title !== 'open quotes of both kinds') assert.is(problems[0]?.reason, reason);
    });
  }

  it('stops reading a file of too many words', () => {
    const { directives, problems } = parse(`a;${'b '.repeat(4_200_000)}`);
    assert.equal(
      problems.map(problem => problem.reason),
      ['the file holds more than 4,000,000 words and comments'],
    );
    assert.is(directives.length, 1);
  });
});
