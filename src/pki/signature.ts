import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { contextTag, DerError, DerReader, latin1, TAG } from './der.js';

/** An algorithm with its parameters. */
export interface AlgorithmIdentifier {
  /** Dotted. */
  readonly type: string;
  /** The encoded parameters; empty where there are none. */
  readonly parameters: Uint8Array;
}

/** Reads an AlgorithmIdentifier. */
export function readAlgorithm(reader: DerReader): AlgorithmIdentifier {
  const inner = reader.enter(TAG.sequence);
  const type = inner.objectIdentifier();
  return { type, parameters: inner.atEnd ? new Uint8Array() : inner.encodingOf(inner.read()) };
}

/** True where both name the same algorithm with the same parameters. */
export function sameAlgorithm(one: AlgorithmIdentifier, other: AlgorithmIdentifier): boolean {
  return one.type === other.type && latin1(one.parameters) === latin1(other.parameters);
}

const HASHES: Readonly<Record<string, string>> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
  '2.16.840.1.101.3.4.2.4': 'sha224',
};

type KeyKind = 'rsa' | 'ec' | 'dsa' | 'ed25519' | 'ed448';

/** What signs with which hash: RFC 4055, RFC 5758, RFC 8410 and the older identifiers of RFC 3279. */
const ALGORITHMS: Readonly<Record<string, { readonly key: KeyKind; readonly hash: string | null }>> = {
  '1.2.840.113549.1.1.4': { key: 'rsa', hash: 'md5' },
  '1.2.840.113549.1.1.5': { key: 'rsa', hash: 'sha1' },
  '1.2.840.113549.1.1.11': { key: 'rsa', hash: 'sha256' },
  '1.2.840.113549.1.1.12': { key: 'rsa', hash: 'sha384' },
  '1.2.840.113549.1.1.13': { key: 'rsa', hash: 'sha512' },
  '1.2.840.113549.1.1.14': { key: 'rsa', hash: 'sha224' },
  '1.2.840.10045.4.1': { key: 'ec', hash: 'sha1' },
  '1.2.840.10045.4.3.1': { key: 'ec', hash: 'sha224' },
  '1.2.840.10045.4.3.2': { key: 'ec', hash: 'sha256' },
  '1.2.840.10045.4.3.3': { key: 'ec', hash: 'sha384' },
  '1.2.840.10045.4.3.4': { key: 'ec', hash: 'sha512' },
  '1.2.840.10040.4.3': { key: 'dsa', hash: 'sha1' },
  '2.16.840.1.101.3.4.3.1': { key: 'dsa', hash: 'sha224' },
  '2.16.840.1.101.3.4.3.2': { key: 'dsa', hash: 'sha256' },
  '1.3.101.112': { key: 'ed25519', hash: null },
  '1.3.101.113': { key: 'ed448', hash: null },
};

const RSASSA_PSS = '1.2.840.113549.1.1.10';

/** Public key algorithms by the identifier in a SubjectPublicKeyInfo. */
const KEY_KINDS: Readonly<Record<string, KeyKind | 'rsa-pss'>> = {
  '1.2.840.113549.1.1.1': 'rsa',
  [RSASSA_PSS]: 'rsa-pss',
  '1.2.840.10045.2.1': 'ec',
  '1.2.840.10040.4.1': 'dsa',
  '1.3.101.112': 'ed25519',
  '1.3.101.113': 'ed448',
};

/**
 * False where a key of this algorithm cannot have made a signature of that one (check_sig_alg_match of OpenSSL, which
 * looks at this before it looks at any signature). True where one of the two is not known here.
 */
export function couldSign(keyAlgorithm: string, signatureAlgorithm: string): boolean {
  const key = KEY_KINDS[keyAlgorithm];
  if (key === undefined) return true;
  if (signatureAlgorithm === RSASSA_PSS) return key === 'rsa' || key === 'rsa-pss';
  const signature = ALGORITHMS[signatureAlgorithm];
  return signature === undefined || signature.key === key;
}

