/** Runs the stages in order, from paths to a result; the only place that knows them all. */
import { parseFile } from '../grammar/index.js';
import type { AccessTable, AnyRow, AnyTable } from './analysis/access.js';
import { analyse } from './analysis/analyse.js';
import { analyseStream } from './analysis/analyse-stream.js';
import type { Trust } from './analysis/trust.js';
import { nodeSpan } from './config/config-tree.js';
import { DumpHost, failedDump, isDump, readDumps } from './config/dump.js';
import { type ConfigTree, expand } from './config/expand.js';
import { absolutePath, type FileHost, pathFromText, pathToText } from './config/host.js';
import { LinkedHost } from './config/linked.js';
import { OverlayHost } from './config/overlay.js';
import type { PathMapping } from './config/path-map.js';
import { ConfigReader } from './config/reader.js';
import { findRoots, type Root, type RootOptions } from './config/roots.js';
import { compareFindings, compareLevels, type Finding, type Level, type SuppressedFinding } from './finding.js';
import { applyBaseline, type Baseline } from './lint/baseline.js';
import { Findings } from './lint/findings.js';
import { Notices } from './lint/notices.js';
import { namesPemFile, PemFiles } from './lint/pem-files.js';
import { permissionsOf } from './lint/permissions.js';
import { everyDirective, pemOf, runRules } from './lint/rule-run.js';
import { Suppressions } from './lint/suppressions.js';
import type { MailModel, Server, ServerModel } from './model/model.js';
import { resolve } from './model/resolve.js';
import { resolveMail, resolveStream } from './model/resolve-stream.js';
import { isVersion, NginxVersions, type VersionText } from './model/versions.js';
import type { Notice } from './notice.js';
import type { LintResult } from './report/result.js';
import type { Report, Rule, RuleMeta } from './rule.js';
import { DEFAULT_SETTINGS, type Settings } from './settings.js';
import type { SourceFile } from './source/source-file.js';

/** What to analyse. */
export interface LintOptions extends Omit<RootOptions, 'isIgnored'> {
  /** Files and folders as the user named them; none for the current folder, else /etc/nginx. */
  readonly paths: readonly string[];
  /** nginx's `-p`, in bytes; undefined for the folder of each main file. */
  readonly prefix: string | undefined;
  /** The moment at which validity is judged. */
  readonly now: Date;
  /** The version of nginx that the configuration is for; undefined for every one that has its directives. */
  readonly nginxVersion?: VersionText | undefined;
  /** Default: those of a project without a configuration file. */
  readonly settings?: Settings;
  readonly baseline?: Baseline | undefined;
  /** What the path `-` stands for, one character per byte, and the path that it is to be taken for. */
  readonly stdin?: { readonly text: string; readonly path: string | undefined } | undefined;
}

/** What a run is given besides the configuration. */
export interface Services {
  /** The rules to run; none where only the access table is wanted. */
  readonly rules: readonly Rule[];
  /** The ids of all rules, run or not; default: those that are run. */
  readonly knownRules?: readonly string[];
  readonly tool: LintResult['tool'];
  /** Told what the run is at, before each step that may take long. */
  readonly progress?: (text: string) => Promise<void>;
}

/**
 * Analyses configurations: reads, expands, resolves, explores, and lets the rules ask. What could not be read or decided
 * is in the notices and in the table; this throws only where the tool itself is wrong.
 */
export async function lint(options: LintOptions, host: FileHost, services: Services): Promise<LintResult> {
  const run = new Run(options, services);
  const failed = options.stdin && failedDump(options.stdin.text);
  if (failed !== undefined) run.refuseDump(failed);
  for (const input of inputsOf(options, host)) await run.take(input);
  return run.result();
}

/** Paths to be looked at in one file system. */
interface Input {
  readonly paths: readonly string[];
  readonly host: FileHost;
  readonly mappings: readonly PathMapping[];
  /** The version of nginx that a dump names. */
  readonly version: string | undefined;
}

