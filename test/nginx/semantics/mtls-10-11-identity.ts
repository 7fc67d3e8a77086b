import { ANYBODY, type Section, TRUSTED } from './rows.js';

const trusted = { certificate: 'trusted' } as const;
const untrusted = { certificate: 'untrusted' } as const;
const other = { certificate: 'other' } as const;

const forged = [
  ['X-Verify', 'SUCCESS'],
  ['X-Dn', 'CN=root'],
] as const;

export const section: Section = {
  document: 'mtls',
  name: '10 and 11 what a subject decides',
  rows: [
    {
      id: '10 deny-list',
      title: 'a deny-list of subjects admits who has none',
      http: 'map $ssl_client_s_dn $m10a { default yes; "CN=blocked" no; }',
      server: 'PLAIN if ($m10a = no) { return 403; } location / { SITE 1 }',
      requests: [
        ['GET /', 'proxy_pass 1 200'],
        ['GET /', { to: 'plain' }, 'proxy_pass 1 200'],
      ],
      access: { 'location / proxy_pass': 'reached' },
    },
    {
      id: '10 allow-list',
      title: 'an allow-list of subjects admits who has the name of the list',
      http: 'map $ssl_client_s_dn $m10b { default 0; "CN=client" 1; }',
      server: 'if ($m10b = 0) { return 403; } location / { SITE 1 }',
      requests: [
        ['GET /', 'refused 403'],
        ['GET /', untrusted, 'refused 400'],
      ],
      access: { 'location / proxy_pass': TRUSTED },
    },
    {
      id: '10 regex of an empty subject',
      title: 'no regex key fits a client without a subject',
      http: 'map $ssl_client_s_dn $m10c { default 0; ~. 1; "~.*" 1; }',
      server: 'location / { if ($m10c) { return 403; } SITE 1 }',
      requests: [['GET /', 'proxy_pass 1 200']],
      // A certificate may have an empty subject as well.
      access: { 'location / proxy_pass': 'reached refused reached' },
    },
    {
      id: '10 FAILED',
      title: 'a comparison with FAILED never holds, a pattern does',
      verify: 'optional_no_ca',
      http: 'map $ssl_client_verify $m10d { default 0; failed 1; }',
      server: `location /1 { if ($ssl_client_verify = FAILED) { return 403; } SITE 1 } location /2 { if ($m10d) { return 403; } SITE 2 }
        location /3 { if ($ssl_client_verify ~ ^FAILED) { return 403; } SITE 3 } location / { return 404; }`,
      requests: [
        ['GET /1', untrusted, 'proxy_pass 1 200'],
        ['GET /2', other, 'proxy_pass 2 200'],
        ['GET /3', other, 'refused 403'],
        ['GET /3', 'proxy_pass 3 200'],
      ],
      access: {
        'location /1 proxy_pass': 'reached',
        'location /2 proxy_pass': 'reached',
        'location /3 proxy_pass': 'reached refused reached',
      },
    },
    {
      id: '11 subject alone',
      title: 'a check of the subject admits a certificate that its client made',
      verify: 'optional_no_ca',
      server: `location /1 { if ($ssl_client_s_dn = CN=client) { SITE 1 break; } return 403; } location /2 { GUARD SITE 2 }
        location / { return 404; }`,
      requests: [
        ['GET /1', { ...untrusted, assumedOtherwise: 'the request names no subject' }, 'proxy_pass 1 200'],
        ['GET /1', 'refused 403'],
        ['GET /2', untrusted, 'refused 403'],
        ['GET /2', trusted, 'proxy_pass 2 200'],
      ],
      access: {
        'location /1 > if ($ssl_client_s_dn = CN=client) proxy_pass': 'refused reached reached',
        'location /2 proxy_pass': TRUSTED,
      },
    },
    {
      id: '11 optional',
      title: 'under optional the same check is one of the certificate',
      server: 'location / { if ($ssl_client_s_dn = CN=client) { SITE 1 break; } return 403; } location /o { SITE 2 }',
      requests: [
        ['GET /', untrusted, 'refused 400'],
        ['GET /', 'refused 403'],
      ],
      access: {
        'location / > if ($ssl_client_s_dn = CN=client) proxy_pass': TRUSTED,
        'location /o proxy_pass': ANYBODY,
      },
    },
    {
      id: '11 forwarded headers',
      title: "nginx's own text takes the place of the client's only where it is set",
      verify: 'off',
      server: `PLAIN proxy_set_header X-Verify $ssl_client_verify; proxy_set_header X-Request $http_x_request;
        location / { SITE 1 } location /own { proxy_set_header X-Own 1; proxy_set_header X-Request $http_x_request; SITE 2 }`,
      requests: [
        ['GET /', { headers: forged, arrives: ['X-Dn: CN=root', 'X-Verify: NONE'] }, 'proxy_pass 1 200'],
        ['GET /', { headers: forged, to: 'plain', arrives: ['X-Dn: CN=root'] }, 'proxy_pass 1 200'],
        [
          'GET /own',
          { headers: forged, arrives: ['X-Dn: CN=root', 'X-Own: 1', 'X-Verify: SUCCESS'] },
          'proxy_pass 2 200',
        ],
        ['GET /own', { headers: [['X_Verify', 'SUCCESS']], arrives: ['X-Own: 1'] }, 'proxy_pass 2 200'],
      ],
      access: { 'location / proxy_pass': 'reached', 'location /own proxy_pass': 'reached' },
    },
  ],
};
