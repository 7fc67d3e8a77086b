/** The answer to `access --why`: one cell of the access table in words. */
import type { AccessRow, AnyRow, Verdict } from '../analysis/access.js';
import type { Explanation } from '../analysis/explanation.js';
import type { ClientClass, Session, Witness } from '../analysis/request.js';
import type { Label } from '../finding.js';
import type { Server } from '../model/model.js';
import type { Span } from '../source/source-file.js';
import { CLASSES, paintVerdict, WHO } from './access-text.js';
import { curlLine } from './curl.js';
import { shown, visible, widthOf, wrap } from './display.js';
import { endingText } from './ending.js';
import { excerpt } from './excerpt.js';
import { type Palette, paletteOf } from './palette.js';
import { lineText, nameSpan } from './place.js';
import type { LintResult } from './result.js';
import { listenText, serverLabel, serverNames, siteTrail } from './site-label.js';
import { noticeLines, type TextOptions, witnessLines } from './text.js';

/** Lines that refuse, or reasons, of which the source is shown without `isVerbose`. */
const SHOWN_LINES = 6;

/** Who a client of a class is, in a sentence. */
export const CLIENT: Readonly<Record<ClientClass, string>> = {
  none: 'a client without a certificate',
  untrusted: 'a client with an untrusted certificate',
  trusted: 'a client with a trusted certificate',
};

/** The explanation for people. */
export function reportWhyText(explanation: Explanation, { notices }: LintResult, options: TextOptions): string {
  const { isVerbose = false, width = 80 } = options;
  const palette = paletteOf(options.isColoured);
  const blocks = [
    [
      ...wrap(headline(explanation), width).map(line => palette.bold(line)),
      '',
      ...placeLines(explanation, palette, width),
    ],
    classTable(explanation, palette, width),
    ...cellBlocks(explanation, palette, width, isVerbose),
    ...neighbourBlock(explanation, palette, width),
  ];
  const told = noticeLines(notices, palette, width, isVerbose);
  if (told.length > 0) blocks.push(told);
  return `${blocks.map(lines => lines.join('\n')).join('\n\n')}\n`;
}

/** The verdict in one sentence. */
function headline(explanation: Explanation): string {
  const { clientClass, host, isProof, requests, row, server, target } = explanation;
  const what = `${host === undefined ? serverText(server) : shown(host)}${shown(target)}`;
  const who = CLIENT[clientClass];
  if (row === undefined) return `${what}: nothing answers with content there`;
  const verdict = row.access[clientClass];
  switch (verdict.verdict) {
    case 'reached':
      if (isProof) return `${what}: ${who} gets there`;
      if (isSubjectAlone(explanation)) return `${what}: ${who} gets there, with the right subject`;
      return requests[clientClass] === undefined || !isSameSite(row, requests[clientClass]?.trace.outcome)
        ? `${what}: ${who} gets to this site, by another request`
        : `${what}: ${who} gets there, by another request without a condition`;
    case 'conditional':
      return `${what}: ${who} gets there on a condition`;
    case 'unknown':
      return `${what}: not decided whether ${who} gets there`;
    case 'refused': {
      const other = requests[clientClass]?.trace.outcome;
      return other?.kind === 'content'
        ? `${what}: ${who} does not get to this site, but is answered by ${visible(siteTrail(other.site))}`
        : `${what}: ${who} is refused, whatever the request`;
    }
  }
}

/** True where the request that was asked about is the witness but for the subject of its certificate. */
function isSubjectAlone({ clientClass, requests, row }: Explanation): boolean {
  const verdict = row?.access[clientClass];
  const own = requests[clientClass];
  if (verdict?.verdict !== 'reached' || own === undefined) return false;
  const { request } = verdict.witness;
  return request.tls?.subject !== undefined && curlLine(request) === curlLine(own.request);
}

function isSameSite(
  row: AccessRow,
  outcome: { readonly kind: string; readonly site?: AccessRow['site'] } | undefined,
): boolean {
  return (
    outcome?.kind === 'content' && outcome.site?.scope === row.site.scope && outcome.site.content === row.site.content
  );
}

/** A server by its first name; without one by the place of its block, as `--why` takes it. */
export function serverText(server: Server): string {
  const isNamed = serverNames(server).some(name => name !== '');
  return isNamed ? serverLabel(server) : lineText(nameSpan(server.node));
}

/** Server, locations and site, each with its place and why it was chosen. */
function placeLines({ row, server, visits, whyServer }: Explanation, palette: Palette, width: number): string[] {
  const listens = server.listens.map(listen => visible(listenText(listen, server))).join(', ');
  const place = lineText(nameSpan(server.node));
  const names = serverText(server) === place ? place : `${serverText(server)}, ${place}`;
  const parts: [name: string, text: string][] = [['server', `${names}, on ${listens}: ${shown(whyServer)}`]];
  for (const { afterError, location, why } of visits) {
    const name = afterError ? 'error page' : 'location';
    if (location === undefined) parts.push([name, `none: ${shown(why)}`]);
    else {
      const label = shown(location.node.args.join(' '));
      parts.push([name, `${label}, ${lineText(nameSpan(location.node))}: ${shown(why)}`]);
    }
  }
  if (row !== undefined) parts.push(['site', siteText(row)]);
  const nameWidth = Math.max(...parts.map(([name]) => name.length)) + 2;
  return parts.flatMap(([name, text]) => {
    const [first = '', ...rest] = wrap(text, width - 2 - nameWidth);
    const indent = ' '.repeat(2 + nameWidth);
    return [`  ${palette.dim(name.padEnd(nameWidth))}${first}`, ...rest.map(line => indent + line)];
  });
}

