/** What a project says of its findings: comments, the baseline, the configuration file, and init. */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { rules } from '../../rules/index.js';
import { readProjectFile } from '../../src/cli/project-file.js';
import type { MemoryFile } from '../support/memory-host.js';
import { runMain, type Setting } from '../support/memory-io.js';
import { describe } from '../support/suite.js';

type Files = Readonly<Record<string, MemoryFile>>;

/** One proxy_pass to a line: the rule of the tests objects to each. */
const TWO = 'http {\nserver {\nproxy_pass a;\n}\nserver {\nproxy_pass b;\n}\n}\n';

interface Report {
  readonly roots: readonly string[];
  readonly findings: readonly {
    line: number;
    level: string;
    rule: string;
    suppressed: false | { reason: string; file: string; line: number };
  }[];
  readonly notices: readonly { kind: string; text: string; line?: number }[];
  readonly summary: { readonly suppressed: number };
}

async function report(
  files: Files,
  argv: readonly string[] = [],
  setting: Setting = {},
): Promise<Report & { code: number }> {
  const { code, stderr, stdout } = await runMain(['--format', 'json', '--level', 'note', ...argv], files, setting);
  assert.ok(stdout.startsWith('{'), `${code} ${stderr}`);
  return { ...JSON.parse(stdout), code };
}

/** Lines of the findings that are left, and of those that are suppressed. */
async function linesOf(text: string): Promise<{ kept: number[]; suppressed: number[]; notices: string[] }> {
  const { findings, notices, summary } = await report({ 'nginx.conf': text });
  const suppressed = findings.filter(finding => finding.suppressed !== false).map(({ line }) => line);
  assert.is(summary.suppressed, suppressed.length);
  return {
    kept: findings.filter(finding => finding.suppressed === false).map(({ line }) => line),
    suppressed,
    notices: notices.map(({ kind, line, text }) => `${line} ${kind}: ${text}`),
  };
}

const IGNORE = '# nginx-mtls-lint: ignore[flagged-pass]';

describe('suppression comments', it => {
  it('cover their own line, or the next one', async () => {
    const own = TWO.replace('proxy_pass a;', `proxy_pass a; ${IGNORE} because`);
    assert.equal(await linesOf(own), { kept: [6], suppressed: [3], notices: [] });
    const above = TWO.replace('proxy_pass a;', `${IGNORE} because\n\n# more\nproxy_pass a;`);
    assert.equal(await linesOf(above), { kept: [9], suppressed: [6], notices: [] });
    const { findings } = await report({ 'nginx.conf': own });
    assert.equal(findings[0]!.suppressed, { reason: 'because', file: 'nginx.conf', line: 3 });
  });

  it('cover the block that the line opens', async () => {
    const own = TWO.replace('server {', `server { ${IGNORE} because`);
    assert.equal(await linesOf(own), { kept: [6], suppressed: [3], notices: [] });
    const above = `http {\n${IGNORE} all of it\nserver {\nproxy_pass a;\nlocation / {\nproxy_pass b;\n}\n}\nserver {\nproxy_pass c;\n}\n}\n`;
    assert.equal(await linesOf(above), { kept: [10], suppressed: [4, 6], notices: [] });
  });

  it('need a reason and a rule that exists, and report nothing to suppress', async () => {
    const without = TWO.replace('proxy_pass a;', `proxy_pass a; ${IGNORE}`);
    assert.equal(await linesOf(without), {
      kept: [3, 6],
      suppressed: [],
      notices: ['3 suppression: the comment gives no reason: it suppresses nothing'],
    });
    const unknown = TWO.replace(
      'proxy_pass a;',
      'proxy_pass a; # nginx-mtls-lint: ignore[flaged-pass, flagged-pass] x',
    );
    assert.equal(await linesOf(unknown), {
      kept: [6],
      suppressed: [3],
      notices: ['3 suppression: no rule is called "flaged-pass": the comment suppresses nothing of it'],
    });
    const none = TWO.replace('http {', `http {\n${IGNORE} x\nsendfile on;`);
    assert.equal((await linesOf(none)).notices, [
      '2 suppression: nothing is reported here by flagged-pass: the comment suppresses nothing',
    ]);
    assert.match(
      (await linesOf(TWO.replace('http {', 'http { # nginx-mtls-lint: ignore x'))).notices[0]!,
      'names no rule',
    );
  });

  it('are told apart from other comments that are meant for the tool', async () => {
    const { kept, notices } = await linesOf(
      TWO.replace(
        'http {',
        'http { # nginx-mtls-lint: disable[flagged-pass] x\n# nginx-mtls-lint: context=http\n# nginx',
      ),
    );
    assert.is(kept.length, 2);
    assert.equal(notices, ['1 suppression: the comment says nothing that is known here: it has no effect']);
  });

  it('are counted in every format, and leave the exit code to the other findings', async () => {
    const files = { 'nginx.conf': `http { ${IGNORE} all\nsendfile on; proxy_pass a;\n}` };
    const { code, stdout } = await runMain(['.'], files);
    assert.is(code, 0);
    assert.match(stdout, '1 finding suppressed by comments');
    assert.match((await runMain(['--format', 'github', '.'], files)).stdout, '1 suppressed finding not listed');
    assert.not.match((await runMain(['--format', 'sarif', '.'], files)).stdout, '"ruleId"');
    assert.is((await runMain(['.'], { 'nginx.conf': `${files['nginx.conf']}\nproxy_pass b;` })).code, 1);
    assert.is((await runMain(['--strict', '.'], { 'nginx.conf': 'http { }' })).code, 0);
  });

  it('are not called unused by a run that leaves their rule out', async () => {
    const quiet = { ...rules[0]!, check: () => {} };
    const text = `http { # nginx-mtls-lint: ignore[${quiet.id}] x\nsendfile on; proxy_pass a;\n}`;
    const setting = { rules: [quiet, rules[1]!] };
    assert.is((await report({ 'nginx.conf': text }, ['--skip', quiet.id], setting)).notices.length, 0);
    assert.is((await report({ 'nginx.conf': text }, [], setting)).notices.length, 1);
  });

  it('read any comment without harm', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme-ascii' }), async text => {
        await linesOf(`http { # nginx-mtls-lint: ignore[${text.replaceAll('\n', ' ')}\n}`);
      }),
      { numRuns: 200 },
    );
  });
});

