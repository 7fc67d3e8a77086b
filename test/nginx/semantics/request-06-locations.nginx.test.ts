import { section } from './request-06-locations.js';
import { describeSection } from './rows.js';

describeSection(section);
