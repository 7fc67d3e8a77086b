import { type Certificate, parseCertificate, parseTrustedCertificate } from './certificate.js';
import { parseRevocationList, type RevocationList } from './crl.js';
import { DerError } from './der.js';

/** A PEM file as a configuration names it. */
export interface PemFile {
  /** The path as it is shown to people. */
  readonly path: string;
  /** What could be read, in file order; where `problem` is a broken block, what stands in front of it. */
  readonly blocks: readonly PemBlock[];
  /** Why nginx refuses to load the file; undefined where OpenSSL reads it to its end. */
  readonly problem: PemProblem | undefined;
}

/** Where a block stands. */
interface BlockPlace {
  /** The words between `BEGIN` and the dashes. */
  readonly label: string;
  /** Line of its `BEGIN`, from 1. */
  readonly line: number;
  /** Offset of the first byte of its `BEGIN` line. */
  readonly start: number;
  /** Offset behind its `END` line. */
  readonly end: number;
}

/** One block of a PEM file. Keys and blocks of other kinds keep nothing of their content. */
export type PemBlock =
  | (BlockPlace & { readonly kind: 'certificate'; readonly certificate: Certificate })
  | (BlockPlace & { readonly kind: 'crl'; readonly crl: RevocationList })
  | (BlockPlace & { readonly kind: 'key' })
  | (BlockPlace & { readonly kind: 'other' });

/** What is wrong with a file. */
export interface PemProblem {
  /** `der`: the binary form of one object; `no-block`: nothing that begins like PEM; `broken-block`: see `text`. */
  readonly kind: 'der' | 'no-block' | 'broken-block';
  /** What is wrong, starting in lower case, without file and line. */
  readonly text: string;
  /** Line of the block or of the file's start, from 1. */
  readonly line: number;
  /** Offset of that line's first byte. */
  readonly offset: number;
}

/** The label of a certificate with trust settings behind it. */
export const TRUSTED_LABEL = 'TRUSTED CERTIFICATE';
const CERTIFICATE_LABELS: ReadonlySet<string> = new Set(['CERTIFICATE', 'X509 CERTIFICATE', TRUSTED_LABEL]);
const CRL_LABEL = 'X509 CRL';

/**
 * Reads a PEM file the way OpenSSL does for nginx (PEM_X509_INFO_read_bio): text outside the blocks does not count, and
 * the first broken block makes it refuse the whole file, whatever stands in front of it. Never throws.
 */
export function readPem(path: string, bytes: Uint8Array): PemFile {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const blocks: PemBlock[] = [];
  for (const raw of rawBlocks(text)) {
    const { label, line, start, end } = raw;
    const place: BlockPlace = { label, line, start, end };
    let reason = raw.problem;
    if (reason === undefined) {
      try {
        blocks.push(readBlock(place, raw.body));
        continue;
      } catch (error) {
        if (!(error instanceof DerError)) throw error;
        reason = error.message;
      }
    }
    const shown = label.replace(/[^\x20-\x7e]/g, '?').slice(0, 64);
    return { path, blocks, problem: { kind: 'broken-block', text: `${shown} block: ${reason}`, line, offset: start } };
  }
  return { path, blocks, problem: blocks.length > 0 ? undefined : emptyProblem(bytes) };
}

function emptyProblem(bytes: Uint8Array): PemProblem {
  return bytes[0] === 0x30
    ? { kind: 'der', text: 'DER, where nginx reads PEM only', line: 1, offset: 0 }
    : { kind: 'no-block', text: 'no PEM block', line: 1, offset: 0 };
}

/** The certificates of a file, in file order. */
export function certificatesOf(file: PemFile): Certificate[] {
  return file.blocks.flatMap(block => (block.kind === 'certificate' ? [block.certificate] : []));
}

/** The CRLs of a file, in file order. */
export function crlsOf(file: PemFile): RevocationList[] {
  return file.blocks.flatMap(block => (block.kind === 'crl' ? [block.crl] : []));
}

