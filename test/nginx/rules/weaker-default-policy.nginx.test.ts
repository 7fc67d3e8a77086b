import { cases, idioms } from '../../fixtures/rules/weaker-default-policy.js';
import { describeRule } from '../../support/rule-laboratory.js';

describeRule('weaker-default-policy', cases, idioms);
