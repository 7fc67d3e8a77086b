/** The texts that nginx's variables about a client certificate can have. */
import type { Template, TrafficModel } from '../model/model.js';
import type { VersionRange } from '../model/versions.js';
import { ByteSet } from '../pcre/byte-set.js';
import {
  accepts,
  bytes,
  complement,
  concat,
  epsilon,
  everything,
  intersect,
  type Language,
  literal,
  literalCaseless,
  nothing,
  optional,
  star,
  union,
} from '../pcre/language.js';
import { shortNames } from '../pki/attribute-names.js';

/** A value that is made when it is first asked for: these languages are large, and most configurations need none. */
function later<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

const printable = ByteSet.range(0x20, 0x7e);
const digits = ByteSet.range(0x30, 0x39);
const letters = ByteSet.range(0x41, 0x5a).union(ByteSet.range(0x61, 0x7a));
const upperHexDigits = digits.union(ByteSet.range(0x41, 0x46));
const lowerHexDigits = digits.union(ByteSet.range(0x61, 0x66));

/** The names under which OpenSSL prints the types of attributes. */
const printedNames = later((): readonly string[] => [...new Set(shortNames())].sort());

/**
 * Names that OpenSSL never prints, because it has a shorter one for the same type, or because only other programs use
 * them, with the name that it prints.
 */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ['commonname', 'CN'],
  ['countryname', 'C'],
  ['domaincomponent', 'DC'],
  ['e', 'emailAddress'],
  ['email', 'emailAddress'],
  ['g', 'GN'],
  ['givenname', 'GN'],
  ['localityname', 'L'],
  ['organizationname', 'O'],
  ['organizationalunitname', 'OU'],
  ['s', 'ST'],
  ['sp', 'ST'],
  ['stateorprovincename', 'ST'],
  ['streetaddress', 'street'],
  ['surname', 'SN'],
  ['t', 'title'],
  ['userid', 'UID'],
]);

const spellings = later(
  () => new Map([...printedNames().map(name => [name.toLowerCase(), name] as const), ...OTHER_NAMES]),
);

/** The name that OpenSSL prints for a type of attributes, however it is called; undefined for one that it may not know. */
export function printedName(name: string): string | undefined {
  return spellings().get(name.toLowerCase());
}

/** Names of types that only some installations know: openssl.cnf can add them. */
const furtherNames = later(() =>
  intersect(
    concat(bytes(letters), star(bytes(letters.union(digits).union(ByteSet.among('-_ '))))),
    complement(union(...[...spellings().keys()].map(literalCaseless))),
  ),
);

const knownNames = later(() => union(...printedNames().map(literal)));

/** Values and numeric types in RFC 2253 form. */
const parts = later(() => {
  const upperHex = bytes(upperHexDigits);
  const hexPair = concat(upperHex, upperHex);
  // What gets a backslash in front of it (ASN1_STRFLGS_ESC_2253), wherever it stands (do_esc_char of a_strex.c).
  const marks = ByteSet.among(',+"\\<>;');
  const plain = printable.without(marks);
  const blank = ByteSet.of(0x20);
  const escaped = concat(
    literal('\\'),
    // 00 to 1F, 7F, and 80 to FF.
    union(bytes(marks), concat(bytes(ByteSet.among('0189ABCDEF')), upperHex), literal('7F')),
  );
  // A blank at either end and `#` at the beginning are escaped.
  const inner = union(bytes(plain), escaped);
  const last = union(bytes(plain.without(blank)), escaped, literal('\\ '));
  const first = union(bytes(plain.without(ByteSet.among(' #'))), escaped, literal('\\ '), literal('\\#'));
  const text = union(epsilon, literal('#'), first, concat(first, star(inner), last));
  // What is no text is printed as its encoding (ASN1_STRFLGS_DUMP_UNKNOWN).
  const dump = concat(literal('#'), hexPair, plus(hexPair));
  const number = plus(bytes(digits));
  return { text, dump, hexPair, objectIdentifier: concat(number, plus(concat(literal('.'), number))) };
});

/** Attributes in RFC 2253 form, of types with a name or a number. */
function attributes(names: Language): Language {
  const { dump, objectIdentifier, text } = parts();
  const named = concat(names, literal('='), union(text, dump));
  const numbered = concat(objectIdentifier, literal('='), dump);
  return separated(union(named, numbered), ',+');
}

function separated(one: Language, separators: string): Language {
  return concat(one, star(concat(bytes(ByteSet.among(separators)), one)));
}

/**
 * What `$ssl_client_s_dn` and `$ssl_client_i_dn` can be with a certificate: X509_NAME_print_ex with XN_FLAG_RFC2253, whose
 * types are those of OpenSSL's own table. Empty for a certificate with an empty name.
 */
export const distinguishedName = later(() => optional(attributes(knownNames())));

/** Such names without an attribute of a type: of common types alone, or of whatever types there are. */
export function namesWithout(type: string, isCommon: boolean): Language {
  const others = (names: readonly string[]): Language =>
    union(...names.flatMap(name => (name === type ? [] : [literal(name)])));
  if (!isCommon) return attributes(others(printedNames().filter(name => name !== 'C')));
  const country = type === 'C' ? nothing : countries();
  return separated(union(concat(others(['CN', 'O', 'OU', 'L']), literal('='), parts().text), country), ',');
}

/** A country has two letters, which is no room for anything else (X.520, countryName). */
const countries = later(() => {
  const letter = bytes(ByteSet.range(0x41, 0x5a));
  return concat(literal('C='), letter, letter);
});

