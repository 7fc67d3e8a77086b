import * as assert from 'uvu/assert';
import { cases } from '../fixtures/rules/dead-check.js';
import { accepts, flags, verifyingServer } from '../support/lint.js';
import { describe } from '../support/suite.js';

const PASS = 'proxy_pass http://127.0.0.1:8080;';
const HERE = '# expect: dead-check';

describe('dead-check', it => {
  for (const { title, flagged, accepted } of cases) {
    it(`flags ${title}`, async () => {
      await flags(flagged);
    });
    it(`accepts the repair of ${title}`, async () => {
      await accepts(accepted);
    });
  }

  const later = (settings: string, names: string, listen = '443 ssl'): string =>
    `server { listen 443 ssl; ssl_certificate server.pem; ssl_certificate_key server.key; server_name app.test; return 403; }
server { listen ${listen}; ssl_certificate server.pem; ssl_certificate_key server.key; ${settings}
${names}
location / { ${PASS} } }`;
  const VERIFIES = 'ssl_client_certificate clients-ca.pem; ssl_verify_client on;';

  it('says which names of a server are ignored, and what does not apply for it', async () => {
    const [found] = await flags(later(VERIFIES, `server_name b.test app.test; ${HERE}`));
    assert.is(
      found!.message,
      'nginx ignores the name "app.test" of this server on *:443, which an earlier server has: ssl_verify_client on does not apply to requests for it',
    );
    assert.equal(
      found!.related.map(({ text }) => text),
      ['answers instead', 'does not apply'],
    );
  });

  it('flags a second server without a name', async () => {
    const nameless = `server { listen 443 ssl; ssl_certificate server.pem; ssl_certificate_key server.key; return 403; }
server { ${HERE}
listen 443 ssl; ssl_certificate server.pem; ssl_certificate_key server.key; ${VERIFIES} location / { ${PASS} } }`;
    await flags(nameless);
  });

  it('accepts an equal name on another address, and a server without anything to do with certificates', async () => {
    await accepts(later(VERIFIES, 'server_name app.test;', '8443 ssl'));
    await accepts(later('', 'server_name app.test;'));
    // Both demand the same.
    await accepts(later(VERIFIES, 'server_name app.test;').replace('return 403;', `${VERIFIES} return 403;`));
  });

  it('flags variables that the TLS module of stream does not have', async () => {
    const block = (
      source: string,
      key: string,
      comment = '',
    ) => `stream { ssl_certificate server.pem; ssl_certificate_key server.key; ssl_client_certificate clients-ca.pem;
map ${source} $up { ${key} 127.0.0.1:1; default ""; } ${comment}
server { listen 443 ssl; ssl_verify_client on; proxy_pass $up; } }`;
    for (const [wrong, right, key, own] of [
      ['$ssl_verify_client', '$ssl_client_verify', 'SUCCESS', 'SUCCESS'],
      ['$ssl_client_s_dn_legacy', '$ssl_client_s_dn', '/CN=a', 'CN=a'],
    ] as const) {
      const [found] = await flags(block(wrong, key, HERE));
      assert.is(found!.help, `Write ${right}, if that is what is meant.`);
      await accepts(block(right, own));
    }
    await accepts(block('$ssl_preread_server_name', 'a.test'));
  });

  it('says how the comparison is written, in the case that it was written in', async () => {
    const config = `location / {\nif ($arg_Export=Full) { return 403; } ${HERE}\n${PASS} }`;
    const [found] = await flags(verifyingServer('on', config));
    assert.is(
      found!.message,
      'if ($arg_Export=Full) does not compare: nginx takes all of it for the name of a variable, which is always empty',
    );
    assert.is(found!.help, 'Write if ($arg_Export = Full).');
  });

  it('flags a glued test of a variable that has one name, which nginx refuses to load', async () => {
    const [found] = await flags(
      verifyingServer('on', `location / {\nif ($ssl_client_verify!=SUCCESS) { return 403; } ${HERE}\n${PASS} }`),
    );
    assert.match(found!.message, /nginx refuses to load it$/);
    assert.is(found!.help, 'Write if ($ssl_client_verify != SUCCESS).');
  });

  const misspelt: readonly [written: string, meant: string][] = [
    ['$ssl_verify_client', '$ssl_client_verify'],
    ['$ssl_client_verified', '$ssl_client_verify'],
    ['$ssl_client_s_dn_cn', '$ssl_client_s_dn'],
    ['$ssl_client_dn', '$ssl_client_s_dn'],
    ['$ssl_client_fingerprints', '$ssl_client_fingerprint'],
    ['$SSL_Client_Serial_Number', '$ssl_client_serial'],
  ];
  for (const [written, meant] of misspelt) {
    it(`flags ${written} and suggests ${meant}`, async () => {
      const [found] = await flags(
        verifyingServer('on', `location / {\nif (${written} = x) { return 403; } ${HERE}\n${PASS} }`),
      );
      assert.is(found!.message, `${written.toLowerCase()} does not exist: nginx refuses to load the configuration`);
      assert.match(found!.help, meant);
    });
  }

  it('flags an undefined variable in a map, in set and in an answer', async () => {
    const uses = `set $who $ssl_client_name; ${HERE}\nlocation / { return 200 $ssl_client_subject; } ${HERE}`;
    await flags(`map $ssl_verify_client $deny { default 1; SUCCESS 0; } ${HERE}\n${verifyingServer('on', uses)}`);
  });

  it('accepts variables of the module, of other modules, and of the configuration itself', async () => {
    await accepts(
      `map $ssl_client_s_dn $ssl_client_s_dn_cn { default ""; ~CN=(?<ssl_client_cn>[^,]+) $ssl_client_cn; } # expect: loose-dn-match note
${verifyingServer('on', `location / { if ($ssl_client_s_dn_cn = bob) { return 403; } if ($SSL_Client_Serial = 01) { return 403; } if ($ssl_preread_protocol = a) { return 403; } ${PASS} }`)}`,
    );
  });
});
