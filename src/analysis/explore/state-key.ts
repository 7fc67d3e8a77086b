import { complement, conjuncts, union } from '../../pcre/language.js';
import type { AddressSet } from '../address-set.js';
import type { SeparateDemand } from '../knowledge.js';
import type { Value } from '../value.js';
import { BODILESS } from '../withheld.js';
import { ANY, failsAgain, type State, textsOf } from './state.js';

/** A state as far as it tells futures apart. */
export interface Standing {
  /** Equal for states that differ in their burdens alone. */
  readonly key: string;
  /** What is demanded of the requests, and what the way has assumed, each by a number. */
  readonly burdens: ReadonlySet<number>;
  /** A bit for each burden; several share one. */
  readonly bits: number;
  /** What each burden speaks of, where it can be taken back. */
  readonly subjects: ReadonlyMap<number, Subject>;
}

/** What a burden speaks of. Burdens on one subject have subjects of one name. */
type Subject =
  | { readonly kind: 'file'; readonly name: string; readonly file: string; readonly states: number }
  | { readonly kind: 'body'; readonly name: string }
  | { readonly kind: 'demand'; readonly name: string; readonly demand: SeparateDemand };

/** A state with what it is known by. */
export interface Placed {
  readonly state: State;
  readonly standing: Standing;
}

/** True where a state shows all that another one of its key shows: it has no burden that the other one has not. */
function isLighter(one: Standing, other: Standing): boolean {
  if ((one.bits & ~other.bits) !== 0 || one.burdens.size > other.burdens.size) return false;
  for (const burden of one.burdens) if (!other.burdens.has(burden)) return false;
  return true;
}

/** True where one state can do all that another one of its key can do. */
export function covers(one: Placed, other: Placed): boolean {
  return one.state.changesLeft >= other.state.changesLeft && isLighter(one.standing, other.standing);
}

/** Burdens that one subject can have at most: what is more cannot be taken back. */
const MOST_OF_ONE = 2;

/**
 * The state without what another one of its key makes superfluous: where that one differs in one subject alone, and is
 * otherwise no heavier, the two together show all that the state shows without knowing of the subject more than both do.
 * Undefined where the other one is of no help.
 */
function eased({ state, standing }: Placed, other: Placed): State | undefined {
  if (bitCount(other.standing.bits & ~standing.bits) > MOST_OF_ONE) return undefined;
  const excess: Subject[] = [];
  for (const burden of other.standing.burdens) {
    if (standing.burdens.has(burden)) continue;
    const subject = other.standing.subjects.get(burden);
    if (subject === undefined || excess.some(({ name }) => name !== subject.name)) return undefined;
    excess.push(subject);
  }
  const [subject] = excess;
  switch (subject?.kind) {
    case 'file': {
      const own = [...standing.subjects.values()].find(({ name }) => name === subject.name);
      if (own?.kind !== 'file' || (subject.states & ~own.states) === 0) return undefined;
      return withFile(state, own.file, own.states | subject.states);
    }
    case 'body': {
      const { body } = state;
      const { least, most } = other.state.body;
      if (least > body.most + 1 || body.least > most + 1) return undefined;
      if (least >= body.least && most <= body.most) return undefined;
      return { ...state, body: { ...body, least: Math.min(body.least, least), most: Math.max(body.most, most) } };
    }
    case 'demand':
      return withoutOpposite(state, standing, other.standing, excess);
    case undefined:
      return undefined;
  }
}

/**
 * The state without demands that hold just where those of another state on the same symbol do not. What both demand stays: the
 * other state shows nothing without it.
 */
function withoutOpposite(
  state: State,
  standing: Standing,
  other: Standing,
  excess: readonly Subject[],
): State | undefined {
  const demandsOf = ({ subjects }: Standing): SeparateDemand[] =>
    [...subjects.values()].flatMap(subject =>
      subject.kind === 'demand' && subject.name === excess[0]?.name ? [subject.demand] : [],
    );
  const demands = excess.flatMap(subject => (subject.kind === 'demand' ? [subject.demand] : []));
  const opposite = conjuncts(union(...demands.map(({ language }) => complement(language))));
  const own = demandsOf(standing);
  if (!opposite.every(language => own.some(demand => demand.language === language))) return undefined;
  const shared = new Set(demandsOf(other).map(({ language }) => language));
  const dropped = opposite.filter(language => !shared.has(language));
  return dropped.length === 0 ? undefined : { ...state, knowledge: state.knowledge.without(own[0]!.symbol, dropped) };
}

/** The state as the first of several others eases it; undefined where none does. */
function easedByAny(placed: Placed, others: Iterable<Placed>): State | undefined {
  for (const other of others) {
    const state = other.state.changesLeft < placed.state.changesLeft ? undefined : eased(placed, other);
    if (state !== undefined) return state;
  }
  return undefined;
}

function withFile(state: State, file: string, states: number): State {
  const files = new Map(state.files);
  if (states === ANY) files.delete(file);
  else files.set(file, { ...files.get(file)!, states });
  return { ...state, files };
}

function bitCount(bits: number): number {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) count += 1;
  return count;
}

/** What a path is not, for each bit of what it can be. */
const IS_NOT = ['no file', 'no folder', 'not absent'];

/** Says where states stand. */
export class StateKeys {
  readonly #objectIds = new Map<object, number>();
  readonly #textIds = new Map<string, number>();
  /** Texts of the request that waits: what is learnt of them on the side, it knows when it goes on. */
  readonly #waiting: readonly Value[];
  readonly #countsChanges: (state: State) => boolean;

