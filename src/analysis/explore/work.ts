import { Effort, MAX_STATES } from '../knowledge.js';
import type { Exploration } from './state.js';

/**
 * Work items that one entry may cost, with all that is asked on the side, before ways that differ in the client's choices
 * alone are counted: some, some for each end of the search for a location, and for each two of them, since ways go from one to
 * the other, up to so many pairs.
 */
const FREE_ITEMS = 3_000;
const FREE_ITEMS_OF_CHOICE = 20;
const FREE_ITEMS_OF_PAIR = 40;
const MOST_PAIRS = 200;
/** How many times the free items may be spent before no more choices are followed. */
export const MAX_SPENT = 1.5;
/** Demands, and others on several symbols that they are held against, that count as much as one work item. */
const DEMANDS_OF_ITEM = 200;
/** Derivatives that can take as long as one work item. */
const STEPS_LIKE_ITEM = 400;

/** Product states that one question may visit where the free items are spent, and where no more choices are followed. */
const FEW_STATES = 500;
const FEWEST_STATES = 50;

/** What the explorations of one server may cost with all of the free items for each. */
const MUCH_WORK = 100_000;

/**
 * The part of its free items that an exploration may spend behind others of the server that have cost so much. It soon grows
 * small: an entry beside many that were too much is hardly decided by itself.
 *
 * @param worked the sum of their `cost`
 */
export function shareBehind(worked: number): number {
  return Math.min(1, (MUCH_WORK / worked) ** 2);
}

/** What one entry has cost: work items, and what it took to know what their requests can be. */
export class Work extends Effort {
  readonly #free: number;
  /** Work items that were followed. */
  met = 0;

  constructor({ tools, entry }: Pick<Exploration, 'tools' | 'entry'>) {
    super();
    const { length } = tools.choices(entry.server);
    const ofPairs = FREE_ITEMS_OF_PAIR * Math.min(length ** 2, MOST_PAIRS);
    this.#free = FREE_ITEMS + FREE_ITEMS_OF_CHOICE * length + ofPairs;
  }

  /** All that was worked, as a number of work items. */
  get items(): number {
    return this.met + this.demands / DEMANDS_OF_ITEM;
  }

  /** What all of it costs where searches are long, as a number of work items. */
  get cost(): number {
    return this.items + this.steps / STEPS_LIKE_ITEM;
  }

  /** Times that the free items were spent since there were so many items. */
  spentSince(items: number): number {
    return (this.items - items) / this.#free;
  }

  override get maxStates(): number {
    const spent = this.spentSince(0);
    if (spent < 1) return MAX_STATES;
    return spent < MAX_SPENT ? FEW_STATES : FEWEST_STATES;
  }
}
