import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { AccessRow, Verdict } from '../../../src/analysis/access.js';
import { analyse } from '../../../src/analysis/analyse.js';
import { CLIENT_CLASSES } from '../../../src/analysis/request.js';
import { shapeOf } from '../../../src/analysis/shape.js';
import { resolve } from '../../../src/model/resolve.js';
import { expandText } from '../../support/config.js';
import { describe } from '../../support/suite.js';

const TLS = `listen 127.0.0.1:8443 ssl; ssl_certificate c; ssl_certificate_key k;
  ssl_client_certificate ca; ssl_verify_client optional;`;

function modelOf(http: string) {
  return resolve(expandText(`http { ${http} }`).nodes)!;
}

/** One row in a line: the block, then the verdicts of the three classes. */
function summary({ site, access }: AccessRow): string {
  const { node } = site.scope;
  const block = [node?.name, ...(node?.args ?? [])].join(' ');
  return `${block} ${CLIENT_CLASSES.map(clientClass => access[clientClass].verdict).join(' ')}`;
}

function summaries(http: string): string[] {
  return analyse(modelOf(http)).rows.map(summary);
}

/** Everything that a verdict says, with the server's name taken out. */
function spelled(verdict: Verdict, name: string): string {
  const text =
    verdict.verdict === 'reached' || verdict.verdict === 'conditional'
      ? JSON.stringify([verdict.witness.request, verdict.witness.assumes, verdict.witness.steps.map(step => step.text)])
      : verdict.verdict === 'refused'
        ? verdict.by.map(refusal => refusal.text).join()
        : verdict.reasons.map(reason => reason.text).join();
  return `${verdict.verdict} ${text}`.replaceAll(name, 'NAME');
}

const GUARD = 'if ($ssl_client_verify != SUCCESS) { return 403; }';

describe('analyse', it => {
  it('tells open, closed and shadowed places apart', () => {
    assert.equal(
      summaries(`server { ${TLS} server_name a.test;
        location / { ${GUARD} proxy_pass http://b; }
        location /open/ { proxy_pass http://b; }
        location = /ping { return 200 "pong"; }
        location /never/ { internal; proxy_pass http://b; }
      }`),
      [
        'location / refused refused reached',
        'location /open/ reached refused reached',
        'location = /ping reached refused reached',
        'location /never/ refused refused refused',
      ],
    );
  });

  it('leaves undecided what a missing file in the block may change, and nothing else', () => {
    assert.equal(
      summaries(`server { ${TLS} server_name a.test;
        location / { include gone.conf; proxy_pass http://b; }
        location /open/ { proxy_pass http://b; }
        location /closed/ { ${GUARD} proxy_pass http://b; }
      }`),
      [
        'location / unknown unknown unknown',
        'location /open/ reached refused reached',
        'location /closed/ refused refused reached',
      ],
    );
  });

  it('leaves a whole server undecided where a file is missing at its own level', () => {
    assert.equal(
      summaries(
        `server { ${TLS} server_name a.test; include gone.conf; location / { ${GUARD} proxy_pass http://b; } }`,
      ),
      ['location / unknown unknown unknown'],
    );
  });

  it('calls nothing refused in a server that holds a syntax error', () => {
    assert.equal(
      summaries(`server { ${TLS} server_name a.test;
        location / { ${GUARD} proxy_pass http://b; }
        location /broken/ { "x"y; proxy_pass http://b; }
      }`),
      ['location / unknown unknown reached', 'location /broken/ unknown unknown unknown'],
    );
  });

  it('says of ten servers of one shape what it says of each by itself', () => {
    const bodies = [
      `location / { ${GUARD} proxy_pass http://NAME; } location /x/ { proxy_pass http://NAME; }`,
      `${GUARD} location / { root /srv/NAME; } location ~ \\.php$ { fastcgi_pass unix:/run/NAME; }`,
      'location / { allow 192.0.2.1; deny all; proxy_pass http://NAME; }',
      'location / { return 301 https://NAME$request_uri; } location = /a { return 200 "x"; }',
      `location /l/ { limit_except GET { deny all; } ${GUARD} proxy_pass http://NAME; }`,
      'error_page 403 = @e; location / { return 403; } location @e { proxy_pass https://NAME; }',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...bodies), { minLength: 2, maxLength: 8 }), chosen => {
        const fallback = 'server { listen 127.0.0.1:8443 ssl default_server; ssl_certificate c; return 403; }';
        const text = (body: string, index: number): string =>
          `server { ${TLS} server_name s${index}.test; ${body.replaceAll('NAME', `s${index}.test`)} }`;
        const together = analyse(modelOf(fallback + chosen.map(text).join('\n')));
        for (const [index, body] of chosen.entries()) {
          const alone = analyse(modelOf(fallback + text(body, index)));
          const rows = together.rows.filter(({ site }) =>
            site.server.names.some(name => 'text' in name && name.text === `s${index}.test`),
          );
          const own = alone.rows.filter(({ site }) => site.server.index === 1);
          assert.equal(rows.map(summary), own.map(summary));
          for (const [at, row] of rows.entries()) {
            for (const clientClass of CLIENT_CLASSES) {
              const name = `s${index}.test`;
              assert.is(spelled(row.access[clientClass], name), spelled(own[at]!.access[clientClass], name));
            }
          }
        }
      }),
      { numRuns: 30, seed: 7 },
    );
  });
});

describe('shapeOf', it => {
  const shapes = (...bodies: string[]): (string | undefined)[] => {
    const servers = bodies.map((body, index) => `server { ${TLS} server_name s${index}.test; ${body} }`);
    const model = modelOf(`map $host $known { s0.test 1; } server { listen 127.0.0.1:8443 ssl; } ${servers.join(' ')}`);
    const sockets = new Map(model.sockets.map((socket, index) => [socket, index]));
    return model.servers.slice(1).map(server => shapeOf(model, server, sockets));
  };

  it('is the same for servers that differ in names and targets only', () => {
    const [one, other] = shapes(
      'access_log /a; location / { proxy_pass http://one; add_header X one; }',
      'location / { proxy_pass http://other; }',
    );
    assert.type(one, 'string');
    assert.is(one, other);
  });

  it('differs where conditions, schemes or blocks differ', () => {
    const [plain, tls, guarded, deeper] = shapes(
      'location / { proxy_pass http://b; }',
      'location / { proxy_pass https://b; }',
      `location / { ${GUARD} proxy_pass http://b; }`,
      'location / { proxy_pass http://b; location /a/ { proxy_pass http://b; } }',
    );
    assert.is(new Set([plain, tls, guarded, deeper]).size, 4);
  });

  it('is unknown where the ways depend on the name, and for a default server', () => {
    assert.equal(
      shapes(
        'if ($host = s0.test) { return 403; }',
        'if ($known) { return 403; }',
        'set $x $http_host;',
        'server_name ~^a;',
        'include gone.conf;',
      ),
      [undefined, undefined, undefined, undefined, undefined],
    );
    const model = modelOf(`server { ${TLS} server_name a.test; }`);
    assert.is(shapeOf(model, model.servers[0]!, new Map([[model.sockets[0]!, 0]])), undefined);
  });
});
