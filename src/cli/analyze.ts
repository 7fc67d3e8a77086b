/** The commands lint and access: paths in, one report out. */
import type { Explanation } from '../analysis/explanation.js';
import type { ExitCode, Io } from '../cli.js';
import { absolutePath, pathFromText, pathToText, shownPath } from '../config/host.js';
import type { PathMapping } from '../config/path-map.js';
import { compareFindings, compareLevels } from '../finding.js';
import { applyBaseline, baselineText, readBaseline } from '../lint/baseline.js';
import { lint } from '../lint.js';
import type { Server, ServerModel } from '../model/model.js';
import type { Notice } from '../notice.js';
import { clip, shown, visible } from '../report/display.js';
import type { LintResult } from '../report/result.js';
import type { StreamExplanation } from '../report/why-stream.js';
import type { Rule } from '../rule.js';
import type { Settings } from '../settings.js';
import { bugText } from './failure.js';
import { type Arguments, COMMANDS, UsageError } from './options.js';
import { baselinePath, loadBaseline } from './project.js';
import { closest } from './suggest.js';

/** What a pattern of the shell can hold; a name with one of these may also be the name of a file. */
const GLOB_CHARACTERS = /[*?[\]{}()!]/;

/**
 * Analyses what the user named and delivers the report.
 *
 * @param rules those to run, and all there are; none for the access table
 * @param settings those of the project
 * @param deliver writes the report to where the user wants it
 */
export async function analyze(
  asked: Arguments,
  rules: { readonly chosen: readonly Rule[]; readonly all: readonly Rule[] },
  settings: Settings,
  io: Io,
  deliver: (text: string) => Promise<void>,
): Promise<ExitCode> {
  const paths = await namedPaths(asked, io);
  const baseline = asked.command === 'lint' ? baselinePath(asked, settings, io) : undefined;
  if (asked.writeBaseline && baseline === undefined) throw new UsageError('--write-baseline needs --baseline FILE');
  const options = {
    paths,
    mappings: [...mappingsOf(asked, io), ...settings.maps],
    settings,
    baseline: baseline === undefined || asked.writeBaseline ? undefined : loadBaseline(baseline, io),
    context: asked.context,
    orphans: asked.orphans,
    stdin: paths.includes('-') ? { text: await io.readStdin(), path: asked.stdinFilename } : undefined,
    prefix: asked.prefix === undefined ? undefined : pathFromText(asked.prefix),
    now: asked.at ?? io.now(),
    nginxVersion: asked.nginxVersion,
  };
  const tool = { name: 'nginx-mtls-lint', version: io.version };
  const knownRules = rules.all.map(rule => rule.id);
  const progress = progressOn(io, asked);
  const found = await lint(options, io.host, { rules: rules.chosen, knownRules, tool, progress: progress.show });
  await progress.end();
  const result = await ofServers(
    asked.servers,
    baseline !== undefined && asked.writeBaseline ? accept(found, baseline, io) : found,
  );
  await deliver(await render(asked, rules.all, result, io));
  const failures = result.notices.filter(notice => notice.kind === 'rule-failed');
  for (const { text } of failures) await io.stderr.write(bugText(text));
  // The report says it too, but it may be on its way into a file or to a program.
  if (asked.format !== 'text' || asked.output !== undefined || asked.quiet) await tellUnread(result.notices, io);
  return failures.length > 0 ? 4 : exitCode(asked, result);
}

/** How long a run goes on before it says on the terminal what it is at, in milliseconds. */
const PATIENCE = 1000;

/** A line on the terminal's standard error that tells how far a long run is; nothing in a pipe. */
function progressOn(
  { now, stderr }: Io,
  { quiet }: Arguments,
): { show: (text: string) => Promise<void>; end: () => Promise<void> } {
  const began = now().getTime();
  let isShown = false;
  return {
    show: async text => {
      if (!stderr.isTerminal || quiet || now().getTime() - began < PATIENCE) return;
      isShown = true;
      await stderr.write(`\r\x1b[K${clip(shown(text), (stderr.columns ?? 80) - 1)}`);
    },
    end: async () => {
      if (isShown) await stderr.write('\r\x1b[K');
    },
  };
}

/** Writes the findings into the baseline and takes them out of the result. */
function accept(result: LintResult, path: string, io: Io): LintResult {
  const text = baselineText(result.findings);
  const shown = shownPath(path, io.host.currentFolder);
  try {
    io.writeFile(pathToText(path), text);
  } catch (error) {
    throw new UsageError(`the baseline cannot be written: ${error instanceof Error ? error.message : error}`);
  }
  const { kept, suppressed } = applyBaseline(result.findings, readBaseline(text, shown));
  return { ...result, findings: kept, suppressed: [...result.suppressed, ...suppressed].sort(compareFindings) };
}

