import type { ConfigNode } from '../config/config-tree.js';
import type { ClientAuthority } from '../model/client-trust.js';
import type { Span } from '../source/source-file.js';

/** What the client offers when the handshake asks for a certificate. */
export const CLIENT_CLASSES = ['none', 'untrusted', 'trusted'] as const;
export type ClientClass = (typeof CLIENT_CLASSES)[number];

/** Where a connection goes. */
export interface Connect {
  /** The address to dial, without brackets: an IPv4 or IPv6 address, or the path of a unix socket. */
  readonly address: string;
  /** 0 for a unix socket. */
  readonly port: number;
  readonly unix?: string;
  /** True for datagrams. */
  readonly udp?: true;
  /** The source address in the PROXY line that is sent first, where the socket reads one (row 13.5). */
  readonly proxyProtocol?: string;
}

/** The TLS half of a request; null in its place means that no TLS is spoken. */
export interface TlsChoice {
  /** The SNI name, or null where none is sent. */
  readonly serverName: string | null;
  readonly certificate: ClientClass;
  /** The issuer of the certificate, where the choice matters: `self`, or the file of a CA. */
  readonly issuer?: string;
  /** Which CA of that file it is, where it could be read. */
  readonly authority?: ClientAuthority;
  /** The subject in RFC 2253 form, where it matters. */
  readonly subject?: string;
  /** The serial number as nginx shows it, where it matters. */
  readonly serial?: string;
  /** The fingerprint of the one certificate that will do, where it has to be one. */
  readonly fingerprint?: string;
  /** True where what else the certificate says is read and makes no difference: any one will do. */
  readonly isOrdinary?: true;
}

/** The HTTP half of a request. Text is bytes, one character per byte. */
export interface HttpRequest {
  readonly method: string;
  /** The request target exactly as it stands in the request line. */
  readonly target: string;
  /**
   * The HTTP version, where it is not 1.1: 1.0 allows a request without a Host header, 0.9 has no headers at all. In HTTP/2
   * `Host` stands for `:authority`.
   */
  readonly version?: '2' | '1.0' | '0.9';
  /** Header lines in order. `Host` is among them if it is sent. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** As many bytes `x`: where the headers announce chunks, one that has no size. */
  readonly body?: { readonly length: number };
}

/** What a client chooses before it asks for anything. */
interface ClientConnection {
  readonly connect: Connect;
  /** The client's own address; undefined stands for one that no range of the configuration names. */
  readonly sourceAddress?: string;
  readonly tls: TlsChoice | null;
}

/** One concrete request of one client: everything that the client chooses. */
export interface Request extends ClientConnection {
  readonly http: HttpRequest;
}

/**
 * One concrete connection of one client to a server of stream. Behind the handshake, or without TLS, the client sends
 * bytes that are no handshake themselves; TLS on a port that does not speak it is a handshake with whoever is behind.
 */
export interface StreamSession extends ClientConnection {
  readonly http: null;
}

/** What a client does: a request, or a connection to a server of stream. */
export type Session = Request | StreamSession;

/** A file that must, or must not, be there for the request to get where it gets. */
export interface AssumedFile {
  readonly path: string;
  readonly exists: boolean;
  /** True where a folder has to be there, not a file. */
  readonly isFolder?: boolean;
}

/** One step of a request through the configuration. */
export interface Step {
  readonly span: Span;
  /** What happens there, in a few words. */
  readonly text: string;
}

/** What the surroundings do on a way although it is not assumed of them. */
export interface Surroundings {
  /** The limits of rates and connections that are exceeded. */
  readonly limits: ReadonlySet<ConfigNode>;
  /**
   * What a pass directive gets for answers, in the order in which it asks. A back end need not answer alike what it is asked
   * more than once: what a request is asked for on its side has another path, and the back end may know better by then.
   */
  readonly answers: ReadonlyMap<ConfigNode, readonly BackEndAnswer[]>;
  /** Whether a user file, by its path as written, knows name and password; where nothing is said it does. */
  readonly passwords: ReadonlyMap<string, boolean>;
}

/** The answer of a back end. */
export interface BackEndAnswer {
  /** What it was asked for; undefined for the request itself. */
  readonly via: Via | undefined;
  /** 502 where nobody is there, 504 where nobody answers in time. */
  readonly status: number;
}

/** Surroundings as they are assumed to be: limits are kept, back ends answer 200, and passwords are right. */
export const USUAL_SURROUNDINGS: Surroundings = { limits: new Set(), answers: new Map(), passwords: new Map() };

/** How nginx gets to a site on the side of a request, which ends elsewhere itself. */
export type Via = 'auth_request' | 'mirror' | 'post_action' | 'addition' | 'ssi';

/** Whether the answer to such a request is a part of what the client is shown; undefined is the request of the client itself. */
export function showsAnswer(via: Via | undefined): boolean {
  return via === undefined || via === 'addition' || via === 'ssi';
}

/** A request that proves a claim, with what it assumes and the way it takes. */
export interface Witness<Q extends Session = Request> {
  readonly request: Q;
  /** Undefined where they are as usual. */
  readonly surroundings?: Surroundings;
  /** Undefined where the request itself ends at the site. */
  readonly via?: Via;
  readonly assumes: readonly AssumedFile[];
  readonly steps: readonly Step[];
}
