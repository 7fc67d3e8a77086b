import type { ConfigNode } from '../../config/config-tree.js';
import type { HttpModel, MapEntry, Template, VariableDefinition, VirtualServer } from '../../model/model.js';
import { outsiderOf } from '../outsiders.js';
import type { Request } from '../request.js';
import { shareOf } from '../split-clients.js';
import { type Address, isInNetwork, LAST_IPV4, type Network, parseAddress, parseNetwork, unmapped } from './address.js';
import type { Connection, Setting } from './connection.js';
import { matchPattern } from './match-pattern.js';
import { forwardedAddress, trustedRange } from './realip.js';
import { escapeArguments, lowerCase } from './request-line.js';
import { Undecided } from './trace.js';
import { firstName } from './virtual-server.js';

/** Groups of the last regular expression that matched: `$1` is at 1. */
export type Groups = readonly (string | undefined)[];

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
  /** `$request_uri`. */
  rawTarget: string;
  /** The host of the target or of the Host header, folded; undefined before it is read. */
  host: string | undefined;
  /** Header lines that nginx kept, names in lower case and as they were sent. */
  readonly headers: ClientHeader[];
  /** The client's address as text: the peer's, until realip replaces it. */
  address: string;
  addressReplaced: boolean;
  /** The limits that judged the request: none of them is asked again (r->main->limit_req_status). */
  readonly judgedBy: Set<'limit_req' | 'limit_conn'>;
}

/** The address that a connection comes from, as text; an outsider's where the request names none. */
export function peerAddress(model: HttpModel, { sourceAddress, connect }: Request): string {
  if (connect.unix !== undefined) return 'unix:';
  return sourceAddress ?? outsiderOf(model, connect.address.includes(':') ? 128 : 32);
}

type Cached = { readonly value: string } | { readonly undecided: Undecided };

/** Nesting of variables at which nginx gives up (ngx_http_variable_depth). */
const DEEPEST = 100;

/**
 * The variables of one request and its subrequests, which share one cache (rows 1.31, 1.31c). A value given by `set`, a
 * group or a map stays until something overwrites it (rows 5.19, 5.20).
 */
export class Variables {
  readonly #setting: Setting;
  readonly #client: Client;
  readonly #cache = new Map<string, Cached>();
  #depth = 0;

  constructor(setting: Setting, client: Client) {
    this.#setting = setting;
    this.#client = client;
  }

  /** Gives a variable a value for the rest of the request. */
  assign(name: string, value: string): void {
    this.#cache.set(name, { value });
  }

  /** Marks a value as unknown from here on; whoever reads it is undecided. */
  forget(name: string, undecided: Undecided): void {
    this.#cache.set(name, { undecided });
  }

