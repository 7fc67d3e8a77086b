import type { Location, Pattern, Program, TrafficModel } from '../../model/model.js';
import { groupNames } from './match-pattern.js';

const known = new WeakMap<TrafficModel, ReadonlySet<string>>();

/**
 * Names of all named groups of the configuration's regular expressions: each is a variable of its own in every server,
 * empty until its pattern matches (ngx_http_regex_compile, row 5.19l).
 */
export function groupVariablesOf(model: TrafficModel): ReadonlySet<string> {
  let names = known.get(model);
  if (names === undefined) {
    names = new Set(patternsOf(model).flatMap(groupNames));
    known.set(model, names);
  }
  return names;
}

function patternsOf(model: TrafficModel): Pattern[] {
  const patterns: Pattern[] = [];
  const visitProgram = (program: Program): void => {
    for (const statement of program) {
      if (statement.kind === 'rewrite') patterns.push(statement.pattern);
      if (statement.kind === 'if') {
        if (statement.condition.kind === 'match') patterns.push(statement.condition.pattern);
        visitProgram(statement.body);
      }
    }
  };
  const visitLocations = (locations: readonly Location[]): void => {
    for (const location of locations) {
      if (location.match.kind === 'regex') patterns.push(location.match.pattern);
      visitProgram(location.program);
      visitLocations(location.children);
    }
  };
  for (const server of model.servers) {
    for (const name of server.names) if (name.kind === 'regex') patterns.push(name.pattern);
    if (!('locations' in server)) continue;
    visitProgram(server.program);
    visitLocations(server.locations);
  }
  for (const definition of model.variables.values()) {
    if (definition.kind === 'map') patterns.push(...definition.regexes.map(entry => entry.pattern));
  }
  return patterns;
}
