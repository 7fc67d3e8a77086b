import type { Pattern, Server, Template, TrafficModel, VariableDefinition } from '../../model/model.js';
import {
  complement,
  concat,
  everything,
  intersect,
  type Language,
  literal,
  literalCaseless,
  union,
} from '../../pcre/language.js';
import { UNKNOWN_FAILURE, UNKNOWN_FAILURE_TEXT } from '../evaluate/connection.js';
import { groupVariablesOf } from '../evaluate/group-variables.js';
import { endsWith, NOT_EMPTY } from '../input-languages.js';
import type { Knowledge } from '../knowledge.js';
import { shareOf, sharesOf } from '../split-clients.js';
import type { Symbols } from '../symbols.js';
import { fixedText, normalise, symbolsOf, type Value } from '../value.js';
import type { Addresses } from './addresses.js';
import { layOut } from './layout.js';
import { doubt, reasonAt, remember, type State, type Tools, textValue } from './state.js';

/** A value that something can have on a way, and what is then known. */
export interface ReadValue {
  readonly state: State;
  readonly value: Value;
}

/** Values of one text that are followed apart. */
const MOST_VALUES = 256;

/** `$ssl_client_verify` as the handshake of an entry leaves it; of a text that is not known the beginning alone. */
export function verifyValue(verify: string, server: Server, symbols: Symbols): Value {
  return verify === UNKNOWN_FAILURE
    ? [verify, symbols.unmodelled(reasonAt('certificate', server.node, UNKNOWN_FAILURE_TEXT))]
    : textValue(verify);
}

/** The values that texts, captures and the variables of map, geo and split_clients can have on a way, in http and stream alike. */
export abstract class DefinedValues {
  readonly #tools: Pick<Tools, 'symbols' | 'patterns'> & { readonly model: TrafficModel };
  readonly #addresses: Addresses;

  constructor(tools: Pick<Tools, 'symbols' | 'patterns'> & { readonly model: TrafficModel }, addresses: Addresses) {
    this.#tools = tools;
    this.#addresses = addresses;
  }

  /** The values of a variable that the configuration does not define. */
  protected abstract readBuiltIn(state: State, name: string): ReadValue[];

  /** True where the way ahead may read `$1` …. */
  protected abstract readsCaptures(state: State): boolean;

  /**
   * Gives the captures of a match that is known to hold, in each of the ways that the pattern can lie along the value; none
   * where no request is left. Where nothing ahead reads captures they are left out.
   */
  withCaptures(state: State, value: Value, pattern: Pattern, isRead = false): State[] {
    const { patterns, symbols } = this.#tools;
    const names = patterns.names(pattern);
    const count = patterns.groups(pattern);
    if (count === 0 || (names.size === 0 && !isRead && !this.readsCaptures(state))) {
      return [state.captures.size === 0 ? state : { ...state, captures: new Map() }];
    }
    const withGroups = (knowledge: Knowledge, group: (index: number) => Value): State => {
      const captures = new Map<number, Value>();
      for (let index = 1; index <= count; index++) captures.set(index, group(index));
      const variables = new Map(state.variables);
      for (const [name, index] of names) variables.set(name, captures.get(index)!);
      return { ...state, knowledge, captures, variables };
    };
    const resolved = state.knowledge.resolve(value);
    const text = fixedText(resolved);
    if (text !== undefined) {
      const groups = patterns.match(pattern, text);
      return [withGroups(state.knowledge, index => textValue(groups?.[index] ?? ''))];
    }
    return layOut(patterns.shape(pattern) ?? [], resolved, state.knowledge, symbols).map(({ knowledge, captures }) =>
      withGroups(knowledge, index => {
        const group = captures.get(index);
        if (group !== undefined) return group;
        return [symbols.loose(`$${index} of ${pattern.source}`, patterns.groupLanguage(pattern, index), undefined)];
      }),
    );
  }

  /** The values that a text with variables can have. */
  evaluate(state: State, template: Template): ReadValue[] {
    return this.join(state, template, (from, value) => [{ state: from, value }]);
  }

