/**
 * Makes certificates and CRLs of every kind, good and bad, in memory: DER by hand, signatures by node:crypto. Nothing
 * of src/pki is used, so that its reader meets encodings that it did not make.
 */
import { constants, createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

export const KEY_KINDS = ['rsa', 'rsa-pss', 'p256', 'p384', 'ed25519', 'ed448'] as const;
export type KeyKind = (typeof KEY_KINDS)[number];

export interface Key {
  readonly kind: KeyKind;
  readonly privateKey: KeyObject;
  readonly publicKeyInfo: Buffer;
  readonly identifier: Buffer;
}

const keys = new Map<string, Key>();

/** The key of that kind and number; made once, since RSA keys take their time. */
export function keyOf(kind: KeyKind, number = 0): Key {
  const name = `${kind} ${number}`;
  let key = keys.get(name);
  if (key === undefined) {
    const pair = generate(kind);
    const publicKeyInfo = pair.publicKey.export({ format: 'der', type: 'spki' });
    const identifier = createHash('sha1').update(publicKeyInfo).digest();
    key = { kind, privateKey: pair.privateKey, publicKeyInfo, identifier };
    keys.set(name, key);
  }
  return key;
}

function generate(kind: KeyKind): { publicKey: KeyObject; privateKey: KeyObject } {
  switch (kind) {
    case 'rsa':
      return generateKeyPairSync('rsa', { modulusLength: 2048 });
    case 'rsa-pss':
      return generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
    case 'p256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' });
    case 'p384':
      return generateKeyPairSync('ec', { namedCurve: 'P-384' });
    case 'ed25519':
      return generateKeyPairSync('ed25519');
    case 'ed448':
      return generateKeyPairSync('ed448');
  }
}

export function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const digits = Buffer.from(
    length.toString(16).padStart(length.toString(16).length + (length.toString(16).length % 2), '0'),
    'hex',
  );
  return Buffer.concat([Buffer.from([tag, 0x80 | digits.length]), digits, content]);
}

export const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts);

export function objectIdentifier(dotted: string): Buffer {
  const [first, second, ...rest] = dotted.split('.').map(BigInt) as [bigint, bigint, ...bigint[]];
  const bytes = [first * 40n + second, ...rest].flatMap(arc => {
    const groups = [Number(arc & 0x7fn)];
    for (let left = arc >> 7n; left > 0n; left >>= 7n) groups.unshift(Number(left & 0x7fn) | 0x80);
    return groups;
  });
  return der(0x06, Buffer.from(bytes));
}

export function integer(value: number): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 1 ? `0${hex}` : hex, 'hex');
  return der(0x02, bytes[0]! >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

function time(moment: Date): Buffer {
  const digits = moment.toISOString().replace(/[-:T]|\.\d+Z/g, '');
  const year = moment.getUTCFullYear();
  return year < 2050 ? der(0x17, Buffer.from(`${digits.slice(2)}Z`)) : der(0x18, Buffer.from(`${digits}Z`));
}

const ATTRIBUTES: Readonly<Record<string, string>> = {
  C: '2.5.4.6',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  CN: '2.5.4.3',
};

/** One attribute of a name; `type` is one of C, O, OU, CN or dotted, `tag` the string type (UTF8String by default). */
export function attribute(type: string, value: string | Buffer, tag = 0x0c): Buffer {
  return sequence(objectIdentifier(ATTRIBUTES[type] ?? type), der(tag, Buffer.from(value)));
}

/** A name; each argument is one relative name: an attribute or several. */
export function distinguishedName(...sets: readonly (Buffer | readonly Buffer[])[]): Buffer {
  return sequence(...sets.map(set => der(0x31, ...(Buffer.isBuffer(set) ? [set] : set))));
}

/** The name `CN=text`. */
export function commonName(text: string): Buffer {
  return distinguishedName(attribute('CN', text));
}

const PSS_PARAMETERS = sequence(
  der(0xa0, sequence(objectIdentifier('2.16.840.1.101.3.4.2.1'))),
  der(0xa1, sequence(objectIdentifier('1.2.840.113549.1.1.8'), sequence(objectIdentifier('2.16.840.1.101.3.4.2.1')))),
  der(0xa2, integer(32)),
);

const ALGORITHMS: Readonly<Record<KeyKind, Buffer>> = {
  rsa: sequence(objectIdentifier('1.2.840.113549.1.1.11'), der(0x05)),
  'rsa-pss': sequence(objectIdentifier('1.2.840.113549.1.1.10'), PSS_PARAMETERS),
  p256: sequence(objectIdentifier('1.2.840.10045.4.3.2')),
  p384: sequence(objectIdentifier('1.2.840.10045.4.3.3')),
  ed25519: sequence(objectIdentifier('1.3.101.112')),
  ed448: sequence(objectIdentifier('1.3.101.113')),
};

const HASHES: Readonly<Record<KeyKind, string | null>> = {
  rsa: 'sha256',
  'rsa-pss': 'sha256',
  p256: 'sha256',
  p384: 'sha384',
  ed25519: null,
  ed448: null,
};

function signed(content: Buffer, signer: Key, tamper: boolean): Buffer {
  const padding = signer.kind === 'rsa-pss' ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } : undefined;
  const signature = sign(HASHES[signer.kind], tamper ? Buffer.concat([content, content]) : content, {
    key: signer.privateKey,
    ...padding,
  });
  return sequence(content, ALGORITHMS[signer.kind], der(0x03, Buffer.from([0]), signature));
}

export function extension(type: string, value: Buffer, critical = false): Buffer {
  const flag = critical ? [der(0x01, Buffer.from([0xff]))] : [];
  return sequence(objectIdentifier(type), ...flag, der(0x04, value));
}

