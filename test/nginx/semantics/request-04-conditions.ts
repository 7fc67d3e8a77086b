import { ANYBODY, type Exchange, type Row, type Section, TRUSTED } from './rows.js';

const trusted = { certificate: 'trusted' } as const;
const REST = 'location / { return 404; }';

/** One location per condition, which answers where it holds. A condition that never holds has no request that shows it. */
function conditions(
  id: string,
  title: string,
  tests: readonly (readonly [condition: string, requests: readonly Exchange[], holds: boolean])[],
  before = '',
): Row {
  return {
    id,
    title,
    server: `${before} ${tests.map(([condition], index) => `location /${index} { if ${condition} { TEXT 1 } return 403; }`).join('\n')} ${REST}`,
    requests: tests.flatMap(([, requests], index) =>
      requests.map(([line, ...rest]): Exchange => [line.replace(' /', ` /${index}`), ...rest] as unknown as Exchange),
    ),
    access: Object.fromEntries(
      tests.map(([condition, , holds], index) => [
        `location /${index} > if ${condition} return`,
        holds ? ANYBODY : 'refused',
      ]),
    ),
  };
}

const YES = 'return 1 200';
const NO = 'refused 403';
const header = (...values: readonly string[]) => ({ headers: values.map(value => ['X-A', value] as const) });

/** A pattern on the path, which is decoded, with a path that it matches and one that it does not. */
const DIALECT = [
  ['possessive', '^/a++b$', '/aab', '/ac'],
  ['an atomic group', '^/(?>a+)b$', '/aab', '/ac'],
  ['inline flags', '^/(?i)abc$', '/ABC', '/abd'],
  ['literal text', '^/\\Qa.b\\E$', '/a.b', '/axb'],
  ['a POSIX class', '^/[[:digit:]]+$', '/12', '/1a'],
  ['lookbehind', '^/.*(?<!x)b$', '/ab', '/xb'],
  ['\\A and \\z', '\\A/a\\z', '/a', '/a%0a'],
  ['\\Z', '\\A/a\\Z', '/a%0a', '/a%0ab'],
  ['(?m)', '(?m)^b$', '/a%0ab', '/b'],
  ['(?s)', '(?s)^/a.b$', '/a%0ab', '/ab'],
  ['\\h', '^/a\\hb$', '/a%09b', '/ab'],
  ['\\R', '^/a\\Rb$', '/a%0ab', '/ab'],
  ['\\K', '^/a\\Kb$', '/ab', '/b'],
] as const;

/** Patterns of the dialect that no finite automaton holds. */
const BEYOND = [
  ['recursion', '^/(a(?1)?b)$', '/aabb', '/aab'],
  ['a conditional', '^/(a)?(?(1)b|c)$', '/ab', '/b'],
  ['a back reference', '^/(.)\\1$', '/aa', '/ab'],
] as const;

type Example = readonly [name: string, pattern: string, fits: string, not: string];

function dialect([name, pattern, fits, not]: Example): Row {
  return {
    id: '4.81',
    title: `patterns are PCRE2's: ${name}`,
    server: `location / { if ($uri ~ "${pattern}") { TEXT 1 } return 403; }`,
    requests: [
      [`GET ${fits}`, YES],
      [`GET ${not}`, NO],
    ],
    access: { [`location / > if ($uri ~ ${pattern}) return`]: ANYBODY },
  };
}

/** The evaluator and the table leave such a pattern undecided, each where it stands. */
function undecidedDialect(example: Example): Row {
  const row = dialect(example);
  return {
    ...row,
    requests: row.requests.map(([line, ...rest]): Exchange => [line, { undecided: 'pattern' }, rest.at(-1) as string]),
    access: { [`location / > if ($uri ~ ${example[1]}) return`]: 'unknown refused unknown' },
  };
}

