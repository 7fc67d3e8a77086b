import type { Condition } from '../model/model.js';
import { constantText } from '../model/template.js';
import { type Check, type Fate, fateOf, locationOf, onlyPrepares } from './checks.js';
import type { Exposure } from './exposures.js';

/** Why a check does not hold for the witness of an exposure. */
export interface CheckExplanation {
  readonly check: Check;
  /** A clause that completes "this check lets clients … : ". */
  readonly why: string;
  /** A few words for a label. */
  readonly short: string;
}

/**
 * The checks on the way to an exposure, each with the reason why it lets the witness by: the nearest first, and those
 * that only prepare another one, and did so rightly, last.
 */
export function explainChecks(exposure: Exposure): CheckExplanation[] {
  const own = locationOf(exposure.row.site);
  const explained = exposure.checks.map(check => ({ check, ...explain(exposure, check) }));
  const rank = ({ check }: CheckExplanation): number => {
    if (preparesRightly(check, exposure)) return 3;
    return check.location === own ? 0 : check.location === undefined ? 1 : 2;
  };
  return explained.sort((one, other) => rank(one) - rank(other));
}

/** A test for SUCCESS that did not hold, or another one that did, and that only set a variable for a check behind it. */
function preparesRightly(check: Check, { checks, row, witness }: Exposure): boolean {
  if (!onlyPrepares(check, checks)) return false;
  const fate = fateOf(check, row.site, witness);
  const { condition } = check.statement;
  // NONE and FAILED are as true as SUCCESS is.
  if (condition.kind === 'truth' && testsVerdictItself(condition)) return false;
  const wantsSuccess = condition.kind === 'equal' && !condition.negated && constantText(condition.value) === 'SUCCESS';
  return fate.kind === (wantsSuccess ? 'passed' : 'entered');
}

function explain(exposure: Exposure, check: Check): { why: string; short: string } {
  const { witness, row } = exposure;
  const fate: Fate = fateOf(check, row.site, witness);
  switch (fate.kind) {
    case 'not-inherited':
      return { why: 'a nested location does not inherit it', short: 'not inherited by the nested location' };
    case 'replaced': {
      const { method } = witness.request.http;
      return {
        why: `limit_except takes ${method} away before the location's program runs`,
        short: `not run for ${method}`,
      };
    }
    case 'skipped': {
      return { why: `${fate.by.node.name} before it ends the program first`, short: 'not run for this request' };
    }
    case 'entered':
      return fate.errorPage === undefined
        ? entered(check, exposure)
        : { why: 'it refuses, and error_page answers with content instead', short: 'refuses into an error_page' };
    case 'passed':
      return passed(check.statement.condition, exposure);
  }
}

/** The value of `$ssl_client_verify` for the witness, in words. */
function verifyValue({ witness, clientClass }: Exposure): string {
  if (witness.request.tls === null) return 'empty';
  return clientClass === 'none' ? 'NONE' : 'FAILED with a reason';
}

function testsVerdictItself(condition: Condition): boolean {
  return (
    'variable' in condition && condition.variable.kind === 'variable' && condition.variable.name === 'ssl_client_verify'
  );
}

/** A check whose condition held and whose block does not turn the request away. */
function entered({ statement }: Check, exposure: Exposure): { why: string; short: string } {
  const value = verifyValue(exposure);
  if (statement.condition.kind === 'truth' && testsVerdictItself(statement.condition)) {
    return { why: `the value is ${value}, and any text but 0 is true`, short: `true for ${value} as well` };
  }
  return { why: `it is true for the value ${value}, and its block refuses nobody`, short: 'its block refuses nobody' };
}

/** A check whose condition did not hold: the value is not the one it looks for. */
function passed(condition: Condition, exposure: Exposure): { why: string; short: string } {
  const value = verifyValue(exposure);
  if (condition.kind === 'equal' && testsVerdictItself(condition)) {
    const text = constantText(condition.value) ?? 'what it is compared with';
    if (!condition.negated && text === 'SUCCESS') {
      return {
        why: 'it decides only for verified clients, and nothing refuses the others',
        short: 'nothing refuses the others',
      };
    }
    const compared = text === '' ? 'empty' : text;
    return condition.negated
      ? { why: `the value is ${value} here, which is what it lets by`, short: `the value is ${value}` }
      : { why: `the value is ${value} here, not ${compared}`, short: `the value is ${value}` };
  }
  return { why: `with the value ${value} it does not refuse`, short: 'does not refuse' };
}
