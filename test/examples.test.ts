import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { rules } from '../rules/index.js';
import type { TlsChoice, Witness } from '../src/analysis/request.js';
import { nodeHost } from '../src/config/host.js';
import { lint } from '../src/lint.js';
import type { LintResult } from '../src/report/result.js';
import { EXPECTED_FINDINGS, EXPOSURES, get, getByAddress, getPlain } from './fixtures/example-expectations.js';
import { EXAMPLES_FOLDER, type ExampleName, exampleFiles, exampleFolder, withExample } from './support/example.js';
import { requireNginx } from './support/nginx.js';
import { type Answer, headerOf } from './support/send.js';
import { describe } from './support/suite.js';

const alice: Partial<TlsChoice> = { certificate: 'trusted', subject: 'CN=alice,OU=Staff,O=Example' };
const mallory: Partial<TlsChoice> = { certificate: 'trusted', subject: 'CN=mallory,OU=Contractors,O=Example' };
const bob: Partial<TlsChoice> = { certificate: 'trusted', subject: 'CN=bob,OU=Staff,O=Example' };
const stranger: Partial<TlsChoice> = { certificate: 'untrusted' };
const SITES = [
  ['wiki', '/'],
  ['wiki', '/attachments/plan.pdf'],
  ['git', '/git/'],
  ['git', '/git/lfs/objects'],
  ['reports', '/'],
  ['ledger', '/accounts'],
] as const;

function lintExample(name: ExampleName): Promise<LintResult> {
  // The certificates are valid from the moment at which the first call makes them, so look at the clock afterwards.
  const host = nodeHost(exampleFolder());
  const options = { paths: [name], prefix: undefined, now: new Date() };
  return lint(options, host, { rules, tool: { name: 'nginx-mtls-lint', version: '0.0.0' } });
}

/** The requests that prove the findings which are more than a note. */
function witnesses({ findings }: LintResult): [rule: string, witness: Witness][] {
  return findings.flatMap(({ rule, level, witness }) =>
    level === 'note' || witness === undefined ? [] : [[rule, witness] as [string, Witness]],
  );
}

/** The files that a witness assumes to be there. */
function assumedFiles(found: readonly (readonly [string, Witness])[]): Record<string, string> {
  const paths = found.flatMap(([, { assumes }]) => assumes.filter(({ exists }) => exists).map(({ path }) => path));
  return Object.fromEntries(paths.map(path => [path, 'an assumed file']));
}

/** Status, back end if one answered, and whether the body is the static error page. */
function told(answer: Answer): string {
  const by = headerOf(answer, 'x-back-end');
  if (by !== undefined) return `${answer.status} from ${by}`;
  const isErrorPage = answer.body === exampleFiles('repaired')['pages/error.html'];
  return `${answer.status}${isErrorPage ? ' with the error page' : ''}${answer.failure ?? ''}`;
}

