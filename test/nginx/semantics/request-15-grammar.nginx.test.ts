import { section } from './request-15-grammar.js';
import { describeSection } from './rows.js';

describeSection(section);
