import type { ConfigNode } from '../config/config-tree.js';
import type { Server, StreamServer, VirtualServer } from '../model/model.js';
import type { Scope } from '../model/scope.js';
import type { Span } from '../source/source-file.js';
import {
  CLIENT_CLASSES,
  type ClientClass,
  type Request,
  type Session,
  type StreamSession,
  type Witness,
} from './request.js';

/** The kind of block that a content site is. */
export type SiteKind = 'http-server' | 'location' | 'if' | 'limit_except' | 'stream-server';

/** A place that can answer with content. Its key is server, block and content. */
export interface Site<S extends Server = VirtualServer> {
  readonly server: S;
  /** The innermost block that a request ends in and that writes the handler. */
  readonly scope: Scope;
  readonly kind: SiteKind;
  /** What answers: `proxy_pass`, `static`, `return`, `stub_status`, `script` … */
  readonly content: string;
  /** The directive that gives the content: the pass, return, root or alias directive; undefined for nginx's own root. */
  readonly source: ConfigNode | undefined;
  /** The argument of a pass directive as written. */
  readonly target: string | undefined;
}

/** Something that the client does not choose and that the way to a site needs. */
export interface AccessCondition {
  readonly kind: 'address' | 'password' | 'auth-backend' | 'backend' | 'rate' | 'pinned-certificate' | 'time';
  readonly text: string;
  readonly span: Span;
  /** For an address: the ranges, or an example, that the test lets by. */
  readonly range?: string;
}

/** Why something is not decided. */
export interface Reason {
  readonly kind: string;
  readonly text: string;
  readonly span: Span;
}

/** A line that refuses. */
export interface Refusal {
  readonly span: Span;
  readonly text: string;
}

/** The answer for one site and one class of client. */
export type Verdict<Q extends Session = Request> =
  | { readonly verdict: 'reached'; readonly witness: Witness<Q> }
  | {
      readonly verdict: 'conditional';
      readonly witness: Witness<Q>;
      readonly conditions: readonly AccessCondition[];
      readonly reasons: readonly Reason[];
    }
  | { readonly verdict: 'unknown'; readonly reasons: readonly Reason[] }
  | { readonly verdict: 'refused'; readonly by: readonly Refusal[] };

/** What each class of client gets. */
export type Access<Q extends Session = Request> = Readonly<Record<ClientClass, Verdict<Q>>>;

/** A row of the access table. */
export interface AccessRow<S extends Server = VirtualServer, Q extends Session = Request> {
  readonly site: Site<S>;
  readonly access: Access<Q>;
}

/** A row for a server of stream. */
export interface StreamRow extends AccessRow<StreamServer, StreamSession> {
  /** Where connections go, for each value that variables of the pass directive give it; empty where it has no variables. */
  readonly targets: readonly StreamTarget[];
}

/** One value of a pass directive with variables. */
export interface StreamTarget {
  readonly value: string;
  readonly access: Access<StreamSession>;
}

/** A row of any kind. */
export type AnyRow = AccessRow<Server, Session>;

/** Whether a row is for a server of stream. */
export function isStreamRow(row: AnyRow): row is StreamRow {
  return row.site.kind === 'stream-server';
}

/** Whether a row is for a site of http. */
export function isHttpRow(row: AnyRow): row is AccessRow {
  return !isStreamRow(row);
}

/** The table of a whole configuration. */
export type AnyTable = AccessTable<AnyRow>;

/** Who reaches what. */
export interface AccessTable<R extends AnyRow = AccessRow> {
  readonly rows: readonly R[];
}

/** The witness of a request that ends at the site itself; undefined where none does for certain, or only on the side. */
export function directWitness<Q extends Session>(verdict: Verdict<Q>): Witness<Q> | undefined {
  return verdict.verdict === 'reached' && verdict.witness.via === undefined ? verdict.witness : undefined;
}

/** True where no client gets to a site. */
export function isRefused({ access }: AnyRow): boolean {
  return CLIENT_CLASSES.every(clientClass => access[clientClass].verdict === 'refused');
}
