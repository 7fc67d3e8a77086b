import * as assert from 'uvu/assert';
import type { Request, TlsChoice } from '../../../src/analysis/request.js';
import { fuzz } from '../../nginx/fuzz-run.js';
import { CONSTRUCTS, Coverage } from '../../support/coverage.js';
import { compare, describeDisagreement, modelOf, observe, openLaboratory } from '../../support/differential.js';
import type { Surroundings } from '../../support/generate-config.js';
import { mainFile, requireNginx } from '../../support/nginx.js';
import { describe } from '../../support/suite.js';

/** What a case sends; the rest is GET to the first TLS port with SNI and Host `a.test`, without a certificate. */
interface Sent {
  readonly target?: string;
  readonly method?: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly tls?: TlsChoice | null;
  readonly body?: number;
}

function requestOf({ target = '/', method = 'GET', headers, tls, body }: Sent, ports: readonly number[]): Request {
  return {
    connect: { address: '127.0.0.1', port: ports[tls === null ? 2 : 0]! },
    sourceAddress: '127.0.0.1',
    tls: tls === undefined ? { serverName: 'a.test', certificate: 'none' } : tls,
    http: {
      method,
      target,
      headers: [['Host', 'a.test'], ...(headers ?? [])],
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
  const { ports, serverCertificate, serverKey, authority, backEnd, root } = surroundings;
  const sites = [...body.matchAll(/SITE (\d+)/g)].map(([, site]) => site);
  return `${sites.map(site => `upstream site-${site} { server unix:${backEnd}; }`).join('\n')}
    server {
      listen 127.0.0.1:${ports[0]} ssl;
      listen 127.0.0.1:${ports[2]};
      server_name a.test;
      ssl_certificate ${serverCertificate}; ssl_certificate_key ${serverKey};
      ssl_client_certificate ${authority};
      root ${root};
      ${body.replace(/SITE (\d+)/g, 'proxy_pass http://site-$1;').replaceAll('ROOT', root)}
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

  it('agrees with nginx on random configurations', async () => {
    if (!requireNginx()) return;
    const seed = 20_261;
    const { failures, requests, coverage } = await fuzz({
      seed,
      requests: 250,
      configurations: 60,
      minutes: 8,
      report: () => {},
    });
    assert.equal(failures, []);
    assert.ok(requests >= 15_000, `${requests} requests`);
    const met = new Coverage();
    met.merge(coverage);
    assert.equal(met.contradictions(), []);
    const constructs = new Set(coverage.map(([construct]) => construct));
    assert.equal(
      CONSTRUCTS.filter(construct => !constructs.has(construct)),
      [],
    );
  });

  it('agrees with nginx on configurations that nobody has run before', async () => {
    if (!requireNginx()) return;
    const seed = Math.floor(Math.random() * 2 ** 31);
    process.stdout.write(`(seed ${seed}) `);
    const { failures } = await fuzz({ seed, requests: 250, configurations: 3, minutes: 1, report: () => {} });
    assert.equal(failures, []);
  });
});
