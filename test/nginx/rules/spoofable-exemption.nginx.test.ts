import { cases, idioms } from '../../fixtures/rules/spoofable-exemption.js';
import { describeRule } from '../../support/rule-laboratory.js';

describeRule('spoofable-exemption', cases, idioms);
