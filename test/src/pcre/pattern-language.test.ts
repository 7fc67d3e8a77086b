import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { accepts } from '../../../src/pcre/language.js';
import { parsePattern } from '../../../src/pcre/parse.js';
import { languageOf } from '../../../src/pcre/pattern-language.js';
import { hasPcre2, pcre2 } from '../../support/pcre2.js';
import { describe } from '../../support/suite.js';
import { patternText, subjectText } from './random-pattern.js';

describe('pcre/pattern-language', it => {
  it('holds exactly the subjects in which PCRE2 finds a match, on random patterns', () => {
    if (!hasPcre2()) return;
    const trials = fc.sample(
      fc.record({
        pattern: patternText,
        caseless: fc.boolean(),
        subjects: fc.array(subjectText, { minLength: 8, maxLength: 8 }),
      }),
      { numRuns: 4000, seed: Number(process.env['FC_SEED'] ?? 20261124) },
    );
    let pairs = 0;
    let unsupported = 0;
    const reasons = new Map<string, number>();
    for (const [at, answer] of pcre2(trials).entries()) {
      const { pattern, caseless, subjects } = trials[at]!;
      const tree = parsePattern(pattern, caseless);
      if (answer === 'invalid' || !('root' in tree)) continue;
      const translated = languageOf(tree);
      if ('unsupported' in translated) {
        unsupported++;
        reasons.set(translated.unsupported, (reasons.get(translated.unsupported) ?? 0) + 1);
        continue;
      }
      subjects.forEach((subject, index) => {
        if (answer[index] === 'limit') return;
        assert.is(
          accepts(translated.language, subject),
          answer[index] !== null,
          `${JSON.stringify(pattern)}${caseless ? ' caseless' : ''} on ${JSON.stringify(subject)}`,
        );
        pairs++;
      });
    }
    console.log(pairs, unsupported, reasons);
    assert.ok(pairs > 20_000, `${pairs} pairs`);
    assert.ok(unsupported < trials.length / 4, `${unsupported} unsupported`);
  });
});
