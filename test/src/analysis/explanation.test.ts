import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { analyse } from '../../../src/analysis/analyse.js';
import { environmentOf, evaluate } from '../../../src/analysis/evaluate.js';
import { type Explanation, explainCell } from '../../../src/analysis/explanation.js';
import { CLIENT_CLASSES, type ClientClass } from '../../../src/analysis/request.js';
import { siteKey } from '../../../src/analysis/sites.js';
import { nodeSpan } from '../../../src/config/config-tree.js';
import { configText } from '../../support/config-text.js';
import { endingOfTrace, modelOf } from '../../support/differential.js';
import { configShape, PAPER_SURROUNDINGS } from '../../support/generate-config.js';
import { describe } from '../../support/suite.js';

/** Explains a target of the first server of a configuration. */
function explained(body: string, target: string, clientClass: ClientClass = 'none', more = ''): Explanation {
  const model = modelOf(`http { server { listen 443 ssl; server_name a.test; ssl_certificate c;
    ssl_client_certificate ca.pem; ssl_verify_client optional; ${body} } ${more} }`);
  const [server] = model.servers;
  const sockets = server!.listens.map(listen => listen.socket);
  return explainCell(model, analyse(model), { server: server!, sockets, host: undefined, target }, clientClass);
}

/** The site that the path leads to with the verdict of the class, and the ends of the requests of all classes. */
function summary({ clientClass, isProof, requests, row }: Explanation): string {
  const site =
    row === undefined ? 'no site' : `${row.site.scope.node?.args.join(' ')} ${row.access[clientClass].verdict}`;
  const ends = CLIENT_CLASSES.map(client => {
    const followed = requests[client];
    return followed === undefined ? '-' : endingOfTrace(followed.trace).status;
  });
  return `${site}${isProof ? ', proof' : ''}: ${ends.join(' ')}`;
}

const CHECK = 'if ($ssl_client_verify != SUCCESS) { return 403; }';

