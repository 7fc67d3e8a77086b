import * as assert from 'uvu/assert';
import { cases, idioms } from '../fixtures/rules/unprotected-twin.js';
import { accepts, describeCases, findingsOf, flags, PREAMBLE, site } from '../support/lint.js';

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

  const streams = (...servers: readonly string[]) =>
    `stream { upstream mq { server localhost:1883; } ssl_certificate server.pem; ssl_certificate_key server.key; ssl_client_certificate clients-ca.pem;
${servers.join('\n')}
}`;

  it('knows servers of stream', async () => {
    const verifying = 'server { listen 8883 ssl; ssl_verify_client on; proxy_pass mq; }';
    const [found] = await flags(
      streams(verifying, 'server { listen 1884; proxy_pass mq; } # expect: unprotected-twin'),
    );
    assert.is(
      found!.message,
      'server at nginx.conf:3 on port 1884 gives everybody mq, which server at nginx.conf:2 gives to verified clients only',
    );
    await flags(streams(verifying, 'server { listen 1884; proxy_pass 127.0.0.1:1883; } # expect: unprotected-twin'));
    await accepts(streams(verifying, 'server { listen 1884; proxy_pass 127.0.0.1:1885; }'));
    await accepts(streams(verifying, 'server { listen 1884; allow 10.0.0.0/8; deny all; proxy_pass mq; }'));
    await accepts(streams(verifying, 'server { listen 127.0.0.1:1884; proxy_pass mq; }'));
    await accepts(streams(verifying, 'server { listen 1884 udp; proxy_pass mq; }'));
  });

  it('knows where a map passes verified clients on to', async () => {
    const map = 'map $ssl_client_verify $up { SUCCESS mq; default 127.0.0.1:1999; }';
    const verifying = 'server { listen 8883 ssl; ssl_verify_client optional; proxy_pass $up; }';
    await flags(streams(map, verifying, 'server { listen 1884; proxy_pass mq; } # expect: unprotected-twin'));
    await accepts(streams(map, verifying, 'server { listen 1884; proxy_pass 127.0.0.1:1999; }'));
    const chosen = 'map $ssl_preread_server_name $to { mq.test mq; default 127.0.0.1:1999; }';
    await flags(
      streams(
        map,
        chosen,
        verifying,
        'server { listen 1884; ssl_preread on; proxy_pass $to; } # expect: unprotected-twin',
      ),
    );
  });

  it('knows that stream hands on to a back end of http, and http to one of stream', async () => {
    const http = (server: string) => `http { ssl_certificate server.pem; ssl_certificate_key server.key;
ssl_client_certificate clients-ca.pem;
${server} }`;
    const twins = async (text: string) =>
      (await findingsOf(text)).flatMap(({ message, rule }) => (rule === 'unprotected-twin' ? [message] : []));
    const verifying =
      'server { listen 443 ssl; ssl_verify_client on; location /x { proxy_pass http://127.0.0.1:8080; } }';
    assert.equal(await twins(`${streams('server { listen 81; proxy_pass 127.0.0.1:8080; }')} ${http(verifying)}`), [
      'server at nginx.conf:2 on port 81 gives everybody 127.0.0.1:8080, which location /x of server at nginx.conf:5 gives to verified clients only',
    ]);
    const open = 'server { listen 80; location / { proxy_pass http://127.0.0.1:1883; } }';
    assert.equal(
      await twins(`${streams('server { listen 8883 ssl; ssl_verify_client on; proxy_pass mq; }')} ${http(open)}`),
      [
        'location / of server at nginx.conf:5 on port 80 gives everybody http://127.0.0.1:1883, which server at nginx.conf:2 gives to verified clients only',
      ],
    );
    // The back end knows who comes through the verifying server by the certificate of the proxy.
    const lent = verifying
      .replace('http://', 'https://')
      .replace('location', 'proxy_ssl_certificate proxy.pem; proxy_ssl_certificate_key proxy.key; location');
    assert.equal(await twins(`${streams('server { listen 81; proxy_pass 127.0.0.1:8080; }')} ${http(lent)}`), []);
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
