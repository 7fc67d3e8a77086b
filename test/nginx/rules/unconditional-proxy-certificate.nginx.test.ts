import * as assert from 'uvu/assert';
import { findingsOf, GUARD, verifyingServer } from '../../support/lint.js';
import { requireNginx } from '../../support/nginx.js';
import { contrastsCertificates, plainGet, withLaboratory } from '../../support/proxy-laboratory.js';
import { describe } from '../../support/suite.js';

const RULE = 'unconditional-proxy-certificate';
const LENT = `# expect: ${RULE}`;
const OPEN = '# expect: unverified-location';
/** The back end knows by the certificate whether the client is verified, and decides. */
const TOLD = '# expect: unverified-location note';

const passes: Readonly<Record<string, string>> = {
  proxy: 'proxy_pass https://127.0.0.1:9443;',
  grpc: 'grpc_pass grpcs://127.0.0.1:9443;',
  uwsgi: 'uwsgi_param A b; uwsgi_pass suwsgi://127.0.0.1:9443;',
};

const verified = (prefix: string) =>
  `${prefix}_ssl_verify on; ${prefix}_ssl_trusted_certificate backend-ca.pem; ${prefix}_ssl_name localhost;`;
/** The certificate stands last, where a comment may follow. */
const certificate = (prefix: string, name = 'proxy') =>
  `${verified(prefix)} ${prefix}_ssl_certificate_key ${name}.key; ${prefix}_ssl_certificate ${name}.pem;`;
const optional = (body: string) => verifyingServer('optional', body);
const PASS = passes['proxy']!;

/** Certificate and key by a map of some variable; each request has a connection and a session of its own. */
const MAPPED = `${verified('proxy')} proxy_ssl_session_reuse off; proxy_set_header Connection close; proxy_ssl_certificate_key $lent.key; proxy_ssl_certificate $file;`;
const maps = (source: string, entries: string) =>
  `map ${source} $lent { ${entries} } map $lent $file { "" ""; default $lent.pem; }`;

