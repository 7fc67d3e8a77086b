import type { HttpModel } from '../model/model.js';
import { ASSUMED_ENVIRONMENT, environmentIn, evaluate, type Trace } from './evaluate.js';
import { type Request, type Surroundings, USUAL_SURROUNDINGS } from './request.js';

/** Runs of the evaluator that one request may cost. */
const MAX_RUNS = 24;

/** What lies at a path. */
export type FileState = 'file' | 'directory' | 'absent';

/**
 * Evaluates a request under the file systems that could steer it, the assumed one first, until a run is accepted: any
 * file under a root may exist or not (spec 4). Undefined where none of the tried ones is accepted. `hints` say what lies
 * at some paths, to begin with, and `surroundings` what back ends and limits do.
 */
export function confirm(
  model: HttpModel,
  request: Request,
  accept: (trace: Trace) => boolean,
  hints: ReadonlyMap<string, FileState> = NO_HINTS,
  surroundings: Surroundings = USUAL_SURROUNDINGS,
): Trace | undefined {
  const queue: ReadonlyMap<string, FileState>[] = [new Map()];
  for (let runs = 0; runs < MAX_RUNS && queue.length > 0; runs++) {
    const forced = queue.shift()!;
    const asked = new Map<string, FileState>();
    const trace = evaluate(model, request, {
      ...environmentIn(surroundings),
      fileAt: path => {
        const state =
          asked.get(path) ??
          implied(path, asked) ??
          forced.get(path) ??
          hinted(path, hints) ??
          ASSUMED_ENVIRONMENT.fileAt(path);
        asked.set(path, state);
        return state;
      },
    });
    if (accept(trace)) return trace;
    // The next runs agree with this one up to a path, and differ there.
    const before = new Map(forced);
    for (const [path, state] of asked) {
      if (forced.has(path)) continue;
      for (const other of OTHERS[state]) {
        // With a slash behind it the name of a file leads nowhere.
        if (other !== 'file' || !path.endsWith('/')) queue.push(new Map(before).set(path, other));
      }
      before.set(path, state);
    }
  }
  return undefined;
}

const NO_HINTS: ReadonlyMap<string, FileState> = new Map();

/** What a hint says of a path; hints are about names without a slash at their end. */
function hinted(path: string, hints: ReadonlyMap<string, FileState>): FileState | undefined {
  const name = path.replace(/\/+$/, '');
  const hint = hints.get(name);
  return hint === 'file' && name !== path ? 'absent' : hint;
}

/** What other paths leave for a path: a folder where one lies below it, nothing where one above it is no folder. */
function implied(path: string, known: ReadonlyMap<string, FileState>): FileState | undefined {
  const own = path.replace(/\/+$/, '');
  for (const [other, state] of known) {
    const name = other.replace(/\/+$/, '');
    if (name === own) {
      // With a slash behind it the name of a file leads nowhere, that of a folder still to the folder.
      if (state === 'directory') return 'directory';
      if (state === 'file' && path !== own) return 'absent';
      if (state === 'absent' && other === own) return 'absent';
    }
    if (state !== 'absent' && name.startsWith(`${own}/`)) return 'directory';
    if (state !== 'directory' && own.startsWith(`${name}/`)) return 'absent';
  }
  return undefined;
}

const OTHERS: Readonly<Record<FileState, readonly FileState[]>> = {
  file: ['absent', 'directory'],
  directory: ['absent', 'file'],
  absent: ['file', 'directory'],
};
