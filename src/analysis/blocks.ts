import type { ConfigNode } from '../config/config-tree.js';
import type {
  Condition,
  Location,
  Program,
  SetStatement,
  Statement,
  StreamServer,
  Template,
  TrafficModel,
  VirtualServer,
} from '../model/model.js';

/** Where a statement stands. */
export interface Blocks {
  readonly server: VirtualServer;
  /** Undefined for the server program. */
  readonly location: Location | undefined;
}

/** An `if` with the program that it is a step of. */
export interface PlacedIf {
  readonly statement: Extract<Statement, { kind: 'if' }>;
  readonly program: Program;
  readonly blocks: Blocks;
}

/** Every `if` of the configuration, in text order within its server. */
export function* everyIf(model: TrafficModel): Generator<PlacedIf> {
  for (const { program, blocks } of everyProgram(model)) {
    for (const statement of program) if (statement.kind === 'if') yield { statement, program, blocks };
  }
}

/** Every `set` of the configuration. */
export function* everySet(model: TrafficModel): Generator<SetStatement> {
  for (const { program } of everyProgram(model)) yield* setsIn(program);
  for (const { program } of streamServers(model)) yield* setsIn(program);
}

/** Every `set` of a program. */
export function* setsIn(program: Program): Generator<SetStatement> {
  for (const statement of program) {
    if (statement.kind === 'set') yield statement;
    if (statement.kind === 'if') yield* setsIn(statement.body);
  }
}

/** The servers of stream, whose programs set variables and do nothing else. */
function* streamServers(model: TrafficModel): Generator<StreamServer> {
  for (const server of model.servers) if (!('locations' in server)) yield server;
}

/** Every program that has a step, of servers of http and of locations. */
function* everyProgram(model: TrafficModel): Generator<{ program: Program; blocks: Blocks }> {
  for (const server of model.servers) {
    if (!('locations' in server)) continue;
    if (server.program.length > 0) yield { program: server.program, blocks: { server, location: undefined } };
    for (const location of everyLocation(server.locations)) {
      if (location.program.length > 0) yield { program: location.program, blocks: { server, location } };
    }
  }
}

function* everyLocation(locations: readonly Location[]): Generator<Location> {
  for (const location of locations) {
    yield location;
    if (location.children.length > 0) yield* everyLocation(location.children);
  }
}

/** A place where the configuration reads a variable. */
export interface VariableUse {
  /** Lower case, without `$`. */
  readonly name: string;
  readonly node: ConfigNode;
  /** True where it is the whole condition of an `if`. */
  readonly isTruthTest: boolean;
}

/** Every variable that conditions, `set`, `rewrite`, `return` and maps read, and in stream what answers. */
export function* variableUses(model: TrafficModel): Generator<VariableUse> {
  for (const { program } of everyProgram(model)) yield* usesIn(program);
  for (const { handler, program } of streamServers(model)) {
    yield* usesIn(program);
    if (handler !== undefined) yield* usesOf(handler.value, handler.node);
  }
  for (const definition of model.variables.values()) {
    if (definition.kind !== 'map') continue;
    yield* usesOf(definition.source, definition.node);
    const entries = [...definition.literals.values(), ...definition.wildcards, ...definition.regexes];
    for (const entry of entries) yield* usesOf(entry.value, entry.node);
    if (definition.default !== undefined) yield* usesOf(definition.default.value, definition.default.node);
  }
}

function* usesIn(program: Program): Generator<VariableUse> {
  for (const step of program) {
    if (step.kind === 'set') yield* usesOf(step.value, step.node);
    if (step.kind === 'rewrite') yield* usesOf(step.replacement, step.node);
    if (step.kind === 'return' && step.text !== undefined) yield* usesOf(step.text, step.node);
    if (step.kind === 'if') {
      yield* usesOfCondition(step.condition, step.node);
      yield* usesIn(step.body);
    }
  }
}

function* usesOfCondition(condition: Condition, node: ConfigNode): Generator<VariableUse> {
  if (condition.kind === 'invalid') return;
  if (condition.kind === 'file') {
    yield* usesOf(condition.path, node);
    return;
  }
  if (condition.variable.kind === 'variable') {
    yield { name: condition.variable.name, node, isTruthTest: condition.kind === 'truth' };
  }
  if (condition.kind === 'equal') yield* usesOf(condition.value, node);
}

function* usesOf(template: Template, node: ConfigNode): Generator<VariableUse> {
  for (const piece of template) if (piece.kind === 'variable') yield { name: piece.name, node, isTruthTest: false };
}
