import type { Condition, Statement } from '../model/model.js';
import { constantText } from '../model/template.js';
import type { Check } from './checks.js';
import { locationOf } from './checks.js';
import type { Exposure } from './exposures.js';

/** Why a check does not hold for the witness of an exposure. */
export interface CheckExplanation {
  readonly check: Check;
  /** A clause that completes "this check lets clients … : ". */
  readonly why: string;
  /** A few words for a label. */
  readonly short: string;
}

/** The checks on the way to an exposure, the nearest first, each with the reason why it lets the witness by. */
export function explainChecks(exposure: Exposure): CheckExplanation[] {
  const { site } = exposure.row;
  const own = locationOf(site);
  const explained = exposure.checks.map(check => ({ check, ...explain(exposure, check, own?.program) }));
  const rank = ({ check }: CheckExplanation): number =>
    check.location === own ? 0 : check.location === undefined ? 1 : 2;
  return explained.sort((one, other) => rank(one) - rank(other));
}

function explain(
  exposure: Exposure,
  check: Check,
  ownProgram: readonly Statement[] | undefined,
): { why: string; short: string } {
  const { site } = exposure.row;
  const own = locationOf(site);
  const { method } = exposure.witness.request.http;
  if (check.location !== undefined && check.location !== own) {
    return {
      why: 'a nested location does not inherit it',
      short: 'not inherited by the nested location',
    };
  }
  const limit = own?.limitExcept;
  if (check.location !== undefined && limit !== undefined && !passes(limit.methods, method)) {
    return {
      why: `limit_except takes ${method} away before the location's program runs`,
      short: `not run for ${method}`,
    };
  }
  const program = check.location === undefined ? site.server.program : (ownProgram ?? []);
  const earlier = program.slice(0, program.indexOf(check.statement));
  const skip = earlier.find(step => leavesProgram(step) && wasTaken(step, exposure));
  if (skip !== undefined) {
    return { why: `${skip.node.name} before it ends the program first`, short: 'not run for this request' };
  }
  return untrue(check.statement.condition, exposure);
}

/** A check that ran and did not refuse: the value it saw is not the one it looks for, or its block does not refuse. */
function untrue(condition: Condition, exposure: Exposure): { why: string; short: string } {
  const { tls } = exposure.witness.request;
  const value = tls === null ? 'empty' : exposure.clientClass === 'none' ? 'NONE' : 'FAILED with a reason';
  const direct =
    'variable' in condition &&
    condition.variable.kind === 'variable' &&
    condition.variable.name === 'ssl_client_verify';
  if (condition.kind === 'truth' && direct && tls !== null) {
    return { why: `the value is ${value}, and any text but 0 is true`, short: 'true for NONE as well' };
  }
  if (condition.kind === 'equal' && direct) {
    const text = constantText(condition.value) ?? '';
    if (!condition.negated && text === 'SUCCESS') {
      return {
        why: 'it decides only for verified clients, and nothing refuses the others',
        short: 'nothing refuses the others',
      };
    }
    return { why: `the value is ${value} here, not ${text === '' ? 'empty' : text}`, short: `the value is ${value}` };
  }
  return { why: `with the value ${value} it does not refuse`, short: 'does not refuse' };
}

function passes(methods: readonly string[], method: string): boolean {
  return methods.includes(method) || (method === 'HEAD' && methods.includes('GET'));
}

/** True where the witness passes a statement, or one in its block: a step whose test fails leaves no trace. */
function wasTaken({ node }: Statement, { witness }: Exposure): boolean {
  const { start } = node.directive;
  const end = node.directive.end;
  return witness.steps.some(({ span }) => span.file === node.source && span.start >= start && span.start < end);
}

function leavesProgram(step: Statement): boolean {
  if (step.kind === 'break') return true;
  if (step.kind === 'rewrite') return step.flag === 'last' || step.flag === 'break';
  return step.kind === 'if' && step.body.some(leavesProgram);
}
