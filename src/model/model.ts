/**
 * What nginx makes of the configuration, as data. `resolve` (resolve.ts) builds it; analysis and rules only read it.
 * Variable names are lower case throughout (nginx folds them, request-semantics row 5.70).
 */
import type { ConfigNode } from '../config/config-tree.js';
import type { ClientTrust } from './client-trust.js';
import type { Scope } from './scope.js';

/** The http part of a configuration, its stream part, or its mail part: servers behind addresses, and variables. */
export interface ServerModel<S extends Server> {
  readonly scope: Scope;
  /** Every address that is listened on, in the order in which nginx meets it. */
  readonly sockets: readonly ListenSocket<S>[];
  /** In the order of the configuration. */
  readonly servers: readonly S[];
  /** `upstream` blocks by lower-case name: case does not count (ngx_http_upstream_add). */
  readonly upstreams: ReadonlyMap<string, ConfigNode>;
  /** Variables that the configuration defines, by lower-case name without `$`: the definition nginx would use. */
  readonly variables: ReadonlyMap<string, VariableDefinition>;
  /** Lower-case names of variables that some `set`, regex group, `auth_request_set` … gives a value at run time. */
  readonly assigned: ReadonlySet<string>;
  /** What the files of certificates and CRLs say; undefined where none is looked into, as for stream and mail. */
  readonly trust: ClientTrust | undefined;
}

/** The http part of a configuration. */
export type HttpModel = ServerModel<VirtualServer>;

/** The stream part of a configuration; without servers where it has none. */
export type StreamModel = ServerModel<StreamServer>;

/** The mail part of a configuration, of which only the settings are known; without servers where it has none. */
export type MailModel = ServerModel<MailServer>;

/** A part of the configuration of which the traffic is followed. */
export type TrafficModel = HttpModel | StreamModel;

/** An address and port with the servers that share it (ngx_http_conf_addr_t, ngx_stream_conf_addr_t). */
export interface ListenSocket<S extends Server = VirtualServer> {
  /** `*` for all IPv4 addresses, `[::]` for all IPv6 ones, an address, or the path of a unix socket behind `unix:`. */
  readonly address: string;
  /** 0 for a unix socket. */
  readonly port: number;
  /** One server's `ssl` makes the whole address TLS (row 14.24). */
  readonly ssl: boolean;
  readonly http2: boolean;
  readonly proxyProtocol: boolean;
  readonly quic: boolean;
  /** Datagrams, which a stream server takes where its `listen` says `udp`, and one of http for `quic`. */
  readonly udp: boolean;
  readonly defaultServer: S;
  /** True where a `listen` carries `default_server`; false where the first server became the default. */
  readonly defaultIsExplicit: boolean;
  readonly servers: readonly S[];
}

/** One `listen` directive of one server; `node` is undefined for the implicit `listen *:80`. */
export interface Listen<S extends Server = VirtualServer> {
  readonly socket: ListenSocket<S>;
  readonly node: ConfigNode | undefined;
}

/** What all `server` blocks have. */
interface ServerBlock {
  /** Position in the configuration, from 0. */
  readonly index: number;
  readonly node: ConfigNode;
  readonly scope: Scope;
  readonly names: readonly ServerName[];
  readonly listens: readonly Listen<Server>[];
}

/** A `server` block of any kind. */
export type Server = VirtualServer | StreamServer | MailServer;

/** A `server` block of stream. */
export interface StreamServer extends ServerBlock {
  readonly listens: readonly Listen<StreamServer>[];
  /** What answers; undefined where nothing does, which nginx refuses. */
  readonly handler: StreamHandler | undefined;
  /** The `set` directives in text order; they run before the handshake (ngx_stream_set_module). */
  readonly program: readonly (SetStatement | ScriptStatement)[];
}

/** What answers the connections to a stream server: the last such directive counts (cscf->handler). */
export interface StreamHandler {
  readonly node: ConfigNode;
  /** The name under which the access table lists it: `proxy_pass`, `return`, `pass` or `script`. */
  readonly content: string;
  /** The argument: where connections go, or what is sent. */
  readonly value: Template;
}

