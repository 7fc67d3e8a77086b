/** Which constructs of a configuration requests met, what became of the requests, and by which jump they got there. */
import type { AccessTable, Verdict } from '../../src/analysis/access.js';
import { JUMPS, type Outcome, type Trace } from '../../src/analysis/evaluate.js';
import type { ClientClass } from '../../src/analysis/request.js';
import { siteKey } from '../../src/analysis/sites.js';
import type { ConfigNode } from '../../src/config/config-tree.js';
import type { HttpModel } from '../../src/model/model.js';
import type { Scope } from '../../src/model/scope.js';

/** What the access table says of the site at which a request ended; `refused` where it ended without content. */
export const VERDICTS = ['reached', 'conditional', 'unknown', 'refused'] as const;
export type CoverageVerdict = Verdict['verdict'];

/** What nginx does on the side: it ends at a place of its own. */
const ASIDES = ['auth_request', 'mirror', 'post_action', 'addition', 'ssi'] as const;

/** The last jump of a request, `direct` where there was none; what happened on the side counts by itself. */
export const WAYS = ['direct', ...JUMPS, ...ASIDES] as const;
export type Way = (typeof WAYS)[number];

/** Tells of a directive which constructs it is. */
const DIRECTIVES: Readonly<Record<string, (node: ConfigNode) => readonly string[]>> = {
  listen: ({ args: [address = ''] }) => [
    address.startsWith('unix:') ? 'listen unix' : address.startsWith('[') ? 'listen IPv6' : 'listen IPv4',
    ...(address.startsWith('*') ? ['listen *'] : []),
  ],
  server_name: ({ args }) => args.map(name => `server_name ${nameKind(name)}`),
  ssl_verify_client: ({ args: [mode = ''] }) => [`ssl_verify_client ${mode}`],
  ssl_trusted_certificate: () => ['ssl_trusted_certificate'],
  ssl_reject_handshake: () => ['ssl_reject_handshake'],
  merge_slashes: () => ['merge_slashes off'],
  location: node => [
    `location ${locationKind(node.args)}`,
    ...(node.parent?.name === 'location' ? ['location nested'] : []),
  ],
  if: node => [
    node.parent?.name === 'server' ? 'if in a server' : 'if in a location',
    ...(node.children?.some(child => child.name.endsWith('_pass')) ? ['if with a handler'] : []),
  ],
  set: ({ args: [name = ''] }) => (name === '$ssl_client_verify' ? ['set', 'set $ssl_client_verify'] : ['set']),
  rewrite: ({ args: [, , flag = 'without a flag'] }) => [`rewrite ${flag}`],
  break: () => ['break'],
  return: ({ args: [code = '', text] }) => [
    `return ${code[0]}xx`,
    ...(text === undefined ? [] : ['return with a text']),
  ],
  limit_except: node => [
    'limit_except',
    ...(node.children?.some(child => child.name === 'deny') ? ['limit_except with deny'] : []),
    ...(node.children?.some(child => child.name.endsWith('_pass')) ? ['limit_except with a handler'] : []),
  ],
  error_page: ({ args }) => {
    const answer = args.find(word => word.startsWith('='));
    const target = args.at(-1) ?? '';
    return [
      answer === undefined ? 'error_page' : answer === '=' ? 'error_page =' : 'error_page =CODE',
      `error_page to ${target.startsWith('@') ? 'a name' : target.startsWith('$') ? 'a variable' : 'a URI'}`,
    ];
  },
  recursive_error_pages: () => ['recursive_error_pages'],
  proxy_intercept_errors: () => ['proxy_intercept_errors'],
  auth_request: ({ args: [uri] }) => [uri === 'off' ? 'auth_request off' : 'auth_request'],
  auth_request_set: () => ['auth_request_set'],
  auth_basic: () => ['auth_basic'],
  allow: () => ['allow'],
  deny: () => ['deny'],
  satisfy: () => ['satisfy any'],
  proxy_set_header: setsFields,
  grpc_set_header: setsFields,
  fastcgi_param: setsFields,
  uwsgi_param: setsFields,
  scgi_param: setsFields,
  proxy_pass_request_headers: () => ['pass_request_headers off'],
  fastcgi_pass_request_headers: () => ['pass_request_headers off'],
  uwsgi_pass_request_headers: () => ['pass_request_headers off'],
  scgi_pass_request_headers: () => ['pass_request_headers off'],
  underscores_in_headers: () => ['underscores_in_headers'],
  ignore_invalid_headers: () => ['ignore_invalid_headers off'],
  set_real_ip_from: () => ['set_real_ip_from'],
  real_ip_header: () => ['real_ip_header'],
  real_ip_recursive: () => ['real_ip_recursive'],
  try_files: () => ['try_files'],
  index: ({ args: [first = ''] }) => [first.startsWith('/') ? 'index absolute' : 'index'],
  autoindex: () => ['autoindex'],
  random_index: () => ['random_index'],
  alias: () => ['alias'],
  internal: () => ['internal'],
  mirror: () => ['mirror'],
  post_action: ({ args: [uri] }) => (uri === 'off' ? [] : ['post_action']),
  ssi: () => ['ssi'],
  add_before_body: () => ['add_before_body'],
  add_after_body: () => ['add_after_body'],
  client_max_body_size: () => ['client_max_body_size'],
  limit_req: () => ['limit_req'],
  limit_conn: () => ['limit_conn'],
  proxy_pass: ({ args: [target = ''] }) => [target.endsWith('-dead') ? 'dead back end' : 'proxy_pass'],
  fastcgi_pass: () => ['fastcgi_pass'],
  uwsgi_pass: () => ['uwsgi_pass'],
  scgi_pass: () => ['scgi_pass'],
  grpc_pass: () => ['grpc_pass'],
  memcached_pass: () => ['memcached_pass'],
  empty_gif: () => ['empty_gif'],
  stub_status: () => ['stub_status'],
  access_by_lua_block: () => ['access_by_lua'],
  rewrite_by_lua_block: () => ['rewrite_by_lua'],
  set_by_lua_block: () => ['set_by_lua'],
  map: ({ args: [source = ''], children = [] }) => [
    'map',
    ...(/\$(m[1-6])/.test(source) ? ['map of a map'] : []),
    ...(children.some(child => child.name === 'hostnames') ? ['map with hostnames'] : []),
    ...(children.some(child => child.name === 'volatile') ? ['map volatile'] : []),
    ...(children.some(child => child.name.startsWith('~')) ? ['map with a regex'] : []),
    ...(children.some(child => child.args[0]?.includes('$1')) ? ['map with captures'] : []),
  ],
  geo: ({ children = [] }) => [
    children.some(child => child.name === 'ranges')
      ? 'geo with ranges'
      : children.some(child => child.name === 'proxy')
        ? 'geo with proxies'
        : 'geo',
  ],
  split_clients: () => ['split_clients'],
};

