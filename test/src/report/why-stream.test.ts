import * as assert from 'uvu/assert';
import { explainStream } from '../../../src/lint/explain.js';
import { askedServers, isOfStream } from '../../../src/lint/find-servers.js';
import { lint } from '../../../src/lint.js';
import { reportAccessJson } from '../../../src/report/access-json.js';
import { reportAccessText } from '../../../src/report/access-text.js';
import { reportWhyStreamJson, reportWhyStreamText } from '../../../src/report/why-stream.js';
import { MemoryHost } from '../../support/memory-host.js';
import { describe } from '../../support/suite.js';
import { schemaOf } from './schema.js';

const STREAM = `stream {
    map $ssl_client_verify $backend {
        SUCCESS 127.0.0.1:9001;
        default 127.0.0.1:9002;
    }
    server {
        listen 127.0.0.1:8883 ssl;
        ssl_certificate server.pem; ssl_certificate_key server.key;
        ssl_client_certificate clients-ca.pem;
        ssl_verify_client optional;
        allow 10.0.0.0/8;
        deny all;
        proxy_pass $backend;
    }
    server { listen 127.0.0.1:53 udp; proxy_pass 127.0.0.1:5353; }
}
`;

async function resultOf(text: string) {
  const options = { paths: ['nginx.conf'], prefix: undefined, now: new Date('2026-11-23T00:00:00Z') };
  return lint(options, new MemoryHost({ 'nginx.conf': text }), {
    rules: [],
    tool: { name: 'nginx-mtls-lint', version: '0' },
  });
}

async function explained(words: string, clientClass: 'none' | 'untrusted' | 'trusted') {
  const result = await resultOf(STREAM);
  const [one] = askedServers(result.models, words).found;
  if (one === undefined || !isOfStream(one)) throw new Error(`no server of stream is meant by ${words}`);
  return { explanation: explainStream(one, result.tables, clientClass), result };
}

describe('servers of stream in reports', it => {
  it('have rows that the published schema allows, with a verdict for each place', async () => {
    const validate = schemaOf('access');
    const text = reportAccessJson(await resultOf(STREAM));
    assert.ok(validate(JSON.parse(text)), JSON.stringify(validate.errors));
    const document = JSON.parse(text);
    const [site, datagrams] = document.sites;
    assert.is(site.kind, 'stream-server');
    assert.is(site.target, '$backend');
    const verdicts = (access: Record<string, { verdict: string }>) => Object.values(access).map(cell => cell.verdict);
    assert.equal(verdicts(site.access), ['conditional', 'refused', 'conditional']);
    assert.equal(
      site.targets.map(({ value, access }: { value: string; access: never }) => [value, ...verdicts(access)]),
      [
        ['127.0.0.1:9002', 'conditional', 'refused', 'refused'],
        ['127.0.0.1:9001', 'refused', 'refused', 'conditional'],
      ],
    );
    const { witness } = site.access.none;
    assert.is(witness.request, null);
    assert.equal(witness.tls, { serverName: null, certificate: 'none' });
    assert.match(witness.curl, /openssl s_client .*-connect 127\.0\.0\.1:8883 -noservername -bind 10\./);
    assert.equal(site.access.untrusted.by, [
      { file: 'nginx.conf', line: 12, text: 'deny all' },
      { file: 'nginx.conf', line: 10, text: 'ssl_verify_client optional' },
    ]);
    assert.not.ok('targets' in datagrams);
    assert.equal(datagrams.access.none.witness.connect, { address: '127.0.0.1', port: 53, udp: true });
    assert.match(datagrams.access.none.witness.curl, /^printf 'hello\\r\\n' \| nc -u -w 2 127\.0\.0\.1 53$/);
    assert.equal(datagrams.listen, ['127.0.0.1:53 udp']);
  });

  it('show who gets where, and count a place by itself among the resources', async () => {
    const text = reportAccessText(await resultOf(STREAM), { isColoured: false });
    assert.match(text, /^ {2}conditional +refused +conditional +6 +server +proxy_pass \$backend$/m);
    assert.match(text, /^ {2}refused +refused +conditional +to +127\.0\.0\.1:9001$/m);
    assert.match(text, /upstream 127\.0\.0\.1:9001\n {4}trusted certificate: conditional through 1 site\n/);
    assert.match(text, /2 sites: 0 proved closed, 1 open, 1 open under a condition\n$/);
  });

  it('are explained by their place or address', async () => {
    for (const words of ['nginx.conf:6', '127.0.0.1:8883', 'nginx.conf:6/']) {
      const { explanation, result } = await explained(words, 'untrusted');
      const text = reportWhyStreamText(explanation, result, { isColoured: false });
      assert.match(text, /^nginx\.conf:6: a client with an untrusted certificate is refused\n/);
      assert.match(text, /> untrusted certificate +refused +refused +refused\n/);
      assert.match(text, /Refused by nginx\.conf:12\n/);
    }
    const { explanation, result } = await explained('127.0.0.1:8883', 'trusted');
    const text = reportWhyStreamText(explanation, result, { isColoured: false });
    assert.match(text, /gets there on a condition\n/);
    assert.match(text, /A connection that gets there\n/);
    assert.match(text, /proxy_pass \$backend: 127\.0\.0\.1:9001\n/);
  });

  it('are explained as the published schema says', async () => {
    const validate = schemaOf('why');
    for (const clientClass of ['none', 'untrusted', 'trusted'] as const) {
      const { explanation, result } = await explained('127.0.0.1:8883', clientClass);
      const text = reportWhyStreamJson(explanation, result);
      assert.ok(validate(JSON.parse(text)), JSON.stringify(validate.errors));
      assert.is(JSON.parse(text).class, clientClass);
    }
  });

  it('are told when nothing in them answers', async () => {
    const result = await resultOf('stream { server { listen 1; } }');
    assert.equal(result.tables, [{ rows: [] }]);
    assert.match(
      reportAccessText(result, { isColoured: false }),
      /1 server without content\n {2}nginx\.conf:1, \*:1\n/,
    );
  });

  it('leave mail to a notice', async () => {
    const { notices, tables } = await resultOf('mail { server { listen 993 ssl; protocol imap; } }');
    assert.equal(tables, [{ rows: [] }]);
    assert.equal(
      notices.map(({ kind }) => kind),
      ['not-modelled'],
    );
  });
});
