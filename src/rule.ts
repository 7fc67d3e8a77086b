import type { AccessTable, StreamRow } from './analysis/access.js';
import type { Session, Witness } from './analysis/request.js';
import type { Trust } from './analysis/trust.js';
import type { DirectiveProblem } from './config/check-directives.js';
import type { ConfigNode } from './config/config-tree.js';
import type { Label, Level } from './finding.js';
import type { HttpModel, Server, StreamModel } from './model/model.js';
import type { NginxVersions } from './model/versions.js';
import type { Notice } from './notice.js';
import type { PemFile } from './pki/pem.js';
import type { Settings } from './settings.js';
import type { SourceFile } from './source/source-file.js';

/** How often a finding of a rule is right; SARIF's word and values. */
export type Precision = 'very-high' | 'high' | 'medium' | 'low';

/** What a rule says of itself. */
export interface RuleMeta {
  /** Kebab-case, names the hazard; the same in files, pages, tests, registry and SARIF. */
  readonly id: string;
  readonly group: string;
  /** One sentence, at most 160 characters. */
  readonly summary: string;
  /** The highest level it reports at. */
  readonly level: Level;
  readonly precision: Precision;
  /** CVSS-like figure as GitHub reads it, e.g. `8.1`. */
  readonly securitySeverity: string;
  /** Version that brought the rule. */
  readonly since: string;
  /** What to do, in one sentence, where a report gives no help of its own. */
  readonly help: string;
}

/** One claim of a rule. */
export interface Report {
  /** Default: the rule's level. */
  readonly level?: Level;
  readonly message: string;
  readonly primary: Label;
  readonly related?: readonly Label[];
  readonly witness?: Witness<Session>;
  readonly help?: string;
  /** What the finding means, free of line numbers: server names, location text, directive. */
  readonly identity: readonly string[];
}

/** What every user of this machine may do to the files of a configuration. */
export interface FilePermissions {
  /** The file that an argument of a directive names, as it is shown, if others may read it. */
  readonly readableByOthers: (node: ConfigNode, argument?: number) => string | undefined;
  /** The files of the configuration that others may write. */
  readonly writableByOthers: () => readonly SourceFile[];
}

/** What a rule may ask. */
export interface RuleContext {
  /** The http part, and who reaches what of it. */
  readonly model: HttpModel;
  readonly access: AccessTable;
  /** The stream part, and who reaches what of it. */
  readonly stream: { readonly model: StreamModel; readonly access: AccessTable<StreamRow> };
  /** The servers of http, stream and mail. */
  readonly servers: readonly Server[];
  /** All directives of the configuration in the order in which nginx reads them, includes expanded. */
  readonly directives: () => Iterable<ConfigNode>;
  /** Directives that nginx would refuse, or does not know. */
  readonly directiveProblems: () => readonly DirectiveProblem[];
  /**
   * The PEM file that an argument of a directive names (the first by default), resolved as nginx does (against the
   * folder of the main file). Undefined where it cannot be read; a notice has then been given.
   */
  readonly pem: (node: ConfigNode, argument?: number) => PemFile | undefined;
  /** Which client certificates the servers accept; undefined where the configuration names no certificates at all. */
  readonly trust: Trust | undefined;
  /** Undefined where they say nothing, as in a git work tree. */
  readonly permissions: () => FilePermissions | undefined;
  /** The versions of nginx that the configuration can be for. */
  readonly versions: NginxVersions;
  /** True where only a part of the configuration is there: other servers may share its addresses. */
  readonly isFragment: boolean;
  readonly settings: Pick<Settings, 'nginxVersion' | 'identityHeaders' | 'acceptedRefusals'>;
  /** The moment at which validity is judged. */
  readonly now: Date;
  readonly report: (report: Report) => void;
  readonly notice: (notice: Notice) => void;
}

/** A rule: metadata beside its check. */
export interface Rule extends RuleMeta {
  readonly check: (context: RuleContext) => void;
}

/** The page of a rule: where it is published, for people who read a report. */
export function ruleUrl(id: string): string {
  return `https://github.com/nginx-mtls-lint/nginx-mtls-lint/blob/main/docs/rules/${id}.md`;
}

/** Declares a rule; refuses metadata that outputs could not print. */
export function defineRule(rule: Rule): Rule {
  if (!/^[a-z]+(-[a-z]+)*$/.test(rule.id)) throw new Error(`rule id "${rule.id}" is not kebab-case`);
  if (rule.summary.length === 0 || rule.summary.length > 160)
    throw new Error(`${rule.id}: summary of 1 to 160 characters`);
  return rule;
}
