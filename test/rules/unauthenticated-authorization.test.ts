import * as assert from 'uvu/assert';
import { cases, idioms } from '../fixtures/rules/unauthenticated-authorization.js';
import { describeCases, flags, GUARD, PREAMBLE, site } from '../support/lint.js';

const HERE = '# expect: unauthenticated-authorization';
const PASS = 'proxy_pass http://app;';

describeCases('unauthenticated-authorization', cases, idioms, it => {
  it('says who gets in, and with which name', async () => {
    const [none] = await flags(
      `${PREAMBLE}${site('optional', `if ($ssl_client_s_dn = "CN=mallory") { return 403; } ${HERE}\nlocation / { ${PASS} }`)}`,
    );
    assert.is(
      none!.message,
      "this test of the client's name lets clients without a certificate get to location / of server app.test",
    );
    assert.is(none!.primary.text, 'the name is empty without a certificate');
    const [forged] = await flags(
      `${PREAMBLE}${site('optional_no_ca', `if ($ssl_client_s_dn != "CN=alice") { return 403; } ${HERE}\nlocation / { ${PASS} }`)}`,
    );
    assert.match(forged!.message, /lets clients with a certificate that nobody vouches for get to location \//);
    assert.is(forged!.primary.text, 'anybody can bring this name');
    assert.is(forged!.witness!.request.tls!.subject, 'CN=alice');
  });

  it('makes one finding of one test, with every place behind it', async () => {
    const places = Array.from({ length: 20 }, (_, index) => `location /${index}/ { ${PASS} }`).join('\n');
    const [found] = await flags(
      `${PREAMBLE}${site('optional', `if ($ssl_client_serial = 0A) { return 403; } ${HERE}\n${places}\nlocation / { return 404; }`)}`,
    );
    assert.is(found!.related.length, 20);
    assert.match(found!.message, /get to location \/0\/ and 19 more of server app\.test$/);
  });

  it('is a note for content that is open by nature', async () => {
    await flags(
      `${PREAMBLE}${site('optional', `location = /robots.txt { root files;\nif ($ssl_client_s_dn = "CN=mallory") { return 403; } ${HERE} note\n}\nlocation / { return 404; }`)}`,
    );
  });

  it('comes behind what waives the test, and before a check that does not hold', async () => {
    await flags(
      `${PREAMBLE}${site('optional', `location / {\nif ($http_x_key = open) { break; } # expect: spoofable-exemption\nif ($ssl_client_s_dn != "CN=alice") { return 403; } ${PASS} }`)}`,
    );
    await flags(
      `${PREAMBLE}${site('optional_no_ca', `if ($ssl_client_verify = NONE) { return 403; }\nif ($ssl_client_s_dn != "CN=alice") { return 403; } ${HERE}\nlocation / { ${PASS} }`)}`,
    );
  });

  it('leaves to other rules what the test has no part in', async () => {
    await flags(
      `${PREAMBLE}${site('optional', `location / { ${GUARD} # expect: ineffective-verify-check\nif ($ssl_client_s_dn = "CN=mallory") { return 403; }\n${PASS} location /in/ { ${PASS} } }`)}`,
    );
    await flags(
      `${PREAMBLE}${site('optional', `location / { set $who ""; if ($ssl_client_s_dn = "CN=alice") { set $who alice; } ${PASS} } # expect: unverified-location`)}`,
    );
    await flags(
      `${PREAMBLE}map "$uri:$ssl_client_s_dn" $deny { ~^/public/ 0; "~:CN=alice$" 0; default 1; }
${site('optional', `if ($deny) { return 403; }\nlocation / { ${PASS} } # expect: unverified-location note`)}`,
    );
  });

  it('is no question of a server whose handshake refuses everybody else', async () => {
    await flags(
      `${PREAMBLE}${site('on', `if ($ssl_client_s_dn = "CN=mallory") { return 403; }\nlocation / { ${PASS} }\nlocation /x { if ($foo) { ${PASS} } } # expect: unsafe-if note`)}`.replace(
        '\nlocation /x { if ($foo) {',
        '\nlocation /x { if ($arg_x) {\n',
      ),
    );
  });
});
