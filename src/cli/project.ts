/** Finds and reads what belongs to a project besides its nginx configuration: its configuration file and its baseline. */
import type { Io } from '../cli.js';
import { absolutePath, folderOf, pathFromText, shownPath } from '../config/host.js';
import { type Baseline, BaselineError, readBaseline } from '../lint/baseline.js';
import { DEFAULT_SETTINGS, type Settings } from '../settings.js';
import { type Arguments, UsageError } from './options.js';

/** The name of the project's configuration file. */
export const PROJECT_FILE = '.nginx-mtls-lint.yml';

/**
 * The settings of the run: those of --config, or of the first configuration file from the input upwards.
 *
 * @param ruleIds the ids of all rules
 * @throws UsageError where the file is wrong, or the named one is missing
 */
export async function settingsOf(
  asked: Arguments,
  ruleIds: () => Promise<readonly string[]>,
  { host }: Io,
): Promise<Settings> {
  const { currentFolder } = host;
  const named = asked.config === undefined ? undefined : absolutePath(currentFolder, pathFromText(asked.config));
  const path = named ?? findProjectFile(asked, host);
  if (path === undefined) return DEFAULT_SETTINGS;
  const found = host.read(path);
  if (found.problem !== undefined) {
    throw new UsageError(
      `the configuration file ${shownPath(path, currentFolder)} cannot be read: ${found.problem.text}`,
    );
  }
  const { readProjectFile } = await import('./project-file.js');
  const isThere = (place: string) => host.kind(place) !== 'missing';
  return readProjectFile(found.text, { path, currentFolder, rules: await ruleIds(), isThere });
}

function findProjectFile({ operands, stdinFilename }: Arguments, host: Io['host']): string | undefined {
  const [first = '.'] = operands;
  const input = absolutePath(host.currentFolder, pathFromText(first === '-' ? (stdinFilename ?? './-') : first));
  let folder = host.kind(input) === 'directory' ? input : folderOf(input);
  for (;;) {
    const path = absolutePath(folder, PROJECT_FILE);
    if (host.kind(path) === 'file') return path;
    if (folder === '/' || folder === folderOf(folder)) return undefined;
    folder = folderOf(folder);
  }
}

/**
 * The path of the baseline, absolute: that of --baseline, else the configuration file's.
 */
export function baselinePath(asked: Arguments, settings: Settings, { host }: Io): string | undefined {
  return asked.baseline === undefined
    ? settings.baseline
    : absolutePath(host.currentFolder, pathFromText(asked.baseline));
}

/**
 * Reads the baseline.
 *
 * @throws UsageError where it is missing or wrong
 */
export function loadBaseline(path: string, { host }: Io): Baseline {
  const shown = shownPath(path, host.currentFolder);
  const found = host.read(path);
  if (found.problem !== undefined) {
    throw new UsageError(
      `the baseline ${shown} cannot be read: ${found.problem.text}`,
      'Make it with --write-baseline.',
    );
  }
  try {
    return readBaseline(Buffer.from(found.text, 'latin1').toString('utf8'), shown);
  } catch (error) {
    if (!(error instanceof BaselineError)) throw error;
    throw new UsageError(`the baseline ${shown}: ${error.message}`, 'Make it anew with --write-baseline.');
  }
}
