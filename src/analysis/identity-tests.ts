import type { ConfigNode } from '../config/config-tree.js';
import type { HttpModel, MapEntry, Pattern, Statement, Template, TrafficModel, VirtualServer } from '../model/model.js';
import { constantText } from '../model/template.js';
import { NAMING_VARIABLES } from '../model/tls-variables.js';
import { type Language, literal, literalCaseless, solve } from '../pcre/language.js';
import { holdsPlaceholder } from '../source/placeholder.js';
import { type Blocks, everyIf, everySet } from './blocks.js';
import { groupVariablesOf } from './evaluate/group-variables.js';
import type { MapDefinition } from './identity-maps.js';
import { Patterns } from './patterns.js';

/** What a client's name is compared with. */
export type Wanted =
  | { readonly kind: 'text'; readonly text: string; readonly ignoresCase: boolean }
  | { readonly kind: 'pattern'; readonly pattern: Pattern };

/** A comparison with who the client is: a line of a map, or an `if`. */
export interface IdentityTest {
  readonly node: ConfigNode;
  /** What is compared; variables that `set` copies are replaced by what they hold. */
  readonly source: Template;
  readonly wanted: Wanted;
  readonly in:
    | { readonly kind: 'map'; readonly map: MapDefinition; readonly entry: MapEntry }
    | {
        readonly kind: 'if';
        readonly statement: Extract<Statement, { kind: 'if' }>;
        readonly blocks: Blocks;
        /** `!=` and `!~`. */
        readonly isNegated: boolean;
      };
}

const known = new WeakMap<TrafficModel, readonly IdentityTest[]>();

/** Every test of who the client is, those of maps first, in text order. Maps with `hostnames` are left out. */
export function identityTests(model: TrafficModel): readonly IdentityTest[] {
  let tests = known.get(model);
  if (tests === undefined) {
    tests = [...mapTests(model), ...ifTests(model)].filter(({ node }) => !isFilledIn(node));
    known.set(model, tests);
  }
  return tests;
}

/** The maps that look up who the client is, in text order; what they look up. */
export function namingMaps(model: TrafficModel): { readonly map: MapDefinition; readonly source: Template }[] {
  return [...model.variables.values()].flatMap(map => {
    if (map.kind !== 'map' || map.hostnames || map.incomplete) return [];
    const source = resolved(model, map.source);
    return namesClient(model, source) ? [{ map, source }] : [];
  });
}

/** The texts that meet a test; undefined for a pattern that is not analysed. */
export function languageWanted(wanted: Wanted, patterns: Patterns): Language | undefined {
  if (wanted.kind === 'text') return wanted.ignoresCase ? literalCaseless(wanted.text) : literal(wanted.text);
  const found = patterns.language(wanted.pattern);
  return 'language' in found ? found.language : undefined;
}

/** A text that meets a test of one variable alone, whether or not any client has it; undefined where none is found. */
export function textMeeting({ source, wanted }: IdentityTest): { variable: string; text: string } | undefined {
  const [only, ...more] = source;
  if (only?.kind !== 'variable' || more.length > 0) return undefined;
  if (wanted.kind === 'text') return { variable: only.name, text: wanted.text };
  const language = languageWanted(wanted, new Patterns());
  const answer = language === undefined ? undefined : solve([{ language }]);
  return typeof answer === 'object' && 'word' in answer ? { variable: only.name, text: answer.word } : undefined;
}

/** Subjects that are tried for one server. */
const MAX_SUBJECTS = 8;

const wantedByServer = new WeakMap<VirtualServer, readonly string[]>();

/** Subjects that tests of a server ask for, a few of them. */
export function subjectsWanted(model: HttpModel, server: VirtualServer): readonly string[] {
  let subjects = wantedByServer.get(server);
  if (subjects === undefined) {
    subjects = findSubjectsWanted(model, server);
    wantedByServer.set(server, subjects);
  }
  return subjects;
}

function findSubjectsWanted(model: HttpModel, server: VirtualServer): string[] {
  const subjects = new Set<string>();
  for (const test of identityTests(model)) {
    if (subjects.size >= MAX_SUBJECTS) break;
    if (test.in.kind === 'if' && test.in.blocks.server !== server) continue;
    const found = textMeeting(test);
    if (found?.variable === 'ssl_client_s_dn' && found.text !== '') subjects.add(found.text);
  }
  return [...subjects];
}

function* mapTests(model: TrafficModel): Generator<IdentityTest> {
  for (const { map, source } of namingMaps(model)) {
    for (const entry of map.literals.values()) {
      const text = entry.node.name.replace(/^\\/, '');
      yield {
        node: entry.node,
        source,
        wanted: { kind: 'text', text, ignoresCase: true },
        in: { kind: 'map', map, entry },
      };
    }
    for (const entry of map.regexes) {
      const wanted = { kind: 'pattern', pattern: entry.pattern } as const;
      yield { node: entry.node, source, wanted, in: { kind: 'map', map, entry } };
    }
  }
}

function* ifTests(model: TrafficModel): Generator<IdentityTest> {
  for (const { statement, blocks } of everyIf(model)) {
    const { condition, node } = statement;
    if (condition.kind !== 'equal' && condition.kind !== 'match') continue;
    const source = resolved(model, [condition.variable]);
    if (!namesClient(model, source)) continue;
    const place = { kind: 'if', statement, blocks, isNegated: condition.negated } as const;
    if (condition.kind === 'match') {
      yield { node, source, wanted: { kind: 'pattern', pattern: condition.pattern }, in: place };
      continue;
    }
    const text = constantText(condition.value);
    if (text !== undefined) yield { node, source, wanted: { kind: 'text', text, ignoresCase: false }, in: place };
  }
}

function isFilledIn(node: ConfigNode): boolean {
  return holdsPlaceholder(node.name) || node.args.some(holdsPlaceholder);
}

/** True for a text that holds a variable of nginx about the client's certificate, and no other variable of that name. */
function namesClient(model: TrafficModel, template: Template): boolean {
  return template.some(
    piece =>
      piece.kind === 'variable' &&
      NAMING_VARIABLES.has(piece.name) &&
      !model.variables.has(piece.name) &&
      !model.assigned.has(piece.name),
  );
}

const copiesByModel = new WeakMap<TrafficModel, ReadonlyMap<string, Template>>();

/** The variables that one `set` of the whole configuration gives a value, and nothing else; with that value. */
function copiesOf(model: TrafficModel): ReadonlyMap<string, Template> {
  let copies = copiesByModel.get(model);
  if (copies === undefined) {
    const found = new Map<string, Template>();
    const several = new Set(groupVariablesOf(model));
    for (const { variable, value } of everySet(model)) {
      if (found.has(variable)) several.add(variable);
      found.set(variable, value);
    }
    for (const name of several) found.delete(name);
    copies = found;
    copiesByModel.set(model, copies);
  }
  return copies;
}

/** Copies of copies that are followed. */
const MAX_DEPTH = 4;

/** A template with copies replaced by what they copy. */
function resolved(model: TrafficModel, template: Template): Template {
  let current = template;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    // Most configurations copy nothing, and few variables are copies.
    const copyOf = (name: string): Template | undefined =>
      model.assigned.has(name) && !model.variables.has(name) ? copiesOf(model).get(name) : undefined;
    const next = current.flatMap(piece => (piece.kind === 'variable' ? (copyOf(piece.name) ?? [piece]) : [piece]));
    if (next.length === current.length && next.every((piece, at) => piece === current[at])) return current;
    current = next;
  }
  return current;
}
