import { ANYBODY, type Exchange, type More, type Row, type Section, TRUSTED } from './rows.js';

const trusted = { certificate: 'trusted' } as const;
const untrusted = { certificate: 'untrusted' } as const;
const REST = 'location / { return 404; }';

/** Where an error page leads whose code a refused client can raise in front of every check. */
interface Column {
  readonly id: string;
  readonly title: string;
  readonly verify: 'optional' | 'on';
  readonly target: '@b' | '/e';
}

const COLUMNS: readonly Column[] = [
  { id: '8.50', title: 'named, behind a check in the server', verify: 'optional', target: '@b' },
  { id: '8.51', title: 'a URI, behind a check in the server', verify: 'optional', target: '/e' },
  { id: '8.52', title: 'named, under verification', verify: 'on', target: '@b' },
  { id: '8.53', title: 'a URI, under verification', verify: 'on', target: '/e' },
];

/** A code, what raises it, and how far nginx has read then: without a URI a named location is a dead end. */
interface Provocation {
  readonly code: number;
  readonly requests: readonly (readonly [line: string, more: More])[];
  readonly hasUri: boolean;
  /** The classes of client that can do it: all unless it is about certificates. */
  readonly by?: 'none' | 'untrusted';
}

const LONG = 'a'.repeat(9000);

/** The password of the laboratory's user file. */
const user = { headers: [['Authorization', 'Basic dTpw']] } as const;

const PROVOCATIONS: readonly Provocation[] = [
  {
    code: 400,
    hasUri: true,
    requests: [
      ['GET /x', { host: 'a/b' }],
      ['GET /x', { host: null, sni: null }],
      ['GET /x', { headers: [['Host', 'a.test']] }],
      ['GET /x', { headers: [['Content-Length', 'x']] }],
    ],
  },
  {
    code: 400,
    hasUri: false,
    requests: [
      ['GET /x%zz', {}],
      ['get /x', {}],
      ['CONNECT a:443', {}],
    ],
  },
  { code: 414, hasUri: false, requests: [[`GET /${LONG}`, {}]] },
  { code: 494, hasUri: true, requests: [['GET /x', { headers: [['X-Long', LONG]] }]] },
  { code: 405, hasUri: true, requests: [['TRACE /x', {}]] },
  { code: 501, hasUri: true, requests: [['POST /x', { headers: [['Transfer-Encoding', 'foo']] }]] },
  { code: 505, hasUri: false, requests: [['GET /x HTTP/2.1', {}]] },
  { code: 497, hasUri: true, requests: [['GET /x', { cleartext: true }]] },
  { code: 495, hasUri: true, requests: [['GET /x', untrusted]], by: 'untrusted' },
  { code: 496, hasUri: true, requests: [['GET /x', {}]], by: 'none' },
];

function early({ id, title, verify, target }: Column, { code, requests, hasUri, by }: Provocation): Row[] {
  if (code === 496 && verify === 'optional') return [];
  const isNamed = target === '@b';
  const reaches = isNamed ? hasUri : verify === 'on';
  const answer = (line: string): string => {
    if (!reaches) return isNamed ? 'refused 500' : 'refused 403';
    return isNamed ? `proxy_pass 2 200 ${line}` : 'proxy_pass 2 200 GET /e';
  };
  const block = isNamed ? 'location @b { SITE 2 }' : 'location = /e { SITE 2 }';
  // Over a request line or a header that it could not read nginx answers in the place of all three classes.
  const all =
    by === undefined
      ? ['reached', 'reached', 'reached']
      : by === 'none'
        ? ['reached', 'refused', 'refused']
        : ['refused', 'reached', 'refused'];
  const direct = isNamed ? ['refused', 'refused', 'refused'] : TRUSTED.split(' ');
  // The one request of 400 that has a URI stands for both rows of that code.
  const reachable = reaches || (code === 400 && isNamed);
  const verdicts = direct.map((verdict, index) => (reachable && all[index] === 'reached' ? 'reached' : verdict));
  return [
    {
      id,
      title: `${code} ${hasUri ? '' : 'without a URI '}leads to an error page: ${title}`,
      ...(verify === 'on' ? { verify } : {}),
      server: `${verify === 'optional' ? 'GUARD' : ''} error_page ${code} = ${target}; ${block} location / { SITE 1 }`,
      requests: requests.map(([line, more]): Exchange => [line, more, answer(line)]),
      access: {
        'location / proxy_pass': TRUSTED,
        [`location ${isNamed ? target : `= ${target}`} proxy_pass`]: verdicts.join(' '),
      },
    },
  ];
}

