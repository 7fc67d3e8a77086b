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
    return { ...admit(setting, request, journal), ...collected(journal) };
  } catch (error) {
    if (!(error instanceof Undecided)) throw error;
    const outcome = { kind: 'unknown', reason: error.reason } as const;
    return { outcome, server: undefined, block: undefined, ...collected(journal) };
  }
}

function collected(journal: Journal): Omit<Trace, 'outcome' | 'server' | 'block'> {
  const { steps, assumes, conditions, jumps, asides, visits, passages } = journal;
  return { steps, assumes, conditions, jumps, asides, visits, passages };
}
