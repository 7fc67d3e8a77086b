import { gzipSync } from 'node:zlib';
import type { Step } from '../analysis/request.js';
import {
  compareFindings,
  compareLevels,
  type Finding,
  type Label,
  type Level,
  type SuppressedFinding,
} from '../finding.js';
import type { Notice, NoticeKind } from '../notice.js';
import { type RuleMeta, ruleUrl } from '../rule.js';
import type { Span } from '../source/source-file.js';
import { curlLine } from './curl.js';
import { clip, count, decodePath, shown } from './display.js';
import { findingsFrom } from './finding-summary.js';
import { jsonText } from './json-text.js';
import { placeOf } from './place.js';
import type { LintResult } from './result.js';

/** A rule with the text of its page in Markdown. */
export interface SarifRule {
  readonly meta: RuleMeta;
  readonly page: string;
}

/** What the SARIF document depends on besides the result. */
export interface SarifOptions {
  /** The lowest level that is listed. */
  readonly level: Level;
  /** Every rule of the registry, in its order. */
  readonly rules: readonly SarifRule[];
  /** List suppressed findings as well, with their suppression. GitHub shows them like any other. */
  readonly withSuppressed?: boolean;
  /** Bytes of the compressed file that must not be passed; default: GitHub's limit. */
  readonly largest?: number;
  /** GitHub keeps one set of alerts per category; give each run over the same commit its own. Default: the tool's name. */
  readonly category?: string;
}

/** What GitHub keeps of a file (its documentation of SARIF support): more is dropped there, or makes it refuse the file. */
const MOST_RESULTS = 5000;
const MOST_RELATED = 100;
const MOST_STEPS = 1000;
const LONGEST_DESCRIPTION = 1024;
/** Of the file that gzip makes of it. */
const LARGEST = 10 * 1024 * 1024;
/** Ours: no claim needs more, and a hostile name must not fill the file. */
const LONGEST_TEXT = 2000;
const LONGEST_NOTIFICATIONS = 1000;

/** What each kind of notice means; the descriptors of the tool's notifications. */
const NOTICES: Readonly<Record<NoticeKind | 'results-dropped', string>> = {
  syntax: "Text that is not nginx's language.",
  'missing-file': 'A file that the configuration names does not exist.',
  'unreadable-file': 'A file could not be read.',
  'include-cycle': 'A file includes itself.',
  'too-large': 'The input is larger than the tool takes.',
  'unknown-directive': 'A directive that the tool does not know.',
  'not-modelled': 'Something that the analysis does not model.',
  bound: 'The analysis stopped at a bound.',
  'no-configuration': 'No configuration was found.',
  'not-included': 'A file that no main file includes was not analysed.',
  fragment: 'A file was analysed without what surrounds it.',
  template: 'A template leaves open what the configuration says.',
  suppression: 'A comment that suppresses findings is wrong, or suppresses nothing.',
  baseline: 'The baseline holds findings that are gone.',
  'not-checked': 'Something was not checked.',
  'rule-failed': 'A rule failed: a bug in the tool.',
  'results-dropped': 'There are more results than GitHub code scanning takes.',
};

/**
 * The findings as SARIF 2.1.0 for GitHub code scanning. Where there are more than GitHub takes, the mildest are left out,
 * and a notification says so. Suppressed findings are not in it unless they are asked for: GitHub would show them.
 */
export function reportSarif(result: LintResult, options: SarifOptions): string {
  const { largest = LARGEST, level, withSuppressed = false } = options;
  const all = withSuppressed ? [...result.findings, ...result.suppressed].sort(compareFindings) : result.findings;
  const listed = findingsFrom(all, level);
  let most = Math.min(listed.length, MOST_RESULTS);
  for (;;) {
    const text = documentText(result, listed, gravest(listed, most), options);
    // What is small as it stands need not be compressed to know it.
    const size = text.length * 3 <= largest ? 0 : gzipSync(text).length;
    if (size <= largest || most === 0) return text;
    most = Math.min(most - 1, Math.floor((most * largest * 0.95) / size));
  }
}

