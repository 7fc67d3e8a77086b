import type { ConfigNode } from '../config/config-tree.js';
import type { HttpModel, VirtualServer } from '../model/model.js';
import { CLIENT_VARIABLES } from '../model/tls-variables.js';
import { ASSIGNING, NAMED_GROUP } from '../model/variables.js';
import type { Edit } from './counterfactual.js';

/** A line that gives a variable of nginx about the client certificate another value (rows 5.19d, e, k-o). */
export interface Assignment {
  readonly node: ConfigNode;
  /** Lower case, without `$`. */
  readonly variable: string;
  /** The server whose requests it changes; undefined where it changes those of all servers. */
  readonly server: VirtualServer | undefined;
}

/** Directives of http whose name is the variable's getter from then on: which of their arguments it is. */
const DEFINING: ReadonlyMap<string, 'first' | 'last'> = new Map([
  ['map', 'last'],
  ['geo', 'last'],
  ['split_clients', 'last'],
  ['perl_set', 'first'],
  ['js_set', 'first'],
  ['js_var', 'first'],
]);

const known = new WeakMap<HttpModel, readonly Assignment[]>();

/** Every assignment to a variable of nginx about the client certificate, in text order. */
export function clientVariableAssignments(model: HttpModel): readonly Assignment[] {
  let assignments = known.get(model);
  if (assignments === undefined) {
    assignments = findAssignments(model);
    known.set(model, assignments);
  }
  return assignments;
}

function findAssignments(model: HttpModel): Assignment[] {
  // Most configurations have none, and many lines.
  if (![...CLIENT_VARIABLES].some(name => model.assigned.has(name) || model.variables.has(name))) return [];
  const found: Assignment[] = [];
  const visit = (node: ConfigNode, server: VirtualServer | undefined): void => {
    for (const variable of assignedBy(node)) {
      const isGlobal = DEFINING.has(node.name) || !ASSIGNING.has(node.name);
      found.push({ node, variable, server: isGlobal ? undefined : server });
    }
    for (const child of node.children ?? []) visit(child, server);
  };
  const servers = new Map(model.servers.map(server => [server.node, server]));
  for (const node of model.scope.node?.children ?? []) visit(node, servers.get(node));
  return found;
}

/** Leaves assignments out: the lines as a whole, of patterns only the names of their groups. */
export const withoutAssignments: Edit = node => {
  if (assignedBy(node).length === 0) return node;
  if (DEFINING.has(node.name) || ASSIGNING.has(node.name)) return undefined;
  return { name: unnamed(node.name), args: node.args.map(unnamed) };
};

/** The variables about the client certificate that a directive gives a value. */
function assignedBy(node: ConfigNode): string[] {
  const place = DEFINING.get(node.name);
  const written = place === 'last' ? node.args.at(-1) : node.args[0];
  if (place !== undefined || ASSIGNING.has(node.name)) {
    const name = written?.startsWith('$') ? written.slice(1).toLowerCase() : '';
    return CLIENT_VARIABLES.has(name) ? [name] : [];
  }
  return patternsOf(node)
    .flatMap(pattern => [...pattern.matchAll(NAMED_GROUP)])
    .map(group => (group[1] ?? group[2]!).toLowerCase())
    .filter(name => CLIENT_VARIABLES.has(name));
}

/** The regular expressions of a directive whose groups nginx makes variables. */
function patternsOf({ name, args, parent }: ConfigNode): readonly string[] {
  switch (name) {
    case 'location':
      return args.length === 2 ? (/^~\*?$/.test(args[0]!) ? [args[1]!] : []) : args.filter(arg => arg.startsWith('~'));
    case 'server_name':
      return args.filter(arg => arg.startsWith('~'));
    case 'rewrite':
      return args.slice(0, 1);
    case 'if': {
      const operator = args.findIndex(arg => /^!?~\*?$/.test(arg));
      return operator === -1 ? [] : args.slice(operator + 1, operator + 2);
    }
    default:
      return parent?.name === 'map' && name.startsWith('~') ? [name] : [];
  }
}

function unnamed(text: string): string {
  return text.replace(NAMED_GROUP, (group, angled?: string, quoted?: string) =>
    CLIENT_VARIABLES.has((angled ?? quoted ?? '').toLowerCase()) ? '(' : group,
  );
}
