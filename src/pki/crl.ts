import {
  type AuthorityKeyIdentifier,
  type Certificate,
  type Extension,
  readAuthorityKeyIdentifier,
  readExtensions,
} from './certificate.js';
import { contextTag, DerError, DerReader, integerKey, TAG } from './der.js';
import { type DistinguishedName, readName } from './name.js';
import { readAlgorithm, readSigned, type Signed, sameAlgorithm, verifySignature } from './signature.js';

/** A certificate revocation list (RFC 5280 5.1). Times are milliseconds since 1970, NaN where OpenSSL cannot read them. */
export interface RevocationList extends Signed {
  readonly der: Uint8Array;
  readonly issuer: DistinguishedName;
  readonly thisUpdate: number;
  /** Undefined where the list names no end. */
  readonly nextUpdate: number | undefined;
  /** How many certificates it revokes. */
  readonly entryCount: number;
  /** The CRL number, hexadecimal. */
  readonly number: string | undefined;
  readonly authorityKeyIdentifier: AuthorityKeyIdentifier | undefined;
  /** The number of the list that it adds to, hexadecimal, where it is a delta list. */
  readonly deltaOf: string | undefined;
  /** What it leaves out (issuingDistributionPoint); undefined where it covers all that its issuer issued. */
  readonly scope: RevocationScope | undefined;
  /** An extension is critical that OpenSSL does not know: it then trusts no answer of the list. */
  readonly hasUnknownCriticalExtension: boolean;
  /** False where inner and outer algorithm differ: OpenSSL then refuses every signature. */
  readonly algorithmsAgree: boolean;
  /** Where the entries lie in `der`. */
  readonly entries: { readonly start: number; readonly end: number };
}

/** The restrictions of an issuingDistributionPoint (RFC 5280 5.2.5). */
export interface RevocationScope {
  /** Holds entries of other issuers as well. */
  readonly isIndirect: boolean;
  readonly onlyClients: boolean;
  readonly onlyAuthorities: boolean;
  readonly onlyAttributes: boolean;
  /** Covers some reasons of revocation only. */
  readonly someReasons: boolean;
  /** Names a distribution point: it serves only certificates that name the same. */
  readonly namesPoint: boolean;
  /** It is limited to several kinds of certificates at once, so that OpenSSL leaves the list alone (IDP_INVALID). */
  readonly isContradictory: boolean;
}

const EXTENSION = {
  number: '2.5.29.20',
  delta: '2.5.29.27',
  scope: '2.5.29.28',
  authorityKeyIdentifier: '2.5.29.35',
} as const;

/** Critical extensions that OpenSSL does not mind (crl_cb of x_crl.c). */
const UNDERSTOOD: ReadonlySet<string> = new Set([EXTENSION.delta, EXTENSION.scope, EXTENSION.authorityKeyIdentifier]);

/**
 * Reads a CRL. The entries are counted and checked for their form but not kept: a list of 100,000 costs no memory
 * besides its bytes.
 * @throws {DerError} where it is not a CRL.
 */
export function parseRevocationList(der: Uint8Array): RevocationList {
  const { content: inner, ...envelope } = readSigned(der);
  inner.optional(TAG.integer);
  const innerAlgorithm = readAlgorithm(inner);
  const issuer = readName(inner);
  const thisUpdate = inner.time();
  const next = inner.peek();
  const nextUpdate = next === TAG.utcTime || next === TAG.generalizedTime ? inner.time() : undefined;
  const list = inner.optional(TAG.sequence);
  const entries = list === undefined ? { start: 0, end: 0 } : { start: list.content, end: list.end };
  let entryCount = 0;
  forEachEntry(der, entries, () => {
    entryCount += 1;
  });

  const extensions = readCrlExtensions(readExtensions(inner, 0));
  if (!inner.atEnd) throw new DerError('something behind the extensions');
  return {
    ...envelope,
    issuer,
    thisUpdate,
    nextUpdate,
    entryCount,
    ...extensions,
    algorithmsAgree: sameAlgorithm(envelope.signatureAlgorithm, innerAlgorithm),
    entries,
  };
}

type KnownExtensions = Pick<
  RevocationList,
  'number' | 'deltaOf' | 'scope' | 'authorityKeyIdentifier' | 'hasUnknownCriticalExtension'
>;

