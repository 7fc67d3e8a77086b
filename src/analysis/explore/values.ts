import type { HttpModel, Pattern, Template, VariableDefinition, VirtualServer } from '../../model/model.js';
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
import type { ShapePiece } from '../../pcre/pattern-language.js';
import { groupVariablesOf } from '../evaluate/group-variables.js';
import { type Entry, sniName } from '../handshake.js';
import { ESCAPED_ARGUMENT, endsWith, holding, NOT_EMPTY, PLAIN_IN_ARGUMENTS } from '../input-languages.js';
import { CAPTURES } from '../live-variables.js';
import { shareOf, sharesOf } from '../split-clients.js';
import { fixedText, normalise, type Sym, symbolsOf, type Value } from '../value.js';
import type { Addresses } from './addresses.js';
import { doubt, type Exploration, reasonAt, remember, type State, type Tools, textValue } from './state.js';

/** The values that texts, variables and captures can have on a way. */
export class Values {
  readonly #tools: Tools;
  readonly #entry: Entry;
  readonly #server: VirtualServer;
  readonly #addresses: Addresses;

  constructor(exploration: Exploration, addresses: Addresses) {
    this.#tools = exploration.tools;
    this.#entry = exploration.entry;
    this.#server = exploration.entry.server;
    this.#addresses = addresses;
  }

  /**
   * Gives the captures of a match that is known to hold; undefined where no request is left. Where nothing ahead reads
   * captures they are left out.
   */
  withCaptures(state: State, value: Value, pattern: Pattern, isRead = false): State | undefined {
    const { patterns, symbols } = this.#tools;
    const names = patterns.names(pattern);
    if (patterns.groups(pattern) === 0 || (names.size === 0 && !isRead && !this.#readsCaptures(state))) {
      return state.captures.size === 0 ? state : { ...state, captures: new Map() };
    }
    const resolved = state.knowledge.resolve(value);
    const text = fixedText(resolved);
    const captures = new Map<number, Value>();
    const variables = new Map(state.variables);
    if (text !== undefined) {
      const groups = patterns.match(pattern, text);
      groups?.forEach((group, index) => {
        if (index > 0) captures.set(index, textValue(group ?? ''));
      });
      for (const [name, index] of names) variables.set(name, captures.get(index) ?? []);
      return { ...state, captures, variables };
    }
    let knowledge = state.knowledge;
    const laid = layOut(patterns.shape(pattern) ?? [], resolved);
    for (const [index, group] of laid.captures) captures.set(index, group);
    const { whole } = laid;
    // What an address can be is kept for the whole of it.
    if (whole !== undefined && whole.origin !== 'address') {
      const parts: (string | Sym)[] = [];
      for (const element of laid.rest) {
        if (element.kind === 'literal') {
          parts.push(element.text);
          continue;
        }
        const part = symbols.part(`${whole.name} part`, element.language);
        parts.push(part);
        if (element.kind === 'capture') captures.set(element.index, [part]);
      }
      const bound = knowledge.bind(whole, normalise(parts));
      if (bound === undefined) return undefined;
      knowledge = bound;
    }
    for (let index = 1; index <= patterns.groups(pattern); index++) {
      if (captures.has(index)) continue;
      const loose = symbols.loose(`$${index} of ${pattern.source}`, patterns.groupLanguage(pattern, index), undefined);
      captures.set(index, [loose]);
    }
    for (const [name, index] of names) variables.set(name, captures.get(index) ?? []);
    return { ...state, knowledge, captures, variables };
  }

  /** True where the way ahead may read `$1` …: they last until the next match, over jumps too. */
  #readsCaptures({ location }: State): boolean {
    const program = location?.program ?? this.#server.program;
    return this.#tools.live.after(program, 0, this.#server, location).has(CAPTURES);
  }

