import { section } from './request-03-several-ifs.js';
import { describeSection } from './rows.js';

describeSection(section);
