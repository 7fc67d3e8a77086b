import { isComputedAnew } from '../model/kept-reads.js';
import type { HttpModel } from '../model/model.js';
import { CAPTURES, inputsOf } from '../model/variable-inputs.js';

const SCRIPT_INPUTS = ['uri', 'args', 'request_method', 'remote_addr'] as const;
/** What a request has of its own and may change: variables that are computed from it. */
export type ScriptInput = (typeof SCRIPT_INPUTS)[number];

/** Variables of nginx's own that follow the location as well. */
const OF_LOCATION = ['document_root', 'realpath_root', 'request_filename'];

/**
 * True where a script that ran before may have read a variable that nobody else has read, so that it may hold a value that it
 * would no longer be given (row 16.12).
 *
 * @param groups the variables that groups of patterns give values to
 * @param changed what has changed since
 */
export function mayBeReadByScript(
  model: Pick<HttpModel, 'variables' | 'assigned'>,
  groups: Pick<ReadonlySet<string>, 'has'>,
  name: string,
  changed: ReadonlySet<string>,
): boolean {
  if (name === 'remote_addr') return changed.has(name);
  if (!model.variables.has(name) || isComputedAnew(model, name)) return false;
  return mayChangeWith(model, groups, name, changed);
}

const EVERY_INPUT: ReadonlySet<string> = new Set(SCRIPT_INPUTS);

/** True for a map, geo or split_clients variable that gives a request the same value whenever it is read. */
export function isTheSameThroughout(
  model: Pick<HttpModel, 'variables' | 'assigned'>,
  groups: Pick<ReadonlySet<string>, 'has'>,
  name: string,
): boolean {
  const definition = model.variables.get(name);
  if (definition === undefined || definition.kind === 'script') return false;
  if (isComputedAnew(model, name) || model.assigned.has(name) || groups.has(name)) return false;
  return !mayChangeWith(model, groups, name, EVERY_INPUT);
}

/**
 * True where a variable is computed from something that has changed, or from what changes on the way of most requests: captures,
 * the location, variables that are assigned.
 */
function mayChangeWith(
  model: Pick<HttpModel, 'variables' | 'assigned'>,
  groups: Pick<ReadonlySet<string>, 'has'>,
  name: string,
  changed: ReadonlySet<string>,
): boolean {
  const isAssigned = (input: string): boolean => model.assigned.has(input) || groups.has(input);
  return [...inputsOf(model, name)].some(
    input =>
      input !== name && (changed.has(input) || input === CAPTURES || OF_LOCATION.includes(input) || isAssigned(input)),
  );
}
