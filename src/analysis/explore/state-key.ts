import type { AddressSet } from '../address-set.js';
import type { State } from './state.js';

/** Texts that are equal for states whose futures are equal. */
export class StateKeys {
  readonly #objectIds = new Map<object, number>();
  readonly #setIds = new Map<string, number>();

  #id(object: object | undefined): number {
    if (object === undefined) return 0;
    let id = this.#objectIds.get(object);
    if (id === undefined) {
      id = this.#objectIds.size + 1;
      this.#objectIds.set(object, id);
    }
    return id;
  }

  #setId(set: AddressSet): number {
    let id = this.#setIds.get(set.key);
    if (id === undefined) {
      id = this.#setIds.size + 1;
      this.#setIds.set(set.key, id);
    }
    return id;
  }

  /** All that tells futures apart but the conditions and doubts that a way has gathered. */
  of(state: State): string {
    const variables = [...state.variables].sort(([one], [other]) => (one < other ? -1 : 1));
    const captures = [...state.captures].sort(([one], [other]) => one - other);
    const { uri, args, method } = state;
    return [
      this.#id(state.scope),
      this.#id(state.handler),
      state.isSubrequest,
      state.via,
      state.isGuess,
      state.isSubrequest ? state.status : '',
      state.escapes,
      state.validLocation,
      state.addsUriToAlias,
      state.internal,
      state.errorPageUsed,
      variables.map(([name]) => name).join(),
      captures.map(([index]) => index).join(),
      [...state.addresses].map(([symbol, set]) => `${symbol.id}:${this.#setId(set)}`).join(),
      state.realip.tried,
      state.realip.header,
      Object.values(state.body).join(),
      [...state.judgedBy].join(),
      state.denied?.code,
      this.#id(state.denied?.by),
      state.provokes === undefined ? '' : JSON.stringify(state.provokes),
      state.knowledge.keyOf(
        [
          uri,
          args,
          method,
          state.subrequestMethod ?? [],
          ...variables.map(([, value]) => value),
          ...captures.map(([, value]) => value),
        ],
        [...state.files.values()].map(({ path, states }) => [path, String(states)] as const),
        state.isSubrequest,
      ),
    ].join('|');
  }
}
