import { cases, idioms } from '../fixtures/rules/weaker-default-policy.js';
import { describeCases } from '../support/lint.js';

describeCases('weaker-default-policy', cases, idioms);
