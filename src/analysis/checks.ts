import { type ConfigNode, nodeSpan } from '../config/config-tree.js';
import type {
  Condition,
  HttpModel,
  LimitExcept,
  Location,
  Program,
  Statement,
  StreamServer,
  Template,
  TrafficModel,
  VariableDefinition,
  VirtualServer,
} from '../model/model.js';
import type { Scope } from '../model/scope.js';
import { CLIENT_VARIABLES, NAMING_VARIABLES } from '../model/tls-variables.js';
import type { Site } from './access.js';
import { passesLimitExcept } from './limit-except.js';
import type { Witness } from './request.js';
import { nodesOfSteps } from './step-nodes.js';

/** An `if` that tests the result of client verification, directly or through variables computed from it. */
export interface Check {
  readonly statement: Extract<Statement, { kind: 'if' }>;
  /** The location whose program holds it; undefined for the server program. */
  readonly location: Location | undefined;
}

/** The variables of a server that depend on some of nginx's own. */
class Dependents {
  readonly #roots: ReadonlySet<string>;
  readonly #byModel = new WeakMap<TrafficModel, ReadonlySet<string>>();
  readonly #byServer = new WeakMap<VirtualServer | StreamServer, ReadonlySet<string>>();

  constructor(roots: Iterable<string>) {
    this.#roots = new Set(roots);
  }

