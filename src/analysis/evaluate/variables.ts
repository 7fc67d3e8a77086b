import type { ConfigNode } from '../../config/config-tree.js';
import type { HttpModel, Template, TrafficModel, VirtualServer } from '../../model/model.js';
import { contentOf, isPin } from '../certificate-contents.js';
import { outsiderOf } from '../outsiders.js';
import type { Request, Session, Via } from '../request.js';
import type { ScriptInput } from '../script-reads.js';
import { type Connection, type Setting, UNKNOWN_FAILURE, UNKNOWN_FAILURE_TEXT } from './connection.js';
import { DefinedVariables, type Groups } from './defined-variables.js';
import { argument, escapeArguments, lowerCase } from './request-line.js';
import { type Journal, Undecided } from './trace.js';
import { firstName } from './virtual-server.js';

/** What variables read of a request that is under way. A subrequest has its own. */
export interface Reader {
  readonly server: VirtualServer;
  readonly uri: string;
  readonly args: string;
  /** A `%` or `+` stood in the path of the client. */
  readonly quoted: boolean;
  groups: Groups;
  /** The folder of static files, as it is written with its variables replaced; an alias as well. */
  documentRoot(): string;
  /** How the path is split for FastCGI. */
  fastcgiSplit(): { readonly script: string; readonly path: string };
  /** The path of the file that the URI stands for; undefined where nginx has none (ngx_http_map_uri_to_path). */
  requestFilename(): string | undefined;
}

/** A header line of the client that nginx kept. */
export interface ClientHeader {
  /** In lower case. */
  readonly name: string;
  readonly written: string;
  readonly value: string;
  /** False for a name that only `ignore_invalid_headers off` keeps: nginx's hash of it leaves bytes out. */
  readonly isHashed: boolean;
}

/** What the client sent and the connection found, for the main request and its subrequests alike. */
export interface Client {
  readonly request: Request;
  readonly connection: Connection;
  /** The method of the main request, which an error page may have changed (row 13.18). */
  method: string;
  /** `$request_uri`: empty until the target is decoded (row 8.59). */
  rawTarget: string;
  /** Whether the request line is read to its end, which the protocol stands at. */
  lineIsRead: boolean;
  /** The host of the target or of the Host header, folded; undefined before it is read. */
  host: string | undefined;
  /** Header lines that nginx kept, names in lower case and as they were sent. */
  readonly headers: ClientHeader[];
  /** The client's address as text: the peer's, until realip replaces it. */
  address: string;
  addressReplaced: boolean;
  /** The limits that judged the request: none of them is asked again (r->main->limit_req_status). */
  readonly judgedBy: Set<'limit_req' | 'limit_conn'>;
  /** What pass directives have asked their back ends for: undefined stands for the request itself. */
  readonly questions: Map<ConfigNode, readonly (Via | undefined)[]>;
}

/** The address that a connection comes from, as text; an outsider's where the request names none. */
export function peerAddress(model: TrafficModel, { sourceAddress, connect }: Session): string {
  if (connect.unix !== undefined) return 'unix:';
  return sourceAddress ?? outsiderOf(model, connect.address.includes(':') ? 128 : 32);
}

/**
 * The variables of one request and its subrequests, which share one cache (rows 1.31, 1.31c). A value given by `set`, a
 * group or a map stays until something overwrites it (rows 5.19, 5.20).
 */
export class Variables extends DefinedVariables<Reader> {
  readonly #model: HttpModel;
  readonly #client: Client;

  constructor({ environment, groupVariables, model }: Setting, client: Client, journal: Journal) {
    super(model, groupVariables, journal, environment.supposed?.values);
    this.#model = model;
    this.#client = client;
  }

  /**
   * The text of a template. With `escapes`, captures of an encoded path are escaped again, as the rewrite module does
   * for values (ngx_http_script_copy_capture_code).
   */
  override expand(template: Template, reader: Reader, node: ConfigNode, escapes = false): string {
    return this.join(template, reader, node, group => (escapes && reader.quoted ? escapeArguments(group) : group));
  }

