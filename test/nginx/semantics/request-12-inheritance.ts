import { ANYBODY, type Section, TRUSTED } from './rows.js';

const trusted = { certificate: 'trusted' } as const;
const untrusted = { certificate: 'untrusted' } as const;
const VALUES =
  'if ($ssl_client_verify = NONE) { TEXT 1 } if ($ssl_client_verify = SUCCESS) { TEXT 2 } if ($ssl_client_verify = "") { TEXT 3 } TEXT 4';
const valuesOf = (none: string, success: string, empty: string, rest: string) => ({
  'location / > if ($ssl_client_verify = NONE) return': none,
  'location / > if ($ssl_client_verify = SUCCESS) return': success,
  'location / > if ($ssl_client_verify = ) return': empty,
  'location / return': rest,
});

export const section: Section = {
  document: 'request',
  name: '12 inheritance classes, and what verification leaves',
  rows: [
    {
      id: '12.1, 12.13',
      title: 'the nearest root wins, and one of the server is used below',
      server: 'location / { root ROOT/other; location /in/ { GUARD } }',
      requests: [
        ['GET /page.html', 'static 200'],
        ['GET /secret', 'refused 404'],
        ['GET /in/x', 'refused 403'],
      ],
      access: { 'location / static': ANYBODY, 'location / > location /in/ static': TRUSTED },
    },
    {
      id: '12.14',
      title: 'rules of http reach every location',
      http: 'deny 127.0.0.9;',
      server: 'location / { SITE 1 }',
      requests: [
        ['GET /', { from: '127.0.0.9' }, 'refused 403'],
        ['GET /', 'proxy_pass 1 200'],
      ],
      access: { 'location / proxy_pass': ANYBODY },
      alone: true,
    },
    {
      id: '12.16',
      title: 'ssl_verify_client of http holds for servers, which may override it',
      http: `ssl_verify_client on; ssl_client_certificate AUTHORITY;
        server { listen 127.0.0.1:PORT ssl; OWN_CERTIFICATE server_name a.test; location / { SITE 1 } }
        server { listen 127.0.0.1:SECOND_PORT ssl; OWN_CERTIFICATE server_name b.test; ssl_verify_client off; location / { SITE 2 } }`,
      requests: [
        ['GET /', 'refused 400'],
        ['GET /', trusted, 'proxy_pass 1 200'],
        ['GET /', { to: 'second', sni: 'b.test', host: 'b.test' }, 'proxy_pass 2 200'],
      ],
      access: { 'a.test: location / proxy_pass': TRUSTED, 'b.test: location / proxy_pass': 'reached' },
      alone: true,
    },
    {
      id: '12.16d',
      title: 'optional_no_ca without any CA never comes to SUCCESS',
      http: `server { listen 127.0.0.1:PORT ssl; OWN_CERTIFICATE server_name a.test; ssl_verify_client optional_no_ca;
        location / { ${VALUES} } }`,
      requests: [
        ['GET /', 'return 1 200'],
        ['GET /', trusted, 'return 4 200'],
        ['GET /', untrusted, 'return 4 200'],
      ],
      access: valuesOf('reached refused refused', 'refused', 'refused', 'refused reached refused'),
    },
    {
      id: '12.17',
      title: 'without a TLS listener verification has no effect',
      http: `server { PLAIN CERTIFICATES server_name a.test; ssl_verify_client on; location / { ${VALUES} } }`,
      requests: [['GET /', { to: 'plain' }, 'return 3 200']],
      access: valuesOf('refused', 'refused', 'reached', 'refused'),
    },
    {
      id: '12.18',
      title: 'a second listener without TLS opens the server',
      verify: 'on',
      server: `PLAIN location / { ${VALUES} }`,
      requests: [
        ['GET /', { to: 'plain' }, 'return 3 200'],
        ['GET /', 'refused 400'],
        ['GET /', trusted, 'return 2 200'],
      ],
      access: valuesOf('refused', TRUSTED, 'reached', 'refused'),
    },
    {
      id: '12.18b',
      title: 'a check for NONE passes there, one for SUCCESS holds',
      server: `PLAIN location /1 { if ($ssl_client_verify = NONE) { return 403; } SITE 1 } location /2 { GUARD SITE 2 }
        location / { return 404; }`,
      requests: [
        ['GET /1', { to: 'plain' }, 'proxy_pass 1 200'],
        ['GET /1', 'refused 403'],
        ['GET /2', { to: 'plain' }, 'refused 403'],
      ],
      access: { 'location /1 proxy_pass': 'reached', 'location /2 proxy_pass': TRUSTED },
    },
    {
      id: '12.19',
      title: 'the values under optional_no_ca',
      verify: 'optional_no_ca',
      server: `location / { ${VALUES} }`,
      requests: [
        ['GET /', 'return 1 200'],
        ['GET /', trusted, 'return 2 200'],
        ['GET /', untrusted, 'return 4 200'],
        ['GET /', { certificate: 'other' }, 'return 4 200'],
      ],
      access: valuesOf('reached refused refused', TRUSTED, 'refused', 'refused reached refused'),
    },
    {
      id: '12.19b',
      title: 'optional refuses a bad certificate by itself',
      server: `location / { ${VALUES} }`,
      requests: [
        ['GET /', 'return 1 200'],
        ['GET /', untrusted, 'refused 400'],
        ['GET /', { certificate: 'other' }, 'refused 400'],
      ],
      access: valuesOf('reached refused refused', TRUSTED, 'refused', 'refused'),
    },
    {
      id: '12.19c, 12.19d',
      title: 'an untrusted certificate passes a check for NONE and one for FAILED',
      verify: 'optional_no_ca',
      server: `location /1 { if ($ssl_client_verify = FAILED) { return 403; } SITE 1 }
        location /2 { if ($ssl_client_verify = NONE) { return 403; } SITE 2 } location / { return 404; }`,
      requests: [
        ['GET /1', untrusted, 'proxy_pass 1 200'],
        ['GET /2', untrusted, 'proxy_pass 2 200'],
        ['GET /2', 'refused 403'],
      ],
      access: { 'location /1 proxy_pass': 'reached', 'location /2 proxy_pass': 'refused reached reached' },
    },
    {
      id: '12.19e',
      title: 'and one on the subject',
      verify: 'optional_no_ca',
      server: 'location / { if ($ssl_client_s_dn != CN=client) { return 403; } SITE 1 }',
      requests: [
        ['GET /', { ...untrusted, undecided: 'variable' }, 'proxy_pass 1 200'],
        ['GET /', 'refused 403'],
      ],
      access: { 'location / proxy_pass': 'refused reached reached' },
    },
    {
      id: '12.19f',
      title: 'off gives NONE to who has a certificate',
      verify: 'off',
      server: `location / { ${VALUES} }`,
      requests: [
        ['GET /', trusted, 'return 1 200'],
        ['GET /', 'return 1 200'],
      ],
      access: valuesOf('reached', 'refused', 'refused', 'refused'),
    },
    {
      id: '12.20',
      title: 'ssl on makes every listener speak TLS',
      http: `server { ssl on; listen 127.0.0.1:PORT; CERTIFICATES server_name a.test; ssl_verify_client on; location / { SITE 1 } }`,
      requests: [
        ['GET /', 'refused 400'],
        ['GET /', { cleartext: true }, 'refused 400'],
        ['GET /', trusted, 'proxy_pass 1 200'],
      ],
      access: { 'location / proxy_pass': TRUSTED },
      alone: true,
    },
  ],
};
