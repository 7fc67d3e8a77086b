import { cases, idioms } from '../fixtures/rules/overflowing-map-hash.js';
import { describeCases } from '../support/lint.js';

describeCases('overflowing-map-hash', cases, idioms, () => {});
