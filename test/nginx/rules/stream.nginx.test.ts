/** What other rules say of servers of stream, with what the real nginx does there. */
import * as assert from 'uvu/assert';
import type { StreamSession } from '../../../src/analysis/request.js';
import { streamBlock } from '../../fixtures/rules/unenforced-stream-verification.js';
import { accepts, flags } from '../../support/lint.js';
import { requireStream } from '../../support/stream-laboratory.js';
import { replayStream } from '../../support/stream-replay.js';
import { describe } from '../../support/suite.js';

const LENT =
  'proxy_ssl on; proxy_ssl_verify on; proxy_ssl_trusted_certificate backend-ca.pem; proxy_ssl_name back.test; proxy_ssl_certificate_key server.key; proxy_ssl_certificate server.pem;';
const BY_VERDICT = 'map $ssl_client_verify $up { SUCCESS app; default ""; }';

/** Flags one snippet and accepts the other; nginx serves the witness with the first and closes it with the second. */
async function contrasts(rule: string, flagged: string, accepted: string): Promise<void> {
  const findings = await flags(flagged);
  await accepts(accepted);
  if (!requireStream()) return;
  const request = findings.find(finding => finding.rule === rule)!.witness!.request as StreamSession;
  assert.is(await replayStream(flagged, request), 'site-1');
  assert.is(await replayStream(accepted, request), 'closed');
}

describe('plaintext-listener on stream', it => {
  const RULE = 'plaintext-listener';
  const plain = `listen 8443; # expect: ${RULE}`;

  it('flags a listener without TLS beside one that verifies', async () => {
    await contrasts(
      RULE,
      streamBlock('on', `${plain}\nproxy_pass app;`),
      streamBlock('on', 'listen 8443;\nproxy_pass $up;', BY_VERDICT),
    );
  });

  it('flags a deny-list of NONE, which is empty without TLS', async () => {
    const map = 'map $ssl_client_verify $up { NONE ""; default app; }';
    await contrasts(
      RULE,
      streamBlock('optional', `${plain}\nproxy_pass $up;`, map),
      streamBlock('optional', 'listen 8443;\nproxy_pass $up;', BY_VERDICT),
    );
  });

  it('accepts a place of its own for those without TLS', async () => {
    await accepts(
      streamBlock(
        'optional',
        'listen 8443;\nproxy_pass $up;',
        'map $ssl_client_verify $up { SUCCESS app; NONE ""; default public; }',
      ),
    );
  });

  it('is a note for a fixed text', async () => {
    await flags(streamBlock('on', `listen 8443; # expect: ${RULE} note\nreturn "hello";`));
  });
});

describe('unconditional-proxy-certificate on stream', it => {
  const RULE = 'unconditional-proxy-certificate';
  const OPEN = '# expect: unenforced-stream-verification';

  it('flags a certificate that is shown for clients without one', async () => {
    await flags(streamBlock('optional', `${LENT} # expect: ${RULE}\nproxy_pass app; ${OPEN}`));
    await accepts(streamBlock('on', `${LENT}\nproxy_pass app;`));
    await accepts(streamBlock('optional', `${LENT}\nproxy_pass $up;`, BY_VERDICT));
  });

  it('flags it on a server that verifies nobody', async () => {
    await flags(`stream { server { listen 443;
${LENT} # expect: ${RULE}
proxy_pass 127.0.0.1:8080; } }`);
  });

  it('accepts a certificate that nobody is shown, without proxy_ssl', async () => {
    await accepts(`stream { ${LENT.replace('proxy_ssl on; ', '')} # expect: unverified-upstream note
server { listen 443; proxy_pass 127.0.0.1:8080; } }`);
  });

  it('accepts a certificate that depends on the verdict', async () => {
    const map = 'map $ssl_client_verify $shown { SUCCESS server.pem; default ""; }';
    await flags(
      streamBlock(
        'optional',
        `${LENT.replace('proxy_ssl_certificate server.pem', 'proxy_ssl_certificate $shown')}\nproxy_pass app; ${OPEN}`,
        map,
      ),
    );
  });
});

describe('inert-verification on stream', it => {
  const HERE = '# expect: inert-verification';

  it('flags verification in a server that passes TLS on to somebody else', async () => {
    const server = (verify: string) =>
      `stream { server { listen 443; ssl_preread on;\n${verify}\nproxy_pass 127.0.0.1:8080; } }`;
    await flags(server(`ssl_client_certificate clients-ca.pem; ssl_verify_client on; ${HERE}`));
    await accepts(server(''));
    if (!requireStream()) return;
    const session: StreamSession = {
      connect: { address: '127.0.0.1', port: 443 },
      tls: { serverName: null, certificate: 'none' },
      http: null,
    };
    // Whatever it says, everybody is passed on.
    const text = server('ssl_client_certificate clients-ca.pem; ssl_verify_client on;').replace(
      '127.0.0.1:8080',
      'app',
    );
    assert.is(await replayStream(text, session), 'site-1');
  });

  it('flags a client CA without a mode, and a map of a verdict that nobody makes', async () => {
    const server = `server { listen 443 ssl; ssl_certificate server.pem; ssl_certificate_key server.key;`;
    await flags(`stream { ${server}\nssl_client_certificate clients-ca.pem; ${HERE}\nproxy_pass 127.0.0.1:8080; } }`);
    await flags(
      `stream {\nmap $ssl_client_verify $up { SUCCESS 127.0.0.1:8080; default ""; } ${HERE}\n${server} proxy_pass $up; } }`,
    );
  });

  it('flags verification of mail without TLS', async () => {
    const mail = (listen: string) =>
      `stream { } mail { server { listen ${listen}; protocol imap; ssl_certificate server.pem; ssl_certificate_key server.key; ssl_client_certificate clients-ca.pem;\nssl_verify_client on;${listen === '143' ? ` ${HERE}` : ''}\n} }`;
    await flags(mail('143'));
    await accepts(mail('993 ssl'));
    await accepts(mail('143; starttls only'));
  });
});

describe('unprotected-twin on stream', it => {
  const RULE = 'unprotected-twin';

  it('flags a server that passes everybody on to what another one keeps', async () => {
    const open = (listen: string, more: string) => `server { ${listen}; ${more} }`;
    const block = (more: string): string =>
      streamBlock('on', `proxy_pass app; }\n${more}`.replace(/ \}([^}]*)$/, '$1'));
    await contrasts(
      RULE,
      block(open('listen 8443', `proxy_pass app; # expect: ${RULE}\n`)),
      block(open('listen 8443', 'deny all; proxy_pass app;\n')),
    );
    await contrasts(
      RULE,
      block(open('listen 8443', `proxy_pass 127.0.0.1:8080; # expect: ${RULE}\n`)),
      block(open('listen 8443', 'allow 10.0.0.0/8; deny all; proxy_pass 127.0.0.1:8080;\n')),
    );
  });
});
