import * as assert from 'uvu/assert';
import { analyse } from '../../../../src/analysis/analyse.js';
import { Explorations } from '../../../../src/analysis/explore/explorations.js';
import { choicesOf } from '../../../../src/analysis/explore/explorer.js';
import { type Entry, entriesOf } from '../../../../src/analysis/handshake.js';
import { hostLanguage } from '../../../../src/analysis/host-languages.js';
import { Knowledge } from '../../../../src/analysis/knowledge.js';
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

describe('explore/explorations', it => {
  it('explores entries once that differ in nothing that is asked', () => {
    // Each socket is entered with a Host header and without one; only the SNI of TLS can be told from such a header.
    assert.equal(explored('location / { }'), { entries: 6, explorations: 3 });
    assert.equal(explored('if ($scheme = http) { return 403; }'), { entries: 6, explorations: 4 });
    assert.equal(explored('if ($server_port = 8080) { return 403; }'), { entries: 6, explorations: 6 });
  });

  it('follows no more than some of the ways through conditions that have nothing to do with one another', () => {
    const numbers = Array.from({ length: 12 }, (_, number) => number);
    const sets = numbers.map(number => `if ($arg_a${number}) { set $v${number} 1; }`).join(' ');
    const ifs = numbers.map(number => `if ($v${number} = 1) { add_header X-N ${number}; }`).join(' ');
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
});
