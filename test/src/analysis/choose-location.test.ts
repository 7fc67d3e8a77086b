import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { type LocationChoice, locationChoices } from '../../../src/analysis/choose-location.js';
import { locate } from '../../../src/analysis/evaluate/locate.js';
import { Patterns } from '../../../src/analysis/patterns.js';
import type { Location } from '../../../src/model/model.js';
import { accepts } from '../../../src/pcre/language.js';
import { modelOf } from '../../support/differential.js';
import { describe } from '../../support/suite.js';

const PASS = 'proxy_pass http://b;';

/** The ends of the search in a server's locations, and a way to ask both searches for the end of a path. */
function searchIn(server: string) {
  const { locations } = modelOf(`http { server { listen 80; ${server} } }`).servers[0]!;
  const patterns = new Patterns();
  const choices = locationChoices(locations, pattern => patterns.language(pattern));
  return {
    choices,
    /** All ends whose languages hold the path. */
    explored: (path: string) =>
      choices.filter(({ languages }) => languages.every(language => accepts(language, path))).map(described),
    /** The end that a single request for the path has. */
    evaluated: (path: string) =>
      described(
        locate(
          locations,
          path,
          ({ match }) => match.kind === 'regex' && patterns.match(match.pattern, path) !== undefined,
        ),
      ),
  };
}

function described({ location, addsSlash }: Pick<LocationChoice, 'location' | 'addsSlash'>): string {
  return `${location === undefined ? 'server' : wayTo(location)}${addsSlash ? ' adds a slash' : ''}`;
}

function wayTo({ node, parent }: Location): string {
  return `${parent === undefined ? '' : `${wayTo(parent)} > `}${node.args.join(' ')}`;
}

const MODIFIERS = ['', '', '', '^~ ', '= ', '= '] as const;
const PIECES = ['a', 'b', '/', 'a/', 'b/', 'ab'];
const REGEXES = ['b$', '^/a', '^/(a|b)/', '/$', 'a/?b', '^/[^/]*$', '(?<first>a)(.*)'];

interface Tree {
  readonly modifier: (typeof MODIFIERS)[number] | '~ ' | '~* ';
  /** What a prefix adds to that of the location around it, or a pattern. */
  readonly text: string;
  readonly passes: boolean;
  readonly children: readonly Tree[];
}

const { tree } = fc.letrec<{ tree: Tree }>(tie => {
  const children = fc.array(tie('tree'), { maxLength: 3 });
  return {
    tree: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'location' },
      fc.record({
        modifier: fc.constantFrom(...MODIFIERS),
        text: fc.constantFrom(...PIECES),
        passes: fc.boolean(),
        children: fc.constant([]),
      }),
      fc.record({
        modifier: fc.constantFrom('', '^~ ' as const),
        text: fc.constantFrom(...PIECES),
        passes: fc.boolean(),
        children,
      }),
      fc.record({
        modifier: fc.constantFrom('~ ' as const, '~* ' as const),
        text: fc.constantFrom(...REGEXES),
        passes: fc.boolean(),
        children,
      }),
    ),
  };
});

/** The locations as nginx takes them: what is nested in a prefix extends it, and no text stands twice on a level. */
function textOf(trees: readonly Tree[], around: string): string {
  const seen = new Set<string>();
  return trees
    .map(({ modifier, text, passes, children }) => {
      const isRegex = modifier.startsWith('~');
      const whole = isRegex ? text : around + text;
      const key = `${modifier.replace('^~ ', '')}${whole}`;
      if (seen.has(key)) return '';
      seen.add(key);
      const nested = textOf(children, isRegex ? around : whole);
      return `location ${modifier}"${whole}" { ${passes && !isRegex ? PASS : ''} ${nested} }\n`;
    })
    .join('');
}

const path = fc.array(fc.constantFrom('a', 'b', '/', 'c'), { maxLength: 7 }).map(parts => `/${parts.join('')}`);

