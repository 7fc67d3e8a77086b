import { section } from './request-07-rewrite.js';
import { describeSection } from './rows.js';

describeSection(section);