/** What people write where a command stands; the last two are options. */
const COMMAND_WORDS: readonly string[] = [...Object.keys(COMMANDS), 'help', 'version'];

/** The paths of the command line; a pattern that names no file stands for the files it matches. */
async function namedPaths(asked: Arguments, io: Io): Promise<string[]> {
  const { currentFolder } = io.host;
  const paths: string[] = [];
  for (const operand of asked.operands) {
    if (operand === '') throw new UsageError('a path is empty');
    if (operand === '-') {
      if (!paths.includes('-')) paths.push('-');
      continue;
    }
    const exists = io.host.exists(absolutePath(currentFolder, pathFromText(operand)));
    const command = exists || paths.length > 0 || asked.isCommandNamed ? undefined : closest(operand, COMMAND_WORDS);
    if (command !== undefined) {
      const meant = command in COMMANDS ? command : `--${command}`;
      throw new UsageError(`unknown command "${operand}"`, `Did you mean ${meant}?`);
    }
    if (!exists && GLOB_CHARACTERS.test(operand)) {
      const { default: glob } = await import('fast-glob');
      const found = await glob(operand, { cwd: pathToText(currentFolder), onlyFiles: operand.includes('**') });
      if (found.length > 0) {
        paths.push(...found.sort());
        continue;
      }
    }
    paths.push(operand);
  }
  return paths;
}

/** The mappings of the command line; their folders here must exist, or they would hide what is missing. */
function mappingsOf({ maps }: Arguments, { host }: Io): PathMapping[] {
  return maps.map(({ from, to }) => {
    const folder = absolutePath(host.currentFolder, pathFromText(to));
    if (host.kind(folder) === 'missing') throw new UsageError(`--map ${from}=${to}: there is no folder ${to}`);
    return { from: absolutePath('/', pathFromText(from)), to: folder };
  });
}

/** The result with the rows of the named servers only. */
async function ofServers(names: readonly string[], result: LintResult): Promise<LintResult> {
  if (names.length === 0) return result;
  const { findServers } = await import('../lint/find-servers.js');
  const wanted = new Set<Server>();
  for (const name of names) {
    const found = findServers(result.models, name);
    if (found.length === 0) throw await unknownServer(result.models, name);
    for (const { server } of found) wanted.add(server);
  }
  const models = result.models.map(model => ({
    ...model,
    servers: model.servers.filter(server => wanted.has(server)),
  }));
  const tables = result.tables.map(table => ({
    ...table,
    rows: table.rows.filter(row => wanted.has(row.site.server)),
  }));
  return { ...result, models, tables };
}

/** Names that a message lists at most. */
const LISTED_NAMES = 8;

