import type { PathMapping } from './config/path-map.js';
import type { Level } from './finding.js';

/** What a project's configuration file, or the command line, says of how its configuration is to be judged. */
export interface Settings {
  /** The level of a rule's gravest findings; milder ones are lowered to it at most. `off`: the rule is not run. */
  readonly levels: ReadonlyMap<string, Level | 'off'>;
  /** True for a shown path whose findings are left out. */
  readonly isIgnored: (path: string) => boolean;
  readonly maps: readonly PathMapping[];
  /** `1.25.3`; undefined for every version. */
  readonly nginxVersion: string | undefined;
  /** Names of header fields that carry the client's identity to a back end, in lower case. */
  readonly identityHeaders: readonly string[];
  /** What else counts as a refusal of a default server. */
  readonly acceptedRefusals: readonly AcceptedRefusal[];
  /** The absolute path of the baseline, in bytes. */
  readonly baseline: string | undefined;
}

/** Answers of a default server that a project may count as refusals. */
export const ACCEPTED_REFUSALS = ['redirect'] as const;
export type AcceptedRefusal = (typeof ACCEPTED_REFUSALS)[number];

/** The settings of a project without a configuration file. */
export const DEFAULT_SETTINGS: Settings = {
  levels: new Map(),
  isIgnored: () => false,
  maps: [],
  nginxVersion: undefined,
  identityHeaders: [],
  acceptedRefusals: [],
  baseline: undefined,
};
