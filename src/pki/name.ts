import { shortName } from './attribute-names.js';
import { type DerElement, DerError, type DerReader, latin1, TAG, toHex } from './der.js';

/** The name of a subject or an issuer. */
export interface DistinguishedName {
  /**
   * Equal for two names exactly where OpenSSL calls them equal (X509_NAME_cmp over x509_name_canon): case of ASCII
   * letters, white space at the ends and its amount between words, and the string type do not count.
   */
  readonly key: string;
  /** As nginx's `$ssl_client_s_dn` prints it: X509_NAME_print_ex with XN_FLAG_RFC2253. ASCII only. */
  readonly text: string;
  /**
   * As nginx's `$ssl_client_s_dn_legacy` prints it: X509_NAME_oneline of OpenSSL 3.0. ASCII only. OpenSSL 1.1.1 puts no
   * backslash in front of `/` and `+`, and `/` between the attributes of one set.
   */
  readonly legacyText: string;
}

interface Attribute {
  readonly type: string;
  readonly tag: number;
  readonly content: Uint8Array;
  /** The whole value, header included. */
  readonly encoding: Uint8Array;
}

/** String types that compare by their text (ASN1_MASK_CANON of x509_name_canon). Others compare byte by byte. */
const COMPARED_AS_TEXT = new Set([0x0c, 0x13, 0x14, 0x16, 0x1c, 0x1e]);
/** Types with one byte per character that are printed as text (tag2nbyte of a_strex.c), UTF-8 apart. */
const ONE_BYTE = new Set([0x12, 0x13, 0x14, 0x16]);

/** Universal types that OpenSSL takes for the value of an attribute (B_ASN1_PRINTABLE with ASN1_tag2bit). */
const VALUE_TYPES = new Set([3, 7, 8, 9, 11, 12, 13, 14, 15, 18, 19, 20, 22, 28, 29, 30, 0x30]);
/** OpenSSL prints the numbers of an unknown type into a buffer of 80 characters (do_name_ex of a_strex.c). */
const MAX_NUMBERS = 79;

const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads a Name. Throws DerError where OpenSSL refuses to load the certificate for it. */
export function readName(reader: DerReader): DistinguishedName {
  const sets: Attribute[][] = [];
  const names = reader.enter(TAG.sequence);
  while (!names.atEnd) {
    const set = names.enter(TAG.set);
    const attributes: Attribute[] = [];
    while (!set.atEnd) {
      const pair = set.enter(TAG.sequence);
      const type = pair.objectIdentifier();
      const value = pair.read();
      if (!VALUE_TYPES.has(value.tag)) throw new DerError('a value in a name that is of no type for names');
      const encoding = value.tag === TAG.bitString ? maskedBits(pair, value) : pair.encodingOf(value);
      const content = encoding.subarray(value.content - value.start);
      attributes.push({ type, tag: value.tag, content, encoding });
    }
    sets.push(attributes);
  }
  return { key: keyOf(sets), text: textOf(sets), legacyText: legacyTextOf(sets) };
}

/** The encoding of a BIT STRING with its unused bits cleared, as OpenSSL reads it (c2i_ASN1_BIT_STRING). */
function maskedBits(reader: DerReader, value: DerElement): Uint8Array {
  const { unused, bytes } = reader.inside({ ...value, content: value.start }).bitString();
  const encoding = reader.encodingOf(value);
  if (unused === 0 || bytes.length === 0) return encoding;
  const masked = Uint8Array.from(encoding);
  masked[masked.length - 1]! &= 0xff << unused;
  return masked;
}

function keyOf(sets: readonly (readonly Attribute[])[]): string {
  // The order within a set does not count. Lengths in front keep texts from running into each other.
  return sets
    .filter(set => set.length > 0)
    .map(set => {
      const parts = set.map(attribute => {
        const value = comparable(attribute);
        return `${attribute.type}=${value.length}:${value}`;
      });
      return `${parts.length}(${parts.sort().join('')})`;
    })
    .join('');
}

function comparable({ tag, content }: Attribute): string {
  if (!COMPARED_AS_TEXT.has(tag)) return `${tag}:${latin1(content)}`;
  const utf8 = latin1(Buffer.from(decode(tag, content), 'utf8'));
  return `text:${utf8
    .replace(/[\t\n\v\f\r ]+/g, ' ')
    .replace(/^ | $/g, '')
    .replace(/[A-Z]/g, letter => letter.toLowerCase())}`;
}

/** The text of a string value. Throws where OpenSSL cannot convert it, which makes it refuse the certificate. */
function decode(tag: number, content: Uint8Array): string {
  if (tag === TAG.utf8String) {
    try {
      return STRICT_UTF8.decode(content);
    } catch {
      throw new DerError('invalid UTF-8 in a name');
    }
  }
  if (tag === TAG.bmpString || tag === TAG.universalString) return decodeWide(content, tag === TAG.bmpString ? 2 : 4);
  return latin1(content);
}

function decodeWide(content: Uint8Array, width: 2 | 4): string {
  if (content.length % width !== 0) throw new DerError('wide string of uneven length');
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const characters: string[] = [];
  for (let at = 0; at < content.length; at += width) {
    const code = width === 2 ? view.getUint16(at) : view.getUint32(at);
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
      throw new DerError('wide string with an impossible character');
    }
    characters.push(String.fromCodePoint(code));
  }
  return characters.join('');
}

function textOf(sets: readonly (readonly Attribute[])[]): string {
  // XN_FLAG_DN_REV walks the attributes backwards, those of one set included.
  return sets
    .map(set => set.map(attributeText).reverse().join('+'))
    .filter(text => text !== '')
    .reverse()
    .join(',');
}

function attributeText(attribute: Attribute): string {
  const { type, tag, content, encoding } = attribute;
  const name = shortName(type);
  const label = name ?? type.slice(0, MAX_NUMBERS);
  const isText = tag === TAG.utf8String || tag === TAG.bmpString || tag === TAG.universalString || ONE_BYTE.has(tag);
  // ASN1_STRFLGS_DUMP_UNKNOWN and XN_FLAG_DUMP_UNKNOWN_FIELDS.
  if (name === undefined || !isText) return `${label}=#${toHex(encoding).toUpperCase()}`;
  return `${label}=${escapeValue(latin1(Buffer.from(decode(tag, content), 'utf8')))}`;
}

/** X509_NAME_oneline: the attributes in their order, the bytes of the values whatever their type. */
function legacyTextOf(sets: readonly (readonly Attribute[])[]): string {
  const pairOf = ({ type, tag, content, encoding }: Attribute): string => {
    const bytes = tag === TAG.bitString ? content.subarray(1) : tag === TAG.sequence ? encoding : content;
    const value = latin1(bytes).replace(/[^ -~]|[+/]/g, byte =>
      /[+/]/.test(byte) ? `\\${byte}` : `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`,
    );
    return `${shortName(type) ?? type.slice(0, MAX_NUMBERS)}=${value}`;
  };
  return sets.map(set => (set.length === 0 ? '' : `/${set.map(pairOf).join('+')}`)).join('');
}

/** do_esc_char with ASN1_STRFLGS_RFC2253, over the bytes of the UTF-8 text. */
function escapeValue(bytes: string): string {
  return bytes.replace(/[,+"\\<>;]|[\x00-\x1f\x7f-\xff]|^#(?=.)|^ | $/gs, byte =>
    /[\x00-\x1f\x7f-\xff]/.test(byte)
      ? `\\${byte.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`
      : `\\${byte}`,
  );
}