async function baselineOf(files: Files): Promise<string> {
  const { code, stdout, written } = await runMain(['--baseline', 'b.json', '--write-baseline', '.'], files);
  assert.is(code, 0);
  assert.match(stdout, 'in the baseline');
  return written.get('/work/b.json')!;
}

describe('baseline', it => {
  it('takes known findings out, wherever they have moved, and no new one', async () => {
    const baseline = await baselineOf({ 'nginx.conf': TWO });
    const moved = 'http {\n\n# moved\nserver {\nproxy_pass b;\n}\nserver {\nproxy_pass a;\nproxy_pass c;\n}\n}';
    const { code, findings } = await report({ 'nginx.conf': moved, 'b.json': baseline }, ['--baseline', 'b.json', '.']);
    assert.is(code, 1);
    assert.equal(
      findings.map(({ line, suppressed }) => [line, suppressed !== false]),
      [
        [5, true],
        [8, true],
        [9, false],
      ],
    );
    const [first] = findings;
    const { file, line, reason } = first!.suppressed as { file: string; line: number; reason: string };
    assert.equal([reason, file], ['in the baseline', 'b.json']);
    assert.match(baseline.split('\n')[line - 1]!, '"fingerprint"');
  });

  it('knows the findings of servers without names, in any order, line and file', async () => {
    const tls = 'ssl_certificate s.pem; ssl_certificate_key s.key; ssl_client_certificate ca.pem;';
    const blocks = [
      `server { listen 443 ssl; ${tls} ssl_verify_client optional; location / { proxy_pass http://a; } location /i/ { if ($http_x) { proxy_pass http://b; } } }`,
      `server { listen 444 ssl default_server; ${tls} return 200 "x$uri"; }`,
      `server { listen 444 ssl; server_name b.test; ${tls} ssl_verify_client on; error_page 495 496 /e; location / { proxy_pass http://a; } location /e { proxy_pass http://c; } }`,
      'server { listen 80; proxy_ssl_certificate s.pem; proxy_ssl_certificate_key s.key; location / { proxy_pass http://a; } }',
      `server { listen 445 ssl; ${tls} if ($ssl_client_verify != SUCCESS) { return 403; } return 204; }`,
    ];
    const fingerprints = async (files: Readonly<Record<string, string>>): Promise<readonly string[]> => {
      const { stdout } = await runMain(['--format', 'json', '--level', 'note', '.'], files, { rules });
      const findings: { fingerprint: string; rule: string }[] = JSON.parse(stdout).findings;
      return findings.map(({ fingerprint, rule }) => `${rule} ${fingerprint}`).sort();
    };
    const first = await fingerprints({ 'nginx.conf': `http {\n${blocks.join('\n')}\n}` });
    for (const rule of [
      'missing-revocation',
      'inert-verification',
      'permissive-default-server',
      'unverified-upstream',
    ]) {
      assert.ok(
        first.some(text => text.startsWith(rule)),
        rule,
      );
    }
    assert.is(new Set(first).size, first.length);
    const reversed = [...blocks].reverse();
    assert.equal(await fingerprints({ 'nginx.conf': `http {\n\n# moved\n\n${reversed.join('\n\n')}\n}` }), first);
    const files = Object.fromEntries(reversed.map((text, index) => [`conf.d/${index}.conf`, `\n${text}\n`]));
    assert.equal(await fingerprints({ ...files, 'nginx.conf': 'http { include conf.d/*.conf; }' }), first);
    // One line that several servers share names them all.
    const pair = ['a.test', 'b.test'].map(name => `server { listen 443 ssl; server_name ${name}; return 403; }`);
    const shared = (servers: readonly string[]): Promise<readonly string[]> =>
      fingerprints({ 'nginx.conf': `http { ssl_client_certificate ca.pem; ${servers.join('\n')} }` });
    const one = await shared(pair);
    assert.match(one.join(), 'inert-verification');
    assert.equal(await shared([...pair].reverse()), one);
  });

  it('takes no more of one kind than there were', async () => {
    const baseline = await baselineOf({ 'nginx.conf': 'http { sendfile on; proxy_pass a; }' });
    const twice = { 'nginx.conf': 'http { sendfile on; proxy_pass a;\nproxy_pass a; }', 'b.json': baseline };
    assert.is(
      (await report(twice, ['--baseline', 'b.json', '.'])).findings.filter(one => one.suppressed === false).length,
      1,
    );
  });

  it('says when its findings are gone', async () => {
    const baseline = await baselineOf({ 'nginx.conf': TWO });
    const { code, notices } = await report({ 'nginx.conf': 'http { }', 'b.json': baseline }, [
      '--baseline',
      'b.json',
      '.',
    ]);
    assert.is(code, 0);
    assert.match(notices[0]!.text, '2 entries of the baseline b.json hold findings that are gone');
  });

  it('is the same file for the same findings in any order', async () => {
    const swapped = 'http {\nserver {\nproxy_pass b;\n}\nserver {\nproxy_pass a;\n}\n}\n';
    assert.is(await baselineOf({ 'nginx.conf': TWO }), await baselineOf({ 'nginx.conf': swapped }));
  });

  it('ends the run with 2 where it is missing or wrong', async () => {
    for (const [text, reason] of [
      [undefined, 'no such file'],
      ['{', 'it is not JSON'],
      ['{}', 'no baseline of schema version 1'],
      ['{"schemaVersion":1,"findings":[{"fingerprint":"x"}]}', 'has no fingerprint'],
    ] as const) {
      const files = { 'nginx.conf': TWO, ...(text === undefined ? {} : { 'b.json': text }) };
      const { code, stderr, stdout } = await runMain(['--baseline', 'b.json', '.'], files);
      assert.equal([code, stdout], [2, '']);
      assert.match(stderr, reason);
    }
    assert.is((await runMain(['--write-baseline', '.'], { 'nginx.conf': TWO })).code, 2);
  });
});

