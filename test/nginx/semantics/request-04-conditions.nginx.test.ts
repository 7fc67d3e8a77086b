import { describeSection } from '../../support/semantics.js';
import { section } from './request-04-conditions.js';

describeSection(section);
