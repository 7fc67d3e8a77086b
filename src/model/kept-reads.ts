import type { HttpModel, Template } from './model.js';

/** Variables of nginx's own that are computed anew for whoever reads them, but for those that take what was read last. */
const ANEW: ReadonlySet<string> = new Set([
  ...['uri', 'document_uri', 'args', 'query_string', 'is_args', 'request_method'],
  ...['document_root', 'realpath_root', 'request_filename', 'fastcgi_script_name', 'fastcgi_path_info'],
]);

/**
 * True for a variable that most texts compute anew (NGX_HTTP_VAR_NOCACHEABLE), but that `index` and memcached take as it was
 * read last, be it before a jump (ngx_http_get_indexed_variable without a flush, row 10.10d).
 */
export function isComputedAnew({ variables }: Pick<HttpModel, 'variables'>, name: string): boolean {
  const definition = variables.get(name);
  if (definition === undefined) return ANEW.has(name) || name.startsWith('arg_');
  return definition.kind === 'map' && definition.isVolatile;
}

const AS_READ_LAST = ' as it was read last';

/** The name under which the value of a variable is known that was read last; no variable has one like it. */
export function lastReadOf(name: string): string {
  return name + AS_READ_LAST;
}

/** True for the names that `lastReadOf` gives. */
export function isLastRead(name: string): boolean {
  return name.endsWith(AS_READ_LAST);
}

/** A text that takes its variables as they were read last, by what is known under their names. */
export function withLastReads(
  model: Pick<HttpModel, 'variables'>,
  template: Template,
  isKnown: (name: string) => boolean,
): Template {
  return template.map(piece => {
    if (piece.kind !== 'variable' || isKnown(piece.name) || !isComputedAnew(model, piece.name)) return piece;
    const lastRead = lastReadOf(piece.name);
    return isKnown(lastRead) ? { ...piece, name: lastRead } : piece;
  });
}
