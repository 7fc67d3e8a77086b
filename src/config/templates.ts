import type { Directive } from '../../grammar/ast.js';
import type { Range, TemplateMarks } from '../../grammar/template.js';
import { holdsPlaceholder } from '../source/placeholder.js';

/** What a template leaves open about a directive, as far as access depends on it. */
export interface TemplateEffect {
  /** The block around it is not known as a whole: the directive may be another one, or not be there. */
  readonly around: boolean;
  /** The block that it opens may not be there, or several times. */
  readonly own: boolean;
}

const NO_EFFECT: TemplateEffect = { around: false, own: false };

/**
 * Directives whose argument decides who gets where, and that the model takes as fixed text. Arguments that may hold
 * variables (`set`, `return`, `rewrite`, conditions, maps) are not among them: a placeholder there is an unknown value.
 */
const DECIDING: ReadonlySet<string> = new Set([
  'allow',
  'auth_basic',
  'auth_basic_user_file',
  'auth_jwt',
  'auth_request',
  'auth_request_set',
  'autoindex',
  'client_max_body_size',
  'deny',
  'error_page',
  'fastcgi_intercept_errors',
  'grpc_intercept_errors',
  'ignore_invalid_headers',
  'include',
  'index',
  'large_client_header_buffers',
  'limit_except',
  'listen',
  'location',
  'merge_slashes',
  'mirror',
  'post_action',
  'proxy_intercept_errors',
  'real_ip_header',
  'real_ip_recursive',
  'recursive_error_pages',
  'satisfy',
  'scgi_intercept_errors',
  'set_real_ip_from',
  'ssl',
  'ssl_conf_command',
  'ssl_reject_handshake',
  'ssl_verify_client',
  'ssl_verify_depth',
  'try_files',
  'underscores_in_headers',
  'uwsgi_intercept_errors',
]);

/** Directives that may be there or not without a difference to who gets where. Others count, unknown ones too. */
const INDIFFERENT =
  /^((proxy|fastcgi|uwsgi|scgi|grpc|memcached)_(?!pass$|intercept_errors$)|ssl_(certificate|ciphers|dhparam|ecdh|protocols|prefer|session|stapling|password|buffer|early)|gzip|brotli|add_header|add_trailer|more_|access_log|error_log|log_|expires|etag|keepalive|send|sendfile|tcp_|aio|directio|output_buffers|open_file_cache|server_tokens|types|default_type|charset|resolver|client_(body|header)_|reset_|lingering|sub_filter|variables_hash|map_hash|server_names_hash|types_hash|upstream$|events$|user$|worker|pid$|load_module|daemon$|env$|pcre_jit|hash$|zone$|http2_|http3_|msie)/;

/** Blocks whose lines are entries of a table: each of them counts. */
const TABLES: ReadonlySet<string> = new Set(['map', 'geo', 'split_clients']);

/** Blocks that a template may leave out: whether one is there decides what the requests meet. */
const CONDITIONAL_BLOCKS: ReadonlySet<string> = new Set([
  'server',
  'map',
  'geo',
  'split_clients',
  'location',
  'if',
  'limit_except',
]);

/**
 * What a template leaves open about a directive.
 *
 * @param parent the name of the block around it; undefined at the top
 */
export function templateEffect(directive: Directive, parent: string | undefined, marks: TemplateMarks): TemplateEffect {
  const { args, block, end, name, start } = directive;
  const isEntry = parent !== undefined && TABLES.has(parent);
  if (holdsPlaceholder(name.value)) return { around: true, own: false };
  const isConditional = overlaps(marks.regions, start, block?.open ?? end);
  if (isConditional) {
    const counts = isEntry || !INDIFFERENT.test(name.value);
    return { around: counts, own: block !== undefined && CONDITIONAL_BLOCKS.has(name.value) };
  }
  // The entries of a geo block are plain text; those of a map are templates.
  const decides = DECIDING.has(name.value) || (isEntry && parent !== 'map');
  return decides && args.some(word => holdsPlaceholder(word.value)) ? { around: true, own: false } : NO_EFFECT;
}

/** True where a template fills in a word of a directive, or decides which of its words are there. */
export function isTemplated({ args, block, end, name, start }: Directive, { statements }: TemplateMarks): boolean {
  return [name, ...args].some(word => holdsPlaceholder(word.value)) || overlaps(statements, start, block?.open ?? end);
}

/** True where one of the sorted ranges has something in common with the range from `start` to `end`. */
function overlaps(ranges: readonly Range[], start: number, end: number): boolean {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranges[middle]!.end <= start) low = middle + 1;
    else high = middle;
  }
  const range = ranges[low];
  return range !== undefined && range.start < end;
}
