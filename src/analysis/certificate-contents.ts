/** What nginx's variables show of a client's certificate, and what of it a client has to bring to get somewhere. */
import type { Server } from '../model/model.js';
import { allWords, complement, type Language, solve } from '../pcre/language.js';
import type { Entry } from './handshake.js';
import {
  certificateDate,
  certificateText,
  countOfDays,
  fingerprint,
  legacyName,
  nameOfLegacy,
} from './identity-languages.js';
import type { Knowledge } from './knowledge.js';
import type { TlsChoice } from './request.js';
import type { Symbols } from './symbols.js';
import { fixedText, type Sym } from './value.js';

/** Texts of a variable that nobody picks: what they are like, and one of them. */
interface Given {
  readonly language: () => Language;
  readonly example: string;
}

/** The digest of nothing (SHA-1): a fingerprint that no certificate has. */
const NO_FINGERPRINT = 'da39a3ee5e6b4b0d3255bfef95601890afd80709';

const date: Given = { language: certificateDate, example: 'Nov  3 08:00:00 2026 GMT' };

/** The variables whose texts nobody picks. */
const GIVEN: ReadonlyMap<string, Given> = new Map([
  ['ssl_client_cert', { language: () => certificateText(' ', '\n\t'), example: pem(' ', '\n\t') }],
  ['ssl_client_raw_cert', { language: () => certificateText(' ', '\n'), example: pem(' ', '\n') }],
  ['ssl_client_escaped_cert', { language: () => certificateText('%20', '%0A'), example: pem('%20', '%0A') }],
  ['ssl_client_v_start', date],
  ['ssl_client_v_end', date],
  ['ssl_client_v_remain', { language: countOfDays, example: '30' }],
  ['ssl_client_fingerprint', { language: fingerprint, example: NO_FINGERPRINT }],
]);

function pem(blank: string, end: string): string {
  return `-----BEGIN${blank}CERTIFICATE-----${end}MIIBtjCC${end}-----END${blank}CERTIFICATE-----`;
}

/**
 * Under which name it is asked what a variable of a certificate holds; undefined where that is not modelled. Who signs a
 * certificate itself is its issuer, too (X509_get_issuer_name), so that under optional_no_ca both names say what the client
 * wrote (mtls-semantics 11).
 */
export function askedAs(variable: string, isSelfSigned: boolean): string | undefined {
  switch (variable) {
    case 'ssl_client_s_dn':
    case 'ssl_client_s_dn_legacy':
    case 'ssl_client_serial':
      return variable;
    case 'ssl_client_i_dn':
    case 'ssl_client_i_dn_legacy':
      return isSelfSigned ? variable.replace('_i_', '_s_') : undefined;
    default:
      return GIVEN.has(variable) ? variable : undefined;
  }
}

/** The text of a variable about the certificate that a client offers; undefined where the choice does not say it. */
export function contentOf(variable: string, tls: TlsChoice): string | undefined {
  const asked = askedAs(variable, tls.issuer === 'self');
  switch (asked) {
    case undefined:
      return undefined;
    case 'ssl_client_s_dn':
      return tls.subject;
    case 'ssl_client_s_dn_legacy':
      return tls.subject === undefined ? undefined : legacyName(tls.subject);
    case 'ssl_client_serial':
      return tls.serial;
    case 'ssl_client_fingerprint':
      if (tls.fingerprint !== undefined) return tls.fingerprint;
  }
  return tls.isOrdinary === true ? GIVEN.get(asked)?.example : undefined;
}

/** True for a variable whose text nobody picks, so that it matters how many texts are as good. */
export function isGiven(variable: string): boolean {
  return GIVEN.has(variable);
}

/** True for a variable by which a choice names one certificate among all. */
export function isPin(variable: string, tls: TlsChoice | null): boolean {
  return variable === 'ssl_client_fingerprint' && tls?.fingerprint !== undefined;
}

/** What a certificate has to have. */
export type CertificateParts = Pick<TlsChoice, 'subject' | 'serial' | 'fingerprint' | 'isOrdinary'>;

/**
 * What certificates to offer, by what is known of their contents. Of what is read although any text would do nothing is said
 * first, and then something, since a text that it is a part of has to be told. None where no such certificate is known.
 */
