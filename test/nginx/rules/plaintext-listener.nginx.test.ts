import { describeRule } from '../../support/rule-laboratory.js';

const GUARD = 'if ($ssl_client_verify != SUCCESS) { return 403; }';
const PASS = 'proxy_pass http://app;';

const server = (listen: string, body: string, mode = 'on') => `server {
  listen 443 ssl; server_name app.test; ssl_verify_client ${mode};
${listen}
${body}
}`;

describeRule(
  'plaintext-listener',
  [
    {
      title: 'flags a listener without TLS of a server that verifies',
      flagged: server('listen 80; # expect: plaintext-listener', `location / { ${PASS} }`),
      accepted: `${server('', `location / { ${PASS} }`)}
server { listen 80; server_name app.test; return 301 https://$host$request_uri; }`,
    },
    {
      title: 'flags a test for NONE, which is empty without TLS',
      flagged: server(
        'listen 80; # expect: plaintext-listener',
        `if ($ssl_client_verify = NONE) { return 403; } location / { ${PASS} }`,
        'optional',
      ),
      accepted: server('listen 80;', `${GUARD} location / { ${PASS} }`, 'optional'),
    },
    {
      title: 'flags the listener and not the location that TLS protects',
      flagged: server('listen 80; # expect: plaintext-listener', `location / { return 403; } location /a/ { ${PASS} }`),
      accepted: server(
        'listen 80;',
        `if ($scheme = http) { return 403; } location / { return 403; } location /a/ { ${PASS} }`,
      ),
    },
    {
      title: 'notes a fixed text',
      flagged: server('listen 80; # expect: plaintext-listener note', 'location / { return 200 pong; }'),
      accepted: server('listen 80;', `${GUARD} location / { return 200 pong; }`),
    },
  ],
  {
    'accepts a listener that redirects by the scheme': server(
      'listen 80;',
      `if ($scheme = http) { return 301 https://$host$request_uri; } location / { ${PASS} }`,
    ),
  },
);
