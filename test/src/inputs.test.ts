/** What the command takes as input besides files and folders: standard input, dumps, mapped paths, fragments, templates. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { Directive } from '../../grammar/ast.js';
import { parseConfig, parseFile } from '../../grammar/index.js';
import { rules } from '../../rules/index.js';
import { isDump, readDumps } from '../../src/config/dump.js';
import { mapPath, mapPattern } from '../../src/config/path-map.js';
import { SourceFile } from '../../src/source/source-file.js';
import type { MemoryFile } from '../support/memory-host.js';
import { type Ran, runMain } from '../support/memory-io.js';
import { describe } from '../support/suite.js';
import { certificates, department, issuing, root } from '../support/trust-laboratory.js';

type Files = Readonly<Record<string, MemoryFile>>;

const GUARD = 'if ($ssl_client_verify != SUCCESS) { return 403; }';
const SERVER =
  'listen 443 ssl; server_name app.test; ssl_certificate s.pem; ssl_certificate_key s.key; ssl_verify_client optional; ssl_client_certificate ca.pem;';
const OPEN = `server { ${SERVER}\nlocation / { proxy_pass http://b; }\n}`;

async function run(argv: readonly string[], files: Files, stdin = ''): Promise<Ran> {
  return runMain(argv, files, { rules, readStdin: async () => stdin });
}

/** The findings as `file:line rule`. */
async function findings(argv: readonly string[], files: Files, stdin = ''): Promise<string[]> {
  const { code, stderr, stdout } = await run(['--format', 'json', ...argv], files, stdin);
  assert.ok(code === 0 || code === 1, `${code} ${stderr}`);
  return JSON.parse(stdout).findings.map(
    ({ file, line, rule }: { file: string; line: number; rule: string }) => `${file}:${line} ${rule}`,
  );
}

/** The verdicts of the class none, one for each site, with the kinds of all notices. */
async function verdicts(
  files: Files,
  argv: readonly string[] = ['.'],
  stdin = '',
): Promise<{ none: string[]; kinds: string[] }> {
  const { code, stderr, stdout } = await run(['access', '--format', 'json', ...argv], files, stdin);
  assert.is(code, 0, stdout + stderr);
  const { notices, sites } = JSON.parse(stdout);
  // That the certificates are not there is told as well, and is not what these tests are about.
  const kinds: string[] = notices.map(({ kind }: { kind: string }) => kind);
  return {
    none: sites.map(({ access }: { access: { none: { verdict: string } } }) => access.none.verdict),
    kinds: [...new Set(kinds)].filter(kind => kind !== 'not-checked'),
  };
}

const CHATTER = `nginx: the configuration file /etc/nginx/nginx.conf syntax is ok
nginx: configuration file /etc/nginx/nginx.conf test is successful
`;
const DUMP = `# configuration file /etc/nginx/nginx.conf:
events { }
http {
  include /etc/nginx/mime.types;
  include /etc/nginx/conf.d/*.conf;
}

# configuration file /etc/nginx/mime.types:
types { }

# configuration file /etc/nginx/conf.d/app.conf:
# the application
${OPEN}

`;

