import * as assert from 'uvu/assert';
import { accepts, flags } from '../support/lint.js';
import { describe } from '../support/suite.js';

const HERE = '# expect: unverified-upstream';
const PASS = 'proxy_pass https://127.0.0.1:9443;';
const VERIFIED = 'proxy_ssl_verify on; proxy_ssl_trusted_certificate backend-ca.pem; proxy_ssl_name back.test;';
const open = (...locations: readonly string[]) =>
  `server { listen 80; server_name app.test;\n${locations.map((body, index) => `location /${index}/ {\n${body}\n}`).join('\n')}\nlocation / { return 404; } }`;

describe('unverified-upstream', it => {
  it('makes one finding of one line, with every place that it is in force', async () => {
    const [found, ...others] = await flags(
      `proxy_ssl_trusted_certificate backend-ca.pem; ${HERE}\n${open(PASS, PASS, VERIFIED + PASS.replace('9443', '9444'))}`,
    );
    assert.equal(others, []);
    assert.is(
      found!.message,
      'proxy_ssl_trusted_certificate is given at location /0/ of server app.test and 1 more for a back end that is not verified: proxy_ssl_verify is off',
    );
    assert.is(found!.related.length, 2);
  });

  it('accepts a back end to which nothing is shown and for which no CA is given', async () => {
    await accepts(open(PASS));
    await accepts(open('proxy_ssl_verify off; proxy_ssl_name back.test; proxy_ssl_server_name on;', PASS));
  });

  it('accepts a certificate that is cancelled, and a place that nobody gets to', async () => {
    const shown = 'proxy_ssl_certificate_key proxy.key; proxy_ssl_certificate proxy.pem;';
    await accepts(open(`proxy_ssl_certificate ""; ${PASS}`));
    await accepts(open(`deny all; ${shown} ${PASS}`));
    await flags(open(`${shown} ${HERE}, unconditional-proxy-certificate\n${PASS}`));
  });

  it('accepts names that the configuration writes', async () => {
    const named = (name: string) => open(VERIFIED.replace('back.test', name) + PASS);
    await accepts(named('$server_name'));
    await accepts(named('$proxy_host'));
    await accepts(`map $uri $name { default a.test; /x b.test; } ${named('$name')}`);
    await flags(
      `map $uri $name { default a.test; ~^/(.*) $1.test; }\n${open(`${VERIFIED.replace('back.test', '$name')} ${HERE}\n${PASS}`)}`,
    );
    await flags(open(`${VERIFIED.replace('back.test', '$ssl_server_name')} ${HERE}\n${PASS}`));
  });

  it('takes the name from the target where none is set', async () => {
    const verified = VERIFIED.replace('proxy_ssl_name back.test;', '');
    await accepts(open(`${verified} proxy_pass https://back.test$request_uri;`));
    await accepts(open(`${verified} set $scheme_ https; proxy_pass $scheme_://back.test/$arg_x;`));
    await flags(open(`${verified} proxy_pass https://$arg_x.back.test/; ${HERE}`));
  });

  it('follows variables that choose the scheme', async () => {
    const shown = 'proxy_ssl_certificate_key proxy.key; proxy_ssl_certificate proxy.pem;';
    const server = (target: string, comment = '') =>
      open(`${shown} ${comment}\nset $back ${target}://127.0.0.1:9443; proxy_pass $back;`);
    await flags(server('https', `${HERE}, unconditional-proxy-certificate`));
    const [found] = await flags(server('http', HERE));
    assert.match(
      found!.message,
      /^proxy_ssl_certificate has no effect at location \/0\/ of server app\.test: \$back is not/,
    );
    await accepts(`proxy_ssl_certificate_key proxy.key; proxy_ssl_certificate proxy.pem; # nginx-mtls-lint: ignore[unconditional-proxy-certificate] a service
${open(VERIFIED + PASS, 'set $back http://127.0.0.1:9444; proxy_pass $back;')}`);
  });

  it('says nothing of verification that a template fills in', async () => {
    await accepts(open(`proxy_ssl_verify \${VERIFY}; proxy_ssl_trusted_certificate backend-ca.pem; ${PASS}`));
  });

  it('tells of settings without effect once for each block', async () => {
    const all = 'proxy_ssl_verify on; proxy_ssl_trusted_certificate backend-ca.pem; proxy_ssl_name back.test;';
    const [found] = await flags(open(`${all} ${HERE}\nproxy_pass http://127.0.0.1:9443;`));
    assert.is(
      found!.message,
      'proxy_ssl_verify has no effect at location /0/ of server app.test: http://127.0.0.1:9443 is not spoken to over TLS',
    );
    await accepts(
      `server { listen 80; server_name app.test; ${all} location / { ${PASS} } location /x/ { proxy_pass http://127.0.0.1:9443; } }`,
    );
    const [foreign] = await flags(open(`${all} ${HERE}\ngrpc_pass grpcs://127.0.0.1:9443;`));
    assert.is(
      foreign!.message,
      'proxy_ssl_verify has no effect at location /0/ of server app.test: grpc_pass takes grpc_ssl settings',
    );
    assert.is(foreign!.help, 'Write grpc_ssl_verify, or remove the line.');
  });
});
