import * as assert from 'uvu/assert';
import { describeRule, flags } from '../../support/rule-laboratory.js';

const GUARD = 'if ($ssl_client_verify != SUCCESS) { return 403; }';
const HERE = '# expect: ineffective-verify-check';
const PASS = 'proxy_pass http://app;';

const server = (body: string, mode = 'optional') => `server {
  listen 443 ssl; server_name app.test; ssl_verify_client ${mode};
${body}
}`;

describeRule(
  'ineffective-verify-check',
  [
    {
      title: 'flags a test for NONE under optional_no_ca',
      flagged: server(
        `if ($ssl_client_verify = NONE) { return 403; } ${HERE}\nlocation / { ${PASS} }`,
        'optional_no_ca',
      ),
      accepted: server(`${GUARD}\nlocation / { ${PASS} }`, 'optional_no_ca'),
    },
    {
      title: 'flags a test for FAILED, which the value never equals',
      flagged: server(
        `if ($ssl_client_verify = FAILED) { return 403; } ${HERE}\nlocation / { ${PASS} }`,
        'optional_no_ca',
      ),
      accepted: server(
        `if ($ssl_client_verify ~ "^(FAILED|NONE)") { return 403; }\nlocation / { ${PASS} }`,
        'optional_no_ca',
      ),
    },
    {
      title: 'flags a bare test of the value, which NONE passes',
      flagged: server(`location / { set $in 0;
if ($ssl_client_verify) { set $in 1; } ${HERE}
if ($in = 0) { return 403; }
${PASS} }`),
      accepted: server(`location / { set $in 0;
if ($ssl_client_verify = SUCCESS) { set $in 1; }
if ($in = 0) { return 403; }
${PASS} }`),
    },
    {
      title: 'flags a break before the check',
      flagged: server(`location / { if ($uri ~ ^/public) { break; }\n${GUARD} ${HERE}\n${PASS} }`),
      accepted: server(`location / { ${GUARD}\nif ($uri ~ ^/public) { break; }\n${PASS} }`),
    },
    {
      title: 'flags a rewrite with a flag before the check',
      flagged: server(`rewrite ^/public/(.*)$ /$1 last;\n${GUARD} ${HERE}\nlocation / { ${PASS} }`),
      accepted: server(`${GUARD}\nrewrite ^/public/(.*)$ /$1 last;\nlocation / { ${PASS} }`),
    },
    {
      title: 'flags a check that limit_except takes away for some methods',
      flagged: server(`location / { ${GUARD} ${HERE}\nlimit_except GET { allow all; }\n${PASS} }`),
      accepted: server(`${GUARD}\nlocation / { limit_except GET { allow all; }\n${PASS} }`),
    },
    {
      title: 'flags a check that a nested location does not inherit',
      flagged: server(`location / { ${GUARD} ${HERE}\n${PASS}\nlocation /files/ { ${PASS} } }`),
      accepted: server(`location / { ${GUARD}\n${PASS}\nlocation /files/ { ${GUARD} ${PASS} } }`),
    },
    {
      title: 'flags a test for SUCCESS without a refusal of the others',
      flagged: server(`location / { if ($ssl_client_verify = SUCCESS) { set $user yes; } ${HERE}\n${PASS} }`),
      accepted: server(`location / { if ($ssl_client_verify = SUCCESS) { ${'rewrite ^ /in/ last;'} }\nreturn 403; }
location /in/ { internal; ${PASS} }`),
    },
    {
      title: 'flags a map whose default is the good value',
      flagged: `map $ssl_client_verify $refused { NONE 0; default 0; FAILED 1; }
${server(`location / { if ($refused) { return 403; } ${HERE}\n${PASS} }`)}`,
      accepted: `map $ssl_client_verify $refused { SUCCESS 0; default 1; }
${server(`location / { if ($refused) { return 403; }\n${PASS} }`)}`,
    },
  ],
  {
    'accepts a positive test with a break and a final refusal': server(
      `location / { # the pass directive in the if is a note of its own
if ($ssl_client_verify = SUCCESS) { # matches for verified clients only
${PASS} # expect: unsafe-if note
break; }
return 403; }`,
    ),
    'accepts a test for NONE where a failed verification ends with 400': server(
      `if ($ssl_client_verify = NONE) { return 403; }\nlocation / { ${PASS} }`,
    ),
  },
  it => {
    it('says why the check does not hold', async () => {
      const why = async (snippet: string) => (await flags(snippet))[0]!.message.replace(/^.*?app\.test: /, '');
      assert.is(
        await why(
          server(`if ($ssl_client_verify = NONE) { return 403; } ${HERE}\nlocation / { ${PASS} }`, 'optional_no_ca'),
        ),
        'the value is FAILED with a reason here, not NONE',
      );
      assert.is(
        await why(server(`location / { if ($uri ~ ^/public) { break; }\n${GUARD} ${HERE}\n${PASS} }`)),
        'if before it ends the program first',
      );
      assert.is(
        await why(server(`location / { ${GUARD} ${HERE}\n${PASS}\nlocation /files/ { ${PASS} } }`)),
        'a nested location does not inherit it',
      );
      assert.match(
        await why(server(`location / { ${GUARD} ${HERE}\nlimit_except GET { allow all; }\n${PASS} }`)),
        /^limit_except takes [A-Z]+ away before the location's program runs$/,
      );
    });
  },
);
