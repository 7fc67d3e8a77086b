import { section } from './request-16-scripts.js';
import { describeSection } from './rows.js';

describeSection(section);
