import type { Pattern } from '../model/model.js';
import { everything, type Language } from '../pcre/language.js';
import { compileMatcher, type Matcher } from '../pcre/match.js';
import { type PatternTree, parsePattern } from '../pcre/parse.js';
import { captureShape, groupLanguage, languageOf, type ShapePiece } from '../pcre/pattern-language.js';

interface Entry {
  readonly tree: PatternTree | undefined;
  /** Why there is no tree. */
  readonly refused: string;
  language?: { language: Language } | { unsupported: string };
  matcher?: Matcher;
}

/** The patterns of a configuration, each analysed once and only as far as it is asked for. */
export class Patterns {
  readonly #entries = new Map<string, Entry>();

  /** The subjects in which a pattern matches, or why it is not analysed. */
  language(pattern: Pattern): { language: Language } | { unsupported: string } {
    const entry = this.#entry(pattern);
    const language =
      entry.language ?? (entry.tree === undefined ? { unsupported: entry.refused } : languageOf(entry.tree));
    entry.language = language;
    return language;
  }

  /** How many capture groups a pattern has. */
  groups(pattern: Pattern): number {
    return this.#entry(pattern).tree?.captureCount ?? 0;
  }

  /** The names of its groups in lower case, with their numbers. */
  names(pattern: Pattern): ReadonlyMap<string, number> {
    const { tree } = this.#entry(pattern);
    if (tree === undefined) return new Map();
    return new Map([...tree.names].map(([name, index]) => [name.toLowerCase(), index]));
  }

  /** The pattern as a row of pieces, where its groups stand at top level. */
  shape(pattern: Pattern): readonly ShapePiece[] | undefined {
    const { tree } = this.#entry(pattern);
    return tree === undefined ? undefined : captureShape(tree);
  }

  /** What a group can capture; the empty text where it takes no part. */
  groupLanguage(pattern: Pattern, index: number): Language {
    const { tree } = this.#entry(pattern);
    return tree === undefined ? everything : groupLanguage(tree, index);
  }

  /** The groups of a match in a fixed text, the whole match first. */
  match(pattern: Pattern, subject: string): readonly (string | undefined)[] | undefined {
    const entry = this.#entry(pattern);
    if (entry.tree === undefined) return undefined;
    entry.matcher ??= compileMatcher(entry.tree);
    return entry.matcher.match(subject)?.groups;
  }

  #entry(pattern: Pattern): Entry {
    const key = `${pattern.caseless ? 'i' : '-'}${pattern.source}`;
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      const parsed = parsePattern(pattern.source, pattern.caseless);
      if ('root' in parsed) entry = { tree: parsed, refused: '' };
      else if ('invalid' in parsed) entry = { tree: undefined, refused: `not a valid pattern: ${parsed.invalid}` };
      else entry = { tree: undefined, refused: parsed.unsupported };
      this.#entries.set(key, entry);
    }
    return entry;
  }
}
