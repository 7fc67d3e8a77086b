import { section } from './request-13-client-control.js';
import { describeSection } from './rows.js';

describeSection(section);
