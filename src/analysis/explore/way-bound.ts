import type { ConfigNode } from '../../config/config-tree.js';
import type { Reason } from '../access.js';
import type { LooseTexts } from './loose-texts.js';
import { doubt, type Exploration, reasonAt, type State } from './state.js';
import type { StateKeys } from './state-key.js';

/** States that one step, such as a program or a list of files, may leave to be followed apart; half of them are where there are more. */
const MOST_STATES = 256;
/** The same where what an entry may cost is spent. */
const FEW_STATES = 16;

/** Keeps ways from multiplying without end. */
export class WayBound {
  readonly #server: Exploration['entry']['server'];
  readonly #keys: StateKeys;
  readonly #loose: LooseTexts;
  readonly #isSpent: () => boolean;

  constructor({ entry }: Exploration, keys: StateKeys, loose: LooseTexts, isSpent: () => boolean) {
    this.#server = entry.server;
    this.#keys = keys;
    this.#loose = loose;
    this.#isSpent = isSpent;
  }

  get #most(): number {
    return this.#isSpent() ? FEW_STATES : MOST_STATES;
  }

  /** A state for all that stand where this one does: the client's choices are not followed, and what lies behind is undecided. */
  giveUp(state: State): State {
    return doubt(this.#loose.wildGuess(state), this.reason(state.scope.node ?? this.#server.node));
  }

  /** Why it is undecided what lies behind a place. */
  reason(node: ConfigNode): Reason {
    return reasonAt('bound', node, 'too many ways through the configuration');
  }

  /** True where there are few enough states to follow each of them. */
  isKeptBy({ length }: { readonly length: number }): boolean {
    return length <= this.#most;
  }

  /** The states; where they are too many to be followed apart, some of them and a few that stand for the rest. */
  limit(states: readonly State[]): readonly State[] {
    if (this.isKeptBy(states)) return states;
    const kept = this.#most / 2;
    const rest = states.slice(kept).map(state => this.giveUp(state));
    return [...states.slice(0, kept), ...this.#keys.lightest(rest)];
  }

  /** What is left of states behind several steps, one after the other. */
  throughAll<Step>(
    states: readonly State[],
    steps: Iterable<Step>,
    take: (state: State, step: Step) => readonly State[],
  ): readonly State[] {
    let open = states;
    for (const step of steps) open = this.limit(open.flatMap(state => take(state, step)));
    return open;
  }
}
