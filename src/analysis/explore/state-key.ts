import type { AddressSet } from '../address-set.js';
import { type Value, valueKey } from '../value.js';
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

  of(state: State): string {
    const values = (entries: Iterable<[string | number, Value]>): string =>
      [...entries]
        .map(([name, value]) => `${name}=${valueKey(state.knowledge.resolve(value))}`)
        .sort()
        .join(',');
    return [
      this.#id(state.scope),
      this.#id(state.handler),
      valueKey(state.knowledge.resolve(state.uri)),
      valueKey(state.knowledge.resolve(state.args)),
      valueKey(state.method),
      state.isSubrequest,
      state.isSubrequest ? state.status : '',
      state.internal,
      state.errorPageUsed,
      values(state.variables),
      values(state.captures),
      [...state.addresses].map(([symbol, set]) => `${symbol.id}:${this.#setId(set)}`).join(),
      state.realip.tried,
      state.realip.header,
      state.conditions.map(condition => condition.text).join(),
      state.doubts.map(doubt => doubt.text).join(),
      JSON.stringify(state.provokes),
      [...state.files].map(([path, states]) => `${path}=${states}`).join(),
      state.knowledge.key(),
    ].join('|');
  }
}
