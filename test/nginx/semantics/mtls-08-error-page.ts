import { ANYBODY, type Exchange, type More, type Row, type Section, TRUSTED } from './rows.js';

const trusted = { certificate: 'trusted' } as const;
const other = { certificate: 'other' } as const;

const NONE_ALONE = 'reached refused refused';
const WRONG_AS_WELL = 'reached reached refused';

/** A server that verifies, with an error page: the answers to no certificate, one of another CA, and one of its own. */
function page(
  title: string,
  server: string,
  [none, wrong, good]: readonly [string, string, string],
  access: Row['access'],
): Row {
  return {
    id: `8 ${title}`,
    title: 'where the error page of a server that verifies leads',
    verify: 'on',
    server,
    requests: [
      ['GET /p', none],
      ['GET /p', other, wrong],
      ['GET /p', trusted, good],
    ],
    access,
  };
}

const REFUSED = 'refused 400';
const GOOD = 'proxy_pass 1 200';
const APP = 'location / { SITE 1 }';
const FALLBACK = 'location @fb { SITE 2 }';
const FILE = 'location = /x { SITE 2 }';

/** A code that anybody raises, and where three targets of its error page lead: named, a fixed URI, the requested URI. */
function early(
  code: number,
  line: string,
  more: More,
  [named, fixed, requested]: readonly [string, string, string],
): Row[] {
  const ways = [
    { way: '= @fb', answer: named, block: 'location @fb' },
    { way: '=200 /x', answer: fixed, block: 'location = /x' },
    { way: '=200 $uri', answer: requested, block: 'location = /p' },
  ];
  return ways.map(({ way, answer, block }): Row => {
    const isReached = answer.startsWith('proxy_pass');
    return {
      id: `8 early ${code} ${way}`,
      title: 'a client without a certificate raises an error in front of the verification',
      verify: 'on',
      server: `error_page ${code} ${way}; large_client_header_buffers 4 1k; ${block} { SITE 2 } location / { return 404; }`,
      requests: [[line, more, answer]],
      access: {
        [`${block} proxy_pass`]: isReached ? 'reached' : block === 'location @fb' ? 'refused' : TRUSTED,
      },
    };
  });
}

const LONG = 'a'.repeat(3000);

