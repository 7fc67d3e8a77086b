/**
 * The access table of a configuration as an administrator has it: thirty locations, long names, four servers. Golden
 * files show how it reads; the assertions say what must hold at any width.
 */
import { resolve } from 'node:path';
import * as assert from 'uvu/assert';
import { nodeHost } from '../../../src/config/host.js';
import { widthOf } from '../../../src/report/display.js';
import { runMain } from '../../support/memory-io.js';
import { describe } from '../../support/suite.js';
import { matchesGolden } from './golden.js';
import { schemaOf } from './schema.js';

const HOST = nodeHost(resolve('test/fixtures/report/portal'));

/** What the command prints. */
async function printed(argv: readonly string[], columns = 80): Promise<string> {
  const { code, stderr, stdout } = await runMain(['access', ...argv], HOST, { columns });
  assert.is(code, 0, stderr);
  assert.is(stderr, '');
  return stdout;
}

describe('access table of a portal', it => {
  for (const columns of [60, 80, 200]) {
    it(`reads at ${columns} columns`, async () => {
      const text = await printed([], columns);
      matchesGolden(`portal-${columns}.txt`, text);
      for (const line of text.split('\n')) assert.ok(widthOf(line) <= columns, line);
      assert.not.match(text, '...');
      // Nothing is cut: names that are broken are whole once the line ends are taken out.
      const joined = text.replace(/\n +/g, '');
      for (const name of [
        '~ ^/api/v2/(customers|contacts|companies|opportunities)/([0-9]+)/documents/(?<doc>[a-z0-9-]+)$',
        'intranet-document-archive.internal.example.com/documents/$doc',
        '/api/v1/customers/export/',
      ]) {
        assert.ok(joined.includes(name), name);
      }
      assert.match(text, /\n33 sites: 21 proved closed, 8 open, 2 open under a\s+condition, 2 undecided/);
    });
  }

  it('has one line for most rows at 80 columns, with verdicts and names in columns', async () => {
    const text = await printed(['--server', 'portal.example.com']);
    const rows = text.split('\n').filter(line => /^ {2}(?:reached|refused|unknown|cond\.) /.test(line));
    assert.is(rows.length, 30);
    const [site] = new Set(rows.map(row => /^.{38}/.exec(row)![0].length));
    assert.is(site, 38);
    assert.ok(rows.filter(row => /(?:_pass|static|return|stub_status)/.test(row)).length >= 26);
  });

  it('says beneath the table what a condition or a doubt is about', async () => {
    const text = await printed(['--server', 'portal.example.com'], 100);
    assert.match(
      text,
      /\n {2}11 conditional \(address\): client address in 10\.0\.0\.0\/8, conf\.d\/10-portal\.conf:11\n/,
    );
    assert.match(text, /\n {2}22, 23 unknown: access_by_lua_file may refuse, conf\.d\/10-portal\.conf:22\n/);
  });

  it('lists servers without content', async () => {
    const text = await printed([]);
    assert.match(text, /\n2 servers without content\n {2}_, conf\.d\/00-default\.conf:1, \*:443 default_server ssl/);
    assert.match(await printed(['--server', '_']), /^1 server without content\n {2}_, /);
  });

  it('puts what is open in front in the view by resource', async () => {
    const text = await printed([]);
    const resources = [...text.matchAll(/^ {2}((?:upstream|root|text|stub).*)\n {4}(.*)$/gm)];
    const worst = resources.map(([, , first = '']) =>
      /^(everybody|no cert).*(reached)/.test(first) ? 0 : /conditional|unknown/.test(first) ? 1 : 2,
    );
    assert.equal(worst.toSorted(), worst.slice(), resources.map(match => match[0]).join('\n'));
  });

  it('gives the request of each open cell with --verbose', async () => {
    const text = await printed(['--verbose', '--server', ':8081']);
    matchesGolden('portal-verbose.txt', text);
    // On a plain listener the certificate makes no difference.
    assert.match(text, /\n {4}no certificate, untrusted certificate: reached\n/);
    assert.is(text.match(/ curl -i /g)?.length, 1);
  });

  it('narrows the JSON form to --server as well', async () => {
    const document = JSON.parse(await printed(['--server', 'acme.partners.example.com', '--format=json']));
    assert.equal(
      document.sites.map((site: { label: string }) => site.label),
      ['location /', 'location @enrol'],
    );
    assert.equal(document.summary, { sites: 2, reached: 1, conditional: 0, refused: 1, unknown: 0 });
    assert.ok(schemaOf('access')(document));
  });
});

