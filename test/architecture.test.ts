import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import * as assert from 'uvu/assert';
import { describe } from './support/suite.js';

/** The layer of a source file, by its path from the project's root. */
function layerOf(path: string): string {
  const parts = path.replace(/\\/g, '/').split('/');
  if (parts[0] !== 'src') return parts[0]!;
  return parts.length === 2 ? `src/${parts[1]!.replace(/\.ts$/, '')}` : `src/${parts[1]}`;
}

/** What each layer may import, besides itself. `type:` means for types only. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'src/source': [],
  'src/pcre': [],
  'src/pki': [],
  grammar: ['src/source'],
  'src/notice': ['type:src/source'],
  'src/config': ['grammar', 'src/source', 'src/notice'],
  'src/model': ['type:grammar', 'src/config', 'src/source', 'src/notice'],
  'src/analysis': ['src/model', 'src/config', 'src/source', 'src/pcre', 'src/notice', 'src/pki'],
  'src/finding': ['type:src/analysis', 'type:src/source'],
  'src/settings': ['type:src/config', 'type:src/finding'],
  'src/rule': [
    'type:src/settings',
    'type:src/analysis',
    'type:src/config',
    'src/finding',
    'type:src/model',
    'src/notice',
    'type:src/pki',
    'type:src/source',
  ],
  rules: [
    'src/rule',
    'src/finding',
    'src/analysis',
    'src/model',
    'src/config',
    'type:src/pki',
    'src/source',
    'src/pcre',
  ],
  'src/report': [
    'src/finding',
    'src/notice',
    'src/source',
    'src/rule',
    'type:src/analysis',
    'type:src/model',
    'type:src/config',
  ],
  'src/lint': [
    'src/settings',
    'rules',
    'src/report',
    'src/analysis',
    'src/model',
    'src/config',
    'grammar',
    'src/source',
    'src/pki',
    'src/rule',
    'src/finding',
    'src/notice',
  ],
  'src/cli': [
    'src/settings',
    'src/lint',
    'src/report',
    'rules',
    'src/rule',
    'src/finding',
    'src/notice',
    'src/source',
    'src/config',
    'src/model',
    'type:src/analysis',
    'type:src/model',
  ],
  'src/bin': ['src/cli'],
};

/** Packages that one folder alone may import. */
const PACKAGE_HOMES: Readonly<Record<string, string>> = {
  chevrotain: 'grammar/',
  picocolors: 'src/report/',
  yargs: 'src/cli',
  'fast-glob': 'src/cli',
  yaml: 'src/cli',
};

const files = ['grammar', 'src', 'rules'].flatMap(folder =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts'))
    .map(file => join(folder, file)),
);

interface Import {
  readonly file: string;
  readonly target: string;
  readonly typeOnly: boolean;
  readonly isDynamic: boolean;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8');
  const found: Import[] = [];
  for (const match of text.matchAll(/^(?:import|export)\s+(type\s+)?[^;'"]*?from\s+'([^']+)'|import\('([^']+)'\)/gm)) {
    found.push({
      file,
      target: match[2] ?? match[3]!,
      typeOnly: match[1] !== undefined,
      isDynamic: match[3] !== undefined,
    });
  }
  return found;
}

const imports = files.flatMap(importsOf);

describe('architecture', it => {
  it('finds the sources and their imports', () => {
    assert.ok(files.length > 5);
    assert.ok(imports.length > 10);
  });

  it('lets each layer import only what is below it', () => {
    for (const { file, target, typeOnly } of imports) {
      if (!target.startsWith('.')) continue;
      const from = layerOf(file);
      const to = layerOf(relative('.', join(dirname(file), target.replace(/\.js$/, '.ts'))));
      if (from === to && from !== 'rules') continue;
      const allowed = MAY_IMPORT[from];
      assert.ok(allowed, `${file}: the layer ${from} is not declared`);
      const permitted = allowed.includes(to) || (typeOnly && allowed.includes(`type:${to}`));
      assert.ok(permitted || (from === 'rules' && file.endsWith('index.ts')), `${file} may not import ${target}`);
    }
  });

  it('loads the reader of certificates only on demand', () => {
    const trust = join('src', 'analysis', 'trust');
    // The names of attributes are a small table, which the language of subjects is made of.
    const names = join('src', 'pki', 'attribute-names');
    const isLoaded = (path: string): boolean => {
      const module = path.replace(/\.[jt]s$/, '');
      return module !== names && (layerOf(path) === 'src/pki' || module === trust);
    };
    const loading = imports.filter(({ file, target, typeOnly, isDynamic }) => {
      const to = relative('.', join(dirname(file), target));
      return isLoaded(to) && !typeOnly && !isDynamic && !isLoaded(file);
    });
    assert.equal(
      loading.map(({ file, target }) => `${file}: ${target}`),
      [],
    );
  });

  it('keeps each package in its folder', () => {
    for (const { file, target } of imports) {
      if (target.startsWith('.') || target.startsWith('node:')) continue;
      const name = target.split('/')[0]!;
      const home = PACKAGE_HOMES[name];
      assert.ok(home, `${file} imports the package ${target}, which no folder owns`);
      assert.ok(file.startsWith(home), `${file} may not import ${target}: it belongs to ${home}`);
    }
  });

  it('leaves the process to bin.ts', () => {
    for (const file of files) {
      if (file === join('src', 'bin.ts')) continue;
      assert.not.ok(/\bprocess\./.test(readFileSync(file, 'utf8')), `${file} touches process`);
    }
  });

  it('lets only config and the edge read files', () => {
    for (const { file, target } of imports) {
      if (target !== 'node:fs' && target !== 'fs') continue;
      assert.ok(file.startsWith(join('src', 'config')) || file === join('src', 'bin.ts'), `${file} imports ${target}`);
    }
  });

  it('forbids .only, which would run a part of the tests and pass', () => {
    for (const file of readdirSync('test', { recursive: true, encoding: 'utf8' }).filter(name =>
      name.endsWith('.test.ts'),
    )) {
      assert.not.ok(/\.only\(/.test(readFileSync(join('test', file), 'utf8').replace(/\/\\.only.*$/gm, '')), file);
    }
  });
});
