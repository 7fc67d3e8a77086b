/**
 * The bodies of `*_by_lua_block { … }`, read as ngx_http_lua_conf_read_lua_token of lua-nginx-module reads them: by
 * Lua's lexical rules, not by nginx's.
 */

/** The names of the directives whose block is Lua, as written, with or without quotes. */
export const LUA_BLOCK_NAME = /_by_lua_block["']?$/;

/** What follows the `{` of a Lua body. */
export interface LuaBlock {
  /** Offset behind the closing `}`; the end of the text where there is none. */
  readonly end: number;
  /** Why the module refuses the body, with the offset whose line it names. */
  readonly problem: { readonly reason: string; readonly at: number } | undefined;
}

const LINE_FEED = 0x0a;
const BACKSLASH = 0x5c;

/** The bytes where something begins that matters here; all others are skipped. */
const LUA_MARK = /[{}["']|--/g;

/** An opening long bracket, of a string or of a comment. */
const LONG_BRACKET = /(?:--)?\[(=*)\[/y;

/**
 * Where the closing quote of a Lua string stands, or the end of its line, negative, where there is none. A backslash does
 * not take a line feed along.
 */
function stringEnd(text: string, open: number): number {
  const quote = text.charCodeAt(open);
  for (let at = open + 1; at < text.length; at++) {
    const byte = text.charCodeAt(at);
    if (byte === quote) return at;
    if (byte === BACKSLASH && text.charCodeAt(at + 1) !== LINE_FEED) at++;
    else if (byte === LINE_FEED) return -at;
  }
  return -text.length;
}

/**
 * Reads the body whose `{` stands at an offset. The module also refuses some long brackets and strings of more than 2 KB,
 * depending on where its buffer ends; that is not modelled.
 */
export function readLuaBlock(text: string, open: number): LuaBlock {
  let level = 1;
  let lastOpen = open;
  // A quote without a partner on its line stands for itself (`don't` in a stray place), and so do all later ones of its
  // kind on that line: each is escaped as seen from the first.
  const lone = { '"': 0, "'": 0 };
  LUA_MARK.lastIndex = open + 1;
  for (let match = LUA_MARK.exec(text); match !== null; match = LUA_MARK.exec(text)) {
    const at = match.index;
    const mark = match[0] as '{' | '}' | '[' | '"' | "'" | '--';
    if (mark === '{') {
      level++;
      lastOpen = at;
    } else if (mark === '}') {
      level--;
      if (level === 0) return { end: at + 1, problem: undefined };
    } else if (mark === '"' || mark === "'") {
      if (at < lone[mark]) continue;
      const end = stringEnd(text, at);
      if (end > 0) LUA_MARK.lastIndex = end + 1;
      else lone[mark] = -end;
    } else {
      LONG_BRACKET.lastIndex = at;
      const bracket = LONG_BRACKET.exec(text);
      if (bracket !== null) {
        const closing = `]${bracket[1]}]`;
        const close = text.indexOf(closing, LONG_BRACKET.lastIndex);
        if (close === -1) {
          const reason = `Lua code block missing the closing long bracket "${closing}", the inlined Lua code may be too long`;
          return { end: text.length, problem: { reason, at } };
        }
        LUA_MARK.lastIndex = close + closing.length;
      } else if (mark === '--') {
        const lineFeed = text.indexOf('\n', at);
        LUA_MARK.lastIndex = lineFeed === -1 ? text.length : lineFeed;
      }
    }
  }
  const reason = 'unexpected end of file, expecting terminating characters for lua code block';
  return { end: text.length, problem: { reason, at: lastOpen } };
}
