import * as assert from 'uvu/assert';
import type { AccessTable, Verdict } from '../../../src/analysis/access.js';
import { analyse } from '../../../src/analysis/analyse.js';
import { CLIENT_CLASSES } from '../../../src/analysis/request.js';
import type { HttpModel } from '../../../src/model/model.js';
import { resolve } from '../../../src/model/resolve.js';
import type { Scope } from '../../../src/model/scope.js';
import { reportAccessJson } from '../../../src/report/access-json.js';
import { expandFiles } from '../../support/config.js';
import { holdsFor } from '../../support/holds.js';
import { SMALL_HTTP, smallConfig, smallServer } from '../../support/small-config.js';
import { describe } from '../../support/suite.js';

/** A configuration in pieces: lines of http, and for each server its directives and blocks, each with all its lines. */
interface Pieces {
  readonly http: readonly string[];
  readonly servers: readonly (readonly string[])[];
}

/** The content of an http block as the generators write it: what stands deeper is indented. */
function piecesOf(text: string): Pieces {
  const http: string[] = [];
  const servers: string[][] = [];
  let server: string[] | undefined;
  let isInside = false;
  for (const line of text.split('\n')) {
    if (server === undefined) {
      if (line === 'server {') servers.push((server = []));
      else http.push(line);
    } else if (line === '}') {
      server = undefined;
    } else if (isInside || /^ {3}/.test(line)) {
      server[server.length - 1] += `\n${line}`;
      if (line === '  }') isInside = false;
    } else {
      server.push(line);
      isInside = line.endsWith('{');
    }
  }
  return { http, servers };
}

type Files = Readonly<Record<string, string>>;

function written({ http, servers }: Pieces): string {
  return `${http.join('\n')}\n${servers.map(items => `server {\n${items.join('\n')}\n}\n`).join('')}`;
}

const asFile = (pieces: Pieces): Files => ({ 'nginx.conf': `http {\n${written(pieces)}}\n` });

function modelOf(files: Files): HttpModel {
  const tree = expandFiles(files);
  assert.equal(tree.notices, []);
  return resolve(tree.nodes);
}

const isLocation = (item: string): boolean => item.startsWith('  location ');
const isRegex = (item: string): boolean => item.startsWith('  location ~');

/** Ways to write the same configuration in another way. */
const SAME: Readonly<Record<string, (pieces: Pieces) => Files>> = {
  'comments and blank lines': pieces => ({
    'nginx.conf': asFile(pieces)['nginx.conf']!.replace(/([;{}])\n/g, '$1 # note; }\n\n'),
  }),
  'each server in a file of its own': ({ http, servers }) => ({
    'nginx.conf': `http {\n${http.join('\n')}\ninclude sites/*.conf;\n}\n`,
    ...Object.fromEntries(
      servers.map((items, index) => [`sites/${index}.conf`, written({ http: [], servers: [items] })]),
    ),
  }),
  'each location in a file of its own': ({ http, servers }) => {
    const files: Record<string, string> = {};
    const moved = servers.map(items =>
      items.map(item => {
        if (!isLocation(item)) return item;
        const name = `location-${Object.keys(files).length}.conf`;
        files[name] = `${item}\n`;
        return `include ${name};`;
      }),
    );
    return { ...asFile({ http, servers: moved }), ...files };
  },
  'the content of each server included, and twice a file without a directive': ({ http, servers }) => ({
    ...asFile({
      http,
      servers: servers.map((_, index) => [
        'include nothing.conf;',
        `include body-${index}.conf;`,
        'include nothing.conf;',
      ]),
    }),
    'nothing.conf': '# nothing\n',
    ...Object.fromEntries(servers.map((items, index) => [`body-${index}.conf`, `${items.join('\n')}\n`])),
  }),
  'locations that are no regexes in the reverse order': ({ http, servers }) =>
    asFile({
      http,
      servers: servers.map(items => {
        const movable = items.filter(item => isLocation(item) && !isRegex(item)).reverse();
        return items.map(item => (isLocation(item) && !isRegex(item) ? movable.shift()! : item));
      }),
    }),
  'another name for a server, wherever it stands': pieces => ({
    'nginx.conf': asFile(pieces)['nginx.conf']!.replaceAll('a.test', 'q.test'),
  }),
  'one more server on a port of its own': ({ http, servers }) =>
    asFile({ http, servers: [...servers, ['  listen 127.0.0.1:8999;', '  return 404;']] }),
};

/** The words of the blocks around a place, the outermost first. */
function blocksOf(scope: Scope | undefined): string {
  if (scope?.node === undefined || scope.kind === 'http' || scope.kind === 'server') return '';
  return `${blocksOf(scope.parent)} > ${[scope.node.name, ...scope.node.args].join(' ')}`;
}

/** What the table says, a line for each site, in an order that the places in the files do not decide. */
function told({ rows }: AccessTable): string[] {
  return rows
    .map(({ site, access }) => {
      const { server, scope, content, target, source } = site;
      const number = scope.effective('add_header')[0]?.args[1] ?? '';
      const words = [server.index, blocksOf(scope), number, content, target ?? source?.args.join(' ')];
      return `${words.join(' ').replaceAll('q.test', 'a.test')}: ${CLIENT_CLASSES.map(client => access[client].verdict).join(' ')}`;
    })
    .sort();
}