describe('standard input', it => {
  it('is a configuration', async () => {
    const text = `events { }\nhttp {\n${OPEN}\n}`;
    assert.equal(await findings(['-'], {}, text), ['<stdin>:4 unverified-location']);
    assert.equal(await findings(['--stdin-filename', 'etc/nginx.conf', '-'], {}, text), [
      'etc/nginx.conf:4 unverified-location',
    ]);
  });

  it('takes the place of the file that --stdin-filename names, with the roots that include it', async () => {
    const files = {
      'nginx.conf': `http { include conf.d/*.conf; }`,
      'conf.d/app.conf': `server { ${SERVER} ${GUARD} }`,
      'conf.d/b.conf': OPEN,
    };
    assert.equal(await findings(['--stdin-filename', 'conf.d/app.conf', '-'], files, OPEN), [
      'conf.d/app.conf:2 unverified-location',
    ]);
    assert.equal(
      await findings(['--stdin-filename', 'conf.d/new.conf', '-'], files, OPEN.replaceAll('app.test', 'new.test')),
      ['conf.d/new.conf:2 unverified-location'],
    );
  });

  it('is empty, or not a configuration', async () => {
    assert.is((await run(['-'], {}, '')).code, 3);
    assert.is((await run(['-'], {}, 'server { listen 80 }')).code, 3);
  });

  it('is a dump: findings carry the original file and line', async () => {
    assert.equal(await findings(['-'], {}, DUMP), ['/etc/nginx/conf.d/app.conf:3 unverified-location']);
    assert.equal(await findings(['-'], {}, CHATTER + DUMP), ['/etc/nginx/conf.d/app.conf:3 unverified-location']);
    assert.equal(await findings(['-'], {}, DUMP.replaceAll('\n', '\r\n')), [
      '/etc/nginx/conf.d/app.conf:3 unverified-location',
    ]);
    assert.equal(await findings(['dump.txt'], { 'dump.txt': DUMP }), [
      '/etc/nginx/conf.d/app.conf:3 unverified-location',
    ]);
  });

  it('is a dump among what a shell and nginx -V print', async () => {
    const noise = `Last login: Mon Nov 23\nnginx version: nginx/1.25.3\nbuilt with OpenSSL 3.0.11\nTLS SNI support enabled\nconfigure arguments: --prefix=/etc/nginx --with-cc-opt='-g; x'\nnginx: [warn] the "user" directive makes sense only if x; y in /etc/nginx/nginx.conf:1\n`;
    const text = noise + CHATTER + DUMP + CHATTER;
    assert.ok(isDump(text));
    const [dump, ...more] = readDumps(text);
    assert.equal(more, []);
    assert.is(dump!.version, '1.25.3');
    assert.equal(
      [...dump!.files.keys()],
      ['/etc/nginx/nginx.conf', '/etc/nginx/mime.types', '/etc/nginx/conf.d/app.conf'],
    );
    assert.not.match([...dump!.files.values()].join(''), 'nginx:');
    assert.equal(await findings(['-'], {}, text), ['/etc/nginx/conf.d/app.conf:3 unverified-location']);
  });

  it('is what nginx says where it prints no configuration, or a shell behind it', async () => {
    const emerg =
      'nginx: [emerg] cannot load certificate key "/etc/nginx/s.key": BIO_new_file() failed\nnginx: configuration file /etc/nginx/nginx.conf test failed\n';
    const { code, stdout } = await run(['-'], {}, `nginx version: nginx/1.22.1\n${emerg}`);
    assert.is(code, 3);
    const said = stdout.replace(/\s+/g, ' ');
    assert.match(said, 'no configuration: [emerg] cannot load certificate key "/etc/nginx/s.key"');
    assert.not.match(said, 'error syntax');
    assert.equal(await findings(['-'], {}, `${DUMP}Connection to web1 closed.\r\n`), [
      '/etc/nginx/conf.d/app.conf:3 unverified-location',
    ]);
  });

  it('is several dumps, each with files of its own', async () => {
    const closed = DUMP.replace('location /', `${GUARD} location /`);
    for (const text of [DUMP + closed + DUMP, DUMP + CHATTER + closed + CHATTER + DUMP]) {
      assert.is(readDumps(text).length, 3);
      assert.equal(await findings(['-'], {}, text), [
        '/etc/nginx/conf.d/app.conf:3 unverified-location',
        '/etc/nginx/conf.d/app.conf:3 unverified-location',
      ]);
    }
    const other = '# configuration file /opt/nginx.conf:\nhttp { }\n';
    assert.equal(
      readDumps(DUMP + CHATTER + other).map(({ main }) => main),
      ['/etc/nginx/nginx.conf', '/opt/nginx.conf'],
    );
  });

  it('takes nothing of this machine for a part of a dump, unless --map says so', async () => {
    const files = { '/etc/nginx/conf.d/b.conf': OPEN, 'copy/b.conf': OPEN };
    const dump = `# configuration file /etc/nginx/nginx.conf:\nhttp { include /etc/nginx/conf.d/*.conf;\n}\n`;
    assert.equal(await findings(['-'], files, dump), []);
    const cut = `# configuration file /etc/nginx/nginx.conf:\nhttp { include /etc/nginx/conf.d/b.conf;\n}\n`;
    const { stdout } = await run(['-'], files, cut);
    assert.match(stdout, 'it is not part of the dump');
    assert.equal(await findings(['--map', '/etc/nginx/conf.d=copy', '-'], files, cut), [
      '/etc/nginx/conf.d/b.conf:2 unverified-location',
    ]);
  });

  it('is no dump where a directive comes first', () => {
    assert.not.ok(isDump(`events { }\n${DUMP}`));
    assert.not.ok(isDump('http { }\n# configuration file\n'));
  });

  it('is split so that every line is kept, whatever the files hold', () => {
    const line = fc
      .string({ unit: 'grapheme-ascii' })
      .filter(text => !/^(#|nginx|built|TLS|configure|\d|\s*$)/.test(text));
    const file = fc.array(line, { minLength: 1 }).map(lines => `${lines.join('\n')}\n`);
    const name = fc.stringMatching(/^[a-z]{1,8}$/).map(text => `/etc/${text}.conf`);
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, file), { minLength: 1, selector: ([path]) => path }), files => {
        const text = files.map(([path, content]) => `# configuration file ${path}:\n${content}\n`).join('');
        const [dump, ...more] = readDumps(text);
        assert.equal(more, []);
        assert.equal([...dump!.files], files);
      }),
    );
  });
});

