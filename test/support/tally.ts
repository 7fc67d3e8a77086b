/** How often texts were met, as plain data that processes can send. */
export type Counts = readonly (readonly [text: string, count: number])[];

/** Counts texts. */
export class Tally {
  readonly #counts = new Map<string, number>();

  add(text: string, count = 1): void {
    this.#counts.set(text, (this.#counts.get(text) ?? 0) + count);
  }

  /** The most frequent first. */
  counts(): Counts {
    return [...this.#counts].sort(([, one], [, other]) => other - one);
  }
}
