import { absolutePath, type FileHost } from './host.js';

/**
 * How many folders one pattern may look into. A pattern with a wildcard per level can name a whole disk; nginx would
 * walk it, a linter must not hang on it.
 */
const MAX_FOLDERS = 10_000;

/** True where nginx takes the argument of an `include` for a pattern (ngx_conf_include looks for these three bytes). */
export function isGlob(path: string): boolean {
  return /[*?[]/.test(path);
}

/** What a pattern found. */
export interface GlobResult {
  /** Sorted bytewise, over the whole path. */
  readonly paths: readonly string[];
  /** False where the search was cut short because it would have visited too many folders. */
  readonly complete: boolean;
}

/**
 * The paths that an absolute pattern names, by the rules of glob(3) with no flags, which is what ngx_open_glob asks for:
 * a leading wildcard does not match a dot, a `/` is matched by a `/` only, backslash escapes, `{}` and `**` are nothing
 * special, the result is sorted (nginx runs in the C locale, so bytewise) and no match is no error.
 */
export function expandGlob(pattern: string, host: FileHost): GlobResult {
  const components = pattern.split('/').filter((component, index) => component !== '' && index > 0);
  let found: string[] = [''];
  let folders = 0;
  let complete = true;
  for (const component of components) {
    const next: string[] = [];
    const literal = literalName(component);
    const matches = literal === undefined ? compileGlob(component) : undefined;
    for (const folder of found) {
      if (matches === undefined) {
        const path = `${folder}/${literal}`;
        if (host.exists(absolutePath('/', path))) next.push(path);
        continue;
      }
      if (folders === MAX_FOLDERS) {
        complete = false;
        break;
      }
      folders += 1;
      for (const name of host.list(absolutePath('/', folder)) ?? []) {
        if (matches(name)) next.push(`${folder}/${name}`);
      }
    }
    found = next;
  }
  return { paths: found.sort(), complete };
}

/** The name that a component without an effective wildcard stands for, backslashes undone; otherwise undefined. */
function literalName(component: string): string | undefined {
  const parts = parsePattern(component);
  let name = '';
  for (const part of parts) {
    if (typeof part !== 'string') return undefined;
    name += part;
  }
  return name;
}

const STAR = Symbol('*');
const ANY = Symbol('?');

/** One element of a pattern: a byte that must be there, a wildcard, or a set of bytes. */
type Part = string | typeof STAR | typeof ANY | ByteSet;

interface ByteSet {
  readonly negated: boolean;
  /** Pairs of first and last byte. */
  readonly ranges: readonly (readonly [number, number])[];
}

function parsePattern(pattern: string): Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern[at]!;
    if (char === '*') {
      if (parts.at(-1) !== STAR) parts.push(STAR);
    } else if (char === '?') {
      parts.push(ANY);
    } else if (char === '\\' && at + 1 < pattern.length) {
      at += 1;
      parts.push(pattern[at]!);
    } else if (char === '[') {
      const set = parseSet(pattern, at);
      if (set === undefined) {
        parts.push('[');
      } else {
        parts.push(set.set);
        at = set.end - 1;
      }
    } else {
      parts.push(char);
    }
  }
  return parts;
}

/** The ranges of POSIX character classes in the C locale. */
const CLASSES: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  alnum: ranges('09AZaz'),
  alpha: ranges('AZaz'),
  blank: ranges('\t\t  '),
  cntrl: ranges('\0\x1f\x7f\x7f'),
  digit: ranges('09'),
  graph: ranges('!~'),
  lower: ranges('az'),
  print: ranges(' ~'),
  punct: ranges('!/:@[`{~'),
  space: ranges('\t\r  '),
  upper: ranges('AZ'),
  xdigit: ranges('09AFaf'),
};

/** `09AZ` → [[48, 57], [65, 90]]. */
function ranges(bounds: string): (readonly [number, number])[] {
  const pairs: (readonly [number, number])[] = [];
  for (let at = 0; at < bounds.length; at += 2) pairs.push([bounds.charCodeAt(at), bounds.charCodeAt(at + 1)]);
  return pairs;
}

/** Reads `[…]` at `open`; undefined where no `]` closes it, and `[` then stands for itself. */
function parseSet(pattern: string, open: number): { readonly set: ByteSet; readonly end: number } | undefined {
  let at = open + 1;
  const negated = pattern[at] === '!' || pattern[at] === '^';
  if (negated) at += 1;
  const found: (readonly [number, number])[] = [];
  for (let first = true; at < pattern.length; first = false) {
    // A `]` right behind the opening is a member of the set.
    if (pattern[at] === ']' && !first) return { set: { negated, ranges: found }, end: at + 1 };
    const named = /^\[:([a-z]+):\]/.exec(pattern.slice(at, at + 12));
    if (named !== null && CLASSES[named[1]!] !== undefined) {
      found.push(...CLASSES[named[1]!]!);
      at += named[0].length;
      continue;
    }
    if (pattern[at] === '\\') at += 1;
    if (at >= pattern.length) return undefined;
    const low = pattern.charCodeAt(at);
    at += 1;
    if (pattern[at] === '-' && at + 1 < pattern.length && pattern[at + 1] !== ']') {
      at += pattern[at + 1] === '\\' ? 2 : 1;
      if (at >= pattern.length) return undefined;
      found.push([low, pattern.charCodeAt(at)]);
      at += 1;
    } else {
      found.push([low, low]);
    }
  }
  return undefined;
}

/**
 * A test of one name against one component of a pattern (no `/` in either). It goes back to the last `*` only, which is
 * enough, so that the time is at most the product of the two lengths.
 */
export function compileGlob(component: string): (name: string) => boolean {
  const parts = parsePattern(component);
  const startsWithDot = parts[0] === '.';
  return name => {
    if (name.startsWith('.') && !startsWithDot) return false;
    let part = 0;
    let at = 0;
    let star = -1;
    let starAt = 0;
    while (at < name.length) {
      if (parts[part] === STAR) {
        star = part;
        starAt = at;
        part += 1;
      } else if (part < parts.length && matchesByte(parts[part]!, name, at)) {
        part += 1;
        at += 1;
      } else if (star !== -1) {
        starAt += 1;
        at = starAt;
        part = star + 1;
      } else {
        return false;
      }
    }
    while (parts[part] === STAR) part += 1;
    return part === parts.length;
  };
}

function matchesByte(part: Part, name: string, at: number): boolean {
  if (part === ANY) return true;
  if (typeof part === 'string') return name[at] === part;
  if (typeof part === 'symbol') return false;
  const byte = name.charCodeAt(at);
  return part.ranges.some(([low, high]) => byte >= low && byte <= high) !== part.negated;
}
