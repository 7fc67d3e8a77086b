import * as assert from 'uvu/assert';
import { describeRule, flags } from '../../support/rule-laboratory.js';

const PASS = 'proxy_pass http://app;';
const server = (body: string) => `server { listen 80; server_name app.test;\n${body}\n}`;

describeRule(
  'unsafe-if',
  [
    {
      title: 'warns of a setting in an if of a location',
      flagged: server(`location / { if ($arg_a) {
add_header X-A 1; # expect: unsafe-if
} ${PASS} }`),
      accepted: `map $arg_a $header { "" ""; default 1; }\n${server(`location / { add_header X-A $header; ${PASS} }`)}`,
    },
    {
      title: 'warns of a root in an if of a location',
      flagged: server(`location / { if ($arg_a) {
root other; # expect: unsafe-if
} root files; }`),
      accepted: server(
        'location / { if ($arg_a) { rewrite ^ /other/ last; } root files; } location /other/ { root other; }',
      ),
    },
    {
      title: 'notes a pass directive with a break',
      flagged: server(`location / { if ($arg_a) {
proxy_pass http://127.0.0.1:9443; # expect: unsafe-if note
break; } if ($arg_b) { return 403; } ${PASS} }`),
      accepted: server(`location / { if ($arg_a) { rewrite ^ /other/ last; } ${PASS} } location /other/ { ${PASS} }`),
    },
    {
      title: 'notes a pass directive with set',
      flagged: server(`location / { if ($arg_a) { set $b 1;
proxy_pass http://127.0.0.1:9443; # expect: unsafe-if note
} ${PASS} }`),
      accepted: server(`location / { if ($arg_a) { set $b 1; } ${PASS} }`),
    },
    {
      title: 'warns of a pass directive that a later check undoes',
      flagged: server(`location / { if ($arg_a) {
proxy_pass http://127.0.0.1:9443; # expect: unsafe-if
} if ($arg_b) { return 403; } ${PASS} }`),
      accepted: server(`location / { if ($arg_b) { return 403; } if ($arg_a) {
proxy_pass http://127.0.0.1:9443; # expect: unsafe-if note
} ${PASS} }`),
    },
  ],
  {
    'accepts return, rewrite, set and break': server(
      `if ($arg_a) { return 403; } location / { if ($arg_b) { set $c 1; break; } if ($arg_d) { rewrite ^/a /b last; } ${PASS} }`,
    ),
  },
  it => {
    it('warns of settings in an if of a server, which nginx refuses to load', async () => {
      await flags(server('if ($arg_a) {\nlimit_rate 1k; # expect: unsafe-if, unloadable-directive\n}\nreturn 403;'), {
        loads: false,
      });
    });

    it('names the step that undoes the block', async () => {
      const [finding] = await flags(
        server(`location / { if ($arg_a) {
proxy_pass http://127.0.0.1:9443; # expect: unsafe-if
} if ($arg_b) { return 403; } ${PASS} }`),
      );
      assert.is(
        finding!.message,
        'if in location / of server app.test holds proxy_pass: if ($arg_b) behind the block still runs and can answer instead',
      );
      assert.ok(finding!.related.some(({ text }) => text === 'runs after the block has matched'));
    });
  },
);
