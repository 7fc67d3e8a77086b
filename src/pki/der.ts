/**
 * A reader of DER (X.690) over bytes that anybody may have written: every length is checked against what encloses it,
 * and what does not fit ends in a DerError and in nothing else. It reads where it is told to, so its cost is linear in
 * what it walks over and it never recurses.
 */

/** The bytes are not what their structure promises. The message begins in lower case and says what is wrong. */
export class DerError extends Error {
  override readonly name = 'DerError';
}

/** Identifier octets of the types that certificates and CRLs are made of. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  teletexString: 0x14,
  utcTime: 0x17,
  generalizedTime: 0x18,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** The identifier octet of a context-specific tag `[number]`, primitive or constructed. */
export function contextTag(number: number, constructed: boolean): number {
  return 0x80 | (constructed ? 0x20 : 0) | number;
}

/** One element: its identifier octet and where it and its content lie. Offsets are into the reader's bytes. */
export interface DerElement {
  readonly tag: number;
  readonly start: number;
  readonly content: number;
  readonly end: number;
}

/** Longest object identifier that OpenSSL turns into text (OBJ_obj2txt), in bytes. */
const MAX_OBJECT_IDENTIFIER = 586;

/** Reads elements one after the other from a range of bytes. */
export class DerReader {
  readonly bytes: Uint8Array;
  #at: number;
  readonly #end: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  get atEnd(): boolean {
    return this.#at >= this.#end;
  }

  /** The identifier octet of the next element; undefined at the end. */
  peek(): number | undefined {
    return this.#at < this.#end ? this.bytes[this.#at] : undefined;
  }

  /** Where the next element begins. */
  get offset(): number {
    return this.#at;
  }

  /**
   * The next element, which must have the tag where one is given. Lengths with leading zeros are taken as OpenSSL takes
   * them; indefinite lengths are BER and refused.
   */
  read(tag?: number): DerElement {
    const start = this.#at;
    const content = this.skip(tag);
    return { tag: this.bytes[start]!, start, content, end: this.#at };
  }

  /** Passes over the next element, for lists too long to make an object of each; gives the offset of its content. */
  skip(tag?: number): number {
    const { bytes } = this;
    const start = this.#at;
    const end = this.#end;
    if (start + 2 > end) throw new DerError('ends where an element is expected');
    const identifier = bytes[start]!;
    if ((identifier & 0x1f) === 0x1f) throw new DerError('tag number of several bytes');
    if (tag !== undefined && identifier !== tag) {
      throw new DerError(`tag 0x${hex(identifier)} where 0x${hex(tag)} is expected`);
    }
    let content = start + 2;
    let length = bytes[start + 1]!;
    if (length >= 0x80) {
      const count = length & 0x7f;
      if (count === 0) throw new DerError('indefinite length');
      if (content + count > end) throw new DerError('ends within a length');
      length = 0;
      for (const stop = content + count; content < stop; content += 1) {
        length = length * 256 + bytes[content]!;
        if (length > end) throw new DerError('length beyond the end');
      }
    }
    if (content + length > end) throw new DerError('length beyond the end');
    this.#at = content + length;
    return content;
  }

  /** The next element if it has the tag. */
  optional(tag: number): DerElement | undefined {
    return this.peek() === tag ? this.read(tag) : undefined;
  }

  /** A reader of what the next element, which must have the tag, contains. */
  enter(tag: number): DerReader {
    return this.inside(this.read(tag));
  }

  /** A reader of what an element contains. */
  inside(element: DerElement): DerReader {
    return new DerReader(this.bytes, element.content, element.end);
  }

  /** The content of an element, without copying. */
  contentOf(element: DerElement): Uint8Array {
    return this.bytes.subarray(element.content, element.end);
  }

  /** The whole element, header included, without copying. */
  encodingOf(element: DerElement): Uint8Array {
    return this.bytes.subarray(element.start, element.end);
  }

  /** The next element as an object identifier, dotted. */
  objectIdentifier(): string {
    return dotted(this.contentOf(this.read(TAG.objectIdentifier)));
  }

  /** The next element as an integer: its content bytes in hexadecimal, lower case, without superfluous zeros. */
  integerHex(): string {
    const element = this.read(TAG.integer);
    if (element.content === element.end) throw new DerError('integer without content');
    return integerKey(this.contentOf(element));
  }

  /** The next element as a whole number from 0 to 2^31 - 1, the range that OpenSSL's path length fits in. */
  smallInteger(): number {
    const text = this.integerHex();
    const value = Number.parseInt(text, 16);
    if (value > 0x7fffffff) throw new DerError('number out of range');
    return value;
  }

  /** The next element as a truth value. */
  boolean(): boolean {
    const element = this.read(TAG.boolean);
    if (element.end - element.content !== 1) throw new DerError('truth value of another size');
    return this.bytes[element.content] !== 0;
  }

  /** The next element as a string of bits: the unused bits at its end and its bytes. */
  bitString(): { readonly unused: number; readonly bytes: Uint8Array } {
    const element = this.read(TAG.bitString);
    const unused = this.bytes[element.content];
    if (element.content === element.end || unused! > 7) throw new DerError('malformed bit string');
    return { unused: unused!, bytes: this.bytes.subarray(element.content + 1, element.end) };
  }

  /**
   * The next element as a time in milliseconds since 1970, the way OpenSSL compares it (X509_cmp_time): UTCTime
   * `YYMMDDHHMMSSZ` or GeneralizedTime `YYYYMMDDHHMMSSZ`. NaN where it has one of the two types but another form:
   * OpenSSL loads such a certificate and then never finds it valid.
   */
  time(): number {
    const tag = this.peek();
    if (tag !== TAG.utcTime && tag !== TAG.generalizedTime) throw new DerError('no time');
    const text = latin1(this.contentOf(this.read()));
    const fields = (tag === TAG.utcTime ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/ : GENERALIZED).exec(text);
    if (fields === null) return Number.NaN;
    const [year, month, day, hour, minute, second] = fields.slice(1).map(Number) as [...SixNumbers];
    // RFC 5280 4.1.2.5.1: two digits from 50 on belong to the twentieth century.
    const fullYear = tag === TAG.utcTime ? year + (year < 50 ? 2000 : 1900) : year;
    const date = new Date(0);
    date.setUTCFullYear(fullYear, month - 1, day);
    if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return Number.NaN;
    if (hour > 23 || minute > 59 || second > 59) return Number.NaN;
    return date.setUTCHours(hour, minute, second);
  }
}

