import * as assert from 'uvu/assert';
import { rules } from '../../rules/index.js';
import { lint } from '../../src/lint.js';
import { cases, idioms } from '../fixtures/rules/redefined-verify-variable.js';
import { withoutAmbient } from '../support/ambient.js';
import { httpWitness } from '../support/http-witness.js';
import { describeCases, flags, GUARD, PREAMBLE, site } from '../support/lint.js';
import { MemoryHost } from '../support/memory-host.js';
import { PEM_FILES } from '../support/page-files.js';

describeCases('redefined-verify-variable', cases, idioms, it => {
  it('says where a client gets only because of the line, with every place', async () => {
    const locations = Array.from({ length: 30 }, (_, index) => `location /${index}/ { proxy_pass http://app; }`);
    const [found] = await flags(
      `${PREAMBLE}map $http_x $ssl_client_verify { default $http_x; } # expect: redefined-verify-variable
${site('optional', `${GUARD}\n${locations.join('\n')}\nlocation / { return 404; }`)}`,
    );
    assert.is(
      found!.message,
      'map gives $ssl_client_verify a value of its own in every server: clients without a verified certificate get to location /0/ and 29 more of server app.test',
    );
    assert.is(found!.related.filter(({ text }) => text === 'reached without a verified certificate').length, 30);
    assert.equal(httpWitness(found!.witness!).request.http.headers, [
      ['Host', 'app.test'],
      ['X', 'SUCCESS'],
    ]);
  });

  it('reports a line that opens nothing, without a request', async () => {
    const [found] = await flags(
      `${PREAMBLE}${site('on', `set $ssl_client_verify NONE; # expect: redefined-verify-variable\nlocation / { proxy_pass http://app; }`)}`,
    );
    assert.is(found!.witness, undefined);
    assert.is(
      found!.message,
      'set gives $ssl_client_verify a value of its own: what reads it no longer sees what nginx found',
    );
  });

  it('reports a snippet of several servers once', async () => {
    const host = new MemoryHost({
      'nginx.conf': `http { ${PREAMBLE}${site('optional', 'include s.conf;')} ${site('optional', 'include s.conf;', '8443 ssl')} }`,
      's.conf': `set $ssl_client_verify SUCCESS; ${GUARD} location / { proxy_pass http://app; }`,
      ...PEM_FILES,
    });
    const options = { paths: ['nginx.conf'], prefix: undefined, now: new Date('2026-06-01') };
    const result = await lint(options, host, { rules, tool: { name: 'x', version: '0' } });
    const findings = withoutAmbient(result.findings);
    assert.equal(
      findings.map(({ rule }) => rule),
      ['redefined-verify-variable'],
    );
    assert.match(findings[0]!.message, /get to location \/ and 1 more of server app\.test$/);
  });
});
