import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { absolutePath, nodeHost, pathFromText, pathToText, shownPath } from '../../../src/config/host.js';
import { describe } from '../../support/suite.js';

function withFolder(use: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'host-'));
  try {
    use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function problemKind(folder: string, name: string): string | undefined {
  return nodeHost(folder).read(`${folder}/${name}`).problem?.kind;
}

describe('host', it => {
  it('reads every byte as one character', () => {
    withFolder(folder => {
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
      writeFileSync(join(folder, 'a.conf'), bytes);
      const result = nodeHost(folder).read(`${folder}/a.conf`);
      assert.is(result.problem, undefined);
      assert.is(result.problem === undefined && result.text, bytes.toString('latin1'));
    });
  });

  it('gives a reason for each kind of file that it cannot read', () => {
    withFolder(folder => {
      mkdirSync(join(folder, 'folder'));
      writeFileSync(join(folder, 'huge'), '');
      truncateSync(join(folder, 'huge'), 65 * 1024 * 1024);
      symlinkSync('loop', join(folder, 'loop'));
      writeFileSync(join(folder, 'secret'), 'x');
      chmodSync(join(folder, 'secret'), 0);
      assert.is(problemKind(folder, 'none'), 'missing');
      assert.is(problemKind(folder, 'secret/below'), 'missing');
      assert.is(problemKind(folder, 'a\0b'), 'missing');
      assert.is(problemKind(folder, 'loop'), 'missing');
      assert.is(problemKind(folder, 'folder'), 'directory');
      assert.is(problemKind(folder, 'huge'), 'too-large');
      // The superuser reads everything.
      assert.is(problemKind(folder, 'secret'), process.getuid?.() === 0 ? undefined : 'permission');
    });
    assert.is(nodeHost('/').read('/dev/null').problem?.kind, 'not-regular');
  });

  it('tells by its identity that a link leads to the same file', () => {
    withFolder(folder => {
      writeFileSync(join(folder, 'a'), 'x');
      writeFileSync(join(folder, 'b'), 'x');
      symlinkSync('a', join(folder, 'link'));
      const host = nodeHost(folder);
      const identity = (name: string) => {
        const result = host.read(`${folder}/${name}`);
        return result.problem === undefined ? result.identity : assert.unreachable();
      };
      assert.is(identity('a'), identity('link'));
      assert.is.not(identity('a'), identity('b'));
      assert.is(host.realPath(`${folder}/link`), host.realPath(`${folder}/a`));
    });
  });

  it('lists, looks at and opens names that are not ASCII by their bytes', () => {
    withFolder(folder => {
      writeFileSync(join(folder, 'größe.conf'), 'x');
      const host = nodeHost(folder);
      const name = pathFromText('größe.conf');
      assert.equal(host.list(folder), [name]);
      assert.is(host.kind(`${folder}/${name}`), 'file');
      assert.is(host.read(`${folder}/${name}`).problem, undefined);
      assert.is(pathToText(name), 'größe.conf');
    });
  });

  it('knows a dangling link as a name that leads nowhere', () => {
    withFolder(folder => {
      symlinkSync('nowhere', join(folder, 'dangling'));
      const host = nodeHost(folder);
      assert.is(host.exists(`${folder}/dangling`), true);
      assert.is(host.kind(`${folder}/dangling`), 'missing');
      assert.is(host.mode(`${folder}/dangling`), undefined);
      assert.is(host.exists(`${folder}/other`), false);
      assert.is(host.list(`${folder}/other`), undefined);
    });
  });

  it('gives the permission bits', () => {
    withFolder(folder => {
      writeFileSync(join(folder, 'key.pem'), '');
      chmodSync(join(folder, 'key.pem'), 0o640);
      assert.is(nodeHost(folder).mode(`${folder}/key.pem`), 0o640);
    });
  });

  it('makes paths absolute as nginx and the shell do', () => {
    assert.is(absolutePath('/etc/nginx', 'conf.d/a.conf'), '/etc/nginx/conf.d/a.conf');
    assert.is(absolutePath('/etc/nginx', '/a//b/./c/../d/'), '/a/b/d');
    assert.is(absolutePath('/etc/nginx', '../../../x'), '/x');
    assert.is(absolutePath('/etc/nginx', '.'), '/etc/nginx');
    assert.is(absolutePath('/', 'x..y'), '/x..y');
    assert.is(absolutePath('/a', 'C:/nginx/conf'), 'C:/nginx/conf');
  });

  it('shows paths relative to the current folder, others absolute', () => {
    assert.is(shownPath('/work/a/b.conf', '/work'), 'a/b.conf');
    assert.is(shownPath('/worker/b.conf', '/work'), '/worker/b.conf');
    assert.is(shownPath('/work', '/work'), '.');
    assert.is(shownPath('/etc/x', '/'), 'etc/x');
    assert.is(shownPath('/work/gr\xc3\xb6\xc3\x9fe', '/work'), 'größe');
  });
});
