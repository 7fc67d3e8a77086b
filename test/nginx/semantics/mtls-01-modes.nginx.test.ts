import { section } from './mtls-01-modes.js';
import { describeSection } from './rows.js';

describeSection(section);
