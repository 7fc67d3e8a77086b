import { type Section, TRUSTED } from './rows.js';

const plain = { to: 'plain' } as const;
const trusted = { certificate: 'trusted' } as const;

export const section: Section = {
  document: 'mtls',
  name: '5 plain HTTP and TLS in one server',
  rows: [
    {
      id: '5 plain listener',
      title: 'a listener without TLS is open, whatever is verified',
      verify: 'on',
      server: 'PLAIN location / { SITE 1 }',
      requests: [
        ['GET /', plain, 'proxy_pass 1 200'],
        ['GET /', 'refused 400'],
      ],
      access: { 'location / proxy_pass': 'reached' },
    },
    {
      id: '5 checks',
      title: 'there the result is empty: only a comparison with SUCCESS holds',
      verify: 'on',
      server: `PLAIN location /none { if ($ssl_client_verify = NONE) { return 403; } SITE 1 } location /success { GUARD SITE 2 }
        location /bare { if ($ssl_client_verify) { SITE 3 break; } return 403; } location / { return 404; }`,
      requests: [
        ['GET /none', plain, 'proxy_pass 1 200'],
        ['GET /success', plain, 'refused 403'],
        ['GET /bare', plain, 'refused 403'],
        ['GET /bare', trusted, 'proxy_pass 3 200'],
      ],
      access: {
        'location /none proxy_pass': 'reached',
        'location /success proxy_pass': TRUSTED,
        'location /bare > if ($ssl_client_verify) proxy_pass': TRUSTED,
      },
    },
    {
      id: '5 map',
      title: 'a map has the empty result as a fourth value',
      http: `map $ssl_client_verify $m5a { default 1; NONE 0; ~^FAILED 0; } map $ssl_client_verify $m5b { default 1; "" 0; NONE 0; }`,
      server: `PLAIN location /a { if ($m5a = 0) { return 403; } SITE 1 } location /b { if ($m5b = 0) { return 403; } SITE 2 }
        location / { return 404; }`,
      requests: [
        ['GET /a', plain, 'proxy_pass 1 200'],
        ['GET /b', plain, 'refused 403'],
        ['GET /a', 'refused 403'],
        ['GET /b', trusted, 'proxy_pass 2 200'],
      ],
      access: { 'location /a proxy_pass': 'reached', 'location /b proxy_pass': TRUSTED },
    },
    {
      id: '5 cleartext',
      title: 'plain HTTP to a TLS port is refused',
      verify: 'on',
      server: 'location / { SITE 1 }',
      requests: [['GET /', { cleartext: true }, 'refused 400']],
      access: { 'location / proxy_pass': TRUSTED },
    },
    {
      id: '5 no ssl',
      title: 'a listener without ssl speaks no TLS, certificate or not',
      http: 'server { listen 127.0.0.1:PLAIN_PORT; CERTIFICATES server_name a.test; ssl_verify_client on; location / { SITE 1 } }',
      requests: [['GET /', plain, 'proxy_pass 1 200']],
      access: { 'location / proxy_pass': 'reached' },
    },
  ],
};
