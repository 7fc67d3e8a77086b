import * as assert from 'uvu/assert';
import { analyse } from '../../../src/analysis/analyse.js';
import { evaluate } from '../../../src/analysis/evaluate.js';
import { CLIENT_CLASSES } from '../../../src/analysis/request.js';
import { contradictions, unconfirmed } from '../../support/access-check.js';
import { type Arrival, arrivalsOf, modelOf } from '../../support/differential.js';
import { describe } from '../../support/suite.js';
import { ENVIRONMENT, httpOf, ROWS, requestOf } from './request-rows.js';

describe('the access table, row by row of the request semantics', it => {
  for (const [title, [server, exchanges, http = '']] of Object.entries(ROWS)) {
    it(title, () => {
      const text = `http { ${httpOf(server, http)} }`;
      const model = modelOf(text);
      const table = analyse(model);
      const arrivals: Arrival[] = [];
      for (const [line, , more = {}] of exchanges) {
        const request = requestOf(line, more);
        arrivals.push(...arrivalsOf(request, evaluate(model, request, ENVIRONMENT)));
      }
      const wrong = contradictions(model, table, arrivals, text)
        // An address that the row itself names is no outsider's.
        .filter(({ what, request }) => what !== 'too weak' || request.sourceAddress === undefined)
        .map(({ what, block }) => `${block} is ${what}`);
      for (const { block } of unconfirmed(model, table))
        wrong.push(`${block} is reached by a request that does not get there`);
      for (const { site, access } of table.rows) {
        for (const client of CLIENT_CLASSES) {
          const verdict = access[client];
          if (verdict.verdict !== 'unknown' || verdict.reasons.every(({ kind }) => kind !== 'unconfirmed')) continue;
          wrong.push(
            `${site.scope.node?.args.join(' ')} ${site.content} is left open without a reason outside the tool`,
          );
        }
      }
      assert.equal(wrong, []);
    });
  }
});
