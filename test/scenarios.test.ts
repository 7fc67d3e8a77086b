/** What users do with the package, from the tarball on: hook, action, server, dump, checkout, baseline, suppression. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { withFolder } from './support/folder.js';
import { type Ended, inShell, installedPackage } from './support/installed.js';
import { describe } from './support/suite.js';

const SERVER = (name: string, more: string) => `server {
    listen 443 ssl;
    server_name ${name};
    ssl_certificate server.pem;
    ssl_certificate_key server.key;
    ssl_client_certificate ca.pem;
    ssl_verify_client optional;
    ${more}
    location / { proxy_pass http://127.0.0.1:9; }
}
`;
const GUARD = 'if ($ssl_client_verify != SUCCESS) { return 403; }';

/** Writes files below a folder. */
function put(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** A git repository with a first commit of the files. */
function repository(folder: string, files: Readonly<Record<string, string>>): void {
  put(folder, files);
  git(folder, 'init -q -b main && git add -A && git commit -q -m first');
}

function git(folder: string, line: string): Ended {
  const env = {
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@a.test',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@a.test',
    GIT_CONFIG_NOSYSTEM: '1',
    HOME: folder,
  };
  const ended = inShell(`git ${line}`, folder, env);
  assert.is(ended.code, 0, ended.stderr);
  return ended;
}

const CHECKOUT = {
  'nginx/nginx.conf':
    'events { }\nhttp {\n    include /opt/edge/nginx/mime.types;\n    include /opt/edge/nginx/conf.d/*.conf;\n}\n',
  'nginx/conf.d/app.conf': SERVER('app.test', GUARD),
  'nginx/conf.d/open.conf': SERVER('open.test', ''),
  'README.md': 'text\n',
};

describe('the installed package', it => {
  it('lints a server folder, and one that cannot be written', () =>
    withFolder(folder => {
      put(folder, {
        'nginx.conf': 'events { }\nhttp { include conf.d/*.conf; }\n',
        'conf.d/a.conf': SERVER('a.test', GUARD),
        'conf.d/b.conf': SERVER('b.test', ''),
      });
      chmodSync(folder, 0o555);
      const { code, stderr, stdout } = inShell(`nginx-mtls-lint --format json ${folder}`, '/');
      chmodSync(folder, 0o755);
      assert.is(code, 1, stderr);
      assert.equal(
        JSON.parse(stdout).findings.map(({ file, line, rule }: { file: string; line: number; rule: string }) => [
          file,
          line,
          rule,
        ]),
        [[`${folder.slice(1)}/conf.d/b.conf`, 9, 'unverified-location']],
      );
    }));

  it('lints a checkout with absolute includes: 0 or 1, never 3', () =>
    withFolder(folder => {
      put(folder, CHECKOUT);
      const without = inShell('nginx-mtls-lint', folder);
      assert.is(without.code, 0, without.stderr);
      assert.match(without.stdout.replace(/\s+/g, ' '), '--map /opt/edge=.');
      const mapped = inShell('nginx-mtls-lint --map /opt/edge/nginx=nginx', folder);
      assert.is(mapped.code, 1);
      assert.match(mapped.stdout, 'nginx/conf.d/open.conf:9:5 error unverified-location');
      assert.is(inShell('nginx-mtls-lint init && nginx-mtls-lint', folder).code, 1);
    }));

  it('follows a baseline until one new hazard comes', () =>
    withFolder(folder => {
      put(folder, { 'nginx.conf': `events { }\nhttp {\n${SERVER('a.test', '')}}\n` });
      assert.is(inShell('nginx-mtls-lint --baseline b.json --write-baseline', folder).code, 0);
      assert.is(inShell('nginx-mtls-lint --baseline b.json', folder).code, 0);
      put(folder, { 'nginx.conf': `events { }\n\n\nhttp {\n${SERVER('b.test', '')}${SERVER('a.test', '')}}\n` });
      const { code, stdout } = inShell('nginx-mtls-lint --baseline b.json', folder);
      assert.is(code, 1);
      assert.match(stdout, '1 error in nginx.conf');
      assert.match(stdout, 'b.test');
      assert.match(stdout, '2 findings in the baseline');
    }));

  it('follows a suppression from its first day to its last', () =>
    withFolder(folder => {
      const write = (comment: string, more: string): Ended => {
        put(folder, {
          'nginx.conf': `events { }\nhttp {\n${SERVER('a.test', more).replace('location', `${comment}\n    location`)}}\n`,
        });
        return inShell('nginx-mtls-lint', folder);
      };
      assert.is(write('', '').code, 1);
      assert.is(write('# nginx-mtls-lint: ignore[unverified-location]', '').code, 1);
      const accepted = write('# nginx-mtls-lint: ignore[unverified-location] public', '');
      assert.is(accepted.code, 0);
      assert.match(accepted.stdout, '1 finding suppressed by comments');
      const repaired = write('# nginx-mtls-lint: ignore[unverified-location] public', GUARD);
      assert.is(repaired.code, 0);
      assert.match(repaired.stdout.replace(/\s+/g, ' '), 'the comment suppresses nothing');
    }));

  it('refuses a broken configuration file of the project', () =>
    withFolder(folder => {
      put(folder, { 'nginx.conf': 'events { }\nhttp { }\n', '.nginx-mtls-lint.yml': 'rules:\n  unsafe-if: [\n' });
      const { code, stderr, stdout } = inShell('nginx-mtls-lint --format json', folder);
      assert.equal([code, stdout], [2, '']);
      assert.match(stderr, /\.nginx-mtls-lint\.yml:\d+:\d+: it is not YAML/);
    }));

  it('completes in bash', () =>
    withFolder(folder => {
      const words = (line: string): string => {
        const call = `COMP_WORDS=(${line}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _nginx-mtls-lint_yargs_completions; echo "\${COMPREPLY[*]}"`;
        const script = `source <(SHELL=/bin/bash nginx-mtls-lint completion); ${call}`;
        const ended = inShell(`bash -c '${script}'`, folder);
        assert.is(ended.code, 0, ended.stderr);
        return ended.stdout.trim();
      };
      assert.is(words('nginx-mtls-lint acc'), 'access');
      assert.is(words('nginx-mtls-lint --fo'), '--format');
      assert.is(words('nginx-mtls-lint --format ""'), 'text json sarif github');
      assert.is(words('nginx-mtls-lint --format = s'), 'sarif');
      assert.is(words('nginx-mtls-lint --format ='), 'text json sarif github');
      assert.is(words('nginx-mtls-lint explain unsafe'), 'unsafe-if');
    }));

  it('ends quietly where nobody reads its output', () =>
    withFolder(folder => {
      const servers = Array.from({ length: 400 }, (_, index) => SERVER(`s${index}.test`, '')).join('');
      put(folder, { 'nginx.conf': `events { }\nhttp {\n${servers}}\n` });
      const { stderr, stdout } = inShell('nginx-mtls-lint | head -n 1', folder);
      assert.is(stderr, '');
      assert.is(stdout.split('\n').length, 2);
    }));

  it('reads standard input, and several dumps', () =>
    withFolder(folder => {
      put(folder, { 'a.conf': `events { }\nhttp {\n${SERVER('a.test', '')}}\n` });
      assert.is(inShell('nginx-mtls-lint - <a.conf', folder).code, 1);
      assert.is(inShell('nginx-mtls-lint - </dev/null', folder).code, 3);
      const line = '{ echo "# configuration file /etc/nginx/nginx.conf:"; cat a.conf; echo; }';
      const { code, stdout } = inShell(`{ ${line}; ${line}; } | nginx-mtls-lint --format json -`, folder);
      assert.is(code, 1);
      assert.equal(
        JSON.parse(stdout).findings.map(({ file, line: at }: { file: string; line: number }) => `${file}:${at}`),
        ['/etc/nginx/nginx.conf:11', '/etc/nginx/nginx.conf:11'],
      );
    }));
});

interface Hook {
  readonly id: string;
  readonly entry: string;
  readonly language: string;
  readonly files: string;
}

const hooks: readonly Hook[] = parse(readFileSync('.pre-commit-hooks.yaml', 'utf8'));

describe('pre-commit', it => {
  it('offers a hook that installs the package, and one for an installed command', () => {
    assert.equal(
      hooks.map(({ entry, id, language }) => [id, language, entry]),
      [
        ['nginx-mtls-lint', 'node', 'nginx-mtls-lint'],
        ['nginx-mtls-lint-system', 'system', 'nginx-mtls-lint'],
      ],
    );
    assert.is(hooks[0]!.files, hooks[1]!.files);
  });

  it('is called for the files of nginx, and not for every .conf', () => {
    const pattern = new RegExp(hooks[0]!.files);
    for (const path of [
      'nginx.conf',
      'a/nginx-edge.conf',
      'nginx.conf.j2',
      'etc/nginx/conf.d/a.conf',
      'nginx/a/b.conf',
      'sites-available/app',
      'x/sites-enabled/app.test',
      'snippets/auth.conf',
      'conf.d/a.conf.template',
      'vhosts.d/a.vhost',
    ]) {
      assert.ok(pattern.test(path), path);
    }
    for (const path of [
      'app.conf',
      'supervisord.conf',
      'etc/my.cnf',
      'nginx/README.md',
      'nginx/server.pem',
      'conf.d/a.pem',
      'src/nginx.ts',
      'snippets/a.js',
      'mynginx.txt',
    ]) {
      assert.not.ok(pattern.test(path), path);
    }
  });

  it('reports what a commit changes, as pre-commit calls it', () =>
    withFolder(folder => {
      const files = { ...CHECKOUT, '.nginx-mtls-lint.yml': 'maps: { /opt/edge/nginx: nginx }\n' };
      repository(folder, files);
      const call = (...names: string[]): Ended => inShell(`${hooks[1]!.entry} ${names.join(' ')}`, folder);
      assert.is(call('nginx/conf.d/app.conf').code, 0);
      const changed = call('nginx/conf.d/open.conf', 'nginx/conf.d/app.conf');
      assert.is(changed.code, 1);
      assert.match(changed.stdout, 'nginx/conf.d/open.conf:9:5');
    }));

  for (const hook of hooks) {
    it(`runs the hook ${hook.id} itself where it is installed`, () =>
      withFolder(folder => {
        if (inShell('pre-commit --version', folder).code !== 0) {
          if (process.env['REQUIRE_PRE_COMMIT'] === '1') throw new Error('pre-commit is not installed');
          console.error('\n*** pre-commit is missing: the hook was only called as it would call it ***');
          return;
        }
        // What it would fetch from the repository lies here as a tarball; nothing else needs a network.
        const { entry, files, language } = hook;
        const packages = language === 'node' ? { additional_dependencies: [installedPackage().tarball] } : {};
        const local = { id: 'x', name: 'x', entry, language, files, require_serial: true, ...packages };
        const checkout = join(folder, 'checkout');
        mkdirSync(checkout);
        repository(checkout, {
          ...CHECKOUT,
          '.nginx-mtls-lint.yml': 'maps: { /opt/edge/nginx: nginx }\n',
          '.pre-commit-config.yaml': JSON.stringify({ repos: [{ repo: 'local', hooks: [local] }] }),
        });
        const env = { HOME: folder, PRE_COMMIT_HOME: join(folder, 'cache'), npm_config_offline: 'true' };
        const all = inShell('pre-commit run --all-files', checkout, env);
        assert.is(all.code, 1, all.stdout + all.stderr);
        assert.match(all.stdout, 'unverified-location');
        put(checkout, { 'nginx/conf.d/open.conf': SERVER('open.test', GUARD) });
        git(checkout, 'add -A');
        const repaired = inShell('pre-commit run', checkout, env);
        assert.is(repaired.code, 0, repaired.stdout + repaired.stderr);
      }));
  }
});

describe('the GitHub action', it => {
  const action = parse(readFileSync('action.yml', 'utf8'));
  const [step] = action.runs.steps;

  it('hands every input over in the environment, and none in the text of the script', () => {
    assert.not.match(step.run, '${{');
    assert.is(action.runs.steps.length, 1);
    for (const name of Object.keys(action.inputs)) {
      assert.is(step.env[`INPUT_${name.toUpperCase().replaceAll('-', '_')}`], `\${{ inputs.${name} }}`);
    }
    assert.is(action.inputs.version.default, JSON.parse(readFileSync('package.json', 'utf8')).version);
  });

  const run = (folder: string, inputs: Readonly<Record<string, string>> = {}): Ended & { output: string } => {
    const output = join(folder, '..', `${folder.split('/').at(-1)}.output`);
    writeFileSync(output, '');
    const defaults = Object.fromEntries(
      Object.entries(action.inputs as Record<string, { default: string }>).map(([name, { default: value }]) => [
        `INPUT_${name.toUpperCase().replaceAll('-', '_')}`,
        value,
      ]),
    );
    const env = {
      ...defaults,
      GITHUB_ACTION_PATH: resolve('.'),
      GITHUB_OUTPUT: output,
      NGINX_MTLS_LINT: 'nginx-mtls-lint',
      ...inputs,
    };
    return { ...inShell(step.run, folder, env), output: readFileSync(output, 'utf8') };
  };

  it('writes the report, the annotations and its outputs', () =>
    withFolder(folder => {
      put(folder, CHECKOUT);
      const { code, output, stderr, stdout } = run(folder, {
        INPUT_ARGUMENTS: '--map\n/opt/edge/nginx=nginx',
        INPUT_SARIF_FILE: 'a b.sarif',
      });
      assert.is(code, 1, stderr);
      assert.match(stdout, /^::error file=nginx\/conf\.d\/open\.conf,line=9,/m);
      assert.is(output, 'exit-code=1\nsarif-file=a b.sarif\n');
      assert.is(JSON.parse(readFileSync(join(folder, 'a b.sarif'), 'utf8')).runs[0].results.length, 1);
    }));

  it('restricts a pull request to its changed files', () =>
    withFolder(folder => {
      repository(folder, { ...CHECKOUT, '.nginx-mtls-lint.yml': 'maps: { /opt/edge/nginx: nginx }\n' });
      const base = git(folder, 'rev-parse HEAD').stdout.trim();
      put(folder, { 'README.md': 'more\n' });
      git(folder, 'commit -qam docs');
      const none = run(folder, { BASE_SHA: base });
      assert.equal([none.code, none.output], [0, 'exit-code=0\n'], none.stderr);
      put(folder, { 'nginx/conf.d/app.conf': SERVER('app.test', `# changed\n    ${GUARD}`) });
      git(folder, 'commit -qam app');
      assert.is(run(folder, { BASE_SHA: base }).code, 0);
      put(folder, { 'nginx/conf.d/app.conf': SERVER('app.test', '') });
      git(folder, 'commit -qam open');
      const open = run(folder, { BASE_SHA: base });
      assert.is(open.code, 1);
      assert.match(open.stdout, 'file=nginx/conf.d/app.conf');
      assert.not.match(open.stdout, 'file=nginx/conf.d/open.conf');
      assert.match(run(folder, { BASE_SHA: base, INPUT_CHANGED_ONLY: 'false' }).stdout, 'file=nginx/conf.d/open.conf');
    }));

  it('lints everything where what has changed cannot be told by files', () =>
    withFolder(folder => {
      const files = { ...CHECKOUT, 'nginx/conf.d/other.conf': SERVER('other.test', GUARD) };
      repository(folder, { ...files, '.nginx-mtls-lint.yml': 'maps: { /opt/edge/nginx: nginx }\n' });
      const base = git(folder, 'rev-parse HEAD').stdout.trim();
      const isWhole = (ended: Ended & { output: string }, said: string): void => {
        assert.is(ended.code, 1, ended.stderr);
        assert.match(ended.stdout, said);
        assert.match(ended.stdout, 'file=nginx/conf.d/open.conf');
        assert.match(ended.output, 'sarif-file=');
      };
      isWhole(run(folder, { BASE_SHA: '1'.repeat(40) }), '::warning::What has changed is not known');
      git(folder, 'mv nginx/conf.d/other.conf nginx/conf.d/renamed.conf && git commit -qm renamed');
      isWhole(run(folder, { BASE_SHA: base }), 'removed or renamed');
      git(folder, `reset -q --hard ${base}`);
      put(folder, { 'nginx/conf.d/a"b\nc.conf': SERVER('unusual.test', GUARD) });
      git(folder, 'add -A && git commit -qm unusual');
      isWhole(run(folder, { BASE_SHA: base }), '::warning::A changed file has an unusual name');
      git(folder, `reset -q --hard ${base}`);
      put(folder, { 'nginx/conf.d/ $(touch hacked) é.conf': SERVER('hostile.test', '') });
      git(folder, 'add -A && git commit -qm hostile');
      const hostile = run(folder, { BASE_SHA: base });
      assert.is(hostile.code, 1, hostile.stderr);
      assert.match(hostile.stdout, 'file=nginx/conf.d/ $(touch hacked) é.conf');
      assert.not.match(hostile.stdout, 'open.conf');
      assert.is(inShell('test -e hacked', folder).code, 1);
    }));

  it('takes hostile inputs for what they are', () =>
    withFolder(folder => {
      put(folder, { 'nginx.conf': 'events { }\nhttp { }\n' });
      const hostile = `$(touch hacked) \`touch hacked\`; touch hacked "; touch hacked '; touch hacked *`;
      for (const name of ['INPUT_PATHS', 'INPUT_ARGUMENTS', 'INPUT_SARIF_FILE', 'INPUT_CHANGED_ONLY']) {
        run(folder, { [name]: hostile });
        assert.is(inShell('test -e hacked', folder).code, 1, name);
      }
    }));

  it('knows the same files as the hook', () => {
    const pattern = /pattern='([^']+)'/.exec(readFileSync('scripts/action.sh', 'utf8'))![1]!;
    assert.is(pattern.replaceAll('[:alnum:]', 'A-Za-z0-9'), hooks[0]!.files);
  });
});

