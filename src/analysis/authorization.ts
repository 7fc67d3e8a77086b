/** Who is let in: what the tests of a configuration make of a client that is called so and so. */
import type { HttpModel, Program } from '../model/model.js';
import type { Site } from './access.js';
import { type Check, locationOf, locationsOf, namingVariables, tests } from './checks.js';
import { environmentOf, evaluate, type Supposition } from './evaluate.js';
import type { Witness } from './request.js';
import { nodesOfSteps } from './step-nodes.js';

/** What becomes of a request: content of the location it is about, content of another one, a redirect, or none of these. */
export type Fortune = 'admitted' | 'elsewhere' | 'redirected' | 'refused' | 'unknown';

/** True for a request that does not get to what it asks for. */
export function isTurnedAway(fortune: Fortune | undefined): boolean {
  return fortune === 'refused' || fortune === 'redirected';
}

/** What would become of the request of a witness if the configuration said something else. */
export function supposing(model: HttpModel, site: Site, witness: Witness, supposed: Supposition): Fortune {
  const { outcome, visits } = evaluate(model, witness.request, { ...environmentOf(witness), supposed });
  if (outcome.kind === 'unknown') return 'unknown';
  if (outcome.kind === 'redirected') return 'redirected';
  if (outcome.kind !== 'content') return 'refused';
  const isAround = outcome.site.server === site.server && locationOf(outcome.site) === locationOf(site);
  if (isAround) return 'admitted';
  // What an error page shows to somebody who is turned away is no other place to get to.
  return visits.at(-1)?.afterError === true ? 'refused' : 'elsewhere';
}

/** The tests of who the client is in the programs that a witness comes by, those of subrequests included. */
export function identityChecks(model: HttpModel, { server }: Site, { steps }: Witness): Check[] {
  const names = namingVariables(model, server);
  const visited = new Set(nodesOfSteps(server, steps));
  const checks: Check[] = [];
  const add = (program: Program, location: Check['location']): void => {
    for (const statement of program) {
      if (statement.kind === 'if' && tests(statement.condition, names)) checks.push({ statement, location });
    }
  };
  add(server.program, undefined);
  for (const location of locationsOf(server)) if (visited.has(location.node)) add(location.program, location);
  return checks;
}

/** The first of some tests that would turn a witness away if it came out the other way; undefined where none would. */
export function decidingCheck(
  model: HttpModel,
  site: Site,
  witness: Witness,
  checks: readonly Check[],
): Check | undefined {
  const entered = new Set(nodesOfSteps(site.server, witness.steps));
  return checks.find(({ statement: { node } }) => {
    const supposed: Supposition = { values: new Map(), conditions: new Map([[node, !entered.has(node)]]) };
    return isTurnedAway(supposing(model, site, witness, supposed));
  });
}