/** The inputs of a run: each dump has files of its own, all other paths share the machine's. */
function inputsOf({ mappings = [], paths, stdin }: LintOptions, host: FileHost): Input[] {
  const inputs: Input[] = [];
  const addDumps = (text: string): void => {
    for (const dump of readDumps(text)) {
      inputs.push({
        paths: [pathToText(dump.main)],
        host: new DumpHost(dump, host, mappings),
        mappings: [],
        version: dump.version,
      });
    }
  };
  let files = host;
  const rest: string[] = [];
  for (const path of paths) {
    if (path === '-' && stdin !== undefined) {
      if (isDump(stdin.text)) addDumps(stdin.text);
      else if (failedDump(stdin.text) === undefined) {
        const name = stdin.path ?? '<stdin>';
        files = new OverlayHost(host, absolutePath(host.currentFolder, pathFromText(name)), stdin.text);
        rest.push(name);
      }
      continue;
    }
    const absolute = absolutePath(host.currentFolder, pathFromText(path));
    const found = host.kind(absolute) === 'file' ? host.read(absolute) : undefined;
    if (found?.problem === undefined && found !== undefined && isDump(found.text)) addDumps(found.text);
    else rest.push(path);
  }
  if (rest.length > 0 || paths.length === 0) inputs.push({ paths: rest, host: files, mappings, version: undefined });
  return inputs;
}

/** What the inputs of a run have in common. */
class Run {
  readonly #options: LintOptions;
  readonly #services: Services;
  readonly #notices = new Notices();
  readonly #findings = new Findings();
  readonly #tables: AnyTable[] = [];
  readonly #models: ServerModel<Server>[] = [];
  readonly #roots: string[] = [];
  readonly #suppressions: Suppressions;
  readonly #settings: Settings;
  /** Files of which only a part was analysed: a fragment, or a table of which only some rows count. */
  readonly #partial = new Set<SourceFile>();

  constructor(options: LintOptions, services: Services) {
    this.#options = options;
    this.#services = services;
    this.#settings = options.settings ?? DEFAULT_SETTINGS;
    this.#suppressions = new Suppressions(new Set(services.knownRules ?? services.rules.map(rule => rule.id)));
  }

  result(): LintResult {
    const { rules, tool } = this.#services;
    const suppressed: SuppressedFinding[] = [];
    let findings: Finding[] = [];
    for (const finding of this.#findings.sorted()) {
      const hit = this.#suppressions.apply(finding);
      if (hit === undefined) findings.push(finding);
      else suppressed.push(hit);
    }
    if (rules.length > 0) {
      const ran = new Set(rules.map(rule => rule.id));
      const unused = this.#suppressions.unused(ran, file => !this.#partial.has(file));
      for (const notice of [...this.#suppressions.notices, ...unused]) this.#notices.add(notice);
    }
    const { baseline } = this.#options;
    if (baseline !== undefined) {
      const parted = applyBaseline(findings, baseline);
      findings = parted.kept;
      suppressed.push(...parted.suppressed);
      if (parted.stale > 0) this.#notices.add(staleNotice(baseline, parted.stale));
    }
    const notices = this.#notices.sorted();
    return {
      tool,
      roots: this.#roots,
      findings,
      suppressed: suppressed.sort(compareFindings),
      notices,
      tables: this.#tables,
      models: this.#models,
    };
  }

  /** Standard input holds what nginx says, and no configuration. */
  refuseDump(reason: string): void {
    this.#notices.add({
      kind: 'no-configuration',
      text: `standard input holds messages of nginx and no configuration: ${reason}`,
      span: undefined,
      help: 'nginx -T prints the configuration only where it passes its test, which needs the rights to read keys and logs.',
      fatal: true,
    });
  }