/** What is said of whole files and sockets. */
const PLACES = ['include of a file', 'include of a pattern', 'snippet in several servers', 'several servers'] as const;

/** The lists of http, which all blocks have, are there for the number of the request alone. */
function setsFields({ name, parent }: ConfigNode): readonly string[] {
  return parent?.name === 'http' ? [] : [name];
}

function nameKind(name: string): string {
  if (name.startsWith('~')) return 'regex';
  if (name === '') return 'empty';
  if (name.startsWith('*.') || name.startsWith('.')) return 'leading';
  return name.endsWith('.*') ? 'trailing' : 'exact';
}

function locationKind([modifier = '', text]: readonly string[]): string {
  if (modifier.startsWith('@')) return '@';
  return text === undefined ? 'prefix' : modifier;
}

/** Settings that blocks pass down, so that a request meets them below the block that holds them. */
const INHERITED = [
  ...[
    'error_page',
    'recursive_error_pages',
    'proxy_intercept_errors',
    'auth_request',
    'auth_request_set',
    'auth_basic',
  ],
  ...['allow', 'deny', 'satisfy', 'set_real_ip_from', 'real_ip_header', 'real_ip_recursive', 'index', 'autoindex'],
  ...['mirror', 'post_action', 'ssi', 'add_before_body', 'add_after_body', 'client_max_body_size', 'limit_req'],
  ...['limit_conn', 'internal', 'access_by_lua_block', 'rewrite_by_lua_block', 'alias', 'proxy_set_header'],
  ...['grpc_set_header', 'fastcgi_param', 'uwsgi_param', 'scgi_param', 'proxy_pass_request_headers'],
  ...['fastcgi_pass_request_headers', 'uwsgi_pass_request_headers', 'scgi_pass_request_headers'],
];

