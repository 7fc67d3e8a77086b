import { type ConfigNode, nodeText } from '../../config/config-tree.js';
import { peerDemand, setsVerifyMode, verifyMode } from '../../model/client-verification.js';
import type { ListenSocket, StreamModel, StreamServer } from '../../model/model.js';
import type { Scope } from '../../model/scope.js';
import { parseTemplate, variablesOf } from '../../model/template.js';
import type { AccessCondition, Reason, Site } from '../access.js';
import type { Step, StreamSession } from '../request.js';
import { streamScriptOf } from '../scripts.js';
import { isComputed, knownUpstreams, streamSite } from '../stream-sites.js';
import { parseAddress } from './address.js';
import { addressRule } from './address-rules.js';
import { contextServer, dependsOnTlsVersion, verifyResult } from './connection.js';
import { ASSUMED_ENVIRONMENT, type Environment } from './environment.js';
import { groupVariablesOf } from './group-variables.js';
import { matchPattern } from './match-pattern.js';
import { forwardedAddress, trustedRange } from './realip.js';
import { validHost } from './request-line.js';
import { type StreamReader, StreamVariables } from './stream-variables.js';
import { Journal, Undecided } from './trace.js';
import { peerAddress } from './variables.js';
import { serverOfName, socketOf } from './virtual-server.js';

/** How a connection ends. */
export type StreamOutcome =
  /** The site answers; `value` is where the connection goes, or the text that is sent. */
  | { readonly kind: 'content'; readonly site: Site<StreamServer>; readonly value: string }
  /** nginx closes it without content. `by` is the line that says so, if one does. */
  | { readonly kind: 'closed'; readonly by: ConfigNode | undefined; readonly cause: string }
  /** The way leads through something that is not modelled. */
  | { readonly kind: 'unknown'; readonly reason: Reason };

/** The way of one connection through the configuration. */
export interface StreamTrace {
  readonly outcome: StreamOutcome;
  readonly steps: readonly Step[];
  /** What the way needs besides what every client can bring; not the ranges of addresses that let it by. */
  readonly conditions: readonly AccessCondition[];
}

/**
 * Follows one connection through the servers of stream as nginx would process it, and says where it ends. Never throws: what
 * is not modelled, and is needed, gives the outcome `unknown` with its place.
 */
export function evaluateStream(
  model: StreamModel,
  session: StreamSession,
  environment: Environment = ASSUMED_ENVIRONMENT,
): StreamTrace {
  const journal = new Journal();
  const { conditions, steps } = journal;
  try {
    return { outcome: accept(model, session, environment, journal), steps, conditions };
  } catch (error) {
    if (!(error instanceof Undecided)) throw error;
    return { outcome: { kind: 'unknown', reason: error.reason }, steps, conditions };
  }
}

function closed(cause: string, by?: ConfigNode): StreamOutcome {
  return { kind: 'closed', by, cause };
}

/** ngx_stream_init_connection, and the PROXY line. */
function accept(model: StreamModel, session: StreamSession, environment: Environment, journal: Journal): StreamOutcome {
  const { connect, tls } = session;
  const socket = socketOf(model.sockets, connect);
  if (socket === undefined) return closed('nobody listens there');
  const server = socket.defaultServer;
  const listen = server.listens.find(other => other.socket === socket)?.node;
  journal.step(listen ?? server.node, 'the connection arrives');
  if (socket.proxyProtocol && connect.proxyProtocol === undefined) return closed('the PROXY line is missing');
  if (!socket.proxyProtocol && connect.proxyProtocol !== undefined) {
    throw new Undecided('request', listen ?? server.node, 'a PROXY line where none is read');
  }
  if (socket.udp && tls !== null) return closed('datagrams carry no TLS');
  const address = peerAddress(model, session);
  const reader: StreamReader = {
    session,
    port: socket.port,
    server,
    groups: [],
    address,
    verify: undefined,
    isPreread: false,
  };
  return new Connection(model, socket, reader, environment, journal).run();
}

