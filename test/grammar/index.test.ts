import * as assert from 'uvu/assert';
import type { Directive, SyntaxProblem } from '../../grammar/ast.js';
import { parseConfig } from '../../grammar/index.js';
import { SourceFile } from '../../src/source/source-file.js';
import { compareWithNginx } from '../support/nginx-corpus.js';
import { canTestWithNginx, MODULES, NginxTester } from '../support/nginx-test.js';
import { describe } from '../support/suite.js';

const parse = (text: string) => parseConfig(new SourceFile('nginx.conf', text));

/** The value of the only argument of a directive. */
function wordOf(spelling: string): string {
  const { directives, problems } = parse(`types { a ${spelling}; }`);
  assert.equal(problems, []);
  const entry = directives[0]!.block!.directives[0]!;
  assert.is(entry.args.length, 1, JSON.stringify(spelling));
  return entry.args[0]!.value;
}

/** The rows of section 15 that are about words: how a word is written, and what nginx makes of it. */
const VALUES: readonly (readonly [spelling: string, value: string])[] = [
  ['abc', 'abc'],
  ['"a b"', 'a b'],
  ["'a b'", 'a b'],
  ['"a\'b"', "a'b"],
  ['a"b', 'a"b'],
  ["a'b'", "a'b'"],
  ['""', ''],
  ["''", ''],
  ['"a\nb"', 'a\nb'],
  ['"a\r\nb"', 'a\r\nb'],
  ['x\\"y', 'x"y'],
  ["x\\'y", "x'y"],
  ['x\\\\y', 'x\\y'],
  ['x\\ty', 'x\ty'],
  ['x\\ny', 'x\ny'],
  ['x\\ry', 'x\ry'],
  ['"\\""', '"'],
  ['"\\\'"', "'"],
  ["'\\''", "'"],
  ["'\\t\\n\\r'", '\t\n\r'],
  ['"\\\\"', '\\'],
  ['"\\\\\\\\"', '\\\\'],
  ['"\\\\n"', '\\n'],
  ['"\\d\\a\\;\\ \\{\\.\\x41\\#\\/\\0"', '\\d\\a\\;\\ \\{\\.\\x41\\#\\/\\0'],
  ['x\\d\\a\\;\\ \\{\\.\\x41\\#\\/\\0y', 'x\\d\\a\\;\\ \\{\\.\\x41\\#\\/\\0y'],
  ['a\\ b', 'a\\ b'],
  ['a\\;b', 'a\\;b'],
  ['a\\\nb', 'a\\\nb'],
  ['\\"ab', '"ab'],
  ['"a\\"b"', 'a"b'],
  ['a#b', 'a#b'],
  ['"#x"', '#x'],
  ['a}b', 'a}b'],
  ['a}', 'a}'],
  ['a$' + '{arg_x}b', 'a$' + '{arg_x}b'],
  ['$' + '{{{a', '$' + '{{{a'],
  ['x\\\\$' + '{a', 'x\\$' + '{a'],
  ['"{;}"', '{;}'],
  ['"a${"', 'a${'],
  ['a\0b', 'a\0b'],
  ['\xff\xfe', '\xff\xfe'],
  ['a\xc2\xa0b', 'a\xc2\xa0b'],
  ['a\x0bb\x0c', 'a\x0bb\x0c'],
  ['a".x"', 'a".x"'],
  [`"${'a'.repeat(4094)}"`, 'a'.repeat(4094)],
  ['a'.repeat(4095), 'a'.repeat(4095)],
];

const A = (count: number) => 'a'.repeat(count);
const LONG = 'too long parameter "aaaaaaaaaa..." started';
const QUOTE = 'too long parameter, probably missing terminating """ character';
const END = 'unexpected end of file, expecting ";" or "}"';

/**
 * What may stand in `http { types { … } }` or, where it holds a brace of its own, what is not refused there for another
 * reason; with nginx's reason and line, counted from the row's first line.
 */
