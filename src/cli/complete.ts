import { COMMANDS, type Command, OPTIONS, type OptionRow } from './options.js';

/**
 * What can stand where the user pressed the completion key.
 *
 * @param words the command line so far, the tool's own name first; the last word is the one under the cursor. bash gives
 *   `--format=s` as three words, other shells as one
 * @param rules the ids of the rules
 * @returns the candidates that begin with that word; nothing where a file name is due, which the shell completes itself
 */
export function complete(words: readonly string[], rules: readonly string[]): readonly string[] {
  const current = words.at(-1) === '=' ? '' : (words.at(-1) ?? '');
  const earlier = words.slice(1, -1).filter(word => word !== '=');
  const command = (earlier.find(word => word in COMMANDS) ?? 'lint') as Command;
  const inline = /^(--[a-z-]+=)(.*)$/s.exec(current);
  if (inline !== null) {
    const [, option = '', value = ''] = inline;
    return valuesOf(optionWritten(option.slice(0, -1)), value, command, rules).map(found => `${option}${found}`);
  }
  const previous = optionWritten(earlier.at(-1));
  if (previous?.value !== undefined) return valuesOf(previous, current, command, rules);
  let candidates: readonly string[] = [];
  if (current.startsWith('-')) {
    candidates = OPTIONS.filter(row => row.commands === undefined || row.commands.includes(command))
      .map(row => `--${row.name}`)
      .filter(option => !earlier.includes(option) || optionWritten(option)?.repeatable === true);
  } else if (command === 'explain') candidates = earlier.some(word => rules.includes(word)) ? [] : rules;
  else if (earlier.length === 0) candidates = Object.keys(COMMANDS);
  return candidates.filter(candidate => candidate.startsWith(current));
}

function optionWritten(word: string | undefined): OptionRow | undefined {
  return OPTIONS.find(({ name, short }) => word === `--${name}` || (short !== undefined && word === `-${short}`));
}

/** The values of an option that begin as written; of a list behind a comma, with what stands in front of it. */
function valuesOf(
  row: OptionRow | undefined,
  written: string,
  command: Command,
  rules: readonly string[],
): readonly string[] {
  if (row?.value === 'RULE') {
    const front = written.slice(0, written.lastIndexOf(',') + 1);
    const named = front.split(',');
    return rules
      .filter(rule => !named.includes(rule) && `${front}${rule}`.startsWith(written))
      .map(rule => front + rule);
  }
  const choices = row?.name === 'format' && command !== 'lint' ? ['text', 'json'] : (row?.choices ?? []);
  return choices.filter(choice => choice.startsWith(written));
}
