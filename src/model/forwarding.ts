/**
 * What a pass directive hands on of a request's header fields, beside and in place of what the client sent
 * (ngx_http_proxy_create_request, ngx_http_grpc_create_request, ngx_http_fastcgi_create_request and their kin;
 * request-semantics 12).
 */
import type { ConfigNode } from '../config/config-tree.js';
import { lowerCase, upperCase } from '../source/ascii.js';
import type { Template } from './model.js';
import type { Scope } from './scope.js';
import { parseTemplate } from './template.js';

/** A field that the configuration sends in its own words. */
export interface SetField {
  /** As it is written: a header, or a parameter. */
  readonly name: string;
  readonly value: Template;
  readonly node: ConfigNode;
  /** True where an empty value is not sent: headers, and parameters with `if_not_empty`. */
  readonly omitsEmpty: boolean;
}

/** The fields that go to a back end from a block. */
export interface Forwarding {
  /** The directive that sets fields: `proxy_set_header`, `fastcgi_param` … */
  readonly directive: string;
  /** True where fields are sent as parameters, those of the client as `HTTP_…`. */
  readonly asParameters: boolean;
  /** The list in force; a block with one entry of its own has none of the inherited ones (row 12.2). */
  readonly fields: readonly SetField[];
  /** False where the client's fields are left out (`proxy_pass_request_headers off`). */
  readonly passesClientFields: boolean;
  /** The names of the client's fields that are held back, as `heldBackName` folds them. */
  readonly heldBack: ReadonlySet<string>;
  /** Fields of the client that the headers-more module sets or clears on the way: lower case, `*` for any end. */
  readonly rewritten: readonly string[];
  /** False where a part of the configuration that could add to the list was not read. */
  readonly isWhole: boolean;
}

interface Protocol {
  readonly directive: string;
  readonly asParameters: boolean;
  /** The flag that leaves the client's fields out; grpc has none. */
  readonly flag: string | undefined;
  /** Fields that nginx sends itself, or never passes on, in lower case (`ngx_http_proxy_headers`, row 12.22). */
  readonly own: readonly string[];
}

const OWN = ['host', 'connection', 'content-length', 'transfer-encoding', 'te', 'keep-alive', 'expect', 'upgrade'];
/** What a cache asks for is not what the client asks for (`ngx_http_proxy_cache_headers`). */
const CACHED = ['if-modified-since', 'if-unmodified-since', 'if-none-match', 'if-match', 'range', 'if-range'];

const parameters = (name: string): Protocol => ({
  directive: `${name}_param`,
  asParameters: true,
  flag: `${name}_pass_request_headers`,
  own: [],
});

const PROTOCOLS: ReadonlyMap<string, Protocol> = new Map([
  ['proxy_pass', { directive: 'proxy_set_header', asParameters: false, flag: 'proxy_pass_request_headers', own: OWN }],
  ['grpc_pass', { directive: 'grpc_set_header', asParameters: false, flag: undefined, own: OWN }],
  ['fastcgi_pass', parameters('fastcgi')],
  ['uwsgi_pass', parameters('uwsgi')],
  ['scgi_pass', parameters('scgi')],
]);

const known = new WeakMap<Scope, Map<string, Forwarding>>();

/**
 * What a pass directive sends from a block; undefined for one that sends no fields (memcached_pass and others).
 *
 * @param handler the name of the pass directive
 */
export function forwardingOf(scope: Scope, handler: string): Forwarding | undefined {
  const protocol = PROTOCOLS.get(handler);
  if (protocol === undefined) return undefined;
  let ofScope = known.get(scope);
  if (ofScope === undefined) {
    ofScope = new Map();
    known.set(scope, ofScope);
  }
  let forwarding = ofScope.get(handler);
  if (forwarding === undefined) {
    forwarding = resolveForwarding(scope, handler, protocol);
    ofScope.set(handler, forwarding);
  }
  return forwarding;
}

/** Settings that say what proxy_pass sends beside fields. */
const SENT_BY_PROXY = ['proxy_method', 'proxy_set_body'];

/** The texts that a pass directive of a block computes for what it sends, before anything comes back, in nginx's order. */
export function textsSent(scope: Scope, source: ConfigNode): Template[] {
  const fields = forwardingOf(scope, source.name)?.fields.map(({ value }) => value) ?? [];
  const others = source.name === 'proxy_pass' ? SENT_BY_PROXY.flatMap(name => scope.effective(name)) : [];
  return [...[source, ...others].map(({ args }) => parseTemplate(args[0] ?? '')), ...fields];
}

