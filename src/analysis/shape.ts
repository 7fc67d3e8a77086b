import { type ConfigNode, nodePlace, nodeSpan, nodeText } from '../config/config-tree.js';
import type { Condition, HttpModel, ListenSocket, Location, Program, Template, VirtualServer } from '../model/model.js';
import type { Scope } from '../model/scope.js';
import type { Span } from '../source/source-file.js';
import type { Refusal } from './access.js';
import { exactOwners } from './handshake.js';

/**
 * Text that is equal for servers in which every request fares alike but for the name it asks for: ten thousand servers
 * from one template are then explored once. Undefined for a server whose ways may depend on its own name, or that is the
 * default of an address.
 */
export function shapeOf(
  model: HttpModel,
  server: VirtualServer,
  sockets: ReadonlyMap<ListenSocket, number>,
): string | undefined {
  const name = ownName(server);
  if (server.node.gap !== undefined || name === undefined || readsOwnName(model, server)) return undefined;
  const parts: string[] = [];
  for (const { socket } of server.listens) {
    if (socket.defaultServer === server) return undefined;
    parts.push(`listen ${sockets.get(socket)}`);
  }
  return describe(server.node.children ?? [], name, parts) ? parts.join('\n') : undefined;
}

/** The name under which a server is asked for; undefined where its names are not plain ones, or not its own alone. */
export function ownName(server: VirtualServer): string | undefined {
  const [first] = server.names;
  if (first?.kind !== 'exact' || !server.names.every(name => name.kind === 'exact' && PLAIN_NAME.test(name.text))) {
    return undefined;
  }
  return server.listens.every(({ socket }) => exactOwners(socket).get(first.text) === server) ? first.text : undefined;
}

