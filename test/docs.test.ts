import * as assert from 'uvu/assert';
import { rules } from '../rules/index.js';
import { generatedFiles, graveFindings, lintPage } from './support/docs.js';
import { configurationOf, type RulePage, rulePages } from './support/rule-page.js';
import { describe } from './support/suite.js';

/** The rules that report more than a note on a configuration of a page, each once; fails where something was not read. */
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
  return [...new Set(graveFindings(result).map(({ rule }) => rule))];
}

describe('documentation', it => {
  for (const page of rulePages()) {
    it(`flags the example by its rule alone: ${page.id}`, async () => {
      const isNote = rules.find(({ id }) => id === page.id)?.level === 'note';
      assert.equal(await rulesThatReport(page, 'nginx flagged'), isNote ? [] : [page.id]);
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
