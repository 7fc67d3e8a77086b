import * as assert from 'uvu/assert';
import { cases, streamBlock } from '../fixtures/rules/unenforced-stream-verification.js';
import { accepts, flags } from '../support/lint.js';
import { describe } from '../support/suite.js';

const RULE = 'unenforced-stream-verification';

describe(RULE, it => {
  for (const { title, flagged, accepted } of cases) {
    it(`flags ${title}`, async () => {
      const findings = await flags(flagged);
      assert.ok(findings.some(({ rule, witness }) => rule === RULE && witness?.request.http === null));
    });
    it(`accepts the repair of ${title}`, async () => {
      await accepts(accepted);
    });
  }

  it('is a note for a text that says the same to everybody', async () => {
    await flags(streamBlock('optional', `return "hello"; # expect: ${RULE} note`));
  });

  it('accepts a text that depends on the verdict', async () => {
    await accepts(
      streamBlock('optional', 'return $text;', 'map $ssl_client_verify $text { SUCCESS secret; default denied; }'),
    );
  });

  it('names the mode and the client that gets through', async () => {
    const [none] = await flags(streamBlock('optional', `proxy_pass app; # expect: ${RULE}`));
    assert.match(
      none!.message,
      /also passes on clients without a certificate \(proxy_pass\), since .* optional refuses/,
    );
    const [any] = await flags(
      streamBlock(
        'optional_no_ca',
        `proxy_pass $up; # expect: ${RULE}`,
        'map $ssl_client_verify $up { NONE ""; default app; }',
      ),
    );
    assert.match(any!.message, /with a certificate that nobody has verified/);
  });

  it('accepts a client from a range of addresses only', async () => {
    await accepts(streamBlock('optional', 'allow 10.0.0.0/8; deny all; proxy_pass app;'));
    await accepts(streamBlock('optional', 'deny all; proxy_pass app;'));
  });

  it('leaves what has no TLS to other rules', async () => {
    const text = streamBlock('optional', 'proxy_pass app;', '', '443');
    await flags(text.replace('ssl_verify_client optional;', '$& # expect: inert-verification'));
  });

  it('known limit: says nothing where a script decides', async () => {
    await accepts(streamBlock('optional', 'js_preread main.check; proxy_pass app;', 'js_import main.js;'));
  });

  it('flags a server without a client CA, where no certificate is verified', async () => {
    const text = streamBlock(
      'optional_no_ca',
      `proxy_pass $up; # expect: ${RULE}`,
      'map $ssl_client_verify $up { NONE ""; default app; }',
    );
    await flags(text.replace(' ssl_client_certificate clients-ca.pem;', ''));
    const guarded = streamBlock(
      'optional_no_ca',
      'proxy_pass $up;',
      'map $ssl_client_verify $up { SUCCESS app; default public; }',
    );
    await accepts(guarded.replace(' ssl_client_certificate clients-ca.pem;', ''));
  });
});