/** A host name that can be sent as SNI and is no address. */
const PLAIN_NAME = /^(?![\d.]+$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;

/** Directives whose arguments do not steer a request; their targets differ from server to server. */
const TARGETS: ReadonlySet<string> = new Set([
  ...['proxy_pass', 'fastcgi_pass', 'uwsgi_pass', 'scgi_pass', 'grpc_pass', 'memcached_pass', 'root', 'alias'],
]);

const WITHOUT_EFFECT =
  /^(?:access_log|error_log|add_header|add_trailer|expires|gzip\w*|ssl_certificate\w*|ssl_stapling\w*|(?:proxy|fastcgi|uwsgi|scgi|grpc)_(?!pass$|intercept_errors$)\w+)$/;

/** Directives that may name the server's own name without deciding by it. */
const SPEAKS_OF_NAME: ReadonlySet<string> = new Set(['return', 'error_page']);

/** Appends the meaning of directives to a text; false where something in them is not known. */
function describe(nodes: readonly ConfigNode[], name: string, parts: string[]): boolean {
  for (const node of nodes) {
    if (node.gap !== undefined) return false;
    if (node.name === 'ssl_certificate') parts.push('ssl_certificate');
    if (!isTold(node.name)) continue;
    if (node.name === 'server_name') parts.push(`server_name ${node.args.length}`);
    else if (TARGETS.has(node.name)) parts.push(`${node.name} ${targetKind(node.args[0] ?? '')}`);
    else if (SPEAKS_OF_NAME.has(node.name)) {
      parts.push(`${node.name} ${JSON.stringify(node.args.map(arg => arg.replaceAll(name, '\0')))}`);
    } else parts.push(`${node.name} ${JSON.stringify(node.args)}`);
    if (node.children !== undefined) {
      parts.push('{');
      if (!describe(node.children, name, parts)) return false;
      parts.push('}');
    }
  }
  return true;
}

function targetKind(target: string): string {
  return target.includes('$') ? target : (/^[a-z]+:\/\//i.exec(target)?.[0] ?? '');
}

/** Variables that hold the name a client asks for. */
export const NAME_VARIABLES: ReadonlySet<string> = new Set(['host', 'http_host', 'server_name', 'ssl_server_name']);

/** True where a condition, assignment or rewrite of the server reads the name that the client asks for. */
function readsOwnName(model: HttpModel, server: VirtualServer): boolean {
  const visit = (location: Location): boolean => programReads(model, location.program) || location.children.some(visit);
  return programReads(model, server.program) || server.locations.some(visit);
}

function programReads(model: HttpModel, program: Program): boolean {
  return program.some(step => {
    if (step.kind === 'set') return readsName(model, step.value);
    if (step.kind === 'rewrite') return readsName(model, step.replacement);
    if (step.kind === 'if') return conditionReads(model, step.condition) || programReads(model, step.body);
    return false;
  });
}

function conditionReads(model: HttpModel, condition: Condition): boolean {
  if (condition.kind === 'invalid') return true;
  if (condition.kind === 'file') return false;
  return readsName(model, [condition.variable]) || (condition.kind === 'equal' && readsName(model, condition.value));
}

/** Whether a text may depend on the name that the client asks for. */
export function readsName(model: HttpModel, template: Template): boolean {
  return templateReads(model, template, 0);
}

/** Maps that read each other more deeply are taken to read the name. */
const MAX_DEPTH = 8;

function templateReads(model: HttpModel, template: Template, depth: number): boolean {
  return template.some(piece => {
    if (piece.kind !== 'variable') return false;
    if (NAME_VARIABLES.has(piece.name)) return true;
    const definition = model.variables.get(piece.name);
    if (definition === undefined) return false;
    if (definition.kind !== 'map' || depth >= MAX_DEPTH) return definition.kind !== 'geo';
    const entries = [...definition.literals.values(), ...definition.wildcards, ...definition.regexes];
    return (
      templateReads(model, definition.source, depth + 1) ||
      entries.some(entry => templateReads(model, entry.value, depth + 1)) ||
      (definition.default !== undefined && templateReads(model, definition.default.value, depth + 1))
    );
  });
}

/** Finds in one server what corresponds to a part of another one of the same shape. */
export class Counterparts {
  readonly #from: VirtualServer;
  readonly #to: VirtualServer;
  readonly #scopes = new Map<Scope, Scope>();
  #places: Map<string, ConfigNode> | undefined;

  constructor(from: VirtualServer, to: VirtualServer) {
    this.#from = from;
    this.#to = to;
    this.#scopes.set(from.scope, to.scope);
    this.#pairPrograms(from.program, to.program);
    this.#pairLocations(from.locations, to.locations);
  }

  scope(scope: Scope): Scope {
    return this.#scopes.get(scope) ?? scope;
  }

  /** The corresponding directive; what stands outside the server corresponds to itself. */
  node(node: ConfigNode): ConfigNode {
    if (node === this.#from.node) return this.#to.node;
    const { parent } = node;
    if (parent === undefined) return node;
    const counterpart = this.node(parent);
    if (counterpart === parent) return node;
    const index = alike(parent, node).indexOf(node);
    return alike(counterpart, node)[index] ?? node;
  }

  /** The corresponding place. */
  place(span: Span): Span {
    const node = this.#nodeAt(span);
    return node === undefined ? span : nodeSpan(this.node(node));
  }

  /** The corresponding line that refuses, with what is said of it. */
  refusal(refusal: Refusal): Refusal {
    const node = this.#nodeAt(refusal.span);
    if (node === undefined) return refusal;
    const counterpart = this.node(node);
    const own = nodeText(node);
    const said = refusal.text.startsWith(own) ? refusal.text.slice(own.length) : '';
    return { span: nodeSpan(counterpart), text: nodeText(counterpart) + said };
  }

  #nodeAt(span: Span): ConfigNode | undefined {
    this.#places ??= placesOf(this.#from.node, new Map());
    return this.#places.get(`${span.file.path}:${span.start}`);
  }

  #pairPrograms(from: Program, to: Program): void {
    for (const [index, step] of from.entries()) {
      const other = to[index];
      if (step.kind !== 'if' || other?.kind !== 'if') continue;
      this.#scopes.set(step.scope, other.scope);
      this.#pairPrograms(step.body, other.body);
    }
  }

  #pairLocations(from: readonly Location[], to: readonly Location[]): void {
    for (const [index, location] of from.entries()) {
      const other = to[index]!;
      this.#scopes.set(location.scope, other.scope);
      if (location.limitExcept !== undefined) this.#scopes.set(location.limitExcept.scope, other.limitExcept!.scope);
      this.#pairPrograms(location.program, other.program);
      this.#pairLocations(location.children, other.children);
    }
  }
}

/**
 * The directives of a block among which one is found again by its place: all that a shape tells of, since servers of one
 * shape may have different numbers of the others; of these, those of the same name.
 */
function alike({ children = [] }: ConfigNode, { name }: ConfigNode): readonly ConfigNode[] {
  return isTold(name) ? children.filter(child => isTold(child.name)) : children.filter(child => child.name === name);
}

/** Whether the text of a shape tells of a directive. */
function isTold(name: string): boolean {
  return name !== 'listen' && !WITHOUT_EFFECT.test(name);
}

function placesOf(node: ConfigNode, places: Map<string, ConfigNode>): Map<string, ConfigNode> {
  places.set(nodePlace(node), node);
  for (const child of node.children ?? []) placesOf(child, places);
  return places;
}