function resolveForwarding(scope: Scope, handler: string, protocol: Protocol): Forwarding {
  const { directive, asParameters, flag } = protocol;
  const isCached = scope.value(handler.replace(/_pass$/, '_cache'), 'off').toLowerCase() !== 'off';
  return {
    directive,
    asParameters,
    ...listOf(scope.effective(directive), protocol, isCached),
    passesClientFields: flag === undefined || scope.value(flag, 'on').toLowerCase() !== 'off',
    rewritten: rewrittenIn(scope),
    isWhole: isListWhole(scope, directive),
  };
}

type List = Pick<Forwarding, 'fields' | 'heldBack'>;

const lists = new WeakMap<readonly ConfigNode[], Map<string, List>>();

/** What the lines of a list send and hold back; the blocks that inherit it share it. */
function listOf(nodes: readonly ConfigNode[], { directive, asParameters, own }: Protocol, isCached: boolean): List {
  let known = lists.get(nodes);
  if (known === undefined) {
    known = new Map();
    lists.set(nodes, known);
  }
  const key = `${directive} ${isCached}`;
  let list = known.get(key);
  if (list === undefined) {
    const fields = nodes.flatMap(node => setField(node, asParameters) ?? []);
    const heldBack = new Set([
      ...fields.flatMap(({ name }) => heldBackBy(name, asParameters) ?? []),
      ...own,
      ...(isCached ? CACHED.map(name => heldBackName(name, asParameters)) : []),
    ]);
    list = { fields, heldBack };
    known.set(key, list);
  }
  return list;
}

/** Whether everything between a block and the level whose list it has was read. */
function isListWhole(scope: Scope, directive: string): boolean {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    if (at.node?.gap !== undefined) return false;
    if (at.own(directive).length > 0) return true;
  }
  return true;
}

/**
 * The headers that `more_set_input_headers` and `more_clear_input_headers` name in a block and those around it, whose lines
 * add up (ngx_http_headers_more_merge_loc_conf).
 */
function rewrittenIn(scope: Scope): string[] {
  const names: string[] = [];
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    for (const node of [...at.own('more_set_input_headers'), ...at.own('more_clear_input_headers')]) {
      const words = node.args.filter((word, index) => !word.startsWith('-') && node.args[index - 1] !== '-t');
      names.push(...words.map(word => lowerCase(word.split(':', 1)[0]!.trim())));
    }
  }
  return names;
}

/** True for a field of the client that may be another one, or none, by the time it is passed on. */
export function isRewritten({ rewritten }: Forwarding, name: string): boolean {
  const folded = lowerCase(name);
  return rewritten.some(pattern =>
    pattern.endsWith('*') ? folded.startsWith(pattern.slice(0, -1)) : folded === pattern,
  );
}

function setField(node: ConfigNode, asParameters: boolean): SetField | undefined {
  const [name, value, condition] = node.args;
  if (name === undefined || value === undefined) return undefined;
  const omitsEmpty = !asParameters || condition === 'if_not_empty' || (value === '' && isClientParameter(name));
  return { name, value: parseTemplate(value), node, omitsEmpty };
}

/** What parameters that stand for the client's fields begin with. */
const PARAMETER_PREFIX = 'HTTP_';

/** True for a parameter that stands in the place of a field of the client. */
export function isClientParameter(name: string): boolean {
  return name.startsWith(PARAMETER_PREFIX) && name.length > PARAMETER_PREFIX.length;
}

/** The client's field that a set one takes the place of; undefined for a parameter that is none of the client's. */
function heldBackBy(name: string, asParameters: boolean): string | undefined {
  if (!asParameters) return lowerCase(name);
  return isClientParameter(name) ? lowerCase(name.slice(PARAMETER_PREFIX.length)) : undefined;
}

/** Under which name a field of the client is looked for among those that are held back. */
export function heldBackName(name: string, asParameters: boolean): string {
  return asParameters ? lowerCase(name).replaceAll('-', '_') : lowerCase(name);
}

/** Under which name a back end gets a field of the client. */
export function passedName(name: string, { asParameters }: Pick<Forwarding, 'asParameters'>): string {
  if (!asParameters) return name;
  return PARAMETER_PREFIX + upperCase(name).replaceAll('-', '_');
}

/** True where a client's field of that name, if nginx keeps it, goes to the back end as it is. */
export function passesOn(forwarding: Forwarding, name: string): boolean {
  if (isRewritten(forwarding, name)) return false;
  return forwarding.passesClientFields && !forwarding.heldBack.has(heldBackName(name, forwarding.asParameters));
}