export function* certificateParts(
  { clientClass }: Entry<Server>,
  symbols: Symbols,
  knowledge: Knowledge,
): Generator<CertificateParts> {
  const asked = clientClass === 'none' ? [] : [...symbols.chosen].filter(({ name }) => name.startsWith('ssl_client_'));
  const needed = asked.filter(symbol => knowledge.mentions(symbol));
  for (const told of needed.length === asked.length ? [asked] : [needed, asked]) {
    const parts = partsFor(told, knowledge);
    if (parts !== undefined) yield parts;
  }
}

function partsFor(symbols: readonly Sym[], knowledge: Knowledge): CertificateParts | undefined {
  let parts: CertificateParts = {};
  for (const symbol of symbols) {
    const part = partFor(symbol, knowledge);
    if (part === undefined) return undefined;
    const isOther = parts.subject !== undefined && part.subject !== undefined && parts.subject !== part.subject;
    // Both forms of the name have to be of one.
    const subject = [parts.subject, part.subject].find(
      name => name !== undefined && (!isOther || isName(name, symbols, knowledge)),
    );
    if (isOther && subject === undefined) return undefined;
    parts = { ...parts, ...part, ...(subject === undefined ? {} : { subject }) };
  }
  return parts;
}

/** True for a name that fits what is known of it in both forms. */
function isName(name: string, symbols: readonly Sym[], knowledge: Knowledge): boolean {
  return symbols.every(symbol => {
    if (symbol.name === 'ssl_client_s_dn') return knowledge.allows(symbol, name);
    return symbol.name !== 'ssl_client_s_dn_legacy' || knowledge.allows(symbol, legacyName(name) ?? '');
  });
}

function partFor(symbol: Sym, knowledge: Knowledge): CertificateParts | undefined {
  const given = GIVEN.get(symbol.name);
  if (given !== undefined) {
    if (isAny(symbol, given, knowledge)) return { isOrdinary: true };
    const [only] = symbol.name === 'ssl_client_fingerprint' ? fewTexts(symbol, knowledge) : [];
    return only === undefined ? undefined : { fingerprint: only };
  }
  const [text] = knowledge.candidates(symbol, 1);
  if (text === undefined) return undefined;
  if (symbol.name === 'ssl_client_serial') return { serial: text };
  const subject = symbol.name === 'ssl_client_s_dn' ? text : nameOfLegacy(text);
  return subject === undefined ? undefined : { subject };
}

/** Product states that one question about contents may visit. */
const LIMITS = { maxStates: 4_000 };

/** Fingerprints that are tried before one is called as good as any. */
const SAMPLES = 64;

/** True where any certificate will do: all texts do, or of fingerprints all of many, so that only a few are left out. */
function isAny(symbol: Sym, { example, language }: Given, knowledge: Knowledge): boolean {
  if (!knowledge.allows(symbol, example)) return false;
  if (symbol.name === 'ssl_client_fingerprint') {
    return samples().every(text => knowledge.allows(symbol, text));
  }
  return knowledge
    .demandsOn(symbol)
    .every(
      demand =>
        solve([{ language: language() }, { ...demand, language: complement(demand.language) }], LIMITS) === 'empty',
    );
}

/** Texts of which no other ones than these are possible; none where there are many. */
function fewTexts(symbol: Sym, knowledge: Knowledge): readonly string[] {
  const fixed = fixedText(knowledge.resolve([symbol]));
  if (fixed !== undefined) return [fixed];
  return allWords(knowledge.demandsOn(symbol), MOST_PINS, LIMITS) ?? [];
}

/** Fingerprints that may be listed together for each of them to count as named. */
const MOST_PINS = 256;

let made: readonly string[] | undefined;

/** Texts like those of a digest, the same ones every time. */
function samples(): readonly string[] {
  if (made === undefined) {
    let state = 0x2545f491;
    const digit = (): string => {
      // Marsaglia's xorshift.
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return ((state >>> 8) & 15).toString(16);
    };
    made = Array.from({ length: SAMPLES }, () => Array.from({ length: NO_FINGERPRINT.length }, digit).join(''));
  }
  return made;
}
