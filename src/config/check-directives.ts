import type { Directive } from '../../grammar/ast.js';
import type { SourceFile, Span } from '../source/source-file.js';
import type { ConfigNode } from './config-tree.js';
import {
  acceptsCount,
  CONTEXTS,
  type Context,
  contextInside,
  type DirectiveForm,
  directiveForm,
  directiveForms,
  directiveNames,
} from './directives.js';
import { editDistance } from './edit-distance.js';
import type { ConfigTree } from './expand.js';

/** Why nginx would refuse a directive. */
export type DirectiveProblemKind =
  | 'unknown'
  | 'misplaced'
  | 'not-terminated'
  | 'no-block'
  | 'argument-count'
  | 'invalid-flag'
  | 'duplicate';

/** A directive that nginx refuses, or does not know. */
export interface DirectiveProblem {
  readonly kind: DirectiveProblemKind;
  /** nginx's own message, without file and line. */
  readonly message: string;
  readonly node: ConfigNode;
  /** The words it is about. */
  readonly span: Span;
  /** For an unknown directive: the known one it is a misspelling of. Undefined: most likely another module's. */
  readonly nearest: string | undefined;
  /** For a misplaced directive: where it is allowed; within http, stream or mail if it is allowed there at all. */
  readonly allowedIn: readonly Context[];
  /** For a duplicate: the directive that was there before. */
  readonly first: ConfigNode | undefined;
}

/**
 * What nginx's directive reader (ngx_conf_handler) would object to, in the order of the configuration. Reports a
 * directive once, however often it is included. Lines of blocks that hold no directives (`map`, `types` …) and the
 * insides of unknown blocks are not looked at.
 */
export function checkDirectives(tree: ConfigTree, options: CheckOptions = {}): readonly DirectiveProblem[] {
  const templates = new Set(tree.notices.flatMap(({ kind, span }) => (kind === 'template' && span ? [span.file] : [])));
  const checker = new Checker(options.available, templates);
  checker.checkAll(tree.nodes, options.context ?? 'main');
  return checker.problems;
}

/** Which nginx the configuration is for. */
export interface CheckOptions {
  /** The context of the main file's top level. Default: `main`. */
  readonly context?: Context;
  /** Whether that nginx has a form of a directive. Default: every form of every version. */
  readonly available?: (form: DirectiveForm) => boolean;
}

/** The rows of a name, and the one that holds in a context. */
interface Rows {
  readonly forms: readonly DirectiveForm[];
  readonly form: DirectiveForm | undefined;
}

class Checker {
  readonly problems: DirectiveProblem[] = [];
  readonly #reported = new Set<Directive>();
  readonly #nearest = new Map<string, string | undefined>();
  readonly #rows = Object.fromEntries(CONTEXTS.map(context => [context, new Map()])) as Record<
    Context,
    Map<string, Rows>
  >;
  readonly #available: ((form: DirectiveForm) => boolean) | undefined;

  readonly #templates: ReadonlySet<SourceFile>;

  constructor(available: ((form: DirectiveForm) => boolean) | undefined, templates: ReadonlySet<SourceFile>) {
    this.#templates = templates;
    this.#available = available;
  }

  checkAll(nodes: readonly ConfigNode[], context: Context): void {
    // Lists of siblings still to be checked, the next one last: blocks may be nested deeper than the call stack goes.
    const lists = [{ nodes, context, next: 0, once: new Map<string, ConfigNode>() }];
    for (let list = lists.at(-1); list !== undefined; list = lists.at(-1)) {
      const node = list.nodes[list.next];
      if (node === undefined) {
        lists.pop();
        continue;
      }
      list.next += 1;
      const rows = this.#rowsFor(node.name, list.context);
      this.#check(node, list.context, rows, list.once);
      if (node.children === undefined || rows.forms.length === 0) continue;
      const inside = contextInside(list.context, node.name);
      if (inside !== undefined) lists.push({ nodes: node.children, context: inside, next: 0, once: new Map() });
    }
  }

