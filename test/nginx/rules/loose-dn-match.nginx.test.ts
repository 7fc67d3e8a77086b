import { cases, idioms } from '../../fixtures/rules/loose-dn-match.js';
import { describeRule } from '../../support/rule-laboratory.js';

describeRule('loose-dn-match', cases, idioms);
