import { section } from './request-12-fields.js';
import { describeSection } from './rows.js';

describeSection(section);
