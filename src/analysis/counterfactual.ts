/** What would be reached if the configuration were another: "is this site reached when error pages are left out?" */
import { type ConfigNode, nodePlace } from '../config/config-tree.js';
import type { HttpModel, VirtualServer } from '../model/model.js';
import { resolve } from '../model/resolve.js';
import type { Scope } from '../model/scope.js';
import type { AccessRow, AccessTable, Site } from './access.js';
import { analyse } from './analyse.js';
import { confirm } from './confirm.js';
import type { ClientClass, Request, Via, Witness } from './request.js';
import { shownAt } from './sites.js';

/** What becomes of a directive: another name, other arguments, itself, or undefined where it is left out. */
export type Edit = (node: ConfigNode) => Pick<ConfigNode, 'name' | 'args'> | undefined;

/** The model of the configuration with its directives edited. Every node stays where it is in its source. */
export function editedModel(model: HttpModel, edit: Edit): HttpModel {
  const copy = (node: ConfigNode, parent: ConfigNode | undefined): ConfigNode[] => {
    const edited = edit(node);
    if (edited === undefined) return [];
    const children: ConfigNode[] | undefined = node.children === undefined ? undefined : [];
    const { name, args } = edited;
    const copied: ConfigNode = { ...node, name, args, parent, children };
    for (const child of node.children ?? []) children!.push(...copy(child, copied));
    return [copied];
  };
  return resolve(copy(model.scope.node!, undefined), model.trust);
}

/** The access table of an edited configuration, asked by the sites of the one that is there. */
export class Counterfactual {
  readonly #model: HttpModel;
  readonly #servers: ReadonlySet<VirtualServer>;
  readonly #rows: ReadonlyMap<string, AccessRow>;

  /**
   * @param servers those whose sites will be asked for
   * @param edit must leave every server in its place
   */
  constructor(model: HttpModel, servers: ReadonlySet<VirtualServer>, edit: Edit) {
    this.#model = model;
    this.#servers = servers;
    const edited = editedModel(model, edit);
    const asked = edited.servers.filter(({ index }) => servers.has(model.servers[index]!));
    const table: AccessTable = analyse(edited, asked);
    this.#rows = new Map(table.rows.map(row => [placeOf(row.site), row]));
  }

  /** True for a server whose sites may be asked for. */
  has(server: VirtualServer): boolean {
    return this.#servers.has(server);
  }

  /**
   * Whether clients of a class are shown a site of the configuration as it would be: a request that is, also in the
   * configuration as it is; undefined where none was found.
   */
  witness(site: Site, clientClass: ClientClass): Witness | undefined {
    const verdict = this.#rows.get(placeOf(site))?.access[clientClass];
    if (verdict?.verdict !== 'reached') return undefined;
    const { request, via } = verdict.witness;
    return witnessOf(this.#model, request, site, via);
  }
}

/** The way of a request that is shown a site under no condition; undefined where it is not. */
export function witnessOf(model: HttpModel, request: Request, site: Site, via?: Via): Witness | undefined {
  const trace = confirm(model, request, trace => shownAt(trace, site, via) !== undefined);
  if (trace === undefined || shownAt(trace, site, via)!.conditions.length > 0) return undefined;
  const aside = via === undefined ? {} : { via };
  return { request, ...aside, assumes: trace.assumes, steps: trace.steps };
}

/** Equal for a site and its counterpart in an edited model. */
function placeOf(site: Site): string {
  const places: string[] = [];
  for (let scope: Scope | undefined = site.scope; scope?.node !== undefined; scope = scope.parent) {
    places.push(nodePlace(scope.node));
  }
  return [site.server.index, site.content, ...places].join('\n');
}
