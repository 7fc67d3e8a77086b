import * as assert from 'uvu/assert';
import { cases, idioms } from '../fixtures/rules/spoofable-exemption.js';
import { describeCases, flags, GUARD, PREAMBLE, site } from '../support/lint.js';

describeCases('spoofable-exemption', cases, idioms, it => {
  it('makes one finding of all that one line lets by', async () => {
    const locations = Array.from({ length: 30 }, (_, index) => `location /${index}/ { proxy_pass http://app; }`);
    const [found] = await flags(
      `${PREAMBLE}${site('optional', `if ($http_x = open) { break; } # expect: spoofable-exemption\n${GUARD}\n${locations.join('\n')}\nlocation / { return 404; }`)}`,
    );
    assert.is(found!.related.filter(({ text }) => text === 'reached without a verified certificate').length, 30);
    assert.match(found!.message, /for location \/0\/ and 29 more of server app\.test$/);
  });

  it('says what is sent, and points at the line that it decides', async () => {
    const told: string[] = [];
    for (const { flagged } of cases) {
      const found = (await flags(PREAMBLE + flagged)).find(({ rule }) => rule === 'spoofable-exemption');
      told.push(found!.message.replace(/, which the client.*/, ''));
    }
    assert.equal(told, [
      'method OPTIONS',
      'method GET',
      'header X-Internal',
      'argument token',
      'header X-Beta',
      'cookie staff',
      'header User-Agent',
      'raw text of the request target',
      'raw text of the request target',
      'header X-Real-Ip',
      'header X-Key',
    ]);
  });

  it('names all that is needed together', async () => {
    const [found] = await flags(
      `${PREAMBLE}${site('optional', `location / { set $key "$http_x:$arg_y:$ssl_client_verify";\nif ($key !~ "^(1:2:|.*:SUCCESS)") { return 403; } # expect: spoofable-exemption\nproxy_pass http://app; }`)}`,
    );
    assert.match(found!.message, /^header X and argument y, which the client chooses, waives/);
  });

  it('is a note for content that is open by nature', async () => {
    await flags(
      `${PREAMBLE}${site('optional', `location = /robots.txt { root files;\nif ($http_x) { break; } # expect: spoofable-exemption note\n${GUARD} }\nlocation / { return 404; }`)}`,
    );
  });
});