/** The fenced blocks of a page with a tag. */
function fences(page: string, tag: string): string[] {
  const text = readFileSync(`docs/${page}`, 'utf8');
  return [...text.matchAll(/^```(.+)\n([\s\S]*?)^```$/gm)]
    .filter(([, found]) => found === tag)
    .map(([, , inside]) => inside!);
}

describe('examples of the pages', it => {
  it('in CI: the commands run, the workflow and the hook name what there is', () =>
    withFolder(folder => {
      put(folder, CHECKOUT);
      const [line] = fences('ci.md', 'sh');
      const ended = inShell(line!.replace(/npx --yes nginx-mtls-lint@[0-9.]+/, 'nginx-mtls-lint'), folder);
      assert.is(ended.code, 0, ended.stderr);
      assert.is(JSON.parse(readFileSync(join(folder, 'findings.json'), 'utf8')).schemaVersion, 1);
      const action = parse(readFileSync('action.yml', 'utf8'));
      const workflow = parse(fences('ci.md', 'yaml workflow')[0]!);
      const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
      const [, lint, upload] = workflow.jobs.lint.steps;
      assert.match(lint.uses, `@v${version}`);
      assert.is(workflow.permissions['security-events'], 'write');
      for (const [, output] of upload.with.sarif_file.matchAll(/outputs\.([\w-]+)/g))
        assert.ok(output in action.outputs);
      const table = [...readFileSync('docs/ci.md', 'utf8').matchAll(/^\| `([a-z-]+)` \| (?:`([^`]+)` )?\|/gm)];
      assert.equal(
        table.map(([, name, usual = '']) => [name, usual]),
        Object.entries(action.inputs as Record<string, { default: string }>).map(([name, { default: usual }]) => [
          name,
          usual,
        ]),
      );
      const hook = parse(fences('ci.md', 'yaml hook')[0]!);
      assert.is(hook.repos[0].rev, `v${version}`);
      assert.ok(hooks.some(({ id }) => id === hook.repos[0].hooks[0].id));
    }));

  it('on servers: the commands run on this folder and on its dump', () =>
    withFolder(folder => {
      put(folder, { 'nginx/nginx.conf': `events { }\nhttp {\n${SERVER('a.test', '')}}\n` });
      const lines = fences('servers.md', 'sh');
      assert.is(lines.length, 3);
      const fake =
        '{ echo "nginx version: nginx/1.25.3"; echo "# configuration file /etc/nginx/nginx.conf:"; cat nginx/nginx.conf; }';
      for (const line of lines) {
        const own = line.replace('/etc/nginx', 'nginx').replace("ssh web1 'nginx -V; nginx -T' 2>&1", fake);
        const { code, stderr, stdout } = inShell(own, folder);
        assert.is(code, line.includes('access') ? 0 : 1, stderr);
        assert.match(stdout, line.includes('access') ? 'a.test' : 'unverified-location');
      }
    }));

  it('configuration: the suppression and the baseline do what the page says', () =>
    withFolder(folder => {
      const [comment] = fences('configuration.md', 'nginx');
      put(folder, {
        'nginx.conf': `events { }\nhttp {\n${SERVER('a.test', comment!).replace(/ {4}location \/ .*\n/, '')}}\n`,
      });
      const suppressed = inShell('nginx-mtls-lint --only unverified-location', folder);
      assert.is(suppressed.code, 0, suppressed.stdout);
      assert.match(suppressed.stdout, '1 finding suppressed by comments');
      put(folder, { 'nginx.conf': `events { }\nhttp {\n${SERVER('a.test', '')}}\n` });
      for (const line of fences('configuration.md', 'sh')[0]!.trim().split('\n'))
        assert.is(inShell(line, folder).code, 0);
    }));

  it('the overview names every page', () => {
    const overview = readFileSync('docs/README.md', 'utf8');
    for (const page of [
      'rules/README.md',
      'configuration.md',
      'ci.md',
      'servers.md',
      'limits.md',
      'comparison.md',
      'architecture.md',
    ]) {
      assert.match(overview, `(${page})`);
    }
  });
});

describe('the manual page', it => {
  it('is read by groff without a complaint, and lies where the package says', () => {
    const { man } = JSON.parse(readFileSync('package.json', 'utf8'));
    const { code, stderr, stdout } = inShell(`groff -man -Tascii -P-cbou -ww ${man}`, '.');
    if (code === 127) {
      console.error('\n*** groff is missing: the manual page was not formatted ***');
      return;
    }
    assert.equal([code, stderr], [0, '']);
    assert.match(stdout, 'EXIT STATUS');
  });
});
