import { section } from './request-08-error-pages.js';
import { describeSection } from './rows.js';

describeSection(section);
