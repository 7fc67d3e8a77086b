import { section } from './request-11-handlers.js';
import { describeSection } from './rows.js';

describeSection(section);