function documentText(
  result: LintResult,
  listed: readonly Finding[],
  kept: readonly Finding[],
  { category = result.tool.name, rules }: SarifOptions,
): string {
  const indexOf = new Map(rules.map(({ meta }, index) => [meta.id, index]));
  const kinds = Object.keys(NOTICES);
  const notifications = [
    ...result.notices.slice(0, LONGEST_NOTIFICATIONS).map(notice => notificationOf(notice, kinds)),
    ...droppedNotification(listed.length - kept.length, 'result', kinds),
    ...droppedNotification(result.notices.length - LONGEST_NOTIFICATIONS, 'notice', kinds),
  ];
  return jsonText({
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: result.tool.name,
            version: result.tool.version,
            semanticVersion: result.tool.version,
            informationUri: 'https://github.com/nginx-mtls-lint/nginx-mtls-lint',
            rules: rules.map(ruleJson),
            notifications: kinds.map(id => noticeDescriptor(id as NoticeKind)),
          },
        },
        automationDetails: { id: `${category}/` },
        originalUriBaseIds: {
          '%SRCROOT%': { description: { text: 'The folder in which the tool was run: the root of the repository.' } },
        },
        columnKind: 'unicodeCodePoints',
        invocations: [
          {
            executionSuccessful: !result.notices.some(notice => notice.fatal),
            toolExecutionNotifications: notifications,
          },
        ],
        results: kept.map(finding => resultJson(finding, indexOf.get(finding.rule))),
      },
    ],
  });
}

function ruleJson({ meta, page }: SarifRule): object {
  return {
    id: meta.id,
    name: pascalCase(meta.id),
    shortDescription: { text: clip(meta.summary, LONGEST_DESCRIPTION) },
    fullDescription: { text: clip(`${meta.summary} ${meta.help}`, LONGEST_DESCRIPTION) },
    help: { text: `${meta.help}\n\n${ruleUrl(meta.id)}`, markdown: page },
    helpUri: ruleUrl(meta.id),
    defaultConfiguration: { level: meta.level },
    properties: {
      tags: ['security', 'nginx', 'mtls', 'client-certificate'],
      precision: meta.precision,
      'security-severity': meta.securitySeverity,
      'problem.severity': meta.level === 'note' ? 'recommendation' : meta.level,
    },
  };
}

