import type { ConfigNode } from '../config/config-tree.js';
import type { Span } from '../source/source-file.js';
import { decodePath, shownPath } from './display.js';

/** A range in a file as reports give it: lines and columns from 1, columns in code points, the end exclusive. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** Where a span lies. An empty span ends where it begins. */
export function placeOf(span: Span): Place {
  const start = span.file.position(span.start);
  const end = span.file.position(Math.max(span.start, span.end));
  return {
    file: decodePath(span.file.path),
    line: start.line,
    column: start.column,
    endLine: end.line,
    endColumn: end.column,
  };
}

/** `file:line:column`, safe to print. */
export function pointText(span: Span): string {
  const { line, column } = span.file.position(span.start);
  return `${shownPath(span.file.path)}:${line}:${column}`;
}

/** `file:line`, safe to print. */
export function lineText(span: Span): string {
  return `${shownPath(span.file.path)}:${span.file.position(span.start).line}`;
}

/** Several lines, each file once: `app.conf:11, 14`. */
export function linesText(spans: readonly Span[]): string[] {
  const lines = new Map<string, Set<number>>();
  for (const { file, start } of spans) {
    const path = shownPath(file.path);
    lines.set(path, (lines.get(path) ?? new Set()).add(file.position(start).line));
  }
  return [...lines].map(([path, numbers]) => `${path}:${[...numbers].join(', ')}`);
}

/** The span of a directive's name: where a block begins. */
export function nameSpan(node: ConfigNode): Span {
  return { file: node.source, start: node.directive.name.start, end: node.directive.name.end };
}
