import * as assert from 'uvu/assert';
import type { AccessTable, Site } from '../../../src/analysis/access.js';
import { analyse } from '../../../src/analysis/analyse.js';
import { evaluate } from '../../../src/analysis/evaluate.js';
import { CLIENT_CLASSES, type ClientClass, type Request } from '../../../src/analysis/request.js';
import { siteKey } from '../../../src/analysis/sites.js';
import type { HttpModel } from '../../../src/model/model.js';
import { unconfirmed } from '../../support/access-check.js';
import { modelOf } from '../../support/differential.js';
import { holdsFor } from '../../support/holds.js';
import { SMALL_HTTP, smallConfig, smallRequests, smallServer } from '../../support/small-config.js';
import { describe } from '../../support/suite.js';

const seed = Number(process.env['FC_SEED'] ?? 20_261_126);
const examples = Number(process.env['FC_RUNS'] ?? 500);

interface Arrived {
  readonly site: Site;
  readonly request: Request;
  /** True where the way knows no condition. */
  readonly isCertain: boolean;
}

/** Where the requests of a class end, one for each site: one whose way knows no condition where there is one. */
function arrivals(model: HttpModel, clientClass: ClientClass): ReadonlyMap<string, Arrived> {
  const found = new Map<string, Arrived>();
  for (const request of smallRequests(clientClass)) {
    const { outcome, conditions } = evaluate(model, request);
    if (outcome.kind !== 'content') continue;
    const key = siteKey(outcome.site);
    if (found.get(key)?.isCertain) continue;
    found.set(key, { site: outcome.site, request, isCertain: conditions.length === 0 });
  }
  return found;
}

function blockOf({ scope: { node } }: Site): string {
  return [node?.name, ...(node?.args ?? [])].join(' ');
}

function told({ http, tls }: Request): string {
  return `${http.method} ${http.target} ${JSON.stringify(http.headers)} body ${http.body?.length ?? 0} ${JSON.stringify(tls)}`;
}

/** What is wrong with a table, cell by cell. */
function faults(
  model: HttpModel,
  table: AccessTable,
  counts: { requests: number; cells: number; unknown: number },
): string[] {
  const wrong: string[] = [];
  const rows = new Map(table.rows.map(row => [siteKey(row.site), row]));
  for (const client of CLIENT_CLASSES) {
    counts.requests += smallRequests(client).length;
    for (const [key, { site, request, isCertain }] of arrivals(model, client)) {
      const verdict = rows.get(key)?.access[client].verdict ?? 'no row';
      if (verdict === 'refused' || verdict === 'no row' || (verdict === 'conditional' && isCertain)) {
        wrong.push(`${blockOf(site)} ${site.content} is ${verdict} for ${client}, but reached by ${told(request)}`);
      }
    }
    for (const { access } of table.rows) {
      counts.cells++;
      if (access[client].verdict === 'unknown') counts.unknown++;
    }
  }
  for (const { block, client, request } of unconfirmed(model, table)) {
    wrong.push(`${block} is not reached for ${client} by its witness ${told(request)}`);
  }
  return wrong;
}

describe('the access table of small configurations', it => {
  it('says of every request that there is what becomes of it', () => {
    const counts = { requests: 0, cells: 0, unknown: 0 };
    holdsFor(smallConfig, { seed, numRuns: examples }, config => {
      const text = SMALL_HTTP + smallServer(config);
      const model = modelOf(`http {\n${text}}\n`);
      const wrong = faults(model, analyse(model), counts);
      return wrong.length === 0 ? undefined : `${text}${wrong.join('\n')}`;
    });
    process.stdout.write(`(${counts.requests} requests, ${counts.cells} cells, ${counts.unknown} undecided) `);
    assert.ok(counts.requests >= 600 * examples);
    // Nearly all is decided here, so that a verdict cannot hide behind "unknown".
    assert.ok(counts.unknown * 20 < counts.cells, `${counts.unknown} of ${counts.cells} cells are undecided`);
  });
});

