/**
 * The commands and options of the command line, as one table. The parser below, the help and the shell completion
 * (help.ts) all read it, so that they cannot disagree.
 */
import { parseArgs } from 'node:util';
import type { ClientClass } from '../analysis/request.js';
import { FRAGMENT_CONTEXTS, type FragmentContext } from '../config/expand.js';
import { LEVELS, type Level } from '../finding.js';
import { isVersion, type VersionText } from '../model/versions.js';
import { closest } from './suggest.js';

/** What the tool can be asked to do. */
export const COMMANDS = {
  lint: { usage: '[PATH...]', summary: 'Report findings (the default command)' },
  access: { usage: '[PATH...]', summary: 'Print the access table: who reaches what, by class of client certificate' },
  rules: { usage: '', summary: 'List the rules' },
  explain: { usage: 'RULE', summary: 'Say why a rule exists, with examples and references' },
  init: { usage: '[PATH...]', summary: 'Write a configuration file for this project, with what can be found out' },
  completion: { usage: '', summary: 'Print a completion script for bash, zsh or fish, whichever $SHELL is' },
} as const;
export type Command = keyof typeof COMMANDS;

/** Command lines that a newcomer wants, with what they do. */
export const EXAMPLES: readonly (readonly [line: string, what: string])[] = [
  ['nginx-mtls-lint /etc/nginx', "lint this machine's configuration"],
  ['ssh web1 nginx -T | nginx-mtls-lint -', 'lint that of another one'],
  ['nginx-mtls-lint access nginx.conf', 'list who reaches what'],
  ['nginx-mtls-lint explain unverified-location', 'explain a rule, and what to do'],
];

/** What options are about: the headings of the help, in its order. */
export const OPTION_GROUPS = ['Input', 'Report', 'Rules and findings', 'Question', 'General'] as const;
export type OptionGroup = (typeof OPTION_GROUPS)[number];

/** One option of the command line. */
export interface OptionRow {
  readonly group: OptionGroup;
  /** Long name without dashes. */
  readonly name: string;
  readonly short?: string;
  /** Stands for the value in the help; undefined for a switch. */
  readonly value?: string;
  readonly choices?: readonly string[];
  readonly repeatable?: boolean;
  /** Shown as the default; the value itself is set in `readArguments`. */
  readonly default?: string;
  readonly summary: string;
  /** The commands that take it; undefined for all of them. */
  readonly commands?: readonly Command[];
}

const ANALYSES: readonly Command[] = ['lint', 'access'];

/** Every option, in the order of the help. */
export const OPTIONS: readonly OptionRow[] = [
  {
    name: 'format',
    group: 'Report',
    value: 'FORMAT',
    choices: ['text', 'json', 'sarif', 'github'],
    default: 'text',
    summary: 'Form of the report; access and rules have text and json',
    commands: ['lint', 'access', 'rules'],
  },
  {
    name: 'output',
    group: 'Report',
    short: 'o',
    value: 'FILE',
    summary: 'Write the report to FILE',
    commands: [...ANALYSES, 'rules'],
  },
  {
    name: 'level',
    group: 'Report',
    value: 'LEVEL',
    choices: LEVELS,
    default: 'warning',
    summary: 'Lowest level that is printed',
    commands: ['lint'],
  },
  {
    name: 'fail-on',
    group: 'Rules and findings',
    value: 'LEVEL',
    choices: [...LEVELS, 'never'],
    default: 'warning',
    summary: 'Lowest level that makes the run exit with 1',
    commands: ['lint'],
  },
  {
    name: 'strict',
    group: 'Rules and findings',
    summary: 'Exit with 3 where something was not decided',
    commands: ANALYSES,
  },
  {
    name: 'only',
    group: 'Rules and findings',
    value: 'RULE',
    repeatable: true,
    summary: 'Run only this rule',
    commands: ['lint'],
  },
  {
    name: 'skip',
    group: 'Rules and findings',
    value: 'RULE',
    repeatable: true,
    summary: 'Do not run this rule',
    commands: ['lint'],
  },
  {
    name: 'map',
    group: 'Input',
    value: 'FROM=TO',
    repeatable: true,
    summary: 'Absolute paths below FROM lie below TO on this machine',
    commands: ANALYSES,
  },
  {
    name: 'context',
    group: 'Input',
    value: 'BLOCK',
    choices: FRAGMENT_CONTEXTS,
    summary: 'The block in which a fragment of a configuration stands',
    commands: ANALYSES,
  },
  { name: 'orphans', group: 'Input', summary: 'Analyse files that no main file includes, too', commands: ANALYSES },
  {
    name: 'stdin-filename',
    group: 'Input',
    value: 'FILE',
    summary: 'The file that the text on standard input (PATH "-") is to become',
    commands: ANALYSES,
  },
  {
    name: 'config',
    group: 'Input',
    value: 'FILE',
    summary: "The project's configuration file; default: .nginx-mtls-lint.yml, looked for upwards from the input",
    commands: ANALYSES,
  },
  {
    name: 'baseline',
    group: 'Rules and findings',
    value: 'FILE',
    summary: 'Leave out the findings that FILE holds (init: write it)',
    commands: ['lint', 'init'],
  },
  {
    name: 'show-suppressed',
    group: 'Report',
    summary: 'List suppressed findings in SARIF, too (JSON always does)',
    commands: ['lint'],
  },
  {
    name: 'write-baseline',
    group: 'Rules and findings',
    summary: 'Write all findings into the baseline',
    commands: ['lint'],
  },
  {
    name: 'prefix',
    group: 'Input',
    value: 'DIR',
    summary: "nginx's -p; default: the main file's folder",
    commands: ANALYSES,
  },
  {
    name: 'server',
    group: 'Question',
    value: 'NAME',
    repeatable: true,
    summary: 'Show only the servers of this name, host, :PORT or FILE:LINE',
    commands: ['access'],
  },
  {
    name: 'why',
    group: 'Question',
    value: 'SERVER/PATH',
    summary: 'Explain one cell of the table: how a request gets there, or what refuses it',
    commands: ['access'],
  },
  {
    name: 'class',
    group: 'Question',
    value: 'CLASS',
    choices: ['none', 'untrusted', 'trusted'],
    default: 'none',
    summary: 'The client certificate that --why asks about',
    commands: ['access'],
  },
  {
    name: 'at',
    group: 'Input',
    value: 'TIME',
    summary: 'Judge validity at this moment, e.g. 2027-01-31',
    commands: ANALYSES,
  },
  {
    name: 'nginx-version',
    group: 'Input',
    value: 'X.Y.Z',
    summary: 'Decide what depends on the version for this one; default: every version that has the directives',
    commands: ANALYSES,
  },
  { name: 'color', group: 'Report', summary: 'Colour the report (default: on a terminal)' },
  { name: 'no-color', group: 'Report', summary: 'Do not colour the report' },
  {
    name: 'quiet',
    group: 'Report',
    summary: 'Print findings only, neither notices nor the summary',
    commands: ['lint'],
  },
  {
    name: 'verbose',
    group: 'Report',
    summary: 'Print all there is: witnesses, every hidden note, the trace of a bug',
    commands: ANALYSES,
  },
  { name: 'version', group: 'General', summary: 'Print the version' },
  { name: 'help', group: 'General', short: 'h', summary: 'Print this help' },
];

