import { cases, idioms } from '../fixtures/rules/error-page-bypass.js';
import { describeCases } from '../support/lint.js';

describeCases('error-page-bypass', cases, idioms);
