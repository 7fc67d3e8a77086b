import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { compileGlob, expandGlob, isGlob } from '../../../src/config/glob.js';
import { nodeHost } from '../../../src/config/host.js';
import { canAskNginx } from '../../support/directive-probe.js';
import { MemoryHost } from '../../support/memory-host.js';
import { describe } from '../../support/suite.js';

function matches(pattern: string, names: string): string {
  const test = compileGlob(pattern);
  return names.split(' ').filter(test).join(' ');
}

describe('glob', it => {
  it('knows a pattern by the bytes that nginx looks for', () => {
    assert.is(isGlob('conf.d/*.conf'), true);
    assert.is(isGlob('a?'), true);
    assert.is(isGlob('a[b'), true);
    assert.is(isGlob('{a,b}\\'), false);
  });

  it('matches stars, question marks, sets and ranges', () => {
    assert.is(matches('*.conf', 'a.conf .conf .a.conf conf b.conf.bak'), 'a.conf');
    assert.is(matches('a?c', 'abc ac a.c abbc'), 'abc a.c');
    assert.is(matches('[a-cx]*', 'a1 b x d X'), 'a1 b x');
    assert.is(matches('[!a-c]', 'a d -'), 'd -');
    assert.is(matches('[^a-c]', 'a d'), 'd');
    assert.is(matches('[]a]x', ']x ax bx'), ']x ax');
    assert.is(matches('[a-]x', 'ax -x bx'), 'ax -x');
    assert.is(matches('[[:digit:]_]*', '0a _b a0'), '0a _b');
    assert.is(matches('[\\]]x', ']x \\x'), ']x');
  });

  it('takes an unclosed set, braces and a doubled star for what glob(3) takes them', () => {
    assert.is(matches('a[b*', 'a[b a[bc ab'), 'a[b a[bc');
    assert.is(matches('{a,b}*', '{a,b}1 a b'), '{a,b}1');
    assert.is(matches('a**b', 'ab axyb a'), 'ab axyb');
    assert.is(matches('\\**', '*a a'), '*a');
  });

  it('leaves dot files to patterns that name the dot', () => {
    assert.is(matches('*', '.a a'), 'a');
    assert.is(matches('?a', '.a ba'), 'ba');
    assert.is(matches('[.]a', '.a'), '');
    assert.is(matches('.*', '.a a'), '.a');
    assert.is(matches('\\.a*', '.ab ab'), '.ab');
  });

  it('sorts whole paths by bytes, over all components', () => {
    const files = { 'b/x.conf': '', 'a-b/x.conf': '', 'a/x.conf': '', 'a/10.conf': '', 'a/9.conf': '', 'a/B.conf': '' };
    const { paths } = expandGlob('/work/*/*.conf', new MemoryHost(files));
    assert.equal(paths, [
      '/work/a-b/x.conf',
      '/work/a/10.conf',
      '/work/a/9.conf',
      '/work/a/B.conf',
      '/work/a/x.conf',
      '/work/b/x.conf',
    ]);
  });

  it('finds nothing without an error, also below a folder that is not there', () => {
    assert.equal(expandGlob('/work/none/*.conf', new MemoryHost({ 'a.conf': '' })), { paths: [], complete: true });
    assert.equal(expandGlob('/work/*/a.conf', new MemoryHost({ 'x/b.conf': '' })), { paths: [], complete: true });
  });

  it('looks into a bounded number of folders', () => {
    const files = Object.fromEntries(Array.from({ length: 10_050 }, (_, index) => [`f${index}/x`, '']));
    const { paths, complete } = expandGlob('/work/*/*', new MemoryHost(files));
    assert.is(complete, false);
    assert.ok(paths.length >= 9_000 && paths.length < 10_050);
  });

  it('does not try every way to share a name among many stars', () => {
    // Trying them all would not end within a lifetime.
    assert.is(compileGlob(`${'*a'.repeat(2000)}b`)('a'.repeat(4000)), false);
  });

  it('agrees with nginx on the files of random patterns and on their order', () => {
    if (!canAskNginx()) return;
    const folder = mkdtempSync(join(tmpdir(), 'glob-'));
    try {
      const names = ['a', 'b', 'B', 'ab', 'a-b', '.a', '10', '9', 'a]', '[a', 'a*', '{a,b}', '\\a', '-', 'é'];
      for (const top of ['d', 'd-e', 'e', '.f']) {
        mkdirSync(join(folder, top));
        for (const name of names) writeFileSync(join(folder, top, name), '');
      }
      const piece = fc.constantFrom(...'ab*?[]!^-\\.{},19', '[a-c]', '[!a]', '*', '[[:alpha:]]', '[]a]', '\xc3', '\\*');
      const component = fc.array(piece, { minLength: 1, maxLength: 4 }).map(parts => parts.join(''));
      const pattern = fc.tuple(fc.constantFrom('d', '*', 'd*', '[de]', '.*f', 'nowhere'), component);
      let compared = 0;
      fc.assert(
        fc.property(pattern, ([top, name]) => {
          const path = `${top}/${name}`;
          if (!isGlob(path) || name === '.' || name === '..') return;
          const quoted = path.replaceAll('\\', '\\\\');
          writeFileSync(join(folder, 'n.conf'), Buffer.from(`include "${quoted}";\nevents {}\n`, 'latin1'));
          const options = ['-T', '-q', '-p', folder, '-e', 'stderr', '-g', 'pid n.pid;', '-c', join(folder, 'n.conf')];
          const run = spawnSync('nginx', options, { encoding: 'latin1' });
          const marker = '# configuration file ';
          const dumped = run.stdout
            .split('\n')
            .filter(line => line.startsWith(marker))
            .map(line => line.slice(marker.length, -1))
            .slice(1);
          const { paths } = expandGlob(`${folder}/${path}`, nodeHost(folder));
          const files = paths.filter(found => !found.endsWith('/'));
          assert.equal(files, dumped, `${path}: ${run.stderr}`);
          compared += 1;
        }),
        { seed: 7, numRuns: 80 },
      );
      assert.ok(compared > 40);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
