/**
 * Reads the requests of ngx_http_grpc_create_request, and writes answers to them (RFC 9113, RFC 7541). Unlike a library it
 * takes whatever nginx writes: lengths that are no numbers, or not those of the body, and any path.
 */
import type { Field } from './recording-back-end.js';

/** What nginx sends in front of its first frame. */
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

const DATA = 0;
const HEADERS = 1;
const SETTINGS = 4;
const CONTINUATION = 9;
const END_STREAM = 1;
const END_HEADERS = 4;

/** The entries of the static table that nginx names by their number, with the values of those that have one. */
const STATIC: Readonly<Record<number, Field>> = {
  1: [':authority', ''],
  2: [':method', 'GET'],
  3: [':method', 'POST'],
  4: [':path', '/'],
  6: [':scheme', 'http'],
  7: [':scheme', 'https'],
};

/** The lengths of the codes of all bytes, 16 in a row (RFC 7541, appendix B); the code is canonical. */
const CODE_LENGTHS: readonly number[] = [
  ...[13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28],
  ...[28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28],
  ...[6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6],
  ...[5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10],
  ...[13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7],
  ...[7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6],
  ...[15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5],
  ...[6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28],
  ...[20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23],
  ...[24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24],
  ...[22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23],
  ...[21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23],
  ...[26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25],
  ...[19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27],
  ...[20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23],
  ...[26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26],
];

/** The bytes by their codes, written as bits. */
const BYTES: ReadonlyMap<string, number> = bytesByCode();

function bytesByCode(): Map<string, number> {
  const bytes = new Map<string, number>();
  let next = 0;
  for (let length = 1; length <= Math.max(...CODE_LENGTHS); length += 1) {
    next *= 2;
    for (const [byte, own] of CODE_LENGTHS.entries()) {
      if (own !== length) continue;
      bytes.set(next.toString(2).padStart(length, '0'), byte);
      next += 1;
    }
  }
  return bytes;
}

/** All fields of a request, pseudo fields included; undefined where its head has not arrived in full. */
export function grpcFields(bytes: Buffer): Field[] | undefined {
  const fragments: Buffer[] = [];
  for (let at = PREFACE.length; at + 9 <= bytes.length; ) {
    const content = at + 9;
    const end = content + bytes.readUIntBE(at, 3);
    if (end > bytes.length) return undefined;
    const [type, flags = 0] = bytes.subarray(at + 3, content);
    if (type === HEADERS || type === CONTINUATION) {
      fragments.push(bytes.subarray(content, end));
      if ((flags & END_HEADERS) !== 0) return new FieldReader(Buffer.concat(fragments)).all();
    }
    at = end;
  }
  return undefined;
}

/** Reads a block of fields. nginx adds to the dynamic table, but never refers to it. */
class FieldReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  all(): Field[] {
    const fields: Field[] = [];
    while (this.#at < this.#bytes.length) fields.push(this.#field());
    return fields;
  }

  #field(): Field {
    const first = this.#bytes[this.#at]!;
    if (first >= 0x80) return entry(this.#number(7));
    const named = this.#number(first >= 0x40 ? 6 : 4);
    const name = named === 0 ? this.#text() : entry(named)[0];
    return [name, this.#text()];
  }

  /** A number that begins in the lower bits of a byte. */
  #number(bits: number): number {
    const most = 2 ** bits - 1;
    let value = this.#next() & most;
    if (value < most) return value;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#next();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  }

  #text(): string {
    const isCoded = this.#bytes[this.#at]! >= 0x80;
    const length = this.#number(7);
    const content = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return isCoded ? decoded(content) : content.toString('latin1');
  }

  #next(): number {
    const byte = this.#bytes[this.#at]!;
    this.#at += 1;
    return byte;
  }
}

function entry(number: number): Field {
  const found = STATIC[number];
  if (found === undefined) throw new Error(`nginx names entry ${number} of a table of HTTP/2`);
  return found;
}

/** What is left at the end is padding. */
function decoded(content: Buffer): string {
  const bits = [...content].map(byte => byte.toString(2).padStart(8, '0')).join('');
  const bytes: number[] = [];
  let code = '';
  for (const bit of bits) {
    code += bit;
    const byte = BYTES.get(code);
    if (byte === undefined) continue;
    bytes.push(byte);
    code = '';
  }
  return Buffer.from(bytes).toString('latin1');
}

/** An answer of 200 to the one request of a connection, byte for byte. */
export function grpcAnswer(body: string): string {
  const text = (value: string) => String.fromCharCode(value.length) + value;
  // The first byte is entry 8 of the static table, the second begins a field that is written out.
  const fields = `\x88\0${text('content-type')}${text('text/plain')}`;
  return [frame(SETTINGS, 0, 0, ''), frame(HEADERS, END_HEADERS, 1, fields), frame(DATA, END_STREAM, 1, body)].join('');
}

function frame(type: number, flags: number, stream: number, content: string): string {
  const head = [0, content.length >> 8, content.length & 255, type, flags, 0, 0, 0, stream];
  return String.fromCharCode(...head) + content;
}
