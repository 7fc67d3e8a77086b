import * as assert from 'uvu/assert';
import type { HttpModel } from '../../../src/model/model.js';
import { reportAccessText } from '../../../src/report/access-text.js';
import { widthOf } from '../../../src/report/display.js';
import { SourceFile } from '../../../src/source/source-file.js';
import { describe } from '../../support/suite.js';
import { matchesGolden } from './golden.js';
import { CLEAN, nodeOf, RESULT, ROWS, serverOf, siteOf, WITNESS } from './sample.js';

/** A server with thirty locations, every third of them open. */
function manyLocations(): typeof RESULT {
  const blocks = Array.from(
    { length: 30 },
    (_, index) => `location /service-${index}/reports/ {\n  proxy_pass http://backend_${index % 4};\n}\n`,
  );
  const file = new SourceFile('sites/many.conf', `server {\n${blocks.join('')}}\n`);
  const server = serverOf(file, { names: ['many.app.test'] });
  const rows = blocks.map((block, index) => {
    const [opening = '', pass = ''] = block.split('\n');
    const node = nodeOf(file, opening.replace(' {', ''));
    const source = nodeOf(file, pass.trim(), file.text.indexOf(opening));
    const site = siteOf(server, 'location', node, 'proxy_pass', source);
    return { site, access: ROWS[index % 3 === 0 ? 0 : 1]!.access };
  });
  return { ...RESULT, findings: [], notices: [], tables: [{ rows }] };
}

