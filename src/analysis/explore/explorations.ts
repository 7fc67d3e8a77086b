import type { Location } from '../../model/model.js';
import type { Language } from '../../pcre/language.js';
import type { Reason, Refusal, Site } from '../access.js';
import type { Entry } from '../handshake.js';
import { Knowledge } from '../knowledge.js';
import { Symbols } from '../symbols.js';
import { EntryFacts } from './entry-facts.js';
import { Explorer } from './explorer.js';
import { goesOn } from './server-directives.js';
import type { Observer, State, Tools } from './state.js';
import { shareBehind, Work } from './work.js';

/** A site that a way leads to, with what is known of the requests that take it. */
interface Arrival {
  readonly site: Site;
  readonly state: State;
}

/** What the exploration of an entry has met. */
export interface Explored {
  readonly followsArguments: boolean;
  readonly symbols: Symbols;
  readonly arrivals: readonly Arrival[];
  /** The lines that refuse requests, by the location that they are refused in, the first of each. */
  readonly refusals: ReadonlyMap<Location | undefined, ReadonlyMap<string, Refusal>>;
  /** What keeps every site of the server from being called refused. */
  readonly doubts: readonly Reason[];
  /** True where the name that is sent as SNI is read as a text. */
  readonly readsServerName: boolean;
  /** Times that the free items were spent. */
  readonly spent: number;
}

/** What is known of the names that a client sends where it enters a server. */
export interface EntryNames {
  /** The texts of the Host header; undefined where none is sent. */
  readonly host: Language | undefined;
  /** The texts of a SNI name of its own, for each of the ways to begin with one. */
  readonly sni?: readonly Language[];
}

/** How an entry is explored. */
export interface ExplorationRequest {
  readonly entry: Entry;
  readonly followsArguments: boolean;
  /** Whether slashes that follow one another are one, as far as the socket is concerned. */
  readonly mergesSlashes: boolean;
  readonly names: EntryNames;
}

/** The tools that all explorations of a server have in common. */
type SharedTools = Omit<Tools, 'symbols' | 'followsArguments' | 'noteServerName'>;

interface Remembered {
  readonly request: ExplorationRequest;
  readonly facts: EntryFacts;
  readonly explored: Explored;
}

/** Explores the entries of one server: those that differ in nothing that an exploration asks are explored once. */
export class Explorations {
  readonly #tools: SharedTools;
  readonly #remembered: Remembered[] = [];
  /** What all of them have cost. */
  #worked = 0;

  constructor(tools: SharedTools) {
    this.#tools = tools;
  }

  of(request: ExplorationRequest): Explored {
    const known = this.#remembered.find(
      other =>
        other.request.followsArguments === request.followsArguments &&
        other.request.mergesSlashes === request.mergesSlashes &&
        isSame(other.request.names, request.names) &&
        other.facts.isSharedBy(request.entry),
    );
    if (known !== undefined) return known.explored;
    const facts = new EntryFacts(request.entry);
    const explored = this.#explore(request, facts);
    this.#remembered.push({ request, facts, explored });
    return explored;
  }

  #explore({ entry, followsArguments, mergesSlashes, names }: ExplorationRequest, facts: EntryFacts): Explored {
    const symbols = new Symbols(mergesSlashes);
    const arrivals: Arrival[] = [];
    const refusals = new Map<Location | undefined, Map<string, Refusal>>();
    const doubts = new Map<string, Reason>();
    let readsServerName = false;
    const tools: Tools = {
      ...this.#tools,
      symbols,
      followsArguments,
      noteServerName: () => {
        readsServerName = true;
      },
    };
    const observer: Observer = {
      arrive: (site, state) => void arrivals.push({ site, state }),
      refuse: (_, location, refusal) => noteRefusal(refusals, location, refusal),
      giveUp: reason => void doubts.set(reason.text, reason),
      finish: () => {},
      // A post_action comes behind such an end.
      mindsCycles: goesOn(entry.server),
    };
    let spent = 0;
    for (const start of startsOf(names, symbols)) {
      const exploration = { tools, entry: facts, observer };
      const work = new Work(exploration);
      spent = Math.max(spent, new Explorer(exploration, work, shareBehind(this.#worked)).run(start));
      this.#worked += work.cost;
    }
    return { followsArguments, symbols, arrivals, refusals, doubts: [...doubts.values()], readsServerName, spent };
  }
}

function isSame(one: EntryNames, other: EntryNames): boolean {
  return (
    one.host === other.host &&
    one.sni?.length === other.sni?.length &&
    (one.sni ?? []).every((language, at) => language === other.sni![at])
  );
}

function startsOf({ host, sni }: EntryNames, symbols: Symbols): Knowledge[] {
  const hosted = host === undefined ? Knowledge.NOTHING : Knowledge.NOTHING.assume([symbols.client('host')], [host]);
  if (hosted === undefined) return [];
  if (sni === undefined) return [hosted];
  return sni.flatMap(language => hosted.assume([symbols.client('ssl_server_name')], [language]) ?? []);
}

/** Lines that are kept for one location. */
const MOST_REFUSALS = 8;

/** Notes a line that refuses requests, unless it is known. */
export function noteRefusal(
  refusals: Map<Location | undefined, Map<string, Refusal>>,
  location: Location | undefined,
  refusal: Refusal,
): void {
  let list = refusals.get(location);
  if (list === undefined) {
    list = new Map();
    refusals.set(location, list);
  }
  const { file, start } = refusal.span;
  const key = `${file.path}:${start} ${refusal.text}`;
  if (list.size < MOST_REFUSALS && !list.has(key)) list.set(key, refusal);
}
