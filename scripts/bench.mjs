// Measures the budgets of the specification as ratios, all in one run, because the machine's own speed cancels out.
//
// usage: npm run bench -- [--servers 10000] [--runs 3] [--without-nginx]
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeTree } from './bench-tree.mjs';

const { values } = parseArgs({
  options: {
    servers: { type: 'string', default: '10000' },
    runs: { type: 'string', default: '3' },
    'without-nginx': { type: 'boolean', default: false },
  },
});
const servers = Number(values.servers);
const runs = Number(values.runs);
const command = join('dist', 'nginx-mtls-lint.cjs');
const folder = mkdtempSync(join(tmpdir(), 'nginx-mtls-lint-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** Wall time of one process in milliseconds. It must end with one of the exit codes. */
function time(program, words, codes, variables = {}) {
  const began = performance.now();
  const env = { ...process.env, ...variables };
  const { status, error, stderr } = spawnSync(program, words, { stdio: ['ignore', 'ignore', 'pipe'], env });
  const took = performance.now() - began;
  if (error !== undefined || !codes.includes(status)) {
    throw error ?? new Error(`${program} ${words.join(' ')} ended with ${status}:\n${stderr.toString().slice(-2000)}`);
  }
  return took;
}

/** Medians of several programs, measured in turns so that a busy moment meets all of them. */
function medians(count, measured) {
  const samples = measured.map(() => []);
  for (let round = 0; round < count; round++) {
    for (const [index, measure] of measured.entries()) samples[index].push(measure());
  }
  return samples.map(list => list.sort((one, other) => one - other)[list.length >> 1]);
}

/** The most memory a lint of this file held, in megabytes. */
function peakMemory(file) {
  const note = join(folder, 'peak');
  const hook = join(folder, 'peak.cjs');
  const text = 'process.resourceUsage().maxRSS';
  writeFileSync(
    hook,
    `process.on('exit', () => require('fs').writeFileSync(${JSON.stringify(note)}, String(${text})));`,
  );
  time(process.execPath, ['--require', hook, command, file, '--output', join(folder, 'report')], [0, 1]);
  return Number(spawnSync('cat', [note]).stdout) / 1024;
}

function line(what, ratio, budget, detail) {
  const verdict = ratio <= budget ? 'within' : 'OVER';
  console.log(`${what.padEnd(44)} ${ratio.toFixed(2).padStart(8)}  ${verdict} ${budget}  (${detail})`);
}

const milliseconds = value => `${Math.round(value)} ms`;
const lint = file => () => time(process.execPath, [command, file, '--output', join(folder, 'report')], [0, 1]);

/** A tree in a folder of its own. */
function tree(name, count, inIncludes) {
  mkdirSync(join(folder, name));
  return writeTree(join(folder, name), count, inIncludes);
}

const small = tree('small', 1, false);
const [bare, one] = medians(21, [() => time(process.execPath, ['-e', '0'], [0]), lint(small)]);
line('start to finish, one small file / node -e 0', one / bare, 1.6, `${milliseconds(one)} / ${milliseconds(bare)}`);

const tenth = tree('tenth', servers / 10, false);
const single = tree('single', servers, false);
const spread = tree('spread', servers, true);
console.log(`${servers} servers x 5 locations: ${(statSync(single).size / 1e6).toFixed(1)} MB`);
const [tenthTime, singleTime, spreadTime] = medians(runs, [lint(tenth), lint(single), lint(spread)]);
line(
  'growth, 10 x the servers',
  singleTime / tenthTime,
  12,
  `${milliseconds(singleTime)} / ${milliseconds(tenthTime)}`,
);
for (const [name, file] of [
  ['one file', single],
  ['includes', spread],
]) {
  const peak = peakMemory(file);
  line(`peak memory, ${name}, of 600 MB`, peak / 600, 1, `${Math.round(peak)} MB`);
}
if (!values['without-nginx']) {
  for (const [name, file, lintTime] of [
    ['one file', single, singleTime],
    ['includes', spread, spreadTime],
  ]) {
    const nginx = time('nginx', ['-t', '-q', '-p', join(file, '..'), '-c', file], [0]);
    line(
      `whole lint / nginx -t, ${name}`,
      lintTime / nginx,
      0.15,
      `${milliseconds(lintTime)} / ${milliseconds(nginx)}`,
    );
  }
}
const parseBench = join('scripts', 'bench-parse.mjs');
if (existsSync(parseBench)) spawnSync(process.execPath, [parseBench], { stdio: 'inherit' });
