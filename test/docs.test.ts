import * as assert from 'uvu/assert';
import { rules } from '../rules/index.js';
import { compareLevels } from '../src/finding.js';
import { withoutAmbient } from './support/ambient.js';
import { generatedFiles, lintPage } from './support/docs.js';
import { configurationOf, type RulePage, rulePages } from './support/rule-page.js';
import { describe } from './support/suite.js';

/**
 * The rules that report on a configuration of a page, each once: notes count where the page is about a rule that gives no
 * more. Fails where something was not read.
 */
async function rulesThatReport(page: RulePage, tag: 'nginx flagged' | 'nginx clean'): Promise<string[]> {
  const result = await lintPage(configurationOf(page, tag));
  assert.equal(
    result.notices.map(({ text }) => text),
    [],
  );
  assert.ok(
    result.tables.some(({ rows }) => rows.length > 0),
    'the configuration has no content site',
  );
  const level = rules.find(({ id }) => id === page.id)?.level === 'note' ? 'note' : 'warning';
  const findings = withoutAmbient(result.findings, page.id === 'missing-revocation');
  const found = findings.filter(finding => compareLevels(finding.level, level) >= 0);
  return [...new Set(found.map(({ rule }) => rule))];
}

describe('documentation', it => {
  for (const page of rulePages()) {
    it(`flags the example by its rule alone: ${page.id}`, async () => {
      assert.equal(await rulesThatReport(page, 'nginx flagged'), [page.id]);
    });

    it(`accepts the fix: ${page.id}`, async () => {
      assert.equal(await rulesThatReport(page, 'nginx clean'), []);
    });
  }

  it('has generated parts that are up to date (npm run docs)', async () => {
    for (const { current, expected, path } of await generatedFiles()) assert.fixture(current, expected, path);
  });

  it('shows one finding in README.md', async () => {
    const readme = (await generatedFiles()).find(({ path }) => path === 'README.md');
    assert.is(readme?.expected.match(/^ {2}rule: https:/gm)?.length, 1);
  });
});
