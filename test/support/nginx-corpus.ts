/**
 * Configurations of which only nginx's tokenizer and block reader can object, and the comparison of what they say with
 * our parser. The trick is `types { … }`: it takes any words, so whatever stands there is refused for its form alone.
 */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: nginx writes variables so, too
import fc from 'fast-check';
import type { ConfigFile, Directive, SyntaxProblem } from '../../grammar/ast.js';
import { parseConfig } from '../../grammar/index.js';
import { SourceFile } from '../../src/source/source-file.js';
import { MODULES, type NginxTester } from './nginx-test.js';

/** Where a valid word may break off, or go on against appearances. */
const WORD_PARTS = [
  ...['a', 'bc', 'x1', '/', '.', '=', '~', '(', ')', '|', '+', '*', '-', '%', ',', '<', '>', '!'],
  ...['}', '#', '"', "'", '$', '${', '$a', '${a}', '${{', '$\\{'],
  ...['\\"', "\\'", '\\\\', '\\n', '\\t', '\\r', '\\;', '\\ ', '\\{', '\\}', '\\#', '\\\n', '\\d', '\\$', '\\$\\{'],
  ...['\0', '\x01', '\x0b', '\x0c', '\x7f', '\xff', '\xc2\xa0', '\xef\xbb\xbf', '\xe2\x80\x9c'],
];

