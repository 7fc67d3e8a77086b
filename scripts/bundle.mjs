// Bundles the compiled command: a package without dependencies starts three times as fast.
//
//   dist/nginx-mtls-lint.cjs  checks the version of Node.js and turns the compile cache on, in syntax that old ones read
//   dist/cli.cjs              all that a run needs; its dynamic imports keep the rest unevaluated
//   dist/cli.cache         V8's code cache for cli.cjs, for versions of Node.js without a compile cache of their own
//   dist/help.cjs, glob.cjs, yaml.cjs   yargs, fast-glob and yaml, which few runs need: not even compiled by the others
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { build } from 'esbuild';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

/** What is used of the built-in modules that cost start-up time and that few runs need: required at first use. */
const LATE_BUILTINS = {
  'node:crypto': { functions: ['createHash', 'createPublicKey', 'verify'], objects: ['constants'] },
  'node:zlib': { functions: ['gzipSync'], objects: [] },
};

const lateBuiltins = {
  name: 'late-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path, namespace }) =>
      path in LATE_BUILTINS && namespace !== 'late-builtin' ? { path, namespace: 'late-builtin' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'late-builtin' }, ({ path }) => {
      const { functions, objects } = LATE_BUILTINS[path];
      const late = `require('${path}')`;
      const lines = [
        ...functions.map(name => `export function ${name}(...given) { return ${late}.${name}(...given); }`),
        ...objects.map(name => `export const ${name} = new Proxy({}, { get: (_, key) => ${late}.${name}[key] });`),
      ];
      return { contents: lines.join('\n') };
    });
  },
};

/**
 * picocolors looks at the process when it is loaded, to guess whether there are colours, and so makes the standard output.
 * Here the caller always says which it wants.
 */
const noGuess = {
  name: 'no-guess',
  setup({ onLoad }) {
    onLoad({ filter: /picocolors\.js$/ }, ({ path }) => ({
      contents: `const process = { argv: [], env: {} };\n${readFileSync(path, 'utf8')}`,
    }));
  },
};

/**
 * Chevrotain fills a table with all 65,536 units of UTF-16 before it tokenizes. It reads none below 256, and the text of a
 * configuration is bytes, one unit each.
 */
const withoutUnitTable = {
  name: 'without-unit-table',
  setup({ onLoad }) {
    onLoad({ filter: /chevrotain[\\/]lib[\\/]src[\\/]scan[\\/]lexer\.js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const contents = source.replace(/(function initCharCodeToOptimizedIndexMap\(\) \{)[\s\S]*?\n\}/, '$1}');
      if (contents === source) throw new Error('Chevrotain no longer has the table that is left out');
      return { contents };
    });
  },
};

const common = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  minify: true,
  target: 'node20.19',
  legalComments: 'linked',
  logLevel: 'warning',
};

/** Leaves some imports to files of their own beside the bundle. */
const separate = files => ({
  name: 'separate',
  setup({ onResolve }) {
    for (const [name, path] of Object.entries(files)) {
      const filter = new RegExp(`^${name.replaceAll('.', '\\.')}$`);
      onResolve({ filter }, () => ({ path, external: true }));
    }
  },
});

// yargs asks for its own address at load time, which a CommonJS bundle does not know by that name.
const ownAddress = {
  banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
  define: { 'import.meta.url': 'importMetaUrl' },
};

mkdirSync('dist', { recursive: true });
await Promise.all([
  build({
    ...common,
    entryPoints: ['build/src/bin.js'],
    outfile: 'dist/nginx-mtls-lint.cjs',
    target: 'node12',
    banner: { js: '#!/usr/bin/env node' },
    define: { PACKAGE_VERSION: JSON.stringify(version) },
    plugins: [separate({ './cli.js': './cli.cjs' })],
  }),
  build({
    ...common,
    entryPoints: ['build/src/cli.js'],
    outfile: 'dist/cli.cjs',
    // A script that is loaded with a code cache can only require.
    supported: { 'dynamic-import': false },
    plugins: [
      lateBuiltins,
      noGuess,
      withoutUnitTable,
      separate({ './cli/help.js': './help.cjs', 'fast-glob': './glob.cjs', yaml: './yaml.cjs' }),
    ],
  }),
  build({
    ...common,
    ...ownAddress,
    entryPoints: ['build/src/cli/help.js'],
    outfile: 'dist/help.cjs',
    // It builds an Intl.Segmenter at load time (12 ms) to measure text that is ASCII here.
    alias: { 'string-width': './scripts/ascii-width.mjs' },
  }),
  build({ ...common, entryPoints: ['fast-glob'], outfile: 'dist/glob.cjs' }),
  build({ ...common, entryPoints: ['yaml'], outfile: 'dist/yaml.cjs' }),
]);
chmodSync('dist/nginx-mtls-lint.cjs', 0o755);

// The code cache holds what a first run compiles, so it is taken behind one.
const made = spawnSync(process.execPath, ['scripts/make-code-cache.cjs'], { stdio: 'inherit' });
if (made.status !== 0) process.exit(1);
