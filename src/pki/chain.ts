import {
  type Certificate,
  certificateKey,
  isAuthority,
  isExpired,
  isLikelyIssuer,
  isNotYetValid,
  mayIdentifyClients,
  pointsAt,
} from './certificate.js';
import { isSignedBy, type RevocationList, revokedAmong } from './crl.js';
import { couldReplace, verifySignature } from './signature.js';

/** Why OpenSSL refuses every client of an authority, CRLs apart. */
export type PathProblem =
  /** No self-signed certificate ends the chain; nginx accepts no partial chain (mtls-semantics 3). */
  | 'no-root'
  /** The trust settings of a TRUSTED CERTIFICATE on the way reject TLS clients. */
  | 'rejected'
  /** Longer than the 100 certificates that OpenSSL goes through. */
  | 'too-long'
  | 'not-an-authority'
  /** An extended key usage without client authentication. */
  | 'wrong-purpose'
  | 'path-length'
  | 'wrong-signature'
  | 'not-yet-valid'
  | 'expired';

/** The chain that OpenSSL builds from an authority upwards. */
export interface TrustPath {
  /**
   * The authority first, then the issuer of each; unless there is a `problem` the last one is self-signed, or trusted by the
   * settings of a TRUSTED CERTIFICATE.
   */
  readonly certificates: readonly Certificate[];
  readonly problem: PathProblem | undefined;
}

/** What a set of CRLs has for the certificates that an authority issued. */
export type CrlState =
  | { readonly kind: 'usable'; readonly crl: RevocationList }
  /** None. `namesakes` are in its name, but point at another key or are delta lists. */
  | {
      readonly kind: 'missing';
      readonly namesakes: readonly RevocationList[];
      readonly delta: RevocationList | undefined;
    }
  /** The one that OpenSSL picks does not serve, and it looks at no other. */
  | {
      readonly kind: 'unusable';
      readonly crl: RevocationList;
      readonly reason: CrlProblem;
      /**
       * The delta list that OpenSSL before 3.0.22 (August 2026) took for a complete one, and was content with. Later
       * ones leave delta lists alone, since nginx does not set X509_V_FLAG_USE_DELTAS (get_crl_score of x509_vfy.c).
       */
      readonly delta: RevocationList | undefined;
    };

/** Why a CRL does not serve, in the order in which OpenSSL looks (check_crl, cert_crl). */
export type CrlProblem =
  /** The signer's key usage lacks cRLSign. */
  | 'no-crl-sign'
  /** It covers other certificates than the one in question. */
  | 'wrong-scope'
  | 'not-yet-valid'
  | 'expired'
  | 'wrong-signature'
  | 'unknown-critical-extension';

/** Something that makes nginx refuse clients. */
export type Obstacle =
  /** What `issuer` issued cannot be checked. */
  | {
      readonly kind: 'crl';
      readonly issuer: Certificate;
      readonly state: Exclude<CrlState, { readonly kind: 'usable' }>;
    }
  /** An authority on the way is revoked itself. */
  | { readonly kind: 'revoked'; readonly certificate: Certificate; readonly crl: RevocationList };

/** What becomes of the clients of one certificate of a trust store. */
export interface AuthorityVerdict {
  readonly authority: Certificate;
  /** `issued`: the clients it issued; `itself`: it is a client's own self-signed certificate and no authority. */
  readonly clients: 'issued' | 'itself';
  /** From the authority up to its root, as far as there is a way. */
  readonly path: readonly Certificate[];
  /**
   * Why they are refused whatever the CRLs say. `too-deep`: more intermediates than `ssl_verify_depth` allows;
   * `anchor-without-crl`: the chain ends at a TRUSTED CERTIFICATE that is no root, of which no CRL can say that it is not revoked,
   * and CRLs are looked at.
   */
  readonly problem: PathProblem | 'too-deep' | 'anchor-without-crl' | undefined;
  /** What the CRLs have against them, from the client upwards; none where there is a `problem`. */
  readonly obstacles: readonly Obstacle[];
  /** The list that says which of them are revoked; undefined where none is looked at, or none serves. */
  readonly crl: RevocationList | undefined;
}

