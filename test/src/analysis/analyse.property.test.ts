import fc from 'fast-check';
import type { AccessTable } from '../../../src/analysis/access.js';
import { analyse } from '../../../src/analysis/analyse.js';
import { evaluate } from '../../../src/analysis/evaluate.js';
import { CLIENT_CLASSES } from '../../../src/analysis/request.js';
import { siteKey } from '../../../src/analysis/sites.js';
import type { HttpModel } from '../../../src/model/model.js';
import { unconfirmed } from '../../support/access-check.js';
import { modelOf } from '../../support/differential.js';
import { SMALL_HTTP, type SmallConfig, smallConfig, smallRequests, smallServer } from '../../support/small-config.js';
import { describe } from '../../support/suite.js';

const seed = Number(process.env['FC_SEED'] ?? 7);
const RUNS = Number(process.env['RUNS'] ?? 300);

let cases = 0;
let cells = 0; let unknown = 0;
function wrongCells(model: HttpModel, table: AccessTable): string[] {
  const rows = new Map(table.rows.map(row => [siteKey(row.site), row]));
  const wrong: string[] = [];
  for (const client of CLIENT_CLASSES) {
    const reached = new Map<string, string>();
    for (const request of smallRequests(client)) {
      cases++;
      const { outcome, conditions } = evaluate(model, request);
      if (outcome.kind === 'unknown') wrong.push('evaluator undecided ' + outcome.reason.text);
      if (outcome.kind === 'content') { const k = siteKey(outcome.site); if (!reached.get(k)?.startsWith('certain')) reached.set(k, `${conditions.length === 0 ? 'certain' : 'conditional'} ${request.http.method} ${request.http.target} ${request.http.headers.length}`); }
    }
    for (const [key, request] of reached) {
      const verdict = rows.get(key)?.access[client];
      if (verdict === undefined) wrong.push(`${client} no row ${key}: ${request}`);
      else if (verdict.verdict === 'refused' || (verdict.verdict === 'conditional' && request.startsWith('certain'))) wrong.push(`${client} ${verdict.verdict} ${key}: ${request}`);
    }
    for (const row of table.rows) {
      cells++;
      const v = row.access[client];
      if (v.verdict === 'unknown') { unknown++; if (process.env['UNK']) wrong.push(`${client} unknown ${siteKey(row.site)} ${JSON.stringify(v.reasons.map(r=>r.text))}`); }
    }
  }
  wrong.push(...unconfirmed(model, table).map(w => JSON.stringify(w)));
  return wrong;
}

describe('x', it => {
  it('y', () => {
    let told = '';
    const r = fc.check(fc.property(smallConfig, (config: SmallConfig) => {
      const text = SMALL_HTTP + smallServer(config);
      const model = modelOf(`http {\n${text}}\n`);
      const wrong = wrongCells(model, analyse(model));
      if (wrong.length) {told = text + '\n' + wrong.join('\n'); return false; }
      return true;
    }), { seed, numRuns: RUNS });
    if (r.failed) throw new Error(`${r.seed} after ${r.numRuns}\n${told}`);
    console.log(cases, cells, unknown);
  });
});
