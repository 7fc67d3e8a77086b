import { describeSection } from '../../support/semantics.js';
import { section } from './request-06-locations.js';

describeSection(section);
