import { describeSection } from '../../support/semantics.js';
import { section } from './request-15-grammar.js';

describeSection(section);
