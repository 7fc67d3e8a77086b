import { EmbeddedActionsParser, type IOrAlt } from 'chevrotain';
import { LeftBrace, LuaBlock, RightBrace, Semicolon, VOCABULARY, Word } from './tokens.js';
import type { TreeBuilder } from './tree-builder.js';

/**
 * The parser. A file is a flat sequence of words, `;`, `{`, `}` and Lua bodies, and every such sequence is accepted: as in
 * nginx, which of them make directives and blocks is decided by the reader that sees them one by one, here the
 * TreeBuilder. Blocks are not a rule of their own, because Chevrotain calls itself per level and overflows the stack at
 * some 750 levels.
 */
export class ConfigParser extends EmbeddedActionsParser {
  /** What receives the directives; set before `directives` is called. */
  tree!: TreeBuilder;

  /** Made once: Chevrotain would otherwise allocate the alternatives for each directive. */
  #alternatives: IOrAlt<void>[] | undefined;

  /** @param skipValidations false checks the grammar itself, which a test does and which needs Object.groupBy */
  constructor(skipValidations: boolean) {
    super(VOCABULARY, { skipValidations, maxLookahead: 1, recoveryEnabled: false });
    this.performSelfAnalysis();
  }

  readonly directives = this.RULE('directives', () => {
    this.#alternatives ??= [
      {
        ALT: () =>
          this.AT_LEAST_ONE(() => {
            const token = this.CONSUME(Word);
            this.ACTION(() => this.tree.word(token));
          }),
      },
      {
        ALT: () => {
          const token = this.CONSUME(Semicolon);
          this.ACTION(() => this.tree.semicolon(token.startOffset));
        },
      },
      {
        ALT: () => {
          const token = this.CONSUME(LeftBrace);
          this.ACTION(() => this.tree.leftBrace(token.startOffset));
        },
      },
      {
        ALT: () => {
          const token = this.CONSUME(RightBrace);
          this.ACTION(() => this.tree.rightBrace(token.startOffset));
        },
      },
      {
        ALT: () => {
          const token = this.CONSUME(LuaBlock);
          this.ACTION(() => this.tree.luaBlock(token.startOffset, token.image));
        },
      },
    ];
    this.MANY(() => this.OR(this.#alternatives!));
  });
}
