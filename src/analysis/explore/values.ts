import type { ConfigNode } from '../../config/config-tree.js';
import { FASTCGI_VARIABLES, splitPattern } from '../../model/fastcgi.js';
import { textsSent } from '../../model/forwarding.js';
import { isComputedAnew, isLastRead, lastReadOf, withLastReads } from '../../model/kept-reads.js';
import type { Template, VirtualServer } from '../../model/model.js';
import { CAPTURES, inputsOf } from '../../model/variable-inputs.js';
import {
  complement,
  concat,
  everything,
  intersect,
  type Language,
  literal,
  literalCaseless,
  optional,
  star,
  union,
} from '../../pcre/language.js';
import type { Reason } from '../access.js';
import { askedAs } from '../certificate-contents.js';
import { groupVariablesOf } from '../evaluate/group-variables.js';
import { ESCAPED_ARGUMENT, endsWith, holding, NOT_EMPTY, PLAIN_IN_ARGUMENTS } from '../input-languages.js';
import type { Knowledge } from '../knowledge.js';
import { mayBeReadByScript, type ScriptInput } from '../script-reads.js';
import { normalise, type Sym, symbolsOf, type Value } from '../value.js';
import type { Addresses } from './addresses.js';
import { DefinedValues, type ReadValue, verifyValue } from './defined-values.js';
import type { EntryFacts } from './entry-facts.js';
import {
  type Exploration,
  isLineUnread,
  isNameless,
  reasonAt,
  remember,
  type State,
  seenByScript,
  type Tools,
  textValue,
} from './state.js';
import type { WayBound } from './way-bound.js';

/** The values that texts, variables and captures can have on a way. */
export class Values extends DefinedValues {
  readonly #tools: Tools;
  readonly #entry: EntryFacts;
  readonly #server: VirtualServer;
  readonly #addresses: Addresses;
  readonly #bound: WayBound;

  constructor(exploration: Exploration, addresses: Addresses, bound: WayBound) {
    super(exploration.tools, addresses);
    this.#tools = exploration.tools;
    this.#entry = exploration.entry;
    this.#server = exploration.entry.server;
    this.#addresses = addresses;
    this.#bound = bound;
  }

  /** True where the way ahead may read `$1` …: they last until the next match, over jumps too. */
  protected override readsCaptures(state: State): boolean {
    return this.#live(state).has(CAPTURES);
  }

