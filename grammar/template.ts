/**
 * Templates: files that become an nginx configuration once a program has filled them in. Jinja (`{{ }}`, `{% %}`,
 * `{# #}`), ERB and EPP (`<%= %>`, `<% %>`), Go and Handlebars (`{{ }}`), and envsubst (`${NAME}`). What stands in the
 * place of a value is kept as a part of its word, marked so that nothing takes it for text; what steers the template is
 * blank to nginx's grammar. Offsets stay what they are in the file.
 */
import { markPlaceholder } from '../src/source/placeholder.js';
import { LUA_BLOCK_NAME, readLuaBlock } from './lua.js';

/** A range of offsets, the end exclusive. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** What a template leaves open. */
export interface TemplateMarks {
  /** How many placeholders stand in the place of a value. */
  readonly count: number;
  /** The first placeholder or statement. */
  readonly first: Range;
  /** What steers the template and is blank to nginx, sorted. */
  readonly statements: readonly Range[];
  /** Parts that the template may leave out, or repeat: from an `if`, `for` … to its end. Sorted; none holds another. */
  readonly regions: readonly Range[];
}

/**
 * Stands for the first byte of a placeholder that begins a word, since Chevrotain's table of first characters grows
 * large with characters that are no bytes. `restoreWordStart` puts the byte back.
 */
const WORD_START = '@';

/** A bare word as the lexer found it, with the first byte of its placeholder put back. `original` is the file's byte. */
export function restoreWordStart(image: string, original: string): string {
  return image[0] === original ? image : markPlaceholder(original) + image.slice(1);
}

/** No placeholder is longer; a pair of braces that far apart is something else. */
const LONGEST = 4096;

/** What may follow on a line that is nothing but placeholders. */
const LONGEST_LINE = 512;

/** What opens and closes a placeholder. */
const DELIMITERS = [
  { open: '{{', close: '}}' },
  { open: '{%', close: '%}' },
  { open: '{#', close: '#}' },
  { open: '<%', close: '%>' },
] as const;

type Kind = 'value' | 'opens' | 'closes' | 'other' | 'comment';

/** What was found at one place. */
interface Part extends Range {
  readonly kind: Kind;
  /** True for a value that is all of its line, where a directive would begin. */
  readonly isLine: boolean;
  /** True where the placeholder is the beginning of a word without quotes. */
  readonly beginsWord: boolean;
}

