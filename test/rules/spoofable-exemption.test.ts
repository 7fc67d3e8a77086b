import { cases, idioms } from '../fixtures/rules/spoofable-exemption.js';
import { describeCases } from '../support/lint.js';

describeCases('spoofable-exemption', cases, idioms);