describe('access table as text', it => {
  it('says once what stands behind several cells, with the line of each', () => {
    const table = manyLocations();
    const rows = table.tables[0]!.rows.slice(0, 3).map(row => {
      const span = { file: row.site.server.node.source, start: row.site.scope.node!.directive.start, end: 0 };
      const conditions = [{ kind: 'password', text: 'auth_basic team', span }] as const;
      const verdict = { verdict: 'conditional', witness: WITNESS, conditions, reasons: [] } as const;
      return { ...row, access: { none: verdict, untrusted: verdict, trusted: verdict } };
    });
    const text = reportAccessText({ ...table, tables: [{ rows }] }, { isColoured: false });
    assert.ok(text.includes('\n  2, 5, 8 conditional (password): auth_basic team, sites/many.conf:2, 5, 8\n'), text);
  });

  it('lists the sites of a server with a verdict for each class', () => {
    const text = reportAccessText(RESULT, { isColoured: false });
    matchesGolden('access.txt', text);
    assert.match(text, /^app\.test\n {2}conf\.d\/app\.conf:3, 127\.0\.0\.1:8443 ssl\n {2}also www\.app\.test\n/);
    assert.match(text, /\n {2}reached +refused +reached +9 {2}\/api\/ +proxy_pass backend\n/);
    assert.match(
      text,
      /\n {2}refused +refused +reached +25 {4}if \(\$arg_debug\)\n +proxy_pass 127\.0\.0\.1:9001\/debug\n/,
    );
    assert.match(text, /\n {2}refused +refused +reached +3 {2}server +static\n/);
  });

  it('shows who reaches each resource through which sites', () => {
    const text = reportAccessText(RESULT, { isColoured: false });
    assert.match(
      text,
      /\n {2}upstream backend\n {4}no certificate: reached through 1 site\n {6}app\.test location \/api\/\n/,
    );
    assert.match(
      text,
      /\n {2}root html \(nginx's own\)\n.*\n.*\n {4}closed to clients without a trusted certificate\n/,
    );
  });

  it('names classes together that get somewhere through the same sites', () => {
    const everybody = { none: ROWS[0]!.access.none, untrusted: ROWS[0]!.access.none, trusted: ROWS[0]!.access.none };
    const rows = [{ ...ROWS[0]!, access: everybody }];
    assert.match(
      reportAccessText({ ...RESULT, tables: [{ rows }] }, { isColoured: false }),
      /\n {2}upstream backend\n {4}everybody: reached through 1 site\n {6}app\.test location \/api\/\n\n/,
    );
  });

  it('numbers the files of sites that stand outside the file of their server', () => {
    const snippet = new SourceFile('snippets/errors.conf', 'location = /error.html {}\n');
    const server = ROWS[0]!.site.server;
    const site = siteOf(server, 'location', nodeOf(snippet, 'location = /error.html'), 'static');
    const text = reportAccessText(
      { ...RESULT, tables: [{ rows: [{ ...ROWS[0]!, site }, ROWS[1]!] }] },
      { isColoured: false },
    );
    assert.match(text, /\n {2}\[1\] snippets\/errors\.conf\n/);
    assert.match(text, /\n {2}reached +refused +reached {2}\[1\] 1 {2}= \/error\.html {2}static\n/);
    assert.match(text, / reached +13 {2}\/admin\/ /);
  });

  it('puts requests, conditions and reasons beneath the cells when asked', () => {
    const text = reportAccessText(RESULT, { isColoured: false, isVerbose: true });
    matchesGolden('access-verbose.txt', text);
    assert.match(text, /\n {4}no certificate: reached\n {6}request:\n {8}curl /);
    assert.match(text, /on condition \(address\): the client is in 10\.0\.0\.0\/8, conf\.d\/app\.conf:26\n/);
    assert.match(text, /undecided: Lua, conf\.d\/app\.conf:23\n/);
  });

  it('counts notes and servers beyond the first ones', () => {
    const [row] = ROWS;
    const rows = Array.from({ length: 15 }, (_, index) => {
      const reasons = [{ kind: 'script', text: `script ${index}`, span: WITNESS.steps[0]!.span }];
      return { ...row!, access: { ...row!.access, none: { verdict: 'unknown', reasons } as const } };
    });
    const file = new SourceFile('silent.conf', 'server {}\n'.repeat(7));
    const servers = Array.from({ length: 7 }, (_, index) =>
      serverOf(file, { names: [`s${index}.test`], from: index * 10 }),
    );
    const models = [{ servers } as unknown as HttpModel];
    const text = reportAccessText({ ...RESULT, models, tables: [{ rows }] }, { isColoured: false });
    assert.match(text, /\n {2}9 unknown: script 11, conf\.d\/app\.conf:4\n {2}and 3 more \(--verbose lists them\)\n/);
    assert.match(text, /\n7 servers without content\n/);
    assert.match(
      text,
      /\n {2}s4\.test, silent\.conf:5, 127\.0\.0\.1:8443 ssl\n {2}and 2 more \(--verbose lists them\)\n/,
    );
    const all = reportAccessText({ ...RESULT, models, tables: [{ rows }] }, { isColoured: false, isVerbose: true });
    assert.match(all, /\n {2}s6\.test, silent\.conf:7, /);
  });

  it('ends with the closing line', () => {
    assert.match(reportAccessText(CLEAN, { isColoured: false }), /\n\n3 sites: 3 proved closed, 0 open\n$/);
  });

  it('keeps thirty locations within 80 columns, one line each, aligned', () => {
    const text = reportAccessText(manyLocations(), { isColoured: false });
    matchesGolden('access-many.txt', text);
    const rows = text.split('\n').filter(line => /^ {2}re\w+ .* \d+ {2}\/service-\d+\/reports\/ /.test(line));
    assert.is(rows.length, 30);
    assert.is(new Set(rows.map(row => row.indexOf('proxy_pass'))).size, 1);
    for (const line of text.split('\n')) assert.ok(widthOf(line) <= 80, line);
    assert.match(text, / {6}and 4 more \(--verbose lists them\)\n/);
  });

  it('says the same with and without colour', () => {
    const coloured = reportAccessText(RESULT, { isColoured: true, isVerbose: true });
    assert.match(coloured, /\x1b\[32m/);
    assert.is(coloured.replaceAll(/\x1b\[\d+m/g, ''), reportAccessText(RESULT, { isColoured: false, isVerbose: true }));
  });

  it('says so where nothing answers with content', () => {
    assert.is(
      reportAccessText({ ...CLEAN, tables: [] }, { isColoured: false }),
      '0 sites: nothing here answers with content\n',
    );
  });
});
