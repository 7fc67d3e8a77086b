import { contextTag, DerError, DerReader, integerKey, latin1, TAG, toHex } from './der.js';
import { type DistinguishedName, readName } from './name.js';
import { type AlgorithmIdentifier, couldSign, readAlgorithm, readSigned, type Signed } from './signature.js';

/** What a key may be used for, as far as it matters for chains and CRLs. */
export interface KeyUsage {
  /** May sign certificates. */
  readonly keyCertSign: boolean;
  /** May sign CRLs. */
  readonly cRLSign: boolean;
}

/** How a certificate or a CRL points at the key that signed it. What is not given does not restrict. */
export interface AuthorityKeyIdentifier {
  /** Hexadecimal. */
  readonly keyIdentifier: string | undefined;
  /** Key of the name of the signer's own issuer, where a directory name is given. */
  readonly issuer: string | undefined;
  /** The signer's serial number, hexadecimal. */
  readonly serial: string | undefined;
}

/** A certificate (RFC 5280 4.1), as far as trust decisions look into it. Times are milliseconds since 1970. */
export interface Certificate extends Signed {
  readonly der: Uint8Array;
  /** From 1. */
  readonly version: number;
  /** Hexadecimal, lower case. */
  readonly serial: string;
  readonly issuer: DistinguishedName;
  readonly subject: DistinguishedName;
  /** NaN where OpenSSL cannot read it; such a certificate is never valid. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKeyInfo: Uint8Array;
  readonly publicKeyAlgorithm: AlgorithmIdentifier;
  readonly basicConstraints: { readonly isAuthority: boolean; readonly pathLength: number | undefined } | undefined;
  readonly keyUsage: KeyUsage | undefined;
  /** The purposes it is limited to, as dotted object identifiers; undefined where it is not limited. */
  readonly extendedKeyUsage: readonly string[] | undefined;
  /** Hexadecimal. */
  readonly subjectKeyIdentifier: string | undefined;
  readonly authorityKeyIdentifier: AuthorityKeyIdentifier | undefined;
  /**
   * What the trust settings of a TRUSTED CERTIFICATE say of TLS clients: `trusted` makes it the end of a chain although it
   * may not be self-signed, `rejected` makes OpenSSL refuse every chain through it (obj_trust of x509_trust.c). Undefined where
   * they say nothing, and a self-signed certificate alone is trusted.
   */
  readonly clientTrust: 'trusted' | 'rejected' | undefined;
  /** One of the extensions read here is not what it should be: OpenSSL loads the certificate and never uses it. */
  readonly hasMalformedExtension: boolean;
  /** Subject and issuer are the same name. */
  readonly isSelfIssued: boolean;
  /** Self-issued, and neither key identifier nor algorithm speaks against its own key (EXFLAG_SS of OpenSSL). */
  readonly isSelfSigned: boolean;
}

const EXTENSION = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
} as const;

const KNOWN_EXTENSIONS: ReadonlySet<string> = new Set(Object.values(EXTENSION));

const CLIENT_AUTHENTICATION = '1.3.6.1.5.5.7.3.2';
const ANY_PURPOSE = '2.5.29.37.0';

/**
 * Reads a TRUSTED CERTIFICATE: a certificate with trust settings behind it (X509_CERT_AUX, d2i_X509_AUX of x_x509.c).
 * @throws {DerError} where it is not one.
 */
export function parseTrustedCertificate(der: Uint8Array): Certificate {
  const certificate = parseCertificate(der);
  if (certificate.der.length === der.length) return certificate;
  const settings = new DerReader(der, certificate.der.length).enter(TAG.sequence);
  const listed = (tag: number): readonly string[] | undefined =>
    settings.peek() === tag ? readObjectIdentifiers(settings, tag) : undefined;
  const trusted = listed(TAG.sequence);
  const rejected = listed(contextTag(0, true));
  const concernsClients = (purpose: string): boolean => purpose === CLIENT_AUTHENTICATION || purpose === ANY_PURPOSE;
  if (rejected?.some(concernsClients)) return { ...certificate, clientTrust: 'rejected' };
  // A list of other purposes rejects this one.
  const clientTrust = trusted && (trusted.some(concernsClients) ? 'trusted' : 'rejected');
  return { ...certificate, clientTrust };
}

