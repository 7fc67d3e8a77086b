import { rmSync } from 'node:fs';
import { createContext, runInContext } from 'node:vm';
import fc from 'fast-check';
import { analyse } from '../../src/analysis/analyse.js';
import type { Request } from '../../src/analysis/request.js';
import type { HttpModel } from '../../src/model/model.js';
import { classesOf, contradictions, unconfirmed } from '../support/access-check.js';
import { type ConfigText, configText } from '../support/config-text.js';
import { addCoverage, ConstructFinder, Coverage } from '../support/coverage.js';
import {
  type Comparison,
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
import { astray, replay } from '../support/replay.js';
import { type Counts, Tally } from '../support/tally.js';
import { openReasons, UndecidedCells, type UndecidedCounts } from '../support/undecided.js';

export interface FuzzOptions {
  readonly seed: number;
  /** Requests per configuration. */
  readonly requests: number;
  readonly configurations: number;
  readonly minutes: number;
  /** The run takes every so many-th configuration, from the first on; for a run that is shared between processes. */
  readonly stride?: number;
  /** Receives each failure as it is found. */
  readonly report: (text: string) => void;
  /** Receives, now and then, how far the run has come. */
  readonly tell?: (text: string) => void;
}

/** What a process that shares a run is told; plain data. */
export type FuzzPart = Omit<FuzzOptions, 'report' | 'tell'>;

/** What a run, or a part of it, found; plain data, so that processes can send it. */
export interface FuzzResult {
  readonly configurations: number;
  readonly requests: number;
  readonly failures: readonly string[];
  /** How many requests were not decided, by reason. */
  readonly undecided: Counts;
  readonly cells: UndecidedCounts;
  /** The seeds of the configurations with cells that the analysis leaves undecided, and how many. */
  readonly open: Counts;
  readonly witnesses: { readonly replayed: number; readonly skipped: number };
  readonly coverage: ReturnType<Coverage['rows']>;
}

/** How many failures end a run. */
const MOST_FAILURES = 5;
/** How often a run says how far it has come, in milliseconds. */
const TELLING = 120_000;
/** How long the analysis of one configuration may take, in milliseconds: what takes longer has no end, as far as a user can tell. */
const LONGEST_ANALYSIS = 600_000;

/** What a function gives; an error where it takes longer than an analysis may, however it is busy. */
function inTime<Result>(work: () => Result): Result {
  return runInContext('work()', createContext({ work }), { timeout: LONGEST_ANALYSIS });
}

/**
 * Runs random configurations until one of the limits is reached. Configuration number N of a seed is that of seed + N, so
 * that a failure can be repeated with `--seed S --configurations 1`.
 */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const end = Date.now() + options.minutes * 60_000;
  const laboratory = await openLaboratory();
  const run = new FuzzRun(laboratory, options.requests);
  const failures: string[] = [];
  const { stride = 1 } = options;
  let told = Date.now();
  try {
    for (let number = 0; number < options.configurations; number += stride) {
      if (Date.now() >= end || failures.length >= MOST_FAILURES) break;
      if (Date.now() - told > TELLING) {
        told = Date.now();
        options.tell?.(`seed ${options.seed + number}: ${number / stride} configurations, ${failures.length} failures`);
      }
      const failure = await run.configuration(options.seed + number);
      if (failure === undefined) continue;
      failures.push(failure);
      options.report(failure);
    }
  } finally {
    await laboratory.stop();
  }
  return run.result(failures);
}

