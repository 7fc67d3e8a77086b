import { cases, idioms } from '../fixtures/rules/redefined-verify-variable.js';
import { describeCases } from '../support/lint.js';

describeCases('redefined-verify-variable', cases, idioms);
