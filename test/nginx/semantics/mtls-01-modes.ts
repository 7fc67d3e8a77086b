import type { Row, Section } from './rows.js';

const VALUES = 'if ($ssl_client_verify = NONE) { TEXT 1 } if ($ssl_client_verify = SUCCESS) { TEXT 2 } TEXT 3';

const valuesOf = (none: string, success: string, rest: string) => ({
  'location / > if ($ssl_client_verify = NONE) return': none,
  'location / > if ($ssl_client_verify = SUCCESS) return': success,
  'location / return': rest,
});

/** The four kinds of client against one mode: the answers of a server that shows the result. */
function mode(
  verify: 'on' | 'optional' | 'optional_no_ca' | 'off',
  title: string,
  [nothing, trusted, other, self]: readonly [string, string, string, string],
  access: Row['access'],
): Row {
  return {
    id: `1 ${verify}`,
    title,
    verify,
    server: `location / { ${VALUES} }`,
    requests: [
      ['GET /', nothing],
      ['GET /', { certificate: 'trusted' }, trusted],
      ['GET /', { certificate: 'other' }, other],
      ['GET /', { certificate: 'untrusted' }, self],
    ],
    access,
  };
}

const NONE = 'return 1 200';
const SUCCESS = 'return 2 200';
const FAILED = 'return 3 200';
const REFUSED = 'refused 400';

export const section: Section = {
  document: 'mtls',
  name: '1 modes and kinds of client certificate',
  rows: [
    mode(
      'on',
      'nobody without a certificate of the CA',
      [REFUSED, SUCCESS, REFUSED, REFUSED],
      valuesOf('refused', 'refused refused reached', 'refused'),
    ),
    mode(
      'optional',
      'the certificate may be absent, never wrong',
      [NONE, SUCCESS, REFUSED, REFUSED],
      valuesOf('reached refused refused', 'refused refused reached', 'refused'),
    ),
    mode(
      'optional_no_ca',
      'a certificate of anybody passes, and SUCCESS still tells who it is',
      [NONE, SUCCESS, FAILED, FAILED],
      valuesOf('reached refused refused', 'refused refused reached', 'refused reached refused'),
    ),
    mode('off', 'nobody is asked', [NONE, NONE, NONE, NONE], valuesOf('reached', 'refused', 'refused')),
    {
      id: '1 optional_no_ca without a CA',
      title: 'a check for SUCCESS locks everybody out, one for NONE lets every certificate in',
      http: `server { listen 127.0.0.1:PORT ssl; OWN_CERTIFICATE server_name a.test; ssl_verify_client optional_no_ca;
        location /1 { GUARD SITE 1 } location /2 { if ($ssl_client_verify = NONE) { return 403; } SITE 2 } location / { return 404; } }`,
      requests: [
        ['GET /1', { certificate: 'trusted' }, 'refused 403'],
        ['GET /2', { certificate: 'trusted' }, 'proxy_pass 2 200'],
        ['GET /2', { certificate: 'untrusted' }, 'proxy_pass 2 200'],
        ['GET /2', 'refused 403'],
      ],
      // No certificate is one that the server accepts.
      access: { 'location /1 proxy_pass': 'refused', 'location /2 proxy_pass': 'refused reached refused' },
    },
    {
      id: '1 refusal is a page',
      title: 'the handshake completes, and the refusal is an answer of HTTP',
      verify: 'on',
      server: 'location / { SITE 1 }',
      requests: [
        ['GET /', REFUSED],
        ['GET /', { certificate: 'untrusted' }, REFUSED],
      ],
      access: { 'location / proxy_pass': 'refused refused reached' },
    },
  ],
};