/** Puts the parts of a run together. */
export function mergeResults(parts: readonly FuzzResult[]): FuzzResult {
  const coverage = new Coverage();
  for (const part of parts) coverage.merge(part.coverage);
  const cells = new UndecidedCells();
  for (const part of parts) cells.merge(part.cells);
  const sum = (of: (part: FuzzResult) => number) => parts.reduce((total, part) => total + of(part), 0);
  const merged = (of: (part: FuzzResult) => Counts) => {
    const tally = new Tally();
    for (const part of parts) for (const [text, count] of of(part)) tally.add(text, count);
    return tally.counts();
  };
  return {
    configurations: sum(part => part.configurations),
    requests: sum(part => part.requests),
    failures: parts.flatMap(part => part.failures),
    undecided: merged(part => part.undecided),
    cells: cells.counts(),
    open: merged(part => part.open),
    witnesses: { replayed: sum(part => part.witnesses.replayed), skipped: sum(part => part.witnesses.skipped) },
    coverage: coverage.rows(),
  };
}

/** A run in a few lines. */
export function summaryOf(seed: number, result: FuzzResult, seconds: number): string {
  const { configurations, requests, failures, undecided, cells, open, witnesses } = result;
  const told = new UndecidedCells();
  told.merge(cells);
  const listed = (counts: Counts) => counts.slice(0, 12).map(([text, count]) => `  ${count} × ${text}`);
  const requestsLeft = undecided.reduce((total, [, count]) => total + count, 0);
  return [
    `seed ${seed}: ${configurations} configurations, ${requests} requests, ${failures.length} configurations with disagreements`,
    `${Math.round(seconds)} s, ${Math.round(requests / seconds)} requests a second`,
    `${requestsLeft} requests undecided`,
    ...listed(undecided),
    told.text(),
    ...(open.length === 0 ? [] : [`  in the configurations of the seeds ${open.map(([text]) => text).join(', ')}`]),
    `${witnesses.replayed} witnesses replayed, ${witnesses.skipped} not to be staged`,
  ].join('\n');
}

/** How often a failing configuration is made smaller: a small example is a convenience. */
const MOST_STEPS = 150;
/** How long that takes at the most, in milliseconds: a run has other configurations to see. */
const LONGEST = 180_000;

class FuzzRun {
  readonly #laboratory: Laboratory;
  readonly #requestsEach: number;
  readonly #coverage = new Coverage();
  readonly #undecided = new Tally();
  readonly #cells = new UndecidedCells();
  readonly #open = new Tally();
  #configurations = 0;
  #requests = 0;
  #replayed = 0;
  #skipped = 0;

  constructor(laboratory: Laboratory, requestsEach: number) {
    this.#laboratory = laboratory;
    this.#requestsEach = requestsEach;
  }

