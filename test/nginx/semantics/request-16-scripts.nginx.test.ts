import { describeSection } from '../../support/semantics.js';
import { section } from './request-16-scripts.js';

describeSection(section);
