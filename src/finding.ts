import { createHash } from 'node:crypto';
import type { Session, Witness } from './analysis/request.js';
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
  readonly witness: Witness<Session> | undefined;
  /** What to do, in one sentence. */
  readonly help: string;
  /** Hex digest of the rule and of what the finding means; the same when lines move. */
  readonly fingerprint: string;
}

/** A finding that a comment or a baseline takes out of the report. */
export interface SuppressedFinding extends Finding {
  readonly suppression: { readonly reason: string; readonly file: string; readonly line: number };
}

/** Negative where the first level is the milder one, 0 where they are equal, positive where it is the graver one. */
export function compareLevels(one: Level, other: Level): number {
  return LEVELS.indexOf(one) - LEVELS.indexOf(other);
}

/** The items with the gravest levels first; those of one level stay in order. */
export function gravestFirst<T>(items: readonly [T, ...T[]], levelOf: (item: T) => Level): [T, ...T[]] {
  const [first, ...rest] = items;
  return [first, ...rest].sort((one, other) => compareLevels(levelOf(other), levelOf(one))) as [T, ...T[]];
}

/** The order of findings in a report: by file, place, rule and message; no two different findings are equal. */
export function compareFindings(one: Finding, other: Finding): number {
  return (
    compareText(one.primary.span.file.path, other.primary.span.file.path) ||
    one.primary.span.start - other.primary.span.start ||
    one.primary.span.end - other.primary.span.end ||
    compareText(one.rule, other.rule) ||
    compareText(one.message, other.message) ||
    compareText(one.fingerprint, other.fingerprint)
  );
}

/** Compares by UTF-16 unit, which no locale changes. */
export function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/**
 * The fingerprint of a finding: 32 hex digits made from the rule and from what the finding means (server names, location
 * text, directive), never from line numbers, so that it stays when lines move.
 */
export function fingerprintOf(rule: string, identity: readonly string[]): string {
  return createHash('sha256')
    .update(JSON.stringify([rule, ...identity]))
    .digest('hex')
    .slice(0, 32);
}
