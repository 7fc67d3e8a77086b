import type { ConfigNode } from '../config/config-tree.js';
import { lowerCase } from '../source/ascii.js';
import type { MapEntry, VariableDefinition } from './model.js';
import { parseTemplate } from './template.js';

type MapDefinition = Extract<VariableDefinition, { kind: 'map' }>;
type GeoDefinition = Extract<VariableDefinition, { kind: 'geo' }>;

/** Directives of http and stream that define a variable in another language or from data the tool does not have. */
const SCRIPTED: ReadonlySet<string> = new Set(['perl_set', 'js_set', 'js_var', 'geoip2']);

/** The variable that a directive at http or stream level defines, or undefined. The last definition of a name wins (row 5.18). */
function variableDefinition(node: ConfigNode): VariableDefinition | undefined {
  if (node.name === 'map') return mapDefinition(node);
  if (node.name === 'geo') return geoDefinition(node);
  if (node.name === 'split_clients') return splitDefinition(node);
  if (SCRIPTED.has(node.name)) {
    const name = variableName(node.args[0]);
    return name === undefined ? undefined : { kind: 'script', name, node };
  }
  return undefined;
}

/**
 * The variables and the upstreams that the directives of a block of servers define, by lower-case name; of two upstreams of a
 * name, which ignores case (ngx_http_upstream_add), the first counts.
 */
export function definitionsIn(directives: readonly ConfigNode[]): {
  readonly variables: ReadonlyMap<string, VariableDefinition>;
  readonly upstreams: ReadonlyMap<string, ConfigNode>;
} {
  const variables = new Map<string, VariableDefinition>();
  const upstreams = new Map<string, ConfigNode>();
  for (const node of directives) {
    const definition = variableDefinition(node);
    if (definition !== undefined) variables.set(definition.name, definition);
    if (node.name !== 'upstream' || node.args[0] === undefined) continue;
    const name = lowerCase(node.args[0]);
    if (!upstreams.has(name)) upstreams.set(name, node);
  }
  return { variables, upstreams };
}

function variableName(word: string | undefined): string | undefined {
  return word?.startsWith('$') && word.length > 1 ? word.slice(1).toLowerCase() : undefined;
}

/** ngx_http_map and ngx_http_map_block. */
function mapDefinition(node: ConfigNode): MapDefinition | undefined {
  const name = variableName(node.args[1]);
  if (name === undefined || node.children === undefined) return undefined;
  const literals = new Map<string, MapEntry>();
  const wildcards: (MapEntry & { kind: 'leading' | 'trailing'; text: string })[] = [];
  const regexes: (MapEntry & { pattern: { source: string; caseless: boolean } })[] = [];
  let fallback: MapEntry | undefined;
  const hostnames = node.children.some(child => child.name === 'hostnames' && child.args.length === 0);
  const isVolatile = node.children.some(child => child.name === 'volatile' && child.args.length === 0);
  for (const child of node.children) {
    if (child.args.length !== 1) continue;
    const entry: MapEntry = { value: parseTemplate(child.args[0]!), node: child };
    const key = child.name;
    if (key === 'default') {
      fallback ??= entry;
    } else if (key.startsWith('~')) {
      const caseless = key[1] === '*';
      regexes.push({ ...entry, pattern: { source: key.slice(caseless ? 2 : 1), caseless } });
    } else {
      const text = (key.startsWith('\\') ? key.slice(1) : key).toLowerCase();
      if (hostnames && text.startsWith('*.')) {
        wildcards.push({ ...entry, kind: 'leading', text: text.slice(1) });
      } else if (hostnames && text.startsWith('.')) {
        wildcards.push({ ...entry, kind: 'leading', text });
        if (!literals.has(text.slice(1))) literals.set(text.slice(1), entry);
      } else if (hostnames && text.endsWith('.*')) {
        wildcards.push({ ...entry, kind: 'trailing', text: text.slice(0, -1) });
      } else if (!literals.has(text)) {
        literals.set(text, entry);
      }
    }
  }
  return {
    kind: 'map',
    name,
    node,
    source: parseTemplate(node.args[0]!),
    hostnames,
    isVolatile,
    literals,
    wildcards,
    regexes,
    default: fallback,
    incomplete: node.gap !== undefined,
  };
}

/** ngx_http_geo_block. */
function geoDefinition(node: ConfigNode): GeoDefinition | undefined {
  const name = variableName(node.args.at(-1));
  if (name === undefined || node.children === undefined) return undefined;
  const source = node.args.length > 1 ? (variableName(node.args[0]) ?? 'remote_addr') : 'remote_addr';
  const proxies: { network: string; node: ConfigNode }[] = [];
  let entries: { network: string; value: string; node: ConfigNode }[] = [];
  let fallback: { value: string; node: ConfigNode } | undefined;
  let ranges = false;
  let isRecursive = false;
  let defaultIsLast = false;
  for (const child of node.children) {
    const value = child.args[0];
    if (value === undefined) {
      if (child.name === 'ranges') ranges = true;
      if (child.name === 'proxy_recursive') isRecursive = true;
    } else if (child.name === 'proxy') {
      proxies.push({ network: value, node: child });
    } else if (child.name === 'default') {
      fallback = { value, node: child };
      defaultIsLast = true;
    } else if (child.name === 'delete') {
      entries = entries.filter(entry => entry.network !== value);
    } else {
      entries.push({ network: child.name, value, node: child });
      if (child.name.endsWith('/0')) defaultIsLast = false;
    }
  }
  return {
    kind: 'geo',
    name,
    node,
    source,
    ranges,
    proxies,
    isRecursive,
    entries,
    default: fallback,
    defaultIsLast,
    incomplete: node.gap !== undefined,
  };
}

/** ngx_conf_split_clients_block. */
function splitDefinition(node: ConfigNode): VariableDefinition | undefined {
  const name = variableName(node.args[1]);
  if (name === undefined || node.children === undefined) return undefined;
  // Shares and values are plain text; with a template's placeholder among them nothing is known.
  if (node.gap !== undefined) return { kind: 'script', name, node };
  return {
    kind: 'split',
    name,
    node,
    source: parseTemplate(node.args[0]!),
    values: node.children.flatMap(child =>
      child.args.length === 1 ? [{ share: child.name, value: child.args[0]!, node: child }] : [],
    ),
  };
}

/** Directives whose first argument names a variable that they give a value at run time. */
export const ASSIGNING: ReadonlySet<string> = new Set([
  'set',
  'set_by_lua',
  'set_by_lua_block',
  'set_by_lua_file',
  'auth_request_set',
]);

/** A named group in a pattern; its name is a variable that the pattern fills (ngx_http_regex_compile, row 5.19l). */
export const NAMED_GROUP = /\(\?(?:P?<([A-Za-z_]\w*)>|'([A-Za-z_]\w*)')/g;

/** Lower-case names of the variables that directives within a block, or groups of its patterns, give values at run time. */
export function assignedVariables(block: ConfigNode | undefined): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (nodes: readonly ConfigNode[]): void => {
    for (const node of nodes) {
      if (ASSIGNING.has(node.name) && node.args[0]?.startsWith('$')) names.add(node.args[0].slice(1).toLowerCase());
      for (const word of [node.name, ...node.args]) {
        if (!word.includes('(?')) continue;
        for (const group of word.matchAll(NAMED_GROUP)) names.add((group[1] ?? group[2])!.toLowerCase());
      }
      if (node.children !== undefined) visit(node.children);
    }
  };
  visit(block?.children ?? []);
  return names;
}