/** Attributes whose values hold nothing that could be taken for a mark. */
const simpleAttribute = later(() => {
  const character = letters.union(digits).union(ByteSet.among('-_.@'));
  const words = concat(star(bytes(character.union(ByteSet.of(0x20)))), bytes(character));
  const types = ['CN', 'O', 'OU', 'ST', 'L', 'DC', 'UID', 'emailAddress'];
  const others = concat(union(...types.map(literal)), literal('='), bytes(character), optional(words));
  return union(others, countries());
});

/** Names of such attributes: the ones that people have in mind. */
export const simpleName = later(() => separated(simpleAttribute(), ','));

/** The same as the variables with `_legacy` show them. */
export const simpleLegacyName = later(() => plus(concat(literal('/'), simpleAttribute())));

/** How the variables with `_legacy` show a name (X509_NAME_oneline); undefined where that is not foretold. */
export function legacyName(name: string): string | undefined {
  if (!accepts(simpleName(), name)) return undefined;
  return name
    .split(',')
    .reverse()
    .map(attribute => `/${attribute}`)
    .join('');
}

/** The name in RFC 2253 form that the variables with `_legacy` show so; undefined for one that is not simple. */
export function nameOfLegacy(text: string): string | undefined {
  return accepts(simpleLegacyName(), text) ? text.slice(1).split('/').reverse().join(',') : undefined;
}

/** A subject that nobody has in mind: a pattern that matches it may be about everybody. */
export const STRANGER = 'CN=Zq7,OU=qZ,O=zQ';

/** Subjects and issuers, also of types that openssl.cnf adds. */
const anyName = later(() => optional(attributes(union(knownNames(), furtherNames()))));

/** X509_NAME_oneline: nothing tells what is an attribute from what looks like one. */
const anyLegacyName = later(() => {
  const names = union(knownNames(), furtherNames(), parts().objectIdentifier);
  return optional(plus(concat(literal('/'), names, literal('='), star(bytes(printable)))));
});

/** ngx_ssl_get_serial_number: whole bytes; i2a_ASN1_INTEGER breaks the line behind 35 of them. */
export const serialNumber = later(() => {
  const { hexPair } = parts();
  const zero = literal('00');
  const rest = star(concat(optional(literal('\\\n')), hexPair));
  return union(zero, concat(optional(literal('-')), intersect(hexPair, complement(zero)), rest));
});

/** Those that CAs give (RFC 5280, 4.1.2.2: positive, of at most 20 bytes). */
export const usualSerialNumber = later(() => {
  const { hexPair } = parts();
  const more = Array.from({ length: 18 }, () => optional(hexPair));
  return concat(intersect(hexPair, complement(literal('00'))), ...more);
});

/** ngx_ssl_get_fingerprint: SHA-1. */
export const fingerprint = later(() => concat(...Array.from({ length: 40 }, () => bytes(lowerHexDigits))));

/** What certificates as text begin with, whatever stands in them (PEM_write_bio_X509, ngx_ssl_get_certificate). */
export function certificateText(blank: string, end: string): Language {
  return concat(literal(`-----BEGIN${blank}CERTIFICATE-----${end}`), everything);
}

/** `Nov  3 08:00:00 2026 GMT` (ASN1_TIME_print). */
export const certificateDate = later(() => {
  const digit = bytes(digits);
  const letter = bytes(letters);
  const month = concat(letter, letter, letter);
  const two = concat(digit, digit);
  const day = concat(bytes(digits.union(ByteSet.of(0x20))), digit);
  const time = concat(two, literal(':'), two, literal(':'), two);
  const blank = literal(' ');
  return concat(month, blank, day, blank, time, blank, two, two, literal(' GMT'));
});

/** ngx_ssl_get_client_v_remain; on the last day it is 0, which no client has to wait for. */
export const countOfDays = later(() => concat(bytes(digits.without(ByteSet.of(0x30))), star(bytes(digits))));

const verdict = later(() =>
  union(epsilon, literal('NONE'), literal('SUCCESS'), concat(literal('FAILED:'), plus(bytes(printable)))),
);

const LANGUAGES: ReadonlyMap<string, () => Language> = new Map([
  ['ssl_client_verify', verdict],
  ['ssl_client_s_dn', anyName],
  ['ssl_client_i_dn', anyName],
  ['ssl_client_s_dn_legacy', anyLegacyName],
  ['ssl_client_i_dn_legacy', anyLegacyName],
  ['ssl_client_serial', () => optional(serialNumber())],
  ['ssl_client_fingerprint', () => optional(fingerprint())],
]);

/** The versions in which `$ssl_client_s_dn` and `$ssl_client_i_dn` were what is now their `_legacy` form. */
export const WITH_SLASHES: VersionRange = { from: undefined, below: '1.11.6' };

/**
 * The texts that a template usually has, where it is made of text, of a distinguished name in RFC 2253 form and of the
 * verdict on a verified certificate; undefined for other templates.
 */
export function usualValuesOf(template: Template): Language | undefined {
  const parts = template.map(piece => {
    if (piece.kind === 'text') return literal(piece.text);
    if (piece.kind === 'capture') return undefined;
    if (piece.name === 'ssl_client_verify') return literal('SUCCESS');
    return /^ssl_client_[si]_dn$/.test(piece.name) ? simpleName() : undefined;
  });
  return parts.every(part => part !== undefined) ? concat(...parts) : undefined;
}

/** Every text that a template can have, as far as it is made of text and of nginx's variables about the certificate. */
export function valuesOf(model: TrafficModel, template: Template): Language {
  return concat(
    ...template.map(piece => {
      if (piece.kind === 'text') return literal(piece.text);
      if (piece.kind === 'capture' || model.variables.has(piece.name) || model.assigned.has(piece.name))
        return everything;
      return LANGUAGES.get(piece.name)?.() ?? everything;
    }),
  );
}

function plus(language: Language): Language {
  return concat(language, star(language));
}
