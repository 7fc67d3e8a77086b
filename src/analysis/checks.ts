import type { Condition, HttpModel, Location, Program, Statement, Template, VirtualServer } from '../model/model.js';
import type { Scope } from '../model/scope.js';
import type { Site } from './access.js';

/** An `if` that tests the result of client verification, directly or through variables computed from it. */
export interface Check {
  readonly statement: Extract<Statement, { kind: 'if' }>;
  /** The location whose program holds it; undefined for the server program. */
  readonly location: Location | undefined;
}

/** The lower-case names of variables whose value depends on the result of verification in a server. */
export function verifyVariables(model: HttpModel, server: VirtualServer): ReadonlySet<string> {
  const names = new Set(['ssl_client_verify']);
  const programs: Program[] = [server.program];
  const visit = (location: Location): void => {
    programs.push(location.program);
    location.children.forEach(visit);
  };
  server.locations.forEach(visit);
  for (let size = 0; size !== names.size; ) {
    size = names.size;
    for (const definition of model.variables.values()) {
      if (definition.kind !== 'map') continue;
      const entries = [...definition.literals.values(), ...definition.wildcards, ...definition.regexes];
      const read = [definition.source, ...entries.map(entry => entry.value), definition.default?.value ?? []];
      if (read.some(template => reads(template, names))) names.add(definition.name);
    }
    for (const program of programs) addAssigned(program, names, false);
  }
  return names;
}

function reads(template: Template, names: ReadonlySet<string>): boolean {
  return template.some(piece => piece.kind === 'variable' && names.has(piece.name));
}

/** A `set` depends on what it reads and on the test that it stands under. */
function addAssigned(program: Program, names: Set<string>, underCheck: boolean): void {
  for (const step of program) {
    if (step.kind === 'set' && (underCheck || reads(step.value, names))) names.add(step.variable);
    if (step.kind === 'if') addAssigned(step.body, names, underCheck || tests(step.condition, names));
  }
}

/** True where a condition reads one of the variables. */
export function tests(condition: Condition, names: ReadonlySet<string>): boolean {
  if (condition.kind === 'truth' || condition.kind === 'match') return reads([condition.variable], names);
  if (condition.kind === 'equal') return reads([condition.variable], names) || reads(condition.value, names);
  return false;
}

const serversWithChecks = new WeakMap<VirtualServer, boolean>();

/** True where any program of a server tests the result of verification. */
export function hasChecks(model: HttpModel, server: VirtualServer): boolean {
  let answer = serversWithChecks.get(server);
  if (answer === undefined) {
    const names = verifyVariables(model, server);
    const holds = (program: Program): boolean =>
      program.some(step => step.kind === 'if' && tests(step.condition, names));
    const visit = (location: Location): boolean => holds(location.program) || location.children.some(visit);
    answer = holds(server.program) || server.locations.some(visit);
    serversWithChecks.set(server, answer);
  }
  return answer;
}

/**
 * The checks on the way to a site: those of the server program, of the site's location and of the locations around it
 * (spec 6). The last ones do not run for the site, which is what makes them ineffective there.
 */
export function checksOnTheWay(model: HttpModel, site: Site): Check[] {
  const { server } = site;
  const names = verifyVariables(model, server);
  const checks: Check[] = [];
  const add = (program: Program, location: Location | undefined): void => {
    for (const statement of program) {
      if (statement.kind === 'if' && tests(statement.condition, names)) checks.push({ statement, location });
    }
  };
  add(server.program, undefined);
  for (let location = locationOf(site); location !== undefined; location = location.parent) {
    add(location.program, location);
  }
  return checks;
}

/** The location that holds a site's block; undefined for the server level. */
export function locationOf(site: Site): Location | undefined {
  let scope: Scope | undefined = site.scope;
  while (scope !== undefined && scope.kind !== 'location') scope = scope.parent;
  if (scope === undefined) return undefined;
  const find = (locations: readonly Location[]): Location | undefined => {
    for (const location of locations) {
      const found = location.scope === scope ? location : find(location.children);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return find(site.server.locations);
}
