import * as assert from 'uvu/assert';
import { contrasts, describeRule, flags } from '../../support/rule-laboratory.js';

const GUARD = 'if ($ssl_client_verify != SUCCESS) { return 403; }';

const server = (body: string, mode = 'optional') => `server {
  listen 443 ssl; server_name app.test; ssl_verify_client ${mode};
${body}
}`;

describeRule(
  'unverified-location',
  [
    {
      title: 'flags a back end that nothing checks',
      flagged: server('location / { proxy_pass http://app; } # expect: unverified-location'),
      accepted: server(`location / { ${GUARD} proxy_pass http://app; }`),
    },
    {
      title: 'flags the one location that lacks the check of its siblings',
      flagged: server(`location / { ${GUARD} proxy_pass http://app; }
location /files/ { proxy_pass http://app; } # expect: unverified-location`),
      accepted: server(`location / { ${GUARD} proxy_pass http://app; }
location /files/ { ${GUARD} proxy_pass http://app; }`),
    },
    {
      title: 'flags a back end under optional_no_ca',
      flagged: server('location / { proxy_pass http://app; } # expect: unverified-location', 'optional_no_ca'),
      accepted: server(`${GUARD} location / { proxy_pass http://app; }`, 'optional_no_ca'),
    },
    {
      title: 'warns of static files',
      flagged: server('location / { root files; } # expect: unverified-location warning'),
      accepted: server(`location / { ${GUARD} root files; }`),
    },
    {
      title: 'notes that the back end is told who asks under optional',
      flagged: server(`location / { # expect: unverified-location note
proxy_set_header X-Subject $ssl_client_s_dn; proxy_pass http://app; }`),
      accepted: server(`location / { ${GUARD} proxy_set_header X-Subject $ssl_client_s_dn; proxy_pass http://app; }`),
    },
    {
      title: 'takes the subject alone for no proof under optional_no_ca',
      flagged: server(
        `location / { # expect: unverified-location
proxy_set_header X-Subject $ssl_client_s_dn; proxy_pass http://app; } # expect: unverified-identity-forwarded`,
        'optional_no_ca',
      ),
      accepted: server(
        `location / { ${GUARD} proxy_set_header X-Subject $ssl_client_s_dn; proxy_pass http://app; }`,
        'optional_no_ca',
      ),
    },
    {
      title: 'notes that the back end gets the verdict or the certificate under optional_no_ca',
      flagged: server(
        `location /a/ { # expect: unverified-location note
proxy_set_header X-Verify $ssl_client_verify; proxy_pass http://app; }
location /b/ { proxy_set_header X-Cert $ssl_client_escaped_cert; proxy_pass http://127.0.0.1:9443; } # expect: unverified-identity-forwarded note
location / { return 403; }`,
        'optional_no_ca',
      ),
      accepted: server(`${GUARD} location / { proxy_pass http://app; }`, 'optional_no_ca'),
    },
    {
      title: 'notes a fixed text',
      flagged: server('location / { return 200 pong; } # expect: unverified-location note'),
      accepted: server(`location / { ${GUARD} return 200 pong; }`),
    },
    {
      title: 'notes paths that are open by nature',
      flagged: server(`${'location / { return 403; }'}
location /.well-known/acme-challenge/ { root files; } # expect: unverified-location note
location = /favicon.ico { root files; }
location = /robots.txt { root files; }`),
      accepted: server(`location / { return 403; }
location /.well-known/acme-challenge/ { ${GUARD} root files; }
location = /favicon.ico { ${GUARD} root files; }
location = /robots.txt { ${GUARD} root files; }`),
    },
    {
      title: 'notes the page of an error, and not its folder',
      flagged: server(`error_page 403 /error.html;
location / { return 403; }
location = /error.html { root files; } # expect: unverified-location note`),
      accepted: server(`error_page 403 /error.html;
location / { return 403; }
location = /error.html { internal; root files; } # expect: unverified-location note`),
    },
  ],
  {
    'accepts a check in the server block': server(`${GUARD} location / { proxy_pass http://app; }`),
    'accepts ssl_verify_client on': server('location / { proxy_pass http://app; }', 'on'),
    'accepts a server that does not verify and stands alone':
      'server { listen 443 ssl; location / { proxy_pass http://app; } }',
    'accepts a verdict by two maps': `map $ssl_client_verify $verified { SUCCESS 1; default 0; }
map $verified $allowed { 1 yes; default ""; }
${server('location / { if ($allowed = "") { return 403; } proxy_pass http://app; }')}`,
    'accepts a map of verdict and subject': `map "$ssl_client_verify:$ssl_client_s_dn" $known { "SUCCESS:CN=alice" 1; default 0; }
${server('location / { if ($known = 0) { return 403; } proxy_pass http://app; }')}`,
    'accepts a flag that set collects': server(`set $refuse 1;
if ($ssl_client_verify = SUCCESS) { set $refuse 0; }
if ($refuse) { return 403; }
location / { proxy_pass http://app; }`),
    'accepts the known fingerprint': server(
      'location / { if ($ssl_client_fingerprint != 0123456789012345678901234567890123456789) { return 403; } proxy_pass http://app; }',
    ),
    'accepts an address range, which no client chooses': server(
      'location / { allow 192.0.2.0/24; deny all; proxy_pass http://app; }',
    ),
  },
  it => {
    it('makes one finding of all places that one missing check opens', async () => {
      const locations = Array.from({ length: 30 }, (_, index) => `location /${index}/ { proxy_pass http://app; }`);
      const [first, ...rest] = locations;
      const other = 'location / { return 403; }';
      const [finding] = await contrasts(
        server(`${first} # expect: unverified-location\n${rest.join('\n')}\n${other}`),
        server(`${GUARD}\n${locations.join('\n')}\n${other}`),
      );
      const places = finding!.related.filter(({ text }) => text.startsWith('reached'));
      assert.is(places.length, 29);
      assert.match(finding!.message, /^location \/0\/ and 29 more of server app\.test /);
    });

    it('says which location, which server and which clients', async () => {
      const [finding] = await flags(
        server('location /a { proxy_pass http://app; } # expect: unverified-location\nlocation / { return 403; }'),
      );
      assert.is(
        finding!.message,
        'location /a of server app.test also answers clients that send no certificate (proxy_pass)',
      );
    });
  },
);
