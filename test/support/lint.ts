/** Lints a snippet of an http block and compares every finding with what the snippet says of itself. */
import * as assert from 'uvu/assert';
import { rules } from '../../rules/index.js';
import { type Finding, LEVELS, type Level } from '../../src/finding.js';
import { lint } from '../../src/lint.js';
import type { LintResult } from '../../src/report/result.js';
import { withoutAmbient } from './ambient.js';
import { MemoryHost } from './memory-host.js';
import { PAGE_FILES } from './page-files.js';
import { describe } from './suite.js';

/** The level that a rule reports at unless the line says otherwise. */
const LEVEL_OF: ReadonlyMap<string, Level> = new Map(rules.map(rule => [rule.id, rule.level]));

const NOW = new Date('2026-11-23T00:00:00Z');

/**
 * What snippets of `describeCases` and of the laboratory stand behind: certificates, client CAs and an upstream. One
 * line, to keep the numbers of the lines.
 */
export const PREAMBLE =
  'ssl_certificate server.pem; ssl_certificate_key server.key; ssl_client_certificate clients-ca.pem; upstream app { server 127.0.0.1:8080; } ';

/**
 * Runs all rules over a snippet of http, or over a whole `stream` block, in a file that no machine has. Fails where the configuration does not parse, or where a
 * rule fails. Line 1 is the first line of the snippet.
 */
export async function lintSnippet(snippet: string): Promise<LintResult> {
  const text = isStreamBlock(snippet) ? `${snippet}\n` : `http { ${snippet}\n}\n`;
  const host = new MemoryHost({ 'nginx.conf': text, ...PAGE_FILES });
  const options = { paths: ['nginx.conf'], prefix: undefined, now: NOW };
  const result = await lint(options, host, { rules, tool: { name: 'nginx-mtls-lint', version: '0.0.0' } });
  const problems = result.notices.filter(notice => notice.fatal || notice.kind === 'rule-failed');
  assert.equal(
    problems.map(({ kind, text }) => `${kind}: ${text}`),
    [],
  );
  return result;
}

/** Whether a snippet is a `stream` block, which stands in no other one. */
export function isStreamBlock(snippet: string): boolean {
  return /^\s*stream\s*\{/.test(snippet);
}

/** The findings of every level on a snippet. */
export async function findingsOf(snippet: string): Promise<readonly Finding[]> {
  return (await lintSnippet(snippet)).findings;
}

/**
 * Lints a snippet whose lines say what is reported there: `# expect: rule-id`, with the level where it is not the
 * rule's own (`# expect: unsafe-if note`), several of them with commas between. Fails on a missing and on an extra
 * finding of any rule and level, and where no line expects anything. Returns the findings.
 */
export async function flags(snippet: string): Promise<readonly Finding[]> {
  const expected = expectationsOf(snippet);
  if (expected.length === 0) throw new Error(`no line says what is expected:\n${snippet}`);
  return compare(snippet, expected);
}

/** Lints a snippet that stands for a repaired one: nothing may be found, but for what its lines expect at level note. */
export async function accepts(snippet: string): Promise<readonly Finding[]> {
  const expected = expectationsOf(snippet);
  const graver = expected.filter(line => !line.endsWith(' note'));
  if (graver.length > 0) throw new Error(`an accepted configuration expects ${graver.join(', ')}`);
  return compare(snippet, expected);
}

/** Fails where the findings of a snippet are not those that are expected, or where a message is not as messages are. */
export async function compare(snippet: string, expected: readonly string[]): Promise<readonly Finding[]> {
  // The preamble is there for nginx; what would be wrong with it alone is no snippet's business.
  const findings = withoutAmbient(await findingsOf(snippet)).filter(({ primary: { span } }) => !isInPreamble(span));
  const found = findings.map(({ rule, level, primary: { span } }) => {
    return `${span.file.position(span.start).line}: ${rule} ${level}`;
  });
  const told = findings.map(({ message }) => message).join('\n');
  assert.equal([...found].sort(), [...expected].sort(), `${snippet}\n${told}`);
  for (const { message, rule } of findings) {
    assert.not.match(message, /^[A-Z]|\.$|undefined|\[object/, `${rule}: ${message}`);
  }
  return findings;
}

function isInPreamble({ file, start }: Finding['primary']['span']): boolean {
  const at = file.text.indexOf(PREAMBLE);
  return at !== -1 && start >= at && start < at + PREAMBLE.length;
}

/** Every expectation as `line: rule level`. */
export function expectationsOf(snippet: string): string[] {
  return snippet.split('\n').flatMap((line, index) => {
    const comment = /#\s*expect:(.*)$/.exec(line)?.[1];
    if (comment === undefined) return [];
    return comment.split(',').map(text => {
      const [id = '', level = LEVEL_OF.get(id), ...rest] = text.trim().split(/\s+/);
      if (!LEVEL_OF.has(id) || !LEVELS.includes(level as Level) || rest.length > 0) {
        throw new Error(`line ${index + 1} expects "${text.trim()}", which is no rule, or no level`);
      }
      return `${index + 1}: ${id} ${level}`;
    });
  });
}

/** A verifying server with its certificates; `more` goes into its block, on the following lines. */
export function verifyingServer(mode: string, more: string, listen = '443 ssl'): string {
  return `server { listen ${listen}; server_name app.test; ssl_certificate server.pem; ssl_certificate_key server.key; ssl_client_certificate clients-ca.pem; ssl_verify_client ${mode};
${more}
}`;
}

/** A verifying server behind the preamble; `more` goes into its block, on the following lines. */
export function site(mode: string, more: string, listen = '443 ssl'): string {
  return `server { listen ${listen}; server_name app.test; ssl_verify_client ${mode};\n${more}\n}`;
}

/** The check that every accepted configuration of these tests uses. */
export const GUARD = 'if ($ssl_client_verify != SUCCESS) { return 403; }';

/** A hazard and its repair: two snippets that differ in the one thing that matters. */
export interface RuleCase {
  /** Completes "flags …". */
  readonly title: string;
  readonly flagged: string;
  readonly accepted: string;
}

/** Declares the tests of a rule: each case, with the preamble, is flagged and its repair accepted, and so are the idioms. */
export function describeCases(
  rule: string,
  cases: readonly RuleCase[],
  idioms: Readonly<Record<string, string>>,
  more: Parameters<typeof describe>[1] = () => {},
): void {
  describe(rule, it => {
    for (const { title, flagged, accepted } of cases) {
      it(`flags ${title}`, async () => {
        const findings = await flags(PREAMBLE + flagged);
        assert.ok(
          findings.some(finding => finding.rule === rule),
          `no finding of ${rule}`,
        );
      });
      it(`accepts the repair of ${title}`, async () => {
        await accepts(PREAMBLE + accepted);
      });
    }
    for (const [title, snippet] of Object.entries(idioms)) {
      it(title, async () => {
        await accepts(PREAMBLE + snippet);
      });
    }
    more(it);
  });
}
