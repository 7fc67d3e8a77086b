import type { Directive } from '../../grammar/ast.js';
import type { SourceFile, Span } from '../source/source-file.js';

/** The includes that led to a place, innermost first. */
export interface IncludeChain {
  /** The `include` directive. */
  readonly directive: Directive;
  readonly source: SourceFile;
  readonly parent: IncludeChain | undefined;
}

/** Why a part of a block is not known, in words, and the place that says so. */
export interface Gap {
  readonly text: string;
  readonly span: Span;
  /** Set where nothing but a directive of this name, which a template decides, is not known. */
  readonly directive?: string;
  /** Set where it is all that stands around a fragment, of which the fragment's own notice speaks. */
  readonly isAroundFragment?: true;
}

/**
 * A directive in the place where nginx executes it: includes are expanded, so the same directive of a snippet that two
 * servers include is two nodes.
 */
export interface ConfigNode {
  /** The directive's name, as written (nginx compares names case-sensitively). */
  readonly name: string;
  /** The values of the arguments. */
  readonly args: readonly string[];
  readonly directive: Directive;
  readonly source: SourceFile;
  readonly chain: IncludeChain | undefined;
  readonly parent: ConfigNode | undefined;
  /** The directives of its block with includes expanded, in the order in which nginx reads them. */
  readonly children: readonly ConfigNode[] | undefined;
  /** The first thing directly in its block that is not known: a missing include, a syntax error, what a template decides. */
  readonly gap: Gap | undefined;
  /** True where a template fills in one of its words, or decides which of them are there. */
  readonly templated: boolean;
}

/** Notes that a part of a block is not known. For the stage that learns it only from what the block means. */
export function noteGap(node: ConfigNode, gap: Gap): void {
  (node as { gap: Gap | undefined }).gap ??= gap;
}

/** The span of a whole simple directive, or of a block's opening line up to its brace. */
export function nodeSpan(node: ConfigNode): Span {
  const { directive, source } = node;
  const end = directive.block?.open ?? directive.script?.start;
  if (end === undefined) return { file: source, start: directive.start, end: directive.end };
  const last = directive.args.at(-1) ?? directive.name;
  return { file: source, start: directive.start, end: last.end };
}

/** Equal for a written directive, however many files include it or blocks inherit it. */
export function nodePlace({ source, directive }: ConfigNode): string {
  return `${source.path}:${directive.start}`;
}

/** The text of a directive as written, without its block and its `;`, white space folded. */
export function nodeText(node: ConfigNode): string {
  const { directive, source } = node;
  const last = directive.args.at(-1) ?? directive.name;
  return source.text.slice(directive.start, last.end).replace(/[ \t\r\n]+/g, ' ');
}
