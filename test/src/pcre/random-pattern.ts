import fc from 'fast-check';

/** Single bytes and classes that the subjects below can contain. */
const ATOMS = [
  ...['a', 'b', 'c', 'A', '/', '-', '.', '\\.', '\\n', '\\x80', '\\/', '\\x{62}', '\\142', '\\Qa.\\E', '\xff'],
  ...['\\d', '\\D', '\\w', '\\W', '\\s', '\\S', '\\h', '\\H', '\\v', '\\V', '\\N', '\\R'],
  ...['[ab]', '[^a]', '[a-c]', '[^a-c/]', '[[:alpha:]]', '[[:^upper:]]', '[\\w-]', '[]a]', '[^]b]', '[\\n\\d]', '[-a]'],
];
const PLACES = ['^', '$', '\\A', '\\z', '\\Z', '\\b', '\\B', '\\G', '(?i)', '(?s)', '(?m)', '(?-i)', '(?#note)'];
const QUANTIFIERS = ['*', '+', '?', '{2}', '{0,2}', '{1,}', '{1,3}', '{,2}'];
const OPENINGS = ['(', '(', '(', '(?:', '(?:', '(?>', '(?i:', '(?s-i:', '(?|'];
const LOOKS = ['(?=', '(?!', '(?<=', '(?<!'];

const { pattern } = fc.letrec<{ pattern: string; branch: string; item: string; atom: string }>(tie => ({
  pattern: fc.oneof(
    { weight: 4, arbitrary: tie('branch') },
    { weight: 1, arbitrary: fc.tuple(tie('branch'), tie('branch')).map(branches => branches.join('|')) },
  ),
  branch: fc.array(tie('item'), { maxLength: 4 }).map(items => items.join('')),
  item: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    { weight: 5, arbitrary: tie('atom') },
    {
      weight: 4,
      arbitrary: fc
        .tuple(tie('atom'), fc.constantFrom('{0}', ...QUANTIFIERS), fc.constantFrom('', '', '?', '+'))
        .map(parts => parts.join('')),
    },
    { weight: 1, arbitrary: fc.constantFrom(...PLACES) },
    {
      weight: 4,
      arbitrary: fc
        .tuple(
          fc.constantFrom(...OPENINGS),
          tie('pattern'),
          // Not {0}: PCRE2 10.42 lets skipped groups mislead its start optimizations, and not the same way every time.
          fc.constantFrom('', '', ...QUANTIFIERS),
          fc.constantFrom('', '', '?', '+'),
        )
        .map(([open, body, quantifier, mode]) => `${open}${body})${quantifier}${quantifier && mode}`),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.constantFrom(...LOOKS), tie('pattern')).map(([open, body]) => `${open}${body})`),
    },
    { weight: 1, arbitrary: fc.constant('\\K') },
  ),
  atom: fc.constantFrom(...ATOMS),
}));

/** A pattern that PCRE2 mostly accepts. */
export const patternText: fc.Arbitrary<string> = pattern;

/** A short subject over the bytes that the patterns name. */
export const subjectText: fc.Arbitrary<string> = fc
  .array(fc.constantFrom('a', 'b', 'c', 'A', 'B', '/', '-', '.', '1', ' ', '\n', '\r', '\x80', '\xff'), {
    maxLength: 8,
  })
  .map(bytes => bytes.join(''));

/** Patterns in the manner of locations, maps, server names and rewrites. */
export const EVERYDAY_PATTERNS: readonly string[] = [
  '\\.php$',
  '\\.(?:gif|jpe?g|png)$',
  '^/api/v([0-9]+)/(.*)$',
  '^/(?<area>admin|public)(/.*)?$',
  '^/(?!public/).*$',
  '^/(?!.*\\.\\.)(.+)\\.(php|html)$',
  '(?<!\\.min)\\.js$',
  '(?<=/)admin',
  '^(?:(?!admin).)*$',
  '^/a/([^/]+)/?$',
  '/\\.(?!well-known)',
  '^www\\.(.+)$',
  '^(.*)/index\\.php$',
  '^/([a-z]{1,3})/(\\d{2,})$',
  '\\badmin\\b',
  '^/admin(?:/|$)',
  '(^|/)\\.ht',
  '^[^?]*/$',
  '^/x(?i:Y)z',
  '^/(?>a|ab)c',
  '^/[^/]++/php',
  '^$',
  '^.*\\.(?:php|asp)x?(?:/.*)?\\z',
  '/+',
];

/** A path, often one that the everyday patterns are about. */
export const everydaySubject: fc.Arbitrary<string> = fc
  .array(
    fc.constantFrom(
      ...[
        '/',
        '/',
        '/',
        'admin',
        'public',
        'ADMIN',
        'api',
        'v1',
        'a',
        'ab',
        'abc',
        '.php',
        '.jpg',
        '.js',
        '.min',
        '..',
      ],
      ...['.ht', '.well-known', 'www.', 'index', '\n', '12', 'xYz', 'x', '.html', '\xe4'],
    ),
    { maxLength: 6 },
  )
  .map(parts => parts.join(''))
  .chain(path => fc.constantFrom(path, `/${path}`));
