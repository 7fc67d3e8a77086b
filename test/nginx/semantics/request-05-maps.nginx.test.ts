import { section } from './request-05-maps.js';
import { describeSection } from './rows.js';

describeSection(section);