  /** The value of a variable. `node` is the directive that reads it. */
  read(name: string, reader: Reader, node: ConfigNode): string {
    const supposed = this.#setting.environment.supposed?.values.get(name);
    if (supposed !== undefined) return this.expand(supposed, reader, node);
    const cached = this.#cache.get(name);
    if (cached !== undefined) {
      if ('undecided' in cached) throw cached.undecided;
      return cached.value;
    }
    const definition = this.#setting.model.variables.get(name);
    const isGroup = this.#setting.groupVariables.has(name);
    if (definition !== undefined) {
      if (isGroup) throw new Undecided('variable', definition.node, `$${name} is defined twice`);
      return this.#readDefinition(definition, reader);
    }
    if (isGroup) return '';
    const value = this.#builtIn(name, reader);
    if (value !== undefined) return value;
    if (this.#setting.model.assigned.has(name)) return '';
    throw new Undecided('variable', node, `$${name}`);
  }

  /**
   * The text of a template. With `escapes`, captures of an encoded path are escaped again, as the rewrite module does
   * for values (ngx_http_script_copy_capture_code).
   */
  expand(template: Template, reader: Reader, node: ConfigNode, escapes = false): string {
    let text = '';
    for (const piece of template) {
      if (piece.kind === 'text') text += piece.text;
      else if (piece.kind === 'variable') text += this.read(piece.name, reader, node);
      else {
        const group = reader.groups[piece.index] ?? '';
        text += escapes && reader.quoted ? escapeArguments(group) : group;
      }
    }
    return text;
  }

  /** Remembers the groups of a match (ngx_http_regex_exec). */
  remember(
    captures: { readonly groups: Groups; readonly named: ReadonlyMap<string, string | undefined> },
    reader: Reader,
  ): void {
    reader.groups = captures.groups;
    for (const [name, value] of captures.named) this.assign(name.toLowerCase(), value ?? '');
  }

  #readDefinition(definition: VariableDefinition, reader: Reader): string {
    if (this.#depth >= DEEPEST) throw new Undecided('variable', definition.node, `$${definition.name} needs itself`);
    this.#depth += 1;
    try {
      if (definition.kind === 'map') {
        const value = this.#readMap(definition, reader);
        // Row 5.20: computed once, unless volatile.
        if (!definition.isVolatile) this.assign(definition.name, value);
        return value;
      }
      if (definition.kind === 'geo') {
        const value = this.#readGeo(definition, reader);
        this.assign(definition.name, value);
        return value;
      }
      if (definition.kind === 'split') {
        const value = shareOf(definition, this.expand(definition.source, reader, definition.node));
        this.assign(definition.name, value);
        return value;
      }
      throw new Undecided('script', definition.node);
    } finally {
      this.#depth -= 1;
    }
  }

  /** ngx_http_map_variable and ngx_http_map_find (rows 5.1-5.17). */
  #readMap(map: Extract<VariableDefinition, { kind: 'map' }>, reader: Reader): string {
    if (map.incomplete) throw new Undecided('missing-file', map.node);
    let source = this.expand(map.source, reader, map.node);
    if (map.hostnames && source.endsWith('.')) source = source.slice(0, -1);
    const entry = this.#mapEntry(map, source, reader);
    return entry === undefined ? '' : this.expand(entry.value, reader, entry.node);
  }

  #mapEntry(map: Extract<VariableDefinition, { kind: 'map' }>, source: string, reader: Reader): MapEntry | undefined {
    const folded = lowerCase(source);
    const literal = map.literals.get(folded);
    if (literal !== undefined) return literal;
    for (const kind of ['leading', 'trailing'] as const) {
      let best: (typeof map.wildcards)[number] | undefined;
      for (const wildcard of map.wildcards) {
        if (wildcard.kind !== kind || folded.length < wildcard.text.length) continue;
        const fits = kind === 'leading' ? folded.endsWith(wildcard.text) : folded.startsWith(wildcard.text);
        if (fits && (best === undefined || wildcard.text.length > best.text.length)) best = wildcard;
      }
      if (best !== undefined) return best;
    }
    // Row 5.6: an empty value never meets a regex.
    if (source !== '') {
      for (const entry of map.regexes) {
        const captures = matchPattern(entry.pattern, source, entry.node);
        if (captures === null) continue;
        this.remember(captures, reader);
        return entry;
      }
    }
    return map.default;
  }

  /** ngx_http_geo_cidr_variable and ngx_http_geo_range_variable (rows 5.40-5.47). */
  #readGeo(geo: Extract<VariableDefinition, { kind: 'geo' }>, reader: Reader): string {
    if (geo.incomplete) throw new Undecided('missing-file', geo.node);
    const text = geo.node.args.length === 1 ? this.#client.address : this.read(geo.source, reader, geo.node);
    const address = parseAddress(text);
    // ngx_http_geo_addr: a proxy's address, be it realip's, gives way to the one that the proxy forwards.
    const proxies = geo.proxies.map(({ network, node }) => trustedRange(network, node));
    const lines = this.#headers('x-forwarded-for');
    const isHost = address !== undefined || geo.node.args.length === 1;
    const forwarded = isHost ? forwardedAddress({ text, address }, lines, proxies, geo.isRecursive) : undefined;
    // Row 5.42: what is not an address counts as the last one.
    const asked = forwarded?.address ?? address ?? LAST_IPV4;
    return (geo.ranges ? rangeValue(geo, asked) : networkValue(geo, asked)) ?? '';
  }

  #builtIn(name: string, reader: Reader): string | undefined {
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
      case 'request_method':
        return client.method;
      case 'request':
        return requestLine(request);
      case 'server_protocol':
        return `HTTP/${request.http.version ?? '1.1'}`;
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
        return peerAddress(this.#setting.model, request);
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
    if (result !== 'FAILED:') return result;
    throw new Undecided('certificate', connection.handshakeServer.node, 'why OpenSSL refuses the certificate');
  }

  /** A variable about TLS: empty on plain connections, the certificate's where none was asked for or given. */
  #tlsValue(name: string): string | undefined {
    const { tls } = this.#client.request;
    const { result } = this.#client.connection.verification;
    if (tls === null) return '';
    if (!name.startsWith('ssl_client_') || name === 'ssl_client_sigalg') return undefined;
    if (result === 'NONE') return '';
    return name === 'ssl_client_s_dn' ? tls.subject : undefined;
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

