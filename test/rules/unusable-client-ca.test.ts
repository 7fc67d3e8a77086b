import { TRUST_CASES } from '../fixtures/rules/trust.js';
import { describe } from '../support/suite.js';
import { checkCase } from '../support/trust-laboratory.js';

const RULE = 'unusable-client-ca';

describe(RULE, it => {
  for (const one of TRUST_CASES[RULE]!) it(`flags ${one.title}`, () => checkCase(RULE, one).then(() => undefined));
});