/** Questions that between them show every kind of answer. */
const QUESTIONS: readonly { name: string; argv: readonly string[]; says: readonly RegExp[] }[] = [
  {
    name: 'reached',
    argv: ['portal.example.com/api/v1/customers/export/all?format=csv'],
    says: [
      /^portal\.example\.com\/api\/v1\/customers\/export\/all\?format=csv: a client without a\ncertificate gets there\n/,
      /longer than \/,\s+\/api\/v1\/customers\/\); none of the 2 regular expressions/,
      /> no certificate +reached +200 from this site\n/,
      /https:\/\/portal\.example\.com\/api\/v1\/customers\/export\/all\?format=csv/,
    ],
  },
  {
    name: 'refused',
    argv: ['www.portal.example.com/admin/users'],
    says: [
      /does not get\nto this site, but is answered by location \^~ \/errors\/\n/,
      /www\.portal\.example\.com is its name/,
      /Refused by conf\.d\/10-portal\.conf:18\n 18 \|.*return 403; \}/,
      /\n {4}\| +\^{11}\n/,
    ],
  },
  {
    name: 'refused-by-handshake',
    argv: ['acme.partners.example.com/'],
    says: [/answered by location @enrol\n/, /Refused by conf\.d\/20-partners\.conf:4\n/],
  },
  {
    name: 'subject',
    argv: ['portal.example.com/admin/', '--class=trusted'],
    says: [
      /gets there, with\nthe right subject\n/,
      /A request that gets there\n/,
      /subject OU=admins/,
      /reached +not decided: \$ssl_client_s_dn\n/,
    ],
  },
  {
    name: 'other-request',
    argv: ['portal.example.com/download/'],
    says: [
      /gets to this site,\nby another request\n/,
      /download\/\?token=/,
      /This request: 403 from location \^~ \/errors\/ /,
    ],
  },
  {
    name: 'conditional',
    argv: ['portal.example.com/metrics'],
    says: [/gets there on a\ncondition/, /On condition conf\.d\/10-portal\.conf:11\n/, /it is exactly that path/],
  },
  {
    name: 'unknown',
    argv: ['x.portal.example.com/lua/', '--class=untrusted'],
    says: [
      /not decided whether/,
      /fits its\s+name \*\.portal\.example\.com/,
      /Not decided conf\.d\/10-portal\.conf:22\n/,
    ],
  },
  {
    name: 'no-content',
    argv: ['https://_/x'],
    says: [/nothing answers with content there/, /no answer: return 444/],
  },
  {
    name: 'unnamed',
    argv: ['unix:/run/nginx/admin.sock:/x'],
    says: [/^conf\.d\/20-partners\.conf:9\/x: /, /--unix-socket \/run\/nginx\/admin\.sock/],
  },
];

describe('one cell in words', it => {
  for (const { argv, name, says } of QUESTIONS) {
    it(`says why: ${name}`, async () => {
      const [question = '', ...options] = argv;
      const text = await printed(['--why', question, ...options]);
      matchesGolden(`why-${name}.txt`, text);
      for (const words of says) assert.match(text, words);
      for (const line of (await printed(['--why', question, ...options], 60)).split('\n')) {
        // Words that are there to be copied stay whole.
        assert.ok(widthOf(line) <= 60 || !/\S \S/.test(line.trim()), line);
      }
    });
  }

  it('is what the published schema says in the JSON form', async () => {
    const validate = schemaOf('why');
    for (const { argv, name } of QUESTIONS) {
      const [question = '', ...options] = argv;
      const text = await printed(['--why', question, ...options, '--format', 'json']);
      if (name === 'refused') matchesGolden('why.json', text);
      assert.ok(validate(JSON.parse(text)), `${name}: ${JSON.stringify(validate.errors)}`);
    }
  });

  it('gives the same site in the JSON form as the table', async () => {
    const table = JSON.parse(await printed(['--format', 'json']));
    const why = JSON.parse(await printed(['--why', 'portal.example.com/search?q', '--format', 'json']));
    assert.is(why.class, 'none');
    assert.is(why.target, '/search?q');
    assert.equal(
      why.site,
      table.sites.find((site: { label: string }) => site.label === 'location /search'),
    );
    assert.equal(why.requests.none.ends, {
      kind: 'content',
      status: 403,
      content: 'static',
      file: 'snippets/errors.conf',
      line: 2,
    });
    assert.is(why.requests.none.request.target, '/search?q');
    assert.is(why.locations[0].location.label, 'location /search');
  });

  it('refuses a JSON document without the site that it is about', async () => {
    const why = JSON.parse(await printed(['--why', 'portal.example.com/', '--format', 'json']));
    const validate = schemaOf('why');
    for (const key of ['site', 'requests', 'locations', 'server']) {
      assert.not.ok(validate({ ...why, [key]: undefined }), key);
    }
    assert.not.ok(validate({ ...why, requests: { ...why.requests, none: {} } }));
  });
});
