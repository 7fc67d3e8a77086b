import { cases, idioms } from '../fixtures/rules/network-exemption.js';
import { describeCases } from '../support/lint.js';

describeCases('network-exemption', cases, idioms);
