import * as assert from 'uvu/assert';
import { reportJson } from '../../../src/report/json.js';
import { describe } from '../../support/suite.js';
import { matchesGolden } from './golden.js';
import { CLEAN, RESULT } from './sample.js';
import { schemaOf } from './schema.js';

describe('JSON report', it => {
  it('is what the published schema says', () => {
    const validate = schemaOf('findings');
    for (const result of [RESULT, CLEAN]) {
      assert.ok(validate(JSON.parse(reportJson(result, { level: 'note' }))), JSON.stringify(validate.errors));
    }
  });

  it('has the keys of the contract and no others', () => {
    const text = reportJson(RESULT, { level: 'note' });
    matchesGolden('lint.json', text);
    const document = JSON.parse(text);
    assert.equal(Object.keys(document), ['schemaVersion', 'tool', 'roots', 'findings', 'notices', 'summary']);
    const [finding] = document.findings;
    assert.equal(Object.keys(finding), [
      'rule',
      'level',
      'message',
      'file',
      'line',
      'column',
      'endLine',
      'endColumn',
      'related',
      'witness',
      'help',
      'url',
      'fingerprint',
      'suppressed',
    ]);
    assert.equal(
      [finding.file, finding.line, finding.column, finding.endLine, finding.endColumn],
      ['conf.d/app.conf', 10, 9, 10, 35],
    );
    assert.equal(finding.related[2], {
      message: 'the check that /admin/ has',
      file: 'snippets/auth.conf',
      line: 1,
      column: 1,
      endLine: 1,
      endColumn: 35,
    });
    assert.is(finding.suppressed, false);
    assert.is(document.findings[1].witness, null);
  });

  it('decodes bytes and names those that are no UTF-8', () => {
    const [, finding] = JSON.parse(reportJson(RESULT, { level: 'note' })).findings;
    assert.match(finding.message, /location \/café\//);
    assert.is(finding.related[0].message, 'byte \\xff');
    // The tabs count one column each, the three bytes of a character one.
    assert.equal([finding.column, finding.endColumn], [3, 16]);
  });

  it('lists findings from the level on and counts the others', () => {
    const document = JSON.parse(reportJson(RESULT, { level: 'error' }));
    assert.is(document.findings.length, 1);
    assert.equal(document.summary, {
      error: 1,
      warning: 0,
      note: 0,
      hidden: 2,
      suppressed: 0,
      notices: 2,
      access: { sites: 6, reached: 1, conditional: 1, refused: 3, unknown: 1 },
    });
  });
});

describe('findings schema', it => {
  it('refuses a finding without a fingerprint or with an unknown level', () => {
    const validate = schemaOf('findings');
    const document = JSON.parse(reportJson(RESULT, { level: 'note' }));
    const [finding] = document.findings;
    for (const change of [{ fingerprint: undefined }, { level: 'fatal' }, { line: 0 }, { witness: {} }]) {
      const changed = JSON.parse(JSON.stringify({ ...document, findings: [{ ...finding, ...change }] }));
      assert.not.ok(validate(changed), JSON.stringify(change));
    }
  });
});
