import { cases, idioms } from '../../fixtures/rules/unprotected-twin.js';
import { describeRule } from '../../support/rule-laboratory.js';

describeRule('unprotected-twin', cases, idioms);
