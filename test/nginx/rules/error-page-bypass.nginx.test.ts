import { cases, idioms } from '../../fixtures/rules/error-page-bypass.js';
import { describeRule } from '../../support/rule-laboratory.js';

describeRule('error-page-bypass', cases, idioms);
