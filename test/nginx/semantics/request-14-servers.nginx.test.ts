import { section } from './request-14-servers.js';
import { describeSection } from './rows.js';

describeSection(section);