  /** `mindsCycles`: whether it has consequences that a request ends by the eleventh change of its URI. */
  constructor(waiting: State | undefined, mindsCycles: boolean) {
    this.#waiting = waiting === undefined ? [] : textsOf(waiting);
    // Where nobody waits it is a post_action that comes behind, and behind that nothing does.
    const isFirst = (state: State): boolean => !state.isSubrequest && state.via === undefined;
    this.#countsChanges = state => mindsCycles && (waiting !== undefined || isFirst(state));
  }

  #id(object: object | undefined): number {
    return object === undefined ? 0 : numberOf(this.#objectIds, object);
  }

  #setId(set: AddressSet): number {
    return numberOf(this.#textIds, set.key);
  }

  /**
   * A state without what others of its key make superfluous, where it shows more than each of them; undefined where one of them
   * covers it.
   *
   * @param othersOf the others by their key
   */
  beyond(state: State, othersOf: (key: string) => readonly Placed[]): Placed | undefined {
    let placed: Placed = { state, standing: this.of(state) };
    for (;;) {
      const others = othersOf(placed.standing.key);
      if (others.some(other => covers(other, placed))) return undefined;
      const lighter = easedByAny(placed, others);
      if (lighter === undefined) return placed;
      placed = { state: lighter, standing: this.of(lighter) };
    }
  }

  /** States that show together what all of these show. */
  lightest(states: readonly State[]): State[] {
    const kept = new Map<string, Placed[]>();
    for (const state of states) {
      const placed = this.beyond(state, key => kept.get(key) ?? []);
      if (placed === undefined) continue;
      const { key } = placed.standing;
      const rest = (kept.get(key) ?? []).filter(other => !covers(placed, other));
      kept.set(key, [...rest, placed]);
    }
    return [...kept.values()].flatMap(list => list.map(({ state }) => state));
  }

  /** Where a state stands. */
  of(state: State): Standing {
    const variables = [...state.variables].sort(([one], [other]) => (one < other ? -1 : 1));
    const captures = [...state.captures].sort(([one], [other]) => one - other);
    const { uri, args, method, body } = state;
    const files = [...state.files];
    const known = state.knowledge.describe(
      [
        uri,
        args,
        method,
        state.subrequestMethod ?? [],
        ...variables.map(([, value]) => value),
        ...captures.map(([, value]) => value),
        ...this.#waiting,
      ],
      files.map(([, { path }]) => path),
      state.isSubrequest,
    );
    const key = [
      this.#id(state.scope),
      this.#id(state.handler),
      state.isSubrequest,
      state.via,
      statusOf(state),
      state.escapes,
      state.validLocation,
      state.addsUriToAlias,
      state.internal,
      state.errorPageUsed,
      variables.map(([name]) => name).join(),
      captures.map(([index]) => index).join(),
      state.realip.header,
      body.isGone,
      state.denied?.code,
      this.#id(state.denied?.by),
      // The fewer are left, the sooner the request ends by them.
      this.#countsChanges(state) ? state.changesLeft : undefined,
      known.key,
    ].join('|');
    const burdens = new Set<number>();
    const subjects = new Map<number, Subject>();
    let bits = 0;
    const burden = (text: string): number => {
      const number = numberOf(this.#textIds, text);
      burdens.add(number);
      bits |= 1 << (number % 32);
      return number;
    };
    for (const text of known.demands) {
      const number = burden(text);
      const demand = known.separate.get(text);
      if (demand !== undefined) subjects.set(number, { kind: 'demand', name: `demand ${demand.name}`, demand });
    }
    for (const [index, [file, { states }]] of files.entries()) {
      const name = known.paths[index];
      if (name === undefined) continue;
      for (const [bit, text] of IS_NOT.entries()) {
        if ((states & (1 << bit)) !== 0) continue;
        subjects.set(burden(`${name} ${text}`), { kind: 'file', name: `file ${name}`, file, states });
      }
    }
    if (body.least !== 0) subjects.set(burden(`body from ${body.least}`), BODY);
    if (body.most !== Number.POSITIVE_INFINITY) subjects.set(burden(`body to ${body.most}`), BODY);
    for (const [symbol, set] of state.addresses) burden(`${symbol.name} in ${this.#setId(set)}`);
    if (state.isGuess) {
      burden('guess');
      // No request is shown for a guess, and so it does not matter which condition it needs.
      if (state.conditions.length > 0) burden('condition');
    } else for (const { text } of state.conditions) burden(`* ${text}`);
    for (const { text } of state.doubts) burden(`* ${text}`);
    // What realip has not tried, it may still do.
    if (state.realip.tried !== undefined) burden(`tried ${state.realip.tried.key}`);
    // A limit that has judged the request is not asked again, and lets by what it lets by.
    for (const limit of state.judgedBy) burden(`judged ${limit}`);
    for (const [file, isRight] of state.surroundings.passwords) burden(`password ${isRight} ${file}`);
    if (state.provokes !== undefined) burden(JSON.stringify(state.provokes));
    return { key, burdens, bits, subjects };
  }
}

/** The status that an error page has left, as far as it decides what becomes of the answer (rows 8.57-8.60). */
function statusOf(state: State): number | boolean | undefined {
  const { isSubrequest, status } = state;
  if (isSubrequest || BODILESS.has(status ?? 200)) return status;
  return failsAgain(state);
}

const BODY: Subject = { kind: 'body', name: 'body' };

function numberOf<Key>(numbers: Map<Key, number>, key: Key): number {
  let number = numbers.get(key);
  if (number === undefined) {
    number = numbers.size + 1;
    numbers.set(key, number);
  }
  return number;
}
