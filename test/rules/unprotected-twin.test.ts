import * as assert from 'uvu/assert';
import { cases, idioms } from '../fixtures/rules/unprotected-twin.js';
import { accepts, describeCases, flags, PREAMBLE, site } from '../support/lint.js';

describeCases('unprotected-twin', cases, idioms, it => {
  it('makes one finding of each open server', async () => {
    const locations = Array.from({ length: 30 }, (_, index) => `location /${index}/ { proxy_pass http://app; }`);
    const [found] = await flags(
      `${PREAMBLE}${site('on', 'location / { proxy_pass http://app; }')}
server { listen 80; server_name open.test; ${locations[0]} # expect: unprotected-twin
${locations.slice(1).join('\n')} location / { return 404; } }`,
    );
    assert.is(found!.related.filter(({ text }) => text === 'given to everybody, too').length, 29);
    assert.is(
      found!.message,
      'location /0/ and 29 more of server open.test on port 80 gives everybody http://app, which location / of server app.test gives to verified clients only',
    );
  });

  it('knows that a server of an upstream has port 80 where it names none, over TLS as well', async () => {
    const upstream = 'upstream plain { server 127.0.0.2; }';
    const open = (content: string) => `server { listen 8080; server_name open.test; ${content} }`;
    const verifying = site('on', 'location / { proxy_pass https://PLAIN; }');
    await flags(
      `${PREAMBLE}${upstream} ${verifying}\n${open('location / { proxy_pass http://127.0.0.2; }')} # expect: unprotected-twin`,
    );
    await accepts(`${PREAMBLE}${upstream} ${verifying}\n${open('location / { proxy_pass https://127.0.0.2; }')}`);
  });

  it('names the back end that variables make', async () => {
    const [found] = await flags(
      `${PREAMBLE}${site('on', 'location / { proxy_pass http://app; }')}
server { listen 80; server_name open.test; set $to http://app; location / { proxy_pass $to; } } # expect: unprotected-twin`,
    );
    assert.match(found!.message, /gives everybody http:\/\/app, which location \/ of server app\.test gives/);
  });

  it('leaves to the other rule what a default server opens', async () => {
    await flags(
      `${PREAMBLE}${site('on', 'location / { proxy_pass http://app; }')}
server { listen 443 ssl default_server; location / { proxy_pass http://app; } } # expect: permissive-default-server`,
    );
  });

  it('accepts a listener that only this machine reaches, beside one that others reach', async () => {
    const inner = 'server { listen 127.0.0.1:8090; location / { proxy_pass http://app; } } # expect: unprotected-twin';
    const verifying = (listen: string) => site('on', 'location / { proxy_pass http://app; }', listen);
    await accepts(`${PREAMBLE}${verifying('443 ssl')}\n${inner.replace(/#.*/, '')}`);
    await flags(`${PREAMBLE}${verifying('127.0.0.1:443 ssl')}\n${inner}`);
  });
});
