/** The answer to `access --why` for a server of stream, which has one site and no paths. */
import type { StreamRow } from '../analysis/access.js';
import type { ClientClass } from '../analysis/request.js';
import type { StreamServer } from '../model/model.js';
import { lineJson, siteJson } from './access-json.js';
import { CLASSES, paintVerdict, WHO } from './access-text.js';
import { decodePath, shown, visible, wrap } from './display.js';
import { jsonText } from './json-text.js';
import { noticeJson } from './notice-json.js';
import { type Palette, paletteOf } from './palette.js';
import { lineText, nameSpan } from './place.js';
import type { LintResult } from './result.js';
import { listenText, serverNames } from './site-label.js';
import { noticeLines, type TextOptions } from './text.js';
import { CLIENT, serverText, siteText, verdictBlocks, wayBlock } from './why-text.js';

/** A cell of the access table in the row of a server of stream. */
export interface StreamExplanation {
  readonly server: StreamServer;
  readonly clientClass: ClientClass;
  /** Undefined where nothing answers. */
  readonly row: StreamRow | undefined;
}

/** The explanation for people. */
export function reportWhyStreamText(
  { clientClass, row, server }: StreamExplanation,
  { notices }: LintResult,
  options: TextOptions,
): string {
  const { isVerbose = false, width = 80 } = options;
  const palette = paletteOf(options.isColoured);
  const listens = server.listens.map(listen => visible(listenText(listen, server))).join(', ');
  const place = lineText(nameSpan(server.node));
  const name = serverText(server);
  const about = [
    `server  ${name === place ? place : `${name}, ${place}`}, on ${listens}`,
    ...(row === undefined ? [] : [`site    ${siteText(row)}`]),
  ];
  const blocks = [
    [
      ...wrap(headline(name, clientClass, row), width).map(line => palette.bold(line)),
      '',
      ...about.flatMap(line => wrap(line, width - 2).map((part, index) => `  ${index === 0 ? '' : '        '}${part}`)),
    ],
  ];
  if (row !== undefined) {
    const verdict = row.access[clientClass];
    blocks.push(tableLines(clientClass, row, palette), ...verdictBlocks(verdict, [], palette, width, isVerbose));
    if ('witness' in verdict) blocks.push(wayBlock('A connection that gets there', verdict.witness, palette, width));
  }
  const told = noticeLines(notices, palette, width, isVerbose);
  if (told.length > 0) blocks.push(told);
  return `${blocks.map(lines => lines.join('\n')).join('\n\n')}\n`;
}

/** The verdict in one sentence. */
function headline(name: string, clientClass: ClientClass, row: StreamRow | undefined): string {
  const who = CLIENT[clientClass];
  switch (row?.access[clientClass].verdict) {
    case undefined:
      return `${name}: nothing answers there`;
    case 'reached':
      return `${name}: ${who} gets there`;
    case 'conditional':
      return `${name}: ${who} gets there on a condition`;
    case 'unknown':
      return `${name}: not decided whether ${who} gets there`;
    case 'refused':
      return `${name}: ${who} is refused`;
  }
}

/** What each class gets: at all, and for each place where connections are passed on to. */
function tableLines(asked: ClientClass, { access, targets }: StreamRow, palette: Palette): string[] {
  const whoWidth = Math.max(...CLASSES.map(client => WHO[client].length));
  const columns = [
    { head: 'the site', of: access },
    ...targets.map(({ access: of, value }) => ({ head: shown(value), of })),
  ];
  const widths = columns.map(({ head, of }) =>
    Math.max(head.length, ...CLASSES.map(client => of[client].verdict.length)),
  );
  const head = columns.map((column, index) => column.head.padEnd(widths[index]!)).join('  ');
  const lines = [palette.dim(`  ${''.padEnd(whoWidth)}  ${head}`.trimEnd())];
  for (const client of CLASSES) {
    const cells = columns.map(({ of }, index) => {
      const { verdict } = of[client];
      return paintVerdict(of[client], client, palette)(verdict) + ' '.repeat(widths[index]! - verdict.length);
    });
    lines.push(`${client === asked ? '> ' : '  '}${WHO[client].padEnd(whoWidth)}  ${cells.join('  ')}`.trimEnd());
  }
  return lines;
}

/** The explanation as JSON (docs/why.schema.json): without a target, locations and requests of its own. */
export function reportWhyStreamJson({ clientClass, row, server }: StreamExplanation, result: LintResult): string {
  return jsonText({
    schemaVersion: 1,
    tool: result.tool,
    roots: result.roots.map(decodePath),
    class: clientClass,
    target: '',
    server: {
      ...lineJson(nameSpan(server.node)),
      names: serverNames(server),
      listen: server.listens.map(listen => listenText(listen, server)),
      why: 'a server of stream',
    },
    locations: [],
    site: row === undefined ? null : siteJson(row),
    others: [],
    requests: { none: null, untrusted: null, trusted: null },
    notices: result.notices.map(noticeJson),
  });
}
