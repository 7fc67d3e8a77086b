import type { AnyRow, StreamRow, Verdict } from '../analysis/access.js';
import type { ClientClass, Session } from '../analysis/request.js';
import type { ConfigNode } from '../config/config-tree.js';
import type { Server } from '../model/model.js';
import type { SourceFile, Span } from '../source/source-file.js';
import { closingLine, STRENGTH, siteVerdict } from './access-summary.js';
import { count, pad, shown, shownPath, visible, widthOf, wrap, wrapNames } from './display.js';
import { type Palette, paletteOf } from './palette.js';
import { linesText, lineText, nameSpan } from './place.js';
import type { LintResult } from './result.js';
import { listenText, resourceOf, serverLabel, serverNames, siteLabel, siteTrail } from './site-label.js';
import { type TextOptions, witnessLines } from './text.js';

/** The columns of the table. */
export const CLASSES: readonly ClientClass[] = ['none', 'untrusted', 'trusted'];

/** Who a class of client is, in the view by resource. */
export const WHO: Readonly<Record<ClientClass, string>> = {
  none: 'no certificate',
  untrusted: 'untrusted certificate',
  trusted: 'trusted certificate',
};

/** Sites that one line of the view by resource names; the others are counted unless everything is wanted. */
const NAMED_SITES = 4;

/** The access table for people: a table for each server, then who reaches each protected resource, then the sum. */
export function reportAccessText(result: LintResult, options: TextOptions): string {
  const { isVerbose = false, width = 80 } = options;
  const palette = paletteOf(options.isColoured);
  const rows = result.tables.flatMap(table => table.rows);
  const blocks: string[][] = [];
  for (const [server, serverRows] of groupBy(rows, row => row.site.server)) {
    blocks.push(serverTable(server, serverRows, palette, width, isVerbose));
  }
  const silent = silentServers(result, rows);
  if (silent.length > 0) blocks.push(silentLines(silent, palette, width, isVerbose));
  if (rows.length > 0) blocks.push(resourceView(rows.flatMap(resourceRows), palette, width, isVerbose));
  if (result.notices.length > 0) blocks.push(noticeList(result, palette, width));
  blocks.push(wrap(closingLine(result.tables), width).map(line => palette.bold(line)));
  return `${blocks.map(lines => lines.join('\n')).join('\n\n')}\n`;
}

/** The servers that have no row: nothing in them answers with content. */
function silentServers({ models }: LintResult, rows: readonly AnyRow[]): Server[] {
  const withRows = new Set(rows.map(row => row.site.server));
  return models.flatMap(model => model.servers).filter(server => !withRows.has(server));
}

/** Servers without content that are listed unless everything is wanted. */
const LISTED_SERVERS = 5;

function silentLines(servers: readonly Server[], palette: Palette, width: number, isVerbose: boolean): string[] {
  const listed = isVerbose ? servers : servers.slice(0, LISTED_SERVERS);
  const lines = listed.flatMap(server => {
    const listens = server.listens.map(listen => visible(listenText(listen, server))).join(', ');
    const place = lineText(nameSpan(server.node));
    const name = serverNames(server).some(text => text !== '') ? `${serverLabel(server)}, ${place}` : place;
    return hanging(wrap(`${name}, ${listens}`, width - 4), 2);
  });
  const rest = servers.length - listed.length;
  if (rest > 0) lines.push(`  and ${rest} more (--verbose lists them)`);
  return [palette.bold(`${count(servers.length, 'server')} without content`), ...lines];
}

/** A row, and behind it one for each value of a pass directive with variables. */
function withTargets(row: AnyRow): AnyRow[] {
  return [row, ...targetRows(row)];
}

/** What a row of stream says of each value of its pass directive; none where it has no variables. */
function targetRows(row: AnyRow): AnyRow[] {
  const targets: StreamRow['targets'] = 'targets' in row ? (row as StreamRow).targets : [];
  return targets.map(({ access, value }) => ({ site: { ...row.site, target: value }, access }));
}

