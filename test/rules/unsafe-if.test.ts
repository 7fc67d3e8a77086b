import * as assert from 'uvu/assert';
import { accepts, findingsOf, flags } from '../support/lint.js';
import { describe } from '../support/suite.js';

const PASS = 'proxy_pass http://127.0.0.1:8080;';
const OTHER = 'proxy_pass http://127.0.0.1:8081;';

const server = (content: string): string => `server { listen 80; server_name app.test;\n${content}\n}`;

describe('unsafe-if', it => {
  const warnings: readonly [title: string, directive: string][] = [
    ['add_header', 'add_header X-A b;'],
    ['root', 'root site;'],
    ['expires', 'expires 1d;'],
    ['access_log', 'access_log off;'],
    ['a pass directive together with another', `${PASS} add_header X-A b;`],
  ];
  for (const [title, directive] of warnings) {
    it(`warns of ${title}`, async () => {
      const lines = directive.startsWith('proxy_pass') ? directive.replace('; ', ';\n') : directive;
      await flags(server(`location / {\n${PASS}\nif ($arg_a) {\n${lines} # expect: unsafe-if\n} }`));
    });
  }

  it('accepts return, rewrite, set and break, in a server and in a location', async () => {
    const harmless = `if ($arg_a) { set $x 1; break; }\nif ($arg_b) { rewrite ^ /b last; }\nif ($arg_c) { return 404; }`;
    await accepts(server(`${harmless}\nlocation / { ${harmless} ${PASS} }`));
  });

  it('warns in a server, where nginx refuses to load it besides', async () => {
    await flags(
      server(
        `location / { ${PASS} }\nif ($arg_a) {\nproxy_set_header X y; # expect: unsafe-if, unloadable-directive\n}`,
      ),
    );
  });

  const notes: readonly [title: string, location: string][] = [
    ['a pass directive', `if ($arg_a) {\n${PASS} # expect: unsafe-if note\n} ${OTHER}`],
    ['a pass directive with break', `if ($arg_a) {\n${PASS} # expect: unsafe-if note\nbreak; } return 403;`],
    [
      'a pass directive with set and break',
      `if ($arg_a) { set $x 1;\n${PASS} # expect: unsafe-if note\nbreak; } if ($arg_b) { return 403; } ${OTHER}`,
    ],
    [
      'a pass directive before a check that excludes it',
      `if ($arg_a = 1) {\n${PASS} # expect: unsafe-if note\n} if ($arg_a != 1) { return 403; } ${OTHER}`,
    ],
    [
      'two pass directives for two values of one variable',
      `if ($arg_a = 1) {\n${PASS} # expect: unsafe-if note\n} if ($arg_a = 2) {\n${OTHER} # expect: unsafe-if note\n} root site;`,
    ],
  ];
  for (const [title, location] of notes) {
    it(`notes ${title}`, async () => {
      await flags(server(`location / {\n${location} }`));
    });
  }

  const overridden: readonly [title: string, location: string, step: string][] = [
    [
      'a return behind it',
      `if ($arg_a) {\n${PASS} # expect: unsafe-if\n} return 403;`,
      'return 403 behind the block still runs and answers instead',
    ],
    [
      'a check behind it',
      `if ($arg_a) {\n${PASS} # expect: unsafe-if\n}\nif ($arg_b) { return 403; } ${OTHER}`,
      'if \\(\\$arg_b\\) behind the block still runs and can answer instead',
    ],
    [
      'a rewrite behind it',
      `if ($arg_a) {\n${PASS} # expect: unsafe-if\n}\nrewrite ^/a /b last; ${OTHER}`,
      'rewrite \\^/a /b last behind the block still runs and chooses the location anew',
    ],
    [
      'another pass directive behind it',
      `if ($arg_a) {\n${PASS} # expect: unsafe-if\n}\nif ($arg_b) {\n${OTHER} # expect: unsafe-if note\n} root site;`,
      'if \\(\\$arg_b\\) behind the block still runs and can take its place',
    ],
  ];
  for (const [title, location, step] of overridden) {
    it(`warns of a pass directive that is undone by ${title}`, async () => {
      const [found] = await flags(server(`location / {\n${location} }`));
      assert.match(found!.message, new RegExp(`holds proxy_pass: ${step}$`));
      assert.is(found!.related[1]!.text, 'runs after the block has matched');
    });
  }

  it('names the block and the server', async () => {
    const [found] = await findingsOf(server(`location /a/ { if ($arg_a) { add_header X y; } ${PASS} }`));
    assert.is(
      found!.message,
      'if in location /a/ of server app.test holds add_header: the block replaces the settings of its location while it matches',
    );
  });
});
