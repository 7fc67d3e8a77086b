// Bundles the compiled command: a package without dependencies starts three times as fast.
//
//   dist/nginx-mtls-lint.cjs  checks the version of Node.js and turns the compile cache on, in syntax that old ones read
//   dist/cli.cjs              all the rest; what a run does not need stays unevaluated behind its dynamic imports
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { build } from 'esbuild';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

/** The functions of built-in modules that cost start-up time and that few runs call: required at the first call. */
const LATE_BUILTINS = {
  'node:crypto': ['createHash', 'createPublicKey', 'verify'],
};

const lateBuiltins = {
  name: 'late-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path, namespace }) =>
      path in LATE_BUILTINS && namespace !== 'late-builtin' ? { path, namespace: 'late-builtin' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'late-builtin' }, ({ path }) => ({
      contents: LATE_BUILTINS[path]
        .map(name => `export function ${name}(...given) { return require('${path}').${name}(...given); }`)
        .join('\n'),
    }));
  },
};

const common = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  minify: true,
  logLevel: 'warning',
};

mkdirSync('dist', { recursive: true });
await build({
  ...common,
  entryPoints: ['build/src/bin.js'],
  outfile: 'dist/nginx-mtls-lint.cjs',
  target: 'node12',
  banner: { js: '#!/usr/bin/env node' },
  define: { PACKAGE_VERSION: JSON.stringify(version) },
  plugins: [
    {
      name: 'separate-command',
      setup: ({ onResolve }) => onResolve({ filter: /^\.\/cli\.js$/ }, () => ({ path: './cli.cjs', external: true })),
    },
  ],
});
await build({
  ...common,
  entryPoints: ['build/src/cli.js'],
  outfile: 'dist/cli.cjs',
  target: 'node20.19',
  legalComments: 'linked',
  // yargs asks for its own address at load time, which a CommonJS bundle does not know by that name.
  banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
  define: { 'import.meta.url': 'importMetaUrl' },
  // It builds an Intl.Segmenter at load time (12 ms) to measure text that is ASCII here.
  alias: { 'string-width': './scripts/ascii-width.mjs' },
  plugins: [lateBuiltins],
});
chmodSync('dist/nginx-mtls-lint.cjs', 0o755);
