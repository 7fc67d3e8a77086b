import type { AddressSet } from '../address-set.js';
import type { State } from './state.js';

/** A state as far as it tells futures apart. */
export interface Standing {
  /** Equal for states that differ in their burdens alone. */
  readonly key: string;
  /** What is demanded of the requests, and what the way has assumed, each by a number. */
  readonly burdens: ReadonlySet<number>;
  /** A bit for each burden; several share one. */
  readonly bits: number;
}

/** True where a state shows all that another one of its key shows: it has no burden that the other one has not. */
export function isLighter(one: Standing, other: Standing): boolean {
  if ((one.bits & ~other.bits) !== 0 || one.burdens.size > other.burdens.size) return false;
  for (const burden of one.burdens) if (!other.burdens.has(burden)) return false;
  return true;
}

/** What a path is not, for each bit of what it can be. */
const IS_NOT = ['no file', 'no folder', 'not absent'];

/** Says where states stand. */
export class StateKeys {
  readonly #objectIds = new Map<object, number>();
  readonly #textIds = new Map<string, number>();

  #id(object: object | undefined): number {
    return object === undefined ? 0 : numberOf(this.#objectIds, object);
  }

  #setId(set: AddressSet): number {
    return numberOf(this.#textIds, set.key);
  }

  /** Where a state stands. */
  of(state: State): Standing {
    const variables = [...state.variables].sort(([one], [other]) => (one < other ? -1 : 1));
    const captures = [...state.captures].sort(([one], [other]) => one - other);
    const { uri, args, method, body } = state;
    const known = state.knowledge.describe(
      [
        uri,
        args,
        method,
        state.subrequestMethod ?? [],
        ...variables.map(([, value]) => value),
        ...captures.map(([, value]) => value),
      ],
      [...state.files.values()].flatMap(({ path, states }) =>
        IS_NOT.flatMap((text, bit) => ((states & (1 << bit)) === 0 ? [[path, text] as const] : [])),
      ),
      state.isSubrequest,
    );
    const key = [
      this.#id(state.scope),
      this.#id(state.handler),
      state.isSubrequest,
      state.via,
      state.isSubrequest ? state.status : '',
      state.escapes,
      state.validLocation,
      state.addsUriToAlias,
      state.internal,
      state.errorPageUsed,
      variables.map(([name]) => name).join(),
      captures.map(([index]) => index).join(),
      state.realip.header,
      body.isGone,
      state.denied?.code,
      this.#id(state.denied?.by),
      known.key,
    ].join('|');
    // No request is shown for a guess, and so no condition of it.
    const conditions = state.isGuess ? [] : state.conditions;
    const texts = [
      ...known.demands,
      ...[...conditions, ...state.doubts].map(({ text }) => `* ${text}`),
      ...[...state.addresses].map(([symbol, set]) => `${symbol.name} in ${this.#setId(set)}`),
      // What realip has not tried, it may still do.
      ...(state.realip.tried === undefined ? [] : [`tried ${state.realip.tried}`]),
      // A limit that has judged the request is not asked again, and lets by what it lets by.
      ...[...state.judgedBy].map(limit => `judged ${limit}`),
      ...(state.isGuess ? ['guess'] : []),
      ...(state.provokes === undefined ? [] : [JSON.stringify(state.provokes)]),
      ...(body.least === 0 ? [] : [`body from ${body.least}`]),
      ...(body.most === Number.POSITIVE_INFINITY ? [] : [`body to ${body.most}`]),
    ];
    const burdens = new Set<number>();
    let bits = 0;
    for (const text of texts) {
      const number = numberOf(this.#textIds, text);
      burdens.add(number);
      bits |= 1 << (number % 32);
    }
    return { key, burdens, bits };
  }
}

function numberOf<Key>(numbers: Map<Key, number>, key: Key): number {
  let number = numbers.get(key);
  if (number === undefined) {
    number = numbers.size + 1;
    numbers.set(key, number);
  }
  return number;
}