describe('locationChoices', it => {
  it('has exactly one end for each path, the one at which a request for it ends', () => {
    const property = fc.property(
      fc.array(tree, { maxLength: 4 }),
      fc.array(path, { maxLength: 30 }),
      (trees, paths) => {
        const server = textOf(trees, '/');
        const { choices, evaluated, explored } = searchIn(server);
        const written = [...server.matchAll(/"(\/[^"()[$^?]*)"/g)].map(([, text]) => text!);
        for (const one of [
          ...paths,
          ...written,
          ...written.map(text => text.slice(0, -1)).filter(text => text !== ''),
        ]) {
          assert.equal(explored(one), [evaluated(one)], `${one} in\n${server}`);
        }
        assert.ok(choices.every(({ undecided }) => undecided.length === 0));
      },
    );
    fc.assert(property, { numRuns: 1500 });
  });

  it('agrees with nginx (request-semantics 6)', () => {
    const cases: readonly [row: string, server: string, ends: Readonly<Record<string, string>>][] = [
      [
        '6.1',
        'location = /a { } location ^~ /a/ { } location ~ a { } location ~ b { } location /b { }',
        { '/a': '= /a', '/a/x': '^~ /a/', '/xa': '~ a', '/b': '~ b', '/xab': '~ a', '/c': 'server' },
      ],
      ['6.2', 'location ^~ /a/ { } location /a/b/ { } location ~ x$ { }', { '/a/b/x': '~ x$', '/a/x': '^~ /a/' }],
      [
        '6.3-6.6',
        'location = /only { } location /admin { } location /b/ { }',
        {
          '/administrator': '/admin',
          '/admin.php': '/admin',
          '/Admin': 'server',
          '/only/': 'server',
          '/only': '= /only',
          '/b': 'server',
        },
      ],
      [
        '6.11',
        'location /a/ { location ~ x$ { } location /a/b/ { } } location ~ ^/a { }',
        { '/a/x': '/a/ > ~ x$', '/a/b/y': '~ ^/a', '/a/b/x': '/a/ > ~ x$' },
      ],
      [
        '6.12',
        'location ^~ /a/ { location ~ x$ { } location /a/b/ { } } location ~ ^/a { }',
        { '/a/x': '^~ /a/ > ~ x$', '/a/b/y': '^~ /a/ > /a/b/', '/a/y': '^~ /a/' },
      ],
      [
        '6.13-6.14',
        'location /a/ { location ~ y$ { } location ^~ /a/b/ { } } location ~ x$ { }',
        { '/a/b/y': '/a/ > ^~ /a/b/', '/a/b/x': '~ x$', '/a/y': '/a/ > ~ y$' },
      ],
      [
        '6.15',
        `location /app/ { ${PASS} } location ~ app { }`,
        { '/app': '/app/ adds a slash', '/app/': '~ app', '/apps': '~ app' },
      ],
      ['6.16', `location /app/ { if ($arg_x) { ${PASS} } }`, { '/app': 'server' }],
      ['6.17', `location /app/ { ${PASS} } location = /app { }`, { '/app': '= /app' }],
      ['6.18', `location /app/ { ${PASS} } location /app { }`, { '/app': '/app' }],
      ['6.18d', 'location /app/ { stub_status; }', { '/app': 'server' }],
      ['6.22', 'location @n { } location / { }', { '/@n': '/', '/n': '/' }],
      ['6.24', 'location =/x { } location ^~/n { } location ~b { }', { '/x': '=/x', '/n/b': '^~/n', '/ab': '~b' }],
      ['6.25', 'location ~ a { } location ~ a { }', { '/a': '~ a' }],
      ['7.4c', 'location / { } location ~ b$ { }', { 'http://b': '~ b$', 'http://a': 'server' }],
    ];
    for (const [row, server, ends] of cases) {
      const { evaluated, explored } = searchIn(server);
      for (const [one, end] of Object.entries(ends)) {
        assert.equal(explored(one), [end], `${row}: ${one}`);
        assert.is(evaluated(one), end, `${row}: ${one}`);
      }
    }
  });

  it('names the regexes that led to an end, that of the outer location first', () => {
    const { choices } = searchIn('location ~ outer { location ~ inner { } } location /p { location ~ nested { } }');
    const found = choices.map(choice => `${described(choice)}: ${choice.patterns.map(({ source }) => source).join()}`);
    assert.equal(found.sort(), [
      '/p > ~ nested: nested',
      '/p: ',
      'server: ',
      '~ outer > ~ inner: outer,inner',
      '~ outer: outer',
    ]);
  });

  it('marks every end that a pattern which is not analysed could take away or add', () => {
    const unsupported = '(a)\\1';
    const { choices, explored } = searchIn(`location = /x { } location ^~ /p { } location ~ "${unsupported}" { }
      location ~ b { } location / { }`);
    const open = choices.filter(({ undecided }) => undecided.length > 0).map(described);
    assert.equal(open.sort(), ['/', 'server', '~ b', `~ ${unsupported}`].sort());
    assert.equal(explored('/p/b'), ['^~ /p']);
    assert.equal(explored('/b').sort(), ['~ b', `~ ${unsupported}`].sort());
    assert.equal(explored('/c').sort(), ['/', `~ ${unsupported}`].sort());
  });
});