  /** What the way ahead may read. */
  #live({ location }: State): ReadonlySet<string> {
    const program = location?.program ?? this.#server.program;
    return this.#tools.live.after(program, 0, this.#server, location);
  }

  /**
   * The values that a text with variables can have. Where it `escapes`, captures are written as arguments, escaped if the
   * client escaped its path (ngx_http_script_copy_capture_code).
   */
  override evaluate(state: State, template: Template, escapes = false): ReadValue[] {
    return this.join(state, template, (from, value) =>
      escapes ? this.#escaped(from, value) : [{ state: from, value }],
    );
  }

  /** The same for a text that takes its variables as they were read last. */
  evaluateAsRead(state: State, template: Template): ReadValue[] {
    return this.evaluate(
      state,
      withLastReads(this.#tools.model, template, name => state.variables.has(name)),
    );
  }

  /** The state behind a script, which may have read any variable: what it saw is kept to tell whether that matters. */
  readByScript(state: State, reason: Reason): State {
    const unknown: Value = [this.#tools.symbols.unmodelled(reason)];
    const lost = [...this.#live(state)].filter(isLastRead);
    const behind = lost.reduce((known, name) => remember(known, name, unknown), state);
    return [...this.#scriptInputs(state)].reduce((known, [input, value]) => {
      const before = known.variables.get(seenByScript(input)) ?? value;
      return remember(known, seenByScript(input), isSame(known.knowledge, before, value) ? value : unknown);
    }, behind);
  }

  #scriptInputs(state: State): ReadonlyMap<ScriptInput, Value> {
    return new Map<ScriptInput, Value>([
      ['uri', state.uri],
      ['args', state.args],
      ['request_method', state.method],
      ['remote_addr', this.#addresses.current(state)],
    ]);
  }

  #mayBeReadByScript(state: State, name: string): boolean {
    if (!state.variables.has(seenByScript('uri'))) return false;
    const changed = new Set<ScriptInput>();
    for (const [input, value] of this.#scriptInputs(state)) {
      if (!isSame(state.knowledge, state.variables.get(seenByScript(input))!, value)) changed.add(input);
    }
    const { model } = this.#tools;
    return mayBeReadByScript(model, groupVariablesOf(model), name, changed);
  }

  override read(state: State, name: string): ReadValue[] {
    if (!state.variables.has(name) && this.#mayBeReadByScript(state, name)) {
      const reason = reasonAt('script', this.#server.node, `a script may have read $${name}`);
      const value: Value = [this.#tools.symbols.unmodelled(reason)];
      return [{ state: remember(state, name, value), value }];
    }
    const ways = super.read(state, name);
    const definition = this.#tools.model.variables.get(name);
    if (definition?.kind === 'script' && !state.variables.has(name)) {
      const reason = reasonAt('script', definition.node, `${definition.node.name} may read variables`);
      return ways.map(({ state: read, value }) => ({ state: this.readByScript(read, reason), value }));
    }
    if (state.variables.has(name) || !isComputedAnew(this.#tools.model, name)) return ways;
    const lastRead = lastReadOf(name);
    if (!this.#live(state).has(lastRead)) return ways;
    return ways.map(({ state: read, value }) => ({ state: remember(read, lastRead, value), value }));
  }

  /**
   * The states in which a request was sent to a back end: what is read for that stays for whatever comes behind, be it an error
   * page or who waits for the answer (row 5.20).
   */
  sent(state: State, source: ConfigNode): readonly State[] {
    const names = new Set(
      textsSent(state.scope, source).flatMap(text =>
        text.flatMap(piece => (piece.kind === 'variable' ? [piece.name] : [])),
      ),
    );
    const live = this.#live(state);
    const { model } = this.#tools;
    const stays = (name: string): boolean =>
      live.has(lastReadOf(name)) || (live.has(name) && (name === 'remote_addr' || model.variables.has(name)));
    const read = [...names].filter(name => [...inputsOf(model, name)].some(stays));
    return this.#bound.throughAll([state], read, (from, name) => this.read(from, name).map(way => way.state));
  }

  protected override readBuiltIn(state: State, name: string): ReadValue[] {
    if (name.startsWith('arg_') && name.length > 4) return this.#argument(state, name.slice(4));
    if (name === 'is_args') return this.#isArguments(state);
    if (name === 'remote_addr') return [this.#addresses.readCurrent(state)];
    if (name === 'server_protocol') return this.#protocol(state);
    if (name === 'fastcgi_script_name' || name === 'fastcgi_path_info') return this.#fastcgiSplit(state, name);
    if (name === 'proxy_protocol_addr') return this.#addresses.proxyLine().map(value => ({ state, value }));
    return [{ state, value: this.#builtIn(state, name) }];
  }

  /** A capture as it stands in arguments: as it is, or, where a byte needs escaping, with an escape in it. */
  #escaped(state: State, value: Value): ReadValue[] {
    const ways = [{ state, value }];
    const odd = state.knowledge.assume(value, [complement(PLAIN_IN_ARGUMENTS)]);
    if (odd !== undefined) {
      const escaped = this.#tools.symbols.loose('an escaped capture', ESCAPED_ARGUMENT, undefined);
      ways.push({ state: { ...state, knowledge: odd }, value: [escaped] });
    }
    return ways;
  }

  /** `$server_protocol`, of which the client has the choice; a request without a Host is no more than HTTP/1.0. */
  #protocol(state: State): ReadValue[] {
    const hostless = this.#entry.get('hostless');
    if (isNameless(state)) {
      const reason = reasonAt('variable', this.#server.node, '$server_protocol of a line that is not read to its end');
      return [{ state, value: [this.#tools.symbols.unmodelled(reason)] }];
    }
    const versions = ['HTTP/0.9', 'HTTP/1.0'];
    if (!hostless) versions.push('HTTP/1.1');
    if (!hostless && this.#entry.get('speaksHttp2')) versions.push('HTTP/2.0');
    const value: Value = [this.#tools.symbols.client('server_protocol')];
    const knowledge = state.knowledge.assume(value, [union(...versions.map(literal))]);
    return knowledge === undefined ? [] : [{ state: { ...state, knowledge }, value }];
  }

  /** The path as it is split for FastCGI: once until the next jump (ngx_http_fastcgi_split, row 4.90). */
  #fastcgiSplit(state: State, name: (typeof FASTCGI_VARIABLES)[number]): ReadValue[] {
    const { model, patterns, symbols } = this.#tools;
    const node = state.scope.setting('fastcgi_split_path_info');
    const pattern = splitPattern(state.scope);
    const unknown = (text: string): ReadValue[] => [
      { state, value: [symbols.unmodelled(reasonAt('variable', node ?? this.#server.node, text))] },
    ];
    if (FASTCGI_VARIABLES.some(variable => model.assigned.has(variable)))
      return unknown(`$${name} is assigned as well`);
    const found = pattern && patterns.language(pattern);
    if (found !== undefined && 'unsupported' in found) return unknown(`$${name}: ${found.unsupported}`);
    const ways: { from: State; script: Value; path: Value }[] = [];
    const matching = found && state.knowledge.assume(state.uri, [found.language]);
    const split =
      matching === undefined ? [] : this.withCaptures({ ...state, knowledge: matching }, state.uri, pattern!, true);
    for (const { captures, knowledge } of split) {
      ways.push({ from: { ...state, knowledge }, script: captures.get(1) ?? [], path: captures.get(2) ?? [] });
    }
    const whole =
      found === undefined ? state.knowledge : state.knowledge.assume(state.uri, [complement(found.language)]);
    if (whole !== undefined) ways.push({ from: { ...state, knowledge: whole }, script: state.uri, path: [] });
    return ways.flatMap(({ from, script, path }) =>
      this.#withIndex(from, script).map(({ state: read, value }) => ({
        state: remember(remember(read, 'fastcgi_script_name', value), 'fastcgi_path_info', path),
        value: name === 'fastcgi_script_name' ? value : path,
      })),
    );
  }

  /** The name of a script; that of a folder with the index behind it (ngx_http_fastcgi_script_name_variable). */
  #withIndex(state: State, script: Value): ReadValue[] {
    const index = state.scope.value('fastcgi_index', '');
    if (index === '') return [{ state, value: script }];
    const ways: ReadValue[] = [];
    const folder = state.knowledge.assume(script, [endsWith('/')]);
    if (folder !== undefined)
      ways.push({ state: { ...state, knowledge: folder }, value: normalise([...script, index]) });
    const other = state.knowledge.assume(script, [complement(endsWith('/'))]);
    if (other !== undefined) ways.push({ state: { ...state, knowledge: other }, value: script });
    return ways;
  }

  /** `$is_args`: a question mark where there are arguments. */
  #isArguments(state: State): ReadValue[] {
    const ways: ReadValue[] = [];
    const some = state.knowledge.assume(state.args, [NOT_EMPTY]);
    if (some !== undefined) ways.push({ state: { ...state, knowledge: some }, value: ['?'] });
    const none = state.knowledge.assume(state.args, [literal('')]);
    if (none !== undefined) ways.push({ state: { ...state, knowledge: none }, value: [] });
    return ways;
  }

  /**
   * `$arg_NAME`: the value of the first argument of that name, in the arguments as they are now (ngx_http_arg, rows 7.8
   * and 13.10). What the client's own arguments hold is a choice of its own.
   */
  #argument(state: State, name: string): ReadValue[] {
    const { symbols } = this.#tools;
    const whole = symbols.client('args');
    const own: Value = [symbols.client(`arg_${name}`)];
    const ways: ReadValue[] = [];
    let open: State[] = [state];
    const parts = partsOfArguments(uncut(state.knowledge, state.args));
    for (const [at, part] of parts.entries()) {
      const isLast = at === parts.length - 1;
      if (part.length === 1 && part[0] === whole) {
        open = open.flatMap(from => {
          if (isLast) {
            ways.push({ state: from, value: own });
            return [];
          }
          const given = from.knowledge.assume(own, [NOT_EMPTY]);
          if (given !== undefined) ways.push({ state: { ...from, knowledge: given }, value: own });
          const missing = from.knowledge.assume(own, [literal('')]);
          return missing === undefined ? [] : [{ ...from, knowledge: missing }];
        });
        continue;
      }
      open = open.flatMap(from => this.#argumentInPart(from, part, name, ways));
    }
    for (const from of open) ways.push({ state: from, value: [] });
    return ways;
  }

  /** Looks for an argument in one part between two `&`; returns the states in which it is not there. */
  #argumentInPart(state: State, written: Value, name: string, ways: ReadValue[]): State[] {
    const [only] = written;
    if (written.length === 1 && typeof only === 'object') {
      const cut = cutOf(state.knowledge, only);
      if (cut === undefined) return this.#argumentOfSymbol(state, only, name, ways);
      return this.#argumentOfCut(state, cut, name, ways);
    }
    const part = state.knowledge.resolve(written);
    const text = typeof part[0] === 'string' ? part[0] : '';
    const key = `${name}=`;
    const held = symbolsOf(part);
    // Text that a variable brings in may hold several arguments.
    const together = held.length === 0 ? state.knowledge : state.knowledge.assume(part, [complement(holding('&'))]);
    const missed: State[] = [];
    if (together !== undefined) {
      const whole: State = { ...state, knowledge: together };
      if (text.includes('=') || held.length === 0) {
        if (text.toLowerCase().startsWith(key)) {
          ways.push({ state: whole, value: normalise([text.slice(key.length), ...part.slice(1)]) });
        } else missed.push(whole);
      } else {
        missed.push(...this.#argumentTold(whole, part, name, ways));
      }
    }
    const several = held.length === 0 ? undefined : state.knowledge.assume(part, [holding('&')]);
    if (several !== undefined) missed.push(...this.#argumentTold({ ...state, knowledge: several }, part, name, ways));
    return missed;
  }

  /** The same where a part is not cut, but said to be the text of an argument with all that stands around it. */
  #argumentTold(state: State, part: Value, name: string, ways: ReadValue[]): State[] {
    const cut = this.#cut(part, name);
    const given = state.knowledge.equate(part, cut);
    if (given !== undefined) ways.push({ state: { ...state, knowledge: given }, value: [cut[2]] });
    const missing = state.knowledge.assume(part, [withoutArgument(name)]);
    return missing === undefined ? [] : [{ ...state, knowledge: missing }];
  }

  /** Parts for arguments with one of a name. */
  #cut(whole: Value, name: string): Cut {
    const { symbols } = this.#tools;
    return [
      symbols.part('arguments in front', argumentsInFront(name), whole),
      symbols.part(nameOf(name), literalCaseless(`${name}=`), whole),
      symbols.part(`${CUT}${name}`, complement(holding('&')), whole),
      symbols.part('arguments behind', optional(concat(literal('&'), everything)), whole),
    ];
  }

  /** The same where an argument was cut out already: this one, or another one, in front of which or behind which it may stand. */
  #argumentOfCut(state: State, [front, key, value, behind]: Cut, name: string, ways: ReadValue[]): State[] {
    if (key.name === nameOf(name)) {
      ways.push({ state, value: [value] });
      return [];
    }
    return [front, behind].reduce(
      (open: State[], piece) =>
        open.flatMap(from =>
          partsOfArguments(uncut(from.knowledge, [piece])).reduce(
            (missed: State[], part) => missed.flatMap(each => this.#argumentInPart(each, part, name, ways)),
            [from],
          ),
        ),
      [state],
    );
  }

  /**
   * The same for a part that is one symbol: cut where its first argument of the name begins and ends. What was cut out of
   * another one in this way is not cut itself, as each jump could cut it once more.
   */
  #argumentOfSymbol(state: State, whole: Sym, name: string, ways: ReadValue[]): State[] {
    const { symbols } = this.#tools;
    if (whole === symbols.anyArguments) {
      ways.push({ state, value: [symbols.anyArgument(name)] });
      return [];
    }
    if (whole.name.includes(CUT)) return this.#argumentOfArgument(state, whole, name, ways);
    const cut = this.#cut([whole], name);
    const given = state.knowledge.bind(whole, cut);
    if (given !== undefined) ways.push({ state: { ...state, knowledge: given }, value: [cut[2]] });
    const missing = state.knowledge.assume([whole], [withoutArgument(name)]);
    return missing === undefined ? [] : [{ ...state, knowledge: missing }];
  }

  /** The same for an argument that was cut out of another one: of its value no more than the language is known. */
  #argumentOfArgument(state: State, whole: Sym, name: string, ways: ReadValue[]): State[] {
    const { symbols, followsArguments } = this.#tools;
    if (followsArguments) return this.#argumentTold(state, [whole], name, ways);
    const given = state.knowledge.assume([whole], [complement(withoutArgument(name))]);
    const value = symbols.loose(`${CUT}${name}`, complement(holding('&')), undefined, [whole]);
    if (given !== undefined) ways.push({ state: { ...state, knowledge: given }, value: [value] });
    const missing = state.knowledge.assume([whole], [withoutArgument(name)]);
    return missing === undefined ? [] : [{ ...state, knowledge: missing }];
  }

  #builtIn(state: State, name: string): Value {
    const { symbols } = this.#tools;
    const { server } = this.#entry;
    if (isLineUnread(state) && isHeaderValue(name)) return [];
    switch (name) {
      case 'ssl_client_verify':
        return verifyValue(this.#entry.get('verify'), server, symbols);
      case 'uri':
      case 'document_uri':
        return state.uri;
      case 'args':
      case 'query_string':
        return state.args;
      case 'request_method':
        return state.method;
      case 'request_uri':
        return isLineUnread(state) ? [] : [symbols.client('request_uri')];
      case 'host':
        // Without a Host header it is the first name of the server.
        return this.#entry.get('hostless') || isNameless(state)
          ? textValue(firstName(server))
          : [symbols.client('host')];
      case 'http_host':
        // nginx keeps the line that it refuses (row 12.6b).
        if (state.provokes?.code === 400 && state.provokes.fault === 'host') return [symbols.client('refused_host')];
        return this.#entry.get('hostless') || isNameless(state) ? [] : [symbols.client('http_host')];
      case 'remote_user':
        return [symbols.client('remote_user')];
      case 'scheme':
        // A plain request to a TLS port is plain.
        return [this.#entry.get('isPlain') ? 'http' : 'https'];
      case 'https':
        return this.#entry.get('isPlain') ? [] : ['on'];
      case 'server_port':
        return [String(this.#entry.get('port'))];
      case 'realip_remote_addr':
        return [this.#addresses.peer];
      case 'ssl_server_name':
        return this.#sniName();
      case 'server_name':
        return textValue(firstName(server));
      case 'content_type':
        return [symbols.client('http_content_type')];
      case 'content_length':
        return [symbols.client('http_content_length')];
      case 'http2':
        if (this.#entry.get('wantsHttp2')) return ['h2c'];
        if (!this.#entry.get('speaksHttp2')) return [];
        break;
      case 'empty':
        return [];
    }
    if (name.startsWith('ssl_') && this.#entry.get('isPlain')) return [];
    if (name.startsWith('ssl_client_')) {
      if (!this.#entry.get('hasCertificate')) return [];
      const asked = askedAs(name, this.#entry.get('isSelfSigned'));
      if (asked !== undefined) return [symbols.client(asked)];
      const reason = reasonAt(
        'certificate',
        server.node,
        `$${name} of a certificate that the ${this.#entry.get('clientClass')} client has`,
      );
      return [symbols.unmodelled(reason)];
    }
    // A header whose name nginx does not read cannot be sent (row 4.13c).
    if (/^http_./.test(name)) return /^http_[a-z0-9_]+$/.test(name) ? [symbols.client(name)] : [];
    if (/^cookie_./.test(name)) return [symbols.client(name)];
    if (this.#tools.model.assigned.has(name)) return [];
    return [symbols.unmodelled(reasonAt('variable', server.node, `$${name} is not modelled`))];
  }

  /** The text that is sent as SNI. */
  #sniName(): Value {
    const { symbols, noteServerName } = this.#tools;
    const sni = this.#entry.get('sni');
    if (sni === 'plain') return [];
    noteServerName();
    if (sni === 'none') return [];
    if (sni === 'host') return [symbols.client('host')];
    return sni === 'any' ? [symbols.client('ssl_server_name')] : textValue(sni.slice(1));
  }
}

function isSame(knowledge: Knowledge, one: Value, other: Value): boolean {
  const [left, right] = [knowledge.resolve(one), knowledge.resolve(other)];
  return left.length === right.length && left.every((part, at) => part === right[at]);
}

/** What the name of a text that is cut out of arguments begins with. */
const CUT = 'the argument ';

/** Arguments cut at each `&` that the configuration writes. */
/** Arguments in which one of a name was found: what stands in front of it, the name, the value, and what stands behind. */
type Cut = readonly [front: Sym, key: Sym, value: Sym, behind: Sym];

const KEY = 'the name ';

/** Arguments none of which has the name. */
function withoutArgument(name: string): Language {
  return concat(argumentsInFront(name), otherArgument(name));
}

/** The same, each with the `&` behind it. */
function argumentsInFront(name: string): Language {
  return star(concat(otherArgument(name), literal('&')));
}

function otherArgument(name: string): Language {
  return intersect(complement(holding('&')), complement(concat(literalCaseless(`${name}=`), everything)));
}

function nameOf(argument: string): string {
  return KEY + argument;
}

function cutOf(knowledge: Knowledge, symbol: Sym): Cut | undefined {
  const bound = knowledge.partsOf(symbol);
  const key = bound?.[1];
  return typeof key === 'object' && key.name.startsWith(KEY) ? (bound as Value & Cut) : undefined;
}

/** The value with every symbol replaced that is known by parts, but those of which an argument was cut out. */
function uncut(knowledge: Knowledge, value: Value): Value {
  return normalise(
    value.flatMap((part): Value => {
      if (typeof part === 'string' || cutOf(knowledge, part) !== undefined) return [part];
      const bound = knowledge.partsOf(part);
      return bound === undefined ? [part] : uncut(knowledge, bound);
    }),
  );
}

function partsOfArguments(args: Value): Value[] {
  const parts: (string | Sym)[][] = [[]];
  for (const piece of args) {
    if (typeof piece !== 'string') {
      parts.at(-1)!.push(piece);
      continue;
    }
    for (const [at, text] of piece.split('&').entries()) {
      if (at > 0) parts.push([]);
      if (text !== '') parts.at(-1)!.push(text);
    }
  }
  return parts;
}

/** `$server_name`: the first name as it is written, without a dot in front. */
function firstName(server: VirtualServer): string {
  return (server.scope.own('server_name')[0]?.args[0] ?? '').replace(/^\./, '');
}

/** True for variables that are filled by headers alone. */
function isHeaderValue(name: string): boolean {
  return /^(http|cookie)_./.test(name) || ['remote_user', 'content_type', 'content_length'].includes(name);
}