/** OpenSSL goes on without an extension that it cannot read, or that is there twice (crl_cb of x_crl.c). */
function readCrlExtensions(extensions: readonly Extension[]): KnownExtensions {
  const contentOf = <T>(wanted: string, read: (value: Uint8Array) => T): T | undefined => {
    const [first, ...others] = extensions.filter(({ type }) => type === wanted);
    if (first === undefined || others.length > 0) return undefined;
    try {
      return read(first.value);
    } catch (error) {
      if (error instanceof DerError) return undefined;
      throw error;
    }
  };
  const readInteger = (value: Uint8Array): string => new DerReader(value).integerHex();
  return {
    number: contentOf(EXTENSION.number, readInteger),
    deltaOf: contentOf(EXTENSION.delta, readInteger),
    scope: contentOf(EXTENSION.scope, readScope),
    authorityKeyIdentifier: contentOf(EXTENSION.authorityKeyIdentifier, readAuthorityKeyIdentifier),
    hasUnknownCriticalExtension: extensions.some(({ critical, type }) => critical && !UNDERSTOOD.has(type)),
  };
}

/** Gives the place of every entry's serial number; checks the form of the entries as far as it walks over them. */
function forEachEntry(
  der: Uint8Array,
  range: { readonly start: number; readonly end: number },
  visit: (serialStart: number, serialEnd: number) => void,
): void {
  const list = new DerReader(der, range.start, range.end);
  while (!list.atEnd) {
    const content = list.skip(TAG.sequence);
    const entry = new DerReader(der, content, list.offset);
    const serial = entry.skip(TAG.integer);
    visit(serial, entry.offset);
    const date = entry.peek();
    if (date !== TAG.utcTime && date !== TAG.generalizedTime) throw new DerError('an entry without a date');
    entry.skip();
    entry.optional(TAG.sequence);
    if (!entry.atEnd) throw new DerError('something behind an entry');
  }
}

function readScope(value: Uint8Array): RevocationScope {
  const reader = new DerReader(value).enter(TAG.sequence);
  const flag = (number: number): boolean => {
    const element = reader.optional(contextTag(number, false));
    return element !== undefined && reader.contentOf(element)[0] !== 0;
  };
  const namesPoint = reader.optional(contextTag(0, true)) !== undefined;
  const onlyClients = flag(1);
  const onlyAuthorities = flag(2);
  const someReasons = reader.optional(contextTag(3, false)) !== undefined;
  const isIndirect = flag(4);
  const onlyAttributes = flag(5);
  const isContradictory = [onlyClients, onlyAuthorities, onlyAttributes].filter(Boolean).length > 1;
  return { namesPoint, onlyClients, onlyAuthorities, someReasons, isIndirect, onlyAttributes, isContradictory };
}

/** Those of the serial numbers (hexadecimal, as `Certificate.serial`) that the list revokes; one walk over it. */
export function revokedAmong(crl: RevocationList, serials: ReadonlySet<string>): Set<string> {
  const found = new Set<string>();
  if (serials.size === 0) return found;
  // Sorted out by length first: making text of every entry would cost more than reading them.
  const lengths = new Set([...serials].map(serial => serial.length / 2));
  forEachEntry(crl.der, crl.entries, (start, end) => {
    if (!lengths.has(end - start) && crl.der[start] !== 0) return;
    const serial = integerKey(crl.der.subarray(start, end));
    if (serials.has(serial)) found.add(serial);
  });
  return found;
}

/** Whether a list revokes a certificate that the other one does not; where there is no other, whether it revokes any. */
export function revokesMore(crl: RevocationList, other: RevocationList | undefined): boolean {
  if (other === undefined || crl.entryCount === 0) return crl.entryCount > 0;
  if (other === crl || Buffer.compare(other.der, crl.der) === 0) return false;
  const theirs = new Set<string>();
  forEachEntry(other.der, other.entries, (start, end) => theirs.add(integerKey(other.der.subarray(start, end))));
  let finds = false;
  forEachEntry(crl.der, crl.entries, (start, end) => {
    finds ||= !theirs.has(integerKey(crl.der.subarray(start, end)));
  });
  return finds;
}

/**
 * Whether a CRL was signed with the key of this certificate. Undefined where its algorithm is not known here.
 */
export function isSignedBy(crl: RevocationList, certificate: Certificate): boolean | undefined {
  return crl.algorithmsAgree ? verifySignature(crl, certificate.publicKeyInfo) : false;
}
