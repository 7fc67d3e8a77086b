import type { AnyTable } from '../analysis/access.js';
import type { Finding, SuppressedFinding } from '../finding.js';
import type { Server, ServerModel } from '../model/model.js';
import type { Notice } from '../notice.js';

/** What a run found out: all that the reporters get. */
export interface LintResult {
  readonly tool: { readonly name: string; readonly version: string };
  /** The main files that were analysed, as shown to people. */
  readonly roots: readonly string[];
  /** Sorted by file, line, column, rule. */
  readonly findings: readonly Finding[];
  /** Findings that a comment or the baseline takes out of the report, sorted likewise. */
  readonly suppressed: readonly SuppressedFinding[];
  /** Sorted by file, line, column, kind. */
  readonly notices: readonly Notice[];
  /** The access table of every root, in the order of `roots`. */
  readonly tables: readonly AnyTable[];
  /** The http part and the stream part of every root that has them, in the order of `roots`. */
  readonly models: readonly ServerModel<Server>[];
}