function serverTable(
  server: Server,
  siteRows: readonly AnyRow[],
  palette: Palette,
  width: number,
  isVerbose: boolean,
): string[] {
  const listens = server.listens.map(listen => visible(listenText(listen, server))).join(', ');
  const aliases = serverNames(server).map(visible).slice(1);
  const about = [lineText(nameSpan(server.node)), listens].filter(text => text !== '').join(', ');
  const lines = [
    ...wrapNames(serverLabel(server), width).map(line => palette.bold(line)),
    ...wrap(about, width - 2).map(line => palette.dim(`  ${line}`)),
    ...(aliases.length === 0
      ? []
      : wrap(`also ${aliases.join(', ')}`, width - 2).map(line => palette.dim(`  ${line}`))),
  ];

  const files = foreignFiles(server, siteRows);
  const legend = [...files].flatMap(([file, number]) => wrap(`[${number}] ${shownPath(file.path)}`, width - 2));
  lines.push(...legend.map(line => palette.dim(`  ${line}`)));
  const blocks = new Set(siteRows.map(row => row.site.scope.node));
  const own = new Set(siteRows);
  const rows = siteRows.flatMap(withTargets);
  const cells = rows.map(row => ({
    place: own.has(row) ? placeText(row, files) : '',
    site: own.has(row) ? visible(siteCell(row, blocks)) : '  to',
    content: shown(contentText(row, own.has(row))),
  }));
  const placeWidth = widest(['line', ...cells.map(cell => cell.place)]);
  // The verdicts come first: they are short, and the rest of the line is left to names of any length.
  const layoutOf = (isShort: boolean): TableLayout => {
    const verdicts = CLASSES.map(client =>
      widest([client, ...rows.map(row => verdictWord(row.access[client], isShort))]),
    );
    const indent = 2 + verdicts.reduce((sum, one) => sum + one + 2, 0) + placeWidth + 2;
    const room = Math.max(20, width - indent);
    return { isShort, verdicts, indent, room, ...contentColumn(cells, room) };
  };
  const whole = layoutOf(false);
  const layout = whole.fitting === rows.length ? whole : layoutOf(true);
  const { column, indent, isShort, room, verdicts: verdictWidths } = layout;
  const head = [...CLASSES.map((client, index) => pad(client, verdictWidths[index]!)), 'line'.padStart(placeWidth)];
  const names = indent + column + 2 + 'answered by'.length <= width ? `${pad('site', column)}  answered by` : 'site';
  lines.push(`  ${palette.dim([...head, names].join('  '))}`);
  for (const [index, row] of rows.entries()) {
    const { place } = cells[index]!;
    const verdicts = CLASSES.map((client, which) => {
      const filled = pad(verdictWord(row.access[client], isShort), verdictWidths[which]!);
      return paintVerdict(row.access[client], client, palette)(filled);
    });
    const [first = '', ...rest] = namesOf(cells[index]!, column, room);
    lines.push(`  ${[...verdicts, place.padStart(placeWidth), first].join('  ')}`);
    lines.push(...rest.map(line => ' '.repeat(indent) + line));
    if (isVerbose && own.has(row)) lines.push(...detailLines(row, palette, width));
  }
  if (!isVerbose)
    lines.push(
      ...noteLines(
        siteRows,
        cells.filter((_, index) => own.has(rows[index]!)),
        palette,
        width,
      ),
    );
  return lines;
}

