import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { accepts, complement, concat, type Language, literal, solve } from '../../../src/pcre/language.js';
import { compileMatcher } from '../../../src/pcre/match.js';
import { type PatternTree, parsePattern } from '../../../src/pcre/parse.js';
import { captureShape, languageOf } from '../../../src/pcre/pattern-language.js';
import { hasPcre2, pcre2, type Trial } from '../../support/pcre2.js';
import { describe } from '../../support/suite.js';
import { EVERYDAY_PATTERNS, everydaySubject, patternText, subjectText } from './random-pattern.js';

function tree(pattern: string, caseless = false): PatternTree {
  const parsed = parsePattern(pattern, caseless);
  if (!('root' in parsed)) throw new Error(`${pattern}: ${JSON.stringify(parsed)}`);
  return parsed;
}

function language(pattern: string, caseless = false): Language {
  const translated = languageOf(tree(pattern, caseless));
  if ('unsupported' in translated) throw new Error(`${pattern}: ${translated.unsupported}`);
  return translated.language;
}

/** Compares membership with PCRE2's matches. */
function compare(trials: readonly Trial[]): { pairs: number; unsupported: number } {
  const counts = { pairs: 0, unsupported: 0 };
  for (const [at, answer] of pcre2(trials).entries()) {
    const { pattern, caseless = false, subjects } = trials[at]!;
    const parsed = parsePattern(pattern, caseless);
    if (answer === 'invalid' || !('root' in parsed)) continue;
    const translated = languageOf(parsed);
    if ('unsupported' in translated) {
      counts.unsupported++;
      continue;
    }
    for (const [index, subject] of subjects.entries()) {
      if (answer[index] === 'limit') continue;
      assert.is(
        accepts(translated.language, subject),
        answer[index] !== null,
        `${JSON.stringify(pattern)}${caseless ? ' caseless' : ''} on ${JSON.stringify(subject)}`,
      );
      counts.pairs++;
    }
  }
  return counts;
}

describe('pcre/pattern-language', it => {
  it('holds exactly the subjects in which PCRE2 finds a match, on random patterns', () => {
    if (!hasPcre2()) return;
    const trials = fc.sample(
      fc.record({
        pattern: patternText,
        caseless: fc.boolean(),
        subjects: fc.array(subjectText, { minLength: 8, maxLength: 8 }),
      }),
      { numRuns: 4_000, seed: Number(process.env['FC_SEED'] ?? 20261124) },
    );
    const { pairs, unsupported } = compare(trials);
    assert.ok(pairs > 20_000, `${pairs} pairs`);
    assert.ok(unsupported < trials.length / 5, `${unsupported} unsupported`);
  });

  it('translates the patterns that configurations have, every one', () => {
    if (!hasPcre2()) return;
    const subjects = fc.sample(everydaySubject, { numRuns: 150, seed: 8 });
    const { pairs, unsupported } = compare(
      EVERYDAY_PATTERNS.flatMap(pattern => [
        { pattern, subjects, optimized: true },
        { pattern, subjects, optimized: true, caseless: true },
      ]),
    );
    assert.is(unsupported, 0);
    assert.is(pairs, EVERYDAY_PATTERNS.length * 300);
  });

  it('finds the newline that gets past a pattern', () => {
    const dodged = [
      { language: concat(literal('/adm'), language('\\.php$')) },
      { language: complement(language('^/adm.*\\.php$')) },
    ];
    const solution = solve(dodged);
    if (solution === 'empty' || !('word' in solution)) throw new Error(JSON.stringify(solution));
    assert.ok(solution.word.includes('\n'));
  });

  it('proves that one pattern holds wherever another does', () => {
    const holds = [{ language: language('^/admin/.*\\.php$') }, { language: complement(language('^/admin')) }];
    assert.is(solve(holds), 'empty');
    const looks = [{ language: language('^/(?!admin/).*\\.php$') }, { language: language('^/admin/') }];
    assert.is(solve(looks), 'empty');
    const repeats = [{ language: language('^(?:(?!admin).)*\\z') }, { language: language('admin') }];
    assert.is(solve(repeats), 'empty');
  });

  for (const [pattern, construct] of [
    ['(?:a|(?=b))*c', 'an endless repetition of an assertion that may match nothing'],
    ['(?:(?<=ab)c)?d', 'a lookbehind of more than one byte inside a group'],
    ['\\b(?<=ab)c', 'an assertion before a lookbehind'],
    ['(?<=a\\bb)c', 'an assertion in a lookbehind'],
    ['(?>a(?!b))c', 'an assertion in an atomic group'],
    ['(?:ab?)++b', 'an atomic group or possessive quantifier of this kind'],
    ['(?:\\ba){201}', 'that many assertions'],
    ['\\b'.repeat(201), 'that many assertions'],
  ] as const) {
    it(`known limit: ${pattern.slice(0, 30)} has no language here`, () => {
      assert.equal(languageOf(tree(pattern)), { unsupported: construct });
    });
  }

  it('stays quick where translations could multiply', () => {
    const began = process.cpuUsage();
    const nested = '(?:\\ba(?:\\bb(?:\\bc(?:\\bd(?:\\be)+)+)+)+)+';
    languageOf(tree(`${'(?:a\\b|'.repeat(60)}b${')'.repeat(60)}`));
    languageOf(tree(nested.repeat(4)));
    languageOf(tree(`${'(?:a\\b'.repeat(150)}b${')'.repeat(150)}`));
    languageOf(tree('(?:(?:(?:\\ba){1,5}b){1,5}c){1,5}'));
    languageOf(tree(`${'(?:(?=a)'.repeat(150)}b${')+'.repeat(150)}`));
    languageOf(tree(`${'(?=a'.repeat(150)}b${')+'.repeat(150)}`));
    languageOf(tree(`^(?:${Array.from({ length: 500 }, (_, at) => `word${at}`).join('|')})$`));
    languageOf(tree(`${'('.repeat(240)}a${')*'.repeat(240)}`));
    assert.ok(process.cpuUsage(began).user < 2_000_000);
  });
});

