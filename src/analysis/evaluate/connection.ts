import { peerDemand, setsVerifyMode } from '../../model/client-verification.js';
import type { HttpModel, ListenSocket, VirtualServer } from '../../model/model.js';
import type { Request } from '../request.js';
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
  /** `$ssl_client_verify`, from the settings of the server of the handshake (mtls-semantics 1 and 6). */
  readonly verify: string;
}

/**
 * The server whose TLS context makes a handshake: the default server where the server of the SNI has no certificate of
 * its own (mtls-semantics 6).
 */
export function contextServer(socket: ListenSocket, handshakeServer: VirtualServer): VirtualServer {
  return handshakeServer.scope.setting('ssl_certificate') === undefined ? socket.defaultServer : handshakeServer;
}

/**
 * The value of `$ssl_client_verify` (ngx_ssl_get_client_verify, mtls-semantics 1). The certificate is asked for and
 * checked with the settings of the TLS context.
 */
export function verifyResult(
  request: Request,
  socket: ListenSocket,
  handshakeServer: VirtualServer,
  environment: Environment,
): string {
  const { tls } = request;
  if (tls === null) return '';
  const policy = contextServer(socket, handshakeServer);
  const { asks } = peerDemand(policy);
  if (asks === 'nobody' || tls.certificate === 'none') return 'NONE';
  if (asks === 'below-tls-1.3') throw dependsOnTlsVersion(policy);
  if (environment.accepts(policy, tls)) return 'SUCCESS';
  const selfSigned = tls.issuer === 'self' || (tls.issuer === undefined && tls.certificate === 'untrusted');
  return selfSigned ? 'FAILED:self-signed certificate' : 'FAILED:unable to verify the first certificate';
}

/** Why a handshake is not decided that asks for a certificate with some versions of TLS only. */
export function dependsOnTlsVersion(policy: VirtualServer): Undecided {
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
}
