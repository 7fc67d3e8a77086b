import * as assert from 'uvu/assert';
import { cases } from '../fixtures/rules/plaintext-listener.js';
import { accepts, flags, GUARD, verifyingServer } from '../support/lint.js';
import { describe } from '../support/suite.js';

const PASS = 'proxy_pass http://127.0.0.1:8080;';

describe('plaintext-listener', it => {
  for (const { title, flagged, accepted } of cases) {
    it(`flags ${title}`, async () => {
      await flags(flagged);
    });
    it(`accepts the repair of ${title}`, async () => {
      await accepts(accepted);
    });
  }

  it('flags port 80 of a server that names no listen', async () => {
    const [found] = await flags(
      `server { # expect: plaintext-listener\nssl_client_certificate clients-ca.pem; ssl_verify_client on; location / { ${PASS} } }`,
    );
    assert.match(found!.message, /plain HTTP on port 80, because it names no listen/);
  });

  it('leaves what is open over TLS as well to the rules that say why', async () => {
    const open = `location / { ${PASS} } # expect: unverified-location`;
    await flags(verifyingServer('optional', `listen 80;\n${open}`));
    await flags(verifyingServer('optional', open, '80; listen 443 ssl'));
  });

  it('makes one finding of all that a listener opens, the gravest first', async () => {
    const [found] = await flags(
      verifyingServer(
        'on',
        `listen 80; # expect: plaintext-listener\nlocation = /robots.txt { root site; }\nlocation /a/ { ${PASS} }\nlocation / { ${PASS} }`,
      ),
    );
    assert.match(found!.message, /^location \/a\/ and 2 more of server app\.test answers over plain HTTP on port 80, /);
    assert.is(found!.related.length, 4);
  });

  it('is a note for content that is open by nature', async () => {
    await flags(
      verifyingServer(
        'on',
        'listen 80; # expect: plaintext-listener note\nlocation /.well-known/acme-challenge/ { root acme; }\nlocation / { return 301 https://$host$request_uri; }',
      ),
    );
  });

  it('accepts a plain listener of a server that verifies nobody', async () => {
    await accepts(`server { listen 80; location / { ${PASS} } }`);
    await accepts(verifyingServer('on', `listen 80;\n${GUARD}\nlocation / { ${PASS} }`));
  });
});
