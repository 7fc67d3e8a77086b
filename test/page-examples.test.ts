import * as assert from 'uvu/assert';
import { rules } from '../rules/index.js';
import { withoutAmbient } from './support/ambient.js';
import { findingsOf } from './support/lint.js';
import { configurationOf, readRulePage } from './support/rule-page.js';
import { describe } from './support/suite.js';

describe('examples of the rule pages', it => {
  for (const { id, level } of rules) {
    it(`are flagged by ${id}, and by none when they are repaired`, async () => {
      const page = readRulePage(id);
      const flagged = await findingsOf(configurationOf(page, 'nginx flagged'));
      assert.ok(
        flagged.some(finding => finding.rule === id && finding.level === level),
        `flagged by ${flagged.map(finding => finding.rule).join(', ') || 'nothing'}`,
      );
      const repaired = await findingsOf(configurationOf(page, 'nginx clean'));
      const clean = withoutAmbient(repaired, id === 'missing-revocation');
      assert.equal(
        clean.map(({ rule, message }) => `${rule}: ${message}`),
        [],
      );
    });
  }
});