/** ngx_http_arg: raw, first copy, name without case (row 13.10). */
function argument(args: string, name: string): string {
  if (name === '') return '';
  for (const part of args.split('&')) {
    if (lowerCase(part).startsWith(`${name}=`)) return part.slice(name.length + 1);
  }
  return '';
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
function requestLine({ http: { method, target, version } }: Request): string {
  return version === '0.9' ? `${method} ${target}` : `${method} ${target} HTTP/${version ?? '1.1'}`;
}

type Geo = Extract<VariableDefinition, { kind: 'geo' }>;

interface GeoNetwork {
  readonly network: Network;
  readonly value: string;
}

interface GeoRange {
  readonly first: bigint;
  readonly last: bigint;
  readonly value: string;
}

const networksOfGeo = new WeakMap<Geo, readonly GeoNetwork[]>();
const rangesOfGeo = new WeakMap<Geo, readonly GeoRange[]>();

/** The entries with their networks in text order; `default` stands for the network of all addresses. */
function geoNetworks(geo: Geo): readonly GeoNetwork[] {
  let networks = networksOfGeo.get(geo);
  if (networks === undefined) {
    networks = geo.entries.flatMap(entry => {
      const network = parseNetwork(entry.network);
      return network === undefined ? [] : [{ network, value: entry.value }];
    });
    networksOfGeo.set(geo, networks);
  }
  return networks;
}

/** The longest network that holds the address; of equal ones the last (row 5.47), with `default` as the shortest. */
function networkValue(geo: Geo, address: Address): string | undefined {
  let best: GeoNetwork | undefined;
  for (const entry of geoNetworks(geo)) {
    if (!isInNetwork(address, entry.network)) continue;
    if (best === undefined || entry.network.length >= best.network.length) best = entry;
  }
  return best !== undefined && (best.network.length > 0 || !geo.defaultIsLast)
    ? best.value
    : (geo.default?.value ?? best?.value);
}

/** Ranges do not overlap but for one inside another; of several the last one written counts (ngx_http_geo_range_add). */
function rangeValue(geo: Geo, address: Address): string | undefined {
  let ranges = rangesOfGeo.get(geo);
  if (ranges === undefined) {
    ranges = geo.entries.flatMap(entry => {
      const [first, last] = entry.network.split('-').map(rangeEnd);
      if (first === undefined || last === undefined) return [];
      return [{ first, last, value: entry.value }];
    });
    rangesOfGeo.set(geo, ranges);
  }
  // IPv6 addresses are none that ranges know (ngx_http_geo_range_variable).
  const plain = unmapped(address);
  const { value } = plain.bits === 32 ? plain : LAST_IPV4;
  return ranges.findLast(({ first, last }) => value >= first && value <= last)?.value ?? geo.default?.value;
}

/** An end of a range: always IPv4, and never the last address (ngx_http_geo_range). */
function rangeEnd(text: string): bigint | undefined {
  const address = parseAddress(text);
  return address?.bits === 32 ? address.value : undefined;
}
