import type { ClientTrust } from '../model/client-trust.js';
import type { VirtualServer } from '../model/model.js';
import { checksRevocation, foreignByName, type Signer, signersOf, trustedFiles, verdictOn } from './handshake.js';

/** Clients whom one server accepts and another one refuses. */
export interface PolicyGap {
  /**
   * Why the other refuses them: it does not know their CA, `ssl_verify_depth` is too small, a CRL or the OCSP responder says
   * that they are revoked.
   */
  readonly kind: 'authority' | 'depth' | 'revocation' | 'ocsp';
  /** Whether the other refuses everybody whom the CA signs for, or some of them. */
  readonly refuses: 'all' | 'some';
  /** A CA that signs for them. */
  readonly signer: Signer;
  /** False where the CRL that makes the difference revokes nobody at present. */
  readonly concernsSomebody: boolean;
}

/** From those that let most clients in to those that let fewest in. */
const ORDER: readonly PolicyGap['kind'][] = ['authority', 'depth', 'revocation', 'ocsp'];

/**
 * What the settings of one server let by and those of another one do not (mtls-semantics 6): compared by what their files
 * hold, or by the names of the files where one could not be read. Gravest first.
 */
export function policyGaps(
  laxer: VirtualServer,
  stricter: VirtualServer,
  trust: ClientTrust | undefined,
): readonly PolicyGap[] {
  const excess = trust?.excessOf(laxer, stricter);
  const gaps =
    excess === undefined
      ? gapsByName(laxer, stricter, trust)
      : excess.flatMap(({ authority, isCertain, ...gap }): PolicyGap[] =>
          isCertain ? [{ ...gap, signer: { file: authority.file, authority } }] : [],
        );
  return [...gaps, ...ocspGap(laxer, stricter, trust)].sort(
    (one, other) => ORDER.indexOf(one.kind) - ORDER.indexOf(other.kind),
  );
}

function gapsByName(laxer: VirtualServer, stricter: VirtualServer, trust: ClientTrust | undefined): PolicyGap[] {
  const own = trustedFiles(stricter);
  const gaps: PolicyGap[] = [];
  const accepted = signersOf(laxer, trust).filter(signer => verdictOn(laxer, signer, trust).kind === 'accepted');
  const foreign = foreignByName(laxer, stricter, trust);
  if (foreign !== undefined) gaps.push({ kind: 'authority', refuses: 'all', signer: foreign, concernsSomebody: true });
  const shared = accepted.find(({ file }) => own.includes(file));
  const isSameList = checksRevocation(laxer) && crlOf(laxer) === crlOf(stricter);
  if (shared !== undefined && checksRevocation(stricter) && !isSameList) {
    gaps.push({ kind: 'revocation', refuses: 'some', signer: shared, concernsSomebody: true });
  }
  return gaps;
}

function crlOf({ scope }: VirtualServer): string {
  return scope.value('ssl_crl', '');
}

/** The first CA of both servers whose clients only one of them asks the OCSP responder about. */
function ocspGap(laxer: VirtualServer, stricter: VirtualServer, trust: ClientTrust | undefined): PolicyGap[] {
  const asked = ocspOf(laxer);
  const wanted = ocspOf(stricter);
  if (asked === wanted || asked === 'on' || wanted === 'off') return [];
  const signer = signersOf(laxer, trust).find(
    one =>
      verdictOn(laxer, one, trust).kind === 'accepted' &&
      verdictOn(stricter, one, trust).kind === 'accepted' &&
      // "leaf" leaves out the CAs in between, and nobody is asked about a root (mtls-semantics 15).
      (asked === 'off' || (one.authority?.above ?? 0) > 0),
  );
  return signer === undefined ? [] : [{ kind: 'ocsp', refuses: 'some', signer, concernsSomebody: true }];
}

function ocspOf({ scope }: VirtualServer): 'off' | 'leaf' | 'on' {
  const value = scope.value('ssl_ocsp', 'off').toLowerCase();
  return value === 'on' || value === 'leaf' ? value : 'off';
}