  async take({ host, mappings, paths, version }: Input): Promise<void> {
    const reader = new ConfigReader(mappings.length === 0 ? host : new LinkedHost(host, mappings), parseFile);
    const found = findRoots(paths, reader, { ...this.#options, mappings, isIgnored: this.#settings.isIgnored });
    for (const notice of found.notices) this.#notices.add(notice);
    for (const [index, root] of found.roots.entries()) {
      const number = found.roots.length === 1 ? '' : ` (${index + 1} of ${found.roots.length})`;
      await this.#services.progress?.(`analysing ${reader.shown(root.path)}${number}`);
      await this.#analyse(root, reader, mappings, version);
    }
  }

  async #analyse(
    root: Root,
    reader: ConfigReader,
    mappings: readonly PathMapping[],
    dumped: string | undefined,
  ): Promise<void> {
    const { now, prefix } = this.#options;
    const { rules } = this.#services;
    const { folder, fragment, path } = root;
    const tree = expand(path, reader, { ...(prefix === undefined ? {} : { prefix }), mappings, fragment, folder });
    const isWanted = wantedFiles(root, tree);
    const notices = { add: (notice: Notice) => isWantedNotice(notice, isWanted) && this.#notices.add(notice) };
    for (const notice of tree.notices) notices.add(notice);
    this.#roots.push(tree.main.path);
    await this.#services.progress?.(`exploring ${tree.main.path}, ${tree.files.length} files`);
    const named = this.#options.nginxVersion ?? this.#settings.nginxVersion ?? dumped;
    const versions =
      named !== undefined && isVersion(named)
        ? NginxVersions.exactly(named)
        : NginxVersions.admitting(everyDirective(tree.nodes));
    let pem: PemFiles | undefined;
    let trust: Trust | undefined;
    if (namesPemFiles(tree)) {
      // Reading certificates costs start-up time that most configurations can save.
      const [{ readPem }, analysis] = await Promise.all([import('./pki/pem.js'), import('./analysis/trust.js')]);
      const files = new PemFiles(reader.host, readPem, notices);
      pem = files;
      trust = new analysis.Trust((node, argument) => pemOf(files, tree, node, argument), now, versions);
    }
    const model = resolve(tree.nodes, trust);
    const access: AccessTable = analyse(model);
    const stream = resolveStream(tree.nodes, trust);
    const streamAccess = analyseStream(stream);
    const mail = resolveMail(tree.nodes);
    for (const notice of mailNotices(mail)) notices.add(notice);
    const { only } = root;
    for (const source of tree.files) {
      if (fragment !== undefined || (only !== undefined && !only.has(source))) this.#partial.add(source);
      const file = reader.fileOf(source);
      if (file !== undefined && rules.length > 0) this.#suppressions.add(file);
    }
    const rows: readonly AnyRow[] = [...access.rows, ...streamAccess.rows];
    this.#tables.push({ rows: only === undefined ? rows : rows.filter(row => touches(row, only)) });
    this.#models.push(...[model, stream].filter(({ servers }) => servers.length > 0));
    if (rules.length === 0) return;
    const findings = {
      add: (rule: RuleMeta, report: Report) => {
        const { file } = report.primary.span;
        if (!isWanted(file) || this.#settings.isIgnored(file.path)) return;
        const related = report.related?.filter(({ span }) => span.file !== tree.surroundings);
        this.#findings.add(rule, { ...report, ...(related && { related }), level: this.#levelOf(rule, report) });
      },
    };
    const files = { pem, permissions: () => permissionsOf(tree, reader.host) };
    const parts = { model, access, stream: { model: stream, access: streamAccess }, mail };
    runRules(rules, { ...parts, tree, trust, versions }, files, now, this.#settings, findings, notices);
  }

  /** The level of a report: a rule's gravest are what the settings say, milder ones at most that. */
  #levelOf(rule: RuleMeta, { level = rule.level }: Report): Level {
    const set = this.#settings.levels.get(rule.id);
    if (set === undefined || set === 'off') return level;
    return level === rule.level || compareLevels(level, set) > 0 ? set : level;
  }
}

function staleNotice({ path }: Baseline, stale: number): Notice {
  const text = `${stale} ${stale === 1 ? 'entry' : 'entries'} of the baseline ${path} hold${stale === 1 ? 's' : ''} findings that are gone`;
  return { kind: 'baseline', text, span: undefined, help: 'write it anew with --write-baseline.', fatal: false };
}

/** What is not analysed of mail: whom nginx asks who a client is, and where the client is passed on to. */
function mailNotices({ scope, servers }: MailModel): Notice[] {
  if (servers.length === 0) return [];
  return [
    {
      kind: 'not-modelled',
      text: 'mail servers are not in the access table: who gets in is for the auth_http server to say',
      span: scope.node && nodeSpan(scope.node),
      help: 'Their verification settings are checked.',
      fatal: false,
    },
  ];
}

/** Tells the files that reports are wanted for; never what stands for the surroundings of a fragment. */
function wantedFiles({ only }: Root, { surroundings }: ConfigTree): (file: SourceFile) => boolean {
  return file => file !== surroundings && (only === undefined || only.has(file));
}

/** What makes the run fail is told wherever it is. */
function isWantedNotice({ fatal, span }: Notice, isWanted: (file: SourceFile) => boolean): boolean {
  return fatal || span === undefined || isWanted(span.file);
}

/** True for a site whose block, or the directive that gives its content, stands in one of the files. */
function touches({ site }: AnyRow, files: ReadonlySet<SourceFile>): boolean {
  const nodes = [site.scope.node, site.source, site.server.node];
  return nodes.some(node => node !== undefined && files.has(node.source));
}

function namesPemFiles(tree: ConfigTree): boolean {
  for (const node of everyDirective(tree.nodes)) if (namesPemFile(node)) return true;
  return false;
}
