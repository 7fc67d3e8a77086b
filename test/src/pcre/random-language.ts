import fc from 'fast-check';
import { ByteSet } from '../../../src/pcre/byte-set.js';
import {
  bytes,
  complement,
  concat,
  epsilon,
  everything,
  intersect,
  type Language,
  literal,
  literalCaseless,
  nothing,
  optional,
  star,
  union,
} from '../../../src/pcre/language.js';

/** Small languages over a few bytes, made by every constructor. */
export const { language: anyLanguage } = fc.letrec<{ language: Language }>(tie => ({
  language: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(nothing, epsilon, everything, literal('a'), literal('b'), literal('ab'), literal('/')),
    fc.constantFrom(bytes(ByteSet.among('ab')), bytes(ByteSet.among('b/').complement()), literalCaseless('a')),
    fc.tuple(tie('language'), tie('language')).map(parts => concat(...parts)),
    fc.tuple(tie('language'), tie('language')).map(parts => union(...parts)),
    fc.tuple(tie('language'), tie('language')).map(parts => intersect(...parts)),
    tie('language').map(star),
    tie('language').map(optional),
    tie('language').map(complement),
  ),
}));

/** Short texts over the bytes that those languages tell apart, and a few others. */
export const anyWord = fc
  .array(fc.constantFrom('a', 'b', '/', 'A', '\n', '\xff'), { maxLength: 5 })
  .map(parts => parts.join(''));