/** A body that is announced in chunks, and holds none. */
const BROKEN: More = { headers: [['Transfer-Encoding', 'chunked']], body: 5 };
/** A condition that no answer meets. */
const CONDITION: More = { headers: [['If-Match', '"0"']] };
/** A part of a file behind its end. */
const PART: More = { headers: [['Range', 'bytes=9000000000000000000-']] };

export const section: Section = {
  document: 'request',
  name: '8 return, error_page, and ways around a refusal',
  rows: [
    {
      id: '8.1',
      title: 'forms of return',
      server: `location /1 { return 403; } location /2 { TEXT 1 } location /3 { return 301 /x; } location /4 { return https://h.test/z; }
        location /5 { return 444; } location /6 { return 200; } location /7 { return 418; } location /8 { return 204; } ${REST}`,
      requests: [
        ['GET /1', 'refused 403'],
        ['GET /2', 'return 1 200'],
        ['GET /3', 'redirected 301'],
        ['GET /4', 'redirected 302'],
        ['GET /5', 'closed 0'],
        ['GET /6', 'empty 200'],
        ['GET /7', 'refused 418'],
        ['GET /8', 'empty 204'],
      ],
      access: { 'location /2 return': ANYBODY },
    },
    {
      id: '8.10',
      title: 'the back end of a named error page is reached whatever status is shown',
      server: `location /1 { GUARD error_page 403 @b; SITE 1 } location /2 { GUARD error_page 403 = @b; SITE 1 }
        location /3 { GUARD error_page 403 =202 @b; SITE 1 } location @b { SITE 2 } ${REST}`,
      requests: [
        ['POST /1', { body: 2 }, 'proxy_pass 2 403 POST /1'],
        ['GET /2', 'proxy_pass 2 200 GET /2'],
        ['GET /3', 'proxy_pass 2 202 GET /3'],
      ],
      access: {
        'location /1 proxy_pass': TRUSTED,
        'location /2 proxy_pass': TRUSTED,
        'location /3 proxy_pass': TRUSTED,
        'location @b proxy_pass': 'reached refused refused',
      },
    },
    {
      id: '8.11',
      title: 'that of a URI gets GET and that URI',
      server: 'location / { GUARD error_page 403 /deny/x?r=$request_uri; SITE 1 } location /deny/ { internal; SITE 2 }',
      requests: [
        ['POST /x', { body: 2 }, 'proxy_pass 2 403 GET /deny/x?r=/x'],
        ['HEAD /x', 'refused 403'],
      ],
      access: { 'location / proxy_pass': TRUSTED, 'location /deny/ proxy_pass': 'reached refused refused' },
    },
    {
      id: '8.12, 8.12b, 8.12c',
      title: 'a text keeps error pages off, an empty one does not, an empty variable does',
      server: `set $e ""; error_page 403 = @b;
        location /1 { if ($ssl_client_verify != SUCCESS) { return 403 "no"; } SITE 1 }
        location /2 { if ($ssl_client_verify != SUCCESS) { return 403 ""; } SITE 1 }
        location /3 { if ($ssl_client_verify != SUCCESS) { return 403 $e; } SITE 1 }
        location @b { SITE 2 } ${REST}`,
      requests: [
        ['GET /1', 'refused 403'],
        ['GET /2', 'proxy_pass 2 200'],
        ['GET /3', 'refused 403'],
        // Without a head nothing is left of an empty text.
        ['GET /1', { version: '0.9' }, 'return 0'],
        ['GET /3', { version: '0.9' }, 'closed 0'],
      ],
      access: {
        'location /1 proxy_pass': TRUSTED,
        'location /2 proxy_pass': TRUSTED,
        'location /3 proxy_pass': TRUSTED,
        'location @b proxy_pass': 'reached refused refused',
      },
    },
    {
      id: '8.13',
      title: 'redirects lead to error pages too',
      server: `error_page 302 = @b; location / { if ($ssl_client_verify != SUCCESS) { return 302 https://login.test/; } SITE 1 }
        location /r { rewrite ^ https://login.test/ redirect; } location @b { SITE 2 }`,
      requests: [
        ['GET /x', 'proxy_pass 2 200'],
        ['GET /r', trusted, 'proxy_pass 2 200'],
      ],
      access: { 'location / proxy_pass': TRUSTED, 'location @b proxy_pass': ANYBODY },
    },
    {
      id: '8.14',
      title: '444 closes without an error page',
      server: `location / { error_page 444 = @b; return 444; } location @b { SITE 2 }`,
      requests: [['GET /', 'closed 0']],
      access: { 'location @b proxy_pass': 'refused' },
    },
    {
      id: '8.15',
      title: 'any code that refuses counts',
      server: `location / { if ($ssl_client_verify != SUCCESS) { return 404; } SITE 1 } error_page 404 = @b; location @b { SITE 2 }`,
      requests: [['GET /x', 'proxy_pass 2 200']],
      access: { 'location / proxy_pass': TRUSTED, 'location @b proxy_pass': 'reached refused refused' },
    },
    {
      id: '8.16',
      title: 'a check in the target holds',
      server: 'location / { GUARD error_page 403 = @b; SITE 1 } location @b { GUARD SITE 2 }',
      requests: [['GET /x', 'refused 403']],
      access: { 'location / proxy_pass': TRUSTED, 'location @b proxy_pass': 'refused' },
    },
    {
      id: '8.37',
      title: 'as in the checked location itself',
      server: 'location / { error_page 403 /z; GUARD SITE 1 }',
      requests: [['GET /x', 'refused 403']],
      access: { 'location / proxy_pass': TRUSTED },
    },
    {
      id: '8.20',
      title: 'an error page of the server is that of locations without their own',
      server: 'error_page 403 = @b; location / { GUARD SITE 1 } location @b { SITE 2 }',
      requests: [['GET /x', 'proxy_pass 2 200']],
      access: { 'location / proxy_pass': TRUSTED, 'location @b proxy_pass': 'reached refused refused' },
    },
    {
      id: '8.21',
      title: 'one of its own for any code drops it',
      server: 'error_page 403 = @b; location / { error_page 404 /none; GUARD SITE 1 } location @b { SITE 2 }',
      requests: [['GET /x', 'refused 403']],
      access: { 'location / proxy_pass': TRUSTED, 'location @b proxy_pass': 'refused' },
    },
    {
      id: '8.22',
      title: 'the refusal of the server asks the list of the server',
      server: 'GUARD location / { error_page 403 = @b; SITE 1 } location @b { SITE 2 }',
      requests: [['GET /x', 'refused 403']],
      access: { 'location / proxy_pass': TRUSTED, 'location @b proxy_pass': 'refused' },
    },
    {
      id: '8.23',
      title: 'an error page of http leads to the named location of each server',
      http: 'error_page 403 = @b;',
      server: 'GUARD location / { SITE 1 } location @b { SITE 2 }',
      requests: [['GET /x', 'proxy_pass 2 200']],
      access: { 'location / proxy_pass': TRUSTED, 'location @b proxy_pass': 'reached refused refused' },
      alone: true,
    },
    {
      id: '8.24',
      title: 'of two entries for a code the first counts',
      server: `location / { error_page 403 =200 /page.html; error_page 403 = @b; return 403; } location = /page.html { internal; }
        location @b { SITE 2 }`,
      requests: [['GET /x', 'static 200']],
      access: { 'location = /page.html static': ANYBODY, 'location @b proxy_pass': 'refused' },
    },
    {
      id: '8.27',
      title: 'a target of the client leads wherever it says',
      server: `location / { error_page 403 = $arg_t; GUARD SITE 1 } location = /adm { internal; SITE 2 } location @b { SITE 3 }`,
      requests: [
        ['GET /?t=/adm', 'proxy_pass 2 200'],
        ['GET /?t=@b', 'proxy_pass 3 200'],
        ['GET /?t=http://e.test/', 'redirected 302'],
      ],
      access: {
        'location / proxy_pass': TRUSTED,
        'location = /adm proxy_pass': 'reached refused refused',
        'location @b proxy_pass': 'reached refused refused',
      },
    },
    {
      id: '8.28',
      title: 'a URL is a redirect',
      server:
        'location / { error_page 403 https://l.test/; GUARD SITE 1 } location /b { error_page 403 =301 https://l.test/; GUARD SITE 1 }',
      requests: [
        ['GET /x', 'redirected 302'],
        ['GET /b', 'redirected 301'],
      ],
      access: { 'location / proxy_pass': TRUSTED, 'location /b proxy_pass': TRUSTED },
    },
    {
      id: '8.29',
      title: 'a named location that is missing is an error',
      server: 'location / { error_page 403 = @none; GUARD SITE 1 }',
      requests: [['GET /x', 'refused 500']],
      access: { 'location / proxy_pass': TRUSTED },
    },
    {
      id: '8.30, 8.31c',
      title: 'an error in an error page is final',
      server: `location / { error_page 403 /e; return 403; } location /e { error_page 404 = @b; return 404; }
        location /r { error_page 403 /f; return 403; }
        location /f { internal; recursive_error_pages on; error_page 404 = @c; return 404; }
        location @b { SITE 2 } location @c { SITE 3 }`,
      requests: [
        ['GET /x', 'refused 404'],
        ['GET /e', 'proxy_pass 2 200'],
        ['GET /r', 'refused 404'],
      ],
      // An internal location is left by its own refusal.
      access: { 'location @b proxy_pass': ANYBODY, 'location @c proxy_pass': ANYBODY },
    },
    {
      id: '8.31, 8.31b',
      title: 'unless the location that is left first has recursive_error_pages',
      server: `location / { recursive_error_pages on; error_page 403 /e; return 403; } location /e { error_page 404 = @b; return 404; }
        location @b { SITE 2 }`,
      requests: [['GET /x', 'proxy_pass 2 200 GET /e']],
      access: { 'location @b proxy_pass': ANYBODY },
    },
    {
      id: '8.33b',
      title: 'an error without an entry uses the one interception up',
      server: 'error_page 403 = @b; GUARD location @b { error_page 404 /e; return 404; } location /e { SITE 2 }',
      requests: [['GET /x', 'refused 404']],
      access: { 'location /e proxy_pass': TRUSTED, 'server static': TRUSTED },
    },
    {
      id: '8.32',
      title: 'a check of the server and recursive_error_pages run in circles',
      server: 'recursive_error_pages on; error_page 403 /e; GUARD location /e { SITE 2 } location / { SITE 1 }',
      requests: [['GET /x', 'refused 500']],
      access: { 'location / proxy_pass': TRUSTED, 'location /e proxy_pass': TRUSTED },
    },
    {
      id: '8.33',
      title: 'a redirect of try_files does not use the interception up',
      server: `location / { error_page 404 = @b; try_files /none /e; } location /e { internal; error_page 404 = @b; return 404; }
        location @b { SITE 2 }`,
      requests: [['GET /x', 'proxy_pass 2 200 GET /e']],
      access: { 'location / static': ANYBODY, 'location @b proxy_pass': ANYBODY },
    },
    {
      id: '8.40',
      title: 'an answer of a back end passes by the error pages',
      server: 'location / { error_page 403 = @b; SITE 1 } location @b { SITE 2 }',
      requests: [['GET /', 'proxy_pass 1 200']],
      access: { 'location / proxy_pass': ANYBODY, 'location @b proxy_pass': 'refused' },
    },
    {
      id: '8.41',
      title: 'unless it is intercepted',
      server: `location / { proxy_intercept_errors on; error_page 404 = @b; SITE 1 } location @b { SITE 2 }`,
      requests: [['GET /', 'proxy_pass 1 200']],
      access: { 'location / proxy_pass': ANYBODY, 'location @b proxy_pass': 'conditional refused conditional' },
    },
    {
      id: '8.42',
      title: '502 always leads there',
      server: `location / { error_page 502 = @b; proxy_pass http://DEAD; } location @b { SITE 2 }`,
      requests: [['GET /', { assumedOtherwise: 'the back end is up' }, 'proxy_pass 2 200']],
      access: { 'location / proxy_pass': ANYBODY, 'location @b proxy_pass': 'conditional refused conditional' },
    },
    {
      id: '8.34',
      title: '413 is raised in front of the check of the location, behind that of the server',
      server: `location / { client_max_body_size 10; error_page 413 = @b; GUARD SITE 1 } location @b { client_max_body_size 0; SITE 2 }`,
      requests: [
        ['POST /x', { body: 50 }, 'proxy_pass 2 200 POST /x'],
        ['GET /x', 'refused 403'],
      ],
      access: { 'location / proxy_pass': TRUSTED, 'location @b proxy_pass': ANYBODY },
    },
    {
      id: '8.34b',
      title: 'behind that of the server it is not',
      server: 'GUARD location / { client_max_body_size 10; error_page 413 = @b; SITE 1 } location @b { SITE 2 }',
      requests: [
        ['POST /x', { body: 50 }, 'refused 403'],
        ['POST /x', { body: 50, ...trusted }, 'proxy_pass 2 200'],
      ],
      access: { 'location / proxy_pass': TRUSTED, 'location @b proxy_pass': TRUSTED },
    },
    {
      id: '8.34',
      title: 'a body that is too long for the location of auth_request makes it fail, once for the request itself',
      server: `location /a { client_max_body_size 100; auth_request /auth; error_page 500 = @b; SITE 1 }
        location = /auth { client_max_body_size 10; return 403; } location @b { client_max_body_size 0; SITE 2 }
        location /c { client_max_body_size 10; error_page 413 = /d; return 403; } location = /d { client_max_body_size 5; internal; SITE 3 }
        location /s/ { client_max_body_size 10; error_page 413 = @b; error_page 301 = @e; SITE 4 } location @e { SITE 5 } location / { return 404; }`,
      requests: [
        ['POST /a', { body: 50 }, 'proxy_pass 2 200'],
        ['POST /a', { body: 500 }, 'refused 413'],
        ['POST /a', { body: 5 }, 'refused 403'],
        ['POST /c', { body: 50 }, 'proxy_pass 3 200'],
        ['POST /s', { body: 50 }, 'proxy_pass 2 200'],
        ['POST /s', { body: 5 }, 'proxy_pass 5 200'],
      ],
      access: {
        'location /a proxy_pass': 'refused',
        'location @b proxy_pass': ANYBODY,
        'location = /d proxy_pass': ANYBODY,
        'location /s/ proxy_pass': ANYBODY,
        'location @e proxy_pass': ANYBODY,
      },
    },
    ...[
      { code: 400, encoding: 'chunked' },
      { code: 501, encoding: 'gzip' },
    ].map(({ code, encoding }): Row => {
      const announced = (body: number): More => ({
        body,
        headers: [
          ['Content-Length', String(body)],
          ['Transfer-Encoding', encoding],
        ],
      });
      return {
        id: '8.34',
        title: `a body has a length though the request is refused for how it is sent (${code})`,
        server: `error_page ${code} = @e; location / { return 404; } location @e { auth_request /check; SITE 1 }
          location = /check { client_max_body_size 10; error_page 413 = @long; return 403; }
          location @long { client_max_body_size 0; SITE 2 }`,
        requests: [
          ['POST /x', announced(50), 'proxy_pass 1 200'],
          ['POST /x', announced(5), 'refused 403'],
        ],
        access: {
          'location @e proxy_pass': 'conditional conditional conditional',
          'location @long proxy_pass': 'reached reached reached',
        },
      };
    }),
    {
      id: '8.35',
      title: 'the redirect for the slash leads to an error page in front of the check',
      server: `location /app/ { error_page 301 = @b; GUARD SITE 1 } location @b { SITE 2 } ${REST}`,
      requests: [
        ['GET /app', 'proxy_pass 2 200'],
        ['GET /app/', 'refused 403'],
      ],
      access: { 'location /app/ proxy_pass': TRUSTED, 'location @b proxy_pass': ANYBODY },
    },
    {
      id: '8.36',
      title: 'so does the 404 of internal',
      server: `location /i/ { internal; error_page 404 = @b; GUARD SITE 1 } location @b { SITE 2 } ${REST}`,
      requests: [['GET /i/x', 'proxy_pass 2 200']],
      access: { 'location /i/ proxy_pass': 'refused', 'location @b proxy_pass': ANYBODY },
    },
    {
      id: '8.38',
      title: 'a file as an error page is content of its own location',
      server: 'error_page 403 /page.html; location / { GUARD SITE 1 } location = /page.html { internal; }',
      requests: [['GET /x', 'static 403']],
      access: { 'location / proxy_pass': TRUSTED, 'location = /page.html static': 'reached refused refused' },
    },
    {
      id: '10.61',
      title: 'a pattern in UTF-8 mode in front of the check lets the client raise 500',
      server: `if ($uri ~ "(*UTF8)^/.$") { set $z 1; } GUARD error_page 500 = @b; location @b { SITE 2 } location / { SITE 1 }`,
      requests: [
        ['GET /xy', { undecided: 'pattern' }, 'refused 403'],
        ['GET /%ff', { undecided: 'pattern' }, 'proxy_pass 2 200'],
      ],
      access: {
        'location / proxy_pass': 'refused refused unknown',
        'location @b proxy_pass': 'unknown refused unknown',
      },
    },
    ...COLUMNS.flatMap(column => PROVOCATIONS.flatMap(provocation => early(column, provocation))),
    {
      id: '8.54',
      title: 'an entry for 400 takes neither 494 nor 495, 496 and 497',
      verify: 'on',
      server: 'error_page 400 = /e; location = /e { internal; SITE 2 } location / { SITE 1 }',
      requests: [
        ['GET /x', { headers: [['X-Long', LONG]] }, 'refused 400'],
        ['GET /x', untrusted, 'refused 400'],
        ['GET /x', 'refused 400'],
        ['GET /x', { cleartext: true }, 'refused 400'],
        ['GET /x', { headers: [['Content-Length', 'x']] }, 'proxy_pass 2 200 GET /e'],
      ],
      access: { 'location / proxy_pass': TRUSTED, 'location = /e proxy_pass': 'reached' },
    },
    {
      id: '8.55',
      title: 'errors of the content are behind the verification',
      verify: 'on',
      server: 'error_page 404 413 = @b; location / { return 404; } location @b { SITE 2 }',
      requests: [
        ['GET /x', 'refused 400'],
        ['POST /x', { body: 2_000_000 }, 'refused 400'],
        ['GET /x', trusted, 'proxy_pass 2 200'],
      ],
      access: { 'location @b proxy_pass': TRUSTED },
    },
    {
      id: '8.56',
      title:
        'a chunk without a size is an error wherever the body is read or thrown away, by a return that sends something too',
      server: `error_page 400 = @b; location @b { SITE 1 }
        location /text { if ($ssl_client_verify != SUCCESS) { return 403 "no"; } SITE 2 }
        location /login { if ($ssl_client_verify != SUCCESS) { return 302 /sign-in; } SITE 3 }
        location /bare { GUARD error_page 400 = @bare; SITE 4 } location @bare { TEXT 5 }
        location /own { GUARD error_page 400 /other; stub_status; } location /other { internal; TEXT 6 }
        location /copied { GUARD error_page 400 @copied; mirror /bare; SITE 7 } location @copied { TEXT 8 }`,
      requests: [
        ['GET /text', BROKEN, 'proxy_pass 1 200'],
        ['GET /login', BROKEN, 'proxy_pass 1 200'],
        ['GET /login', 'redirected 302'],
        ['POST /bare', BROKEN, 'refused 403'],
        ['GET /bare', { ...BROKEN, certificate: 'trusted' }, 'return 5 200'],
        ['GET /own', { ...BROKEN, certificate: 'trusted' }, 'return 6 400'],
        ['GET /copied', { ...BROKEN, certificate: 'trusted' }, 'return 8 400'],
        ['GET /text', { ...BROKEN, version: '1.0' }, 'proxy_pass 1 200'],
      ],
      access: {
        'location @b proxy_pass': 'reached',
        'location /text proxy_pass': TRUSTED,
        'location /login proxy_pass': TRUSTED,
        'location /bare proxy_pass': TRUSTED,
        'location @bare return': TRUSTED,
        'location /own stub_status': TRUSTED,
        'location /other return': TRUSTED,
        'location /copied proxy_pass': TRUSTED,
        'location @copied return': TRUSTED,
        'server static': ANYBODY,
      },
    },
    {
      id: '8.56',
      title: 'a handler that is left over from an earlier if reads the body before it misses its back end (row 3.6)',
      server: `location @b { SITE 1 } location / { return 404; }
        location /x { error_page 400 = @b; if ($uri) { SITE 2 } if ($uri) { set $v 1; } }
        location /y { client_max_body_size 9; error_page 500 = /c; if ($uri) { SITE 3 } if ($uri) { set $v 1; } }
        location = /c { internal; client_max_body_size 5; SITE 4 }`,
      requests: [
        ['GET /x', BROKEN, 'proxy_pass 1 200'],
        ['GET /x', 'refused 500'],
        ['POST /y', { body: 5 }, 'proxy_pass 4 200'],
        ['POST /y', { body: 6 }, 'refused 413'],
      ],
      access: {
        'location @b proxy_pass': ANYBODY,
        'location /x > if ($uri) proxy_pass': 'refused',
        'location /y > if ($uri) proxy_pass': 'refused',
        'location = /c proxy_pass': ANYBODY,
      },
    },
    {
      id: '8.56',
      title: 'an error page of a location alone is open to whom a return with a text or a redirect refuses',
      server: `location / { if ($ssl_client_verify != SUCCESS) { return 302 /login; } error_page 400 = @b; SITE 1 }
        location /text/ { if ($ssl_client_verify != SUCCESS) { return 403 "no"; } error_page 400 = @c; SITE 2 }
        location /bare/ { GUARD error_page 400 = @d; SITE 3 } location = /login { return 404; }
        location @b { SITE 4 } location @c { SITE 5 } location @d { SITE 6 }`,
      requests: [
        ['GET /x', BROKEN, 'proxy_pass 4 200'],
        ['GET /text/x', BROKEN, 'proxy_pass 5 200'],
        ['GET /bare/x', BROKEN, 'refused 403'],
        ['GET /bare/x', { ...BROKEN, certificate: 'trusted' }, 'proxy_pass 6 200'],
      ],
      access: {
        'location / proxy_pass': TRUSTED,
        'location /text/ proxy_pass': TRUSTED,
        'location /bare/ proxy_pass': TRUSTED,
        'location @b proxy_pass': ANYBODY,
        'location @c proxy_pass': ANYBODY,
        'location @d proxy_pass': TRUSTED,
      },
    },
    {
      id: '8.57',
      title: 'an answer of nginx with status 200 fails on a condition of the client, and its page must not say 200',
      server: `location /text { GUARD error_page 412 /t; TEXT 1 } location /again { error_page 412 = @a; TEXT 2 }
        location /201 { error_page 412 =201 @b; TEXT 3 } location /none { error_page 412 @c; return 204; }
        location /passed { error_page 412 @d; SITE 4 }
        location /t { internal; TEXT 5 } location @a { TEXT 6 } location @b { TEXT 7 } location @c { TEXT 8 }
        location @d { TEXT 9 } location / { return 404; }`,
      requests: [
        ['GET /text', { ...CONDITION, certificate: 'trusted' }, 'return 5 412'],
        ['GET /text', CONDITION, 'refused 403'],
        ['GET /again', CONDITION, 'refused 412'],
        ['GET /again', { headers: [['If-Match', '*']] }, 'return 2 200'],
        ['GET /201', { headers: [['If-Unmodified-Since', 'Thu, 01 Jan 1970 00:00:00 GMT']] }, 'return 7 201'],
        ['GET /none', CONDITION, 'empty 204'],
        ['GET /passed', CONDITION, 'proxy_pass 4 200'],
      ],
      access: {
        'location /text return': TRUSTED,
        'location /again return': ANYBODY,
        'location /201 return': ANYBODY,
        'location /passed proxy_pass': ANYBODY,
        'location /t return': TRUSTED,
        'location @a return': 'refused',
        'location @b return': ANYBODY,
        'location @c return': 'refused',
        'location @d return': 'refused',
      },
    },
    {
      id: '8.57b',
      title: 'behind it nginx does not wait for a back end, nor for auth_request',
      server: `location / { error_page 412 @b; TEXT 1 } location @b { SITE 2 } location = /ok { return 204; }
        location /asks { error_page 412 @c; TEXT 3 } location @c { auth_request /ok; empty_gif; }`,
      requests: [
        ['GET /', { ...CONDITION, undecided: 'withheld' }, 'closed 0'],
        ['GET /asks', { ...CONDITION, undecided: 'withheld' }, 'closed 0'],
      ],
      access: {
        'location / return': ANYBODY,
        'location /asks return': ANYBODY,
        'location @b proxy_pass': 'unknown refused unknown',
        'location @c empty_gif': 'unknown refused unknown',
      },
    },
    {
      id: '8.57b',
      title: 'nor does a copy, be it made before or by a post_action behind it',
      server: `mirror /copy; location / { post_action /on; TEXT 1 } location = /on { internal; empty_gif; } location = /copy { SITE 2 }
        location = /gif { empty_gif; }`,
      requests: [
        ['GET /', CONDITION, 'refused 412'],
        ['GET /gif', CONDITION, 'refused 412'],
        ['GET /gif', 'empty_gif 200'],
        ['GET /copy', 'proxy_pass 2 200'],
      ],
      access: {
        'location / return': ANYBODY,
        'location = /on empty_gif': ANYBODY,
        'location = /gif empty_gif': ANYBODY,
        'location = /copy proxy_pass': ANYBODY,
      },
    },
    {
      id: '8.57c',
      title: 'one page may say 200 and another one something else for one place',
      server: `location /again { error_page 412 = /x; TEXT 1 } location /201 { error_page 412 =201 /x; TEXT 2 }
        location = /x { internal; TEXT 3 } location / { return 404; }`,
      requests: [
        ['GET /again', CONDITION, 'refused 412'],
        ['GET /201', CONDITION, 'return 3 201'],
      ],
      access: {
        'location /again return': ANYBODY,
        'location /201 return': ANYBODY,
        'location = /x return': ANYBODY,
      },
    },
    {
      id: '8.58, 8.58b',
      title: 'so does a part behind the end of a file, and every answer with status 200 behind it',
      server: `location /page.html { error_page 416 @a; } location /dir/ { error_page 416 = @b; }
        location /secret { error_page 416 = @c; } location /x.php { max_ranges 0; error_page 416 @d; }
        location @a { SITE 1 } location @b { TEXT 2 } location @c { SITE 3 } location @d { TEXT 4 } location / { return 404; }`,
      requests: [
        ['GET /page.html', PART, 'proxy_pass 1 416'],
        ['GET /dir/index.html', PART, 'refused 416'],
        ['GET /secret', { ...PART, undecided: 'withheld' }, 'refused 416'],
        ['GET /x.php', PART, 'static 200'],
      ],
      access: {
        'location /page.html static': ANYBODY,
        'location /dir/ static': ANYBODY,
        'location /secret static': ANYBODY,
        'location /x.php static': ANYBODY,
        'location @a proxy_pass': ANYBODY,
        'location @b return': 'refused',
        'location @c proxy_pass': 'unknown refused unknown',
        'location @d return': 'refused',
      },
    },
    {
      id: '8.59',
      title: 'a request line that is not understood leaves no $request_uri, and none that is cut off a protocol',
      server: `error_page 400 414 505 /e; if ($request_uri = "") { break; } GUARD location / { SITE 1 }
        location = /e { if ($server_protocol = "") { TEXT 2 } if ($request_uri) { TEXT 3 } TEXT 4 }`,
      requests: [
        ['GET /%zz', 'return 4 400'],
        ['GET /..', 'return 4 400'],
        ['get /x', 'return 2 400'],
        ['POST /x', { version: '0.9' }, 'return 2 0'],
        ['GET /x HTTP/2.1', 'return 2 505'],
        ['GET /x', { host: 'a/b' }, 'refused 403'],
        ['GET /x', { host: 'a/b', certificate: 'trusted' }, 'return 3 400'],
      ],
      access: {
        'location / proxy_pass': TRUSTED,
        'location = /e > if ($server_protocol = ) return': 'reached',
        'location = /e > if ($request_uri) return': TRUSTED,
        'location = /e return': 'reached',
      },
    },
    {
      id: '8.59b',
      title: 'behind a request line that is an error no header is read: no password, and none that is tested',
      server: `error_page 505 /e; error_page 414 /f; location / { GUARD SITE 1 }
        location = /e { auth_basic realm; auth_basic_user_file ROOT/users; SITE 2 }
        location = /f { if ($http_x_role) { TEXT 3 } TEXT 4 }`,
      requests: [
        ['GET /e', {}, 'refused 401'],
        ['GET /e', user, 'proxy_pass 2 200'],
        ['GET /x HTTP/2.1', user, 'refused 401'],
        ['GET /f', { headers: [['X-Role', '1']] }, 'return 3 200'],
        [`GET /${LONG}`, { headers: [['X-Role', '1']] }, 'return 4 414'],
      ],
      access: {
        'location / proxy_pass': TRUSTED,
        'location = /e proxy_pass': 'conditional refused conditional',
        'location = /f > if ($http_x_role) return': ANYBODY,
        'location = /f return': 'reached',
      },
    },
    {
      id: '8.59c',
      title: 'so no client takes these ways where there are no others',
      server: `error_page 505 /e; error_page 414 /f; location / { GUARD SITE 1 }
        location = /e { internal; auth_basic realm; auth_basic_user_file ROOT/users; SITE 2 }
        location = /f { internal; if ($http_x_role) { TEXT 3 } TEXT 4 }`,
      requests: [
        ['GET /x HTTP/2.1', user, 'refused 401'],
        [`GET /${LONG}`, { headers: [['X-Role', '1']] }, 'return 4 414'],
      ],
      access: {
        'location / proxy_pass': TRUSTED,
        'location = /e proxy_pass': 'refused',
        'location = /f > if ($http_x_role) return': 'refused',
        'location = /f return': 'reached',
      },
    },
    {
      id: '8.60',
      title: 'under 204 and 304 an error page sends headers alone, but to HTTP/0.9; a back end is asked all the same',
      server: `location = /t { internal; TEXT 1 } location = /page.html { internal; } location = /s { internal; SITE 2 }
        location = /1 { error_page 404 =204 /t; return 404; } location = /2 { error_page 404 =304 /page.html; return 404; }
        location = /3 { error_page 404 =204 /s; return 404; } location = /4 { error_page 404 =201 /t; return 404; }
        location = /5 { error_page 404 =204 /u; return 404; } location = /u { internal; TEXT 3 } location / { return 403; }`,
      requests: [
        ['GET /1', 'empty 204'],
        ['GET /1', { version: '0.9' }, 'return 1 0'],
        ['GET /2', 'redirected 304'],
        ['GET /3', { contacts: ['site-2'] }, 'empty 204'],
        ['GET /4', 'return 1 201'],
        ['GET /5', 'empty 204'],
      ],
      access: {
        'location = /t return': ANYBODY,
        'location = /page.html static': 'unknown refused unknown',
        'location = /s proxy_pass': ANYBODY,
        'location = /u return': 'unknown refused unknown',
      },
    },
  ],
};
