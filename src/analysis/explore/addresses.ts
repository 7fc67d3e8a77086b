import { type ConfigNode, nodeSpan } from '../../config/config-tree.js';
import type { HttpModel, VirtualServer } from '../../model/model.js';
import type { Scope } from '../../model/scope.js';
import { accepts, complement, intersect, type Language, literal, solveMany } from '../../pcre/language.js';
import type { AccessCondition } from '../access.js';
import { isInNetwork, parseAddress, parseNetwork } from '../evaluate/address.js';
import { IPV4 } from '../input-languages.js';
import type { Value } from '../value.js';
import {
  both,
  type CheckResult,
  type Decision,
  doubt,
  type Exploration,
  OUTSIDER,
  reasonAt,
  remember,
  type State,
  type Tools,
  textValue,
} from './state.js';

/** What tests of the client's address make of it: an outsider, an address that a range names, or one that a client may write itself. */
export class Addresses {
  readonly #tools: Tools;
  readonly #server: VirtualServer;

  constructor(exploration: Exploration) {
    this.#tools = exploration.tools;
    this.#server = exploration.entry.server;
  }

  /** What an outsider's address gives is certain; anything else is under a condition that the client does not choose. */
  test(state: State, value: Value, language: Language, node: ConfigNode): Decision[] {
    if (value.length !== 1) {
      return both(doubt(state, reasonAt('address', node, 'text built from the client address')));
    }
    if (state.sourceAddress !== undefined) {
      const holds = accepts(language, state.sourceAddress);
      const way = { state, holds };
      return state.sourceIsRange ? [way, { state: this.#severalTests(state, node), holds: !holds }] : [way];
    }
    const outsider = accepts(language, OUTSIDER);
    const ways = [{ state, holds: outsider }];
    const [inside, more] = solveMany(
      [{ language: intersect(IPV4, outsider ? complement(language) : language), prefix: '', suffix: '' }],
      2,
      { maxStates: 4_000 },
    ).words;
    const condition: AccessCondition = {
      kind: 'address',
      text: inside === undefined ? 'a client address that this test names' : `client address ${inside}`,
      span: nodeSpan(node),
    };
    const conditions = [...state.conditions, condition];
    const named = { ...state, conditions, sourceAddress: inside, sourceIsRange: more !== undefined };
    ways.push({ state: named, holds: !outsider });
    return ways;
  }

  /** Ranges are followed by one address each; what a second test makes of the others is left open. */
  #severalTests(state: State, node: ConfigNode): State {
    return doubt(state, reasonAt('address', node, 'several tests of the client address together'));
  }

  readGeo(
    state: State,
    geo: Extract<NonNullable<ReturnType<HttpModel['variables']['get']>>, { kind: 'geo' }>,
  ): { state: State; value: Value }[] {
    const plain = geo.source === 'remote_addr' && geo.proxies.length === 0 && !geo.incomplete;
    if (!plain || this.replacingHeader(this.#server.scope) !== undefined) {
      const reason = reasonAt('geo', geo.node, `$${geo.name} depends on an address that is not the peer's`);
      const value: Value = [this.#tools.symbols.unmodelled(reason)];
      return [{ state: remember(state, geo.name, value), value }];
    }
    const everyone = geo.entries.findLast(entry => /^(0\.0\.0\.0\/0|0\/0)$/.test(entry.network));
    const outside = everyone?.value ?? geo.default?.value ?? '';
    const ways = [{ state: remember(state, geo.name, textValue(outside)), value: textValue(outside) }];
    const others = new Map<string, (typeof geo.entries)[number]>();
    for (const entry of geo.entries)
      if (entry.value !== outside && !others.has(entry.value)) others.set(entry.value, entry);
    for (const entry of others.values()) {
      const condition: AccessCondition = {
        kind: 'address',
        text: `client address in ${entry.network}`,
        span: nodeSpan(entry.node),
      };
      const named: State = {
        ...remember(state, geo.name, textValue(entry.value)),
        conditions: [...state.conditions, condition],
        sourceAddress: state.sourceAddress ?? firstAddress(entry.network),
        sourceIsRange: state.sourceIsRange || /[/-]/.test(entry.network),
      };
      ways.push({ state: named, value: textValue(entry.value) });
    }
    return ways;
  }

  /** allow and deny: the first rule that matches decides (rows 9.2, 9.3); an outsider matches only `all`. */
  addressRules(state: State): CheckResult[] {
    const rules = state.scope.effective('allow', 'deny');
    const [first] = rules;
    if (first === undefined) return [{ state, result: 'declined', by: state.scope.node ?? this.#server.node }];
    const judge = (address: string): Omit<CheckResult, 'state'> => {
      const rule = rules.find(({ args }) => matchesAddress(args[0] ?? '', address));
      return { result: rule === undefined ? 'declined' : rule.name === 'allow' ? 'ok' : 403, by: rule ?? first };
    };
    const results: CheckResult[] = [];
    const header = this.replacingHeader(state.scope);
    const address = state.sourceAddress ?? OUTSIDER;
    const plain = judge(address);
    results.push({ state, ...plain });
    if (header === undefined && state.sourceAddress !== undefined) {
      const allow = rules.find(rule => rule.name === 'allow');
      if (state.sourceIsRange && allow !== undefined && plain.result === 403) {
        results.push({ state: this.#severalTests(state, allow), result: 'ok', by: allow });
      }
      return results;
    }
    // A refusal of other clients matters only where it leads somewhere.
    const isTaken = state.scope.effective('error_page').length > 0;
    const met = new Set([plain.result]);
    for (const other of edgeAddresses(rules.map(({ args }) => args[0] ?? ''))) {
      const judged = judge(other);
      if (met.has(judged.result) || (judged.result === 403 && !isTaken)) continue;
      met.add(judged.result);
      if (header !== undefined) {
        // Whoever is trusted to name an address names the one that helps.
        const knowledge = state.knowledge.assume([this.#tools.symbols.client(header)], [literal(other)]);
        if (knowledge !== undefined) results.push({ state: { ...state, knowledge }, ...judged });
        continue;
      }
      const condition: AccessCondition = {
        kind: 'address',
        text: `client address ${other}`,
        span: nodeSpan(judged.by),
      };
      const conditions = [...state.conditions, condition];
      const sourceIsRange = !rules.some(({ args }) => args[0] === other);
      results.push({ state: { ...state, conditions, sourceAddress: other, sourceIsRange }, ...judged });
    }
    return results;
  }

  /** The header by which every client may replace its address: all peers are trusted (ngx_http_realip_handler). */
  replacingHeader(scope: Scope): string | undefined {
    const trusted = scope.effective('set_real_ip_from').map(({ args }) => args[0] ?? '');
    if (!trusted.some(range => range === '0.0.0.0/0')) return undefined;
    const header = scope.value('real_ip_header', 'X-Real-IP').toLowerCase();
    return header === 'proxy_protocol' ? undefined : `http_${header.replaceAll('-', '_')}`;
  }
}

/** Whether an operand of allow or deny covers an address. */
function matchesAddress(operand: string, address: string): boolean {
  if (operand === 'all') return true;
  const parsed = parseAddress(address);
  const network = parseNetwork(operand);
  return parsed !== undefined && network !== undefined && isInNetwork(parsed, network);
}

/** An address of a range in CIDR notation, a single address, or `a-b`. */
function firstAddress(range: string): string | undefined {
  const address = range.split(/[/-]/)[0]!;
  return /^[\d.]+$/.test(address) || address.includes(':') ? address : undefined;
}

/**
 * Addresses of which each combination of the networks holds one if it holds any: where a network begins, and what comes
 * behind its end. Operands that are no IPv4 network give the address they begin with.
 */
function edgeAddresses(networks: readonly string[]): string[] {
  const beginnings: string[] = [];
  const behind: string[] = [];
  for (const written of networks) {
    const network = parseNetwork(written);
    if (network === undefined || network.first.bits !== 32) {
      const first = firstAddress(written);
      if (first !== undefined) beginnings.push(first);
      continue;
    }
    const { value } = network.first;
    beginnings.push(dotted(value));
    behind.push(dotted((value + (1n << BigInt(32 - network.length))) & 0xffff_ffffn));
  }
  return [...beginnings, ...behind];
}

function dotted(value: bigint): string {
  return [24n, 16n, 8n, 0n].map(shift => String((value >> shift) & 255n)).join('.');
}