/** A `server` block of mail. */
export interface MailServer extends ServerBlock {
  readonly listens: readonly Listen<MailServer>[];
}

/** A `server` block of http. */
export interface VirtualServer extends ServerBlock {
  readonly listens: readonly Listen[];
  /** The server's set, if, rewrite, return and break directives, in text order. */
  readonly program: Program;
  /** The handler written at server level (stub_status, nchan …); it answers where no location matches. */
  readonly handler: Handler | undefined;
  /** Top-level locations in text order, named ones included. */
  readonly locations: readonly Location[];
}

/** A name of a server. */
export type ServerName =
  | { readonly kind: 'exact'; readonly text: string; readonly node: ConfigNode | undefined }
  /** `*.d` (also `.d`, which is listed as this and as the exact name `d`); `text` is the part behind the star: `.d`. */
  | { readonly kind: 'leading'; readonly text: string; readonly node: ConfigNode }
  /** `d.*`; `text` is `d.`. */
  | { readonly kind: 'trailing'; readonly text: string; readonly node: ConfigNode }
  | { readonly kind: 'regex'; readonly pattern: Pattern; readonly node: ConfigNode };

/** A regular expression of the configuration, PCRE over bytes, unanchored. */
export interface Pattern {
  readonly source: string;
  readonly caseless: boolean;
}

/** A location block. */
export interface Location {
  readonly node: ConfigNode;
  readonly scope: Scope;
  readonly server: VirtualServer;
  readonly parent: Location | undefined;
  readonly match: LocationMatch;
  readonly program: Program;
  readonly handler: Handler | undefined;
  /** Whether a request that lacks only the location's final slash is redirected. */
  readonly autoRedirects: boolean;
  /** Replaces the location, before its program, for every other method. */
  readonly limitExcept: LimitExcept | undefined;
  /** Nested locations in text order. */
  readonly children: readonly Location[];
}

export type LocationMatch =
  | { readonly kind: 'exact'; readonly text: string }
  /** `stopsRegexes` is `^~`. */
  | { readonly kind: 'prefix'; readonly text: string; readonly stopsRegexes: boolean }
  | { readonly kind: 'regex'; readonly pattern: Pattern }
  /** `text` begins with `@`. */
  | { readonly kind: 'named'; readonly text: string };

/** A `limit_except` block: its methods pass by it, every other method is governed by it. */
export interface LimitExcept {
  readonly node: ConfigNode;
  readonly scope: Scope;
  /** As written, upper case; GET implies HEAD. */
  readonly methods: readonly string[];
  /** The handler written in the block; without one a pass directive of the location goes on, others are lost. */
  readonly handler: Handler | undefined;
  /** That pass directive. */
  readonly inherited: Handler | undefined;
}

/** What answers a request in a block that names it; where none does, static files answer. */
export interface Handler {
  /** The directive that sets it (the last one written in the block wins, row 11.5). */
  readonly node: ConfigNode;
  /** `upstream` handlers go on inside `limit_except`, `own` ones are lost there, `script` ones are not modelled. */
  readonly kind: 'upstream' | 'own' | 'script';
  /** The name under which the access table lists it: `proxy_pass`, `stub_status`, `script` … */
  readonly content: string;
}

/** The rewrite-module directives of one block, in text order (ngx_http_rewrite_module). */
export type Program = readonly Statement[];

/** Gives a variable a value. */
export interface SetStatement {
  readonly kind: 'set';
  readonly node: ConfigNode;
  readonly variable: string;
  readonly value: Template;
}

/** A step in another language. `sets` names the variable it gives a value; without it the step may do anything. */
export interface ScriptStatement {
  readonly kind: 'script';
  readonly node: ConfigNode;
  readonly sets: string | undefined;
}