describe('--map', it => {
  const files = {
    'nginx/nginx.conf': 'http { include /etc/nginx/conf.d/*.conf; }',
    'nginx/conf.d/app.conf': `server { ${SERVER} include /etc/nginx/snippets/auth.conf; location / { proxy_pass http://b; } }`,
    'nginx/snippets/auth.conf': GUARD,
  };

  it('finds absolute includes in a checkout, wildcards too', async () => {
    assert.equal(await verdicts(files, ['--map', '/etc/nginx=nginx', '.']), { none: ['refused'], kinds: [] });
    const open = { ...files, 'nginx/snippets/auth.conf': '# nothing' };
    assert.equal(await findings(['--map', '/etc/nginx=nginx', '.'], open), [
      'nginx/conf.d/app.conf:1 unverified-location',
    ]);
  });

  it('is suggested where the tail of a missing path exists', async () => {
    const { code, stdout } = await run(['nginx/nginx.conf'], files);
    assert.is(code, 0);
    const text = stdout.replace(/\s+/g, ' ');
    assert.match(text, 'the path exists here with --map /etc/nginx=nginx');
    assert.match(text, 'the folder /etc/nginx/conf.d is not on this machine');
    const literal = { 'conf/nginx.conf': 'http { include /opt/site/guard.conf; }', 'conf/guard.conf': '' };
    assert.match((await run(['conf'], literal)).stdout, 'with --map /opt/site=conf');
    const twice = { ...literal, 'other/guard.conf': '' };
    assert.not.match((await run(['conf'], twice)).stdout, '--map');
  });

  it('is suggested where the machine has the path as well, and the checkout its own', async () => {
    const own = {
      ...files,
      '/etc/nginx/conf.d/default.conf': 'server { listen 80; }',
      '/etc/nginx/snippets/auth.conf': '',
    };
    const { code, stdout } = await run(['.'], own);
    assert.is(code, 0);
    assert.match(
      stdout.replace(/\s+/g, ' '),
      "/etc/nginx/conf.d/*.conf is read from this machine's /etc/nginx, not from here help: the path exists here with --map /etc/nginx=nginx",
    );
    assert.equal(await verdicts(own, ['--map', '/etc/nginx=nginx', '.']), { none: ['refused'], kinds: [] });
    const server = {
      '/etc/nginx/nginx.conf': 'http { include /etc/nginx/conf.d/*.conf; }',
      '/etc/nginx/conf.d/a.conf': '',
    };
    assert.equal((await verdicts(server, ['/etc/nginx'])).kinds, []);
  });

  it('leaves undecided what a missing include could change, and fails only with --strict', async () => {
    const alone = {
      'nginx.conf': `http { server { ${SERVER} include /etc/nginx/auth.conf; location / { proxy_pass http://b; } } }`,
    };
    assert.equal(await verdicts(alone), { none: ['unknown'], kinds: ['missing-file'] });
    assert.is((await run(['.'], alone)).code, 0);
    assert.is((await run(['--strict', '.'], alone)).code, 3);
    const folder = {
      'nginx.conf': `http { server { ${SERVER} include /etc/nginx/auth.d/*.conf; location / { proxy_pass http://b; } } }`,
    };
    assert.equal(await verdicts(folder), { none: ['unknown'], kinds: ['missing-file'] });
    const there = { ...folder, '/etc/nginx/auth.d/x.txt': '' };
    assert.equal(await verdicts(there), { none: ['reached'], kinds: [] });
  });

  it('says of no setting that it is not there where a missing include may hold it', async () => {
    const tls = 'listen 443 ssl; server_name app.test; ssl_certificate s.pem; ssl_certificate_key s.key;';
    const on = `${tls} ssl_verify_client on; ssl_client_certificate ca.pem;`;
    const pass = 'location / { proxy_pass http://b; }';
    const check = `location / { ${GUARD} proxy_pass http://b; }`;
    const key = `"CN=${'a'.repeat(120)}" 1;`;
    // Where INCLUDE stands the setting may be; without it the rule says that it is missing.
    const cases: readonly (readonly [rule: string, http: string])[] = [
      ['inert-verification', `server { ${tls} INCLUDE ${check} }`],
      ['inert-verification', `INCLUDE server { ${tls} ${check} }`],
      ['inert-verification', `map $ssl_client_verify $v { SUCCESS 1; } server { ${tls} INCLUDE ${pass} }`],
      ['inert-verification', `INCLUDE map $ssl_client_verify $v { SUCCESS 1; } server { ${tls} ${pass} }`],
      ['inert-verification', `server { ${tls} ssl_client_certificate ca.pem; INCLUDE ${pass} }`],
      ['inert-verification', `INCLUDE server { ${tls} ssl_client_certificate ca.pem; ${pass} }`],
      ['inert-verification', `server { listen 80; ssl_verify_client on; INCLUDE return 301 https://a; }`],
      [
        'inert-verification',
        `server { ${tls} return 403; } server { listen 443 ssl; server_name b.test; ssl_verify_client on; INCLUDE return 403; }`,
      ],
      ['missing-revocation', `server { ${on} INCLUDE ${pass} }`],
      ['missing-revocation', `INCLUDE server { ${on} ${pass} }`],
      [
        'unverified-upstream',
        `server { ${on} location / { proxy_ssl_certificate s.pem; proxy_ssl_certificate_key s.key; INCLUDE proxy_pass https://b; } }`,
      ],
      [
        'overflowing-map-hash',
        `INCLUDE map $ssl_client_s_dn $who { ${key} } server { ${on} if ($who = '') { return 403; } ${pass} }`,
      ],
      ['permissive-default-server', `INCLUDE server { ${tls} ${pass} } server { ${on.replace('app', 'b')} ${pass} }`],
    ];
    for (const [rule, http] of cases) {
      const reported = async (include: string): Promise<readonly string[]> => {
        const files = { 'nginx.conf': `http { ${http.replace('INCLUDE', include)} }` };
        return await findings(['--only', rule, '--level', 'note', '.'], files);
      };
      assert.equal(await reported('include /etc/nginx/missing.conf;'), [], http);
      assert.equal(await reported(''), [`nginx.conf:1 ${rule}`], http);
    }
  });

  it('takes no depth for the default where a missing include may set it', async () => {
    const reported = (include: string): Promise<readonly string[]> =>
      findings(['--only', 'shallow-verify-depth', '.'], {
        'nginx.conf': `http { server { ${SERVER} ${include} } }`,
        'ca.pem': certificates(root, issuing, department),
      });
    assert.equal(await reported(''), ['nginx.conf:1 shallow-verify-depth']);
    assert.equal(await reported('include /etc/nginx/missing.conf;'), []);
  });

  it('leaves undecided whether clients are verified where the http block is not whole, and no more', async () => {
    const tls = SERVER.replace(/ssl_verify_client.*/, '');
    const open = (server: string): Files => ({
      'nginx.conf': `http { include /etc/nginx/a.conf; server { ${server} location / { proxy_pass http://b; } } }`,
    });
    assert.equal((await verdicts(open(tls))).none, ['unknown']);
    assert.equal((await verdicts(open(`${tls} ssl_verify_client off;`))).none, ['reached']);
    assert.equal((await verdicts(open(SERVER))).none, ['reached']);
    assert.equal((await verdicts(open('listen 80;'))).none, ['reached']);
    assert.equal((await verdicts(open(`${tls} ${GUARD}`))).none, ['refused']);
    const templates = `http { {% for s in all %} server { listen 80; server_name {{ s }}; return 403; } {% endfor %} server { ${tls} location / { proxy_pass http://b; } } }`;
    assert.equal((await verdicts({ 'nginx.conf': templates })).none, ['reached']);
  });

  it('compares whole components, and prefers the longest', () => {
    const mappings = [
      { from: '/etc', to: '/a' },
      { from: '/etc/nginx', to: '/b[1]' },
      { from: '/', to: '/root' },
    ];
    assert.is(mapPath('/etc/nginx/x', mappings), '/b[1]/x');
    assert.is(mapPath('/etc/nginx', mappings), '/b[1]');
    assert.is(mapPath('/etc/nginx2/x', mappings), '/a/nginx2/x');
    assert.is(mapPath('/usr/x', mappings), '/root/usr/x');
    assert.is(mapPath('/usr/x', mappings.slice(0, 2)), '/usr/x');
    assert.is(mapPattern('/etc/nginx/*.conf', mappings), '/b\\[1\\]/*.conf');
  });

  it('is repeatable', async () => {
    const two = {
      'nginx.conf': 'http { include /one/a.conf; include /two/b.conf; }',
      'x/a.conf': OPEN,
      'y/b.conf': OPEN.replaceAll('app.test', 'other.test'),
    };
    assert.equal(await findings(['--map', '/one=x', '--map', '/two=y', 'nginx.conf'], two), [
      'x/a.conf:2 unverified-location',
      'y/b.conf:2 unverified-location',
    ]);
  });
});