/** `location /api/: proxy_pass http://backend, app.conf:10`. */
export function siteText({ site }: AnyRow): string {
  const content = shown([site.content, site.target ?? ''].join(' ').trimEnd());
  const source = site.source === undefined ? (site.scope.node ?? site.server.node) : site.source;
  return `${visible(siteTrail(site))}: ${content}, ${lineText(nameSpan(source))}`;
}

/** What each class gets: by this request, and by any request for the site. */
function classTable({ clientClass, requests, row }: Explanation, palette: Palette, width: number): string[] {
  const cells = CLASSES.map(client => {
    const followed = requests[client];
    return {
      client,
      verdict: row?.access[client],
      ending: followed === undefined ? 'no way in' : endingText(followed, row?.site),
    };
  });
  const whoWidth = Math.max(...cells.map(({ client }) => WHO[client].length));
  const verdictWidth = Math.max('the site'.length, ...cells.map(({ verdict }) => verdict?.verdict.length ?? 1));
  const head = `  ${''.padEnd(whoWidth)}  ${'the site'.padEnd(verdictWidth)}  this request`;
  const lines = [palette.dim(head)];
  for (const { client, ending, verdict } of cells) {
    const start = `${client === clientClass ? '> ' : '  '}${WHO[client].padEnd(whoWidth)}  `;
    const word = verdict?.verdict ?? '-';
    const painted = verdict === undefined ? word : paintVerdict(verdict, client, palette)(word);
    const indent = ' '.repeat(widthOf(start) + verdictWidth + 2);
    const [first = '', ...rest] = wrap(ending, width - indent.length);
    lines.push(
      `${start}${painted}${' '.repeat(verdictWidth - word.length)}  ${first}`,
      ...rest.map(line => indent + line),
    );
  }
  return lines;
}

/** What stands behind the cell: the request, the lines that refuse, conditions, reasons. */
function cellBlocks(explanation: Explanation, palette: Palette, width: number, isVerbose: boolean): string[][] {
  const { clientClass, isProof, requests, row } = explanation;
  const own = requests[clientClass];
  const verdict: Verdict | undefined = row?.access[clientClass];
  const blocks: string[][] = [];
  const asked: Witness | undefined =
    own === undefined ? undefined : { request: own.request, assumes: own.trace.assumes, steps: own.trace.steps };
  if (verdict !== undefined) {
    const guards = explanation.guards.map(span => ({ span, text: '' }));
    blocks.push(...verdictBlocks(verdict, guards, palette, width, isVerbose));
    if ('witness' in verdict && !isProof) {
      blocks.push(wayBlock('A request that gets there', verdict.witness, palette, width));
    }
  }
  if (asked !== undefined && !isSubjectAlone(explanation)) {
    const ending = own === undefined ? '' : `: ${endingText(own, row?.site)}`;
    const title = isProof ? 'The request' : 'This request';
    blocks.push(wayBlock(`${title}${ending}`, asked, palette, width));
  }
  return blocks;
}

/** A title, and a request with its way. */
export function wayBlock(title: string, witness: Witness<Session>, palette: Palette, width: number): string[] {
  return [...wrap(title, width).map(line => palette.bold(line)), ...witnessLines(witness, palette, width, true)];
}

/** The lines that refuse, and what stands around them; conditions; reasons. */
export function verdictBlocks(
  verdict: Verdict<Session>,
  guards: readonly Label[],
  palette: Palette,
  width: number,
  isVerbose: boolean,
): string[][] {
  const blocks: string[][] = [];
  if (verdict.verdict === 'refused') {
    // The line itself says what it does.
    const lines = verdict.by.map(({ span, text }) => ({ span, text: isWritten(span, text) ? '' : text }));
    blocks.push(quoted('Refused by', lines, guards, palette, width, isVerbose));
  }
  if ('conditions' in verdict) {
    const conditions = verdict.conditions.map(({ kind, span, text }) => ({ span, text: `${kind}: ${text}` }));
    blocks.push(quoted('On condition', conditions, [], palette, width, isVerbose));
  }
  if ('reasons' in verdict && verdict.reasons.length > 0) {
    blocks.push(quoted('Not decided', verdict.reasons, [], palette, width, isVerbose));
  }
  return blocks;
}

/** True where a text stands in the source as it is. */
function isWritten({ end, file, start }: Span, text: string): boolean {
  return file.text
    .slice(start, end)
    .replace(/[ \t\r\n]+/g, ' ')
    .startsWith(text);
}

/** A title, and the source lines of labels and of what stands around them. */
function quoted(
  title: string,
  labels: readonly Label[],
  context: readonly Label[],
  palette: Palette,
  width: number,
  isVerbose: boolean,
): string[] {
  const [first, ...rest] = isVerbose ? labels : labels.slice(0, SHOWN_LINES);
  if (first === undefined) return [palette.bold(title)];
  const hidden = labels.length - 1 - rest.length;
  return [
    ...wrap(`${title} ${lineText(first.span)}`, width).map(line => palette.bold(line)),
    ...excerpt(first, [...rest, ...context], palette, width),
    ...(hidden > 0 ? [`  and ${hidden} more (--verbose shows them)`] : []),
  ];
}

/** Other sites that the same path may end in. */
function neighbourBlock({ clientClass, neighbours }: Explanation, palette: Palette, width: number): string[][] {
  if (neighbours.length === 0) return [];
  const lines = neighbours.flatMap(row => {
    const verdict = row.access[clientClass];
    const [first = '', ...rest] = wrap(`${verdict.verdict}: ${siteText(row)}`, width - 4);
    return [`  ${first}`, ...rest.map(line => `    ${line}`)];
  });
  return [[palette.bold(`Beside it, for ${CLIENT[clientClass]}`), ...lines]];
}