function readBlock(place: BlockPlace, body: Body): PemBlock {
  const isCertificate = CERTIFICATE_LABELS.has(place.label);
  if (!isCertificate && place.label !== CRL_LABEL) {
    decodeBase64(body.data);
    return { ...place, kind: place.label.endsWith('PRIVATE KEY') ? 'key' : 'other' };
  }
  // PEM_get_EVP_CIPHER_INFO: a header must say how the block is encrypted, which nginx has no password for.
  if (body.hasHeader) throw new DerError('a header, which OpenSSL takes for encryption');
  const der = decodeBase64(body.data);
  if (!isCertificate) return { ...place, kind: 'crl', crl: parseRevocationList(der) };
  const certificate = place.label === TRUSTED_LABEL ? parseTrustedCertificate(der) : parseCertificate(der);
  return { ...place, kind: 'certificate', certificate };
}

function decodeBase64(text: string): Uint8Array {
  // A dash ends the data for EVP_DecodeUpdate; blanks within lines do not count.
  const dash = text.indexOf('-');
  const data = dash === -1 ? text : text.slice(0, dash);
  const packed = /[ \t\r]/.test(data) ? data.replace(/[ \t\r]+/g, '') : data;
  if (packed === '') throw new DerError('nothing between BEGIN and END');
  if (packed.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(packed)) throw new DerError('bad base64');
  return Buffer.from(packed, 'base64');
}

/** The inside of a block. */
interface Body {
  readonly hasHeader: boolean;
  /** The lines behind the header, without their ends. */
  readonly data: string;
}

interface RawBlock extends BlockPlace {
  readonly body: Body;
  readonly problem: string | undefined;
}

const BEGIN = '-----BEGIN ';
const END = '-----END ';
const DASHES = '-----';
/** The longest data line of a block that has a header or an empty line in front (get_header_and_data of pem_lib.c). */
const FULL_LINE = 64;

/** The blocks of a text by the rules of get_name and get_header_and_data (pem_lib.c); stops behind the first broken one. */
function* rawBlocks(text: string): Generator<RawBlock> {
  const lines = new LineReader(text);
  for (let line = lines.next(); line !== undefined; line = lines.next()) {
    if (!line.startsWith(BEGIN) || !line.endsWith(DASHES) || line.length < BEGIN.length + DASHES.length) continue;
    const label = line.slice(BEGIN.length, -DASHES.length);
    const place = { label, line: lines.number, start: lines.start };
    const { body, problem } = readBody(lines, label);
    yield { ...place, end: lines.end, body, problem };
    if (problem !== undefined) return;
  }
}

function readBody(lines: LineReader, label: string): { body: Body; problem: string | undefined } {
  const broken = (problem: string) => ({ body: { hasHeader: false, data: '' }, problem });
  let state: 'unknown' | 'header' | 'data' = 'unknown';
  let data: string[] = [];
  let hasHeader = false;
  let shortLine = false;
  for (let line = lines.next(); line !== undefined; line = lines.next()) {
    if (state === 'unknown' && line.includes(':')) state = 'header';
    if (line === '') {
      if (state === 'data') return broken('a second empty line');
      hasHeader = data.length > 0;
      state = 'data';
      data = [];
      continue;
    }
    if (line.startsWith(END)) {
      if (line !== `${END}${label}${DASHES}`) return broken('its END line does not fit its BEGIN line');
      if (state === 'header') return broken('a header without an end');
      return { body: { hasHeader, data: data.join('') }, problem: undefined };
    }
    if (shortLine) return broken('a short line within the data');
    if (state === 'data') {
      if (line.length > FULL_LINE) return broken('a line of more than 64 characters behind an empty line');
      shortLine = line.length < FULL_LINE;
    }
    data.push(line);
  }
  return broken('no END line');
}

/** Lines as sanitize_line of pem_lib.c leaves them. */
class LineReader {
  readonly #text: string;
  /** Of the line read last: its number from 1, its first offset and the offset behind its line end. */
  number = 0;
  start = 0;
  end = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next line without the control characters, blanks and bytes above ASCII at its end (they are negative there). */
  next(): string | undefined {
    const text = this.#text;
    if (this.end >= text.length) return undefined;
    this.number += 1;
    this.start = this.end;
    const newline = text.indexOf('\n', this.start);
    this.end = newline === -1 ? text.length : newline + 1;
    // OpenSSL skips a byte order mark in front of the first line.
    const first = this.start === 0 && text.startsWith('\xef\xbb\xbf') ? 3 : this.start;
    let last = this.end;
    while (last > first && isTrimmed(text.charCodeAt(last - 1))) last -= 1;
    return text.slice(first, last);
  }
}

function isTrimmed(code: number): boolean {
  return code <= 0x20 || code >= 0x80;
}
