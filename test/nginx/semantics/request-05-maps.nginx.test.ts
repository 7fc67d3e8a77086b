import { describeSection } from '../../support/semantics.js';
import { section } from './request-05-maps.js';

describeSection(section);