/** Whether OpenSSL may take a key of the first algorithm for the one that signed, where one of the second did. */
export function couldReplace(keyAlgorithm: string, signerAlgorithm: string): boolean {
  return keyAlgorithm === signerAlgorithm || (signerAlgorithm === RSASSA_PSS && KEY_KINDS[keyAlgorithm] === 'rsa');
}

/** What a signature covers, and the signature. */
export interface Signed {
  /** The signed bytes, header included. */
  readonly signedBytes: Uint8Array;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Uint8Array;
}

/** A signed structure that was opened: certificate and CRL are wrapped alike (RFC 5280 4.1 and 5.1). */
export interface Envelope extends Signed {
  /** The whole structure, without bytes behind it. */
  readonly der: Uint8Array;
  /** At the first element of what is signed. */
  readonly content: DerReader;
}

/**
 * Opens the envelope that certificates and CRLs share. Bytes behind it are left alone, as OpenSSL does.
 * @throws {DerError} where there is none.
 */
export function readSigned(der: Uint8Array): Envelope {
  const file = new DerReader(der);
  const whole = file.read(TAG.sequence);
  const outer = file.inside(whole);
  const signed = outer.read(TAG.sequence);
  const signatureAlgorithm = readAlgorithm(outer);
  const signature = outer.bitString().bytes;
  if (!outer.atEnd) throw new DerError('something behind the signature');
  return {
    der: file.encodingOf(whole),
    signedBytes: outer.encodingOf(signed),
    signatureAlgorithm,
    signature,
    content: outer.inside(signed),
  };
}

/**
 * Whether the signature was made with the key of this SubjectPublicKeyInfo (DER). Undefined where the algorithm is not
 * one that is known here, so that nothing can be said.
 */
export function verifySignature(signed: Signed, publicKeyInfo: Uint8Array): boolean | undefined {
  const { type, parameters } = signed.signatureAlgorithm;
  const algorithm = type === RSASSA_PSS ? readPssParameters(parameters) : ALGORITHMS[type];
  if (algorithm === undefined) return undefined;
  try {
    const key = createPublicKey({ key: Buffer.from(publicKeyInfo), format: 'der', type: 'spki' });
    if (!isKind(key, algorithm.key)) return false;
    const options =
      'saltLength' in algorithm
        ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: algorithm.saltLength }
        : { key };
    return verify(algorithm.hash, signed.signedBytes, options, signed.signature);
  } catch {
    // A key that OpenSSL cannot load, or one whose own parameters forbid this signature.
    return false;
  }
}

function isKind(key: KeyObject, kind: KeyKind | 'rsa-pss'): boolean {
  const type = key.asymmetricKeyType;
  return kind === 'rsa-pss' ? type === 'rsa' || type === 'rsa-pss' : type === kind;
}

/** RSASSA-PSS-params (RFC 4055 3.1). Undefined where node:crypto has no way to say them: another hash in MGF1. */
function readPssParameters(
  parameters: Uint8Array,
): { readonly key: 'rsa-pss'; readonly hash: string; readonly saltLength: number } | undefined {
  if (parameters.length === 0) return undefined;
  try {
    const reader = new DerReader(parameters).enter(TAG.sequence);
    let hash = HASHES['1.3.14.3.2.26'];
    let maskHash = hash;
    let saltLength = 20;
    if (reader.peek() === contextTag(0, true)) {
      hash = HASHES[readAlgorithm(reader.enter(contextTag(0, true))).type];
    }
    if (reader.peek() === contextTag(1, true)) {
      const mask = readAlgorithm(reader.enter(contextTag(1, true)));
      maskHash = HASHES[readAlgorithm(new DerReader(mask.parameters)).type];
    }
    if (reader.peek() === contextTag(2, true)) saltLength = reader.enter(contextTag(2, true)).smallInteger();
    return hash === undefined || hash !== maskHash ? undefined : { key: 'rsa-pss', hash, saltLength };
  } catch (error) {
    if (error instanceof DerError) return undefined;
    throw error;
  }
}