describe('pcre/pattern-language captureShape', it => {
  const kinds = (pattern: string) =>
    captureShape(tree(pattern))?.map(piece =>
      piece.kind === 'literal' ? piece.text : piece.kind === 'capture' ? piece.index : '*',
    );

  it('lists literals, captures and free text from the start of the subject to its end', () => {
    assert.equal(kinds('^/a/([^/]+)/(.*)\\z'), ['/a/', 1, '/', 2]);
    assert.equal(kinds('^/a(/.*)?$'), ['/a', 1, '*']);
    assert.equal(kinds('x(\\d+)'), ['*', 'x', 1, '*']);
    assert.equal(kinds('^(?:/v(?:\\d))(a(b))'), ['/v', '*', 1, '*']);
  });

  it('lets a greedy group at the end take all that it can, and only such a group', () => {
    const follows = (pattern: string, text: string) => {
      const last = captureShape(tree(pattern))!.at(-1)!;
      return last.kind === 'free' && accepts(last.language, text);
    };
    assert.equal(
      ['', 'a', 'b', 'ba'].map(text => follows('^/([a])', text)),
      [true, true, true, true],
    );
    assert.equal(
      ['', 'a', 'b', 'ba'].map(text => follows('^/(a+)', text)),
      [true, false, true, true],
    );
    for (const pattern of ['^/(a+?)', '^/(a{2,3})', '^/((?:ab)+)', '^/(a+)?', '^/(a+b?)']) {
      assert.is(follows(pattern, 'a'), true, pattern);
    }
  });

  it('has no answer for captures in loops and alternatives, nor for assertions', () => {
    assert.is(kinds('^(?:/(a))*'), undefined);
    assert.is(kinds('^(a)|(b)$'), undefined);
    assert.is(kinds('^(?=/x)(.*)$'), undefined);
    assert.is(kinds('^(\\ba)'), undefined);
    assert.is(kinds('^(a++)b'), undefined);
  });

  it('covers every match with the groups that PCRE finds', () => {
    let covered = 0;
    const check = (pattern: string, subject: string) => {
      const parsed = parsePattern(pattern, false);
      if (!('root' in parsed)) return;
      const pieces = captureShape(parsed);
      const found = pieces && compileMatcher(parsed).match(subject);
      if (!found) return;
      const whole = pieces.map(piece => (piece.kind === 'literal' ? literal(piece.text) : piece.language));
      assert.ok(accepts(concat(...whole), subject), `${pattern} on ${subject}`);
      // With the texts of the groups in their places, the rest still fits.
      const fixed = pieces.map((piece, at) =>
        piece.kind === 'capture' ? literal(found.groups[piece.index] ?? '') : whole[at]!,
      );
      assert.ok(accepts(concat(...fixed), subject), `${pattern} on ${subject}`);
      for (const piece of pieces) {
        if (piece.kind === 'capture') assert.ok(accepts(piece.language, found.groups[piece.index] ?? ''));
      }
      covered++;
    };
    fc.assert(fc.property(patternText, subjectText, check), { numRuns: 4_000, seed: 5 });
    fc.assert(fc.property(fc.constantFrom(...EVERYDAY_PATTERNS), everydaySubject, check), { numRuns: 2_000, seed: 6 });
    assert.ok(covered > 1_000, `${covered} covered`);
  });
});
