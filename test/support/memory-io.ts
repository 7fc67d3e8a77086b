import { type ExitCode, type Io, main } from '../../src/cli.js';
import { nodeSpan } from '../../src/config/config-tree.js';
import type { FileHost } from '../../src/config/host.js';
import { defineRule, type Rule } from '../../src/rule.js';
import { MemoryHost } from './memory-host.js';

/** What a run left behind. */
export interface Ran {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
  /** Files that the run wrote, by name. */
  readonly written: ReadonlyMap<string, string>;
}

/** What a test changes about the machine that a run sees. */
export type Setting = Partial<Omit<Io, 'stdout' | 'stderr'>> & {
  readonly isTerminal?: boolean;
  /** Columns of the terminal. */
  readonly columns?: number;
};

/** Runs the command line in this process, on files that exist only in memory. */
export async function runMain(
  argv: readonly string[],
  files: ConstructorParameters<typeof MemoryHost>[0] | FileHost,
  setting: Setting = {},
): Promise<Ran> {
  const streams = { stdout: '', stderr: '' };
  const written = new Map<string, string>();
  const { columns, isTerminal = false, ...io } = setting;
  const sink = (name: keyof typeof streams) => ({
    isTerminal,
    columns,
    write: async (text: string) => {
      streams[name] += text;
    },
  });
  const code = await main(argv, {
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    env: {},
    host: 'read' in files && typeof files.read === 'function' ? (files as FileHost) : new MemoryHost(files as never),
    now: () => new Date('2026-11-23T00:00:00Z'),
    version: '1.2.3',
    readStdin: async () => '',
    writeFile: (path, text) => written.set(path, text),
    rulePage: () => undefined,
    rules: [flagsProxyPass],
    ...io,
  });
  return { code, ...streams, written };
}

/** A rule as simple as a rule can be: it objects to every `proxy_pass`, so a test knows what it will find. */
export const flagsProxyPass: Rule = ruleNamed('flagged-pass', 'warning', ({ directives, report }) => {
  for (const node of directives()) {
    if (node.name !== 'proxy_pass') continue;
    report({
      message: 'proxy_pass is here',
      primary: { span: nodeSpan(node), text: 'here' },
      identity: [...node.args],
    });
  }
});

/** A rule with the least that a rule needs. */
export function ruleNamed(id: string, level: Rule['level'], check: Rule['check']): Rule {
  return defineRule({
    id,
    group: 'Rules of the tests',
    summary: `What ${id} reports.`,
    level,
    precision: 'high',
    securitySeverity: '5.0',
    since: '0.1.0',
    help: 'do something else.',
    check,
  });
}
