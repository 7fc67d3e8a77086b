import type { Location, Program, Statement, Template, VirtualServer } from '../../model/model.js';
import type { Scope } from '../../model/scope.js';
import { parseTemplate } from '../../model/template.js';

/** True where a text reads `$1` … */
export function holdsCapture(template: Template): boolean {
  return template.some(piece => piece.kind === 'capture');
}

/** Settings whose texts are computed when the program of their location has ended. */
const LATE_TEXTS = ['try_files', 'error_page', 'auth_basic', 'index', 'root', 'alias'];

const known = new WeakMap<VirtualServer, boolean>();

/**
 * Whether what a pattern captures may be read on the way ahead: by the rest of its own program, by the settings of its
 * location, or by another program, which finds the captures of the last pattern (rows 4.37-4.39).
 */
export function mayReadCaptures(server: VirtualServer, location: Location | undefined): boolean {
  if (readsCaptures(location?.program ?? server.program)) return true;
  if (location !== undefined && settingsReadCaptures(location.scope)) return true;
  let elsewhere = known.get(server);
  if (elsewhere === undefined) {
    elsewhere =
      settingsReadCaptures(server.scope) ||
      readsEarlierCaptures(server.program) ||
      server.locations.some(locationReadsEarlierCaptures);
    known.set(server, elsewhere);
  }
  return elsewhere;
}

/** A location that is found by a pattern reads what that pattern has captured. */
function locationReadsEarlierCaptures({ match, program, scope, children }: Location): boolean {
  const own = match.kind !== 'regex' && (readsEarlierCaptures(program) || settingsReadCaptures(scope));
  return own || children.some(locationReadsEarlierCaptures);
}

function settingsReadCaptures(scope: Scope): boolean {
  return LATE_TEXTS.some(name =>
    scope.effective(name).some(({ args }) => args.some(text => holdsCapture(parseTemplate(text)))),
  );
}

/** True where a program reads `$1` … somewhere. */
function readsCaptures(program: Program): boolean {
  return program.some(step => readsInPlace(step) || (step.kind === 'if' && readsCaptures(step.body)));
}

/** True where a program reads `$1` … before a pattern of its own gives it another value or none. */
function readsEarlierCaptures(program: Program): boolean {
  for (const step of program) {
    if (step.kind === 'rewrite' || (step.kind === 'if' && step.condition.kind === 'match')) return false;
    if (readsInPlace(step) || (step.kind === 'if' && readsEarlierCaptures(step.body))) return true;
  }
  return false;
}

/** True where a step itself reads `$1` …, what stands in an `if` left out. */
function readsInPlace(step: Statement): boolean {
  switch (step.kind) {
    case 'set':
      return holdsCapture(step.value);
    case 'rewrite':
      return holdsCapture(step.replacement);
    case 'return':
      return step.text !== undefined && holdsCapture(step.text);
    case 'if':
      if (step.condition.kind === 'equal') return holdsCapture(step.condition.value);
      return step.condition.kind === 'file' && holdsCapture(step.condition.path);
    default:
      return false;
  }
}