/** Configurations whose tables were wrong once, with the rows they must have: `BLOCK VERDICT` for a client on a plain port. */
const FOUND: readonly (readonly [title: string, http: string, rows: readonly string[]])[] = [
  [
    'follows a request to its end that waits for a copy with very many ways',
    `geo $from { default 0; 127.0.0.2 2; }
    map $arg_k $m1 { volatile; } map $ssl_client_verify $m3 { volatile; } map $m1 $m5 { volatile; }
    server { listen 8080; root /srv; location /pub/1 { proxy_pass http://b; limit_except GET { deny all; } }
      location ~ "^/a/(.+)$" { location ~* "^/A(.*)" { if ($from != 2) { return 403; } stub_status; try_files /none $arg_u; } }
      location = /pub { if ($m5 = ok) { } deny 127.0.0.0/26; proxy_pass http://c; limit_except POST { } try_files /page.html =444; random_index on; }
      location = /b { if ($uri ~ "^/(?<seg>[a-z]+)") { } if ($seg) { set $v2 "$v1$m1"; scgi_pass d; } allow 127.0.0.2; deny all; proxy_pass http://e; }
      location = /to/named { error_page 404 =200 @n1; return 404; } location = /to/try { try_files /none /pub/0; }
      location = /to/status { error_page 403 /a/; deny all; } location = /to/rewrite { rewrite ^ /a/b last; }
      location = /to/added { add_after_body /b; addition_types *; proxy_pass http://f; }
      location = /to/check { auth_request /pub/1; proxy_pass http://g; } location = /to/copy { mirror /a/; proxy_pass http://h; }
      location /to/ { index /pub/0; }
      location @n1 { if ($v1 = 1) { } if ($m1 = 1) { set $v1 "$v1$arg_k"; } if ($m3) { return 403; } allow 127.0.0.2; deny all; proxy_pass http://i; } }`,
    ['server reached'],
  ],
  [
    'keeps a map that the server program read for its second run (rows 1.19, 5.20)',
    `map $uri $once { /a a; default b; }
    server { listen 8080; error_page 404 = /a; if ($once = a) { rewrite ^ /b; }
      location / { return 404; } location = /a { proxy_pass http://b; } location /b { return 204; } }`,
    ['location = /a reached'],
  ],
  [
    'keeps a variable for the second run of the server program (row 1.31)',
    `server { listen 8080; if ($v = 1) { rewrite ^ /a? last; } set $v $arg_k; error_page 405 = /i;
      location / { return 404; } location = /a { internal; proxy_pass http://b; } location /i { empty_gif; } }`,
    ['location = /a reached', 'location /i reached'],
  ],
  [
    'keeps a variable that the location of auth_request reads (row 1.31c)',
    `server { listen 8080; location / { return 404; } location /b { set $v $arg_k; auth_request /auth; proxy_pass http://b; }
      location = /auth { if ($v = 1) { return 204; } return 403; } }`,
    ['location /b reached'],
  ],
  [
    'keeps the path of a request that waits for auth_request',
    `server { listen 8080; root /srv; set $a 1; auth_request /auth; location / { return 404; }
      location /to/ { index /none; } location = /auth { return 204; } }`,
    ['location /to/ reached'],
  ],
  [
    'keeps a variable of a request that waits for its copy (row 10.28)',
    `server { listen 8080; set $up b; location / { return 404; } location = /cut { return 444; }
      location /b { mirror /copy; proxy_pass http://$up; } location = /copy { internal; set $z 1; empty_gif; } }`,
    ['location /b reached', 'location = /copy reached'],
  ],
  [
    'finds a target that spells its path otherwise',
    `server { listen 8080; location / { return 404; }
      location /a/ { if ($request_uri !~ ^/a) { proxy_pass http://b; break; } return 404; } }`,
    ['if ($request_uri !~ ^/a) reached'],
  ],
  [
    'finds a target of which a map takes a part, and that leads to its location',
    `map $request_uri $part { "~^/(?<seg>a|b)" $seg; "~*^/PUB" 1; default ""; }
    server { listen 8080; location / { return 404; } location /a/ { if ($part = 1) { return 403; } proxy_pass http://b; } }`,
    ['location /a/ reached'],
  ],
  [
    'reads an argument that a rewrite has brought (row 7.8)',
    `server { listen 8080; if ($arg_k) { return 403; } location / { return 404; }
      location = /a { rewrite ^ /b?K=1 last; } location /b { if ($arg_k = 1) { proxy_pass http://b; break; } return 404; } }`,
    ['if ($arg_k = 1) reached'],
  ],
  [
    'reads an argument that set has written, and none where it wrote another one (row 5.19c)',
    `server { listen 8080; if ($arg_k) { return 403; } location / { set $args "k=1"; if ($arg_k) { proxy_pass http://b; break; } return 404; }
      location /a { set $args "ak=1"; if ($arg_k) { proxy_pass http://b; break; } return 404; } }`,
    ['if ($arg_k) reached', 'if ($arg_k) refused'],
  ],
  [
    "reads the client's argument behind those that a rewrite has put in front of it, unless one of them has its name (row 7.8)",
    `server { listen 8080; location / { rewrite ^ /b?x=1 last; } location = /c { rewrite ^ /d?k=2 last; }
      location = /b { internal; if ($arg_k = 1) { proxy_pass http://b; break; } return 404; }
      location = /d { internal; if ($arg_k = 1) { proxy_pass http://d; break; } return 404; } }`,
    ['if ($arg_k = 1) reached', 'if ($arg_k = 1) refused'],
  ],
  [
    'reads $args anew when a rewrite has replaced what set wrote',
    `server { listen 8080; location / { set $args "k=1"; rewrite ^ /b?k=2? last; }
      location = /b { internal; if ($args = k=2) { proxy_pass http://b; break; } return 404; } }`,
    ['if ($args = k=2) reached'],
  ],
  [
    'raises on a plain connection to a TLS port what comes in front of 497, and calls it plain',
    `server { listen 8443 ssl; ssl_certificate c; ssl_certificate_key k; ssl_client_certificate ca; ssl_verify_client on;
      error_page 405 = /i; location / { return 404; } location /i { if ($https) { return 404; } proxy_pass http://b; } }`,
    ['location /i reached'],
  ],
  [
    'leaves the settings of a location behind with a redirect from it (ngx_http_internal_redirect)',
    `server { listen 8080; error_page 404 = @server; if ($arg_k) { return 404; }
      location / { error_page 403 = /x?k=1; error_page 404 = @own; recursive_error_pages on; return 403; }
      location @server { proxy_pass http://s; } location @own { proxy_pass http://o; } }`,
    ['location @server reached', 'location @own refused'],
  ],
  [
    'ends at the if of the server program also behind a redirect',
    `server { listen 8080; error_page 404 = @n; if ($uri = /i/index.html) { return 200 "text"; } location / { return 404; }
      location @n { rewrite ^ /i/ break; } location /i { return 404; } }`,
    ['if ($uri = /i/index.html) reached', 'location @n refused'],
  ],
  [
    'reads $server_name as it is written, without a leading dot (row 13.6)',
    `server { listen 8080; server_name .a.test; location / { if ($server_name = a.test) { proxy_pass http://b; break; } return 404; } }
    server { listen 8080; server_name *.b.test; location / { if ($server_name = *.b.test) { proxy_pass http://b; break; } return 404; } }`,
    ['if ($server_name = a.test) reached', 'if ($server_name = *.b.test) reached'],
  ],
  [
    'keeps a variable that a location reads when it is entered once more',
    `server { listen 8080; location / { return 404; } location /a { if ($v = 1) { return 200 "text"; } if ($arg_k) { set $v 1; }
      if ($arg_k = 3) { set $v 2; } rewrite ^ /a last; } }`,
    ['if ($v = 1) reached'],
  ],
  [
    'keeps the tie between an argument and the redirected arguments that it is read from',
    `server { listen 8080; if ($arg_k != 1) { return 500; } location / { try_files /none $arg_u; }
      location /i { internal; proxy_pass http://b; } }`,
    ['location /i reached'],
  ],
  [
    'knows the groups of a text that begins with fixed text (row 4.37)',
    `map NONE:$arg_k $of { "~^NONE:(.+)$" $1; default 0; }
      server { listen 8080; set $v x$arg_k; location / { if ($v ~ ^(.)(.*)$) { set $w $2; } if ($w = 1) { proxy_pass http://b; } }
        location /m { if ($of = 1) { proxy_pass http://m; } } location /z { if ($v ~ ^(.)(.*)$) { set $w $1; } if ($w = 1) { proxy_pass http://z; } } }`,
    ['if ($w = 1) reached', 'if ($of = 1) reached', 'if ($w = 1) refused'],
  ],
  [
    'finds no index below what is no folder',
    `server { listen 8080; root /srv; location / { return 404; } location /a/ { index i.html; if (-e /srv$uri) { return 404; } }
      location = /a/i.html { internal; proxy_pass http://b; } }`,
    ['location = /a/i.html refused'],
  ],
  [
    'empties what a named group is called until its pattern matches (row 5.19l)',
    `server { listen 8080; location / { if ($arg_x ~ "^(?<https>a.*)") { proxy_pass http://b; } if ($https = "") { proxy_pass http://c; } } }
      server { listen 8443 ssl; ssl_certificate c; ssl_certificate_key k; location / { if ($https = on) { proxy_pass http://d; break; } return 404; } }`,
    ['if ($https =  ) reached', 'if ($https = on) refused'],
  ],
  [
    'finds a text for each share of split_clients that has room, also of the whole target (row 5.60)',
    `split_clients "$request_uri$arg_k" $s { 0.5% a; 50% b; 49.5% ""; }
      server { listen 8080; location / { if ($s = a) { proxy_pass http://a; break; } if ($s = c) { proxy_pass http://c; break; } return 404; }
        location = /x { if ($arg_k != 1) { return 404; } if ($s = b) { proxy_pass http://b; break; } return 404; } }`,
    ['if ($s = a) reached', 'if ($s = c) refused', 'if ($s = b) reached'],
  ],
  [
    'finds such a target also where a map takes a part of it and the arguments have to lead there',
    `split_clients "$request_uri$arg_k" $s { 50% one; * ""; } map $request_uri $part { "~^/(?<seg>a|b)" $seg; default ""; }
      server { listen 8080; location / { return 404; } location /b { if ($part = "") { return 404; } try_files /none $arg_u; }
        location = /i { internal; if ($s = one) { proxy_pass http://b; break; } return 404; } }`,
    ['if ($s = one) reached'],
  ],
  [
    'finds such a target where its path holds a question mark',
    `split_clients "$request_uri" $s { 50% one; * ""; }
      server { listen 8080; location / { return 404; } location = "/a?" { if ($s = one) { proxy_pass http://b; break; } return 404; } }`,
    ['if ($s = one) reached'],
  ],
  [
    'reads an argument twice that was cut out of a path, and another one beside it',
    `server { listen 8080; error_page 404 /b$uri; location / { return 404; }
      location /b { internal; if ($arg_k = "") { return 403; } if ($arg_k != 1) { return 403; } proxy_pass http://b; }
      location /b/d { internal; if ($args !~ ^k=) { return 403; } if ($arg_k = "") { return 403; } if ($arg_j != 2) { return 403; } proxy_pass http://d; }
      location /b/f { internal; if ($args !~ ^j=) { return 403; } if ($arg_k = "") { return 403; } if ($arg_j != 2) { return 403; } proxy_pass http://f; }
      location /b/e { internal; if ($arg_k != 1) { return 403; } if ($arg_k = 1) { return 403; } proxy_pass http://e; } }`,
    ['location /b reached', 'location /b/d reached', 'location /b/f reached', 'location /b/e refused'],
  ],
  [
    'finds a share of the target and of an argument where all arguments are known',
    `split_clients $request_uri$arg_k $share { 99% ""; * one; }
    server { listen 8080; location / { return 404; }
      location = /a { if ($args != k=1) { return 404; } if ($share = one) { proxy_pass http://b; break; } return 404; } }`,
    ['if ($share = one) reached'],
  ],
  [
    'finds a text for the smallest share that there is',
    `split_clients "id $arg_k" $share { 99.99% ""; * one; }
    server { listen 8080; location / { return 404; }
      location = /a { if ($share = one) { proxy_pass http://b; break; } return 404; } }`,
    ['if ($share = one) reached'],
  ],
  [
    'knows that none of the texts that are left lies in a share',
    `split_clients $arg_k $share { 99.9% ""; * one; }
    server { listen 8080; location / { return 404; }
      location = /a { if ($arg_k) { return 404; } if ($share = one) { proxy_pass http://b; break; } return 404; } }`,
    ['if ($share = one) refused'],
  ],
  [
    'sends an argument that is part of a path, though others are asked about as a whole',
    `server { listen 8080; root /srv; location / { return 404; }
      location = /a { if ($args = k=) { return 404; } rewrite ^ /$arg_k/x last; }
      location = /b/x { internal; proxy_pass http://b; } }`,
    ['location = /b/x reached'],
  ],
  [
    'reads no header behind a request line that is an error',
    `server { listen 8080; error_page 414 /a; error_page 505 /b; location / { return 404; }
      location = /a { internal; auth_basic realm; auth_basic_user_file /users; proxy_pass http://a; }
      location = /b { internal; if ($http_x_role) { proxy_pass http://b; break; } return 404; } }`,
    ['location = /a refused', 'if ($http_x_role) refused'],
  ],
  [
    'sends a password in front of the Host header that is refused',
    `server { listen 8443 ssl; server_name a.test; error_page 421 /a; location / { return 404; }
      location = /a { internal; auth_basic realm; auth_basic_user_file /users; proxy_pass http://a; } }
    server { listen 8443 ssl; server_name b.test; ssl_verify_client on; ssl_client_certificate /pki/authority.pem; }`,
    ['location = /a conditional'],
  ],
  [
    'takes two ways for one without what both demand',
    `server { listen 8080; error_page 413 =404 $uri; location /a/b { proxy_pass http://a; } location ~ "^/a" { proxy_pass http://b; }
      location ^~ /a { proxy_pass http://c; } location /b { internal; location ^~ /b { internal; proxy_pass http://d; } }
      location = /to { proxy_pass http://e; } }`,
    ['location ^~ /a reached', 'location ~ ^/a reached', 'location ^~ /b refused', 'location = /to reached'],
  ],
  [
    'looks for an address whose hash lies in a share',
    `split_clients $remote_addr $s { 0.5% one; 50% two; * ""; }
    server { listen 8080; location /one { if ($s != one) { return 403; } proxy_pass http://a; }
      location /rest { if ($s) { return 403; } proxy_pass http://b; }
      location /in { allow 127.0.0.2; deny all; if ($s = two) { return 403; } proxy_pass http://c; }
      location /named { if ($remote_addr !~ ^1) { return 403; } if ($s != one) { return 403; } proxy_pass http://d; } }
    server { listen unix:/run/a.sock; location /one { if ($s != one) { return 403; } proxy_pass http://e; } }`,
    [
      'location /one reached',
      'location /rest reached',
      'location /in refused',
      'location /named conditional',
      'location /one refused',
    ],
  ],
  [
    'follows arguments that are written in one another',
    `server { listen 8080; location = /to { error_page 404 = $arg_u; return 404; }
      location = /in { internal; set $v 1; try_files /none $arg_u; }
      location = /end { internal; if ($v != 1) { return 403; } if ($arg_k != x) { return 403; } proxy_pass http://a; }
      location = /upper { internal; if ($v != 1) { return 403; } if ($arg_k != x) { return 403; }
      if ($args ~ "k=x") { return 403; } proxy_pass http://b; } }`,
    ['location = /end reached', 'location = /upper reached'],
  ],
  [
    'knows what no argument of an argument can hold',
    `server { listen 8080; location / { return 404; } location = /to { error_page 404 = $arg_u; return 404; }
      location = /in { internal; try_files /none $arg_u; } location ~ "^/a\\s" { internal; proxy_pass http://a; }
      location ~ "^/a" { internal; proxy_pass http://b; } }`,
    ['location ~ ^/a\\s refused', 'location ~ ^/a reached'],
  ],
  [
    'cuts a path that a pattern has cut before',
    `server { listen 8080; location ~ "^/(?<seg>[a-z]+)" { set $rest ""; if ($uri ~ "^/pub/(.*)$") { set $rest $1; }
      if ($rest != "x/y") { return 403; } proxy_pass http://a; }
      location ~ "^/-([a-z]+)" { set $rest ""; if ($uri ~ "^/-pub/(.*)$") { set $rest $1; }
      if ($rest !~ "^a$") { return 403; } if ($uri ~ "^/-pub/a$") { return 403; } proxy_pass http://b; } }`,
    ['location ~ ^/(?<seg>[a-z]+) reached', 'location ~ ^/-([a-z]+) refused'],
  ],
  [
    'lets a greedy group take all that it can',
    `server { listen 8080; location ~ "^/x(?<rest>.*)$" { if ($rest !~ "^[a-z]") { return 403; }
      set $v ""; if ($uri ~ "^/(?<seg>[a-z]+)") { set $v $seg; } if ($v != x) { return 403; } proxy_pass http://a; } }`,
    ['location ~ ^/x(?<rest>.*)$ refused'],
  ],
  [
    'holds a password that one user file refuses for refused by that file alone',
    `server { listen 8080; error_page 401 = @same; auth_basic realm; auth_basic_user_file /users;
      location / { proxy_pass http://a; } location = /a { try_files /none /b; } location /b { internal; proxy_pass http://b; }
      location /c { error_page 401 = @other; }
      location @same { proxy_pass http://c; } location @other { auth_basic_user_file /others; proxy_pass http://d; } }`,
    ['location / conditional', 'location /b conditional', 'location @same refused', 'location @other conditional'],
  ],
  [
    'tells IPv6 addresses of a pattern apart, though the pattern treats their bytes alike',
    `server { listen [::]:8080; if ($remote_addr !~ "^2001:db8::[a-f]$") { return 403; }
      location / { allow 2001:db8::b; deny all; proxy_pass http://b; } }`,
    ['location / conditional'],
  ],
  [
    'takes no path that ends with a slash for that of a file',
    `server { listen 8080; location / { return 404; }
      location ~ "^/b/(.*/)?\\z" { if (-f /srv$uri) { proxy_pass http://b; break; } empty_gif; }
      location ~ /$ { if (-f /srv$uri) { proxy_pass http://b; break; } return 404; } }`,
    ['if (-f /srv$uri) reached', 'if (-f /srv$uri) refused'],
  ],
  [
    'takes no error page behind a post_action where other pages had their turn before (row 8.33b)',
    `server { listen 8080; location / { error_page 502 /z; deny all; post_action /p; }
      location = /p { internal; error_page 403 /z; return 403; } location = /z { internal; proxy_pass http://z; } }
    server { listen 8081; location / { deny all; post_action /p; }
      location = /p { internal; error_page 403 /y; return 403; } location = /y { internal; proxy_pass http://y; } }
    server { listen 8082; location / { recursive_error_pages on; error_page 502 /x; deny all; post_action /p; }
      location = /p { internal; error_page 403 /x; return 403; } location = /x { internal; proxy_pass http://x; } }`,
    ['location = /z refused', 'location = /y reached', 'location = /x reached'],
  ],
];

describe('the access table of configurations on which it was wrong', it => {
  for (const [title, http, expected] of FOUND) {
    it(title, () => {
      const model = modelOf(`http { ${http} }`);
      const table = analyse(model);
      const rows = table.rows.map(({ site, access }) => `${blockOf(site)} ${access.none.verdict}`);
      for (const row of expected) assert.ok(rows.includes(row), `${row} among ${rows.join(', ')}`);
      assert.equal(unconfirmed(model, table), []);
    });
  }
});
