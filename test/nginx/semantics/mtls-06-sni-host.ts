import { type Exchange, type Row, type Section, TRUSTED } from './rows.js';

const trusted = { certificate: 'trusted' } as const;
const other = { certificate: 'other' } as const;
const self = { certificate: 'untrusted' } as const;

const server = (name: string, policy: string, text: number, certificates = 'CERTIFICATES'): string =>
  `server { listen 127.0.0.1:PORT ssl; ${certificates} server_name ${name}; ${policy} location / { TEXT ${text} } }`;
const ask = (sni: string | null, host: string | null, answer: string, more: object = {}): Exchange => [
  'GET /',
  { sni, host, ...(host === null ? { version: '1.0' } : {}), ...more },
  answer,
];

const askChecked = (sni: string | null, answer: string): Exchange => [
  'GET /checked',
  { sni, host: 'one.test', ...trusted },
  answer,
];

const OPEN = 'return 1 200';
const CHECKED = 'one.test: location = /checked > if ($ssl_client_verify = SUCCESS) return';
const FOREIGN = 'OWN_CERTIFICATE ssl_client_certificate OTHER_AUTHORITY;';

const MANY = [
  server('open.test', '', 1),
  server('on.test alias.test', 'ssl_verify_client on;', 2),
  server('opt.test', 'ssl_verify_client optional;', 3),
  server('nca.test', 'ssl_verify_client optional_no_ca;', 4),
  server('*.wild.test', 'ssl_verify_client on;', 5),
].join('\n');

const MANY_ACCESS = {
  'open.test: location / return': 'reached',
  'on.test alias.test: location / return': TRUSTED,
  'opt.test: location / return': 'reached',
  'nca.test: location / return': 'reached',
  '*.wild.test: location / return': TRUSTED,
};

/** Two servers that verify, of which the second is asked by its name alone. */
function pair(
  title: string,
  first: string,
  second: string,
  requests: readonly Exchange[],
  verdicts: readonly [string, string],
  firstCertificates = 'CERTIFICATES',
  secondCertificates = 'CERTIFICATES',
): Row {
  return {
    id: `6 ${title}`,
    title: 'without SNI the policy of the default server decides',
    http: `${server('one.test', first, 1, firstCertificates)} ${server('two.test', second, 2, secondCertificates)}`,
    requests,
    access: { 'one.test: location / return': verdicts[0], 'two.test: location / return': verdicts[1] },
  };
}

