import type { Access, AnyRow, StreamRow, Verdict } from '../analysis/access.js';
import type { Session, Witness } from '../analysis/request.js';
import type { Span } from '../source/source-file.js';
import { summarizeAccess } from './access-summary.js';
import { decode, decodePath } from './display.js';
import { jsonText } from './json-text.js';
import { noticeJson } from './notice-json.js';
import { nameSpan } from './place.js';
import type { LintResult } from './result.js';
import { listenText, serverNames, siteLabel } from './site-label.js';
import { witnessJson } from './witness-json.js';

/** The access table as JSON (docs/access.schema.json). Stable: later versions only add. */
export function reportAccessJson(result: LintResult): string {
  return jsonText({
    schemaVersion: 1,
    tool: result.tool,
    roots: result.roots.map(decodePath),
    sites: result.tables.flatMap(table => table.rows).map(siteJson),
    notices: result.notices.map(noticeJson),
    summary: summarizeAccess(result.tables),
  });
}

/** One row of the table. */
export function siteJson(row: AnyRow): object {
  const { access, site } = row;
  const { server } = site;
  const span = nameSpan(site.scope.node ?? server.node);
  return {
    ...pointJson(span),
    kind: site.kind,
    label: siteLabel(site),
    server: { ...lineJson(nameSpan(server.node)), names: serverNames(server) },
    listen: server.listens.map(listen => listenText(listen, server)),
    content: decode(site.content),
    target: site.target === undefined ? null : decode(site.target),
    source: site.source === undefined ? null : lineJson(nameSpan(site.source)),
    access: accessJson(access),
    ...(isStreamRow(row) && row.targets.length > 0
      ? { targets: row.targets.map(one => ({ value: decode(one.value), access: accessJson(one.access) })) }
      : {}),
  };
}

/** Only rows of stream servers have targets of their own. */
function isStreamRow(row: AnyRow): row is StreamRow {
  return 'targets' in row;
}

function accessJson({ none, untrusted, trusted }: Access<Session>): object {
  return { none: verdictJson(none), untrusted: verdictJson(untrusted), trusted: verdictJson(trusted) };
}

function verdictJson(verdict: Verdict<Session>): object {
  switch (verdict.verdict) {
    case 'reached':
      return { verdict: 'reached', ...viaJson(verdict.witness), witness: witnessJson(verdict.witness) };
    case 'conditional':
      return {
        verdict: 'conditional',
        ...viaJson(verdict.witness),
        witness: witnessJson(verdict.witness),
        conditions: verdict.conditions.map(({ kind, span, text }) => ({ kind, text: decode(text), ...lineJson(span) })),
        ...(verdict.reasons.length === 0 ? {} : { reasons: verdict.reasons.map(reasonJson) }),
      };
    case 'unknown':
      return { verdict: 'unknown', reasons: verdict.reasons.map(reasonJson) };
    case 'refused':
      return {
        verdict: 'refused',
        by: verdict.by.map(({ span, text }) => ({ ...lineJson(span), text: decode(text) })),
      };
  }
}

function viaJson({ via }: Witness<Session>): object {
  return via === undefined ? {} : { via };
}

function reasonJson({ kind, span, text }: { kind: string; span: Span; text: string }): object {
  return { kind, text: decode(text), ...lineJson(span) };
}

/** The file and the line of a place. */
export function lineJson(span: Span): { file: string; line: number } {
  return { file: decodePath(span.file.path), line: span.file.position(span.start).line };
}

/** The file, the line and the column of a place. */
export function pointJson(span: Span): { file: string; line: number; column: number } {
  return { ...lineJson(span), column: span.file.position(span.start).column };
}
