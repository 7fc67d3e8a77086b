import { describeSection } from '../../support/semantics.js';
import { section } from './request-07-rewrite.js';

describeSection(section);