describe('explanation of a cell', it => {
  it('takes a request that gets there itself as the proof', () => {
    assert.is(summary(explained('location /a/ { proxy_pass http://b; }', '/a/x?y')), '/a/ reached, proof: 200 400 200');
  });

  it('shows the site of a path that turns the class away, and the if around the line that does', () => {
    const found = explained(`location /a/ { ${CHECK} proxy_pass http://b; }`, '/a/x');
    // The handshake refuses the certificate of nobody known with 400.
    assert.is(summary(found), '/a/ refused: 403 400 200');
    assert.equal(
      found.guards.map(({ end, file, start }) => file.text.slice(start, end)),
      ['if ($ssl_client_verify != SUCCESS)'],
    );
    assert.equal(
      found.visits.map(({ why }) => why),
      ['the longest prefix of /a/x'],
    );
  });

  it('shows the site of the path, not the page that is sent for its error, and that page beside it', () => {
    const body = `error_page 403 /err; location /err { root /w; } location /a/ { ${CHECK} proxy_pass http://b; }`;
    const found = explained(body, '/a/x');
    assert.is(summary(found), '/a/ refused: 403 400 200');
    assert.equal(
      found.neighbours.map(({ site }) => site.scope.node?.args.join(' ')),
      ['/err'],
    );
    assert.equal(
      found.visits.map(({ location }) => location?.node.args[0]),
      ['/a/'],
    );
  });

  it('follows internal redirects to the site that answers', () => {
    const body = `location / { ${CHECK} try_files $uri /index.php; } location ~ \\.php$ { fastcgi_pass b; }`;
    const php = explained('location = /x { rewrite ^ /i.php last; } location ~ \\.php$ { fastcgi_pass b; }', '/x');
    assert.is(summary(php), '~ \\.php$ reached, proof: 200 400 200');
    assert.equal(
      php.visits.map(({ location }) => location?.node.args.join(' ')),
      ['= /x', '~ \\.php$'],
    );
    // The file itself may be there.
    assert.is(summary(explained(body, '/x')), '/ refused: 403 400 200');
  });

  it('says that a site is open to another request', () => {
    const body = 'location /a/ { if ($arg_k = "") { return 403; } proxy_pass http://b; }';
    assert.is(summary(explained(body, '/a/')), '/a/ reached: 403 400 403');
    assert.is(summary(explained(body, '/a/?k=1')), '/a/ reached, proof: 200 400 200');
  });

  it('does not call a request a proof that meets a condition', () => {
    const body = 'location /a/ { auth_basic x; auth_basic_user_file f; proxy_pass http://b; }';
    assert.is(summary(explained(body, '/a/')), '/a/ conditional: 401 400 401');
    assert.is(
      summary(explained('location /a/ { allow 10.0.0.0/8; deny all; proxy_pass http://b; }', '/a/')),
      '/a/ conditional: 403 400 403',
    );
  });

  it('has no site where a path only redirects or refuses', () => {
    assert.is(
      summary(explained('location /a/ { return 301 /b/; } location /b/ { return 404; }', '/a/')),
      'no site: 301 400 301',
    );
    assert.is(
      summary(explained('location /a/ { return 301 /b/; } location /b/ { return 404; }', '/b/')),
      'no site: 404 400 404',
    );
  });

  it('looks for a way in without SNI where the own handshake refuses', () => {
    const more = 'server { listen 443 ssl default_server; server_name d.test; ssl_certificate c; }';
    const found = explained('location /a/ { proxy_pass http://b; }', '/a/', 'untrusted', more);
    assert.is(summary(found), '/a/ reached, proof: 200 200 200');
    assert.is(found.requests.untrusted?.request.tls?.serverName, null);
    assert.is(found.whyServer, 'a.test is its name');
  });

  it('knows when a class has no way in', () => {
    const model = modelOf(
      'http { server { listen 443 ssl; server_name a.test; ssl_reject_handshake on; return 200 x; } }',
    );
    const [server] = model.servers;
    const sockets = server!.listens.map(listen => listen.socket);
    const reject = server!.scope.setting('ssl_reject_handshake')!;
    const asked = { server: server!, sockets, host: 'a.test', target: '/' };
    const { requests, row } = explainCell(model, analyse(model), asked, 'none');
    assert.equal(row?.access.none, {
      verdict: 'refused',
      by: [{ span: nodeSpan(reject), text: 'ssl_reject_handshake on' }],
    });
    // Plain HTTP on the port gets an answer, and no content.
    assert.is(requests.none?.request.tls, null);
    assert.is(requests.none?.trace.outcome.kind, 'refused');
  });

  it('asks for the host that was named', () => {
    const model = modelOf(
      'http { server { listen 80; server_name *.a.test; location / { proxy_pass http://b; } } server { listen 80 default_server; } }',
    );
    const [server] = model.servers;
    const sockets = server!.listens.map(listen => listen.socket);
    for (const [host, sent] of [
      ['x.a.test', 'x.a.test'],
      [undefined, 'a.a.test'],
    ] as const) {
      const { requests, whyServer } = explainCell(
        model,
        analyse(model),
        { server: server!, sockets, host, target: '/' },
        'none',
      );
      assert.equal(requests.none?.request.http.headers, [['Host', sent]]);
      assert.is(whyServer, `${sent} fits its name *.a.test`);
    }
  });
});

describe('explanation of random configurations', it => {
  it('agrees with the table and with the evaluator for the targets of all witnesses', () => {
    let proofs = 0;
    fc.assert(
      fc.property(configShape, shape => {
        const { http, files } = configText(shape, PAPER_SURROUNDINGS);
        const text = `events {} http { ${http} }`;
        const model = modelOf(text, files);
        const table = analyse(model);
        const keys = new Set(table.rows.map(({ site }) => siteKey(site)));
        for (const row of table.rows.slice(0, 12)) {
          const { none } = row.access;
          if (none.verdict !== 'reached') continue;
          const { http } = none.witness.request;
          const { server } = row.site;
          const sockets = server.listens.map(listen => listen.socket);
          const asked = { server, sockets, host: undefined, target: http.target };
          const found = explainCell(model, table, asked, 'none');
          assert.ok(found.row === undefined || keys.has(siteKey(found.row.site)), text);
          for (const followed of Object.values(found.requests)) {
            if (followed === undefined) continue;
            assert.is(followed.request.http.target, http.target);
            const again = evaluate(model, followed.request, environmentOf(followed.trace));
            assert.equal(endingOfTrace(again), endingOfTrace(followed.trace), text);
          }
          if (!found.isProof) continue;
          proofs += 1;
          assert.is(found.row?.access.none.verdict, 'reached', `${text}\n${http.target}`);
        }
      }),
      { numRuns: 15 },
    );
    assert.ok(proofs > 20, String(proofs));
  });
});
