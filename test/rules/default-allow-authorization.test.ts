import * as assert from 'uvu/assert';
import { cases, idioms } from '../fixtures/rules/default-allow-authorization.js';
import { accepts, describeCases, flags, PREAMBLE, site } from '../support/lint.js';

const HERE = '# expect: default-allow-authorization';
const PASS = 'proxy_pass http://app;';

describeCases('default-allow-authorization', cases, idioms, it => {
  it('points at the line that admits, and names the place that it opens', async () => {
    const [found] = await flags(
      `${PREAMBLE}map $ssl_client_s_dn $role { default user; ${HERE}\n"CN=alice" admin; # expect: loose-dn-match note\n"CN=mallory" nobody; }
${site('on', `location /admin/ { if ($role != admin) { return 403; } ${PASS} }\nlocation / { if ($role = nobody) { return 403; } ${PASS} }`)}`,
    );
    assert.is(
      found!.message,
      'the map $role lets every certificate that it does not list get to location / of server app.test',
    );
    assert.equal(
      found!.related.map(({ span, text }) => `${span.file.position(span.start).line}: ${text}`),
      ['3: refuses the listed ones', '6: decided by this map'],
    );
  });

  it('decides for serial numbers, which are not followed otherwise', async () => {
    await flags(
      `${PREAMBLE}map $ssl_client_serial $bad { default 0; ${HERE}\n0ABC 1; }
${site('on', `if ($bad) { return 403; }\nlocation / { ${PASS} }`)}`,
    );
  });

  it('accepts a list that another list stands behind', async () => {
    await accepts(
      `${PREAMBLE}map $ssl_client_s_dn $bad { default 0; "CN=mallory,O=Example" 0; }
${site('on', `if ($bad) { return 403; }\nlocation / { ${PASS} }`)}`,
    );
  });
});