describe('examples', it => {
  it('points each expected finding at a line that is there', () => {
    const files = exampleFiles('hazards');
    for (const { rule, file, line, occurrence = 1 } of EXPECTED_FINDINGS) {
      const lines = files[file]?.split('\n').filter(text => text.trim() === line) ?? [];
      assert.ok(lines.length >= occurrence, `${rule}: "${line}" in ${file}`);
    }
  });

  it('has the expected findings, and no others that are more than a note', async () => {
    if (!requireNginx()) return;
    const { findings, notices } = await lintExample('hazards');
    const found = findings
      .filter(({ level }) => level !== 'note')
      .map(({ rule, level, primary: { span } }) => {
        const { line } = span.file.position(span.start);
        return `${span.file.path}:${line} ${level} ${rule}`;
      });
    const files = exampleFiles('hazards');
    const expected = EXPECTED_FINDINGS.map(({ rule, level, file, line, occurrence = 1 }) => {
      const lines = [...files[file]!.split('\n').entries()].filter(([, text]) => text.trim() === line);
      return `hazards/${file}:${lines[occurrence - 1]![0] + 1} ${level} ${rule}`;
    });
    assert.equal(found.sort(), expected.sort());
    assert.equal(
      notices.map(({ text }) => text),
      [],
    );
  });

  it('has nothing worse than a note, and nothing undecided, when it is repaired', async () => {
    if (!requireNginx()) return;
    const { findings, notices, tables } = await lintExample('repaired');
    assert.equal(
      findings.filter(({ level }) => level !== 'note').map(({ rule, message }) => `${rule}: ${message}`),
      [],
    );
    assert.equal(
      notices.map(({ text }) => text),
      [],
    );
    const verdicts = tables.flatMap(({ rows }) => rows.flatMap(({ access }) => Object.values(access)));
    assert.ok(verdicts.length > 20);
    assert.not.ok(verdicts.some(({ verdict }) => verdict === 'unknown'));
  });

  it('proves its findings with requests that are served, and refused when it is repaired', async () => {
    if (!requireNginx()) return;
    const found = witnesses(await lintExample('hazards'));
    assert.ok(found.length >= 6, `${found.length} witnesses`);
    const files = assumedFiles(found);
    await withExample(
      'hazards',
      async example => {
        for (const [rule, { request, assumes }] of found) {
          const answer = await example.send(request);
          assert.is(answer.status, 200, rule);
          if (assumes.length > 0) assert.is(answer.body, 'an assumed file', rule);
          else assert.ok(headerOf(answer, 'x-back-end'), rule);
        }
      },
      files,
    );
    await withExample(
      'repaired',
      async example => {
        for (const [rule, { request }] of found) {
          const answer = await example.send(request);
          assert.ok([301, 403, 404].includes(answer.status), `${rule}: ${told(answer)}`);
          assert.is(headerOf(answer, 'x-back-end'), undefined, rule);
        }
      },
      files,
    );
  });

  it('consists of the same files with the hazards and repaired', () => {
    assert.equal(Object.keys(exampleFiles('repaired')).sort(), Object.keys(exampleFiles('hazards')).sort());
  });

  it('is open where the hazards are, to clients without a certificate', async () => {
    if (!requireNginx()) return;
    await withExample('hazards', async example => {
      for (const { what, request, backEnd } of EXPOSURES) {
        const answer = await example.send(request);
        assert.is(answer.status, 200, what);
        assert.is(headerOf(answer, 'x-back-end'), backEnd, what);
        if (backEnd === undefined) assert.is(answer.body, exampleFiles('hazards')['pages/runbook.txt'], what);
      }
    });
  });

  it('shows its own certificate to the back end of the ledger for everybody', async () => {
    if (!requireNginx()) return;
    await withExample('hazards', async example => {
      const answer = await example.send(get('ledger.example.test', '/accounts'));
      assert.is(JSON.parse(answer.body).certificate, 'proxy.example.test');
    });
  });

  it('refuses every client with a certificate while the revocation list of the root is missing', async () => {
    if (!requireNginx()) return;
    await withExample('hazards', async example => {
      for (const client of [alice, mallory, bob, stranger]) {
        const answer = await example.send(get('wiki.example.test', '/', client));
        assert.is(told(answer), '400 with the error page', client.subject);
      }
    });
  });

  it('refuses the exempted address as well where no break ends the if', async () => {
    if (!requireNginx()) return;
    await withExample('hazards', async example => {
      const request = { ...get('wiki.example.test', '/'), sourceAddress: '127.0.0.9' };
      assert.is(told(await example.send(request)), '403 with the error page');
    });
  });

  it('answers none of those requests when it is repaired', async () => {
    if (!requireNginx()) return;
    await withExample('repaired', async example => {
      for (const { what, request, repaired } of EXPOSURES) {
        const answer = await example.send(request);
        assert.is(answer.status, repaired, what);
        assert.is(headerOf(answer, 'x-back-end'), undefined, what);
      }
    });
  });

  it('serves those who may come in when it is repaired, and nobody else', async () => {
    if (!requireNginx()) return;
    await withExample('repaired', async example => {
      for (const [site, target] of SITES) {
        const ask = async (client: Partial<TlsChoice>) =>
          told(await example.send(get(`${site}.example.test`, target, client)));
        assert.is(await ask(alice), `200 from ${site}`, `alice, ${site}${target}`);
        assert.is(await ask(mallory), '403 with the error page', `mallory, ${site}${target}`);
        assert.is(await ask(bob), '400 with the error page', `bob, ${site}${target}`);
        assert.is(await ask(stranger), '400 with the error page', `stranger, ${site}${target}`);
        assert.is(await ask({}), '403 with the error page', `nobody, ${site}${target}`);
      }
      const ledger = await example.send(get('ledger.example.test', '/accounts', alice));
      assert.is(JSON.parse(ledger.body).certificate, 'proxy.example.test');
      const full = get('ledger.example.test', '/accounts?export=full', alice);
      assert.is(told(await example.send(full)), '403 with the error page');
    });
  });

  it('exempts one address and no other when it is repaired', async () => {
    if (!requireNginx()) return;
    await withExample('repaired', async example => {
      const from = (sourceAddress: string, target = '/') =>
        example.send({ ...get('wiki.example.test', target), sourceAddress });
      assert.is(told(await from('127.0.0.9')), '200 from wiki');
      assert.is(told(await from('127.0.0.9', '/attachments/plan.pdf')), '403 with the error page');
      assert.is(told(await from('127.0.0.8')), '403 with the error page');
    });
  });

  it('sends plain HTTP on, shows everybody the error page and refuses unknown names when it is repaired', async () => {
    if (!requireNginx()) return;
    await withExample('repaired', async example => {
      const redirect = await example.send(getPlain('wiki.example.test', '/page?x=1'));
      assert.is(redirect.status, 301);
      assert.match(headerOf(redirect, 'location') ?? '', /^https:\/\/wiki\.example\.test:\d+\/page\?x=1$/);
      for (const [site, target] of SITES) {
        for (const client of [{}, alice]) {
          const answer = await example.send(get(`${site}.example.test`, '/error.html', client));
          assert.is(told(answer), '200 with the error page', site);
        }
        // Without SNI the default server makes the handshake and asks for no certificate.
        const nameless = get(`${site}.example.test`, target, { ...alice, serverName: null });
        assert.is(told(await example.send(nameless)), '403 with the error page', `${site}${target}`);
      }
      assert.is(told(await example.send(get('git.example.test', '/runbook.txt', alice))), '404 with the error page');
      assert.is((await example.send(get('elsewhere.example.test', '/', alice))).status, 403);
      assert.is((await example.send(getByAddress('/'))).status, 403);
    });
  });

  it('makes certificates again over old ones, with keys that only the owner reads', () => {
    if (!requireNginx()) return;
    const folder = mkdtempSync(join(tmpdir(), 'nginx mtls lint '));
    try {
      const make = () => spawnSync('sh', [join(EXAMPLES_FOLDER, 'make-certificates.sh'), folder], { encoding: 'utf8' });
      const certificate = () => readFileSync(join(folder, 'hazards/certs/alice.pem'), 'latin1');
      assert.is(make().status, 0);
      const first = certificate();
      const again = make();
      assert.is(again.status, 0, again.stderr);
      assert.is.not(certificate(), first);
      assert.is(statSync(join(folder, 'hazards/certs/alice.key')).mode & 0o077, 0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('differs in the revocation list of the root, and in no other certificate file', () => {
    if (!requireNginx()) return;
    const folder = exampleFolder();
    const lists = (example: string) =>
      readFileSync(join(folder, example, 'certs/clients-crl.pem'), 'latin1').split('-----BEGIN X509 CRL-----').length -
      1;
    assert.is(lists('hazards'), 1);
    assert.is(lists('repaired'), 2);
    for (const file of ['clients-ca.pem', 'proxy.pem', 'alice.pem']) {
      const read = (example: string) => readFileSync(join(folder, example, 'certs', file), 'latin1');
      assert.is(read('hazards'), read('repaired'), file);
    }
  });
});
