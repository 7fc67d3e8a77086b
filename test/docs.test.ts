import { existsSync, readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { rules } from '../rules/index.js';
import { reportSarif } from '../src/report/sarif.js';
import { FIRST_RULES, generatedDocs, lintExampleOf } from './support/docs.js';
import { configurationOf, readRulePage, rulePages } from './support/rule-page.js';
import { describe } from './support/suite.js';

const HINT = 'run npm run docs';

/** What is read of a SARIF document here. */
interface SarifDocument {
  readonly runs: readonly {
    readonly tool: {
      readonly driver: {
        readonly rules: readonly { readonly id: string; readonly shortDescription: { readonly text: string } }[];
      };
    };
  }[];
}

describe('docs', it => {
  it('has a page and a test for each rule, and no other page', () => {
    assert.equal(
      rulePages().map(({ id }) => id),
      rules.map(({ id }) => id).sort(),
    );
    for (const { id } of rules) assert.ok(existsSync(`test/rules/${id}.test.ts`), id);
  });

  it('says of each rule what the rule says of itself', () => {
    for (const { id, summary } of rules) assert.is(readRulePage(id).summary, summary, id);
  });

  for (const { id } of rules) {
    it(`flags the example and accepts its fix: ${id}`, async () => {
      const page = readRulePage(id);
      const graver = async (tag: 'nginx flagged' | 'nginx clean') => {
        const { findings } = await lintExampleOf(configurationOf(page, tag));
        return new Set(findings.filter(({ level }) => level !== 'note').map(({ rule }) => rule));
      };
      assert.equal([...(await graver('nginx flagged'))], [id]);
      assert.equal([...(await graver('nginx clean'))], []);
    });
  }

  it('shows the reports and lists the rules as they are now', async () => {
    for (const [path, text] of await generatedDocs()) {
      assert.ok(existsSync(path), `${path}: ${HINT}`);
      assert.is(readFileSync(path, 'utf8'), text, `${path}: ${HINT}`);
    }
  });

  it('names the same rules with the same summaries in SARIF', async () => {
    const result = await lintExampleOf('');
    const listed = rules.map(meta => ({ meta, page: readFileSync(readRulePage(meta.id).file, 'utf8') }));
    const document = JSON.parse(reportSarif(result, { level: 'note', rules: listed })) as SarifDocument;
    const table = document.runs[0]!.tool.driver.rules;
    assert.equal(
      table.map(({ id, shortDescription }) => [id, shortDescription.text]),
      rules.map(({ id, summary }) => [id, summary]),
    );
  });

  it('lists all rules in README.md, those that the project set out with first', () => {
    const listed = [
      ...readFileSync('README.md', 'utf8').matchAll(/^\| \[([\w-]+)\]\(docs\/rules\/\1\.md\) \| (\w+) \|/gm),
    ];
    assert.equal(
      listed.slice(0, FIRST_RULES.length).map(([, id]) => id),
      [...FIRST_RULES],
    );
    assert.equal(
      listed.map(([, id, level]) => `${id} ${level}`).sort(),
      rules.map(({ id, level }) => `${id} ${level}`).sort(),
    );
  });
});
