import fc from 'fast-check';
import type { Request } from '../../src/analysis/request.js';
import {
  compare,
  type Disagreement,
  describeDisagreement,
  type Laboratory,
  modelOf,
  observe,
  openLaboratory,
} from '../support/differential.js';
import { type ConfigShape, configShape, configText, requestUniverse } from '../support/generate-config.js';
import { mainFile } from '../support/nginx.js';

export interface FuzzOptions {
  readonly seed: number;
  /** Requests per configuration. */
  readonly requests: number;
  readonly configurations: number;
  readonly minutes: number;
  /** Receives each failure as it is found, and a line of progress now and then. */
  readonly report: (text: string) => void;
}

export interface FuzzResult {
  readonly configurations: number;
  readonly requests: number;
  readonly failures: readonly string[];
  /** How many requests were not decided, by reason. */
  readonly undecided: ReadonlyMap<string, number>;
  readonly summary: string;
}

/**
 * Runs random configurations until one of the limits is reached. Configuration number N of a seed is that of seed + N, so
 * that a failure can be repeated with `--seed S --configurations 1`.
 */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const end = Date.now() + options.minutes * 60_000;
  const laboratory = await openLaboratory();
  const failures: string[] = [];
  const undecided = new Map<string, number>();
  let configurations = 0;
  let requests = 0;
  try {
    while (configurations < options.configurations && Date.now() < end && failures.length < 5) {
      const seed = options.seed + configurations;
      configurations += 1;
      const outcome = await runOne(laboratory, seed, options.requests, undecided);
      requests += outcome.requests;
      if (outcome.failure === undefined) continue;
      failures.push(outcome.failure);
      options.report(outcome.failure);
    }
  } finally {
    await laboratory.stop();
  }
  const open = [...undecided.values()].reduce((sum, count) => sum + count, 0);
  const reasons = [...undecided].sort(([, one], [, other]) => other - one).slice(0, 10);
  const summary = [
    `seed ${options.seed}: ${configurations} configurations, ${requests} requests,`,
    `${failures.length} configurations with disagreements, ${open} requests undecided`,
    ...reasons.map(([reason, count]) => `\n  ${count} × ${reason}`),
  ].join(' ');
  return { configurations, requests, failures, undecided, summary };
}

/** Runs one configuration; a failure is shrunk and told with the smallest configuration that shows it. */
async function runOne(
  laboratory: Laboratory,
  seed: number,
  count: number,
  undecided: Map<string, number>,
): Promise<{ requests: number; failure: string | undefined }> {
  const surroundings = await laboratory.surroundings();
  let requests = 0;
  let focus: readonly Request[] | undefined;
  let smallest: { text: string; disagreement: Disagreement } | { text: string; refusal: string } | undefined;
  let steps = 0;
  const holds = async (shape: ConfigShape): Promise<boolean> => {
    // Shrinking is bounded: a smaller example is a convenience.
    if (smallest !== undefined && ++steps > 400) return true;
    const text = configText(shape, surroundings);
    const sent = focus ?? requestUniverse(shape, seed, count, surroundings);
    requests += sent.length;
    try {
      const observations = await observe(laboratory, text, sent);
      const result = compare(modelOf(mainFile(text)), observations, laboratory.environment);
      if (focus === undefined) {
        for (const [reason, times] of result.undecided) undecided.set(reason, (undecided.get(reason) ?? 0) + times);
      }
      const [disagreement] = result.disagreements;
      if (disagreement === undefined) return true;
      smallest = { text, disagreement };
      focus = [disagreement.request];
      return false;
    } catch (error) {
      // A refused configuration is a fault of the generator; while shrinking a disagreement it is only a dead end.
      if (smallest !== undefined && 'disagreement' in smallest) return true;
      smallest = { text, refusal: error instanceof Error ? (error.stack ?? error.message) : String(error) };
      focus = [];
      return false;
    }
  };
  await fc.check(fc.asyncProperty(configShape, holds), { seed, numRuns: 1 });
  if (smallest === undefined) return { requests, failure: undefined };
  const told = 'disagreement' in smallest ? describeDisagreement(smallest.disagreement) : smallest.refusal;
  const numbered = mainFile(smallest.text)
    .split('\n')
    .map((line, index) => `${String(index + 1).padStart(4)} ${line}`)
    .filter(line => !/upstream site|ssl_session|temp_path/.test(line));
  return { requests, failure: `--- seed ${seed}\n${numbered.join('\n')}\n${told}` };
}
