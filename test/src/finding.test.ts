import * as assert from 'uvu/assert';
import { compareFindings, compareLevels, type Finding, fingerprintOf, LEVELS } from '../../src/finding.js';
import { SourceFile } from '../../src/source/source-file.js';
import { describe } from '../support/suite.js';

function finding(path: string, start: number, rule: string, message = 'm', end = start + 1): Finding {
  const span = { file: new SourceFile(path, 'x'.repeat(99)), start, end };
  const primary = { span, text: '' };
  return { rule, level: 'error', message, primary, related: [], witness: undefined, help: '', fingerprint: '' };
}

describe('finding', it => {
  it('orders levels by severity', () => {
    assert.equal([...LEVELS].reverse().sort(compareLevels), ['note', 'warning', 'error']);
    assert.is(compareLevels('note', 'note'), 0);
  });

  it('orders findings by file, place, rule and message', () => {
    const sorted = [
      finding('B.conf', 9, 'z'),
      finding('a.conf', 2, 'z'),
      finding('a.conf', 10, 'a', 'm', 11),
      finding('a.conf', 10, 'a', 'n', 11),
      finding('a.conf', 10, 'b', 'm', 11),
      finding('a.conf', 10, 'a', 'm', 12),
    ];
    assert.equal(
      sorted
        .toReversed()
        .toSorted(compareFindings)
        .map(({ message, primary, rule }) => [primary.span.file.path, primary.span.start, rule, message]),
      sorted.map(({ message, primary, rule }) => [primary.span.file.path, primary.span.start, rule, message]),
    );
  });

  it('makes a fingerprint of the rule and the parts of the meaning', () => {
    const one = fingerprintOf('unsafe-if', ['app.test', '/']);
    assert.match(one, /^[0-9a-f]{32}$/);
    // Fixed: a baseline and GitHub remember it.
    assert.is(one, '094f64fd90b08c2e9b019e7d4fc235f8');
    assert.is.not(one, fingerprintOf('unsafe-if', ['app.test/']));
    assert.is.not(one, fingerprintOf('dead-check', ['app.test', '/']));
  });
});
