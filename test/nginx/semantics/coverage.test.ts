import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { describe } from '../../support/suite.js';
import { LEFT_OUT, ROWS } from './coverage.js';
import { SECTIONS } from './sections.js';

const DOCUMENTS = ['request', 'mtls'] as const;

/** The row numbers of a document that tests name; several share a test in the document that has numbers. */
function tested(document: (typeof DOCUMENTS)[number]): Set<string> {
  const ids = Object.values(SECTIONS)
    .filter(section => section.document === document)
    .flatMap(({ rows }) => rows.map(({ id }) => id));
  return new Set(document === 'request' ? ids.flatMap(id => id.split(', ')) : ids);
}

describe('coverage of the semantics documents', it => {
  for (const document of DOCUMENTS) {
    it(`tests each row of the ${document} document, or says why not`, () => {
      const leftOut = Object.values(LEFT_OUT[document]).flat();
      const rows = tested(document);
      assert.equal([...rows, ...leftOut].sort(), [...ROWS[document]].sort());
    });
  }

  it('runs every section', () => {
    const folder = dirname(fileURLToPath(import.meta.url));
    const run = readdirSync(folder).flatMap(file => /^(.*)\.nginx\.test\.js$/.exec(file)?.[1] ?? []);
    assert.equal(run.sort(), Object.keys(SECTIONS).sort());
  });

  it('uses a row number and title once', () => {
    for (const { name, document, rows } of Object.values(SECTIONS)) {
      const keys = rows.map(({ id, title }) => `${id} ${title}`);
      assert.is(new Set(keys).size, keys.length, `${document} ${name}`);
    }
  });
});
