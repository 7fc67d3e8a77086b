import * as assert from 'uvu/assert';
import { parseConfig } from '../../../grammar/index.js';
import { ConfigReader } from '../../../src/config/reader.js';
import { findRoots } from '../../../src/config/roots.js';
import { type MemoryFile, MemoryHost } from '../../support/memory-host.js';
import { describe } from '../../support/suite.js';

interface Found {
  readonly roots: readonly string[];
  readonly notices: readonly string[];
}

function find(files: Readonly<Record<string, MemoryFile>>, paths: readonly string[] = []): Found {
  const { roots, notices } = findRoots(paths, new ConfigReader(new MemoryHost(files), parseConfig));
  return {
    roots: roots.map(({ path }) => path.replace(/^\/work\//, '')),
    notices: notices.map(({ kind, text, fatal }) => `${kind}${fatal ? ' fatal' : ''}: ${text}`),
  };
}

const MAIN = 'events { } http { include conf.d/*.conf; include sites-enabled/*; }';

describe('roots', it => {
  it('takes the file with http at its top, and its includes with it', () => {
    const files = { 'nginx.conf': MAIN, 'conf.d/a.conf': 'server { include snippets/s; }', 'snippets/s': 'root a;' };
    assert.equal(find(files), { roots: ['nginx.conf'], notices: [] });
  });

  it('takes a file whose http block stands in an included file, and not that file', () => {
    const files = { 'nginx.conf': 'user a; include http.conf;', 'http.conf': 'http { }' };
    assert.equal(find(files).roots, ['nginx.conf']);
  });

  it('finds several roots, sorted, each with files of its own', () => {
    const files = {
      'b/nginx.conf': 'http { include s.conf; }',
      'b/s.conf': 'server { }',
      'a/nginx.conf': 'stream { }',
      'c/mail.conf': 'mail { }',
    };
    assert.equal(find(files), { roots: ['a/nginx.conf', 'b/nginx.conf', 'c/mail.conf'], notices: [] });
  });

  it('lists what no root includes: disabled sites, backups, unused snippets', () => {
    const files = {
      'nginx.conf': MAIN,
      'nginx.conf.bak': MAIN,
      'sites-available/on': 'server { listen 80; }',
      'sites-available/off': 'server { listen 81; }',
      'sites-enabled/on': { link: '../sites-available/on' },
      'snippets/unused.conf': 'ssl_protocols TLSv1.3;',
    };
    assert.equal(find(files), {
      roots: ['nginx.conf'],
      notices: [
        'not-included: 3 files are included by no root and not analysed: nginx.conf.bak, sites-available/off, snippets/unused.conf',
      ],
    });
  });

  it('lists many files in part', () => {
    const sites = Array.from({ length: 30 }, (_, index) => [`sites-available/s${index + 10}`, 'server { }'] as const);
    const { notices } = find({ 'nginx.conf': MAIN, ...Object.fromEntries(sites) });
    assert.match(notices[0]!, /^not-included: 30 files are .* sites-available\/s10, .* and 10 more$/);
  });

  it('does not list the distribution’s own files and files that are not nginx’s', () => {
    const files = {
      'nginx.conf': MAIN,
      fastcgi_params: 'fastcgi_param A b;',
      'snippets/fastcgi-php.conf': 'fastcgi_index index.php;',
      'supervisord.conf': '[program:x]\ncommand=nginx\n',
      'tmux.conf': 'set -g status on\n',
      'app.conf': 'http {\n  port = 8080\n}\n',
      'conf.d/README.md': 'server { }',
      'node_modules/x/nginx.conf': 'http { }',
      '.git/nginx.conf': 'http { }',
    };
    assert.equal(find(files), { roots: ['nginx.conf'], notices: [] });
  });

  it('counts a file and the links to it once', () => {
    const files = {
      'a.conf': { link: 'real/nginx.conf' },
      'real/nginx.conf': 'http { }',
      'z.conf': { link: 'a.conf' },
    };
    assert.equal(find(files).roots, ['real/nginx.conf']);
    assert.equal(find(files, ['a.conf', 'z.conf', 'real']).roots, ['a.conf']);
  });

  it('keeps the first of two main files that include each other', () => {
    const files = { 'a.conf': 'include b.conf; http { }', 'b.conf': 'include a.conf; http { }' };
    assert.equal(find(files).roots, ['a.conf']);
  });

  it('takes a file that is named, even if another one includes it', () => {
    const files = { 'nginx.conf': 'include http.conf;', 'http.conf': 'http { }' };
    assert.equal(find(files, ['http.conf']), { roots: ['http.conf'], notices: [] });
  });

  it('takes a part of a configuration as a fragment of the block that its directives tell', () => {
    const contextOf = (text: string): string | undefined => {
      const reader = new ConfigReader(new MemoryHost({ 'conf.d/app.conf': text }), parseConfig);
      const { notices, roots } = findRoots(['conf.d/app.conf'], reader);
      assert.equal(
        notices.map(({ fatal, kind }) => [kind, fatal]),
        [['fragment', false]],
      );
      assert.ok(roots.every(({ folder }) => folder === '/work'));
      return roots[0]?.fragment;
    };
    assert.is(contextOf('server { listen 80; }'), 'http');
    assert.is(contextOf('map $a $b { x y; } upstream u { server a; }'), 'http');
    assert.is(contextOf('location / { return 403; } allow all;'), 'server');
    assert.is(contextOf('server { listen 80; proxy_pass 127.0.0.1:1; }'), 'stream');
    assert.is(contextOf('internal;'), 'location');
    assert.is(contextOf('ssl_protocols TLSv1.3;'), undefined);
    assert.is(contextOf('if ($a) { return 403; }'), undefined);
    assert.is(contextOf('# nginx-mtls-lint: context=server\nif ($a) { return 403; }'), 'server');
    assert.is(contextOf('# nginx-mtls-lint: context=attic\nlocation / { }'), 'server');
  });

  it('takes the parts of a folder without a root, and not those that others include', () => {
    const files = { 'conf.d/app.conf': 'server { include snippets/a.conf; }', 'snippets/a.conf': 'location / { }' };
    const { notices, roots } = find(files, ['.']);
    assert.equal(roots, ['conf.d/app.conf']);
    assert.match(notices.join(), /^fragment: conf\.d\/app\.conf was analysed alone, as a part of the http block/);
  });

  it('takes the roots that include a named file, with reports for that file', () => {
    const files = {
      'a/nginx.conf': 'http { include s/*.conf; }',
      'a/s/one.conf': 'server { }',
      'a/s/two.conf': 'server { }',
      'b/nginx.conf': 'http { include ../a/s/one.conf; }',
      'c/nginx.conf': 'http { }',
    };
    const found = findRoots(['a/s/one.conf', 'a/s/two.conf'], new ConfigReader(new MemoryHost(files), parseConfig));
    assert.equal(
      found.roots.map(({ only, path }) => [path, [...(only ?? [])].map(file => file.path)]),
      [
        ['/work/a/nginx.conf', ['a/s/one.conf', 'a/s/two.conf']],
        ['/work/b/nginx.conf', ['a/s/one.conf']],
      ],
    );
    const named = findRoots(['a/s/one.conf', 'a/nginx.conf'], new ConfigReader(new MemoryHost(files), parseConfig));
    assert.equal(named.roots.map(({ only, path }) => [path, only?.size]).sort(), [
      ['/work/a/nginx.conf', undefined],
      ['/work/b/nginx.conf', 1],
    ]);
    const linked = { ...files, 'd/link.conf': { link: '../a/s/one.conf' } };
    assert.is(findRoots(['d/link.conf'], new ConfigReader(new MemoryHost(linked), parseConfig)).roots.length, 2);
  });

  it('takes a named file with a syntax error, so that the error is reported', () => {
    assert.equal(find({ 'x.conf': 'server { listen 80 }' }, ['x.conf']).roots, ['x.conf']);
    assert.equal(find({ 'nginx.conf': '} http' }, ['.']).roots, ['nginx.conf']);
  });

  it('says clearly what is wrong with a named path', () => {
    const files = {
      empty: '# nothing\n',
      binary: `\x7fELF\x01\x01\0\0\0${'\0'.repeat(20)}`,
      secret: { problem: { kind: 'permission', text: 'permission denied' } },
      'docs/a.txt': 'hello',
    } as const;
    assert.equal(find(files, ['none.conf', 'empty', 'binary', 'secret', 'docs']).notices, [
      'missing-file fatal: none.conf cannot be read: no such file',
      'no-configuration fatal: empty holds no directive',
      'syntax fatal: binary cannot be read: it is a binary file',
      'unreadable-file fatal: secret cannot be read: permission denied',
      'no-configuration fatal: docs holds no nginx configuration',
    ]);
  });

  it('falls back to /etc/nginx where the current folder holds no root', () => {
    const debian = { '/etc/nginx/nginx.conf': MAIN };
    assert.equal(find({ ...debian, 'README.md': '' }).roots, ['/etc/nginx/nginx.conf']);
    assert.equal(find({ ...debian, 'nginx.conf': MAIN }).roots, ['nginx.conf']);
    assert.equal(find({ 'README.md': '' }).notices, [
      'no-configuration fatal: neither the current folder nor /etc/nginx holds an nginx configuration',
    ]);
  });

  it('notes a file that it may not read, and goes on', () => {
    const files = {
      'nginx.conf': MAIN,
      'x.conf': { problem: { kind: 'permission', text: 'permission denied' } },
    } as const;
    assert.equal(find(files), {
      roots: ['nginx.conf'],
      notices: ['unreadable-file: x.conf cannot be read: permission denied'],
    });
  });

  it('does not read source trees file by file', () => {
    const host = new MemoryHost({ 'nginx.conf': 'http { }', 'src/a.ts': 'http { }', 'a.json': '{}', 'k.pem': '' });
    findRoots(['.'], new ConfigReader(host, parseConfig));
    assert.equal([...host.reads.keys()], ['/work/nginx.conf']);
  });

  it('reads each of thousands of sites once', () => {
    const sites = Array.from({ length: 5_000 }, (_, i) => [`conf.d/${i}.conf`, 'server { include s/*; }'] as const);
    const host = new MemoryHost({ 'nginx.conf': MAIN, ...Object.fromEntries(sites) });
    const { roots, notices } = findRoots(['.'], new ConfigReader(host, parseConfig));
    assert.equal([roots.map(({ path }) => path), notices], [['/work/nginx.conf'], []]);
    assert.ok([...host.reads.values()].every(count => count === 1));
    assert.ok(host.lists < 10);
  });
});
