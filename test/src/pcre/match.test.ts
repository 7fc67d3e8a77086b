import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { type Captures, compileMatcher } from '../../../src/pcre/match.js';
import { parsePattern } from '../../../src/pcre/parse.js';
import { hasPcre2, pcre2, printed, type Trial } from '../../support/pcre2.js';
import { describe } from '../../support/suite.js';
import { EVERYDAY_PATTERNS, everydaySubject, patternText, subjectText } from './random-pattern.js';

function match(pattern: string, subject: string, caseless = false): Captures | null {
  const tree = parsePattern(pattern, caseless);
  if (!('root' in tree)) throw new Error(`${pattern}: ${JSON.stringify(tree)}`);
  return compileMatcher(tree).match(subject);
}

function groups(pattern: string, subject: string, caseless = false): readonly (string | undefined)[] | undefined {
  return match(pattern, subject, caseless)?.groups;
}

/** Compares matches, groups and what follows the match with PCRE2. */
function compare(trials: readonly Trial[]): { pairs: number; matches: number } {
  const counts = { pairs: 0, matches: 0 };
  for (const [at, answer] of pcre2(trials).entries()) {
    const { pattern, caseless = false, subjects } = trials[at]!;
    const tree = parsePattern(pattern, caseless);
    if (answer === 'invalid' || !('root' in tree)) {
      assert.is('invalid' in tree, answer === 'invalid', pattern);
      continue;
    }
    const matcher = compileMatcher(tree);
    for (const [index, subject] of subjects.entries()) {
      const expected = answer[index];
      if (expected === 'limit') continue;
      const ours = matcher.match(subject);
      const texts = ours?.groups.map(text => (text === undefined ? undefined : printed(text)));
      // pcre2test stops at the last group that took part.
      while (texts?.at(-1) === undefined && texts?.length) texts.pop();
      const got = ours && { groups: texts, rest: printed(subject.slice(ours.end)) };
      assert.equal(
        got,
        expected,
        `${JSON.stringify(pattern)}${caseless ? ' caseless' : ''} on ${JSON.stringify(subject)}`,
      );
      counts.pairs++;
      if (ours) counts.matches++;
    }
  }
  return counts;
}

describe('pcre/match', it => {
  it('matches and captures as PCRE2 does, on random patterns', () => {
    if (!hasPcre2()) return;
    const trials = fc.sample(
      fc.record({
        pattern: patternText,
        caseless: fc.boolean(),
        subjects: fc.array(subjectText, { minLength: 8, maxLength: 8 }),
      }),
      { numRuns: 6_000, seed: Number(process.env['FC_SEED'] ?? 20261123) },
    );
    const { pairs, matches } = compare(trials);
    assert.ok(pairs > 40_000, `${pairs} pairs`);
    assert.ok(matches > pairs / 10 && matches < pairs, `${matches} matches`);
  });

  it('matches and captures as PCRE2 does with its optimizations, on patterns as configurations have them', () => {
    if (!hasPcre2()) return;
    const subjects = fc.sample(everydaySubject, { numRuns: 150, seed: 7 });
    const { pairs, matches } = compare(
      EVERYDAY_PATTERNS.flatMap(pattern => [
        { pattern, subjects, optimized: true },
        { pattern, subjects, optimized: true, caseless: true },
      ]),
    );
    assert.is(pairs, EVERYDAY_PATTERNS.length * 300);
    assert.ok(matches > pairs / 20 && matches < pairs, `${matches} matches`);
  });

  it('lets $ match before a last newline, and \\z only at the end', () => {
    assert.ok(match('^/a$', '/a\n'));
    assert.not(match('^/a$', '/a\n\n'));
    assert.not(match('^/a\\z', '/a\n'));
  });

  it('keeps . from newlines', () => {
    assert.not(match('^/adm.*php$', '/adm\n.php'));
    assert.ok(match('(?s)^/adm.*php$', '/adm\n.php'));
  });

  it('takes the leftmost match, and alternatives in their order', () => {
    assert.equal(groups('(b|ab|a)(.*)', 'xabc'), ['abc', 'ab', 'c']);
  });

  it('keeps what a group held in an earlier round', () => {
    assert.equal(groups('(?:(a)|b)*', 'ab'), ['ab', 'a']);
  });

  it('ends a loop after a round that matched nothing', () => {
    assert.equal(groups('(a*)*', 'aa'), ['aa', '']);
    assert.equal(groups('(a|)+b', 'aab'), ['aab', '']);
  });

  it('does not give back what an atomic group or possessive quantifier took', () => {
    assert.not(match('(?>a+)ab', 'aaab'));
    assert.not(match('a++ab', 'aaab'));
    assert.equal(groups('(?>(a|ab))c?', 'abc'), ['a', 'a']);
  });

  it('keeps the groups of lookarounds that hold', () => {
    assert.equal(groups('(?=(a+))(?!(b))a', 'aab'), ['a', 'aa', undefined]);
    assert.equal(groups('(?<=(x))a', 'xa'), ['a', 'x']);
  });

  it('skips what is repeated no times, but counts its groups', () => {
    assert.equal(groups('(a){0}(b)', 'ab'), ['b', undefined, 'b']);
    assert.equal(groups('(?:x|(y)){0}+z', 'z'), ['z', undefined]);
  });

  it('moves the start of the match at \\K', () => {
    const found = match('ab\\Kc', 'xabc');
    assert.is(found?.start, 3);
    assert.is(found?.end, 4);
  });

  it('answers by name too', () => {
    assert.equal(
      [...match('(?<user>\\w+)(?<rest>x)?', 'joe')!.named],
      [
        ['user', 'joe'],
        ['rest', undefined],
      ],
    );
  });

  it('refuses a subject longer than it declares', () => {
    const tree = parsePattern('(a|b)*', false);
    if (!('root' in tree)) throw new Error('refused');
    const matcher = compileMatcher(tree);
    assert.ok(matcher.longestSubject > 1_000_000);
    assert.throws(() => matcher.match('a'.repeat(matcher.longestSubject + 1)), /a subject of/);
  });

  for (const [pattern, subject] of [
    ['(a*)*b', 'a'.repeat(2_000)],
    ['(a|aa)+$', `${'a'.repeat(2_000)}b`],
    ['^(([^,]+,)*)x', 'a,'.repeat(2_000)],
    ['(x+x+)+y', 'x'.repeat(2_000)],
    ['(?>a*b|a)*c', 'a'.repeat(2_000)],
    ['((?=(a*)*b)a)*c', 'a'.repeat(2_000)],
    ['(?:(?!(a|b)*c).)*d', 'ab'.repeat(1_000)],
    [`^(?:${Array.from({ length: 500 }, (_, at) => `w${at}`).join('|')})+x`, 'w499'.repeat(200)],
    [`${'('.repeat(40)}a*${')*'.repeat(40)}b`, 'a'.repeat(200)],
  ] as const) {
    it(`gives up on ${pattern.slice(0, 30)} without backtracking for ever`, () => {
      const began = process.cpuUsage();
      assert.is(match(pattern, subject), null);
      assert.ok(process.cpuUsage(began).user < 2_000_000);
    });
  }
});
