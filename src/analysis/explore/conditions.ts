import type { ConfigNode } from '../../config/config-tree.js';
import type { Condition, Pattern } from '../../model/model.js';
import { complement, type Language, literal } from '../../pcre/language.js';
import { FALSE_VALUES, NOT_EMPTY } from '../input-languages.js';
import { fixedText, symbolsOf, type Value, valueKey } from '../value.js';
import type { Addresses } from './addresses.js';
import {
  ANY,
  both,
  type Decision,
  doubt,
  type Exploration,
  FILE,
  FOLDER,
  look,
  notAnalysed,
  reasonAt,
  type State,
  type Tools,
} from './state.js';
import type { Values } from './values.js';

/** The ways in which the conditions of `if` and the patterns of rewrites can turn out. */
export class Conditions {
  readonly #tools: Tools;
  readonly #addresses: Addresses;
  readonly #values: Values;

  constructor(exploration: Exploration, addresses: Addresses, values: Values) {
    this.#tools = exploration.tools;
    this.#addresses = addresses;
    this.#values = values;
  }

  /** The ways in which a condition can turn out. */
  decide(state: State, condition: Condition, node: ConfigNode): Decision[] {
    switch (condition.kind) {
      case 'truth':
        return this.#values
          .evaluate(state, [condition.variable])
          .flatMap(({ state: read, value }) => this.test(read, value, complement(FALSE_VALUES), node));
      case 'equal':
        return this.#values
          .evaluate(state, condition.value, state.escapes)
          .flatMap(({ state: read, value: right }) =>
            this.#values
              .evaluate(read, [condition.variable])
              .flatMap(({ state: both, value: left }) =>
                this.#compare(both, left, right, node).map(way => ({ ...way, holds: way.holds !== condition.negated })),
              ),
          );
      case 'match':
        return this.#values.evaluate(state, [condition.variable]).flatMap(({ state: read, value }) =>
          this.match(read, value, condition.pattern, node).map(way => ({
            ...way,
            holds: way.holds !== condition.negated,
          })),
        );
      case 'file': {
        if (condition.test === 'x') return both(doubt(state, reasonAt('file', node, 'whether a file may be executed')));
        const wanted = condition.test === 'f' ? FILE : condition.test === 'd' ? FOLDER : FILE | FOLDER;
        return this.#values.evaluate(state, condition.path, state.escapes).flatMap(({ state: read, value }) =>
          [true, false].flatMap(found => {
            const looked = look(read, value, found ? wanted : ANY & ~wanted);
            return looked === undefined ? [] : [{ state: looked, holds: found !== condition.negated }];
          }),
        );
      }
      case 'invalid':
        return both(doubt(state, reasonAt('invalid', node, 'nginx refuses this condition')));
    }
  }

  #compare(state: State, left: Value, right: Value, node: ConfigNode): Decision[] {
    const one = state.knowledge.resolve(left);
    const other = state.knowledge.resolve(right);
    const rightText = fixedText(other);
    if (rightText !== undefined) return this.test(state, one, literal(rightText), node);
    const leftText = fixedText(one);
    if (leftText !== undefined) return this.test(state, other, literal(leftText), node);
    if (valueKey(one) === valueKey(other)) return [{ state, holds: true }];
    const opaque = symbolsOf([...one, ...other]).find(({ origin }) => origin === 'unmodelled' || origin === 'address');
    if (opaque !== undefined) {
      const reason = reasonAt('comparison', node, 'compares two values that are both not fixed');
      return both(doubt(state, opaque.reason ?? reason));
    }
    return [...this.#equal(state, one, other), ...this.#unequal(state, one, other)];
  }

  /** Two values that both hold what the client chooses: one of them gives the other its text. */
  #equal(state: State, one: Value, other: Value): Decision[] {
    for (const [whole, parts] of [
      [one, other],
      [other, one],
    ] as const) {
      const [symbol] = whole;
      if (whole.length !== 1 || typeof symbol !== 'object' || symbolsOf(parts).includes(symbol)) continue;
      const knowledge = state.knowledge.bind(symbol, parts);
      return knowledge === undefined ? [] : [{ state: { ...state, knowledge }, holds: true }];
    }
    // Their being equal is not kept, so that more requests seem to go this way than do.
    return [{ state, holds: true }];
  }

  /** They differ: one of them is empty, or neither is, which alone is kept. */
  #unequal(state: State, one: Value, other: Value): Decision[] {
    const empty = literal('');
    const cases = [
      [NOT_EMPTY, empty],
      [empty, NOT_EMPTY],
      [NOT_EMPTY, NOT_EMPTY],
    ] as const;
    return cases.flatMap(([left, right]) => {
      const knowledge = state.knowledge.assume(one, [left])?.assume(other, [right]);
      return knowledge === undefined ? [] : [{ state: { ...state, knowledge }, holds: false }];
    });
  }

  /** Tests a value against a pattern; a match that captures gives `$1` … their values. */
  match(state: State, value: Value, pattern: Pattern, node: ConfigNode): Decision[] {
    const found = this.#tools.patterns.language(pattern);
    if ('unsupported' in found) {
      const reason = notAnalysed(pattern, node, found.unsupported);
      return both(doubt({ ...state, captures: new Map() }, reason));
    }
    const ways = this.test(state, value, found.language, node);
    return ways.flatMap((way): Decision[] => {
      // A failing match of the rewrite module clears the captures (rows 4.37-4.39).
      if (!way.holds) return [{ ...way, state: { ...way.state, captures: new Map() } }];
      return this.#values.withCaptures(way.state, value, pattern).map(state => ({ ...way, state }));
    });
  }

  /** Splits a state by whether a value lies in a language. */
  test(state: State, value: Value, language: Language, node: ConfigNode): Decision[] {
    const resolved = state.knowledge.resolve(value);
    const unmodelled = symbolsOf(resolved).find(symbol => symbol.origin === 'unmodelled');
    if (unmodelled !== undefined) return both(doubt(state, unmodelled.reason!));
    if (symbolsOf(resolved).some(symbol => symbol.origin === 'address')) {
      return this.#addresses.test(state, resolved, language, node);
    }
    const ways: Decision[] = [];
    for (const holds of [true, false]) {
      const knowledge = state.knowledge.assume(resolved, [holds ? language : complement(language)]);
      if (knowledge !== undefined) ways.push({ state: { ...state, knowledge }, holds });
    }
    return ways;
  }
}
