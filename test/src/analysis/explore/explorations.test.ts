import * as assert from 'uvu/assert';
import { analyse } from '../../../../src/analysis/analyse.js';
import { Explorations } from '../../../../src/analysis/explore/explorations.js';
import { choicesOf } from '../../../../src/analysis/explore/explorer.js';
import { shareBehind } from '../../../../src/analysis/explore/work.js';
import { type Entry, entriesOf } from '../../../../src/analysis/handshake.js';
import { hostLanguage } from '../../../../src/analysis/host-languages.js';
import { type Effort, Knowledge } from '../../../../src/analysis/knowledge.js';
import { LiveVariables } from '../../../../src/analysis/live-variables.js';
import { Patterns } from '../../../../src/analysis/patterns.js';
import { modelOf } from '../../../support/differential.js';
import { mainFile } from '../../../support/nginx.js';
import { describe } from '../../../support/suite.js';

/** How many explorations the entries of a client without a certificate come to, and how many entries there are. */
function explored(body: string): { entries: number; explorations: number } {
  const listens = 'listen 127.0.0.1:8080; listen 127.0.0.1:8081; listen 127.0.0.1:8441 ssl;';
  const tls = 'ssl_certificate a.pem; ssl_certificate_key a.pem; ssl_verify_client optional;';
  const model = modelOf(mainFile(`server { ${listens} ${tls} ${body} }`));
  const patterns = new Patterns();
  const [server] = model.servers;
  const explorations = new Explorations({
    model,
    patterns,
    live: new LiveVariables(model, []),
    choices: of => choicesOf(of, patterns),
    demandsOn: () => [],
  });
  const entries: Entry[] = model.sockets
    .flatMap(socket => entriesOf(socket, server!, 'none', undefined, false))
    .filter(({ refused }) => refused === undefined);
  const found = entries.map(entry => {
    const names = { host: hostLanguage(entry.socket, server!, patterns) };
    return explorations.of({ entry, followsArguments: false, mergesSlashes: true, names });
  });
  return { entries: found.length, explorations: new Set(found).size };
}

/** How often it is asked what requests are left, while who reaches what is looked for. */
function questions(http: string): number {
  const { assume } = Knowledge.prototype;
  let asked = 0;
  Knowledge.prototype.assume = function (...demand) {
    asked += 1;
    return assume.apply(this, demand);
  };
  try {
    analyse(modelOf(mainFile(http)));
  } finally {
    Knowledge.prototype.assume = assume;
  }
  return asked;
}

/** The demands that were counted for the last of the explorations, and the verdicts on a client without a certificate. */
function demanded(http: string): { demands: number; verdicts: string[] } {
  const { countedBy } = Knowledge.prototype;
  const efforts: Effort[] = [];
  Knowledge.prototype.countedBy = function (effort) {
    efforts.push(effort);
    return countedBy.call(this, effort);
  };
  try {
    const { rows } = analyse(modelOf(mainFile(http)));
    return { demands: efforts.at(-1)!.demands, verdicts: rows.map(({ access }) => access.none.verdict) };
  } finally {
    Knowledge.prototype.countedBy = countedBy;
  }
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, number) => number);
}

