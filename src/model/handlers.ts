import type { ConfigNode } from '../config/config-tree.js';
import type { Handler, Location, Template } from './model.js';

/**
 * Directives that set the content handler of the block they stand in (request-semantics 11). memcached_pass speaks to an
 * upstream but is lost in `limit_except` like the handlers that answer by themselves (row 11.30).
 */
const HANDLERS: ReadonlyMap<string, Handler['kind']> = new Map([
  ...['proxy_pass', 'fastcgi_pass', 'uwsgi_pass', 'scgi_pass', 'grpc_pass'].map(name => [name, 'upstream'] as const),
  ...['memcached_pass', 'empty_gif', 'flv', 'mp4', 'stub_status', 'hls', 'api', 'status', 'upload_pass'].map(
    name => [name, 'own'] as const,
  ),
  ...['redis2_pass', 'redis_pass', 'drizzle_pass', 'postgres_pass', 'rtmp_stat', 'rtmp_control', 'upload_progress'].map(
    name => [name, 'own'] as const,
  ),
  ...['echo', 'echo_duplicate', 'echo_exec', 'echo_location', 'echo_location_async', 'echo_subrequest'].map(
    name => [name, 'own'] as const,
  ),
  ...['echo_subrequest_async', 'echo_request_body', 'echo_sleep', 'vhost_traffic_status_display'].map(
    name => [name, 'own'] as const,
  ),
  ...['nchan_publisher', 'nchan_subscriber', 'nchan_pubsub', 'nchan_stub_status', 'nchan_group_location'].map(
    name => [name, 'own'] as const,
  ),
  ...['push_publisher', 'push_subscriber', 'report_uploads', 'fastcgi_cache_purge', 'uwsgi_cache_purge'].map(
    name => [name, 'own'] as const,
  ),
  ...['content_by_lua', 'content_by_lua_block', 'content_by_lua_file', 'perl', 'js_content'].map(
    name => [name, 'script'] as const,
  ),
]);

/** Pass directives that make `location /x/` answer a request for `/x` with a redirect (rows 6.15-6.18). */
const REDIRECTING_HANDLERS: ReadonlySet<string> = new Set([
  'proxy_pass',
  'fastcgi_pass',
  'uwsgi_pass',
  'scgi_pass',
  'grpc_pass',
  'memcached_pass',
]);

/** True for content that comes from a back end. */
export function isPassed(content: string): boolean {
  return content.endsWith('_pass');
}

/** What memcached is asked for; an empty key is an error (ngx_http_memcached_create_request, row 11.11). */
export const MEMCACHED_KEY: Template = [{ kind: 'variable', name: 'memcached_key' }];

/** Handlers that answer GET and HEAD alone, before they look at anything else (ngx_http_memcached_handler and its like). */
const READERS_ONLY: ReadonlySet<string> = new Set(['empty_gif', 'stub_status', 'flv', 'mp4', 'memcached_pass']);

/** The handler that a block's own directives set: the last one written wins (row 11.5). */
export function handlerOf(directives: readonly ConfigNode[]): Handler | undefined {
  let handler: Handler | undefined;
  for (const node of directives) {
    const kind = HANDLERS.get(node.name);
    if (kind !== undefined) handler = { node, kind, content: kind === 'script' ? 'script' : node.name };
  }
  return handler;
}

/** The pass directives that go on inside `limit_except`, in the order in which nginx merges their modules. */
const MERGED_PASSES = ['proxy_pass', 'fastcgi_pass', 'uwsgi_pass', 'scgi_pass', 'grpc_pass'];

/**
 * The pass directive of a location that goes on in a `limit_except` block without a handler. Not the one written last: the
 * first module that has one takes the block, even where another handler answers in the location (rows 2.45 and 11.5,
 * ngx_http_proxy_merge_loc_conf and its kin).
 */
export function passInLimitExcept(directives: readonly ConfigNode[]): Handler | undefined {
  for (const name of MERGED_PASSES) {
    const node = directives.findLast(directive => directive.name === name);
    if (node !== undefined) return { node, kind: 'upstream', content: name };
  }
  return undefined;
}

/**
 * True where a location with these directives redirects a request that lacks its final slash: a pass directive asks for it
 * even where a later handler takes its place (`auto_redirect` of ngx_http_core_loc_conf_t, row 6.18).
 */
export function autoRedirects(directives: readonly ConfigNode[]): boolean {
  return directives.some(({ name }) => REDIRECTING_HANDLERS.has(name));
}

/**
 * The location whose directive of that name answers in a block of a location that has none: the location itself, and for
 * memcached_pass also one around it, since it alone inherits the back end into nested locations
 * (ngx_http_memcached_merge_loc_conf, row 3.25). Undefined where nothing does.
 */
export function holderOf(name: string, location: Location | undefined): Location | undefined {
  let holder = location;
  if (name === 'memcached_pass') {
    while (holder !== undefined && holder.scope.own(name).length === 0) holder = holder.parent;
  }
  return holder !== undefined && holder.scope.own(name).length > 0 ? holder : undefined;
}

/** True where the handler refuses every method but GET and HEAD with 405. */
export function answersReadersAlone(handler: Handler): boolean {
  return READERS_ONLY.has(handler.node.name);
}