/** What answers, and for what a variable names nothing but the name. */
function contentText({ site }: AnyRow, isSite: boolean): string {
  const target = site.target?.replace(/^http:\/\//, '') ?? '';
  return isSite ? `${site.content} ${target}`.trimEnd() : target;
}

/** The widths of a table. */
interface TableLayout {
  /** True where `conditional` is cut to `cond.`: the lines beneath the table have the whole word. */
  readonly isShort: boolean;
  /** Cells of the columns of the three classes. */
  readonly verdicts: readonly number[];
  /** Where the site begins, and the cells from there on. */
  readonly indent: number;
  readonly room: number;
  /** Cells of the site, where what answers stands on the same line. */
  readonly column: number;
  /** Rows that need one line. */
  readonly fitting: number;
}

function verdictWord({ verdict }: Verdict<Session>, isShort: boolean): string {
  return isShort && verdict === 'conditional' ? 'cond.' : verdict;
}

interface NameCells {
  readonly site: string;
  readonly content: string;
}

/** Where the column of what answers begins, so that as many rows as possible need one line. */
function contentColumn(cells: readonly NameCells[], room: number): { column: number; fitting: number } {
  const widths = cells.map(({ content, site }) => [widthOf(site), widthOf(content)] as const);
  let best = { column: 'site'.length, fitting: 0 };
  const candidates = new Set(widths.map(([site]) => site).filter(site => site + 2 < room));
  for (const width of [...candidates].sort((one, other) => one - other)) {
    const column = Math.max(width, 'site'.length);
    const fitting = widths.filter(([site, content]) => site <= column && column + 2 + content <= room).length;
    if (fitting > best.fitting) best = { column, fitting };
  }
  return best;
}

/** A site and what answers, on one line where they fit; nothing is cut, names of any length go on below. */
function namesOf({ content, site }: NameCells, column: number, room: number): string[] {
  if (widthOf(site) <= column && column + 2 + widthOf(content) <= room) return [`${pad(site, column)}  ${content}`];
  return [...hanging(wrapNames(site, room), 0), ...hanging(wrapNames(content, room - 4), 4)];
}

/** Conditions and reasons that are listed beneath a table without `isVerbose`. */
const LISTED_NOTES = 12;

/** What conditions and reasons stand behind the cells of a table, by the lines of their rows. */
function noteLines(
  rows: readonly AnyRow[],
  cells: readonly { readonly place: string }[],
  palette: Palette,
  width: number,
): string[] {
  const grouped = new Map<string, { readonly of: Set<string>; readonly spans: Map<string, Span> }>();
  for (const [index, row] of rows.entries()) {
    for (const { text, span } of CLASSES.flatMap(client => notesOf(row.access[client]))) {
      const group = grouped.get(text) ?? { of: new Set(), spans: new Map() };
      grouped.set(text, group);
      group.of.add(cells[index]!.place);
      if (span !== undefined) group.spans.set(lineText(span), span);
    }
  }
  const lines = [...grouped].slice(0, LISTED_NOTES).flatMap(([text, { of, spans }]) => {
    const note = `${[...of].join(', ')} ${[text, ...linesText([...spans.values()])].join(', ')}`;
    const [first = '', ...rest] = wrap(note, width - 4);
    return [`  ${first}`, ...rest.map(line => `    ${line}`)];
  });
  if (grouped.size > LISTED_NOTES) lines.push(`  and ${grouped.size - LISTED_NOTES} more (--verbose lists them)`);
  return lines.map(palette.dim);
}

/** Something to say of a cell, and the line that it is about. */
interface Note {
  readonly text: string;
  readonly span?: Span;
}

/** `conditional (address): allow 10.0.0.0/8`. */
function notesOf(verdict: Verdict<Session>): Note[] {
  const via = 'witness' in verdict ? verdict.witness.via : undefined;
  return [
    ...(via === undefined ? [] : [{ text: `${verdict.verdict} on the side of a request (${via})` }]),
    ...('conditions' in verdict
      ? verdict.conditions.map(({ kind, span, text }) => ({ text: `conditional (${kind}): ${shown(text)}`, span }))
      : []),
    ...('reasons' in verdict
      ? verdict.reasons.map(({ span, text }) => ({ text: `unknown: ${shown(text)}`, span }))
      : []),
  ];
}

/**
 * A site in the table: a location by what it matches, any other block by its whole opening. An inner block is indented
 * under the row of its location; without such a row it names its location. `blocks` are the blocks that have rows.
 */
function siteCell({ site }: AnyRow, blocks: ReadonlySet<ConfigNode | undefined>): string {
  const isInner = site.kind === 'if' || site.kind === 'limit_except';
  if (isInner && blocks.has(site.scope.parent?.node)) return `  ${siteLabel(site)}`;
  return siteTrail(site).replace(/^location /, '');
}

/** The files other than the server's own in which sites stand, numbered from 1. */
function foreignFiles(server: Server, rows: readonly AnyRow[]): Map<SourceFile, number> {
  const files = new Map<SourceFile, number>();
  for (const { site } of rows) {
    const source = site.scope.node?.source ?? server.node.source;
    if (source !== server.node.source && !files.has(source)) files.set(source, files.size + 1);
  }
  return files;
}

/** The line of a site's block, behind the number of its file where that is not the server's. */
function placeText({ site }: AnyRow, files: ReadonlyMap<SourceFile, number>): string {
  const node = site.scope.node ?? site.server.node;
  const { line } = node.source.position(node.directive.start);
  const number = files.get(node.source);
  return number === undefined ? String(line) : `[${number}] ${line}`;
}

function widest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, widthOf(text)), 0);
}

/** A way in is bad news only for clients without a valid certificate. */
export function paintVerdict(
  { verdict }: Verdict<Session>,
  client: ClientClass,
  palette: Palette,
): (text: string) => string {
  if (verdict === 'unknown') return palette.undecided;
  if (client === 'trusted') return text => text;
  if (verdict === 'refused') return palette.closed;
  return verdict === 'reached' ? palette.open : palette.undecided;
}

/** What stands behind the cells of a row that are not closed. Classes of which the same is to be said share it. */
function detailLines(row: AnyRow, palette: Palette, width: number): string[] {
  const clientsOf = new Map<string, ClientClass[]>();
  const linesOf = new Map<string, string[]>();
  for (const client of CLASSES) {
    const verdict = row.access[client];
    if (verdict.verdict === 'refused') continue;
    // What the trusted client does is of interest only where it differs from "it gets in".
    if (client === 'trusted' && verdict.verdict === 'reached') continue;
    const lines = cellLines(verdict, palette, width);
    const key = [verdict.verdict, ...lines].join('\n');
    clientsOf.set(key, [...(clientsOf.get(key) ?? []), client]);
    linesOf.set(key, lines);
  }
  return [...linesOf].flatMap(([key, lines]) => {
    const clients = clientsOf.get(key)!;
    return [`    ${palette.bold(whoText(clients))}: ${row.access[clients[0]!].verdict}`, ...lines];
  });
}

