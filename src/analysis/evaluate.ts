import type { HttpModel } from '../model/model.js';
import { admit } from './evaluate/admit.js';
import { ASSUMED_ENVIRONMENT, type Environment } from './evaluate/environment.js';
import { groupVariablesOf } from './evaluate/group-variables.js';
import { Journal, type Trace, Undecided } from './evaluate/trace.js';
import type { Request } from './request.js';

export {
  ASSUMED_ENVIRONMENT,
  acceptsByFile,
  authorityFiles,
  type Environment,
  environmentIn,
  environmentOf,
  type Supposition,
} from './evaluate/environment.js';
export {
  type Aside,
  JUMPS,
  type Jump,
  type Outcome,
  type Passage,
  type PassedField,
  type PassedOn,
  type Trace,
  type Visit,
} from './evaluate/trace.js';

/** What is asked for beside the way of a request. */
export interface EvaluateOptions {
  /** Whether `passages` tells what back ends are sent; by default it is empty. */
  readonly passages?: boolean;
}

/**
 * Follows one request through the configuration as nginx would process it, and says where it ends. Never throws: what is
 * not modelled, and is needed, gives the outcome `unknown` with its place.
 */
export function evaluate(
  model: HttpModel,
  request: Request,
  environment: Environment = ASSUMED_ENVIRONMENT,
  { passages = false }: EvaluateOptions = {},
): Trace {
  const journal = new Journal();
  const setting = { model, environment, groupVariables: groupVariablesOf(model), recordsPassages: passages };
  try {
    return traceOf(admit(setting, request, journal), journal);
  } catch (error) {
    if (!(error instanceof Undecided)) throw error;
    const outcome = { kind: 'unknown', reason: error.reason } as const;
    return traceOf({ outcome, server: undefined, block: undefined }, journal);
  }
}

function traceOf({ outcome, server, block }: Pick<Trace, 'outcome' | 'server' | 'block'>, journal: Journal): Trace {
  const { steps, assumes, conditions, jumps, asides, visits, passages } = journal;
  return { outcome, server, block, steps, assumes, conditions, jumps, asides, visits, passages };
}
