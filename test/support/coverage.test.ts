import * as assert from 'uvu/assert';
import { analyse } from '../../src/analysis/analyse.js';
import { evaluate } from '../../src/analysis/evaluate.js';
import type { Request } from '../../src/analysis/request.js';
import { classesOf } from './access-check.js';
import { addCoverage, CONSTRUCTS, ConstructFinder, Coverage, IMPOSSIBLE, VERDICTS, WAYS } from './coverage.js';
import { modelOf } from './differential.js';
import { describe } from './suite.js';

/** What a plain request to a server with this body is counted as. */
function met(body: string, target: string, files: Readonly<Record<string, string>> = {}): Coverage {
  const model = modelOf(`http { server { listen 80; server_name a.test; ${body} } }`, files);
  const http = { method: 'GET', target, headers: [['Host', 'a.test']] } as const;
  const request: Request = { connect: { address: '127.0.0.1', port: 80 }, tls: null, http };
  const trace = evaluate(model, request);
  const classes = trace.outcome.kind === 'content' ? classesOf(model, trace.outcome.site, request) : [];
  const coverage = new Coverage();
  addCoverage(coverage, new ConstructFinder(model), analyse(model), [{ trace, classes }]);
  return coverage;
}

describe('coverage', it => {
  it('counts the constructs that a request met under the verdict of its cell and its last jump', () => {
    const body = `error_page 403 = @e; location /a { if ($m) { return 403; } proxy_pass http://b; }
      location @e { deny all; allow 10.0.0.1; return 200 x; } location /other { auth_basic x; }`;
    const coverage = met(`set $m 1; ${body}`, '/a');
    for (const construct of ['if in a location', 'return 4xx', 'error_page =', 'location @', 'set', 'deny']) {
      assert.is(coverage.count(construct, 'reached', 'error_page named'), 1, construct);
      assert.is(coverage.count(construct, 'reached', 'direct'), 0, construct);
    }
    assert.is(coverage.count('auth_basic', 'reached', 'error_page named'), 0);
  });

  it('counts a request that ends without content as refused, and what is not decided as unknown', () => {
    assert.is(met('location /a { deny all; }', '/a').count('deny', 'refused', 'direct'), 1);
    const script = 'location /a { access_by_lua_block { ngx.exit(403) } proxy_pass http://b; }';
    assert.is(met(script, '/a').count('access_by_lua', 'unknown', 'direct'), 1);
  });

  it('counts what is asked on the side by itself', () => {
    const coverage = met('location /a { auth_request /b; proxy_pass http://b; } location /b { return 403; }', '/a');
    assert.is(coverage.count('auth_request', 'refused', 'auth_request'), 1);
    assert.is(coverage.count('auth_request', 'refused', 'direct'), 1);
  });

  it('tells where a directive stands', () => {
    const coverage = met('include one.conf; include many/*.conf;', '/a', {
      'one.conf': 'location / { return 200 x; }',
      'many/1.conf': 'if ($arg_k) { return 403; }',
    });
    assert.is(coverage.count('include of a file', 'reached', 'direct'), 1);
    assert.is(coverage.count('include of a pattern', 'reached', 'direct'), 1);
    assert.is(coverage.count('snippet in several servers', 'reached', 'direct'), 0);
  });

  it('names as zero what is possible and was not met, and contradicts what is said to be impossible', () => {
    const coverage = new Coverage();
    const all = CONSTRUCTS.length * VERDICTS.length * WAYS.length;
    const impossible = all - coverage.zeros().length;
    assert.ok(impossible > 0 && impossible < all);
    coverage.add('if in a server', 'reached', 'direct');
    assert.is(coverage.zeros().length, all - impossible - 1);
    assert.equal(coverage.contradictions(), []);
    coverage.add('if in a server', 'conditional', 'mirror');
    assert.equal(coverage.contradictions(), [['if in a server', 'conditional', 'mirror']]);
    const copy = new Coverage();
    copy.merge(JSON.parse(JSON.stringify(coverage.rows())));
    assert.is(copy.table(), coverage.table());
  });

  it('gives a reason for each impossible combination, and names only what there is', () => {
    for (const { constructs = [], verdicts = [], ways = [], reason } of IMPOSSIBLE) {
      assert.ok(reason.length > 20);
      assert.ok(constructs.length + verdicts.length + ways.length > 0);
      assert.equal(
        constructs.filter(construct => !CONSTRUCTS.includes(construct)),
        [],
      );
    }
    assert.is(new Set(CONSTRUCTS).size, CONSTRUCTS.length);
  });
});
