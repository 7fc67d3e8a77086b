/**
 * Why it is open whether a back end or `auth_request` is asked behind an error that a filter of the answer has raised: behind a 412
 * nginx ends the connection as soon as it would have to wait, and behind a 416 the answer of the back end may give another 416
 * (rows 8.57b, 8.58b).
 */
export const WITHHELD = 'the answer is withheld, whether or not the back end is asked';

/** Content that is a file, of which parts can be asked for (allow_ranges). */
export const FILES: ReadonlySet<string> = new Set(['static', 'flv', 'mp4']);

/** The start of a part that lies behind the end of every file. */
export const BEHIND_ALL = '9000000000000000000';

/** Codes under which nginx sends headers alone (ngx_http_header_filter, row 8.60). */
export const BODILESS: ReadonlySet<number> = new Set([204, 304]);