describe('fragments and changed files', it => {
  it('analyses a server without its http block, and says what is missing', async () => {
    assert.equal(await findings(['app.conf'], { 'app.conf': OPEN }), ['app.conf:2 unverified-location']);
    assert.equal(await verdicts({ 'app.conf': OPEN }), { none: ['reached'], kinds: ['fragment'] });
  });

  it('does not take the first server of a fragment for the default of its address', async () => {
    const first =
      'server { listen 443 ssl; server_name first.test; ssl_certificate s; ssl_certificate_key k; location / { proxy_pass http://a; } }';
    const closed = `server { ${SERVER} ${GUARD} location / { proxy_pass http://b; } }`;
    assert.equal(await findings(['app.conf'], { 'app.conf': `${first}\n${closed}` }), []);
    const explicit = first.replace('443 ssl', '443 ssl default_server');
    assert.equal(await findings(['app.conf'], { 'app.conf': `${explicit}\n${closed}` }), [
      'app.conf:1 permissive-default-server',
    ]);
    assert.equal(await findings(['nginx.conf'], { 'nginx.conf': `http {\n${first}\n${closed} }` }), [
      'nginx.conf:2 permissive-default-server',
    ]);
  });

  it('decides nothing about who enters where the server is not known', async () => {
    for (const text of [`location / { ${GUARD} proxy_pass http://b; }`, 'location / { proxy_pass http://b; }']) {
      assert.equal(
        (await verdicts({ 'app.conf': text })).none.filter(verdict => verdict !== 'unknown'),
        [],
      );
    }
    const { none } = await verdicts({ 'app.conf': 'proxy_pass http://b;' }, ['--context', 'location', 'app.conf']);
    assert.equal(none, ['unknown']);
  });

  it('still checks the directives of a fragment, and points nowhere else', async () => {
    const files = { 'snippets/guard.conf': 'if ($a) { add_header X y; }\nproxy_pas x;\n' };
    assert.equal(await findings(['--context', 'location', 'snippets/guard.conf'], files), [
      'snippets/guard.conf:1 unsafe-if',
      'snippets/guard.conf:2 unloadable-directive',
    ]);
  });

  it('asks for the context that it cannot tell', async () => {
    const { code, stdout } = await run(['x.conf'], { 'x.conf': 'ssl_protocols TLSv1.3;' });
    assert.is(code, 0);
    assert.match(stdout, '--context http|server|location|stream');
    assert.is((await run(['--strict', 'x.conf'], { 'x.conf': 'ssl_protocols TLSv1.3;' })).code, 3);
  });

  it('reports in the changed files only, and finds what their neighbours make of them', async () => {
    const files = {
      'nginx.conf': 'http { include conf.d/*.conf; }',
      'conf.d/a.conf': OPEN,
      'conf.d/b.conf': OPEN.replaceAll('app.test', 'b.test'),
      'conf.d/c.conf': `server { ${SERVER.replace('app.test', 'c.test')} include snippets/auth.conf; location / { proxy_pass http://c; } }`,
      'snippets/auth.conf': GUARD,
    };
    assert.equal(await findings(['conf.d/b.conf'], files), ['conf.d/b.conf:2 unverified-location']);
    assert.equal(await findings(['conf.d/c.conf', 'snippets/auth.conf'], files), []);
    assert.is((await findings(['nginx.conf', 'conf.d/b.conf'], files)).length, 2);
    const { none } = await verdicts(files, ['conf.d/c.conf']);
    assert.equal(none, ['refused']);
  });

  it('knows a changed file by the link that the main file includes', async () => {
    const files = {
      'nginx.conf': 'http { include sites-enabled/*; }',
      'sites-available/app': OPEN,
      'sites-enabled/app': { link: '/work/sites-available/app' },
    };
    assert.equal(await findings(['sites-available/app'], files), ['sites-available/app:2 unverified-location']);
    assert.equal(await findings(['sites-enabled/app'], files), ['sites-enabled/app:2 unverified-location']);
    assert.equal(await findings(['.'], files), ['sites-available/app:2 unverified-location']);
    assert.equal(await findings(['nginx.conf'], files), ['sites-enabled/app:2 unverified-location']);
  });

  it('follows a link of a checkout through --map, and suggests the mapping', async () => {
    const files: Files = {
      'nginx/nginx.conf': 'http { include sites-enabled/*; include more/*.conf; }',
      'nginx/sites-available/app': OPEN,
      'nginx/sites-enabled/app': { link: '/etc/nginx/sites-available/app' },
      'nginx/parts/b.conf': OPEN.replaceAll('app.test', 'b.test'),
      'nginx/more': { link: '/etc/nginx/parts' },
    };
    const map = ['--map', '/etc/nginx=nginx'];
    assert.match((await run(['.'], files)).stdout.replace(/\s+/g, ' '), 'exists here with --map /etc/nginx=nginx');
    const both = ['nginx/parts/b.conf:2 unverified-location', 'nginx/sites-available/app:2 unverified-location'];
    assert.equal(await findings([...map, '.'], files), both);
    assert.equal(await findings([...map, 'nginx/sites-available/app'], files), both.slice(1));
    // Links in a circle, and to what is not in the checkout either, stay missing.
    const lost = {
      ...files,
      'nginx/sites-enabled/app': { link: '/etc/nginx/sites-enabled/app' },
      'nginx/sites-enabled/b': { link: '/etc/nginx/none' },
    };
    const { code, stdout } = await run([...map, '.'], lost);
    assert.is(code, 1);
    assert.match(stdout.replace(/\s+/g, ' '), 'sites-enabled/app cannot be read');
    assert.match(stdout.replace(/\s+/g, ' '), 'sites-enabled/b cannot be read');
  });

  it('suggests no mapping of a folder to itself for a link that leads nowhere', async () => {
    const files = {
      'nginx.conf': 'http { include sites-enabled/*; }',
      'sites-enabled/app': { link: '/etc/nginx/sites-available/app' },
    };
    const { stdout } = await run(['nginx.conf'], files);
    assert.match(stdout.replace(/\s+/g, ' '), 'sites-enabled/app cannot be read');
    assert.not.match(stdout, '--map');
  });

  it('analyses orphans when asked', async () => {
    const files = { 'nginx.conf': 'http { }', 'sites-available/off': OPEN };
    assert.equal(await findings(['.'], files), []);
    assert.equal(await findings(['--orphans', '.'], files), ['sites-available/off:2 unverified-location']);
  });
});

