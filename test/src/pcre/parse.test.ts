import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { type PatternTree, parsePattern } from '../../../src/pcre/parse.js';
import { hasPcre2, pcre2 } from '../../support/pcre2.js';
import { describe } from '../../support/suite.js';

/** Patterns at the edges of the syntax, some of which PCRE2 refuses. */
const EDGES = String.raw`^*a $+ \b*a \b+? (?=a)*b (?=a){3}b (?!a)?b \A+ \K+a (?=a\Kb) (?<=a\K) (?<=ab(c|de)) (?<=a|bc)
  (?<=(a|bc)) (?<=a{2}) (?<=a+) (?<=\R) (?<=(?=ab)c) a** a{2}{3} a{2,1} a{65536} a{,3} a{1 (?i)* ()* (a a) [b-a] [\d-z]
  [a-\d] [\d-] []a] [] [^] [\b] [\B] [\R] [\N] [\X] [:alpha:] [[:alpha:]-z] [[:foo:]] [[.a.]] [a[:digit:] [\8] \18 \777
  \400 \x{100} \x{} \x{g} \xg \o{400} \o{8} \o \o{} \c \cA \i \N{U+41} \N{2} \u0041 \L \E* a\E* a\Q\E* \Qab*\E* \Qab
  (?#abc)* a(?#abc)* (?#abc a+(?#b)+ [\g] (?x)a*#c (?x)a*\E+ (?n)(a) (?U)a+ (?^)a (?^i:a) (?i-s:a) (?i (?) (?-) (?a) (?i-s-m)
  (?<n>a)(?<n>b) (?<1n>a) (?<n-x>a) (?P<n>a) (?'n'a) (?|(a)|(b))(c) (?|(?<n>a)|(?<n>b)) (?|(?<n>a)|(?<m>b))
  [a-[:digit:]] [z-\x41] [a-\E] [\Qa-z\E] [a-\Qz\E] [a\E-z] x{0} (?<n>x){0} (?=a)++ \Ga a|* (*) (?:*a) a{1}?+ a+?+ a++?
  [\w-a-z] [a-c-e] [--a] [+--] (?i-)a (?<=a)*b (?<!a|bc(?:d|e))x (?<=(?i)a)b (?<=a(?>b|c))x (?<=(?:a|bc)|d)x (?<=a?+)x
  (?<=a{0})x \N{2,3}x \N{2,3 \N{a} \ (?P (?Px) (?< (?<> (?:a|b (?i:\K){2} (?:$)* a{0}+ [[:^alpha:]] [\]] [\Q]\E] [^\Q^]`
  .split(/\s+/)
  .concat('a{ 1}', '(?x) a +  +', '(?x)a{1, 2}', '(?xx)[a b]', '(?x) [a b] # c\n d', '(?x)\\ #');

const TOKENS =
  String.raw`a b 1 2 - ^ $ . [ ] ( ) (? { } , * + ? | \ \Q \E : [:alpha:] = ! < > P \x \o \0 8 x i # \N \c (?x)
  (?xx) (?i (?^ (?# \d \g \k`
    .split(/\s+/)
    .concat(' ', '\n', '\xe4');

function tree(source: string, caseless = false): PatternTree {
  const parsed = parsePattern(source, caseless);
  if (!('root' in parsed)) throw new Error(`${source}: ${JSON.stringify(parsed)}`);
  return parsed;
}

/** Compares acceptance with PCRE2; patterns that we call unsupported do not count. Returns how many did. */
function compareAcceptance(patterns: readonly string[]): number {
  let compared = 0;
  for (const [at, answer] of pcre2(patterns.map(pattern => ({ pattern, subjects: [] }))).entries()) {
    const parsed = parsePattern(patterns[at]!, false);
    if ('unsupported' in parsed) continue;
    const reason = 'invalid' in parsed ? parsed.invalid : 'accepted';
    assert.is('invalid' in parsed, answer === 'invalid', `${JSON.stringify(patterns[at])}: we say ${reason}`);
    compared++;
  }
  return compared;
}

