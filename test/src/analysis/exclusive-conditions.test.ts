import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { evaluate } from '../../../src/analysis/evaluate.js';
import { canBothHold } from '../../../src/analysis/exclusive-conditions.js';
import { parseCondition } from '../../../src/model/program.js';
import { modelOf } from '../../support/differential.js';
import { mainFile } from '../../support/nginx.js';
import { describe } from '../../support/suite.js';

const condition = (text: string) => parseCondition(text.split(' '));
const both = (one: string, other: string) => canBothHold(condition(one), condition(other));

/** Tests of one argument, which a client gives any value. */
const TESTS = [
  ...['($arg_a)', '($arg_a = "")', '($arg_a = 0)', '($arg_a = 1)', '($arg_a = ab)', '($arg_a != 1)', '($arg_a != "")'],
  ...['($arg_a ~ b)', '($arg_a !~ b)', '($arg_a ~ ^[01]$)', '($arg_a !~ ^[01]$)', '($arg_a ~* AB)', '($arg_a !~* AB)'],
].map(text => text.replace('""', ''));
const VALUES = ['', '0', '1', 'ab', 'b', 'x', 'AB'];

describe('canBothHold', it => {
  it('excludes two tests of one variable that no value passes', () => {
    assert.not.ok(both('($a = 1)', '($a = 2)'));
    assert.not.ok(both('($a = 1)', '($a != 1)'));
    assert.not.ok(both('($a = 0)', '($a)'));
    assert.not.ok(both('($a = POST)', '($a ~ ^(GET|HEAD)$)'));
    assert.not.ok(both('($a !~ ^/x)', '($a ~ ^/x)'));
  });

  it('leaves possible what is, and what is not decided', () => {
    assert.ok(both('($a = 1)', '($b = 2)'));
    assert.ok(both('($a = 1)', '($a = $b)'));
    assert.ok(both('($a)', '($a = 1)'));
    assert.ok(both('($a ~ ^/x)', '($a ~* ^/x)'));
    assert.ok(both('(-f $a)', '($a = 1)'));
    assert.ok(both('($a = 1)', '($a ~ "(?R)")'));
  });

  it('never excludes what one request passes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...TESTS),
        fc.constantFrom(...TESTS),
        fc.constantFrom(...VALUES),
        (one, other, value) => {
          const quoted = (test: string) => test.replace(/= \)$/, '= "")');
          const model = modelOf(
            mainFile(
              `server { listen 127.0.0.1:80; set $n ""; if ${quoted(one)} { set $n "\${n}1"; } if ${quoted(other)} { set $n "\${n}2"; } if ($n = 12) { return 200 both; } return 403; }`,
            ),
          );
          const { outcome } = evaluate(model, {
            connect: { address: '127.0.0.1', port: 80 },
            tls: null,
            http: { method: 'GET', target: `/?a=${value}`, headers: [['Host', 'a']] },
          });
          if (outcome.kind === 'content') {
            assert.ok(canBothHold(condition(quoted(one)), condition(quoted(other))), `${one} ${other} ${value}`);
          }
        },
      ),
      { seed: 7, numRuns: 400 },
    );
  });
});
