import { cases, idioms } from '../fixtures/rules/spoofable-identity-header.js';
import { describeCases } from '../support/lint.js';

describeCases('spoofable-identity-header', cases, idioms);
