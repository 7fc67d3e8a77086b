import type { Span } from './source/source-file.js';

/** Why something was not checked or not decided. */
export type NoticeKind =
  | 'syntax'
  | 'missing-file'
  | 'unreadable-file'
  | 'include-cycle'
  | 'too-large'
  | 'unknown-directive'
  | 'not-modelled'
  | 'bound'
  | 'no-configuration'
  | 'not-included'
  | 'fragment'
  | 'template'
  | 'suppression'
  | 'baseline'
  | 'not-checked'
  | 'rule-failed';

/** What the tool could not read or model: never a finding, always reported. */
export interface Notice {
  readonly kind: NoticeKind;
  readonly text: string;
  /** The place it is about; undefined where it is about the run as a whole. */
  readonly span: Span | undefined;
  /** What the reader can do about it, in one sentence. */
  readonly help?: string;
  /** For a missing file: the mapping of paths under which it exists here. */
  readonly mapping?: { readonly from: string; readonly to: string };
  /** True where a named input could not be read or is not nginx's language: the run then exits with 3. */
  readonly fatal: boolean;
}
