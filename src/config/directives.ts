import { DIRECTIVE_TABLE } from './directive-table.js';

/** The blocks in which nginx tells directives apart (`cf->module_type` with `cf->cmd_type`). */
export const CONTEXTS = [
  'main',
  'events',
  'http',
  'server',
  'location',
  'server-if',
  'location-if',
  'limit_except',
  'upstream',
  'stream',
  'stream-server',
  'stream-upstream',
  'mail',
  'mail-server',
] as const;
export type Context = (typeof CONTEXTS)[number];

/** How many arguments a directive takes, its name not counted. `flag` takes one, which is `on` or `off`. */
export type Arguments =
  | { readonly kind: 'counts'; readonly counts: readonly number[] }
  | { readonly kind: 'at-least'; readonly minimum: number }
  | { readonly kind: 'any' }
  | { readonly kind: 'flag' };

/** What a nested block makes of a directive in the block around it; see directive-table.ts. */
export type Inheritance = 'override' | 'list' | 'add' | 'none';

/** One row of the table. A name has several where modules or contexts differ. */
export interface DirectiveForm {
  readonly name: string;
  /** The module that declares it, and where. */
  readonly module: string;
  readonly source: string;
  readonly contexts: readonly Context[];
  readonly arguments: Arguments;
  readonly block: boolean;
  readonly inheritance: Inheritance;
  /** True where nginx refuses a second one in the same block. */
  readonly once: boolean;
  /** The first version with it, `1.25.1`; undefined where 1.22.1 has it. */
  readonly since: string | undefined;
  /** The first version without it; undefined where it is still there. */
  readonly until: string | undefined;
}

/** The largest number of arguments of a directive that counts them (NGX_CONF_MAX_ARGS, the name included). */
const MAX_COUNTED_ARGUMENTS = 7;

const NO_FORMS: readonly DirectiveForm[] = [];

/** The rows of one name as text, each with the header of its module. Few names occur in a configuration. */
interface Rows {
  readonly lines: { readonly header: string; readonly line: string }[];
  forms: readonly DirectiveForm[] | undefined;
}

let table: Map<string, Rows> | undefined;

/** The rows of a name, in the order in which nginx tries the modules; none for a directive of another module. */
export function directiveForms(name: string): readonly DirectiveForm[] {
  table ??= indexTable(DIRECTIVE_TABLE);
  const rows = table.get(name);
  if (rows === undefined) return NO_FORMS;
  rows.forms ??= rows.lines.map(({ header, line }) => parseRow(line, header));
  return rows.forms;
}

/** Every name in the table. */
export function directiveNames(): Iterable<string> {
  table ??= indexTable(DIRECTIVE_TABLE);
  return table.keys();
}

/** The row that nginx takes for a name in a context: the first one that is allowed there. */
export function directiveForm(name: string, context: Context): DirectiveForm | undefined {
  return directiveForms(name).find(form => form.contexts.includes(context));
}

/** True where a directive may have that many arguments (the switch of ngx_conf_handler). */
export function acceptsCount(form: DirectiveForm, count: number): boolean {
  switch (form.arguments.kind) {
    case 'any':
      return true;
    case 'flag':
      return count === 1;
    case 'at-least':
      return count >= form.arguments.minimum;
    case 'counts':
      return count <= MAX_COUNTED_ARGUMENTS && form.arguments.counts.includes(count);
  }
}

/** Contexts by the block that opens them: `context name`. */
const INNER: Readonly<Record<string, Context>> = {
  'main events': 'events',
  'main http': 'http',
  'main stream': 'stream',
  'main mail': 'mail',
  'http server': 'server',
  'http upstream': 'upstream',
  'server location': 'location',
  'server if': 'server-if',
  'location location': 'location',
  'location if': 'location-if',
  'location limit_except': 'limit_except',
  'stream server': 'stream-server',
  'stream upstream': 'stream-upstream',
  'mail server': 'mail-server',
};

/** What the inside of a block is where the block itself is misplaced: what its author most likely meant. */
const MISPLACED_INNER: Readonly<Record<string, Context>> = {
  events: 'events',
  http: 'http',
  stream: 'stream',
  mail: 'mail',
  server: 'server',
  upstream: 'upstream',
  location: 'location',
  if: 'location-if',
  limit_except: 'limit_except',
};

/**
 * The context inside a block directive. Undefined for a block that holds no directives (`map`, `types` …), or one of a
 * module that the table does not know.
 */
export function contextInside(context: Context, name: string): Context | undefined {
  const inner = INNER[`${context} ${name}`];
  if (inner !== undefined) return inner;
  const expected = Object.hasOwn(MISPLACED_INNER, name) ? MISPLACED_INNER[name] : undefined;
  return expected === 'server' && context.startsWith('stream') ? 'stream-server' : expected;
}

function indexTable(text: string): Map<string, Rows> {
  const index = new Map<string, Rows>();
  let header = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('# ')) {
      header = line;
    } else if (line !== '') {
      const name = line.slice(0, line.indexOf(' '));
      const same = index.get(name);
      if (same === undefined) index.set(name, { lines: [{ header, line }], forms: undefined });
      else same.lines.push({ header, line });
    }
  }
  return index;
}

function parseRow(line: string, header: string): DirectiveForm {
  const [, module = '', kind = '', source = ''] = /^# (\S+) \((\w+)\) (.+)$/.exec(header) ?? [];
  const [name = '', contexts = '', counts = '', traits = ''] = line.split(' | ');
  const words = traits.split(' ');
  const block = counts.endsWith('{}');
  const version = (word: string) => (words.includes(word) ? words[words.indexOf(word) + 1] : undefined);
  return {
    name,
    module,
    source,
    contexts: contexts === 'any' ? CONTEXTS : contexts.split(' ').map(word => contextOf(kind, word)),
    arguments: parseArguments(block ? counts.slice(0, -3) : counts),
    block,
    inheritance: words.find(word => word === 'list' || word === 'add' || word === 'none') ?? 'override',
    once: words.includes('once'),
    since: version('since'),
    until: version('until'),
  };
}

function contextOf(kind: string, word: string): Context {
  const qualified = (kind === 'stream' || kind === 'mail') && word !== kind ? `${kind}-${word}` : word;
  const context = CONTEXTS.find(known => known === qualified);
  if (context === undefined) throw new Error(`directive table: unknown context "${word}" in a ${kind} module`);
  return context;
}

function parseArguments(text: string): Arguments {
  if (text === 'any' || text === 'flag') return { kind: text };
  if (text.endsWith('+')) return { kind: 'at-least', minimum: Number(text.slice(0, -1)) };
  const counts = text.split(',').flatMap(part => {
    const [low = 0, high = low] = part.split('-').map(Number);
    return Array.from({ length: high - low + 1 }, (_, index) => low + index);
  });
  return { kind: 'counts', counts };
}
