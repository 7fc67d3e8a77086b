/**
 * The parts of the documentation that the tool itself produces: the output under each example of the rule pages, the
 * list of the rules, the sample in README.md, and the manual page. `npm run docs` writes them, `npm run docs:check` and the tests compare.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rules } from '../../rules/index.js';
import { lint } from '../../src/lint.js';
import type { LintResult } from '../../src/report/result.js';
import { reportText } from '../../src/report/text.js';
import type { Rule } from '../../src/rule.js';
import { withoutAmbient } from './ambient.js';
import { EXAMPLES_FOLDER, exampleFiles } from './example.js';
import { manPage } from './man-page.js';
import { type MemoryFile, MemoryHost } from './memory-host.js';
import { runMain } from './memory-io.js';
import { PAGE_FILES } from './page-files.js';
import { configurationOf, PAGES_FOLDER, readRulePage } from './rule-page.js';
import { certificates, crlOf, issuing, root } from './trust-laboratory.js';

/** The hazards that the project set out to find; they come first wherever the rules are listed. */
export const FIRST_RULES: readonly string[] = [
  'unverified-location',
  'permissive-default-server',
  'unsafe-if',
  'incomplete-crl-chain',
  'unconditional-proxy-certificate',
];

/** A file of the documentation: as it is, and as it has to be. */
export interface GeneratedFile {
  readonly path: string;
  /** Empty where the file does not exist. */
  readonly current: string;
  readonly expected: string;
}

const LIST = join(PAGES_FOLDER, 'README.md');
const MAN_PAGE = 'docs/nginx-mtls-lint.1';
const TOOL: LintResult['tool'] = { name: 'nginx-mtls-lint', version: '0.0.0' };
/** The fixtures' certificates and CRLs are valid then. */
const NOW = new Date('2026-06-01T00:00:00Z');

/** What make-certificates.sh puts beside the sample's configuration, as far as the access table depends on it. */
const SAMPLE_FILES: Readonly<Record<string, string>> = {
  'certs/clients-ca.pem': certificates(issuing, root),
  'certs/clients-crl.pem': crlOf(issuing),
};

/** Every file with generated parts, sorted by path. */
export async function generatedFiles(): Promise<GeneratedFile[]> {
  const found: GeneratedFile[] = [{ path: LIST, current: textOf(LIST), expected: rulesList(rules) }];
  for (const rule of rules) {
    const path = join(PAGES_FOLDER, `${rule.id}.md`);
    const current = textOf(path);
    found.push({ path, current, expected: withOutput(path, current, await pageOutput(rule.id)) });
  }
  const readme = textOf('README.md');
  found.push({
    path: 'README.md',
    current: readme,
    expected: withOutput('README.md', readme, await sampleOutput(readme)),
  });
  const { version } = JSON.parse(textOf('package.json'));
  found.push({ path: MAN_PAGE, current: textOf(MAN_PAGE), expected: manPage(version) });
  return found.sort((one, other) => (one.path < other.path ? -1 : 1));
}

/**
 * Lints a configuration of a page as `example.conf`, so that its lines count from 1, inside the http block of a main file;
 * as the main file itself where it has an http or stream block. The PEM files that the pages name lie beside it.
 */
export function lintPage(configuration: string): Promise<LintResult> {
  const text = `${Buffer.from(configuration, 'utf8').toString('latin1')}\n`;
  const files: Record<string, MemoryFile> = { ...PAGE_FILES };
  if (/^(?:http|stream)\b/m.test(configuration)) {
    files['nginx.conf'] = text;
  } else {
    files['nginx.conf'] = 'events {}\nhttp { include example.conf; }\n';
    files['example.conf'] = text;
  }
  const options = { paths: ['nginx.conf'], prefix: undefined, now: NOW };
  return lint(options, new MemoryHost(files), { rules, tool: TOOL });
}

/** What the text reporter prints for the example of a page. */
async function pageOutput(id: string): Promise<string> {
  const { findings, ...result } = await lintPage(configurationOf(readRulePage(id), 'nginx flagged'));
  const shown = { ...result, findings: withoutAmbient(findings, id === 'missing-revocation') };
  return reportText(shown, { isColoured: false, level: 'note', isQuiet: true });
}

/** What the command above the sample of README.md prints. */
async function sampleOutput(readme: string): Promise<string> {
  const command = /^node dist\/nginx-mtls-lint\.cjs (.*)\n```\n\n```text output$/m.exec(readme)?.[1];
  if (command === undefined) throw new Error('README.md: no command stands above the sample');
  const folder = join(EXAMPLES_FOLDER, 'hazards');
  const files = Object.entries({ ...exampleFiles('hazards'), ...SAMPLE_FILES }).map(
    ([path, text]) => [`${folder}/${path}`, text] as const,
  );
  const { stderr, stdout } = await runMain(command.split(' '), Object.fromEntries(files), { rules, now: () => NOW });
  if (stderr !== '') throw new Error(`${command}: ${stderr}`);
  return stdout;
}

/** The page with the text in its only block tagged `text output`. */
function withOutput(path: string, page: string, output: string): string {
  const parts = page.split(/(?<=^```text output\n)[\s\S]*?(?=^```$)/m);
  if (parts.length !== 2) throw new Error(`${path}: ${parts.length - 1} blocks are tagged "text output"`);
  return parts.join(output);
}

function rulesList(all: readonly Rule[]): string {
  const first = FIRST_RULES.flatMap(id => all.filter(rule => rule.id === id));
  const lines = ['# Rules', '', 'Generated by `npm run docs` from the rules themselves.', '', '## Start with these'];
  lines.push('', ...first.map(listed));
  for (const group of new Set(all.map(rule => rule.group))) {
    lines.push('', `## ${group}`, '', ...all.filter(rule => rule.group === group).map(listed));
  }
  return `${lines.join('\n')}\n`;
}

function listed({ id, level, summary }: Rule): string {
  return `- [${id}](${id}.md) (${level}): ${summary}`;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
