/** The request line and header lines as nginx reads them (ngx_http_parse.c, ngx_http_request.c). */
import { lowerCase } from '../../source/ascii.js';

export { lowerCase };

/** What a request target says, or the error that it raises. */
export type ParsedTarget =
  | {
      readonly kind: 'target';
      /** The host of an absolute target, as written with its port. */
      readonly host: string | undefined;
      /** The target from its path on, raw: `$request_uri`. */
      readonly raw: string;
    }
  | { readonly kind: 'error'; readonly code: 400 | 505 };

/** Reads method and target (ngx_http_parse_request_line, rows 6.9, 6.10, 10.52). */
export function parseRequestLine(method: string, target: string): ParsedTarget {
  if (!/^[A-Z_-]+$/.test(method)) return { kind: 'error', code: 400 };
  const version = /^[^ ]+ +HTTP\/([2-9])/.exec(target);
  if (version !== null && /^(\/|[A-Za-z])/.test(target)) return { kind: 'error', code: 505 };
  if (/[\x00-\x20\x7f]/.test(target)) return { kind: 'error', code: 400 };
  if (target.startsWith('/')) return { kind: 'target', host: undefined, raw: target };
  const absolute =
    /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([A-Za-z0-9.-]*(?::[0-9]*)?|\[[0-9A-Za-z.:_~!$&'()*+,;=-]*\](?::[0-9]*)?)([/?].*)?$/s.exec(
      target,
    );
  if (absolute === null) return { kind: 'error', code: 400 };
  return { kind: 'target', host: absolute[1]!, raw: absolute[2] ?? '' };
}

/** Path and arguments of a raw target. */
export interface DecodedTarget {
  readonly path: string;
  readonly args: string;
  /** A `%` or `+` was in the path: captures of it are escaped again in arguments (ngx_http_script_copy_capture_code). */
  readonly quoted: boolean;
}

/** A decoded path as it stands in a request line: everything but plain characters percent-encoded. */
export function encodePath(path: string): string {
  return path.replace(
    /[^A-Za-z0-9/._~!$&'()*+,;=:@-]/g,
    byte => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

/** Decodes and normalises a raw target (ngx_http_parse_complex_uri, row 6.7); undefined where nginx answers 400. */
export function decodeTarget(raw: string, mergeSlashes: boolean): DecodedTarget | undefined {
  const hash = raw.indexOf('#');
  const text = hash === -1 ? raw : raw.slice(0, hash);
  const mark = text.indexOf('?');
  const encoded = mark === -1 ? text : text.slice(0, mark);
  const args = mark === -1 ? '' : text.slice(mark + 1);
  const quoted = /[%+]/.test(encoded);
  let path = '';
  let state: 'usual' | 'slash' | 'dot' | 'dots' = 'usual';
  const leaveDots = (): boolean => {
    // The path ends in `/..`: cut that and the segment before it.
    const above = path.length - 3 <= 0 ? -1 : path.lastIndexOf('/', path.length - 4);
    if (above === -1) return false;
    path = path.slice(0, above + 1);
    return true;
  };
  for (let at = 0; at < encoded.length; at += 1) {
    let byte = encoded[at]!;
    if (byte === '%') {
      const digits = encoded.slice(at + 1, at + 3);
      if (!/^[0-9A-Fa-f]{2}$/.test(digits)) return undefined;
      at += 2;
      byte = String.fromCharCode(Number.parseInt(digits, 16));
      if (byte === '\0') return undefined;
      if (byte === '%' || byte === '#' || byte === '?') {
        state = 'usual';
        path += byte;
        continue;
      }
    }
    if (byte === '/') {
      if (state === 'usual') path += '/';
      else if (state === 'slash') {
        if (!mergeSlashes) path += '/';
      } else if (state === 'dot') path = path.slice(0, -1);
      else if (!leaveDots()) return undefined;
      state = 'slash';
    } else if (byte === '.' && state === 'slash') {
      path += byte;
      state = 'dot';
    } else if (byte === '.' && state === 'dot') {
      path += byte;
      state = 'dots';
    } else {
      path += byte;
      state = 'usual';
    }
  }
  if (state === 'dot') path = path.slice(0, -1);
  else if (state === 'dots' && !leaveDots()) return undefined;
  return { path, args, quoted };
}

/** ngx_http_arg: raw, first copy, name without case (row 13.10). */
export function argument(args: string, name: string): string {
  if (name === '') return '';
  for (const part of args.split('&')) {
    if (lowerCase(part).startsWith(`${name}=`)) return part.slice(name.length + 1);
  }
  return '';
}

/**
 * The name in a Host header or an SNI: lower case, without port and final dot; undefined where nginx refuses it
 * (ngx_http_validate_host, row 13.6b).
 */
export function validHost(text: string): string | undefined {
  let dot = text.length;
  let end = text.length;
  let state: 'usual' | 'literal' | 'rest' = 'usual';
  for (let at = 0; at < text.length; at += 1) {
    const byte = text[at]!;
    if (byte === '.') {
      if (dot === at - 1) return undefined;
      dot = at;
    } else if (byte === ':') {
      if (state === 'usual') {
        end = at;
        state = 'rest';
      }
    } else if (byte === '[') {
      if (at === 0) state = 'literal';
    } else if (byte === ']') {
      if (state === 'literal') {
        end = at + 1;
        state = 'rest';
      }
    } else if (byte === '/' || byte <= ' ' || byte === '\x7f') {
      return undefined;
    }
  }
  if (dot === end - 1) end -= 1;
  return end === 0 ? undefined : lowerCase(text.slice(0, end));
}

/** Escapes as nginx does when it writes a capture into arguments (ngx_escape_uri, NGX_ESCAPE_ARGS). */
export function escapeArguments(text: string): string {
  return text.replace(
    /[\x00-\x20"#%&+;<>?\\^`{|}\x7f-\xff]/g,
    byte => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

/** Whether nginx reads a header name, drops the line or refuses the request (ngx_http_parse_header_line, row 12.5). */
export function headerNameKind(name: string, underscores: boolean): 'valid' | 'invalid' | 'error' {
  if (name === '' || /[\x00-\x20\x7f]/.test(name)) return 'error';
  return (underscores ? /^[A-Za-z0-9_-]+$/ : /^[A-Za-z0-9-]+$/).test(name) ? 'valid' : 'invalid';
}

/** Headers that a request may carry once (ngx_http_headers_in, ngx_http_process_unique_header_line). */
export const UNIQUE_HEADERS: ReadonlySet<string> = new Set([
  'if-modified-since',
  'if-unmodified-since',
  'if-match',
  'if-none-match',
  'content-length',
  'content-range',
  'if-range',
  'transfer-encoding',
  'expect',
  'authorization',
]);
