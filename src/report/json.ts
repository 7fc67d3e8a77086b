import { compareFindings, type Finding, type Level, type SuppressedFinding } from '../finding.js';
import { ruleUrl } from '../rule.js';
import { summarizeAccess } from './access-summary.js';
import { decode, decodePath } from './display.js';
import { findingsFrom, summarizeFindings } from './finding-summary.js';
import { jsonText } from './json-text.js';
import { noticeJson } from './notice-json.js';
import { placeOf } from './place.js';
import type { LintResult } from './result.js';
import { witnessJson } from './witness-json.js';

/** The findings as JSON (docs/findings.schema.json). `level` is the lowest level that is listed; others are counted. */
export function reportJson(result: LintResult, { level }: { readonly level: Level }): string {
  return jsonText({
    schemaVersion: 1,
    tool: result.tool,
    roots: result.roots.map(decodePath),
    findings: findingsFrom([...result.findings, ...result.suppressed], level)
      .sort(compareFindings)
      .map(findingJson),
    notices: result.notices.map(noticeJson),
    summary: {
      ...summarizeFindings(result.findings, level),
      suppressed: result.suppressed.length,
      notices: result.notices.length,
      access: summarizeAccess(result.tables),
    },
  });
}

function findingJson(finding: Finding | SuppressedFinding): object {
  return {
    rule: finding.rule,
    level: finding.level,
    message: decode(finding.message),
    ...placeOf(finding.primary.span),
    related: finding.related.map(({ span, text }) => ({ message: decode(text), ...placeOf(span) })),
    witness: finding.witness === undefined ? null : witnessJson(finding.witness),
    help: decode(finding.help),
    url: ruleUrl(finding.rule),
    fingerprint: finding.fingerprint,
    suppressed: 'suppression' in finding ? suppressionJson(finding) : false,
  };
}

function suppressionJson({ suppression }: SuppressedFinding): object {
  const { file, line, reason } = suppression;
  return { reason: decode(reason), file: decodePath(file), line };
}
