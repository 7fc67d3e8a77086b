import { section } from './request-04-conditions.js';
import { describeSection } from './rows.js';

describeSection(section);
