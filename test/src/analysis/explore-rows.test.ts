import * as assert from 'uvu/assert';
import { analyse } from '../../../src/analysis/analyse.js';
import { evaluate } from '../../../src/analysis/evaluate.js';
import { CLIENT_CLASSES } from '../../../src/analysis/request.js';
import { contradictions, unconfirmed } from '../../support/access-check.js';
import { type Arrival, modelOf } from '../../support/differential.js';
import { describe } from '../../support/suite.js';
import { configuration, ENVIRONMENT, ROWS, requestOf } from './request-rows.js';

describe('the access table, row by row of the request semantics', it => {
  for (const [title, [server, exchanges, http = '']] of Object.entries(ROWS)) {
    it(title, () => {
      const text = configuration(server, http);
      const model = modelOf(text);
      const table = analyse(model);
      const arrivals: Arrival[] = [];
      for (const [line, , more = {}] of exchanges) {
        const request = requestOf(line, more);
        const { outcome } = evaluate(model, request, ENVIRONMENT);
        if (outcome.kind === 'content') arrivals.push({ request, client: 'none', site: outcome.site });
      }
      assert.equal(contradictions(model, table, arrivals, text, ENVIRONMENT), []);
      assert.equal(unconfirmed(model, table), []);
      const undecided = table.rows.flatMap(({ site, access }) =>
        CLIENT_CLASSES.flatMap(client => {
          const verdict = access[client];
          if (verdict.verdict !== 'unknown') return [];
          return [
            `${site.scope.node?.args.join(' ')} ${site.content}: ${verdict.reasons.map(({ text }) => text).join()}`,
          ];
        }),
      );
      assert.equal([...new Set(undecided)], []);
    });
  }
});
