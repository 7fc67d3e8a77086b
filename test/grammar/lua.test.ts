import * as assert from 'uvu/assert';
import { LUA_BLOCK_NAME, readLuaBlock } from '../../grammar/lua.js';
import { describe } from '../support/suite.js';

/** The body is the whole text, or what is left behind it is given. */
function ends(text: string, rest = ''): void {
  const { end, problem } = readLuaBlock(text + rest, 0);
  assert.is(problem, undefined, text);
  assert.is(end, text.length, text);
}

describe('readLuaBlock', it => {
  it('balances braces', () => {
    ends('{}', '}');
    ends('{ { } { { } } }', ' }');
  });

  it('passes over strings, which end with their line at the latest', () => {
    ends('{ "}" \'}\' "\\"}" \'"}\' }', '"');
    ends('{ "\n}', '"');
    ends('{ "\\\n}', '"');
    ends(`{ don't }`, `\n'}`);
  });

  it('passes over long brackets of any level', () => {
    ends('{ [[ } ]] [==[ ]] ]=] } ]==] }', '}');
    ends('{ a[b[1]] = 1 }', '}');
    ends('{ [= [ }', ']]');
  });

  it('passes over comments, short and long', () => {
    ends('{ -- }\n }', '}');
    ends('{ --[[ } \n } ]] }', '}');
    ends('{ --[=x } \n }', '}');
    ends('{ ---[[ }\n }', ']]');
    ends('{ - }', '-');
  });

  it('names the line of the innermost brace where the file ends', () => {
    assert.equal(readLuaBlock('{ { } { "}" ', 0), {
      end: 12,
      problem: {
        reason: 'unexpected end of file, expecting terminating characters for lua code block',
        at: 6,
      },
    });
  });

  it('names the line of a long bracket that is not closed', () => {
    const { end, problem } = readLuaBlock('{ \n--[=[ ]] }', 0);
    assert.is(end, 13);
    assert.is(problem!.at, 3);
    assert.match(problem!.reason, 'missing the closing long bracket "]=]"');
  });
});

describe('LUA_BLOCK_NAME', it => {
  it('takes every directive of the module, with quotes or without', () => {
    for (const name of ['content_by_lua_block', '"init_by_lua_block"', "'ssl_certificate_by_lua_block'"]) {
      assert.ok(LUA_BLOCK_NAME.test(name), name);
    }
    for (const name of ['content_by_lua', 'by_lua_block', 'content_by_lua_blocks', 'content_by_lua_file']) {
      assert.not.ok(LUA_BLOCK_NAME.test(name), name);
    }
  });
});
