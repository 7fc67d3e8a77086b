import * as assert from 'uvu/assert';
import { findingsOf } from '../../support/lint.js';
import { describeRule } from '../../support/rule-laboratory.js';

const GUARD = 'if ($ssl_client_verify != SUCCESS) { return 403; }';
const LENT = '# expect: unconditional-proxy-certificate';
const OPEN = '# expect: unverified-location';

const server = (body: string) => `server { listen 443 ssl; server_name app.test; ssl_verify_client optional;
${body}
}`;

const certificate = (prefix: string) =>
  `${prefix}_ssl_certificate_key server.key; ${prefix}_ssl_certificate server.pem;`;

describeRule(
  'unconditional-proxy-certificate',
  [
    ...[
      ['proxy', 'proxy_pass https://127.0.0.1:9443;'],
      ['grpc', 'grpc_pass grpcs://127.0.0.1:9443;'],
      ['uwsgi', 'uwsgi_pass suwsgi://127.0.0.1:9443;'],
    ].map(([prefix = '', pass = '']) => ({
      title: `flags the certificate that ${prefix}_pass shows for everybody`,
      flagged: server(`location / { ${OPEN}
${certificate(prefix)} ${LENT}
${pass} }`),
      accepted: server(`location / { ${GUARD} ${certificate(prefix)} ${pass} }`),
    })),
    {
      title: 'flags a certificate that is inherited',
      flagged: `${certificate('proxy')} ${LENT}
${server(`location / { ${OPEN}
proxy_pass https://127.0.0.1:9443; }`)}`,
      accepted: `${certificate('proxy')}
${server(`location / { ${GUARD} proxy_pass https://127.0.0.1:9443; }`)}`,
    },
    {
      title: 'flags it on a server that verifies nobody',
      flagged: `server { listen 80; location / {
${certificate('proxy')} ${LENT}
proxy_pass https://127.0.0.1:9443; } }`,
      accepted: `server { listen 80; location / { return 403; ${certificate('proxy')} proxy_pass https://127.0.0.1:9443; } }`,
    },
  ],
  {
    'accepts a back end without TLS, to which none is shown': `${certificate('proxy')}
server { listen 80; location / { proxy_pass http://app; } }`,
  },
  it => {
    it('accepts a certificate that an empty value cancels, which only later versions of nginx load', async () => {
      const findings = await findingsOf(`${certificate('proxy')}
server { listen 80; location / { proxy_ssl_certificate ""; proxy_pass https://127.0.0.1:9443; } }`);
      assert.equal(findings, []);
    });
  },
);
