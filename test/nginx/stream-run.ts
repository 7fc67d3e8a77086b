/** Compares the evaluator and the access table of stream with nginx on random configurations. */
import fc from 'fast-check';
import { analyseStream } from '../../src/analysis/analyse-stream.js';
import { evaluateStream } from '../../src/analysis/evaluate/stream.js';
import { CLIENT_CLASSES, type StreamSession } from '../../src/analysis/request.js';
import {
  filledStream,
  PORTS_PER_SERVER,
  randomStream,
  SERVERS,
  SITES,
  sessionsTo,
} from '../support/generate-stream.js';
import { stagedSession, streamContradictions } from '../support/stream-check.js';
import {
  answerOf,
  converseAll,
  openStreamLaboratory,
  streamFile,
  streamModelOf,
} from '../support/stream-laboratory.js';

export interface StreamRun {
  readonly seed: number;
  readonly configurations: number;
  /** Connections to each configuration, besides the witnesses; all kinds where it is undefined. */
  readonly sessions?: number;
}

/** What a run found. */
export interface StreamOutcomes {
  readonly failures: readonly string[];
  readonly sessions: number;
  /** Connections that nginx answered with content. */
  readonly answered: number;
  readonly witnesses: number;
  /** Cells by verdict. */
  readonly cells: Readonly<Record<string, number>>;
  /** Connections and cells that are not decided, by the kind of the reason. */
  readonly undecided: Readonly<Record<string, number>>;
}

/** Runs random configurations: each connection is compared with the evaluator and with the table, each witness is replayed. */
export async function runStream({ seed, configurations, sessions: wanted }: StreamRun): Promise<StreamOutcomes> {
  const laboratory = await openStreamLaboratory(SITES, PORTS_PER_SERVER * SERVERS + 1);
  const failures: string[] = [];
  const cells: Record<string, number> = {};
  const undecided: Record<string, number> = {};
  const count = (counts: Record<string, number>, key: string): void => {
    counts[key] = (counts[key] ?? 0) + 1;
  };
  let [made, answered, replayed] = [0, 0, 0];
  try {
    for (const [number, generated] of fc.sample(randomStream, { seed, numRuns: configurations }).entries()) {
      const stream = filledStream(generated, laboratory.ports);
      const text = streamFile(`${laboratory.upstreams}\n${stream}`);
      const model = streamModelOf(text);
      const table = analyseStream(model);
      const all = sessionsTo(stream);
      const sessions = wanted === undefined ? all : pick(all, wanted, seed + number);
      const witnesses: StreamSession[] = [];
      for (const { access, targets } of table.rows) {
        for (const cell of [access, ...targets.map(target => target.access)]) {
          for (const client of CLIENT_CLASSES) {
            const verdict = cell[client];
            count(cells, verdict.verdict);
            if (verdict.verdict === 'unknown') for (const { kind } of verdict.reasons) count(undecided, `cell ${kind}`);
            if (!('witness' in verdict)) continue;
            const staged = stagedSession(verdict.witness.request, stream);
            if (staged !== undefined) witnesses.push(staged);
          }
        }
      }
      const answers = await converseAll(text, [...sessions, ...witnesses]);
      const fail = (what: string): void => {
        failures.push(`seed ${seed}, configuration ${number}: ${what}\n${stream}`);
      };
      for (const [index, session] of [...sessions, ...witnesses].entries()) {
        const expected = answerOf(evaluateStream(model, session).outcome);
        if (expected.startsWith('unknown ')) count(undecided, expected);
        // A text that does not say where it comes from cannot be told from nothing.
        else if (shown(expected) !== answers[index]) {
          fail(`${JSON.stringify(session)}: nginx ${answers[index]}, evaluator ${expected}`);
        }
        if (index >= sessions.length && answers[index] === 'closed' && shown(expected) !== 'closed') {
          fail(`the witness ${JSON.stringify(session)} is refused`);
        }
      }
      const observed = sessions.map((session, index) => ({ session, answer: answers[index]! }));
      for (const wrong of streamContradictions(model, table, observed, stream)) fail(wrong);
      made += sessions.length;
      answered += observed.filter(({ answer }) => answer !== 'closed').length;
      replayed += witnesses.length;
    }
  } finally {
    await laboratory.stop();
  }
  return { failures, sessions: made, answered, witnesses: replayed, cells, undecided };
}

/** What the client can tell of a value. */
function shown(expected: string): string {
  return /(?:site|return)-\d/i.test(expected) ? expected : 'closed';
}

/** Some of the connections, others for each seed. */
function pick(sessions: readonly StreamSession[], count: number, seed: number): StreamSession[] {
  return fc.sample(fc.shuffledSubarray([...sessions], { minLength: count, maxLength: count }), {
    seed,
    numRuns: 1,
  })[0]!;
}
