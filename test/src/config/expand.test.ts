import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { parseConfig } from '../../../grammar/index.js';
import type { ConfigNode } from '../../../src/config/config-tree.js';
import { type ConfigTree, expand, pathBase } from '../../../src/config/expand.js';
import { nodeHost } from '../../../src/config/host.js';
import { ConfigReader } from '../../../src/config/reader.js';
import { expandFiles, expandText, outline } from '../../support/config.js';
import { canAskNginx } from '../../support/directive-probe.js';
import { MemoryHost } from '../../support/memory-host.js';
import { describe } from '../../support/suite.js';

function notices(tree: ConfigTree): string[] {
  return tree.notices.map(({ kind, text, fatal, span }) => {
    const place = span === undefined ? '' : `${span.file.path}:${span.file.position(span.start).line} `;
    return `${kind}${fatal ? ' fatal' : ''}: ${place}${text}`;
  });
}

describe('expand', it => {
  it('puts the directives of an included file in the place of the include', () => {
    const tree = expandFiles({
      'nginx.conf': 'user a; include conf/http.conf; pid b;',
      'conf/http.conf': 'http { include conf/types; root c; }',
      'conf/types': 'types { a b; }',
    });
    assert.is(outline(tree.nodes), 'user a; http { types { a b; } root c; } pid b;');
    assert.equal(
      tree.files.map(file => file.path),
      ['nginx.conf', 'conf/http.conf', 'conf/types'],
    );
    assert.equal(tree.notices, []);
    assert.is(tree.incomplete, false);
  });

  it('expands a snippet once per include site, in the context of that site, and reads it once', () => {
    const host = new MemoryHost({
      'nginx.conf': 'http { server { server_name a; include tls; } server { server_name b; include tls; } }',
      tls: 'ssl_verify_client on;',
    });
    const tree = expand('/work/nginx.conf', new ConfigReader(host, parseConfig));
    const [one, other] = tree.nodes[0]!.children!.map(server => server.children![1]!);
    assert.is(one!.name, 'ssl_verify_client');
    assert.is(one!.directive, other!.directive);
    assert.is.not(one, other);
    assert.is(one!.parent!.children![0]!.args[0], 'a');
    assert.is(other!.parent!.children![0]!.args[0], 'b');
    assert.is(one!.source.path, 'tls');
    assert.is.not(one!.chain!.directive, other!.chain!.directive);
    assert.is(one!.chain!.source.path, 'nginx.conf');
    assert.is(one!.chain!.parent, undefined);
    assert.is(host.reads.get('/work/tls'), 1);
  });

  it('keeps the chain of includes, innermost first', () => {
    const tree = expandFiles({ 'nginx.conf': 'include a;', a: 'include b;', b: 'user x;' });
    const chain = tree.nodes[0]!.chain!;
    assert.is(chain.source.path, 'a');
    assert.is(chain.parent!.source.path, 'nginx.conf');
    assert.is(chain.parent!.parent, undefined);
  });

  it('resolves relative paths against the folder of the main file, in every file', () => {
    const tree = expandFiles({
      'nginx.conf': 'include sub/a.conf;',
      'sub/a.conf': 'include b.conf;',
      'sub/b.conf': 'user wrong;',
      'b.conf': 'user right;',
    });
    assert.is(outline(tree.nodes), 'user right;');
  });

  it('takes the files of a pattern in the order of their bytes, and no match without a word', () => {
    const tree = expandFiles({
      'nginx.conf': 'include conf.d/*.conf; include none/*.conf;',
      'conf.d/9.conf': 'user nine;',
      'conf.d/10.conf': 'user ten;',
      'conf.d/.hidden.conf': 'user hidden;',
      'conf.d/B.conf': 'user B;',
    });
    assert.is(outline(tree.nodes), 'user ten; user nine; user B;');
    assert.equal(notices(tree), []);
    assert.equal(
      tree.includes.map(({ glob, files }) => [glob, files.length]),
      [
        [true, 3],
        [true, 0],
      ],
    );
  });

  it('expands includes in map, geo and types, and leaves them to blocks that know none', () => {
    const tree = expandFiles({
      'nginx.conf': 'http { map $a $b { include m; } split_clients $a $b { include m; } }',
      m: 'x y;',
    });
    assert.is(outline(tree.nodes), 'http { map $a $b { x y; } split_clients $a $b { include m; } }');
  });

  it('keeps an include with a wrong number of arguments, or a block, as it stands', () => {
    assert.is(outline(expandText('include; include a b; include c { }').nodes), 'include; include a b; include c {}');
  });

  it('says which literal include is missing, and marks the block it stands in', () => {
    const tree = expandFiles({
      'nginx.conf': 'http {\n server { include "gone.conf"; }\n server { }\n}',
    });
    assert.equal(notices(tree), ['missing-file: nginx.conf:2 included file gone.conf cannot be read: no such file']);
    const [http] = tree.nodes;
    assert.equal(
      [http!, ...http!.children!].map(node => node.gap !== undefined),
      [false, true, false],
    );
    assert.is(tree.incomplete, false);
  });

  it('marks the top level where a file is missing there', () => {
    const tree = expandText('include gone.conf; http { }');
    assert.is(tree.incomplete, true);
    assert.is(tree.nodes[0]!.gap, undefined);
  });

  it('gives one notice for a missing file of a snippet, however often the snippet is included', () => {
    const tree = expandFiles({ 'nginx.conf': 'include a; include a; http { include a; }', a: 'include gone;' });
    assert.equal(notices(tree), ['missing-file: a:1 included file gone cannot be read: no such file']);
    assert.ok(tree.nodes[0]!.gap);
  });

  it('says why an included folder or a file without permission cannot be read', () => {
    const tree = expandFiles({
      'nginx.conf': 'include conf.d; include secret;',
      'conf.d/a.conf': '',
      secret: { problem: { kind: 'permission', text: 'permission denied' } },
    });
    assert.equal(notices(tree), [
      'unreadable-file: nginx.conf:1 included file conf.d cannot be read: it is a folder',
      'unreadable-file: nginx.conf:1 included file secret cannot be read: permission denied',
    ]);
  });

  it('reports a dangling link that a pattern matches, as nginx does', () => {
    const tree = expandFiles({ 'nginx.conf': 'include s/*;', 's/a': { link: '../gone' } });
    assert.equal(notices(tree), ['missing-file: nginx.conf:1 included file s/a cannot be read: no such file']);
  });

  it('ends with 3 where the main file cannot be read or is binary', () => {
    assert.equal(notices(expandFiles({})), ['missing-file fatal: nginx.conf cannot be read: no such file']);
    const binary = `\x7fELF\0\0\0\x01\x02\x03${'\0'.repeat(50)}`;
    assert.equal(notices(expandText(binary)), ['syntax fatal: nginx.conf cannot be read: it is a binary file']);
    assert.is(expandText(`# a\0b\n${'user x;'.repeat(20)}`).notices.length, 0);
  });

  it('passes on the syntax errors of every file, and what could be read beside them', () => {
    const tree = expandFiles({
      'nginx.conf': 'http { server { include bad; } server { listen 80; } }',
      bad: 'root a;\n}\nroot b;',
    });
    const found = notices(tree);
    assert.is(found.length, 1);
    assert.match(found[0]!, /^syntax fatal: bad:2 unexpected "}"/);
    const [server, other] = tree.nodes[0]!.children!;
    assert.ok(server!.gap);
    assert.is(other!.gap, undefined);
    assert.match(outline(tree.nodes), /root a; root b;/);
  });

  it('lists many syntax errors of one file in part', () => {
    const tree = expandText('};\n'.repeat(200));
    const texts = tree.notices.map(({ text }) => text);
    assert.is(texts.length, 21);
    assert.match(texts[20]!, /^\d+ more syntax errors from here on$/);
  });

  it('cuts a file that includes itself, and says so once', () => {
    const tree = expandFiles({
      'nginx.conf': 'http { include a.conf; include a.conf; }',
      'a.conf': 'include b.conf; index x;',
      'b.conf': 'include ./a.conf; index y;',
    });
    assert.is(outline(tree.nodes), 'http { index y; index x; index y; index x; }');
    assert.equal(notices(tree), [
      'include-cycle fatal: b.conf:1 a.conf includes itself: nginx would not stop reading it',
    ]);
  });

  it('sees a cycle through a symbolic link', () => {
    const tree = expandFiles({ 'nginx.conf': 'user a; include link;', link: { link: 'nginx.conf' } });
    assert.is(outline(tree.nodes), 'user a;');
    assert.is(tree.notices[0]!.kind, 'include-cycle');
  });

  it('stops where snippets include each other exponentially often', () => {
    const files: Record<string, string> = { 'nginx.conf': 'include s0;' };
    for (let level = 0; level < 40; level += 1) files[`s${level}`] = `include s${level + 1}; include s${level + 1};`;
    files['s40'] = 'user x;';
    const tree = expandFiles(files);
    assert.equal(
      tree.notices.map(({ kind }) => kind),
      ['bound'],
    );
    assert.match(tree.notices[0]!.text, /^more than 100000 files included/);
    assert.is(tree.incomplete, true);
  });

  it('stops at a bound of directives', () => {
    const big = 'a b;\n'.repeat(100_000);
    const tree = expandFiles({ 'nginx.conf': `http { ${'include big;\n'.repeat(15)} }`, big });
    assert.match(tree.notices[0]!.text, /^more than 1000000 directives after the includes are expanded/);
    assert.ok(tree.nodes[0]!.gap);
  });

  it('follows a chain of a thousand includes, and says where a longer one was cut', () => {
    const files: Record<string, string> = { 'nginx.conf': 'include s0;' };
    for (let level = 0; level < 1100; level += 1) files[`s${level}`] = `include s${level + 1}; user u${level};`;
    files['s1100'] = 'pid x;';
    const tree = expandFiles(files);
    assert.match(tree.notices[0]!.text, /^more than 1000 includes inside each other/);
    files['s998'] = 'pid x;';
    const whole = expandFiles(files);
    assert.equal(whole.notices, []);
    assert.is(whole.nodes[0]!.name, 'pid');
  });

  it('expands deeply nested blocks without recursion', () => {
    const depth = 900;
    const tree = expandText(`${'http {'.repeat(depth)} include gone; ${'}'.repeat(depth)}`);
    let node: ConfigNode | undefined = tree.nodes[0];
    let levels = 0;
    for (; node !== undefined; node = node.children?.[0]) {
      levels += 1;
      assert.is(node.gap !== undefined, levels === depth);
    }
    assert.is(levels, depth);
  });

  it('knows the files of the distribution where a checkout has none', () => {
    const tree = expandFiles({
      'nginx.conf': `http { include mime.types; include /etc/nginx/mime.types; server { location / {
        include snippets/fastcgi-php.conf; include proxy_params; include uwsgi_params; include scgi_params; } } }`,
    });
    assert.equal(tree.notices, []);
    const text = outline(tree.nodes);
    assert.match(text, /types \{ text\/html html htm shtml;/);
    assert.match(text, /fastcgi_split_path_info \^\(\.\+\?\\\.php\)\(\/\.\*\)\$;/);
    assert.match(text, /fastcgi_param SCRIPT_FILENAME \$document_root\$fastcgi_script_name;/);
    assert.match(text, /fastcgi_param REDIRECT_STATUS 200;/);
    assert.match(text, /proxy_set_header X-Real-IP \$remote_addr;/);
    assert.match(text, /uwsgi_param QUERY_STRING \$query_string;/);
    assert.match(text, /scgi_param SCGI 1;/);
    assert.is(tree.files[1]!.path, '(built in) mime.types');
  });

  it('prefers a file that is there, and knows no built-in file elsewhere', () => {
    const tree = expandFiles({
      'nginx.conf': 'include mime.types; include own/mime.types;',
      'mime.types': 'user own;',
    });
    assert.is(outline(tree.nodes), 'user own;');
    assert.equal(notices(tree), [
      'missing-file: nginx.conf:1 included file own/mime.types cannot be read: no such file',
    ]);
  });

  it('resolves paths against the folder of the main file or the prefix', () => {
    const tree = expandFiles({ 'nginx.conf': '' }, { prefix: '/srv/nginx' });
    assert.is(tree.resolvePath('certs/ca.pem'), '/work/certs/ca.pem');
    assert.is(tree.resolvePath('html', pathBase('root')), '/srv/nginx/html');
    assert.is(tree.resolvePath('/abs', 'prefix'), '/abs');
    assert.is(expandFiles({ 'nginx.conf': '' }, { prefix: 'ö' }).resolvePath('a', 'prefix'), '/work/\xc3\xb6/a');
    assert.is(expandText('').resolvePath('html', 'prefix'), '/work/html');
    assert.is(pathBase('ssl_client_certificate'), 'conf');
  });

  it('takes a prefix for logs and roots only: includes stay with the main file', () => {
    const tree = expandFiles({ 'nginx.conf': 'include a;', a: 'user a;' }, { prefix: '/srv' });
    assert.is(outline(tree.nodes), 'user a;');
  });

  it('reads and lists once, however many servers include the same', () => {
    const files: Record<string, string> = { 'nginx.conf': 'http { include sites/*.conf; }' };
    for (let index = 0; index < 10_000; index += 1) files[`sites/${index}.conf`] = 'server { include s/*; include t; }';
    const host = new MemoryHost({ ...files, 's/a': 'root a;', t: 'index b;' });
    const tree = expand('/work/nginx.conf', new ConfigReader(host, parseConfig));
    assert.is(tree.nodes[0]!.children!.length, 10_000);
    assert.is(tree.includes.length, 20_001);
    assert.ok([...host.reads.values()].every(count => count === 1));
    assert.is(host.reads.size, 10_003);
    assert.is(host.lists, 2);
  });

  it('ends with a tree for any graph of includes, cycles and links among them', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd/a', 'd/b', 'nginx.conf', 'gone', 'd');
    const line = fc.oneof(
      name.map(file => `include ${file};`),
      fc.constantFrom('include d/*;', 'include *;', 'include ?;', 'user x;', 'http {', '}', 'include', 'map a b {'),
    );
    const text = fc.array(line, { maxLength: 6 }).map(lines => lines.join('\n'));
    const file = fc.oneof(
      { weight: 4, arbitrary: text },
      { weight: 1, arbitrary: name.map(link => ({ link: `/work/${link}` })) },
    );
    fc.assert(
      fc.property(fc.dictionary(name, file), text, (files, main) => {
        const tree = expandFiles({ ...files, 'nginx.conf': main });
        const seen = new Set(tree.nodes);
        for (const node of seen) {
          for (const child of node.children ?? []) {
            assert.is(child.parent, node);
            seen.add(child);
          }
        }
        for (const { span } of tree.notices) assert.ok(span === undefined || span.start <= span.end);
      }),
      { numRuns: 300 },
    );
  });

  it('opens files in the order in which nginx does', () => {
    if (!canAskNginx()) return;
    const folder = mkdtempSync(join(tmpdir(), 'expand-'));
    try {
      mkdirSync(join(folder, 'g'));
      // A file includes later ones only, so that there is no cycle.
      const names = ['g/10', 'g/9', 'g/B', 'm', 'x', 'y', 'z'];
      const lines = (from: number) =>
        fc.array(
          fc.oneof(
            fc
              .constantFrom(...names.slice(from).filter(name => name !== 'm'), 'g/none*')
              .map(name => `include ${name};`),
            fc.constantFrom('error_page 404 /a;', 'types { include m; }', 'map $uri $v { include m; }'),
          ),
          { maxLength: 4 },
        );
      const contents = fc.tuple(
        ...names.map((name, index) => (name === 'm' ? fc.constant(['a b;']) : lines(index + 1))),
      );
      let files = 0;
      fc.assert(
        fc.property(contents, lines(0), fc.boolean(), (texts, main, glob) => {
          for (const [index, name] of names.entries()) writeFileSync(join(folder, name), texts[index]!.join('\n'));
          const inside = [...main, ...(glob ? ['include g/*;'] : [])].join('\n');
          writeFileSync(join(folder, 'nginx.conf'), `events {} http {\n${inside}\n}\n`);
          const options = [
            '-T',
            '-q',
            '-p',
            folder,
            '-e',
            'stderr',
            '-g',
            'pid n.pid;',
            '-c',
            join(folder, 'nginx.conf'),
          ];
          const run = spawnSync('nginx', options, { encoding: 'latin1' });
          const dumped = [...run.stdout.matchAll(/^# configuration file (.*):$/gm)].map(([, path]) => path);
          const tree = expand(`${folder}/nginx.conf`, new ConfigReader(nodeHost(folder), parseConfig));
          assert.is(run.status, 0, run.stderr);
          assert.equal(
            tree.files.map(file => `${folder}/${file.path}`),
            dumped,
          );
          files += dumped.length;
        }),
        { seed: 11, numRuns: 60 },
      );
      assert.ok(files > 120);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