/** Forms of a report. */
export type Format = 'text' | 'json' | 'sarif' | 'github';

/** What the user asked for. */
export interface Arguments {
  readonly command: Command;
  /** False where the user left the command out. */
  readonly isCommandNamed: boolean;
  /** Paths, or the rule to explain. */
  readonly operands: readonly string[];
  readonly format: Format;
  readonly output: string | undefined;
  readonly level: Level;
  readonly failOn: Level | 'never';
  readonly strict: boolean;
  readonly only: readonly string[];
  readonly skip: readonly string[];
  /** FROM and TO as written. */
  readonly maps: readonly { readonly from: string; readonly to: string }[];
  readonly context: FragmentContext | undefined;
  readonly orphans: boolean;
  readonly stdinFilename: string | undefined;
  readonly config: string | undefined;
  readonly baseline: string | undefined;
  readonly writeBaseline: boolean;
  readonly showSuppressed: boolean;
  readonly prefix: string | undefined;
  readonly servers: readonly string[];
  /** The cell to explain, `SERVER/PATH`. */
  readonly why: string | undefined;
  readonly clientClass: ClientClass;
  readonly at: Date | undefined;
  readonly nginxVersion: VersionText | undefined;
  /** Undefined where the user left it to the terminal. */
  readonly color: boolean | undefined;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly version: boolean;
  readonly help: boolean;
}

