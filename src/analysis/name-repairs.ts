/**
 * What somebody may have meant by a name that nginx never shows. Only for explanations: whether a name can be shown is
 * decided by the languages of identity-languages.
 */
import { printedName } from './identity-languages.js';

/** A change of a text that makes it more like what nginx shows. */
export interface Repair {
  /** What was wrong: a clause. */
  readonly why: string;
  readonly apply: (text: string) => string;
}

/** Escapes and the separators of RFC 2253, in front of a further attribute. */
const SEPARATOR = /(\\.)|\s*([,+;])\s*(?=[A-Za-z][\w.-]*\s*=)/gs;
const TYPE = /(^|(?<!\\)[,+])([A-Za-z][\w-]*)(?==)/g;

const COMMAS: readonly Repair[] = [
  { why: 'attributes behind slashes are what the variable with _legacy shows', apply: withoutSlashes },
  {
    why: 'nginx writes no blanks and no semicolons between the attributes',
    apply: text => trimmed(text.replace(SEPARATOR, (_, mark?: string, separator = '') => mark ?? comma(separator))),
  },
  {
    why: 'nginx quotes no values',
    apply: text =>
      text.replace(/="((?:[^"\\]|\\.)*)"/g, (_, value: string) => `=${escaped(value.replace(/\\(.)/g, '$1'))}`),
  },
  {
    why: 'OpenSSL knows a type by another name',
    apply: text => text.replace(TYPE, (_, before: string, name: string) => before + (printedName(name) ?? name)),
  },
  {
    why: 'bytes outside ASCII stand as a backslash and two upper-case digits',
    apply: text =>
      text
        .replace(/[\x00-\x1f\x7f-\xff]/g, byte => `\\${byte.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`)
        .replace(/\\x?([0-9a-f]{2})/gi, (_, code: string) => `\\${code.toUpperCase()}`),
  },
  {
    why: 'nginx puts a backslash in front of ,+"\\<>; and of nothing else',
    apply: text =>
      text
        .replace(/\\([^,+"\\<>;0-9A-F# ])/g, '$1')
        .replace(/(\\.)|(["<>;]|[,+](?![A-Za-z][\w.-]*=))/gs, (_, mark?: string, bare = '') => mark ?? `\\${bare}`),
  },
];

const SLASHES: readonly Repair[] = [
  { why: 'attributes between commas are what the variable without _legacy shows', apply: withSlashes },
];

const FINGERPRINT: readonly Repair[] = [
  {
    why: 'nginx writes nothing but the digits',
    apply: text => text.replace(/^(?:sha-?1\b[^=:]*[=:]\s*|0x)/i, '').replace(/[:\s-]/g, ''),
  },
  { why: 'nginx writes lower-case digits', apply: text => text.toLowerCase() },
];

const SERIAL: readonly Repair[] = [
  {
    why: 'nginx writes nothing but the digits',
    apply: text => text.replace(/^(?:serial=)?(?:0x)?/i, '').replace(/[:\s]/g, ''),
  },
  { why: 'nginx writes upper-case digits', apply: text => text.toUpperCase() },
  {
    why: 'nginx writes two digits for each byte, and no zeros in front',
    apply: text => {
      const digits = text.replace(/^0+(?=[0-9A-F])/, '');
      return digits.length % 2 === 0 ? digits : `0${digits}`;
    },
  },
];

/** The repairs for what is compared with a variable, in the order in which they are tried. */
export function repairsFor(variable: string): readonly Repair[] {
  switch (variable) {
    case 'ssl_client_s_dn':
    case 'ssl_client_i_dn':
      return COMMAS;
    case 'ssl_client_s_dn_legacy':
    case 'ssl_client_i_dn_legacy':
      return SLASHES;
    case 'ssl_client_fingerprint':
      return FINGERPRINT;
    case 'ssl_client_serial':
      return SERIAL;
    default:
      return [];
  }
}

/** The same for patterns, which can say less exactly what was meant. */
export const PATTERN_REPAIRS: ReadonlyMap<string, readonly Repair[]> = new Map([
  [
    'dn',
    [
      { why: COMMAS[0]!.why, apply: text => text.replace(/\\?\/(?=[A-Za-z]\w*=)/g, '').replace(/(?<=\w)\\?\/$/g, '') },
      { why: COMMAS[1]!.why, apply: text => text.replace(/,(?:\\s|\\ |\[ \]| )[+*?]?/g, ',').replace(/ ?= ?/g, '=') },
      { why: COMMAS[3]!.why, apply: text => text.replace(/[A-Za-z]\w*(?==)/g, name => printedName(name) ?? name) },
      {
        why: COMMAS[4]!.why,
        apply: text => text.replace(/[\x80-\xff]/g, byte => `\\\\${byte.charCodeAt(0).toString(16).toUpperCase()}`),
      },
    ],
  ],
  ['ssl_client_fingerprint', [FINGERPRINT[0]!, FINGERPRINT[1]!]],
  ['ssl_client_serial', [SERIAL[0]!, SERIAL[1]!]],
]);

/** The attributes of a name in RFC 2253 form, in order; undefined for a text of another form. */
export function attributesOf(text: string): { readonly type: string; readonly value: string }[] | undefined {
  const found: { type: string; value: string }[] = [];
  for (const part of text.match(/(?:\\.|[^\\,+])+|[,+]/gs) ?? []) {
    if (part === ',' || part === '+') continue;
    const mark = part.indexOf('=');
    if (mark < 1) return undefined;
    found.push({ type: part.slice(0, mark), value: part.slice(mark + 1) });
  }
  return found.length === 0 ? undefined : found;
}

function comma(separator: string): string {
  return separator === '+' ? '+' : ',';
}

function trimmed(text: string): string {
  return text.replace(/(^|[,+])([A-Za-z][\w.-]*)\s*=\s*/g, '$1$2=').trim();
}

function escaped(value: string): string {
  return value.replace(/[,+"\\<>;]/g, '\\$&');
}

/** `/C=US/CN=alice` as `CN=alice,C=US`. */
function withoutSlashes(text: string): string {
  if (!text.startsWith('/')) return text;
  const parts = text.slice(1).split(/\/(?=[A-Za-z][\w.-]*=)/);
  return parts
    .reverse()
    .map(part => {
      const mark = part.indexOf('=');
      return part.slice(0, mark + 1) + escaped(part.slice(mark + 1));
    })
    .join(',');
}

/** `CN=alice,C=US` as `/C=US/CN=alice`. */
function withSlashes(text: string): string {
  const attributes = attributesOf(text);
  if (text.startsWith('/') || attributes === undefined) return text;
  return attributes
    .reverse()
    .map(({ type, value }) => `/${type.trim()}=${value.replace(/\\(.)/g, '$1')}`)
    .join('');
}
