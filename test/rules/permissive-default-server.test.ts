import * as assert from 'uvu/assert';
import { cases, lax } from '../fixtures/rules/permissive-default-server.js';
import { httpWitness } from '../support/http-witness.js';
import { accepts, flags, GUARD, verifyingServer } from '../support/lint.js';
import { describe } from '../support/suite.js';

const PASS = 'proxy_pass http://127.0.0.1:8080;';
const OTHER = 'proxy_pass http://127.0.0.1:8081;';
const HERE = '# expect: permissive-default-server';
const APP = 'proxy_pass 127.0.0.1:8080;';
const VERIFYING = verifyingServer('on', `location / { ${PASS} }`);

describe('permissive-default-server', it => {
  for (const { title, flagged, accepted } of cases) {
    it(`flags ${title}`, async () => {
      await flags(flagged);
    });
    it(`accepts the repair of ${title}`, async () => {
      await accepts(accepted);
    });
  }

  for (const refusal of [
    'return 403;',
    'return 404;',
    'return 444;',
    'return 421 "wrong name";',
    'location / { deny all; }',
  ]) {
    it(`accepts a default server with ${refusal}`, async () => {
      await accepts(`${VERIFYING}\n${lax('443 ssl default_server;', '_', refusal)}`);
    });
  }

  it('looks at each address that the default server has, IPv6 and second ones included', async () => {
    for (const [one, other] of [
      ['443', '[::]:443'],
      ['127.0.0.1:443', '127.0.0.2:443'],
    ] as const) {
      const verifying = VERIFYING.replace(/listen [^;]+;/, `listen ${one} ssl; listen ${other} ssl;`);
      const content = `location / { ${OTHER} }`;
      const listens = (rest: string): string => `${one} ssl;\nlisten ${other} ssl${rest}`;
      await flags(`${verifying}\n${lax(listens(` default_server; ${HERE} warning`), 'other.test', content)}`);
      await accepts(`${verifying}\n${lax(listens(';'), 'other.test', content)}`);
    }
  });

  it('accepts a default server that refuses handshakes, that verifies, or that checks', async () => {
    await accepts(
      `${VERIFYING}\nserver { listen 443 ssl default_server; ssl_reject_handshake on; ssl_protocols TLSv1.2 TLSv1.3; }`,
    );
    const strict = `ssl_client_certificate clients-ca.pem; ssl_verify_client on; location / { ${PASS} }`;
    await accepts(`${VERIFYING}\n${lax('443 ssl default_server;', '_', strict)}`);
    await accepts(`${VERIFYING}\n${lax('443 ssl default_server;', '_', `location / { ${GUARD} ${PASS} }`)}`);
  });

  it('notes a redirect, and content that is open by nature', async () => {
    await flags(`${VERIFYING}\n${lax(`443 ssl default_server; ${HERE} note`, '_', 'return 301 https://www.test/;')}`);
    await flags(
      `${VERIFYING}\n${lax(`443 ssl default_server; ${HERE} note`, '_', 'location / { return 200 alive; }')}`,
    );
  });

  it('says how the server became the default, and names a verifying one', async () => {
    const [explicit] = await flags(cases[0]!.flagged);
    assert.is(
      explicit!.message,
      'server _ is the default server of *:443, which app.test verifies clients on, and answers everybody with proxy_pass',
    );
    const [implicit] = await flags(cases[1]!.flagged);
    assert.is(
      implicit!.message,
      'server www.test is the first server, and so the default, of *:443, which app.test verifies clients on, and answers everybody with proxy_pass',
    );
  });

  it('shows a request without SNI for a name that no server has', async () => {
    const [found] = await flags(cases[1]!.flagged);
    const { tls, http } = httpWitness(found!.witness!).request;
    assert.is(tls!.serverName, null);
    assert.equal(http.headers, [['Host', 'unknown.invalid']]);
  });

  it('accepts a named default server that refuses every other name', async () => {
    const named = `if ($host != www.test) { return 404; } location / { ${OTHER} }`;
    await accepts(`${lax('443 ssl;', 'www.test', named)}\n${VERIFYING}`);
  });

  it('judges each address by itself', async () => {
    const verifying = verifyingServer('on', `location / { ${PASS} }`, '127.0.0.1:9443 ssl');
    await accepts(`${lax('443 ssl default_server;', '_', `location / { ${OTHER} }`)}\n${verifying}`);
    const two = `127.0.0.1:8443 ssl default_server;\nlisten 127.0.0.1:9443 ssl default_server; ${HERE}`;
    const [found] = await flags(`${lax(two, '_', `location / { ${PASS} }`)}\n${verifying}`);
    assert.equal(found!.witness!.request.connect, { address: '127.0.0.1', port: 9443 });
  });

  it('does not take two texts for one resource', async () => {
    const text = (who: string) => `location / { return 200 "${who} $remote_addr"; }`;
    await flags(
      `${verifyingServer('on', text('app'))}\n${lax(`443 ssl default_server; ${HERE} warning`, 'www.test', text('www'))}`,
    );
  });

  it('accepts a plain address, and one where nobody verifies', async () => {
    await accepts(`server { listen 80 default_server; location / { ${OTHER} } }\n${VERIFYING}`);
    await accepts(lax('443 ssl default_server;', '_', `location / { ${PASS} }`));
  });

  // Nothing compares it with nginx: 1.22.1 has no virtual servers in stream (since 1.25.5).
  it('looks at the default servers of stream', async () => {
    const open = (listen: string, names: string, more: string) =>
      `server { listen 443 ssl${listen} ssl_certificate server.pem; ssl_certificate_key server.key;${names} ${more} }`;
    const kept = open(
      '; ',
      ' server_name kept.test;',
      `ssl_client_certificate clients-ca.pem; ssl_verify_client on; ${APP}`,
    );
    const stream = (server: string) => `stream {\n${server}\n${kept} }`;
    const [found, ...others] = await flags(stream(open(` default_server; ${HERE}\n`, ' server_name open.test;', APP)));
    assert.equal(others, []);
    assert.is(
      found!.message,
      'server open.test is the default server of *:443, which kept.test verifies clients on, and passes everybody on to what a verifying server keeps (proxy_pass)',
    );
    const { certificate, serverName } = found!.witness!.request.tls!;
    assert.equal([certificate, serverName], ['none', null]);
    await flags(stream(open(`; ${HERE}\n`, '', 'proxy_pass 127.0.0.1:8081;')));
    await flags(stream(open(`; ${HERE} warning\n`, ' server_name open.test;', 'proxy_pass 127.0.0.1:8081;')));
    await flags(stream(open(`; ${HERE} note\n`, ' server_name open.test;', 'return closed;')));
    await accepts(stream(open('; ', ' server_name open.test;', `ssl_reject_handshake on; ${APP}`)));
    await accepts(stream(open('; ', ' server_name open.test;', `deny all; ${APP}`)));
    await accepts(stream(open('; ', '', `ssl_client_certificate clients-ca.pem; ssl_verify_client on; ${APP}`)));
    await accepts(stream(open('; ', ' server_name open.test;', 'proxy_pass 127.0.0.1:8081;').replace('443', '444')));
  });
});