/** The user asked for something that does not exist; `hint` says what may have been meant. */
export class UsageError extends Error {
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/**
 * Reads the arguments of a run.
 *
 * @param argv the arguments behind the command's own name
 * @throws UsageError where an argument does not exist, lacks its value or does not fit the command
 */
export function readArguments(argv: readonly string[]): Arguments {
  const { tokens } = parseArgs({
    args: [...argv],
    strict: false,
    tokens: true,
    options: Object.fromEntries(
      OPTIONS.map(row => [
        row.name,
        {
          type: row.value === undefined ? ('boolean' as const) : ('string' as const),
          ...(row.short && { short: row.short }),
        },
      ]),
    ),
  });

  const values = new Map<string, string[]>();
  const operands: string[] = [];
  let named: Command | undefined;
  let ended = false;
  for (const token of tokens) {
    if (token.kind === 'option-terminator') ended = true;
    else if (token.kind === 'positional') {
      if (operands.length === 0 && !ended && named === undefined && token.value in COMMANDS)
        named = token.value as Command;
      else operands.push(token.value);
    } else {
      const row = OPTIONS.find(option => option.name === token.name);
      if (row === undefined) throw unknownOption(token.rawName);
      const list = values.get(row.name) ?? [];
      values.set(row.name, list);
      list.push(optionValue(row, token.value, token.inlineValue === true));
    }
  }

  const command = named ?? 'lint';
  for (const name of values.keys()) {
    const row = OPTIONS.find(option => option.name === name)!;
    if (row.commands !== undefined && !row.commands.includes(command)) {
      throw new UsageError(`the command "${command}" has no option --${name}`);
    }
  }
  const text = (name: string): string | undefined => values.get(name)?.at(-1);
  const list = (name: string): string[] => (values.get(name) ?? []).flatMap(value => value.split(','));
  const format = (text('format') ?? 'text') as Format;
  if (command !== 'lint' && format !== 'text' && format !== 'json') {
    throw new UsageError(`the command "${command}" has no format "${format}"`, 'It has the formats text and json.');
  }
  if (values.has('class') && !values.has('why')) {
    throw new UsageError('the option --class needs --why', 'Write --why=SERVER/PATH --class=CLASS.');
  }
  if (values.has('server') && values.has('why')) {
    throw new UsageError('the options --server and --why do not go together', '--why names its server itself.');
  }
  return {
    command,
    isCommandNamed: named !== undefined,
    operands,
    format,
    output: text('output'),
    level: (text('level') ?? 'warning') as Level,
    failOn: (text('fail-on') ?? 'warning') as Level | 'never',
    strict: values.has('strict'),
    only: list('only'),
    skip: list('skip'),
    maps: (values.get('map') ?? []).map(readMap),
    context: text('context') as FragmentContext | undefined,
    orphans: values.has('orphans'),
    stdinFilename: text('stdin-filename'),
    config: text('config'),
    baseline: text('baseline'),
    showSuppressed: values.has('show-suppressed'),
    writeBaseline: values.has('write-baseline'),
    prefix: text('prefix'),
    servers: values.get('server') ?? [],
    why: text('why'),
    clientClass: (text('class') ?? 'none') as ClientClass,
    at: readTime(text('at')),
    nginxVersion: readVersion(text('nginx-version')),
    color: readColor(argv),
    quiet: values.has('quiet'),
    verbose: values.has('verbose'),
    version: values.has('version'),
    help: values.has('help'),
  };
}

function unknownOption(written: string): UsageError {
  const names = OPTIONS.map(row => `--${row.name}`);
  const meant = closest(written, names);
  return new UsageError(`unknown option ${written}`, meant && `Did you mean ${meant}?`);
}

/** The value of one option as written; a switch gives its own name. */
function optionValue(row: OptionRow, value: string | undefined, isInline: boolean): string {
  if (row.value === undefined) {
    if (isInline) throw new UsageError(`the option --${row.name} takes no value`);
    return row.name;
  }
  if (value === undefined || value === '' || (!isInline && value.startsWith('-'))) {
    throw new UsageError(`the option --${row.name} needs a value`, `Write --${row.name}=${row.value}.`);
  }
  if (row.choices !== undefined && !row.choices.includes(value)) {
    const meant = closest(value, row.choices);
    throw new UsageError(
      `"${value}" is not a value of --${row.name}`,
      `${meant === undefined ? '' : `Did you mean ${meant}? `}It takes ${row.choices.join(', ')}.`,
    );
  }
  return value;
}

/** FROM is a path of the configuration's machine, so it is absolute. */
function readMap(text: string): { from: string; to: string } {
  const [from = '', ...rest] = text.split('=');
  const to = rest.join('=');
  if (!/^(\/|[A-Za-z]:\/)/.test(from) || to === '') {
    throw new UsageError(
      `"${text}" is no mapping of paths`,
      'Write --map /etc/nginx=./nginx: an absolute path, "=", a folder here.',
    );
  }
  return { from, to };
}

/** A date, or a date and time; UTC unless it says otherwise, so that every machine judges the same moment. */
function readTime(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const parts = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?(Z|[+-]\d\d:?\d\d)?)?$/.exec(text);
  const time = parts && new Date(`${parts[1]}T${parts[2] ?? '00:00'}${parts[3] ?? 'Z'}`);
  // Date rolls 30 February over to March instead of refusing it.
  const isReal =
    parts && !Number.isNaN(new Date(parts[1]!).getTime()) && new Date(parts[1]!).toISOString().startsWith(parts[1]!);
  if (!time || !isReal || Number.isNaN(time.getTime())) {
    throw new UsageError(`"${text}" is not a time`, 'Write it as 2027-01-31 or 2027-01-31T12:00:00Z.');
  }
  return time;
}

function readVersion(text: string | undefined): VersionText | undefined {
  if (text === undefined || isVersion(text)) return text;
  throw new UsageError(`"${text}" is not a version of nginx`, 'Write it as nginx -v prints it, e.g. 1.26.3.');
}

/** The last of --color and --no-color counts. */
function readColor(argv: readonly string[]): boolean | undefined {
  const end = argv.indexOf('--');
  const before = end === -1 ? argv : argv.slice(0, end);
  const on = before.lastIndexOf('--color');
  const off = before.lastIndexOf('--no-color');
  return on === off ? undefined : on > off;
}
