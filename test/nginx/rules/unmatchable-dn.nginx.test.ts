import * as assert from 'uvu/assert';
import type { TlsChoice } from '../../../src/analysis/request.js';
import { cases, idioms } from '../../fixtures/rules/unmatchable-dn.js';
import { findingsOf, PREAMBLE, site } from '../../support/lint.js';
import { requireNginx } from '../../support/nginx.js';
import { answerOf, describeRule } from '../../support/rule-laboratory.js';

/** What somebody wrote, and the subject that is meant, as nginx shows it. */
const WRITTEN: readonly [key: string, subject: string][] = [
  ['/C=US/O=Acme/CN=alice', 'CN=alice,O=Acme,C=US'],
  ['/O=Acme, Inc./CN=alice', 'CN=alice,O=Acme\\, Inc.'],
  ['CN=alice, O=Acme', 'CN=alice,O=Acme'],
  ['CN = alice, OU = Ops, O = Acme', 'CN=alice,OU=Ops,O=Acme'],
  ['CN=alice,O=Acme, Inc.', 'CN=alice,O=Acme\\, Inc.'],
  ['CN="Acme, Inc.",O=Acme', 'CN=Acme\\, Inc.,O=Acme'],
  ['CN=J\u00c3\u00b6rg,O=Acme', 'CN=J\\C3\\B6rg,O=Acme'],
  ['E=alice@acme.test,CN=alice', 'emailAddress=alice@acme.test,CN=alice'],
  ['CN=a<b>,O=Acme', 'CN=a\\<b\\>,O=Acme'],
  ['C=US,O=Acme,CN=alice', 'CN=alice,O=Acme,C=US'],
];

describeRule('unmatchable-dn', cases, idioms, it => {
  it('advises a key that nginx takes for the client that is meant', async () => {
    if (!requireNginx()) return;
    const config = (key: string): string => `map_hash_bucket_size 128; map $ssl_client_s_dn $ok { default 0;
'${key.replace(/\\/g, '\\\\')}' 1;
}
${site('on', `if ($ok = 0) { return 403; }\nlocation / { return 200 in; }`)}`;
    for (const [key, subject] of WRITTEN) {
      const found = (await findingsOf(PREAMBLE + config(key))).find(({ rule }) => rule === 'unmatchable-dn');
      const advised = /^Write (.*), (?:if|unless) /.exec(found?.help ?? '')?.[1];
      assert.is(advised, Buffer.from(subject, 'latin1').toString(), key);
      const tls: TlsChoice = { serverName: 'app.test', certificate: 'trusted', subject };
      const request = {
        connect: { address: '127.0.0.1', port: 443 },
        tls,
        http: { method: 'GET', target: '/', headers: [['Host', 'app.test']] as const },
      };
      assert.is((await answerOf(config(key), request)).status, 403, key);
      assert.is((await answerOf(config(subject), request)).status, 200, subject);
    }
  });
});
