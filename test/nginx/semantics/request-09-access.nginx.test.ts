import { describeSection } from '../../support/semantics.js';
import { section } from './request-09-access.js';

describeSection(section);