/**
 * Reads a certificate. Bytes behind it are left alone, as OpenSSL does.
 * @throws {DerError} where it is not a certificate.
 */
export function parseCertificate(der: Uint8Array): Certificate {
  const { content: inner, ...envelope } = readSigned(der);
  let version = 1;
  if (inner.peek() === contextTag(0, true)) version = inner.enter(contextTag(0, true)).smallInteger() + 1;
  const serial = inner.integerHex();
  readAlgorithm(inner);
  const issuer = readName(inner);
  const validity = inner.enter(TAG.sequence);
  const notBefore = validity.time();
  const notAfter = validity.time();
  const subject = readName(inner);
  const keyElement = inner.read(TAG.sequence);
  const key = inner.inside(keyElement);
  const publicKeyAlgorithm = readAlgorithm(key);
  key.bitString();
  inner.optional(contextTag(1, false));
  inner.optional(contextTag(2, false));

  const extensions = readCertificateExtensions(readExtensions(inner, 3));
  if (!inner.atEnd) throw new DerError('something behind the extensions');

  const certificate: Certificate = {
    ...envelope,
    version,
    serial,
    issuer,
    subject,
    notBefore,
    notAfter,
    publicKeyInfo: inner.encodingOf(keyElement),
    publicKeyAlgorithm,
    ...extensions,
    clientTrust: undefined,
    isSelfIssued: subject.key === issuer.key,
    isSelfSigned: false,
  };
  return { ...certificate, isSelfSigned: isLikelyIssuer(certificate, certificate) };
}

type KnownExtensions = Pick<
  Certificate,
  | 'basicConstraints'
  | 'keyUsage'
  | 'extendedKeyUsage'
  | 'subjectKeyIdentifier'
  | 'authorityKeyIdentifier'
  | 'hasMalformedExtension'
>;

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

function readCertificateExtensions(extensions: readonly Extension[]): KnownExtensions {
  const known: Writable<KnownExtensions> = {
    basicConstraints: undefined,
    keyUsage: undefined,
    extendedKeyUsage: undefined,
    subjectKeyIdentifier: undefined,
    authorityKeyIdentifier: undefined,
    hasMalformedExtension: false,
  };
  const seen = new Set<string>();
  for (const { type, value } of extensions) {
    const reader = new DerReader(value);
    // Of an extension that is there twice OpenSSL reads neither (X509V3_get_d2i).
    if (seen.has(type) && KNOWN_EXTENSIONS.has(type)) known.hasMalformedExtension = true;
    seen.add(type);
    try {
      if (type === EXTENSION.basicConstraints) known.basicConstraints = readBasicConstraints(reader);
      else if (type === EXTENSION.keyUsage) known.keyUsage = readKeyUsage(reader);
      else if (type === EXTENSION.extendedKeyUsage) known.extendedKeyUsage = readObjectIdentifiers(reader);
      else if (type === EXTENSION.authorityKeyIdentifier)
        known.authorityKeyIdentifier = readAuthorityKeyIdentifier(value);
      else if (type === EXTENSION.subjectKeyIdentifier) {
        known.subjectKeyIdentifier = toHex(reader.contentOf(reader.read(TAG.octetString)));
      }
    } catch (error) {
      if (!(error instanceof DerError)) throw error;
      known.hasMalformedExtension = true;
    }
  }
  return known;
}

function readBasicConstraints(reader: DerReader): Certificate['basicConstraints'] {
  const constraints = reader.enter(TAG.sequence);
  const isAuthority = constraints.peek() === TAG.boolean ? constraints.boolean() : false;
  return { isAuthority, pathLength: constraints.peek() === TAG.integer ? constraints.smallInteger() : undefined };
}

function readKeyUsage(reader: DerReader): KeyUsage {
  const first = reader.bitString().bytes[0] ?? 0;
  return { keyCertSign: (first & 0x04) !== 0, cRLSign: (first & 0x02) !== 0 };
}

function readObjectIdentifiers(reader: DerReader, tag: number = TAG.sequence): string[] {
  const list = reader.enter(tag);
  const found: string[] = [];
  while (!list.atEnd) found.push(list.objectIdentifier());
  return found;
}

/** An extension of a certificate or of a CRL. */
export interface Extension {
  readonly type: string;
  readonly critical: boolean;
  readonly value: Uint8Array;
}