/** Every construct that the generator is to bring before a request. */
export const CONSTRUCTS: readonly string[] = [
  ...['listen IPv4', 'listen IPv6', 'listen *', 'listen unix', 'several servers'],
  ...['server_name exact', 'server_name leading', 'server_name trailing', 'server_name regex', 'server_name empty'],
  ...[
    'ssl_verify_client off',
    'ssl_verify_client on',
    'ssl_verify_client optional',
    'ssl_verify_client optional_no_ca',
  ],
  ...['ssl_trusted_certificate', 'ssl_reject_handshake', 'merge_slashes off', ...PLACES.slice(0, 3)],
  ...['location prefix', 'location ^~', 'location =', 'location ~', 'location ~*', 'location @', 'location nested'],
  ...['if in a server', 'if in a location', 'if with a handler', 'set', 'set $ssl_client_verify', 'break'],
  ...['rewrite without a flag', 'rewrite last', 'rewrite break', 'rewrite redirect', 'rewrite permanent'],
  ...['return 2xx', 'return 3xx', 'return 4xx', 'return 5xx', 'return with a text'],
  ...['limit_except', 'limit_except with deny', 'limit_except with a handler'],
  ...['error_page', 'error_page =', 'error_page =CODE', 'error_page to a name', 'error_page to a URI'],
  ...['error_page to a variable', 'recursive_error_pages', 'proxy_intercept_errors', 'dead back end'],
  ...['auth_request', 'auth_request off', 'auth_request_set', 'auth_basic', 'allow', 'deny', 'satisfy any'],
  ...['set_real_ip_from', 'real_ip_header', 'real_ip_recursive', 'limit_req', 'limit_conn', 'client_max_body_size'],
  ...[
    'try_files',
    'index',
    'index absolute',
    'autoindex',
    'random_index',
    'alias',
    'internal',
    'mirror',
    'post_action',
  ],
  ...['ssi', 'add_before_body', 'add_after_body', 'proxy_pass', 'fastcgi_pass', 'uwsgi_pass', 'scgi_pass', 'grpc_pass'],
  ...['memcached_pass', 'empty_gif', 'stub_status', 'access_by_lua', 'rewrite_by_lua', 'set_by_lua'],
  ...['proxy_set_header', 'grpc_set_header', 'fastcgi_param', 'uwsgi_param', 'scgi_param'],
  ...['pass_request_headers off', 'underscores_in_headers', 'ignore_invalid_headers off'],
  ...['map', 'map of a map', 'map with hostnames', 'map volatile', 'map with a regex', 'map with captures'],
  ...['geo', 'geo with ranges', 'geo with proxies', 'split_clients'],
];

/** Combinations that no request can show; an undefined part stands for all. */
export interface Impossible {
  readonly constructs?: readonly string[];
  readonly verdicts?: readonly CoverageVerdict[];
  readonly ways?: readonly Way[];
  readonly reason: string;
}

export const IMPOSSIBLE: readonly Impossible[] = [
  {
    verdicts: ['conditional'],
    ways: ASIDES,
    reason: 'what happens on the side is compared by the back ends that are asked, not with a cell of the table',
  },
  {
    verdicts: ['reached', 'refused'],
    ways: ['ssi'],
    reason: 'the evaluator calls every include unknown',
  },
  {
    verdicts: ['unknown'],
    ways: ['auth_request'],
    reason: 'a check that is not decided makes the request itself unknown, and has no end of its own',
  },
];

/** Whether a combination cannot be shown, and why. */
export function impossibility(construct: string, verdict: CoverageVerdict, way: Way): string | undefined {
  const fits = <T>(parts: readonly T[] | undefined, part: T) => parts === undefined || parts.includes(part);
  return IMPOSSIBLE.find(
    ({ constructs, verdicts, ways }) => fits(constructs, construct) && fits(verdicts, verdict) && fits(ways, way),
  )?.reason;
}

/** How often each combination was met. */
export class Coverage {
  readonly #counts = new Map<string, number>();

