import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { argument, decodeTarget } from '../../../src/analysis/evaluate/request-line.js';
import { Effort, Knowledge } from '../../../src/analysis/knowledge.js';
import { normalise, type Sym, symbolsOf, type Value } from '../../../src/analysis/value.js';
import { ByteSet } from '../../../src/pcre/byte-set.js';
import {
  accepts,
  bytes,
  complement,
  concat,
  everything,
  type Language,
  literal,
  solve,
  star,
  union,
} from '../../../src/pcre/language.js';
import { describe } from '../../support/suite.js';
import { anyLanguage, anyWord } from '../pcre/random-language.js';

let lastId = 0;

function symbol(base: Language = everything, name = 'arg_x', origin: Sym['origin'] = 'client'): Sym {
  return { id: ++lastId, origin, name, reason: undefined, base };
}

/** A demand on one symbol: the text with fixed texts around it lies in the language. */
interface Demand {
  readonly prefix: string;
  readonly suffix: string;
  readonly language: Language;
}

const affix = fc.constantFrom('', '', 'a', '/', 'ab');
const demand: fc.Arbitrary<Demand> = fc.record({ prefix: affix, suffix: affix, language: anyLanguage });
const demands = fc.array(demand, { minLength: 1, maxLength: 4 });
const words = fc.array(anyWord, { minLength: 5, maxLength: 20 });

function assumeAll(knowledge: Knowledge, one: Sym, all: readonly Demand[]): Knowledge | undefined {
  let known: Knowledge | undefined = knowledge;
  for (const { prefix, suffix, language } of all) known = known?.assume(normalise([prefix, one, suffix]), [language]);
  return known;
}

/** All that a description says, as one text. */
function keyOf(knowledge: Knowledge, ...about: Parameters<Knowledge['describe']>): string {
  const { key, demands: all } = knowledge.describe(...about);
  return [key, ...all.slice().sort()].join('|');
}

function meetsAll(all: readonly Demand[], text: string): boolean {
  return all.every(({ prefix, suffix, language }) => accepts(language, prefix + text + suffix));
}

/** The text of a value whose symbols have the texts of the first candidates. */
function textOf(knowledge: Knowledge, value: Value): string {
  return value.map(part => (typeof part === 'string' ? part : knowledge.candidates(part, 1)[0]!)).join('');
}

