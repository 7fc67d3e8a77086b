import * as assert from 'uvu/assert';
import { accepts, flags } from '../../support/rule-laboratory.js';
import { describe } from '../../support/suite.js';

const PASS = 'proxy_pass http://app;';
const server = (body: string) => `server { listen 80; server_name app.test;\n${body}\n}`;

describe('dead-check', it => {
  it('flags a comparison without blanks, which reads a variable of that name', async () => {
    await flags(server(`location / { if ($arg_export=full) { return 403; } # expect: dead-check\n${PASS} }`));
    await accepts(server(`location / { if ($arg_export = full) { return 403; }\n${PASS} }`));
  });

  it('flags a comparison of a header without blanks', async () => {
    const [finding] = await flags(
      server(`location / { if ($http_x_role=admin) { return 403; } # expect: dead-check\n${PASS} }`),
    );
    assert.is(finding!.help, 'Write if ($http_x_role = admin).');
    await accepts(server(`location / { if ($http_x_role = admin) { return 403; }\n${PASS} }`));
  });

  it('flags variables of the TLS module that do not exist', async () => {
    for (const [wrong, right] of [
      ['ssl_verify_client', 'ssl_client_verify'],
      ['ssl_client_s_dn_cn', 'ssl_client_s_dn'],
    ]) {
      const [finding] = await flags(
        server(`location / { if ($${wrong} = x) { return 403; } # expect: dead-check\n${PASS} }`),
        { loads: false },
      );
      assert.is(finding!.help, `Write $${right}, if that is what is meant.`);
    }
    await accepts(server(`location / { if ($ssl_client_s_dn = CN=x) { return 403; }\n${PASS} }`));
    await accepts(`server { listen 443 ssl; ssl_verify_client optional; server_name app.test;
location / { if ($ssl_client_verify != SUCCESS) { return 403; }\n${PASS} } }`);
  });

  it('accepts a variable that set or a map defines', async () => {
    await accepts(`map $ssl_client_s_dn $ssl_client_s_dn_cn { ~CN=(?<name>[^,]+) $name; default ""; } # expect: loose-dn-match note
${server(`location / { if ($ssl_client_s_dn_cn = x) { return 403; }\n${PASS} }`)}`);
    await accepts(server(`set $ssl_mode x; location / { if ($ssl_mode = y) { return 403; }\n${PASS} }`));
  });
});
