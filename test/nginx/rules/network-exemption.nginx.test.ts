import { cases, idioms } from '../../fixtures/rules/network-exemption.js';
import { describeRule } from '../../support/rule-laboratory.js';

describeRule('network-exemption', cases, idioms);