  /** What the table says of a name in a context; the same few names come again and again. */
  #rowsFor(name: string, context: Context): Rows {
    let rows = this.#rows[context].get(name);
    if (rows === undefined) {
      const known = directiveForms(name);
      const forms = this.#available === undefined ? known : known.filter(this.#available);
      rows = { forms, form: forms.find(({ contexts }) => contexts.includes(context)) };
      this.#rows[context].set(name, rows);
    }
    return rows;
  }

  #check(node: ConfigNode, context: Context, { forms, form }: Rows, once: Map<string, ConfigNode>): void {
    const { name, args, directive } = node;
    if (forms.length === 0) {
      this.#report(node, 'unknown', `unknown directive "${name}"`, { nearest: this.#nearestTo(name, context) });
      return;
    }
    // The order of these tests is nginx's: a directive is reported for the first that fails.
    if (form === undefined) {
      const allowed = [...new Set(forms.flatMap(({ contexts }) => contexts))];
      const near = allowed.filter(other => familyOf(other) === familyOf(context));
      const allowedIn = near.length > 0 ? near : allowed;
      this.#report(node, 'misplaced', `"${name}" directive is not allowed here`, { allowedIn });
      return;
    }
    const hasBlock = directive.block !== undefined || directive.script !== undefined;
    if (!form.block && hasBlock) {
      this.#report(node, 'not-terminated', `directive "${name}" is not terminated by ";"`);
    } else if (form.block && !hasBlock) {
      this.#report(node, 'no-block', `directive "${name}" has no opening "{"`);
    } else if (!acceptsCount(form, args.length)) {
      this.#report(node, 'argument-count', `invalid number of arguments in "${name}" directive`);
    } else if (form.once && once.has(name)) {
      this.#report(node, 'duplicate', `"${name}" directive is duplicate`, { first: once.get(name) });
    } else if (form.arguments.kind === 'flag' && !/^(on|off)$/i.test(args[0]!)) {
      const message = `invalid value "${args[0]}" in "${name}" directive, it must be "on" or "off"`;
      this.#report(node, 'invalid-flag', message);
    }
    if (form.once && !once.has(name)) once.set(name, node);
  }

  #report(
    node: ConfigNode,
    kind: DirectiveProblemKind,
    message: string,
    more: Partial<Pick<DirectiveProblem, 'nearest' | 'allowedIn' | 'first'>> = {},
  ): void {
    const { directive, source } = node;
    // What a template fills in, or leaves out, nginx never sees like this.
    if (node.templated || (kind === 'duplicate' && this.#templates.has(source))) return;
    if (this.#reported.has(directive)) return;
    this.#reported.add(directive);
    const wholeLine = kind === 'argument-count' || kind === 'duplicate';
    const last = wholeLine ? (directive.args.at(-1) ?? directive.name) : directive.name;
    const word = kind === 'invalid-flag' ? directive.args[0]! : undefined;
    const span = { file: source, start: word?.start ?? directive.name.start, end: word?.end ?? last.end };
    this.problems.push({ kind, message, node, span, nearest: undefined, allowedIn: [], first: undefined, ...more });
  }

  /** The known directive that a name is most likely a misspelling of; one that is allowed in the context wins. */
  #nearestTo(name: string, context: Context): string | undefined {
    const key = `${context} ${name}`;
    if (this.#nearest.has(key)) return this.#nearest.get(key);
    const nearest = nearestDirective(name, context);
    this.#nearest.set(key, nearest);
    return nearest;
  }
}

/** The part of the configuration that a context belongs to. */
function familyOf(context: Context): string {
  if (context === 'main' || context === 'events') return context;
  return /^(stream|mail)/.exec(context)?.[0] ?? 'http';
}

/** At most one wrong letter in a short name, two in a longer one; a swap of neighbours counts as one. */
function nearestDirective(name: string, context: Context): string | undefined {
  const limit = name.length < 4 ? 0 : name.length < 8 ? 1 : 2;
  let best: string | undefined;
  let bestScore = Number.POSITIVE_INFINITY;
  const folded = name.toLowerCase();
  const letters = letterSet(folded);
  for (const known of directiveNames()) {
    // One edit changes the length by at most one, and the set of letters by at most two.
    if (Math.abs(known.length - name.length) > limit || differentBits(letters, letterSet(known)) > 2 * limit) continue;
    const distance = folded === known ? 0 : editDistance(folded, known);
    if (distance > limit) continue;
    const score = distance * 2 + (directiveForm(known, context) === undefined ? 1 : 0);
    if (score < bestScore) {
      bestScore = score;
      best = known;
    }
  }
  return best;
}

/** The letters of a word as bits; characters that are no small letter share those left over. */
function letterSet(word: string): number {
  let set = 0;
  for (let at = 0; at < word.length; at += 1) set |= 1 << (word.charCodeAt(at) & 31);
  return set;
}

function differentBits(one: number, other: number): number {
  let count = 0;
  for (let rest = one ^ other; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
