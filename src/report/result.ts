import type { AccessTable } from '../analysis/access.js';
import type { Finding, SuppressedFinding } from '../finding.js';
import type { HttpModel } from '../model/model.js';
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
  readonly tables: readonly AccessTable[];
  /** The http part of every root that has one, in the order of `roots`. */
  readonly models: readonly HttpModel[];
}
