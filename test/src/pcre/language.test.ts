import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { ByteSet } from '../../../src/pcre/byte-set.js';
import {
  accepts,
  allWords,
  before,
  bytes,
  complement,
  concat,
  derive,
  epsilon,
  everything,
  intersect,
  type Language,
  literal,
  literalCaseless,
  loop,
  optional,
  satisfies,
  solve,
  solveMany,
  star,
  union,
} from '../../../src/pcre/language.js';
import { describe } from '../../support/suite.js';
import { anyLanguage, anyWord } from './random-language.js';

/** Whether the languages hold the same texts, proved by search. */
function areSame(one: Language, other: Language): boolean {
  const onlyOne = solve([{ language: one }, { language: complement(other) }]);
  const onlyOther = solve([{ language: complement(one) }, { language: other }]);
  return onlyOne === 'empty' && onlyOther === 'empty';
}

describe('pcre/language', it => {
  it('holds before a text what belongs to the language with that text behind it', () => {
    const property = fc.property(anyLanguage, anyWord, anyWord, anyWord, (language, text, first, second) => {
      const found = before(before(language, second), first);
      assert.is(accepts(found, text), accepts(language, text + first + second));
      assert.is(derive(found, text).nullable, accepts(language, text + first + second));
      const answer = solve([{ language: found }]);
      if (answer === 'empty') assert.not.ok(accepts(language, text + first + second));
      else if ('word' in answer) assert.ok(accepts(language, answer.word + first + second));
    });
    fc.assert(property, { numRuns: 2_000 });
    assert.is(before(literal('/a/b'), '/b'), literal('/a'));
    assert.is(before(literal('/a/b'), 'a'), before(literal(''), 'a'));
  });

  it('follows the definition of every constructor', () => {
    fc.assert(
      fc.property(anyLanguage, anyLanguage, anyWord, (one, other, word) => {
        const inOne = accepts(one, word);
        const inOther = accepts(other, word);
        assert.is(accepts(union(one, other), word), inOne || inOther);
        assert.is(accepts(intersect(one, other), word), inOne && inOther);
        assert.is(accepts(complement(one), word), !inOne);
        assert.is(accepts(optional(one), word), inOne || word === '');
        const cuts = Array.from({ length: word.length + 1 }, (_, at) => [word.slice(0, at), word.slice(at)] as const);
        assert.is(
          accepts(concat(one, other), word),
          cuts.some(([head, tail]) => accepts(one, head) && accepts(other, tail)),
        );
        assert.is(
          accepts(star(one), word),
          word === '' || cuts.some(([head, tail]) => head !== '' && accepts(one, head) && accepts(star(one), tail)),
        );
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes left quotients', () => {
    fc.assert(
      fc.property(anyLanguage, anyWord, anyWord, (language, head, tail) => {
        assert.is(accepts(derive(language, head), tail), accepts(language, head + tail));
      }),
    );
  });

  it('obeys the laws of complement', () => {
    fc.assert(
      fc.property(anyLanguage, anyLanguage, (one, other) => {
        assert.is(complement(complement(one)), one);
        assert.is(solve([{ language: one }, { language: complement(one) }]), 'empty');
        assert.ok(areSame(complement(union(one, other)), intersect(complement(one), complement(other))));
      }),
      { numRuns: 200 },
    );
  });

  it('makes equal languages the same object where they were built alike', () => {
    assert.is(union(literal('a'), literal('bc')), union(literal('bc'), literal('a'), literal('a')));
    assert.is(literalCaseless('aB1'), literalCaseless('Ab1'));
    assert.is(intersect(everything, star(literal('x'))), star(literal('x')));
  });

  it('solves with words that meet every constraint, and claims emptiness only where no word does', () => {
    const anyConstraint = fc.record({ language: anyLanguage, prefix: anyWord, suffix: anyWord });
    let solved = 0;
    let empty = 0;
    fc.assert(
      fc.property(fc.array(anyConstraint, { minLength: 1, maxLength: 3 }), fc.array(anyWord), (constraints, words) => {
        const solution = solve(constraints);
        if (solution === 'empty') {
          empty++;
          for (const word of words) assert.not(satisfies(constraints, word));
        } else {
          if (!('word' in solution)) throw new Error('small languages need no bound');
          solved++;
          for (const { language, prefix, suffix } of constraints) {
            assert.ok(accepts(language, prefix + solution.word + suffix));
          }
        }
      }),
      { numRuns: 2_000, seed: 3 },
    );
    assert.ok(solved > 200 && empty > 200, `${solved} solved, ${empty} empty`);
  });

  it('finds short words first, and readable ones among them', () => {
    assert.equal(solve([{ language: everything }]), { word: '' });
    assert.equal(solve([{ language: complement(epsilon) }]), { word: 'a' });
    assert.equal(solve([{ language: complement(union(epsilon, bytes(ByteSet.range(97, 122)))) }]), { word: '-' });
    assert.equal(solve([{ language: union(literal('\x01'), literal('abc')) }]), { word: 'abc' });
  });

  it('looks only at what stands between prefix and suffix', () => {
    const language = concat(literal('/a'), star(literal('c')));
    assert.equal(solve([{ language, prefix: '/a', suffix: 'cc' }, { language: complement(epsilon) }]), { word: 'c' });
    assert.is(solve([{ language, prefix: '/b' }]), 'empty');
    assert.is(solve([{ language, suffix: 'd' }]), 'empty');
  });

  it('tries preferred words before all others', () => {
    const constraints = [{ language: complement(literal('no')) }];
    assert.equal(solve(constraints, { prefer: ['no', 'this/one'] }), { word: 'this/one' });
    assert.equal(solveMany(constraints, 2, { prefer: ['this/one'] }).words[0], 'this/one');
  });

  it('says where it gave up, and claims nothing then', () => {
    const tail = (length: number) => concat(...new Array<Language>(length).fill(bytes(ByteSet.among('ab'))));
    const withAt = (text: string) => ({
      language: concat(star(bytes(ByteSet.among('ab'))), literal(text), tail(30)),
    });
    assert.equal(solve([withAt('a'), withAt('b')], { maxStates: 100 }), { bound: 100 });
    assert.is(solveMany([withAt('a'), withAt('b')], 2, { maxStates: 100 }).ended, 'bound');
    // Where something is excluded, it is looked at before the search gives up.
    const other = { language: complement(concat(bytes(ByteSet.among('ab')), everything)) };
    assert.is(solve([withAt('a'), withAt('b'), other], { maxStates: 100 }), 'empty');
    assert.is(solve([withAt('a'), { language: complement(withAt('a').language) }], { maxStates: 100 }), 'empty');
  });

  it('finds the cheapest word, whatever excludes others', () => {
    const kinds = [/[a-z]/, /[-./0-9_]/, /[A-Z]/, /[!-~]/];
    const cost = (word: string) =>
      [...word].reduce((sum, byte) => sum + ([10, 11, 12, 14][kinds.findIndex(kind => kind.test(byte))] ?? 40), 0);
    const words = [''];
    for (const word of words) if (word.length < 4) for (const byte of 'ab/A') words.push(word + byte);
    const anyConstraint = fc.record({ language: anyLanguage, prefix: anyWord, suffix: anyWord });
    let found = 0;
    fc.assert(
      fc.property(fc.array(anyConstraint, { minLength: 1, maxLength: 4 }), constraints => {
        const solution = solve(constraints);
        const best = Math.min(...words.filter(word => satisfies(constraints, word)).map(cost));
        if (best < Number.POSITIVE_INFINITY) found++;
        if (solution === 'empty') assert.is(best, Number.POSITIVE_INFINITY);
        else if ('word' in solution)
          assert.ok(cost(solution.word) <= best, `${JSON.stringify(solution.word)}, ${best}`);
        const several = solveMany(constraints, 3).words;
        if (solution !== 'empty' && 'word' in solution) assert.ok(cost(several[0]!) <= best);
        for (const word of several) assert.ok(satisfies(constraints, word));
      }),
      { numRuns: 2_000 },
    );
    assert.ok(found > 100, String(found));
  });

  it('leaves out what is excluded among several words', () => {
    const few = union(literal('a'), literal('b7'), literal('xyz'));
    const found = solveMany([{ language: few }, { language: complement(literal('b7')) }], 10);
    assert.equal([...found.words].sort(), ['a', 'xyz']);
    assert.is(found.ended, 'exhausted');
  });

  it('takes up no more of what is excluded than it meets, and goes where words are short', () => {
    const holding = (text: string) => concat(everything, literal(text), everything, literal('y'));
    const excluded = Array.from({ length: 40 }, (_, number) => complement(holding(`x${number + 10}`)));
    const effort = { steps: 0 };
    assert.equal(solve([{ language: intersect(holding('x5'), ...excluded) }], { effort }), { word: 'x5y' });
    assert.is(solve([{ language: intersect(holding('x3333'), ...excluded) }], { effort }), 'empty');
    const far = concat(everything, literal('k'), ...new Array<Language>(30).fill(bytes(ByteSet.all)), literal('z'));
    assert.equal(solve([{ language: far }], { effort }), { word: `k${'a'.repeat(30)}z` });
    assert.ok(effort.steps < 2_000, String(effort.steps));
  });

  it('takes as many derivatives whatever was asked before', () => {
    fc.assert(
      fc.property(anyLanguage, anyLanguage, (one, other) => {
        const [first, second] = [{ steps: 0 }, { steps: 0 }];
        solve([{ language: one }, { language: other }], { effort: first });
        solve([{ language: one }, { language: other }], { effort: second });
        assert.is(second.steps, first.steps);
      }),
    );
  });

  it('finds several words, and says when there are no others', () => {
    const few = union(literal('a'), literal('b7'), literal('xyz'));
    const found = solveMany([{ language: few }], 10);
    assert.equal([...found.words].sort(), ['a', 'b7', 'xyz']);
    assert.is(found.ended, 'exhausted');
    const many = solveMany([{ language: concat(literal('/'), everything) }], 5);
    assert.is(many.ended, 'enough');
    assert.is(new Set(many.words).size, 5);
    for (const word of many.words) assert.ok(word.startsWith('/'));
  });

  it('varies bytes that no constraint tells apart by their kind only', () => {
    assert.equal(solveMany([{ language: bytes(ByteSet.all) }], 10).words, ['a', '-', 'A', '!', '\x00']);
  });

  it('names all words, those too that are like one another, or none', () => {
    const few = concat(bytes(ByteSet.among('12')), optional(bytes(ByteSet.range(97, 99))));
    assert.equal(allWords([{ language: few }], 8), ['1', '2', '1a', '1b', '1c', '2a', '2b', '2c']);
    assert.is(allWords([{ language: few }], 7), undefined);
    assert.equal(allWords([{ language: few, prefix: '1' }], 8), ['', 'a', 'b', 'c']);
    assert.equal(allWords([{ language: few, suffix: 'a' }], 8), ['1', '2']);
    assert.is(allWords([{ language: everything }], 100), undefined);
    // Infinitely many beginnings, of which none can be ended.
    const odd = concat(literal('a'), star(literal('aa')));
    assert.equal(allWords([{ language: odd }, { language: star(literal('aa')) }], 8), []);
    const property = fc.property(fc.array(anyLanguage, { minLength: 1, maxLength: 3 }), languages => {
      const constraints = languages.map(language => ({ language }));
      const words = allWords(constraints, 12, { maxStates: 2_000 });
      if (words === undefined) return;
      const others = { language: complement(union(...words.map(literal))) };
      assert.is(solve([...constraints, others], { maxStates: 2_000 }), 'empty');
      assert.is(new Set(words).size, words.length);
      for (const word of words) assert.ok(satisfies(constraints, word));
    });
    fc.assert(property, { numRuns: 400 });
  });

  it('unfolds languages defined by themselves', () => {
    const letters = loop(true, self => optional(concat(literal('a'), self)));
    assert.ok(areSame(letters, star(literal('a'))));
  });

  it('gives the same answers after its tables were renewed', () => {
    const held = concat(literal('/held/'), star(bytes(ByteSet.range(97, 122))));
    for (let round = 0; round < 100; round++) {
      // Every number is a language of its own: far more terms than the tables keep.
      for (let number = 0; number < 1_000; number++) literal(`${round}/${number}`);
      solve([{ language: literal(`${round}`) }]);
    }
    assert.is(solve([{ language: held }, { language: complement(held) }]), 'empty');
    assert.equal(solve([{ language: held }, { language: concat(everything, literal('/z')) }]), { word: '/held/z' });
  });
});