  /** The values that a text can have, with what is written for a capture. */
  protected join(
    state: State,
    template: Template,
    written: (state: State, capture: Value) => ReadValue[],
  ): ReadValue[] {
    let ways: ReadValue[] = [{ state, value: [] }];
    let read = 0;
    for (const piece of template) {
      if (piece.kind === 'text') {
        ways = ways.map(way => ({ ...way, value: normalise([...way.value, piece.text]) }));
        continue;
      }
      const readPiece = (from: State): ReadValue[] => {
        if (piece.kind === 'variable') return this.read(from, piece.name);
        return written(from, from.captures.get(piece.index) ?? []);
      };
      ways = ways.flatMap(way =>
        readPiece(way.state).map(next => ({ state: next.state, value: normalise([...way.value, ...next.value]) })),
      );
      read += 1;
      // One variable has as many values as the configuration gives it; several multiply.
      if (ways.length > MOST_VALUES && read > 1) {
        const reason = reasonAt('bound', state.scope.node!, `a text has more than ${MOST_VALUES} values`);
        return [{ state, value: [this.#tools.symbols.unmodelled(reason)] }];
      }
    }
    return ways.map(way => ({ ...way, value: way.state.knowledge.resolve(way.value) }));
  }

  /** The values that a variable can have (ngx_http_get_variable_index and the getters). */
  read(state: State, name: string): ReadValue[] {
    const known = state.variables.get(name);
    if (known !== undefined) return [{ state, value: known }];
    const definition = this.#tools.model.variables.get(name);
    // A named group makes a variable of its own, empty until its pattern matches (row 5.19l).
    if (groupVariablesOf(this.#tools.model).has(name)) {
      if (definition === undefined) return [{ state, value: [] }];
      const reason = reasonAt('variable', definition.node, `$${name} is defined twice`);
      return [{ state, value: [this.#tools.symbols.unmodelled(reason)] }];
    }
    if (definition === undefined) return this.readBuiltIn(state, name);
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

  /** split_clients: whoever controls the source picks the share, by a text whose hash lies in it (row 5.60). */
  #readSplit(state: State, split: Extract<VariableDefinition, { kind: 'split' }>): ReadValue[] {
    const results: ReadValue[] = [];
    const cache = (read: State, text: string): ReadValue => ({
      state: remember(read, split.name, textValue(text)),
      value: textValue(text),
    });
    for (const { state: source, value } of this.evaluate(state, split.source)) {
      const fixed = fixedText(value);
      if (fixed !== undefined) {
        results.push(cache(source, shareOf(split, fixed)));
        continue;
      }
      // What is not known of a guess, it is in doubt for already.
      const isChosen =
        source.isGuess || symbolsOf(value).every(({ origin }) => origin !== 'loose' && origin !== 'unmodelled');
      const reason = reasonAt('split_clients', split.node, `$${split.name} depends on a hash`);
      for (const [share, part] of sharesOf(split)) {
        const accepts = (text: string): boolean => shareOf(split, text) === share;
        const test = { key: `$${split.name} ${share}`, accepts, part };
        const drawn = this.#addresses.require(source, value, test, split.node);
        if (drawn === undefined) continue;
        results.push(cache(isChosen ? drawn : doubt(drawn, reason), share));
      }
    }
    return results;
  }

  /** ngx_http_map_find: literal keys without regard to case, wildcards, regexes on a non-empty value, default. */
  #readMap(state: State, map: Extract<VariableDefinition, { kind: 'map' }>): ReadValue[] {
    const results: ReadValue[] = [];
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
        const read = this.#addresses.assume(source, resolved, [language, ...earlier], map.node);
        if (read === undefined) return;
        const matched =
          pattern === undefined ? [read] : this.withCaptures(read, resolved, pattern, holdsCapture(template));
        for (const { state, value } of matched.flatMap(each => this.evaluate(each, template))) {
          results.push({ state: cache(state, value), value });
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
}

/** True where a text reads `$1` … */
function holdsCapture(template: Template): boolean {
  return template.some(piece => piece.kind === 'capture');
}
