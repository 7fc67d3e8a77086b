import type { AccessTable } from '../analysis/access.js';
import type { Trust } from '../analysis/trust.js';
import { checkDirectives, type DirectiveProblem } from '../config/check-directives.js';
import type { ConfigNode } from '../config/config-tree.js';
import { type ConfigTree, pathBase } from '../config/expand.js';
import type { HttpModel, MailModel } from '../model/model.js';
import type { NginxVersions } from '../model/versions.js';
import type { Notice } from '../notice.js';
import type { PemFile } from '../pki/pem.js';
import type { FilePermissions, Report, Rule, RuleContext } from '../rule.js';
import type { Settings } from '../settings.js';
import type { Findings } from './findings.js';
import type { Notices } from './notices.js';
import type { PemFiles } from './pem-files.js';

/** What the stages before the rules made of one main file. */
export interface Analyzed {
  readonly model: HttpModel;
  readonly access: AccessTable;
  readonly stream: RuleContext['stream'];
  readonly mail: MailModel;
  readonly tree: ConfigTree;
  readonly versions: NginxVersions;
  /** Undefined where the configuration names no certificates. */
  readonly trust: Trust | undefined;
}

/**
 * Runs every rule over one analysed configuration. A rule that throws loses its own findings, and no others.
 *
 * @param files those that the configuration names; `pem` is undefined where it names no certificates
 */
export function runRules(
  rules: readonly Rule[],
  { access, mail, model, stream, tree, trust, versions }: Analyzed,
  files: { readonly pem: PemFiles | undefined; readonly permissions: () => FilePermissions | undefined },
  now: Date,
  settings: Settings,
  findings: Pick<Findings, 'add'>,
  notices: Pick<Notices, 'add'>,
): void {
  let problems: readonly DirectiveProblem[] | undefined;
  for (const rule of rules) {
    const reports: Report[] = [];
    const told: Notice[] = [];
    try {
      rule.check({
        model,
        access,
        stream,
        servers: [...model.servers, ...stream.model.servers, ...mail.servers],
        directives: () => everyDirective(tree.nodes),
        directiveProblems: () => (problems ??= checkDirectives(tree, { available: form => versions.has(form) })),
        pem: (node, argument = 0) => pemOf(files.pem, tree, node, argument),
        trust,
        permissions: files.permissions,
        versions,
        isFragment: tree.surroundings !== undefined,
        settings,
        now,
        report: report => reports.push(report),
        notice: found => told.push(found),
      });
    } catch (error) {
      notices.add({
        kind: 'rule-failed',
        text: `the rule ${rule.id} failed: ${error instanceof Error ? error.message : error}`,
        span: undefined,
        help: 'This is a bug in nginx-mtls-lint; what the rule would have found is missing.',
        fatal: false,
      });
      continue;
    }
    for (const report of reports) findings.add(rule, report);
    for (const found of told) notices.add(found);
  }
}

/** The PEM file that an argument of a directive of a configuration names. */
export function pemOf(
  files: PemFiles | undefined,
  tree: ConfigTree,
  node: ConfigNode,
  argument: number,
): PemFile | undefined {
  return files?.get(node, argument, path => tree.resolvePath(path, pathBase(node.name)));
}

/** All directives in the order in which nginx reads them. An explicit stack: a hostile file nests without end. */
export function* everyDirective(nodes: readonly ConfigNode[]): Generator<ConfigNode, void, undefined> {
  const open: { readonly list: readonly ConfigNode[]; next: number }[] = [{ list: nodes, next: 0 }];
  for (let level = open.at(-1); level !== undefined; level = open.at(-1)) {
    const node = level.list[level.next];
    if (node === undefined) {
      open.pop();
      continue;
    }
    level.next += 1;
    yield node;
    if (node.children !== undefined) open.push({ list: node.children, next: 0 });
  }
}
