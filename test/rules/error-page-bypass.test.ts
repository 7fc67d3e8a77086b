import * as assert from 'uvu/assert';
import { cases, idioms } from '../fixtures/rules/error-page-bypass.js';
import { accepts, describeCases, flags, GUARD, PREAMBLE, site } from '../support/lint.js';

const PASS = 'proxy_pass http://app;';

describeCases('error-page-bypass', cases, idioms, it => {
  it('makes one finding of all that one error page opens', async () => {
    const servers = Array.from({ length: 30 }, (_, index) =>
      site('optional', `location / { ${GUARD} ${PASS} }\nlocation @open { ${PASS} }`).replace(
        'app.test',
        `s${index}.test`,
      ),
    );
    const [found, ...others] = await flags(
      `${PREAMBLE}error_page 403 = @open; # expect: error-page-bypass
${servers.join('\n')}`,
    );
    assert.equal(others, []);
    assert.is(found!.related.filter(({ text }) => text === 'reached without a verified certificate').length, 30);
    assert.match(found!.message, /location @open and 29 more of server s0\.test \(proxy_pass\)$/);
  });

  it('shows the request that is refused, and points at what refuses it', async () => {
    const [found] = await flags(PREAMBLE + cases[0]!.flagged);
    assert.is(
      found!.message,
      'error_page to @open answers clients without a verified certificate with location @open of server app.test (proxy_pass)',
    );
    assert.equal(found!.witness!.request.http, { method: 'GET', target: '/', headers: [['Host', 'app.test']] });
    assert.equal(
      found!.related.map(({ text }) => text),
      [
        'reached without a verified certificate',
        'refuses, or is not run for an error before it',
        'what it refuses is an error, too',
      ],
    );
  });

  it('flags a post_action that asks a back end for those who were refused', async () => {
    const [found] = await flags(
      `${PREAMBLE}${site('optional', `location / { ${GUARD} ${PASS}\npost_action @after; # expect: error-page-bypass\n}\nlocation @after { ${PASS} }`)}`,
    );
    assert.match(found!.message, /^post_action @after asks location @after of server .* refused or not$/);
    await accepts(
      `${PREAMBLE}${site('optional', `location / { ${GUARD} post_action @after; ${PASS} }\nlocation @after { ${GUARD} ${PASS} }`)}`,
    );
  });
});