const BARE_STARTS = WORD_PARTS.filter(part => !/^[}#"']/.test(part));
const QUOTED_PARTS = [...WORD_PARTS, ' ', '\n', '\r\n', ';', '{', '  # x', '; }\n'];

const blank = fc.constantFrom(
  ' ',
  ' ',
  ' ',
  '\n',
  '\t',
  '\r\n',
  '\r',
  '  \n\n',
  ' # comment "\n',
  '\n#}\\\n',
  ' #\r;\n',
);
const blanks = fc.array(blank, { maxLength: 2 }).map(parts => parts.join(''));

/** Text that keeps a `{` behind a final `$` from joining the word. */
const bareWord = fc
  .tuple(fc.constantFrom(...BARE_STARTS), fc.array(fc.constantFrom(...WORD_PARTS), { maxLength: 5 }))
  .map(([start, parts]) => start + parts.join(''));

const quotedWord = fc
  .tuple(fc.constantFrom('"', "'"), fc.array(fc.constantFrom(...QUOTED_PARTS), { maxLength: 6 }))
  .map(([quote, parts]) => quote + parts.filter(part => part !== quote).join('') + quote);

/** Around the size of nginx's buffer, where it begins to refuse. */
const longText = fc
  .tuple(
    fc.oneof(fc.integer({ min: 4093, max: 4097 }), fc.integer({ min: 4080, max: 4100 })),
    fc.constantFrom('a', 'a\n', '\\\\', ' ', '"', '}'),
  )
  .map(([length, unit]) => unit.repeat(length).slice(0, length));

const longWord = fc
  .tuple(fc.constantFrom('', '"', "'"), longText, fc.constantFrom('', '', ' ', '\n', ')', '#', '}'))
  .map(([quote, text, behind]) => {
    const inner = quote === '' ? text.replace(/^["}]/, 'a').replace(/[ \n]/g, 'a') : text.replaceAll(quote, 'a');
    return quote + inner.replace(/(^|[^\\])((?:\\\\)*)\\$/, '$1$2a') + quote + behind;
  });

const longComment = longText.map(text => `#${text.replaceAll('\n', 'a').slice(1)}\n`);

const word = fc.oneof({ weight: 5, arbitrary: bareWord }, { weight: 4, arbitrary: quotedWord });

/** Words that end where they seem to, each with the blank that a quoted one needs behind it. */
const words = fc
  .array(fc.tuple(word, blank, blanks), { minLength: 1, maxLength: 4 })
  .map(parts => parts.map(([text, first, more]) => text + first + more).join(''));

const entry = fc.tuple(words, blanks).map(([text, more]) => `${text};${more}`);

const types = fc
  .tuple(blanks, fc.array(entry, { maxLength: 5 }))
  .map(([before, entries]) => `types${before}{${before}${entries.join('')}}`);

/** Words without `$`, which nginx would read as a variable, for directives that take one text. */
const plainWord = word.filter(text => !text.includes('$') && !text.includes('\0'));

const luaPart = fc.constantFrom(
  ...[
    'local a = 1',
    ' ',
    '\n',
    '"}"',
    "'{'",
    '"a\\"}"',
    '[[ } ]]',
    '[==[ ]] } ]==]',
    '-- }\n',
    '--[[ } \n]]',
    '{ 1, 2 }',
  ],
  ...["{ '}' }", '--[=[ { ]] ]=]', 'b[c[1]]', 'a --', '\\', 'function() end', '"a\\\\"', ';', '# }\n'.replace('}', '')],
);

const lua = fc
  .array(luaPart, { minLength: 1, maxLength: 6 })
  .map(parts => `rewrite_by_lua_block {${parts.join(' ')}\n  return\n}`);

const simple = fc.oneof(
  fc.tuple(plainWord, blank, blanks).map(([text, first, more]) => `return 200 ${text}${first}${more};`),
  fc.tuple(plainWord, blank).map(([text, behind]) => `set $v ${text}${behind};`),
  fc.constantFrom('"return" 204;', 'expires 1d;', "'add_header'\t'X' 1 ;", 'return 200 a}b;', 'return 200 "x";# {\n'),
);

const opening = fc.oneof(
  fc.constantFrom('location ~ ^/x$ ', 'location ~ "^/a{2};$"', "'location' ~ '\\.php$'\n", 'location ~ a${b'),
  fc.constantFrom('if ($arg_a = "x")', "if ( $arg_a != 'y' )\n", 'if ($arg_a)', 'location ~* \\.(?:js|css)$ '),
);

function block(depth: number): fc.Arbitrary<string> {
  const inner = depth === 0 ? types : fc.oneof(types, simple, block(depth - 1));
  return fc
    .tuple(opening, blanks, fc.array(fc.oneof(inner, simple, comment), { maxLength: 4 }), blanks)
    .map(([head, before, children, after]) => {
      const kept = /if\W/.test(head) ? children.filter(child => /^"?(?:return|set)/.test(child)) : children;
      return `${head.replace('${b', '$ ')}{${before}${kept.join(after)}}`;
    });
}

const comment = fc
  .array(fc.constantFrom(...WORD_PARTS, ' ', ';', '{', '\r'), { maxLength: 6 })
  .map(parts => `#${parts.join('').replaceAll('\n', '')}\n`);

const server = fc
  .array(fc.oneof(types, block(2), comment), { maxLength: 4 })
  .map(children => `server { listen 127.0.0.1:18799;\n${children.join('\n')}\n}\n`);

const luaServer = lua.map(text => `server { listen 127.0.0.1:18799; location / { ${text} } }\n`);

const SETTING = 'types_hash_bucket_size 32768;\n';
const HEAD = `events {}\nhttp { ${SETTING}`;
const LUA_HEAD = `load_module ${MODULES}/ndk_http_module.so;\nload_module ${MODULES}/ngx_http_lua_module.so;\n${HEAD}`;

const validTree = fc.oneof(
  { weight: 8, arbitrary: fc.array(fc.oneof(types, server, comment), { maxLength: 4 }).map(parts => inHttp(parts)) },
  { weight: 1, arbitrary: fc.array(luaServer, { minLength: 1, maxLength: 2 }).map(parts => inHttp(parts, LUA_HEAD)) },
);

function inHttp(parts: readonly string[], head = HEAD): string {
  return `${head}${parts.join('')}}\n`;
}

/** Words, structure and halves of both, as they come, where any words may stand. */
const soup = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.tuple(word, blank).map(parts => parts.join('')) },
      { weight: 4, arbitrary: fc.constantFrom(';', ';', ';', ' ;', '\n') },
      { weight: 2, arbitrary: word },
      { weight: 1, arbitrary: comment },
      { weight: 1, arbitrary: fc.constantFrom(...QUOTED_PARTS, '}', '{', '"', "'", '\\', '#', ')', '#\n') },
    ),
    { maxLength: 12 },
  )
  .map(parts => inHttp([`types {\n${parts.join('')}\n;}\n`]));

const longTokens = fc
  .tuple(
    fc.nat(4200),
    fc.array(fc.oneof(longWord, longComment, entry), { minLength: 1, maxLength: 3 }),
    fc.constantFrom(';', ' ;', '\n;', '}', ''),
    fc.boolean(),
  )
  .map(([shift, parts, end, cut]) => {
    const text = `${' '.repeat(shift)}types { a ${parts.join(' ')}${end}`;
    return cut ? HEAD + text : inHttp([`${text} }`]);
  });

const SPECIAL = [
  ';',
  '{',
  '}',
  '"',
  "'",
  '#',
  '\\',
  '$',
  '\n',
  ' ',
  '\r',
  '\0',
  ')',
  'a',
  '};',
  ' {',
  '";',
  '\xef\xbb\xbf',
];

const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.constantFrom(0, 0, 1, 1, 2, 40),
  insert: fc.oneof(fc.constant(''), fc.constantFrom(...SPECIAL)),
});

