import { rmSync } from 'node:fs';
import fc from 'fast-check';

import { analyse } from '../../src/analysis/analyse.js';
import type { Request } from '../../src/analysis/request.js';
import type { HttpModel } from '../../src/model/model.js';
import { contradictions, unconfirmed } from '../support/access-check.js';
import { type ConfigText, configText } from '../support/config-text.js';
import {
  type Arrival,
  compare,
  describeDisagreement,
  type Laboratory,
  modelOf,
  openLaboratory,
  type Running,
  withConfiguration,
} from '../support/differential.js';
import { type ConfigShape, configShape, type Surroundings } from '../support/generate-config.js';
import { requestUniverse } from '../support/generate-requests.js';
import { mainFile } from '../support/nginx.js';
import { replay } from '../support/replay.js';

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
  const cells: CellCounts = { all: 0, unknown: 0, replayed: 0, skipped: 0, reasons: new Map() };
  let configurations = 0;
  let requests = 0;
  try {
    while (configurations < options.configurations && Date.now() < end && failures.length < 5) {
      const seed = options.seed + configurations;
      configurations += 1;
      const outcome = await runOne(laboratory, seed, options.requests, undecided, cells);
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
    `\n${cells.all} cells of the access table, ${cells.unknown} of them undecided, ${cells.replayed} witnesses replayed,`,
    `${cells.skipped} not to be staged`,
    ...[...cells.reasons]
      .sort(([, one], [, other]) => other - one)
      .map(([reason, count]) => `\n  ${count} × ${reason}`),
  ].join(' ');
  return { configurations, requests, failures, undecided, summary };
}

/** What a run finds of the access tables. */
interface CellCounts {
  all: number;
  unknown: number;
  replayed: number;
  skipped: number;
  /** Reasons of undecided cells by kind. */
  readonly reasons: Map<string, number>;
}

/** Compares the access table with what was seen, and replays its witnesses; the first thing that is wrong, told. */
async function checkTable(
  running: Running,
  text: string,
  model: HttpModel,
  arrivals: readonly Arrival[],
  laboratory: Laboratory,
  surroundings: Surroundings,
  counts: CellCounts | undefined,
): Promise<string | undefined> {
  const table = analyse(model);
  const [wrong] = [
    ...contradictions(model, table, arrivals, text, laboratory.environment),
    ...unconfirmed(model, table),
  ];
  if (wrong !== undefined) return `access table: ${JSON.stringify(wrong)}`;
  const { failed, replayed, skipped } = await replay(running, text, model, table, surroundings, laboratory.environment);
  if (failed.length > 0) return `witness: ${JSON.stringify(failed[0])}`;
  if (counts !== undefined) {
    counts.replayed += replayed;
    counts.skipped += skipped;
    for (const { access } of table.rows) {
      for (const verdict of Object.values(access)) {
        counts.all += 1;
        if (verdict.verdict !== 'unknown') continue;
        counts.unknown += 1;
        const kinds = new Set(verdict.reasons.map(reason => reason.kind));
        for (const kind of kinds) counts.reasons.set(kind, (counts.reasons.get(kind) ?? 0) + 1);
      }
    }
  }
  return undefined;
}

/** How often a failing configuration is made smaller: a small example is a convenience. */
const MOST_STEPS = 150;

/** Runs one configuration; a failure is shrunk and told with the smallest configuration that shows it. */
async function runOne(
  laboratory: Laboratory,
  seed: number,
  count: number,
  undecided: Map<string, number>,
  cells: CellCounts,
): Promise<{ requests: number; failure: string | undefined }> {
  const surroundings = await laboratory.surroundings();
  let requests = 0;
  let focus: readonly Request[] | undefined;
  let smallest: { written: ConfigText; told: string } | { written: ConfigText; refusal: string } | undefined;
  let steps = 0;
  const holds = async (shape: ConfigShape): Promise<boolean> => {
    if (smallest !== undefined && ++steps > MOST_STEPS) return true;
    const written = configText(shape, surroundings);
    const text = [written.http, ...Object.values(written.files)].join('\n');
    const sent = focus ?? requestUniverse(shape, seed, count, surroundings);
    requests += sent.length;
    const isFirst = focus === undefined;
    try {
      rmSync(surroundings.unixListener, { force: true });
      return await withConfiguration(
        laboratory,
        written.http,
        async running => {
          const observations = await running.observe(sent);
          const model = modelOf(mainFile(written.http), written.files);
          const result = compare(model, observations, laboratory.environment);
          if (isFirst) {
            for (const [reason, times] of result.undecided) undecided.set(reason, (undecided.get(reason) ?? 0) + times);
          }
          const [disagreement] = result.disagreements;
          if (disagreement !== undefined) {
            smallest = { written, told: describeDisagreement(disagreement) };
            focus = [disagreement.request];
            return false;
          }
          const counts = isFirst ? cells : undefined;
          const wrong = await checkTable(running, text, model, result.arrivals, laboratory, surroundings, counts);
          if (wrong === undefined) return true;
          smallest = { written, told: wrong };
          focus = sent;
          return false;
        },
        written.files,
      );
    } catch (error) {
      // A refused configuration is a fault of the generator; while shrinking a disagreement it is only a dead end.
      if (smallest !== undefined && 'told' in smallest) return true;
      smallest = { written, refusal: error instanceof Error ? (error.stack ?? error.message) : String(error) };
      focus = [];
      return false;
    }
  };
  await fc.check(fc.asyncProperty(configShape, holds), { seed, numRuns: 1 });
  if (smallest === undefined) return { requests, failure: undefined };
  const told = 'told' in smallest ? smallest.told : smallest.refusal;
  const files = { 'nginx.conf': mainFile(smallest.written.http), ...smallest.written.files };
  const shown = Object.entries(files).map(([path, text]) => {
    const lines = text.split('\n').map((line, index) => `${String(index + 1).padStart(4)} ${line}`);
    return [`# ${path}`, ...lines.filter(line => !/upstream site|ssl_session|temp_path/.test(line))].join('\n');
  });
  return { requests, failure: `--- seed ${seed}\n${shown.join('\n')}\n${told}` };
}
