import { EmbeddedActionsParser, type IOrAlt } from 'chevrotain';
import { LeftBrace, LuaBlock, RightBrace, Semicolon, VOCABULARY, Word } from './tokens.js';
import type { TreeBuilder } from './tree-builder.js';

/**
 * The parser. A file is a flat sequence of words, `;`, `{`, `}` and Lua bodies, and every such sequence is accepted: as in
 * nginx, which of them make directives and blocks is decided by the reader that sees them one by one, here the
 * TreeBuilder. Blocks are not a rule of their own, because Chevrotain calls itself per level and overflows the stack at
 * some 750 levels.
 *
 * The functions that Chevrotain calls are fields, made once and not for each word. While it records the grammar there are
 * no tokens and no tree.
 */
export class ConfigParser extends EmbeddedActionsParser {
  /** What receives the directives; set before `directives` is called. */
  tree!: TreeBuilder;

  readonly #word = (): void => {
    const token = this.CONSUME(Word);
    if (!this.RECORDING_PHASE) this.tree.word(token);
  };

  readonly #alternatives: IOrAlt<void>[] = [
    { ALT: () => void this.AT_LEAST_ONE(this.#word) },
    {
      ALT: () => {
        const token = this.CONSUME(Semicolon);
        if (!this.RECORDING_PHASE) this.tree.semicolon(token.startOffset);
      },
    },
    {
      ALT: () => {
        const token = this.CONSUME(LeftBrace);
        if (!this.RECORDING_PHASE) this.tree.leftBrace(token.startOffset);
      },
    },
    {
      ALT: () => {
        const token = this.CONSUME(RightBrace);
        if (!this.RECORDING_PHASE) this.tree.rightBrace(token.startOffset);
      },
    },
    {
      ALT: () => {
        const token = this.CONSUME(LuaBlock);
        if (!this.RECORDING_PHASE) this.tree.luaBlock(token.startOffset, token.image);
      },
    },
  ];

  readonly #part = (): void => this.OR(this.#alternatives);

  /** Hands all tokens of the input to the tree. */
  readonly directives = this.RULE('directives', () => this.MANY(this.#part));

  /** @param skipValidations false checks the grammar itself, which a test does and which needs Object.groupBy */
  constructor(skipValidations: boolean) {
    super(VOCABULARY, { skipValidations, maxLookahead: 1, recoveryEnabled: false });
    this.performSelfAnalysis();
  }
}
