import { cases, idioms } from '../fixtures/rules/unverified-identity-forwarded.js';
import { describeCases } from '../support/lint.js';

describeCases('unverified-identity-forwarded', cases, idioms);
