import type { Comment, ConfigFile, Directive } from '../../grammar/ast.js';
import type { Finding, SuppressedFinding } from '../finding.js';
import type { Notice } from '../notice.js';
import type { SourceFile, Span } from '../source/source-file.js';

/** A comment `# nginx-mtls-lint: ignore[rule-id] reason`. */
interface Suppression {
  readonly span: Span;
  readonly rules: readonly string[];
  readonly reason: string;
  /** The offsets it covers: a line, or the block that the line opens. */
  readonly start: number;
  readonly end: number;
  readonly used: Set<string>;
}

const COMMENT = /^#\s*nginx-mtls-lint:\s*ignore\s*(?:\[([^\]]*)\])?\s*(.*)$/s;

/** A comment that is meant for this tool, and the one that names the block of a fragment. */
const ADDRESSED = /^#\s*nginx-mtls-lint:/;
const CONTEXT = /^#\s*nginx-mtls-lint:\s*context=(http|server|location|stream)\s*$/;

const HOW_TO_WRITE = 'write # nginx-mtls-lint: ignore[rule-id] reason; "nginx-mtls-lint rules" lists the rules.';

/** A comment is no longer than that, or it is none of ours. */
const LONGEST = 2000;

/** The suppressions in the comments of a run's files. */
export class Suppressions {
  readonly notices: Notice[] = [];
  readonly #known: ReadonlySet<string>;
  readonly #byFile = new Map<SourceFile, Suppression[]>();

  /** @param known the ids of all rules */
  constructor(known: ReadonlySet<string>) {
    this.#known = known;
  }

  /** Reads the comments of a file; once, however often it is handed over. */
  add(file: ConfigFile): void {
    const { comments, source } = file;
    if (this.#byFile.has(source) || !source.text.includes('nginx-mtls-lint:')) return;
    const found: Suppression[] = [];
    this.#byFile.set(source, found);
    for (const comment of comments) {
      const suppression = this.#read(comment, file);
      if (suppression !== undefined) found.push(suppression);
    }
  }

  /** The finding with the comment that suppresses it; undefined where none does. */
  apply(finding: Finding): SuppressedFinding | undefined {
    const { file, start } = finding.primary.span;
    for (const suppression of this.#byFile.get(file) ?? []) {
      if (start < suppression.start || start >= suppression.end || !suppression.rules.includes(finding.rule)) continue;
      suppression.used.add(finding.rule);
      const { line } = file.position(suppression.span.start);
      return { ...finding, suppression: { reason: suppression.reason, file: file.path, line } };
    }
    return undefined;
  }

  /** A notice for each rule of a comment that suppressed nothing, of those that were run. */
  unused(ran: ReadonlySet<string>, isComplete: (file: SourceFile) => boolean): Notice[] {
    const notices: Notice[] = [];
    for (const [file, suppressions] of this.#byFile) {
      if (!isComplete(file)) continue;
      for (const { rules, span, used } of suppressions) {
        for (const rule of rules) {
          if (used.has(rule) || !ran.has(rule)) continue;
          const text = `nothing is reported here by ${rule}: the comment suppresses nothing`;
          notices.push({ kind: 'suppression', text, span, help: 'remove it.', fatal: false });
        }
      }
    }
    return notices;
  }

  #read({ end, start }: Comment, file: ConfigFile): Suppression | undefined {
    const { source } = file;
    const text = source.text.slice(start, Math.min(end, start + LONGEST)).trimEnd();
    const match = COMMENT.exec(text);
    const span = { file: source, start, end };
    if (match === null) {
      if (ADDRESSED.test(text) && !CONTEXT.test(text)) {
        this.#refuse(span, 'the comment says nothing that is known here: it has no effect', HOW_TO_WRITE);
      }
      return undefined;
    }
    const written = (match[1] ?? '').split(',').map(rule => rule.trim());
    const reason = match[2]!;
    const rules = written.filter(rule => this.#known.has(rule));
    for (const rule of written) {
      if (this.#known.has(rule)) continue;
      const problem =
        rule === ''
          ? 'the comment names no rule: it suppresses nothing'
          : `no rule is called "${rule}": the comment suppresses nothing of it`;
      this.#refuse(span, problem, HOW_TO_WRITE);
    }
    if (reason === '') {
      this.#refuse(
        span,
        'the comment gives no reason: it suppresses nothing',
        'say behind the bracket why this is accepted.',
      );
      return undefined;
    }
    return { span, rules, reason, ...rangeOf(start, file), used: new Set() };
  }

  #refuse(span: Span, text: string, help: string): void {
    this.notices.push({ kind: 'suppression', text, span, help, fatal: false });
  }
}

/** What a comment covers: its own line, or the next one with a directive; and the block that this line opens. */
function rangeOf(comment: number, { directives, source }: ConfigFile): { start: number; end: number } {
  const { text } = source;
  const lineStart = text.lastIndexOf('\n', comment - 1) + 1;
  let start = lineStart;
  if (text.slice(lineStart, comment).trim() === '') {
    start = comment;
    // Blank lines and other comments may stand between.
    do start = nextLine(text, start);
    while (start < text.length && /^\s*(#|$)/.test(text.slice(start, nextLine(text, start)).trimEnd()));
  }
  const lineFeed = text.indexOf('\n', start);
  const end = lineFeed === -1 ? text.length : lineFeed;
  return { start, end: Math.max(end, blockOpenedIn(directives, start, end)) };
}

function nextLine(text: string, at: number): number {
  const lineFeed = text.indexOf('\n', at);
  return lineFeed === -1 ? text.length : lineFeed + 1;
}

/** The end of the block whose directive begins in a range of offsets, the outermost; -1 where none does. */
function blockOpenedIn(directives: readonly Directive[], start: number, end: number): number {
  for (let list = directives; ; ) {
    const opened = list.find(
      directive => directive.block !== undefined && directive.start >= start && directive.start < end,
    );
    if (opened?.block !== undefined) return opened.block.close;
    const around = list.find(({ block }) => block !== undefined && block.open < start && block.close >= end);
    if (around?.block === undefined) return -1;
    list = around.block.directives;
  }
}
