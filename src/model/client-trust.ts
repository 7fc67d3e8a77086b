import type { ConfigNode } from '../config/config-tree.js';
import type { Span } from '../source/source-file.js';
import type { Server } from './model.js';

/** A CA that signs client certificates, or a client's own self-signed certificate that a server pins. */
export interface ClientAuthority {
  /** The file that holds it, as the configuration writes its name. */
  readonly file: string;
  /** Its subject as nginx writes names. */
  readonly subject: string;
  /** Equal for certificates of the same name and key. */
  readonly key: string;
  /** True for a certificate that signs nothing: the client shows this very one. */
  readonly isClientsOwn: boolean;
  /** How many CAs stand above it. */
  readonly above: number;
}

/** A line for which certificates are refused, and why. */
export interface RefusingLine {
  readonly node: ConfigNode;
  readonly span: Span;
  /** The line, and what is wrong with what it names. */
  readonly text: string;
}

/** What becomes of a certificate in a handshake. */
export type CertificateVerdict =
  | { readonly kind: 'accepted' }
  | {
      readonly kind: 'refused';
      /** OpenSSL's text, as `$ssl_client_verify` has it behind `FAILED:`; undefined where it is not known. */
      readonly error: string | undefined;
      /** Whether `optional_no_ca` lets it pass (ngx_ssl_verify_error_optional, mtls-semantics 1). */
      readonly isTolerated: boolean;
      /** The lines to blame, and why; none where the CA is not known at all. */
      readonly by: readonly RefusingLine[];
    }
  /** Versions of nginx differ. */
  | {
      readonly kind: 'undecided';
      readonly reason: { readonly kind: string; readonly span: Span; readonly text: string };
    };

/** A CA whose clients one server accepts, and another one not, or not all of them. */
export interface Excess {
  readonly authority: ClientAuthority;
  /**
   * `authority`: the other server does not know the CA, or refuses all of its clients; `depth`: its `ssl_verify_depth` is too
   * small for them; `revocation`: its CRL refuses all or some of them.
   */
  readonly kind: 'authority' | 'depth' | 'revocation';
  /** Whether the other server accepts nobody of the CA, also where only a CRL that is missing or expired stops them. */
  readonly refuses: 'all' | 'some';
  /** False where the CRL that makes the difference revokes nobody at present. */
  readonly concernsSomebody: boolean;
  /** False where only some of the versions of nginx that come into question make the difference. */
  readonly isCertain: boolean;
}

/** Which client certificates servers accept by the content of the files that they name. */
export interface ClientTrust {
  /** The authorities in the files of a server, accepted or not; undefined where a file could not be had. */
  authoritiesOf(server: Server): readonly ClientAuthority[] | undefined;
  /** What a handshake with the settings of a server makes of a client of an authority; for one whose files are known. */
  verdictOn(server: Server, authority: ClientAuthority): CertificateVerdict;
  /** Why a server accepts nobody: the lines to blame; undefined where it may accept somebody. */
  lockoutOf(server: Server): readonly RefusingLine[] | undefined;
  /** What one server accepts more than another; undefined where a file of either could not be had. */
  excessOf(laxer: Server, stricter: Server): readonly Excess[] | undefined;
}
