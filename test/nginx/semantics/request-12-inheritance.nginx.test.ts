import { describeSection } from '../../support/semantics.js';
import { section } from './request-12-inheritance.js';

describeSection(section);
