import fc from 'fast-check';

/** How many examples a property is tried on, and the seed that gives the same ones again. */
export interface Trials {
  readonly seed: number;
  readonly numRuns: number;
}

/**
 * Tries a property on random values. `wrong` says what is wrong with a value, nothing where it holds. Fails with what it
 * says of the smallest value that was found, and the seed: for configurations that is their text, which reads better than
 * the value from which it was written.
 */
export function holdsFor<T>(arbitrary: fc.Arbitrary<T>, trials: Trials, wrong: (value: T) => string | undefined): void {
  let told: string | undefined;
  const property = fc.property(arbitrary, value => {
    const fault = wrong(value);
    told = fault ?? told;
    return fault === undefined;
  });
  const { failed, errorInstance, numRuns, numShrinks } = fc.check(property, trials);
  if (!failed) return;
  const cause = told ?? String(errorInstance instanceof Error ? errorInstance.stack : errorInstance);
  throw new Error(`seed ${trials.seed}, example ${numRuns}, ${numShrinks} times smaller:\n${cause}`);
}
