import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { compileMatcher } from '../../../src/pcre/match.js';
import { parsePattern } from '../../../src/pcre/parse.js';
import { hasPcre2, pcre2, printed, type Trial } from '../../support/pcre2.js';
import { describe } from '../../support/suite.js';
import { patternText, subjectText } from './random-pattern.js';

/** Our answers in the form of pcre2test's. */
function compare(trials: readonly Trial[]): { pairs: number; matches: number; unsupported: number } {
  const counts = { pairs: 0, matches: 0, unsupported: 0 };
  for (const [at, answer] of pcre2(trials).entries()) {
    const { pattern, caseless, subjects } = trials[at]!;
    const tree = parsePattern(pattern, caseless ?? false);
    const where = JSON.stringify(pattern) + (caseless ? ' caseless' : '');
    if ('unsupported' in tree) {
      counts.unsupported++;
      continue;
    }
    if (answer === 'invalid' || 'invalid' in tree) {
      assert.ok(
        answer === 'invalid' && 'invalid' in tree,
        `${where}: PCRE2 ${answer === 'invalid' ? 'refuses' : 'accepts'} it, we say ${JSON.stringify(tree)}`,
      );
      continue;
    }
    const matcher = compileMatcher(tree);
    subjects.forEach((subject, index) => {
      const expected = answer[index];
      if (expected === 'limit') return;
      const ours = matcher.match(subject);
      const groups = ours?.groups.map(text => (text === undefined ? undefined : printed(text)));
      while (groups && groups.at(-1) === undefined) groups.pop();
      const got = ours && { groups, rest: printed(subject.slice(ours.end)) };
      assert.equal(got, expected, `${where} on ${JSON.stringify(subject)}`);
      counts.pairs++;
      if (ours) counts.matches++;
    });
  }
  return counts;
}

describe('pcre/match', it => {
  it('matches and captures as PCRE2 does, on random patterns', () => {
    if (!hasPcre2()) return;
    const sample = fc.sample(
      fc.record({
        pattern: patternText,
        caseless: fc.boolean(),
        subjects: fc.array(subjectText, { minLength: 8, maxLength: 8 }),
      }),
      {
        numRuns: 4000,
        seed: Number(process.env['FC_SEED'] ?? 20261123),
      },
    );
    const { pairs, matches } = compare(sample);
    console.log(pairs, matches);
    assert.ok(pairs > 20_000);
    assert.ok(matches > pairs / 10);
  });
});
