import type { AnyTable } from '../analysis/access.js';
import type { Session, TlsChoice, Witness } from '../analysis/request.js';
import type { Finding, Label, Level } from '../finding.js';
import type { Notice, NoticeKind } from '../notice.js';
import { ruleUrl } from '../rule.js';
import { closingLine, summarizeAccess } from './access-summary.js';
import { curlLines } from './curl.js';
import { count, shown, shownPath, wrap } from './display.js';
import { excerpt, labelLine } from './excerpt.js';
import { findingsFrom, summarizeFindings } from './finding-summary.js';
import { type Palette, paletteOf } from './palette.js';
import { pointText } from './place.js';
import type { LintResult } from './result.js';

/** How the text formats look. */
export interface TextOptions {
  readonly isColoured: boolean;
  /** Cells of a line; commands and paths may be longer, since they are there to be copied. Default: 80. */
  readonly width?: number;
  /** Print every related place, step and notice. */
  readonly isVerbose?: boolean;
  /** Make the rule's name a link to its page (OSC 8), for terminals that know links. */
  readonly hasLinks?: boolean;
}

/** Places, steps and notices that are printed without `isVerbose`; the others are counted. */
const SHOWN_PLACES = 6;
const LISTED_PLACES = 6;
const SHOWN_STEPS = 12;
const SHOWN_NOTICES = 10;

/** What the report of findings can leave out. */
export interface FindingTextOptions extends TextOptions {
  /** The lowest level that is printed; findings below it are counted. */
  readonly level: Level;
  /** Findings only, neither notices nor the summary: nothing at all where there is no finding. */
  readonly isQuiet?: boolean;
}

/** The report that people read. */
export function reportText(result: LintResult, options: FindingTextOptions): string {
  const { hasLinks = false, isQuiet = false, isVerbose = false, level, width = 80 } = options;
  const palette = paletteOf(options.isColoured);
  const blocks = findingsFrom(result.findings, level).map(finding =>
    findingLines(finding, palette, width, { isVerbose, hasLinks }),
  );
  if (!isQuiet) {
    const notices = noticeLines(result.notices, palette, width, isVerbose);
    if (notices.length > 0) blocks.push(notices);
    blocks.push(summaryLines(result, level, palette, width));
  }
  if (blocks.length === 0) return '';
  return `${blocks.map(lines => lines.join('\n')).join('\n\n')}\n`;
}

function findingLines(
  finding: Finding,
  palette: Palette,
  width: number,
  { hasLinks, isVerbose }: { readonly hasLinks: boolean; readonly isVerbose: boolean },
): string[] {
  const { help, level, message, primary, related, rule, witness } = finding;
  const place = pointText(primary.span);
  const head = [
    [place, palette.bold(place)],
    [level, palette.level[level](level)],
    [rule, hasLinks ? link(palette.bold(rule), ruleUrl(rule)) : palette.bold(rule)],
  ] as const;
  const lines = headLines(head, message, width);
  const detailed = isVerbose ? related : related.slice(0, SHOWN_PLACES);
  lines.push(...excerpt(primary, detailed, palette, width));
  lines.push(...furtherPlaces(related.slice(detailed.length), width));
  if (witness !== undefined) lines.push(...witnessLines(witness, palette, width, isVerbose));
  lines.push(...field('help', shown(help), palette, width));
  if (!hasLinks) lines.push(`  ${palette.dim('rule:')} ${ruleUrl(rule)}`);
  return lines;
}

/** A link as terminals know it (OSC 8). Both parts are the tool's own words. */
function link(text: string, url: string): string {
  return `\x1b]8;;${url}\x1b\\${text}\x1b]8;;\x1b\\`;
}

/**
 * The first lines of a block: words that stay together and have colours, then text that is wrapped behind them. `parts`
 * gives each word plain and painted.
 */