  /**
   * The values that a text with variables can have. Where it `escapes`, captures are written as arguments, escaped if the
   * client escaped its path (ngx_http_script_copy_capture_code).
   */
  evaluate(state: State, template: Template, escapes = false): { state: State; value: Value }[] {
    let ways: { state: State; value: Value }[] = [{ state, value: [] }];
    for (const piece of template) {
      if (piece.kind === 'text') {
        ways = ways.map(way => ({ ...way, value: normalise([...way.value, piece.text]) }));
        continue;
      }
      const read = (from: State): { state: State; value: Value }[] => {
        if (piece.kind === 'variable') return this.read(from, piece.name);
        const value = from.captures.get(piece.index) ?? [];
        return escapes ? this.#escaped(from, value) : [{ state: from, value }];
      };
      ways = ways.flatMap(way =>
        read(way.state).map(next => ({ state: next.state, value: normalise([...way.value, ...next.value]) })),
      );
    }
    return ways.map(way => ({ ...way, value: way.state.knowledge.resolve(way.value) }));
  }

  /** A capture as it stands in arguments: as it is, or, where a byte needs escaping, with an escape in it. */
  #escaped(state: State, value: Value): { state: State; value: Value }[] {
    const ways = [{ state, value }];
    const odd = state.knowledge.assume(value, [complement(PLAIN_IN_ARGUMENTS)]);
    if (odd !== undefined) {
      const escaped = this.#tools.symbols.loose('an escaped capture', ESCAPED_ARGUMENT, undefined);
      ways.push({ state: { ...state, knowledge: odd }, value: [escaped] });
    }
    return ways;
  }

  /** The values that a variable can have (ngx_http_get_variable_index and the getters). */
  read(state: State, name: string): { state: State; value: Value }[] {
    const known = state.variables.get(name);
    if (known !== undefined) return [{ state, value: known }];
    const definition = this.#tools.model.variables.get(name);
    // A named group makes a variable of its own, empty until its pattern matches (row 5.19l).
    if (groupVariablesOf(this.#tools.model).has(name)) {
      if (definition === undefined) return [{ state, value: [] }];
      const reason = reasonAt('variable', definition.node, `$${name} is defined twice`);
      return [{ state, value: [this.#tools.symbols.unmodelled(reason)] }];
    }
    if (definition === undefined) {
      if (name.startsWith('arg_') && name.length > 4) return this.#argument(state, name.slice(4));
      if (name === 'is_args') return this.#isArguments(state);
      if (name === 'remote_addr') return [this.#addresses.readCurrent(state)];
      if (name === 'proxy_protocol_addr') return this.#addresses.proxyLine().map(value => ({ state, value }));
      return [{ state, value: this.#builtIn(state, name) }];
    }
    if (definition.kind === 'map') return this.#readMap(state, definition);
    if (definition.kind === 'geo') {
      // Without a variable of its own it asks for the address itself, whatever `$remote_addr` still says.
      const isOwn = definition.node.args.length === 1;
      const sources = isOwn ? [{ state, value: this.#addresses.current(state) }] : this.read(state, definition.source);
      return sources.flatMap(source => this.#addresses.readGeo(source.state, definition, source.value));
    }
    if (definition.kind === 'split') return this.#readSplit(state, definition);
    const reason = reasonAt('script', definition.node, `$${name} is computed by ${definition.node.name}`);
    const value: Value = [this.#tools.symbols.unmodelled(reason)];
    return [{ state: remember(state, name, value), value }];
  }

  /** `$is_args`: a question mark where there are arguments. */
  #isArguments(state: State): { state: State; value: Value }[] {
    const ways: { state: State; value: Value }[] = [];
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
  #argument(state: State, name: string): { state: State; value: Value }[] {
    const { symbols } = this.#tools;
    const whole = symbols.client('args');
    const own: Value = [symbols.client(`arg_${name}`)];
    const ways: { state: State; value: Value }[] = [];
    let open: State[] = [state];
    const parts = partsOfArguments(state.knowledge.resolve(state.args));
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
  #argumentInPart(state: State, part: Value, name: string, ways: { state: State; value: Value }[]): State[] {
    const { symbols } = this.#tools;
    const [only] = part;
    if (part.length === 1 && typeof only === 'object') return this.#argumentOfSymbol(state, only, name, ways);
    const text = typeof only === 'string' ? only : '';
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
        const other = together.assume(part, [complement(concat(literalCaseless(key), everything))]);
        if (other !== undefined) missed.push({ ...whole, knowledge: other });
        const same = together.assume(part, [concat(literalCaseless(key), everything)]);
        if (same !== undefined) {
          const value = symbols.loose(`${CUT}${name}`, complement(holding('&')), undefined);
          ways.push({ state: { ...whole, knowledge: same }, value: [value] });
        }
      }
    }
    const several = held.length === 0 ? undefined : state.knowledge.assume(part, [holding('&')]);
    if (several !== undefined) {
      const value = symbols.loose(`${CUT}${name}`, complement(holding('&')), undefined);
      ways.push({ state: { ...state, knowledge: several }, value: [value] });
      missed.push({ ...state, knowledge: several });
    }
    return missed;
  }

  /**
   * The same for a part that is one symbol: cut where its first argument of the name begins and ends. An argument that was cut
   * out of another one in this way is known by its language alone, as each jump could cut it once more.
   */
  #argumentOfSymbol(state: State, whole: Sym, name: string, ways: { state: State; value: Value }[]): State[] {
    const { symbols } = this.#tools;
    const key = literalCaseless(`${name}=`);
    const one = complement(holding('&'));
    const other = intersect(one, complement(concat(key, everything)));
    const others = star(concat(other, literal('&')));
    const missing = state.knowledge.assume([whole], [concat(others, other)]);
    const missed = missing === undefined ? [] : [{ ...state, knowledge: missing }];
    if (whole.name.includes(CUT)) {
      const sent = state.knowledge.assume([whole], [concat(others, key, everything)]);
      if (sent !== undefined) {
        ways.push({ state: { ...state, knowledge: sent }, value: [symbols.loose(`${CUT}${name}`, one, undefined)] });
      }
      return missed;
    }
    const value = symbols.part(`${CUT}${name}`, one);
    const cut = [
      symbols.part('arguments in front', others),
      symbols.part(`the name ${name}`, key),
      value,
      symbols.part('arguments behind', optional(concat(literal('&'), everything))),
    ];
    const given = state.knowledge.bind(whole, cut);
    if (given !== undefined) ways.push({ state: { ...state, knowledge: given }, value: [value] });
    return missed;
  }

  /** split_clients: whoever controls the source picks the share, by a text whose hash lies in it (row 5.60). */
  #readSplit(state: State, split: Extract<VariableDefinition, { kind: 'split' }>): { state: State; value: Value }[] {
    const results: { state: State; value: Value }[] = [];
    const cache = (read: State, text: string): { state: State; value: Value } => ({
      state: remember(read, split.name, textValue(text)),
      value: textValue(text),
    });
    for (const { state: source, value } of this.evaluate(state, split.source)) {
      const fixed = fixedText(value);
      if (fixed !== undefined) {
        results.push(cache(source, shareOf(split, fixed)));
        continue;
      }
      const isChosen = symbolsOf(value).every(({ origin }) => origin === 'client' || origin === 'part');
      const reason = reasonAt('split_clients', split.node, `$${split.name} depends on a hash`);
      for (const share of sharesOf(split)) {
        const test = { key: `$${split.name} ${share}`, accepts: (text: string) => shareOf(split, text) === share };
        const knowledge = source.knowledge.require(value, test);
        if (knowledge === undefined) continue;
        const drawn: State = { ...source, knowledge };
        results.push(cache(isChosen ? drawn : doubt(drawn, reason), share));
      }
    }
    return results;
  }

  /** ngx_http_map_find: literal keys without regard to case, wildcards, regexes on a non-empty value, default. */
  #readMap(
    state: State,
    map: Extract<NonNullable<ReturnType<HttpModel['variables']['get']>>, { kind: 'map' }>,
  ): { state: State; value: Value }[] {
    const results: { state: State; value: Value }[] = [];
    const cache = (read: State, value: Value): State => (map.isVolatile ? read : remember(read, map.name, value));
    for (const { state: source, value } of this.evaluate(state, map.source)) {
      const resolved = source.knowledge.resolve(value);
      const opaque = symbolsOf(resolved).find(symbol => symbol.origin === 'unmodelled');
      if (map.incomplete || opaque !== undefined) {
        const reason = map.incomplete
          ? reasonAt('missing-file', map.node, `the entries of $${map.name} are not all known`)
          : opaque!.reason!;
        const unknown: Value = [this.#tools.symbols.unmodelled(reason)];
        results.push({ state: cache(source, unknown), value: unknown });
        continue;
      }
      // With `hostnames` a final dot is dropped before anything is looked up.
      const dotted = (language: Language): Language =>
        map.hostnames
          ? union(intersect(language, complement(endsWith('.'))), concat(language, literal('.')))
          : language;
      const earlier: Language[] = [];
      const add = (language: Language, template: Template, pattern: Pattern | undefined): void => {
        let read = this.#addresses.assume(source, resolved, [language, ...earlier], map.node);
        if (read === undefined) return;
        if (pattern !== undefined) read = this.withCaptures(read, resolved, pattern, holdsCapture(template));
        if (read === undefined) return;
        for (const entry of this.evaluate(read, template)) {
          results.push({ state: cache(entry.state, entry.value), value: entry.value });
        }
      };
      // Keys with one result are one alternative.
      const byResult = new Map<string, { template: Template; keys: Language[] }>();
      for (const [key, entry] of map.literals) {
        const result = JSON.stringify(entry.value);
        const group = byResult.get(result);
        const language = dotted(literalCaseless(key));
        if (group === undefined) byResult.set(result, { template: entry.value, keys: [language] });
        else group.keys.push(language);
      }
      const groups = [...byResult.values()].map(({ template, keys }) => ({ template, language: union(...keys) }));
      for (const { template, language } of groups) add(language, template, undefined);
      for (const { language } of groups) earlier.push(complement(language));
      for (const kind of ['leading', 'trailing'] as const) {
        const wildcards = map.wildcards.filter(wildcard => wildcard.kind === kind);
        wildcards.sort((one, other) => other.text.length - one.text.length);
        for (const wildcard of wildcards) {
          const name = literalCaseless(wildcard.text);
          const language = dotted(kind === 'leading' ? concat(everything, name) : concat(name, NOT_EMPTY));
          add(language, wildcard.value, undefined);
          earlier.push(complement(language));
        }
      }
      for (const regex of map.regexes) {
        const found = this.#tools.patterns.language(regex.pattern);
        if ('unsupported' in found) {
          const reason = reasonAt(
            'pattern',
            regex.node,
            `the pattern ${regex.pattern.source} is not analysed: ${found.unsupported}`,
          );
          const unknown: Value = [this.#tools.symbols.unmodelled(reason)];
          results.push({ state: cache(source, unknown), value: unknown });
          continue;
        }
        // A regex is not tried on an empty value (row 5.6).
        const language = dotted(intersect(found.language, NOT_EMPTY));
        add(language, regex.value, regex.pattern);
        earlier.push(complement(language));
      }
      add(complement(union()), map.default?.value ?? [], undefined);
    }
    return results;
  }

  #builtIn(state: State, name: string): Value {
    const { symbols } = this.#tools;
    const { socket, server, verify, issuer, clientClass } = this.#entry;
    switch (name) {
      case 'ssl_client_verify':
        return verify === FAILED
          ? [FAILED, symbols.unmodelled(reasonAt('certificate', server.node, 'why OpenSSL refuses the certificate'))]
          : textValue(verify);
      case 'uri':
      case 'document_uri':
        return state.uri;
      case 'args':
      case 'query_string':
        return state.args;
      case 'request_method':
        return state.method;
      case 'request_uri':
        return [symbols.client('request_uri')];
      case 'host':
        // Without a Host header it is the first name of the server.
        return this.#entry.hostless ? textValue(firstName(server)) : [symbols.client('host')];
      case 'http_host':
        return this.#entry.hostless ? [] : [symbols.client('http_host')];
      case 'remote_user':
        return [symbols.client('remote_user')];
      case 'scheme':
        // A plain request to a TLS port is plain.
        return [this.#entry.tls === 'plain' ? 'http' : 'https'];
      case 'https':
        return this.#entry.tls === 'plain' ? [] : ['on'];
      case 'server_port':
        return [String(socket.port)];
      case 'realip_remote_addr':
        return [this.#addresses.peer];
      case 'ssl_server_name':
        if (this.#entry.tls === 'host') return [symbols.client('host')];
        if (this.#entry.tls === 'plain' || this.#entry.tls === 'none') return [];
        return textValue(sniName(this.#entry.tls) ?? '');
      case 'server_name':
        return textValue(firstName(server));
      case 'empty':
        return [];
    }
    if (name.startsWith('ssl_client_')) {
      if (issuer === undefined) return [];
      if (name === 'ssl_client_s_dn') return [symbols.client('ssl_client_s_dn')];
      const reason = reasonAt(
        'certificate',
        server.node,
        `$${name} of a certificate that the ${clientClass} client has`,
      );
      return [symbols.unmodelled(reason)];
    }
    // A header whose name nginx does not read cannot be sent (row 4.13c).
    if (/^http_./.test(name)) return /^http_[a-z0-9_]+$/.test(name) ? [symbols.client(name)] : [];
    if (/^cookie_./.test(name)) return [symbols.client(name)];
    if (this.#tools.model.assigned.has(name)) return [];
    return [symbols.unmodelled(reasonAt('variable', server.node, `$${name} is not modelled`))];
  }
}

/** What `$ssl_client_verify` begins with for a certificate that is not accepted. */
const FAILED = 'FAILED:';

/** What the name of a text that is cut out of arguments begins with. */
const CUT = 'the argument ';

/** A pattern laid along a value. */
interface Layout {
  /** Groups that the value itself says. */
  readonly captures: ReadonlyMap<number, Value>;
  /** The symbol that the rest of the pattern describes; undefined where the pattern has no rest. */
  readonly whole: Sym | undefined;
  readonly rest: readonly ShapePiece[];
}

/** Lays a pattern along a value as far as each piece of the one plainly stands for a piece of the other. */
function layOut(shape: readonly ShapePiece[], value: Value): Layout {
  const captures = new Map<number, Value>();
  const end: Layout = { captures, whole: undefined, rest: [] };
  let pieces = [...shape];
  let rest = value;
  while (pieces.length > 0) {
    const [piece, ...behind] = pieces as [ShapePiece, ...ShapePiece[]];
    const [first] = rest;
    // The last piece is all that is left, whatever that is.
    if (behind.length === 0 && piece.kind === 'capture' && (rest.length !== 1 || typeof first === 'string')) {
      captures.set(piece.index, rest);
      return end;
    }
    if (typeof first === 'object') return rest.length === 1 ? { captures, whole: first, rest: pieces } : end;
    if (first === undefined) {
      // Nothing is left for the pieces that remain.
      for (const one of pieces) if (one.kind === 'capture') captures.set(one.index, []);
      return end;
    }
    if (piece.kind === 'literal') {
      const length = Math.min(piece.text.length, first.length);
      const more = piece.text.slice(length);
      pieces = more === '' ? behind : [{ kind: 'literal', text: more }, ...behind];
      rest = normalise([first.slice(length), ...rest.slice(1)]);
    } else if (piece.language.kind === 'bytes') {
      if (piece.kind === 'capture') captures.set(piece.index, [first.slice(0, 1)]);
      pieces = behind;
      rest = normalise([first.slice(1), ...rest.slice(1)]);
    } else return end;
  }
  return end;
}

/** True where a text reads `$1` … */
function holdsCapture(template: Template): boolean {
  return template.some(piece => piece.kind === 'capture');
}

/** Arguments cut at each `&` that the configuration writes. */
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