/** The time from which and until which things are valid where nothing else is said. */
export const LONG_AGO = new Date('2020-01-01T00:00:00Z');
export const FAR_OFF = new Date('2126-01-01T00:00:00Z');

export interface CertificateSpec {
  readonly subject: Buffer;
  readonly issuer: Buffer;
  /** The key it certifies. */
  readonly key: Key;
  readonly signer: Key;
  readonly serial?: number;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** Default: an authority. */
  readonly isAuthority?: boolean;
  readonly pathLength?: number;
  readonly mayCertify?: boolean;
  readonly maySignCrls?: boolean;
  /** Default: subject and authority key identifier are written. */
  readonly hasKeyIdentifiers?: boolean;
  readonly extendedKeyUsage?: string;
  /** Sign something else than what it says. */
  readonly tamper?: boolean;
  readonly extraExtensions?: readonly Buffer[];
}

let serials = 0x1000;

/** A certificate, DER. */
export function makeCertificate(spec: CertificateSpec): Buffer {
  const { subject, issuer, key, signer, isAuthority = true, mayCertify = true, maySignCrls = true } = spec;
  const constraints = [
    ...(isAuthority ? [der(0x01, Buffer.from([0xff]))] : []),
    ...(spec.pathLength === undefined ? [] : [integer(spec.pathLength)]),
  ];
  const usage = isAuthority ? (mayCertify ? 0x04 : 0) | (maySignCrls ? 0x02 : 0) : 0x80;
  const extensions = [
    extension('2.5.29.19', sequence(...constraints), true),
    extension('2.5.29.15', der(0x03, Buffer.from([0, usage])), true),
  ];
  if (spec.hasKeyIdentifiers ?? true) {
    extensions.push(
      extension('2.5.29.14', der(0x04, key.identifier)),
      extension('2.5.29.35', sequence(der(0x80, signer.identifier))),
    );
  }
  if (spec.extendedKeyUsage !== undefined) {
    extensions.push(extension('2.5.29.37', sequence(objectIdentifier(spec.extendedKeyUsage))));
  }
  extensions.push(...(spec.extraExtensions ?? []));
  const content = sequence(
    der(0xa0, integer(2)),
    integer(spec.serial ?? (serials += 1)),
    ALGORITHMS[signer.kind],
    issuer,
    sequence(time(spec.notBefore ?? LONG_AGO), time(spec.notAfter ?? FAR_OFF)),
    subject,
    key.publicKeyInfo,
    der(0xa3, sequence(...extensions)),
  );
  return signed(content, signer, spec.tamper ?? false);
}

export interface CrlSpec {
  readonly issuer: Buffer;
  readonly signer: Key;
  readonly thisUpdate?: Date;
  /** `null`: the list names no end. */
  readonly nextUpdate?: Date | null;
  readonly revoked?: readonly number[];
  readonly number?: number;
  readonly hasKeyIdentifier?: boolean;
  readonly tamper?: boolean;
  readonly extraExtensions?: readonly Buffer[];
}

/** A CRL, DER. */
export function makeCrl(spec: CrlSpec): Buffer {
  const { issuer, signer, thisUpdate = LONG_AGO, nextUpdate = FAR_OFF, revoked = [] } = spec;
  const date = time(LONG_AGO);
  const extensions = [extension('2.5.29.20', integer(spec.number ?? 1)), ...(spec.extraExtensions ?? [])];
  if (spec.hasKeyIdentifier ?? true) {
    extensions.push(extension('2.5.29.35', sequence(der(0x80, signer.identifier))));
  }
  const content = sequence(
    integer(1),
    ALGORITHMS[signer.kind],
    issuer,
    time(thisUpdate),
    ...(nextUpdate === null ? [] : [time(nextUpdate)]),
    ...(revoked.length === 0 ? [] : [sequence(Buffer.concat(revoked.map(serial => sequence(integer(serial), date))))]),
    der(0xa0, sequence(...extensions)),
  );
  return signed(content, signer, spec.tamper ?? false);
}

/** An authority with its own name and key. */
export interface Authority {
  readonly name: Buffer;
  readonly key: Key;
  readonly certificate: Buffer;
  readonly serial: number;
}

/** An authority under another one; a root without. */
export function makeAuthority(
  name: Buffer,
  key: Key,
  parent?: Authority,
  more: Partial<CertificateSpec> = {},
): Authority {
  const serial = more.serial ?? (serials += 1);
  const issuer = parent?.name ?? name;
  const certificate = makeCertificate({ subject: name, issuer, key, signer: parent?.key ?? key, ...more, serial });
  return { name, key, certificate, serial };
}

/** A client's certificate, DER. */
export function makeClient(authority: Authority, key: Key, subject = commonName('client')): Buffer {
  return makeCertificate({ subject, issuer: authority.name, key, signer: authority.key, isAuthority: false });
}

export function pem(label: string, content: Buffer): string {
  const lines = content.toString('base64').replace(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}

/** Trust settings as they stand behind a certificate (X509_CERT_AUX): purposes, dotted; undefined for no list. */
export function trustSettings(trusted: readonly string[] | undefined, rejected?: readonly string[]): Buffer {
  const list = (tag: number, purposes: readonly string[] | undefined): Buffer[] =>
    purposes === undefined ? [] : [der(tag, ...purposes.map(objectIdentifier))];
  return sequence(...list(0x30, trusted), ...list(0xa0, rejected));
}

/** A certificate with trust settings. */
export const trustedPem = (content: Buffer, settings: Buffer): string =>
  pem('TRUSTED CERTIFICATE', Buffer.concat([content, settings]));
export const certificatePem = (content: Buffer): string => pem('CERTIFICATE', content);
export const crlPem = (content: Buffer): string => pem('X509 CRL', content);

export function privateKeyPem(key: Key): string {
  return key.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
}
