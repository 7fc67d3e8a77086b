import type { CertificateVerdict, ClientTrust, RefusingLine } from '../../model/client-trust.js';
import { peerDemand, replacedAuthorities, setsVerifyMode } from '../../model/client-verification.js';
import type { HttpModel, ListenSocket, Server, VirtualServer } from '../../model/model.js';
import type { Session, TlsChoice } from '../request.js';
import type { Environment } from './environment.js';
import { Undecided } from './trace.js';

/** What the TLS handshake leaves behind. */
export interface Connection {
  readonly socket: ListenSocket;
  readonly tls: boolean;
  /** The server named by SNI, else the default server: its settings hold until Host is read. */
  readonly handshakeServer: VirtualServer;
  /** SNI that nginx remembers: only a name of a server on this address (row 14.20f). */
  readonly rememberedName: string | undefined;
  /** From the settings of the server of the handshake (mtls-semantics 1 and 6). */
  readonly verification: Verification;
}

/**
 * The server whose TLS context makes a handshake: the default server where the server of the SNI has no certificate of
 * its own (mtls-semantics 6).
 */
export function contextServer<S extends Server>(socket: ListenSocket<S>, handshakeServer: S): S {
  return handshakeServer.scope.setting('ssl_certificate') === undefined ? socket.defaultServer : handshakeServer;
}

/** What the handshake finds out about the client's certificate. */
export interface Verification {
  /** `$ssl_client_verify` (ngx_ssl_get_client_verify); empty without TLS, `FAILED:` where the text behind it is not known. */
  readonly result: string;
  /** True for an error that `optional_no_ca` does not let pass (ngx_ssl_verify_error_optional). */
  readonly isFatal: boolean;
  /** The first of the lines for which the certificate is refused; undefined where it is a stranger's. */
  readonly by?: RefusingLine | undefined;
}

/** `$ssl_client_verify` where OpenSSL refuses a certificate for a reason that is not known, and how that is put. */
export const UNKNOWN_FAILURE = 'FAILED:';
export const UNKNOWN_FAILURE_TEXT = 'why OpenSSL refuses the certificate';

/**
 * What the handshake finds out (mtls-semantics 1). The certificate is asked for and checked with the settings of the TLS
 * context: by what its files hold where that is known, else by their names.
 */
export function verifyResult<S extends Server>(
  request: Session,
  socket: ListenSocket<S>,
  handshakeServer: S,
  environment: Environment,
  trust: ClientTrust | undefined,
): Verification {
  const { tls } = request;
  if (tls === null) return { result: '', isFatal: false };
  const policy = contextServer(socket, handshakeServer);
  const { asks } = peerDemand(policy);
  if (asks === 'nobody' || tls.certificate === 'none') return { result: 'NONE', isFatal: false };
  if (asks === 'below-tls-1.3') throw dependsOnTlsVersion(policy);
  const known = trust && verdictByContent(policy, tls, trust);
  if (known?.kind === 'undecided') {
    throw new Undecided(known.reason.kind, policy.scope.setting('ssl_verify_client') ?? policy.node, known.reason.text);
  }
  if (known?.kind === 'accepted') return SUCCESS;
  if (known !== undefined) {
    return { result: `FAILED:${known.error ?? ''}`, isFatal: !known.isTolerated, by: known.by[0] };
  }
  const isUnread = trust?.authoritiesOf(policy) === undefined;
  if (isUnread && environment.accepts(policy, tls)) return SUCCESS;
  const selfSigned = tls.issuer === 'self' || (tls.issuer === undefined && tls.certificate === 'untrusted');
  if (!selfSigned) return { result: 'FAILED:unable to verify the first certificate', isFatal: false };
  // A store that ssl_conf_command installs knows nothing of the CRL.
  const hasCrl = policy.scope.value('ssl_crl', '') !== '' && replacedAuthorities(policy) === undefined;
  return hasCrl
    ? { result: 'FAILED:unable to get certificate CRL', isFatal: true }
    : { result: 'FAILED:self-signed certificate', isFatal: false };
}

const SUCCESS: Verification = { result: 'SUCCESS', isFatal: false };

/** What the files of a server say of a certificate; undefined where they say nothing of who signed it. */
function verdictByContent(
  server: Server,
  { authority, certificate, issuer }: TlsChoice,
  trust: ClientTrust,
): CertificateVerdict | undefined {
  const authorities = trust.authoritiesOf(server);
  if (authorities === undefined) return undefined;
  if (authority !== undefined) return trust.verdictOn(server, authority);
  // A certificate that the server accepts, or one of a CA of a file: the best that there is.
  const isMeant = issuer === undefined ? certificate === 'trusted' : issuer !== 'self' && issuer !== 'unknown';
  if (!isMeant) return undefined;
  const verdicts = authorities
    .filter(({ file }) => issuer === undefined || file === issuer)
    .map(one => trust.verdictOn(server, one));
  return ['accepted', 'undecided', 'refused'].flatMap(kind => verdicts.find(one => one.kind === kind) ?? [])[0];
}

/** Why a handshake is not decided that asks for a certificate with some versions of TLS only. */
export function dependsOnTlsVersion(policy: Server): Undecided {
  const node = policy.scope.effective('ssl_conf_command').find(setsVerifyMode) ?? policy.node;
  return new Undecided('tls-version', node, 'the version of TLS decides whether a certificate is asked for');
}

/** Names of the groups of all regular expressions that nginx registers as variables (ngx_http_regex_compile, row 5.19l). */
export type GroupVariables = ReadonlySet<string>;

/** Everything that stays the same for all requests to one configuration. */
export interface Setting {
  readonly model: HttpModel;
  readonly environment: Environment;
  readonly groupVariables: GroupVariables;
  /** Whether what back ends are sent is written down. */
  readonly recordsPassages: boolean;
}
