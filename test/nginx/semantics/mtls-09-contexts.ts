import { type Section, TRUSTED } from './rows.js';

const trusted = { certificate: 'trusted' } as const;
const other = { certificate: 'other' } as const;
const untrusted = { certificate: 'untrusted' } as const;

export const section: Section = {
  document: 'mtls',
  name: '9 contexts, inheritance, duplicates',
  rows: [
    {
      id: '9 inherited',
      title: 'mode and CA are inherited, each by itself',
      http: `ssl_verify_client on; ssl_client_certificate AUTHORITY;
        server { listen 127.0.0.1:PORT ssl; OWN_CERTIFICATE server_name a.test; location / { SITE 1 } }
        server { listen 127.0.0.1:SECOND_PORT ssl; OWN_CERTIFICATE server_name b.test; ssl_client_certificate OTHER_AUTHORITY;
        location / { SITE 2 } }`,
      requests: [
        ['GET /', 'refused 400'],
        ['GET /', trusted, 'proxy_pass 1 200'],
        ['GET /', { to: 'second', ...other }, 'proxy_pass 2 200'],
        ['GET /', { to: 'second', ...trusted }, 'refused 400'],
      ],
      access: { 'a.test: location / proxy_pass': TRUSTED, 'b.test: location / proxy_pass': TRUSTED },
      alone: true,
    },
    {
      id: '9 mode of http, CA of the server',
      title: 'the mode may stand in http and the CA in the server',
      http: `ssl_verify_client on; server { TLS server_name a.test; location / { SITE 1 } }`,
      requests: [
        ['GET /', 'refused 400'],
        ['GET /', trusted, 'proxy_pass 1 200'],
      ],
      access: { 'location / proxy_pass': TRUSTED },
      alone: true,
    },
    {
      id: '9 no TLS',
      title: 'without a listener with ssl and a certificate the mode is not looked at',
      http: `server { PLAIN server_name a.test; ssl_verify_client on; location / { SITE 1 } }
        server { SECOND CERTIFICATES server_name b.test; location / { SITE 2 } }`,
      requests: [['GET /', { to: 'plain' }, 'proxy_pass 1 200']],
      access: { 'a.test: location / proxy_pass': 'reached', 'b.test: location / proxy_pass': 'reached' },
    },
    {
      id: '9 ON',
      title: 'the case of the mode does not matter, nor quotes',
      http: `server { TLS server_name a.test; ssl_verify_client ON; location / { SITE 1 } }
        server { SECOND CERTIFICATES server_name b.test; ssl_verify_client "Optional"; location / { SITE 2 } }`,
      requests: [
        ['GET /', 'refused 400'],
        ['GET /', { to: 'second' }, 'proxy_pass 2 200'],
        ['GET /', { to: 'second', ...untrusted }, 'refused 400'],
      ],
      access: {
        'a.test: location / proxy_pass': TRUSTED,
        'b.test: location / proxy_pass': 'reached refused reached',
      },
    },
    {
      id: '9 ssl of the address',
      title: 'a second server without the parameter speaks TLS and verifies',
      http: `server { TLS server_name a.test; ssl_verify_client on; location / { SITE 1 } }
        server { listen 127.0.0.1:PORT; CERTIFICATES server_name b.test; ssl_verify_client on; location / { SITE 2 } }`,
      requests: [
        ['GET /', { sni: 'b.test', host: 'b.test' }, 'refused 400'],
        ['GET /', { sni: 'b.test', host: 'b.test', ...trusted }, 'proxy_pass 2 200'],
      ],
      access: { 'a.test: location / proxy_pass': TRUSTED, 'b.test: location / proxy_pass': TRUSTED },
    },
    {
      id: '9 no certificate of its own, default off',
      title: 'such a server that verifies is never reached, since nobody is asked',
      http: `server { TLS server_name a.test; location / { SITE 1 } }
        server { listen 127.0.0.1:PORT; ssl_client_certificate AUTHORITY; server_name b.test; ssl_verify_client on; location / { SITE 2 } }`,
      requests: [['GET /', { sni: 'b.test', host: 'b.test', ...trusted }, 'refused 400']],
      access: { 'a.test: location / proxy_pass': 'reached', 'b.test: location / proxy_pass': 'refused' },
    },
    {
      id: '9 no certificate of its own, off',
      title: 'such a server without verification answers over TLS',
      http: `server { TLS server_name a.test; ssl_verify_client on; location / { SITE 1 } }
        server { listen 127.0.0.1:PORT; server_name b.test; location / { SITE 2 } }`,
      requests: [['GET /', { sni: 'b.test', host: 'b.test' }, 'proxy_pass 2 200']],
      access: { 'a.test: location / proxy_pass': TRUSTED, 'b.test: location / proxy_pass': 'reached' },
    },
  ],
};