/** Says that words mean no server, or none that listens as they want, and what may have been meant. */
async function unknownServer(models: readonly ServerModel<Server>[], name: string): Promise<UsageError> {
  const { callNames, describeServer, findServers } = await import('../lint/find-servers.js');
  const elsewhere = [name, name.replace(/:\d+$/, '')].map(words => findServers(models, words));
  const others = elsewhere.find(found => found.length > 0);
  if (others !== undefined) {
    const list = others.map(other => `  ${describeServer(other)}`).join('\n');
    return new UsageError(`no server "${name}" listens there`, `It is here:\n${list}`);
  }
  const known = callNames(models);
  if (known.length === 0) return new UsageError(`no server is called "${name}"`, 'The configuration has no server.');
  const meant = closest(name.replace(/:\d+$|#\d+$/, ''), known);
  const rest = known.length - LISTED_NAMES;
  const listed = known.slice(0, LISTED_NAMES).map(visible).join(', ');
  const list = `The servers: ${listed}${rest > 0 ? ` and ${rest} more` : ''}.`;
  const hint = meant === undefined ? list : `Did you mean ${visible(meant)}?\n${list}`;
  return new UsageError(`no server is called "${name}"`, hint);
}

/** The cell that `--why` asks for. */
async function explained(
  words: string,
  { clientClass }: Arguments,
  result: LintResult,
): Promise<{ readonly http: Explanation } | { readonly stream: StreamExplanation }> {
  const { askedServers, describeServer, isOfHttp, isOfStream } = await import('../lint/find-servers.js');
  const { explainCell, explainStream } = await import('../lint/explain.js');
  const { found, name, target } = askedServers(result.models, words);
  if (found.length === 0) throw await unknownServer(result.models, name);
  // A site on port 443 often has a namesake on port 80 that only redirects.
  const overTls = found.filter(({ sockets }) => sockets.some(socket => socket.ssl));
  const [one, ...others] = overTls.length === 1 ? overTls : found;
  if (one === undefined || others.length > 0) {
    const list = found.map((other, index) => `  ${visible(name)}#${index + 1}  ${describeServer(other)}`);
    throw new UsageError(`"${name}" means ${found.length} servers`, `Name one of them:\n${list.join('\n')}`);
  }
  if (isOfHttp(one)) return { http: explainCell(one, result.tables, target, clientClass) };
  if (isOfStream(one)) return { stream: explainStream(one, result.tables, clientClass) };
  throw await unknownServer([], name);
}

async function render(asked: Arguments, registry: readonly Rule[], result: LintResult, io: Io): Promise<string> {
  const { format, level } = asked;
  // A report in a file does not depend on the terminal at hand.
  const width = (asked.output === undefined ? io.stdout.columns : undefined) ?? 80;
  const text = { isColoured: isColoured(asked, io), width, isVerbose: asked.verbose, hasLinks: hasLinks(asked, io) };
  if (asked.why !== undefined) {
    const explanation = await explained(asked.why, asked, result);
    if ('stream' in explanation) {
      const { reportWhyStreamJson, reportWhyStreamText } = await import('../report/why-stream.js');
      return format === 'json'
        ? reportWhyStreamJson(explanation.stream, result)
        : reportWhyStreamText(explanation.stream, result, text);
    }
    return format === 'json'
      ? (await import('../report/why-json.js')).reportWhyJson(explanation.http, result)
      : (await import('../report/why-text.js')).reportWhyText(explanation.http, result, text);
  }
  if (asked.command === 'access') {
    return format === 'json'
      ? (await import('../report/access-json.js')).reportAccessJson(result)
      : (await import('../report/access-text.js')).reportAccessText(result, text);
  }
  switch (format) {
    case 'text':
      return (await import('../report/text.js')).reportText(result, { ...text, level, isQuiet: asked.quiet });
    case 'json':
      return (await import('../report/json.js')).reportJson(result, { level });
    case 'github':
      return (await import('../report/github.js')).reportGithub(result, { level, isQuiet: asked.quiet });
    case 'sarif': {
      const { reportSarif } = await import('../report/sarif.js');
      const { ruleText } = await import('./rule-list.js');
      const rules = registry.map(rule => ({ meta: rule, page: io.rulePage(rule.id) ?? ruleText(rule) }));
      return reportSarif(result, { level, rules, withSuppressed: asked.showSuppressed });
    }
  }
}

/** https://no-color.org and https://force-color.org; an option counts more, a report in a file is plain. */
function isColoured({ color, output }: Arguments, { env, stdout }: Io): boolean {
  if (color !== undefined) return color;
  if (env['NO_COLOR']) return false;
  if (env['FORCE_COLOR']) return env['FORCE_COLOR'] !== '0';
  return output === undefined && stdout.isTerminal && env['TERM'] !== 'dumb';
}

/** True for a terminal that is known to show links; FORCE_HYPERLINK decides where it is set, as for other tools. */
function hasLinks({ output }: Arguments, { env, stdout }: Io): boolean {
  if (output !== undefined || !stdout.isTerminal) return false;
  if (env['FORCE_HYPERLINK']) return env['FORCE_HYPERLINK'] !== '0';
  if (env['CI'] || env['TERM'] === 'dumb' || env['TMUX']) return false;
  return (
    env['WT_SESSION'] !== undefined ||
    env['TERM'] === 'xterm-kitty' ||
    Number(env['VTE_VERSION'] ?? 0) >= 5000 ||
    /^(iTerm\.app|WezTerm|vscode|ghostty)$/.test(env['TERM_PROGRAM'] ?? '')
  );
}

/** Says on standard error what makes the run exit with 3. */
async function tellUnread(notices: readonly Notice[], io: Io): Promise<void> {
  for (const { fatal, span, text } of notices) {
    if (!fatal) continue;
    const place = span === undefined ? '' : `${shown(span.file.path)}:${span.file.position(span.start).line}: `;
    await io.stderr.write(`nginx-mtls-lint: ${place}${shown(text)}\n`);
  }
}

function exitCode({ command, failOn, strict }: Arguments, { findings, notices, tables }: LintResult): ExitCode {
  if (notices.some(notice => notice.fatal)) return 3;
  if (strict && (notices.some(isUndecided) || tables.some(table => table.rows.some(hasUnknown)))) return 3;
  if (command !== 'lint' || failOn === 'never') return 0;
  return findings.some(finding => compareLevels(finding.level, failOn) >= 0) ? 1 : 0;
}

/** A file that no root includes is no part of the configuration: nothing about it is open. */
function isUndecided({ kind }: Notice): boolean {
  return kind !== 'not-included' && kind !== 'suppression' && kind !== 'baseline';
}

function hasUnknown({ access }: LintResult['tables'][number]['rows'][number]): boolean {
  return Object.values(access).some(({ verdict }) => verdict === 'unknown');
}
