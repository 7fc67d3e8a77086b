import { section } from './mtls-09-contexts.js';
import { describeSection } from './rows.js';

describeSection(section);
