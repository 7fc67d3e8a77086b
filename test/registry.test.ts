import { readdirSync, readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { rules } from '../rules/index.js';
import type { Level } from '../src/finding.js';
import type { Rule } from '../src/rule.js';
import { FIRST_RULES } from './support/docs.js';
import { runMain } from './support/memory-io.js';
import { PAGES_FOLDER, readRulePage, rulePages } from './support/rule-page.js';
import { describe } from './support/suite.js';

const IDS = rules.map(({ id }) => id);

/** The ids in the names of the files of a folder. */
function idsIn(folder: string, ending: string): string[] {
  return readdirSync(folder)
    .filter(file => file.endsWith(ending))
    .map(file => file.slice(0, -ending.length));
}

/** Compares as sets; a rule that is listed twice fails. */
function sameIds(found: readonly string[], expected: readonly string[], where: string): void {
  assert.equal([...found].sort(), [...expected].sort(), where);
}

/** The rows of the tables of a page that begin with a link to the page of a rule, in their order. */
function listedRules(page: string): { id: string; target: string; level: Level }[] {
  const row = /^\| \[([a-z-]+)\]\(([^)]+)\) \| (\w+) \|/gm;
  return [...readFileSync(page, 'utf8').matchAll(row)].map(([, id, target, level]) => ({
    id: id!,
    target: target!,
    level: level as Level,
  }));
}

describe('registry', it => {
  it('holds each rule of the folder once', () => {
    const files = idsIn('rules', '.ts').filter(id => id !== 'index');
    sameIds(files, IDS, 'rules');
  });

  it('has a page for each rule, and no other page', () => {
    sameIds(
      rulePages().map(({ id }) => id),
      IDS,
      PAGES_FOLDER,
    );
  });

  it('has a test for each rule, and no other test', () => {
    sameIds(idsIn('test/rules', '.test.ts'), IDS, 'test/rules');
  });

  it('keeps the rules of a group together', () => {
    const groups = rules.map(({ group }) => group).filter((group, index, all) => group !== all[index - 1]);
    assert.is(groups.length, new Set(groups).size, groups.join(', '));
  });

  it('says of each rule what its page says, word for word', () => {
    for (const { id, summary } of rules) assert.is(readRulePage(id).summary, summary, id);
  });

  it('makes the page of each rule known to explain and to SARIF', async () => {
    const page = (id: string) => readFileSync(`${PAGES_FOLDER}/${id}.md`, 'utf8');
    const setting = { rules, rulePage: page };
    for (const id of IDS) {
      const { code, stdout } = await runMain(['explain', id], {}, setting);
      assert.is(code, 0, id);
      assert.ok(stdout.includes(readRulePage(id).summary.slice(0, 40)), id);
    }
    const { stdout } = await runMain(['--format', 'sarif', 'nginx.conf'], { 'nginx.conf': 'events {}' }, setting);
    const [run] = (JSON.parse(stdout) as SarifLog).runs;
    assert.equal(
      run!.tool.driver.rules.map(({ id, shortDescription, help, defaultConfiguration }) => ({
        id,
        summary: shortDescription.text,
        page: help.markdown,
        level: defaultConfiguration.level,
      })),
      rules.map(({ id, summary, level }) => ({ id, summary, page: page(id), level })),
    );
  });

  it('is listed with its summaries in docs/rules/README.md', () => {
    const lines = readFileSync(`${PAGES_FOLDER}/README.md`, 'utf8').split('\n');
    const found = lines.filter(line => line.startsWith('- '));
    const line = ({ id, level, summary }: Rule) => `- [${id}](${id}.md) (${level}): ${summary}`;
    const first = FIRST_RULES.flatMap(id => rules.filter(rule => rule.id === id));
    assert.equal(found, [...first, ...rules].map(line));
  });

  it('is listed in README.md, the five that it began with first', () => {
    const listed = listedRules('README.md');
    sameIds(
      listed.map(({ id }) => id),
      IDS,
      'README.md',
    );
    assert.equal(
      listed.slice(0, FIRST_RULES.length).map(({ id }) => id),
      FIRST_RULES,
    );
    for (const { id, target, level } of listed) {
      assert.is(target, `docs/rules/${id}.md`);
      assert.is(level, rules.find(rule => rule.id === id)?.level, id);
    }
  });
});

interface SarifLog {
  readonly runs: readonly {
    readonly tool: {
      readonly driver: {
        readonly rules: readonly {
          readonly id: string;
          readonly shortDescription: { readonly text: string };
          readonly help: { readonly markdown: string };
          readonly defaultConfiguration: { readonly level: Level };
        }[];
      };
    };
  }[];
}
