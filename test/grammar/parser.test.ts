import { Lexer } from 'chevrotain';
import * as assert from 'uvu/assert';
import type { Directive } from '../../grammar/ast.js';
import { MAX_DEPTH, parseConfig } from '../../grammar/index.js';
import { ConfigParser } from '../../grammar/parser.js';
import { VOCABULARY } from '../../grammar/tokens.js';
import { SourceFile } from '../../src/source/source-file.js';
import { describe } from '../support/suite.js';

const parse = (text: string) => parseConfig(new SourceFile('nginx.conf', text));

function depthOf(directives: readonly Directive[]): number {
  let depth = 0;
  for (let block = directives[0]?.block; block !== undefined; block = block.directives[0]?.block) depth++;
  return depth;
}

describe('ConfigParser', it => {
  it('passes the checks of Chevrotain that are left out at run time', () => {
    // Chevrotain's checks call Object.groupBy, which Node 20 lacks.
    const target = Object as unknown as { groupBy?: unknown };
    const original = target.groupBy;
    target.groupBy ??= (items: Iterable<unknown>, keyOf: (item: unknown, index: number) => PropertyKey) => {
      const groups: Record<PropertyKey, unknown[]> = Object.create(null);
      let index = 0;
      for (const item of items) (groups[keyOf(item, index++)] ??= []).push(item);
      return groups;
    };
    try {
      assert.not.throws(() => new ConfigParser(false));
    } finally {
      if (original === undefined) delete target.groupBy;
    }
    const lexer = new Lexer(VOCABULARY, { positionTracking: 'onlyOffset', ensureOptimizations: true });
    assert.equal(lexer.lexerDefinitionErrors, []);
  });

  for (const depth of [1000, MAX_DEPTH]) {
    it(`parses ${depth} levels of blocks`, () => {
      const { directives, problems } = parse('a{'.repeat(depth) + '}'.repeat(depth));
      assert.equal(problems, []);
      assert.is(depthOf(directives), depth);
    });
  }

  for (const depth of [MAX_DEPTH + 1, 100_000, 1_000_000]) {
    it(`refuses ${depth} levels in words of our own, and goes on behind them`, () => {
      const { directives, problems } = parse(`${'a{\n'.repeat(depth)}b; ${'}'.repeat(depth)} c;`);
      assert.equal(
        problems.map(({ reason, nginxLine }) => [reason, nginxLine]),
        [[`blocks are nested more than ${MAX_DEPTH.toLocaleString('en')} deep`, MAX_DEPTH + 1]],
      );
      assert.is(depthOf(directives), MAX_DEPTH);
      assert.is(directives[1]!.name.value, 'c');
    });
  }

  it('reports the block that is open at the end of a file that is nested too deep', () => {
    const { problems } = parse('a{'.repeat(3000));
    assert.is(problems.length, 2);
    assert.is(problems[1]!.reason, 'unexpected end of file, expecting "}"');
  });
});
