import { section } from './request-10-redirects.js';
import { describeSection } from './rows.js';

describeSection(section);
