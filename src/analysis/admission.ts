/** Whether verified clients are let in or turned away, by what a test of their name says. */
import type { HttpModel, Template, VirtualServer } from '../model/model.js';
import type { AccessRow, AccessTable } from './access.js';
import { analyse } from './analyse.js';
import { type Fortune, isTurnedAway, supposing } from './authorization.js';
import { dependentsOf, programsOf, tests } from './checks.js';
import { witnessOf } from './counterfactual.js';
import { groupVariablesOf } from './evaluate/group-variables.js';
import type { Supposition } from './evaluate.js';
import type { MapDefinition } from './identity-maps.js';
import { type IdentityTest, identityTests, textMeeting } from './identity-tests.js';
import type { Witness } from './request.js';
import { rowsOf } from './rows.js';

/** Different values of one map, servers and places of one server that are looked at. */
const MAX_VALUES = 8;
const MAX_SERVERS = 8;
const MAX_ROWS = 64;
/** Explorations of a configuration with another map in it. */
const MAX_EXPLORATIONS = 16;

/** What becomes of verified clients at one place: by what a test says, or by the value that a map gives. */
export interface Ruling {
  readonly row: AccessRow;
  /** What becomes of clients for whom the test holds; of those of each value, by `valueKey`. */
  readonly fortunes: ReadonlyMap<string, Fortune>;
}

/** What a test does for clients that it is true of: lets them in where others are refused, or the other way round. */
export type Effect = 'admits' | 'refuses' | 'none';

function effectOf(own: Fortune | undefined, others: Fortune | undefined): Effect {
  if (own === 'admitted' && isTurnedAway(others)) return 'admits';
  return isTurnedAway(own) && others === 'admitted' ? 'refuses' : 'none';
}

/** Equal for equal values of a map. */
export function valueKey(value: Template): string {
  return JSON.stringify(value);
}

/** The answers of one configuration. */
export class Admission {
  readonly #model: HttpModel;
  readonly #table: AccessTable;
  readonly #maps = new Map<MapDefinition, readonly Ruling[]>();
  readonly #tables = new Map<string, readonly AccessRow[]>();

  constructor(model: HttpModel, table: AccessTable) {
    // Whom a list lets in is a question about clients whose certificates are accepted, whether or not there are any today.
    this.#model = { ...model, trust: undefined };
    this.#table = table;
  }

  /** The places at which the value of a map decides whether verified clients get there. */
  rulingsOf(map: MapDefinition): readonly Ruling[] {
    let rulings = this.#maps.get(map);
    if (rulings === undefined) {
      rulings = this.#findRulings(map);
      this.#maps.set(map, rulings);
    }
    return rulings;
  }

  /** What a line of a map does, next to the value that other clients have. */
  effectOfValue(map: MapDefinition, value: Template, other: Template): { effect: Effect; row: AccessRow | undefined } {
    for (const { fortunes, row } of this.rulingsOf(map)) {
      const own = fortunes.get(valueKey(value));
      const others = fortunes.get(valueKey(other));
      const effect = effectOf(own, others);
      if (effect !== 'none') return { effect, row };
    }
    return { effect: 'none', row: undefined };
  }

