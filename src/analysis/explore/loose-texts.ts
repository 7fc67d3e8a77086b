import { complement, everything } from '../../pcre/language.js';
import { startsWith } from '../input-languages.js';
import { Knowledge } from '../knowledge.js';
import { USUAL_SURROUNDINGS } from '../request.js';
import type { Symbols } from '../symbols.js';
import { fixedText, type Sym, type Value } from '../value.js';
import { ANY_BODY, type State, textValue } from './state.js';

/** What a `rewrite` may make of a path. */
const RELATIVE = complement(startsWith('/'));

/** Stands for texts that are not followed: they can be anything, and one symbol for all of them keeps the ways few. */
export class LooseTexts {
  readonly #path: Sym;
  readonly #text: Sym;
  readonly #method: Value;
  /** What was set on the way of a wild guess. */
  readonly #variables = new Map<string, Value>();
  readonly #captures = new Map<number, Value>();

  /** @param symbols those of one exploration */
  constructor(symbols: Symbols) {
    this.#path = symbols.loose('any path', startsWith('/'), undefined);
    this.#text = symbols.loose('any text', everything, undefined);
    this.#method = [symbols.client('method')];
  }

  /** A path that something else chooses. */
  get path(): Value {
    return [this.#path];
  }

  /** A text that something else chooses. */
  get text(): Value {
    return [this.#text];
  }

  /** The client's method, or one that something else chooses. */
  get method(): Value {
    return this.#method;
  }

  /**
   * A state from which on no request is looked for, so that nothing need be known of what the client chose: every text
   * that the configuration does not fix can be anything.
   */
  guess(state: State): State {
    const { knowledge } = state;
    const loosen = (value: Value, otherwise: Value): Value => {
      const text = fixedText(knowledge.resolve(value));
      return text === undefined ? otherwise : textValue(text);
    };
    const texts = <Key>(values: ReadonlyMap<Key, Value>): Map<Key, Value> =>
      new Map([...values].map(([key, value]) => [key, loosen(value, this.text)]));
    const { subrequestMethod } = state;
    return {
      ...state,
      ...{ knowledge: Knowledge.NOTHING, conditions: [], addresses: new Map(), files: new Map() },
      ...{ isGuess: true, body: ANY_BODY, judgedBy: new Set(), surroundings: USUAL_SURROUNDINGS },
      uri: loosen(state.uri, knowledge.assume(state.uri, [RELATIVE]) === undefined ? this.path : this.text),
      args: loosen(state.args, this.text),
      variables: texts(state.variables),
      captures: texts(state.captures),
      method: loosen(state.method, this.#method),
      subrequestMethod: subrequestMethod && loosen(subrequestMethod, this.#method),
    };
  }

  /** A guess of which nothing is known but its place and its path: whatever was set on some way may be set on this one. */
  wildGuess(state: State): State {
    for (const name of state.variables.keys()) this.#variables.set(name, this.text);
    for (const index of state.captures.keys()) this.#captures.set(index, this.text);
    return {
      ...this.guess(state),
      args: this.text,
      variables: new Map(this.#variables),
      captures: new Map(this.#captures),
      method: this.#method,
      subrequestMethod: state.subrequestMethod && this.#method,
    };
  }
}
