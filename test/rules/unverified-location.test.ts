import * as assert from 'uvu/assert';
import { cases } from '../fixtures/rules/unverified-location.js';
import { accepts, flags, GUARD, verifyingServer } from '../support/lint.js';
import { describe } from '../support/suite.js';

const PASS = 'proxy_pass http://127.0.0.1:8080;';
const NOTE = '# expect: unverified-location note';
const ERROR = '# expect: unverified-location';

describe('unverified-location', it => {
  for (const { title, flagged, accepted } of cases) {
    it(`flags ${title}`, async () => {
      await flags(flagged);
    });
    it(`accepts the repair of ${title}`, async () => {
      await accepts(accepted);
    });
  }

  const notes: readonly [title: string, config: string][] = [
    [
      'the verdict in a header',
      verifyingServer('optional', `location / { proxy_set_header V $ssl_client_verify; ${PASS} } ${NOTE}`),
    ],
    [
      'a serial number in a header',
      verifyingServer('optional', `location / { proxy_set_header S "n=$ssl_client_serial"; ${PASS} } ${NOTE}`),
    ],
    [
      'the verdict in a parameter',
      verifyingServer(
        'optional',
        `location / { fastcgi_param V $ssl_client_verify; fastcgi_pass 127.0.0.1:9000; } ${NOTE}`,
      ),
    ],
    [
      'the subject in a parameter of uwsgi',
      verifyingServer('optional', `location / { uwsgi_param V $ssl_client_s_dn; uwsgi_pass 127.0.0.1:9000; } ${NOTE}`),
    ],
    [
      'the verdict under optional_no_ca',
      verifyingServer('optional_no_ca', `location / { proxy_set_header V $ssl_client_verify; ${PASS} } ${NOTE}`),
    ],
    [
      'the certificate under optional_no_ca',
      verifyingServer(
        'optional_no_ca',
        `location / { proxy_set_header C $ssl_client_escaped_cert; ${PASS} } ${NOTE}, unverified-identity-forwarded note`,
      ),
    ],
    [
      'a word for the verdict, made by a map',
      `map $ssl_client_verify $who { SUCCESS known; default unknown; }
${verifyingServer('optional', `location / { proxy_set_header V $who; ${PASS} } ${NOTE}`)}`,
    ],
    [
      'a certificate of the proxy that the verdict chooses',
      `map $ssl_client_verify $own { SUCCESS server.pem; default ""; }
${verifyingServer('optional', `location / { proxy_ssl_certificate $own; proxy_ssl_certificate_key server.key; proxy_ssl_verify on; proxy_ssl_trusted_certificate clients-ca.pem; proxy_ssl_name b.test; proxy_ssl_session_reuse off; proxy_pass https://127.0.0.1:9443; } ${NOTE}, shared-upstream-identity note`)}`,
    ],
    [
      'an upstream that the verdict chooses through a map',
      `map $ssl_client_verify $pool { SUCCESS 127.0.0.1:8080; default 127.0.0.1:8081; }
${verifyingServer('optional', `location / { proxy_pass http://$pool; } ${NOTE}`)}`,
    ],
    [
      'an upstream that the verdict chooses through set',
      verifyingServer(
        'optional',
        `location / { ${NOTE}\nset $pool 127.0.0.1:8081;\nif ($ssl_client_verify = SUCCESS) { set $pool 127.0.0.1:8080; }\nproxy_pass http://$pool; }`,
      ),
    ],
    [
      'the subject in a header, and an upstream that the verdict chooses through set',
      verifyingServer(
        'optional',
        `location / { ${NOTE}\nset $pool 127.0.0.1:8081;\nif ($ssl_client_verify = SUCCESS) { set $pool 127.0.0.1:8080; }\nproxy_set_header S $ssl_client_s_dn; proxy_pass http://$pool; }`,
      ),
    ],
    ['a constant text', verifyingServer('optional', `location / { return 200 alive; } ${NOTE}`)],
    [
      'the static page of an error_page',
      verifyingServer(
        'optional',
        `error_page 400 403 /error.html;\nlocation / { ${GUARD} ${PASS} }\nlocation = /error.html { root site; } ${NOTE}`,
      ),
    ],
    [
      'ACME challenges',
      verifyingServer(
        'optional',
        `location / { ${GUARD} ${PASS} }\nlocation ^~ /.well-known/acme-challenge/ { root acme; } ${NOTE}`,
      ),
    ],
    [
      'ACME challenges at another back end',
      verifyingServer(
        'optional',
        `location / { ${GUARD} ${PASS} }\nlocation /.well-known/acme-challenge { ${PASS} } ${NOTE}`,
      ),
    ],
    [
      'robots.txt and favicon.ico',
      verifyingServer(
        'optional',
        `location / { ${GUARD} ${PASS} }\nlocation = /robots.txt { root site; } ${NOTE}\nlocation = /favicon.ico { root site; } ${NOTE}`,
      ),
    ],
    [
      'a map of public paths',
      `map $uri $guarded { ~^/public/ 0; default 1; }
map "$guarded:$ssl_client_verify" $denied { ~^0 0; 1:SUCCESS 0; default 1; }
${verifyingServer('optional', `location / { ${NOTE}\nif ($denied) { return 403; } ${PASS} }`)}`,
    ],
    [
      'a map of public requests',
      `map "$request_uri $ssl_client_verify" $denied { "/status NONE" 0; "~ SUCCESS$" 0; default 1; }
${verifyingServer('optional', `if ($denied) { return 403; }\nlocation / { ${PASS} } ${NOTE}`)}`,
    ],
    [
      'a map of public paths that clears the flag of a guard',
      `map $document_uri $public { /status 1; default 0; }
${verifyingServer('optional', `location / { ${NOTE}\nset $deny 0;\nif ($ssl_client_verify != SUCCESS) { set $deny 1; }\nif ($public) { set $deny 0; }\nif ($deny) { return 403; } ${PASS} }`)}`,
    ],
  ];
  for (const [title, config] of notes) {
    it(`notes ${title}`, async () => {
      await flags(config);
    });
  }

  it('is an error where only the default of a map of paths waives the check', async () => {
    await flags(
      `map $uri $guarded { ~^/secret/ 1; default 0; }
map "$guarded:$ssl_client_verify" $denied { ~^0 0; 1:SUCCESS 0; default 1; }
${verifyingServer('optional', `location / {\nif ($denied) { return 403; } # expect: ineffective-verify-check\n${PASS} }`)}`,
    );
  });

  it('is an error where the broken check behind a map of paths lets everybody by', async () => {
    await flags(
      `map $uri $public { /status 1; default 0; }
${verifyingServer('optional', `location / {\n\nif ($public) { return 200 up; } ${NOTE}\nif ($ssl_client_verify = FAILED) { return 403; } # expect: ineffective-verify-check\n${PASS} }`)}`,
    );
  });

  it('reports one missing guard that opens 30 locations once, with 30 places', async () => {
    const locations = Array.from({ length: 30 }, (_, index) => `location /${index}/ { ${PASS} }`);
    locations[0] += ` ${ERROR}`;
    const [found] = await flags(verifyingServer('optional', `location / { return 404; }\n${locations.join('\n')}`));
    const [others, setting] = [found!.related.slice(0, -1), found!.related.at(-1)];
    assert.is(others.length, 29);
    assert.ok(others.every(({ text }) => text === 'reached without a verified certificate, too'));
    assert.is(setting!.text, 'no certificate is needed to get this far');
    assert.is(
      found!.message,
      'location /0/ and 29 more of server app.test also answers clients that send no certificate (proxy_pass)',
    );
  });

  it('puts files and back ends that one missing guard opens into one finding, the back end first', async () => {
    const [found] = await flags(
      verifyingServer('optional', `location /files/ { root site; }\nlocation / { ${PASS} } ${ERROR}`),
    );
    assert.is(
      found!.related[0]!.span.file.text.slice(found!.related[0]!.span.start).startsWith('location /files/'),
      true,
    );
  });

  it('reports each server that inherits the setting of http', async () => {
    const server = (name: string) =>
      `server { listen 443 ssl; server_name ${name}.test; ssl_certificate server.pem; ssl_certificate_key server.key;\nlocation / { ${PASS} } ${ERROR}\n}`;
    await flags(
      `ssl_client_certificate clients-ca.pem; ssl_verify_client optional; ${server('one')}\n${server('two')}`,
    );
  });

  it('accepts a server that asks for no certificate, and one that answers nothing but errors', async () => {
    await accepts(
      `server { listen 443 ssl; ssl_certificate server.pem; ssl_certificate_key server.key; location / { ${PASS} } }`,
    );
    await accepts(verifyingServer('optional', 'location / { return 404; }'));
    await accepts(verifyingServer('optional', 'location / { return 200; }'));
    await accepts(verifyingServer('optional', 'location / { return 204; }'));
    await accepts(verifyingServer('optional', 'location / { return 302 https://elsewhere.test/; }'));
  });
});