function headLines(
  parts: readonly (readonly [plain: string, painted: string])[],
  text: string,
  width: number,
): string[] {
  // A blank inside a path must not become a line end; NUL cannot occur in text that is safe to print.
  const start = parts.map(([plain]) => plain.replaceAll(' ', '\0')).join('\0');
  const [first = '', ...rest] = wrap(`${start} ${shown(text)}`, width);
  const indented = rest.length === 0 ? [] : wrap(rest.join(' '), width - 2);
  const head = parts.map(([, painted]) => painted).join(' ');
  return [head + first.slice(start.length), ...indented.map(line => `  ${line}`)];
}

function furtherPlaces(labels: readonly Label[], width: number): string[] {
  if (labels.length === 0) return [];
  const lines = [`  and ${count(labels.length, 'more place')}:`];
  lines.push(...labels.slice(0, LISTED_PLACES).map(label => `    ${labelLine(label, width - 4)}`));
  if (labels.length > LISTED_PLACES) lines.push(`    ... ${labels.length - LISTED_PLACES} not listed (--verbose does)`);
  return lines;
}

/** The file of a CA, and which of those in it is meant. */
function issuerText({ authority, issuer }: TlsChoice): string {
  return authority === undefined ? issuer! : `${issuer} (${authority.subject})`;
}

/** The command that replays a witness, what it assumes, and its way through the configuration. */
export function witnessLines(witness: Witness<Session>, palette: Palette, width: number, isVerbose: boolean): string[] {
  const lines = [`  ${palette.dim('request:')}`];
  lines.push(...curlLines(witness.request, width - 4).map(line => `    ${line}`));
  const { tls } = witness.request;
  const certificate = [
    ...(tls?.subject === undefined ? [] : [`subject ${shown(tls.subject)}`]),
    ...(tls?.serial === undefined ? [] : [`serial number ${shown(tls.serial)}`]),
    ...(tls?.fingerprint === undefined ? [] : [`fingerprint ${tls.fingerprint}`]),
    ...(tls?.issuer === undefined ? [] : [`issuer ${shown(issuerText(tls))}`]),
  ];
  if (certificate.length > 0) lines.push(...field('certificate', certificate.join(', '), palette, width));
  const assumed = witness.assumes.map(
    ({ exists, path }) => `${shownPath(path)} ${exists ? 'exists' : 'does not exist'}`,
  );
  if (assumed.length > 0) lines.push(...field('assumes', assumed.join(', '), palette, width));
  if (witness.steps.length > 0) lines.push(`  ${palette.dim('way:')}`);
  const steps = isVerbose ? witness.steps : witness.steps.slice(0, SHOWN_STEPS);
  for (const { span, text } of steps) {
    const { line } = span.file.position(span.start);
    const [first = '', ...rest] = wrap(`${shownPath(span.file.path)}:${line} ${shown(text)}`, width - 6);
    lines.push(`    ${first}`, ...rest.map(more => `      ${more}`));
  }
  if (steps.length < witness.steps.length) {
    lines.push(`    ... ${count(witness.steps.length - steps.length, 'more step')} (--verbose lists them)`);
  }
  return lines;
}

/** `name: text`, wrapped with the following lines under the text. */
function field(name: string, text: string, palette: Palette, width: number): string[] {
  const indent = ' '.repeat(name.length + 4);
  const [first = '', ...rest] = wrap(text, width - indent.length);
  return [`  ${palette.dim(`${name}:`)} ${first}`, ...rest.map(line => indent + line)];
}

/** What was not read, checked or decided. What makes the run fail is always printed, with its place in the source. */
export function noticeLines(notices: readonly Notice[], palette: Palette, width: number, isVerbose: boolean): string[] {
  const lines: string[] = [];
  let printed = 0;
  let omitted = 0;
  const shownNotices = notices.filter(({ fatal }) => {
    if (fatal) return true;
    if (!isVerbose && printed >= SHOWN_NOTICES) {
      omitted += 1;
      return false;
    }
    printed += 1;
    return true;
  });
  for (const [index, notice] of shownNotices.entries()) {
    lines.push(...oneNotice(notice, palette, width));
    // What helps against several in a row is said once, behind the last of them.
    const { help } = notice;
    if (help !== undefined && shownNotices[index + 1]?.help !== help) {
      lines.push(...field('help', shown(help), palette, width));
    }
  }
  if (omitted > 0) lines.push(`... ${count(omitted, 'more notice')} (--verbose lists them)`);
  return lines;
}

