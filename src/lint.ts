/** Runs the stages in order, from paths to a result; the only place that knows them all. */
import { parseConfig } from '../grammar/index.js';
import type { AccessTable } from './analysis/access.js';
import { analyse } from './analysis/analyse.js';
import type { Trust } from './analysis/trust.js';
import { type ConfigTree, expand } from './config/expand.js';
import type { FileHost } from './config/host.js';
import { ConfigReader } from './config/reader.js';
import { findRoots } from './config/roots.js';
import { Findings } from './lint/findings.js';
import { Notices } from './lint/notices.js';
import { namesPemFile, PemFiles } from './lint/pem-files.js';
import { permissionsOf } from './lint/permissions.js';
import { everyDirective, pemOf, runRules } from './lint/rule-run.js';
import type { HttpModel } from './model/model.js';
import { resolve } from './model/resolve.js';
import { NginxVersions, type VersionText } from './model/versions.js';
import type { LintResult } from './report/result.js';
import type { Rule } from './rule.js';

/** What to analyse. */
export interface LintOptions {
  /** Files and folders as the user named them; none for the current folder, else /etc/nginx. */
  readonly paths: readonly string[];
  /** nginx's `-p`, in bytes; undefined for the folder of each main file. */
  readonly prefix: string | undefined;
  /** The moment at which validity is judged. */
  readonly now: Date;
  /** The version of nginx that the configuration is for; undefined for every one that has its directives. */
  readonly nginxVersion?: VersionText | undefined;
}

/** What a run is given besides the configuration. */
export interface Services {
  /** The rules to run; none where only the access table is wanted. */
  readonly rules: readonly Rule[];
  readonly tool: LintResult['tool'];
}

/**
 * Analyses configurations: reads, expands, resolves, explores, and lets the rules ask. What could not be read or decided
 * is in the notices and in the table; this throws only where the tool itself is wrong.
 */
export async function lint(options: LintOptions, host: FileHost, services: Services): Promise<LintResult> {
  const { rules, tool } = services;
  const reader = new ConfigReader(host, parseConfig);
  const notices = new Notices();
  const findings = new Findings();
  const tables: AccessTable[] = [];
  const models: HttpModel[] = [];
  const shownRoots: string[] = [];
  const found = findRoots(options.paths, reader);
  for (const notice of found.notices) notices.add(notice);

  let pemFiles: PemFiles | undefined;
  for (const root of found.roots) {
    const tree = expand(root, reader, options.prefix === undefined ? {} : { prefix: options.prefix });
    for (const notice of tree.notices) notices.add(notice);
    shownRoots.push(tree.main.path);
    const model = resolve(tree.nodes);
    const access: AccessTable = model === undefined ? { rows: [] } : analyse(model);
    tables.push(access);
    if (model !== undefined) models.push(model);
    if (model === undefined || rules.length === 0) continue;
    const versions =
      options.nginxVersion === undefined
        ? NginxVersions.admitting(everyDirective(tree.nodes))
        : NginxVersions.exactly(options.nginxVersion);
    let trust: Trust | undefined;
    if (namesPemFiles(tree)) {
      // Reading certificates costs start-up time that most configurations can save.
      const [pem, analysis] = await Promise.all([import('./pki/pem.js'), import('./analysis/trust.js')]);
      const files = (pemFiles ??= new PemFiles(host, pem.readPem, notices));
      trust = new analysis.Trust((node, argument) => pemOf(files, tree, node, argument), options.now, versions);
    }
    const files = { pem: pemFiles, permissions: () => permissionsOf(tree, host) };
    runRules(rules, { model, access, tree, trust, versions }, files, options.now, findings, notices);
  }
  return { tool, roots: shownRoots, findings: findings.sorted(), notices: notices.sorted(), tables, models };
}

function namesPemFiles(tree: ConfigTree): boolean {
  for (const node of everyDirective(tree.nodes)) if (namesPemFile(node)) return true;
  return false;
}