const schema = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync('docs/config.schema.json', 'utf8')),
);

const read = (text: string) =>
  readProjectFile(text, {
    path: '/work/project/.nginx-mtls-lint.yml',
    currentFolder: '/work',
    rules: ['unsafe-if', 'dead-check'],
    isThere: () => true,
  });

describe('configuration file', it => {
  it('says all that its documentation shows', () => {
    const page = readFileSync('docs/configuration.md', 'utf8');
    const example = /```yaml\n([\s\S]*?)```/.exec(page)![1]!;
    assert.ok(schema(parse(example)), JSON.stringify(schema.errors));
    const settings = read(example);
    assert.equal([...settings.levels], [['unsafe-if', 'note']]);
    assert.equal(settings.maps, [{ from: '/etc/nginx', to: '/work/project/nginx' }]);
    assert.equal(
      [settings.nginxVersion, settings.identityHeaders, settings.acceptedRefusals, settings.baseline],
      ['1.25.3', ['x-client-dn'], ['redirect'], '/work/project/baseline.json'],
    );
    assert.ok(settings.isIgnored('project/legacy/a/b.conf'));
    assert.not.ok(settings.isIgnored('project/new/legacy.conf'));
    assert.not.ok(settings.isIgnored('legacy/b.conf'));
  });

  it('ignores by patterns of whole components', () => {
    const ignored = (pattern: string, path: string): boolean =>
      read(`ignore: ["${pattern}"]`).isIgnored(`project/${path}`);
    assert.ok(ignored('a', 'a/b/c.conf'));
    assert.ok(ignored('a/*.conf', 'a/c.conf'));
    assert.not.ok(ignored('a/*.conf', 'a/b/c.conf'));
    assert.ok(ignored('**/c.conf', 'a/b/c.conf'));
    assert.ok(ignored('**/c.conf', 'c.conf'));
    assert.not.ok(ignored('**/c.conf', 'xc.conf'));
    assert.ok(ignored(`${'**/'.repeat(50)}x`, `${'a/'.repeat(500)}x`));
    assert.not.ok(ignored(`${'**/'.repeat(50)}x`, 'a/'.repeat(500)));
  });

  it('is refused with line and reason, as by its schema', async () => {
    for (const [text, line, reason] of [
      ['rules:\n  unsafe-iff: off', 2, 'no rule is called "unsafe-iff"; did you mean unsafe-if?'],
      ['rules:\n  unsafe-if: loud', 2, '"loud" is no level'],
      ['rules: [a]', 1, 'keys with values are expected'],
      ['rule:\n  a: b', 1, 'there is no key "rule"; did you mean rules?'],
      ['ignore: a', 1, 'a list is expected'],
      ['maps:\n  etc: a', 2, 'is not absolute'],
      ['maps:\n  /etc/nginx: nowhere', 2, 'there is no folder nowhere'],
      ['\nnginx-version: 1.25', 2, '"1.25" is no version'],
      ['identity-headers: [a b]', 1, 'no name of a header'],
      ['default-server:\n  accept: [teapot]', 2, 'is none of redirect'],
      ['default-server:\n  refuse: [x]', 2, 'there is accept'],
      ['baseline: {a: b}', 1, 'a text is expected'],
      ['a: [', 1, 'it is not YAML'],
      ['rules: {unsafe-if: off}\nrules: {}', 2, 'it is not YAML'],
      ['rules: {}\n---\nrules: {}', 2, 'it holds a second document'],
      ['- a', 1, 'keys with values are expected'],
      ['a: &x {}\nrules: *x', 1, 'there is no key "a"'],
    ] as const) {
      const files = { 'nginx.conf': TWO, '.nginx-mtls-lint.yml': text };
      const { code, stderr, stdout } = await runMain(['.'], files, { rules });
      assert.equal([code, stdout], [2, ''], text);
      assert.match(stderr, new RegExp(`\\.nginx-mtls-lint\\.yml:${line}:\\d+: `), text);
      assert.match(stderr, reason);
      if (!/not YAML|unsafe-iff|second document|no folder/.test(reason)) assert.not.ok(schema(parse(text)), text);
    }
  });

  it('is found upwards from the input, or named', async () => {
    const files = {
      'a/b/nginx.conf': TWO,
      'a/.nginx-mtls-lint.yml': 'rules: {flagged-pass: error}',
      'x.yml': 'rules: {flagged-pass: off}',
    };
    const levels = async (...argv: string[]): Promise<string[]> =>
      (await report(files, argv)).findings.map(({ level }) => level);
    assert.equal(await levels('a/b'), ['error', 'error']);
    assert.equal(await levels('a/b/nginx.conf'), ['error', 'error']);
    assert.equal(await levels('.'), ['warning', 'warning']);
    assert.is((await runMain(['--config', 'x.yml', 'a/b'], files)).code, 0);
    assert.is((await runMain(['--config', 'gone.yml', 'a/b'], files)).code, 2);
    assert.is((await runMain(['a/b'], { ...files, 'a/.nginx-mtls-lint.yml': '# nothing' })).code, 1);
  });

  it('leaves out ignored paths, and files to be searched', async () => {
    const files = {
      'nginx.conf': 'http { include old/*.conf; proxy_pass a; }',
      'old/x.conf': 'proxy_pass b;',
      'attic/nginx.conf': TWO,
      '.nginx-mtls-lint.yml': 'ignore: [old, attic/**]',
    };
    const { findings, roots } = await report(files, ['.']);
    assert.equal([findings.length, roots.length], [1, 1]);
  });

  it('maps paths, and its baseline holds without an option', async () => {
    const files = {
      'nginx/nginx.conf': 'http { include /etc/nginx/a.conf; }',
      'nginx/a.conf': 'proxy_pass a;',
      '.nginx-mtls-lint.yml': 'maps: {/etc/nginx: nginx}\nbaseline: b.json',
    };
    const { written } = await runMain(['--write-baseline', '.'], files);
    const { code, findings } = await report({ ...files, 'b.json': written.get('/work/b.json')! }, ['.']);
    assert.equal([code, findings.length], [0, 1]);
  });

  it('keeps milder findings of a rule mild', async () => {
    const text =
      'http { server { listen 443 ssl; ssl_verify_client optional;\nlocation = /favicon.ico { proxy_pass http://a; }\nlocation /a { proxy_pass http://a; } } }';
    const levels = async (level: string): Promise<string[]> => {
      const files = { 'nginx.conf': text, '.nginx-mtls-lint.yml': `rules: {unverified-location: ${level}}` };
      return (await report(files, ['--only', 'unverified-location', '.'], { rules })).findings
        .map(finding => finding.level)
        .sort();
    };
    assert.equal(await levels('error'), ['error', 'note']);
    assert.equal(await levels('warning'), ['note', 'warning']);
    assert.equal(await levels('note'), ['note', 'note']);
  });

  it('accepts a default server that redirects', async () => {
    const text =
      'http { server { listen 443 ssl; return 301 https://x.test/; } server { listen 443 ssl; server_name a.test; ssl_verify_client on; location / { proxy_pass http://a; } } }';
    const found = async (file: string): Promise<number> =>
      (
        await report(
          { 'nginx.conf': text, '.nginx-mtls-lint.yml': file },
          ['--only', 'permissive-default-server', '.'],
          { rules },
        )
      ).findings.length;
    assert.equal([await found(''), await found('default-server: {accept: [redirect]}')], [1, 0]);
  });
});

