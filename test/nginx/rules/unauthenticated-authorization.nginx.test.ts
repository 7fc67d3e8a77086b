import * as assert from 'uvu/assert';
import { cases, idioms } from '../../fixtures/rules/unauthenticated-authorization.js';
import { site } from '../../support/lint.js';
import { requireNginx } from '../../support/nginx.js';
import { answerOf, describeRule } from '../../support/rule-laboratory.js';

describeRule('unauthenticated-authorization', cases, idioms, it => {
  it('meets verified certificates with an empty subject', async () => {
    if (!requireNginx()) return;
    const config = `map $ssl_client_s_dn $named { default 0; ~. 1; }
${site('on', 'if ($named) { return 403; } location / { return 200 $ssl_client_verify; }')}`;
    const answer = (subject: string) =>
      answerOf(config, {
        connect: { address: '127.0.0.1', port: 443 },
        tls: { serverName: 'app.test', certificate: 'trusted', subject },
        http: { method: 'GET', target: '/', headers: [['Host', 'app.test']] },
      });
    assert.is((await answer('')).body, 'SUCCESS');
    assert.is((await answer('CN=alice')).status, 403);
  });
});
