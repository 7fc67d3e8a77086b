import * as assert from 'uvu/assert';
import type { Request, TlsChoice } from '../../../src/analysis/request.js';
import { compare, describeDisagreement, modelOf, observe, openLaboratory } from '../../support/differential.js';
import type { Surroundings } from '../../support/generate-config.js';
import { mainFile, requireNginx } from '../../support/nginx.js';
import type { Protocol } from '../../support/recording-back-end.js';
import { describe } from '../../support/suite.js';

/** What a case sends; the rest is GET to the first TLS port with SNI and Host `a.test`, without a certificate. */
interface Sent {
  readonly target?: string;
  readonly method?: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly tls?: TlsChoice | null;
  readonly body?: number;
  readonly version?: '0.9' | '1.0';
}

function requestOf(
  { target = '/', method = 'GET', headers, tls, body, version }: Sent,
  ports: readonly number[],
): Request {
  return {
    connect: { address: '127.0.0.1', port: ports[tls === null ? 2 : 0]! },
    sourceAddress: '127.0.0.1',
    tls: tls === undefined ? { serverName: 'a.test', certificate: 'none' } : tls,
    http: {
      method,
      target,
      ...(version === undefined ? {} : { version }),
      headers: version === '0.9' ? [] : [['Host', 'a.test'], ...(headers ?? [])],
      ...(body === undefined ? {} : { body: { length: body } }),
    },
  };
}

/**
 * Sends requests to one server with the given body. nginx must answer as listed (`what status`), and the evaluator must
 * agree. `SITE N` stands for a back end, `ROOT` for the folder of static files.
 */
async function agree(
  body: string,
  cases: readonly (readonly [sent: Sent, ending: string])[],
  http = '',
): Promise<void> {
  if (!requireNginx()) return;
  const laboratory = await openLaboratory();
  try {
    const surroundings = await laboratory.surroundings();
    const text = `${http}\n${oneServer(body, surroundings)}`;
    const requests = cases.map(([sent]) => requestOf(sent, surroundings.ports));
    const observations = await observe(laboratory, text, requests);
    assert.equal(
      observations.map(({ observed }) => `${observed.what} ${observed.status}`),
      cases.map(([, ending]) => ending),
    );
    const { disagreements, undecided } = compare(modelOf(mainFile(text)), observations, laboratory.environment);
    assert.equal(disagreements.map(describeDisagreement), []);
    assert.equal([...undecided.keys()], []);
  } finally {
    await laboratory.stop();
  }
}

function oneServer(body: string, surroundings: Surroundings): string {
  const { ports, serverCertificate, serverKey, authority, root, backEndSocket } = surroundings;
  const filled = body.replace(/SITE (\d+)/g, 'proxy_pass http://site-$1;').replaceAll('ROOT', root);
  const passes = filled.matchAll(/(\w+)_pass (?:\w+:\/\/)?(site-(\d+)(-dead)?[\w-]*)/g);
  const upstreams = new Map(
    [...passes].map(([, protocol, name, site, isDead]) => {
      const socket = isDead ? `${root}/nobody.sock` : backEndSocket(protocol as Protocol, Number(site));
      return [name, `upstream ${name} { server unix:${socket}; }`];
    }),
  );
  return `${[...upstreams.values()].join('\n')}
    server {
      listen 127.0.0.1:${ports[0]} ssl;
      listen 127.0.0.1:${ports[2]};
      server_name a.test;
      ssl_certificate ${serverCertificate}; ssl_certificate_key ${serverKey};
      ssl_client_certificate ${authority};
      root ${root};
      ${filled}
    }`;
}

const GUARD = 'if ($ssl_client_verify != SUCCESS) { return 403; }';