const ENTRIES: readonly (readonly [entries: string, reason?: string, line?: number])[] = [
  ['a b;'],
  ['a # x;\n b;'],
  ['a;# comment }\n'],
  ['# }\n a;'],
  ['a; # c \r b;; }\n'],
  ['a;# c }}\n'],
  ['a "b"# c\n;', 'unexpected "#"'],
  ['a };', 'unexpected "}"'],
  ['a }', 'unexpected "}"'],
  ['a\n\n }', 'unexpected "}"', 3],
  ['a;;', 'unexpected ";"'],
  ['a;\n;', 'unexpected ";"', 2],
  ['a; {', 'unexpected "{"'],
  ['a "b"c;', 'unexpected "c"'],
  ['a "b""c";', 'unexpected """'],
  ['a \'b\'"c";', 'unexpected """'],
  ['a "b"\0;', 'unexpected "\0"'],
  ['a "b"\xff;', 'unexpected "\xff"'],
  ['a "b";'],
  ['a "b"\n;'],
  ['a "b") "c");'],
  ['a "b"}', 'unexpected "}"'],
  ['a "b"\\;', 'unexpected "\\"'],
  ['"a" b;'],
  ["'a\\n' 'b';"],
  ['a "{";'],
  ['a "b; \n', END, 4],
  [`a "b;\n${'# filler\n'.repeat(600)}`, QUOTE],
  [`a;\na 'b;\n${'# filler\n'.repeat(600)}`, QUOTE.replace('"""', '"\'"'), 2],
  [`a "${A(4094)}";`],
  [`a "${A(4094)}" ;`, LONG],
  [`a "${A(4093)}" ;`],
  [`a "${A(4095)}";`, LONG],
  [`a\n\n"${A(4095)}";`, LONG, 3],
  [`a "${A(4096)}";`, QUOTE],
  [`a ${A(4095)};`],
  [`a ${A(4095)} ;`, LONG],
  [`a ${A(4094)} ;`],
  [`a ${A(4095)}\n;`, LONG],
  [`a ${A(4096)};`, LONG],
  [`a ${A(5000)};`, LONG],
  [`a; #${A(4094)}\n`],
  [`a; #${A(4095)}\n`, 'too long parameter "#aaaaaaaaa..." started'],
  [`a; #${A(9000)}\n`, 'too long parameter "#aaaaaaaaa..." started'],
  [`a;${`#${A(4000)}\n`.repeat(5)}`],
  [`a ${' '.repeat(9000)} b;`],
  [`a "${'b\n'.repeat(2047)}";`],
  [`a "${'b\n'.repeat(2047)}"\n;`, 'too long parameter "b\nb\nb\nb\nb\n..." started'],
  ['a\r\nb;\r\n'],
  ['a\rb\r;'],
  ['a\0b c;'],
  ['\0 c;'],
  ['a\xc2\xa0b;'],
  ['\xe2\x80\x9ca b\xe2\x80\x9d;'],
  ['a b\\', END, 3],
  ['a \x1a', 'unexpected "}"', 2],
];

const inTypes = (entries: string) => `events {} http { types_hash_bucket_size 32768; types {\n${entries}\n}}\n`;

/** Whole files. */
const FILES: readonly (readonly [text: string, reason?: string, line?: number])[] = [
  ['events { }\nhttp { }'],
  ['events { }\r\nhttp {\r\n server {\r\n listen 127.0.0.1:18799;\r\n return 200;\r\n }\r\n}\r\n'],
  ['events { }\nhttp { } }\n', 'unexpected "}"', 2],
  ['events { }\nhttp { };\n', 'unexpected ";"', 2],
  ['events { }\n{ }\n', 'unexpected "{"', 2],
  ['events { }\nhttp {\n', 'unexpected end of file, expecting "}"', 3],
  ['events { }\nhttp {\n server { listen 127.0.0.1:18799; return 200', END, 3],
  ['events { }\nhttp { }\n\x1a', END, 3],
  ['events { }\nhttp { server { listen 127.0.0.1:18799; location "/a"{ return 200; } } }'],
  ['events { }\nhttp { server { listen 127.0.0.1:18799; if ($arg_x = "a"){ return 200; } } }'],
  ['events { }\nhttp { server { listen 127.0.0.1:18799; location ~ "^/a{2};$" { return 200; } location =/x{ } } }'],
  ['events { }\nhttp { server { listen 127.0.0.1:18799; location ~ ^/x$ { return 200; } } }'],
  ['events { }\nhttp { server { listen 127.0.0.1:18799; location /{ return 200 a}b; return 200; # }\n } } }'],
  [`events { }\n#${A(4095)}`],
  [`events { } http { types { ${A(4096)}`, END],
  [`events { } http { types { "${A(4096)}`, END],
  [`events { } http { types { "${A(4097)}`, QUOTE],
];

const luaFile = (body: string) =>
  `load_module ${MODULES}/ndk_http_module.so;\nload_module ${MODULES}/ngx_http_lua_module.so;\n` +
  `events {} http { server { listen 127.0.0.1:18799; location / {\n${body}\n}}}\n`;

const LUA: readonly (readonly [body: string, reason?: string, line?: number])[] = [
  ['content_by_lua_block { local t = { "}", \'}\', [[ } ]] } -- }\n ngx.say("a;b#c") }'],
  ['content_by_lua_block { -- {\n ngx.say(1) }'],
  ['"content_by_lua_block" { "}" }'],
  ["content_by_lua_block{ don't }"],
  ['content_by_lua_block { --[==[ ]] } ]==] a[b[1]] = ]==] ---[[ }\n }'],
  ['content_by_lua_block { --[ }\n }'],
  ['content_by_lua_block { x = "}\n }', 'unexpected "}"', 6],
  ['content_by_lua_block { "a\\\n}" }', END, 7],
  [
    'content_by_lua_block {\n{\n{\n{ { }',
    'unexpected end of file, expecting terminating characters for lua code block',
    7,
  ],
  [
    'content_by_lua_block {\n\n--[==[ ]] } }',
    'Lua code block missing the closing long bracket "]==]", the inlined Lua code may be too long',
    6,
  ],
];

/** Every row as a whole file with what is expected of it. */
const ROWS = [
  ...ENTRIES.map(([text, reason, line = 1]) => ({ text: inTypes(text), reason, line: line + 1 })),
  ...FILES.map(([text, reason, line = 1]) => ({ text, reason, line })),
  ...LUA.map(([text, reason, line]) => ({ text: luaFile(text), reason, line })),
];

function firstProblem(text: string): Pick<SyntaxProblem, 'reason' | 'nginxLine'> | undefined {
  const problem = parse(text).problems[0];
  return problem && { reason: problem.reason, nginxLine: problem.nginxLine };
}

/** The tree in short: names and arguments, blocks in braces, `!` behind a broken one. */
function outline(directives: readonly Directive[]): string {
  return directives
    .map(({ name, args, block, script }) => {
      const words = [name, ...args].map(word => word.value).join(' ');
      if (script !== undefined) return `${words} <lua>`;
      return block === undefined ? `${words};` : `${words} {${outline(block.directives)}}${block.broken ? '!' : ''}`;
    })
    .join(' ');
}

describe('grammar: what nginx accepts', it => {
  it('makes the words that nginx makes, in quotes and without', () => {
    for (const [spelling, value] of VALUES) assert.is(wordOf(spelling), value, JSON.stringify(spelling).slice(0, 60));
  });

  it('refuses what nginx refuses, with its reason and its line', () => {
    for (const { text, reason, line } of ROWS) {
      const expected = reason === undefined ? undefined : { reason, nginxLine: line };
      assert.equal(firstProblem(text), expected, JSON.stringify(text).slice(0, 120));
    }
  });

  it('is told so by nginx itself', async () => {
    if (!canTestWithNginx()) return;
    const nginx = new NginxTester();
    const tally = { accepted: 0, refused: 0, other: 0 };
    try {
      for (const { text } of ROWS) await compareWithNginx(text, nginx, tally);
    } finally {
      nginx.close();
    }
    assert.equal(tally, {
      accepted: ROWS.length - tally.refused,
      refused: ROWS.filter(row => row.reason).length,
      other: 0,
    });
  });

  it('keeps a quoted directive name and quoted keys of a map', () => {
    const { directives, problems } = parse('map $a $b { "x y" 1; \'~^/a{2}\' "2"; default 0; }');
    assert.equal(problems, []);
    assert.is(outline(directives), 'map $a $b {x y 1; ~^/a{2} 2; default 0;}');
  });

  it('reports a byte order mark as nginx does, and reads on behind it', () => {
    const { directives, problems } = parse('\xef\xbb\xbf# comment\nhttp {\n}\n');
    assert.is(outline(directives), 'http {}');
    assert.is(problems.length, 1);
    assert.is(problems[0]!.reason, 'unknown directive "\xef\xbb\xbf#"');
    assert.is(problems[0]!.nginxLine, 2);
    assert.equal(parse('\xef\xbb\xbfuser\nwww;').problems[0]!.nginxLine, 2);
  });

  it('takes a byte order mark elsewhere for a part of a word', () => {
    assert.equal(parse('a \xef\xbb\xbfb;').problems, []);
  });
});

describe('grammar: places', it => {
  const text = '# top\nserver_name a "b\\"c" \'d\';\nif ($x){ y; } # end';
  const { directives, comments } = parse(text);
  const at = (part: { readonly start: number; readonly end: number }) => text.slice(part.start, part.end);

  it('gives a directive its words, up to the ";" or "}"', () => {
    assert.is(at(directives[0]!), 'server_name a "b\\"c" \'d\';');
    assert.is(at(directives[1]!), 'if ($x){ y; }');
    assert.is(directives[0]!.block, undefined);
    assert.is(directives[0]!.script, undefined);
  });

  it('gives a word its quotes', () => {
    assert.equal(directives[0]!.args.map(at), ['a', '"b\\"c"', "'d'"]);
    assert.equal(
      directives[0]!.args.map(word => word.quote),
      [undefined, '"', "'"],
    );
    assert.is(at(directives[0]!.name), 'server_name');
  });

  it('gives a block its braces', () => {
    const block = directives[1]!.block!;
    assert.is(text[block.open], '{');
    assert.is(text[block.close], '}');
    assert.is(at(block.directives[0]!), 'y;');
    assert.is(block.broken, false);
  });

  it('gives a comment its line', () => {
    assert.equal(comments.map(at), ['# top', '# end']);
  });

  it('gives a Lua body without its braces', () => {
    const lua = 'set_by_lua_block $v { return "}" } x;';
    const [directive, next] = parse(lua).directives;
    assert.is(lua.slice(directive!.script!.start, directive!.script!.end), ' return "}" ');
    assert.is(directive!.args[0]!.value, '$v');
    assert.is(lua.slice(directive!.start, directive!.end), 'set_by_lua_block $v { return "}" }');
    assert.is(next!.name.value, 'x');
  });

  it('counts bytes, whatever the encoding', () => {
    const { directives: found } = parse('\xed\x95\x9c "\xff" b;');
    assert.equal(
      [found[0]!.name, ...found[0]!.args].map(word => [word.start, word.end]),
      [
        [0, 3],
        [4, 7],
        [8, 9],
      ],
    );
  });
});

describe('grammar: behind a problem', it => {
  const recovers = (text: string, tree: string, ...reasons: string[]) => {
    const { directives, problems } = parse(text);
    assert.is(outline(directives), tree, text);
    assert.equal(
      problems.map(problem => problem.reason),
      reasons,
      text,
    );
  };

  it('takes a directive without ";" in front of "}" as ended', () => {
    recovers('a { b { c } d; } e;', 'a {b {c;}! d;} e;', 'unexpected "}"');
  });

  it('passes over a stray ";" or "}"', () => {
    recovers('a { ; b; } } c;', 'a {b;}! c;', 'unexpected ";"', 'unexpected "}"');
  });

  it('gives what stands in a block without a name to the block around it', () => {
    recovers('a { { b; } c; } d;', 'a {b; c;}! d;', 'unexpected "{"');
    recovers('{ a { } } b;', 'a {} b;', 'unexpected "{"');
  });

  it('takes text behind a quoted word as a word of its own', () => {
    recovers('a { b "c"d "e"f; } g;', 'a {b c d e f;}! g;', 'unexpected "d"', 'unexpected "f"');
  });

  it('ends an open quote with its line', () => {
    recovers('a { b "c; }\nd; e {\n f; }', 'a {b c;}! d; e {f;}', END);
    recovers('a { b "c\n; } d;', 'a {b c;}! d;', END);
  });

  it('ends a quoted word that is too long at its quote, if that is on the same line', () => {
    recovers(`a "${A(5000)}" b; c;`, `a ${A(5000)} b; c;`, QUOTE);
    recovers(`a "b;\n${'c;\n'.repeat(2000)}`, `a b; ${'c; '.repeat(2000).trim()}`, QUOTE);
  });

  it('calls every block broken that the end of the file leaves open', () => {
    recovers('a { b; c { d; } e { f', 'a {b; c {d;} e {f;}!}!', END);
    recovers('a { b;', 'a {b;}!', 'unexpected end of file, expecting "}"');
  });

  it('keeps an open Lua body as far as the file goes', () => {
    const { directives, problems } = parse('a { x_by_lua_block { if { }');
    assert.is(outline(directives), 'a {x_by_lua_block <lua>}!');
    assert.is(problems.length, 1);
  });

  it('keeps the problems in the order of the file', () => {
    const { problems } = parse(`a "b"c;\n;\n#${A(5000)}\n;\nd "e`);
    assert.equal(
      problems.map(problem => [problem.nginxLine, problem.reason.slice(0, 14)]),
      [
        [1, 'unexpected "c"'],
        [2, 'unexpected ";"'],
        [3, 'too long param'],
        [4, 'unexpected ";"'],
        [5, 'unexpected end'],
      ],
    );
    for (const { help } of problems) assert.ok(help.length > 10);
  });
});
