import * as assert from 'uvu/assert';
import type { Request } from '../../../src/analysis/request.js';
import { cases } from '../../fixtures/rules/dead-check.js';
import { freePorts, mainFile, requireNginx, withNginx } from '../../support/nginx.js';
import { accepts, flags } from '../../support/rule-laboratory.js';
import { send } from '../../support/send.js';
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

  it('flags a server that verifies under a name of an earlier server, which answers', async () => {
    for (const { flagged, accepted, title } of cases) {
      if (!title.startsWith('a server')) continue;
      await flags(flagged);
      await accepts(accepted);
    }
  });

  it('knows that nginx starts with a warning, and that the first server of a name answers', async () => {
    if (!requireNginx()) return;
    const [port] = await freePorts(1);
    const named = (text: string) => `server { listen 127.0.0.1:${port}; server_name app.test; return 200 ${text}; }`;
    await withNginx({ 'nginx.conf': mainFile(named('first') + named('second')) }, async () => {
      const request: Request = {
        connect: { address: '127.0.0.1', port: port! },
        tls: null,
        http: { method: 'GET', target: '/', headers: [['Host', 'app.test']] },
      };
      assert.is((await send(request)).body, 'first');
    });
  });
});
