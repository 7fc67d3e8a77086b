import { section } from './mtls-08-error-page.js';
import { describeSection } from './rows.js';

describeSection(section);
