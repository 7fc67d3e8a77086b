import { cases, idioms } from '../../fixtures/rules/unauthenticated-authorization.js';
import { describeRule } from '../../support/rule-laboratory.js';

describeRule('unauthenticated-authorization', cases, idioms);
