/** The command init: writes a configuration file for the project, with what can be found out of it. */
import { stringify } from 'yaml';
import type { ExitCode, Io } from '../cli.js';
import { absolutePath, pathFromText, pathToText, shownPath } from '../config/host.js';
import { baselineText } from '../lint/baseline.js';
import { lint } from '../lint.js';
import { count } from '../report/display.js';
import type { Rule } from '../rule.js';
import { type Arguments, UsageError } from './options.js';
import { PROJECT_FILE } from './project.js';

/**
 * Writes `.nginx-mtls-lint.yml` into the current folder, and the baseline that was asked for.
 *
 * @throws UsageError where the file is there already
 */
export async function init(asked: Arguments, rules: readonly Rule[], io: Io): Promise<ExitCode> {
  const { host } = io;
  const path = absolutePath(host.currentFolder, PROJECT_FILE);
  if (host.exists(path)) throw new UsageError(`${PROJECT_FILE} is there already`, 'Remove it first, or edit it.');
  const paths = asked.operands.length === 0 ? ['.'] : asked.operands;
  const tool = { name: 'nginx-mtls-lint', version: io.version };
  const options = { paths, prefix: undefined, now: asked.at ?? io.now() };
  const first = await lint(options, host, { rules: [], tool });
  const maps = new Map<string, string>();
  for (const { mapping } of first.notices) {
    if (mapping !== undefined && !maps.has(mapping.from)) maps.set(mapping.from, mapping.to);
  }
  const mappings = [...maps].map(([from, to]) => ({ from, to }));
  const said: string[] = [];
  const shown = (folder: string): string => shownPath(folder, host.currentFolder);
  if (asked.baseline !== undefined) {
    const { findings } = await lint({ ...options, mappings }, host, { rules, tool });
    write(io, asked.baseline, baselineText(findings));
    said.push(`${asked.baseline} written: ${count(findings.length, 'finding')} accepted for now\n`);
  }
  write(
    io,
    PROJECT_FILE,
    projectFileText(
      mappings.map(({ from, to }) => [pathToText(from), shown(to)]),
      asked.baseline,
    ),
  );
  const found = mappings.map(({ from, to }) => `  ${pathToText(from)} lies at ${shown(to)}\n`);
  said.push(`${PROJECT_FILE} written\n`, ...found);
  await io.stdout.write(said.join(''));
  return 0;
}

/** Writes a file; what the file system says against it is for the user to put right. */
function write(io: Io, path: string, text: string): void {
  try {
    io.writeFile(path, text);
  } catch (error) {
    throw new UsageError(`${path} cannot be written: ${error instanceof Error ? error.message : error}`);
  }
}

function projectFileText(maps: readonly (readonly [string, string])[], baseline: string | undefined): string {
  const parts = [
    '# yaml-language-server: $schema=https://raw.githubusercontent.com/nginx-mtls-lint/nginx-mtls-lint/main/docs/config.schema.json\n',
    '# The level of a rule: off, note, warning or error.\n# rules:\n#   unsafe-if: note\n\n',
    '# Paths that are left out.\n# ignore:\n#   - legacy/**\n\n',
    '# Where absolute paths of the configuration lie in this folder.\n',
    maps.length === 0 ? '# maps:\n#   /etc/nginx: nginx\n' : stringify({ maps: Object.fromEntries(maps) }),
  ];
  if (baseline !== undefined) parts.push(`\n${stringify({ baseline: pathToText(pathFromText(baseline)) })}`);
  return parts.join('');
}