describe(RULE, it => {
  for (const [prefix, pass] of Object.entries(passes)) {
    it(`flags the certificate that ${prefix}_pass shows for everybody`, async () => {
      await contrastsCertificates(
        RULE,
        optional(`location / { ${OPEN}\n${certificate(prefix)} ${LENT}\n${pass} }`),
        optional(`location / { ${GUARD} ${certificate(prefix)} ${pass} }`),
      );
    });
  }

  const cases: Readonly<Record<string, readonly [flagged: string, accepted: string]>> = {
    'a certificate that is inherited from http': [
      `${certificate('proxy')} ${LENT}\n${optional(`location / { ${OPEN}\n${PASS} }`)}`,
      `${certificate('proxy')}\n${optional(`location / { ${GUARD} ${PASS} }`)}`,
    ],
    'a certificate on a server that verifies nobody': [
      `server { listen 80; location / {\n${certificate('proxy')} ${LENT}\n${PASS} } }`,
      `server { listen 80; location / { return 403; ${certificate('proxy')} ${PASS} } }`,
    ],
    'a certificate that a nested location inherits past the check': [
      optional(
        `location / { ${certificate('proxy')} ${LENT}\n${GUARD} ${PASS} # expect: ineffective-verify-check\nlocation /x/ { ${PASS} } }`,
      ),
      optional(`location / { ${certificate('proxy')}\n${GUARD} ${PASS}\nlocation /x/ { ${GUARD} ${PASS} } }`),
    ],
    'a pass in an if, with the certificate of its location': [
      optional(
        `location / { ${certificate('proxy')} ${LENT}\nif ($arg_open) { # expect: spoofable-exemption\n${PASS} # expect: unsafe-if note\nbreak; }\n${GUARD} ${PASS} }`,
      ),
      optional(
        `location / { ${certificate('proxy')}\n${GUARD} if ($arg_open) {\n${PASS} # expect: unsafe-if note\nbreak; }\n${PASS} }`,
      ),
    ],
    'a named location that refused clients are sent to': [
      optional(
        `location / { error_page 403 = @fallback; # expect: error-page-bypass\n${GUARD} return 404; }
location @fallback { ${certificate('proxy')} ${LENT}\n${PASS} }`,
      ),
      optional(
        `location / { error_page 403 = @fallback;\n${GUARD} return 404; }
location @fallback { ${certificate('proxy')}\n${GUARD} ${PASS} }`,
      ),
    ],
    'a map that has a certificate for everybody': [
      `${maps('$ssl_client_verify', 'SUCCESS proxy; default reports-proxy;')}
${optional(`location / { ${TOLD}\n${MAPPED} ${LENT}\n${PASS} }`)}`,
      `${maps('$ssl_client_verify', 'SUCCESS proxy; default "";')}
${optional(`location / { ${TOLD}\n${MAPPED}\n${PASS} }`)}`,
    ],
    'a certificate that the client asks for by an argument': [
      `${maps('$arg_as', 'reports reports-proxy; default "";')}
${optional(`location / { ${OPEN}\n${MAPPED} ${LENT}\n${PASS} }`)}`,
      `${maps('$arg_as:$ssl_client_verify', 'reports:SUCCESS reports-proxy; default "";')}
${optional(`location / { ${TOLD}\n${MAPPED}\n${PASS} }`)}`,
    ],
    'a certificate that a set gives before the check': [
      optional(
        `location / { ${OPEN}\nset $file ""; set $lent ""; if ($arg_as) { set $lent proxy; set $file proxy.pem; }\n${MAPPED} ${LENT}\n${PASS} }`,
      ),
      optional(
        `location / { ${TOLD}\nset $file ""; set $lent ""; if ($ssl_client_verify = SUCCESS) {\nset $lent proxy; set $file proxy.pem; }\n${MAPPED}\n${PASS} }`,
      ),
    ],
    'a certificate that an argument takes away': [
      optional(
        `location / { ${OPEN}\nset $file proxy.pem; set $lent proxy; if ($arg_as) { set $file ""; }\n${MAPPED} ${LENT}\n${PASS} }`,
      ),
      optional(
        `location / { ${OPEN}\nset $file ""; set $lent proxy; if ($arg_as) { set $file ""; }\n${MAPPED}\n${PASS} }`,
      ),
    ],
    'a back end that is spoken to as the client speaks': [
      optional(`location / { ${OPEN}\n${certificate('proxy')} ${LENT}\nproxy_pass $scheme://127.0.0.1:9443; }`),
      `server { listen 80; location / { ${certificate('proxy')} # expect: unverified-upstream\nproxy_pass $scheme://127.0.0.1:9443; } }`,
    ],
    'a command in the place of an empty variable': [
      `server { listen 80; location / { ${verified('proxy')} proxy_ssl_certificate $arg_a; proxy_ssl_certificate_key $arg_a;
proxy_ssl_conf_command Certificate proxy.pem; ${LENT}\nproxy_ssl_conf_command PrivateKey proxy.key; ${PASS} } }`,
      `server { listen 80; location / { ${verified('proxy')} proxy_ssl_conf_command Options Bugs;\n${PASS} } }`,
    ],
    'a command that names the certificate': [
      `server { listen 80; location / { ${verified('proxy')} proxy_ssl_conf_command PrivateKey proxy.key; proxy_ssl_conf_command Certificate proxy.pem; ${LENT}\n${PASS} } }`,
      `server { listen 80; location / { ${verified('proxy')} proxy_ssl_conf_command Options Bugs;\n${PASS} } }`,
    ],
  };
  for (const [title, [flagged, accepted]] of Object.entries(cases)) {
    it(`flags ${title}`, async () => {
      await contrastsCertificates(RULE, flagged, accepted);
    });
  }

  it('accepts a back end without TLS, to which none is shown', async () => {
    const snippet = `${certificate('proxy')}\nserver { listen 80; location / { proxy_pass http://127.0.0.1:9443; } }`;
    assert.equal(
      (await findingsOf(snippet)).filter(({ rule }) => rule === RULE),
      [],
    );
    if (!requireNginx()) return;
    await withLaboratory(snippet, async ({ send, shown }) => {
      await send(plainGet('/'));
      assert.equal(shown(), []);
    });
  });

  it('accepts a certificate that an empty value cancels, which only later versions of nginx load', async () => {
    const snippet = `${certificate('proxy')}
server { listen 80; location / { proxy_ssl_certificate ""; ${PASS} } }`;
    assert.equal(await findingsOf(snippet), []);
  });
});
