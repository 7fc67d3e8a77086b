/** Sorts the cells of the access table that are not decided by who could decide them. */
import type { Reason, Verdict } from '../../src/analysis/access.js';
import { type Counts, Tally } from './tally.js';

/** What the texts of answers, the contents of folders and chance decide: nobody can know it from the configuration. */
const OUTSIDE: ReadonlySet<string> = new Set(['ssi', 'addition', 'handler', 'try_files']);

/** Whether a script leaves a cell undecided, something else outside the configuration, or nothing but the analysis. */
function undecidedBy(reasons: readonly Reason[]): 'script' | 'outside' | 'analysis' {
  if (reasons.some(({ kind }) => kind === 'script')) return 'script';
  return reasons.every(({ kind }) => OUTSIDE.has(kind)) ? 'outside' : 'analysis';
}

/** Why a cell is not decided, or why the rest of a conditional one is not; undefined where all of it is. */
export function openReasons(verdict: Verdict): readonly Reason[] | undefined {
  if (verdict.verdict === 'unknown') return verdict.reasons;
  return verdict.verdict === 'conditional' && verdict.reasons.length > 0 ? verdict.reasons : undefined;
}

/** How many cells there are, how many are not decided by whom, and how often which kinds of reason the analysis had. */
export class UndecidedCells {
  #all = 0;
  readonly #by = { script: 0, outside: 0, analysis: 0 };
  readonly #kinds = new Tally();

  /** Counts one cell, with its reasons where it is not decided; says by whom. */
  add(reasons: readonly Reason[] | undefined): 'script' | 'outside' | 'analysis' | undefined {
    this.#all += 1;
    if (reasons === undefined) return undefined;
    const by = undecidedBy(reasons);
    this.#by[by] += 1;
    if (by === 'analysis') {
      for (const kind of new Set(reasons.map(reason => reason.kind))) this.#kinds.add(kind);
    }
    return by;
  }

  /** The counts as plain data, for another process; `merge` reads them. */
  counts(): UndecidedCounts {
    return { all: this.#all, by: { ...this.#by }, kinds: this.#kinds.counts() };
  }

  merge({ all, by, kinds }: UndecidedCounts): void {
    this.#all += all;
    this.#by.script += by.script;
    this.#by.outside += by.outside;
    this.#by.analysis += by.analysis;
    for (const [kind, times] of kinds) this.#kinds.add(kind, times);
  }

  /** The counts in a few lines. */
  text(): string {
    const { script, outside, analysis } = this.#by;
    const decidable = this.#all - script - outside;
    return [
      `${this.#all} cells of the access table: ${script} undecided by scripts, ${outside} by texts, folders and chance, ${analysis} otherwise`,
      `  ${((100 * analysis) / decidable).toFixed(2)} % of the ${decidable} cells that the configuration decides`,
      ...this.#kinds.counts().map(([kind, times]) => `  ${times} × ${kind}`),
    ].join('\n');
  }
}

export interface UndecidedCounts {
  readonly all: number;
  readonly by: Readonly<Record<'script' | 'outside' | 'analysis', number>>;
  readonly kinds: Counts;
}