function jsonOf(files: Files): string {
  const tool = { name: 'nginx-mtls-lint', version: '0' };
  return reportAccessJson({
    tool,
    roots: ['nginx.conf'],
    findings: [],
    notices: [],
    tables: [analyse(modelOf(files))],
    models: [],
    suppressed: [],
  });
}

/** The first line in which two texts differ. */
function difference(one: readonly string[], other: readonly string[]): string {
  const before = one.filter(line => !other.includes(line));
  const behind = other.filter(line => !one.includes(line));
  return `  before: ${before.join('\n          ')}\n  behind: ${behind.join('\n          ')}`;
}

const smallText = smallConfig.map(config => SMALL_HTTP + smallServer(config));
const seed = Number(process.env['FC_SEED'] ?? 20_261_126);
const numRuns = Number(process.env['FC_RUNS'] ?? 40);

const STRENGTH: readonly Verdict['verdict'][] = ['refused', 'unknown', 'conditional', 'reached'];

/** The strongest verdicts of each class over all sites with the same words. */
function strongest(lines: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, readonly number[]>();
  for (const line of lines) {
    const [site = '', verdicts = ''] = line.split(': ');
    const own = verdicts.split(' ').map(verdict => STRENGTH.indexOf(verdict as Verdict['verdict']));
    found.set(
      site,
      own.map((strength, index) => Math.max(strength, found.get(site)?.[index] ?? 0)),
    );
  }
  return found;
}

describe('the access table and how a configuration is written', it => {
  it('is compared on what the generators write, line for line', () => {
    holdsFor(smallText, { seed, numRuns: numRuns }, text => {
      const lines = (whole: string): string =>
        whole
          .split('\n')
          .filter(line => line !== '')
          .sort()
          .join('\n');
      return lines(written(piecesOf(text))) === lines(text) ? undefined : text;
    });
  });

  for (const [title, rewrite] of Object.entries(SAME)) {
    it(`says the same of ${title}`, () => {
      holdsFor(smallText, { seed, numRuns: numRuns }, text => {
        const pieces = piecesOf(text);
        const one = told(analyse(modelOf(asFile(pieces))));
        const files = rewrite(pieces);
        const other = told(analyse(modelOf(files)));
        if (one.join() === other.join()) return undefined;
        return `${text}${difference(one, other)}\n${JSON.stringify(files)}`;
      });
    });
  }

  it('is the same document every time', () => {
    holdsFor(smallText, { seed, numRuns: numRuns }, text => {
      const files = asFile(piecesOf(text));
      const [one, other] = [jsonOf(files), jsonOf(files)];
      return one === other ? undefined : `${text}${difference(one.split('\n'), other.split('\n'))}`;
    });
  });

  it('names a line that is there for everything that is refused, conditional or undecided', () => {
    holdsFor(smallText, { seed, numRuns: numRuns }, text => {
      for (const { site, access } of analyse(modelOf(asFile(piecesOf(text)))).rows) {
        for (const client of CLIENT_CLASSES) {
          const verdict = access[client];
          const places =
            verdict.verdict === 'refused'
              ? verdict.by
              : verdict.verdict === 'conditional'
                ? [...verdict.conditions, ...verdict.reasons]
                : verdict.verdict === 'unknown'
                  ? verdict.reasons
                  : verdict.witness.steps;
          const where = `${text}${site.scope.node?.args.join(' ')} ${site.content} ${client} ${verdict.verdict}`;
          if (places.length === 0) return `${where}: no line`;
          for (const place of places) {
            const { file, start } = place.span;
            const begins = file.text.slice(start);
            if (file.path !== 'nginx.conf' || !/^[a-z_$~*"'\d/.-]/i.test(begins))
              return `${where}: no directive at ${start}`;
            if (verdict.verdict === 'refused' && !begins.startsWith(place.text.split(' ')[0]!)) {
              return `${where}: ${place.text} does not stand at ${start}`;
            }
          }
        }
      }
      return undefined;
    });
  });

  it('opens nothing where a guard that ends the connection comes first', () => {
    holdsFor(smallText, { seed, numRuns: 2 * numRuns }, text => {
      const { http, servers } = piecesOf(text);
      const guard = '  if ($ssl_client_verify != SUCCESS) { return 444; }';
      const before = strongest(told(analyse(modelOf(asFile({ http, servers })))));
      const guarded = strongest(
        told(analyse(modelOf(asFile({ http, servers: servers.map(items => [guard, ...items]) })))),
      );
      for (const [site, verdicts] of guarded) {
        for (const [index, verdict] of verdicts.entries()) {
          const was = before.get(site)?.[index] ?? 0;
          if (was === STRENGTH.indexOf('refused') && verdict >= STRENGTH.indexOf('conditional')) {
            return `${text}${site} was refused, is ${STRENGTH[verdict]}`;
          }
        }
      }
      return undefined;
    });
  });
});
