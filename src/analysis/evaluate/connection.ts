import type { HttpModel, ListenSocket, Server, VirtualServer } from '../../model/model.js';
import type { Session } from '../request.js';
import type { Environment } from './environment.js';
import { verifyCommands } from './openssl-commands.js';

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

/** The mode of `ssl_verify_client` in force in a server. */
export function verifyMode(server: Server): string {
  return server.scope.value('ssl_verify_client', 'off').toLowerCase();
}

/**
 * The server whose TLS context makes a handshake: the default server where the server of the SNI has no certificate of
 * its own (mtls-semantics 6).
 */
export function contextServer<S extends Server>(socket: ListenSocket<S>, handshakeServer: S): S {
  return handshakeServer.scope.setting('ssl_certificate') === undefined ? socket.defaultServer : handshakeServer;
}

/**
 * The value of `$ssl_client_verify` (ngx_ssl_get_client_verify, mtls-semantics 1). The certificate is asked for and
 * checked with the settings of the TLS context.
 */
export function verifyResult<S extends Server>(
  request: Session,
  socket: ListenSocket<S>,
  handshakeServer: S,
  environment: Environment,
): string {
  const { tls } = request;
  if (tls === null) return '';
  const policy = contextServer(socket, handshakeServer);
  const asks = verifyMode(policy) !== 'off' || verifyCommands(policy).asks;
  if (!asks || tls.certificate === 'none') return 'NONE';
  if (environment.accepts(policy, tls)) return 'SUCCESS';
  const selfSigned = tls.issuer === 'self' || (tls.issuer === undefined && tls.certificate === 'untrusted');
  return selfSigned ? 'FAILED:self-signed certificate' : 'FAILED:unable to verify the first certificate';
}

/** Names of the groups of all regular expressions that nginx registers as variables (ngx_http_regex_compile, row 5.19l). */
export type GroupVariables = ReadonlySet<string>;

/** Everything that stays the same for all requests to one configuration. */
export interface Setting {
  readonly model: HttpModel;
  readonly environment: Environment;
  readonly groupVariables: GroupVariables;
}