function whoText(clients: readonly ClientClass[]): string {
  return clients.length === CLASSES.length ? 'everybody' : clients.map(client => WHO[client]).join(', ');
}

/** Conditions, reasons and the request of one cell. */
function cellLines(verdict: Verdict<Session>, palette: Palette, width: number): string[] {
  const lines: string[] = [];
  const notes = [
    ...('conditions' in verdict
      ? verdict.conditions.map(one => ({ ...one, lead: `on condition (${one.kind}): ` }))
      : []),
    ...('reasons' in verdict ? verdict.reasons.map(one => ({ ...one, lead: 'undecided: ' })) : []),
  ];
  for (const { lead, span, text } of notes) {
    lines.push(...hanging(wrap(`${lead}${shown(text)}, ${lineText(span)}`, width - 8), 6));
  }
  if ('witness' in verdict) {
    lines.push(...witnessLines(verdict.witness, palette, width - 4, true).map(line => `    ${line}`));
  }
  return lines;
}

/** The other view: for each upstream or folder, who gets to it and through which sites. */
function resourceView(rows: readonly AnyRow[], palette: Palette, width: number, isVerbose: boolean): string[] {
  const lines = [palette.bold('By protected resource')];
  const groups = [...groupBy(rows, resourceOf)].sort(
    ([one, ownRows], [other, otherRows]) =>
      strongest(ownRows) - strongest(otherRows) || (one < other ? -1 : one > other ? 1 : 0),
  );
  for (const [resource, group] of groups) {
    lines.push(...hanging(wrapNames(visible(resource), width - 4), 2));
    for (const verdict of ['reached', 'conditional', 'unknown'] as const) {
      // Classes that get there through the same sites share one entry.
      const entries = groupBy(
        CLASSES.filter(client => group.some(row => row.access[client].verdict === verdict)),
        client => group.map(row => row.access[client].verdict === verdict).join(),
      );
      for (const clients of entries.values()) {
        const through = group.filter(row => row.access[clients[0]!].verdict === verdict);
        const paint = paintVerdict(through[0]!.access[clients[0]!], clients[0]!, palette);
        lines.push(...throughLines(through, `${whoText(clients)}: ${verdict}`, paint, width, isVerbose));
      }
    }
    const isClosed = group.every(row => siteVerdict(row).verdict === 'refused');
    if (isClosed) lines.push(`    ${palette.closed('closed to clients without a trusted certificate')}`);
  }
  return lines;
}

/** Variables that choose among resources are left out for what they choose. */
function resourceRows(row: AnyRow): AnyRow[] {
  const targets = targetRows(row);
  return targets.length === 0 ? [row] : targets;
}

/** The place of the strongest verdict among rows: what is open stands first. */
function strongest(rows: readonly AnyRow[]): number {
  return Math.min(...rows.map(row => STRENGTH.indexOf(siteVerdict(row).verdict)));
}

/** Lines that go on two cells further in. */
function hanging(lines: readonly string[], indent: number): string[] {
  return lines.map((line, index) => ' '.repeat(index === 0 ? indent : indent + 2) + line);
}

/** `no certificate: reached through 3 sites` and the names of the sites. */
function throughLines(
  rows: readonly AnyRow[],
  what: string,
  paint: (text: string) => string,
  width: number,
  isVerbose: boolean,
): string[] {
  const names = rows.map(row => `${serverLabel(row.site.server)} ${visible(siteTrail(row.site))}`);
  const named = isVerbose ? names : names.slice(0, NAMED_SITES);
  const rest = names.length - named.length;
  const [first = '', ...more] = wrap(`${what} through ${count(names.length, 'site')}`, width - 4);
  const painted = first.startsWith(what) ? paint(what) + first.slice(what.length) : paint(first);
  const lines = [`    ${painted}`, ...more.map(line => `    ${line}`)];
  lines.push(...named.flatMap(name => hanging(wrapNames(name, width - 8), 6)));
  if (rest > 0) lines.push(`      and ${rest} more (--verbose lists them)`);
  return lines;
}

/** What was not read or modelled, one line each: it may be missing in the table. */
function noticeList({ notices }: LintResult, palette: Palette, width: number): string[] {
  const lines = [palette.bold(count(notices.length, 'notice'))];
  for (const { kind, span, text } of notices) {
    const place = span === undefined ? '' : `${lineText(span)} `;
    const [first = '', ...rest] = wrap(`${place}${kind}: ${shown(text)}`, width - 4);
    lines.push(`  ${first}`, ...rest.map(line => `    ${line}`));
  }
  return lines;
}

/** Groups in the order of their first members. */
function groupBy<Key, Value>(values: readonly Value[], keyOf: (value: Value) => Key): Map<Key, Value[]> {
  const groups = new Map<Key, Value[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return groups;
}
