import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { analyse } from '../../../src/analysis/analyse.js';
import { evaluate } from '../../../src/analysis/evaluate.js';
import { type AssumedFile, CLIENT_CLASSES } from '../../../src/analysis/request.js';
import { contradictions, unconfirmed } from '../../support/access-check.js';
import { configText } from '../../support/config-text.js';
import { type Arrival, arrivalsOf, modelOf } from '../../support/differential.js';
import { type ConfigShape, configShape, PAPER_SURROUNDINGS } from '../../support/generate-config.js';
import { requestUniverse } from '../../support/generate-requests.js';
import { mainFile } from '../../support/nginx.js';
import { describe } from '../../support/suite.js';

/** Requests that are followed through one configuration. */
const REQUESTS = 500;

/** Follows random requests through a random configuration; what the access table says otherwise, and how many arrived. */
function compareOne(shape: ConfigShape, seed: number): { wrong: readonly unknown[]; text: string; arrivals: number } {
  const { http, files } = configText(shape, PAPER_SURROUNDINGS);
  const text = [mainFile(http), ...Object.values(files)].join('\n');
  const model = modelOf(mainFile(http), files);
  const table = analyse(model);
  const arrivals: Arrival[] = [];
  for (const request of requestUniverse(shape, seed, REQUESTS, PAPER_SURROUNDINGS)) {
    const trace = evaluate(model, request);
    if (canStand(trace.assumes)) arrivals.push(...arrivalsOf(request, trace));
  }
  const wrong = [...contradictions(model, table, arrivals, text), ...unconfirmed(model, table)];
  return { wrong, text, arrivals: arrivals.length };
}

/** Whether files can be as a request finds them: what is no folder has nothing below it. */
function canStand(assumes: readonly AssumedFile[]): boolean {
  const barren = assumes.filter(({ exists, isFolder }) => !exists || isFolder !== true);
  const found = assumes.filter(({ exists }) => exists);
  return !barren.some(({ path }) => found.some(other => other.path.startsWith(`${path}/`)));
}

/** Compares as many configurations, each with a seed of its own, and returns the arrivals that were compared with cells. */
function compareMany(seed: number, configurations: number): number {
  let arrivals = 0;
  for (let number = 0; number < configurations; number++) {
    fc.assert(
      fc.property(configShape, shape => {
        const { wrong, text, arrivals: found } = compareOne(shape, seed + number);
        arrivals += found;
        assert.equal(wrong, [], `${text}\n${JSON.stringify(wrong[0])}`);
      }),
      { seed: seed + number, numRuns: 1 },
    );
  }
  return arrivals;
}

/** One row in a line: the block, then the verdicts of the three classes. */
function verdicts(body: string): string[] {
  const server = `server { listen 127.0.0.1:8080; ${body} }`;
  return analyse(modelOf(mainFile(server))).rows.map(({ site, access }) => {
    const block = [site.scope.node?.name, ...(site.scope.node?.args ?? [])].join(' ');
    return `${block} ${CLIENT_CLASSES.map(client => access[client].verdict).join(' ')}`;
  });
}

describe('the ways through a configuration', it => {
  it('leads POST through an index as GET', () => {
    assert.equal(
      verdicts(`location = / { limit_except GET { } return 403; }
        location /index.html { internal; proxy_pass http://b; }`).at(-1),
      'location /index.html reached reached reached',
    );
  });

  it('follows an address that a rule denies to the page of its error, under that address', () => {
    assert.equal(
      verdicts(`location / { deny 192.0.2.0/24; error_page 403 @e; return 204; }
        location /a { deny 192.0.2.0/24; error_page 403 @e; proxy_pass http://b; }
        location @e { proxy_pass http://b; }`),
      ['location /a reached reached reached', 'location @e conditional conditional conditional'],
    );
  });

  it('reads what a pattern captures of the name of the server', () => {
    assert.equal(
      verdicts(`server_name "~^r(?<rn>[0-9])\\.test$";
        location /a { if ($rn = a) { return 200 "a"; } return 403; }
        location / { if ($rn != 7) { return 403; } proxy_pass http://b; }`),
      ['if ($rn = a) refused refused refused', 'location / reached reached reached'],
    );
  });

  it('names the if of a server program that holds the return', () => {
    assert.equal(verdicts('if ($arg_k) { return 200 "x"; } location / { return 403; }'), [
      'if ($arg_k) reached reached reached',
    ]);
  });

  it('finds the address that one rule admits and an earlier one does not deny', () => {
    assert.equal(verdicts('location / { deny 10.0.0.0/24; allow 10.0.0.0/8; deny all; proxy_pass http://b; }'), [
      'location / conditional conditional conditional',
    ]);
    assert.equal(verdicts('location / { deny 10.0.0.0/8; allow 10.0.0.0/24; deny all; proxy_pass http://b; }'), [
      'location / refused refused refused',
    ]);
  });
});

