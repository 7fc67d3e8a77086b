import { describeSection } from '../../support/semantics.js';
import { section } from './mtls-01-modes.js';

describeSection(section);
