import type { Level } from '../finding.js';
import { ruleUrl } from '../rule.js';
import { closingLine } from './access-summary.js';
import { count, shown, shownPath } from './display.js';
import { findingsFrom, summarizeFindings } from './finding-summary.js';
import { placeOf } from './place.js';
import type { LintResult } from './result.js';

/** GitHub's words for the levels. */
const COMMANDS: Readonly<Record<Level, string>> = { error: 'error', warning: 'warning', note: 'notice' };

/**
 * Findings and notices as GitHub workflow commands, one per line; GitHub shows them beside the changed lines. `level` is
 * the lowest level that is listed; a quiet report has findings only.
 */
export function reportGithub(
  result: LintResult,
  { isQuiet = false, level }: { readonly level: Level; readonly isQuiet?: boolean },
): string {
  const lines = findingsFrom(result.findings, level).map(finding => {
    const text = [
      finding.message,
      ...finding.related.map(({ text }) => text).filter(text => text !== ''),
      finding.help,
    ];
    return command(COMMANDS[finding.level], placeProperties(finding.primary.span, finding.rule), [
      ...text.map(shown),
      ruleUrl(finding.rule),
    ]);
  });
  if (isQuiet) return lines.map(line => `${line}\n`).join('');
  for (const { fatal, kind, span, text } of result.notices) {
    const properties = span === undefined ? { title: kind } : placeProperties(span, kind);
    lines.push(command(fatal ? 'error' : 'notice', properties, [shown(text)]));
  }
  const { hidden } = summarizeFindings(result.findings, level);
  const sums = [
    ...(hidden === 0 ? [] : [`${count(hidden, 'finding')} below ${level} not listed`]),
    ...(result.suppressed.length === 0 ? [] : [`${count(result.suppressed.length, 'suppressed finding')} not listed`]),
  ];
  lines.push(command('notice', { title: result.tool.name }, [closingLine(result.tables), ...sums]));
  return `${lines.join('\n')}\n`;
}

function placeProperties(span: Parameters<typeof placeOf>[0], title: string): Record<string, string> {
  const place = placeOf(span);
  const isOneLine = place.line === place.endLine;
  return {
    file: shownPath(span.file.path),
    line: String(place.line),
    endLine: String(place.endLine),
    // GitHub takes columns only for a range within one line, and counts its last column in.
    ...(isOneLine ? { col: String(place.column), endColumn: String(Math.max(place.column, place.endColumn - 1)) } : {}),
    title,
  };
}

/** One workflow command; escaped as the runner undoes it (actions/toolkit, core/src/command.ts). */
function command(name: string, properties: Readonly<Record<string, string>>, lines: readonly string[]): string {
  const list = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(value)}`);
  return `::${name} ${list.join(',')}::${escapeData(lines.join('\n'))}`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
