import { ByteSet } from '../pcre/byte-set.js';
import {
  accepts,
  bytes,
  complement,
  concat,
  everything,
  intersect,
  type Language,
  literal,
  literalCaseless,
  optional,
  star,
  union,
} from '../pcre/language.js';

/** The bytes from `first` to `last`. */
const range = ByteSet.range;

/** Bytes but those of a text. */
function without(set: ByteSet, excluded: string): ByteSet {
  return set.without(ByteSet.among(excluded));
}

function plus(language: Language): Language {
  return concat(language, star(language));
}

function containing(text: Language): Language {
  return concat(everything, text, everything);
}

/** Every text that holds the given one. */
export function holding(text: string): Language {
  return containing(literal(text));
}

/** Every text that begins with the given one. */
export function startsWith(text: string): Language {
  return concat(literal(text), everything);
}

/** Every text that ends with the given one. */
export function endsWith(text: string): Language {
  return concat(everything, literal(text));
}

/** Every text but the empty one. */
export const NOT_EMPTY: Language = complement(literal(''));

/** The values that an `if ($v)` takes for false (ngx_http_script_if_code, rows 4.3-4.5). */
export const FALSE_VALUES: Language = union(literal(''), literal('0'));

const segment = concat(literal('/'), union(literal('.'), literal('..')));

/**
 * Paths as ngx_http_parse_complex_uri leaves them: decoded, from a slash on, without NUL, `.` and `..` segments (row 6.7).
 */
const DECODED_PATH: Language = intersect(
  concat(literal('/'), star(bytes(range(1, 255)))),
  complement(containing(concat(segment, literal('/')))),
  complement(concat(everything, segment)),
);

const MERGED_PATH: Language = intersect(DECODED_PATH, complement(containing(literal('//'))));

/** The decoded paths that a client can ask for. */
export function pathLanguage(mergeSlashes: boolean): Language {
  return mergeSlashes ? MERGED_PATH : DECODED_PATH;
}

const visible = range(0x21, 0x7e).union(range(0x80, 0xff));

/** What a query string consists of. */
export const ARGUMENTS_BYTES: ByteSet = without(visible, '#');

/** What the value of one argument consists of. */
export const ARGUMENT_BYTES: ByteSet = without(visible, '#&');

/** The schemes that a computed target begins with, by the directive that passes on to it, and whether one has to be there. */
const SCHEMES: Readonly<Record<string, { readonly names: readonly string[]; readonly isNeeded: boolean }>> = {
  proxy_pass: { names: ['http', 'https'], isNeeded: true },
  grpc_pass: { names: ['grpc', 'grpcs'], isNeeded: false },
  uwsgi_pass: { names: ['uwsgi', 'suwsgi'], isNeeded: false },
  fastcgi_pass: { names: [], isNeeded: false },
  scgi_pass: { names: [], isNeeded: false },
};

/**
 * Computed targets of a pass directive with a host of a language (ngx_http_proxy_eval and its kin, ngx_parse_url, row 11.10);
 * undefined where the directive takes none.
 */
export function targetUrl(directive: string, host: Language): Language | undefined {
  const schemes = SCHEMES[directive];
  if (schemes === undefined) return undefined;
  const scheme = union(...schemes.names.map(name => literalCaseless(`${name}://`)));
  const address = concat(host, optional(concat(bytes(ByteSet.among('/?#')), everything)));
  const full = concat(scheme, address);
  // A scheme with nothing behind it is no host either.
  return schemes.isNeeded ? full : union(full, intersect(address, complement(concat(scheme, everything))));
}

/** Any host of a computed target. */
export const TARGET_HOST: Language = plus(bytes(without(range(0, 255), '/?#')));

const letterOrDigit = range(0x30, 0x39).union(range(0x41, 0x5a)).union(range(0x61, 0x7a));

/** One plain segment of a path: no dots at all, nothing to be escaped. */
export const PATH_SEGMENT: Language = plus(bytes(letterOrDigit.union(ByteSet.among('-_~'))));

/** Paths that stand in a request target as they are. */
export const PLAIN_PATH: Language = star(bytes(without(range(0x21, 0x7e), '%?#')));

/** Names of files that random_index takes into account. */
export const FILE_NAME: Language = concat(
  bytes(without(range(1, 255), './')),
  star(bytes(without(range(1, 255), '/'))),
);

/** The raw value of one argument. */
export const ARGUMENT: Language = star(bytes(ARGUMENT_BYTES));

/** A raw query string. */
export const ARGUMENTS: Language = star(bytes(ARGUMENTS_BYTES));

/** Bytes that nginx escapes where it writes a capture into arguments (ngx_escape_uri, NGX_ESCAPE_ARGS). */
const escapedInArguments = range(0, 0x20).union(range(0x7f, 0xff)).union(ByteSet.among('"#%&+;<>?\\^`{|}'));

/** Texts that stand in arguments as they are. */
export const PLAIN_IN_ARGUMENTS: Language = star(bytes(escapedInArguments.complement()));