describe('evaluate against nginx', it => {
  it('follows each refusal to where its error page leads', async () => {
    await agree(
      `ssl_verify_client optional; error_page 403 = @e; error_page 404 =200 /t; ${GUARD}
      location / { SITE 1 }
      location @e { SITE 2 }
      location /t { SITE 3 }`,
      [
        [{}, 'proxy_pass 2 200'],
        [{ method: 'POST', body: 3 }, 'proxy_pass 2 200'],
      ],
    );
  });

  it('keeps the status of a return that the target of an error page makes', async () => {
    await agree(
      `ssl_verify_client optional;
      location / { error_page 403 =200 /t; return 403; }
      location /t { return 404; }`,
      [[{}, 'refused 404']],
    );
  });

  it('meets the limit of a body once in the main request, and in each subrequest', async () => {
    await agree(
      `ssl_verify_client off;
      location /a { auth_request /auth; SITE 1 }
      location /auth { client_max_body_size 10; SITE 2 }
      location /b { client_max_body_size 10; error_page 413 = /auth; SITE 3 }`,
      [
        [{ target: '/a' }, 'proxy_pass 1 200'],
        [{ target: '/a', method: 'POST', body: 50 }, 'refused 500'],
        [{ target: '/b', method: 'POST', body: 50 }, 'proxy_pass 2 200'],
      ],
    );
  });

  it('passes on TRACE where an error page takes its refusal', async () => {
    await agree(`ssl_verify_client on; error_page 405 @e; location @e { SITE 1 }`, [
      [{ method: 'TRACE' }, 'proxy_pass 1 405'],
      [{}, 'refused 400'],
    ]);
  });

  it('follows one error page after another only where recursive_error_pages says so', async () => {
    await agree(
      `location /one { recursive_error_pages on; error_page 403 = /two; return 403; }
      location /two { error_page 404 = /three; return 404; }
      location /three { SITE 1 }
      location /four { error_page 403 = /two; return 403; }`,
      [
        [{ target: '/one' }, 'proxy_pass 1 200'],
        [{ target: '/four' }, 'refused 404'],
      ],
    );
  });

  it('lets one check decide under satisfy any, and keeps 401 before 403', async () => {
    await agree(
      `location /ok { return 204; }
      location /no { return 403; }
      location /one { satisfy any; deny all; auth_request /ok; SITE 1 }
      location /first { satisfy any; allow all; auth_request /no; SITE 2 }
      location /all { allow all; auth_request /no; SITE 3 }
      location /none { satisfy any; deny all; auth_basic realm; auth_basic_user_file ROOT/users; auth_request /no; }`,
      [
        [{ target: '/one' }, 'proxy_pass 1 200'],
        [{ target: '/first' }, 'proxy_pass 2 200'],
        [{ target: '/all' }, 'refused 403'],
        [{ target: '/none' }, 'refused 401'],
        [{ target: '/none', headers: [['Authorization', 'Basic dTpw']] }, 'refused 404'],
      ],
    );
  });

  it('forgets groups when a later pattern of the program fails, and escapes them as nginx does', async () => {
    await agree(
      `location ~ ^/g/(.+)$ { rewrite ^/never /x; set $t "$1"; if ($t) { return 200 "return-1"; } return 200 "return-2"; }
      location ~ ^/q/(.*)$ { set $t $1; if ($t = "a%20b") { return 200 "return-3"; } return 200 "return-4"; }
      location ~ ^/p/(.*)$ {
        rewrite ^/p/(.*)$ /r/$1; set $t $1; if ($t = "a b") { return 200 "return-5"; } return 200 "return-6";
      }`,
      [
        [{ target: '/g/x' }, 'return 2 200'],
        [{ target: '/q/a%20b' }, 'return 3 200'],
        [{ target: '/q/a+b' }, 'return 4 200'],
        [{ target: '/p/a%20b' }, 'return 5 200'],
      ],
    );
  });

  it('computes a map once unless it is volatile, and meets no regex with an empty value', async () => {
    await agree(
      `if ($once) { set $seen 1; } if ($again) { set $seen 1; }
      location /v1 { rewrite ^ /v2 last; }
      location /v2 {
        if ($once = b) { return 200 "return-1"; } if ($again = b) { return 200 "return-2"; } return 200 "return-3";
      }
      location /e { if ($empty = 0) { return 200 "return-4"; } return 200 "return-5"; }`,
      [
        [{ target: '/v1' }, 'return 2 200'],
        [{ target: '/v2' }, 'return 1 200'],
        [{ target: '/e' }, 'return 4 200'],
        [{ target: '/e?k=1' }, 'return 5 200'],
      ],
      `map $uri $once { /v1 a; default b; }
      map $uri $again { volatile; /v1 a; default b; }
      map $arg_k $empty { "~^$" 1; "~.*" 2; default 0; }`,
    );
  });

  it('allows ten changes of the URI', async () => {
    await agree(
      `location /ten { if ($uri = /tenxxxxxxxxxx) { SITE 1 break; } rewrite ^(.*)$ $1x last; }
      location /eleven { if ($uri = /elevenxxxxxxxxxxx) { SITE 2 break; } rewrite ^(.*)$ $1x last; }`,
      [
        [{ target: '/ten' }, 'proxy_pass 1 200'],
        [{ target: '/eleven' }, 'refused 500'],
      ],
    );
  });

  it('opens internal locations to a rewrite that matches', async () => {
    await agree(`rewrite ^/to$ /hidden; location /hidden { internal; SITE 1 }`, [
      [{ target: '/hidden' }, 'refused 404'],
      [{ target: '/to' }, 'proxy_pass 1 200'],
    ]);
  });

  it('sends the text of a return past the error pages', async () => {
    await agree(
      `error_page 403 = @e; location @e { SITE 1 }
      location /text { return 403 "no"; }
      location /empty { return 403 ""; }
      location /variable { return 403 $arg_k; }`,
      [
        [{ target: '/text' }, 'refused 403'],
        [{ target: '/empty' }, 'proxy_pass 1 200'],
        [{ target: '/variable' }, 'refused 403'],
      ],
    );
  });

  it('serves what try_files finds from the location itself', async () => {
    await agree(`location /x { try_files /none /page.html =404; } location ~ html$ { return 403; }`, [
      [{ target: '/x' }, 'static 200'],
      [{ target: '/page.html' }, 'refused 403'],
    ]);
  });

  it('replaces the address by the last untrusted one only where realip is recursive', async () => {
    const trust = 'set_real_ip_from 127.0.0.1; set_real_ip_from 10.1.1.1; real_ip_header X-Forwarded-For;';
    const headers = [['X-Forwarded-For', '10.9.9.9, 10.1.1.1']] as const;
    await agree(
      `location /plain { ${trust} allow 10.1.1.1; deny all; SITE 1 }
      location /deep { ${trust} real_ip_recursive on; allow 10.1.1.1; deny all; SITE 2 }`,
      [
        [{ target: '/plain', headers }, 'proxy_pass 1 200'],
        [{ target: '/plain' }, 'refused 403'],
        [{ target: '/deep', headers }, 'refused 403'],
      ],
    );
  });

  it('takes an alias for a rewritten one where the request never got to its first phase', async () => {
    const rest = 'location @e { rewrite ^ /a/page.html; SITE 1 } location /a/ { alias ROOT/other/; }';
    await agree(`error_page 501 = @e; ${rest}`, [
      [{ headers: [['Transfer-Encoding', 'gzip']] }, 'refused 500'],
      [{ target: '/a/page.html' }, 'static 200'],
    ]);
  });

  it('keeps the arguments when the index is an absolute path', async () => {
    await agree(
      'index /b; location = /b { return 200 "return-1"; } location = /b/ { return 403; } if ($arg_k = 2) { return 403; }',
      [
        [{ target: '/?k=1' }, 'return 1 200'],
        [{ target: '/?k=2' }, 'refused 403'],
      ],
    );
  });

  it('refuses methods that memcached_pass does not know', async () => {
    await agree('set $memcached_key k; location / { memcached_pass site-1; }', [
      [{}, 'memcached_pass 1 200'],
      [{ method: 'POST' }, 'refused 405'],
    ]);
  });

  it('asks back ends of every protocol, and gives limit_except those that it takes over', async () => {
    const limited = (protocol: string, target: string) =>
      `location /${protocol} { ${protocol}_pass ${target}; limit_except GET { allow all; } }`;
    await agree(
      `set $memcached_key k; location = /p { return 403; }
      ${limited('fastcgi', 'site-1')} ${limited('uwsgi', 'site-2')} ${limited('scgi', 'site-3')}
      ${limited('grpc', 'grpc://site-4')} ${limited('memcached', 'site-5')}`,
      ['fastcgi', 'uwsgi', 'scgi', 'grpc', 'memcached'].flatMap((protocol, index) => [
        [{ target: `/${protocol}` }, `${protocol}_pass ${index + 1} 200`] as const,
        [
          { target: `/${protocol}`, method: 'PUT', body: 5 },
          protocol === 'memcached' ? 'refused 405' : `${protocol}_pass ${index + 1} 200`,
        ] as const,
      ]),
    );
  });

  it('reads HTTP/0.9, which has no headers and no method but GET', async () => {
    await agree('location /a { SITE 1 } location /r { return 200 "return-1"; } location /n { return 403; }', [
      [{ target: '/a', version: '0.9' }, 'proxy_pass 1 0'],
      [{ target: '/r', version: '0.9' }, 'return 1 0'],
      [{ target: '/n', version: '0.9' }, 'refused 0'],
      [{ target: '/a', version: '0.9', method: 'POST' }, 'refused 0'],
      [{ target: 'http://a.test', version: '0.9' }, 'refused 400'],
      [{ target: 'http://a.test/r', version: '0.9' }, 'return 1 0'],
    ]);
  });

  it('follows the error page of a back end that is not there, and of one that refuses where that is intercepted', async () => {
    await agree(
      `error_page 502 = @down; error_page 403 = @no; location @down { SITE 1 } location @no { SITE 2 }
      location /dead { proxy_pass http://site-3-dead; }
      location /says { proxy_pass http://site-4-says-403; }
      location /taken { proxy_intercept_errors on; proxy_pass http://site-5-says-403; }
      location /other { proxy_intercept_errors on; proxy_pass http://site-6-says-418; }
      location /asks { auth_request /says; SITE 7 }`,
      [
        [{ target: '/dead' }, 'proxy_pass 1 200'],
        [{ target: '/says' }, 'proxy_pass 4 403'],
        [{ target: '/taken' }, 'proxy_pass 2 200'],
        [{ target: '/other' }, 'proxy_pass 6 418'],
        [{ target: '/asks' }, 'proxy_pass 2 200'],
      ],
    );
  });

  it('lets a limit refuse before the access rules, and once only', async () => {
    await agree(
      `location /l { limit_req zone=one; deny all; error_page 503 = @e; } location @e { limit_req zone=one; SITE 1 }`,
      [
        [{ target: '/l' }, 'refused 403'],
        [{ target: '/l' }, 'proxy_pass 1 200'],
      ],
      'limit_req_zone $host zone=one:1m rate=1r/m;',
    );
  });

  it('takes the address for geo from X-Forwarded-For where the peer is one of its proxies', async () => {
    const geo = (name: string, more: string) => `geo $${name} { default out; 10.0.0.0/8 in; 192.0.2.1 far; ${more} }`;
    const headers = [['X-Forwarded-For', '192.0.2.1, 10.1.1.1']] as const;
    await agree(
      'location / { if ($near = in) { return 200 "return-2"; } }\n' +
        'location /deep { if ($deep = far) { return 200 "return-3"; } } location /not { if ($not = out) { return 200 "return-4"; } }',
      [
        [{ headers }, 'return 2 200'],
        [{ target: '/deep', headers }, 'return 3 200'],
        [{ target: '/deep', headers: [['X-Forwarded-For', '192.0.2.1, x, 10.1.1.1']] }, 'refused 404'],
        [{ target: '/not', headers }, 'return 4 200'],
      ],
      `${geo('near', 'proxy 127.0.0.1;')} ${geo('deep', 'proxy 127.0.0.0/8; proxy 10.0.0.0/8; proxy_recursive;')}
      ${geo('not', 'proxy 127.0.0.2;')}`,
    );
  });
});