describe('init', it => {
  const files = { 'etc/nginx.conf': 'http { include /etc/nginx/s/a.conf; }', 'etc/s/a.conf': 'proxy_pass a;' };

  it('writes the mappings that it finds, in a file that is read again', async () => {
    const { code, stdout, written } = await runMain(['init'], files);
    assert.is(code, 0);
    assert.match(stdout, '.nginx-mtls-lint.yml written\n  /etc/nginx lies at etc\n');
    const text = written.get('.nginx-mtls-lint.yml')!;
    assert.ok(schema(parse(text)));
    assert.equal(read(text).maps, [{ from: '/etc/nginx', to: '/work/project/etc' }]);
    assert.is((await report({ ...files, '.nginx-mtls-lint.yml': text }, ['.'])).findings.length, 1);
  });

  it('writes a baseline when asked, and a file where there is nothing to find out', async () => {
    const { stdout, written } = await runMain(['init', '--baseline', 'b.json'], files);
    assert.match(stdout, '1 finding accepted for now');
    const both = {
      ...files,
      '.nginx-mtls-lint.yml': written.get('.nginx-mtls-lint.yml')!,
      'b.json': written.get('b.json')!,
    };
    assert.is((await runMain(['.'], both)).code, 0);
    const plain = (await runMain(['init'], { 'nginx.conf': 'http { }' })).written.get('.nginx-mtls-lint.yml')!;
    assert.ok(schema(parse(plain)));
    read(plain);
  });

  it('says where it may not write', async () => {
    const writeFile = (): never => {
      throw new Error('EACCES: permission denied');
    };
    for (const more of [[], ['--baseline', 'b.json']]) {
      const { code, stderr } = await runMain(['init', ...more], files, { writeFile });
      assert.is(code, 2);
      assert.match(stderr, /(\.nginx-mtls-lint\.yml|b\.json) cannot be written: EACCES/);
    }
  });

  it('does not overwrite', async () => {
    const { code, stderr } = await runMain(['init'], { ...files, '.nginx-mtls-lint.yml': '' });
    assert.is(code, 2);
    assert.match(stderr, 'is there already');
  });
});
