import * as assert from 'uvu/assert';
import { evaluate } from '../../../src/analysis/evaluate.js';
import { endingOfTrace, modelOf } from '../../support/differential.js';
import { describe } from '../../support/suite.js';
import { ENVIRONMENT, httpOf, ROWS, requestOf } from './request-rows.js';

describe('evaluate, row by row of the request semantics', it => {
  for (const [title, [server, exchanges, http = '']] of Object.entries(ROWS)) {
    it(title, () => {
      const model = modelOf(`http { ${httpOf(server, http)} }`);
      for (const [line, answer, more = {}] of exchanges) {
        const { what, status } = endingOfTrace(evaluate(model, requestOf(line, more), ENVIRONMENT));
        assert.is(`${what} ${status}`, answer, line);
      }
    });
  }
});