describe('pcre/parse', it => {
  it('numbers groups from the left and knows their names', () => {
    const parsed = tree(`(a)(?:b)(?<one>c)(?P<two>d)(?'three'e)`);
    assert.is(parsed.captureCount, 4);
    assert.equal(
      [...parsed.names],
      [
        ['one', 2],
        ['two', 3],
        ['three', 4],
      ],
    );
  });

  it('counts the groups of a branch reset once for all branches', () => {
    assert.is(tree('(?|(a)(b)|(c))(d)').captureCount, 3);
  });

  it('folds ASCII letters only', () => {
    const bytesOf = (pattern: string) => {
      const { root } = tree(pattern, true);
      return root.kind === 'bytes' ? root.set.bytes() : undefined;
    };
    assert.equal(bytesOf('a'), [65, 97]);
    assert.equal(bytesOf('\xe4'), [0xe4]);
    assert.equal(bytesOf('[@[`{]'), [0x40, 0x5b, 0x60, 0x7b]);
  });

  for (const [pattern, construct] of [
    ['(a)\\1', 'a back-reference'],
    ['(a)\\g1', 'a back-reference'],
    ['(a)\\g{-1}', 'a back-reference'],
    ['(?<n>a)\\k<n>', 'a back-reference'],
    ['(?<n>a)(?P=n)', 'a back-reference'],
    ['(a)\\g<1>', 'a subroutine call \\g'],
    ['a(?R)?', 'a recursion'],
    ['(a)(?1)', 'a recursion'],
    ['(a)(?-1)', 'a recursion'],
    ['(?<n>a)(?&n)', 'a recursion'],
    ['(?<n>a)(?P>n)', 'a recursion'],
    ['(a)?(?(1)b|c)', 'a condition (?(…)'],
    ['a(?C1)b', 'a callout (?C)'],
    ['a(*SKIP)b', 'a (*…) verb'],
    ['(*UTF8)a', 'a (*…) verb'],
    ['(*atomic:a)', 'a (*…) verb'],
    ['\\Ca', '\\C'],
    ['\\Xa', '\\X'],
    ['\\p{L}', 'Unicode property \\p'],
    ['[\\P{L}]', 'Unicode property \\P'],
    ['[[:<:]]a', '[[:<:]] and [[:>:]]'],
    ['(?*a)b', 'a non-atomic lookaround'],
    ['(?<*a)b', 'a non-atomic lookaround'],
    ['(?J)(?<n>a)(?<n>b)', 'duplicate group names (?J)'],
    ['(a{1000}){1000}', 'a pattern of this size'],
    ['((((((((a{9}){9}){9}){9}){9}){9}){9}){9}){9}', 'a pattern of this size'],
  ] as const) {
    it(`known limit: ${pattern} is unsupported, by name`, () => {
      assert.equal(parsePattern(pattern, false), { unsupported: construct });
    });
  }

  it('takes nesting as deep as PCRE2 does, and no deeper', () => {
    const nested = (depth: number) => parsePattern(`${'('.repeat(depth)}a${')'.repeat(depth)}`, false);
    assert.ok('root' in nested(250));
    assert.ok('invalid' in nested(251));
    assert.ok('invalid' in nested(1_000_000));
  });

  it('accepts and refuses the edges of the syntax as PCRE2 does', () => {
    if (!hasPcre2()) return;
    assert.ok(compareAcceptance(EDGES) > EDGES.length - 5);
  });

  it('accepts and refuses random rows of tokens as PCRE2 does', () => {
    if (!hasPcre2()) return;
    const rows = fc.sample(
      fc.array(fc.constantFrom(...TOKENS), { minLength: 1, maxLength: 14 }).map(tokens => tokens.join('')),
      { numRuns: 8_000, seed: Number(process.env['FC_SEED'] ?? 1) },
    );
    assert.ok(compareAcceptance(rows) > 5_000);
  });

  it('answers for any bytes', () => {
    const bytes = fc.array(fc.integer({ min: 0, max: 255 })).map(codes => String.fromCharCode(...codes));
    fc.assert(
      fc.property(bytes, fc.boolean(), (source, caseless) => {
        assert.is(Object.keys(parsePattern(source, caseless)).length > 0, true);
      }),
    );
  });
});
