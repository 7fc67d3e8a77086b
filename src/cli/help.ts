/** The help of a command and the completion scripts, rendered by yargs. Only a run that asks for one of them loads this. */
import yargs, { type Argv } from 'yargs';
import { wrap } from '../report/display.js';
import { COMMANDS, type Command, EXAMPLES, OPTION_GROUPS, OPTIONS, type OptionRow } from './options.js';

/** What the rendered texts depend on besides the table in options.ts. */
export interface HelpSetting {
  readonly version: string;
  /** Columns of the terminal; 80 where there is none. */
  readonly columns: number;
}

const TOOL = 'nginx-mtls-lint';

const PATH_TEXT =
  'A PATH is a file, a folder, or - for standard input: a configuration, or the output of nginx -T. Without one: the configurations under the current folder, else /etc/nginx.';

/** The help text of a command; of the whole tool for `lint` and for `completion`, which takes no option. */
export async function renderHelp(command: Command, setting: HelpSetting): Promise<string> {
  const isWhole = command === 'lint' || command === 'completion';
  const width = Math.min(100, setting.columns);
  // The head below stands in place of what yargs would say of the usage.
  const program = yargs([])
    .scriptName('')
    .usage(null as never);
  layOut(program, width, setting.version);
  if (isWhole) for (const [name, { summary }] of Object.entries(COMMANDS)) program.command(name, summary);
  addOptions(program, isWhole ? 'lint' : command);
  program.epilogue(isWhole ? `${TOOL} COMMAND --help lists the options of a command.\n\n${EXIT_CODES}` : EXIT_CODES);
  const head = isWhole ? wholeUsage(width) : commandUsage(command, width);
  return `${head}\n\n${await capture(program, ['--help'])}`;
}

const EXIT_CODES =
  'Exit codes: 0 nothing to report; 1 findings; 2 wrong usage; 3 an input could not be read; 4 a bug in the tool.';

/** What a newcomer looks for first: what it does, and lines to try. */
function wholeUsage(width: number): string {
  const longest = Math.max(...EXAMPLES.map(([line]) => line.length));
  const isOneLine = EXAMPLES.every(([, what]) => longest + what.length + 4 <= width);
  const examples = EXAMPLES.map(([line, what]) =>
    isOneLine ? `  ${line.padEnd(longest)}  ${what}` : `  ${line}\n      ${what}`,
  );
  return [
    `Usage: ${TOOL} [COMMAND] [OPTION]... [PATH]...`,
    filled(
      'Reports who reaches what behind NGINX without a valid client certificate, by which request, and which line lets them.',
      width,
    ),
    `Try:\n${examples.join('\n')}`,
    filled(PATH_TEXT, width),
  ].join('\n\n');
}

function commandUsage(command: Command, width: number): string {
  const { summary, usage } = COMMANDS[command];
  const paths = usage.startsWith('[PATH') ? [filled(PATH_TEXT, width)] : [];
  return [`Usage: ${TOOL} ${command} [OPTION]... ${usage}`.trim(), filled(`${summary}.`, width), ...paths].join('\n\n');
}

function filled(text: string, width: number): string {
  return wrap(text, width).join('\n');
}

/** What the types of yargs leave out: `hide-types` takes `[string]` and its kin out of the lines. */
interface UsageConfigurable {
  usageConfiguration(settings: { readonly 'hide-types': boolean }): unknown;
}

function layOut(program: Argv, width: number, version: string): void {
  // The bundle holds no translations; English everywhere keeps bundle and source alike.
  program
    .locale('en')
    .version('version', 'Print the version', version)
    .help('help', 'Print this help')
    .alias('help', 'h')
    .wrap(width)
    .exitProcess(false)
    .showHelpOnFail(false);
  (program as unknown as UsageConfigurable).usageConfiguration({ 'hide-types': true });
}

function addOptions(program: Argv, command: Command): void {
  const rows = OPTIONS.filter(row => row.commands === undefined || row.commands.includes(command));
  for (const group of OPTION_GROUPS) {
    const members = rows.filter(row => row.group === group);
    for (const row of members) {
      if (row.name === 'help' || row.name === 'version') continue;
      program.option(keyOf(row), { describe: describe(row), ...(row.short && { alias: row.short }) });
    }
    if (members.length > 0) program.group(members.map(keyOf), `${group}:`);
  }
}

/** The option as it is written; yargs takes any text for a name, and only its help is used here. */
function keyOf({ name, value }: OptionRow): string {
  return value === undefined ? name : `${name}=${value}`;
}

/** `Lowest level that is printed [note, warning (default), error]`. */
function describe({ choices, default: usual, repeatable, summary }: OptionRow): string {
  const values = choices?.map(choice => (choice === usual ? `${choice} (default)` : choice));
  return [
    summary,
    ...(values === undefined ? [] : [`[${values.join(', ')}]`]),
    ...(repeatable ? ['(may be repeated)'] : []),
  ].join(' ');
}

/** The script that teaches the user's shell to complete: fish and zsh by the name of the shell, else bash. */
export async function renderCompletionScript(shell = ''): Promise<string> {
  if (/(^|\/)fish$/.test(shell)) return FISH_SCRIPT;
  const script = await capture(yargs([]).scriptName(TOOL).locale('en').completion('completion'), ['completion']);
  // bash takes the "=" of --format= for a word of its own, with which nothing begins.
  return script.replace(/^( *)cur_word="\$\{COMP_WORDS.*$/m, '$&\n$1[ "$cur_word" != "=" ] || cur_word=""');
}

/** That of yargs neither offers files nor completes an empty word. */
const FISH_SCRIPT = `# ${TOOL} completion > ~/.config/fish/completions/${TOOL}.fish
complete -c ${TOOL} -a '(${TOOL} --get-yargs-completions (commandline -opc) (commandline -ct))'
`;

/** Runs yargs with its output kept away from the console. */
async function capture(program: Argv, words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    program.parse([...words], (error: Error | undefined, _parsed: unknown, output: string) => {
      if (error) reject(error);
      else resolve(`${output}\n`);
    });
  });
}
