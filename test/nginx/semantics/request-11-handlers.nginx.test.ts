import { describeSection } from '../../support/semantics.js';
import { section } from './request-11-handlers.js';

describeSection(section);