  /** What an `if` does for clients that its comparison is true of, and where. */
  effectOfIf(test: IdentityTest): { effect: Effect; row: AccessRow | undefined } {
    if (test.in.kind !== 'if') throw new Error('the test is a line of a map');
    const { blocks, isNegated, statement } = test.in;
    const { node } = statement;
    // Of several tests, one that admits may be hidden by another that admits as well.
    const siblings = identityTests(this.#model).flatMap(other =>
      other.in.kind === 'if' && other.in.blocks.server === blocks.server && other.in.statement !== statement
        ? [[other.in.statement.node, other.in.isNegated] as const]
        : [],
    );
    for (const row of this.#rows(blocks.server)) {
      const witness = verifiedWitness(row) ?? this.#witnessMeeting(test, row);
      if (witness === undefined) continue;
      for (const context of siblings.length === 0 ? [[]] : [[], siblings]) {
        const fortune = (isTrue: boolean): Fortune =>
          supposing(this.#model, row.site, witness, {
            values: new Map(),
            conditions: new Map([...context, [node, isTrue !== isNegated]]),
          });
        const own = fortune(true);
        if (own !== 'admitted' && !isTurnedAway(own)) continue;
        const effect = effectOf(own, fortune(false));
        if (effect !== 'none') return { effect, row };
      }
    }
    return { effect: 'none', row: undefined };
  }

  /** A request that gets somewhere because of what a map cuts out of the client's name; undefined where nothing does. */
  throughCut(map: MapDefinition): { readonly row: AccessRow; readonly witness: Witness } | undefined {
    const nothing: Supposition = { values: new Map([[map.name, []]]), conditions: new Map() };
    for (const server of this.#readersOf(map)) {
      for (const row of this.#rows(server)) {
        const witness = verifiedWitness(row);
        if (witness?.request.tls?.subject === undefined) continue;
        if (isTurnedAway(supposing(this.#model, row.site, witness, nothing))) return { row, witness };
      }
    }
    return undefined;
  }

  /** The request of a verified client of another name that gets to a place; undefined where it does not get there. */
  withSubject({ access, site }: AccessRow, subject: string): Witness | undefined {
    const { trusted } = access;
    if (trusted.verdict !== 'reached') return undefined;
    const { request } = trusted.witness;
    const { tls } = request;
    if (tls === null || tls.certificate !== 'trusted') return undefined;
    return witnessOf(this.#model, { ...request, tls: { ...tls, subject } }, site);
  }

  #readersOf(map: MapDefinition): VirtualServer[] {
    const readers: VirtualServer[] = [];
    for (const server of this.#model.servers) {
      if (readers.length >= MAX_SERVERS) break;
      if (isDecidedBy(this.#model, server, map.name)) readers.push(server);
    }
    return readers;
  }

  #rows(server: VirtualServer): readonly AccessRow[] {
    return rowsOf(this.#table, server).slice(0, MAX_ROWS);
  }

  #findRulings(map: MapDefinition): Ruling[] {
    const values = decidableValues(this.#model, map);
    return this.#readersOf(map).flatMap(server =>
      this.#rows(server).flatMap(row => {
        const witness = verifiedWitness(row) ?? this.#witnessSupposing(map.name, values, row);
        if (witness === undefined) return [];
        const fortunes = new Map<string, Fortune>();
        for (const value of values) {
          const supposed: Supposition = { values: new Map([[map.name, value]]), conditions: new Map() };
          fortunes.set(valueKey(value), supposing(this.#model, row.site, witness, supposed));
        }
        const found = [...fortunes.values()];
        return found.includes('admitted') && found.some(isTurnedAway) ? [{ row, fortunes }] : [];
      }),
    );
  }

  /** A request of a verified client that gets to a place, if what a test compares meets it, or is empty. */
  #witnessMeeting(test: IdentityTest, row: AccessRow): Witness | undefined {
    const matching = textMeeting(test);
    if (matching === undefined) return undefined;
    return this.#witnessSupposing(matching.variable, [[{ kind: 'text', text: matching.text }], []], row);
  }

  /** A request of a verified client that gets to a place, if a variable has one of some values. */
  #witnessSupposing(name: string, values: readonly Template[], row: AccessRow): Witness | undefined {
    const { scope, server, content } = row.site;
    for (const value of values) {
      const found = this.#explored(name, value, server).find(
        ({ site }) => site.scope === scope && site.content === content,
      );
      const witness = found === undefined ? undefined : verifiedWitness(found);
      if (witness !== undefined) return witness;
    }
    return undefined;
  }

  /** The rows of a server in which a variable has one value throughout; none where too much has been explored. */
  #explored(name: string, value: Template, server: VirtualServer): readonly AccessRow[] {
    const key = `${server.index} ${name} ${valueKey(value)}`;
    let rows = this.#tables.get(key);
    if (rows === undefined) {
      if (this.#tables.size >= MAX_EXPLORATIONS) return [];
      const fixed: MapDefinition = {
        kind: 'map',
        name,
        node: server.node,
        source: [],
        hostnames: false,
        isVolatile: false,
        literals: new Map(),
        wildcards: [],
        regexes: [],
        default: { value, node: server.node },
        incomplete: false,
      };
      const variables = new Map(this.#model.variables).set(name, fixed);
      rows = analyse({ ...this.#model, variables }, [server]).rows;
      this.#tables.set(key, rows);
    }
    return rows;
  }
}

function verifiedWitness({ access: { trusted } }: AccessRow): Witness | undefined {
  if (trusted.verdict !== 'reached' && trusted.verdict !== 'conditional') return undefined;
  return trusted.witness.via === undefined ? trusted.witness : undefined;
}

/** True where a program of the server tests a variable, or what depends on it. */
function isDecidedBy(model: HttpModel, server: VirtualServer, name: string): boolean {
  const programs = [...programsOf(server)];
  const names = dependentsOf(model, programs, [name]);
  return programs.some(program => program.some(step => step.kind === 'if' && tests(step.condition, names)));
}

/** True for a value that holds what a pattern cuts out. */
export function isCutOut(model: HttpModel, value: Template): boolean {
  const groups = groupVariablesOf(model);
  return value.some(piece => piece.kind === 'capture' || (piece.kind === 'variable' && groups.has(piece.name)));
}

/** The values of a map that do not depend on what its patterns cut out, the default first. */
function decidableValues(model: HttpModel, map: MapDefinition): Template[] {
  const entries = [...map.literals.values(), ...map.regexes];
  const values = new Map<string, Template>();
  for (const value of [map.default?.value ?? [], ...entries.map(entry => entry.value)]) {
    if (!isCutOut(model, value) && values.size < MAX_VALUES) values.set(valueKey(value), value);
  }
  return [...values.values()];
}
