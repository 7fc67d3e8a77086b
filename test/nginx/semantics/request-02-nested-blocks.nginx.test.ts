import { section } from './request-02-nested-blocks.js';
import { describeSection } from './rows.js';

describeSection(section);
