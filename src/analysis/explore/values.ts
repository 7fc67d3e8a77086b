import type { HttpModel, Location, Pattern, Template, VirtualServer } from '../../model/model.js';
import { complement, intersect, type Language, literalCaseless, union } from '../../pcre/language.js';
import { type Entry, sniName } from '../handshake.js';
import { endsWith, IPV4, NOT_EMPTY, startsWith } from '../input-languages.js';
import { fixedText, normalise, type Sym, symbolsOf, type Value } from '../value.js';
import type { Addresses } from './addresses.js';
import { holdsCapture, mayReadCaptures } from './captures.js';
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
    const whole = resolved.length === 1 && typeof resolved[0] !== 'string' ? resolved[0] : undefined;
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
    return mayReadCaptures(this.#server, location) || this.#namesGroups(pattern);
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
      const header = name === 'remote_addr' ? this.#addresses.replacingHeader(this.#server.scope) : undefined;
      const plain = { state, value: this.#builtIn(state, name) };
      if (header === undefined) return [plain];
      // The client may leave the header out, or write any address into it.
      const written: Value = [this.#tools.symbols.client(header)];
      const knowledge = state.knowledge.assume(written, [IPV4]);
      return knowledge === undefined ? [plain] : [plain, { state: { ...state, knowledge }, value: written }];
    }
    if (definition.kind === 'map') return this.#readMap(state, definition);
    if (definition.kind === 'geo') return this.#addresses.readGeo(state, definition);
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
      const opaque = symbolsOf(resolved).find(symbol => symbol.origin === 'unmodelled' || symbol.origin === 'address');
      if (map.incomplete || opaque !== undefined) {
        const reason = map.incomplete
          ? reasonAt('missing-file', map.node, `the entries of $${map.name} are not all known`)
          : (opaque!.reason ?? reasonAt('address', map.node, `$${map.name} depends on the client address`));
        const unknown: Value = [this.#tools.symbols.unmodelled(reason)];
        results.push({ state: cache(source, unknown), value: unknown });
        continue;
      }
      const earlier: Language[] = [];
      const add = (language: Language, template: Template, pattern: Pattern | undefined): void => {
        const knowledge = source.knowledge.assume(resolved, [language, ...earlier]);
        if (knowledge === undefined) return;
        let read: State | undefined = { ...source, knowledge };
        if (pattern !== undefined) {
          const wanted = holdsCapture(template) || this.wantsCaptures(state.location, pattern);
          read = this.withCaptures(read, resolved, pattern, wanted);
        }
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
        // A plain request to a TLS port is plain.
        return [this.#entry.tls === 'plain' ? 'http' : 'https'];
      case 'https':
        return this.#entry.tls === 'plain' ? [] : ['on'];
      case 'server_port':
        return [String(socket.port)];
      case 'remote_addr':
        return [symbols.address()];
      case 'ssl_server_name':
        if (this.#entry.tls === 'host') return [symbols.client('host')];
        if (this.#entry.tls === 'plain' || this.#entry.tls === 'none') return [];
        return textValue(sniName(this.#entry.tls) ?? '');
      case 'server_name':
        return textValue((server.scope.own('server_name')[0]?.args[0] ?? '').replace(/^\./, ''));
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
    if (/^arg_./.test(name)) return this.#argument(state, name.slice('arg_'.length));
    if (/^(cookie|http)_./.test(name)) return [symbols.client(name)];
    if (this.#tools.model.assigned.has(name)) return [];
    return [symbols.unmodelled(reasonAt('variable', server.node, `$${name} is not modelled`))];
  }

  /** The first copy of an argument in what the arguments are by now (rows 7.8, 13.10): a rewrite may have brought others. */
  #argument(state: State, name: string): Value {
    const { symbols } = this.#tools;
    const args = state.knowledge.resolve(state.args);
    const front = typeof args[0] === 'string' ? args[0] : '';
    const rest = front === '' ? args : args.slice(1);
    // What stands in front of the first unknown text is complete as far as its last separator.
    const parts = front.split('&');
    const open = rest.length === 0 ? '' : parts.pop()!;
    const found = parts.find(part => part.toLowerCase().startsWith(`${name}=`));
    if (found !== undefined) return textValue(found.slice(name.length + 1));
    if (rest.length === 0) return [];
    if (open === '' && rest.length === 1 && rest[0] === symbols.client('args')) return [symbols.client(`arg_${name}`)];
    const text = `$arg_${name} is read from arguments that are put together from several texts`;
    return [symbols.unmodelled(reasonAt('arguments', this.#server.node, text))];
  }
}
