import * as assert from 'uvu/assert';
import type { Request, TlsChoice } from '../../../src/analysis/request.js';
import { fuzz } from '../../nginx/fuzz-run.js';
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
 * agree. `#N` stands for a block that names itself, `SITE N` for a back end.
 */
async function agree(body: string, cases: readonly (readonly [sent: Sent, ending: string])[]): Promise<void> {
  if (!requireNginx()) return;
  const laboratory = await openLaboratory();
  try {
    const surroundings = await laboratory.surroundings();
    const text = oneServer(body, surroundings);
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
      ${body.replace(/SITE (\d+)/g, 'proxy_pass http://site-$1;')}
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

  it('agrees with nginx on random configurations', async () => {
    if (!requireNginx()) return;
    const seed = 20_261;
    const { failures, requests, summary } = await fuzz({
      seed,
      requests: 250,
      configurations: 60,
      minutes: 5,
      report: () => {},
    });
    assert.equal(failures, []);
    assert.ok(requests >= 15_000, summary);
  });

  it('agrees with nginx on configurations that nobody has run before', async () => {
    if (!requireNginx()) return;
    const seed = Math.floor(Math.random() * 2 ** 31);
    process.stdout.write(`(seed ${seed}) `);
    const { failures } = await fuzz({ seed, requests: 200, configurations: 8, minutes: 1, report: () => {} });
    assert.equal(failures, []);
  });
});
