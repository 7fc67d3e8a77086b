import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as assert from 'uvu/assert';
import { describe } from './support/suite.js';

const PAGES = [
  ...readdirSync('.').filter(file => file.endsWith('.md')),
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.md'))
    .map(file => join('docs', file)),
].sort();

/** The lines of a page that are not inside a fenced block. */
function prose(page: string): string {
  return readFileSync(page, 'utf8').replace(/^```[\s\S]*?^```$/gm, '');
}

describe('prose', it => {
  it('finds the pages', () => {
    for (const page of ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'docs/architecture.md', 'docs/limits.md']) {
      assert.ok(PAGES.includes(page), page);
    }
  });

  it('links to files that are there', () => {
    for (const page of PAGES) {
      for (const [, target = ''] of prose(page).matchAll(/\]\(([^)\s#]+)[^)]*\)/g)) {
        if (target.startsWith('https://')) continue;
        assert.ok(existsSync(join(dirname(page), target)), `${page}: ${target}`);
      }
    }
  });

  it('names files and folders of the project that are there', () => {
    for (const page of PAGES) {
      for (const [, path = ''] of prose(page).matchAll(/`((?:src|test|docs|rules|grammar)\/[\w./-]*)`/g)) {
        const exists = existsSync(path) || existsSync(`${path}.ts`);
        assert.ok(exists, `${page}: ${path}`);
      }
    }
  });

  it('names npm scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
    for (const page of PAGES) {
      for (const [, script = ''] of readFileSync(page, 'utf8').matchAll(/npm run ([\w:-]+)/g)) {
        assert.ok(script in scripts, `${page}: npm run ${script}`);
      }
    }
  });
});
