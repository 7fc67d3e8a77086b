/**
 * Lists the cells of the access table that are not decided on random configurations, by reason. Needs no nginx.
 *
 * usage: npm run undecided -- [--seed N] [--configurations N] [--small] [--each] [--print]
 *
 * Configuration number N of a seed is that of seed + N, the same one as in `npm run fuzz:nginx`. Cells that a script decides,
 * or a text or folder that is no part of the configuration, are counted apart. `--small` draws the small configurations of
 * the property tests, `--each` names every other cell, `--print` also prints the configurations that they are in.
 */
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import type { Reason } from '../../src/analysis/access.js';
import { analyse } from '../../src/analysis/analyse.js';
import { CLIENT_CLASSES } from '../../src/analysis/request.js';
import { configText } from '../support/config-text.js';
import { modelOf } from '../support/differential.js';
import { configShape, PAPER_SURROUNDINGS } from '../support/generate-config.js';
import { mainFile } from '../support/nginx.js';
import { SMALL_HTTP, smallConfig, smallServer } from '../support/small-config.js';
import { openReasons, UndecidedCells } from '../support/undecided.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1000' },
    configurations: { type: 'string', default: '100' },
    small: { type: 'boolean', default: false },
    each: { type: 'boolean', default: false },
    print: { type: 'boolean', default: false },
  },
});

interface Written {
  readonly main: string;
  readonly files: Readonly<Record<string, string>>;
}

const drawn: fc.Arbitrary<Written> = values.small
  ? smallConfig.map(config => ({ main: `http { ${SMALL_HTTP}\n${smallServer(config)} }`, files: {} }))
  : configShape.map(shape => {
      const { http, files } = configText(shape, PAPER_SURROUNDINGS);
      return { main: mainFile(http), files };
    });

const undecided = new UndecidedCells();
const slowest = { seed: 0, seconds: 0 };
const first = Number(values.seed);
for (let seed = first; seed < first + Number(values.configurations); seed++) {
  const [written] = fc.sample(drawn, { seed, numRuns: 1 }) as [Written];
  const began = performance.now();
  const { rows } = analyse(modelOf(written.main, written.files));
  const seconds = (performance.now() - began) / 1000;
  if (seconds > slowest.seconds) Object.assign(slowest, { seed, seconds });
  const told: string[] = [];
  for (const { site, access } of rows) {
    for (const client of CLIENT_CLASSES) {
      const verdict = access[client];
      const reasons = openReasons(verdict);
      if (undecided.add(reasons) !== 'analysis') continue;
      const { node } = site.scope;
      const block = `${node?.source.position(node.directive.start).line}: ${[node?.name, ...(node?.args ?? [])].join(' ')}`;
      told.push(`${seed} ${block} ${site.content} ${client}: ${reasons!.map(reasonText).join('; ')}`);
    }
  }
  if (told.length === 0 || !(values.each || values.print)) continue;
  if (values.print) {
    for (const [path, text] of Object.entries({ 'nginx.conf': written.main, ...written.files })) {
      const lines = text.split('\n').map((line, index) => `${String(index + 1).padStart(4)} ${line}`);
      console.log([`# ${path}`, ...lines.filter(line => !/upstream site|ssl_session|temp_path/.test(line))].join('\n'));
    }
  }
  console.log(told.join('\n'));
}

function reasonText({ kind, text, span }: Reason): string {
  return `${kind} (${text}, line ${span.file.position(span.start).line})`;
}

console.log(undecided.text());
console.log(`slowest: seed ${slowest.seed}, ${slowest.seconds.toFixed(1)} s`);
