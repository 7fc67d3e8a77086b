import * as assert from 'uvu/assert';
import { rules } from '../../rules/index.js';
import { flagsProxyPass, ruleNamed, runMain, type Setting } from '../support/memory-io.js';
import { describe } from '../support/suite.js';

const OPEN = 'events {}\nhttp { server { listen 80; location / { proxy_pass http://app; } } }\n';
const QUIET = 'events {}\nhttp { server { listen 80; return 403; } }\n';
const FILES = { 'nginx.conf': OPEN, 'quiet.conf': QUIET, 'broken.conf': 'http { server { listen 80 } }\n' };

/** A usage error: exit 2, nothing on standard output, and these words on standard error. */
async function refuses(argv: readonly string[], ...words: readonly string[]): Promise<void> {
  const { code, stderr, stdout } = await runMain(argv, FILES);
  assert.is(code, 2, stderr);
  assert.is(stdout, '');
  for (const word of words) assert.match(stderr, word);
}

describe('cli: usage', it => {
  it('refuses an unknown option and suggests the near one', async () => {
    await refuses(['--formt', 'json'], 'unknown option --formt', 'Did you mean --format?');
    await refuses(['--verbos'], 'Did you mean --verbose?');
    await refuses(['-x'], 'unknown option -x');
    await refuses(['--probe', '/a=/b', 'nginx.conf'], 'unknown option --probe');
    await refuses(['--map', 'a=/b', 'nginx.conf'], 'is no mapping of paths');
    await refuses(['--map', '/a', 'nginx.conf'], 'is no mapping of paths');
    await refuses(['--map', '/a=/gone', 'nginx.conf'], 'there is no folder /gone');
    await refuses(['--context', 'mail', 'nginx.conf'], 'It takes http, server, location, stream');
  });

  it('refuses an unknown value and a missing one', async () => {
    await refuses(['--format', 'jsn'], '"jsn" is not a value of --format', 'Did you mean json?');
    await refuses(['--format'], '--format needs a value');
    await refuses(['--format', '--quiet'], '--format needs a value');
    await refuses(['--output='], '--output needs a value');
    await refuses(['--quiet=yes'], '--quiet takes no value');
    await refuses(['--level', 'never'], '"never" is not a value of --level');
  });

  it('refuses an option or a format that the command does not have', async () => {
    await refuses(['access', '--fail-on', 'error', 'nginx.conf'], '"access" has no option --fail-on');
    await refuses(['lint', '--server', 'a.test', 'nginx.conf'], '"lint" has no option --server');
    await refuses(['access', '--format', 'sarif', 'nginx.conf'], '"access" has no format "sarif"');
    await refuses(['rules', 'x'], '"rules" takes no argument');
    await refuses(['explain'], '"explain" takes one rule');
  });

  it('refuses a rule that does not exist, and an empty choice of rules', async () => {
    await refuses(
      ['--only', 'flaged-pass', 'nginx.conf'],
      'no rule is called "flaged-pass"',
      'Did you mean flagged-pass?',
    );
    await refuses(['--skip', 'zzz', 'nginx.conf'], 'no rule is called "zzz"');
    await refuses(['explain', 'zzz'], 'no rule is called "zzz"');
    await refuses(['--skip', 'flagged-pass', 'nginx.conf'], 'leave no rule to run');
  });

  it('refuses a misspelt command and an empty path', async () => {
    await refuses(['acess'], 'unknown command "acess"', 'Did you mean access?');
    await refuses(['help'], 'unknown command "help"', 'Did you mean --help?');
    await refuses(['version'], 'unknown command "version"', 'Did you mean --version?');
    await refuses([''], 'a path is empty');
  });

  it('refuses a time that does not exist', async () => {
    await refuses(['--at', 'tomorrow', 'nginx.conf'], '"tomorrow" is not a time');
    await refuses(['--at', '2026-02-30', 'nginx.conf'], '"2026-02-30" is not a time');
    await refuses(['--at', '2026-01-01T25:00Z', 'nginx.conf'], 'is not a time');
  });

  it('refuses what is no version of nginx', async () => {
    for (const text of ['1.27', 'latest', 'v1.27.4']) {
      await refuses(['--nginx-version', text, 'nginx.conf'], `"${text}" is not a version of nginx`);
    }
  });

  it('never sends control characters of an argument to the terminal', async () => {
    const { stderr } = await runMain(['--\x1b[31mred'], FILES);
    assert.not.match(stderr, '\x1b');
  });
});