export const section: Section = {
  document: 'mtls',
  name: '8 error_page',
  rows: [
    page(
      '495 496 = @fb',
      `error_page 495 496 = @fb; ${FALLBACK} ${APP}`,
      ['proxy_pass 2 200 GET /p', 'proxy_pass 2 200 GET /p', GOOD],
      { 'location / proxy_pass': TRUSTED, 'location @fb proxy_pass': WRONG_AS_WELL },
    ),
    page('495 496 @fb', `error_page 495 496 @fb; ${FALLBACK} ${APP}`, ['proxy_pass 2 400', 'proxy_pass 2 400', GOOD], {
      'location / proxy_pass': TRUSTED,
      'location @fb proxy_pass': WRONG_AS_WELL,
    }),
    page('496 =200 /x', `error_page 496 =200 /x; ${FILE} ${APP}`, ['proxy_pass 2 200 GET /x', REFUSED, GOOD], {
      'location / proxy_pass': TRUSTED,
      'location = /x proxy_pass': 'reached refused reached',
    }),
    page(
      '495 496 /page.html',
      `error_page 495 496 /page.html; location = /page.html { internal; } ${APP}`,
      ['static 400', 'static 400', GOOD],
      { 'location / proxy_pass': TRUSTED, 'location = /page.html static': WRONG_AS_WELL },
    ),
    page('400 = @fb', `error_page 400 = @fb; ${FALLBACK} ${APP}`, [REFUSED, REFUSED, GOOD], {
      'location / proxy_pass': TRUSTED,
      // The errors that are 400 themselves lead there.
      'location @fb proxy_pass': 'reached',
    }),
    page('400 496 = @fb', `error_page 400 496 = @fb; ${FALLBACK} ${APP}`, ['proxy_pass 2 200', REFUSED, GOOD], {
      'location / proxy_pass': TRUSTED,
      'location @fb proxy_pass': 'reached',
    }),
    page('496 = $uri', `error_page 496 = $uri; ${APP}`, ['proxy_pass 1 200 GET /p', REFUSED, GOOD], {
      'location / proxy_pass': 'reached refused reached',
    }),
    page(
      '495 496 = /app/',
      `error_page 495 496 = /app/; ${APP}`,
      ['proxy_pass 1 200 GET /app/', 'proxy_pass 1 200 GET /app/', GOOD],
      { 'location / proxy_pass': 'reached' },
    ),
    page(
      'internal target',
      `error_page 496 = /x; location = /x { internal; SITE 2 } ${APP}`,
      ['proxy_pass 2 200', REFUSED, GOOD],
      { 'location / proxy_pass': TRUSTED, 'location = /x proxy_pass': NONE_ALONE },
    ),
    page(
      '496 in a location',
      `location / { error_page 496 = /x; SITE 1 } location = /x { internal; SITE 2 }`,
      [REFUSED, REFUSED, GOOD],
      { 'location / proxy_pass': TRUSTED, 'location = /x proxy_pass': 'refused' },
    ),
    page('URL', `error_page 495 496 https://x.test/login; ${APP}`, ['redirected 302', 'redirected 302', GOOD], {
      'location / proxy_pass': TRUSTED,
    }),
    page(
      'check in the server, named target',
      `GUARD error_page 496 = @fb; ${FALLBACK} ${APP}`,
      ['proxy_pass 2 200', REFUSED, GOOD],
      { 'location / proxy_pass': TRUSTED, 'location @fb proxy_pass': NONE_ALONE },
    ),
    page('check in the server, URI', `GUARD error_page 496 = /x; ${FILE} ${APP}`, ['refused 403', REFUSED, GOOD], {
      'location / proxy_pass': TRUSTED,
      'location = /x proxy_pass': TRUSTED,
    }),
    page(
      'check in the target',
      `error_page 496 = @fb; location @fb { GUARD SITE 2 } ${APP}`,
      ['refused 403', REFUSED, GOOD],
      { 'location / proxy_pass': TRUSTED, 'location @fb proxy_pass': 'refused' },
    ),
    page(
      'check in the target, and a second page',
      `error_page 496 = @fb; error_page 403 = @open; location @fb { GUARD SITE 2 } location @open { SITE 3 } ${APP}`,
      ['refused 403', REFUSED, GOOD],
      {
        'location / proxy_pass': TRUSTED,
        'location @fb proxy_pass': 'refused',
        'location @open proxy_pass': 'refused',
      },
    ),
    page(
      'the same with recursive_error_pages',
      `recursive_error_pages on; error_page 496 = @fb; error_page 403 = @open; location @fb { GUARD SITE 2 }
        location @open { SITE 3 } ${APP}`,
      ['proxy_pass 3 200', REFUSED, GOOD],
      {
        'location / proxy_pass': TRUSTED,
        'location @fb proxy_pass': 'refused',
        'location @open proxy_pass': NONE_ALONE,
      },
    ),
    {
      id: '8 optional',
      title: 'a check of the variable is an ordinary error, whose page decides',
      server: `location /1 { error_page 403 = @b; GUARD SITE 1 } location /2 { error_page 403 =200 $uri; GUARD SITE 1 }
        location /3 { error_page 496 = @b; if ($ssl_client_verify != SUCCESS) { return 496; } SITE 1 }
        location /4 { error_page 401 = @b; if ($ssl_client_verify != SUCCESS) { return 401 "no"; } SITE 1 }
        location @b { SITE 2 } location / { return 404; }`,
      requests: [
        ['GET /1', 'proxy_pass 2 200'],
        ['GET /2', 'refused 403'],
        ['GET /3', 'proxy_pass 2 200'],
        ['GET /4', 'refused 401'],
      ],
      access: {
        'location /1 proxy_pass': TRUSTED,
        'location /2 proxy_pass': TRUSTED,
        'location /3 proxy_pass': TRUSTED,
        'location /4 proxy_pass': TRUSTED,
        'location @b proxy_pass': NONE_ALONE,
      },
    },
    {
      id: '8 optional, nested',
      title: 'a nested location is not behind the check of its parent',
      server: 'location /a { GUARD SITE 1 location /a/b { SITE 2 } } location / { return 404; }',
      requests: [
        ['GET /a', 'refused 403'],
        ['GET /a/b', 'proxy_pass 2 200'],
      ],
      access: { 'location /a proxy_pass': TRUSTED, 'location /a > location /a/b proxy_pass': ANYBODY },
    },
    ...early(400, 'GET /p', { headers: [['Content-Length', 'x']] }, [
      'proxy_pass 2 200 GET /p',
      'proxy_pass 2 200 GET /x',
      'proxy_pass 2 200 GET /p',
    ]),
    ...early(405, 'TRACE /p', {}, ['proxy_pass 2 200 TRACE /p', 'proxy_pass 2 200 GET /x', 'proxy_pass 2 200 GET /p']),
    ...early(414, `GET /${LONG}`, {}, ['refused 500', 'proxy_pass 2 200 GET /x', 'redirected 302']),
    ...early(494, 'GET /p', { headers: [['X-Long', LONG]] }, [
      'proxy_pass 2 200 GET /p',
      'proxy_pass 2 200 GET /x',
      'proxy_pass 2 200 GET /p',
    ]),
    ...early(497, 'GET /p', { cleartext: true }, [
      'proxy_pass 2 200 GET /p',
      'proxy_pass 2 200 GET /x',
      'proxy_pass 2 200 GET /p',
    ]),
    ...early(501, 'POST /p', { headers: [['Transfer-Encoding', 'gzip']] }, [
      'proxy_pass 2 200 POST /p',
      'proxy_pass 2 200 GET /x',
      'proxy_pass 2 200 GET /p',
    ]),
    ...early(505, 'GET /p HTTP/9.9', {}, ['refused 500', 'proxy_pass 2 200 GET /x', 'redirected 302']),
    {
      id: '8 early 413 404',
      title: 'errors of later phases are behind the verification',
      verify: 'on',
      server: 'error_page 413 404 = @fb; client_max_body_size 100; location @fb { SITE 2 } location / { return 404; }',
      requests: [
        ['POST /p', { body: 5000 }, REFUSED],
        ['GET /p', REFUSED],
      ],
      access: { 'location @fb proxy_pass': TRUSTED },
    },
    {
      id: '8 early 421',
      title: 'SNI of a server with an error page and Host of another that verifies',
      http: `server { TLS server_name o.test; ssl_verify_client on; error_page 421 = @fb; location @fb { SITE 1 } location / { SITE 2 } }
        server { TLS server_name e.test; ssl_verify_client on; error_page 421 = @fb; location @fb { SITE 3 } location / { SITE 4 } }`,
      requests: [
        ['GET /p', { sni: 'o.test', host: 'e.test' }, 'proxy_pass 1 200'],
        ['GET /p', { sni: 'e.test', host: 'o.test' }, 'proxy_pass 3 200'],
      ],
      access: {
        'o.test: location @fb proxy_pass': 'reached',
        'o.test: location / proxy_pass': TRUSTED,
        'e.test: location @fb proxy_pass': 'reached',
        'e.test: location / proxy_pass': TRUSTED,
      },
    },
    {
      id: '8 early 421',
      title: 'a name with captures is remembered even where the address has one server',
      http: `server { TLS server_name "~^r(?<digit>[0-9])\\.test$"; ssl_verify_client on; error_page 421 = @fb;
        location @fb { SITE 1 } location / { SITE 2 } }
        server { SECOND CERTIFICATES server_name "~^r[0-9]\\.test$"; ssl_verify_client on; error_page 421 = @fb;
        location @fb { SITE 3 } location / { SITE 4 } }`,
      requests: [
        ['GET /p', { sni: 'r1.test', host: 'unknown.test' }, 'proxy_pass 1 200'],
        ['GET /p', { sni: 'r1.test', host: 'r2.test' }, 'proxy_pass 1 200'],
        ['GET /p', { sni: 'r1.test', host: null }, 'proxy_pass 1 200'],
        ['GET /p', { to: 'second', sni: 'r1.test', host: 'unknown.test' }, REFUSED],
      ],
      access: {
        '~^r(?<digit>[0-9])\\.test$: location @fb proxy_pass': 'reached',
        '~^r(?<digit>[0-9])\\.test$: location / proxy_pass': TRUSTED,
        '~^r[0-9]\\.test$: location @fb proxy_pass': 'refused',
        '~^r[0-9]\\.test$: location / proxy_pass': TRUSTED,
      },
    },
    {
      id: '8 early 400 without Host',
      title: 'without Host: 421 where the SNI is known and the default server verifies, else the page of 400',
      http: `server { SECOND CERTIFICATES server_name single.test; ssl_verify_client on; error_page 400 = @fb; location @fb { SITE 5 }
        location / { return 404; } }
        server { TLS server_name first.test; ssl_verify_client on; location / { return 404; } }
        server { TLS server_name second.test; ssl_verify_client on; error_page 400 = @fb; location @fb { SITE 6 } location / { return 404; } }`,
      requests: [
        ['GET /p', { to: 'second', sni: 'single.test', host: null }, 'proxy_pass 5 200'],
        ['GET /p', { sni: 'second.test', host: null }, 'refused 421'],
      ],
      access: {
        'single.test: location @fb proxy_pass': 'reached',
        'second.test: location @fb proxy_pass': 'reached',
      },
    },
    {
      id: '8 levels',
      title: 'one entry at a lower level drops all of those above',
      server: `error_page 403 = @fb; error_page 404 = @fb; location @fb { SITE 2 } location /one { return 403; }
        location /two { error_page 404 /none; return 403; } location / { return 403; }`,
      requests: [
        ['GET /one', 'proxy_pass 2 200'],
        ['GET /two', 'refused 403'],
      ],
      access: { 'location @fb proxy_pass': ANYBODY },
    },
    {
      id: '8 497 redirect',
      title: 'the usual page of 497 is a redirect',
      verify: 'on',
      server: 'error_page 497 https://$host$request_uri; location / { SITE 1 }',
      requests: [['GET /p', { cleartext: true }, 'redirected 302'] as Exchange],
      access: { 'location / proxy_pass': TRUSTED },
    },
  ],
};
