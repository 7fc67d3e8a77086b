import type { StreamModel, StreamServer } from '../../model/model.js';
import { contentOf, isPin } from '../certificate-contents.js';
import type { StreamSession } from '../request.js';
import type { ScriptInput } from '../script-reads.js';
import { type GroupVariables, UNKNOWN_FAILURE, UNKNOWN_FAILURE_TEXT } from './connection.js';
import { DefinedVariables, type Groups } from './defined-variables.js';
import { type Journal, Undecided } from './trace.js';
import { peerAddress } from './variables.js';
import { firstName } from './virtual-server.js';

/** A connection to a server of stream that is under way. */
export interface StreamReader {
  readonly session: StreamSession;
  readonly port: number;
  /** The server whose settings are in force. */
  server: StreamServer;
  groups: Groups;
  /** The client's address as text: the peer's, until realip replaces it. */
  address: string;
  /** `$ssl_client_verify`; undefined before a handshake, and where there is none. */
  verify: string | undefined;
  /** True once a ClientHello for somebody else was read (ssl_preread). */
  isPreread: boolean;
}

/**
 * The variables of one connection. A value stays as it was when it was first read, also one of the handshake that was read
 * before it, as by `set` or limit_conn (ngx_stream_get_indexed_variable).
 */
export class StreamVariables extends DefinedVariables<StreamReader> {
  readonly #model: StreamModel;
  readonly #reader: StreamReader;

  constructor(model: StreamModel, groupVariables: GroupVariables, reader: StreamReader, journal: Journal) {
    super(model, groupVariables, journal);
    this.#model = model;
    this.#reader = reader;
  }

  protected override isPin(name: string): boolean {
    return isPin(name, this.#reader.session.tls);
  }

  /** Nothing changes in the course of a session. */
  protected override scriptInputs(): ReadonlyMap<ScriptInput, string> {
    return new Map();
  }

  protected override clientAddress(): string {
    return this.#reader.address;
  }

  /** There are no headers. */
  protected override forwardedFor(): readonly string[] {
    return [];
  }

  protected override builtIn(name: string, reader: StreamReader): string | undefined {
    const value = this.#current(name, reader);
    if (value !== undefined) this.assign(name, value);
    return value;
  }

  #current(name: string, { address, isPreread, port, server, session, verify }: StreamReader): string | undefined {
    const { connect, tls } = session;
    switch (name) {
      case 'remote_addr':
        return address;
      case 'realip_remote_addr':
        return peerAddress(this.#model, session);
      case 'proxy_protocol_addr':
        return connect.proxyProtocol ?? '';
      case 'protocol':
        return connect.udp ? 'UDP' : 'TCP';
      case 'server_addr':
        return connect.unix === undefined ? connect.address : `unix:${connect.unix}`;
      case 'server_port':
        return String(port);
      case 'server_name':
        return firstName(server);
      case 'ssl_preread_server_name':
        return isPreread ? (tls?.serverName ?? '') : '';
      case 'ssl_preread_protocol':
      case 'ssl_preread_alpn_protocols':
        return isPreread ? undefined : '';
      default:
    }
    if (!name.startsWith('ssl_')) return undefined;
    if (verify === undefined) return '';
    if (name === 'ssl_client_verify') {
      if (verify === UNKNOWN_FAILURE) throw new Undecided('certificate', server.node, UNKNOWN_FAILURE_TEXT);
      return verify;
    }
    if (name === 'ssl_server_name') return tls?.serverName ?? '';
    if (!name.startsWith('ssl_client_')) return undefined;
    if (verify === 'NONE') return '';
    return tls === null ? undefined : contentOf(name, tls);
  }
}
