import type { ConfigNode } from '../../config/config-tree.js';
import type { VirtualServer } from '../../model/model.js';
import { complement, literal } from '../../pcre/language.js';
import { additionsOf } from '../additions.js';
import type { LooseTexts } from './loose-texts.js';
import { mayClose } from './server-directives.js';
import {
  doubt,
  type Exploration,
  imposedStatus,
  type Observer,
  ownMethod,
  reasonAt,
  resumed,
  type State,
  type Subrequest,
  textValue,
  type Ways,
} from './state.js';
import type { StateKeys } from './state-key.js';
import type { WayBound } from './way-bound.js';

/** What nginx asks itself on the side of a request, where the answer does not decide about it. */
export class Asides {
  readonly #observer: Observer;
  readonly #keys: StateKeys;
  readonly #loose: LooseTexts;
  readonly #server: VirtualServer;
  readonly #ways: Ways;
  readonly #bound: WayBound;

  constructor({ entry, observer }: Exploration, ways: Ways, keys: StateKeys, loose: LooseTexts, bound: WayBound) {
    this.#observer = observer;
    this.#keys = keys;
    this.#loose = loose;
    this.#server = entry.server;
    this.#ways = ways;
    this.#bound = bound;
  }

  /**
   * A copy with the method and the arguments of the request, once the access checks let it by (ngx_http_mirror_handler,
   * rows 10.20-10.26). Returns the states that go on: a request that waits for a back end goes as its copies do (row 10.27).
   */
  mirror(state: State, waits: boolean): readonly State[] {
    if (state.isSubrequest) return [state];
    return this.#bound.throughAll([state], state.scope.effective('mirror'), (from, { args: [uri = 'off'] }) =>
      uri === 'off'
        ? [from]
        : this.#beside(from, waits, { via: 'mirror', uri: textValue(uri), args: from.args, method: from.method }),
    );
  }

  /**
   * What is added to an answer, and what it includes: access rules do not count there (rows 10.40, 10.41). Returns the states
   * in which something is left of the answer (row 10.42). `own` is the status of the answer where no error page has said another
   * one, and `includes` the line that makes nginx look for includes in it.
   */
  added(state: State, own: number, includes: ConfigNode | undefined): readonly State[] {
    // A copy and a post_action show nobody their answer.
    if (state.via !== undefined && state.via !== 'addition') return [state];
    const hasBody = state.knowledge.assume(ownMethod(state), [complement(literal('HEAD'))]);
    if (hasBody === undefined) return [state];
    const shown: State = { ...state, knowledge: hasBody };
    if (includes !== undefined) this.#include(shown, includes);
    if (state.isSubrequest || (imposedStatus(state) ?? own) !== 200) return [state];
    let states: readonly State[] = [shown];
    let isSure = false;
    for (const { node, uri, isCertain } of additionsOf(state.scope)) {
      const added = { via: 'addition', uri: textValue(uri), args: [], method: ['GET'] } as const;
      if (isCertain) {
        isSure = true;
        states = this.#bound.limit(states.flatMap(from => this.#beside(from, true, added)));
      } else {
        const reason = reasonAt('addition', node, 'what is added depends on the type of the answer');
        this.#ways.ask(doubt(this.#loose.guess(shown), reason), added);
      }
    }
    if (!isSure || !mayClose(this.#server)) return [state];
    const bodiless = state.knowledge.assume(ownMethod(state), [literal('HEAD')]);
    return bodiless === undefined ? states : [...states, { ...state, knowledge: bodiless }];
  }

  /** Follows a subrequest. The states that are left of a request which is ended by one that ends the connection. */
  #beside(state: State, waits: boolean, subrequest: Subrequest): State[] {
    if (!waits || !mayClose(this.#server)) {
      this.#ways.ask(state, subrequest);
      return [state];
    }
    const left: State[] = [];
    const observer: Observer = {
      ...this.#observer,
      mindsCycles: true,
      arrive: (site, end) => {
        this.#observer.arrive(site, end);
        left.push(resumed(state, end));
      },
      finish: (end, status) => {
        if (status !== 'closed') left.push(resumed(state, end));
      },
    };
    this.#ways.call(observer, state, subrequest);
    return this.#keys.lightest(left);
  }

  /** What a text includes is not known: any path of the server, without the client's part in it. */
  #include(state: State, node: ConfigNode): void {
    const reason = reasonAt('ssi', node, 'what an answer includes is not known');
    const from = doubt(this.#loose.guess(state), reason);
    const { path, text } = this.#loose;
    this.#ways.ask(from, { via: 'ssi', uri: path, args: text, method: ['GET'] });
  }
}
