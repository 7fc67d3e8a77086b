import { section } from './request-12-inheritance.js';
import { describeSection } from './rows.js';

describeSection(section);