describe('cli: help and lists', it => {
  it('prints the version and the help', async () => {
    assert.equal(await runMain(['--version'], {}), { code: 0, stdout: '1.2.3\n', stderr: '', written: new Map() });
    const { code, stdout } = await runMain(['--help'], {});
    assert.is(code, 0);
    for (const word of ['access', 'rules', 'explain', '--fail-on', '--format', 'Exit codes'])
      assert.match(stdout, word);
    assert.match((await runMain(['access', '-h'], {})).stdout, '--server');
    assert.not.match((await runMain(['access', '-h'], {})).stdout, '--fail-on');
  });

  it('prints a completion script that asks for the completions it answers', async () => {
    const { stdout } = await runMain(['completion'], {});
    assert.match(stdout, '--get-yargs-completions');
    const complete = async (...words: string[]) =>
      (await runMain(['--get-yargs-completions', 'nginx-mtls-lint', ...words], {})).stdout.trim().split('\n');
    assert.equal(await complete('acc'), ['access']);
    assert.equal(await complete('--for'), ['--format']);
    assert.equal(await complete('--format', 's'), ['sarif']);
    assert.equal(await complete('explain', ''), ['flagged-pass']);
    assert.equal(await complete('access', '--fail'), ['']);
  });

  it('lists the rules as text and as JSON', async () => {
    assert.match((await runMain(['rules'], {})).stdout, /Rules of the tests\n {2}flagged-pass +warning +What/);
    const list = JSON.parse((await runMain(['rules', '--format', 'json'], {})).stdout);
    assert.equal(
      list.rules.map((rule: { id: string }) => rule.id),
      ['flagged-pass'],
    );
  });

  it('explains a rule by its page, and without one by its metadata', async () => {
    const page = await runMain(['explain', 'flagged-pass'], {}, { rulePage: id => `# ${id}\nthe page\n` });
    assert.is(page.stdout, '# flagged-pass\nthe page\n');
    assert.match((await runMain(['explain', 'flagged-pass'], {})).stdout, 'do something else.');
  });
});

