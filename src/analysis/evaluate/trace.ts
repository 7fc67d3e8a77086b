import type { ConfigNode } from '../../config/config-tree.js';
import { nodeSpan, nodeText } from '../../config/config-tree.js';
import type { Location, VirtualServer } from '../../model/model.js';
import type { Scope } from '../../model/scope.js';
import type { AccessCondition, Reason, Site } from '../access.js';
import type { AssumedFile, Step, Via } from '../request.js';

/** How a request is passed on over TLS. */
export interface PassedOn {
  /** The target of the pass directive, its variables replaced; undefined where that is not modelled. */
  readonly target: string | undefined;
  /** The file of the certificate that the proxy shows, empty for none; undefined where that is not modelled. */
  readonly certificate: string | undefined;
}

/** How a request ends. */
export type Outcome =
  /**
   * The site answers; `status` is what the client sees. `passedOn` says how, where that may be a back end over TLS.
   */
  | { readonly kind: 'content'; readonly site: Site; readonly status: number; readonly passedOn?: PassedOn }
  /** An answer of nginx's own: an error page, or a `return` of 4xx or 5xx. `by` is the line that says so, if one does. */
  | {
      readonly kind: 'refused';
      readonly status: number;
      readonly by: ConfigNode | undefined;
      readonly cause: string;
    }
  /** An answer without content: `return 204`, a bare `return 200`, any other with a text that turns out empty. */
  | { readonly kind: 'empty'; readonly status: number; readonly by: ConfigNode | undefined }
  | { readonly kind: 'redirected'; readonly status: number; readonly location: string }
  | Closed
  /** The way leads through something that is not modelled. */
  | { readonly kind: 'unknown'; readonly reason: Reason };

/** No answer: nobody listens, the handshake fails, `return 444`. */
export interface Closed {
  readonly kind: 'closed';
  readonly by: ConfigNode | undefined;
  readonly cause: string;
}

/** Where a request ends that nginx makes on the side. */
export interface Aside {
  readonly via: Via;
  /** The line that makes nginx ask. */
  readonly by: ConfigNode;
  readonly outcome: Outcome;
  /** What the way there needed; not what the request needs to go on behind it. */
  readonly conditions: readonly AccessCondition[];
}

/** How a request leaves a block for another one; a change of the URI in the server program is none. */
export const JUMPS = [
  'rewrite',
  'error_page URI',
  'error_page named',
  'try_files URI',
  'try_files named',
  'index',
] as const;
export type Jump = (typeof JUMPS)[number];

/** A field that arrives at a back end. */
export interface PassedField {
  /** As the back end gets it: the name of a header or of a parameter. */
  readonly name: string;
  /** Undefined where it cannot be computed; such a field may then be missing altogether. */
  readonly text: string | undefined;
  /** The line that sets it; undefined for a field of the client, in the client's own words. */
  readonly setBy: ConfigNode | undefined;
  /** False where it is not decided whether a field of the client goes on: for an invalid name, or by the headers-more module. */
  readonly isCertain: boolean;
}

/** A request that a back end is sent, be it the client's or one that nginx makes on the side. */
export interface Passage {
  readonly site: Site;
  /** The target with its variables replaced; undefined where they cannot be computed. */
  readonly target: string | undefined;
  /** What arrives, but for the fields that nginx itself makes up; undefined for a protocol without fields. */
  readonly fields: readonly PassedField[] | undefined;
}

/** A choice of location that the main request came by. */
export interface Visit {
  readonly server: VirtualServer;
  /** The decoded path at that moment. */
  readonly uri: string;
  /** Undefined where no location matched and the server level answers. */
  readonly location: Location | undefined;
  /** True where an `error_page` sent the request there. */
  readonly afterError: boolean;
}

/** The way of one request through the configuration. */
export interface Trace {
  readonly outcome: Outcome;
  /** The server that holds the request at its end; undefined where the connection was not accepted. */
  readonly server: VirtualServer | undefined;
  /** The block whose settings are in force at the end. */
  readonly block: Scope | undefined;
  readonly steps: readonly Step[];
  readonly assumes: readonly AssumedFile[];
  readonly conditions: readonly AccessCondition[];
  /** The jumps of the request itself, in order. */
  readonly jumps: readonly Jump[];
  /** In the order in which nginx makes them. */
  readonly asides: readonly Aside[];
  /** In order; empty where the request ended before its server looked for a location. */
  readonly visits: readonly Visit[];
  /** In order; empty unless they were asked for. */
  readonly passages: readonly Passage[];
}

/**
 * Thrown where the evaluation needs something that is not modelled; `evaluate` turns it into the outcome `unknown`. It is no
 * error, and thrown too often to note a stack each time.
 */
export class Undecided {
  readonly reason: Reason;

  constructor(kind: string, node: ConfigNode, text = nodeText(node)) {
    this.reason = { kind, text, span: nodeSpan(node) };
  }
}

/** What the evaluation collects on its way. */
export class Journal {
  readonly steps: Step[] = [];
  readonly assumes: AssumedFile[] = [];
  readonly conditions: AccessCondition[] = [];
  readonly jumps: Jump[] = [];
  readonly asides: Aside[] = [];
  readonly visits: Visit[] = [];
  readonly passages: Passage[] = [];

  step(node: ConfigNode, text: string): void {
    this.steps.push({ span: nodeSpan(node), text });
  }

  assume(path: string, found: 'file' | 'directory' | 'absent'): void {
    if (this.assumes.some(file => file.path === path)) return;
    this.assumes.push({ path, exists: found !== 'absent', ...(found === 'directory' ? { isFolder: true } : {}) });
  }

  aside(via: Via, by: ConfigNode, outcome: Outcome): void {
    this.asides.push({ via, by, outcome, conditions: [...this.conditions] });
  }

  /** Runs what is asked beside the request: what that needs is no condition of the request itself. */
  beside<T>(run: () => T): T {
    const own = this.conditions.length;
    try {
      return run();
    } finally {
      this.conditions.length = own;
    }
  }

  condition(kind: AccessCondition['kind'], node: ConfigNode): void {
    const span = nodeSpan(node);
    const isKnown = this.conditions.some(
      one => one.kind === kind && one.span.start === span.start && one.span.file === span.file,
    );
    if (!isKnown) this.conditions.push({ kind, text: nodeText(node), span });
  }
}
