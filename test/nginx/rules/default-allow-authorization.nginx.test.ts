import { cases, idioms } from '../../fixtures/rules/default-allow-authorization.js';
import { describeRule } from '../../support/rule-laboratory.js';

describeRule('default-allow-authorization', cases, idioms);
