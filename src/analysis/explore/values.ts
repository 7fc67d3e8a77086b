import type { HttpModel, Location, Pattern, Program, Template, VirtualServer } from '../../model/model.js';
import { complement, intersect, type Language, literalCaseless, union } from '../../pcre/language.js';
import { type Entry, sniName } from '../handshake.js';
import { endsWith, NOT_EMPTY, startsWith } from '../input-languages.js';
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

  /** Gives the captures of a match that is known to hold their values; undefined where no request is left. */
  withCaptures(state: State, value: Value, pattern: Pattern, wanted: boolean): State | undefined {
    if (!wanted || this.#tools.patterns.groups(pattern) === 0) return { ...state, captures: new Map() };
    const resolved = state.knowledge.resolve(value);
    const text = fixedText(resolved);
    const captures = new Map<number, Value>();
    const variables = new Map(state.variables);
    if (text !== undefined) {
      const groups = this.#tools.patterns.match(pattern, text);
      groups?.forEach((group, index) => {
        if (index > 0) captures.set(index, group === undefined || group === '' ? [] : [group]);
      });
      for (const [name, index] of this.#tools.patterns.names(pattern)) variables.set(name, captures.get(index) ?? []);
      return { ...state, captures, variables };
    }
    let knowledge = state.knowledge;
    const shape = this.#tools.patterns.shape(pattern);
    const [only] = resolved;
    // What an address can be is kept for the whole of it.
    const isWhole = resolved.length === 1 && typeof only === 'object' && only.origin !== 'address';
    const whole = isWhole ? only : undefined;
    if (shape !== undefined && whole !== undefined) {
      const parts: (string | Sym)[] = [];
      for (const element of shape) {
        if (element.kind === 'literal') {
          parts.push(element.text);
          continue;
        }
        const part = this.#tools.symbols.part(`${whole.name} part`, element.language);
        parts.push(part);
        if (element.kind === 'capture') captures.set(element.index, [part]);
      }
      const bound = knowledge.bind(whole, normalise(parts));
      if (bound === undefined) return undefined;
      knowledge = bound;
    }
    const names = this.#tools.patterns.names(pattern);
    for (let index = 1; index <= this.#tools.patterns.groups(pattern); index++) {
      if (!captures.has(index)) {
        const loose = this.#tools.symbols.loose(`$${index} of ${pattern.source}`, complement(union()), undefined);
        captures.set(index, [loose]);
      }
    }
    for (const [name, index] of names) variables.set(name, captures.get(index) ?? []);
    return { ...state, knowledge, captures, variables };
  }

  /** True where the way ahead may read what a pattern captures. */
  wantsCaptures(location: Location | undefined, pattern: Pattern): boolean {
    return readsCaptures(location?.program ?? this.#server.program) || this.#namesGroups(pattern);
  }

  #namesGroups(pattern: Pattern): boolean {
    return this.#tools.patterns.names(pattern).size > 0;
  }

  /** The values that a text with variables can have. */
  evaluate(state: State, template: Template): { state: State; value: Value }[] {
    let ways: { state: State; value: Value }[] = [{ state, value: [] }];
    for (const piece of template) {
      if (piece.kind === 'text') {
        ways = ways.map(way => ({ ...way, value: normalise([...way.value, piece.text]) }));
      } else if (piece.kind === 'capture') {
        ways = ways.map(way => ({
          ...way,
          value: normalise([...way.value, ...(way.state.captures.get(piece.index) ?? [])]),
        }));
      } else {
        ways = ways.flatMap(way =>
          this.read(way.state, piece.name).map(({ state: read, value }) => ({
            state: read,
            value: normalise([...way.value, ...value]),
          })),
        );
      }
    }
    return ways.map(way => ({ ...way, value: way.state.knowledge.resolve(way.value) }));
  }

  /** The values that a variable can have (ngx_http_get_variable_index and the getters). */
  read(state: State, name: string): { state: State; value: Value }[] {
    const known = state.variables.get(name);
    if (known !== undefined) return [{ state, value: known }];
    const definition = this.#tools.model.variables.get(name);
    if (definition === undefined) {
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
    if (definition.kind === 'split') {
      const reason = reasonAt('split_clients', definition.node, `$${name} depends on a hash`);
      return definition.values.map(({ value }) => ({
        state: doubt(remember(state, name, textValue(value)), reason),
        value: textValue(value),
      }));
    }
    const reason = reasonAt('script', definition.node, `$${name} is computed by ${definition.node.name}`);
    const value: Value = [this.#tools.symbols.unmodelled(reason)];
    return [{ state: remember(state, name, value), value }];
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
      const earlier: Language[] = [];
      const add = (language: Language, template: Template, pattern: Pattern | undefined): void => {
        let read = this.#addresses.assume(source, resolved, [language, ...earlier], map.node);
        if (read === undefined) return;
        if (pattern !== undefined)
          read = this.withCaptures(read, resolved, pattern, holdsCapture(template) || this.#namesGroups(pattern));
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
        const language = literalCaseless(key);
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
          const language = kind === 'leading' ? endsWith(wildcard.text) : startsWith(wildcard.text);
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
        const language = intersect(found.language, NOT_EMPTY);
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
        return textValue(verify);
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
      case 'http_host':
        if (this.#entry.hostless) return [];
        return [symbols.client('host')];
      case 'scheme':
        return [socket.ssl ? 'https' : 'http'];
      case 'https':
        return socket.ssl ? ['on'] : [];
      case 'server_port':
        return [String(socket.port)];
      case 'realip_remote_addr':
        return [this.#addresses.peer];
      case 'ssl_server_name':
        if (this.#entry.tls === 'host') return [symbols.client('host')];
        if (this.#entry.tls === 'plain' || this.#entry.tls === 'none') return [];
        return textValue(sniName(this.#entry.tls) ?? '');
      case 'server_name':
        return textValue(server.names[0]?.kind === 'exact' ? server.names[0].text : '');
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
    if (/^(arg|cookie|http)_./.test(name)) return [symbols.client(name)];
    if (this.#tools.model.assigned.has(name)) return [];
    return [symbols.unmodelled(reasonAt('variable', server.node, `$${name} is not modelled`))];
  }
}

/** True where a text reads `$1` … */
export function holdsCapture(template: Template): boolean {
  return template.some(piece => piece.kind === 'capture');
}

/** True where a program reads `$1` … somewhere. */
function readsCaptures(program: Program): boolean {
  return program.some(step => {
    switch (step.kind) {
      case 'set':
        return holdsCapture(step.value);
      case 'rewrite':
        return holdsCapture(step.replacement);
      case 'return':
        return step.text !== undefined && holdsCapture(step.text);
      case 'if':
        return (step.condition.kind === 'equal' && holdsCapture(step.condition.value)) || readsCaptures(step.body);
      default:
        return false;
    }
  });
}
