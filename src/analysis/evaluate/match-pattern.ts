import type { ConfigNode } from '../../config/config-tree.js';
import type { Pattern } from '../../model/model.js';
import { type Captures, compileMatcher, type Matcher } from '../../pcre/match.js';
import { parsePattern } from '../../pcre/parse.js';
import { Undecided } from './trace.js';

interface Compiled {
  readonly matcher: Matcher | undefined;
  /** Why there is no matcher. */
  readonly problem: string;
  readonly groups: number;
  readonly names: ReadonlyMap<string, number>;
}

const compiled = new WeakMap<Pattern, Compiled>();

function compile(pattern: Pattern): Compiled {
  let entry = compiled.get(pattern);
  if (entry === undefined) {
    const tree = parsePattern(pattern.source, pattern.caseless);
    if ('unsupported' in tree) entry = { matcher: undefined, problem: tree.unsupported, groups: 0, names: new Map() };
    else if ('invalid' in tree) entry = { matcher: undefined, problem: tree.invalid, groups: 0, names: new Map() };
    else {
      entry = { matcher: compileMatcher(tree), problem: '', groups: tree.captureCount, names: tree.names };
    }
    compiled.set(pattern, entry);
  }
  return entry;
}

/** Matches as PCRE does, over bytes. `node` is the directive to blame where the pattern is not modelled. */
export function matchPattern(pattern: Pattern, subject: string, node: ConfigNode): Captures | null {
  const { matcher, problem } = compile(pattern);
  if (matcher === undefined) throw new Undecided('pattern', node, `the pattern ${pattern.source}: ${problem}`);
  if (subject.length > matcher.longestSubject) {
    throw new Undecided('pattern', node, `the pattern ${pattern.source} on a text of ${subject.length} bytes`);
  }
  return matcher.match(subject);
}

/** How many capturing groups a pattern has; 0 where it is not understood. */
export function groupCount(pattern: Pattern): number {
  return compile(pattern).groups;
}

/** The lower-case names of the groups of a pattern. */
export function groupNames(pattern: Pattern): string[] {
  return [...compile(pattern).names.keys()].map(name => name.toLowerCase());
}
