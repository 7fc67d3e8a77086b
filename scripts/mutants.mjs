// Puts deliberate faults into the sources, one at a time, and runs the tests that have to notice each: a test suite is worth
// as much as the faults that it finds. Works on copies in a temporary folder; nothing in this tree is changed.
//
// usage: npm run mutants [-- --only PART-OF-A-NAME] [--jobs N] [--check]
//
// --check only looks whether every fault can still be put in. Ends with 1 where a fault survives or no longer applies.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { transformSync } from 'esbuild';
import { evaluator } from './mutants/evaluator.mjs';
import { explorer } from './mutants/explorer.mjs';
import { model } from './mutants/model.mjs';
import { pki } from './mutants/pki.mjs';
import { stream } from './mutants/stream.mjs';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    jobs: { type: 'string', default: '2' },
    check: { type: 'boolean', default: false },
  },
});

/** A fault may make a loop endless. That is noticed, too: no test file takes a fraction of this otherwise. */
const TIME_LIMIT = 300_000;

const root = resolve(import.meta.dirname, '..');
const all = [...evaluator, ...model, ...explorer, ...pki, ...stream];
const chosen = all.filter(({ name }) => name.includes(values.only ?? ''));

const problems = [...all.map(applicationProblem), ...duplicates()].filter(problem => problem !== undefined);
if (problems.length > 0) fail(problems.join('\n'));
if (chosen.length === 0) fail(`no fault has ${values.only} in its name`);
if (values.check) {
  console.log(`${all.length} faults can be put in`);
  process.exit(0);
}

const folder = mkdtempSync(join(tmpdir(), 'nginx-mtls-lint-mutants-'));
const running = new Set();
process.on('exit', () => {
  for (const child of running) stop(child);
  rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));

const began = performance.now();
const base = copyOfTree();
const failures = await baseline();
if (failures.length > 0) fail(`tests that fail without any fault:\n${failures.join('\n')}`);

const results = [];
const queue = [...chosen];
await Promise.all(Array.from({ length: Math.max(1, Number(values.jobs)) }, (_, job) => work(job)));
report();

/** Why a fault cannot be put in; undefined where it can. */
function applicationProblem({ name, file, search, replace }) {
  const parts = readFileSync(join(root, file), 'utf8').split(search);
  if (parts.length === 1) return `${name}: its text is no longer in ${file}`;
  if (parts.length > 2) return `${name}: its text is ${parts.length - 1} times in ${file}`;
  return search === replace ? `${name}: changes nothing` : undefined;
}

function duplicates() {
  const names = all.map(({ name }) => name);
  return names.filter((name, index) => names.indexOf(name) !== index).map(name => `${name}: two faults have this name`);
}

/** The files that git knows or would add, compiled. */
function copyOfTree() {
  const target = join(folder, 'base');
  const listed = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (listed.status !== 0) fail('git does not list the files of this tree');
  const files = listed.stdout
    .split('\0')
    .filter(file => /^(grammar|rules|src|test)\/|^(package|tsconfig)\.json$/.test(file));
  for (const file of files) {
    mkdirSync(dirname(join(target, file)), { recursive: true });
    cpSync(join(root, file), join(target, file));
  }
  symlinkSync(join(root, 'node_modules'), join(target, 'node_modules'));
  const compiled = spawnSync(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', '.'], {
    cwd: target,
    encoding: 'utf8',
  });
  if (compiled.status !== 0) fail(`the tree does not compile:\n${compiled.stdout}`);
  return target;
}

/** Every test file that is to notice a fault has to pass without one. */
async function baseline() {
  const files = [...new Set(chosen.flatMap(({ tests }) => tests))];
  const failed = [];
  const next = async () => {
    for (let file = files.shift(); file !== undefined; file = files.shift()) {
      const { killed } = await run(base, file);
      if (killed !== undefined) failed.push(`${file}: ${killed}`);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Number(values.jobs)) }, next));
  return failed;
}

/** One worker: its own copy, one fault after the other. */
async function work(job) {
  const place = join(folder, `job-${job}`);
  cpSync(base, place, { recursive: true, verbatimSymlinks: true });
  for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
    const start = performance.now();
    const killed = await tryMutant(place, mutant);
    const seconds = (performance.now() - start) / 1000;
    results.push({ mutant, killed, seconds });
    console.log(
      `${killed === undefined ? 'SURVIVES' : 'killed  '} ${mutant.name} (${seconds.toFixed(1)} s)${killed === undefined ? '' : ` by ${killed}`}`,
    );
  }
}

/** The test that notices a fault, or undefined. */
async function tryMutant(place, { file, search, replace, tests }) {
  const output = join(place, 'build', file.replace(/\.ts$/, '.js'));
  const original = readFileSync(output);
  const text = readFileSync(join(place, file), 'utf8').split(search).join(replace);
  writeFileSync(output, transformSync(text, { loader: 'ts', format: 'esm', target: 'es2023' }).code);
  try {
    for (const test of tests) {
      const { killed } = await run(place, test);
      if (killed !== undefined) return killed;
    }
    return undefined;
  } finally {
    writeFileSync(output, original);
  }
}

/** Runs the test files with a text in their names; `killed` tells the first test that fails. */
function run(place, test) {
  return new Promise(done => {
    const child = spawn(process.execPath, ['--max-old-space-size=2048', 'build/test/support/run.js', test], {
      cwd: place,
      detached: true,
      // Random examples in numbers that still show every fault.
      env: { ...process.env, FC_RUNS: '120', TEST_JOBS: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    let output = '';
    child.stdout.on('data', data => (output += data));
    child.stderr.on('data', data => (output += data));
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      stop(child);
    }, TIME_LIMIT);
    child.on('close', code => {
      clearTimeout(timer);
      running.delete(child);
      if (late) done({ killed: `${test}: not done after ${TIME_LIMIT / 1000} s` });
      else done({ killed: code === 0 ? undefined : `${test}: ${firstFailure(output)}` });
    });
  });
}

function firstFailure(output) {
  const failed = /^ *FAIL {2}(.*?) {2}"(.*)"$/m.exec(output);
  return failed === null ? (output.trim().split('\n').at(-2) ?? 'ended early').trim() : `${failed[1]}: ${failed[2]}`;
}

/** Ends a test run with whatever it has started. */
function stop(child) {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

function report() {
  const width = Math.max(...results.map(({ mutant }) => mutant.name.length));
  results.sort((one, other) => all.indexOf(one.mutant) - all.indexOf(other.mutant));
  console.log('');
  for (const { mutant, killed, seconds } of results) {
    console.log(`${mutant.name.padEnd(width)}  ${seconds.toFixed(1).padStart(6)} s  ${killed ?? 'SURVIVES'}`);
  }
  const alive = results.filter(({ killed }) => killed === undefined);
  for (const { mutant } of alive) console.log(`\nSURVIVES ${mutant.name}: ${mutant.meaning}\n  ${mutant.file}`);
  const minutes = (performance.now() - began) / 60_000;
  console.log(
    `\n${results.length} faults, ${results.length - alive.length} noticed, ${alive.length} not, in ${minutes.toFixed(1)} minutes`,
  );
  process.exitCode = alive.length === 0 ? 0 : 1;
}

function fail(reason) {
  console.error(reason);
  process.exit(1);
}