function oneNotice({ fatal, kind, span, text }: Notice, palette: Palette, width: number): string[] {
  const word = fatal ? 'error' : 'notice';
  const place = span === undefined ? [] : [[pointText(span), palette.bold(pointText(span))] as const];
  const head = [...place, [word, palette.level[fatal ? 'error' : 'note'](word)], [kind, palette.bold(kind)]] as const;
  const lines = headLines(head, text, width);
  if (fatal && span !== undefined) lines.push(...excerpt({ span, text: '' }, [], palette, width));
  return lines;
}

/** Counts, what was not decided, and the access table's closing line. */
function summaryLines(result: LintResult, level: Level, palette: Palette, width: number): string[] {
  const summary = summarizeFindings(result.findings, level);
  const lines = wrap(verdictSentence(result, level), width).map(palette.bold);
  const byBaseline = result.suppressed.filter(({ suppression }) => suppression.reason === 'in the baseline').length;
  const byComment = result.suppressed.length - byBaseline;
  if (byComment > 0) lines.push(`${count(byComment, 'finding')} suppressed by comments`);
  if (byBaseline > 0) lines.push(`${count(byBaseline, 'finding')} in the baseline`);
  if (summary.hidden > 0) {
    lines.push(`${count(summary.hidden, 'finding')} below ${level} hidden (--level note prints them)`);
  }
  if (result.roots.length === 0) return lines;
  const closing = wrap(closingLine(result.tables), width - 2);
  lines.push(...closing.map((line, index) => (index === 0 ? line : `  ${line}`)));
  return lines;
}

/** Notices about the project's own comments and files. */
const ABOUT_THE_PROJECT: ReadonlySet<NoticeKind> = new Set(['suppression', 'baseline']);

function verdictSentence({ findings, notices, roots, tables }: LintResult, level: Level): string {
  if (roots.length === 0) return 'Nothing was analysed';
  const { error, note, warning } = summarizeFindings(findings, level);
  const unread = notices.filter(({ fatal }) => fatal).length;
  const unchecked = notices.filter(({ fatal, kind }) => !fatal && !ABOUT_THE_PROJECT.has(kind)).length;
  const noticed = unchecked === 0 ? '' : `, ${count(unchecked, 'notice')} about what was not checked`;
  const counts = [
    ...(error > 0 ? [count(error, 'error')] : []),
    ...(warning > 0 ? [count(warning, 'warning')] : []),
    ...(note > 0 ? [count(note, 'note')] : []),
  ];
  const what = rootNames(roots);
  if (counts.length > 0) {
    const broken = unread === 0 ? '' : `, ${count(unread, 'place')} that could not be read`;
    return `${counts.join(', ')} in ${what}${broken}${noticed}`;
  }
  if (unread > 0) return `Not everything could be read: nothing is said about ${what}${noticed}`;
  const bound = level === 'note' ? 'findings' : `findings of level ${level} or above`;
  return `No ${bound} in ${what} (${count(siteCount(tables), 'site')} examined${undecided(tables)}${noticed})`;
}

function siteCount(tables: readonly AnyTable[]): number {
  return summarizeAccess(tables).sites;
}

function undecided(tables: readonly AnyTable[]): string {
  const { unknown } = summarizeAccess(tables);
  return unknown === 0 ? '' : `, ${unknown} of them undecided`;
}

/** The main files, or how many they are. */
function rootNames(roots: readonly string[]): string {
  if (roots.length === 0) return 'the input';
  return roots.length <= 3 ? roots.map(shownPath).join(', ') : `${roots.length} configurations`;
}