export const section: Section = {
  document: 'request',
  name: '4 conditions',
  rows: [
    conditions(
      '4.3',
      'only the empty text and 0 are false',
      [
        ['($e)', [['GET /', NO]], false],
        ['($zero)', [['GET /', NO]], false],
        ['($zeros)', [['GET /', YES]], true],
        ['($off)', [['GET /', YES]], true],
        ['($blank)', [['GET /', YES]], true],
      ],
      'set $e ""; set $zero 0; set $zeros 00; set $off off; set $blank " ";',
    ),
    conditions('4.4, 4.5', 'arguments are not decoded, and a value that begins with 0 is true', [
      [
        '($arg_x)',
        [
          ['GET /?x=%30', YES],
          ['GET /?x=0abc', YES],
          ['GET /?x=0', NO],
          ['GET /?x=', NO],
          ['GET /', NO],
        ],
        true,
      ],
    ]),
    {
      id: '4.70',
      title: 'a bare test of the result is none, since NONE is a text',
      server: 'location / { if ($ssl_client_verify) { SITE 1 break; } return 403; }',
      requests: [['GET /', 'proxy_pass 1 200']],
      access: { 'location / > if ($ssl_client_verify) proxy_pass': ANYBODY, 'location / static': 'refused' },
    },
    conditions('4.6, 4.7', '= compares texts, with case and without patterns', [
      [
        '($arg_x = abc)',
        [
          ['GET /?x=abc', YES],
          ['GET /?x=ABC', NO],
        ],
        true,
      ],
      [
        '($arg_x = ^a.*)',
        [
          ['GET /?x=abc', NO],
          ['GET /?x=^a.*', YES],
        ],
        true,
      ],
    ]),
    conditions('4.8', 'the right side is interpolated', [
      [
        '($arg_x = $arg_y)',
        [
          ['GET /?x=1&y=1', YES],
          ['GET /?x=1&y=2', NO],
        ],
        true,
      ],
    ]),
    conditions('4.11', 'and may put texts and variables together', [
      [`($arg_x = a\${arg_y}b)`, [['GET /?x=a1b&y=1', YES]], true],
    ]),
    {
      id: '4.72',
      title: 'a result in the wrong case never fits',
      server: `location /1 { if ($ssl_client_verify != success) { return 403; } SITE 1 }
        location /2 { if ($ssl_client_verify = none) { return 403; } SITE 2 } ${REST}`,
      requests: [
        ['GET /1', trusted, 'refused 403'],
        ['GET /2', 'proxy_pass 2 200'],
      ],
      access: { 'location /1 proxy_pass': 'refused', 'location /2 proxy_pass': ANYBODY },
    },
    conditions(
      '4.61, 4.62',
      'numbers are compared as texts',
      [
        ['($t = 11)', [['GET /', NO]], false],
        ['($u = 1)', [['GET /', NO]], false],
      ],
      'set $t 011; set $u 01;',
    ),
    conditions('4.10', '!= holds for an empty value', [
      [
        '($arg_x != SUCCESS)',
        [
          ['GET /', YES],
          ['GET /?x=SUCCESS', NO],
        ],
        true,
      ],
    ]),
    {
      id: '4.12, 4.23, 4.24, 4.43',
      title: 'parentheses may stand alone, and close a quoted text or a pattern',
      server: `location /1 { if ( $arg_x = abc ) { TEXT 1 } return 403; } location /2 { if ($arg_x = "a b"){ TEXT 2 } return 403; }
        location /3 { if ($arg_x ~ (q|r)) { TEXT 3 } return 403; } location /4 { if ($http_x_a = "a b") { TEXT 4 } return 403; } ${REST}`,
      requests: [
        ['GET /1?x=abc', 'return 1 200'],
        ['GET /2?x=ab', NO],
        ['GET /3?x=r', 'return 3 200'],
        ['GET /3?x=s', NO],
        ['GET /4', header('a b'), 'return 4 200'],
      ],
      access: {
        'location /1 > if ( $arg_x = abc) return': ANYBODY,
        // An argument has no blank.
        'location /2 > if ($arg_x = a b) return': 'refused',
        'location /3 > if ($arg_x ~ (q|r)) return': ANYBODY,
        'location /4 > if ($http_x_a = a b) return': ANYBODY,
      },
    },
    conditions('4.13b', 'a condition without blanks around = tests an argument of that name', [
      [
        '($arg_x=abc)',
        [
          ['GET /?x=abc', NO],
          ['GET /?x=abc=1', YES],
        ],
        true,
      ],
    ]),
    conditions('4.13c', 'or a header that cannot be', [['($http_x_a=abc)', [['GET /', header('abc'), NO]], false]]),
    conditions('4.31, 4.32, 4.33', 'patterns are unanchored, and ~ minds the case', [
      [
        '($arg_x ~ abc)',
        [
          ['GET /?x=zabcz', YES],
          ['GET /?x=ABC', NO],
        ],
        true,
      ],
      ['($arg_x ~* abc)', [['GET /?x=zABCz', YES]], true],
      [
        '($arg_x !~ abc)',
        [
          ['GET /?x=ABC', YES],
          ['GET /?x=abc', NO],
        ],
        true,
      ],
      [
        '($arg_x !~* abc)',
        [
          ['GET /?x=ABC', NO],
          ['GET /', YES],
        ],
        true,
      ],
    ]),
    {
      id: '4.73',
      title: 'a pattern on the result holds as well',
      server: 'location / { if ($ssl_client_verify !~ SUCCESS) { return 403; } SITE 1 }',
      requests: [
        ['GET /', 'refused 403'],
        ['GET /', trusted, 'proxy_pass 1 200'],
      ],
      access: { 'location / proxy_pass': TRUSTED },
    },
    conditions('4.34', 'a variable in a pattern is no variable', [
      ['($arg_x ~ ^$arg_y$)', [['GET /?x=1&y=1', NO]], false],
    ]),
    {
      id: '4.36, 6.27',
      title: '$ matches in front of a final newline, and . matches none',
      server: `location / { if ($uri ~ "^/a$") { TEXT 1 } if ($uri ~ "^/adm.*z$") { return 403; } TEXT 2 }`,
      requests: [
        ['GET /a', 'return 1 200'],
        ['GET /a%0a', 'return 1 200'],
        ['GET /admqz', 'refused 403'],
        ['GET /adm%0az', 'return 2 200'],
      ],
      access: { 'location / > if ($uri ~ ^/a$) return': ANYBODY, 'location / return': ANYBODY },
    },
    {
      id: '4.37',
      title: 'groups stay until the next pattern of the program',
      server: `location / { if ($arg_x ~ "^(\\w+)-(\\w+)$") { set $a $1; set $b $2; } if ($a = p) { TEXT 1 }
        if ($b = q) { TEXT 2 } return 403; }`,
      requests: [
        ['GET /?x=p-q', 'return 1 200'],
        ['GET /?x=z-q', 'return 2 200'],
        ['GET /?x=z', 'refused 403'],
      ],
      access: { 'location / > if ($a = p) return': ANYBODY, 'location / > if ($b = q) return': ANYBODY },
    },
    {
      id: '4.38',
      title: 'a pattern that fails clears them',
      server: `location / { if ($arg_x ~ "(ab)") { set $k 1; } if ($arg_y ~ "(zz)") { set $k 2; }
        set $g $1; if ($g = ab) { TEXT 1 } if ($g = zz) { TEXT 2 } return 403; }`,
      requests: [
        ['GET /?x=ab', 'refused 403'],
        ['GET /?x=ab&y=zz', 'return 2 200'],
      ],
      access: { 'location / > if ($g = ab) return': 'refused', 'location / > if ($g = zz) return': ANYBODY },
    },
    {
      id: '4.39',
      title: 'a negated pattern that matches sets them, and named groups are variables',
      server: `location /1 { if ($arg_x !~ "^(.)") { return 403; } set $g39 $1; if ($g39 = h) { TEXT 1 } return 404; }
        location /2 { if ($arg_x ~ "^(?<n39>.)") { set $k 1; } if ($n39 = h) { TEXT 2 } return 404; } ${REST}`,
      requests: [
        ['GET /1?x=hello', 'return 1 200'],
        ['GET /1?x=world', 'refused 404'],
        ['GET /2?x=hello', 'return 2 200'],
        ['GET /2', 'refused 404'],
      ],
      access: {
        'location /1 > if ($g39 = h) return': ANYBODY,
        'location /2 > if ($n39 = h) return': ANYBODY,
      },
    },
    {
      id: '4.50, 4.53, 4.54',
      title: 'tests of files may go either way',
      server: `location /1 { if (-f ROOT/page.html) { TEXT 1 } TEXT 2 } location /2 { if (-f ROOT/dir) { TEXT 3 } TEXT 4 }
        location /3 { if (-e ROOT/dir) { TEXT 5 } TEXT 6 } location /4 { if (!-d ROOT/dir) { TEXT 7 } TEXT 8 } ${REST}`,
      requests: [
        ['GET /1', 'return 1 200'],
        ['GET /2', 'return 4 200'],
        ['GET /3', 'return 5 200'],
        ['GET /4', 'return 8 200'],
      ],
      access: {
        'location /1 > if (-f ROOT/page.html) return': ANYBODY,
        'location /1 return': ANYBODY,
        'location /2 > if (-f ROOT/dir) return': ANYBODY,
        'location /2 return': ANYBODY,
        'location /3 > if (-e ROOT/dir) return': ANYBODY,
        'location /3 return': ANYBODY,
        'location /4 > if (!-d ROOT/dir) return': ANYBODY,
        'location /4 return': ANYBODY,
      },
    },
    {
      id: '4.50b',
      title: 'the variables of the root and of the requested file are paths of their block',
      server: `if (!-f $request_filename) { rewrite ^ /app last; } location / { } location = /app { internal; SITE 1 }
        location /d/ { alias ROOT/dir/; if (-f $request_filename) { TEXT 2 } if (-d $document_root) { TEXT 3 } return 403; }`,
      requests: [
        ['GET /page.html', 'static 200'],
        ['GET /none', 'proxy_pass 1 200'],
        ['GET /d/index.html', 'proxy_pass 1 200'],
      ],
      access: {
        'location / static': ANYBODY,
        'location = /app proxy_pass': ANYBODY,
        'location /d/ > if (-f $request_filename) return': ANYBODY,
        'location /d/ > if (-d $document_root) return': ANYBODY,
      },
    },
    {
      id: '4.50c',
      title: 'as in a location with an alias or a root of its own',
      server: `location /d/ { alias ROOT/dir/; if (-f $request_filename) { TEXT 2 } if (-d $document_root) { TEXT 3 } return 403; }
        location / { root ROOT/other; if (-f $document_root/page.html) { TEXT 4 } return 403; }
        location /in/ { root ROOT/other/; if (!-e $request_filename) { SITE 5 } }`,
      requests: [
        ['GET /d/index.html', 'return 2 200'],
        ['GET /d/none', 'return 3 200'],
        ['GET /x', 'return 4 200'],
        ['GET /in/x', 'proxy_pass 5 200'],
      ],
      access: {
        'location /d/ > if (-f $request_filename) return': ANYBODY,
        'location /d/ > if (-d $document_root) return': ANYBODY,
        'location / > if (-f $document_root/page.html) return': ANYBODY,
        'location /in/ > if (!-e $request_filename) proxy_pass': ANYBODY,
        'location /in/ static': ANYBODY,
      },
    },
    {
      id: '4.60',
      title: 'texts that are put together make an and',
      server: `set $t ""; if ($ssl_client_verify != SUCCESS) { set $t "\${t}1"; } if ($uri ~ ^/adm) { set $t "\${t}2"; }
        if ($t = 12) { return 403; } location / { SITE 1 } location /adm { SITE 2 }`,
      requests: [
        ['GET /adm', 'refused 403'],
        ['GET /x', 'proxy_pass 1 200'],
        ['GET /adm', trusted, 'proxy_pass 2 200'],
      ],
      access: { 'location / proxy_pass': ANYBODY, 'location /adm proxy_pass': TRUSTED },
    },
    conditions('4.64, 4.65', 'of a repeated header the first copy counts', [
      [
        '($http_x_a = a)',
        [
          ['GET /', header('a', 'b'), YES],
          ['GET /', header('b', 'a'), NO],
        ],
        true,
      ],
    ]),
    {
      id: '4.74',
      title: 'the subject is empty without a certificate',
      server: 'location / { if ($ssl_client_s_dn = "") { return 403; } SITE 1 }',
      requests: [['GET /', 'refused 403']],
      access: { 'location / proxy_pass': TRUSTED },
    },
    conditions('4.80', '~* folds letters of ASCII alone', [
      [
        '($uri ~* ^/0/\xc3\xa9$)',
        [
          ['GET //%C3%A9', YES],
          ['GET //%C3%89', NO],
        ],
        true,
      ],
    ]),
    ...DIALECT.map(dialect),
    ...BEYOND.map(undecidedDialect),
    {
      id: '4.90',
      title: 'the path is split for FastCGI once between jumps, and a folder gets the index',
      server: `location ~ ^/x\\.php { fastcgi_split_path_info ^(.+?\\.php)(/.*)$; if ($fastcgi_path_info = /open) { TEXT 1 }
          try_files $fastcgi_script_name =404; if ($ssl_client_verify = SUCCESS) { fastcgi_pass site-90; break; } return 403; }
        location /dir/ { fastcgi_index i.php; if ($fastcgi_script_name = /dir/i.php) { TEXT 3 } if ($fastcgi_path_info) { TEXT 4 }
          return 403; }
        location /once { set $first $fastcgi_script_name; rewrite ^ /kept last; }
        location = /kept { if ($fastcgi_script_name = /once) { TEXT 5 } return 403; }
        location = /jump { set $seen $fastcgi_script_name; try_files /none /behind; }
        location = /behind { if ($fastcgi_script_name != /behind) { TEXT 6 } if ($seen = /jump) { TEXT 7 } return 403; }`,
      requests: [
        ['GET /x.php/open', 'return 1 200'],
        ['GET /x.php/other', 'refused 403'],
        ['GET /x.php', { certificate: 'trusted' }, 'fastcgi_pass 90 200'],
        ['GET /dir/', 'return 3 200'],
        ['GET /dir/x', 'refused 403'],
        ['GET /once', 'return 5 200'],
        ['GET /jump', 'return 7 200'],
        ['GET /behind', 'refused 403'],
      ],
      access: {
        'location ~ ^/x\\.php > if ($fastcgi_path_info = /open) return': ANYBODY,
        'location ~ ^/x\\.php > if ($ssl_client_verify = SUCCESS) fastcgi_pass': TRUSTED,
        'location /dir/ > if ($fastcgi_script_name = /dir/i.php) return': ANYBODY,
        'location /dir/ > if ($fastcgi_path_info) return': 'refused',
        'location = /kept > if ($fastcgi_script_name = /once) return': ANYBODY,
        'location /once static': 'refused',
        'location = /behind > if ($fastcgi_script_name != /behind) return': 'refused',
        'location = /behind > if ($seen = /jump) return': ANYBODY,
        'location = /jump static': ANYBODY,
        'server static': ANYBODY,
      },
    },
  ],
};
