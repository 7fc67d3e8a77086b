import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as assert from 'uvu/assert';
import { analyse } from '../../../src/analysis/analyse.js';
import { evaluate } from '../../../src/analysis/evaluate.js';
import { curlLine } from '../../../src/report/curl.js';
import { modelOf, openLaboratory, withConfiguration } from '../../support/differential.js';
import { mainFile, requireNginx, startNginx } from '../../support/nginx.js';
import { replay } from '../../support/replay.js';
import { send } from '../../support/send.js';
import { describe } from '../../support/suite.js';

const run = promisify(execFile);

describe('listeners that expect a PROXY line, on the real nginx', it => {
  it('are open to whoever writes one, and to nobody else', async () => {
    if (!requireNginx()) return;
    const laboratory = await openLaboratory();
    try {
      const surroundings = await laboratory.surroundings();
      const { authority, ports, root, serverCertificate, serverKey } = surroundings;
      const text = `server {
          listen 127.0.0.1:${ports[0]} ssl proxy_protocol;
          listen 127.0.0.1:${ports[2]} proxy_protocol;
          server_name a.test;
          root ${root};
          ssl_certificate ${serverCertificate}; ssl_certificate_key ${serverKey};
          ssl_client_certificate ${authority}; ssl_verify_client optional;
          add_header X-Block "open";
          location /page.html { add_header X-Block "page"; }
          location /secret { if ($ssl_client_verify != SUCCESS) { return 403; } add_header X-Block "secret"; }
        }`;
      const model = modelOf(mainFile(text));
      const table = analyse(model);
      assert.equal(
        table.rows.map(({ access, site }) => `${site.scope.node?.args.join(' ')} ${access.none.verdict}`).sort(),
        [' reached', '/page.html reached', '/secret refused'],
      );
      const { failed, replayed } = await withConfiguration(laboratory, text, running =>
        replay(running, text, model, table, surroundings, laboratory.environment),
      );
      assert.equal(failed, []);
      assert.ok(replayed >= 3, String(replayed));

      const nginx = await startNginx({ 'nginx.conf': mainFile(text) });
      try {
        for (const port of [ports[0], ports[2]]) {
          const http = { method: 'GET', target: '/page.html', headers: [['Host', 'a.test']] } as const;
          const tls = port === ports[0] ? ({ serverName: 'a.test', certificate: 'none' } as const) : null;
          const connect = { address: '127.0.0.1', port, proxyProtocol: '' } as const;
          const { stdout } = await run('/bin/sh', ['-c', curlLine({ connect, tls, http })]);
          assert.match(stdout, /^HTTP\/1\.1 200 /);
          assert.is(evaluate(model, { connect, tls, http }).outcome.kind, 'content');
          // Row 13.5.
          const without = { connect: { address: '127.0.0.1', port }, tls, http };
          assert.is((await send(without)).status, 0);
          assert.is(evaluate(model, without).outcome.kind, 'closed');
        }
      } finally {
        await nginx.stop();
      }
    } finally {
      await laboratory.stop();
    }
  });
});
