import * as assert from 'uvu/assert';
import { cases } from '../fixtures/rules/unconditional-proxy-certificate.js';
import { accepts, flags, GUARD, lintSnippet, verifyingServer } from '../support/lint.js';
import { describe } from '../support/suite.js';

const HERE = '# expect: unconditional-proxy-certificate';

/** Verification of the back end, by the prefix of the settings. */
const verified = (prefix: string): string =>
  `${prefix}_ssl_verify on; ${prefix}_ssl_trusted_certificate clients-ca.pem; ${prefix}_ssl_name localhost;`;
const PASS = `proxy_pass https://127.0.0.1:9443; ${verified('proxy')}`;

/** A server that verifies nobody, so that nothing but the rule of this file has anything to say. */
const open = (content: string): string => `server { listen 80; server_name app.test;\n${content}\n}`;

describe('unconditional-proxy-certificate', it => {
  for (const { title, flagged, accepted } of cases) {
    it(`flags ${title}`, async () => {
      await flags(flagged);
    });
    it(`accepts the repair of ${title}`, async () => {
      await accepts(accepted);
    });
  }

  const handlers: readonly [pass: string, plain: string, setting: string][] = [
    ['proxy_pass https://127.0.0.1:9443;', 'proxy_pass http://127.0.0.1:9443;', 'proxy_ssl_certificate'],
    ['proxy_pass HTTPS://127.0.0.1:9443;', 'proxy_pass HTTP://127.0.0.1:9443;', 'proxy_ssl_certificate'],
    ['grpc_pass grpcs://127.0.0.1:9443;', 'grpc_pass grpc://127.0.0.1:9443;', 'grpc_ssl_certificate'],
    ['uwsgi_pass suwsgi://127.0.0.1:9443;', 'uwsgi_pass uwsgi://127.0.0.1:9443;', 'uwsgi_ssl_certificate'],
  ];
  for (const [pass, plain, setting] of handlers) {
    it(`flags ${setting} of ${pass}, and accepts the same pass without TLS`, async () => {
      const prefix = setting.slice(0, setting.indexOf('_'));
      const lent = `${setting}_key proxy.key;\n${setting} proxy.pem;`;
      await flags(open(`location / { ${pass} ${verified(prefix)}\n${lent} ${HERE}\n}`));
      // What has no effect there is another rule's.
      await flags(open(`location / { ${plain}\n${lent} # expect: unverified-upstream\n}`));
    });
  }

  it('flags a back end whose answer is shown along with another one, and accepts one whose answer nobody is shown', async () => {
    const lent = 'proxy_ssl_certificate_key proxy.key;\nproxy_ssl_certificate proxy.pem;';
    const behind = (asking: string, here: string): string =>
      open(
        `addition_types *; location / { ${asking} empty_gif; }\nlocation /data { internal; ${PASS}\n${lent} ${here}\n}`,
      );
    await flags(behind('add_before_body /data;', HERE));
    await accepts(behind('mirror /data;', ''));
  });

  it('accepts a certificate of another protocol than the pass', async () => {
    const foreign = 'grpc_ssl_certificate proxy.pem; grpc_ssl_certificate_key proxy.key;';
    await flags(open(`location / { proxy_pass https://127.0.0.1:9443;\n${foreign} # expect: unverified-upstream\n}`));
  });

  it('accepts an inherited certificate that the location cancels', async () => {
    const inherited = `proxy_ssl_certificate proxy.pem; proxy_ssl_certificate_key proxy.key;`;
    await accepts(open(`${inherited}\nlocation / { proxy_ssl_certificate ""; ${PASS} }`));
    await flags(open(`${inherited} ${HERE}\nlocation / { ${PASS} }`));
  });

  it('accepts a certificate that the verdict chooses', async () => {
    const lent =
      'proxy_ssl_session_reuse off; proxy_set_header Connection close; proxy_ssl_certificate_key $lent_key; proxy_ssl_certificate $lent;';
    const server = open(`location / { ${PASS} ${lent} }`);
    const maps = (source: string): string =>
      `map ${source} $lent { SUCCESS proxy.pem; default ""; } map ${source} $lent_key { SUCCESS proxy.key; default ""; }`;
    // Nobody is verified here, so the maps always choose the default: that is another rule's.
    await flags(`${maps('$ssl_client_verify')} # expect: inert-verification, inert-verification\n${server}`);
    await flags(`${maps('$arg_who')}\n${server.replace(lent, `${lent} ${HERE}\n`)}`);
  });

  it('makes one finding of one certificate, with every place that uses it', async () => {
    const locations = Array.from({ length: 9 }, (_, index) => `location /${index}/ { ${PASS} }`);
    const [found] = await flags(
      open(
        `proxy_ssl_certificate proxy.pem; proxy_ssl_certificate_key proxy.key; ${HERE}\n${locations.join('\n')}\nlocation / { return 404; }`,
      ),
    );
    assert.is(found!.related.length, 9);
    assert.is(
      found!.message,
      'proxy_ssl_certificate vouches for clients without a verified certificate at location /0/ and 8 more of server app.test',
    );
  });

  it('tells servers of one template apart by the certificates that their variables name', async () => {
    const maps = `map $ssl_client_verify $kept { SUCCESS proxy.pem; default ""; }
map $ssl_client_verify $given { default proxy.pem; }
map "$ssl_server_name $arg_x" $named { "f.test 1" proxy.pem; default ""; }`;
    const server = (name: string, file: string) =>
      `server { listen 443 ssl; server_name ${name}.test; ssl_certificate server.pem; ssl_certificate_key server.key; ssl_client_certificate clients-ca.pem; ssl_verify_client optional;
location / { ${PASS} proxy_set_header X-Verify $ssl_client_verify; proxy_ssl_certificate ${file}; proxy_ssl_certificate_key proxy.key; } }`;
    const files = ['$kept', '$kept', '$given', '$kept', '$named', '$named', '$given'];
    const { findings } = await lintSnippet(
      [maps, ...files.map((file, index) => server('abcdefg'[index]!, file))].join('\n'),
    );
    const found = findings.filter(({ rule }) => rule === 'unconditional-proxy-certificate');
    assert.equal(
      found.map(({ message, witness }) => `${message.slice(-6)} ${witness!.request.tls?.serverName}`),
      ['c.test c.test', 'f.test f.test', 'g.test g.test'],
    );
  });

  it('gives a notice where a script names the certificate', async () => {
    const { findings, notices } = await lintSnippet(
      open(
        `location / { ${PASS} set_by_lua_block $file { return "x" } proxy_ssl_certificate $file; proxy_ssl_certificate_key k; }`,
      ),
    );
    assert.equal(
      findings.map(({ rule }) => rule),
      [],
    );
    assert.ok(
      notices.some(({ kind, text }) =>
        /^whether proxy_ssl_certificate is shown .* at location \/ of server app\.test is not decided: /.test(
          kind === 'not-checked' ? text : '',
        ),
      ),
    );
  });

  it('is silent where a comment says that the identity is a service of its own', async () => {
    const lent = `${PASS} proxy_ssl_certificate_key proxy.key; proxy_ssl_certificate proxy.pem;`;
    const comment = '# nginx-mtls-lint: ignore[unconditional-proxy-certificate] the ledger asks for a password itself';
    await flags(open(`location / {\n${lent} ${HERE}\n}`));
    await accepts(open(`location / {\n${comment}\n${lent}\n}`));
  });

  it('accepts a server whose handshake refuses everybody else', async () => {
    const lent = `${PASS} proxy_ssl_certificate proxy.pem; proxy_ssl_certificate_key proxy.key;`;
    await accepts(verifyingServer('on', `location / { ${lent} }`));
    await accepts(verifyingServer('optional', `location / { ${GUARD} ${lent} }`));
  });
});