export type Statement =
  | SetStatement
  | {
      readonly kind: 'if';
      readonly node: ConfigNode;
      readonly condition: Condition;
      readonly body: Program;
      /** The configuration that replaces the location's when the condition holds (location-level `if` only matters). */
      readonly scope: Scope;
      readonly handler: Handler | undefined;
    }
  | {
      readonly kind: 'rewrite';
      readonly node: ConfigNode;
      readonly pattern: Pattern;
      /** Without the trailing `?`. */
      readonly replacement: Template;
      /** `redirect` and `permanent` also stand for a replacement that begins with `http://`, `https://` or `$scheme`. */
      readonly flag: 'none' | 'last' | 'break' | 'redirect' | 'permanent';
      /** False where the replacement ends in `?`: the client's arguments are dropped. */
      readonly keepsArguments: boolean;
    }
  | {
      readonly kind: 'return';
      readonly node: ConfigNode;
      readonly code: number;
      /** The text or the URL; undefined for a bare code. `return URL;` has code 302. */
      readonly text: Template | undefined;
    }
  | { readonly kind: 'break'; readonly node: ConfigNode }
  | ScriptStatement;

/** Text with variables (ngx_http_script_compile). An empty list is the empty string. */
export type Template = readonly Piece[];
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'variable'; readonly name: string }
  /** `$1` … `$9`. */
  | { readonly kind: 'capture'; readonly index: number };

/** The condition of an `if` (ngx_http_rewrite_if_condition). */
export type Condition =
  | { readonly kind: 'truth'; readonly variable: Piece }
  | { readonly kind: 'equal'; readonly negated: boolean; readonly variable: Piece; readonly value: Template }
  | { readonly kind: 'match'; readonly negated: boolean; readonly variable: Piece; readonly pattern: Pattern }
  | { readonly kind: 'file'; readonly negated: boolean; readonly test: 'f' | 'd' | 'e' | 'x'; readonly path: Template }
  /** Not one of nginx's forms: nginx would refuse to load it. */
  | { readonly kind: 'invalid' };

/** A variable defined in http or stream. */
export type VariableDefinition =
  | {
      readonly kind: 'map';
      readonly name: string;
      readonly node: ConfigNode;
      readonly source: Template;
      readonly hostnames: boolean;
      readonly isVolatile: boolean;
      /** Literal keys, lower case; the key `""` matches the empty value. */
      readonly literals: ReadonlyMap<string, MapEntry>;
      /** With `hostnames`: `*.d` as kind leading with text `.d`, `d.*` as trailing with text `d.`. */
      readonly wildcards: readonly (MapEntry & { readonly kind: 'leading' | 'trailing'; readonly text: string })[];
      /** In file order. */
      readonly regexes: readonly (MapEntry & { readonly pattern: Pattern })[];
      readonly default: MapEntry | undefined;
      /** True where an include inside could not be read: its keys are not known. */
      readonly incomplete: boolean;
    }
  | {
      readonly kind: 'geo';
      readonly name: string;
      readonly node: ConfigNode;
      /** The variable whose value is the address, `remote_addr` where none is named. */
      readonly source: string;
      readonly ranges: boolean;
      /** Peers whose X-Forwarded-For gives the address instead (row 5.45). */
      readonly proxies: readonly { readonly network: string; readonly node: ConfigNode }[];
      readonly isRecursive: boolean;
      readonly entries: readonly { readonly network: string; readonly value: string; readonly node: ConfigNode }[];
      readonly default: { readonly value: string; readonly node: ConfigNode } | undefined;
      /** True where `default` stands behind every network of length 0, which it then replaces (row 5.47). */
      readonly defaultIsLast: boolean;
      readonly incomplete: boolean;
    }
  | {
      readonly kind: 'split';
      readonly name: string;
      readonly node: ConfigNode;
      readonly source: Template;
      readonly values: readonly { readonly share: string; readonly value: string; readonly node: ConfigNode }[];
    }
  /** perl_set, js_set, a database module …: the value is not known. */
  | { readonly kind: 'script'; readonly name: string; readonly node: ConfigNode };

export interface MapEntry {
  readonly value: Template;
  readonly node: ConfigNode;
}