type SixNumbers = [number, number, number, number, number, number];
const GENERALIZED = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;

/** The bytes as a string, one character per byte. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** The bytes in hexadecimal, lower case. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** The content of an INTEGER in hexadecimal without superfluous zeros, so that equal numbers have equal text. */
export function integerKey(content: Uint8Array): string {
  let first = 0;
  while (first < content.length - 1 && content[first] === 0 && content[first + 1]! < 0x80) first += 1;
  return toHex(content.subarray(first));
}

/** The content of an object identifier as dotted text. */
function dotted(content: Uint8Array): string {
  if (content.length === 0 || content.length > MAX_OBJECT_IDENTIFIER || content.at(-1)! >= 0x80) {
    throw new DerError('malformed object identifier');
  }
  let text = '';
  // A number while it is small, which it nearly always is.
  let arc: number | bigint = 0;
  let continued = false;
  for (const byte of content) {
    if (!continued && byte === 0x80) throw new DerError('malformed object identifier');
    const low = byte & 0x7f;
    if (typeof arc === 'number' && arc < 2 ** 45) arc = arc * 128 + low;
    else arc = (BigInt(arc) << 7n) | BigInt(low);
    continued = byte >= 0x80;
    if (continued) continue;
    if (text === '') {
      const root = arc < 40 ? 0 : arc < 80 ? 1 : 2;
      text = `${root}.${typeof arc === 'number' ? arc - root * 40 : arc - BigInt(root * 40)}`;
    } else {
      text += `.${arc}`;
    }
    arc = 0;
  }
  return text;
}

function hex(octet: number): string {
  return octet.toString(16).padStart(2, '0');
}
