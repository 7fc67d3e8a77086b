import { describeSection } from '../../support/semantics.js';
import { section } from './request-08-error-pages.js';

describeSection(section);