const hexDigit = bytes(ByteSet.among('0123456789ABCDEF'));
const escapedByte = concat(literal('%'), hexDigit, hexDigit);

/** What nginx makes of any other text: some bytes of it are escaped. */
export const ESCAPED_ARGUMENT: Language = concat(
  PLAIN_IN_ARGUMENTS,
  escapedByte,
  star(union(escapedByte, PLAIN_IN_ARGUMENTS)),
);

/** Query strings in which the first argument of a name has a value of a language; with the empty value also those without it. */
export function argumentsWith(name: string, value: Language): Language {
  const own = concat(literalCaseless(`${name}=`), everything);
  const others = star(concat(intersect(ARGUMENT, complement(own)), literal('&')));
  const given = concat(
    others,
    literalCaseless(`${name}=`),
    intersect(value, ARGUMENT),
    optional(concat(literal('&'), everything)),
  );
  if (!accepts(value, '')) return given;
  return union(given, concat(others, intersect(ARGUMENT, complement(own))));
}

/**
 * What follows the path in a request target with a query string of a language: the question mark, and what nginx drops from
 * `#` on (ngx_http_parse_complex_uri).
 */
export function behindPath(query: Language): Language {
  const dropped = optional(concat(literal('#'), everything));
  const asked = concat(literal('?'), query, dropped);
  return accepts(query, '') ? union(asked, dropped) : asked;
}

/** Request targets of any path with a query string of a language. */
export function targetsWith(query: Language): Language {
  return concat(star(bytes(without(range(1, 255), '?#'))), behindPath(query));
}

/** A header's value: no control bytes, no blanks at its ends; empty where the header is not sent. */
export const HEADER: Language = optional(
  concat(bytes(visible), optional(concat(star(bytes(visible.union(ByteSet.of(0x20)))), bytes(visible)))),
);

/** A Content-Length that nginx takes; empty where it is not sent. */
export const LENGTH: Language = star(bytes(range(0x30, 0x39)));

/** A cookie's value. */
export const COOKIE: Language = star(bytes(without(visible, ';,"=')));

/** The name that a client claims by HTTP's basic authentication; empty where it claims none. */
export const USER: Language = star(bytes(without(visible, ':')));

/** Methods that get as far as the server program: TRACE and CONNECT do not (ngx_http_process_request_header). */
export const METHOD: Language = intersect(
  concat(bytes(range(0x41, 0x5a)), star(bytes(range(0x41, 0x5a).union(ByteSet.among('-_'))))),
  complement(union(literal('TRACE'), literal('CONNECT'))),
);

/** A host name as ngx_http_validate_host leaves it: lower case, no port, no final dot (row 13.6). */
export const HOST: Language = intersect(
  concat(
    bytes(without(visible, '/:.ABCDEFGHIJKLMNOPQRSTUVWXYZ[]')),
    star(bytes(without(visible, '/:ABCDEFGHIJKLMNOPQRSTUVWXYZ'))),
  ),
  complement(containing(literal('..'))),
  complement(endsWith('.')),
);

/**
 * The Host header as it is sent, with its case, port and final dot (`$http_host`): what ngx_http_validate_host takes. Empty
 * where there is none. It need not say the same as `$host`, which a target in absolute form decides (row 6.9).
 */
export const HOST_HEADER: Language = optional(
  intersect(
    plus(bytes(without(visible, '/'))),
    complement(containing(literal('..'))),
    complement(concat(optional(literal('.')), optional(concat(literal(':'), everything)))),
  ),
);

/** A Host header that ngx_http_validate_host refuses. */
export const REFUSED_HOST: Language = intersect(HEADER, complement(HOST_HEADER));

/** Names that are sent as SNI. */
export const SNI_NAME: Language = concat(
  bytes(range(0x30, 0x39).union(range(0x61, 0x7a))),
  star(bytes(range(0x30, 0x39).union(range(0x61, 0x7a)).union(ByteSet.among('-.')))),
  bytes(range(0x30, 0x39).union(range(0x61, 0x7a))),
);

/** All that can be sent as SNI (RFC 6066 has it shorter than a record); OpenSSL takes no NUL in it. */
export const ANY_SNI: Language = plus(bytes(range(1, 255)));

/** A folder that the path goes into and out of again before anything else. A target begins with a slash that is not escaped. */
const DETOUR: Language = concat(literal('/'), PATH_SEGMENT, literal('/..'));

/** The ways to write one byte of a path in a request target. */
function spellingsOf(byte: string): Language {
  const code = byte.charCodeAt(0).toString(16).padStart(2, '0');
  const escaped = literalCaseless(`%${code}`);
  return /[!-~]/.test(byte) && !/[%?#]/.test(byte) ? union(literal(byte), escaped) : escaped;
}

/** The request targets that nginx reads as a path, with what follows the path. */
export function writtenAs(path: string, tail: Language): Language {
  const [, ...rest] = path;
  const start = union(literal('/'), concat(DETOUR, spellingsOf('/')));
  return concat(start, ...rest.map(spellingsOf), tail);
}