/** The phases of a connection (ngx_stream_phases), in the settings of the default server until a name picks another one. */
class Connection {
  readonly #model: StreamModel;
  readonly #socket: ListenSocket<StreamServer>;
  readonly #reader: StreamReader;
  readonly #environment: Environment;
  readonly #journal: Journal;
  readonly #variables: StreamVariables;

  constructor(
    model: StreamModel,
    socket: ListenSocket<StreamServer>,
    reader: StreamReader,
    environment: Environment,
    journal: Journal,
  ) {
    this.#model = model;
    this.#socket = socket;
    this.#reader = reader;
    this.#environment = environment;
    this.#journal = journal;
    this.#variables = new StreamVariables(model, groupVariablesOf(model), reader, journal);
  }

  run(): StreamOutcome {
    const { scope } = this.#reader.server;
    this.#replaceAddress(scope);
    this.#setVariables();
    this.#countConnection(scope);
    return this.#checkAddress(scope) ?? this.#shakeHands() ?? this.#preread() ?? this.#answer();
  }

  /** ngx_stream_realip_handler: a trusted peer's PROXY line says who the client is. */
  #replaceAddress(scope: Scope): void {
    const { address: text, session } = this.#reader;
    const line = session.connect.proxyProtocol;
    if (line === undefined || line === '') return;
    const trusted = scope.effective('set_real_ip_from').map(node => trustedRange(node.args[0] ?? '', node));
    const replaced = forwardedAddress({ text, address: parseAddress(text) }, [line], trusted, false);
    if (replaced === undefined) return;
    this.#journal.step(replaced.by, 'the address of the PROXY line is taken');
    this.#reader.address = replaced.text;
  }

  /** ngx_stream_set_handler, before access checks and handshake. */
  #setVariables(): void {
    for (const step of this.#reader.server.program) {
      if (step.kind === 'script') throw new Undecided('template', step.node);
      this.#variables.assign(step.variable, this.#variables.expand(step.value, this.#reader, step.node));
    }
  }

  /** ngx_stream_limit_conn_handler: the limit is kept, and what its key reads keeps its value. */
  #countConnection(scope: Scope): void {
    for (const { args } of scope.effective('limit_conn')) {
      const zone = this.#model.scope.own('limit_conn_zone').find(node => node.args[1]?.startsWith(`zone=${args[0]}:`));
      if (zone === undefined) continue;
      for (const name of variablesOf(parseTemplate(zone.args[0] ?? ''))) {
        try {
          this.#variables.read(name, this.#reader, zone);
        } catch (error) {
          // What nginx itself knows of a connection is the same at any time.
          if (!(error instanceof Undecided) || this.#model.variables.has(name)) throw error;
        }
      }
    }
  }

  /** ngx_stream_access_handler. A script may let a client by that the rules refuse, and the other way round. */
  #checkAddress(scope: Scope): StreamOutcome | undefined {
    const script = streamScriptOf('access', scope);
    if (script !== undefined) throw new Undecided('script', script);
    const rule = addressRule(scope, this.#reader.address);
    if (rule?.node.name !== 'deny') return undefined;
    this.#journal.step(rule.node, nodeText(rule.node));
    return closed('the address is refused', rule.node);
  }

  /** ngx_stream_ssl_handler. */
  #shakeHands(): StreamOutcome | undefined {
    const { server: fallback, session } = this.#reader;
    const { tls } = session;
    if (!this.#socket.ssl) return undefined;
    if (tls === null) return closed('the port speaks TLS');
    const hello = streamScriptOf('handshake', fallback.scope);
    if (hello !== undefined) throw new Undecided('script', hello);
    const named = tls.serverName === null ? undefined : this.#serverOf(tls.serverName);
    const server = named ?? fallback;
    if (server.scope.value('ssl_reject_handshake', 'off').toLowerCase() === 'on') {
      return closed('the handshake is refused', server.scope.setting('ssl_reject_handshake'));
    }
    const policy = contextServer(this.#socket, server);
    const { asks, requires } = peerDemand(policy);
    if (tls.certificate === 'none' && requires) {
      if (asks === 'below-tls-1.3') throw dependsOnTlsVersion(policy);
      return closed('no certificate', policy.scope.effective('ssl_conf_command').filter(setsVerifyMode).at(-1));
    }
    const {
      by: reason,
      isFatal,
      result,
    } = verifyResult(session, this.#socket, server, this.#environment, this.#model.trust);
    const isAccepted = !result.startsWith('FAILED');
    if (!isAccepted && verifyMode(policy) === 'off') {
      // ngx_ssl_trusted_certificate sets the callback that lets every certificate pass; stream calls it since 1.27.2.
      const by = policy.scope.setting('ssl_conf_command') ?? policy.node;
      throw new Undecided('version', by, 'before 1.27.2 the handshake fails');
    }
    this.#reader.server = server;
    this.#reader.verify = result;
    this.#journal.step(server.node, 'the server of the handshake');
    const mode = verifyMode(server);
    const by = server.scope.setting('ssl_verify_client');
    if (mode === 'off') return undefined;
    if (!isAccepted && (mode !== 'optional_no_ca' || isFatal)) {
      if (reason !== undefined) this.#journal.step(reason.node, reason.text);
      return closed('the certificate is not accepted', reason?.node ?? by);
    }
    return result === 'NONE' && mode === 'on' ? closed('no certificate', by) : undefined;
  }

  /** ngx_stream_ssl_preread_handler, and the scripts of its phase. */
  #preread(): StreamOutcome | undefined {
    const { server, session } = this.#reader;
    const script = streamScriptOf('preread', server.scope);
    if (script !== undefined) throw new Undecided('script', script);
    const isOn = server.scope.value('ssl_preread', 'off').toLowerCase() === 'on';
    // Behind a handshake of nginx's own the client sends none.
    if (!isOn || this.#socket.udp || this.#socket.ssl || session.tls === null) return undefined;
    this.#reader.isPreread = true;
    const named = session.tls.serverName === null ? undefined : this.#serverOf(session.tls.serverName);
    if (named === undefined) return undefined;
    this.#reader.server = named;
    this.#journal.step(named.node, 'the server of the name that was read');
    return undefined;
  }

  /** ngx_stream_find_virtual_server. */
  #serverOf(serverName: string): StreamServer | undefined {
    const name = validHost(serverName);
    if (name === undefined) return undefined;
    return serverOfName(this.#socket, name, (pattern, node) => {
      const captures = matchPattern(pattern, name, node);
      if (captures !== null) this.#variables.remember(captures, this.#reader);
      return captures !== null;
    });
  }

  /** The handler of the server. */
  #answer(): StreamOutcome {
    const { server } = this.#reader;
    const { handler } = server;
    const site = streamSite(server);
    if (handler === undefined || site === undefined) return closed('nothing answers here', server.node);
    const filter = streamScriptOf('filter', server.scope);
    if (filter !== undefined) throw new Undecided('script', filter);
    const { content, node } = handler;
    const value = content === 'script' ? '' : this.#variables.expand(handler.value, this.#reader, node);
    if (isComputed(handler) && !this.#isTarget(value)) return closed(`no back end is called "${value}"`, node);
    if (content === 'return' && value === '') return closed('the text is empty', node);
    this.#journal.step(node, isComputed(handler) ? `${nodeText(node)}: ${value}` : nodeText(node));
    return { kind: 'content', site, value };
  }

  /**
   * Whether a computed target is one (ngx_stream_proxy_eval, ngx_stream_proxy_handler): an upstream, an address with a port,
   * a unix socket, or a name with a port where there is a resolver, who finds it.
   */
  #isTarget(value: string): boolean {
    if (knownUpstreams(this.#model).has(value.toLowerCase())) return true;
    if (value.toLowerCase().startsWith('unix:')) return value.length > 'unix:'.length;
    const parts = /^(\[[^\]]*\]|[^:/?\s]+):(\d+)$/.exec(value);
    if (parts === null) return false;
    const [, host = '', digits = ''] = parts;
    if (Number(digits) < 1 || Number(digits) > 65_535) return false;
    if (host.startsWith('[')) return parseAddress(host.slice(1, -1))?.bits === 128;
    return parseAddress(host) !== undefined || this.#reader.server.scope.setting('resolver') !== undefined;
  }
}
