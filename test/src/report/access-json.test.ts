import * as assert from 'uvu/assert';
import { reportAccessJson } from '../../../src/report/access-json.js';
import { curlLine } from '../../../src/report/curl.js';
import { describe } from '../../support/suite.js';
import { matchesGolden } from './golden.js';
import { CLEAN, RESULT, ROWS, requestOf, WITNESS } from './sample.js';
import { schemaOf } from './schema.js';

describe('access table as JSON', it => {
  it('is what the published schema says', () => {
    const validate = schemaOf('access');
    for (const result of [RESULT, CLEAN]) {
      assert.ok(validate(JSON.parse(reportAccessJson(result))), JSON.stringify(validate.errors));
    }
  });

  it('gives a site the keys and values of the contract', () => {
    const text = reportAccessJson(RESULT);
    matchesGolden('access.json', text);
    const document = JSON.parse(text);
    assert.equal(Object.keys(document), ['schemaVersion', 'tool', 'roots', 'sites', 'notices', 'summary']);
    const { access, ...site } = document.sites[0];
    assert.equal(site, {
      file: 'conf.d/app.conf',
      line: 9,
      column: 5,
      kind: 'location',
      label: 'location /api/',
      server: { file: 'conf.d/app.conf', line: 3, names: ['app.test', 'www.app.test'] },
      listen: ['127.0.0.1:8443 ssl'],
      content: 'proxy_pass',
      target: 'http://backend',
      source: { file: 'conf.d/app.conf', line: 10 },
    });
    assert.equal(access.none.witness, {
      connect: { address: '127.0.0.1', port: 8443 },
      tls: { serverName: 'app.test', certificate: 'none' },
      request: { method: 'GET', target: '/api/', headers: { Host: 'app.test' } },
      assumes: [{ path: '/srv/maintenance.html', exists: false }],
      curl: curlLine(WITNESS.request),
      steps: access.none.witness.steps,
    });
    assert.equal(access.none.witness.steps[0], {
      file: 'conf.d/app.conf',
      line: 4,
      column: 5,
      text: 'listen 127.0.0.1:8443 ssl',
    });
    assert.equal(access.untrusted, {
      verdict: 'refused',
      by: [{ file: 'snippets/auth.conf', line: 2, text: 'return 403' }],
    });
    assert.equal(document.sites[2].access.none.conditions, [
      { kind: 'address', text: 'the client is in 10.0.0.0/8', file: 'conf.d/app.conf', line: 26 },
    ]);
    assert.equal(document.sites[3].access.none, {
      verdict: 'unknown',
      reasons: [{ kind: 'script', text: 'Lua', file: 'conf.d/app.conf', line: 23 }],
    });
    assert.equal(document.summary, { sites: 6, reached: 1, conditional: 1, refused: 3, unknown: 1 });
  });

  it('names the server where it answers itself, and has null for what there is not', () => {
    const site = JSON.parse(reportAccessJson(RESULT)).sites[5];
    assert.equal(
      [site.kind, site.label, site.line, site.target, site.source],
      ['http-server', 'server', 3, null, null],
    );
  });

  it('gives the rarer parts of a request', () => {
    const validate = schemaOf('access');
    const request = requestOf({
      connect: { address: '/run/x.sock', port: 0, unix: '/run/x.sock', proxyProtocol: '' },
      sourceAddress: '10.0.0.1',
      tls: null,
      http: {
        method: 'POST',
        target: '/',
        headers: [
          ['X', 'a'],
          ['X', '\xff'],
          ['__proto__', 'b'],
        ],
        body: { length: 3 },
      },
    });
    const access = { ...ROWS[0]!.access, none: { verdict: 'reached', witness: { ...WITNESS, request } } } as const;
    const text = reportAccessJson({ ...RESULT, tables: [{ rows: [{ ...ROWS[0]!, access }] }] });
    assert.ok(validate(JSON.parse(text)), JSON.stringify(validate.errors));
    const { witness } = JSON.parse(text).sites[0].access.none;
    assert.equal(witness.connect, { address: '/run/x.sock', port: 0, unix: '/run/x.sock', proxyProtocol: '' });
    assert.is(witness.tls, null);
    assert.is(witness.sourceAddress, '10.0.0.1');
    assert.equal(witness.request.body, { length: 3 });
    assert.equal(Object.entries(witness.request.headers), [
      ['X', ['a', '\\xff']],
      ['__proto__', 'b'],
    ]);
  });
});

describe('access schema', it => {
  it('refuses a verdict without what it has to carry', () => {
    const validate = schemaOf('access');
    const document = JSON.parse(reportAccessJson(RESULT));
    for (const none of [
      { verdict: 'reached' },
      { verdict: 'refused' },
      { verdict: 'open', by: [] },
      { verdict: 'conditional', conditions: [] },
    ]) {
      const site = { ...document.sites[0], access: { ...document.sites[0].access, none } };
      assert.not.ok(validate({ ...document, sites: [site] }), JSON.stringify(none));
    }
  });
});
