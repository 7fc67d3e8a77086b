import { type IToken, Lexer } from 'chevrotain';
import { reading, VOCABULARY } from './tokens.js';

/**
 * How many bytes are tokenized at a time. The tokens of one piece are parsed and dropped before the next is read, so that
 * memory is taken by the tree alone, and a file of nothing but `;` does not fill it. Small pieces are also faster: their
 * tokens die young.
 */
const PIECE_SIZE = 1 << 14;

const lexer = new Lexer(VOCABULARY, {
  positionTracking: 'onlyOffset',
  ensureOptimizations: true,
  skipValidations: true,
});

/** The tokens of a piece of text. Their offsets count from the start of the piece. */
export interface Piece {
  readonly tokens: IToken[];
  readonly comments: readonly IToken[];
  /** Offset in the whole text behind the last token, where the next piece starts. */
  readonly end: number;
}

/**
 * Tokenizes the piece of a text that starts at an offset. A token that starts in the piece is complete, however long.
 *
 * @param directive the name, as written, of the directive that earlier pieces have begun, if any
 */
export function tokenize(text: string, start: number, directive: string | undefined): Piece {
  reading.text = text;
  reading.base = start;
  reading.directive = directive;
  const { tokens, groups } = lexer.tokenize(text.slice(start, start + PIECE_SIZE));
  reading.text = '';
  const comments = groups['comments'] ?? [];
  const end = Math.max(start + PIECE_SIZE, start + endOf(tokens.at(-1)), start + endOf(comments.at(-1)));
  return { tokens, comments, end };
}

function endOf(token: IToken | undefined): number {
  return token === undefined ? 0 : token.startOffset + token.image.length;
}
