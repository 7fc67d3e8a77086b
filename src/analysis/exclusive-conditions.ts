import type { Condition } from '../model/model.js';
import { constantText } from '../model/template.js';
import { Patterns } from './patterns.js';

/** False for two tests of one variable that cannot both hold; true where they can, and where that is not decided. */
export function canBothHold(one: Condition, other: Condition): boolean {
  if (!('variable' in one) || !('variable' in other)) return true;
  if (one.variable.kind !== 'variable' || other.variable.kind !== 'variable') return true;
  if (one.variable.name !== other.variable.name) return true;
  const fixed = fixedValue(one);
  if (fixed !== undefined) return mayHold(other, fixed);
  const otherFixed = fixedValue(other);
  if (otherFixed !== undefined) return mayHold(one, otherFixed);
  return !areOpposite(one, other);
}

/** The one value for which a condition holds; undefined where there are others. */
function fixedValue(condition: Condition): string | undefined {
  return condition.kind === 'equal' && !condition.negated ? constantText(condition.value) : undefined;
}

/** Whether a condition holds for a value of its variable; true where that is not decided. */
function mayHold(condition: Condition, value: string): boolean {
  switch (condition.kind) {
    case 'truth':
      return value !== '' && value !== '0';
    case 'equal': {
      const text = constantText(condition.value);
      return text === undefined || (text === value) !== condition.negated;
    }
    case 'match': {
      const patterns = new Patterns();
      if ('unsupported' in patterns.language(condition.pattern)) return true;
      return (patterns.match(condition.pattern, value) !== undefined) !== condition.negated;
    }
    default:
      return true;
  }
}

/** True for a test and its negation. */
function areOpposite(one: Condition, other: Condition): boolean {
  return (
    one.kind === 'match' &&
    other.kind === 'match' &&
    one.negated !== other.negated &&
    one.pattern.source === other.pattern.source &&
    one.pattern.caseless === other.pattern.caseless
  );
}
