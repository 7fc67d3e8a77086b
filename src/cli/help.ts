/** The help of a command and the completion script, rendered by yargs. Only a run that asks for one of them loads this. */
import yargs, { type Argv } from 'yargs';
import { COMMANDS, type Command, EXAMPLES, OPTIONS } from './options.js';

/** What the rendered texts depend on besides the table in options.ts. */
export interface HelpSetting {
  readonly version: string;
  /** Columns of the terminal; 80 where there is none. */
  readonly columns: number;
}

/** The help text of a command; of the whole tool for `lint` and for `completion`, which takes no option. */
export async function renderHelp(command: Command, setting: HelpSetting): Promise<string> {
  const program = describe(yargs([]).scriptName('nginx-mtls-lint'), setting);
  return capture(program, command === 'lint' || command === 'completion' ? ['--help'] : [command, '--help']);
}

/** The script that teaches the user's shell to complete; for zsh where that is the user's shell, else for bash. */
export async function renderCompletionScript(): Promise<string> {
  return capture(yargs([]).scriptName('nginx-mtls-lint').locale('en').completion('completion'), ['completion']);
}

function describe(program: Argv, { version, columns }: HelpSetting): Argv {
  // The bundle holds no translations; English everywhere keeps bundle and source alike.
  program
    .locale('en')
    .version('version', 'Print the version', version)
    .help('help', 'Print this help')
    .alias('help', 'h')
    .wrap(Math.min(100, columns))
    .exitProcess(false)
    .showHelpOnFail(false);
  program.usage('Reports who reaches what behind NGINX without a valid client certificate.');
  program.example(EXAMPLES.map(([line, what]): [string, string] => [line, what]));
  for (const [name, { usage, summary }] of Object.entries(COMMANDS)) {
    if (name === 'completion') continue;
    const words = usage === '' ? '' : ` ${usage === 'RULE' ? '<rule>' : '[path..]'}`;
    const names = name === 'lint' ? [`lint${words}`, '$0'] : `${name}${words}`;
    program.command(names, summary, builder => addOptions(builder, name as Command));
  }
  program.completion('completion', COMMANDS.completion.summary);
  program.epilogue(
    [
      'Without a PATH: the configurations under the current folder, else /etc/nginx.',
      'Exit codes: 0 nothing to report; 1 findings; 2 wrong usage; 3 an input could not be read; 4 a bug in the tool.',
    ].join('\n'),
  );
  return program;
}

function addOptions(program: Argv, command: Command): Argv {
  if (command === 'explain') program.positional('rule', { describe: 'The id of a rule', type: 'string' });
  if (command === 'lint' || command === 'access' || command === 'init') {
    program.positional('path', {
      describe: 'A file, a folder, or - for standard input: a configuration or the output of nginx -T',
      type: 'string',
    });
  }
  for (const row of OPTIONS) {
    if (
      row.name === 'version' ||
      row.name === 'help' ||
      (row.commands !== undefined && !row.commands.includes(command))
    )
      continue;
    program.option(row.name, {
      describe: row.summary,
      type: row.value === undefined ? 'boolean' : 'string',
      requiresArg: row.value !== undefined,
      ...(row.short && { alias: row.short }),
      ...(row.choices && { choices: row.choices }),
      ...(row.default && { default: row.default }),
      ...(row.repeatable && { array: true }),
    });
  }
  return program;
}

/** Runs yargs with its output kept away from the console. */
async function capture(program: Argv, words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    program.parse([...words], (error: Error | undefined, _parsed: unknown, output: string) => {
      if (error) reject(error);
      else resolve(`${output}\n`);
    });
  });
}
