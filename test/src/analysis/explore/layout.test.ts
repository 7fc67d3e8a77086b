import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { type Layout, layOut } from '../../../../src/analysis/explore/layout.js';
import { Knowledge } from '../../../../src/analysis/knowledge.js';
import { Symbols } from '../../../../src/analysis/symbols.js';
import { fixedText, normalise, type Sym, symbolsOf, type Value } from '../../../../src/analysis/value.js';
import { ByteSet } from '../../../../src/pcre/byte-set.js';
import {
  accepts,
  bytes,
  complement,
  concat,
  everything,
  type Language,
  literal,
  star,
} from '../../../../src/pcre/language.js';
import { compileMatcher } from '../../../../src/pcre/match.js';
import { type PatternTree, parsePattern } from '../../../../src/pcre/parse.js';
import { captureShape, languageOf } from '../../../../src/pcre/pattern-language.js';
import { describe } from '../../../support/suite.js';
import { EVERYDAY_PATTERNS, everydaySubject, patternText, subjectText } from '../../pcre/random-pattern.js';

const symbols = new Symbols(true);

function treeOf(pattern: string): PatternTree | undefined {
  const parsed = parsePattern(pattern, false);
  return 'root' in parsed ? parsed : undefined;
}

/** A value that matches, laid out. */
function layoutsOf(pattern: string, value: Value, knowledge: Knowledge): readonly Layout[] {
  return layOut(captureShape(treeOf(pattern)!) ?? [], value, knowledge, symbols);
}

function part(language: Language = everything): Sym {
  return symbols.loose('part', language, undefined);
}

/** The text of a group in each layout. */
function texts(layouts: readonly Layout[], index: number): (string | undefined)[] {
  return layouts.map(({ knowledge, captures }) => fixedText(knowledge.resolve(captures.get(index)!)));
}

const letters = concat(bytes(ByteSet.of(97)), star(bytes(ByteSet.of(97))));

/** What may be known of a piece of a subject. */
const demands: readonly Language[] = [
  everything,
  everything,
  letters,
  complement(concat(literal('/'), everything)),
  complement(concat(everything, literal('/'), everything)),
  complement(concat(literal('a'), everything)),
  complement(literal('')),
];

const cuts = fc.array(fc.record({ at: fc.nat(12), isText: fc.boolean(), demand: fc.nat(demands.length - 1) }), {
  maxLength: 4,
});

/** A subject as a value of texts and symbols, what is known of these, and what they are. */
interface CutSubject {
  readonly value: Value;
  readonly knowledge: Knowledge;
  readonly pieces: ReadonlyMap<Sym, string>;
}

function cutSubject(subject: string, places: readonly { at: number; isText: boolean; demand: number }[]): CutSubject {
  const sorted = [...places].sort((one, other) => one.at - other.at);
  const parts: (string | Sym)[] = [];
  const pieces = new Map<Sym, string>();
  let knowledge = Knowledge.NOTHING;
  let from = 0;
  for (const { at, isText, demand } of [...sorted, { at: subject.length, isText: false, demand: 0 }]) {
    const piece = subject.slice(from, Math.max(from, at));
    from = Math.max(from, at);
    if (isText) {
      parts.push(piece);
      continue;
    }
    const symbol = part();
    pieces.set(symbol, piece);
    parts.push(symbol);
    const language = demands[demand]!;
    if (accepts(language, piece)) knowledge = knowledge.assume([symbol], [language])!;
  }
  return { value: normalise(parts), knowledge, pieces };
}

/** The layouts of several patterns one after the other, each with the groups that it then has. */
function laidOneByOne(patterns: readonly string[], { value, knowledge }: CutSubject): Layout[][] {
  let ways: Layout[][] = [[]];
  for (const pattern of patterns) {
    ways = ways.flatMap(way => {
      const known = (way.at(-1)?.knowledge ?? knowledge).assume(value, [matching(pattern)]);
      return known === undefined ? [] : layoutsOf(pattern, value, known).map(layout => [...way, layout]);
    });
  }
  return ways;
}