/** SARIF wants a second, friendlier name: `UnsafeIf`. */
function pascalCase(id: string): string {
  return id.replace(/(^|-)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
}

function noticeDescriptor(id: NoticeKind): object {
  return {
    id,
    name: pascalCase(id),
    shortDescription: { text: NOTICES[id] },
    fullDescription: { text: `${NOTICES[id]} The results say nothing about what is behind it.` },
    help: { text: 'Run with --format text to see the place, and with --strict to make such a run fail.' },
  };
}

function resultJson(finding: Finding | SuppressedFinding, ruleIndex: number | undefined): object {
  const { fingerprint, level, primary, related, rule, witness } = finding;
  const places = related.slice(0, MOST_RELATED);
  return {
    ruleId: rule,
    ...(ruleIndex === undefined ? {} : { ruleIndex }),
    level,
    message: { text: messageText(finding) },
    locations: [{ physicalLocation: physicalLocation(primary.span), ...messageOf(primary.text) }],
    ...(places.length === 0
      ? {}
      : {
          relatedLocations: places.map(({ span, text }, index) => ({
            id: index + 1,
            physicalLocation: physicalLocation(span),
            ...messageOf(text),
          })),
        }),
    ...(witness === undefined || witness.steps.length === 0 ? {} : { codeFlows: [codeFlow(witness.steps)] }),
    ...('suppression' in finding ? { suppressions: [suppressionJson(finding)] } : {}),
    partialFingerprints: { 'nginxMtlsLint/v1': fingerprint },
    ...(witness === undefined ? {} : { properties: { curl: curlLine(witness.request) } }),
  };
}

function suppressionJson({ suppression: { file, line, reason } }: SuppressedFinding): object {
  const location = { physicalLocation: { artifactLocation: artifactLocation(file), region: { startLine: line } } };
  return { kind: reason === 'in the baseline' ? 'external' : 'inSource', justification: shortened(reason), location };
}

/** The claim, the fix, and links to the related places: GitHub shows only those that the message links to. */
function messageText({ help, message, related }: Finding): string {
  const claim = shortened(message);
  const parts = [`${escapeLinks(asSentence(claim))}.`, escapeLinks(shortened(help))];
  const links = related.slice(0, MOST_RELATED).map((label, index) => `[${escapeLinks(linkText(label))}](${index + 1})`);
  if (related.length > MOST_RELATED) links.push(count(related.length - MOST_RELATED, 'more place'));
  if (links.length > 0) parts.push(`See: ${links.join(', ')}.`);
  return parts.join(' ');
}

/** With a capital, unless the first word is a name of the configuration, where case counts: `proxy_ssl_certificate`, `$user`. */
function asSentence(claim: string): string {
  return /^(?!if\b)[a-z]+(?![\w.:/*-])/.test(claim) ? claim.charAt(0).toUpperCase() + claim.slice(1) : claim;
}

function linkText({ span, text }: Label): string {
  return text === '' ? `line ${span.file.position(span.start).line}` : clip(shown(text), 200);
}

/** Brackets and backslashes are the syntax of embedded links (SARIF 2.1.0, 3.11.6). */
function escapeLinks(text: string): string {
  return text.replace(/[[\]\\]/g, '\\$&');
}

function shortened(text: string): string {
  return clip(shown(text), LONGEST_TEXT);
}

/** The words of a place; left out where there are none, since a message must not be empty. */
function messageOf(text: string): object {
  return text === '' ? {} : { message: { text: escapeLinks(shortened(text)) } };
}

function codeFlow(steps: readonly Step[]): object {
  return {
    threadFlows: [
      {
        locations: steps.slice(0, MOST_STEPS).map(({ span, text }) => ({
          location: { physicalLocation: physicalLocation(span), ...messageOf(text) },
        })),
      },
    ],
  };
}

function physicalLocation(span: Span): object {
  const { column, endColumn, endLine, line } = placeOf(span);
  return {
    artifactLocation: artifactLocation(span.file.path),
    region: { startLine: line, startColumn: column, endLine, endColumn },
  };
}

/** A path below the current folder is relative to the repository; any other is a `file:` URI. */
function artifactLocation(path: string): object {
  const bytes = Buffer.from(decodePath(path), 'utf8');
  const encoded = bytes
    .toString('latin1')
    .replace(/[^A-Za-z0-9._~/-]/g, byte => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
  return path.startsWith('/') ? { uri: `file://${encoded}` } : { uri: encoded, uriBaseId: '%SRCROOT%' };
}

function notificationOf({ fatal, help, kind, span, text }: Notice, kinds: readonly string[]): object {
  const words = [text, ...(help === undefined ? [] : [help])].map(shortened).join('. ');
  return {
    descriptor: { id: kind, index: kinds.indexOf(kind) },
    level: fatal ? 'error' : 'note',
    message: { text: escapeLinks(words) },
    ...(span === undefined ? {} : { locations: [{ physicalLocation: physicalLocation(span) }] }),
  };
}

function droppedNotification(dropped: number, noun: string, kinds: readonly string[]): object[] {
  if (dropped <= 0) return [];
  const id = 'results-dropped';
  const text = `${count(dropped, noun)} left out: GitHub code scanning keeps no more. The text and JSON formats list all.`;
  return [{ descriptor: { id, index: kinds.indexOf(id) }, level: 'warning', message: { text } }];
}

/** The gravest findings, at most `most`, in the order in which they came. */
function gravest(findings: readonly Finding[], most: number): readonly Finding[] {
  if (findings.length <= most) return findings;
  const byLevel = findings
    .map((finding, index) => ({ finding, index }))
    .sort((one, other) => compareLevels(other.finding.level, one.finding.level) || one.index - other.index);
  return byLevel
    .slice(0, most)
    .sort((one, other) => one.index - other.index)
    .map(({ finding }) => finding);
}