/** Reads the extensions in the context tag `[number]`, where the next element has it. */
export function readExtensions(reader: DerReader, number: number): Extension[] {
  const found: Extension[] = [];
  if (reader.peek() !== contextTag(number, true)) return found;
  const list = reader.enter(contextTag(number, true)).enter(TAG.sequence);
  while (!list.atEnd) {
    const extension = list.enter(TAG.sequence);
    const type = extension.objectIdentifier();
    const critical = extension.peek() === TAG.boolean ? extension.boolean() : false;
    found.push({ type, critical, value: extension.contentOf(extension.read(TAG.octetString)) });
  }
  return found;
}

/** Reads the value of an authorityKeyIdentifier extension (RFC 5280 4.2.1.1). */
export function readAuthorityKeyIdentifier(value: Uint8Array): AuthorityKeyIdentifier {
  const reader = new DerReader(value).enter(TAG.sequence);
  const keyIdentifier = reader.optional(contextTag(0, false));
  let issuer: string | undefined;
  if (reader.peek() === contextTag(1, true)) {
    const names = reader.enter(contextTag(1, true));
    while (!names.atEnd && issuer === undefined) {
      const name = names.read();
      if (name.tag === contextTag(4, true)) issuer = readName(names.inside(name)).key;
    }
  }
  const serial = reader.optional(contextTag(2, false));
  return {
    keyIdentifier: keyIdentifier && toHex(reader.contentOf(keyIdentifier)),
    issuer,
    serial: serial && integerKey(reader.contentOf(serial)),
  };
}

/** Whether a key pointer can mean this certificate (X509_check_akid of OpenSSL): what either side lacks does not count. */
export function pointsAt(pointer: AuthorityKeyIdentifier | undefined, certificate: Certificate): boolean {
  if (pointer === undefined) return true;
  const { keyIdentifier, serial, issuer } = pointer;
  const own = certificate.subjectKeyIdentifier;
  if (keyIdentifier !== undefined && own !== undefined && keyIdentifier !== own) return false;
  if (serial !== undefined && serial !== certificate.serial) return false;
  return issuer === undefined || issuer === certificate.issuer.key;
}

/**
 * Whether OpenSSL takes one certificate for the issuer of the other while it builds a chain (ossl_x509_likely_issued):
 * by names, key identifiers and kind of key, before it looks at signatures.
 */
export function isLikelyIssuer(issuer: Certificate, subject: Certificate): boolean {
  return (
    !issuer.hasMalformedExtension &&
    issuer.subject.key === subject.issuer.key &&
    pointsAt(subject.authorityKeyIdentifier, issuer) &&
    couldSign(issuer.publicKeyAlgorithm.type, subject.signatureAlgorithm.type)
  );
}

/** Equal for certificates of one name and key: what makes two authorities the same for those whom they certify. */
export function certificateKey({ publicKeyInfo, subject }: Certificate): string {
  return `${latin1(publicKeyInfo)}\n${subject.key}`;
}

/** Whether OpenSSL accepts it as an issuer of certificates (check_ca of v3_purp.c). */
export function isAuthority(certificate: Certificate): boolean {
  const { keyUsage, basicConstraints, version, isSelfSigned } = certificate;
  if (keyUsage !== undefined && !keyUsage.keyCertSign) return false;
  if (basicConstraints !== undefined) return basicConstraints.isAuthority;
  // An old root without extensions, or one that at least says that it signs certificates.
  return (version === 1 && isSelfSigned) || keyUsage !== undefined;
}

/**
 * Whether its extended key usage, where it has one, leaves room for TLS clients (xku_reject of v3_purp.c). Trust settings for
 * them trump it (check_purpose of x509_vfy.c).
 */
export function mayIdentifyClients(certificate: Certificate): boolean {
  if (certificate.clientTrust === 'trusted') return true;
  return certificate.extendedKeyUsage?.includes(CLIENT_AUTHENTICATION) ?? true;
}

/** Whether a moment (milliseconds since 1970) lies in front of its validity. */
export function isNotYetValid(certificate: Certificate, now: number): boolean {
  return !(certificate.notBefore <= now);
}

/** Whether a moment lies behind its validity; X509_cmp_time calls the last second past. */
export function isExpired(certificate: Certificate, now: number): boolean {
  return !(certificate.notAfter > now);
}