describe('cli: exit codes', it => {
  it('exits with 0 without findings and with 1 with findings', async () => {
    assert.is((await runMain(['quiet.conf'], FILES)).code, 0);
    assert.is((await runMain(['nginx.conf'], FILES)).code, 1);
    assert.is((await runMain(['lint', 'nginx.conf'], FILES)).code, 1);
  });

  it('exits with 1 only from the level of --fail-on', async () => {
    const codes = [];
    for (const level of ['note', 'warning', 'error', 'never']) {
      codes.push((await runMain(['--fail-on', level, 'nginx.conf'], FILES)).code);
    }
    assert.equal(codes, [1, 1, 0, 0]);
  });

  it('lets --level hide findings without changing the exit code', async () => {
    const { code, stdout } = await runMain(['--level', 'error', '--format', 'json', 'nginx.conf'], FILES);
    assert.is(code, 1);
    assert.equal(JSON.parse(stdout).findings, []);
    assert.is(JSON.parse(stdout).summary.hidden, 1);
  });

  it('exits with 3 for a named input that cannot be read, over findings elsewhere', async () => {
    const denied = { problem: { kind: 'permission', text: 'permission denied' } } as const;
    for (const [path, files] of [
      ['missing.conf', FILES],
      ['denied.conf', { ...FILES, 'denied.conf': denied }],
      ['broken.conf', FILES],
      ['empty-folder', { ...FILES, 'empty-folder/readme.txt': 'hello' }],
      ['binary.conf', { ...FILES, 'binary.conf': '\x7fELF\x02\0\0\0\0\0\x01\0' }],
    ] as const) {
      const alone = await runMain([path], files);
      assert.is(alone.code, 3, path);
      assert.match(alone.stdout + alone.stderr, path);
      assert.is((await runMain([path, 'nginx.conf'], files)).code, 3, path);
    }
  });

  it('takes one document to standard output and the reason to standard error at exit 3', async () => {
    for (const format of ['json', 'sarif']) {
      const { code, stderr, stdout } = await runMain(['--format', format, 'missing.conf'], FILES);
      assert.is(code, 3);
      assert.type(JSON.parse(stdout), 'object');
      assert.match(stderr, /missing\.conf.*no such file/);
    }
  });

  it('exits with 3 under --strict where something is missing, and not without', async () => {
    const files = { 'nginx.conf': `${QUIET}include gone.conf;\n` };
    assert.is((await runMain(['nginx.conf'], files)).code, 0);
    assert.is((await runMain(['--strict', 'nginx.conf'], files)).code, 3);
    assert.is((await runMain(['--strict', 'quiet.conf'], FILES)).code, 0);
  });

  it('exits with 4 where a rule fails, and keeps the findings of the others', async () => {
    const rules = [
      ruleNamed('broken-rule', 'error', ({ report }) => {
        report({ message: 'lost', primary: { span: undefined as never, text: '' }, identity: [] });
        throw new Error('oops\x1b[0m');
      }),
      flagsProxyPass,
    ];
    const { code, stderr, stdout } = await runMain(['--format', 'json', 'nginx.conf'], FILES, { rules });
    assert.is(code, 4);
    assert.match(stderr, 'a bug in nginx-mtls-lint');
    assert.match(stderr, 'broken-rule');
    assert.not.match(stderr, '\x1b');
    const report = JSON.parse(stdout);
    assert.equal(
      report.findings.map((finding: { rule: string }) => finding.rule),
      ['flagged-pass'],
    );
    assert.ok(report.notices.some((notice: { kind: string }) => notice.kind === 'rule-failed'));
  });

  it('exits with 4 and says that it is a bug where the tool itself fails', async () => {
    const host = {
      currentFolder: '/',
      kind: () => 'missing',
      exists: () => {
        throw new Error('unexpected');
      },
      read: () => assert.unreachable(),
    };
    const { code, stderr, stdout } = await runMain(['nginx.conf'], host as never);
    assert.is(code, 4);
    assert.is(stdout, '');
    assert.match(stderr, 'a bug in nginx-mtls-lint, not in your configuration: Error: unexpected');
    assert.match((await runMain(['--verbose', 'nginx.conf'], host as never)).stderr, 'cli.test');
  });

  it('exits with 0 for an access table, whatever it says', async () => {
    assert.is((await runMain(['access', 'nginx.conf'], FILES)).code, 0);
    const { code, stdout } = await runMain(['access', '--format', 'json', 'nginx.conf'], FILES);
    assert.is(code, 0);
    assert.is(JSON.parse(stdout).schemaVersion, 1);
  });
});

