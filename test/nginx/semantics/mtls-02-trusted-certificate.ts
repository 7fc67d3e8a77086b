import { ANYBODY, type Exchange, type Section, TRUSTED } from './rows.js';

const trusted = { certificate: 'trusted' } as const;
const other = { certificate: 'other' } as const;
const untrusted = { certificate: 'untrusted' } as const;
const WIDENED = 'ssl_trusted_certificate OTHER_AUTHORITY;';

const answers = (none: string, own: string, foreign: string, self: string): Exchange[] => [
  ['GET /', none],
  ['GET /', trusted, own],
  ['GET /', other, foreign],
  ['GET /', untrusted, self],
];

const IN = 'proxy_pass 1 200';

export const section: Section = {
  document: 'mtls',
  name: '2 ssl_trusted_certificate and the accepted client CAs',
  rows: [
    {
      id: '2 on',
      title: 'a CA of ssl_trusted_certificate is a client CA too',
      verify: 'on',
      server: `${WIDENED} location / { SITE 1 }`,
      requests: answers('refused 400', IN, IN, 'refused 400'),
      access: { 'location / proxy_pass': TRUSTED },
    },
    {
      id: '2 optional',
      title: 'under optional as well',
      server: `${WIDENED} GUARD location / { SITE 1 }`,
      requests: answers('refused 403', IN, IN, 'refused 400'),
      access: { 'location / proxy_pass': TRUSTED },
    },
    {
      id: '2 optional_no_ca',
      title: 'and under optional_no_ca, next to a client CA or alone',
      verify: 'optional_no_ca',
      http: `server { listen 127.0.0.1:SECOND_PORT ssl; OWN_CERTIFICATE server_name b.test; ssl_verify_client optional_no_ca;
        ${WIDENED} GUARD location / { SITE 2 } }`,
      server: `${WIDENED} GUARD location / { SITE 1 }`,
      requests: [
        ...answers('refused 403', IN, IN, 'refused 403'),
        ['GET /', { to: 'second', ...other }, 'proxy_pass 2 200'],
        ['GET /', { to: 'second', ...trusted }, 'refused 403'],
      ],
      access: { 'a.test: location / proxy_pass': TRUSTED, 'b.test: location / proxy_pass': TRUSTED },
    },
    {
      id: '2 optional_no_ca',
      title: 'where a certificate of neither file is told apart from a self-signed one',
      verify: 'optional_no_ca',
      server: `${WIDENED} location / { if ($ssl_client_verify !~ unable) { return 403; } SITE 1 }`,
      requests: [
        ['GET /', 'refused 403'],
        ['GET /', trusted, 'refused 403'],
        ['GET /', other, 'refused 403'],
        ['GET /', untrusted, 'refused 403'],
        ['GET /', { certificate: 'unknown' }, IN],
      ],
      access: { 'location / proxy_pass': 'refused reached refused' },
    },
    {
      id: '2 inherited',
      title: 'it is inherited from http, and an empty one cancels it',
      http: `${WIDENED} server { TLS server_name inherits.test; ssl_verify_client on; location / { SITE 1 } }
        server { listen 127.0.0.1:SECOND_PORT ssl; CERTIFICATES server_name cancels.test; ssl_verify_client on;
        ssl_trusted_certificate ""; location / { SITE 2 } }`,
      requests: [
        ['GET /', { sni: 'inherits.test', host: 'inherits.test', ...other }, IN],
        ['GET /', { to: 'second', sni: null, host: 'cancels.test', ...other }, 'refused 400'],
        ['GET /', { to: 'second', sni: null, host: 'cancels.test', ...trusted }, 'proxy_pass 2 200'],
      ],
      access: { 'inherits.test: location / proxy_pass': TRUSTED, 'cancels.test: location / proxy_pass': TRUSTED },
      alone: true,
    },
    {
      id: '2 stapling',
      title: 'that it is meant for stapling makes no difference',
      verify: 'on',
      server: `${WIDENED} ssl_stapling on; ssl_stapling_verify on; location / { SITE 1 }`,
      requests: [['GET /', other, IN]],
      access: { 'location / proxy_pass': TRUSTED },
    },
    {
      id: '2 upstream',
      title: 'proxy_ssl_trusted_certificate is about back ends',
      server: 'proxy_ssl_trusted_certificate OTHER_AUTHORITY; location / { SITE 1 }',
      requests: answers(IN, IN, 'refused 400', 'refused 400'),
      access: { 'location / proxy_pass': ANYBODY },
    },
  ],
};
