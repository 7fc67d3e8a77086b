import { isLastRead } from '../../model/kept-reads.js';
import { complement, everything } from '../../pcre/language.js';
import { groupVariablesOf } from '../evaluate/group-variables.js';
import { startsWith } from '../input-languages.js';
import { USUAL_SURROUNDINGS } from '../request.js';
import { isTheSameThroughout } from '../script-reads.js';
import type { Symbols } from '../symbols.js';
import { fixedText, type Value } from '../value.js';
import { ANY_BODY, ANY_CHANGES, type Exploration, isSeenByScript, type State, textValue } from './state.js';

/** What a `rewrite` may make of a path. */
const RELATIVE = complement(startsWith('/'));

/**
 * Stands for texts that are not followed, and can be anything. Each is a symbol of its own, since what is found out of one says
 * nothing of another; the place that it stands at is all that tells it apart, so that ways stay few. The arguments of
 * a wild guess alone are one symbol for all: what was known of it goes with each new guess.
 */
export class LooseTexts {
  readonly #symbols: Symbols;
  readonly #exploration: Pick<Exploration, 'tools' | 'entry'>;
  /** What something in the server reads: variables that something assigns, and what a script may have read last. */
  #assigned: readonly string[] | undefined;
  /** The captures that there were on the way of a wild guess. */
  readonly #captures = new Set<number>();
  /** The variables that were read or written on such a way, and can have another value since. */
  readonly #variables = new Set<string>();

  constructor(exploration: Pick<Exploration, 'tools' | 'entry'>) {
    this.#exploration = exploration;
    this.#symbols = exploration.tools.symbols;
  }

  /** A path that something else chooses. */
  get path(): Value {
    return [this.#symbols.loose('any path', startsWith('/'), undefined)];
  }

  /** A text that something else chooses. */
  get text(): Value {
    return [this.#symbols.loose('any text', everything, undefined)];
  }

  /**
   * A state from which on no request is looked for, so that nothing need be known of what the client chose: every text
   * that the configuration does not fix can be anything.
   */
  guess(state: State): State {
    const { knowledge } = state;
    const loosen = (value: Value, otherwise = this.text): Value => {
      const text = fixedText(knowledge.resolve(value));
      return text === undefined ? otherwise : textValue(text);
    };
    const texts = <Key>(values: ReadonlyMap<Key, Value>): Map<Key, Value> =>
      new Map([...values].map(([key, value]) => [key, loosen(value)]));
    const { subrequestMethod } = state;
    return {
      ...state,
      ...{ knowledge: knowledge.nothing, addresses: new Map(), files: new Map() },
      // That one is needed is all that counts: none is shown for a guess.
      conditions: state.conditions.slice(0, 1),
      ...{ isGuess: true, body: ANY_BODY, judgedBy: new Set(), surroundings: USUAL_SURROUNDINGS },
      uri: loosen(state.uri, knowledge.assume(state.uri, [RELATIVE]) === undefined ? this.path : this.text),
      args: loosen(state.args),
      variables: texts(state.variables),
      captures: texts(state.captures),
      method: loosen(state.method),
      subrequestMethod: subrequestMethod && loosen(subrequestMethod),
    };
  }

  /** A guess in which every variable that is assigned somewhere can be anything, and so can what was read last of one. */
  scripted(state: State): State {
    const { tools, entry } = this.#exploration;
    this.#assigned ??= [...tools.live.after(entry.server.program, 0, entry.server, undefined)].filter(
      name => tools.model.assigned.has(name) || isLastRead(name),
    );
    const guess = this.guess(state);
    return {
      ...guess,
      variables: new Map([...guess.variables, ...this.#assigned.map(name => [name, this.text] as const)]),
    };
  }

  /**
   * A guess of which nothing is known but its place and its path. What was read of it before tells none from another: what can
   * have changed since is any text, and the rest is read once more.
   */
  wildGuess(state: State): State {
    const { model } = this.#exploration.tools;
    const groups = groupVariablesOf(model);
    for (const index of state.captures.keys()) this.#captures.add(index);
    const guess = this.scripted(state);
    const seen: string[] = [];
    for (const name of guess.variables.keys()) {
      if (isSeenByScript(name)) seen.push(name);
      else if (!isTheSameThroughout(model, groups, name)) this.#variables.add(name);
    }
    return {
      ...guess,
      changesLeft: ANY_CHANGES,
      args: [this.#symbols.anyArguments],
      variables: new Map([...seen, ...this.#variables].map(name => [name, this.text])),
      captures: new Map([...this.#captures].map(index => [index, this.text])),
      method: this.text,
      subrequestMethod: state.subrequestMethod && this.text,
    };
  }
}