export const section: Section = {
  document: 'mtls',
  name: '6 SNI, Host and 421',
  rows: [
    {
      id: '6 open, then on, optional, optional_no_ca',
      title: 'SNI of the open server and Host of one that verifies is 421',
      http: MANY,
      requests: [
        ask('open.test', 'on.test', 'refused 421', trusted),
        ask('open.test', 'opt.test', 'refused 421'),
        ask('open.test', 'nca.test', 'refused 421'),
        ask('on.test', 'opt.test', 'refused 421', trusted),
      ],
      access: MANY_ACCESS,
    },
    {
      id: '6 without SNI',
      title: 'no certificate is asked for',
      http: MANY,
      requests: [
        ask(null, 'on.test', 'refused 400', trusted),
        ask('unknown.test', 'on.test', 'refused 400'),
        ask(null, 'opt.test', 'return 3 200', trusted),
        ask('unknown.test', 'nca.test', 'return 4 200', trusted),
      ],
      access: MANY_ACCESS,
    },
    {
      id: '6 on, then open',
      title: 'the open server is reached, whatever the handshake found',
      http: `${MANY} server { listen 127.0.0.1:PORT ssl; CERTIFICATES server_name shows.test;
        location / { if ($ssl_client_verify = SUCCESS) { TEXT 6 } if ($ssl_client_verify ~ ^FAILED) { TEXT 7 } TEXT 8 } }`,
      requests: [
        ask('on.test', 'open.test', OPEN),
        ask('on.test', 'unknown.test', OPEN),
        ask('on.test', null, OPEN),
        ask('on.test', 'shows.test', 'return 6 200', trusted),
        ask('on.test', 'shows.test', 'return 7 200', other),
        ask('on.test', 'shows.test', 'return 8 200'),
      ],
      access: {
        ...MANY_ACCESS,
        'shows.test: location / > if ($ssl_client_verify = SUCCESS) return': 'refused refused reached',
        'shows.test: location / > if ($ssl_client_verify ~ ^FAILED) return': 'refused reached refused',
        'shows.test: location / return': 'reached',
      },
    },
    {
      id: '6 alias',
      title: 'another name of the same server is 421 too',
      http: MANY,
      requests: [
        ask('on.test', 'alias.test', 'refused 421', trusted),
        ask('a.wild.test', 'b.wild.test', 'refused 421', trusted),
        ask('a.wild.test', 'a.wild.test', 'return 5 200', trusted),
      ],
      access: MANY_ACCESS,
    },
    {
      id: '6 spelling',
      title: 'case, final dot and port do not matter; the host of the target does',
      http: MANY,
      requests: [
        ask('on.test', 'ON.TEST', 'return 2 200', trusted),
        ask('on.test', 'on.test.', 'return 2 200', trusted),
        ask('on.test', 'on.test:8443', 'return 2 200', trusted),
        ask('ON.TEST', 'on.test', 'return 2 200', trusted),
        ['GET https://on.test/', { sni: 'open.test', host: 'open.test' }, 'refused 421'],
      ],
      access: MANY_ACCESS,
    },
    {
      id: '6 verifying default',
      title: 'an unknown Host under a verifying default server',
      http: `${server('on.test', 'ssl_verify_client on;', 1)} ${server('open.test', '', 2)}`,
      requests: [
        ask('on.test', 'unknown.test', 'refused 421', trusted),
        ask(null, 'unknown.test', 'return 1 200', trusted),
        ask(null, 'unknown.test', 'refused 400'),
      ],
      access: { 'on.test: location / return': TRUSTED, 'open.test: location / return': 'reached' },
    },
    {
      id: '6 single server',
      title: 'with one server on the address no name is remembered',
      http: server('on.test', 'ssl_verify_client on;', 1),
      requests: [ask('on.test', 'other.test', 'return 1 200', trusted), ask('on.test', 'other.test', 'refused 400')],
      access: { 'location / return': TRUSTED },
    },
    pair(
      'on with another CA',
      'ssl_verify_client on;',
      'ssl_verify_client on;',
      [
        ask('two.test', 'two.test', 'refused 400', other),
        ask(null, 'two.test', 'return 2 200', other),
        ask('unknown.x', 'two.test', 'return 2 200', other),
        ask(null, 'two.test', 'refused 400', trusted),
        ask('two.test', 'two.test', 'return 2 200', trusted),
      ],
      [TRUSTED, 'refused reached reached'],
      FOREIGN,
    ),
    pair(
      'optional with another CA',
      'ssl_verify_client optional;',
      'ssl_verify_client on;',
      [ask('two.test', 'two.test', 'refused 400', other), ask(null, 'two.test', 'return 2 200', other)],
      ['reached refused reached', 'refused reached reached'],
      FOREIGN,
    ),
    pair(
      'on with another CA in front of optional',
      'ssl_verify_client on;',
      'ssl_verify_client optional; GUARD',
      [
        ask('two.test', 'two.test', 'refused 400', other),
        ask(null, 'two.test', 'return 2 200', other),
        ask(null, 'two.test', 'refused 403'),
      ],
      [TRUSTED, 'refused reached reached'],
      FOREIGN,
    ),
    pair(
      'optional_no_ca with another trusted CA',
      'ssl_verify_client optional_no_ca; ssl_trusted_certificate OTHER_AUTHORITY;',
      'ssl_verify_client on;',
      [ask('two.test', 'two.test', 'refused 400', other), ask(null, 'two.test', 'return 2 200', other)],
      ['reached', 'refused reached reached'],
      'OWN_CERTIFICATE',
    ),
    pair(
      'optional_no_ca without a CA',
      'ssl_verify_client optional_no_ca;',
      'ssl_verify_client on;',
      [
        ask(null, 'two.test', 'refused 400', self),
        ask(null, 'two.test', 'refused 400', trusted),
        ask('two.test', 'two.test', 'return 2 200', trusted),
      ],
      // No certificate is one that the first server accepts.
      ['reached reached refused', TRUSTED],
      'OWN_CERTIFICATE',
    ),
    pair(
      'optional_no_ca without a CA in front of optional_no_ca',
      'ssl_verify_client optional_no_ca;',
      'ssl_verify_client optional_no_ca; GUARD',
      [ask('two.test', 'two.test', 'return 2 200', trusted), ask(null, 'two.test', 'refused 403', trusted)],
      ['reached reached refused', TRUSTED],
      'OWN_CERTIFICATE',
    ),
    pair(
      'a trusted CA more',
      'ssl_verify_client on; ssl_trusted_certificate OTHER_AUTHORITY;',
      'ssl_verify_client on;',
      [ask('two.test', 'two.test', 'refused 400', other), ask(null, 'two.test', 'return 2 200', other)],
      [TRUSTED, 'refused reached reached'],
    ),
    pair(
      'no certificate of its own',
      'ssl_verify_client on;',
      'ssl_verify_client on;',
      [ask('two.test', 'two.test', 'return 2 200', other), ask('two.test', 'two.test', 'refused 400', trusted)],
      [TRUSTED, 'refused reached refused'],
      FOREIGN,
      'ssl_client_certificate AUTHORITY;',
    ),
    pair(
      'off in front of on',
      '',
      'ssl_verify_client on;',
      [ask(null, 'two.test', 'refused 400', trusted), ask('two.test', 'two.test', 'return 2 200', trusted)],
      ['reached', TRUSTED],
    ),
    {
      id: '6 reject',
      title: 'a default server that rejects handshakes closes that way',
      http: `server { listen 127.0.0.1:PORT ssl default_server; ssl_reject_handshake on; }
        ${server('two.test', 'ssl_verify_client on;', 2)}`,
      requests: [
        ask('two.test', 'two.test', 'return 2 200', trusted),
        ask(null, 'two.test', 'closed 0', trusted),
        ask('unknown.test', 'two.test', 'closed 0', trusted),
        // A known name leads on to the server that rejects, which does not verify.
        ask('two.test', 'unknown.test', 'refused 404', trusted),
      ],
      access: { 'unnamed: server static': 'reached', 'two.test: location / return': TRUSTED },
    },
    {
      id: '6 reject, SNI of an open server',
      title: 'a handshake that no server verifies leads to a server without a name, and to one that rejects its own',
      http: `server { listen 127.0.0.1:PORT ssl default_server; CERTIFICATES server_name default.test; ssl_verify_client optional; ssl_reject_handshake on; }
        ${server('open.test', '', 1)} ${server('""', '', 2)} ${server('closed.test', 'ssl_reject_handshake on;', 3)}`,
      requests: [
        ask('open.test', null, 'return 2 200'),
        ask('open.test', 'closed.test', 'return 3 200'),
        ask('closed.test', 'closed.test', 'closed 0'),
        ask(null, null, 'closed 0'),
      ],
      access: {
        'open.test: location / return': 'reached',
        ': location / return': 'reached',
        'closed.test: location / return': 'reached',
      },
    },
    {
      id: '6 a name twice',
      title: 'a name that an earlier server has leads to no handshake of a later one',
      http: `${checking('one.test')} ${server('one.test', 'ssl_verify_client on;', 2)}`,
      requests: [askChecked('one.test', 'refused 403'), askChecked(null, 'refused 403')],
      access: { 'one.test: server static': 'reached', [CHECKED]: 'refused', 'one.test: location / return': 'refused' },
    },
    {
      id: '6 a name twice, and one of its own',
      title: 'the other name of the later server does, also for a server that verifies nobody',
      http: `${checking('one.test')} ${server('one.test two.test', 'ssl_verify_client on;', 2)}`,
      requests: [
        askChecked('two.test', 'return 1 200'),
        askChecked('one.test', 'refused 403'),
        ask('two.test', 'two.test', 'return 2 200', trusted),
      ],
      access: {
        'one.test: server static': 'reached',
        [CHECKED]: TRUSTED,
        'one.test two.test: location / return': TRUSTED,
      },
    },
    {
      id: '6 text',
      title: '$ssl_server_name is what the client sends: the name of another server, of none, or in another spelling',
      http: `${named('first.test', '')} ${named('other.test', '')} ${named('off.test', '')} ${named('on.test', 'ssl_verify_client optional;')}`,
      requests: [
        ask('other.test', 'off.test', 'return 1 200'),
        ask('none.test', 'off.test', 'return 2 200'),
        ask('OFF.test', 'off.test', 'return 3 200'),
        ask('a..b', 'off.test', 'return 4 200'),
        ask('off.test', 'off.test', 'refused 403'),
        ask('other.test', 'on.test', 'refused 421'),
        ask('none.test', 'on.test', 'return 2 200'),
        ask('ON.test', 'on.test', 'return 3 200'),
        ask('a..b', 'on.test', 'return 4 200'),
        ask('other.test', 'first.test', 'return 1 200'),
        ask('none.test', 'first.test', 'return 2 200'),
      ],
      access: {
        ...namedAccess('first.test', 'reached'),
        ...namedAccess('other.test', 'reached'),
        ...namedAccess('off.test', 'reached'),
        ...namedAccess('on.test', 'refused'),
      },
    },
  ],
};

/** A server that verifies nobody, and answers only who is verified all the same. */
function checking(name: string): string {
  return `server { listen 127.0.0.1:PORT ssl; CERTIFICATES server_name ${name}; location = /checked {
    if ($ssl_client_verify = SUCCESS) { TEXT 1 } return 403; } }`;
}

/** A server whose answers depend on the text of the SNI name. */
function named(name: string, policy: string): string {
  return `server { listen 127.0.0.1:PORT ssl; CERTIFICATES server_name ${name}; ${policy} location / {
    if ($ssl_server_name = other.test) { TEXT 1 }
    if ($ssl_server_name = none.test) { TEXT 2 }
    if ($ssl_server_name ~ [A-Z]) { TEXT 3 }
    if ($ssl_server_name = a..b) { TEXT 4 }
    return 403; } }`;
}

function namedAccess(name: string, byAnother: string): Record<string, string> {
  const at = (condition: string) => `${name}: location / > if ($ssl_server_name ${condition}) return`;
  return {
    [at('= other.test')]: byAnother,
    [at('= none.test')]: 'reached',
    [at('~ [A-Z]')]: 'reached',
    [at('= a..b')]: 'reached',
  };
}