/** True where a file may be a template; a look at the bytes that costs next to nothing. */
export function mayBeTemplate(text: string): boolean {
  return text.includes('{{') || text.includes('{%') || text.includes('<%') || /\$\{[A-Z_]/.test(text);
}

/**
 * The text for nginx's grammar, of the same length, and what the template leaves open; undefined where the file is no
 * template.
 *
 * @param isAccepted true where nginx accepts the text as it stands: a placeholder then ends before its quote does
 */
export function readTemplate(
  text: string,
  isAccepted: boolean,
): { readonly text: string; readonly marks: TemplateMarks } | undefined {
  const parts = new TemplateScanner(text, isAccepted).scan();
  const first = parts.find(part => part.kind !== 'comment');
  if (first === undefined) return undefined;
  let result = '';
  let at = 0;
  let count = 0;
  for (const part of parts) {
    result += text.slice(at, part.start);
    const own = text.slice(part.start, part.end);
    at = part.end;
    if (part.kind !== 'value') result += own.replace(/[^\r\n]/g, ' ');
    else {
      count += 1;
      // A line of its own is taken for one directive, of which nothing is known.
      const word = part.isLine ? `${markPlaceholder(own.slice(0, -1))};` : markPlaceholder(own);
      result += part.beginsWord ? WORD_START + word.slice(1) : word;
    }
  }
  result += text.slice(at);
  return {
    text: result,
    marks: {
      count,
      first: { start: first.start, end: first.end },
      statements: parts.filter(({ kind }) => kind !== 'value' && kind !== 'comment'),
      regions: regionsOf(parts, text.length),
    },
  };
}

/** The outermost parts between what opens and what closes; one that is not closed reaches to the end of the file. */
function regionsOf(parts: readonly Part[], length: number): Range[] {
  const regions: Range[] = [];
  let depth = 0;
  let start = 0;
  for (const part of parts) {
    if (part.kind === 'opens') {
      if (depth === 0) start = part.start;
      depth += 1;
    } else if (part.kind === 'closes') {
      if (depth <= 1) regions.push({ start: depth === 0 ? 0 : start, end: part.end });
      depth = Math.max(0, depth - 1);
    }
  }
  if (depth > 0) regions.push({ start, end: length });
  // One that closes what was never opened reaches back to the start and takes in those before it.
  const merged: Range[] = [];
  for (const region of regions) {
    while (merged.length > 0 && merged.at(-1)!.start >= region.start) merged.pop();
    merged.push(region);
  }
  return merged;
}

/** Walks over a file by the states of ngx_conf_read_token, as far as they tell where a placeholder stands. */
class TemplateScanner {
  readonly #text: string;
  readonly #parts: Part[] = [];
  /** Where the next closing delimiter of each kind stands, so that a file of nothing but opening ones is read once. */
  readonly #closers = new Map<string, number>();
  /** Names in capitals to which the file itself gives a value: `${NAME}` is then nginx's variable. */
  readonly #assigned = new Set<string>();
  readonly #environment: { readonly part: Part; readonly name: string }[] = [];
  /** The words of the directive that has begun. */
  #words: string[] = [];

  readonly #isAccepted: boolean;

  constructor(text: string, isAccepted: boolean) {
    this.#isAccepted = isAccepted;
    this.#text = text;
  }

  scan(): readonly Part[] {
    const text = this.#text;
    let at = 0;
    while (at < text.length) {
      const character = text[at]!;
      if (character === ' ' || character === '\t' || character === '\r' || character === '\n') {
        at += 1;
        continue;
      }
      const found = this.#placeholder(at, this.#words.length === 0);
      if (found?.kind !== undefined && (found.kind !== 'value' || found.isLine)) {
        this.#parts.push(found);
        at = found.end;
      } else if (character === '#') {
        at = this.#comment(at);
      } else if (character === ';' || character === '}') {
        if (character === ';') this.#endDirective();
        this.#words = [];
        at += 1;
      } else if (character === '{' && found === undefined) {
        this.#endDirective();
        const isLua = this.#words[0] !== undefined && LUA_BLOCK_NAME.test(this.#words[0]);
        this.#words = [];
        at = isLua ? readLuaBlock(text, at).end : at + 1;
      } else {
        at = this.#word(at);
      }
    }
    const names = this.#environment.filter(({ name }) => !this.#assigned.has(name)).map(({ part }) => part);
    return [...this.#parts, ...names].sort((one, other) => one.start - other.start);
  }

  /** Statements of the template work in comments too. */
  #comment(start: number): number {
    const lineFeed = this.#text.indexOf('\n', start);
    const end = lineFeed === -1 ? this.#text.length : lineFeed;
    for (let at = start; at < end; at += 1) {
      const found = this.#placeholder(at, false);
      // One that goes on behind the line is none: nginx's comment ends here.
      if (found === undefined || found.end > end) continue;
      if (found.kind === 'opens' || found.kind === 'closes') this.#parts.push(found);
      at = found.end - 1;
    }
    return end;
  }

  /** Reads a word, quoted or not, with the placeholders in it. */
  #word(start: number): number {
    const text = this.#text;
    const quote = text[start] === '"' || text[start] === "'" ? text[start] : undefined;
    let at = quote === undefined ? start : start + 1;
    while (at < text.length) {
      const found = this.#placeholder(at, false);
      const isInside =
        found !== undefined && (!this.#isAccepted || quote === undefined || !text.slice(at, found.end).includes(quote));
      if (found !== undefined && isInside) {
        this.#parts.push({ ...found, beginsWord: quote === undefined && at === start });
        at = found.end;
        continue;
      }
      const character = text[at]!;
      if (character === '$') at = this.#dollar(at, quote === undefined && at === start);
      else if (character === '\\') at += 2;
      else if (quote === undefined && ' \t\r\n;{'.includes(character)) break;
      else at += 1;
      if (character === quote) break;
    }
    // No name of interest is long, and a hostile line may be.
    if (this.#words.length < 8) this.#words.push(text.slice(start, Math.min(at, start + 200)));
    return Math.min(Math.max(at, start + 1), text.length);
  }

  /** A dollar takes the braces behind it along; `${NAME}` in capitals may be a placeholder of envsubst. */
  #dollar(start: number, beginsWord: boolean): number {
    ENVIRONMENT.lastIndex = start;
    const match = ENVIRONMENT.exec(this.#text);
    if (match !== null) {
      const end = start + match[0].length;
      const last = this.#environment.at(-1)?.part.start;
      if (last !== start)
        this.#environment.push({ part: { start, end, kind: 'value', isLine: false, beginsWord }, name: match[1]! });
      return end;
    }
    let at = start + 1;
    while (this.#text[at] === '{') at += 1;
    return at;
  }

  /** Notes the variable in capitals that a directive gives a value. */
  #endDirective(): void {
    const [name, first] = this.#words;
    const word =
      name !== undefined && SETS_FIRST.test(name)
        ? first
        : name !== undefined && SETS_LAST.test(name)
          ? this.#words.at(-1)
          : undefined;
    if (word !== undefined && /^\$[A-Z_][A-Z0-9_]*$/.test(word)) this.#assigned.add(word.slice(1));
  }

  /** The placeholder or statement that begins at an offset. */
  #placeholder(at: number, atDirective: boolean): Part | undefined {
    const text = this.#text;
    const first = text[at];
    if (first !== '{' && first !== '<') return undefined;
    const delimiter = DELIMITERS.find(({ open }) => text.startsWith(open, at));
    if (delimiter === undefined) return undefined;
    let close = this.#closers.get(delimiter.close);
    if (close === undefined || (close !== -1 && close < at + 2)) {
      close = text.indexOf(delimiter.close, at + 2);
      this.#closers.set(delimiter.close, close);
    }
    if (close === -1 || close - at > LONGEST) return undefined;
    // `}}}` closes a placeholder whose last character is a brace, and Handlebars' triple braces.
    let end = close + 2;
    while (delimiter.close === '}}' && text[end] === '}' && text.slice(at + 2, close).includes('{')) end += 1;
    const inside = text.slice(at + 2, end - 2);
    const kind = kindOf(delimiter.open, inside);
    const isLine = kind === 'value' && atDirective && this.#endsLine(end);
    return { start: at, end, kind, isLine, beginsWord: isLine };
  }

  /** True where nothing but blanks, a comment or further placeholders follow on the line. */
  #endsLine(end: number): boolean {
    const rest = this.#text.slice(end, end + LONGEST_LINE).split('\n', 1)[0]!;
    return rest.length < LONGEST_LINE && /^\s*(#.*)?$/.test(rest.replace(/\{\{.*?\}\}/g, ''));
  }
}

/** `${NAME}` as envsubst knows it; nobody writes nginx's variables in capitals unless the file defines them. */
const ENVIRONMENT = /\$\{([A-Z_][A-Z0-9_]*)\}/y;

const SETS_FIRST = /^(set|auth_request_set|set_by_lua\w*|js_set|js_var|perl_set)$/;
const SETS_LAST = /^(map|geo|split_clients)$/;

function kindOf(open: (typeof DELIMITERS)[number]['open'], inside: string): Kind {
  if (open === '{#') return 'comment';
  if (open === '{%') return jinjaKind(inside.replace(/^[-+]/, '').trim());
  if (open === '<%') return erbKind(inside);
  return bracesKind(inside.replace(/^[-~]/, '').trim());
}

/** Jinja's statements. `include` and its kin print something, and what they print is unknown. */
function jinjaKind(statement: string): Kind {
  const word = /^\w*/.exec(statement)![0];
  if (word.startsWith('end')) return 'closes';
  if (/^(if|for|macro|block|call|filter|with|autoescape|trans)$/.test(word)) return 'opens';
  if (/^(include|extends)$/.test(word)) return 'value';
  return word === 'set' && !statement.includes('=') ? 'opens' : 'other';
}

/** ERB's Ruby and EPP's Puppet: a value behind `=`, a comment behind `#`, else code. */
function erbKind(inside: string): Kind {
  if (inside.startsWith('=')) return 'value';
  if (inside.startsWith('#') || inside.startsWith('%')) return 'comment';
  const code = inside.replace(/^-|-$/g, '').trim();
  const closes = /^(end\b|\})/.test(code);
  const opens = /^(if|unless|case|while|until|for|begin)\b/.test(code) || /(\bdo|\{)(\s*\|[^|]*\|)?$/.test(code);
  return closes === opens ? 'other' : closes ? 'closes' : 'opens';
}

/** Go's actions and Handlebars' blocks share their braces with Jinja's values. */
function bracesKind(inside: string): Kind {
  if (inside.startsWith('/*') || inside.startsWith('!')) return 'comment';
  if (/^(if|range|with|define|block)\s/.test(inside) || /^[#^]/.test(inside)) return 'opens';
  if (inside === 'end' || inside.startsWith('/')) return 'closes';
  if (/^else\b/.test(inside) || /^(break|continue)$/.test(inside) || /^\$\w+\s*:?=/.test(inside)) return 'other';
  return 'value';
}