  add(construct: string, verdict: CoverageVerdict, way: Way, times = 1): void {
    const key = JSON.stringify([construct, verdict, way]);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + times);
  }

  count(construct: string, verdict: CoverageVerdict, way: Way): number {
    return this.#counts.get(JSON.stringify([construct, verdict, way])) ?? 0;
  }

  /** The counts as rows, for another process or a file; `merge` reads them. */
  rows(): [construct: string, verdict: CoverageVerdict, way: Way, count: number][] {
    return [...this.#counts].map(([key, count]) => {
      const [construct, verdict, way] = JSON.parse(key) as [string, CoverageVerdict, Way];
      return [construct, verdict, way, count];
    });
  }

  merge(rows: ReturnType<Coverage['rows']>): void {
    for (const [construct, verdict, way, count] of rows) this.add(construct, verdict, way, count);
  }

  /** The combinations that are possible and were not met, with any verdict but `unknown`, which nothing is meant to have. */
  zeros(): [construct: string, verdict: CoverageVerdict, way: Way][] {
    return combinations().filter(
      ([construct, verdict, way]) =>
        verdict !== 'unknown' &&
        this.count(construct, verdict, way) === 0 &&
        impossibility(construct, verdict, way) === undefined,
    );
  }

  /** The combinations that were met although they are said to be impossible. */
  contradictions(): [construct: string, verdict: CoverageVerdict, way: Way][] {
    return combinations().filter(
      ([construct, verdict, way]) =>
        this.count(construct, verdict, way) > 0 && impossibility(construct, verdict, way) !== undefined,
    );
  }

  /** The whole table: for each verdict a row per construct and a column per way; `-` is impossible. */
  table(): string {
    const width = Math.max(...CONSTRUCTS.map(construct => construct.length));
    return VERDICTS.map(verdict => {
      const head = `${verdict.padEnd(width)} ${WAYS.map(way => way.padStart(COLUMN)).join('')}`;
      const rows = CONSTRUCTS.map(construct => {
        const cells = WAYS.map(way => {
          const isImpossible = impossibility(construct, verdict, way) !== undefined;
          return (isImpossible ? '-' : String(this.count(construct, verdict, way))).padStart(COLUMN);
        });
        return `${construct.padEnd(width)} ${cells.join('')}`;
      });
      return [head, ...rows].join('\n');
    }).join('\n\n');
  }
}

const COLUMN = 17;

function combinations(): [construct: string, verdict: CoverageVerdict, way: Way][] {
  return CONSTRUCTS.flatMap(construct =>
    VERDICTS.flatMap(verdict => WAYS.map((way): [string, CoverageVerdict, Way] => [construct, verdict, way])),
  );
}

/** Finds the constructs that ways through one configuration met. */
export class ConstructFinder {
  readonly #model: HttpModel;
  readonly #nodes = new Map<string, ConfigNode>();
  readonly #tags = new Map<ConfigNode, readonly string[]>();
  readonly #definitions = new Map<string, readonly string[]>();
  readonly #snippets: ReadonlySet<string>;
  readonly #seen = new Map<string, ReadonlySet<string>>();

  constructor(model: HttpModel) {
    this.#model = model;
    const includers = new Map<string, Set<ConfigNode>>();
    const visit = (node: ConfigNode, server: ConfigNode | undefined) => {
      this.#nodes.set(placeOf(node.source.path, node.directive.start), node);
      if (node.chain !== undefined && server !== undefined && node !== server) {
        const known = includers.get(node.source.path) ?? new Set();
        includers.set(node.source.path, known.add(server));
      }
      for (const child of node.children ?? []) visit(child, node.name === 'server' ? node : server);
    };
    const http = model.scope.node;
    if (http !== undefined) visit(http, undefined);
    this.#snippets = new Set([...includers].filter(([, servers]) => servers.size > 1).map(([path]) => path));
  }