function everyDirective(directives: readonly Directive[]): Directive[] {
  return directives.flatMap(directive => [directive, ...everyDirective(directive.block?.directives ?? [])]);
}

/** A template whose server is whole but for one place. */
const templated = (inside: string, http = ''): Files => ({
  'nginx.conf.j2': `http { ${http}\nserver { ${SERVER}\n${inside}\n} }`,
});

describe('templates', it => {
  it('finds what does not depend on a placeholder', async () => {
    const text = `# {{ ansible_managed }}
http {
  server {
    listen 443 ssl;
    server_name {{ host }};
    ssl_certificate {{ certificates }}/server.pem;
    ssl_client_certificate "\${CLIENT_CA}";
    ssl_verify_client optional;
    {# a comment { #}
    location / { proxy_pass http://{{ backend }}:<%= @port %>/; proxy_set_header X {{ x | default('y') }}; }
  }
}`;
    assert.equal(await findings(['.'], { 'nginx.conf.j2': text }), ['nginx.conf.j2:10 unverified-location']);
    assert.equal((await verdicts({ 'nginx.conf.j2': text })).kinds.includes('syntax'), false);
  });

  const undecided = [
    [
      'the value of a check',
      'if ($ssl_client_verify != {{ wanted }}) { return 403; } location / { proxy_pass http://b; }',
    ],
    ['a whole check', '{{ guard }}\nlocation / { proxy_pass http://b; }'],
    ['a check under a condition', `{% if mtls %}\n${GUARD}\n{% endif %}\nlocation / { proxy_pass http://b; }`],
    ['a check under a condition of ERB', `<% if @mtls %>\n${GUARD}\n<% end %>\nlocation / { proxy_pass http://b; }`],
    ['a check under a condition of Go', `{{- if .Mtls }}\n${GUARD}\n{{- end }}\nlocation / { proxy_pass http://b; }`],
    [
      'the code of a return',
      `if ($ssl_client_verify != SUCCESS) { return \${CODE}; } location / { proxy_pass http://b; }`,
    ],
    ['an include', 'include {{ folder }}/guard.conf; location / { proxy_pass http://b; }'],
    ['verification itself', 'ssl_verify_client {{ mode }}; location / { proxy_pass http://b; }'],
    ['the path of a location', `location {{ path }} { proxy_pass http://b; }`],
    ['a listener', `listen \${PORT} ssl; location / { proxy_pass http://b; }`],
    ['an address list', 'allow {{ network }}; deny all; location / { proxy_pass http://b; }'],
    ['a directive name', '{{ name }} off; location / { proxy_pass http://b; }'],
    ['a pattern', 'rewrite {{ from }} /x break; location / { proxy_pass http://b; }'],
    [
      'a location in a loop',
      '{% for p in paths %}\nlocation /{{ p }} { proxy_pass http://b; }\n{% endfor %}\nlocation / { proxy_pass http://c; }',
    ],
    [
      'a choice of two',
      `{% if a %}\nlocation / { ${GUARD} proxy_pass http://b; }\n{% else %}\nlocation / { proxy_pass http://b; }\n{% endif %}`,
    ],
    ['half a block', `{% if a %}\nlocation / {\n{% else %}\nlocation /x {\n{% endif %}\nproxy_pass http://b; }`],
  ] as const;
  for (const [what, inside] of undecided) {
    it(`leaves undecided what depends on ${what}`, async () => {
      const { kinds, none } = await verdicts(templated(inside));
      assert.ok(none.length > 0);
      assert.equal(
        none.filter(verdict => verdict !== 'unknown'),
        [],
      );
      assert.ok(kinds.includes('template'), kinds.join());
      assert.equal(
        (await findings(['.'], templated(inside))).filter(finding => finding.includes('location')),
        [],
      );
    });
  }

  it('shows a listener as the template has it', async () => {
    const { stdout } = await run(['access', '.'], templated('listen {{ port }}; location / { proxy_pass http://b; }'));
    assert.match(stdout, ', {{ port }}\n');
    assert.not.match(stdout, '}}:80');
  });

  it('says which line of the template leaves a place undecided', async () => {
    const { stdout } = await run(
      ['access', '.'],
      templated(`ssl_verify_depth {{ depth }};\nlocation / { proxy_pass http://b; }`),
    );
    assert.match(stdout.replace(/\s+/g, ' '), 'unknown: ssl_verify_depth is decided by the template, nginx.conf.j2:3');
  });

  it('never calls a directive wrong of which a placeholder or a condition decides a word', async () => {
    const seen = new Set<string>();
    for (const page of readdirSync('docs/rules')) {
      const text = readFileSync(join('docs/rules', page), 'utf8');
      for (const [, example] of text.matchAll(/^```nginx flagged\n([\s\S]*?)^```$/gm)) {
        for (const { name, args } of everyDirective(parseFile(new SourceFile('x', example!)).directives)) {
          for (const [index, word] of args.entries()) {
            const key = `${name.value} ${index} ${args.length}`;
            if (seen.has(key)) continue;
            seen.add(key);
            for (const put of ['{{ x }}', '{% if a %}A{% else %}B{% endif %}', `\${X}`]) {
              const template = example!.slice(0, word.start) + put + example!.slice(word.end);
              const wrong = (
                await findings(['--level', 'note', '.'], { 'nginx.conf.j2': `http {${template}}` })
              ).filter(finding => /misplaced-verification|unloadable-directive/.test(finding));
              const line = template.slice(0, template.indexOf(put)).split('\n').length;
              assert.not.ok(
                wrong.some(finding => finding.startsWith(`nginx.conf.j2:${line} `)),
                template,
              );
            }
          }
        }
      }
    }
    assert.ok(seen.size > 40);
  });

  it('leaves undecided what inherits a setting that the template fills in', async () => {
    const inherits = 'listen 443 ssl; ssl_certificate s; ssl_certificate_key k; location / { proxy_pass http://b; }';
    const text = `http { ssl_verify_client {{ mode }}; ssl_client_certificate ca;\nserver { ${inherits} }\nserver { ssl_verify_client on; server_name own.test; ${inherits} } }`;
    assert.equal((await verdicts({ 'nginx.conf.j2': text })).none, ['unknown', 'refused']);
  });

  it('leaves undecided a map and what reads it', async () => {
    const map = 'map $ssl_client_verify $no { default 1;\n{% for x in xs %}\n{{ x }} 0;\n{% endfor %}\n}';
    const { none } = await verdicts(templated('if ($no) { return 403; } location / { proxy_pass http://b; }', map));
    assert.equal(none, ['unknown']);
  });

  it('leaves undecided a server that only its name leads to', async () => {
    const text = `http {\nserver { listen 443 ssl default_server; ssl_reject_handshake on; }\nserver { ${SERVER.replace('app.test', '{{ host }}')} location / { proxy_pass http://b; } } }`;
    assert.equal((await verdicts({ 'nginx.conf.j2': text })).none, ['refused', 'unknown']);
  });

  it('keeps a guard that no placeholder touches', async () => {
    const inside = `${GUARD}\nlocation / { proxy_pass http://{{ b }}; add_header X {{ y }};\n{% if z %}\nproxy_read_timeout 5s;\n{% endif %}\n}`;
    assert.equal((await verdicts(templated(inside))).none, ['refused']);
  });

  it('knows variables in capitals that the file itself sets', async () => {
    const inside = `set $MODE x; if (\${MODE} = x) { return 403; } location / { proxy_pass http://b; }`;
    assert.not.ok((await verdicts(templated(inside))).kinds.includes('template'));
  });

  it('shows placeholders as they are written, and never a mark of ours', async () => {
    const inside =
      'location / { proxy_pass http://{{ b }}; }\n{{ extra }} on;\nlocation /x { ssl_verify_client {{ q }}; }';
    for (const format of ['text', 'json', 'sarif', 'github']) {
      const { stdout } = await run(['--format', format, '--level', 'note', '--verbose', '.'], templated(inside));
      assert.not.match(stdout, /[\ue000-\ue0ff]/);
    }
    const { stdout } = await run(['access', '--verbose', '.'], templated('location / { proxy_pass http://{{ b }}; }'));
    assert.not.match(stdout, /[\ue000-\ue0ff]/);
    assert.match(stdout, 'http://{{ b }}');
  });

  it('does not take for a template what nginx accepts', () => {
    for (const text of [
      "return 200 '{{';",
      '# {{ x }} {% if',
      'log_format a \'{"b":{{"c"\';\nx \'}}\';',
      'a $x{{{b;',
      'by_lua_block_x "<%";',
    ]) {
      assert.is(parseFile(new SourceFile('x', text)).template, undefined, text);
    }
    const lua = 'content_by_lua_block { local t = {{1}, {2}} }';
    assert.is(parseFile(new SourceFile('x', lua)).template, undefined);
  });

  it('parses whatever stands there, in the same places as without placeholders', () => {
    const piece = fc.constantFrom(
      '{{ a }}',
      '{%',
      '%}',
      '{% if x %}',
      '{% endif %}',
      '<%',
      '%>',
      '<%= y %>',
      `\${A}`,
      '{#',
      '#}',
      '"',
      "'",
      ' ',
      ';',
      '{',
      '}',
      '\n',
      'word',
      '\\',
      '$',
      '# ',
      '{{',
      '}}',
      'x_by_lua_block {',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), pieces => {
        const source = new SourceFile('x', pieces.join(''));
        const { directives, problems } = parseFile(source);
        assert.ok(problems.length <= parseConfig(source).problems.length);
        for (const { end, start } of directives) assert.ok(0 <= start && start <= end && end <= source.text.length);
      }),
      { numRuns: 2000 },
    );
  });

  it('ends a comment of nginx at the end of its line, whatever opens in it', () => {
    for (const open of ['{{#', '{{', '{%', '<%', '{#']) {
      const { directives, problems } = parseFile(new SourceFile('x', `# x ${open}\nuser {{ a }};\n# %}#}%>`));
      assert.equal([directives.map(({ name }) => name.value), problems], [['user'], []], open);
    }
  });

  it('never calls a server clean or open whose check is anywhere in a condition', async () => {
    const line = fc.constantFrom(GUARD, 'add_header A b;', 'location /a { proxy_pass http://c; }', '{{ x }}', '# c');
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 3 }), fc.array(line, { maxLength: 3 }), async (before, inside) => {
        const text = [...before, '{% if a %}', ...inside, GUARD, '{% endif %}', 'location / { proxy_pass http://b; }'];
        const { none } = await verdicts(templated(text.join('\n')));
        assert.equal(
          none.filter(verdict => verdict !== 'unknown'),
          [],
        );
      }),
      { numRuns: 40 },
    );
  });
});

