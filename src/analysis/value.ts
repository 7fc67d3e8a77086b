import type { ByteSet } from '../pcre/byte-set.js';
import type { Language } from '../pcre/language.js';
import type { Reason } from './access.js';

/**
 * Something whose text is not fixed by the configuration.
 *
 * - `client`: the client chooses it (URI, argument, header, cookie, method, Host, certificate subject);
 * - `part`: a part of a client's text that a regular expression cut out, tied to the whole by a binding;
 * - `address`: an address, of which the state also holds a set: the peer's, or one that a trusted peer names;
 * - `loose`: text that is known only by a language it lies in, because its tie to the client's choice was not kept;
 * - `unmodelled`: nothing is known of it; `reason` says why.
 */
export interface Sym {
  readonly id: number;
  readonly origin: 'client' | 'part' | 'address' | 'loose' | 'unmodelled';
  /** The variable that the client fills, e.g. `uri`, `arg_x`, `http_x`; for other origins a description. */
  readonly name: string;
  readonly reason: Reason | undefined;
  /** What every text of this symbol satisfies, whatever the path. */
  readonly base: Language;
  /** The bytes that its texts are made of, where those are known to be few; so are its parts. */
  readonly bytes?: ByteSet | undefined;
  /** Texts that are looked among first, because they are what people have in mind; undefined where none are known. */
  readonly usual?: Language | undefined;
}

/** Text made of fixed pieces and symbols. Normal form: no empty piece, no two fixed pieces side by side. */
export type Value = readonly (string | Sym)[];

/** Puts a list of pieces into normal form. */
export function normalise(parts: readonly (string | Sym)[]): Value {
  const value: (string | Sym)[] = [];
  for (const part of parts) {
    if (part === '') continue;
    const last = value.at(-1);
    if (typeof part === 'string' && typeof last === 'string') value[value.length - 1] = last + part;
    else value.push(part);
  }
  return value;
}

/** The fixed text of a value, or undefined where it holds a symbol. */
export function fixedText(value: Value): string | undefined {
  if (value.length === 0) return '';
  return value.length === 1 && typeof value[0] === 'string' ? value[0] : undefined;
}

/** The symbols of a value, in order. */
export function symbolsOf(value: Value): Sym[] {
  return value.filter(part => typeof part !== 'string');
}

/** A text that is equal for equal values. */
export function valueKey(value: Value): string {
  return value.map(part => (typeof part === 'string' ? JSON.stringify(part) : `#${part.id}`)).join('');
}