  /** The constructs of the blocks that the request came by, and of the settings in force at its end. */
  constructs({ steps, block, server }: Trace): ReadonlySet<string> {
    const nodes = new Set<ConfigNode>();
    for (const { span } of steps) {
      const node = this.#nodes.get(placeOf(span.file.path, span.start));
      if (node !== undefined) nodes.add(node);
    }
    const key = [...nodes].map(node => `${node.source.path}:${node.directive.start}`).join();
    const id = `${key} ${server?.index} ${block?.node?.source.path}:${block?.node?.directive.start} ${block?.kind}`;
    let found = this.#seen.get(id);
    if (found === undefined) {
      const all = new Set<string>();
      for (const node of nodes) {
        for (const tag of this.#blockTags(node)) all.add(tag);
      }
      for (const node of settingsIn(block)) for (const tag of this.#nodeTags(node)) all.add(tag);
      if (server?.listens.some(({ socket }) => socket.servers.length > 1)) all.add('several servers');
      found = all;
      this.#seen.set(id, found);
    }
    return found;
  }

  /** The node's own constructs, and those of what stands directly in its block. */
  #blockTags(node: ConfigNode): readonly string[] {
    const isBlock = ['server', 'location', 'if', 'limit_except'].includes(node.name);
    const inner = isBlock ? (node.children ?? []).filter(child => child.name !== 'location') : [];
    return [node, ...inner].flatMap(each => this.#nodeTags(each));
  }

  #nodeTags(node: ConfigNode): readonly string[] {
    let tags = this.#tags.get(node);
    if (tags === undefined) {
      const own = Object.hasOwn(DIRECTIVES, node.name) ? DIRECTIVES[node.name]!(node) : [];
      tags = [...own, ...this.#placeTags(node), ...node.args.flatMap(word => this.#variableTags(word))];
      this.#tags.set(node, tags);
    }
    return tags;
  }

  #placeTags({ source, chain }: ConfigNode): string[] {
    if (chain === undefined) return [];
    if (this.#snippets.has(source.path)) return ['snippet in several servers'];
    const pattern = chain.directive.args[0]?.value ?? '';
    return [pattern.includes('*') ? 'include of a pattern' : 'include of a file'];
  }

  #variableTags(word: string): readonly string[] {
    return [...word.matchAll(/\$\{?(\w+)/g)].flatMap(([, name = '']) => {
      const known = this.#definitions.get(name);
      if (known !== undefined) return known;
      this.#definitions.set(name, []);
      const node = this.#model.variables.get(name.toLowerCase())?.node;
      const tags = node === undefined ? [] : this.#nodeTags(node);
      this.#definitions.set(name, tags);
      return tags;
    });
  }
}

function placeOf(path: string, start: number): string {
  return `${start} ${path}`;
}

function settingsIn(block: Scope | undefined): readonly ConfigNode[] {
  return block === undefined ? [] : INHERITED.flatMap(name => block.effective(name));
}

/** Counts what requests met; `classes` are those that the client may be of at the site where it ended. */
export function addCoverage(
  coverage: Coverage,
  finder: ConstructFinder,
  table: AccessTable,
  traces: readonly { readonly trace: Trace; readonly classes: readonly ClientClass[] }[],
): void {
  const rows = new Map(table.rows.map(row => [siteKey(row.site), row]));
  const verdictOf = (outcome: Outcome, classes: readonly ClientClass[]): CoverageVerdict => {
    if (outcome.kind === 'unknown') return 'unknown';
    if (outcome.kind !== 'content') return 'refused';
    const row = rows.get(siteKey(outcome.site));
    // The class does not matter to the request: the most that the table grants one of them.
    const verdicts = classes.map(client => row?.access[client].verdict ?? 'refused');
    return VERDICTS.find(verdict => verdicts.includes(verdict)) ?? 'refused';
  };
  // Many ways come by the same blocks, so they are counted together first.
  const tallies = new Map<ReadonlySet<string>, Coverage>();
  for (const { trace, classes } of traces) {
    const constructs = finder.constructs(trace);
    const tally = tallies.get(constructs) ?? new Coverage();
    tallies.set(constructs, tally);
    tally.add('', verdictOf(trace.outcome, classes), trace.jumps.at(-1) ?? 'direct');
    for (const { via, outcome } of trace.asides) {
      const { kind } = outcome;
      tally.add('', kind === 'content' ? 'reached' : kind === 'unknown' ? 'unknown' : 'refused', via);
    }
  }
  for (const [constructs, tally] of tallies) {
    const rows = tally.rows();
    for (const construct of constructs) {
      for (const [, verdict, way, count] of rows) coverage.add(construct, verdict, way, count);
    }
  }
}
