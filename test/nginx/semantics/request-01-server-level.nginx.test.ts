import { section } from './request-01-server-level.js';
import { describeSection } from './rows.js';

describeSection(section);