const mutatedTree = fc.tuple(validTree, fc.array(edit, { minLength: 1, maxLength: 2 })).map(([text, edits]) =>
  edits.reduce((mutated, { at, remove, insert }) => {
    // Behind the head, so that the edit meets words and blocks.
    const first = mutated.indexOf(SETTING) + SETTING.length;
    const place = first + Math.floor(at * (mutated.length - first));
    return mutated.slice(0, place) + insert + mutated.slice(place + remove);
  }, text),
);

const truncatedTree = fc
  .tuple(validTree, fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([text, part]) => text.slice(0, Math.floor(part * text.length)));

/** The kinds of configuration files, one character per byte, and which share of a corpus each has. */
const KINDS: readonly { readonly share: number; readonly file: fc.Arbitrary<string> }[] = [
  { share: 0.4, file: validTree },
  { share: 0.22, file: mutatedTree },
  { share: 0.04, file: truncatedTree },
  { share: 0.24, file: soup },
  { share: 0.1, file: longTokens },
];

/** How often nginx said what. */
export interface Tally {
  accepted: number;
  /** Refused by the tokenizer or the block reader. */
  refused: number;
  /** Refused by the handler of a directive: neither proves nor disproves what stands behind it. */
  other: number;
}

const TOKENIZER_REASON = /^(?:unexpected |too long |Lua code block missing )/;

/** `types { a b { … } }`: the reader of its entries refuses the brace, which the table of directives knows and we do not. */
function firstBlockInTypes(directives: readonly Directive[]): number | undefined {
  for (const { name, block } of directives) {
    if (block === undefined) continue;
    const inner =
      name.value === 'types'
        ? block.directives.find(child => child.block !== undefined)?.block?.open
        : firstBlockInTypes(block.directives);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

type Refusal = Pick<SyntaxProblem, 'reason' | 'nginxLine'>;

function ourRefusal(file: ConfigFile): Refusal | undefined {
  const problem = file.problems[0];
  const open = firstBlockInTypes(file.directives);
  if (open === undefined || (problem !== undefined && problem.start < open)) return problem;
  return { reason: 'unexpected "{"', nginxLine: file.source.position(open).line };
}

/** Compares our parser with nginx on one file. Throws, with both answers, where they differ. */
export async function compareWithNginx(text: string, nginx: NginxTester, tally: Tally): Promise<void> {
  const theirs = await nginx.test(text);
  const ours = ourRefusal(parseConfig(new SourceFile('nginx.conf', text)));
  const differ = (): never => {
    throw new Error(`nginx: ${JSON.stringify(theirs)}\nours:  ${JSON.stringify(ours)}\nfile:  ${JSON.stringify(text)}`);
  };
  if (theirs.accepted) {
    tally.accepted++;
    if (ours !== undefined) differ();
  } else if (theirs.reason !== undefined && TOKENIZER_REASON.test(theirs.reason)) {
    tally.refused++;
    if (ours?.reason !== theirs.reason || ours.nginxLine !== theirs.line) differ();
  } else {
    tally.other++;
    if (ours !== undefined && theirs.line !== undefined && ours.nginxLine < theirs.line) differ();
  }
}

/**
 * Compares so many files (a multiple of 100), two at a time. Each kind has its share whatever the seed, so that a small
 * corpus does not by chance lack what nginx accepts. Throws where one differs, with the smallest that fast-check finds.
 */
export async function compareCorpus(files: number, seed: number, nginx: NginxTester): Promise<Tally> {
  const tally: Tally = { accepted: 0, refused: 0, other: 0 };
  for (const { share, file } of KINDS) {
    await fc.assert(
      fc.asyncProperty(fc.tuple(file, file), async texts => {
        await Promise.all(texts.map(text => compareWithNginx(text, nginx, tally)));
      }),
      { numRuns: Math.round((share * files) / 2), seed },
    );
  }
  return tally;
}