describe('knowledge', it => {
  it('keeps exactly the texts that meet every demand on one symbol', () => {
    const property = fc.property(anyLanguage, demands, words, (base, all, texts) => {
      const one = symbol(base);
      const known = assumeAll(Knowledge.NOTHING, one, all);
      for (const text of texts) {
        const isPossible = accepts(base, text) && meetsAll(all, text);
        assert.is(known?.allows(one, text) ?? false, isPossible, JSON.stringify(text));
      }
    });
    fc.assert(property, { numRuns: 600 });
  });

  it('finds candidates that meet all demands, and some wherever it lets a request go on', () => {
    const property = fc.property(anyLanguage, demands, (base, all) => {
      const one = symbol(base);
      const known = assumeAll(Knowledge.NOTHING, one, all);
      // Something can be in every symbol that there is.
      if (known === undefined || solve([{ language: base }]) === 'empty') return;
      const found = known.candidates(one, 5);
      assert.ok(found.length > 0);
      assert.is(new Set(found).size, found.length);
      for (const text of found) assert.ok(accepts(base, text) && meetsAll(all, text), JSON.stringify(text));
    });
    fc.assert(property, { numRuns: 600 });
  });

  it('does not depend on the order of demands, and knows the same by the same key', () => {
    const property = fc.property(demands, words, (all, texts) => {
      const one = symbol();
      const forth = assumeAll(Knowledge.NOTHING, one, all);
      const back = assumeAll(Knowledge.NOTHING, one, [...all].reverse());
      assert.is(forth === undefined, back === undefined);
      if (forth === undefined || back === undefined) return;
      assert.is(keyOf(forth, [[one]]), keyOf(back, [[one]]));
      for (const text of texts) assert.is(forth.allows(one, text), back.allows(one, text));
      assert.is(keyOf(assumeAll(forth, one, all)!, [[one]]), keyOf(forth, [[one]]), 'a demand that was met already');
    });
    fc.assert(property, { numRuns: 400 });
  });

  it('knows parts by the place they stand at, and forgets those that nothing stands for any more', () => {
    const cut = (): { known: Knowledge; part: Value } => {
      const uri = symbol(everything, 'uri');
      const front = symbol(everything, 'front', 'part');
      const back = symbol(star(literal('b')), 'back', 'part');
      const known = Knowledge.NOTHING.bind(uri, ['/', front, '/', back])!.assume(
        [back],
        [concat(literal('bb'), everything)],
      )!;
      return { known, part: [back] };
    };
    const [one, other] = [cut(), cut()];
    assert.is(keyOf(one.known, [one.part]), keyOf(other.known, [other.part]));
    const longer = one.known.assume(one.part, [concat(literal('bbb'), everything)])!;
    assert.is.not(keyOf(longer, [one.part]), keyOf(one.known, [one.part]));
    assert.is(keyOf(longer, []), keyOf(one.known, []));
    assert.is(one.known.describe([one.part], [one.part]).paths.length, 1);
    assert.is.not(one.known.describe([one.part], [one.part]).paths[0], undefined);
    assert.is(one.known.describe([], [one.part]).paths[0], undefined);
  });

  it('demands more of a text in its description with each demand, and names each part alike whatever else is known', () => {
    const [one, other] = [symbol(everything, 'arg_a'), symbol(everything, 'arg_b')];
    const some = Knowledge.NOTHING.assume([other], [complement(union(literal('aa'), literal('bb')))])!;
    const more = some.assume([other], [complement(literal('c'))])!.bind(one, ['/', symbol(everything, 'x', 'part')])!;
    const { key, demands: few } = some.describe([[other]]);
    const all = more.describe([[other]]);
    assert.is(all.key, key);
    assert.is(few.length, 2);
    assert.ok(
      few.every(text => all.demands.includes(text)),
      all.demands.join(),
    );
    const tied = (origin: Sym['origin']) => Knowledge.NOTHING.describe([[symbol(everything, 'x', origin)]]).key;
    assert.is.not(tied('loose'), tied('part'));
  });

  it('leaves what it was made from as it was', () => {
    const one = symbol();
    const known = Knowledge.NOTHING.assume([one], [star(literal('a'))])!;
    const key = keyOf(known, [[one]]);
    known.assume([one], [literal('aa')]);
    known.bind(one, ['aa']);
    known.settle(() => false);
    assert.is(keyOf(known, [[one]]), key);
    assert.is(keyOf(Knowledge.NOTHING, []), '');
    assert.equal(Knowledge.NOTHING.describe([]).demands, []);
  });

  it('demands of the parts what was demanded of the whole', () => {
    const property = fc.property(demands, affix, affix, words, (all, before, after, texts) => {
      const whole = symbol();
      const part = symbol();
      const known = assumeAll(Knowledge.NOTHING, whole, all);
      if (known === undefined) return;
      const bound = known.bind(whole, normalise([before, part, after]));
      for (const text of texts) {
        const isPossible = known.allows(whole, before + text + after);
        assert.is(bound?.allows(part, text) ?? false, isPossible, JSON.stringify(text));
      }
      for (const text of bound?.candidates(whole, 3) ?? []) assert.ok(meetsAll(all, text), JSON.stringify(text));
    });
    fc.assert(property, { numRuns: 400 });
  });

  it('binds to a fixed text exactly where that text is allowed', () => {
    const property = fc.property(demands, words, (all, texts) => {
      const one = symbol();
      const known = assumeAll(Knowledge.NOTHING, one, all);
      for (const text of known === undefined ? [] : texts) {
        const bound = known?.bind(one, text === '' ? [] : [text]);
        assert.is(bound !== undefined, meetsAll(all, text), JSON.stringify(text));
        if (bound === undefined) continue;
        assert.equal(bound.candidates(one, 2), [text]);
        assert.equal(bound.resolve(['<', one, '>']), [`<${text}>`]);
      }
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('never gives up a text of several symbols that meets all demands', () => {
    const two = fc.tuple(anyLanguage, anyLanguage, fc.array(anyLanguage, { minLength: 1, maxLength: 3 }), affix);
    const property = fc.property(two, fc.array(fc.tuple(anyWord, anyWord), { maxLength: 12 }), (parts, pairs) => {
      const [left, right, wholes, between] = parts;
      const one = symbol(left);
      const other = symbol(right, 'arg_y');
      const value = normalise([one, between, other]);
      let known: Knowledge | undefined = Knowledge.NOTHING;
      for (const whole of wholes) known = known?.assume(value, [whole]);
      for (const [head, tail] of pairs) {
        const text = head + between + tail;
        if (!accepts(left, head) || !accepts(right, tail) || !wholes.every(whole => accepts(whole, text))) continue;
        assert.ok(known?.allows(one, head) && known.allows(other, tail), JSON.stringify([head, tail]));
        assert.ok(known?.bind(one, normalise([head]))?.bind(other, normalise([tail])), JSON.stringify([head, tail]));
      }
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('completes demands on several symbols together by texts that meet them', () => {
    let completed = 0;
    const two = fc.tuple(anyLanguage, anyLanguage, anyLanguage, anyLanguage, affix);
    const property = fc.property(two, ([left, right, first, second, between]) => {
      const one = symbol(left);
      const other = symbol(right, 'arg_y');
      const values = [normalise([one, between, other]), normalise([other, between, one])] as const;
      const known = Knowledge.NOTHING.assume(values[0], [first])?.assume(values[1], [second]);
      for (const completion of known?.completions() ?? []) {
        completed += 1;
        assert.ok(accepts(left, textOf(completion, [one])));
        assert.ok(accepts(right, textOf(completion, [other])));
        assert.ok(accepts(first, textOf(completion, values[0])));
        assert.ok(accepts(second, textOf(completion, values[1])));
      }
    });
    fc.assert(property, { numRuns: 800 });
    assert.ok(completed > 40, `${completed} completions`);
  });

  it('completes a text of which one symbol stands twice', () => {
    const one = symbol();
    const value: Value = [one, '-', one];
    const known = Knowledge.NOTHING.assume(value, [union(literal('ab-b'), literal('ab-ab'))])!;
    const completions = [...known.completions()];
    assert.ok(completions.length > 0);
    for (const completion of completions) assert.is(textOf(completion, value), 'ab-ab');
  });

  it('reads what is demanded of several symbols in the place where they stand among others', () => {
    const [one, two, three] = [symbol(), symbol(), symbol()] as const;
    const startsWith = (text: string) => concat(literal(text), everything);
    const part = Knowledge.NOTHING.assume([one, two], [startsWith('A')])!;
    assert.is(part.assume([one, two, '?', three], [startsWith('a')]), undefined, 'the smaller core first');
    const whole = Knowledge.NOTHING.assume([one, two, '?', three], [startsWith('a')])!;
    assert.is(whole.assume([one, two], [startsWith('A')]), undefined, 'the larger core first');
    assert.is(part.bind(one, ['a', three]), undefined, 'parts that begin otherwise');
    assert.ok(part.bind(one, ['A', three]));
    const endsWith = (text: string) => concat(star(literal('a')), literal(text));
    const front = Knowledge.NOTHING.assume([one, '-', two], [endsWith('-x')])!;
    const both = front.assume([two, '-', three], [union(literal('y-z'), literal('x-z'))])!;
    const all: Value = [one, '-', two, '-', three];
    assert.is(both.assume(all, [endsWith('-x-w')]), undefined, 'against the second of two that overlap');
    assert.is(both.assume(all, [concat(literal('b'), everything, literal('z'))]), undefined, 'against the first');
    assert.ok(both.assume(all, [endsWith('-x-z')]));
  });

  it('agrees with a search through the texts of three symbols', () => {
    const letters = ['', 'a', 'b', 'ab'];
    const property = fc.property(anyLanguage, anyLanguage, anyLanguage, (front, back, whole) => {
      const few = union(...letters.map(literal));
      const [one, two, three] = [symbol(few), symbol(few), symbol(few)] as const;
      const texts = letters.flatMap(x => letters.flatMap(y => letters.map(z => [x, y, z] as const)));
      const isPossible = texts.some(
        ([x, y, z]) => accepts(front, x + y) && accepts(back, y + z) && accepts(whole, x + y + z),
      );
      const known = Knowledge.NOTHING.assume([one, two], [front])
        ?.assume([two, three], [back])
        ?.assume([one, two, three], [whole]);
      if (known === undefined || known.isContradictory) assert.not.ok(isPossible);
    });
    fc.assert(property, { numRuns: 400 });
  });

  it('cuts the few texts that several symbols form into their parts', () => {
    const path = symbol(everything, 'a path');
    const args = symbol(everything, 'args');
    const one = symbol(everything, 'arg_k');
    const ended = Knowledge.NOTHING.assume([path], [concat(everything, literal('/'))])!;
    const known = ended.assume([path, one, '.html'], [literal('/app.html')])!;
    assert.is(known.isContradictoryInParts, false);
    assert.is(
      known.assume([args], [union(literal(''), literal('0'))])!.isContradictoryInParts,
      true,
      'k is app, so args hold it',
    );
    assert.is(known.assume([args], [union(literal('k=app'), literal('0'))])!.isContradictoryInParts, false);
  });

  it('gives a symbol the text that is left of a whole one', () => {
    const one = symbol();
    const known = Knowledge.NOTHING.assume(['/', one, '.html'], [literal('/app.html')])!;
    assert.equal(known.resolve([one]), ['app']);
    assert.is(Knowledge.NOTHING.assume([one, '.html'], [literal('/app.htm')]), undefined);
  });

  it('decides a test by the texts that are left, where these are few', () => {
    const one = symbol();
    const known = Knowledge.NOTHING.assume([one], [union(literal(''), literal('0'))])!;
    const test = (key: string, accepts: (text: string) => boolean) => ({ key, accepts, part: 1 });
    assert.is(
      known.require(
        ['x', one],
        test('xa', text => text === 'xa'),
      )!.isContradictory,
      true,
    );
    assert.is(
      known.require(
        ['x', one, 'y'],
        test('x0y', text => text === 'x0y'),
      )!.isContradictory,
      false,
    );
    const other = symbol(union(literal('a'), literal('b')));
    assert.is(
      known.require(
        [one, other],
        test('c', text => text === 'c'),
      )!.isContradictory,
      true,
    );
    assert.is(
      known.require(
        [one, other],
        test('0b', text => text === '0b'),
      )!.isContradictory,
      false,
    );
    const open = Knowledge.NOTHING.require(
      [one],
      test('none', () => false),
    )!;
    assert.is(open.isContradictory, false, 'any number of texts');
  });

  it('gives a query string the arguments that are demanded with a text behind them', () => {
    const args = symbol(everything, 'args');
    const one = symbol(everything, 'arg_k');
    const known = Knowledge.NOTHING.assume([args], [complement(literal('k=a'))])!.assume(
      [one, '/x'],
      [union(literal('b/x'), literal('c/x'))],
    )!;
    const [text] = known.queryStrings(1)!;
    assert.ok(text !== undefined && /(^|&)k=[bc](&|$)/i.test(text), text);
  });

  it('completes by each of a few texts, though a pattern treats their bytes alike', () => {
    const [one, two, three] = [symbol(), symbol(), symbol()] as const;
    const known = Knowledge.NOTHING.assume([one, two], [union(literal('a'), literal('b'))])!.assume(
      [two, '/', three],
      [concat(literal('b/'), everything)],
    )!;
    const completions = [...known.completions()];
    assert.ok(completions.length > 0);
    for (const completion of completions) assert.is(textOf(completion, [one, two]), 'b');
  });

  it('completes in no more ways than one can look through, though each demand multiplies them', () => {
    const startsOrEnds = union(concat(literal('a'), everything), concat(everything, literal('b')));
    const parts = Array.from({ length: 16 }, () => symbol());
    let known = Knowledge.NOTHING;
    for (let at = 0; at < parts.length; at += 2) known = known.assume(parts.slice(at, at + 2), [startsOrEnds])!;
    let completed = 0;
    for (const _ of known.completions()) {
      completed += 1;
      if (completed > 1_000) break;
    }
    // One demand alone leaves two.
    assert.ok(completed > 10 && completed < 500, `${completed} completions`);
  });

  it('takes from a query string that is one text what its arguments are', () => {
    const args = symbol(everything, 'args');
    const [front, behind] = [symbol(everything, 'front', 'part'), symbol(everything, 'behind', 'part')] as const;
    const one = symbol(everything, 'arg_k');
    const asked = Knowledge.NOTHING.assume([one], [union(literal(''), literal('1'))])!;
    assert.is(asked.assume([args], [literal('k=2')]), undefined);
    assert.equal(asked.assume([args], [literal('m=2')])!.resolve([one]), []);
    assert.equal(asked.assume([args], [literal('m=2&K=1')])!.resolve([one]), ['1']);
    const cut = asked.bind(args, [front, '&', behind])!.assume([front], [literal('m')])!;
    assert.is(cut.assume([behind], [literal('k=2')]), undefined, 'a query string in parts');
    const tested = Knowledge.NOTHING.require([one, 'x'], { key: '2x', accepts: text => text === '2x', part: 0.1 })!;
    assert.is(tested.assume([args], [literal('k=1')]), undefined, 'an argument that is tested alone');
  });

  it('gives both sides of an equation the same text', () => {
    const cutTwice = fc.tuple(anyWord, fc.nat(8), fc.nat(8), anyLanguage, anyLanguage);
    const property = fc.property(cutTwice, ([text, at, place, left, right]) => {
      const halves = (cut: number) => [text.slice(0, cut), text.slice(cut)] as const;
      const [one, two, three, four] = [symbol(left), symbol(), symbol(right), symbol()] as const;
      const known = Knowledge.NOTHING.equate([one, two], [three, four]);
      for (const completion of known?.completions() ?? []) {
        assert.is(textOf(completion, [one, two]), textOf(completion, [three, four]));
      }
      const [front, behind] = halves(at);
      const [start, end] = halves(place);
      if (!accepts(left, front) || !accepts(right, start)) return;
      const bound = known
        ?.bind(one, normalise([front]))
        ?.bind(three, normalise([start]))
        ?.bind(two, normalise([behind]));
      assert.ok(bound && !bound.isContradictory && bound.allows(four, end), JSON.stringify([text, at, place]));
      assert.is(bound.allows(four, `${end}a`), false);
    });
    fc.assert(property, { numRuns: 500 });
    const [one, two, three] = [symbol(literal('a')), symbol(), symbol()] as const;
    const known = Knowledge.NOTHING.equate([one, two], [three, 'x'])!;
    assert.is(known.assume([three], [concat(literal('b'), everything)])!.isContradictory, true);
    assert.is(Knowledge.NOTHING.equate([one, two], ['b', three]), undefined);
    assert.not.equal(keyOf(known, [[two]]), keyOf(Knowledge.NOTHING, [[two]]));
  });

  it('gives a value of which two equations speak a text that both allow', () => {
    const whole = symbol(everything, 'args');
    const parts = ['first', 'second', 'third'].map(name => symbol(everything, name, 'part'));
    const known = Knowledge.NOTHING.equate([whole], normalise(['k=', parts[0]!]))!;
    const both = known.equate([whole], normalise([parts[1]!, '=long', parts[2]!]))!;
    const texts = [...both.completions()].map(completion => textOf(completion, [whole]));
    assert.ok(texts.length > 0);
    for (const text of texts) assert.ok(text.startsWith('k=') && text.includes('=long'), text);
    assert.is(known.equate([whole], normalise(['K', parts[1]!])), undefined);
  });

  it('takes from a target that is one text what path and arguments are', () => {
    const target = symbol(everything, 'request_uri');
    const path = symbol(everything, 'uri');
    const one = symbol(everything, 'arg_k');
    const known = Knowledge.NOTHING.assume([target], [literal('/a?k=1')])!;
    assert.is(known.assume([one], [literal('2')])!.isContradictory, true);
    assert.is(known.assume([path], [literal('/b')])!.isContradictory, true);
    assert.is(known.assume([path], [literal('/a')])!.assume([one], [literal('1')])!.isContradictory, false);
  });

  it('gives up no arguments that stand in a target, and finds them there', () => {
    const written = fc
      .array(fc.constantFrom('a', 'b', '/', '?', '#', '&', 'k=', 'K=', '='), { maxLength: 8 })
      .map(parts => `/${parts.join('')}`);
    fc.assert(
      fc.property(written, fc.array(anyLanguage, { minLength: 3, maxLength: 9 }), (text, languages) => {
        const { args } = decodeTarget(text, true)!;
        const texts = [text, args, argument(args, 'k')];
        const symbols = ['request_uri', 'args', 'arg_k'].map(name => symbol(everything, name));
        let known: Knowledge | undefined = Knowledge.NOTHING;
        for (const [at, language] of languages.entries()) {
          if (!accepts(language, texts[at % 3]!)) continue;
          known = known?.assume([symbols[at % 3]!], [language]);
        }
        assert.ok(known !== undefined && !known.isContradictory, text);
        assert.ok(known.targets === undefined || accepts(known.targets, text), text);
      }),
      { numRuns: 400 },
    );
    const [target, one] = [symbol(everything, 'request_uri'), symbol(everything, 'arg_k')];
    const b = concat(literal('b'), everything);
    const known = Knowledge.NOTHING.assume([one], [b])!;
    assert.is(known.targets, undefined);
    const holdsNoB = known.assume([target], [star(bytes(ByteSet.of(0x62).complement()))])!;
    assert.is(holdsNoB.isContradictory, true);
    const holdsX = known.assume([target], [concat(everything, literal('x'))])!;
    assert.is(holdsX.isContradictory, false);
    for (const text of ['/?k=bx', '/a?x&K=b&x', '/?k=b#x']) assert.is(accepts(holdsX.targets!, text), true, text);
    for (const text of ['/?k=b', '/bx', '/?k=ax', '/#?k=bx']) assert.is(accepts(holdsX.targets!, text), false, text);
  });

  it('writes the arguments that are known into a target that is cut into parts', () => {
    const target = symbol(everything, 'request_uri');
    const [first, rest] = [symbol(everything, 'first', 'part'), symbol(everything, 'rest', 'part')];
    const begin = concat(union(literal('a'), literal('b')), everything);
    const known = Knowledge.NOTHING.bind(target, ['/', first, rest])!
      .assume([first, rest], [begin])!
      .assume([symbol(everything, 'uri')], [literal('/b')])!;
    const texts = (knowledge: Knowledge): (string | undefined)[] =>
      [...knowledge.completions()].map(completion => textOf(completion, [target]));
    assert.is(texts(known)[0], '/b');
    assert.is(texts(known.assume([symbol(everything, 'arg_u')], [literal('@n')])!)[0], '/b?u=@n');
    assert.is(texts(known.assume([symbol(everything, 'args')], [literal('k=1')])!)[0], '/b?k=1');
  });

  it('finds a target for a test though all its arguments are known', () => {
    const target = symbol(everything, 'request_uri');
    const path = symbol(everything, 'uri');
    const args = symbol(everything, 'args');
    const one = symbol(everything, 'arg_k');
    const value: Value = [target, one];
    const seven = { key: '7', accepts: (text: string) => /7\/.*k=11$/.test(text), part: 0.1 };
    for (const [text, written] of [
      ['/a', '/a'],
      ['/a b', '/a%20b'],
    ] as const) {
      const known = Knowledge.NOTHING.bind(path, [text])!.bind(args, ['k=1'])!;
      const found = [...known.require(value, seven)!.completions()].map(completion => textOf(completion, value)!);
      assert.ok(found.length > 0);
      for (const target of found) assert.ok(/^\/\d*7\/\.\.$/.test(target.replace(`${written}?k=11`, '')), target);
    }
  });

  it('keeps a text for what it forgets, and keeps what is still read', () => {
    const property = fc.property(demands, demands, (all, others) => {
      const dead = symbol(everything, 'arg_dead');
      const live = symbol(everything, 'arg_live');
      const base = assumeAll(Knowledge.NOTHING, live, others);
      const known = base && assumeAll(base, dead, all);
      if (known === undefined) return;
      const settled = known.settle(one => one === live);
      assert.is(
        keyOf(settled, [[live]]),
        keyOf(base!, [[live]]),
        'paths that differ in a forgotten symbol alone are one',
      );
      const [text] = settled.candidates(dead, 3);
      assert.ok(text !== undefined && meetsAll(all, text), JSON.stringify(text));
      assert.equal(settled.candidates(live, 3), known.candidates(live, 3));
      assert.is(settled.mentions(dead), known.mentions(dead));
    });
    fc.assert(property, { numRuns: 400 });
  });

  it('forgets nothing that a demand on several symbols still needs', () => {
    const one = symbol();
    const other = symbol(everything, 'arg_y');
    const known = Knowledge.NOTHING.assume([one], [star(literal('a'))])!.assume([one, other], [literal('ab')])!;
    assert.is(
      keyOf(
        known.settle(() => false),
        [[one]],
      ),
      keyOf(known, [[one]]),
    );
    const part = symbol(everything, 'a part');
    const bound = Knowledge.NOTHING.bind(one, ['/', part])!.assume([one], [complement(literal('/'))])!;
    assert.is(
      keyOf(
        bound.settle(() => false),
        [[one]],
      ),
      keyOf(bound, [[one]]),
    );
  });

  it('counts what a question takes once, and gives it no more than it may take', () => {
    const bits = bytes(ByteSet.among('ab'));
    const withAt = (text: string) => concat(star(bits), literal(text), ...new Array<Language>(8).fill(bits));
    const asked = symbol(withAt('a'));
    const effort = new Effort();
    const knowledge = Knowledge.NOTHING.countedBy(effort);
    assert.is(knowledge.assume([asked], [withAt('b')]), undefined);
    const once = effort.demands;
    assert.ok(once > 20, String(once));
    assert.is(knowledge.assume([asked], [withAt('b')]), undefined);
    assert.is(effort.demands, once);
    // What was answered elsewhere counts all the same.
    const other = new Effort();
    assert.is(Knowledge.NOTHING.countedBy(other).assume([asked], [withAt('b')]), undefined);
    assert.is(other.demands, once);
    const little = { ...new Effort(), maxStates: 50 };
    assert.ok(Knowledge.NOTHING.countedBy(little).assume([asked], [withAt('b')]) !== undefined);
  });

  it('keeps what it finds of the symbols of one analysis from those of another, which have the same numbers', () => {
    const pair = (...texts: string[]): Sym[] =>
      texts.map((text, at) => ({ ...symbol(literal(text)), id: 1_000_000 + at }));
    assert.ok(Knowledge.NOTHING.equate(pair('a', 'b'), [symbol(literal('ab'))]));
    assert.ok(Knowledge.NOTHING.equate(pair('c', 'd'), [symbol(literal('cd'))]));
    assert.is(Knowledge.NOTHING.equate(pair('e', 'f'), [symbol(literal('ab'))]), undefined);
  });

  it('says that a contradiction between a fixed text and its demand ends the path', () => {
    const one = symbol();
    assert.is(Knowledge.NOTHING.assume(['a'], [literal('b')]), undefined);
    assert.is(Knowledge.NOTHING.assume([], [literal('b')]), undefined);
    const nothing = Knowledge.NOTHING;
    assert.is(nothing.assume(['a'], [literal('a')]), nothing);
    const known = nothing.assume([one], [literal('a')])!;
    assert.is(known.assume([one], [complement(literal('a'))]), undefined);
    assert.is(known.assume(['x', one], [literal('a')]), undefined);
    assert.is(known.bind(one, ['b']), undefined);
  });
});

describe('value', it => {
  it('has one normal form, which keeps text and symbols', () => {
    const one = symbol();
    const piece = fc.oneof(fc.constantFrom('', 'a', 'b', 'ab'), fc.constant(one));
    const property = fc.property(fc.array(piece, { maxLength: 8 }), pieces => {
      const value = normalise(pieces);
      const spelled = (all: Value) => all.map(part => (typeof part === 'string' ? part : '$')).join('');
      assert.is(spelled(value), spelled(pieces));
      assert.is(symbolsOf(value).length, symbolsOf(pieces).length);
      assert.not.ok(value.includes(''));
      assert.not.ok(value.some((part, at) => typeof part === 'string' && typeof value[at + 1] === 'string'));
      assert.equal(normalise(value), value);
    });
    fc.assert(property);
  });
});
