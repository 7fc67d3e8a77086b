import type { ConfigNode, Gap } from '../config/config-tree.js';

/** A block of the configuration in which settings are looked up. */
export type ScopeKind =
  | 'main'
  | 'http'
  | 'server'
  | 'location'
  | 'if'
  | 'limit_except'
  | 'stream'
  | 'stream-server'
  | 'mail'
  | 'mail-server';

const NONE: readonly ConfigNode[] = [];

/** One level of the configuration, with the levels it inherits from. */
export class Scope {
  readonly kind: ScopeKind;
  /** The directive that opens the block; undefined for the main level. */
  readonly node: ConfigNode | undefined;
  readonly parent: Scope | undefined;
  readonly #own = new Map<string, ConfigNode[]>();

  constructor(
    kind: ScopeKind,
    node: ConfigNode | undefined,
    parent: Scope | undefined,
    directives: readonly ConfigNode[],
  ) {
    this.kind = kind;
    this.node = node;
    this.parent = parent;
    for (const directive of directives) {
      const same = this.#own.get(directive.name);
      if (same === undefined) this.#own.set(directive.name, [directive]);
      else same.push(directive);
    }
  }

  /** The directives of that name written in this very block, in text order. For what nginx never inherits. */
  own(name: string): readonly ConfigNode[] {
    return this.#own.get(name) ?? NONE;
  }

  /**
   * The directives of these names in force here: all those of the nearest level that has any. This is nginx's rule both
   * for settings that a lower level overrides and for lists that it replaces as a whole (request-semantics 12). Give
   * names together that share one list (`allow` and `deny`).
   */
  effective(...names: readonly string[]): readonly ConfigNode[] {
    if (names.length === 1) return this.#nearest(names[0]!);
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.parent) {
      if (names.some(name => scope.#own.has(name))) {
        return names.flatMap(name => [...scope.own(name)]).sort(inTextOrder);
      }
    }
    return NONE;
  }

  #nearest(name: string): readonly ConfigNode[] {
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.parent) {
      const own = scope.#own.get(name);
      if (own !== undefined) return own;
    }
    return NONE;
  }

  /** The directive in force for a setting that may be written once in a block, or undefined. */
  setting(name: string): ConfigNode | undefined {
    return this.#nearest(name).at(-1);
  }

  /** The directive in force for the first of several settings that has one, or undefined. */
  firstSetting(names: readonly string[]): ConfigNode | undefined {
    for (const name of names) {
      const node = this.setting(name);
      if (node !== undefined) return node;
    }
    return undefined;
  }

  /**
   * What could not be read and may set this here: the gap of the nearest block that has one, unless a block further in, or
   * that one, writes the setting itself. Undefined where what is written, or nginx's default, is certain.
   */
  gapFor(name: string): Gap | undefined {
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.parent) {
      if (scope.#own.has(name)) return undefined;
      const gap = scope.node?.gap;
      if (gap !== undefined && (gap.directive === undefined || gap.directive === name)) return gap;
    }
    return undefined;
  }

  /** The first argument of the setting in force, or the default of nginx that the caller names. */
  value(name: string, fallback: string): string {
    return this.setting(name)?.args[0] ?? fallback;
  }
}

function inTextOrder(one: ConfigNode, other: ConfigNode): number {
  const siblings = one.parent?.children;
  return siblings === undefined ? 0 : siblings.indexOf(one) - siblings.indexOf(other);
}
