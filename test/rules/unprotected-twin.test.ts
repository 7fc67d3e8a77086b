import { cases, idioms } from '../fixtures/rules/unprotected-twin.js';
import { describeCases } from '../support/lint.js';

describeCases('unprotected-twin', cases, idioms);