describe('cli: reports', it => {
  it('writes each format, and the same one twice', async () => {
    for (const format of ['text', 'json', 'sarif', 'github']) {
      const once = await runMain(['--format', format, 'nginx.conf'], FILES);
      assert.match(once.stdout, 'flagged-pass', format);
      assert.equal(await runMain(['--format', format, 'nginx.conf'], FILES), once, format);
    }
  });

  it('writes the report to the file of --output, and says where that fails', async () => {
    const { code, stdout, written } = await runMain(['-o', 'report.json', '--format', 'json', 'nginx.conf'], FILES);
    assert.is(code, 1);
    assert.is(stdout, '');
    assert.is(JSON.parse(written.get('report.json')!).findings.length, 1);
    const writeFile = () => {
      throw new Error('EACCES: permission denied');
    };
    const failed = await runMain(['-o', '/x', 'nginx.conf'], FILES, { writeFile });
    assert.is(failed.code, 2);
    assert.match(failed.stderr, 'cannot be written: EACCES');
  });

  it('colours on a terminal, unless the user says otherwise', async () => {
    const isColoured = async (argv: string[], isTerminal: boolean, env = {}) =>
      (await runMain([...argv, 'nginx.conf'], FILES, { isTerminal, env })).stdout.includes('\x1b[');
    assert.is(await isColoured([], true), true);
    assert.is(await isColoured([], false), false);
    assert.is(await isColoured(['--color'], false), true);
    assert.is(await isColoured(['--color', '--no-color'], true), false);
    assert.is(await isColoured([], true, { NO_COLOR: '1' }), false);
    assert.is(await isColoured(['--color'], true, { NO_COLOR: '1' }), true);
    assert.is(await isColoured([], false, { FORCE_COLOR: '1' }), true);
    assert.is(await isColoured([], true, { FORCE_COLOR: '0' }), false);
    assert.is(await isColoured([], true, { TERM: 'dumb' }), false);
  });

  it('prints findings only with --quiet, and still says what it could not read', async () => {
    const { code, stdout } = await runMain(['--quiet', 'nginx.conf'], FILES);
    assert.is(code, 1);
    assert.match(stdout, 'flagged-pass');
    assert.not.match(stdout, 'sites');
    assert.is((await runMain(['--quiet', 'quiet.conf'], FILES)).stdout, '');
    const annotations = await runMain(['--quiet', '--format', 'github', 'nginx.conf'], FILES);
    assert.match(annotations.stdout, /^(::warning [^\n]+title=flagged-pass[^\n]+\n)+$/);
    assert.is((await runMain(['--quiet', '--format', 'github', 'quiet.conf'], FILES)).stdout, '');
    const missing = await runMain(['--quiet', 'missing.conf'], FILES);
    assert.is(missing.code, 3);
    assert.is(missing.stdout, '');
    assert.match(missing.stderr, /missing\.conf.*no such file/);
  });

  it('shows the servers of --server only, and knows when there is none', async () => {
    const server = (name: string) => `server { listen 80; server_name ${name}; location / { proxy_pass http://app; } }`;
    const files = { 'nginx.conf': `events {}\nhttp { ${server('one.test')} ${server('two.test')} }\n` };
    const { code, stdout } = await runMain(['access', '--server', 'TWO.test', '--format=json', 'nginx.conf'], files);
    assert.is(code, 0);
    assert.equal(
      JSON.parse(stdout).sites.map((site: { server: { names: string[] } }) => site.server.names),
      [['two.test']],
    );
    const unknown = await runMain(['access', '--server', 'on.test', 'nginx.conf'], files);
    assert.is(unknown.code, 2);
    assert.match(unknown.stderr, 'Did you mean one.test?');
  });

  it('refuses a question about a server that is not there, or not there alone, and says what is', async () => {
    const server = (listen: string, name: string) =>
      `server { listen ${listen}; server_name ${name}; location / { proxy_pass http://app; } }`;
    const servers = [
      server('443 ssl', 'one.test'),
      server('80', 'one.test'),
      server('81', 'twin.test'),
      server('82', 'twin.test'),
    ];
    const files = { 'nginx.conf': `events {}\nhttp {\n${servers.join('\n')}\n}\n` };
    const fails = async (argv: readonly string[], ...words: readonly (string | RegExp)[]) => {
      const { code, stderr, stdout } = await runMain(['access', ...argv, 'nginx.conf'], files);
      assert.is(code, 2, stderr);
      assert.is(stdout, '');
      for (const word of words) assert.match(stderr, word);
    };
    await fails(
      ['--why', 'on.test/'],
      'no server is called "on.test"',
      'Did you mean one.test?\nThe servers: one.test, twin.test.',
    );
    await fails(
      ['--why', 'twin.test/'],
      '"twin.test" means 2 servers',
      '  twin.test#1  nginx.conf:5, *:81\n  twin.test#2  nginx.conf:6, *:82\n',
    );
    await fails(
      ['--why', 'https://twin.test/'],
      'no server "twin.test" listens there',
      'It is here:\n  nginx.conf:5, *:81\n',
    );
    await fails(['--why', 'one.test:81/'], 'no server "one.test:81" listens there', '  nginx.conf:3, *:443 ssl\n');
    await fails(['--why', '\x1b[31m'], /no server is called "\\x1b/);
    await fails(['--class', 'none'], '--class needs --why');
    await fails(['--why', 'one.test/', '--class', 'some'], '"some" is not a value of --class');
    await fails(['--why', 'one.test/', '--server', 'one.test'], 'do not go together');
    await fails(['--server', 'tvin.test'], 'Did you mean twin.test?');
    const { code, stdout } = await runMain(['access', '--why', 'one.test/', 'nginx.conf'], files);
    assert.is(code, 0);
    // The namesake with TLS is meant.
    assert.match(stdout, 'nginx.conf:3, on *:443 ssl');
    assert.match((await runMain(['access', '--why', 'twin.test#2/x', 'nginx.conf'], files)).stdout, 'nginx.conf:6');
  });

  it('says so where a question is about a configuration without servers', async () => {
    const { code, stderr } = await runMain(['access', '--why', 'a.test', 'nginx.conf'], {
      'nginx.conf': 'events {}\n',
    });
    assert.is(code, 2);
    assert.match(stderr, 'The configuration has no server.');
  });

  it('runs only the rules that were asked for', async () => {
    const rules = [flagsProxyPass, ruleNamed('other-rule', 'error', () => {})];
    const found = async (...argv: string[]) =>
      JSON.parse((await runMain([...argv, '--format=json', 'nginx.conf'], FILES, { rules })).stdout).findings.length;
    assert.is(await found('--only', 'flagged-pass'), 1);
    assert.is(await found('--only', 'other-rule'), 0);
    assert.is(await found('--only', 'other-rule,flagged-pass'), 1);
    assert.is(await found('--skip', 'flagged-pass'), 0);
  });

  it('gives the rules the moment of --at', async () => {
    const seen: Date[] = [];
    const rules = [ruleNamed('clock-rule', 'note', ({ now }) => void seen.push(now))];
    await runMain(['nginx.conf'], FILES, { rules });
    await runMain(['--at', '2027-01-31', 'nginx.conf'], FILES, { rules });
    await runMain(['--at', '2027-01-31T12:30+02:00', 'nginx.conf'], FILES, { rules });
    const versions: (string | undefined)[] = [];
    const asking = [ruleNamed('version-rule', 'note', context => void versions.push(context.versions.exact))];
    await runMain(['nginx.conf'], FILES, { rules: asking });
    await runMain(['--nginx-version', '1.26.3', 'nginx.conf'], FILES, { rules: asking });
    assert.equal(versions, [undefined, '1.26.3']);
    assert.equal(
      seen.map(date => date.toISOString()),
      ['2026-11-23T00:00:00.000Z', '2027-01-31T00:00:00.000Z', '2027-01-31T10:30:00.000Z'],
    );
  });
});

const OPTIONAL = {
  'nginx.conf':
    'http { server { listen 443 ssl; server_name a-rather-long-name-of-a-server.example.test; ssl_verify_client optional;\nlocation /a { proxy_pass http://a; } } }',
};

describe('cli: terminal', it => {
  /** A run on a terminal of some width. */
  const onTerminal = async (columns: number, env: Setting['env'] = {}): Promise<string> => {
    const { stdout } = await runMain(['nginx.conf'], OPTIONAL, { rules, isTerminal: true, columns, env });
    return stdout;
  };
  const cellsOf = (text: string): string => text.replace(/\x1b\[[0-9;]*m|\x1b\]8;;[^\x1b]*\x1b\\/g, '');

  it('wraps to its width, but for what is there to be copied', async () => {
    for (const columns of [60, 80, 200]) {
      const lines = cellsOf(await onTerminal(columns)).split('\n');
      const long = lines.filter(line => line.length > columns && !/https:\/\/|--resolve/.test(line));
      assert.equal(long, [], String(columns));
      assert.ok(lines.some(line => line.length > columns * 0.6));
    }
    const height = async (columns: number): Promise<number> => (await onTerminal(columns)).split('\n').length;
    assert.ok((await height(60)) > (await height(200)));
  });

  it('links rules to their pages where the terminal is known to show links, and nowhere else', async () => {
    const link =
      '\x1b]8;;https://github.com/nginx-mtls-lint/nginx-mtls-lint/blob/main/docs/rules/unverified-location.md\x1b\\';
    for (const env of [
      { VTE_VERSION: '7000' },
      { TERM_PROGRAM: 'WezTerm' },
      { WT_SESSION: 'x' },
      { FORCE_HYPERLINK: '1' },
    ]) {
      const text = await onTerminal(80, env);
      assert.match(text, link);
      assert.not.match(cellsOf(text), 'rule: https');
    }
    for (const env of [
      {},
      { VTE_VERSION: '4000' },
      { WT_SESSION: 'x', CI: 'true' },
      { WT_SESSION: 'x', FORCE_HYPERLINK: '0' },
    ]) {
      assert.not.match(await onTerminal(80, env), '\x1b]8');
    }
    const { stdout } = await runMain(['nginx.conf'], OPTIONAL, { rules, env: { FORCE_HYPERLINK: '1' } });
    assert.not.match(stdout, '\x1b');
  });

  it('shows how far a long run is, on a terminal only, and wipes it away', async () => {
    let time = Date.parse('2026-11-23T00:00:00Z');
    const slow = { rules, now: () => new Date((time += 800)) };
    const { stderr, stdout } = await runMain(['nginx.conf'], OPTIONAL, { ...slow, isTerminal: true });
    assert.match(stderr, '\r\x1b[Kexploring nginx.conf, 1 files');
    assert.ok(stderr.endsWith('\r\x1b[K'));
    assert.not.match(stdout, 'exploring');
    assert.is((await runMain(['nginx.conf'], OPTIONAL, slow)).stderr, '');
    assert.is((await runMain(['--quiet', 'nginx.conf'], OPTIONAL, { ...slow, isTerminal: true })).stderr, '');
    assert.is((await runMain(['nginx.conf'], OPTIONAL, { rules, isTerminal: true })).stderr, '');
  });

  it('shows what a newcomer needs within the first screen of the help', async () => {
    const { stdout } = await runMain(['--help'], {});
    for (const line of [
      'nginx-mtls-lint /etc/nginx',
      'ssh web1 nginx -T | nginx-mtls-lint -',
      'nginx-mtls-lint access',
      'Exit codes',
    ]) {
      assert.match(stdout, line);
    }
  });

  it('completes the options and commands of the table', async () => {
    const complete = async (...words: string[]): Promise<string[]> =>
      (await runMain(['--get-yargs-completions', 'nginx-mtls-lint', ...words], {})).stdout.trim().split('\n');
    assert.equal(await complete('--ba'), ['--baseline']);
    assert.equal(await complete('in'), ['init']);
    assert.equal(await complete('--context', 's'), ['server', 'stream']);
    assert.equal(await complete('--format=s'), ['--format=sarif']);
    assert.equal(await complete('--format', '=', 's'), ['sarif']);
    assert.equal(await complete('access', '--format', ''), ['text', 'json']);
    assert.equal(await complete('--only', 'flagged-p'), ['flagged-pass']);
    assert.equal(await complete('--only=x,flagged'), ['--only=x,flagged-pass']);
    assert.equal(await complete('explain', 'flagged-pass', ''), ['']);
    assert.equal(await complete('-o', ''), ['']);
    assert.equal(await complete('--on'), ['--only']);
    assert.equal(await complete('--only', 'a', '--on'), ['--only']);
    assert.equal(await complete('--quiet', '--qu'), ['']);
  });

  it('makes a completion script for each shell', async () => {
    const script = async (shell: string): Promise<string> =>
      (await runMain(['completion'], {}, { env: { SHELL: shell } })).stdout;
    const fish = await script('/usr/bin/fish');
    assert.match(fish, 'commandline -opc');
    // Files are completed as well.
    assert.not.match(fish, ' -f');
    assert.match(await script('/bin/bash'), 'COMPREPLY');
  });

  it('says in the help what each option takes, without the types of yargs', async () => {
    for (const command of ['lint', 'access', 'rules', 'explain', 'init']) {
      for (const columns of [60, 80, 200]) {
        const { stdout } = await runMain([command, '--help'], {}, { columns });
        assert.not.match(stdout, /\[(string|array|boolean|default|choices)\b|undefined|\$0/);
        assert.match(stdout, /^Usage: nginx-mtls-lint /);
        for (const line of stdout.split('\n')) assert.ok(line.length <= columns, line);
      }
    }
    const { stdout } = await runMain(['--help'], {});
    for (const words of ['-o, --output=FILE', '--map=FROM=TO', '--only=RULE', '[note, warning (default), error]']) {
      assert.ok(stdout.replace(/\s+/g, ' ').includes(words), words);
    }
    // What to type is on the first screen.
    assert.ok(stdout.split('\n').slice(0, 24).join('\n').includes('completion'));
  });
});
