import { cases, idioms } from '../../fixtures/rules/redefined-verify-variable.js';
import { describeRule } from '../../support/rule-laboratory.js';

describeRule('redefined-verify-variable', cases, idioms);
