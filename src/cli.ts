/** The command line: arguments in, one report and an exit code out. Everything that touches the machine is passed in. */
import { readFailure } from './cli/failure.js';
import { type Arguments, readArguments, UsageError } from './cli/options.js';
import { settingsOf } from './cli/project.js';
import { closest } from './cli/suggest.js';
import type { FileHost } from './config/host.js';
import type { Rule } from './rule.js';

export { nodeHost } from './config/host.js';

/** 0 nothing to report; 1 findings; 2 wrong usage; 3 an input could not be read or was not decided; 4 a bug in the tool. */
export type ExitCode = 0 | 1 | 2 | 3 | 4;

/** Where text goes. `write` resolves when the text has left, also where nobody reads it any more (a closed pipe). */
export interface Output {
  readonly write: (text: string) => Promise<void>;
  readonly isTerminal: boolean;
  /** Columns of the terminal. */
  readonly columns: number | undefined;
}

/** The machine as a run sees it. */
export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly host: FileHost;
  readonly now: () => Date;
  readonly version: string;
  /** All of standard input, one character per byte. */
  readonly readStdin: () => Promise<string>;
  /** Writes a report to the file that --output names; throws what the file system says. */
  readonly writeFile: (path: string, text: string) => void;
  /** The page of a rule, Markdown; undefined where the package holds none. */
  readonly rulePage: (id: string) => string | undefined;
  /** The rules; the default is the registry. */
  readonly rules?: readonly Rule[];
}

/** Runs the command. Never throws: whatever goes wrong becomes a message on standard error and an exit code. */
export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  try {
    if (argv[0] === '--get-yargs-completions') {
      const { complete } = await import('./cli/complete.js');
      const ids = (await registry(io)).map(rule => rule.id);
      await io.stdout.write(complete(argv.slice(1), ids).join('\n').concat('\n'));
      return 0;
    }
    return await run(readArguments(argv), io);
  } catch (error) {
    const { text, code } = readFailure(error, argv.includes('--verbose'));
    await io.stderr.write(text);
    return code;
  }
}

async function run(asked: Arguments, io: Io): Promise<ExitCode> {
  if (asked.version) {
    await io.stdout.write(`${io.version}\n`);
    return 0;
  }
  if (asked.help || asked.command === 'completion') {
    const { renderCompletionScript, renderHelp } = await import('./cli/help.js');
    const setting = { version: io.version, columns: io.stdout.columns ?? 80 };
    await io.stdout.write(
      await (asked.help ? renderHelp(asked.command, setting) : renderCompletionScript(io.env['SHELL'])),
    );
    return 0;
  }
  switch (asked.command) {
    case 'rules': {
      if (asked.operands.length > 0) throw new UsageError('the command "rules" takes no argument');
      const { rulesJson, rulesText } = await import('./cli/rule-list.js');
      const rules = await registry(io);
      const text = asked.format === 'json' ? rulesJson(rules, io.version) : rulesText(rules, io.stdout.columns ?? 80);
      await deliver(text, asked, io);
      return 0;
    }
    case 'explain': {
      const [id, ...more] = asked.operands;
      if (id === undefined || more.length > 0) throw new UsageError('the command "explain" takes one rule');
      const rule = ruleNamed(id, await registry(io));
      const { ruleText } = await import('./cli/rule-list.js');
      await deliver(io.rulePage(rule.id) ?? ruleText(rule), asked, io);
      return 0;
    }
    case 'init': {
      const { init } = await import('./cli/init.js');
      return init(asked, await registry(io), io);
    }
    default: {
      const { analyze } = await import('./cli/analyze.js');
      const all = asked.command === 'lint' ? await registry(io) : [];
      const ids = async () => (await registry(io)).map(rule => rule.id);
      const settings = await settingsOf(asked, ids, io);
      const chosen = chosenRules(asked, all).filter(
        rule => asked.only.includes(rule.id) || settings.levels.get(rule.id) !== 'off',
      );
      return analyze(asked, { chosen, all }, settings, io, text => deliver(text, asked, io));
    }
  }
}

async function registry(io: Io): Promise<readonly Rule[]> {
  return io.rules ?? (await import('../rules/index.js')).rules;
}

function chosenRules({ only, skip }: Arguments, rules: readonly Rule[]): readonly Rule[] {
  const wanted = new Set(only.map(id => ruleNamed(id, rules)));
  const unwanted = new Set(skip.map(id => ruleNamed(id, rules)));
  const chosen = rules.filter(rule => (wanted.size === 0 || wanted.has(rule)) && !unwanted.has(rule));
  if (chosen.length === 0 && rules.length > 0) throw new UsageError('--only and --skip leave no rule to run');
  return chosen;
}

function ruleNamed(id: string, rules: readonly Rule[]): Rule {
  const rule = rules.find(candidate => candidate.id === id);
  if (rule !== undefined) return rule;
  const meant = closest(
    id,
    rules.map(candidate => candidate.id),
  );
  const hint = `${meant === undefined ? '' : `Did you mean ${meant}? `}"nginx-mtls-lint rules" lists them.`;
  throw new UsageError(`no rule is called "${id}"`, hint);
}

/** Writes a report to where the user wants it. */
async function deliver(text: string, { output }: Arguments, io: Io): Promise<void> {
  try {
    if (output === undefined) await io.stdout.write(text);
    else io.writeFile(output, text);
  } catch (error) {
    throw new UsageError(`the report cannot be written: ${error instanceof Error ? error.message : error}`);
  }
}