describe('explore/explorations', it => {
  it('does not multiply the ways through pages that are names of no location', () => {
    const asked = questions(`server { listen 127.0.0.1:8080; recursive_error_pages on; error_page 405 500 = $arg_u;
      location ~ ^/a { rewrite_by_lua_block { if ngx.var.arg_k == "1" then return ngx.exit(403) end } }
      location ^~ /auth { rewrite ^ $arg_u; try_files $uri @missing; }
      location @n1 { set $v $v$arg_k; proxy_pass http://b; }
      location @n2 { limit_except GET { } }
      location @end { deny all; } }`);
    assert.ok(asked < 20_000, `${asked} questions`);
  });

  it('explores entries once that differ in nothing that is asked', () => {
    // Each socket is entered with a Host header and without one; only the SNI of TLS can be told from such a header.
    assert.equal(explored('location / { }'), { entries: 6, explorations: 3 });
    assert.equal(explored('if ($scheme = http) { return 403; }'), { entries: 6, explorations: 4 });
    assert.equal(explored('if ($server_port = 8080) { return 403; }'), { entries: 6, explorations: 6 });
  });

  it('follows no more than some of the ways through conditions that have nothing to do with one another', () => {
    const sets = numbers(12)
      .map(number => `if ($arg_a${number}) { set $v${number} 1; }`)
      .join(' ');
    const ifs = numbers(12)
      .map(number => `if ($v${number} = 1) { add_header X-N ${number}; }`)
      .join(' ');
    const body = `${sets} ${ifs} proxy_pass http://b;`;
    // Each followed to its end, there were 213,025 questions.
    const asked = questions(`server { listen 127.0.0.1:8080; location / { ${body} } }`);
    assert.ok(asked < 60_000, String(asked));
  });

  it('counts what it takes to know the parts of a path, of which each change cuts more', () => {
    const asked = questions(`server { listen 127.0.0.1:8080; location / { location ~ "^/([a-z]+)" {
      rewrite "^/([ab]+)(.*)" /$2/$1 last; rewrite "^/([a-z]+)/(.*)" /$2$1 last; rewrite "^(.*)b(.*)$" $1$2 last;
    } } location ~ "^/[ab]+/?$" { return 200 x; } }`);
    // Counted by items alone it was 190,383.
    assert.ok(asked < 40_000, String(asked));
  });

  it('takes no arguments apart that can be any', () => {
    const locations = numbers(7).map(at => {
      const ways = numbers(7).map(to => `if ($arg_a${to} = ${at}) { rewrite ^ /m${to} last; }`);
      return `location = /m${at} { ${ways.join(' ')} return 404; }`;
    });
    const copy = 'location = /copy { mirror /m0; proxy_pass http://b; } location = /cut { return 444; }';
    // Cut into what stands around each argument, there were 379,852 questions.
    const asked = questions(`server { listen 127.0.0.1:8080; ${copy} ${locations.join(' ')} }`);
    assert.ok(asked < 320_000, String(asked));
  });

  it('forgets which maps were read before where the client is not followed any more, and what they say is the same', () => {
    const maze = (source: string): string => {
      const maps = numbers(7).map(number => `map ${source} $m${number} { ~a 1; default ${number}; }`);
      const reads = numbers(7).map(number => `if ($arg_c${number}) { set $t $m${number}; }`);
      const places = numbers(7).map(at => {
        const jumps = [1, 3].map(far => `if ($arg_a${far} = ${at}) { rewrite ^ /m${(at + far) % 7} last; }`);
        return `location = /m${at} { ${jumps.join(' ')} if ($arg_d = 1) { rewrite ^ /last last; } return 404; }`;
      });
      const tests = numbers(7).map(number => `if ($m${number} = z) { return 403; }`);
      const last = `location = /last { internal; ${tests.join(' ')} if ($m0 = 0) { return 403; } proxy_pass http://b; }`;
      const server = `listen 127.0.0.1:8080; ${reads.join(' ')} ${places.join(' ')} ${last}`;
      return `${maps.join(' ')} server { ${server} }`;
    };
    // Where each set of maps that were read is told apart, there are over 350,000 questions.
    assert.ok(questions(maze('$ssl_client_verify')) < 300_000);
    assert.ok(questions(maze('$uri')) < 300_000);
    // As a client without TLS reads it, the first map is always 0.
    assert.is(demanded(maze('$ssl_client_verify')).verdicts.at(-1), 'refused');
  });

  it('refuses nobody for an argument that a request can have where it is not followed any more', () => {
    const sets = numbers(10).map(number => `if ($http_k${number} = x) { set $v${number} ${number}; }`);
    const all = numbers(10).map(number => `$v${number}`);
    const first = `location / { ${sets.join(' ')} set $all "${all.join('')}"; rewrite ^ /asked last; }`;
    const tests = 'if ($all != 13579) { return 403; } if ($arg_key = a) { return 200 x; } return 403;';
    const { verdicts } = demanded(
      `server { listen 127.0.0.1:8080; ${first} location = /asked { internal; ${tests} } }`,
    );
    assert.is.not(verdicts.at(-1), 'refused');
  });

  it('decides 500 regex locations, and twenty that hold texts in an order', () => {
    const many = numbers(500).map(number => `location ~ "^/[a-z]*x${number}" { return 200 x; }`);
    const { verdicts } = demanded(`server { listen 127.0.0.1:8080; ${many.join(' ')} }`);
    // The first ten stand before all that begin alike; the server itself has files.
    const reached = verdicts.filter(verdict => verdict === 'reached').length;
    assert.equal([reached, verdicts.length], [11, 501]);
    assert.ok(verdicts.every(verdict => verdict !== 'unknown'));
    const held = numbers(20).map(number => `location ~ "x${number}.*y$" { return 200 x; }`);
    const other = demanded(`server { listen 127.0.0.1:8080; ${held.join(' ')} }`);
    assert.ok(other.verdicts.every(verdict => verdict !== 'unknown'));
    assert.ok(other.demands < 5_000, String(other.demands));
  });

  it('counts what a search takes, and gives little to those that come when all is spent', () => {
    const tests = (count: number) =>
      numbers(count).map(number => `if ($uri ~ a${number}.*c) { set $s "$s-${number}"; }`);
    const server = (count: number) =>
      `server { listen 127.0.0.1:8080; location / { ${tests(count).join(' ')} if ($s = "-1-5") { return 200 x; } return 403; } }`;
    assert.equal(demanded(server(8)).verdicts, ['reached']);
    const { demands, verdicts } = demanded(server(10));
    assert.equal(verdicts, ['unknown']);
    // Each question given as much as the first ones, it was 1,892,755; not counted, 1,332.
    assert.ok(demands > 100_000 && demands < 1_400_000, String(demands));
  });

  it('leaves a part of the bound to who asks, however many ways there are through what is asked', () => {
    const tests = numbers(10).map(number => `if ($http_h ~ a${number}.*c) { set $s "$s-${number}"; }`);
    const check = `location = /check { internal; ${tests.join(' ')} if ($s = "-1-5") { return 403; } return 204; }`;
    const ask =
      'location = /ask { if ($http_k = x) { set $v 0; } set $all "$v"; auth_request /check; proxy_pass http://b; }';
    const { verdicts } = demanded(`server { listen 127.0.0.1:8080; ${ask} ${check} }`);
    assert.equal(verdicts, ['reached', 'reached']);
  });

  it('gives less to entries behind many that were too much, so that a hundred do not cost a hundred times as much', () => {
    const costs = numbers(100).reduce((worked, _) => worked + 50_000 * shareBehind(worked), 0);
    assert.is(shareBehind(0), 1);
    assert.is(shareBehind(50_000), 1);
    // All with the same share, it was 5,000,000.
    assert.ok(costs > 150_000 && costs < 600_000, String(costs));
  });
});
