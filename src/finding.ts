import type { Witness } from './analysis/request.js';
import type { Span } from './source/source-file.js';

/** How bad a finding is; the order is the order of severity. */
export const LEVELS = ['note', 'warning', 'error'] as const;
export type Level = (typeof LEVELS)[number];

/** A place with a few words that say what is there. */
export interface Label {
  readonly span: Span;
  readonly text: string;
}

/** A rule's claim about the user's configuration. */
export interface Finding {
  /** The id of the rule. */
  readonly rule: string;
  readonly level: Level;
  /** What happens to a request: starts in lower case, names the directive and the server. */
  readonly message: string;
  /** The line that causes it. */
  readonly primary: Label;
  /** Further places, in the order in which a reader wants them. */
  readonly related: readonly Label[];
  /** The request that proves the claim, where the rule claims that something is reached. */
  readonly witness: Witness | undefined;
  /** What to do, in one sentence. */
  readonly help: string;
  /** Hex digest of the rule and of what the finding means; the same when lines move. */
  readonly fingerprint: string;
}
