import { type Section, TRUSTED } from './rows.js';

const trusted = { certificate: 'trusted' } as const;
const other = { certificate: 'other' } as const;
const untrusted = { certificate: 'untrusted' } as const;
const verify = (name: string, listen: string, site: number): string =>
  `server { listen ${listen} ssl; CERTIFICATES server_name ${name}; ssl_verify_client on; location / { SITE ${site} } }`;
const open = (name: string, listen: string, site: number): string =>
  `server { listen ${listen} ssl; CERTIFICATES server_name ${name}; location / { SITE ${site} } }`;
const HERE = '127.0.0.1:PORT';
const as = (name: string) => ({ sni: name, host: name });

export const section: Section = {
  document: 'mtls',
  name: '14 and 15 listening addresses, and other knobs',
  rows: [
    {
      id: '14 first server',
      title: 'the first server of an address is its default',
      http: `${open('open.test', HERE, 1)} ${verify('a.test', HERE, 2)}`,
      requests: [['GET /', { sni: null, host: 'zzz' }, 'proxy_pass 1 200']],
      access: { 'open.test: location / proxy_pass': 'reached', 'a.test: location / proxy_pass': TRUSTED },
    },
    {
      id: '14 exact address',
      title: 'an address of its own has its own default server',
      http: `${verify('a.test', 'PORT', 1)} ${open('open.test', '127.0.0.2:PORT', 2)}`,
      requests: [
        ['GET /', { address: '127.0.0.2', ...as('a.test') }, 'proxy_pass 2 200'],
        ['GET /', as('open.test'), 'refused 400'],
        ['GET /', { ...as('a.test'), ...trusted }, 'proxy_pass 1 200'],
      ],
      access: { 'a.test: location / proxy_pass': TRUSTED, 'open.test: location / proxy_pass': 'reached' },
    },
    {
      id: '14 exact address of the verifying server',
      title: 'elsewhere the open server has its name',
      http: `server { listen SECOND_PORT ssl; listen 127.0.0.2:SECOND_PORT ssl; CERTIFICATES server_name open.test; location / { SITE 1 } }
        ${verify('a.test', '127.0.0.2:SECOND_PORT', 2)}`,
      requests: [
        ['GET /', { to: 'second', ...as('a.test') }, 'proxy_pass 1 200'],
        ['GET /', { to: 'second', address: '127.0.0.2', ...as('a.test') }, 'refused 400'],
      ],
      access: { 'open.test: location / proxy_pass': 'reached', 'a.test: location / proxy_pass': TRUSTED },
    },
    {
      id: '14 families',
      title: 'the other address family has its own default server',
      http: `${verify('a.test', HERE, 1)} ${open('open.test', '[::1]:PORT', 2)}`,
      requests: [
        ['GET /', as('a.test'), 'refused 400'],
        ['GET /', { address: '::1', from: '::1', ...as('a.test') }, 'proxy_pass 2 200'],
      ],
      access: { 'a.test: location / proxy_pass': TRUSTED, 'open.test: location / proxy_pass': 'reached' },
    },
    {
      id: '14 one family alone',
      title: 'where the verifying server does not listen, the open one has its name',
      http: `server { listen ${HERE} ssl; listen [::1]:PORT ssl; CERTIFICATES server_name open.test; location / { SITE 1 } }
        ${verify('a.test', HERE, 2)}`,
      requests: [
        ['GET /', as('a.test'), 'refused 400'],
        ['GET /', { address: '::1', from: '::1', ...as('a.test') }, 'proxy_pass 1 200'],
      ],
      access: { 'open.test: location / proxy_pass': 'reached', 'a.test: location / proxy_pass': TRUSTED },
    },
    {
      id: '14 rejecting default of one family',
      title: 'a default server that rejects handshakes has to cover every address',
      http: `server { listen ${HERE} ssl default_server; ssl_reject_handshake on; server_name _; }
        server { listen ${HERE} ssl; listen [::1]:PORT ssl; CERTIFICATES server_name a.test; ssl_verify_client on; location / { SITE 1 } }`,
      requests: [
        ['GET /', { sni: null, host: 'a.test', ...trusted }, 'closed 0'],
        ['GET /', { address: '::1', from: '::1', sni: null, host: 'a.test', ...trusted }, 'proxy_pass 1 200'],
      ],
      access: { '_: server static': 'reached', 'a.test: location / proxy_pass': TRUSTED },
    },
    {
      id: '14 name twice',
      title: 'of a name that is used twice the later server never verifies',
      http: `${open('o.test', HERE, 1)} ${open('a.test', HERE, 2)}
        server { listen ${HERE} ssl; CERTIFICATES server_name a.test; ssl_verify_client on; location /second { SITE 3 } }`,
      requests: [['GET /second', as('a.test'), 'proxy_pass 2 200']],
      access: {
        'o.test: location / proxy_pass': 'reached',
        'a.test: location / proxy_pass': 'reached',
        'a.test: location /second proxy_pass': 'refused',
      },
    },
    {
      id: '14 two ports',
      title: 'a name may verify on one port and not on another',
      http: `${verify('a.test', HERE, 1)} ${open('a.test b.test', '127.0.0.1:SECOND_PORT', 2)}`,
      requests: [
        ['GET /', 'refused 400'],
        ['GET /', { to: 'second' }, 'proxy_pass 2 200'],
      ],
      access: { 'a.test: location / proxy_pass': TRUSTED, 'a.test b.test: location / proxy_pass': 'reached' },
    },
    {
      id: '14 exact over wildcard',
      title: 'an exact name without verification wins over a wildcard with it',
      http: `${verify('*.test', HERE, 1)} ${open('open.test', HERE, 2)}`,
      requests: [
        ['GET /', as('open.test'), 'proxy_pass 2 200'],
        ['GET /', as('q.test'), 'refused 400'],
      ],
      access: { '*.test: location / proxy_pass': TRUSTED, 'open.test: location / proxy_pass': 'reached' },
    },
    {
      id: '14 reject everywhere',
      title: 'ssl_reject_handshake next to verification refuses every handshake',
      http: `server { TLS server_name a.test; ssl_verify_client on; ssl_reject_handshake on; location / { SITE 1 } }`,
      requests: [
        ['GET /', trusted, 'closed 0'],
        ['GET /', 'closed 0'],
        ['GET /', { cleartext: true }, 'refused 400'],
      ],
      access: { 'location / proxy_pass': 'refused' },
    },
    {
      id: '14 444 off',
      title: '444 of the default server does not stop Host from choosing another server',
      http: `server { listen ${HERE} ssl; CERTIFICATES server_name _; return 444; } ${verify('a.test', HERE, 1)}
        server { listen ${HERE} ssl; CERTIFICATES server_name o.test; ssl_verify_client optional; location / { SITE 2 } }`,
      requests: [
        ['GET /', { sni: null, host: 'a.test', ...trusted }, 'refused 400'],
        ['GET /', { sni: null, host: 'o.test', ...trusted }, 'proxy_pass 2 200'],
        ['GET /', { sni: null, host: 'zzz' }, 'closed 0'],
      ],
      access: { 'a.test: location / proxy_pass': TRUSTED, 'o.test: location / proxy_pass': 'reached' },
    },
    {
      id: '14 444 on',
      title: 'nor does one that verifies against another CA',
      http: `server { listen ${HERE} ssl; OWN_CERTIFICATE ssl_client_certificate OTHER_AUTHORITY; server_name _; ssl_verify_client on;
        return 444; } ${verify('a.test', HERE, 1)}`,
      requests: [
        ['GET /', { sni: null, host: 'a.test', ...other }, 'proxy_pass 1 200'],
        ['GET /', { ...as('a.test'), ...other }, 'refused 400'],
      ],
      access: { 'location / proxy_pass': 'refused reached reached' },
    },
    {
      id: '15 VerifyCAFile',
      title: 'ssl_conf_command VerifyCAFile replaces the CAs',
      http: `server { TLS server_name a.test; ssl_verify_client on; ssl_conf_command VerifyCAFile OTHER_AUTHORITY; location / { SITE 1 } }`,
      requests: [
        ['GET /', trusted, 'refused 400'],
        ['GET /', other, 'proxy_pass 1 200'],
        ['GET /', untrusted, 'refused 400'],
      ],
      access: { 'location / proxy_pass': TRUSTED },
    },
    {
      id: '15 ClientCAFile',
      title: 'ClientCAFile changes the names that are offered, not who is accepted',
      http: `server { TLS server_name a.test; ssl_verify_client on; ssl_conf_command ClientCAFile OTHER_AUTHORITY; location / { SITE 1 } }`,
      requests: [
        ['GET /', trusted, 'proxy_pass 1 200'],
        ['GET /', other, 'refused 400'],
      ],
      access: { 'location / proxy_pass': TRUSTED },
    },
    {
      id: '15 VerifyMode Request',
      title: 'VerifyMode Request asks for a certificate and refuses nobody',
      http: `server { TLS server_name a.test; ssl_conf_command VerifyMode Request;
        location / { if ($ssl_client_verify = NONE) { TEXT 1 } if ($ssl_client_verify ~ ^FAILED) { TEXT 2 } TEXT 3 } }`,
      requests: [
        ['GET /', 'return 1 200'],
        ['GET /', untrusted, 'return 2 200'],
      ],
      access: {
        'location / > if ($ssl_client_verify = NONE) return': 'reached refused refused',
        'location / > if ($ssl_client_verify ~ ^FAILED) return': 'refused reached refused',
        'location / return': 'refused',
      },
    },
    {
      id: '15 VerifyMode Require',
      title: 'VerifyMode Require asks for some certificate, whichever',
      http: `server { TLS server_name a.test; ssl_conf_command VerifyMode Require; location / { SITE 1 } }
        server { SECOND CERTIFICATES server_name b.test; ssl_verify_client on; ssl_conf_command VerifyMode Require; location / { SITE 2 } }`,
      requests: [
        ['GET /', 'closed 0'],
        ['GET /', untrusted, 'proxy_pass 1 200'],
        ['GET /', { to: 'second' }, 'closed 0'],
        ['GET /', { to: 'second', ...trusted }, 'proxy_pass 2 200'],
        ['GET /', { to: 'second', ...untrusted }, 'refused 400'],
      ],
      access: {
        'a.test: location / proxy_pass': 'refused reached refused',
        'b.test: location / proxy_pass': TRUSTED,
      },
    },
    {
      id: '15 satisfy any',
      title: 'satisfy any does not relax a check of the program',
      server: 'location / { satisfy any; deny 10.0.0.0/8; allow all; GUARD SITE 1 }',
      requests: [['GET /', 'refused 403']],
      access: { 'location / proxy_pass': TRUSTED },
    },
    {
      id: '15 ssl_ocsp without verification',
      title: 'ssl_ocsp without ssl_verify_client has no effect',
      verify: 'off',
      server: 'ssl_ocsp on; location / { SITE 1 }',
      requests: [
        ['GET /', 'proxy_pass 1 200'],
        ['GET /', untrusted, 'proxy_pass 1 200'],
      ],
      access: { 'location / proxy_pass': 'reached' },
    },
    {
      id: '15 ssl_ocsp without a responder',
      title: 'ssl_ocsp without a responder locks every certificate out, and nobody else',
      http: `server { TLS server_name a.test; ssl_verify_client on; ssl_ocsp on; location / { SITE 1 } }
        server { SECOND CERTIFICATES server_name b.test; ssl_verify_client optional; ssl_ocsp on; location / { SITE 2 } }`,
      requests: [
        ['GET /', { ...trusted, assumedOtherwise: 'certificates are in order' }, 'refused 400'],
        ['GET /', { to: 'second' }, 'proxy_pass 2 200'],
      ],
      access: {
        'a.test: location / proxy_pass': TRUSTED,
        'b.test: location / proxy_pass': 'reached refused reached',
      },
    },
  ],
};