  protected override isPin(name: string): boolean {
    return isPin(name, this.#client.request.tls);
  }

  protected override scriptInputs({ uri, args }: Reader): ReadonlyMap<ScriptInput, string> {
    const { method, address } = this.#client;
    return new Map<ScriptInput, string>([
      ['uri', uri],
      ['args', args],
      ['request_method', method],
      ['remote_addr', address],
    ]);
  }

  protected override clientAddress(): string {
    return this.#client.address;
  }

  protected override forwardedFor(): readonly string[] {
    return this.#headers('x-forwarded-for');
  }

  protected override builtIn(name: string, reader: Reader): string | undefined {
    const client = this.#client;
    const { connection, request } = client;
    switch (name) {
      case 'uri':
      case 'document_uri':
        return reader.uri;
      case 'args':
      case 'query_string':
        return reader.args;
      case 'is_args':
        return reader.args === '' ? '' : '?';
      case 'request_uri':
        return client.rawTarget;
      case 'document_root':
        return absolute(reader.documentRoot());
      case 'request_filename':
        return absolute(reader.requestFilename());
      case 'fastcgi_script_name':
        return reader.fastcgiSplit().script;
      case 'fastcgi_path_info':
        return reader.fastcgiSplit().path;
      case 'request_method':
        return client.method;
      case 'request':
        return requestLine(request);
      case 'server_protocol':
        return client.lineIsRead ? protocolOf(request) : '';
      case 'http2':
        if (request.http.version !== '2') return '';
        return connection.tls ? 'h2' : 'h2c';
      case 'host':
        return client.host ?? firstName(reader.server);
      case 'server_name':
        return firstName(reader.server);
      case 'scheme':
        return connection.tls ? 'https' : 'http';
      case 'https':
        return connection.tls ? 'on' : '';
      case 'server_port':
        return String(connection.socket.port);
      case 'server_addr':
        return request.connect.unix === undefined ? request.connect.address : `unix:${request.connect.unix}`;
      case 'remote_addr':
        // Row 13.4: a value that was read before realip replaces the address stays.
        this.assign(name, client.address);
        return client.address;
      case 'realip_remote_addr':
        return peerAddress(this.#model, request);
      case 'proxy_protocol_addr':
        return request.connect.proxyProtocol ?? '';
      case 'ssl_client_verify':
        return this.#verifyResult();
      case 'ssl_server_name':
        return request.tls?.serverName ?? '';
      case 'content_length':
        return this.#header('content-length') ?? '';
      case 'content_type':
        return this.#header('content-type') ?? '';
      case 'remote_user':
        return claimedUser(this.#header('authorization') ?? '');
      default:
    }
    if (name.startsWith('ssl_')) return this.#tlsValue(name);
    if (name.startsWith('arg_')) return argument(reader.args, name.slice(4));
    if (name.startsWith('cookie_')) return cookie(this.#headers('cookie'), name.slice(7));
    if (name.startsWith('http_')) return this.#headerVariable(name.slice(5));
    return undefined;
  }

  #verifyResult(): string {
    const { connection } = this.#client;
    const { result } = connection.verification;
    if (result !== UNKNOWN_FAILURE) return result;
    throw new Undecided('certificate', connection.handshakeServer.node, UNKNOWN_FAILURE_TEXT);
  }

  /** A variable about TLS: empty on plain connections, the certificate's where none was asked for or given. */
  #tlsValue(name: string): string | undefined {
    const { tls } = this.#client.request;
    const { result } = this.#client.connection.verification;
    if (tls === null) return '';
    if (!name.startsWith('ssl_client_') || name === 'ssl_client_sigalg') return undefined;
    if (result === 'NONE') return '';
    return contentOf(name, tls);
  }

  #headers(name: string): string[] {
    return this.#client.headers.filter(header => header.name === name).map(header => header.value);
  }

  #header(name: string): string | undefined {
    return this.#headers(name)[0];
  }

  /** ngx_http_variable_unknown_header: the first copy; two headers are joined (rows 4.64, 13.9c). */
  #headerVariable(name: string): string {
    const copies = this.#client.headers.filter(header => header.name.replace(/-/g, '_') === name);
    if (name === 'x_forwarded_for') return copies.map(header => header.value).join(', ');
    if (name === 'cookie') return copies.map(header => header.value).join('; ');
    return copies[0]?.value ?? '';
  }
}

/** A relative path is one below nginx's prefix, which the configuration does not tell. */
function absolute(path: string | undefined): string | undefined {
  return path?.startsWith('/') ? path : undefined;
}

/** ngx_http_auth_basic_user: the name in front of the first colon, verified or not (row 13.11). */
function claimedUser(authorization: string): string {
  const encoded = /^basic +([^ ].*)$/is.exec(authorization)?.[1];
  if (encoded === undefined) return '';
  const decoded = decodeBase64(encoded);
  return decoded?.includes(':') ? decoded.slice(0, decoded.indexOf(':')) : '';
}

/** ngx_decode_base64: what stands in front of the padding has to be whole. */
function decodeBase64(text: string): string | undefined {
  const [digits = ''] = text.split('=', 1);
  if (!/^[A-Za-z0-9+/]*$/.test(digits) || digits.length % 4 === 1) return undefined;
  return Buffer.from(digits, 'base64').toString('latin1');
}

/** ngx_http_parse_multi_header_lines: name without case. */
function cookie(lines: readonly string[], name: string): string {
  if (name === '') return '';
  for (const line of lines) {
    if (name.length > line.length) continue;
    for (let at = 0; at < line.length; ) {
      if (lowerCase(line.slice(at, at + name.length)) === name) {
        at += name.length;
        while (line[at] === ' ') at += 1;
        if (line[at] === '=') {
          at += 1;
          while (line[at] === ' ') at += 1;
          const end = line.indexOf(';', at);
          return line.slice(at, end === -1 ? line.length : end);
        }
        at += 1;
      }
      while (at < line.length && line[at] !== ';' && line[at] !== ',') at += 1;
      at += 1;
      while (line[at] === ' ') at += 1;
    }
  }
  return '';
}

/** `$request`: the line as it was sent. */
function requestLine(request: Request): string {
  const { method, target, version } = request.http;
  return version === '0.9' ? `${method} ${target}` : `${method} ${target} ${protocolOf(request)}`;
}

/** `$server_protocol`. */
function protocolOf({ http: { version } }: Request): string {
  return version === '2' ? 'HTTP/2.0' : `HTTP/${version ?? '1.1'}`;
}
