import { complement, literal } from '../../pcre/language.js';
import { additionsOf, includesOf } from '../additions.js';
import type { LooseTexts } from './loose-texts.js';
import { doubt, ownMethod, reasonAt, type State, textValue, type Ways } from './state.js';

/** What nginx asks itself on the side of a request, where the answer does not decide about it. */
export class Asides {
  readonly #loose: LooseTexts;
  readonly #ways: Ways;

  constructor(ways: Ways, loose: LooseTexts) {
    this.#loose = loose;
    this.#ways = ways;
  }

  /**
   * A copy with the method and the arguments of the request, once the access checks let it by (ngx_http_mirror_handler,
   * rows 10.20-10.26).
   */
  mirror(state: State): void {
    if (state.isSubrequest) return;
    for (const { args } of state.scope.effective('mirror')) {
      const [uri = 'off'] = args;
      if (uri === 'off') continue;
      const copy = { via: 'mirror', uri: textValue(uri), args: state.args, method: state.method } as const;
      this.#ways.ask(state, copy);
    }
  }

  /** What is added to an answer, and what it includes: access rules do not count there (rows 10.40, 10.41). */
  added(state: State, content: string, source: Parameters<Ways['arrive']>[2]): void {
    // A copy and a post_action show nobody their answer.
    if (state.via !== undefined && state.via !== 'addition') return;
    const code = content === 'return' ? source.args[0] : undefined;
    const hasBody = state.knowledge.assume(ownMethod(state), [complement(literal('HEAD'))]);
    if (hasBody === undefined) return;
    const shown: State = { ...state, knowledge: hasBody };
    if (!state.isSubrequest && (state.status ?? 200) === 200 && (code === undefined || code === '200')) {
      for (const { node, uri, isCertain } of additionsOf(state.scope)) {
        const reason = reasonAt('addition', node, 'what is added depends on the type of the answer');
        const from = isCertain ? shown : doubt(this.#loose.guess(shown), reason);
        this.#ways.ask(from, { via: 'addition', uri: textValue(uri), args: [], method: ['GET'] });
      }
    }
    const includes = includesOf(state.scope, content, source);
    if (includes !== undefined) this.#include(shown, includes);
  }

  /** What a text includes is not known: any path of the server, without the client's part in it. */
  #include(state: State, node: Parameters<Ways['arrive']>[2]): void {
    const reason = reasonAt('ssi', node, 'what an answer includes is not known');
    const from = doubt(this.#loose.guess(state), reason);
    const { path, text } = this.#loose;
    this.#ways.ask(from, { via: 'ssi', uri: path, args: text, method: ['GET'] });
  }
}
