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
  return resolve(expandText(`http { ${http} }`).nodes);
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

/** What is said of a client without a certificate at the first site with such content. */
function verdictAt(http: string, content = 'proxy_pass'): Verdict {
  return analyse(modelOf(http)).rows.find(({ site }) => site.content === content)!.access.none;
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
/** Sets more combinations of variables than are followed apart, and reads them. */
const MANY_SETS = Array.from({ length: 10 }, (_, at) => `if ($http_k${at} = x) { set $v${at} ${at}; }`).join(' ');
const MANY_SET = Array.from({ length: 10 }, (_, at) => `$v${at}`).join('');

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

  it('leaves nothing open about a condition that every way needs, be it in front of what is not decided', () => {
    const password = 'auth_basic realm; auth_basic_user_file users;';
    const script = 'access_by_lua_file a.lua;';
    const reasons = (...before: readonly string[]): readonly string[] => {
      const asking = before.map((check, at) => `location = /asking${at} { ${check} ${script} stub_status; }`).join(' ');
      const known = `location = /known { ${password} try_files /none /in; }`;
      const none = verdictAt(
        `server { listen 8080; ${asking} ${known} location = /in { internal; proxy_pass http://b; } }`,
      );
      assert.is(none.verdict, 'conditional');
      return none.verdict === 'conditional' ? none.reasons.map(({ kind }) => kind) : [];
    };
    assert.equal(reasons(password), []);
    assert.equal(reasons(''), ['script']);
    assert.equal(reasons(password, ''), ['script']);
    assert.equal(reasons('', password), ['script']);
  });

  it('names the try_files of which chance decides where an empty path leads', () => {
    const verdict = verdictAt(
      `server { listen 8080; location = /in { internal; auth_request /b; proxy_pass http://a; }
        location ~ b { alias /srv/x; try_files /none $arg_u; } }`,
    );
    assert.equal('reasons' in verdict && verdict.reasons.map(({ kind, text }) => [kind, text]), [
      ['try_files', 'what the end of the alias makes of an empty path is chance'],
    ]);
  });

  it('does not count what is open on the side beside a request there that the client alone decides on', () => {
    // The first entry that leads to the page needs a name that no client sends as SNI.
    const none = verdictAt(
      `server { ${TLS} listen 127.0.0.1:8080; if ($ssl_server_name) { return 403; }
        location = /page { mirror /inner; empty_gif; }
        location /inner { allow 127.0.0.2; deny all; proxy_pass http://b; } }`,
    );
    assert.is(none.verdict, 'conditional');
    assert.equal(none.verdict === 'conditional' && none.reasons, []);
  });

  it('counts what the client is shown more than conditions, and those more than what nobody is shown', () => {
    const behind = (page: string, inner: string): string => {
      const verdict = verdictAt(
        `server { listen 8080; addition_types *; location = /cut { return 444; } location = /page { ${page} empty_gif; }
          location = /inner { ${inner} proxy_pass http://b; } }`,
      );
      const via = 'witness' in verdict ? verdict.witness.via : undefined;
      return [verdict.verdict, via ?? 'direct', ...('reasons' in verdict ? verdict.reasons : [])].join(' ');
    };
    const some = 'allow 127.0.0.2; deny all;';
    assert.is(behind('add_before_body /inner;', some), 'reached addition');
    assert.is(behind('mirror /inner;', some), 'conditional direct');
    assert.is(behind('mirror /inner;', 'internal;'), 'reached mirror');
    assert.is(behind('add_before_body /inner;', ''), 'reached direct');
    // What is cut off with the answer is asked, and nobody is shown it (row 10.42).
    assert.is(behind('add_before_body /inner; add_after_body /cut;', 'internal;'), 'reached addition');
    assert.match(behind('add_before_body /inner; add_after_body /cut;', some), /^conditional direct/);
    assert.is(behind(`mirror /inner; add_before_body /inner; ${some}`, 'internal;'), 'conditional addition');
  });

  it('says which script keeps a request from being followed', () => {
    const verdict = verdictAt(
      `server { listen 8080; set_by_lua_block $v { return ngx.var.arg_k }
        location / { if (-d /srv/$v) { return 403; } proxy_pass http://b; } }`,
    );
    assert.equal(verdict.verdict === 'unknown' && verdict.reasons.map(({ kind, text }) => [kind, text]), [
      ['script', 'set_by_lua_block $v'],
    ]);
  });

  it('doubts nothing more of a share where the way to it is a guess', () => {
    const verdict = verdictAt(
      `split_clients $remote_addr $share { 50% one; * two; }
        server { listen 8080; set_real_ip_from 127.0.0.0/26; set $seen $remote_addr;
          if ($remote_addr = 127.0.0.2) { return 403; }
          location /page { ssi on; proxy_pass http://b; }
          location /inner { internal; if ($share = one) { return 403; } grpc_pass b; } }`,
      'grpc_pass',
    );
    assert.equal(verdict.verdict === 'unknown' && verdict.reasons.map(({ kind }) => kind), ['ssi']);
  });

  it('finds a hash for an argument that is a part of the path of which more is demanded', () => {
    const verdict = verdictAt(
      `split_clients $arg_k $share { 33.33% one; * ""; } error_page 400 =404 $uri;
        server { listen 8080; location /a { internal; if ($share) { return 403; } rewrite "^/[ab]+/?$" /x last; proxy_pass http://b; } }`,
    );
    assert.is(verdict.verdict, 'reached');
  });

  it('demands nothing of a text that repeats parts of the path where any text will do', () => {
    const verdict = verdictAt(
      `server { listen 8080; location ~ "php$" { if ($uri ~ "^/a(.*)$") { return 200 "$uri $1"; } } }`,
      'return',
    );
    assert.is(verdict.verdict, 'reached');
  });

  it('looks for a path that lies below no file which the way needs', () => {
    const row = analyse(
      modelOf(
        `server { listen 8080; root /srv; location = /a { try_files $uri @missing; proxy_pass http://a; }
          location ~ "^/(a|b)/" { auth_request /a; index page.html; } }`,
      ),
    ).rows.find(({ site }) => site.content === 'static' && site.kind === 'location');
    assert.is(row?.access.none.verdict, 'conditional');
  });

  it('knows the path of an exact location, whatever has cut it before', () => {
    const rows = summaries(
      `server { ${TLS} if ($uri ~ "^/a(.*)$") { rewrite "^/[ab]+/?$" /a?m=$1 last; }
        location = /a/b/ { try_files $uri =404; alias /srv/other/; } }`,
    );
    assert.ok(rows.includes('location = /a/b/ refused refused refused'), rows.join());
  });

  it('knows that no text written twice makes a word of other halves, whatever its case', () => {
    assert.equal(
      summaries(`map $arg_k$arg_k $word { default 0; aabaab 1; abba 2; SUCCESS 3; }
        server { ${TLS} location /1 { if ($word != 1) { return 403; } proxy_pass http://b; }
          location /2 { if ($word != 2) { return 403; } proxy_pass http://b; }
          location /3 { if ($word != 3) { return 403; } proxy_pass http://b; } }`).filter(row => row.startsWith('loc')),
      [
        'location /1 reached refused reached',
        'location /2 refused refused refused',
        'location /3 refused refused refused',
      ],
    );
  });

  it('finds a path of several parts that is the target that is asked for as it stands', () => {
    assert.equal(
      summaries(`server { ${TLS} location ~* ^/A(.*) {
        if ($args) { return 403; } if ($request_uri !~ /b) { return 403; } proxy_pass http://b/$1; } }`).at(-1),
      'location ~* ^/A(.*) reached refused reached',
    );
  });

  it('finds the path that a test of the raw target asks for', () => {
    for (const text of ['^/health', '^/health$', '/health']) {
      assert.equal(
        summaries(`map $request_uri $exempt { ~${text} 1; default 0; }
          map "$exempt:$ssl_client_verify" $deny { ~^1: 0; 0:SUCCESS 0; default 1; }
          server { ${TLS} server_name a.test; if ($deny) { return 403; } location / { proxy_pass http://b; } }`),
        ['location / reached refused reached'],
        text,
      );
    }
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

  it('leaves undecided whom a default server lets in of which a part is missing', () => {
    const own = (other: string, inside: string): string | undefined =>
      summaries(`server { listen 127.0.0.1:8443 ssl; ssl_certificate c; ${other} return 403; }
        server { ${TLS.replace('optional', 'on')} server_name a.test; location / { ${inside} proxy_pass http://b; } }`)[0];
    assert.is(own('', ''), 'location / refused refused reached');
    assert.is(own('include gone.conf;', ''), 'location / refused unknown reached');
    assert.is(own('include gone.conf;', 'deny all;'), 'location / refused refused refused');
    assert.is(own('include gone.conf; ssl_reject_handshake on;', ''), 'location / refused refused reached');
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

  it('knows the ways around verification that errors before it open', () => {
    const on = (more: string): string[] =>
      summaries(
        `server { ${TLS.replace('optional', 'on')} server_name a.test; ${more} location / { proxy_pass http://b; } }`,
      );
    assert.equal(on(''), ['location / refused refused reached']);
    for (const code of [400, 405, 494, 495, 496, 497, 501]) {
      const rows = on(`error_page ${code} = @e; location @e { proxy_pass http://e; }`);
      const target = rows.find(row => row.startsWith('location @e')) ?? '';
      assert.match(
        target,
        code === 495 ? /^location @e refused reached/ : /^location @e reached/,
        `${code}: ${target}`,
      );
      assert.ok(rows.includes('location / refused refused reached'));
    }
    // The request line is read before there is a path, so a named location cannot be entered.
    for (const code of [414, 505]) {
      assert.ok(
        on(`error_page ${code} = @e; location @e { proxy_pass http://e; }`).includes(
          'location @e refused refused refused',
        ),
      );
      assert.ok(
        on(`error_page ${code} = /e; location = /e { proxy_pass http://e; }`).includes(
          'location = /e reached reached reached',
        ),
      );
    }
  });

  it('knows who can provoke 421, and with what', () => {
    const two = (names: string, verify: string): string[] =>
      summaries(`server { ${TLS} server_name a.test; error_page 421 = @e; ${GUARD} return 404; location @e { proxy_pass http://e; } }
        server { ${TLS.replace('optional', verify)} ${names} return 403; }`);
    assert.equal(two('server_name b.test;', 'on'), ['location @e reached reached reached']);
    assert.equal(two('', 'optional'), ['location @e reached reached reached']);
  });

  it('lets one check be enough under satisfy any', () => {
    assert.equal(
      summaries(`server { ${TLS} server_name a.test; location / { return 404; }
        location /one/ { satisfy any; deny all; auth_request /check; proxy_pass http://b; }
        location /all/ { deny all; auth_request /check; proxy_pass http://b; }
        location /open/ { satisfy any; allow all; auth_request /check; proxy_pass http://b; }
        location /word/ { satisfy any; deny all; auth_basic x; auth_basic_user_file u; proxy_pass http://b; }
        location = /check { internal; ${GUARD} return 204; }
      }`),
      [
        'location /one/ refused refused reached',
        'location /all/ refused refused refused',
        'location /open/ reached refused reached',
        'location /word/ conditional refused conditional',
      ],
    );
  });

  it('follows auth_request to a program, a back end and an error page', () => {
    assert.equal(
      summaries(`server { ${TLS} server_name a.test; location / { return 404; }
        location /a/ { auth_request /check; proxy_pass http://b; }
        location /b/ { auth_request /asks; proxy_pass http://b; }
        location /c/ { auth_request /turned; proxy_pass http://b; }
        location = /check { internal; ${GUARD} return 204; }
        location = /asks { internal; proxy_pass http://auth; }
        location = /turned { internal; error_page 403 =200 /fine; ${GUARD} return 204; }
        location = /fine { internal; return 204; }
      }`),
      [
        'location /a/ refused refused reached',
        'location /b/ conditional refused conditional',
        'location /c/ reached refused reached',
        'location = /asks reached refused reached',
      ],
    );
  });

  it('knows that a user file does not change its mind behind an error page, and that another one may know the password', () => {
    const rows = (again: string, file = 'users'): string[] =>
      summaries(`server { ${TLS} server_name a.test; auth_basic x; auth_basic_user_file ${file};
        error_page 401 = @again;
        location / { proxy_pass http://b; }
        location @again { ${again} proxy_pass http://again; }
      }`);
    const first = 'location / conditional refused conditional';
    assert.equal(rows(''), [first, 'location @again refused refused refused']);
    assert.equal(rows('auth_basic off;'), [first, 'location @again reached refused reached']);
    assert.equal(rows('auth_basic_user_file others;'), [first, 'location @again conditional refused conditional']);
    // Here it is another file under the same text.
    assert.equal(rows('rewrite ^ /other break;', 'users$uri'), [first, 'location @again unknown refused unknown']);
  });

  it('lets a back end answer otherwise when it is asked for something else, or once more', () => {
    assert.equal(
      summaries(`server { ${TLS} server_name a.test; auth_request /auth; error_page 502 = $arg_u;
        location / { proxy_pass http://both; }
        location @failed { proxy_pass http://b; }
      }`),
      ['location / conditional refused conditional', 'location @failed conditional refused conditional'],
    );
    assert.equal(
      summaries(`server { ${TLS} server_name a.test; auth_request /auth; error_page 401 @login;
        location = /auth { internal; proxy_pass http://auth; }
        location / { proxy_pass http://b; }
        location @login { proxy_pass http://login; }
      }`).at(-1),
      'location @login conditional refused conditional',
    );
  });

  it('keeps a path what it was seen to be', () => {
    assert.equal(
      summaries(`server { ${TLS} server_name a.test; root /srv;
        error_page 404 @e;
        location /x/ { if (-f /srv$uri) { return 403; } }
        location /y/ { if (!-f /srv$uri) { return 403; } }
        location @e { }
      }`).filter(row => !row.startsWith('server ')),
      [
        'location /x/ refused refused refused',
        'location /y/ reached refused reached',
        'location @e refused refused refused',
      ],
    );
  });

  it('knows a path again whose parts were told apart since it was seen', () => {
    assert.equal(
      summaries(`server { ${TLS} server_name a.test; root /srv; if (!-e /srv$uri) { return 404; }
        location ~ ^/(.+)$ { set $v $1; if ($v = b) { return 404; } try_files $uri $uri/ @n; }
        location @n { proxy_pass http://b; }
      }`).at(-1),
      'location @n refused refused refused',
    );
    assert.equal(
      summaries(`server { ${TLS} server_name a.test; if (!-e /srv$uri) { return 404; } if (-e /srv/a) { return 404; }
        location = /a { proxy_pass http://b; }
        location = /b { proxy_pass http://b; }
      }`).slice(1),
      ['location = /a refused refused refused', 'location = /b reached refused reached'],
    );
  });

  it('gives handlers that only read no other method', () => {
    assert.equal(
      summaries(`server { ${TLS} server_name a.test;
        location / { limit_except POST { deny all; } empty_gif; }
        location /s { limit_except GET { deny all; } stub_status; }
      }`),
      ['location / refused refused refused', 'location /s reached refused reached'],
    );
  });

  it('follows a target that the client writes', () => {
    assert.equal(
      summaries(`server { ${TLS} server_name a.test;
        error_page 403 = $arg_t;
        location / { ${GUARD} proxy_pass http://b; }
        location /in/ { internal; proxy_pass http://i; }
        location @n { proxy_pass http://n; }
      }`),
      [
        'location / refused refused reached',
        'location /in/ reached refused refused',
        'location @n reached refused refused',
      ],
    );
  });

  it('looks for an argument in a part of the path of which more is demanded', () => {
    const verdict = verdictAt(`server { ${TLS} set $args "k=1"; location ^~ /a/b/ {
      rewrite ^/a/(.+)$ /a?m=$1;
      rewrite ^ $arg_u break;
      proxy_pass http://b;
    } }`);
    // A capture is not escaped where no byte of the path was (ngx_http_script_copy_capture_code).
    assert.is(verdict.verdict === 'reached' && verdict.witness.request.http.target, '/a/b/&u=a');
  });

  it('looks for the arguments in the request target where both are told apart', () => {
    const verdict = (target: string): Verdict =>
      verdictAt(`server { ${TLS} location = /x {
        if ($request_uri ${target}) { return 403; }
        if ($arg_k !~ "^/b[yz]") { return 403; }
        proxy_pass http://b;
      } }`);
    // An argument is read as it stands in the target: nothing is decoded.
    assert.is(verdict('~ "/b"').verdict, 'refused');
    const reached = verdict('!~ "[?]k=/bz$"');
    assert.is(reached.verdict, 'reached');
    assert.is(reached.verdict === 'reached' && reached.witness.request.http.target, '/x?k=/bz');
  });

  it('takes the address from a header only where every peer is trusted', () => {
    const from = (range: string): string[] =>
      summaries(`server { ${TLS} server_name a.test; set_real_ip_from ${range};
        location / { allow 192.0.2.7; deny all; proxy_pass http://b; } }`);
    assert.equal(from('0.0.0.0/0'), ['location / reached refused reached']);
    assert.equal(from('10.0.0.0/8'), ['location / conditional refused conditional']);
  });

  it('gives the groups of a regex among the names their values', () => {
    const text = `server { listen 127.0.0.1:8443 ssl; ssl_certificate c; return 403; }
      server { ${TLS} server_name "~^r(?<rn>[0-9])[.]test$" s.test;
        location / { if ($rn = 7) { proxy_pass http://seven; } if ($rn = x) { proxy_pass http://never; } return 404; }
        location /p/ { if ($rn = 7) { proxy_pass http://seven; } if ($rn = x) { proxy_pass http://never; } }
      }`;
    assert.equal(
      summaries(text).filter(row => row.startsWith('if ')),
      ['if ($rn = 7) reached reached reached', 'if ($rn = x) refused refused refused'],
    );
  });

  it('decides what is served over HTTP/3 beside TLS, and leaves what is served over HTTP/3 alone undecided', () => {
    const server = (name: string, listen: string) =>
      `server { ${listen} ssl_certificate c; ssl_certificate_key k; server_name ${name};
        ssl_client_certificate ca; ssl_verify_client on; location / { proxy_pass http://b; } }`;
    const both = 'listen 443 ssl; listen 443 quic reuseport;';
    const decided = 'location / refused refused reached';
    assert.equal(summaries(server('a.test', both) + server('b.test', both.replace(' reuseport', ''))), [
      decided,
      decided,
    ]);
    const open = 'location / refused refused unknown';
    assert.equal(summaries(server('a.test', 'listen 443 quic;')), [open]);
    // Another default server over QUIC may let others in.
    const first = server('a.test', 'listen 443 quic default_server; listen 443 ssl;').replace('ca;', 'other;');
    const second = server('b.test', 'listen 443 quic; listen 443 ssl default_server;');
    assert.equal(summaries(first + second), [
      'location / refused reached reached',
      'location / refused unknown reached',
    ]);
    const { rows } = analyse(modelOf(server('a.test', 'listen 443 quic;')));
    const verdict = rows[0]!.access.trusted;
    assert.equal('reasons' in verdict && verdict.reasons.map(({ text }) => text), ['HTTP/3 is not modelled']);
  });

  it('joins ways that differ in what lies at a path alone', () => {
    const tests = Array.from({ length: 20 }, (_, index) => `if (-f /srv/file${index}) { }`);
    assert.equal(summaries(`server { ${TLS} location / { ${tests.join(' ')} ${GUARD} proxy_pass http://b; } }`), [
      'location / refused refused reached',
    ]);
  });

  it('keeps what joined ways know of a path together', () => {
    const asks = 'if (-f /srv/x) { set $k 1; } if (!-e /srv/x) { return 403; } rewrite ^ /b last;';
    const rows = summaries(`server { ${TLS} location / { ${asks} }
      location = /b { internal; if (!-e /srv/x) { return 200 in; } if (-f /srv/x) { return 200 file; } return 200 folder; } }`);
    assert.equal(rows, [
      'location / refused refused refused',
      'if (!-e /srv/x) refused refused refused',
      'if (-f /srv/x) reached refused reached',
      'location = /b reached refused reached',
    ]);
  });

  it('takes every variable for one that a script may have written, and each by itself', () => {
    const rows =
      summaries(`server { ${TLS} location / { set $a $arg_a; set $b $arg_b; access_by_lua_block x; return 403; }
      location @n { set $both "$a$b"; if ($both != xy) { return 403; } proxy_pass http://b; } }`);
    assert.ok(rows.includes('location @n refused refused refused'), rows.join('; '));
    const led =
      summaries(`server { ${TLS} location / { set $a $arg_a; set $b $arg_b; rewrite_by_lua_block x; proxy_pass http://a; }
      location @n { set $both "$a$b"; if ($both != xy) { return 403; } proxy_pass http://b; } }`);
    assert.ok(led.includes('location @n unknown refused unknown'), led.join('; '));
  });

  it('decides what stands beside a maze of ways that differ in what the client chose, and not what is in it', () => {
    const numbers = Array.from({ length: 8 }, (_, index) => index);
    const maze = numbers.map(
      index => `location /m${index} { if ($arg_k${index} = x) { set $v${index} 1; } rewrite ^ /m$arg_g${index} last; }`,
    );
    const all = numbers.map(index => `$v${index}`).join('');
    // A request that comes by all of the maze in one order gets there, with the ten changes of the URI that it has.
    const asks = `set $all "${all}"; if ($all != 11111111) { return 403; } if ($arg_z != 1) { return 403; }`;
    const deep = `location /mdeep { ${asks} proxy_pass http://c; }`;
    const http = `server { ${TLS} ${maze.join(' ')} ${deep} location /secret { ${GUARD} proxy_pass http://b; }
      location /read { return 200 "x${all}"; } }`;
    const rows = summaries(http);
    assert.ok(rows.includes('location /secret refused refused reached'), rows.join('; '));
    assert.ok(rows.includes('location /read reached refused reached'), rows.join('; '));
    assert.ok(rows.includes('location /mdeep unknown refused unknown'), rows.join('; '));
  });

  it('does not forget, where ways are no longer followed, that one may end by the eleventh change of its URI', () => {
    // A request with every second field comes to the loop, so that the check ends with 500; a body has no limit to do that.
    const rows =
      summaries(`server { ${TLS} client_max_body_size 0; location = /many { ${MANY_SETS} rewrite ^ /top last; }
      location = /top { set $all "${MANY_SET}"; if ($all != 13579) { return 204; } rewrite ^ /loop last; }
      location = /loop { rewrite ^ /loop last; }
      location / { auth_request /many; error_page 500 = @open; proxy_pass http://a; } location @open { proxy_pass http://b; } }`);
    assert.ok(rows.includes('location / reached refused reached'), rows.join('; '));
    assert.ok(rows.includes('location @open unknown refused unknown'), rows.join('; '));
  });

  it('ends where the page of a name that is not there is that name, and ways are no longer followed', () => {
    const rows = summaries(`server { ${TLS} location = /many { ${MANY_SETS} rewrite ^ /lost last; }
      location = /lost { recursive_error_pages on; error_page 500 = @missing; set $all "${MANY_SET}"; if ($all = 13579) { return 403; }
        try_files /none @missing; } }`);
    assert.ok(rows.includes('location = /lost reached refused reached'), rows.join('; '));
  });

  it('leaves a server undecided whose locations are nested too deep, and says so at once', () => {
    const depth = 1_000;
    const nested = Array.from({ length: depth }, (_, level) => `location /${'a/'.repeat(level)} {`).join(' ');
    const rows = summaries(`server { ${TLS} server_name a.test; ${nested} proxy_pass http://b; ${'}'.repeat(depth)} }`);
    assert.is(rows.length, depth);
    assert.ok(rows.every(row => row.endsWith(' unknown unknown unknown')));
  });

  it('reaches a server with the empty name by leaving Host out, and the second one never', () => {
    const server = (text: string): string => `server { ${TLS} ${text} location / { proxy_pass http://b; } }`;
    assert.equal(summaries(`${server('server_name a.test;')} ${server('server_name "" a.test;')} ${server('')}`), [
      'location / reached refused reached',
      'location / reached refused reached',
      'location / refused refused refused',
    ]);
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
          // What steers no request differs from server to server.
          `server { ${TLS} server_name s${index}.test; ${body
            .replaceAll('{ ', index % 2 === 0 ? '{ ' : '{ add_header X 1; proxy_set_header Y 1; ')
            .replaceAll('NAME', `s${index}.test`)} }`;
        const together = analyse(modelOf(fallback + chosen.map(text).join('\n')));
        for (const [index, body] of chosen.entries()) {
          const alone = analyse(modelOf(fallback + text(body, index)));
          const rows = together.rows.filter(({ site }) =>
            site.server.names.some(name => 'text' in name && name.text === `s${index}.test`),
          );
          const own = alone.rows.filter(({ site }) => site.server.index === 1);
          assert.equal(rows.map(summary), own.map(summary));
          for (const [at, row] of rows.entries()) {
            const { site } = own[at]!;
            assert.is(row.site.target, site.target);
            assert.is(row.site.source?.args.join(' '), site.source?.args.join(' '));
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