/** What a row says for a client without a certificate, with the conditions. */
function conditional(http: string, block: string): string {
  const row = analyse(modelOf(mainFile(http))).rows.find(({ site: { scope } }) => {
    return [scope.node?.name, ...(scope.node?.args ?? [])].join(' ') === block;
  });
  const verdict = row!.access.none;
  if (verdict.verdict !== 'conditional') return verdict.verdict;
  return verdict.conditions.map(({ kind, text }) => `${kind} ${text}`).join(', ');
}

const target = 'location @e { proxy_pass http://e; }';

describe('what back ends and limits do', it => {
  const server = (body: string): string => `server { listen 127.0.0.1:8080; ${body} ${target} }`;

  it('goes to the page of 502 and 504, of others where they are intercepted, of 404 from memcached', () => {
    const page = (codes: string, more = '', pass = 'proxy_pass http://b'): string =>
      conditional(server(`location / { error_page ${codes} = @e; ${more} ${pass}; }`), 'location @e');
    assert.is(page('502'), 'backend proxy_pass http://b');
    assert.is(page('504'), 'backend proxy_pass http://b');
    assert.is(page('500 503 404 401'), 'refused');
    assert.is(page('500 503 404 401', 'proxy_intercept_errors on;'), 'backend proxy_pass http://b');
    assert.is(page('302', 'proxy_intercept_errors on;'), 'backend proxy_pass http://b');
    assert.is(page('404', 'fastcgi_intercept_errors on;'), 'refused');
    assert.is(page('404', 'fastcgi_intercept_errors on;', 'fastcgi_pass b:9'), 'backend fastcgi_pass b:9');
    assert.is(page('404', '', 'memcached_pass b:9'), 'backend memcached_pass b:9');
    assert.is(page('502', 'recursive_error_pages on;', 'return 204'), 'refused');
  });

  it('asks the back end of a page whether it fails, too', () => {
    const text = server(`location / { error_page 502 = @f; recursive_error_pages on; proxy_pass http://b; }
      location @f { error_page 504 = @e; proxy_pass http://b; }`);
    assert.is(conditional(text, 'location @e'), 'backend proxy_pass http://b, backend proxy_pass http://b');
  });

  it('goes to the page of 401, 403 or 500 where the back end of auth_request says no', () => {
    const page = (code: number): string =>
      conditional(
        server(`location / { auth_request /a; error_page ${code} = @e; proxy_pass http://b; }
          location = /a { internal; proxy_pass http://a; }`),
        'location @e',
      );
    assert.is(page(401), 'auth-backend auth_request /a');
    assert.is(page(403), 'auth-backend auth_request /a');
    assert.is(page(500), 'backend proxy_pass http://a');
    assert.is(page(404), 'refused');
  });

  it('goes to the page of a limit that judges the request, under its status, and not in a dry run', () => {
    const zones = (key: string): string =>
      `limit_req_zone ${key} zone=r:1m rate=1r/m; limit_conn_zone ${key} zone=c:1m;`;
    const page = (more: string, key = '$binary_remote_addr'): string =>
      conditional(`${zones(key)} ${server(`location / { deny all; error_page 503 = @e; ${more} }`)}`, 'location @e');
    assert.is(page('limit_req zone=r;'), 'rate limit_req zone=r');
    assert.is(page('limit_conn c 1;'), 'rate limit_conn c 1');
    assert.is(page('limit_req zone=r; limit_req_dry_run on;'), 'refused');
    assert.is(page('limit_conn c 1; limit_conn_dry_run on;'), 'refused');
    assert.is(page('limit_req zone=r; limit_req_status 429;'), 'refused');
    assert.is(page('limit_req zone=r; limit_req_status 429; error_page 429 = @e;'), 'rate limit_req zone=r');
    assert.is(page('limit_req zone=r;', '$empty'), 'refused');
    assert.is(page('limit_req zone=r;', '$arg_k'), 'rate limit_req zone=r');
  });

  it('judges a request once', () => {
    const text = `limit_req_zone $remote_addr zone=r:1m rate=1r/m;
      ${server(`location / { limit_req zone=r; try_files /none /b; }
        location /b { internal; limit_req zone=r; error_page 503 = @e; return 404; }`)}`;
    assert.is(conditional(text, 'location @e'), 'refused');
  });
});

describe('the access table of random configurations', it => {
  it('admits every request that the evaluator sees arrive, and no witness that it does not', () => {
    assert.ok(compareMany(71_000, 25) > 1_500);
  });

  it('does so on configurations that nobody has tried before', () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    process.stdout.write(`(seed ${seed}) `);
    assert.ok(compareMany(seed, 3) > 0);
  });
});
