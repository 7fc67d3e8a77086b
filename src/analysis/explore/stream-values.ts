import type { StreamModel, StreamServer } from '../../model/model.js';
import { askedAs } from '../certificate-contents.js';
import { firstName } from '../evaluate/virtual-server.js';
import type { Entry } from '../handshake.js';
import type { Patterns } from '../patterns.js';
import type { Symbols } from '../symbols.js';
import type { Value } from '../value.js';
import { issuerName } from '../witness.js';
import type { Addresses } from './addresses.js';
import { DefinedValues, type ReadValue, verifyValue } from './defined-values.js';
import { reasonAt, remember, type State, textValue } from './state.js';

/** What the exploration of stream works with. */
export interface StreamTools {
  readonly model: StreamModel;
  readonly symbols: Symbols;
  readonly patterns: Patterns;
}

/** How far a connection has come: what the handshake finds is not there before it. */
export type Stage = 'accepted' | 'ready';

/**
 * The values of variables on a way to a server of stream. What was read keeps its value for the rest of the connection, the
 * empty one of a handshake that had not begun included (ngx_stream_get_indexed_variable).
 */
export class StreamValues extends DefinedValues {
  readonly #tools: StreamTools;
  readonly #entry: Entry<StreamServer>;
  readonly #addresses: Addresses;
  readonly #stage: Stage;

  constructor(tools: StreamTools, entry: Entry<StreamServer>, addresses: Addresses, stage: Stage) {
    super(tools, addresses);
    this.#tools = tools;
    this.#entry = entry;
    this.#addresses = addresses;
    this.#stage = stage;
  }

  /** Groups last until the next match, and anything may read them. */
  protected override readsCaptures(): boolean {
    return true;
  }

  protected override readBuiltIn(state: State, name: string): ReadValue[] {
    if (name === 'remote_addr') return [this.#addresses.readCurrent(state)];
    return this.#current(name).map(value => ({ state: remember(state, name, value), value }));
  }

  #current(name: string): Value[] {
    const { symbols } = this.#tools;
    const { server, socket } = this.#entry;
    switch (name) {
      case 'realip_remote_addr':
        return [[this.#addresses.peer]];
      case 'proxy_protocol_addr':
        return this.#addresses.proxyLine();
      case 'protocol':
        return [[socket.udp ? 'UDP' : 'TCP']];
      case 'server_port':
        return [[String(socket.port)]];
      case 'server_name':
        return [textValue(firstName(this.#stage === 'accepted' ? socket.defaultServer : server))];
    }
    if (name.startsWith('ssl_preread_')) return this.#preread(name);
    if (name.startsWith('ssl_')) return [this.#ofHandshake(name)];
    if (this.#tools.model.assigned.has(name)) return [[]];
    return [[symbols.unmodelled(reasonAt('variable', server.node, `$${name} is not modelled`))]];
  }

  #ofHandshake(name: string): Value {
    const { symbols } = this.#tools;
    const { clientClass, issuer, server, socket, tls } = this.#entry;
    if (!socket.ssl || this.#stage === 'accepted') return [];
    if (name === 'ssl_client_verify') return verifyValue(this.#entry.verify, this.#entry.server, symbols);
    if (name === 'ssl_server_name') return tls === 'host' ? [symbols.client('sni')] : [];
    if (!name.startsWith('ssl_client_')) {
      return [symbols.unmodelled(reasonAt('variable', server.node, `$${name} is not modelled`))];
    }
    if (issuer === undefined) return [];
    const asked = askedAs(name, issuerName(this.#entry) === 'self');
    if (asked !== undefined) return [symbols.client(asked)];
    const text = `$${name} of a certificate that the ${clientClass} client has`;
    return [symbols.unmodelled(reasonAt('certificate', server.node, text))];
  }

  /** What a ClientHello says that nginx reads on its way to somebody else. */
  #preread(name: string): Value[] {
    const { symbols } = this.#tools;
    const { server, socket, tls } = this.#entry;
    const by = socket.defaultServer.scope.setting('ssl_preread');
    if (this.#stage === 'accepted' || by?.args[0]?.toLowerCase() !== 'on' || socket.udp) return [[]];
    if (socket.ssl) {
      // A client can begin another handshake inside the first one.
      return [[], [symbols.unmodelled(reasonAt('tls-in-tls', by, `$${name} of a handshake within the handshake`))]];
    }
    if (tls === 'plain') return [[]];
    if (name === 'ssl_preread_server_name') return [tls === 'host' ? [symbols.client('sni')] : []];
    return [[symbols.unmodelled(reasonAt('variable', server.node, `$${name} is not modelled`))]];
  }
}
