import * as assert from 'uvu/assert';
import type { Witness } from '../../src/analysis/request.js';
import { nodeSpan } from '../../src/config/config-tree.js';
import { lint } from '../../src/lint.js';
import type { Rule } from '../../src/rule.js';
import { MemoryHost } from '../support/memory-host.js';
import { flagsProxyPass, ruleNamed } from '../support/memory-io.js';
import { describe } from '../support/suite.js';

const TOOL = { name: 'nginx-mtls-lint', version: '0.0.0' };

function run(files: ConstructorParameters<typeof MemoryHost>[0], rules: readonly Rule[], paths = ['nginx.conf']) {
  const host = new MemoryHost(files);
  const now = new Date('2026-11-23T00:00:00Z');
  return { host, result: lint({ paths, prefix: undefined, now }, host, { rules, tool: TOOL }) };
}

/** A configuration whose servers all ask for certificates of the same two files. */
function mutualServers(count: number): string {
  const server = 'server { listen 443 ssl; ssl_client_certificate tls/ca.pem; ssl_crl tls/gone.crl; }\n';
  return `http {\n${server.repeat(count)}}\n`;
}

/** Asks for every PEM file there is, as often as it is named. */
const readsPem = ruleNamed('pem-reader', 'error', ({ directives, pem, report }) => {
  for (const node of directives()) {
    if (node.name !== 'ssl_client_certificate' && node.name !== 'ssl_crl') continue;
    const file = pem(node);
    if (file === undefined) continue;
    report({ message: file.path, primary: { span: nodeSpan(node), text: '' }, identity: [] });
  }
});

describe('lint', it => {
  it('reads a PEM file once, whatever number of servers names it', async () => {
    const { host, result } = run({ 'nginx.conf': mutualServers(100), 'tls/ca.pem': 'no PEM' }, [readsPem, readsPem]);
    assert.is((await result).findings.length, 100);
    assert.is(host.reads.get('/work/tls/ca.pem'), 1);
    assert.is(host.reads.get('/work/tls/gone.crl'), 1);
  });

  it('says once what was not checked for want of a PEM file', async () => {
    const { result } = run({ 'nginx.conf': mutualServers(3), 'tls/ca.pem': '' }, [readsPem]);
    const told = (await result).notices.filter(notice => notice.kind === 'not-checked');
    assert.equal(
      told.map(({ text, fatal, span }) => [text, fatal, span?.file.position(span.start).line]),
      [['ssl_crl "tls/gone.crl": no such file, so which client certificates it refuses was not checked', false, 2]],
    );
  });

  it('says of a PEM file that is a folder or must not be read what was not checked', async () => {
    for (const problem of [
      { kind: 'permission', text: 'permission denied' },
      { kind: 'directory', text: 'it is a folder' },
    ] as const) {
      const { result } = run({ 'nginx.conf': mutualServers(1), 'tls/ca.pem': '', 'tls/gone.crl': { problem } }, [
        readsPem,
      ]);
      const told = (await result).notices.filter(notice => notice.kind === 'not-checked');
      assert.equal(
        told.map(({ text }) => text),
        [`ssl_crl "tls/gone.crl": ${problem.text}, so which client certificates it refuses was not checked`],
      );
    }
  });

  it('does not look for a file behind a variable or an engine', async () => {
    const config = 'http { ssl_crl $crl; ssl_client_certificate "engine:x:y"; }';
    const { host, result } = run({ 'nginx.conf': config }, [readsPem]);
    assert.equal(
      (await result).notices.map(notice => notice.kind),
      ['not-checked', 'not-checked'],
    );
    assert.equal([...host.reads.keys()], ['/work/nginx.conf']);
  });

  it('reports a place once though two servers include it, with the graver level, then the shorter witness', async () => {
    const files = {
      'nginx.conf':
        'http { server { include pass.conf; } server { include pass.conf; } server { include pass.conf; } }',
      'pass.conf': 'location / { proxy_pass http://app; }',
    };
    const witness = (steps: number): Witness => ({
      request: {
        connect: { address: '127.0.0.1', port: 80 },
        tls: null,
        http: { method: 'GET', target: '/', headers: [] },
      },
      assumes: [],
      steps: Array.from({ length: steps }, () => ({ span: undefined as never, text: '' })),
    });
    const finds = (...claims: readonly { level: 'note' | 'error'; steps: number }[]) =>
      ruleNamed('some-rule', 'note', ({ directives, report }) => {
        let next = 0;
        for (const node of directives()) {
          if (node.name !== 'proxy_pass') continue;
          const { level, steps } = claims[next++]!;
          const primary = { span: nodeSpan(node), text: '' };
          report({ level, message: `${next}`, primary, witness: witness(steps), identity: [] });
        }
      });
    const kept = async (rule: Rule) => (await run(files, [rule]).result).findings.map(finding => finding.message);
    assert.equal(
      await kept(finds({ level: 'note', steps: 1 }, { level: 'error', steps: 9 }, { level: 'error', steps: 5 })),
      ['3'],
    );
    assert.equal(
      await kept(finds({ level: 'note', steps: 5 }, { level: 'note', steps: 5 }, { level: 'note', steps: 5 })),
      ['1'],
    );
  });

  it('sorts findings by place, whatever order the rules run in', async () => {
    const files = { 'nginx.conf': 'http { server { proxy_pass a; proxy_pass b; } }' };
    const other = ruleNamed('a-rule', 'note', flagsProxyPass.check);
    const order = async (rules: readonly Rule[]) =>
      (await run(files, rules).result).findings.map(({ rule, primary }) => `${rule} ${primary.span.start}`);
    assert.equal(await order([flagsProxyPass, other]), await order([other, flagsProxyPass]));
    assert.is((await order([flagsProxyPass, other])).length, 4);
  });

  it('gives a finding the same fingerprint when lines move, and another one for another meaning', async () => {
    const prints = async (config: string) =>
      (await run({ 'nginx.conf': config }, [flagsProxyPass]).result).findings.map(finding => finding.fingerprint);
    const [before] = await prints('http { server { proxy_pass a; } }');
    const [moved, different] = await prints('# moved\n\nhttp { server {\n proxy_pass a; proxy_pass b; } }');
    assert.match(before!, /^[0-9a-f]{32}$/);
    assert.is(moved, before);
    assert.is.not(different, before);
  });

  it('tells the rules the directives of included files in the order in which nginx reads them', async () => {
    const seen: string[] = [];
    const rule = ruleNamed('some-rule', 'note', ({ directives }) => {
      for (const node of directives()) seen.push(node.name);
    });
    await run({ 'nginx.conf': 'http { a x; include b.conf; d x; } e x;', 'b.conf': 'b { c x; }' }, [rule]).result;
    assert.equal(seen, ['http', 'a', 'b', 'c', 'd', 'e']);
  });

  it('reports what two main files share once', async () => {
    const files = {
      'one.conf': 'http { include shared.conf; }',
      'two.conf': 'http { include shared.conf; include gone.conf; }',
      'shared.conf': 'server { proxy_pass a; include gone.conf; }',
    };
    const result = await run(files, [flagsProxyPass], ['one.conf', 'two.conf']).result;
    assert.equal(result.roots, ['one.conf', 'two.conf']);
    assert.is(result.tables.length, 2);
    assert.is(result.findings.length, 1);
    assert.equal(
      result.notices.map(({ kind, span }) => `${kind} ${span?.file.path}`),
      ['missing-file shared.conf', 'missing-file two.conf'],
    );
  });
});