describe('templates of any kind', it => {
  it('never make the tool fail, whatever a placeholder takes the place of', async () => {
    const lines = [
      'listen 443 ssl;',
      'server_name a.test b.test;',
      'ssl_verify_client optional;',
      'ssl_client_certificate ca.pem;',
      'ssl_crl crl.pem;',
      'error_page 403 =200 /x;',
      'try_files $uri /y =404;',
      'set $a b;',
      'rewrite ^/a /b last;',
      'return 200 text;',
      'allow 10.0.0.0/8;',
      'deny all;',
      'satisfy any;',
      'auth_basic on;',
      'set_real_ip_from 10.0.0.1;',
      'real_ip_header X-Real;',
      'location / { proxy_pass http://b; }',
      'location ~ ^/a { root /srv; }',
      'if ($ssl_client_verify != SUCCESS) { return 403; }',
      'if ($arg_a ~ ^b) { break; }',
      'location @n { internal; }',
      'include a.conf;',
      'limit_except GET { deny all; }',
    ];
    const placeholder = fc.constantFrom('{{ a }}', '<%= b %>', `\${C}`, 'x{{ a }}y', '"{{ a }}"');
    const line = fc.tuple(fc.constantFrom(...lines), fc.nat(), fc.option(placeholder)).map(([text, at, put]) => {
      const words = text.split(' ');
      if (put !== null) words[at % words.length] = put + (/[;{]$/.exec(words[at % words.length]!)?.[0] ?? '');
      return words.join(' ');
    });
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 8 }), fc.array(line, { maxLength: 4 }), async (inside, above) => {
        const { code, stderr } = await run(['.'], {
          'nginx.conf.j2': `http { ${above.join('\n')}\nserver {\n${inside.join('\n')}\n} }`,
        });
        assert.ok(code !== 2 && code !== 4, stderr);
      }),
      { numRuns: 300 },
    );
  });
});