  result(failures: readonly string[]): FuzzResult {
    return {
      configurations: this.#configurations,
      requests: this.#requests,
      failures,
      undecided: this.#undecided.counts(),
      cells: this.#cells.counts(),
      open: this.#open.counts(),
      witnesses: { replayed: this.#replayed, skipped: this.#skipped },
      coverage: this.#coverage.rows(),
    };
  }

  /** Runs one configuration; a failure is shrunk and told with the smallest configuration that shows it. */
  async configuration(seed: number): Promise<string | undefined> {
    this.#configurations += 1;
    const surroundings = await this.#laboratory.surroundings();
    let focus: readonly Request[] | undefined;
    let smallest: { written: ConfigText; told: string; isRefusal: boolean } | undefined;
    let steps = 0;
    let failedAt = Number.POSITIVE_INFINITY;
    const holds = async (shape: ConfigShape): Promise<boolean> => {
      if (smallest !== undefined && (++steps > MOST_STEPS || performance.now() - failedAt > LONGEST)) return true;
      const written = configText(shape, surroundings);
      const sent = focus ?? requestUniverse(shape, seed, this.#requestsEach, surroundings);
      try {
        const wrong = await this.#check(written, sent, surroundings, smallest === undefined ? seed : undefined);
        if (wrong === undefined) return true;
        focus = wrong.focus;
        smallest = { written, told: wrong.told, isRefusal: false };
        return false;
      } catch (error) {
        // A refused configuration is a fault of the generator; while shrinking a disagreement it is only a dead end.
        if (smallest?.isRefusal === false) return true;
        const told = error instanceof Error ? (error.stack ?? error.message) : String(error);
        smallest = { written, told, isRefusal: true };
        focus = [];
        return false;
      } finally {
        if (smallest !== undefined) failedAt = Math.min(failedAt, performance.now());
      }
    };
    await fc.check(fc.asyncProperty(configShape, holds), { seed, numRuns: 1 });
    return smallest === undefined ? undefined : failureText(seed, smallest.written, smallest.told);
  }

  /**
   * What nginx says otherwise of a configuration, and the requests that show it. `counted`: the seed under which the run counts
   * it.
   */
  async #check(
    written: ConfigText,
    sent: readonly Request[],
    surroundings: Surroundings,
    counted: number | undefined,
  ): Promise<{ told: string; focus: readonly Request[] } | undefined> {
    const laboratory = this.#laboratory;
    rmSync(surroundings.unixListener, { force: true });
    const use = async (running: Running) => {
      const observations = await running.observe(sent);
      const model = modelOf(mainFile(written.http), written.files);
      const result = compare(model, observations, laboratory.environment);
      if (counted !== undefined) {
        this.#requests += sent.length;
        for (const [reason, times] of result.undecided) this.#undecided.add(reason, times);
      }
      const [disagreement] = result.disagreements;
      if (disagreement !== undefined) {
        return { told: describeDisagreement(disagreement), focus: [disagreement.request] };
      }
      const told = await this.#checkTable(running, written, model, result, surroundings, counted);
      return told === undefined ? undefined : { told, focus: sent };
    };
    return withConfiguration(laboratory, written.http, use, written.files);
  }

  /** Compares the access table with what was seen, and replays its witnesses; the first thing that is wrong, told. */
  async #checkTable(
    running: Running,
    written: ConfigText,
    model: HttpModel,
    { arrivals, traces, requests }: Comparison,
    surroundings: Surroundings,
    counted: number | undefined,
  ): Promise<string | undefined> {
    const text = [written.http, ...Object.values(written.files)].join('\n');
    const { environment } = this.#laboratory;
    const table = inTime(() => analyse(model));
    // What a cell leaves open, it does not say: that counts as undecided.
    const contradicted = contradictions(model, table, arrivals, text).filter(({ isOpen }) => !isOpen);
    const [wrong] = [...contradicted, ...unconfirmed(model, table)];
    if (wrong !== undefined) return `access table: ${JSON.stringify(wrong)}`;
    const [lost] = astray(text, model, table, surroundings);
    if (lost !== undefined) return `witness that ends elsewhere: ${JSON.stringify(lost)}`;
    const { failed, replayed, skipped } = await replay(running, text, model, table, surroundings, environment);
    if (failed.length > 0) return `witness: ${JSON.stringify(failed[0])}`;
    if (counted === undefined) return undefined;
    this.#replayed += replayed;
    this.#skipped += skipped;
    for (const { access } of table.rows) {
      for (const verdict of Object.values(access)) {
        const by = this.#cells.add(openReasons(verdict));
        if (by === 'analysis') this.#open.add(String(counted));
      }
    }
    const met = traces.map((trace, index) => ({
      trace,
      classes: trace.outcome.kind === 'content' ? classesOf(model, trace.outcome.site, requests[index]!) : [],
    }));
    addCoverage(this.#coverage, new ConstructFinder(model), table, met);
    return undefined;
  }
}

function failureText(seed: number, written: ConfigText, told: string): string {
  const files = { 'nginx.conf': mainFile(written.http), ...written.files };
  const shown = Object.entries(files).map(([path, text]) => {
    const lines = text.split('\n').map((line, index) => `${String(index + 1).padStart(4)} ${line}`);
    return [`# ${path}`, ...lines.filter(line => !/upstream site|ssl_session|temp_path/.test(line))].join('\n');
  });
  return `--- seed ${seed}\n${shown.join('\n')}\n${told}`;
}
