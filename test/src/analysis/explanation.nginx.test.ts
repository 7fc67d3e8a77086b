import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { AccessRow } from '../../../src/analysis/access.js';
import { analyse } from '../../../src/analysis/analyse.js';
import { explainCell } from '../../../src/analysis/explanation.js';
import { CLIENT_CLASSES, type Witness } from '../../../src/analysis/request.js';
import { modelOf, openLaboratory } from '../../support/differential.js';
