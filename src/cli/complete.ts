import { COMMANDS, type Command, OPTIONS } from './options.js';

/**
 * What can stand where the user pressed the completion key.
 *
 * @param words the command line so far, the tool's own name first; the last word is the one under the cursor
 * @param rules the ids of the rules
 * @returns the candidates that begin with that word; nothing where a file name is due, which the shell completes itself
 */
export function complete(words: readonly string[], rules: readonly string[]): readonly string[] {
  const current = words.at(-1) ?? '';
  const earlier = words.slice(1, -1);
  const command = (earlier.find(word => word in COMMANDS) ?? 'lint') as Command;
  const previous = OPTIONS.find(row => row.value !== undefined && `--${row.name}` === earlier.at(-1));
  let candidates: readonly string[];
  if (previous !== undefined) candidates = previous.value === 'RULE' ? rules : (previous.choices ?? []);
  else if (current.startsWith('-')) {
    candidates = OPTIONS.filter(row => row.commands === undefined || row.commands.includes(command))
      .map(row => `--${row.name}`)
      .filter(option => !earlier.includes(option));
  } else if (command === 'explain') candidates = rules;
  else candidates = earlier.length === 0 ? Object.keys(COMMANDS) : [];
  return candidates.filter(candidate => candidate.startsWith(current));
}
