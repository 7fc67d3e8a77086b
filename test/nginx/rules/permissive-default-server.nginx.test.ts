import { describeRule } from '../../support/rule-laboratory.js';

const PASS = 'proxy_pass http://app;';
const OTHER = 'proxy_pass http://127.0.0.1:9443;';

/** A server that verifies beside the one in question. */
const VERIFYING = `server { listen 443 ssl; server_name app.test; ssl_verify_client on; location / { ${PASS} } }`;

const twin = (refusal: string) => `server { listen 443 ssl default_server; server_name _; ${refusal} }\n${VERIFYING}`;

describeRule(
  'permissive-default-server',
  [
    {
      title: 'flags a catch-all with another back end',
      flagged: `server {
listen 443 ssl default_server; # expect: permissive-default-server
server_name _; location / { ${OTHER} } }
${VERIFYING}`,
      accepted: twin('return 403;'),
    },
    {
      title: 'flags the back end of a verifying server under another name',
      flagged: `server {
listen 443 ssl default_server; # expect: permissive-default-server
server_name www.test; location / { ${PASS} } }
${VERIFYING}`,
      accepted: twin('return 444;'),
    },
    {
      title: 'flags the first server of an address, which is its default',
      flagged: `server {
listen 443 ssl; # expect: permissive-default-server
server_name _; location / { ${OTHER} } }
${VERIFYING}`,
      accepted: `${VERIFYING}
server { listen 443 ssl; server_name www.test; location / { ${OTHER} } }`,
    },
    {
      title: 'warns of another named site',
      flagged: `server {
listen 443 ssl default_server; # expect: permissive-default-server warning
server_name www.test; location / { ${OTHER} } }
${VERIFYING}`,
      accepted: twin('return 404;'),
    },
    {
      title: 'warns of static files',
      flagged: `server {
listen 443 ssl default_server; # expect: permissive-default-server warning
server_name _; root files; }
${VERIFYING}`,
      accepted: twin('ssl_reject_handshake on;'),
    },
    {
      title: 'notes a fixed text',
      flagged: `server {
listen 443 ssl default_server; # expect: permissive-default-server note
server_name _; return 200 hello; }
${VERIFYING}`,
      accepted: twin('ssl_verify_client on; return 200 hello;'),
    },
    {
      title: 'notes a redirect',
      flagged: `server {
listen 443 ssl default_server; # expect: permissive-default-server note
server_name _; return 301 https://www.test/; }
${VERIFYING}`,
      accepted: twin('return 421;'),
    },
  ],
  {
    'accepts a default server where nobody verifies': `server { listen 443 ssl default_server; location / { ${PASS} } }
server { listen 443 ssl; server_name b.test; location / { ${PASS} } }`,
    'accepts an open server on another port': `server { listen 8443 ssl; server_name www.test; location / { ${OTHER} } }
${VERIFYING}`,
    'accepts a plain socket': `server { listen 80 default_server; location / { ${OTHER} } }
${VERIFYING}`,
  },
);