  /** Those of every server: they depend through maps alone. */
  ofMaps(model: TrafficModel): ReadonlySet<string> {
    let common = this.#byModel.get(model);
    if (common === undefined) {
      common = dependentsOf(model, [], this.#roots);
      this.#byModel.set(model, common);
    }
    return common;
  }

  of(model: TrafficModel, server: VirtualServer | StreamServer): ReadonlySet<string> {
    let names = this.#byServer.get(server);
    if (names === undefined) {
      const common = this.ofMaps(model);
      // Servers are many and maps may be, too: a server without a `set` of its own has nothing to add.
      const programs = [...programsOf(server)];
      const own = new Set(common);
      for (const program of programs) addAssigned(program, own, false);
      names = own.size === common.size ? common : dependentsOf(model, programs, common);
      this.#byServer.set(server, names);
    }
    return names;
  }
}

const onVerdict = new Dependents(['ssl_client_verify']);
const onIdentity = new Dependents(CLIENT_VARIABLES);
const onName = new Dependents(NAMING_VARIABLES);
const onCertificate = new Dependents(['ssl_client_cert', 'ssl_client_raw_cert', 'ssl_client_escaped_cert']);

/** The lower-case names of variables whose value depends on the result of verification in a server. */
export function verifyVariables(model: TrafficModel, server: VirtualServer | StreamServer): ReadonlySet<string> {
  return onVerdict.of(model, server);
}

/** The same for anything that nginx knows of the client's certificate. */
export function identityVariables(model: HttpModel, server: VirtualServer): ReadonlySet<string> {
  return onIdentity.of(model, server);
}

/** The same for who the client is, whether or not its certificate is good. */
export function namingVariables(model: HttpModel, server: VirtualServer): ReadonlySet<string> {
  return onName.of(model, server);
}

/** Those of them that depend on the certificate in every server, through maps alone. */
export function identityOfMaps(model: TrafficModel): ReadonlySet<string> {
  return onIdentity.ofMaps(model);
}

/** The same for the certificate as a whole, which a back end can verify itself. */
export function certificateVariables(model: HttpModel, server: VirtualServer): ReadonlySet<string> {
  return onCertificate.of(model, server);
}

/** The variables whose value depends on some variables, those included, through maps and through `set` in programs. */
export function dependentsOf(
  model: TrafficModel,
  programs: readonly Program[],
  variables: Iterable<string>,
): ReadonlySet<string> {
  const names = new Set(variables);
  for (let size = -1; size !== names.size; ) {
    size = names.size;
    for (const definition of model.variables.values()) {
      if (definition.kind === 'map' && templatesOf(definition).some(template => reads(template, names))) {
        names.add(definition.name);
      }
    }
    for (const program of programs) addAssigned(program, names, false);
  }
  return names;
}

/** The program of a server and those of all its locations. */
export function* programsOf(server: VirtualServer | StreamServer): Generator<Program> {
  yield server.program;
  for (const { program } of locationsOf(server)) yield program;
}

/** All locations of a server, nested ones included, in no order that matters. */
export function* locationsOf(server: VirtualServer | StreamServer): Generator<Location> {
  if (!('locations' in server)) return;
  const open = [...server.locations];
  for (let location = open.pop(); location !== undefined; location = open.pop()) {
    yield location;
    open.push(...location.children);
  }
}

/** Everything that a map reads to give its value. */
export function templatesOf(definition: Extract<VariableDefinition, { kind: 'map' }>): Template[] {
  const entries = [...definition.literals.values(), ...definition.wildcards, ...definition.regexes];
  return [definition.source, ...entries.map(entry => entry.value), definition.default?.value ?? []];
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
    answer = [...programsOf(server)].some(program =>
      program.some(step => step.kind === 'if' && tests(step.condition, names)),
    );
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

/** What became of a check on the way of a request that got to a site. */
export type Fate =
  /** It belongs to a location around the site's, whose program does not run. */
  | { readonly kind: 'not-inherited' }
  /** `limit_except` put its own block, without a program, in the place of the location. */
  | { readonly kind: 'replaced'; readonly limit: LimitExcept }
  /** A step before it ended the program. */
  | { readonly kind: 'skipped'; readonly by: Statement }
  /** Its condition did not hold. */
  | { readonly kind: 'passed' }
  /** Its condition held, and its block did not turn the request away, or an error page answered in its place. */
  | { readonly kind: 'entered'; readonly errorPage: ConfigNode | undefined };

/** What became of a check on the way of a witness, by the steps that the evaluator took. */
export function fateOf(check: Check, site: Site, { request, steps }: Witness): Fate {
  const own = locationOf(site);
  if (check.location !== undefined && check.location !== own) return { kind: 'not-inherited' };
  const { method } = request.http;
  const limit = own?.limitExcept;
  if (check.location !== undefined && limit !== undefined && !passesLimitExcept(limit.methods, method)) {
    return { kind: 'replaced', limit };
  }
  const isStep = (node: ConfigNode): boolean => {
    const { file, start } = nodeSpan(node);
    return steps.some(({ span }) => span.start === start && span.file === file);
  };
  for (const earlier of check.location === undefined ? site.server.program : check.location.program) {
    if (earlier === check.statement) break;
    if (leavesProgram(earlier, isStep)) return { kind: 'skipped', by: earlier };
  }
  // The evaluator notes an `if` only where its condition holds.
  if (!isStep(check.statement.node)) return { kind: 'passed' };
  const errorPage = nodesOfSteps(site.server, steps).find(({ name }) => name === 'error_page');
  return { kind: 'entered', errorPage };
}

/** True for an `if` that only gives variables their values, which another check on the way then tests. */
export function onlyPrepares(check: Check, checks: readonly Check[]): boolean {
  const { body } = check.statement;
  const set = new Set(body.flatMap(step => (step.kind === 'set' ? [step.variable] : [])));
  if (set.size === 0 || body.some(step => step.kind !== 'set')) return false;
  return checks.some(other => other !== check && tests(other.statement.condition, set));
}

/** True where a step ended the program that it stands in: for a rewrite, a return and an `if`, where it matched. */
function leavesProgram(step: Statement, isStep: (node: ConfigNode) => boolean): boolean {
  if (step.kind === 'break') return true;
  if (step.kind === 'return') return isStep(step.node);
  if (step.kind === 'rewrite') return step.flag !== 'none' && isStep(step.node);
  return step.kind === 'if' && isStep(step.node) && step.body.some(inner => leavesProgram(inner, isStep));
}

/** The location that holds a site's block; undefined for the server level. */
export function locationOf(site: Site): Location | undefined {
  let scope: Scope | undefined = site.scope;
  while (scope !== undefined && scope.kind !== 'location') scope = scope.parent;
  return scope === undefined ? undefined : locationsByScope(site.server).get(scope);
}

const locationMaps = new WeakMap<VirtualServer, ReadonlyMap<Scope, Location>>();

function locationsByScope(server: VirtualServer): ReadonlyMap<Scope, Location> {
  let map = locationMaps.get(server);
  if (map === undefined) {
    const found = new Map<Scope, Location>();
    for (const location of locationsOf(server)) found.set(location.scope, location);
    map = found;
    locationMaps.set(server, map);
  }
  return map;
}
