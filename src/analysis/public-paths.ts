import type { ConfigNode } from '../config/config-tree.js';
import type { Condition, HttpModel, Program, Template, VariableDefinition, VirtualServer } from '../model/model.js';
import { variablesOf } from '../model/template.js';
import { NAMING_VARIABLES } from '../model/tls-variables.js';
import type { Site } from './access.js';
import { type Check, fateOf, onlyPrepares, programsOf, templatesOf } from './checks.js';
import { Patterns } from './patterns.js';
import type { Request, Witness } from './request.js';
import { nodesOfSteps } from './step-nodes.js';

type MapDefinition = Extract<VariableDefinition, { kind: 'map' }>;

/** Variables that hold the path that was asked for. */
const PATHS: ReadonlySet<string> = new Set(['uri', 'document_uri', 'request_uri']);

const patterns = new WeakMap<HttpModel, Patterns>();

/**
 * The line of a map of public paths that lets a witness by all the checks on its way: each of them has run, or was
 * ended by an `if`, and depends on a map of the path that names this path in a line other than its default. Undefined
 * where another reason lets the request by, or where a rewrite made another path of it first.
 */
export function publicPathEntry(
  model: HttpModel,
  site: Site,
  checks: readonly Check[],
  witness: Witness,
): ConfigNode | undefined {
  if (nodesOfSteps(site.server, witness.steps).some(({ name }) => name === 'rewrite')) return undefined;
  const deciding = checks.filter(check => !onlyPrepares(check, checks));
  let shared: ReadonlySet<string> | undefined;
  for (const check of deciding) {
    const condition = decidingCondition(check, site, witness);
    if (condition === undefined) return undefined;
    const sources = sourcesOf(model, site.server, condition);
    shared = shared === undefined ? sources : new Set([...shared].filter(name => sources.has(name)));
  }
  for (const name of shared ?? []) {
    const definition = model.variables.get(name);
    if (definition?.kind !== 'map' || !readsPath(definition.source)) continue;
    const entry = entryFor(definition, witness.request, matcherOf(model));
    if (entry !== undefined) return entry;
  }
  return undefined;
}

/** The variables that a condition depends on, directly, through maps, and through `set` and the tests around it. */
function sourcesOf(model: HttpModel, server: VirtualServer, condition: Condition): ReadonlySet<string> {
  const assigned = new Map<string, string[]>();
  for (const program of programsOf(server)) addSources(program, [], assigned);
  const sources = new Set(variablesOfCondition(condition));
  // A set that grows while it is walked visits what is added.
  for (const name of sources) {
    const definition = model.variables.get(name);
    const read = definition?.kind === 'map' ? templatesOf(definition).flatMap(variablesOf) : [];
    for (const source of [...read, ...(assigned.get(name) ?? [])]) sources.add(source);
  }
  return sources;
}

/** Notes for every variable that a program sets what its value depends on; `tested` are the variables of tests around it. */
function addSources(program: Program, tested: readonly string[], assigned: Map<string, string[]>): void {
  for (const step of program) {
    if (step.kind === 'set') {
      const sources = assigned.get(step.variable) ?? [];
      sources.push(...variablesOf(step.value), ...tested);
      assigned.set(step.variable, sources);
    }
    if (step.kind === 'if') addSources(step.body, [...tested, ...variablesOfCondition(step.condition)], assigned);
  }
}

function variablesOfCondition(condition: Condition): string[] {
  if (condition.kind === 'invalid') return [];
  if (condition.kind === 'file') return variablesOf(condition.path);
  const compared = condition.kind === 'equal' ? variablesOf(condition.value) : [];
  return [...variablesOf([condition.variable]), ...compared];
}

/** The condition that let the witness by: the check's own, or the one of an `if` that ended the program before it. */
function decidingCondition(check: Check, site: Site, witness: Witness): Condition | undefined {
  const fate = fateOf(check, site, witness);
  if (fate.kind === 'passed') return check.statement.condition;
  return fate.kind === 'skipped' && fate.by.kind === 'if' ? fate.by.condition : undefined;
}

function readsPath(template: Template): boolean {
  return template.some(piece => piece.kind === 'variable' && PATHS.has(piece.name));
}

function matcherOf(model: HttpModel): Patterns {
  let found = patterns.get(model);
  if (found === undefined) {
    found = new Patterns();
    patterns.set(model, found);
  }
  return found;
}

/** The line that a map chooses for a request; undefined for its default, and where the source needs more than is known. */
function entryFor(definition: MapDefinition, request: Request, matcher: Patterns): ConfigNode | undefined {
  let subject = '';
  for (const piece of definition.source) {
    const text =
      piece.kind === 'text' ? piece.text : piece.kind === 'variable' ? knownValue(piece.name, request) : undefined;
    if (text === undefined) return undefined;
    subject += text;
  }
  const literal = definition.literals.get(subject.toLowerCase());
  if (literal !== undefined) return literal.node;
  return definition.regexes.find(({ pattern }) => matcher.match(pattern, subject) !== undefined)?.node;
}

function knownValue(name: string, { http, tls }: Request): string | undefined {
  switch (name) {
    case 'uri':
    case 'document_uri':
      return decodedPath(http.target);
    case 'request_uri':
      return http.target;
    case 'request_method':
      return http.method;
    case 'ssl_client_verify':
      return tls === null ? '' : tls.certificate === 'none' ? 'NONE' : undefined;
    case 'ssl_client_s_dn':
      return isNobody(tls) ? '' : tls?.subject;
    default:
      return NAMING_VARIABLES.has(name) && isNobody(tls) ? '' : undefined;
  }
}

/** True for a client of which nginx sees no certificate. */
function isNobody(tls: Request['tls']): boolean {
  return tls === null || tls.certificate === 'none';
}

function decodedPath(target: string): string {
  const path = target.replace(/[?#].*$/s, '');
  return path.replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}