function matching(pattern: string): Language {
  const found = languageOf(treeOf(pattern)!);
  return 'language' in found ? found.language : everything;
}

describe('explore/layout', it => {
  it('leaves out no text of a value that matches, nor what PCRE captures of it', () => {
    let checked = 0;
    const check = (patterns: readonly string[], subject: string, places: Parameters<typeof cutSubject>[1]): void => {
      const groups = patterns.map(pattern => {
        const tree = treeOf(pattern);
        return tree && compileMatcher(tree).match(subject)?.groups;
      });
      if (groups.some(one => one === undefined)) return;
      const cut = cutSubject(subject, places);
      const isCovered = laidOneByOne(patterns, cut).some(way => {
        let known: Knowledge | undefined = way.at(-1)!.knowledge;
        for (const [symbol, piece] of cut.pieces) known = known?.assume([symbol], [literal(piece)]);
        for (const [index, { captures }] of way.entries()) {
          for (const [group, value] of captures) known = known?.assume(value, [literal(groups[index]![group] ?? '')]);
        }
        return known !== undefined && !known.isContradictory && !known.completions().next().done;
      });
      assert.ok(
        isCovered,
        JSON.stringify([patterns, subject, cut.value.map(one => cut.pieces.get(one as Sym) ?? one)]),
      );
      checked += 1;
    };
    const property = (pattern: fc.Arbitrary<string>, subject: fc.Arbitrary<string>) =>
      fc.property(fc.array(pattern, { minLength: 1, maxLength: 2 }), subject, cuts, check);
    fc.assert(property(patternText, subjectText), { numRuns: 3_000 });
    fc.assert(property(fc.constantFrom(...EVERYDAY_PATTERNS), everydaySubject), { numRuns: 2_000 });
    assert.ok(checked > 300, `${checked} checked`);
  });

  it('finds the one way there is', () => {
    const run = part(letters);
    const behind = part(complement(concat(literal('a'), everything)));
    const value: Value = ['/', run, behind];
    const known = Knowledge.NOTHING.assume(value, [matching('^/aaa/(.*)\\z')])!;
    const [only, ...others] = layoutsOf('^/aaa/(.*)\\z', value, known);
    assert.is(others.length, 0);
    assert.equal(only!.knowledge.resolve(value).slice(0, 1), ['/aaa/']);
    assert.equal(only!.knowledge.resolve(only!.captures.get(1)!), only!.knowledge.resolve(value).slice(1));
  });

  it('follows a few ways apart', () => {
    const [one, other] = [part(), part()];
    const value: Value = [one, other];
    const known = Knowledge.NOTHING.assume(value, [literal('/ab')])!.assume([one], [complement(literal('/'))])!;
    const found = texts(layoutsOf('^/a(.*)\\z', value, known), 1);
    assert.equal(new Set(found.filter(text => text !== undefined)), new Set(['b']));
  });

  it('keeps of many ways that the groups have the text of the value', () => {
    const parts = Array.from({ length: 6 }, () => part());
    const value = normalise(parts.flatMap(one => ['/', one]));
    const known = Knowledge.NOTHING.assume(value, [matching('^(.*)/x(.*)\\z')])!;
    const [layout, ...others] = layoutsOf('^(.*)/x(.*)\\z', value, known);
    assert.is(others.length, 0);
    const chosen = layout!.knowledge
      .assume(layout!.captures.get(1)!, [literal('/1/2/3/4/5')])!
      .assume(layout!.captures.get(2)!, [concat(literal('6'), everything)])!;
    const completions = [...chosen.completions()];
    assert.ok(completions.length > 0);
    for (const completion of completions) {
      assert.ok(fixedText(completion.resolve(value))!.startsWith('/1/2/3/4/5/x6'));
    }
    assert.is(symbolsOf(layout!.knowledge.resolve(value)).length, 6);
  });
});