/** Whether clients of the authority that are not revoked themselves are accepted. */
export function acceptsClients({ problem, obstacles }: AuthorityVerdict): boolean {
  return problem === undefined && obstacles.length === 0;
}

/** Most certificates in a chain that OpenSSL goes through (default of X509_VERIFY_PARAM, crypto/x509/x509_vpm.c). */
const MAX_PATH = 100;

/** The certificates of one trust store (ssl_client_certificate, then ssl_trusted_certificate) at one moment. */
export class TrustStore {
  readonly #bySubject = new Map<string, Certificate[]>();
  readonly #now: number;
  readonly #issuers = new Map<Certificate, Certificate | undefined>();
  readonly #signatures = new Map<Certificate, boolean>();

  /** @param certificates in the order in which nginx loads them @param now milliseconds since 1970 */
  constructor(certificates: readonly Certificate[], now: number) {
    this.#now = now;
    for (const certificate of certificates) {
      const same = this.#bySubject.get(certificate.subject.key);
      if (same === undefined) this.#bySubject.set(certificate.subject.key, [certificate]);
      else same.push(certificate);
    }
  }

  /**
   * The certificate that OpenSSL takes for the issuer: the first that fits and is valid now, else of those that fit the
   * one that expires last (X509_STORE_CTX_get1_issuer). It never tries another one later.
   */
  issuerOf(certificate: Certificate): Certificate | undefined {
    if (certificate.isSelfSigned) return certificate;
    if (this.#issuers.has(certificate)) return this.#issuers.get(certificate);
    const namesakes = this.#bySubject.get(certificate.issuer.key) ?? [];
    const issuer = this.#pick(namesakes.filter(one => isLikelyIssuer(one, certificate)));
    this.#issuers.set(certificate, issuer);
    return issuer;
  }

  /**
   * Whether the chains of its clients go through this very certificate, and not through one that stands in front of it
   * with the same name and key: a renewed or a cross-signed one.
   */
  isUsedForClients(authority: Certificate): boolean {
    const { subject, publicKeyAlgorithm, subjectKeyIdentifier: keyIdentifier } = authority;
    // What is known of the clients: they name the authority, its key identifier, and were signed by its kind of key.
    const pointer = { keyIdentifier, issuer: undefined, serial: undefined };
    const namesakes = this.#bySubject.get(subject.key) ?? [];
    const fitting = namesakes.filter(
      one =>
        !one.hasMalformedExtension &&
        pointsAt(pointer, one) &&
        couldReplace(one.publicKeyAlgorithm.type, publicKeyAlgorithm.type),
    );
    return this.#pick(fitting) === authority;
  }

  #pick(fitting: readonly Certificate[]): Certificate | undefined {
    return (
      fitting.find(one => isInForce(one, this.#now)) ??
      fitting.reduce<Certificate | undefined>(
        (best, one) => (best === undefined || one.notAfter > best.notAfter ? one : best),
        undefined,
      )
    );
  }

  /** The way from an authority, which may be none, to its root, and what OpenSSL has against it. */
  pathFrom(authority: Certificate): TrustPath {
    const certificates = [authority];
    let top = authority;
    // check_trust stops at the first certificate of the store whose settings decide.
    while (!top.isSelfSigned && top.clientTrust === undefined) {
      const issuer = this.issuerOf(top);
      if (issuer === undefined || certificates.includes(issuer)) return { certificates, problem: 'no-root' };
      if (certificates.length === MAX_PATH) return { certificates, problem: 'too-long' };
      certificates.push(issuer);
      top = issuer;
    }
    return { certificates, problem: top.clientTrust === 'rejected' ? 'rejected' : this.#problemOf(certificates) };
  }

  /** The way of a client's own self-signed certificate, which is no authority. */
  ownPath(own: Certificate): TrustPath {
    if (own.clientTrust === 'rejected') return { certificates: [own], problem: 'rejected' };
    const problem = mayIdentifyClients(own) ? this.#timeProblem(own) : 'wrong-purpose';
    return { certificates: [own], problem };
  }

  #timeProblem(certificate: Certificate): 'not-yet-valid' | 'expired' | undefined {
    if (isNotYetValid(certificate, this.#now)) return 'not-yet-valid';
    return isExpired(certificate, this.#now) ? 'expired' : undefined;
  }

  #problemOf(path: readonly Certificate[]): PathProblem | undefined {
    let below = 0;
    for (const certificate of path) {
      if (!isAuthority(certificate)) return 'not-an-authority';
      if (!mayIdentifyClients(certificate)) return 'wrong-purpose';
      const limit = certificate.basicConstraints?.pathLength;
      if (limit !== undefined && below > limit) return 'path-length';
      if (!certificate.isSelfIssued) below += 1;
    }
    // Of an end that is no root neither signature nor time is looked at (internal_verify of x509_vfy.c).
    const judged = path.at(-1)!.isSelfSigned ? path : path.slice(0, -1);
    for (const certificate of judged) {
      if (!this.#isSignatureGood(certificate)) return 'wrong-signature';
      const time = this.#timeProblem(certificate);
      if (time !== undefined) return time;
    }
    return undefined;
  }

  /** Against the issuer's key. OpenSSL does not check the signature of a root (X509_V_FLAG_CHECK_SS_SIGNATURE is off). */
  #isSignatureGood(certificate: Certificate): boolean {
    const known = this.#signatures.get(certificate);
    if (known !== undefined) return known;
    const issuer = this.issuerOf(certificate);
    const good =
      issuer === undefined || issuer === certificate || verifySignature(certificate, issuer.publicKeyInfo) !== false;
    this.#signatures.set(certificate, good);
    return good;
  }
}

/**
 * What becomes of the clients of each certificate that nginx trusts. Where there is an `ssl_crl`, nginx has OpenSSL check
 * every certificate of a chain, the root included (ngx_ssl_crl sets X509_V_FLAG_CRL_CHECK_ALL; mtls-semantics 4), so
 * each authority from a client to its root needs a CRL.
 *
 * Left out are certificates that OpenSSL passes over for another one of the same name and key.
 *
 * @param certificates those of ssl_client_certificate, then those of ssl_trusted_certificate
 * @param crls those of ssl_crl, in file order; undefined where CRLs are not looked at
 * @param depth `ssl_verify_depth`: how many certificates may stand between a client and its root
 * @param now milliseconds since 1970
 */
export function judgeAuthorities(
  certificates: readonly Certificate[],
  crls: readonly RevocationList[] | undefined,
  depth: number,
  now: number,
): AuthorityVerdict[] {
  const store = new TrustStore(certificates, now);
  const lists = crls && new CrlStore(certificates, crls, now);
  const verdicts: AuthorityVerdict[] = [];
  for (const authority of certificates) {
    const clients = isClientsOwn(authority) ? 'itself' : 'issued';
    if (clients === 'issued' && !store.isUsedForClients(authority)) continue;
    const { certificates: path, problem: found } =
      clients === 'itself' ? store.ownPath(authority) : store.pathFrom(authority);
    const isRoot = path.at(-1)!.isSelfSigned;
    const unlisted = lists === undefined || isRoot ? undefined : 'anchor-without-crl';
    const problem = found ?? (path.length - 1 > depth ? 'too-deep' : unlisted);
    const isAsked = problem === undefined && lists !== undefined;
    const obstacles = isAsked ? lists.obstaclesOn(path, clients) : [];
    const crl = isAsked && clients === 'issued' ? lists.listFor(path) : undefined;
    verdicts.push({ authority, clients, path, problem, obstacles, crl });
  }
  return verdicts;
}

/**
 * What becomes of the clients of an authority that is not in a store itself, where they send its certificate, and those
 * above it, along. Undefined where its root is not in the store either.
 *
 * @param path the authority first, its root last
 */
export function judgeSentAlong(
  path: readonly Certificate[],
  certificates: readonly Certificate[],
  crls: readonly RevocationList[] | undefined,
  depth: number,
  now: number,
): AuthorityVerdict | undefined {
  // What is sent along has no trust settings.
  const sent = path.filter(one => !one.isSelfSigned).map(one => ({ ...one, clientTrust: undefined }));
  // OpenSSL takes what it trusts first (X509_V_FLAG_TRUSTED_FIRST), and wants a root that it trusts.
  const verdicts = judgeAuthorities([...certificates, ...sent], crls, depth, now);
  const wanted = certificateKey(path[0]!);
  const found = verdicts.find(({ authority }) => certificateKey(authority) === wanted);
  return found?.problem === 'no-root' ? undefined : found;
}

/** A self-signed certificate that does not even claim to be a CA: it is trusted for itself. */
function isClientsOwn(certificate: Certificate): boolean {
  return certificate.isSelfSigned && !isAuthority(certificate) && certificate.basicConstraints?.isAuthority !== true;
}

/** Weights by which OpenSSL picks a CRL (crypto/x509/x509_vfy.c); the name and the key fit in all that are weighed. */
const WEIGHT = { noUnknownExtension: 0x100, scope: 0x80, time: 0x40, issuer: 0x18, ancestor: 0x08 };

class CrlStore {
  readonly #byIssuer = new Map<string, RevocationList[]>();
  readonly #now: number;
  readonly #serials = new Map<string, Set<string>>();
  readonly #states = new Map<string, Map<Certificate, CrlState>>();
  readonly #revoked = new Map<RevocationList, ReadonlySet<string>>();

  constructor(certificates: readonly Certificate[], crls: readonly RevocationList[], now: number) {
    this.#now = now;
    for (const crl of crls) {
      const same = this.#byIssuer.get(crl.issuer.key);
      if (same === undefined) this.#byIssuer.set(crl.issuer.key, [crl]);
      else same.push(crl);
    }
    for (const { issuer, serial } of certificates) {
      const same = this.#serials.get(issuer.key);
      if (same === undefined) this.#serials.set(issuer.key, new Set([serial]));
      else same.add(serial);
    }
  }

  /** The list that serves for clients of the path's first certificate. */
  listFor(path: readonly Certificate[]): RevocationList | undefined {
    const state = this.#stateFor('client', path);
    return state.kind === 'usable' ? state.crl : undefined;
  }

  /** All that stops a client of the path's first certificate, in the order in which OpenSSL meets it. */
  obstaclesOn(path: readonly Certificate[], clients: 'issued' | 'itself'): Obstacle[] {
    const obstacles: Obstacle[] = [];
    const meet = (certificate: Certificate | undefined, above: readonly Certificate[]): void => {
      const issuer = above[0]!;
      const state = this.#stateFor(certificate === undefined ? 'client' : subjectKind(certificate), above);
      if (state.kind !== 'usable') {
        const known = obstacles.some(
          one => one.kind === 'crl' && one.issuer === issuer && isSameState(one.state, state),
        );
        if (!known) obstacles.push({ kind: 'crl', issuer, state });
      } else if (certificate !== undefined && this.#isRevoked(certificate, state.crl)) {
        obstacles.push({ kind: 'revoked', certificate, crl: state.crl });
      }
    };
    if (clients === 'issued') meet(undefined, path);
    for (const [index, certificate] of path.entries()) {
      // A root is its own issuer.
      meet(certificate, index === path.length - 1 ? [certificate] : path.slice(index + 1));
    }
    return obstacles;
  }

  /** The state for certificates that the first of `above` issued; the rest of `above` is its way to the root. */
  #stateFor(kind: 'client' | 'authority', above: readonly Certificate[]): CrlState {
    const issuer = above[0]!;
    const known = this.#states.get(kind) ?? new Map<Certificate, CrlState>();
    this.#states.set(kind, known);
    const state = known.get(issuer) ?? this.#judge(kind, above);
    known.set(issuer, state);
    return state;
  }

  #judge(kind: 'client' | 'authority', above: readonly Certificate[]): CrlState {
    const namesakes = this.#byIssuer.get(above[0]!.subject.key) ?? [];
    const picked = this.#pick(
      kind,
      above,
      namesakes.filter(crl => crl.deltaOf === undefined),
    );
    if (picked !== undefined && picked.reason === undefined) return { kind: 'usable', crl: picked.crl };
    const earlier = this.#pick(kind, above, namesakes);
    const delta = earlier?.crl.deltaOf !== undefined && earlier.reason === undefined ? earlier.crl : undefined;
    return picked?.reason === undefined
      ? { kind: 'missing', namesakes, delta }
      : { kind: 'unusable', crl: picked.crl, reason: picked.reason, delta };
  }

  /** The list that OpenSSL picks (get_crl_sk), and why it does not serve. */
  #pick(
    kind: 'client' | 'authority',
    above: readonly Certificate[],
    candidates: readonly RevocationList[],
  ): { readonly crl: RevocationList; readonly reason: CrlProblem | undefined } | undefined {
    let best: { readonly crl: RevocationList; readonly signer: Certificate; readonly score: number } | undefined;
    for (const crl of candidates) {
      // Indirect lists and lists for some reasons need X509_V_FLAG_EXTENDED_CRL_SUPPORT, which nginx does not set.
      if (crl.scope?.isIndirect || crl.scope?.someReasons || crl.scope?.isContradictory) continue;
      const signer = above.find(one => one.subject.key === crl.issuer.key && pointsAt(crl.authorityKeyIdentifier, one));
      if (signer === undefined) continue;
      const score =
        (crl.hasUnknownCriticalExtension ? 0 : WEIGHT.noUnknownExtension) +
        (covers(crl, kind) ? WEIGHT.scope : 0) +
        (timeProblem(crl, this.#now) === undefined ? WEIGHT.time : 0) +
        (signer === above[0] ? WEIGHT.issuer : WEIGHT.ancestor);
      if (best === undefined || score > best.score || (score === best.score && crl.thisUpdate > best.crl.thisUpdate)) {
        best = { crl, signer, score };
      }
    }
    return best && { crl: best.crl, reason: this.#problemOf(best.crl, best.signer, kind) };
  }

  #problemOf(crl: RevocationList, signer: Certificate, kind: 'client' | 'authority'): CrlProblem | undefined {
    if (signer.keyUsage?.cRLSign === false) return 'no-crl-sign';
    if (!covers(crl, kind)) return 'wrong-scope';
    const time = timeProblem(crl, this.#now);
    if (time !== undefined) return time;
    if (isSignedBy(crl, signer) === false) return 'wrong-signature';
    return crl.hasUnknownCriticalExtension ? 'unknown-critical-extension' : undefined;
  }

  #isRevoked(certificate: Certificate, crl: RevocationList): boolean {
    let revoked = this.#revoked.get(crl);
    if (revoked === undefined) {
      // All serial numbers that can be asked for are looked up in one walk over the list.
      revoked = revokedAmong(crl, this.#serials.get(crl.issuer.key) ?? new Set());
      this.#revoked.set(crl, revoked);
    }
    return revoked.has(certificate.serial);
  }
}

function isSameState(one: CrlState, other: CrlState): boolean {
  if (one.kind === 'usable' || other.kind === 'usable') return one.kind === other.kind;
  if (one.delta !== other.delta) return false;
  if (one.kind === 'missing' || other.kind === 'missing') return one.kind === other.kind;
  return one.crl === other.crl && one.reason === other.reason;
}

function isInForce(certificate: Certificate, now: number): boolean {
  return !isNotYetValid(certificate, now) && !isExpired(certificate, now);
}

function subjectKind(certificate: Certificate): 'client' | 'authority' {
  return certificate.basicConstraints?.isAuthority === true ? 'authority' : 'client';
}

/**
 * Whether a list speaks about certificates of this kind (crl_crldp_check). A list for one distribution point counts as
 * covering: whether it does depends on the point that each client's certificate names.
 */
function covers(crl: RevocationList, kind: 'client' | 'authority'): boolean {
  const { scope } = crl;
  if (scope === undefined) return true;
  if (scope.onlyAttributes) return false;
  return kind === 'authority' ? !scope.onlyClients : !scope.onlyAuthorities;
}

/** X509_cmp_time calls a moment that is equal to now past. */
function timeProblem(crl: RevocationList, now: number): 'not-yet-valid' | 'expired' | undefined {
  if (!(crl.thisUpdate <= now)) return 'not-yet-valid';
  return crl.nextUpdate === undefined || crl.nextUpdate > now ? undefined : 'expired';
}
