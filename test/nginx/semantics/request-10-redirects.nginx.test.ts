import { describeSection } from '../../support/semantics.js';
import { section } from './request-10-redirects.js';

describeSection(section);
