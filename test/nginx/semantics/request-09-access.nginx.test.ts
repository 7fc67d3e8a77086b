import { section } from './request-09-access.js';
import { describeSection } from './rows.js';

describeSection(section);
